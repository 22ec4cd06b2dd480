//! All sources as one text, in the causal order of their entries (docs/ORDER.md).
//!
//! The text is a sequence of runs, each some whole lines of one source. What the sources held when they were opened is put in
//! order once ([`AllText::put_in_order`]); what arrives stands behind all others at once, and where that is not its place among
//! the newest entries, the text is put in another order a moment later ([`AllText::correct`]): a new generation, of which
//! [`Text::moves`] says where each line stands now. Nothing is copied; reading goes through to the sources.
//!
//! A run can only be read while its source still has the bytes. What is lost with a generation, or in the middle, is taken
//! out and the text begins a generation of its own: no other source's entries are lost with it. What bounded sources let go
//! of at the beginning moves the beginning and is counted, which is the ordinary case for pipes. A source's last line
//! waits for its end for a moment; then, or when the source has ended, it gets one.

mod arrivals;
mod order;
mod past;
mod placing;
mod reading;
mod runs;
mod taking;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use self::arrivals::Arrivals;
use self::past::{Anew, Past};
use self::runs::{Run, RunList};
use super::format::{FormatList, SourceFormat};
use super::generation;
use super::text::{Extent, Source, Text, fill};
use crate::server::clock::now_nanos;
use crate::server::engine::Change;
use crate::world::stream::{Moved, Place, SourceId, SourceState};

/// Runs that take more memory than this are put in order of their sources, older half first: memory stays bounded and no
/// entry is lost.
const RUNS_BYTES_MAX: usize = 128 * 1024 * 1024;
/// What is put in order takes so much of that at most; there is place for what arrives.
const ORDERED_BYTES_MAX: usize = RUNS_BYTES_MAX / 4 * 3;
/// What is put in order first: more than anybody reads before all is.
const FIRST_ORDERED_BYTES: u64 = 16 * 1024 * 1024;
/// How far back a source's last line end is looked for before the server listens; its follower looks further.
const FIRST_LOOK_BYTES: u64 = 1024 * 1024;
/// How long a line without an end waits for it: then it is taken as it is, and what comes of it later is a line of its own.
const OPEN_LINE: Duration = Duration::from_secs(1);
/// How long what arrives late gathers before it is put in its place ...
const GATHER: Duration = Duration::from_millis(60);
/// ... and how long nothing is moved again.
const REST: Duration = Duration::from_millis(240);

/// The interleaving of all sources.
pub struct AllText {
    sources: Vec<Source>,
    runs: Mutex<Runs>,
    /// The order of what arrives, once what was there is in order. Held by whoever changes the text, reading from sources
    /// meanwhile; the runs are not locked then.
    arrivals: Mutex<Option<Arrivals>>,
    /// Whether something stands elsewhere than it should.
    differs: AtomicBool,
    formats: Mutex<FormatList>,
    /// Held while the extent is told, so that the newest is told last; the runs are not locked meanwhile.
    telling: Mutex<()>,
    extent: watch::Sender<Extent>,
}

/// How far a source has been taken.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    generation: u32,
    end: u64,
    /// Up to here no line end was found.
    searched: u64,
    /// Lines taken of a bounded source.
    rows: u64,
    /// The beginning of the source when its runs were last compared with it.
    start: u64,
    /// Whether its last line got an end.
    is_completed: bool,
}

#[derive(Default)]
struct Runs {
    generation: u32,
    runs: RunList,
    rows_gone: u64,
    /// Where the text begins when there is no run.
    start: u64,
    taken: Vec<Taken>,
    states: Vec<SourceState>,
    past: Past,
}

impl Runs {
    fn start(&self) -> u64 {
        self.runs.start().unwrap_or(self.start)
    }

    fn end(&self) -> u64 {
        self.runs.end().unwrap_or(self.start)
    }

    /// The run that holds a place.
    fn at(&mut self, place: Place) -> Option<Run> {
        if self.generation == place.generation { self.runs.at(place.offset) } else { None }
    }

    fn push(&mut self, run: Run) {
        self.runs.push(Run { at: self.start, ..run });
        if self.runs.held_bytes() > RUNS_BYTES_MAX {
            let ordered = older_half_by_source(&self.runs);
            self.begin_anew(ordered, true);
        }
    }

    /// The text is of these runs, which begin at 0, as a new generation; `keeps_all` says whether none of its lines is gone.
    fn begin_anew(&mut self, runs: RunList, keeps_all: bool) {
        let sources = self.taken.iter().map(|taken| taken.generation).collect();
        let runs = std::mem::replace(&mut self.runs, runs);
        self.past.note_anew(Anew {
            generation: self.generation,
            to: generation::next(self.generation),
            runs,
            sources,
            keeps_all,
        });
        self.generation = generation::next(self.generation);
        self.rows_gone = 0;
        self.start = 0;
    }
}

