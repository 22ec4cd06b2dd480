//! A filtered result: where the lines of the matching entries of one source begin, newest found first.
//!
//! Shared by all lanes with the same source and query, and cancelled when the last of them closes. One slice of the text is
//! searched at a time, backward from the end, and what arrives is searched before what is older. The query is compiled off
//! the asynchronous threads when the result begins; a wrong one is a result that says so and finds nothing.

mod asking;
mod days;
mod passing;
mod room;
mod scan;
mod summing;
mod window;

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

use self::room::Share;
use self::scan::{Scan, Search};
use self::summing::{Part, Summed};
use super::reader::{ReadError, Reader, Stop, StopGuard};
use super::text_index::TextIndex;
use crate::log::positions::Positions;
use crate::log::query::Query;
use crate::log::summary::Summary;
use crate::server::clock::now_nanos;
use crate::server::sources::format::FormatList;
use crate::server::sources::text::{Extent, Text};
use crate::world::stream::{SourceId, SourceState};

pub(super) use self::room::FULL;
pub use self::room::HitRoom;
pub use self::scan::AskedSource;

/// How long nothing must have come for a last line to be taken as it is.
const QUIET: Duration = Duration::from_millis(250);
/// How long the answer to a query that depends on the present can be shared with whoever asks the same.
const PRESENT: Duration = Duration::from_secs(30);

/// Where there is no room for what arrives, one of so many hits is let go of at once.
const LET_GO_SHARE: u64 = 16;

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
    /// Whether everything before `high` is searched, as far as there is room for hits.
    pub complete: bool,
    /// Whether there was no room for older hits.
    pub is_full: bool,
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
    summing: Arc<Semaphore>,
}

impl Turns {
    /// So many search at once, and of the very slow ones one more; and one that sums up, for which nobody's rows wait.
    #[must_use]
    pub fn new(quick: usize) -> Self {
        let [lagging, summing] = [1, 1].map(|turns| Arc::new(Semaphore::new(turns)));
        Self { quick: Arc::new(Semaphore::new(quick)), lagging, summing }
    }

    async fn next(&self, is_summed: bool, lags: bool) -> Option<OwnedSemaphorePermit> {
        let line = match (is_summed, lags) {
            (true, _) => &self.summing,
            (false, true) => &self.lagging,
            (false, false) => &self.quick,
        };
        Arc::clone(line).acquire_owned().await.ok()
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
    /// What is known of them.
    pub index: Arc<TextIndex>,
    /// All sources, by their numbers.
    pub sources: Vec<AskedSource>,
    /// Their formats.
    pub formats: watch::Receiver<FormatList>,
    /// Whether entries are summed up, and their places not kept.
    pub is_summed: bool,
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
    /// What the entries are as a whole, where that is asked.
    summed: Option<Mutex<Summed>>,
    progress: watch::Sender<HitProgress>,
    stop: Stop,
}

/// What the lanes see.
struct Hits {
    progress: HitProgress,
    positions: Positions,
    share: Share,
}

impl FilterResult {
    /// Starts to search; `turns` and `room` are shared by all results.
    pub fn start(question: Question, turns: Arc<Turns>, room: Arc<HitRoom>) -> Self {
        let extent = question.text.extent();
        // Nothing is searched, up to nowhere.
        let progress = HitProgress { generation: extent.generation, low: extent.end, ..HitProgress::default() };
        let stop = Stop::default();
        let guard = stop.guard();
        let summed = question.is_summed.then(Mutex::default);
        let shared = Arc::new(Shared {
            question,
            summed,
            query: OnceLock::new(),
            began: Instant::now(),
            hits: Mutex::new(Hits { progress, positions: Positions::new(), share: Share::of(room) }),
            progress: watch::channel(progress).0,
            stop,
        });
        let task = tokio::spawn(search(Arc::clone(&shared), turns)).abort_handle();
        Self { shared, task, _stop: guard }
    }

