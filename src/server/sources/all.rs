//! All sources as one text.
//!
//! The text is a sequence of runs, each some whole lines of one source: first what the sources held when they were opened, in
//! the causal order of its entries once [`AllText::put_in_order`] has seen to that, then what arrives, as it arrives. Nothing
//! is copied; reading goes through to the sources.
//!
//! A run can only be read while its source still has the bytes. What is lost with a generation, or in the middle, is taken
//! out and the text begins a generation of its own: no other source's entries are lost with it. What bounded sources let go
//! of at the beginning moves the beginning and is counted, which is the ordinary case for pipes. A source's last line
//! waits for its end; the last line of a source that has ended gets one.

mod moved;
mod order;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;

use self::moved::Moved;
use self::order::Part;
use super::format::FormatList;
use super::generation;
use super::text::{Extent, Source, Text, fill};
use crate::world::stream::{Place, SourceId, SourceState};

/// More runs than this are put in order of their sources, older half first: memory stays bounded and no entry is lost.
const RUNS_MAX: usize = 1 << 20;
/// So many of them at most are of what is put in order; there is place for what arrives.
const ORDERED_RUNS_MAX: usize = RUNS_MAX / 4 * 3;
/// What is put in order first: more than anybody reads before all is.
const FIRST_ORDERED_BYTES: u64 = 16 * 1024 * 1024;
/// How far back a source's last line end is looked for before the server listens; its follower looks further.
const FIRST_LOOK_BYTES: u64 = 1024 * 1024;
/// How many bytes are searched for a line end at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// The interleaving of all sources.
pub struct AllText {
    sources: Vec<Source>,
    runs: Mutex<Runs>,
    /// Held while the extent is told, so that the newest is told last; the runs are not locked meanwhile.
    telling: Mutex<()>,
    extent: watch::Sender<Extent>,
}

/// Some whole lines of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    /// Where in this text it begins.
    at: u64,
    /// Which of the sources, by index.
    source: usize,
    generation: u32,
    start: u64,
    end: u64,
    /// Whether a line end is added, because the source ended without one.
    is_completed: bool,
    /// Lines in it; counted only for what may be let go of.
    rows: Option<u64>,
}

impl Run {
    fn length(&self) -> u64 {
        self.end - self.start + u64::from(self.is_completed)
    }

    fn behind(&self) -> u64 {
        self.at + self.length()
    }

    /// What it is of.
    const fn place(&self) -> (usize, u32, u64, u64) {
        (self.source, self.generation, self.start, self.end)
    }
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
}

#[derive(Default)]
struct Runs {
    generation: u32,
    runs: VecDeque<Run>,
    rows_gone: u64,
    /// Where the text begins when there is no run.
    start: u64,
    taken: Vec<Taken>,
    states: Vec<SourceState>,
    /// The generation before, to know its places by.
    before: Option<Moved>,
}

impl Runs {
    fn start(&self) -> u64 {
        self.runs.front().map_or(self.start, |run| run.at)
    }

    fn end(&self) -> u64 {
        self.runs.back().map_or(self.start, Run::behind)
    }

    fn find(&self, offset: u64) -> usize {
        self.runs.partition_point(|run| run.behind() <= offset)
    }

    /// The run that holds a place.
    fn at(&self, place: Place) -> Option<&Run> {
        let run = self.runs.get(self.find(place.offset)).filter(|run| run.at <= place.offset);
        run.filter(|_| self.generation == place.generation)
    }

    /// Puts a run behind the others, or joins it to the last where it goes on with it.
    fn push(&mut self, run: Run) {
        let at = self.end();
        match self.runs.back_mut() {
            Some(last)
                if (last.source, last.generation, last.end) == (run.source, run.generation, run.start)
                    && !last.is_completed
                    && last.rows.is_some() == run.rows.is_some() =>
            {
                last.end = run.end;
                last.is_completed = run.is_completed;
                last.rows = last.rows.zip(run.rows).map(|(before, more)| before + more);
            }
            _ => self.runs.push_back(Run { at, ..run }),
        }
    }

