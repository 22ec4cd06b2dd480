//! Where entries stand in a block: a line, with the lines that continue it.

use std::ops::Range;

use super::format_map::Formats;
use crate::log::entry::Entry;
use crate::log::format::Format;
use crate::log::lines;
use crate::log::time::Clockwork;

/// The entries of a block that begins with one, each without its last line end.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    first: &'a Format,
    later: &'a [(usize, Format)],
    block: &'a [u8],
    at: usize,
}

impl<'a> Entries<'a> {
    /// The entries of `block`, whose first byte begins one, all of one format.
    #[must_use]
    pub const fn of(format: &'a Format, block: &'a [u8]) -> Self {
        Self { first: format, later: &[], block, at: 0 }
    }

    /// The entries of `block`, whose first byte begins one.
    #[must_use]
    pub fn over(formats: &'a Formats, block: &'a [u8]) -> Self {
        Self { first: &formats.first, later: &formats.later, block, at: 0 }
    }

    /// How the entry at `start` is read.
    #[must_use]
    pub fn format_at(&self, start: usize) -> &'a Format {
        let later = self.later.partition_point(|(from, _)| *from <= start);
        later.checked_sub(1).map_or(self.first, |index| &self.later[index].1)
    }

    /// Reads the entry in this range, as [`Format::parse`] does.
    #[must_use]
    pub fn read(&self, range: Range<usize>, clockwork: &mut Clockwork, room: Entry<'_>) -> Entry<'a> {
        self.format_at(range.start).parse(&self.block[range], clockwork, room)
    }

    /// Whether a line belongs to the entry before it.
    fn continues(&self, line: Range<usize>) -> bool {
        let is_change = self.later.binary_search_by_key(&line.start, |(from, _)| *from).is_ok();
        !is_change && self.format_at(line.start).continues(self.block, line)
    }

    /// The entry that holds the line which begins at `line_start`; goes on behind it.
    pub fn around(&mut self, line_start: usize) -> Range<usize> {
        let mut start = line_start;
        while start > self.at {
            if !self.continues(lines::from(self.block, start)) {
                break;
            }
            start = lines::before(self.block, start).start;
        }
        self.at = start;
        self.next().unwrap_or(start..start)
    }

    /// Where the first entry of the block begins that lines behind the block may still change: a line is known to end an entry
    /// by the one behind it.
    #[must_use]
    pub fn unsettled(&self) -> usize {
        let last = lines::before(self.block, self.block.len()).start;
        let line = if last == 0 { 0 } else { lines::before(self.block, last).start };
        let mut entries = Self { at: 0, ..self.clone() };
        if self.block.is_empty() { 0 } else { entries.around(line).start }
    }

    /// Where the next entry begins.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }
}

impl Iterator for Entries<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if start >= self.block.len() {
            return None;
        }
        let mut end = lines::from(self.block, start).end;
        loop {
            self.at = end + 1;
            if self.at >= self.block.len() {
                break;
            }
            let next = lines::from(self.block, self.at);
            if !self.continues(next.clone()) {
                break;
            }
            end = next.end;
        }
        let is_crlf = end > start && self.block[end - 1] == b'\r' && end < self.block.len();
        Some(start..end - usize::from(is_crlf))
    }
}

/// When the first of these entries happened that says a time, if they leave out their days and the next one behind them is at
/// `following_nanos`, since 1970: days are reckoned backward, from each entry to the one before it, which may be years ago.
/// `seen` is shown where each begins and when it happened, the last one first.
pub fn reckon_back(
    entries: &Entries<'_>,
    clockwork: &mut Clockwork,
    following_nanos: i64,
    mut seen: impl FnMut(usize, i64),
) -> i64 {
    let ranges: Vec<_> = entries.clone().collect();
    let (mut nanos, mut room) = (following_nanos, Entry::default());
    for range in ranges.into_iter().rev() {
        clockwork.seek(nanos);
        let start = range.start;
        let entry = entries.read(range, clockwork, room);
        nanos = entry.time.map_or(nanos, |time| time.nanos);
        seen(start, nanos);
        room = entry.recycle(&[]);
    }
    nanos
}

/// The last time that an entry of a block says, nanoseconds since 1970; else from where on none does. Where the block does
/// not `begin` with an entry, its first may be the rest of one and is not looked at.
///
/// # Errors
/// No entry says a time: where the first of those that were looked at begins.
pub fn last_time(all: Entries<'_>, begins: bool, clockwork: &Clockwork) -> Result<i64, usize> {
    let block = all.block;
    let mut end = block.len();
    while end > 0 {
        let mut entries = Entries { block: &block[..end], at: 0, ..all };
        let range = entries.around(lines::before(block, end).start);
        if range.start == 0 && !begins {
            break;
        }
        if let Some(time) = entries.read(range.clone(), &mut clockwork.clone(), Entry::default()).time {
            return Ok(time.nanos);
        }
        end = range.start;
    }
    Err(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &[u8] = b"2026-01-01T00:00:00Z one\r\n  at two\n2026-01-01T00:00:01Z three\nlast\n";

    fn format() -> Format {
        Format::named("text").expect("built in")
    }

    #[test]
    fn a_line_that_continues_belongs_to_the_entry_before_it() {
        let format = format();
        let entries: Vec<_> = Entries::of(&format, BLOCK).map(|range| &BLOCK[range]).collect();
        assert_eq!(entries, [&b"2026-01-01T00:00:00Z one\r\n  at two"[..], b"2026-01-01T00:00:01Z three\nlast"]);
    }

    #[test]
    fn the_entry_around_a_line_is_the_one_that_it_belongs_to() {
        let format = format();
        for expected in Entries::of(&format, BLOCK) {
            let starts = (0..BLOCK.len()).filter(|at| *at == 0 || BLOCK[at - 1] == b'\n');
            for start in starts.filter(|start| expected.contains(start)) {
                assert_eq!(Entries::of(&format, BLOCK).around(start), expected);
            }
        }
    }
}
