//! Cutting a log into chunks of whole entries, by whoever takes the next one.
//!
//! A file is cut at places that depend on its bytes alone, so that two threads that read neighbours agree on where the one
//! ends and the other begins. An entry belongs to the chunk in which its first byte lies; it may be longer than that chunk.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::changes::{Changes, LogBytes};
use super::entries::{Entries, last_time, reckon_back};
use super::format_map::Formats;
use super::input::{Body, Bytes, Input};
use crate::log::blocks::{Passed, Stretch};
use crate::log::format::Detection;
use crate::log::lines;
use crate::log::time::Clockwork;
use crate::server::page_buffer::PageBuffer;

/// How much of a line is looked at to tell whether it continues an entry.
const LOOK_BYTES: u64 = 16 * 1024;
/// How much of what stands before it.
const BEFORE_BYTES: u64 = 8 * LOOK_BYTES;
/// An entry that goes on farther than this behind the border of a chunk is cut, at a line.
pub(super) const CONTINUES_BYTES: u64 = 4 * 1024 * 1024;
/// What is read on either side of a chunk: its first and last entries rarely reach farther.
const MARGIN_BYTES: u64 = 4096;
/// Where times leave out their day, it is reckoned backward, so many bytes at once.
const RECKONED_BYTES: u64 = 64 * 1024;
/// From each entry to the one before it in logs of this size, or where the day is left out as well as the year.
const WALKED_BYTES: u64 = 16 * 1024 * 1024;
const DAY_NANOS: i64 = 86_400 * 1_000_000_000;
const YEAR_NANOS: i64 = 365 * DAY_NANOS;
/// A stretch without a line feed that is worth remembering.
const BLANK_BYTES: u64 = 1024 * 1024;

/// Some entries of a log that follow each other.
pub struct Chunk<'b> {
    /// Its number in the order in which they are handed out, from 0. Chunks may be empty.
    pub index: u64,
    /// Where it begins in the log, in bytes of plain text.
    pub offset: u64,
    /// The entries, with their line ends.
    pub bytes: &'b [u8],
    /// How they are read.
    pub formats: Formats,
    /// Completes the times of its entries, asked in their order.
    pub clockwork: Clockwork,
    /// The time that its first entry takes over if it says none, nanoseconds since 1970; known only where the input
    /// [`carries_time`](Input::carries_time).
    pub time_before: Option<i64>,
    /// What was passed over since the chunk before it.
    pub passed: Passed,
}

