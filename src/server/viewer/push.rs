//! What a following lane has pushed, what it may push next, and what it must leave out.
//!
//! [`Cursor`] is all a lane remembers of its backlog: the text itself is the buffer. Everything here blocks on the text and
//! runs off the asynchronous threads.

use super::entries::Entries;
use super::question::BODY_BYTES;
use super::reader::{ReadError, Stop};
use super::view::{Counted, View};
use crate::log::level::{self, Level};
use crate::protocol::message::Credit;
use crate::server::sources::text::Extent;
use crate::world::batch::{BODY_OVERHEAD_BYTES, Row};
use crate::world::stream::{Gap, Moved, Place};

/// A lane that may not send leaves entries out once more bytes than these wait for it ...
pub const BACKLOG_BYTES: u64 = 4 * 1024 * 1024;
/// ... or more entries than these.
pub const BACKLOG_ROWS: u64 = 20_000;
/// Bytes that it keeps for later when it leaves out the others.
const KEPT_BYTES: u64 = 64 * 1024;
/// Entries of a filtered result that it keeps.
const KEPT_HITS: u64 = 1_000;
/// Bytes left out at once.
const SKIP_BYTES: u64 = 4 * 1024 * 1024;
/// Hits looked at, at once.
const HITS: usize = 2_048;

/// How far a lane has pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The generation it is about.
    pub generation: u32,
    /// Where the first line begins that was not pushed, or was pushed while it was still open.
    pub offset: u64,
    /// The end of the text when the line at `offset` was pushed while it was open.
    pub open: Option<u64>,
    /// The row of that line in the unfiltered text, where known.
    pub row: Option<u64>,
    /// The serial number of the next hit, of a filtered result; unknown until what there is was searched.
    pub serial: Option<i64>,
}

/// Entries left out so far: a gap in the making.
#[derive(Clone, Debug)]
pub struct Hole {
    /// What is told when it ends.
    pub gap: Gap,
    /// Whether some of them are gone for good.
    pub lost: bool,
}

/// Entries to push.
#[derive(Debug)]
pub struct Load {
    /// The entries.
    pub rows: Vec<Row>,
    /// The first one's row: of the unfiltered text, or of the result as `prepended` older hits stand before it.
    pub first_row: Option<u64>,
    /// How many hits had been put in front, of a filtered result.
    pub prepended: u64,
    /// The cursor behind them.
    pub cursor: Cursor,
    /// Whether more waits.
    pub more: bool,
    /// An exact count of all rows, when the load reaches the end of the text.
    pub counted: Option<Counted>,
}

impl Cursor {
    /// A cursor at the end of `extent`: what is there is not pushed, but for an open last line when it grows. Blocks.
    pub fn at_end(view: &View, extent: &Extent, stop: &Stop) -> Result<Self, ReadError> {
        let mut reader = view.reader(extent, stop);
        let offset = if extent.end > extent.start { reader.start_of(extent.end)? } else { extent.end };
        let open = (offset < extent.end).then_some(extent.end);
        Ok(Self { generation: extent.generation, offset, open, row: None, serial: None })
    }

    /// A cursor behind all there is, of which the last line is whole.
    pub const fn behind_all(extent: &Extent) -> Self {
        Self { generation: extent.generation, offset: extent.end, open: None, row: None, serial: None }
    }

    /// A cursor behind the entry at `place`. `pushed` is how far this lane had pushed of the same source before: the entry is
    /// pushed again when it may have grown since, and the world replaces it by its place. Blocks.
    pub fn behind(view: &View, place: Place, pushed: Option<Self>, stop: &Stop) -> Result<Self, ReadError> {
        let extent = view.text.extent();
        if place.generation != extent.generation && view.text.moves(place.generation).is_some() {
            return Err(ReadError::Gone);
        }
        if !extent.has(place) {
            return Ok(Self::at_start(&extent));
        }
        let at = |offset, open| Self { generation: extent.generation, offset, open, row: None, serial: None };
        let Some(pushed) =
            pushed.filter(|pushed| pushed.generation == place.generation && pushed.offset >= place.offset)
        else {
            return Ok(at(place.offset.min(extent.end), None));
        };
        if place.offset == pushed.offset && pushed.open.is_some() {
            return Ok(at(place.offset, pushed.open));
        }
        if place.offset < extent.start || place.offset >= extent.end {
            return Ok(at(place.offset.min(extent.end), None));
        }
        Ok(at(view.reader(&extent, stop).line_at(place.offset, place.offset)?.next, None))
    }

