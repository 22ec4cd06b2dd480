//! A file as a text: it grows, is truncated, is rotated away and comes back.
//!
//! [`FileText::look`] compares what is known with what the file system says and tells of the difference; the follower calls
//! it. A truncated or rewritten file is a new generation; one that was only closed meanwhile is the one it was. A file that
//! was renamed away is read to its end first: the new file under its name becomes the next generation once it holds
//! something and the old one has been quiet for a moment, because its writer often goes on with the old one until it is
//! told to reopen.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::generation;
use super::text::{Extent, Text};
use crate::server::clock::modified_nanos;
use crate::server::page_buffer::{read_at_most, read_before};
use crate::world::stream::{Place, SourceId, SourceState};

/// How long a rotated file must have been quiet before its successor takes over.
const QUIET: Duration = Duration::from_millis(250);
/// How long a successor waits at most for its predecessor to become quiet.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many bytes at the beginning are remembered to recognise a rewritten file.
const HEAD_BYTES: u64 = generation::HEAD_BYTES as u64;
/// How many bytes at the end are remembered.
const TAIL_BYTES: u64 = 64;

/// The bytes of one file, followed.
pub struct FileText {
    id: SourceId,
    path: PathBuf,
    handle: RwLock<Handle>,
    known: Mutex<Known>,
    extent: watch::Sender<Extent>,
}

/// The file that is open now.
#[derive(Clone)]
struct Handle {
    generation: u32,
    file: Arc<File>,
    /// The end that is announced: what stands behind it was not compared with what is known.
    end: u64,
}

/// What was last seen of the file that is open now.
struct Known {
    inode: Inode,
    /// Size and time of change, as far as the file system tells it.
    stamp: (u64, i64, i64),
    grown_at: Instant,
    head: Vec<u8>,
    tail: Vec<u8>,
    /// Since when another file with something in it stands at the path.
    successor_since: Option<Instant>,
}

/// A file's identity.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Inode {
    device: u64,
    number: u64,
}

impl Inode {
    fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), number: metadata.ino() }
    }
}