impl Input {
    /// Takes the next chunk; `None` behind the last. `buffer` is used again from call to call.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn next_chunk<'b>(&self, buffer: &'b mut PageBuffer) -> io::Result<Option<Chunk<'b>>> {
        match &self.body {
            Body::File { next, listed, .. } => {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                let index = if self.is_from_end { self.chunks().checked_sub(turn + 1) } else { Some(turn) };
                let Some(index) = index else { return Ok(None) };
                let listed_chunk = usize::try_from(index).ok().and_then(|index| listed.get(index));
                let chunk = match listed_chunk {
                    Some(stretch) => Some(self.listed_chunk(index, stretch, buffer)?),
                    None => self.even_chunk(index, buffer)?,
                };
                Ok(chunk.map(|chunk| Chunk { index: turn, ..chunk }))
            }
            Body::Stream(stream, _) => {
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                stream.next_chunk(self, buffer)
            }
        }
    }

    /// The entries of a stretch that an index knows.
    fn listed_chunk<'b>(&self, index: u64, stretch: &Stretch, buffer: &'b mut PageBuffer) -> io::Result<Chunk<'b>> {
        let Body::File { bytes, blank, .. } = &self.body else { unreachable!("only files are listed") };
        let formats = self.cut(&**bytes, blank, buffer).formats(stretch.start, stretch.end)?;
        read_whole(&**bytes, stretch.start, buffer.room(stretch.start, size(stretch.end - stretch.start)))?;
        Ok(Chunk {
            index,
            offset: stretch.start,
            bytes: buffer,
            formats,
            clockwork: self.sample.clockwork_before(self.reference_at(stretch.start)),
            time_before: stretch.said_before,
            passed: stretch.passed,
        })
    }

    /// The entries that begin in one of the equal parts into which the file is cut behind what is listed.
    fn even_chunk<'b>(&self, index: u64, buffer: &'b mut PageBuffer) -> io::Result<Option<Chunk<'b>>> {
        let Body::File { bytes, blank, timeless, listed, listed_end, passed, .. } = &self.body else {
            unreachable!("only files are cut")
        };
        let number = index - listed.len() as u64;
        let length = self.bytes.unwrap_or(0);
        let from = listed_end.saturating_add(number.saturating_mul(self.chunk_bytes as u64));
        if from >= length {
            return Ok(None);
        }
        let to = length.min(from + self.chunk_bytes as u64);
        let mut cut = self.cut(&**bytes, blank, buffer);
        cut.look(from.saturating_sub(MARGIN_BYTES), length.min(to + 2 * MARGIN_BYTES))?;
        let start = if number == 0 { from.max(self.begins) } else { cut.border(from)? };
        let end = cut.border(to)?;
        let clockwork = self.sample.clockwork_before(self.reference_at(from));
        let time_before = if self.carries_time { cut.time_before(start, &clockwork, timeless)? } else { None };
        let formats = cut.formats(start, end)?;
        let bytes = cut.take(start, end)?;
        let passed = if number == 0 { *passed } else { Passed::default() };
        Ok(Some(Chunk { index, offset: start, bytes, formats, clockwork, time_before, passed }))
    }

    /// Where times leave out their day: finds, from the end of a file backward, what day it is every so often.
    pub(super) fn reckon_days(&mut self) -> io::Result<()> {
        let Body::File { bytes, blank, .. } = &self.body else { return Ok(()) };
        if !self.sample.lacks_days() {
            return Ok(());
        }
        let length = self.bytes.unwrap_or(0);
        // Of a large log without years, one entry in each block is enough: in so few bytes less than a year goes by.
        let reads_all = self.sample.inferred.date || length <= WALKED_BYTES;
        let step_nanos = if self.sample.inferred.date { DAY_NANOS / 2 } else { YEAR_NANOS / 2 };
        let mut references = vec![(length, self.sample.reference_nanos)];
        let mut following = self.sample.reference_nanos;
        let mut clockwork = self.sample.clockwork.clone();
        let mut window = PageBuffer::default();
        for from in (0..length.div_ceil(RECKONED_BYTES)).rev().map(|index| index * RECKONED_BYTES) {
            let looked = if reads_all { RECKONED_BYTES } else { 0 };
            let mut cut = self.cut(&**bytes, blank, &mut window);
            cut.look(from.saturating_sub(MARGIN_BYTES), length.min(from + looked + 2 * MARGIN_BYTES))?;
            let start = if from == 0 { self.begins } else { cut.border(from)? };
            let end = if reads_all { cut.border(length.min(from + looked))? } else { length.min(start + MARGIN_BYTES) };
            let formats = cut.formats(start, end)?;
            let bytes = cut.take(start, end)?;
            let mut entries = Entries::over(&formats, bytes);
            if !reads_all {
                // The first will do; the last may be cut.
                let first = entries.next().map_or(0, |first| first.end);
                entries = Entries::over(&formats, &bytes[..first]);
            }
            following = reckon_back(&entries, &mut clockwork, following, |at, nanos| {
                let last = references[references.len() - 1].1;
                if last.saturating_sub(nanos) > step_nanos {
                    references.push((start + at as u64, nanos));
                }
            });
        }
        references.reverse();
        self.references = references;
        Ok(())
    }

    /// Where the format changes, and to which: all changes. What nobody has taken yet of a stream is read to its end.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn format_changes(&self) -> io::Result<Vec<(u64, Detection)>> {
        if matches!(self.body, Body::Stream(..)) && self.follows_changes() {
            let mut buffer = PageBuffer::default();
            while self.next_chunk(&mut buffer)?.is_some() {}
        }
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Body::File { bytes, .. } = &self.body {
            let length = self.bytes.unwrap_or(0);
            changes.find(length, &FileBytes { log: &**bytes, length })?;
        }
        Ok(changes.formats().changes().iter().map(|change| (change.at, change.sample.detection.clone())).collect())
    }

    fn cut<'a, 'b>(
        &'a self,
        log: &'a dyn Bytes,
        blank: &'a Mutex<(u64, u64)>,
        window: &'b mut PageBuffer,
    ) -> Cut<'a, 'b> {
        let length = self.bytes.unwrap_or(0);
        Cut { log, blank, changes: &self.changes, begins: self.begins, length, base: 0, window }
    }

    /// A time before which the entries at `offset` are, by less than a day or a year: that of one there or a little behind.
    fn reference_at(&self, offset: u64) -> i64 {
        let behind = self.references.partition_point(|(at, _)| *at < offset);
        self.references.get(behind).map_or(self.sample.reference_nanos, |(_, nanos)| *nanos)
    }
}

