//! The search for matching entries through a growing text: backward from the end, forward with what arrives, a slice at a time.
//!
//! Slices are cut where entries begin. The last entry may go on, so it stays unsettled: it is asked again with every line
//! that comes, and once it has matched it stays a match, as do the lines that follow in it. A last line without its end is
//! asked when nothing has come for a while: what is half written may look like another entry.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::asking::{Asking, Moment, is_sparse, lines_of};
use super::days::Clock;
use super::passing::Passing;
use super::summing::Part;
use super::window::{LOOK_BYTES, Window};
use crate::log::lines;
use crate::log::query::Query;
use crate::server::engine::Entries;
use crate::server::sources::format::{FormatList, SourceFormat};
use crate::server::sources::text::{Extent, Text};
use crate::server::viewer::reader::{ReadError, Reader, Stop};
use crate::world::stream::SourceId;

/// Bytes of the first slice: the newest hits come at once.
const FIRST_SLICE_BYTES: u64 = 256 * 1024;
/// Bytes of a slice once the first are told.
const SLICE_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of a slice at least, however slow the query is.
const SLICE_BYTES_MIN: u64 = 64 * 1024;
/// A slice that takes longer than this is followed by a smaller one ...
const SLOW: Duration = Duration::from_millis(200);
/// ... one that takes less, by a larger one ...
const QUICK: Duration = Duration::from_millis(50);
/// ... and one that takes so long makes all that follow wait in another line than other queries.
const LAGGING: Duration = Duration::from_secs(1);
/// Of a line that is longer than this, only so much is asked; words and the like are found behind it too.
const LINE_BYTES: u64 = 64 * 1024 * 1024;

/// A source whose entries are asked.
pub struct AskedSource {
    /// Its name, as worlds are told of it.
    pub name: String,
    /// Its own text, which tells when it was last written.
    pub text: Arc<dyn Text>,
}

/// What a search looks at.
pub(super) struct Search<'a> {
    pub(super) text: &'a dyn Text,
    pub(super) query: &'a Query,
    /// All sources, by their numbers.
    pub(super) sources: &'a [AskedSource],
    pub(super) stop: &'a Stop,
    /// What is noted of the entries that match, where they are summed up.
    pub(super) part: Option<RefCell<Part>>,
}

/// Where the search stands.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub(super) generation: u32,
    /// How the lines of each source are read.
    pub(super) formats: Arc<FormatList>,
    /// Everything from here on is searched, up to `high`; an entry begins here.
    pub(super) low: u64,
    /// No entry begins between here and `low`.
    reach: u64,
    /// Whether something that is looked for stands there; it counts where the line is too long to be asked whole.
    reach_hit: bool,
    /// Whether there is nothing before `low`.
    pub(super) complete: bool,
    /// Where the last entry begins: no hit before it will come or go.
    pub(super) settled: u64,
    /// Whether it is a hit already.
    settled_hit: bool,
    /// Where what stands at the end and is not whole begins: a line whose end has not come, and blank lines, which belong to
    /// what comes behind them or not.
    open: u64,
    /// Whether that was asked as it is.
    is_open_asked: bool,
    /// Everything up to here was looked at.
    pub(super) high: u64,
    slice_bytes: u64,
    /// Whether a slice took very long.
    pub(super) lags: bool,
    pub(super) clocks: HashMap<SourceId, Clock>,
}

/// Which entries are asked.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// Those before all that was asked.
    Back,
    /// Those behind, which will not change.
    Front,
    /// The last, which may.
    Last,
}

/// Hits: where their lines begin, ascending.
#[derive(Default)]
pub(super) struct Found {
    pub(super) lines: Vec<u64>,
    /// Whether the first entry that was asked is one.
    is_first: bool,
}

impl Scan {
    /// Whether there is nothing to do until something changes, or until the last line has been left alone for a while.
    pub(super) fn is_done(&self, extent: &Extent, formats: &FormatList, is_quiet: bool) -> bool {
        let is_open_due = is_quiet && self.waits_for_line();
        self.is_of(extent, formats)
            && self.complete
            && self.high == extent.end
            && self.low >= extent.start
            && !is_open_due
    }

