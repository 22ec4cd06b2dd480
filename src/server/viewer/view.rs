//! What one lane looks at: a text, its index and, with a filter, the result; and how large that is at one moment.

use std::sync::Arc;

use super::reader::{ReadError, Reader, Stop};
use super::result::{FilterResult, HitProgress};
use super::text_index::{IndexProgress, TextIndex};
use super::viewer::Viewer;
use crate::server::sources::text::{Extent, Text};
use crate::world::stream::{SourceId, Total};

/// Bytes that are counted on the spot where the index has not reached, so that rows of what has just arrived are exact.
const COUNTED_BYTES: u64 = 4 * 1024 * 1024;
/// What a line is thought to take before any was seen.
const GUESSED_LINE_BYTES: u64 = 100;

/// A text with its index and its filter.
pub struct View {
    /// The viewer, for the indexes of other sources.
    pub viewer: Viewer,
    /// The source.
    pub source: SourceId,
    /// Its text.
    pub text: Arc<dyn Text>,
    /// Its index.
    pub index: Arc<TextIndex>,
    /// The matching entries, when there is a filter.
    pub result: Option<Arc<FilterResult>>,
}

/// A number of rows that is known to be exact up to `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The generation it is about.
    pub generation: u32,
    /// Behind the last byte counted.
    pub end: u64,
    /// Rows up to there.
    pub rows: u64,
    /// Whether that was the end of the text once, and new bytes are counted as they come.
    pub live: bool,
}

/// A view at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What there is.
    pub extent: Extent,
    /// How far the index has come; its origin alone, when it is about another generation.
    pub index: IndexProgress,
    /// How far the filter has come, when there is one.
    pub hits: Option<HitProgress>,
}

/// Where a row is.
pub enum Located {
    /// It begins here.
    Exact(u64),
    /// It is thought to begin about here.
    Estimated(u64),
    /// There are only so many rows.
    BehindEnd(u64),
}

impl View {
    /// Why there is nothing to see: the query is wrong, in words.
    pub fn refusal(&self) -> Option<&str> {
        self.result.as_ref()?.refusal()
    }

    /// How things stand now.
    pub fn snapshot(&self) -> Snapshot {
        // The extent is read last, so that neither index nor filter is ahead of it.
        let hits = self.result.as_ref().map(|result| result.row_at(0).0);
        let reached = self.index.now();
        let extent = self.text.extent();
        let reached = (reached.generation == extent.generation).then_some(reached);
        let index = reached.filter(|index| index.end >= extent.start).unwrap_or(IndexProgress {
            generation: extent.generation,
            origin: extent.start,
            origin_row: extent.rows_gone,
            end: extent.start,
            next_row: extent.rows_gone,
            rows: extent.rows_gone,
        });
        let hits = hits.map(|hits| {
            let fresh = HitProgress {
                generation: extent.generation,
                low: extent.end,
                high: extent.end,
                settled: extent.end,
                ..HitProgress::default()
            };
            if hits.generation == extent.generation { hits } else { fresh }
        });
        Snapshot { extent, index, hits }
    }

    /// A reader of `extent`.
    pub fn reader(&self, extent: &Extent, stop: &Stop) -> Reader {
        Reader::new(Arc::clone(&self.text), extent.clone(), stop.clone())
    }

    /// The row of the line that begins at `offset`, where the index or a short count tells. Blocks.
    pub fn row_of(&self, reader: &mut Reader, offset: u64) -> Result<Option<u64>, ReadError> {
        row_in(&self.index, reader, offset)
    }

    /// Where `row` of the unfiltered text begins. Blocks.
    pub fn locate(&self, reader: &mut Reader, snapshot: &Snapshot, row: u64) -> Result<Located, ReadError> {
        let extent = reader.extent().clone();
        if row <= extent.rows_gone {
            return Ok(Located::Exact(extent.start));
        }
        if let Some(block) = self.index.block_of_row(extent.generation, row) {
            let (from, before) = later(block.offset.0, block.row.0, &extent);
            if let Some(at) = reader.behind_feed(from, extent.end, row - before)? {
                return Ok(Located::Exact(at));
            }
        }
        let (from, before) = later(snapshot.index.end, snapshot.index.next_row, &extent);
        let to = extent.end.min(from + COUNTED_BYTES);
        if let Some(at) =
            row.checked_sub(before).map(|feeds| reader.behind_feed(from, to, feeds)).transpose()?.flatten()
            && at < extent.end
        {
            return Ok(Located::Exact(at));
        }
        if to == extent.end {
            return Ok(Located::BehindEnd(rows_behind(reader, from, before)?));
        }
        Ok(Located::Estimated(snapshot.offset_near(row)))
    }

