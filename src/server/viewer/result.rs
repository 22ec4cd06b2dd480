//! A filtered result: where the matching entries of one source begin, newest found first.
//!
//! Shared by all lanes with the same source and filter, and cancelled when the last of them closes. One slice of the text
//! is searched at a time, backward from the end, and bytes that arrive are searched before older ones. Slices need not
//! begin or end at lines: a hit whose line begins in a slice that is still to come is carried over to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};
use tokio::task::{AbortHandle, spawn_blocking};

use super::reader::{ReadError, Reader, Stop, StopGuard};
use crate::log::positions::Positions;
use crate::log::substring::Substring;
use crate::server::sources::text::{Extent, Text};

/// Bytes of the first slice: the newest hits come at once.
const FIRST_SLICE_BYTES: u64 = 256 * 1024;
/// Bytes of a slice once the first are told.
const SLICE_BYTES: u64 = 4 * 1024 * 1024;

/// How far a result has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HitProgress {
    /// The generation it is about.
    pub generation: u32,
    /// Hits that were found and are gone since.
    pub dropped: u64,
    /// Hits that were put before others since the scan began: each shifts all rows by one.
    pub prepended: u64,
    /// Hits held.
    pub len: u64,
    /// Everything from here ...
    pub low: u64,
    /// ... to here is searched.
    pub high: u64,
    /// Whether everything before `high` is.
    pub complete: bool,
}

impl HitProgress {
    /// Rows of the result, gone ones included.
    pub const fn rows(&self) -> u64 {
        self.dropped + self.len
    }

    /// A number for the hit of row `row` that stays the same when older hits are found.
    pub const fn serial(&self, row: u64) -> i64 {
        row as i64 - self.prepended as i64
    }
}

/// The matching entries of one source; dropping it ends the search.
pub struct FilterResult {
    shared: Arc<Shared>,
    task: AbortHandle,
    _stop: StopGuard,
}

struct Shared {
    text: Arc<dyn Text>,
    needle: Substring,
    needle_bytes: u64,
    hits: Mutex<Hits>,
    progress: watch::Sender<HitProgress>,
    stop: Stop,
}

/// What the lanes see.
#[derive(Default)]
struct Hits {
    progress: HitProgress,
    positions: Positions,
}

impl FilterResult {
    /// Starts to search `text`; `turns` is shared by all results.
    pub fn start(text: Arc<dyn Text>, filter: &str, turns: Arc<Semaphore>) -> Self {
        let extent = text.extent();
        let progress =
            HitProgress { generation: extent.generation, low: extent.end, high: extent.end, ..HitProgress::default() };
        let stop = Stop::default();
        let guard = stop.guard();
        let shared = Arc::new(Shared {
            text,
            needle: Substring::new(filter),
            needle_bytes: filter.len() as u64,
            hits: Mutex::new(Hits { progress, positions: Positions::new() }),
            progress: watch::channel(progress).0,
            stop,
        });
        let task = tokio::spawn(search(Arc::clone(&shared), turns)).abort_handle();
        Self { shared, task, _stop: guard }
    }

    /// Tells how far the search has come, after each slice.
    pub fn progress(&self) -> watch::Receiver<HitProgress> {
        self.shared.progress.subscribe()
    }

    /// The beginnings of at most `count` hits from row `row` on, and the progress at that moment.
    pub fn hits_from_row(&self, row: u64, count: usize) -> (HitProgress, Vec<u64>) {
        let hits = self.shared.lock();
        let k = row.saturating_sub(hits.progress.dropped);
        (hits.progress, hits.positions.from(k).take(count).collect())
    }

    /// The row of the first hit at `offset` or behind it, and the progress at that moment.
    pub fn row_at(&self, offset: u64) -> (HitProgress, u64) {
        let hits = self.shared.lock();
        (hits.progress, hits.progress.dropped + hits.positions.rank(offset))
    }

