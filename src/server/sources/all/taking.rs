//! Taking what is new in a source, and letting go of what it cannot give any more.

use std::io;
use std::sync::atomic::Ordering;

use super::arrivals::{Arrivals, Fresh};
use super::placing;
use super::reading::{count_lines, first_line_end, last_line_end};
use super::runs::{Run, RunList};
use super::{AllText, Runs, Taken, lock};
use crate::server::sources::format::FormatList;
use crate::server::sources::text::{Extent, fill};
use crate::world::stream::SourceState;

/// How many new bytes of a source are read at once ...
const CHUNK_BYTES: u64 = 1024 * 1024;
/// ... or up to its end, of a line that is longer. A longer line still is not read for its time.
const LINE_BYTES: u64 = 8 * 1024 * 1024;

/// New whole lines of a source.
#[derive(Clone, Copy)]
pub(super) struct New {
    pub source: usize,
    pub generation: u32,
    pub start: u64,
    pub end: u64,
    /// Whether a line end is added.
    pub is_completed: bool,
}

impl AllText {
    /// Takes what is new in one source. Blocks. Must not run twice at once for the same source.
    pub fn take(&self, index: usize) {
        self.take_within(index, u64::MAX, false);
    }

    /// Takes what is new in one source, its last line too, which nobody goes on with.
    pub fn take_all(&self, index: usize) {
        self.take_within(index, u64::MAX, true);
    }

    /// Whether something of a source waits for the end of its line.
    pub fn has_open_line(&self, index: usize) -> bool {
        let (extent, runs) = (self.sources[index].text.extent(), self.lock());
        let taken = &runs.taken[index];
        taken.generation == extent.generation && taken.end < extent.end
    }

    /// Takes what is new in one source, if its last line ends within the last `reach` bytes; `is_all` says whether that is whole
    /// as it is.
    pub(super) fn take_within(&self, index: usize, reach: u64, is_all: bool) {
        // What is announced may be gone when it is read: then there is a newer announcement.
        for _ in 0..16 {
            let extent = self.sources[index].text.extent();
            let taken = self.take_extent(index, &extent, reach, is_all);
            self.tell();
            if taken.is_ok() {
                break;
            }
        }
    }

    fn take_extent(&self, index: usize, extent: &Extent, reach: u64, is_all: bool) -> io::Result<()> {
        let text = &self.sources[index].text;
        let mut taken = self.lock().taken[index];
        if taken.generation != extent.generation {
            taken = Taken { generation: extent.generation, end: extent.start, ..Taken::default() };
        }
        // A bounded source may have let go of bytes before they were taken.
        let from = taken.end.max(extent.start);
        let searched = taken.searched.max(from);
        let missed = if from > taken.end { extent.rows_gone.saturating_sub(taken.rows) } else { 0 };
        taken.end = from;
        taken.rows += missed;
        taken.searched = extent.end.max(from);
        taken.start = extent.start;
        let look_from = searched.max(extent.end.saturating_sub(reach));
        let line_end = last_line_end(text.as_ref(), extent.generation, look_from, extent.end)?;
        let is_completed = (extent.state == SourceState::Ended || is_all) && line_end.unwrap_or(from) < extent.end;
        if line_end.is_none() && !is_completed && look_from > searched {
            return Ok(());
        }
        let end = if is_completed { Some(extent.end) } else { line_end };
        // Not sooner: the search may be long, and only this changes what was taken of the source.
        let mut arrivals = lock(&self.arrivals);
        {
            let mut runs = self.lock();
            let before = runs.taken[index];
            if before.generation != taken.generation || before.start < extent.start {
                self.let_go(&mut runs, arrivals.as_mut(), index, extent)?;
            }
            runs.rows_gone += missed;
            // Searched is what was taken, until the rest is: if that fails, it is looked for again.
            runs.taken[index] = Taken { searched: if end.is_some() { searched } else { taken.searched }, ..taken };
            runs.states[index] = extent.state.clone();
        }
        let Some(end) = end.filter(|&end| end > from) else { return Ok(()) };
        let new = New { source: index, generation: extent.generation, start: from, end, is_completed };
        let placed = self.place_new(arrivals.as_mut(), new);
        self.note_difference(arrivals.as_ref());
        placed
    }

