//! The answers to `Rows` and `Fetch`: pulled, bounded by a frame, computed off the asynchronous threads.

use super::entries::Entries;
use super::reader::{RawLine, ReadError, Reader, Stop};
use super::result::{FilterResult, HitProgress};
use super::view::{Counted, Located, Snapshot, View};
use crate::server::sources::text::Extent;
use crate::world::batch::{BODY_OVERHEAD_BYTES, Row, Run, Window};
use crate::world::stream::{Anchor, Fetch, Fetched, Place, Rows};
use crate::world::summary::Summarized;

/// Bytes of a body that carries rows or raw bytes: well below a frame's limit.
pub const BODY_BYTES: usize = 48 * 1024;
/// Rows in one answer.
const ROWS_MAX: u32 = 1000;
/// How often an answer starts anew because bytes went away under it.
const TRIES: usize = 8;

/// Rows found, with what the lane needs to number them as it numbered its last total.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The generation it is about.
    pub generation: u32,
    /// The window; of a filtered result its first row is that of `hits`.
    pub window: Window,
    /// The filter's progress when the rows were chosen.
    pub hits: Option<HitProgress>,
    /// An exact count of all rows, where one was made.
    pub counted: Option<Counted>,
}

/// What came of a question.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Rows.
    Rows(Answer),
    /// Raw bytes.
    Fetched(Fetched),
    /// What the result is as a whole.
    Summarized(Summarized),
    /// The index or the filter has not come far enough.
    NotYet,
    /// It cannot be answered, for the user to read.
    Failed(String),
}

/// Where a fetch of several filtered entries stands, so that its next piece needs no walk from the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchMark {
    from: Place,
    to: Place,
    skip: u64,
    offset: u64,
    within: u64,
}

/// Answers `Rows`. `shown` is the progress of the filter that the world was told last. Blocks.
pub fn rows(view: &View, question: &Rows, shown: Option<HitProgress>, stop: &Stop) -> Outcome {
    attempt(|| {
        let snapshot = view.snapshot();
        let mut reader = view.reader(&snapshot.extent, stop);
        match &view.result {
            None => Unfiltered { view, snapshot: &snapshot, reader: &mut reader, stop }.rows(question),
            Some(result) => {
                Filtered { view, result, snapshot: &snapshot, reader: &mut reader, stop, shown }.rows(question)
            }
        }
    })
}

fn attempt(mut answer: impl FnMut() -> Result<Outcome, ReadError>) -> Outcome {
    for _ in 0..TRIES {
        match answer() {
            Ok(outcome) => return outcome,
            Err(ReadError::Gone) => {}
            Err(ReadError::Stopped) => return Outcome::Failed("the question was withdrawn".into()),
            Err(ReadError::Io(error)) => return Outcome::Failed(format!("the source cannot be read: {error}")),
        }
    }
    // It changes faster than it can be read: with the next change it is tried again.
    Outcome::NotYet
}

fn elsewhere() -> Outcome {
    Outcome::Failed("the source was cut or replaced since".into())
}

/// Where a place stands in `extent`; `None` for one of another text.
fn offset_of(view: &View, extent: &Extent, place: Place) -> Result<Option<u64>, ReadError> {
    match view.text.translate(place) {
        // The text began anew since it was looked at.
        Some(now) if now.generation != extent.generation => Err(ReadError::Gone),
        now => Ok(now.filter(|now| extent.has(*now)).map(|now| now.offset)),
    }
}

fn limit(count: i32) -> usize {
    usize::try_from(count.unsigned_abs().min(ROWS_MAX)).unwrap_or(0)
}

/// Bytes of rows that still fit into a body.
struct Room(usize);

impl Room {
    const fn new() -> Self {
        Self(BODY_BYTES - BODY_OVERHEAD_BYTES)
    }