    /// The exact number of rows in what the reader sees, where the index is near its end. Blocks.
    pub fn count_rows(&self, reader: &mut Reader) -> Result<Option<Counted>, ReadError> {
        let extent = reader.extent().clone();
        let Some(row) = self.row_of(reader, extent.end)? else { return Ok(None) };
        let fragment = extent.end > extent.start && reader.start_of(extent.end)? < extent.end;
        Ok(Some(Counted {
            generation: extent.generation,
            end: extent.end,
            rows: row + u64::from(fragment),
            live: true,
        }))
    }
}

/// The row of the byte at `offset`, by the nearest count before it.
pub fn row_in(index: &TextIndex, reader: &mut Reader, offset: u64) -> Result<Option<u64>, ReadError> {
    let extent = reader.extent().clone();
    let base = index
        .block_of_offset(extent.generation, offset)
        .map(|block| (block.offset.0, block.row.0))
        .or_else(|| index.reached(extent.generation).map(|index| (index.end, index.next_row)))
        .filter(|(from, _)| *from <= offset)
        .unwrap_or((extent.start, extent.rows_gone));
    let (from, before) = later(base.0, base.1, &extent);
    if offset < from || offset - from > COUNTED_BYTES {
        return Ok(None);
    }
    Ok(Some(before + reader.feeds_between(from, offset)?))
}

/// The later of a known row and the beginning of what is left: bytes before that cannot be read.
fn later(offset: u64, row: u64, extent: &Extent) -> (u64, u64) {
    if offset < extent.start { (extent.start, extent.rows_gone) } else { (offset, row) }
}

/// All rows, counted from line beginnings known at `from`.
fn rows_behind(reader: &mut Reader, from: u64, before: u64) -> Result<u64, ReadError> {
    let end = reader.extent().end;
    let feeds = reader.feeds_between(from, end)?;
    let fragment = end > reader.extent().start && reader.start_of(end)? < end;
    Ok(before + feeds + u64::from(fragment))
}

impl Snapshot {
    /// Bytes of a line, on average of those indexed.
    fn line_bytes(&self) -> u64 {
        let lines = self.index.next_row.saturating_sub(self.index.origin_row);
        (self.index.end - self.index.origin).checked_div(lines).map_or(GUESSED_LINE_BYTES, |bytes| bytes.max(1))
    }

    /// The row that is thought to be at `offset`.
    pub fn row_near(&self, offset: u64) -> u64 {
        if offset >= self.index.end {
            return self.index.next_row + (offset - self.index.end).div_ceil(self.line_bytes());
        }
        let behind = (self.index.end - offset) / self.line_bytes();
        self.index.next_row.saturating_sub(behind).max(self.extent.rows_gone)
    }

    /// The offset at which `row` is thought to be.
    pub fn offset_near(&self, row: u64) -> u64 {
        let behind = row.saturating_sub(self.index.next_row).saturating_mul(self.line_bytes());
        self.index.end.saturating_add(behind).min(self.extent.end)
    }

    /// Whether everything up to the last byte is indexed.
    pub const fn is_indexed(&self) -> bool {
        self.index.end >= self.extent.end
    }

    /// The size of the result. `counted` is the latest exact count that a lane has seen.
    pub fn total(&self, counted: &mut Counted) -> Total {
        let extent = &self.extent;
        if counted.generation != extent.generation {
            *counted = Counted::default();
        }
        if counted.end <= self.index.end {
            let live = counted.live || self.is_indexed();
            *counted = Counted { generation: extent.generation, end: self.index.end, rows: self.index.rows, live };
        }
        // What has just arrived is counted within milliseconds: until then the count before is the exact one.
        counted.live &= extent.end.saturating_sub(counted.end) <= COUNTED_BYTES;
        let exact = counted.live;
        let (of, end) = if exact { (counted.rows, counted.end) } else { (self.row_near(extent.end), extent.end) };
        let end = end.max(extent.start);
        match &self.hits {
            None => Total {
                rows: of,
                exact,
                scanned_bytes: self.index.end.max(extent.start) - extent.start,
                bytes: end - extent.start,
                first_row: extent.rows_gone,
                generation: extent.generation,
                of,
            },
            Some(hits) => Total {
                rows: hits.rows(),
                exact: hits.complete,
                scanned_bytes: hits.high.saturating_sub(hits.low.max(extent.start)),
                bytes: extent.end - extent.start,
                first_row: hits.dropped,
                generation: extent.generation,
                of,
            },
        }
    }
}
