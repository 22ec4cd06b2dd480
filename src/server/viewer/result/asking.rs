//! The entries of one source that match, found as cheaply as the query allows: by their lines, by their raw bytes, parsed.

use std::ops::Range;

use crate::log::entry::Entry;
use crate::log::format::Format;
use crate::log::query::{Known, Query};
use crate::log::time::Clockwork;
use crate::server::engine::{Entries, Formats};
use crate::server::sources::format::SourceFormat;
use crate::server::viewer::reader::{ReadError, Stop};

/// Entries between two looks at whether anybody still waits.
const STOP_EVERY: usize = 256;

/// What is asked of the entries of one source.
pub(super) struct Asking<'a> {
    /// The question.
    pub(super) query: &'a Query,
    /// The source's name, as worlds are told of it.
    pub(super) name: &'a str,
    /// How its lines are read: in all, and those of the block that is asked.
    pub(super) format: &'a SourceFormat,
    pub(super) formats: &'a Formats,
    /// Whether nobody waits any more.
    pub(super) stop: &'a Stop,
}

/// What is known of time at a place of a source.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// Completes the times that follow.
    pub(super) clockwork: Clockwork,
    /// The time that an entry takes over which says none: nanoseconds since 1970.
    pub(super) time_nanos: Option<i64>,
    /// The first time that an entry has said since.
    pub(super) first_nanos: Option<i64>,
}

impl Moment {
    /// Reads the next entry, and notes when it happened.
    fn read<'a>(&mut self, format: &'a Format, raw: &'a [u8], room: Entry<'_>) -> Entry<'a> {
        let entry = format.parse(raw, &mut self.clockwork, room);
        let said = entry.time.map(|time| time.nanos);
        self.time_nanos = said.or(self.time_nanos);
        self.first_nanos = self.first_nanos.or(said);
        entry
    }
}

/// Whether only entries with a line that the query's scanner finds have to be looked at.
pub(super) fn is_sparse(query: &Query) -> bool {
    let scanner = query.raw_scanner();
    scanner.is_exact() || !scanner.finds_every_line() && !query.asks_for_time()
}

impl Asking<'_> {
    /// Shows where each entry of `block` that matches stands, in their order. The block holds whole entries.
    ///
    /// # Errors
    /// [`ReadError::Stopped`].
    pub(super) fn ask(
        &self,
        block: &[u8],
        moment: &mut Moment,
        found: impl FnMut(Range<usize>),
    ) -> Result<(), ReadError> {
        let of_source = self.query.judge(&Known::of_source(self.name));
        match of_source {
            Some(false) => Ok(()),
            None if is_sparse(self.query) => self.ask_some(block, moment, found),
            _ => self.ask_each(block, of_source, moment, found),
        }
    }

    /// Looks only at entries with a line that the scanner finds.
    fn ask_some(
        &self,
        block: &[u8],
        moment: &mut Moment,
        mut found: impl FnMut(Range<usize>),
    ) -> Result<(), ReadError> {
        let scanner = self.query.raw_scanner();
        let (mut entries, mut room) = (Entries::over(self.formats, block), Entry::default());
        for (number, line) in scanner.lines(block).enumerate() {
            self.go_on(number)?;
            if line.start < entries.at() {
                continue;
            }
            let range = entries.around(line.start);
            let raw = &block[range.clone()];
            let verdict = if scanner.is_exact() { Some(true) } else { scanner.verdict(raw) };
            let is_match = verdict.unwrap_or_else(|| {
                let entry = entries.read(range.clone(), &mut moment.clockwork, std::mem::take(&mut room));
                let is_match = self.query.is_match(&entry, self.name);
                room = entry.recycle(&[]);
                is_match
            });
            if is_match {
                found(range);
            }
        }
        Ok(())
    }

    /// Looks at each entry; where the query asks for times, each is read, for those without one take over the one before.
    fn ask_each(
        &self,
        block: &[u8],
        of_source: Option<bool>,
        moment: &mut Moment,
        mut found: impl FnMut(Range<usize>),
    ) -> Result<(), ReadError> {
        let reads_all = self.query.asks_for_time();
        let (entries, mut room) = (Entries::over(self.formats, block), Entry::default());
        for (number, range) in entries.clone().enumerate() {
            self.go_on(number)?;
            let raw = &block[range.clone()];
            let verdict = of_source.or_else(|| self.query.verdict(raw));
            let is_match = match verdict {
                Some(known) if !reads_all => known,
                _ => {
                    let entry = moment.read(entries.format_at(range.start), raw, room);
                    let is_match =
                        verdict.unwrap_or_else(|| self.query.is_match_at(&entry, self.name, moment.time_nanos));
                    room = entry.recycle(&[]);
                    is_match
                }
            };
            if is_match {
                found(range);
            }
        }
        Ok(())
    }

    /// Whether no entry of `block` matches for all that its lines tell, so that there is no need to read any. Not where what
    /// time it is depends on each of them.
    pub(super) fn finds_nothing(&self, block: &[u8]) -> bool {
        let scanner = self.query.raw_scanner();
        !self.format.lacks_days() && !scanner.finds_every_line() && scanner.lines(block).next().is_none()
    }

    /// Reads each entry of `block` and shows those that match, with their times: their own, or that of the entry before.
    pub(super) fn read_each(
        &self,
        block: &[u8],
        moment: &mut Moment,
        mut found: impl FnMut(&Entry<'_>, Option<i64>),
    ) -> Result<(), ReadError> {
        let of_source = self.query.judge(&Known::of_source(self.name));
        let (entries, mut room) = (Entries::over(self.formats, block), Entry::default());
        for (number, range) in entries.clone().enumerate() {
            self.go_on(number)?;
            let entry = moment.read(entries.format_at(range.start), &block[range], room);
            if of_source.unwrap_or_else(|| self.query.is_match_at(&entry, self.name, moment.time_nanos)) {
                found(&entry, moment.time_nanos);
            }
            room = entry.recycle(&[]);
        }
        Ok(())
    }

    fn go_on(&self, number: usize) -> Result<(), ReadError> {
        let is_over = number.is_multiple_of(STOP_EVERY) && self.stop.is_set();
        if is_over { Err(ReadError::Stopped) } else { Ok(()) }
    }
}

/// Where the lines of an entry of `block` begin.
pub(super) fn lines_of(block: &[u8], entry: Range<usize>) -> impl Iterator<Item = usize> {
    let behind = memchr::memchr_iter(b'\n', &block[entry.clone()]).map(move |feed| entry.start + feed + 1);
    std::iter::once(entry.start).chain(behind)
}
