//! A filtered result: where the lines of the matching entries of one source begin, newest found first.
//!
//! Shared by all lanes with the same source and query, and cancelled when the last of them closes. One slice of the text is
//! searched at a time, backward from the end, and what arrives is searched before what is older. The query is compiled off
//! the asynchronous threads when the result begins; a wrong one is a result that says so and finds nothing.

mod asking;
mod days;
mod scan;
mod window;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

use self::scan::{Scan, Search};
use super::reader::{ReadError, Reader, Stop, StopGuard};
use crate::log::positions::Positions;
use crate::log::query::Query;
use crate::server::clock::now_nanos;
use crate::server::sources::format::FormatList;
use crate::server::sources::text::{Extent, Text};
use crate::world::stream::{SourceId, SourceState};

pub use self::scan::AskedSource;

/// How long nothing must have come for a last line to be taken as it is.
const QUIET: Duration = Duration::from_millis(250);
/// How long the answer to a query that depends on the present can be shared with whoever asks the same.
const PRESENT: Duration = Duration::from_secs(30);

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
    /// Hits that will be found behind all others stand at this place or behind it.
    pub settled: u64,
    /// Whether everything before `high` is searched.
    pub complete: bool,
    /// Up to here was searched when lines moved: what came between is searched again.
    pub again: u64,
    /// Whether the query is wrong.
    pub refused: bool,
}

impl HitProgress {
    /// Rows of the result, gone ones included.
    pub const fn rows(&self) -> u64 {
        self.dropped + self.len
    }

    /// Whether the hits around `offset` are known.
    pub const fn has_searched(&self, extent: &Extent, offset: u64) -> bool {
        self.generation == extent.generation && offset <= self.high && (self.complete || self.low <= offset)
    }

    /// Whether hits that were found are being found again.
    pub const fn is_behind(&self) -> bool {
        self.high < self.again
    }

    /// A number for the hit of row `row` that stays the same when older hits are found.
    pub const fn serial(&self, row: u64) -> i64 {
        row as i64 - self.prepended as i64
    }
}

/// Who searches next: each waits in line for a slice's worth of work. Queries that are very slow have a line of their own.
pub struct Turns {
    quick: Arc<Semaphore>,
    lagging: Arc<Semaphore>,
}

impl Turns {
    /// So many search at once, and of the very slow ones one more.
    #[must_use]
    pub fn new(quick: usize) -> Self {
        Self { quick: Arc::new(Semaphore::new(quick)), lagging: Arc::new(Semaphore::new(1)) }
    }

    async fn next(&self, lags: bool) -> Option<OwnedSemaphorePermit> {
        Arc::clone(if lags { &self.lagging } else { &self.quick }).acquire_owned().await.ok()
    }
}

/// What is to be found.
pub struct Question {
    /// The query, as it was typed.
    pub query: String,
    /// The source, or all of them.
    pub source: SourceId,
    /// Its bytes.
    pub text: Arc<dyn Text>,
    /// All sources, by their numbers.
    pub sources: Vec<AskedSource>,
    /// Their formats.
    pub formats: watch::Receiver<FormatList>,
}

/// The matching entries of one source; dropping it ends the search.
pub struct FilterResult {
    shared: Arc<Shared>,
    task: AbortHandle,
    _stop: StopGuard,
}

struct Shared {
    question: Question,
    query: OnceLock<Result<Query, String>>,
    began: Instant,
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
    /// Starts to search; `turns` is shared by all results.
    pub fn start(question: Question, turns: Arc<Turns>) -> Self {
        let extent = question.text.extent();
        // Nothing is searched, up to nowhere.
        let progress = HitProgress { generation: extent.generation, low: extent.end, ..HitProgress::default() };
        let stop = Stop::default();
        let guard = stop.guard();
        let shared = Arc::new(Shared {
            question,
            query: OnceLock::new(),
            began: Instant::now(),
            hits: Mutex::new(Hits { progress, positions: Positions::new() }),
            progress: watch::channel(progress).0,
            stop,
        });
        let task = tokio::spawn(search(Arc::clone(&shared), turns)).abort_handle();
        Self { shared, task, _stop: guard }
    }

    /// Why there is no result: the query is wrong, in words.
    pub fn refusal(&self) -> Option<&str> {
        self.shared.query.get()?.as_ref().err().map(String::as_str)
    }