fn stamp_of(metadata: &Metadata) -> (u64, i64, i64) {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

impl Known {
    /// Remembers what identifies the first `end` bytes of `file`.
    fn of(file: &File, metadata: &Metadata, now: Instant) -> io::Result<Self> {
        let end = metadata.len();
        Ok(Self {
            inode: Inode::of(metadata),
            stamp: stamp_of(metadata),
            grown_at: now,
            head: read_exactly(file, 0, end.min(HEAD_BYTES))?,
            tail: read_exactly(file, end.saturating_sub(TAIL_BYTES), end.min(TAIL_BYTES))?,
            successor_since: None,
        })
    }

    /// The name of a generation that begins with this.
    fn generation(&self) -> u32 {
        generation::of_file(self.inode.device, self.inode.number, &self.head)
    }

    /// Whether the bytes up to `end` still are those remembered.
    fn still_holds(&self, file: &File, end: u64) -> io::Result<bool> {
        let tail_start = end - self.tail.len() as u64;
        Ok(read_exactly(file, 0, self.head.len() as u64)? == self.head
            && read_exactly(file, tail_start, self.tail.len() as u64)? == self.tail)
    }
}

/// Reads `length` bytes, or fewer where the file ends.
fn read_exactly(file: &File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length as usize];
    let read = read_at_most(file, offset, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

impl FileText {
    /// Opens a regular file. It is not followed until [`super::follower::follow`] is told of it.
    ///
    /// # Errors
    /// [`io::ErrorKind::IsADirectory`] and [`io::ErrorKind::InvalidInput`] for what is not a regular file; whatever the
    /// system says otherwise.
    pub fn open(id: SourceId, path: &Path) -> io::Result<Self> {
        let (file, metadata) = open_regular(path)?;
        let known = Known::of(&file, &metadata, Instant::now())?;
        let (generation, end) = (known.generation(), metadata.len());
        let extent = Extent { generation, start: 0, end, rows_gone: 0, state: SourceState::Live };
        Ok(Self {
            id,
            path: path.to_owned(),
            handle: RwLock::new(Handle { generation, file: Arc::new(file), end }),
            known: Mutex::new(known),
            extent: watch::Sender::new(extent),
        })
    }

    /// Where the file stands.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at the file and tells what changed. Returns whether it wants to be looked at again soon. Blocks.
    pub fn look(&self, now: Instant) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.look_at_held(&mut known, now);
        let path = held.and_then(|()| self.look_at_path(&mut known, now));
        match path {
            Ok(wants_more) => wants_more,
            Err(error) => {
                self.tell_state(SourceState::Broken(in_words(&error)));
                false
            }
        }
    }

    /// The file that is open: has it grown, shrunk, been written anew?
    fn look_at_held(&self, known: &mut Known, now: Instant) -> io::Result<()> {
        let Handle { generation, file, end } = self.current();
        let metadata = file.metadata()?;
        if stamp_of(&metadata) == known.stamp {
            return Ok(());
        }
        let length = metadata.len();
        if length < end || !known.still_holds(&file, end)? {
            *known = Known::of(&file, &metadata, now)?;
            self.turn_over(generation::of_rewritten(generation, known.generation()), file, length);
        } else {
            let grown_at = if length > end { now } else { known.grown_at };
            *known = Known { successor_since: known.successor_since, grown_at, ..Known::of(&file, &metadata, now)? };
            if length > end {
                self.handle.write().unwrap_or_else(PoisonError::into_inner).end = length;
                self.extent.send_modify(|extent| extent.end = length);
            }
        }
        Ok(())
    }

    /// The path: is it still this file that stands there?
    fn look_at_path(&self, known: &mut Known, now: Instant) -> io::Result<bool> {
        let metadata = match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                known.successor_since = None;
                self.tell_state(SourceState::Gone);
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        if Inode::of(&metadata) == known.inode {
            known.successor_since = None;
            self.tell_state(SourceState::Live);
            return Ok(false);
        }
        let (file, metadata) = open_regular(&self.path)?;
        self.tell_state(SourceState::Live);
        if metadata.len() == 0 {
            // Nothing to show there yet: stay with the old file, whose writer may not be done.
            return Ok(false);
        }
        let since = *known.successor_since.get_or_insert(now);
        let is_quiet = now.duration_since(known.grown_at.max(since)) >= QUIET;
        let end = self.current().end;
        if end > 0 && !is_quiet && now.duration_since(since) < PATIENCE {
            return Ok(true);
        }
        *known = Known::of(&file, &metadata, now)?;
        self.turn_over(known.generation(), Arc::new(file), metadata.len());
        Ok(false)
    }

    fn current(&self) -> Handle {
        self.handle.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins the next generation with `file`.
    fn turn_over(&self, generation: u32, file: Arc<File>, end: u64) {
        *self.handle.write().unwrap_or_else(PoisonError::into_inner) = Handle { generation, file, end };
        let state = SourceState::Live;
        self.extent.send_replace(Extent { generation, start: 0, end, rows_gone: 0, state });
    }

    fn tell_state(&self, state: SourceState) {
        self.extent.send_if_modified(|extent| {
            let is_new = extent.state != state;
            extent.state = state;
            is_new
        });
    }
}

/// Opens a regular file for reading.
fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    // Looking first: opening a named pipe would wait for its writer.
    let kind = std::fs::metadata(path)?;
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !kind.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// An error without the system's number.
pub(super) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "is a directory; name the files in it".into(),
        _ => error.to_string(),
    }
}

impl Text for FileText {
    fn extent(&self) -> Extent {
        self.extent.borrow().clone()
    }

    fn changes(&self) -> watch::Receiver<Extent> {
        self.extent.subscribe()
    }

    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let Handle { generation: current, file, end } = self.current();
        if generation != current {
            return Err(io::ErrorKind::NotFound.into());
        }
        read_before(&file, end, offset, buffer)
    }

    fn modified_nanos(&self) -> Option<i64> {
        modified_nanos(&self.current().file.metadata().ok()?)
    }

    fn file(&self, generation: u32) -> Option<Arc<File>> {
        let current = self.current();
        (current.generation == generation).then_some(current.file)
    }

    fn origin(&self, place: Place) -> (SourceId, Place) {
        (self.id, place)
    }
}

#[cfg(test)]
mod tests;
