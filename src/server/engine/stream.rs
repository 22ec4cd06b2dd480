//! A log that comes as one stream of bytes, cut into chunks of whole entries by one after the other.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::PoisonError;

use super::changes::{Changes, LogBytes};
use super::chunk::{CONTINUES_BYTES, Chunk};
use super::entries::{Entries, last_time};
use super::input::Input;
use crate::log::blocks::Passed;
use crate::log::entry::Entry;
use crate::log::lines;
use crate::log::time::Clockwork;
use crate::server::page_buffer::PageBuffer;

/// A stream, and what was read of it.
pub(super) struct Stream {
    reader: Box<dyn Read + Send>,
    /// Read, but not handed out: the beginning of an entry that may go on.
    carry: Vec<u8>,
    offset: u64,
    pub(super) index: u64,
    is_over: bool,
    pub(super) clockwork: Clockwork,
    /// The last time said in what was handed out.
    time_before: Option<i64>,
    /// Why no more could be read.
    failed: Option<io::Error>,
}

impl Stream {
    pub(super) fn of(reader: Box<dyn Read + Send>, clockwork: Clockwork) -> Self {
        let (carry, time_before, failed) = (Vec::new(), None, None);
        Self { reader, carry, offset: 0, index: 0, is_over: false, clockwork, time_before, failed }
    }

    /// Reads until there are so many bytes or no more, and returns those that were not handed out.
    ///
    /// # Errors
    /// There is nothing that could be read. What goes wrong later is said behind what was read before.
    pub(super) fn read_at_least(&mut self, bytes: usize, most: usize) -> io::Result<&[u8]> {
        while self.carry.len() < bytes && !self.is_over {
            self.read(most);
        }
        match self.failed.take_if(|_| self.carry.is_empty()) {
            Some(error) => Err(error),
            None => Ok(&self.carry),
        }
    }

    /// Passes over the first bytes, which are there.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.carry.drain(..bytes);
        self.offset += bytes as u64;
    }

    /// What was read, and what it was read from.
    pub(super) fn into_parts(self) -> (Vec<u8>, Box<dyn Read + Send>) {
        (self.carry, self.reader)
    }

    /// Reads what is there, at most `most` bytes; waits only for the first.
    fn read(&mut self, most: usize) {
        let from = self.carry.len();
        self.carry.resize(from + most, 0);
        let read = loop {
            match self.reader.read(&mut self.carry[from..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.carry.truncate(from + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(count) => self.is_over = count == 0,
            // What was read before counts, and comes first.
            Err(error) => (self.is_over, self.failed) = (true, Some(error)),
        }
    }

    /// Takes the next chunk; `None` behind the last.
    pub(super) fn next_chunk<'b>(
        &mut self,
        input: &Input,
        buffer: &'b mut PageBuffer,
    ) -> io::Result<Option<Chunk<'b>>> {
        let mut changes = input.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = loop {
            changes.find(self.end(), self)?;
            if self.is_over {
                break self.carry.len();
            }
            if self.carry.len() >= input.chunk_bytes / 4
                && let whole @ 1.. = self.whole_bytes(&changes)
            {
                break whole;
            }
            self.read(input.chunk_bytes);
        };
        let formats = changes.between(self.offset..self.offset + whole as u64);
        drop(changes);
        if self.carry.is_empty() {
            return self.failed.take().map_or(Ok(None), Err);
        }
        buffer.room(0, whole).copy_from_slice(&self.carry[..whole]);
        self.carry.drain(..whole);
        let offset = self.offset;
        self.offset += whole as u64;
        self.index += 1;
        let bytes = &buffer[..];
        let (clockwork, time_before) = (self.clockwork.clone(), self.time_before);
        if input.carries_time {
            self.time_before = last_time(Entries::over(&formats, bytes), true, &clockwork).ok().or(time_before);
        }
        if input.sample.lacks_days() || formats.lacks_days {
            // The day of the next chunk's times follows from this one's.
            let entries = Entries::over(&formats, bytes);
            for range in entries.clone() {
                let format = entries.format_at(range.start);
                let _ = format.parse(&bytes[range], &mut self.clockwork, Entry::default());
            }
        }
        let (index, passed) = (self.index - 1, Passed::default());
        Ok(Some(Chunk { index, offset, bytes, formats, clockwork, time_before, passed }))
    }

    /// How much of what was read belongs to entries that are whole, for the next one has begun, and whose format is known.
    fn whole_bytes(&self, changes: &Changes) -> usize {
        // Of the last line more may come, and what the one before it is may depend on it.
        let Some(feed) = memchr::memrchr(b'\n', &self.carry) else { return 0 };
        let last = lines::before(&self.carry, feed + 1).start;
        let known = usize::try_from(changes.known_to().saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let mut start = lines::around(&self.carry, 0, last.saturating_sub(1).min(known)).start;
        while start > 0 {
            let (format, is_first) = changes.format_at(self.offset + start as u64);
            let goes_on = !is_first && format.continues(&self.carry, lines::from(&self.carry, start));
            if !goes_on || (self.carry.len() - start) as u64 > CONTINUES_BYTES {
                return start;
            }
            start = lines::before(&self.carry, start).start;
        }
        0
    }
}

impl LogBytes for Stream {
    fn bytes(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
        let place = |at: u64| usize::try_from(at.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        Ok(Cow::Borrowed(&self.carry[place(range.start)..place(range.end)]))
    }

    fn end(&self) -> u64 {
        self.offset + self.carry.len() as u64
    }

    fn is_over(&self) -> bool {
        self.is_over
    }
}