    /// Numbers the runs anew from 0, as a new generation.
    fn begin_anew(&mut self, runs: Vec<Run>) {
        self.before = Some(Moved { generation: self.generation, runs: std::mem::take(&mut self.runs) });
        self.generation = generation::next(self.generation);
        self.rows_gone = 0;
        self.start = 0;
        for run in runs {
            self.push(run);
        }
    }
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
        let all =
            Self { sources, runs: Mutex::new(runs), telling: Mutex::default(), extent: watch::Sender::new(extent) };
        for (index, source) in all.sources.iter().enumerate() {
            all.lock().taken[index].generation = source.text.extent().generation;
            all.take_within(index, FIRST_LOOK_BYTES);
        }
        Arc::new(all)
    }

    /// Takes what is new in one source. Blocks. Must not run twice at once for the same source.
    pub fn take(&self, index: usize) {
        self.take_within(index, u64::MAX);
    }

    /// Takes what is new in one source, if its last line ends within the last `reach` bytes.
    fn take_within(&self, index: usize, reach: u64) {
        // What is announced may be gone when it is read: then there is a newer announcement.
        for _ in 0..16 {
            let extent = self.sources[index].text.extent();
            if self.take_extent(index, &extent, reach).is_ok() {
                break;
            }
        }
    }

    fn take_extent(&self, index: usize, extent: &Extent, reach: u64) -> io::Result<()> {
        let text = &self.sources[index].text;
        let mut taken = self.lock().taken[index];
        if taken.generation != extent.generation {
            taken = Taken { generation: extent.generation, end: extent.start, ..Taken::default() };
        }
        // A bounded source may have let go of bytes before they were taken.
        let from = taken.end.max(extent.start);
        let searched = taken.searched.max(from);
        let missed = if from > taken.end { extent.rows_gone.saturating_sub(taken.rows) } else { 0 };
        let mut run = None;
        taken.end = from;
        taken.rows += missed;
        taken.searched = extent.end.max(from);
        let look_from = searched.max(extent.end.saturating_sub(reach));
        let line_end = last_line_end(text.as_ref(), extent.generation, look_from, extent.end)?;
        let is_completed = extent.state == SourceState::Ended && line_end.unwrap_or(from) < extent.end;
        if line_end.is_none() && !is_completed && look_from > searched {
            return Ok(());
        }
        let end = if is_completed { Some(extent.end) } else { line_end };
        if let Some(end) = end.filter(|&end| end > from) {
            let counted =
                text.is_bounded().then(|| count_lines(text.as_ref(), extent.generation, from, end)).transpose()?;
            let rows = counted.map(|rows| rows + u64::from(is_completed));
            run =
                Some(Run { at: 0, source: index, generation: extent.generation, start: from, end, is_completed, rows });
            taken.rows += rows.unwrap_or(0);
            taken.end = end;
            taken.searched = taken.searched.max(end);
        }
        let mut runs = self.lock();
        let before = runs.taken[index];
        if before.generation != taken.generation || before.start < extent.start {
            self.let_go(&mut runs, index, extent)?;
        }
        taken.start = extent.start;
        runs.rows_gone += missed;
        runs.taken[index] = taken;
        runs.states[index] = extent.state.clone();
        if let Some(run) = run {
            runs.push(run);
        }
        if runs.runs.len() > RUNS_MAX {
            order_older_half(&mut runs);
        }
        drop(runs);
        self.tell();
        Ok(())
    }

    /// Lets go of the runs, or the parts of them, that the source cannot give any more.
    fn let_go(&self, runs: &mut Runs, index: usize, extent: &Extent) -> io::Result<()> {
        let is_lost =
            |run: &Run| run.source == index && (run.generation != extent.generation || run.start < extent.start);
        let Some(last) = runs.runs.iter().rposition(is_lost) else { return Ok(()) };
        let is_prefix_counted = runs.runs.range(..=last).all(|run| run.rows.is_some());
        if is_prefix_counted && runs.runs[last].generation == extent.generation {
            return self.let_go_of_beginning(runs, last, extent.start);
        }
        let mut kept = Vec::with_capacity(runs.runs.len());
        // The runs stay as they are until all is read: what moved on meanwhile is tried again.
        for run in &runs.runs {
            kept.extend(if is_lost(run) { self.rest_of(run, extent)? } else { Some(run.clone()) });
        }
        runs.begin_anew(kept);
        Ok(())
    }

    /// What is kept of a run that the source has let go of, or of a part of which it has.
    fn rest_of(&self, run: &Run, extent: &Extent) -> io::Result<Option<Run>> {
        // Of a bounded source more than what is lost goes, so that it does not begin anew with every chunk.
        let keep_from = extent.start + (extent.end - extent.start) / 2;
        if run.generation != extent.generation || keep_from >= run.end {
            return Ok(None);
        }
        let start = self.next_line_start(run, keep_from)?;
        if start >= run.end {
            return Ok(None);
        }
        let rest = Run { start, ..run.clone() };
        Ok(Some(Run { rows: self.recount(&rest)?, ..rest }))
    }

    /// Moves the beginning behind the lost part of the run `last`.
    fn let_go_of_beginning(&self, runs: &mut Runs, last: usize, source_start: u64) -> io::Result<()> {
        let rest = {
            let run = &runs.runs[last];
            let mut rest = run.clone();
            rest.start = source_start.min(run.end);
            rest.at += rest.start - run.start;
            rest.rows = if rest.start < rest.end { self.recount(&rest)? } else { Some(0) };
            rest
        };
        let gone: u64 = runs.runs.range(..=last).filter_map(|run| run.rows).sum();
        runs.rows_gone += gone - rest.rows.unwrap_or(0);
        runs.start = rest.behind();
        runs.runs.drain(..=last);
        if rest.start < rest.end {
            runs.runs.push_front(rest);
        }
        Ok(())
    }

    fn recount(&self, run: &Run) -> io::Result<Option<u64>> {
        if run.rows.is_none() {
            return Ok(None);
        }
        let text = self.sources[run.source].text.as_ref();
        Ok(Some(count_lines(text, run.generation, run.start, run.end)? + u64::from(run.is_completed)))
    }

    /// Where the first line at or behind `from` begins inside the run; its end if none does.
    fn next_line_start(&self, run: &Run, from: u64) -> io::Result<u64> {
        let text = self.sources[run.source].text.as_ref();
        let mut found = run.end;
        for_each_block(text, run.generation, from.max(run.start), run.end, |at, block| {
            if let Some(line_end) = memchr::memchr(b'\n', block) {
                found = at + line_end as u64 + 1;
            }
            found == run.end
        })?;
        Ok(found)
    }

    /// Puts what the sources hold in the causal order of its entries, `formats` being those of all sources: the newest entries,
    /// about `tail_bytes` of them, or all. The text is a new generation if anything moves. Blocks.
    ///
    /// # Errors
    /// A source cannot be read, or became another meanwhile; nothing has changed then.
    pub(super) fn put_in_order(&self, formats: &FormatList, tail_bytes: Option<u64>) -> io::Result<()> {
        let held = self.held(formats);
        let parts: Vec<_> = held.iter().map(|(_, part)| part).collect();
        let ordered = order::newest_in_order(&parts, tail_bytes, ORDERED_RUNS_MAX)?;
        let mut runs = self.lock();
        let is_other = |(index, part): &(usize, Part)| runs.taken[*index].generation != part.generation;
        if held.iter().any(is_other) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let run = |part: usize, start, end| {
            let (source, Part { generation, range, is_completed, .. }) = &held[part];
            let is_completed = *is_completed && end == range.end;
            Run { at: 0, source: *source, generation: *generation, start, end, is_completed, rows: None }
        };
        let mut at: Vec<u64> = held.iter().map(|(_, part)| part.range.start).collect();
        let older = ordered.begins.iter().enumerate().map(|(part, begin)| (part, begin - at[part])).collect::<Vec<_>>();
        let newer = ordered.pieces.iter().map(|piece| (piece.source, piece.bytes));
        let mut fresh = Vec::new();
        for (part, bytes) in older.into_iter().chain(newer).filter(|(_, bytes)| *bytes > 0) {
            fresh.push(run(part, at[part], at[part] + bytes));
            at[part] += bytes;
        }
        // What arrived meanwhile, and what is of no use to the order.
        let ends: HashMap<usize, u64> = held.iter().map(|(source, part)| (*source, part.range.end)).collect();
        fresh.extend(runs.runs.iter().filter_map(|run| {
            let start = ends.get(&run.source).map_or(run.start, |end| run.start.max(*end));
            (start < run.end).then(|| Run { start, ..run.clone() })
        }));
        let is_moved = !fresh.iter().map(Run::place).eq(runs.runs.iter().map(Run::place));
        if is_moved {
            runs.begin_anew(fresh);
        }
        drop(runs);
        self.tell();
        Ok(())
    }

    /// How many of the sources that keep all they hold will get no more.
    fn whole_sources(&self) -> usize {
        let runs = self.lock();
        let is_whole = |(source, state): &(&Source, &SourceState)| {
            !source.text.is_bounded() && matches!(state, SourceState::Ended | SourceState::Broken(_))
        };
        self.sources.iter().zip(&runs.states).filter(is_whole).count()
    }

    /// What the sources hold that keep all of it.
    fn held(&self, formats: &FormatList) -> Vec<(usize, Part)> {
        let runs = self.lock();
        let part = |(index, source): (usize, &Source)| {
            let (taken, format) = (runs.taken[index], formats.get(index)?.as_ref()?);
            if source.text.is_bounded() || format.generation != taken.generation {
                return None;
            }
            let last = runs.runs.iter().rev().find(|run| run.source == index);
            let part = Part {
                text: Arc::clone(&source.text),
                generation: taken.generation,
                range: taken.start..taken.end,
                is_completed: last.is_some_and(|run| run.is_completed),
                sample: format.sample.clone(),
            };
            Some((index, part))
        };
        self.sources.iter().enumerate().filter_map(part).collect()
    }

    fn tell(&self) {
        let _telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts what the sources hold in order as soon as their formats are known, the newest first, and again when a source that
/// came piece by piece has come whole.
pub(super) async fn keep_in_order(all: Weak<AllText>, mut formats: watch::Receiver<FormatList>) {
    let Some(mut changes) = all.upgrade().map(|all| all.changes()) else { return };
    let mut ordered = None;
    loop {
        let Some(whole) = all.upgrade().map(|all| all.whole_sources()) else { return };
        let known = formats.borrow_and_update().clone();
        if ordered != Some(whole) && known.iter().all(Option::is_some) {
            let ordering = all.clone();
            let outcome = tokio::task::spawn_blocking(move || {
                let all = ordering.upgrade()?;
                let is_long = all.extent().end > FIRST_ORDERED_BYTES;
                let first = if is_long { all.put_in_order(&known, Some(FIRST_ORDERED_BYTES)) } else { Ok(()) };
                Some(first.and_then(|()| all.put_in_order(&known, None)))
            });
            match outcome.await {
                Ok(Some(Ok(()))) => ordered = Some(whole),
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
        let all = all.clone();
        let took = tokio::task::spawn_blocking(move || all.upgrade().map(|all| all.take(index))).await;
        if !matches!(took, Ok(Some(()))) || changes.changed().await.is_err() {
            return;
        }
    }
}

/// Groups the older half of the runs by source.
fn order_older_half(runs: &mut Runs) {
    let mut ordered: Vec<Run> = runs.runs.iter().cloned().collect();
    let half = ordered.len() / 2;
    ordered[..half].sort_by_key(|run| run.source);
    runs.begin_anew(ordered);
}

/// Reads `start..end` block by block for as long as `visit` says so.
fn for_each_block(
    text: &dyn Text,
    generation: u32,
    start: u64,
    end: u64,
    mut visit: impl FnMut(u64, &[u8]) -> bool,
) -> io::Result<()> {
    let mut block = vec![0; BLOCK_BYTES.min(usize::try_from(end - start).unwrap_or(usize::MAX))];
    let mut at = start;
    while at < end {
        let wanted = block.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
        let read = text.read_at(generation, at, &mut block[..wanted])?;
        if read == 0 {
            return Err(io::ErrorKind::NotFound.into());
        }
        if !visit(at, &block[..read]) {
            break;
        }
        at += read as u64;
    }
    Ok(())
}

fn count_lines(text: &dyn Text, generation: u32, start: u64, end: u64) -> io::Result<u64> {
    let mut lines = 0;
    for_each_block(text, generation, start, end, |_, block| {
        lines += memchr::memchr_iter(b'\n', block).count() as u64;
        true
    })?;
    Ok(lines)
}

/// Behind the last line end in `start..end`, searched from its end.
fn last_line_end(text: &dyn Text, generation: u32, start: u64, end: u64) -> io::Result<Option<u64>> {
    let mut block_end = end;
    while block_end > start {
        let block_start = block_end.saturating_sub(BLOCK_BYTES as u64).max(start);
        let mut found = None;
        for_each_block(text, generation, block_start, block_end, |at, block| {
            found = memchr::memrchr(b'\n', block).map(|line_end| at + line_end as u64 + 1).or(found);
            true
        })?;
        if found.is_some() {
            return Ok(found);
        }
        block_end = block_start;
    }
    Ok(None)
}

impl Text for AllText {
    fn extent(&self) -> Extent {
        self.extent.borrow().clone()
    }

    fn changes(&self) -> watch::Receiver<Extent> {
        self.extent.subscribe()
    }

    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let parts: Vec<Run> = {
            let runs = self.lock();
            if generation != runs.generation || offset < runs.start() {
                return Err(io::ErrorKind::NotFound.into());
            }
            let last = offset.saturating_add(buffer.len() as u64);
            runs.runs.range(runs.find(offset)..).take_while(|run| run.at < last).cloned().collect()
        };
        let mut read = 0;
        for run in parts {
            let inside = offset + read as u64 - run.at;
            let from_source = run.end - run.start;
            if inside < from_source {
                let length = (buffer.len() - read).min(usize::try_from(from_source - inside).unwrap_or(usize::MAX));
                let text = &self.sources[run.source].text;
                match fill(text.as_ref(), run.generation, run.start + inside, &mut buffer[read..read + length]) {
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
        let runs = self.lock();
        if place.generation == runs.generation {
            return Some(place);
        }
        let before = runs.before.as_ref().filter(|before| before.generation == place.generation)?;
        Some(before.place_in(&runs, place.offset))
    }

    /// What is not in the text any more is no stretch of it.
    fn stretch(&self, place: Place) -> Range<u64> {
        self.lock().at(place).map_or(place.offset..place.offset, |run| run.at..run.behind())
    }

    /// A place that is not in the text any more stays as it is.
    fn origin(&self, place: Place) -> (SourceId, Place) {
        let runs = self.lock();
        match runs.at(place) {
            Some(run) => {
                let offset = (run.start + (place.offset - run.at)).min(run.end);
                (self.sources[run.source].id, Place { generation: run.generation, offset })
            }
            None => (SourceId::ALL, place),
        }
    }
}

#[cfg(test)]
mod tests;