    /// The beginnings of at most `count` hits at `offset` and behind it, with the row of the first.
    pub fn hits_from_offset(&self, offset: u64, count: usize) -> (HitProgress, u64, Vec<u64>) {
        let hits = self.shared.lock();
        let k = hits.positions.rank(offset);
        (hits.progress, hits.progress.dropped + k, hits.positions.from(k).take(count).collect())
    }
}

impl Drop for FilterResult {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Hits> {
        self.hits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the search stands.
#[derive(Clone, Copy, Debug)]
struct Scan {
    generation: u32,
    /// Everything from here on is searched.
    low: u64,
    /// Whether the line that holds the byte at `low`, and begins before it, has a hit.
    low_hit: bool,
    /// Everything up to here is searched.
    high: u64,
    /// Where the last line begins.
    last: u64,
    /// Whether the last line is a hit already.
    last_hit: bool,
    /// Whether there is nothing before `low`.
    complete: bool,
    slice_bytes: u64,
}

async fn search(shared: Arc<Shared>, turns: Arc<Semaphore>) {
    let mut changes = shared.text.changes();
    let mut scan = None;
    loop {
        let extent = changes.borrow_and_update().clone();
        let idle = scan.as_ref().is_some_and(|scan: &Scan| scan.is_done(&extent));
        let failed = if idle {
            true
        } else {
            let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
            let worker = Arc::clone(&shared);
            let stepped = spawn_blocking(move || worker.step(scan, &extent)).await;
            drop(turn);
            match stepped {
                Ok(Ok(next)) => {
                    scan = Some(next);
                    false
                }
                Ok(Err(_)) | Err(_) => true,
            }
        };
        if failed && changes.changed().await.is_err() {
            return;
        }
    }
}

impl Scan {
    fn is_done(&self, extent: &Extent) -> bool {
        self.generation == extent.generation && self.complete && self.high == extent.end && self.low >= extent.start
    }
}

impl Shared {
    /// Searches one slice and publishes what it found. Blocks.
    fn step(&self, scan: Option<Scan>, extent: &Extent) -> Result<Scan, ReadError> {
        let scan = scan.filter(|scan| {
            scan.generation == extent.generation && scan.high >= extent.start && scan.high <= extent.end
        });
        let mut reader = Reader::new(Arc::clone(&self.text), extent.clone(), self.stop.clone());
        let Some(mut scan) = scan else {
            return self.begin(&mut reader);
        };
        if scan.low <= extent.start {
            if scan.low < extent.start {
                // A ring let go of what was still to be searched, or of hits.
                scan.low = extent.start;
                scan.low_hit = false;
                self.publish(&scan, Some(extent.start), |_| {});
            }
            if !scan.complete {
                scan.complete = true;
                let carried = std::mem::take(&mut scan.low_hit).then_some(extent.start);
                self.publish(&scan, None, |hits| hits.prepend(carried.as_slice()));
            }
        }
        if scan.high < extent.end {
            let found = self.forward(&mut scan, &reader)?;
            self.publish(&scan, None, |hits| hits.append(&found));
        } else if !scan.complete {
            let found = self.backward(&mut scan, &reader)?;
            self.publish(&scan, None, |hits| hits.prepend(&found));
        }
        Ok(scan)
    }

    fn begin(&self, reader: &mut Reader) -> Result<Scan, ReadError> {
        let extent = reader.extent().clone();
        // The last line may still grow, so it belongs to what is searched forward; all before it is finished.
        let last = if extent.end == extent.start { extent.start } else { reader.start_of(extent.end)? };
        let scan = Scan {
            generation: extent.generation,
            low: last,
            low_hit: false,
            high: last,
            last,
            last_hit: false,
            complete: false,
            slice_bytes: FIRST_SLICE_BYTES,
        };
        {
            let mut hits = self.lock();
            if hits.progress.generation == extent.generation && hits.progress.rows() > 0 {
                // Begun anew in the same generation: what was found before is gone, its rows are not reused.
                hits.progress.dropped += hits.positions.len();
            } else {
                hits.progress = HitProgress::default();
            }
            hits.positions = Positions::new();
        }
        self.publish(&scan, None, |_| {});
        Ok(scan)
    }

