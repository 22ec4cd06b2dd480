//! Reading lines of a text: forward, backward, cut at [`SHOWN_BYTES`], through one small buffer.
//!
//! Everything here blocks on the text; callers run it off the asynchronous threads. A reader sees one extent of one
//! generation: what was gone or replaced since comes back as [`ReadError::Gone`], and the caller starts anew.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::log::index::line_feeds;
use crate::server::page_buffer::PageBuffer;
use crate::server::sources::text::{Extent, Text, fill};

/// Bytes of an entry that are sent with its row; the rest is fetched.
pub const SHOWN_BYTES: usize = 4 * 1024;
/// Bytes read at once.
const CHUNK_BYTES: u64 = 64 * 1024;

/// Why bytes could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// They are gone: the generation changed, or a ring let go of them.
    Gone,
    /// Whoever asked has left.
    Stopped,
    /// The system says why.
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Gone } else { Self::Io(error) }
    }
}

/// Tells blocking work that nobody waits for it any more; dropping the guard side says so.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A guard that sets it when dropped.
    pub fn guard(&self) -> StopGuard {
        StopGuard(self.clone())
    }
}

/// Sets its [`Stop`] when dropped.
#[derive(Debug)]
pub struct StopGuard(Stop);

impl Drop for StopGuard {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// A line as read: its place, its extent, its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLine {
    /// Its first byte.
    pub offset: u64,
    /// Behind its line end, or the end of the text.
    pub next: u64,
    /// Bytes without the line end.
    pub length_bytes: u64,
    /// Whether the line feed is missing: the line may grow.
    pub open: bool,
    /// Its first bytes, at most [`SHOWN_BYTES`].
    pub bytes: Vec<u8>,
}

/// Reads one extent of a text.
pub struct Reader {
    text: Arc<dyn Text>,
    extent: Extent,
    stop: Stop,
    chunk_start: u64,
    chunk: PageBuffer,
}

impl Reader {
    /// A reader of what `extent` says there is.
    pub fn new(text: Arc<dyn Text>, extent: Extent, stop: Stop) -> Self {
        Self { text, extent, stop, chunk_start: 0, chunk: PageBuffer::default() }
    }

    /// What the reader sees.
    pub const fn extent(&self) -> &Extent {
        &self.extent
    }

    /// The line that begins at `offset`; there is no line feed in `offset..searched`.
    pub fn line_at(&mut self, offset: u64, searched: u64) -> Result<RawLine, ReadError> {
        let mut bytes = Vec::new();
        let mut at = offset;
        let mut last = 0;
        while at < self.extent.end {
            let wanted = SHOWN_BYTES - bytes.len();
            if wanted == 0 && at < searched {
                // What was searched before is not read again, but for the byte that may be a carriage return.
                at = searched - 1;
            }
            let slice = self.bytes_at(at)?;
            let feed = memchr::memchr(b'\n', slice);
            let text = &slice[..feed.unwrap_or(slice.len())];
            bytes.extend_from_slice(&text[..text.len().min(wanted)]);
            last = text.last().copied().unwrap_or(last);
            at += text.len() as u64;
            if feed.is_some() {
                let length_bytes = at - offset - u64::from(last == b'\r' && at > offset);
                bytes.truncate(usize::try_from(length_bytes).unwrap_or(usize::MAX));
                return Ok(RawLine { offset, next: at + 1, length_bytes, open: false, bytes });
            }
        }
        Ok(RawLine { offset, next: at, length_bytes: at - offset, open: true, bytes })
    }

    /// Where the line that holds the byte before `offset` begins.
    pub fn start_before(&mut self, offset: u64) -> Result<u64, ReadError> {
        let mut end = offset.saturating_sub(1);
        while end > self.extent.start {
            let slice = self.bytes_before(end)?;
            if let Some(at) = memchr::memrchr(b'\n', slice) {
                return Ok(end - (slice.len() - at - 1) as u64);
            }
            end -= slice.len() as u64;
        }
        Ok(self.extent.start)
    }