    /// Puts new lines behind all others.
    fn place_new(&self, arrivals: Option<&mut Arrivals>, mut new: New) -> io::Result<()> {
        let push = |run: Run| {
            let mut runs = self.lock();
            let taken = &mut runs.taken[run.source];
            taken.end = run.end;
            taken.searched = taken.searched.max(run.end);
            taken.rows += run.rows.unwrap_or(0);
            taken.is_completed = run.is_completed;
            runs.push(run);
        };
        let New { source, generation, start, end, is_completed } = new;
        let Some(arrivals) = arrivals else {
            let text = self.sources[source].text.as_ref();
            let counted = text.is_bounded().then(|| count_lines(text, generation, start, end)).transpose()?;
            let rows = counted.map(|rows| rows + u64::from(is_completed));
            push(Run { at: 0, source, start, end, is_completed, rows });
            return Ok(());
        };
        let formats = lock(&self.formats).clone();
        while new.start < new.end {
            if arrivals.is_full() {
                self.correct_with(arrivals);
                // Nobody shall look for lines where they are not, however much there is to take.
                self.tell();
                arrivals.make_room();
            }
            let run = self.arrive(arrivals, &formats, &new)?;
            new.start = run.end;
            push(run);
        }
        Ok(())
    }

    /// Reads some of the new lines and takes them among those that arrive.
    pub(super) fn arrive(&self, arrivals: &mut Arrivals, formats: &FormatList, new: &New) -> io::Result<Run> {
        let New { source, generation, start, .. } = *new;
        let text = self.sources[source].text.as_ref();
        let piece_end = self.piece_end(new)?;
        let is_read = piece_end - start <= LINE_BYTES;
        let block_start = if is_read { arrivals.block_start(source, start) } else { start };
        let is_completed = new.is_completed && piece_end == new.end;
        let (mut block, mut counted) = (Vec::new(), None);
        if is_read {
            block.resize(usize::try_from(piece_end - block_start).unwrap_or(usize::MAX), 0);
            fill(text, generation, block_start, &mut block)?;
        } else {
            let lines = count_lines(text, generation, start, piece_end)?;
            counted = Some((piece_end, lines + u64::from(is_completed)));
        }
        let fresh = Fresh {
            source,
            format: formats.get(source).and_then(Option::as_deref).filter(|_| is_read),
            block: &block,
            block_start,
            start,
            counted,
            is_completed,
            stays: text.comes_whole(),
        };
        let (end, rows) = arrivals.arrive(&fresh);
        let is_completed = fresh.is_completed && end == new.end;
        Ok(Run { at: 0, source, start, end, is_completed, rows: text.is_bounded().then_some(rows) })
    }

    /// Where the whole lines end that are read next.
    fn piece_end(&self, new: &New) -> io::Result<u64> {
        let text = self.sources[new.source].text.as_ref();
        if new.end - new.start <= CHUNK_BYTES {
            return Ok(new.end);
        }
        let last = last_line_end(text, new.generation, new.start, new.start + CHUNK_BYTES)?;
        let or_first = || first_line_end(text, new.generation, new.start + CHUNK_BYTES, new.end);
        Ok(last.map_or_else(or_first, |last| Ok(Some(last)))?.unwrap_or(new.end))
    }

    /// Lets go of the runs, or the parts of them, that the source cannot give any more.
    pub(super) fn let_go(
        &self,
        runs: &mut Runs,
        arrivals: Option<&mut Arrivals>,
        index: usize,
        extent: &Extent,
    ) -> io::Result<()> {
        if runs.taken[index].generation != extent.generation {
            let mut kept = RunList::default();
            let others = runs.runs.iter().filter(|run| run.source != index);
            others.for_each(|run| kept.push(Run { at: 0, ..run }));
            if kept.end().unwrap_or(0) < runs.end() - runs.start() {
                runs.begin_anew(kept, false);
            }
            if let Some(arrivals) = arrivals {
                arrivals.begin_anew(index);
            }
            return Ok(());
        }
        let of_source = runs.runs.iter().filter(|run| run.source == index);
        let Some(last) = of_source.take_while(|run| run.start < extent.start).last() else { return Ok(()) };
        if runs.runs.iter().take_while(|run| run.at <= last.at).all(|run| run.rows.is_some()) {
            return self.let_go_of_beginning(runs, arrivals, last, extent);
        }
        let mut kept = RunList::default();
        let mut begins_at = last.end;
        // The runs stay as they are until all is read: what moved on meanwhile is tried again.
        for run in runs.runs.iter() {
            let is_lost = run.source == index && run.start < extent.start;
            let rest = if is_lost { self.rest_of(&run, extent)? } else { Some(run) };
            if let Some(rest) = rest {
                if is_lost {
                    begins_at = begins_at.min(rest.start);
                }
                kept.push(Run { at: 0, ..rest });
            }
        }
        runs.begin_anew(kept, false);
        if let Some(arrivals) = arrivals {
            arrivals.let_go(index, begins_at);
        }
        Ok(())
    }

