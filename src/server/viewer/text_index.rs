//! One line index per source, built behind everything else and kept up with every appended byte.
//!
//! Where a text puts its lines in another order, the index is kept as far as they stand as before.
//!
//! Of a large file it begins with what was kept of it, and when it has caught up, more is found out and kept.
//!
//! Shared by all lanes of all worlds. The lock around the index is held for a lookup or for one chunk's counting, never
//! while reading or waiting.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::task::{AbortHandle, spawn_blocking};

use super::keeper::{Keeper, Kept};
use super::reader::{ReadError, Stop, StopGuard};
use crate::log::index::{BLOCK_BYTES, BlockStart, LineIndex, Offset, Row};
use crate::server::page_buffer::PageBuffer;
use crate::server::sources::text::{Extent, Text, fill};

/// Bytes read and counted at once.
const CHUNK_BYTES: usize = 1024 * 1024;
/// Bytes after which the next index in line gets its turn.
const TURN_BYTES: u64 = 64 * 1024 * 1024;
/// How often progress is told while there is much to do.
const TELL_EVERY: Duration = Duration::from_millis(50);

/// How far an index has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexProgress {
    /// The generation it is about.
    pub generation: u32,
    /// Where it began.
    pub origin: u64,
    /// The row at which it began.
    pub origin_row: u64,
    /// Behind the last byte indexed.
    pub end: u64,
    /// Line feeds up to there, and before the origin.
    pub next_row: u64,
    /// Rows up to there, a last fragment included.
    pub rows: u64,
}

/// The index of one source; dropping it ends the work.
pub struct TextIndex {
    shared: Arc<Shared>,
    task: AbortHandle,
    _stop: StopGuard,
}

struct Shared {
    text: Arc<dyn Text>,
    state: Mutex<State>,
    progress: watch::Sender<IndexProgress>,
    keeper: Option<Arc<Keeper>>,
    stop: Stop,
}

struct State {
    generation: u32,
    index: LineIndex,
    /// What is known of the entries, of a file that is worth it.
    kept: Option<Arc<Kept>>,
    /// Whether somebody is about to know more of them.
    is_keeping: bool,
}

impl TextIndex {
    /// Starts to index `text`; `turns` and `keeper` are shared by all indexes.
    pub fn start(text: Arc<dyn Text>, turns: Arc<Semaphore>, keeper: Option<Arc<Keeper>>) -> Self {
        let extent = text.extent();
        let state = State::of(&extent);
        let stop = Stop::default();
        let guard = stop.guard();
        let (progress, _) = watch::channel(state.progress());
        let shared = Arc::new(Shared { text, state: Mutex::new(state), progress, keeper, stop });
        let task = tokio::spawn(keep_up(Arc::clone(&shared), turns)).abort_handle();
        Self { shared, task, _stop: guard }
    }

    /// Tells how far the index has come, a few times a second and when it has caught up.
    pub fn progress(&self) -> watch::Receiver<IndexProgress> {
        self.shared.progress.subscribe()
    }

    /// The block in which `row` begins.
    pub fn block_of_row(&self, generation: u32, row: u64) -> Option<BlockStart> {
        let state = self.shared.lock();
        (state.generation == generation).then(|| state.index.block_of_row(Row(row))).flatten()
    }

    /// The block that holds `offset`.
    pub fn block_of_offset(&self, generation: u32, offset: u64) -> Option<BlockStart> {
        let state = self.shared.lock();
        (state.generation == generation).then(|| state.index.block_of_offset(Offset(offset))).flatten()
    }

    /// What is known of the entries, where the text is a large file.
    pub fn kept(&self, generation: u32) -> Option<Arc<Kept>> {
        let state = self.shared.lock();
        state.kept.clone().filter(|_| state.generation == generation)
    }

    /// How far the index has come at this moment, whatever generation it is about.
    pub fn now(&self) -> IndexProgress {
        self.shared.lock().progress()
    }

    /// How far the index of `generation` has come at this moment.
    pub fn reached(&self, generation: u32) -> Option<IndexProgress> {
        let state = self.shared.lock();
        (state.generation == generation).then(|| state.progress())
    }
}

impl Drop for TextIndex {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn of(extent: &Extent) -> Self {
        let index = LineIndex::new(Offset(extent.start), Row(extent.rows_gone));
        Self { generation: extent.generation, index, kept: None, is_keeping: false }
    }

    fn kept_end(&self) -> Option<u64> {
        self.kept.as_ref().map(|kept| kept.blocks.end())
    }