/// Remembers the longer of the stretch that is known and this one.
fn note_longest(known: &Mutex<(u64, u64)>, from: u64, to: u64) {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if to - from > known.1 - known.0 {
        *known = (from, to);
    }
}

/// A file around a chunk.
struct Cut<'a, 'b> {
    log: &'a dyn Bytes,
    /// The longest stretch known to hold no line feed.
    blank: &'a Mutex<(u64, u64)>,
    changes: &'a Mutex<Changes>,
    /// Where the text begins, behind what only marks it as such.
    begins: u64,
    length: u64,
    /// Where the bytes that were read begin.
    base: u64,
    window: &'b mut PageBuffer,
}

impl<'b> Cut<'_, 'b> {
    /// Reads what is looked at.
    fn look(&mut self, from: u64, to: u64) -> io::Result<()> {
        let wanted = size(to - from);
        self.base = from;
        read_whole(self.log, from, self.window.room(from, wanted))
    }

    /// Where the first entry begins at `at` or behind it.
    fn border(&mut self, at: u64) -> io::Result<u64> {
        if at == 0 || at >= self.length {
            return Ok(at.clamp(self.begins, self.length));
        }
        let Some(feed) = self.feed_from(at - 1)? else { return Ok(self.length) };
        let mut start = feed + 1;
        let until = start + CONTINUES_BYTES;
        while start < self.length && start < until && self.continues(start)? {
            start = self.feed_from(start)?.map_or(self.length, |feed| feed + 1);
            let (from, to) = (start.saturating_sub(MARGIN_BYTES), self.length.min(start + MARGIN_BYTES));
            if from < self.base || to > self.end() {
                // A long entry: its lines are not read one by one.
                self.look(start.saturating_sub(BEFORE_BYTES), self.length.min(start + BLANK_BYTES))?;
            }
        }
        Ok(start)
    }

    /// The formats between two places.
    fn formats(&self, from: u64, to: u64) -> io::Result<Formats> {
        Ok(self.changes(to)?.formats().between(from..to).into_owned())
    }

    /// The changes of the format, known as far as `to`.
    fn changes(&self, to: u64) -> io::Result<MutexGuard<'_, Changes>> {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.find(to, &FileBytes { log: self.log, length: self.length })?;
        Ok(changes)
    }

    /// Whether the line that begins at `start` continues the one before it.
    fn continues(&self, start: u64) -> io::Result<bool> {
        let changes = self.changes(start)?;
        let (format, is_first) = changes.formats().at(start);
        let format = format.clone();
        drop(changes);
        if is_first {
            return Ok(false);
        }
        // What is asked about are two lines before it and one behind: most are short.
        for look in [MARGIN_BYTES, LOOK_BYTES] {
            let (block, at, is_seen) = self.around(start, look, look)?;
            if is_seen {
                return Ok(format.continues(&block, lines::from(&block, at)));
            }
        }
        let (block, at, _) = self.around(start, BEFORE_BYTES, LOOK_BYTES)?;
        Ok(format.continues(&block, lines::from(&block, at)))
    }

    /// What stands around the line that begins at `start`, where in that the line is, and whether two lines before it and one
    /// behind are there, as far as there are any.
    fn around(&self, start: u64, before: u64, behind: u64) -> io::Result<(Cow<'_, [u8]>, usize, bool)> {
        let (from, to) = (self.begins.max(start.saturating_sub(before)), self.length.min(start + behind));
        let block = self.peek(from, to)?;
        let at = size(start - from);
        let has_two_lines = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).nth(1).is_some();
        let is_seen = (from == self.begins || has_two_lines(&block[..at - 1]))
            && (to == self.length || has_two_lines(&block[at..]));
        Ok((block, at, is_seen))
    }

    /// The first line feed at `from` or behind it.
    fn feed_from(&self, from: u64) -> io::Result<Option<u64>> {
        let (blank_from, blank_to) = *self.blank.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at = from;
        let mut look = MARGIN_BYTES;
        while at < self.length {
            if (blank_from..blank_to).contains(&at) {
                at = blank_to;
                continue;
            }
            let is_read = (self.base..self.end()).contains(&at);
            let piece = self.peek(at, if is_read { self.end() } else { self.length.min(at + look) })?;
            look = (2 * look).min(BLANK_BYTES);
            let feed = memchr::memchr(b'\n', &piece);
            at += feed.unwrap_or(piece.len()) as u64;
            if feed.is_some() {
                break;
            }
        }
        if at - from >= BLANK_BYTES {
            let mut blank = self.blank.lock().unwrap_or_else(PoisonError::into_inner);
            if at - from > blank.1 - blank.0 {
                *blank = (from, at);
            }
        }
        Ok((at < self.length).then_some(at))
    }

    /// The last time that an entry says before `start`, where one begins: nanoseconds since 1970. `timeless` is the longest
    /// stretch known to say none.
    fn time_before(&self, start: u64, clockwork: &Clockwork, timeless: &Mutex<(u64, u64)>) -> io::Result<Option<i64>> {
        let (mut end, mut look) = (start, MARGIN_BYTES);
        while end > self.begins {
            let known = *timeless.lock().unwrap_or_else(PoisonError::into_inner);
            if known.0 < end && end <= known.1 {
                end = known.0;
                note_longest(timeless, end, start);
                continue;
            }
            let bound = if known.1 < end { self.begins.max(known.1) } else { self.begins };
            let from = bound.max(end.saturating_sub(look));
            let bytes = self.peek(from, end)?;
            match last_time(Entries::over(&self.formats(from, end)?, &bytes), from == bound, clockwork) {
                Ok(nanos) => return Ok(Some(nanos)),
                Err(looked_from) if looked_from == bytes.len() && look > CONTINUES_BYTES => break,
                Err(looked_from) => end = from + looked_from as u64,
            }
            look = (2 * look).min(2 * CONTINUES_BYTES);
            note_longest(timeless, end, start);
        }
        Ok(None)
    }

    /// These bytes, from what was read or from the file.
    fn peek(&self, from: u64, to: u64) -> io::Result<Cow<'_, [u8]>> {
        if from >= self.base && to <= self.end() {
            return Ok(Cow::Borrowed(&self.window[self.place(from)..self.place(to)]));
        }
        let mut bytes = vec![0; size(to - from)];
        read_whole(self.log, from, &mut bytes)?;
        Ok(Cow::Owned(bytes))
    }

    fn take(mut self, start: u64, end: u64) -> io::Result<&'b [u8]> {
        if start < self.base || end > self.end() {
            self.look(start, end)?;
        }
        Ok(&self.window[self.place(start)..self.place(end)])
    }

    /// Where in the window the byte at `offset` stands.
    fn place(&self, offset: u64) -> usize {
        size(offset - self.base)
    }

    fn end(&self) -> u64 {
        self.base + self.window.len() as u64
    }
}

