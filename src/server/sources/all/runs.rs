//! Which source wrote what of the text: runs, in their order, packed.
//!
//! Sources that take turns with every line make millions of runs. Blocks of [`BLOCK`] hold, for each run, its source and its
//! length in as few bytes as they need; where a run begins in its source is written out only where the block has no run of
//! that source before it, for a source's runs follow each other. The first runs and the last ones stand unpacked: there the
//! list changes. A block that was looked into stays unpacked for a while, for readers go on where they were.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::log::varint;

/// Runs in a full block.
const BLOCK: usize = 256;
/// Unpacked blocks that are kept.
const UNPACKED: usize = 8;

/// Some whole lines of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Where in this text it begins; the list sees to that.
    pub at: u64,
    /// Which of the sources, by index.
    pub source: usize,
    /// Where it begins in its source, and where it ends.
    pub start: u64,
    pub end: u64,
    /// Whether a line end is added, because the source ended without one.
    pub is_completed: bool,
    /// Lines in it; counted only for what may be let go of.
    pub rows: Option<u64>,
}

impl Run {
    pub fn length(&self) -> u64 {
        self.end - self.start + u64::from(self.is_completed)
    }

    pub fn behind(&self) -> u64 {
        self.at + self.length()
    }

    /// What it is of.
    pub const fn place(&self) -> (usize, u64, u64) {
        (self.source, self.start, self.end)
    }

    /// Takes the next run in, if it goes on where this one ends.
    fn join(&mut self, next: &Self) -> bool {
        let goes_on = (self.source, self.end) == (next.source, next.start)
            && !self.is_completed
            && self.rows.is_some() == next.rows.is_some();
        if goes_on {
            self.end = next.end;
            self.is_completed = next.is_completed;
            self.rows = self.rows.zip(next.rows).map(|(before, more)| before + more);
        }
        goes_on
    }
}

/// Runs that follow each other.
#[derive(Default)]
pub(super) struct RunList {
    /// Before the blocks.
    front: VecDeque<Run>,
    blocks: VecDeque<Block>,
    /// Behind the blocks.
    open: Vec<Run>,
    packed_runs: usize,
    packed_bytes: usize,
    unpacked: VecDeque<(u64, Arc<[Run]>)>,
}

/// Packed runs.
struct Block {
    /// Where the first begins in the text.
    at: u64,
    runs: u32,
    bytes: Box<[u8]>,
}

/// What the number before a run says beside its source.
const IS_COMPLETED: u64 = 1;
const HAS_START: u64 = 2;
const HAS_ROWS: u64 = 4;
const SOURCE_SHIFT: u32 = 3;

impl Block {
    fn pack(runs: &[Run]) -> Self {
        let mut bytes = Vec::with_capacity(runs.len() * 4);
        let mut ends: HashMap<usize, u64> = HashMap::new();
        for run in runs {
            let has_start = ends.insert(run.source, run.end) != Some(run.start);
            let flags = if run.is_completed { IS_COMPLETED } else { 0 }
                | if has_start { HAS_START } else { 0 }
                | if run.rows.is_some() { HAS_ROWS } else { 0 };
            varint::write(&mut bytes, (run.source as u64) << SOURCE_SHIFT | flags);
            varint::write(&mut bytes, run.end - run.start);
            [has_start.then_some(run.start), run.rows]
                .into_iter()
                .flatten()
                .for_each(|number| varint::write(&mut bytes, number));
        }
        Self { at: runs.first().map_or(0, |run| run.at), runs: runs.len() as u32, bytes: bytes.into_boxed_slice() }
    }

    fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        let (mut at, mut bytes) = (self.at, &*self.bytes);
        let mut ends: HashMap<usize, u64> = HashMap::new();
        std::iter::from_fn(move || {
            let head = varint::read(&mut bytes)?;
            let (source, length) = ((head >> SOURCE_SHIFT) as usize, varint::read(&mut bytes)?);
            let end = ends.entry(source).or_default();
            if head & HAS_START != 0 {
                *end = varint::read(&mut bytes)?;
            }
            let start = std::mem::replace(end, *end + length);
            let rows = if head & HAS_ROWS != 0 { Some(varint::read(&mut bytes)?) } else { None };
            let run = Run { at, source, start, end: *end, is_completed: head & IS_COMPLETED != 0, rows };
            at = run.behind();
            Some(run)
        })
    }

    fn held_bytes(&self) -> usize {
        self.bytes.len() + size_of::<Self>()
    }
}

impl RunList {
    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.front.len() + self.packed_runs + self.open.len()
    }

    /// Bytes that the list takes in memory, about.
    pub fn held_bytes(&self) -> usize {
        self.packed_bytes + (self.front.len() + self.open.len()) * size_of::<Run>()
    }

    /// Where the first run begins, if there is one.
    pub fn start(&self) -> Option<u64> {
        let first = self.front.front().map(|run| run.at).or_else(|| self.blocks.front().map(|block| block.at));
        first.or_else(|| self.open.first().map(|run| run.at))
    }

    /// Behind the last run, if there is one.
    pub fn end(&self) -> Option<u64> {
        // The last block is unpacked while nothing stands behind it.
        self.open.last().or_else(|| self.front.back()).map(Run::behind)
    }

    /// Puts a run behind the others, or joins it to the last where it goes on with it. Where there is none, it begins at `at`.
    pub fn push(&mut self, run: Run) {
        let last = if self.open.is_empty() { self.front.back_mut() } else { self.open.last_mut() };
        let at = last.as_ref().map_or(run.at, |last| last.behind());
        if last.is_some_and(|last| last.join(&run)) {
            return;
        }
        if self.open.len() == 2 * BLOCK {
            let block = Block::pack(&self.open[..BLOCK]);
            self.open.drain(..BLOCK);
            self.count(&block, true);
            self.blocks.push_back(block);
        }
        self.open.push(Run { at, ..run });
    }

    /// Puts runs before the others, and has all of them begin at 0.
    pub fn prepend(&mut self, runs: &[Run]) {
        let mut list = Self::default();
        runs.iter().for_each(|run| list.push(Run { at: 0, ..*run }));
        // They may move back or forth.
        let by = list.end().unwrap_or(0).wrapping_sub(self.start().unwrap_or(0));
        self.front.iter_mut().chain(&mut self.open).for_each(|run| run.at = run.at.wrapping_add(by));
        self.blocks.iter_mut().for_each(|block| block.at = block.at.wrapping_add(by));
        self.unpacked.clear();
        for run in list.iter().collect::<Vec<_>>().into_iter().rev() {
            self.front.push_front(run);
        }
    }

    /// The runs from the one on that holds `offset`.
    pub fn from(&self, offset: u64) -> impl Iterator<Item = Run> + '_ {
        let front = self.front.partition_point(|run| run.behind() <= offset);
        let block = self.blocks.partition_point(|block| block.at <= offset).saturating_sub(1);
        let open = self.open.partition_point(|run| run.behind() <= offset);
        // What stands in blocks before the open runs need not be unpacked to be passed over.
        let block = if open > 0 { self.blocks.len() } else { block };
        let blocks = self.blocks.range(block..).flat_map(Block::runs).skip_while(move |run| run.behind() <= offset);
        self.front.range(front..).copied().chain(blocks).chain(self.open[open..].iter().copied())
    }

    /// All runs.
    pub fn iter(&self) -> impl Iterator<Item = Run> + '_ {
        self.from(0)
    }

    /// The run that holds `offset`.
    pub fn at(&mut self, offset: u64) -> Option<Run> {
        let inside = |runs: &[Run]| {
            let at = runs.partition_point(|run| run.behind() <= offset);
            runs.get(at).copied().filter(|run| run.at <= offset)
        };
        if self.front.back().is_some_and(|last| offset < last.behind()) {
            return inside(self.front.make_contiguous());
        }
        if self.open.first().is_some_and(|first| first.at <= offset) {
            return inside(&self.open);
        }
        let block = &self.blocks[self.blocks.partition_point(|block| block.at <= offset).checked_sub(1)?];
        if let Some((_, runs)) = self.unpacked.iter().find(|(at, _)| *at == block.at) {
            return inside(runs);
        }
        let runs: Arc<[Run]> = block.runs().collect();
        let found = inside(&runs);
        self.unpacked.truncate(UNPACKED - 1);
        self.unpacked.push_front((block.at, runs));
        found
    }

    /// Lets go of the first runs up to the one that begins at `offset`.
    pub fn forget_before(&mut self, offset: u64) {
        loop {
            while self.front.front().is_some_and(|run| run.at < offset) {
                self.front.pop_front();
            }
            if !self.front.is_empty() || self.blocks.front().is_none_or(|block| block.at >= offset) {
                break;
            }
            let Some(block) = self.blocks.pop_front() else { break };
            self.count(&block, false);
            self.front.extend(block.runs());
        }
        if self.front.is_empty() && self.blocks.is_empty() {
            let gone = self.open.partition_point(|run| run.at < offset);
            self.open.drain(..gone);
        }
        self.unpacked.clear();
    }

    /// Puts one run, which begins where it says, before all others.
    pub fn push_front(&mut self, run: Run) {
        self.front.push_front(run);
    }

    /// Takes what stands at `offset` and behind it out, and returns it. Of a run that is cut and whose lines are counted,
    /// `rows_of` counts those behind the cut.
    pub fn split_off(&mut self, offset: u64, rows_of: impl FnOnce(&Run) -> u64) -> Vec<Run> {
        let mut behind: Vec<Run> = self.from(offset).collect();
        let mut rows_behind = 0;
        if let Some(first) = behind.first_mut().filter(|first| first.at < offset) {
            let inside = offset - first.at;
            *first = Run { at: offset, start: first.start + inside, ..*first };
            if first.rows.is_some() {
                rows_behind = rows_of(first);
                first.rows = Some(rows_behind);
            }
        }
        while self.open.first().is_none_or(|first| first.at >= offset)
            && let Some(block) = self.blocks.pop_back()
        {
            self.count(&block, false);
            self.open = block.runs().collect();
        }
        for runs in [self.open.len(), self.front.len()] {
            for _ in 0..runs {
                let last = if self.open.is_empty() { self.front.back() } else { self.open.last() };
                if last.is_none_or(|last| last.at < offset) {
                    break;
                }
                if self.open.pop().is_none() {
                    self.front.pop_back();
                }
            }
        }
        let last = if self.open.is_empty() { self.front.back_mut() } else { self.open.last_mut() };
        if let Some(last) = last.filter(|last| last.behind() > offset) {
            let rows = last.rows.map(|rows| rows.saturating_sub(rows_behind));
            *last = Run { end: last.start + (offset - last.at), is_completed: false, rows, ..*last };
        }
        self.unpacked.clear();
        behind
    }

    fn count(&mut self, block: &Block, is_more: bool) {
        let (runs, bytes) = (block.runs as usize, block.held_bytes());
        if is_more {
            (self.packed_runs, self.packed_bytes) = (self.packed_runs + runs, self.packed_bytes + bytes);
        } else {
            (self.packed_runs, self.packed_bytes) = (self.packed_runs - runs, self.packed_bytes - bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::dice::Dice;

    /// Runs of a few sources that follow each other in each.
    fn runs(count: usize, dice: &mut Dice) -> Vec<Run> {
        let mut ends = [0, 1 << 40, 7];
        let run = |_| {
            let source = dice.roll(3) as usize;
            let start = ends[source];
            ends[source] += 1 + dice.roll(300);
            let rows = (source == 1).then(|| dice.roll(9));
            Run { at: 0, source, start, end: ends[source], is_completed: false, rows }
        };
        (0..count).map(run).collect()
    }

    fn list(runs: &[Run]) -> RunList {
        let mut list = RunList::default();
        runs.iter().for_each(|run| list.push(*run));
        list
    }

    /// The runs as they should stand: joined, with their places.
    fn naive(runs: &[Run]) -> Vec<Run> {
        let mut joined: Vec<Run> = Vec::new();
        for run in runs {
            let at = joined.last().map_or(run.at, Run::behind);
            if !joined.last_mut().is_some_and(|last| last.join(run)) {
                joined.push(Run { at, ..*run });
            }
        }
        joined
    }

    #[test]
    fn runs_come_out_as_they_were_put_in_and_each_is_found() {
        let mut dice = Dice(3);
        for count in [0, 1, 100, 600, 3_000] {
            let runs = runs(count, &mut dice);
            let (mut list, naive) = (list(&runs), naive(&runs));
            assert_eq!((list.len(), list.end()), (naive.len(), naive.last().map(Run::behind)));
            assert_eq!(list.iter().collect::<Vec<_>>(), naive);
            for run in &naive {
                let offset = run.at + dice.roll(run.length());
                assert_eq!(list.at(offset), Some(*run));
                assert_eq!(list.from(offset).next(), Some(*run));
            }
            assert_eq!(list.at(list.end().unwrap_or(0)), None);
        }
    }

    #[test]
    fn both_ends_can_go_and_come_again() {
        let mut dice = Dice(5);
        let runs = runs(3_000, &mut dice);
        let naive = naive(&runs);
        for at in [0, 1, 200, 500, 512, 1_000, naive.len() - 1] {
            let mut from_here = list(&runs);
            from_here.forget_before(naive[at].at);
            assert_eq!(from_here.iter().collect::<Vec<_>>(), naive[at..]);
            assert_eq!((from_here.start(), from_here.at(naive[at].at)), (Some(naive[at].at), Some(naive[at])));
            let mut up_to_here = list(&runs);
            let behind = up_to_here.split_off(naive[at].at, |_| 0);
            assert_eq!(up_to_here.iter().collect::<Vec<_>>(), naive[..at]);
            assert_eq!(behind, naive[at..]);
            behind.iter().for_each(|run| up_to_here.push(*run));
            assert_eq!(up_to_here.iter().collect::<Vec<_>>(), naive);
            from_here.prepend(&naive[..at]);
            assert_eq!(from_here.iter().collect::<Vec<_>>(), naive);
            let small = list(&runs[..at.min(300)]);
            assert_eq!(small.held_bytes() == 0, at == 0);
        }
    }

    #[test]
    fn a_run_that_is_cut_keeps_its_lines_apart() {
        let run = Run { at: 10, source: 4, start: 100, end: 150, is_completed: true, rows: Some(5) };
        let mut list = list(&[run]);
        let behind = list.split_off(30, |rest| rest.end - 148);
        assert_eq!(behind, [Run { at: 30, start: 120, rows: Some(2), ..run }]);
        let kept: Vec<_> = list.iter().collect();
        assert_eq!(kept, [Run { end: 120, is_completed: false, rows: Some(3), ..run }]);
        list.push(behind[0]);
        assert_eq!(list.iter().collect::<Vec<_>>(), [run]);
    }

    #[test]
    fn a_run_of_many_sources_that_take_turns_takes_five_bytes_at_most() {
        let mut dice = Dice(7);
        let mut ends = [0_u64; 50];
        let mut list = RunList::default();
        for _ in 0..100_000 {
            let source = dice.roll(50) as usize;
            let start = ends[source];
            ends[source] += 60 + dice.roll(200);
            list.push(Run { at: 0, source, start, end: ends[source], is_completed: false, rows: None });
        }
        let share = list.held_bytes() as f64 / list.len() as f64;
        assert!(share < 5.0, "{share} bytes per run");
    }
}