    fn progress(&self) -> IndexProgress {
        let next = self.index.next_byte();
        let origin = self.index.origin();
        IndexProgress {
            generation: self.generation,
            origin: origin.offset.0,
            origin_row: origin.row.0,
            end: next.offset.0,
            next_row: next.row.0,
            rows: self.index.rows().0,
        }
    }
}

impl Shared {
    /// The state, of the text as it is told now, if only the order of its lines is another since.
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.generation != self.text.extent().generation {
            for moved in self.text.moves(state.generation).into_iter().flatten() {
                state.index.forget_from(Offset(moved.kept));
                state.generation = moved.to;
            }
        }
        state
    }

    fn tell(&self) {
        let progress = self.lock().progress();
        self.progress.send_if_modified(|told| std::mem::replace(told, progress) != progress);
    }

    /// Fits the index to the extent and returns from where on bytes are wanted, if any are.
    fn fit(&self, extent: &Extent) -> Option<u64> {
        let mut state = self.lock();
        let reached = state.index.indexed_end().0;
        let has_moved_on = || self.text.moves(extent.generation).is_some_and(|moves| !moves.is_empty());
        if state.generation != extent.generation && has_moved_on() {
            // There is a newer extent.
            return None;
        }
        if state.generation != extent.generation || reached < extent.start || reached > extent.end {
            *state = State::of(extent);
        } else {
            state.index.forget_before(Offset(extent.start));
        }
        let reached = state.index.indexed_end().0;
        (reached < extent.end).then_some(reached)
    }

    /// Begins with what was kept of this text.
    fn begin_with(&self, generation: u32, kept: Kept) {
        let mut state = self.lock();
        if state.generation == generation && state.index.indexed_end().0 == 0 {
            let blocks = &kept.blocks;
            let whole = usize::try_from(blocks.end() / BLOCK_BYTES).unwrap_or(0);
            state.index = LineIndex::of_feeds(blocks.as_slice()[..whole].iter().map(|block| block.feeds.into()));
            state.kept = Some(Arc::new(kept));
        }
    }

    /// Has the index of the entries made, or gone on with, where that is worth it.
    fn keep(self: &Arc<Self>, generation: u32, end: u64) {
        let Some(keeper) = &self.keeper else { return };
        {
            let mut state = self.lock();
            if state.is_keeping || state.generation != generation || !Keeper::is_worth(end, state.kept_end()) {
                return;
            }
            state.is_keeping = true;
        }
        let (keeper, shared) = (Arc::clone(keeper), Arc::clone(self));
        tokio::spawn(async move {
            let made = keeper.keep(&shared.text, generation, shared.stop.clone()).await;
            let mut state = shared.lock();
            if state.generation == generation {
                // What could not be made is not tried again and again.
                state.is_keeping = made.is_none();
                state.kept = made.map(Arc::new).or(state.kept.take());
            }
        });
    }

    /// Indexes one turn's worth of bytes. Blocks.
    fn advance(&self, extent: &Extent, from: u64) -> Result<(), ReadError> {
        let to = extent.end.min(from + TURN_BYTES);
        let mut chunk = PageBuffer::default();
        let mut at = from;
        let mut told = Instant::now();
        while at < to && !self.stop.is_set() {
            let wanted = CHUNK_BYTES.min(usize::try_from(to - at).unwrap_or(CHUNK_BYTES));
            fill(&*self.text, extent.generation, at, chunk.room(at, wanted))?;
            let mut state = self.lock();
            if (state.generation, state.index.indexed_end().0) != (extent.generation, at) {
                // The lines moved meanwhile.
                return Err(ReadError::Gone);
            }
            state.index.append(&chunk);
            drop(state);
            at += wanted as u64;
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                self.tell();
            }
        }
        Ok(())
    }
}

async fn keep_up(shared: Arc<Shared>, turns: Arc<Semaphore>) {
    let mut changes = shared.text.changes();
    if let Some(keeper) = &shared.keeper {
        let generation = shared.text.extent().generation;
        if let Some(kept) = keeper.load(&shared.text, generation).await {
            shared.begin_with(generation, kept);
        }
    }
    loop {
        let extent = changes.borrow_and_update().clone();
        let (generation, end) = (extent.generation, extent.end);
        let failed = match shared.fit(&extent) {
            Some(from) => {
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
                let worker = Arc::clone(&shared);
                let advanced = spawn_blocking(move || worker.advance(&extent, from)).await;
                drop(turn);
                !matches!(advanced, Ok(Ok(())))
            }
            None => true,
        };
        if failed {
            // Caught up, or the bytes are gone: only a new extent can help.
            shared.tell();
            shared.keep(generation, end);
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}