/// The runs, those of the older half grouped by source.
fn older_half_by_source(runs: &RunList) -> RunList {
    let half = runs.len() / 2;
    // A source's runs follow each other, so that few are left of each.
    let mut older: BTreeMap<usize, RunList> = BTreeMap::new();
    runs.iter().take(half).for_each(|run| older.entry(run.source).or_default().push(Run { at: 0, ..run }));
    let mut ordered = RunList::default();
    let older = older.values().flat_map(RunList::iter);
    older.chain(runs.iter().skip(half)).for_each(|run| ordered.push(Run { at: 0, ..run }));
    ordered
}

impl AllText {
    /// Interleaves `sources`, beginning with what each holds now. Blocks while it looks for their last line ends, a
    /// mebibyte of each at most: what has none there is taken once it is followed.
    #[must_use]
    pub fn new(sources: Vec<Source>) -> Arc<Self> {
        let (taken, states) = (vec![Taken::default(); sources.len()], vec![SourceState::Live; sources.len()]);
        let generation = generation::fresh();
        let runs = Runs { generation, taken, states, ..Runs::default() };
        let extent = Extent { generation, start: 0, end: 0, rows_gone: 0, state: SourceState::Live };
        let all = Self {
            sources,
            runs: Mutex::new(runs),
            arrivals: Mutex::default(),
            differs: AtomicBool::new(false),
            formats: Mutex::default(),
            telling: Mutex::default(),
            extent: watch::Sender::new(extent),
        };
        for (index, source) in all.sources.iter().enumerate() {
            all.lock().taken[index].generation = source.text.extent().generation;
            let written_nanos = source.text.modified_nanos().unwrap_or(i64::MAX);
            let is_old = now_nanos().saturating_sub(written_nanos) > OPEN_LINE.as_nanos() as i64;
            all.take_within(index, FIRST_LOOK_BYTES, is_old);
        }
        Arc::new(all)
    }

    fn tell(&self) {
        let _telling = lock(&self.telling);
        let runs = self.lock();
        let are_all = |state: &SourceState| !runs.states.is_empty() && runs.states.iter().all(|other| other == state);
        let state = [SourceState::Ended, SourceState::Gone].into_iter().find(are_all).unwrap_or(SourceState::Live);
        let (generation, start, end, rows_gone) = (runs.generation, runs.start(), runs.end(), runs.rows_gone);
        let new = Extent { generation, start, end, rows_gone, state };
        drop(runs);
        self.extent.send_if_modified(|extent| {
            let is_new = *extent != new;
            *extent = new;
            is_new
        });
    }

