//! A packed log as a text: unpacked once, into a file without a name, and readable while that goes on.
//!
//! What seek points would save in space they would cost in time: index, filters and every reader go through a log many
//! times. What was unpacked before a damage stays readable, and the state says what is wrong.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::thread;

use tokio::sync::watch;

use super::generation;
use super::text::{Extent, Text};
use crate::server::clock::modified_nanos;
use crate::server::packed;
use crate::server::page_buffer::{read_at_most, read_before};
use crate::server::scratch;
use crate::world::stream::{Place, SourceId, SourceState};

/// What one log may take unpacked.
const UNPACKED_BYTES_MAX: u64 = 16 << 30;
/// Bytes that are unpacked at once.
const STEP_BYTES: usize = 256 * 1024;

/// What a packed log holds.
pub struct PackedText {
    id: SourceId,
    generation: u32,
    unpacked: File,
    /// When it was packed.
    modified_nanos: Option<i64>,
    extent: watch::Sender<Extent>,
}

impl PackedText {
    /// Begins to unpack a file; `None` where it is not packed.
    ///
    /// # Errors
    /// It cannot be read, or there is no place for what is in it.
    pub fn open(id: SourceId, path: &Path) -> io::Result<Option<Arc<Self>>> {
        let file = File::open(path)?;
        let mut head = [0; generation::HEAD_BYTES];
        let length = read_at_most(&file, 0, &mut head)?;
        let head = &head[..length];
        if !packed::is_packed(head) {
            return Ok(None);
        }
        let facts = file.metadata()?;
        let generation = generation::of_file(facts.dev(), facts.ino(), head);
        let reader = packed::unpack(file, head)?;
        let unpacked = scratch::file()?;
        let extent = Extent { generation, start: 0, end: 0, rows_gone: 0, state: SourceState::Live };
        let text = Arc::new(Self {
            id,
            generation,
            unpacked,
            modified_nanos: modified_nanos(&facts),
            extent: watch::Sender::new(extent),
        });
        let unpacking = Arc::downgrade(&text);
        let unpack = move || unpack(&unpacking, reader, UNPACKED_BYTES_MAX);
        thread::Builder::new().name("frereth-unpack".into()).spawn(unpack)?;
        Ok(Some(text))
    }

    /// Takes what was unpacked next.
    fn push(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.unpacked).write_all(bytes)?;
        self.extent.send_modify(|extent| extent.end += bytes.len() as u64);
        Ok(())
    }
}

/// Unpacks until the end, or until nobody holds the text any more.
fn unpack(text: &Weak<PackedText>, mut reader: impl Read, bytes_max: u64) {
    let mut buffer = vec![0; STEP_BYTES];
    let mut bytes = 0;
    let state = loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break SourceState::Ended,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => break SourceState::Broken(format!("unpacked up to a damage: {error}")),
        };
        bytes += count as u64;
        if bytes > bytes_max {
            let gigabytes = bytes_max >> 30;
            break SourceState::Broken(format!("more than {gigabytes} GiB unpacked: unpack it and open that"));
        }
        let Some(text) = text.upgrade() else { return };
        if let Err(error) = text.push(&buffer[..count]) {
            break SourceState::Broken(format!("there is no place for the rest: {error}"));
        }
    };
    if let Some(text) = text.upgrade() {
        text.extent.send_modify(|extent| extent.state = state);
    }
}

impl Text for PackedText {
    fn extent(&self) -> Extent {
        self.extent.borrow().clone()
    }

    fn changes(&self) -> watch::Receiver<Extent> {
        self.extent.subscribe()
    }

    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if generation != self.generation {
            return Err(io::ErrorKind::NotFound.into());
        }
        let end = self.extent.borrow().end;
        read_before(&self.unpacked, end, offset, buffer)
    }

    fn comes_whole(&self) -> bool {
        self.extent.borrow().state == SourceState::Live
    }

    fn modified_nanos(&self) -> Option<i64> {
        self.modified_nanos
    }

    fn origin(&self, place: Place) -> (SourceId, Place) {
        (self.id, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &[u8] = b"2026-11-23T10:00:00Z one\n2026-11-23T10:00:01Z two\n";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).expect("in memory");
        packed.finish().expect("in memory")
    }

    async fn unpacked(bytes: &[u8]) -> (Vec<u8>, SourceState) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.gz");
        std::fs::write(&path, bytes).expect("written");
        let text = PackedText::open(SourceId(3), &path).expect("readable").expect("packed");
        let mut changes = text.changes();
        let extent = changes.wait_for(|extent| extent.state != SourceState::Live).await.expect("it ends").clone();
        let mut read = vec![0; 1000];
        let count = text.read_at(extent.generation, 0, &mut read).expect("readable");
        assert_eq!(count as u64, extent.end);
        assert!(text.read_at(extent.generation.wrapping_add(1), 0, &mut read).is_err());
        read.truncate(count);
        (read, extent.state)
    }

    #[tokio::test]
    async fn a_packed_log_reads_as_what_is_in_it() {
        assert_eq!(unpacked(&gzip(LINES)).await, (LINES.to_vec(), SourceState::Ended));
        let two = [gzip(LINES), gzip(b"three\n")].concat();
        assert_eq!(unpacked(&two).await, ([LINES, b"three\n"].concat(), SourceState::Ended));
    }

    #[tokio::test]
    async fn what_stands_before_a_damage_is_read_and_the_damage_is_said() {
        let mut damaged = [gzip(LINES), gzip(LINES)].concat();
        damaged.truncate(damaged.len() - 12);
        let (read, state) = unpacked(&damaged).await;
        assert!(read.starts_with(LINES), "{}", String::from_utf8_lossy(&read));
        assert!(matches!(state, SourceState::Broken(why) if why.starts_with("unpacked up to a damage: ")));
    }

    #[tokio::test]
    async fn what_is_too_large_is_shown_as_far_as_there_is_place() {
        let path = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&path, gzip(b"x\n")).expect("written");
        let text = PackedText::open(SourceId(0), path.path()).expect("readable").expect("packed");
        text.changes().wait_for(|extent| extent.state == SourceState::Ended).await.expect("it ends");
        unpack(&Arc::downgrade(&text), io::repeat(b'y'), 1 << 20);
        let extent = text.extent();
        assert!(matches!(extent.state, SourceState::Broken(why) if why.contains("unpacked: unpack it")));
        assert_eq!(extent.end, 2 + (1 << 20));
    }

    #[test]
    fn what_is_not_packed_is_left_to_others() {
        let path = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&path, LINES).expect("written");
        assert!(PackedText::open(SourceId(0), path.path()).expect("readable").is_none());
    }
}
