//! A packed log as a text: unpacked once, into a file without a name, and readable while that goes on.
//!
//! What seek points would save in space they would cost in time: index, filters and every reader go through a log many
//! times. What was unpacked before a damage stays readable, and the state says what is wrong.

use std::fs::File;
use std::io::{self, Read};
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
use crate::server::scratch::{Room, ScratchFile};
use crate::world::stream::{Place, SourceId, SourceState};

/// What all packed logs may take unpacked when nobody says otherwise.
pub const UNPACKED_BYTES: u64 = 16 << 30;
/// Bytes that are unpacked at once.
const STEP_BYTES: usize = 256 * 1024;

/// What a packed log holds.
pub struct PackedText {
    id: SourceId,
    generation: u32,
    unpacked: ScratchFile,
    /// When it was packed.
    modified_nanos: Option<i64>,
    extent: watch::Sender<Extent>,
}

impl PackedText {
    /// Begins to unpack a file, as far as there is `room`; `None` where it is not packed.
    ///
    /// # Errors
    /// It cannot be read, or there is no place for what is in it.
    pub fn open(id: SourceId, path: &Path, room: &Arc<Room>) -> io::Result<Option<Arc<Self>>> {
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
        let unpacked = ScratchFile::new(room)?;
        let extent = Extent { generation, start: 0, end: 0, rows_gone: 0, state: SourceState::Live };
        let text = Arc::new(Self {
            id,
            generation,
            unpacked,
            modified_nanos: modified_nanos(&facts),
            extent: watch::Sender::new(extent),
        });
        let unpacking = Arc::downgrade(&text);
        let unpack = move || unpack(&unpacking, reader);
        thread::Builder::new().name("frereth-unpack".into()).spawn(unpack)?;
        Ok(Some(text))
    }

    /// Takes what was unpacked next.
    fn push(&self, bytes: &[u8]) -> io::Result<()> {
        self.unpacked.append(bytes)?;
        self.extent.send_modify(|extent| extent.end += bytes.len() as u64);
        Ok(())
    }
}

/// Unpacks until the end, or until nobody holds the text any more.
fn unpack(text: &Weak<PackedText>, mut reader: impl Read) {
    let mut buffer = vec![0; STEP_BYTES];
    let state = loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break SourceState::Ended,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => break SourceState::Broken(format!("unpacked up to a damage: {error}")),
        };
        let Some(text) = text.upgrade() else { return };
        if let Err(error) = text.push(&buffer[..count]) {
            let what = "there is no place to unpack the rest";
            break SourceState::Broken(format!("{what}: {error}; unpack it yourself and open that"));
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
        read_before(self.unpacked.as_file(), end, offset, buffer)
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
    use std::io::Write as _;

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
        let text = PackedText::open(SourceId(3), &path, &Room::new(1 << 20)).expect("readable").expect("packed");
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
    async fn a_file_in_utf_16_reads_as_the_text_that_is_in_it() {
        let text = "2026-11-23T10:00:00Z gr\u{fc}\u{df}e \u{1f600}\n";
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect();
            assert_eq!(unpacked(&bytes).await, (text.as_bytes().to_vec(), SourceState::Ended));
        }
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
    async fn what_is_too_large_is_shown_as_far_as_there_is_room_for_all_packed_logs_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let room = Room::leaving(1 << 20, 0);
        let open = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            std::fs::write(&path, gzip(&vec![b'y'; bytes])).expect("written");
            PackedText::open(SourceId(0), &path, &room).expect("readable").expect("packed")
        };
        let (small, large) = (open("small.gz", 700 << 10), open("large.gz", 10));
        small.changes().wait_for(|extent| extent.state == SourceState::Ended).await.expect("it ends");
        large.changes().wait_for(|extent| extent.state == SourceState::Ended).await.expect("it ends");
        unpack(&Arc::downgrade(&large), io::repeat(b'z'));
        let extent = large.extent();
        let words = "there is no place to unpack the rest: it would be more than 1 MiB together; unpack it yourself and open that";
        assert_eq!(extent.state, SourceState::Broken(words.into()));
        assert_eq!(extent.end, 10 + STEP_BYTES as u64);
        assert_eq!(large.read_at(extent.generation, 9, &mut [0; 2]).expect("it stays readable"), 2);
        assert_eq!(small.extent().end, 700 << 10);
    }

    #[test]
    fn what_is_not_packed_is_left_to_others() {
        let path = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&path, LINES).expect("written");
        assert!(PackedText::open(SourceId(0), path.path(), &Room::new(1 << 20)).expect("readable").is_none());
    }
}