    /// Whether this scan can go on in `extent`.
    pub(super) fn is_of(&self, extent: &Extent, formats: &FormatList) -> bool {
        let is_same = |(one, other): (&Option<Arc<SourceFormat>>, &Option<_>)| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one.reads_alike(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        self.generation == extent.generation
            && self.high >= extent.start
            && self.high <= extent.end
            && self.formats.iter().zip(formats).all(is_same)
    }

    /// Whether something at the end was not asked, for it may not be whole.
    pub(super) const fn waits_for_line(&self) -> bool {
        self.open < self.high && !self.is_open_asked
    }

    /// Goes on in `extent`, if only the order of the lines is another there: what stands elsewhere is searched again.
    pub(super) fn follow(&mut self, text: &dyn Text, extent: &Extent) {
        if self.generation == extent.generation {
            return;
        }
        for moved in text.moves(self.generation).into_iter().flatten() {
            if self.generation != extent.generation {
                self.search_again_from(moved.kept);
                self.generation = moved.to;
            }
        }
    }

    fn search_again_from(&mut self, kept: u64) {
        if kept >= self.high {
            return;
        }
        if kept <= self.settled {
            (self.settled, self.settled_hit) = (kept, false);
        }
        if kept < self.low {
            (self.low, self.reach, self.reach_hit) = (kept, kept, false);
        }
        (self.high, self.open, self.is_open_asked) = (kept, self.open.min(kept), false);
        self.clocks.values_mut().for_each(Clock::forget_front);
    }

    /// A ring let go of what was still to be searched, or of hits; returns whether it did.
    pub(super) fn lose_before(&mut self, start: u64) -> bool {
        if self.settled < start {
            (self.settled, self.settled_hit) = (start, false);
        }
        self.open = self.open.max(start);
        if self.low >= start {
            return false;
        }
        (self.low, self.reach, self.reach_hit) = (start, start, false);
        true
    }

    /// Takes into account how long a slice took.
    pub(super) fn pace(&mut self, took: Duration) {
        self.lags |= took > LAGGING;
        if took > SLOW {
            self.slice_bytes = SLICE_BYTES_MIN.max(self.slice_bytes / 2);
        } else if took < QUICK {
            self.slice_bytes = SLICE_BYTES.min(self.slice_bytes * 2);
        }
    }

    pub(super) fn format(&self, source: SourceId) -> Result<&SourceFormat, ReadError> {
        self.formats.get(source.0 as usize).and_then(Option::as_deref).ok_or(ReadError::Gone)
    }
}

impl Search<'_> {
    /// Whether the times of entries matter, their own and those that they take over.
    pub(super) fn needs_times(&self) -> bool {
        self.part.is_some() || self.query.asks_for_time()
    }

    /// Finds where to begin: at the last entry, which belongs to what is searched forward; all before it is finished.
    pub(super) fn begin(&self, reader: &mut Reader, formats: Arc<FormatList>) -> Result<Scan, ReadError> {
        let (start, end) = (reader.extent().start, reader.extent().end);
        let open = if end == start { start } else { reader.start_of(end)? };
        let mut settled = None;
        for look in [SLICE_BYTES_MIN, 2 * SLICE_BYTES] {
            let from = open.saturating_sub(look).max(start);
            let window = Window::read(self.text, &formats, reader, from, open)?;
            settled = window.last_border(from, window.behind_last_text(from, open).unwrap_or(from))?;
            if settled.is_some() {
                break;
            }
        }
        let settled = settled.unwrap_or(open);
        Ok(Scan {
            generation: reader.extent().generation,
            formats,
            low: settled,
            reach: settled,
            reach_hit: false,
            complete: false,
            settled,
            settled_hit: false,
            open: settled,
            is_open_asked: false,
            high: settled,
            slice_bytes: FIRST_SLICE_BYTES,
            lags: false,
            clocks: HashMap::new(),
        })
    }

    /// Searches a slice's worth of entries before `low`, not counting those that cannot match for all that is `known`.
    pub(super) fn slice_backward(
        &self,
        scan: &mut Scan,
        reader: &Reader,
        known: Option<&Passing<'_>>,
    ) -> Result<Vec<u64>, ReadError> {
        let (mut found, mut left) = (Vec::new(), scan.slice_bytes);
        while left >= SLICE_BYTES_MIN && !scan.complete {
            let mut from = scan.reach.saturating_sub(left);
            if let Some(known) = known.filter(|_| scan.reach == scan.low) {
                scan.low = known.passed_to(scan.low);
                scan.reach = scan.low;
                from = scan.low.saturating_sub(left).max(known.open_to(scan.low, left));
            }
            let before = scan.reach;
            let mut older = self.backward(scan, reader, from.max(reader.extent().start))?;
            older.append(&mut found);
            (found, left) = (older, left.saturating_sub(before - scan.reach));
        }
        Ok(found)
    }