    /// Whether whoever asks the same now can be given this one: a query such as `since:15m` means something else by and by.
    pub fn is_current(&self) -> bool {
        let depends_on_now = matches!(self.shared.query.get(), Some(Ok(query)) if query.depends_on_now());
        !depends_on_now || self.shared.began.elapsed() < PRESENT
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

    /// The beginnings of at most `count` hits at `offset` and behind it, with the row of the first. Those with the serial
    /// number `serial` and larger ones are among them wherever they stand: the lines of an entry that matches by what came
    /// last.
    pub fn hits_from(&self, offset: u64, serial: Option<i64>, count: usize) -> (HitProgress, u64, Vec<u64>) {
        let hits = self.shared.lock();
        let by_serial = serial.and_then(|serial| {
            let row = serial.checked_add_unsigned(hits.progress.prepended)?;
            Some(u64::try_from(row).ok()?.saturating_sub(hits.progress.dropped))
        });
        let k = by_serial.unwrap_or(u64::MAX).min(hits.positions.rank(offset));
        (hits.progress, hits.progress.dropped + k, hits.positions.from(k).take(count).collect())
    }
}

impl Drop for FilterResult {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn search(shared: Arc<Shared>, turns: Arc<Turns>) {
    let Some(Some(age)) = in_turn(&shared, turns.next(false).await, Shared::compile).await else { return };
    let mut changes = shared.question.text.changes();
    let mut formats = shared.question.formats.clone();
    let mut scan: Option<Scan> = None;
    // What was written long ago is not half written now.
    let now = Instant::now();
    let mut changed_at = now.checked_sub(age.min(QUIET)).unwrap_or(now);
    loop {
        if changes.has_changed().unwrap_or(false) {
            changed_at = Instant::now();
        }
        let extent = changes.borrow_and_update().clone();
        if let Some(scan) = &mut scan {
            scan.follow(&*shared.question.text, &extent);
        }
        let known = shared.known(&formats.borrow_and_update(), &extent);
        let is_quiet = changed_at.elapsed() >= QUIET || extent.state == SourceState::Ended;
        let is_idle = match (&known, &scan) {
            (Some(known), Some(scan)) => scan.is_done(&extent, known, is_quiet),
            (known, _) => known.is_none(),
        };
        if let (Some(known), false) = (known, is_idle) {
            let before = scan.clone();
            let turn = turns.next(before.as_ref().is_some_and(|scan| scan.lags)).await;
            let stepped = in_turn(&shared, turn, move |shared| shared.step(before, &extent, known, is_quiet)).await;
            if let Some(Ok(next)) = stepped {
                scan = Some(next);
                continue;
            }
        }
        let waits_for_line = scan.as_ref().is_some_and(Scan::waits_for_line) && !is_quiet;
        tokio::select! {
            changed = changes.changed() => match changed {
                Ok(()) => changed_at = Instant::now(),
                Err(_) => return,
            },
            Ok(()) = formats.changed() => {}
            () = sleep_until(changed_at + QUIET), if waits_for_line => {}
        }
    }
}

/// Does some blocking work, as it is this result's turn; `None` when that cannot be. The turn lasts as long as the work,
/// also where nobody waits for it any more.
async fn in_turn<T: Send + 'static>(
    shared: &Arc<Shared>,
    turn: Option<OwnedSemaphorePermit>,
    work: impl FnOnce(&Shared) -> T + Send + 'static,
) -> Option<T> {
    let turn = turn?;
    let worker = Arc::clone(shared);
    let with_turn = move || {
        let done = work(&worker);
        drop(turn);
        done
    };
    spawn_blocking(with_turn).await.ok()
}

impl Shared {
    /// The hits, of the text as it is told now, if only the order of its lines is another since.
    fn lock(&self) -> MutexGuard<'_, Hits> {
        let mut hits = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, generation) = (&self.question.text, hits.progress.generation);
        if generation != text.extent().generation {
            for moved in text.moves(generation).into_iter().flatten() {
                hits.let_go_from(moved.kept);
                hits.progress.generation = moved.to;
            }
        }
        hits
    }

    /// Understands the query at this moment; returns how long ago the text was written last, or `None` where the query is
    /// wrong. Blocks: regexes may take a while.
    fn compile(&self) -> Option<Duration> {
        let (text, now_nanos) = (&self.question.query, now_nanos());
        let query = Query::compile(text, now_nanos, &TimeZone::system())
            .map_err(|error| format!("the query is not understood: {}", error.explain(text)));
        let is_good = self.query.get_or_init(|| query).is_ok();
        if !is_good {
            self.progress.send_modify(|progress| progress.refused = true);
            return None;
        }
        let written_nanos = self.question.text.modified_nanos().unwrap_or(now_nanos);
        Some(Duration::from_nanos(now_nanos.saturating_sub(written_nanos).max(0).unsigned_abs()))
    }

    /// The formats of the sources that are asked, once all of them are found.
    fn known(&self, formats: &FormatList, extent: &Extent) -> Option<Arc<FormatList>> {
        let is_only = formats.len() == 1;
        let is_asked = |index: usize| self.question.source == SourceId::ALL || self.question.source.0 as usize == index;
        let mut asked = formats.clone();
        for (index, known) in asked.iter_mut().enumerate() {
            let is_own = is_only || self.question.source != SourceId::ALL;
            match known {
                known if !is_asked(index) => *known = None,
                Some(known) if is_own && known.generation != extent.generation => return None,
                Some(_) => {}
                None => return None,
            }
        }
        Some(Arc::new(asked))
    }

    /// Searches one slice and publishes what it found. Blocks.
    fn step(
        &self,
        scan: Option<Scan>,
        extent: &Extent,
        formats: Arc<FormatList>,
        is_quiet: bool,
    ) -> Result<Scan, ReadError> {
        let Some(Ok(query)) = self.query.get() else { return Err(ReadError::Stopped) };
        let Question { text, sources, .. } = &self.question;
        let search = Search { text: &**text, query, sources, stop: &self.stop };
        let mut reader = Reader::new(Arc::clone(text), extent.clone(), self.stop.clone());
        let Some(mut scan) = scan.filter(|scan| scan.is_of(extent, &formats)) else {
            let scan = search.begin(&mut reader, formats)?;
            self.begin_anew(&scan)?;
            return Ok(scan);
        };
        if scan.lose_before(extent.start) {
            self.publish(&scan, Some(extent.start), |_| {})?;
        }
        if scan.low <= extent.start && !scan.complete {
            scan.complete = true;
            self.publish(&scan, None, |_| {})?;
        }
        let began = std::time::Instant::now();
        if scan.high < extent.end || is_quiet && scan.waits_for_line() {
            let found = search.forward(&mut scan, &reader, is_quiet)?;
            self.publish(&scan, None, |hits| hits.append(&found))?;
        } else if !scan.complete {
            let found = search.backward(&mut scan, &reader)?;
            self.publish(&scan, None, |hits| hits.prepend(&found))?;
        }
        scan.pace(began.elapsed());
        Ok(scan)
    }

    /// Lets go of all hits: a scan begins.
    fn begin_anew(&self, scan: &Scan) -> Result<(), ReadError> {
        {
            let mut hits = self.lock();
            if hits.progress.generation == scan.generation && hits.progress.rows() > 0 {
                // Begun anew in the same generation: what was found before is gone, its rows are not reused.
                hits.progress.dropped += hits.positions.len();
            } else {
                hits.progress = HitProgress { generation: scan.generation, ..HitProgress::default() };
            }
            hits.positions = Positions::new();
            hits.progress.again = 0;
        }
        self.publish(scan, None, |_| {})
    }

    /// Says what was found; of a text whose lines moved meanwhile nothing.
    fn publish(
        &self,
        scan: &Scan,
        forget_before: Option<u64>,
        change: impl FnOnce(&mut Hits),
    ) -> Result<(), ReadError> {
        let progress = {
            let mut hits = self.lock();
            if hits.progress.generation != scan.generation {
                return Err(ReadError::Gone);
            }
            change(&mut hits);
            if let Some(offset) = forget_before {
                let gone = hits.positions.forget_before(offset);
                hits.progress.dropped += gone;
            }
            hits.progress.low = scan.low;
            hits.progress.high = scan.high;
            hits.progress.settled = scan.settled;
            hits.progress.complete = scan.complete;
            hits.progress.len = hits.positions.len();
            hits.progress
        };
        self.progress.send_if_modified(|told| std::mem::replace(told, progress) != progress);
        Ok(())
    }
}

impl Hits {
    /// What stood at `kept` or behind it stands elsewhere now: it will be found again.
    fn let_go_from(&mut self, kept: u64) {
        self.positions.forget_from(kept);
        let HitProgress { low, high, settled, again, len, .. } = &mut self.progress;
        *again = (*again).max(*high);
        (*low, *high, *settled) = ((*low).min(kept), (*high).min(kept), (*settled).min(kept));
        *len = self.positions.len();
    }

    fn append(&mut self, found: &[u64]) {
        found.iter().for_each(|offset| self.positions.push_back(*offset));
    }

    fn prepend(&mut self, found: &[u64]) {
        let before = self.positions.len();
        found.iter().rev().for_each(|offset| self.positions.push_front(*offset));
        self.progress.prepended += self.positions.len() - before;
    }
}