    fn takes(&mut self, bytes: usize) -> bool {
        // What a row takes at most beside its bytes.
        const ROW_BYTES: usize = 51;
        match self.0.checked_sub(bytes + ROW_BYTES) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

struct Unfiltered<'a> {
    view: &'a View,
    snapshot: &'a Snapshot,
    reader: &'a mut Reader,
    stop: &'a Stop,
}

impl Unfiltered<'_> {
    fn rows(mut self, question: &Rows) -> Result<Outcome, ReadError> {
        let extent = self.snapshot.extent.clone();
        let forward = question.count >= 0;
        let mut asked = None;
        let at = match question.anchor {
            Anchor::Start => extent.start,
            Anchor::End => extent.end,
            Anchor::At(place) => match offset_of(self.view, &extent, place)? {
                None => return Ok(elsewhere()),
                Some(offset) if offset >= extent.end => extent.end,
                Some(offset) => self.reader.start_of(offset.max(extent.start))?,
            },
            Anchor::Row(row) => match self.view.locate(self.reader, self.snapshot, row)? {
                Located::Exact(at) => at,
                Located::BehindEnd(_) => extent.end,
                Located::Estimated(near) => {
                    asked = Some(row);
                    self.reader.start_from(near)?
                }
            },
            Anchor::Line(line) => match self.view.locate(self.reader, self.snapshot, line)? {
                Located::Exact(_) if line < extent.rows_gone => {
                    return Ok(Outcome::Failed(format!("line {} is gone", line.saturating_add(1))));
                }
                Located::Exact(at) => at,
                Located::BehindEnd(rows) => {
                    let last =
                        if rows == 0 { "there are no lines yet".into() } else { format!("the last line is {rows}") };
                    return Ok(Outcome::Failed(format!("there is no line {}: {last}", line.saturating_add(1))));
                }
                Located::Estimated(_) => return Ok(Outcome::NotYet),
            },
        };
        let lines =
            if forward { self.forward(at, limit(question.count))? } else { self.backward(at, limit(question.count))? };
        let first = lines.first().map_or(at, |line| line.offset);
        let last = lines.last().map_or(at, |line| line.next);
        let (reaches_start, reaches_end) = (first <= extent.start, last >= extent.end);
        let exact = self.view.row_of(self.reader, first)?;
        let count = lines.len() as u64;
        let counted = match (exact, lines.is_empty()) {
            (Some(row), false) if reaches_end => {
                Some(Counted { generation: extent.generation, end: extent.end, rows: row + count, live: true })
            }
            // Nothing lies behind an open last line, whose row counts all the same.
            (Some(_), true) if reaches_end => self.view.count_rows(self.reader)?,
            _ => None,
        };
        let first_row = match (exact, counted) {
            (_, Some(counted)) if lines.is_empty() => counted.rows,
            (Some(row), _) => row,
            (None, _) if reaches_end => self.snapshot.row_near(extent.end).saturating_sub(count),
            (None, _) => match asked {
                Some(row) if forward => row,
                Some(row) => row.saturating_sub(count),
                None => self.snapshot.row_near(first),
            },
        };
        let mut entries = Entries::new(self.view, self.stop);
        let mut rows = Vec::with_capacity(lines.len());
        for (number, line) in lines.into_iter().enumerate() {
            rows.push(entries.row(self.reader, line, exact.map(|row| row + number as u64))?);
        }
        let run = Run { first_row: Some(first_row), exact: exact.is_some(), rows };
        let window = Window { req: question.req, reaches_start, reaches_end, run };
        Ok(Outcome::Rows(Answer { generation: extent.generation, window, hits: None, counted }))
    }

    fn forward(&mut self, from: u64, count: usize) -> Result<Vec<RawLine>, ReadError> {
        let (mut lines, mut room, mut at) = (Vec::new(), Room::new(), from);
        while lines.len() < count && at < self.snapshot.extent.end {
            let line = self.reader.line_at(at, at)?;
            if !room.takes(line.bytes.len()) {
                break;
            }
            at = line.next;
            lines.push(line);
        }
        Ok(lines)
    }

    fn backward(&mut self, before: u64, count: usize) -> Result<Vec<RawLine>, ReadError> {
        let (mut lines, mut room, mut at) = (Vec::new(), Room::new(), before);
        while lines.len() < count && at > self.snapshot.extent.start {
            at = self.reader.start_before(at)?;
            let line = self.reader.line_at(at, at)?;
            if !room.takes(line.bytes.len()) {
                break;
            }
            lines.push(line);
        }
        lines.reverse();
        Ok(lines)
    }
}

struct Filtered<'a> {
    view: &'a View,
    result: &'a FilterResult,
    snapshot: &'a Snapshot,
    reader: &'a mut Reader,
    stop: &'a Stop,
    shown: Option<HitProgress>,
}