    /// Where the line that holds `offset` begins.
    pub fn start_of(&mut self, offset: u64) -> Result<u64, ReadError> {
        self.start_before(offset.saturating_add(1))
    }

    /// The first beginning of a line at `offset` or behind it; the end of the text when there is none.
    pub fn start_from(&mut self, offset: u64) -> Result<u64, ReadError> {
        if offset <= self.extent.start {
            return Ok(self.extent.start);
        }
        Ok(self.feed_from(offset - 1)?.map_or(self.extent.end, |feed| feed + 1))
    }

    /// The first line feed at `offset` or behind it.
    pub fn feed_from(&mut self, offset: u64) -> Result<Option<u64>, ReadError> {
        let mut at = offset;
        while at < self.extent.end {
            let slice = self.bytes_at(at)?;
            if let Some(feed) = memchr::memchr(b'\n', slice) {
                return Ok(Some(at + feed as u64));
            }
            at += slice.len() as u64;
        }
        Ok(None)
    }

    /// Counts the line feeds in `from..to`.
    pub fn feeds_between(&mut self, from: u64, to: u64) -> Result<u64, ReadError> {
        let mut feeds = 0;
        let mut at = from;
        while at < to {
            let slice = self.bytes_at(at)?;
            let slice = &slice[..slice.len().min(usize::try_from(to - at).unwrap_or(usize::MAX))];
            feeds += line_feeds(slice);
            at += slice.len() as u64;
        }
        Ok(feeds)
    }

    /// Where the `count`-th line feed in `from..to` ends; `None` when there are fewer.
    pub fn behind_feed(&mut self, from: u64, to: u64, count: u64) -> Result<Option<u64>, ReadError> {
        let Some(mut left) = count.checked_sub(1) else { return Ok(Some(from)) };
        let mut at = from;
        while at < to {
            let slice = self.bytes_at(at)?;
            let slice = &slice[..slice.len().min(usize::try_from(to - at).unwrap_or(usize::MAX))];
            let feeds = line_feeds(slice);
            if feeds > left {
                let nth = memchr::memchr_iter(b'\n', slice).nth(usize::try_from(left).unwrap_or(usize::MAX));
                return Ok(nth.map(|feed| at + feed as u64 + 1));
            }
            left -= feeds;
            at += slice.len() as u64;
        }
        Ok(None)
    }

    /// Reads all of `from..to`.
    pub fn read(&self, from: u64, to: u64) -> Result<PageBuffer, ReadError> {
        let mut bytes = PageBuffer::default();
        let room = bytes.room(from, usize::try_from(to.saturating_sub(from)).unwrap_or(0));
        fill(&*self.text, self.extent.generation, from, room)?;
        Ok(bytes)
    }

    /// Some bytes from `offset` on; `offset` lies before the end.
    fn bytes_at(&mut self, offset: u64) -> Result<&[u8], ReadError> {
        if !(self.chunk_start..self.chunk_start + self.chunk.len() as u64).contains(&offset) {
            self.fill(offset, self.extent.end.min(offset + CHUNK_BYTES))?;
        }
        Ok(&self.chunk[usize::try_from(offset - self.chunk_start).unwrap_or(usize::MAX)..])
    }

    /// Some bytes that end at `offset`; `offset` lies behind the start.
    fn bytes_before(&mut self, offset: u64) -> Result<&[u8], ReadError> {
        if offset <= self.chunk_start || offset > self.chunk_start + self.chunk.len() as u64 {
            self.fill(self.extent.start.max(offset.saturating_sub(CHUNK_BYTES)), offset)?;
        }
        Ok(&self.chunk[..usize::try_from(offset - self.chunk_start).unwrap_or(usize::MAX)])
    }

    fn fill(&mut self, from: u64, to: u64) -> Result<(), ReadError> {
        if self.stop.is_set() {
            return Err(ReadError::Stopped);
        }
        let length = usize::try_from(to - from).unwrap_or(usize::MAX);
        self.chunk_start = from;
        let read = fill(&*self.text, self.extent.generation, from, self.chunk.room(from, length));
        if read.is_err() {
            self.chunk.truncate(0);
        }
        Ok(read?)
    }
}