/// A file, where the changes of its format are looked for.
struct FileBytes<'a> {
    log: &'a dyn Bytes,
    length: u64,
}

impl LogBytes for FileBytes<'_> {
    fn bytes(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
        let mut bytes = vec![0; size(range.end - range.start)];
        read_whole(self.log, range.start, &mut bytes)?;
        Ok(Cow::Owned(bytes))
    }

    fn begin(&self) -> u64 {
        0
    }

    fn end(&self) -> u64 {
        self.length
    }

    fn is_over(&self) -> bool {
        true
    }
}

/// Fills `buffer` from `offset` on: all of it was there when the file was opened.
fn read_whole(log: &dyn Bytes, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    if log.read_at_most(offset, buffer)? < buffer.len() {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was cut while it was read"));
    }
    Ok(())
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

impl Input {
    /// How many chunks there are; of a stream, how many there have been.
    pub(super) fn chunks(&self) -> u64 {
        match &self.body {
            Body::File { listed, listed_end, .. } => {
                let even_bytes = self.bytes.unwrap_or(0).saturating_sub(*listed_end);
                listed.len() as u64 + even_bytes.div_ceil(self.chunk_bytes as u64)
            }
            Body::Stream(stream, _) => stream.lock().unwrap_or_else(PoisonError::into_inner).index,
        }
    }
}