impl Filtered<'_> {
    fn rows(mut self, question: &Rows) -> Result<Outcome, ReadError> {
        let extent = self.snapshot.extent.clone();
        let (now, _) = self.result.row_at(0);
        if now.generation != extent.generation || now.is_behind() {
            return Ok(Outcome::NotYet);
        }
        // Before what has been searched, nobody knows which hit is the next.
        let is_searched = |at: u64| now.complete || at >= now.low;
        let from = match question.anchor {
            Anchor::Start => now.dropped,
            Anchor::End => now.rows(),
            Anchor::At(place) => match offset_of(self.view, &extent, place)? {
                None => return Ok(elsewhere()),
                Some(offset) if offset >= extent.end => now.rows(),
                Some(offset) => {
                    let start = self.reader.start_of(offset.max(extent.start))?;
                    if !is_searched(start) {
                        return Ok(Outcome::NotYet);
                    }
                    self.result.row_at(start).1
                }
            },
            // The row as the world was told: older hits found since have shifted it.
            Anchor::Row(row) => {
                let shift = self.shown.map_or(0, |shown| now.prepended.saturating_sub(shown.prepended));
                row.saturating_add(shift)
            }
            Anchor::Line(line) => match self.view.locate(self.reader, self.snapshot, line)? {
                Located::Exact(at) if is_searched(at) => self.result.row_at(at).1,
                Located::Exact(_) | Located::Estimated(_) => return Ok(Outcome::NotYet),
                Located::BehindEnd(_) => {
                    return Ok(Outcome::Failed(format!("there is no line {}", line.saturating_add(1))));
                }
            },
        };
        let count = limit(question.count);
        let from = from.clamp(now.dropped, now.rows());
        let (first, wanted) = if question.count >= 0 {
            (from, count)
        } else {
            let first = from.saturating_sub(count as u64).max(now.dropped);
            (first, usize::try_from(from - first).unwrap_or(count))
        };
        let (hits, offsets) = self.result.hits_from_row(first, wanted);
        if hits.generation != now.generation || hits.dropped != now.dropped || hits.prepended != now.prepended {
            // The result moved under the question: ask it again.
            return Err(ReadError::Gone);
        }
        if offsets.is_empty() && !hits.complete && question.count < 0 && matches!(question.anchor, Anchor::At(_)) {
            return Ok(Outcome::NotYet);
        }
        let lines = if question.count >= 0 {
            self.lines(offsets.iter())?
        } else {
            let mut lines = self.lines(offsets.iter().rev())?;
            lines.reverse();
            lines
        };
        let first = if question.count >= 0 { first } else { first + (offsets.len() - lines.len()) as u64 };
        let behind = first + lines.len() as u64;
        let mut entries = Entries::new(self.view, self.stop);
        let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
        for line in lines {
            rows.push(entries.row(self.reader, line, None)?);
        }
        let window = Window {
            req: question.req,
            reaches_start: hits.complete && first <= hits.dropped,
            reaches_end: behind >= hits.rows(),
            run: Run { first_row: Some(first), exact: hits.complete, rows },
        };
        Ok(Outcome::Rows(Answer { generation: extent.generation, window, hits: Some(hits), counted: None }))
    }

    fn lines<'b>(&mut self, offsets: impl Iterator<Item = &'b u64>) -> Result<Vec<RawLine>, ReadError> {
        let (mut lines, mut room) = (Vec::new(), Room::new());
        for offset in offsets {
            if *offset < self.snapshot.extent.start || *offset >= self.snapshot.extent.end {
                return Err(ReadError::Gone);
            }
            let line = self.reader.line_at(*offset, *offset)?;
            if !room.takes(line.bytes.len()) {
                break;
            }
            lines.push(line);
        }
        Ok(lines)
    }
}

/// Answers `Fetch` with one piece. `mark` is where the piece before ended, of the same fetch or another. Blocks.
pub fn fetch(view: &View, question: &Fetch, mark: &mut Option<FetchMark>, stop: &Stop) -> Outcome {
    attempt(|| {
        let extent = view.text.extent();
        let Some(question) = now(view, &extent, question)? else { return Ok(elsewhere()) };
        if question.from.offset < extent.start {
            return Ok(Outcome::Failed("these entries are gone".into()));
        }
        if question.from.offset >= extent.end || question.to < question.from {
            return Ok(Outcome::Failed("there are no such entries".into()));
        }
        let mut reader = view.reader(&extent, stop);
        match &view.result {
            Some(result) if question.from != question.to => chosen(&mut reader, result, &question, mark),
            _ => stretch(&mut reader, &question),
        }
    })
}