    /// What is kept of a run of which the source has let go of a part.
    fn rest_of(&self, run: &Run, extent: &Extent) -> io::Result<Option<Run>> {
        // Of a bounded source more than what is lost goes, so that it does not begin anew with every chunk.
        let keep_from = extent.start + (extent.end - extent.start) / 2;
        if keep_from >= run.end {
            return Ok(None);
        }
        let text = self.sources[run.source].text.as_ref();
        let from = keep_from.max(run.start);
        let start = first_line_end(text, extent.generation, from, run.end)?.unwrap_or(run.end);
        if start >= run.end {
            return Ok(None);
        }
        self.cut(run, start, extent).map(Some)
    }

    /// Moves the beginning behind the lost part of the run `last`.
    fn let_go_of_beginning(
        &self,
        runs: &mut Runs,
        arrivals: Option<&mut Arrivals>,
        last: Run,
        extent: &Extent,
    ) -> io::Result<()> {
        let start = extent.start.min(last.end);
        let rest = self.cut(&last, start, extent)?;
        let gone: Vec<Run> = runs.runs.iter().take_while(|run| run.at <= last.at).collect();
        let rows: u64 = gone.iter().filter_map(|run| run.rows).sum();
        runs.rows_gone += rows - rest.rows.unwrap_or(0);
        runs.start = rest.behind();
        runs.runs.forget_before(last.at + 1);
        if rest.start < rest.end {
            runs.runs.push_front(rest);
        }
        if let Some(arrivals) = arrivals {
            let ends = gone.iter().map(|run| (run.source, if run.at == last.at { start } else { run.end }));
            ends.for_each(|(source, end)| arrivals.let_go(source, end));
        }
        Ok(())
    }

    /// A run from `start` on.
    fn cut(&self, run: &Run, start: u64, extent: &Extent) -> io::Result<Run> {
        let rest = Run { at: run.at + (start - run.start), start, ..*run };
        let text = self.sources[run.source].text.as_ref();
        let count =
            || count_lines(text, extent.generation, start, run.end).map(|rows| rows + u64::from(run.is_completed));
        let rows = match run.rows {
            None => None,
            Some(_) if start == run.end => Some(0),
            Some(_) => Some(count()?),
        };
        Ok(Run { rows, ..rest })
    }

    /// Puts what arrived late in its place.
    pub fn correct(&self) {
        let mut arrivals = lock(&self.arrivals);
        if let Some(arrivals) = arrivals.as_mut() {
            self.correct_with(arrivals);
        }
        self.note_difference(arrivals.as_ref());
        drop(arrivals);
        self.tell();
    }

    /// Notes whether something stands elsewhere than it should.
    pub(super) fn note_difference(&self, arrivals: Option<&Arrivals>) {
        self.differs.store(arrivals.is_some_and(Arrivals::differs), Ordering::Relaxed);
    }

    fn correct_with(&self, arrivals: &mut Arrivals) {
        let mut runs = self.lock();
        let (runs, is_bounded) = (&mut *runs, |source: usize| self.sources[source].text.is_bounded());
        if let Some(moved) = placing::put_wanted(&mut runs.runs, arrivals, is_bounded) {
            tracing::debug!(stretches = moved.stretches.len(), late = arrivals.late(), "lines moved");
            runs.note_moved(moved);
        }
    }
}