    fn lock(&self) -> MutexGuard<'_, Runs> {
        lock(&self.runs)
    }

    /// How many of the sources that keep all they hold will get no more.
    fn whole_sources(&self) -> usize {
        let runs = self.lock();
        let is_whole = |(source, state): &(&Source, &SourceState)| {
            !source.text.is_bounded() && matches!(state, SourceState::Ended | SourceState::Broken(_))
        };
        self.sources.iter().zip(&runs.states).filter(is_whole).count()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts what the sources hold in order as soon as their formats are known, the newest first, and again when a source that
/// came piece by piece has come whole.
pub(super) async fn keep_in_order(all: Weak<AllText>, mut formats: watch::Receiver<FormatList>) {
    let Some(mut changes) = all.upgrade().map(|all| all.changes()) else { return };
    let mut ordered = None;
    loop {
        let Some(whole) = all.upgrade().map(|all| all.whole_sources()) else { return };
        let known = formats.borrow_and_update().clone();
        if let Some(all) = all.upgrade() {
            lock(&all.formats).clone_from(&known);
        }
        // Clocks and changes of formats that are found later order what was there, too.
        let place = |change: &Change| (change.at, change.sample.detection.format.name().to_owned());
        let facts = |format: &Arc<SourceFormat>| {
            (format.sample.domain, format.formats.changes().iter().map(place).collect::<Vec<_>>())
        };
        let facts: Vec<_> = known.iter().flatten().map(facts).collect();
        let wanted = Some((whole, facts));
        if ordered != wanted && known.iter().all(Option::is_some) {
            let ordering = all.clone();
            let outcome = spawn_blocking(move || {
                let all = ordering.upgrade()?;
                let is_long = all.extent().end > FIRST_ORDERED_BYTES;
                let first = if is_long { all.put_in_order(&known, Some(FIRST_ORDERED_BYTES)) } else { Ok(()) };
                Some(first.and_then(|()| all.put_in_order(&known, None)))
            });
            match outcome.await {
                Ok(Some(Ok(()))) => ordered = wanted,
                // A source became another meanwhile: its format is found again.
                Ok(Some(Err(_))) => {}
                Ok(None) | Err(_) => return,
            }
        }
        tokio::select! {
            Ok(()) = changes.changed() => {}
            Ok(()) = formats.changed() => {}
            else => return,
        }
    }
}

/// Puts what arrives late in its place, a few times a second at most, until the text is gone.
pub(super) async fn keep_corrected(all: Weak<AllText>) {
    let Some(mut changes) = all.upgrade().map(|all| all.changes()) else { return };
    loop {
        // The text is not held while nothing is to be done: it ends when nobody else holds it.
        let Some(differs) = all.upgrade().map(|all| all.differs.load(Ordering::Relaxed)) else { return };
        if !differs {
            if changes.changed().await.is_err() {
                return;
            }
            continue;
        }
        sleep(GATHER).await;
        let correcting = all.clone();
        let corrected = spawn_blocking(move || correcting.upgrade().map(|all| all.correct()));
        if !matches!(corrected.await, Ok(Some(()))) {
            return;
        }
        sleep(REST).await;
    }
}

/// Follows one source of `all` until either is gone; `note` hears each extent of it.
pub(super) async fn follow(
    all: Weak<AllText>,
    index: usize,
    mut changes: watch::Receiver<Extent>,
    note: impl Fn(&Extent) + Send,
) {
    // At once, too: what holds no line end near its end was not taken at the start.
    loop {
        let extent = changes.borrow_and_update().clone();
        note(&extent);
        let (taking, ending) = (all.clone(), all.clone());
        let take = move || {
            let all = taking.upgrade()?;
            all.take(index);
            Some(all.has_open_line(index))
        };
        let Ok(Some(has_open_line)) = spawn_blocking(take).await else { return };
        if has_open_line {
            match timeout(OPEN_LINE, changes.changed()).await {
                Ok(Ok(())) => continue,
                Ok(Err(_)) => return,
                Err(_) => {}
            }
            let taken = spawn_blocking(move || ending.upgrade().map(|all| all.take_all(index))).await;
            if !matches!(taken, Ok(Some(()))) {
                return;
            }
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

impl Text for AllText {
    fn extent(&self) -> Extent {
        self.extent.borrow().clone()
    }

    fn changes(&self) -> watch::Receiver<Extent> {
        self.extent.subscribe()
    }

    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let (parts, generations): (Vec<Run>, Vec<u32>) = {
            let runs = self.lock();
            if generation != runs.generation || offset < runs.start() {
                return Err(io::ErrorKind::NotFound.into());
            }
            let last = offset.saturating_add(buffer.len() as u64);
            let parts: Vec<Run> = runs.runs.from(offset).take_while(|run| run.at < last).collect();
            let generations = parts.iter().map(|run| runs.taken[run.source].generation).collect();
            (parts, generations)
        };
        let mut read = 0;
        for (run, generation) in parts.into_iter().zip(generations) {
            let inside = offset + read as u64 - run.at;
            let from_source = run.end - run.start;
            if inside < from_source {
                let length = (buffer.len() - read).min(usize::try_from(from_source - inside).unwrap_or(usize::MAX));
                let text = &self.sources[run.source].text;
                match fill(text.as_ref(), generation, run.start + inside, &mut buffer[read..read + length]) {
                    Ok(()) => read += length,
                    // What is lost ends the answer; asked for at its beginning, it is an error.
                    Err(_) if read > 0 => return Ok(read),
                    Err(error) => return Err(error),
                }
            }
            if run.is_completed && read < buffer.len() && offset + read as u64 + 1 == run.behind() {
                buffer[read] = b'\n';
                read += 1;
            }
        }
        Ok(read)
    }

    fn is_bounded(&self) -> bool {
        self.sources.iter().any(|source| source.text.is_bounded())
    }

    fn translate(&self, place: Place) -> Option<Place> {
        past::translate(&self.lock(), place)
    }

    fn moves(&self, from: u32) -> Option<Vec<Arc<Moved>>> {
        let told = self.extent.borrow().generation;
        self.lock().past.moves(from, told)
    }

    fn keeps_all(&self, from: u32) -> bool {
        let told = self.extent.borrow().generation;
        self.lock().past.keeps_all(from, told)
    }

    /// What is not in the text any more is no stretch of it.
    fn stretch(&self, place: Place) -> Range<u64> {
        self.lock().at(place).map_or(place.offset..place.offset, |run| run.at..run.behind())
    }

    /// A place that is not in the text any more stays as it is.
    fn origin(&self, place: Place) -> (SourceId, Place) {
        let mut runs = self.lock();
        match runs.at(place) {
            Some(run) => {
                let offset = (run.start + (place.offset - run.at)).min(run.end);
                (self.sources[run.source].id, Place { generation: runs.taken[run.source].generation, offset })
            }
            None => (SourceId::ALL, place),
        }
    }
}

#[cfg(test)]
mod tests;