/// The question with its places as they are in `extent`; `None` where they are of another text.
fn now(view: &View, extent: &Extent, question: &Fetch) -> Result<Option<Fetch>, ReadError> {
    let offsets = (offset_of(view, extent, question.from)?, offset_of(view, extent, question.to)?);
    let (Some(from), Some(to)) = offsets else { return Ok(None) };
    let has_moved = question.from.generation != extent.generation;
    // Lines that moved may have changed sides.
    let (from, to) = if has_moved { (from.min(to), from.max(to)) } else { (from, to) };
    let place = |offset| Place { generation: extent.generation, offset };
    Ok(Some(Fetch { from: place(from), to: place(to), ..question.clone() }))
}

/// One piece of everything between two places.
fn stretch(reader: &mut Reader, question: &Fetch) -> Result<Outcome, ReadError> {
    let end = reader.extent().end;
    let at = question.from.offset.saturating_add(question.skip).min(end);
    let last_line = question.to.offset.min(end);
    if at <= last_line {
        let to = reader.feed_from(last_line)?.map_or(end, |feed| feed + 1);
        let piece_end = to.min(at + BODY_BYTES as u64);
        let bytes = reader.read(at, piece_end)?.to_vec();
        let whole_bytes = Some(to - question.from.offset);
        return Ok(Outcome::Fetched(Fetched { req: question.req, bytes, whole_bytes, last: piece_end == to }));
    }
    // Inside the last line, which may be huge: its end is looked for in this piece only.
    let piece_end = end.min(at + BODY_BYTES as u64);
    let mut bytes =
        if reader.read(at - 1, at)?[..] == *b"\n" { Vec::new() } else { reader.read(at, piece_end)?.to_vec() };
    let feed = memchr::memchr(b'\n', &bytes);
    bytes.truncate(feed.map_or(bytes.len(), |feed| feed + 1));
    let last = feed.is_some() || bytes.is_empty() || piece_end == end;
    Ok(Outcome::Fetched(Fetched { req: question.req, bytes, whole_bytes: None, last }))
}

/// One piece of the hits between two places.
fn chosen(
    reader: &mut Reader,
    result: &FilterResult,
    question: &Fetch,
    mark: &mut Option<FetchMark>,
) -> Result<Outcome, ReadError> {
    const HITS: usize = 256;
    let (from, to) = (question.from, question.to);
    let start = FetchMark { from, to, skip: 0, offset: from.offset, within: 0 };
    let mut at = mark.filter(|mark| mark.from == from && mark.to == to && mark.skip <= question.skip).unwrap_or(start);
    let mut bytes = Vec::new();
    'pieces: loop {
        let (progress, _, hits) = result.hits_from(at.offset, None, HITS);
        if progress.is_behind() || !progress.complete && progress.low > at.offset {
            return Ok(Outcome::NotYet);
        }
        let full = hits.len() == HITS;
        for offset in hits {
            if offset > to.offset || offset >= reader.extent().end {
                break 'pieces;
            }
            let within = if offset == at.offset { at.within } else { 0 };
            let begin = offset + within;
            let end = reader.feed_from(begin)?.map_or(reader.extent().end, |feed| feed + 1);
            let skipped = (question.skip - at.skip).min(end - begin);
            let room = (BODY_BYTES - bytes.len()) as u64;
            let taken = (end - begin - skipped).min(room);
            bytes.extend_from_slice(&reader.read(begin + skipped, begin + skipped + taken)?);
            if begin + skipped + taken < end {
                let skip = question.skip + bytes.len() as u64;
                *mark = Some(FetchMark { from, to, skip, offset, within: within + skipped + taken });
                return Ok(Outcome::Fetched(Fetched { req: question.req, bytes, whole_bytes: None, last: false }));
            }
            at = FetchMark { from, to, skip: at.skip + skipped, offset: end, within: 0 };
        }
        if !full {
            break;
        }
    }
    Ok(Outcome::Fetched(Fetched { req: question.req, bytes, whole_bytes: None, last: true }))
}