    /// A cursor at a place of a generation before, of which it is known where its lines are now; the lane moves on from there.
    pub fn before_moves(view: &View, place: Place) -> Option<Self> {
        let Place { generation, offset } = place;
        view.text.moves(generation).map(|_| Self { generation, offset, open: None, row: None, serial: None })
    }

    /// A cursor before everything.
    pub const fn at_start(extent: &Extent) -> Self {
        Self {
            generation: extent.generation,
            offset: extent.start,
            open: None,
            row: Some(extent.rows_gone),
            serial: None,
        }
    }

    /// The cursor after lines moved: before it stands only what was pushed. Of a filtered result all that may have changed is
    /// pushed again: an entry whose lines came together may match now.
    pub fn moved(&self, moved: &Moved, is_filtered: bool) -> Self {
        let offset = if is_filtered { self.offset.min(moved.kept) } else { moved.first_of_rest(self.offset) };
        let is_same = offset == self.offset;
        Self {
            generation: moved.to,
            offset,
            open: self.open.filter(|_| is_same),
            row: self.row.filter(|_| is_same),
            serial: None,
        }
    }

    /// A cursor behind the entry at `place`, or before it at `rest` where something stands there that is not pushed. Blocks.
    pub fn behind_moved(view: &View, place: Place, rest: u64, stop: &Stop) -> Result<Self, ReadError> {
        let extent = view.text.extent();
        if extent.generation != place.generation {
            return Err(ReadError::Gone);
        }
        let next = view.reader(&extent, stop).line_at(place.offset, place.offset)?.next;
        let offset = if rest > place.offset { rest.max(next) } else { rest };
        Ok(Self { generation: place.generation, offset, open: None, row: None, serial: None })
    }

    const fn place(&self) -> Place {
        Place { generation: self.generation, offset: self.offset }
    }

    /// Bytes that were not pushed.
    pub const fn backlog_bytes(&self, extent: &Extent) -> u64 {
        match self.open {
            Some(end) if end >= extent.end => 0,
            _ => extent.end.saturating_sub(self.offset),
        }
    }
}

/// What may be pushed with this credit: nothing, when not even the next entry may. Blocks.
pub fn load(view: &View, mut cursor: Cursor, left: Credit, stop: &Stop) -> Result<Load, ReadError> {
    let extent = view.text.extent();
    if extent.generation != cursor.generation || cursor.offset < extent.start {
        return Err(ReadError::Gone);
    }
    let mut reader = view.reader(&extent, stop);
    if cursor.row.is_none() && view.result.is_none() {
        cursor.row = view.row_of(&mut reader, cursor.offset)?;
    }
    let most = usize::try_from(left.items).unwrap_or(usize::MAX).min(HITS);
    let mut room =
        usize::try_from(left.bytes).unwrap_or(usize::MAX).min(BODY_BYTES).saturating_sub(BODY_OVERHEAD_BYTES);
    let mut entries = Entries::new(view, stop);
    let mut load = Load { rows: Vec::new(), first_row: cursor.row, prepended: 0, cursor, more: false, counted: None };
    let hits = match &view.result {
        None => None,
        Some(result) => {
            let (progress, first, hits) = result.hits_from(cursor.offset, cursor.serial, most.saturating_add(1));
            if !progress.has_searched(&extent, cursor.offset) {
                return Ok(load);
            }
            load.first_row = Some(first);
            load.prepended = progress.prepended;
            load.cursor.serial = Some(progress.serial(first));
            if hits.is_empty() && cursor.open.is_none() {
                // Nothing matches up to where was searched: begin there next time, at its last entry.
                load.cursor.offset = cursor.offset.max(progress.settled.min(extent.end));
                return Ok(load);
            }
            Some(hits)
        }
    };
    let mut hits = hits.map(Vec::into_iter);
    let mut at = cursor.offset;
    loop {
        match &mut hits {
            Some(hits) => match hits.next() {
                Some(hit) if hit < extent.end => at = hit,
                _ => break,
            },
            None if at >= extent.end => break,
            None => {}
        }
        let pushed_before = (at == cursor.offset).then_some(cursor.open).flatten();
        if pushed_before.is_some_and(|end| end >= extent.end) {
            break;
        }
        let line = reader.line_at(at, pushed_before.unwrap_or(at))?;
        let row = if hits.is_none() { load.cursor.row } else { None };
        let (next, open) = (line.next, line.open);
        let entry = entries.row(&reader, line, row)?;
        if load.rows.len() >= most || entry.encoded_bytes_max() > room {
            load.more = true;
            break;
        }
        room -= entry.encoded_bytes_max();
        load.rows.push(entry);
        if open {
            load.cursor.offset = at;
            load.cursor.open = Some(extent.end);
            break;
        }
        at = next;
        load.cursor = Cursor {
            offset: next,
            open: None,
            row: load.cursor.row.map(|row| row + 1),
            serial: load.cursor.serial.map(|serial| serial + 1),
            ..load.cursor
        };
    }
    if let (None, Some(row), false) = (&view.result, load.cursor.row, load.more) {
        let rows = row + u64::from(load.cursor.open.is_some());
        load.counted = Some(Counted { generation: extent.generation, end: extent.end, rows, live: true });
    }
    Ok(load)
}