    /// The query, as it was typed.
    pub fn query(&self) -> &str {
        &self.shared.question.query
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

    /// Another number whenever more was summed up; `None` where that is not asked.
    pub fn version(&self) -> Option<u64> {
        Some(lock(self.shared.summed.as_ref()?).version())
    }

    /// What the entries are as a whole, where that is asked; how many bytes were read for it, and how many there are.
    pub fn summary(&self) -> Option<(Summary, u64, u64)> {
        // Noted under the lock of the hits, which is therefore taken first.
        let progress = self.shared.lock().progress;
        let extent = self.shared.question.text.extent();
        let summary = lock(self.shared.summed.as_ref()?).told();
        let read = progress.high.saturating_sub(progress.low.max(extent.start));
        Some((summary, read, extent.end - extent.start))
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
    let Some(Some(age)) = in_turn(&shared, turns.next(false, false).await, Shared::compile).await else { return };
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
        // What is summed up cannot be taken back: of a text in another order it begins anew.
        if let Some(scan) = scan.as_mut().filter(|_| shared.summed.is_none()) {
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
            let turn = turns.next(shared.summed.is_some(), before.as_ref().is_some_and(|scan| scan.lags)).await;
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
        let mut hits = lock(&self.hits);
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
        let Question { text, index, sources, .. } = &self.question;
        let part = self.summed.as_ref().map(|summed| RefCell::new(lock(summed).part()));
        let search = Search { text: &**text, query, sources, stop: &self.stop, part };
        let mut reader = Reader::new(Arc::clone(text), extent.clone(), self.stop.clone());
        let Some(mut scan) = scan.filter(|scan| scan.is_of(extent, &formats)) else {
            let mut scan = search.begin(&mut reader, formats)?;
            self.begin_anew(&mut scan)?;
            return Ok(scan);
        };
        if scan.lose_before(extent.start) {
            self.publish(&mut scan, Some(extent.start), |_| {})?;
        }
        if scan.low <= extent.start && !scan.complete {
            scan.complete = true;
            self.publish(&mut scan, None, |_| {})?;
        }
        let began = std::time::Instant::now();
        if scan.high < extent.end || is_quiet && scan.waits_for_line() {
            let found = search.forward(&mut scan, &reader, is_quiet)?;
            self.publish(&mut scan, None, |hits| {
                self.take(search.part);
                hits.append(&found);
            })?;
        } else if !scan.complete {
            let known = index.kept(scan.generation).and_then(|kept| search.known(&scan, kept));
            let found = search.slice_backward(&mut scan, &reader, known.as_ref())?;
            self.publish(&mut scan, None, |hits| {
                self.take(search.part);
                hits.prepend(&found);
            })?;
        }
        scan.pace(began.elapsed());
        Ok(scan)
    }

    /// Takes in what a step noted of the entries that it found.
    fn take(&self, part: Option<RefCell<Part>>) {
        if let (Some(summed), Some(part)) = (&self.summed, part) {
            lock(summed).take(part.into_inner());
        }
    }

    /// Lets go of all hits: a scan begins.
    fn begin_anew(&self, scan: &mut Scan) -> Result<(), ReadError> {
        if let Some(summed) = &self.summed {
            lock(summed).begin_anew();
        }
        {
            let mut hits = self.lock();
            if hits.progress.generation == scan.generation && hits.progress.rows() > 0 {
                // Begun anew in the same generation: what was found before is gone, its rows are not reused.
                hits.progress.dropped += hits.positions.len();
                hits.progress.is_full = false;
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
        scan: &mut Scan,
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
                hits.forget_before(offset);
            }
            let summed_bytes = self.summed.as_ref().map_or(0, |summed| lock(summed).held_bytes());
            if hits.make_room(summed_bytes, scan.complete) {
                scan.complete = true;
                hits.progress.is_full = true;
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
    fn forget_before(&mut self, offset: u64) {
        self.progress.dropped += self.positions.forget_before(offset);
    }

    /// Notes what the hits take, or what is summed up, and returns whether that is too much; then, where the search
    /// `is_complete`, the oldest hits are let go of.
    fn make_room(&mut self, summed_bytes: usize, is_complete: bool) -> bool {
        let mut is_full = false;
        while self.share.is_too_much(self.positions.held_bytes() + summed_bytes) {
            is_full = true;
            let Some(offset) = self.positions.at(self.positions.len().div_ceil(LET_GO_SHARE)) else { break };
            if !is_complete {
                break;
            }
            self.forget_before(offset);
        }
        is_full
    }

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