    /// Searches the bytes behind `high`, with as many before them as a hit across the border needs.
    fn forward(&self, scan: &mut Scan, reader: &Reader) -> Result<Vec<u64>, ReadError> {
        let to = reader.extent().end.min(scan.high + SLICE_BYTES);
        let overlap = self.needle_bytes.saturating_sub(1);
        let from = scan.last.max(scan.high.saturating_sub(overlap)).max(reader.extent().start);
        let bytes = reader.read(from, to)?;
        let mut found = Vec::new();
        let mut behind = 0;
        for hit in self.needle.find_iter(&bytes) {
            if let Some(feed) = memchr::memrchr(b'\n', &bytes[behind..hit.start]) {
                scan.last = from + (behind + feed) as u64 + 1;
                scan.last_hit = false;
            }
            if !scan.last_hit {
                found.push(scan.last);
                scan.last_hit = true;
            }
            behind = hit.start;
        }
        if let Some(feed) = memchr::memrchr(b'\n', &bytes[behind..]) {
            scan.last = from + (behind + feed) as u64 + 1;
            scan.last_hit = false;
        }
        scan.high = to;
        Ok(found)
    }

    /// Searches the bytes before `low`, with as many behind them as a hit across the border needs.
    fn backward(&self, scan: &mut Scan, reader: &Reader) -> Result<Vec<u64>, ReadError> {
        let from = reader.extent().start.max(scan.low.saturating_sub(scan.slice_bytes));
        let to = reader.extent().end.min(scan.low + self.needle_bytes.saturating_sub(1));
        let bytes = reader.read(from, to)?;
        let own = &bytes[..usize::try_from(scan.low - from).unwrap_or(usize::MAX)];
        let mut found: Vec<u64> = Vec::new();
        let mut head_hit = false;
        let mut line = None;
        let mut behind = 0;
        for hit in self.needle.find_iter(&bytes).take_while(|hit| hit.start < own.len()) {
            if let Some(feed) = memchr::memrchr(b'\n', &bytes[behind..hit.start]) {
                line = Some(from + (behind + feed) as u64 + 1);
            }
            match line {
                Some(line) if found.last() != Some(&line) => found.push(line),
                Some(_) => {}
                None => head_hit = true,
            }
            behind = hit.start;
        }
        match memchr::memrchr(b'\n', own) {
            Some(feed) => {
                let carried = from + feed as u64 + 1;
                if scan.low_hit && found.last() != Some(&carried) {
                    found.push(carried);
                }
                scan.low_hit = head_hit;
            }
            None => scan.low_hit |= head_hit,
        }
        scan.low = from;
        scan.slice_bytes = SLICE_BYTES.min(scan.slice_bytes * 2);
        if from == reader.extent().start {
            scan.complete = true;
            if std::mem::take(&mut scan.low_hit) {
                found.insert(0, from);
            }
        }
        Ok(found)
    }

    fn publish(&self, scan: &Scan, forget_before: Option<u64>, change: impl FnOnce(&mut Hits)) {
        let progress = {
            let mut hits = self.lock();
            change(&mut hits);
            if let Some(offset) = forget_before {
                let gone = hits.positions.forget_before(offset);
                hits.progress.dropped += gone;
            }
            hits.progress.generation = scan.generation;
            hits.progress.low = scan.low;
            hits.progress.high = scan.high;
            hits.progress.complete = scan.complete;
            hits.progress.len = hits.positions.len();
            hits.progress
        };
        self.progress.send_if_modified(|told| std::mem::replace(told, progress) != progress);
    }
}

impl Hits {
    fn append(&mut self, found: &[u64]) {
        found.iter().for_each(|offset| self.positions.push_back(*offset));
    }

    fn prepend(&mut self, found: &[u64]) {
        let before = self.positions.len();
        found.iter().rev().for_each(|offset| self.positions.push_front(*offset));
        self.progress.prepended += self.positions.len() - before;
    }
}