/// Leaves out one slice of the backlog, down to what is kept; `None` when there is nothing to leave out. Blocks.
pub fn skip(
    view: &View,
    mut cursor: Cursor,
    hole: Option<Hole>,
    stop: &Stop,
) -> Result<Option<(Cursor, Hole)>, ReadError> {
    let extent = view.text.extent();
    if extent.generation != cursor.generation {
        return Err(ReadError::Gone);
    }
    let mut reader = view.reader(&extent, stop);
    let begun = hole.is_some();
    let mut hole = hole.unwrap_or_else(|| Hole {
        gap: Gap {
            from: cursor.place(),
            to: cursor.place(),
            first_row: None,
            counts: [0; Level::COUNT + 1],
            loadable: true,
        },
        lost: false,
    });
    if cursor.offset < extent.start {
        lose(view, &mut cursor, &mut hole, &extent);
        return Ok(Some((cursor, hole)));
    }
    if cursor.row.is_none() && view.result.is_none() {
        cursor.row = view.row_of(&mut reader, cursor.offset)?;
    }
    if !begun {
        hole.gap.first_row = if view.result.is_none() { cursor.row } else { None };
    }
    let before = cursor.offset;
    match &view.result {
        None => {
            let keep_from = reader.start_of(extent.end.saturating_sub(KEPT_BYTES).max(cursor.offset))?;
            let goal = keep_from.min(cursor.offset + SKIP_BYTES);
            while cursor.offset < goal {
                let line = reader.line_at(cursor.offset, cursor.offset)?;
                if line.open {
                    break;
                }
                count(&mut hole.gap, &line.bytes);
                cursor = Cursor { offset: line.next, open: None, row: cursor.row.map(|row| row + 1), ..cursor };
            }
        }
        Some(result) => {
            let (progress, first, hits) = result.hits_from(cursor.offset, cursor.serial, HITS);
            if !progress.has_searched(&extent, cursor.offset) {
                return Ok(None);
            }
            cursor.serial = Some(progress.serial(first));
            let spare = progress.rows().saturating_sub(first).saturating_sub(KEPT_HITS);
            for hit in hits.into_iter().take(usize::try_from(spare).unwrap_or(HITS)) {
                let line = reader.line_at(hit, hit)?;
                if line.open {
                    break;
                }
                count(&mut hole.gap, &line.bytes);
                cursor =
                    Cursor { offset: line.next, open: None, serial: cursor.serial.map(|serial| serial + 1), ..cursor };
            }
        }
    }
    hole.gap.to = cursor.place();
    Ok((cursor.offset > before).then_some((cursor, hole)))
}

/// Entries that a ring let go of before they were pushed: how many is known, their levels are not.
fn lose(view: &View, cursor: &mut Cursor, hole: &mut Hole, extent: &Extent) {
    let lost = match &view.result {
        None => {
            let lost = cursor.row.map_or(1, |row| extent.rows_gone.saturating_sub(row));
            cursor.row = Some(extent.rows_gone);
            lost
        }
        Some(result) => {
            let (progress, first) = result.row_at(extent.start);
            let serial = progress.serial(first);
            let lost = cursor.serial.map_or(0, |before| serial.saturating_sub(before).max(0).unsigned_abs());
            cursor.serial = Some(serial);
            lost
        }
    };
    cursor.offset = extent.start;
    cursor.open = None;
    hole.gap.counts[Level::COUNT] += lost;
    hole.gap.to = cursor.place();
    hole.lost = true;
}

fn count(gap: &mut Gap, line: &[u8]) {
    let slot = level::detect(line).map_or(Level::COUNT, |level| level as usize);
    gap.counts[slot] += 1;
}