    /// Searches the entries from `from` on, or soon behind it, up to `low`.
    fn backward(&self, scan: &mut Scan, reader: &Reader, from: u64) -> Result<Vec<u64>, ReadError> {
        let formats = Arc::clone(&scan.formats);
        // A word at the edge of a look at a long line is found with as much behind it as a query may have.
        let to = reader.extent().end.min(scan.reach + LOOK_BYTES);
        let mut window = Window::read(self.text, &formats, reader, from, to)?;
        let Some(border) = window.first_border(from, scan.reach, scan.low)? else {
            scan.reach_hit |= self.finds_in_line(window.bytes(from..to.min(scan.low)));
            scan.reach = from;
            return Ok(Vec::new());
        };
        let end = scan.low.min(scan.reach + LINE_BYTES);
        if end > window.end() {
            window = Window::read(self.text, &formats, reader, border, end)?;
        }
        let mut found = self.ask(scan, reader, &window, border..end, Way::Back)?.lines;
        if std::mem::take(&mut scan.reach_hit) && end < scan.low {
            let line = window.behind_last_feed(border, end - 1).unwrap_or(border);
            found.extend((found.last() != Some(&line)).then_some(line));
        }
        (scan.low, scan.reach) = (border, border);
        scan.complete = border <= reader.extent().start;
        Ok(found)
    }

    /// Searches what stands behind `high`; with `asks_open`, the last line as far as it has come too.
    pub(super) fn forward(&self, scan: &mut Scan, reader: &Reader, asks_open: bool) -> Result<Vec<u64>, ReadError> {
        let end = reader.extent().end;
        let to = end.min(scan.high + scan.slice_bytes);
        let asks_open = asks_open && to == end;
        if to - scan.open > LINE_BYTES {
            return self.forward_in_line(scan, reader, to, asks_open);
        }
        if !asks_open && memchr::memchr(b'\n', &reader.read(scan.high, to)?).is_none() {
            (scan.high, scan.is_open_asked) = (to, scan.is_open_asked && scan.high == to);
            return Ok(Vec::new());
        }
        let formats = Arc::clone(&scan.formats);
        let window = Window::read(self.text, &formats, reader, scan.settled, to)?;
        let whole = window.behind_last_text(scan.settled, to).unwrap_or(scan.settled);
        let asked_to = if asks_open { to } else { whole };
        let settled = window.last_border(scan.settled, whole)?.unwrap_or(scan.settled);
        let mut hits = self.ask(scan, reader, &window, scan.settled..settled, Way::Front)?;
        let mut found = Vec::new();
        if scan.settled_hit && !hits.is_first && settled > scan.settled {
            found = Self::lines_of_first(&window, scan.settled..settled)?;
        }
        found.append(&mut hits.lines);
        let mut last = self.ask(scan, reader, &window, settled..asked_to, Way::Last)?;
        let was_hit = scan.settled_hit && settled == scan.settled;
        if was_hit && !last.is_first {
            found.append(&mut Self::lines_of_first(&window, settled..asked_to)?);
        }
        found.append(&mut last.lines);
        (scan.settled, scan.settled_hit) = (settled, was_hit || last.is_first);
        (scan.open, scan.is_open_asked, scan.high) = (whole, asks_open, to);
        Ok(found)
    }

    /// Goes on in a last line that is too long to be asked whole.
    fn forward_in_line(
        &self,
        scan: &mut Scan,
        reader: &Reader,
        to: u64,
        asks_open: bool,
    ) -> Result<Vec<u64>, ReadError> {
        if scan.settled < scan.open {
            (scan.settled, scan.settled_hit) = (scan.open, false);
        }
        let from = scan.high.saturating_sub(LOOK_BYTES).max(scan.open);
        let bytes = reader.read(from, to)?;
        let fresh = usize::try_from(scan.high - from).unwrap_or(usize::MAX);
        let feed = memchr::memchr(b'\n', &bytes[fresh..]).map(|feed| fresh + feed);
        scan.settled_hit |= self.finds_in_line(&bytes[..feed.unwrap_or(bytes.len())]);
        let is_asked = !scan.settled_hit && (feed.is_some() || asks_open);
        if is_asked {
            let formats = Arc::clone(&scan.formats);
            let range = scan.open..scan.open + LINE_BYTES;
            let window = Window::read(self.text, &formats, reader, range.start, range.end)?;
            scan.settled_hit = self.ask(scan, reader, &window, range, Way::Last)?.is_first;
        }
        let found = scan.settled_hit.then_some(scan.open).into_iter().collect();
        match feed {
            Some(feed) => {
                if let Some(part) = &self.part {
                    part.borrow_mut().settle_last();
                }
                let next = from + feed as u64 + 1;
                (scan.settled, scan.settled_hit) = (next, false);
                (scan.open, scan.high, scan.is_open_asked) = (next, next, false);
            }
            None => (scan.high, scan.is_open_asked) = (to, scan.settled_hit || is_asked),
        }
        Ok(found)
    }

    /// Whether a part of a line tells that its entry matches.
    fn finds_in_line(&self, part: &[u8]) -> bool {
        let scanner = self.query.raw_scanner();
        scanner.is_exact() && !scanner.finds_every_line() && scanner.lines(part).next().is_some()
    }

    /// The lines of the first entry in `range`.
    fn lines_of_first(window: &Window<'_>, range: Range<u64>) -> Result<Vec<u64>, ReadError> {
        let stretches = window.stretches(range)?;
        let Some(stretch) = stretches.into_iter().next() else { return Ok(Vec::new()) };
        let (from, block) = (stretch.range.start, window.bytes(stretch.range.clone()));
        let entry = Entries::over(&stretch.formats_from(from), block).next().unwrap_or_default();
        Ok(lines_of(block, entry).map(|line| from + line as u64).collect())
    }

    /// Asks the entries in `range`, which are whole, each as its source's format reads it.
    fn ask(
        &self,
        scan: &mut Scan,
        reader: &Reader,
        window: &Window<'_>,
        range: Range<u64>,
        way: Way,
    ) -> Result<Found, ReadError> {
        let mut hits = Found::default();
        let mut moments: HashMap<SourceId, Moment> = HashMap::new();
        let begins_at = range.start;
        // Where sources take turns with every entry, there is mostly no need to look at each.
        let is_mixed = !range.is_empty() && window.stretch(range.start)?.range.end < range.end;
        let scanner = self.query.raw_scanner();
        if is_mixed
            && is_sparse(self.query)
            && self.part.is_none()
            && scanner.lines(window.bytes(range.clone())).next().is_none()
        {
            return Ok(hits);
        }
        let stretches = window.stretches(range)?;
        if let Some(part) = self.part.as_ref().filter(|_| way == Way::Last) {
            part.borrow_mut().begin_last();
        }
        if way == Way::Back && self.needs_times() {
            self.reckon_days(scan, window, &stretches)?;
        }
        for stretch in stretches {
            let (source, from) = (stretch.source, stretch.range.start);
            let name = self.sources.get(source.0 as usize).map_or("", |source| &source.name);
            let moment = match moments.remove(&source) {
                Some(moment) => moment,
                None => self.moment(scan, reader, window, source, from, way)?,
            };
            let moment = moments.entry(source).or_insert(moment);
            let block = window.bytes(stretch.range.clone());
            let mark = if from == 0 { lines::mark_bytes(block) } else { 0 };
            let block = &block[mark..];
            let formats = stretch.formats_from(from + mark as u64);
            let asking = Asking { query: self.query, name, format: stretch.format, formats: &formats, stop: self.stop };
            if let Some(part) = &self.part {
                let mut part = part.borrow_mut();
                // Where days are reckoned, and in what comes behind, each entry counts for the times of the others.
                let is_passed = way == Way::Back && asking.finds_nothing(block);
                if !is_passed {
                    asking.read_each(block, moment, |entry, nanos| part.note(way, entry, name, nanos))?;
                }
                continue;
            }
            asking.ask(block, moment, |entry| {
                hits.is_first |= from == begins_at && entry.start == 0;
                // What marks a text as such stands in its first line.
                let place = |line: usize| if line == 0 { from } else { from + (mark + line) as u64 };
                hits.lines.extend(lines_of(block, entry).map(place));
            })?;
        }
        self.note(scan, moments, way);
        Ok(hits)
    }
}
