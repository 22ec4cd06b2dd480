//! What stands in each 64 KiB of a log: how many entries of which level, and when they happened. By these facts a question
//! passes over what cannot answer it, and answers what they decide without a look at the text.
//!
//! Whoever reads a stretch of the log makes its part, with [`Blocks::of`]; parts are joined in the order of the log. An entry
//! counts in the block in which its first byte lies. The server's `index` makes, keeps and uses them; 0.15 % of the log.

use std::ops::Range;

use super::index::{BLOCK_BYTES, line_feeds};
use super::level::Level;
use super::query::{Known, LevelSet, Times};

/// Levels, and having none.
pub const KINDS: usize = Level::COUNT + 1;

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where its first entry begins, in bytes from its beginning; [`BLOCK_BYTES`] where none does.
    pub first: u32,
    /// The line feeds in it.
    pub feeds: u32,
    /// The entries that begin in it, by level; last those without.
    pub counts: [u32; KINDS],
    /// When they happened: their own times, or those of the entries before them.
    pub times: Times,
    /// The last time said up to its end: the next entry has it unless it says its own.
    pub said: Option<i64>,
}

impl Block {
    const EMPTY: Self = Self {
        first: BLOCK_BYTES as u32,
        feeds: 0,
        counts: [0; KINDS],
        times: Times { span: None, has_untimed: false },
        said: None,
    };

    /// How many entries begin in it.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }

    /// Takes in what stands behind it in the same block.
    fn join(&mut self, behind: &Self) {
        self.first = self.first.min(behind.first);
        self.feeds += behind.feeds;
        self.counts.iter_mut().zip(behind.counts).for_each(|(count, more)| *count += more);
        self.times = self.times.and(behind.times);
        self.said = behind.said.or(self.said);
    }
}

/// A block whose entries are being counted.
struct Filling {
    first: u32,
    /// Where it ends in the log; 0 where there is none.
    end: u64,
    counts: [u32; KINDS],
    /// The earliest and the latest time; the other way round while there is none.
    span: (i64, i64),
    has_untimed: bool,
}

impl Default for Filling {
    fn default() -> Self {
        Self { first: 0, end: 0, counts: [0; KINDS], span: (i64::MAX, i64::MIN), has_untimed: false }
    }
}

impl Filling {
    /// The block in which an entry begins at `offset`, the first that does.
    fn from(offset: u64) -> Self {
        let first = offset % BLOCK_BYTES;
        Self { first: first as u32, end: offset - first + BLOCK_BYTES, ..Self::default() }
    }
}

/// The blocks of a log, or of a stretch of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    begins: u64,
    end: u64,
    /// From the block in which the stretch begins to that in which it ends.
    blocks: Vec<Block>,
}

/// Some entries of a log that stand one behind the other, found by their blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where the first begins.
    pub start: u64,
    /// Behind the last.
    pub end: u64,
    /// What was passed over right before it.
    pub passed: Passed,
    /// The time that its first entry has unless it says its own.
    pub said_before: Option<i64>,
}

/// Entries that were not read, for their blocks' facts answer for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// How many.
    pub entries: u64,
    /// The latest time that one of them has, nanoseconds since 1970.
    pub latest: Option<i64>,
}

impl Blocks {
    /// No entries yet, of a log or a stretch whose first would begin at `begins`.
    #[must_use]
    pub const fn new(begins: u64) -> Self {
        Self { begins, end: begins, blocks: Vec::new() }
    }

    /// Blocks that were kept: those that [`Blocks::as_slice`] gave, of a stretch with these ends. `None` where they do not fit.
    #[must_use]
    pub fn kept(begins: u64, end: u64, blocks: Vec<Block>) -> Option<Self> {
        let wanted = if end > begins { end.div_ceil(BLOCK_BYTES) - begins / BLOCK_BYTES } else { 0 };
        // No file is longer than a signed number says.
        let is_whole = begins <= end && i64::try_from(end).is_ok() && blocks.len() as u64 == wanted;
        let kept = is_whole.then_some(Self { begins, end, blocks })?;
        let fits = |(number, block): (usize, &Block)| match block.entries() {
            0 => block.first == Block::EMPTY.first,
            _ => block.first < Block::EMPTY.first && (begins..end).contains(&kept.start_of(number, block)),
        };
        kept.blocks.iter().enumerate().all(fits).then_some(kept)
    }

    /// The blocks, from the one in which the stretch begins.
    #[must_use]
    pub fn as_slice(&self) -> &[Block] {
        &self.blocks
    }

    /// Where it begins.
    #[must_use]
    pub const fn begins(&self) -> u64 {
        self.begins
    }

    /// Behind the last entry noted.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.blocks.iter().map(Block::entries).sum()
    }

    /// The time that the next entry has unless it says its own.
    #[must_use]
    pub fn said(&self) -> Option<i64> {
        self.blocks.last().and_then(|block| block.said)
    }

    /// Those of a stretch: its bytes, and of each entry where it begins in them, its level and its time, its own or that of
    /// the entry before it.
    pub fn of(begins: u64, bytes: &[u8], entries: impl Iterator<Item = (usize, Option<Level>, Option<i64>)>) -> Self {
        let mut blocks = Self::new(begins);
        blocks.count_feeds(bytes);
        let (mut said, mut reached, mut filling) = (None, 0, Filling::default());
        for (at, level, time) in entries {
            let offset = begins + at as u64;
            if offset >= filling.end {
                let number = blocks.number_of(offset);
                blocks.fill(reached..number, &filling, said);
                (reached, filling) = (number, Filling::from(offset));
            }
            said = time.or(said);
            filling.counts[Level::place(level)] += 1;
            match time {
                Some(nanos) => filling.span = (filling.span.0.min(nanos), filling.span.1.max(nanos)),
                None => filling.has_untimed = true,
            }
        }
        blocks.fill(reached..blocks.blocks.len(), &filling, said);
        blocks
    }

    /// Ends a block in which entries begin, the first of these; what began last in it may reach over the others.
    fn fill(&mut self, numbers: Range<usize>, filling: &Filling, said: Option<i64>) {
        if filling.end > 0 {
            let block = &mut self.blocks[numbers.start];
            (block.first, block.counts) = (filling.first, filling.counts);
            let is_timed = filling.span.0 <= filling.span.1;
            block.times = Times { span: is_timed.then_some(filling.span), has_untimed: filling.has_untimed };
        }
        self.blocks[numbers].iter_mut().for_each(|block| block.said = said);
    }

    /// Takes in the stretch that begins where this one ends. One without entries adds nothing.
    pub fn join(&mut self, behind: &Self) {
        if behind.blocks.is_empty() {
            return;
        }
        debug_assert_eq!(self.end, behind.begins, "stretches are joined in the order of the log");
        let number = self.number_of(behind.begins);
        for (block, at) in behind.blocks.iter().zip(number..) {
            match self.blocks.get_mut(at) {
                Some(known) => known.join(block),
                None => self.blocks.push(*block),
            }
        }
        self.end = behind.end;
    }

    /// What is left when the blocks are passed over that `is_answered`: stretches of at most about `bytes` each, and what was
    /// passed over behind the last.
    pub fn stretches(&self, bytes: u64, mut is_answered: impl FnMut(&Block) -> bool) -> (Vec<Stretch>, Passed) {
        let mut stretches: Vec<Stretch> = Vec::new();
        let (mut passed, mut said_before) = (Passed::default(), None);
        for (number, block) in self.blocks.iter().enumerate() {
            let (entries, start) = (block.entries(), self.start_of(number, block));
            match stretches.last_mut() {
                // Nothing begins in it: it holds the rest of an entry, and goes where that goes.
                _ if entries == 0 => {}
                _ if is_answered(block) => {
                    passed.entries += entries;
                    passed.latest = passed.latest.max(block.times.span.map(|(_, last)| last));
                }
                Some(last) if last.end == start && start - last.start < bytes => last.end = self.behind(number),
                _ => {
                    let passed = std::mem::take(&mut passed);
                    stretches.push(Stretch { start, end: self.behind(number), passed, said_before });
                }
            }
            said_before = block.said.or(said_before);
        }
        (stretches, passed)
    }

    /// How far back from the entry at `end`, or the end of all, blocks go that are so: where the first entry of the first of
    /// them begins. `end` itself where there are none, or it is of no use to these blocks.
    pub fn back_while(&self, end: u64, mut is_so: impl FnMut(&Block) -> bool) -> u64 {
        if !(self.begins + 1..=self.end).contains(&end) {
            return end;
        }
        let before = self.blocks[..=self.number_of(end - 1)].iter().enumerate().rev();
        let mut begin = end;
        for (number, block) in before.filter(|(_, block)| block.entries() > 0) {
            let start = self.start_of(number, block);
            if start < begin && !is_so(block) {
                break;
            }
            begin = begin.min(start);
        }
        begin
    }

    /// Where the first entry begins that does so behind a block.
    fn behind(&self, number: usize) -> u64 {
        let later = self.blocks.iter().enumerate().skip(number + 1);
        let begins = later.filter(|(_, block)| block.entries() > 0).map(|(number, block)| self.start_of(number, block));
        begins.into_iter().next().unwrap_or(self.end)
    }

    fn start_of(&self, number: usize, block: &Block) -> u64 {
        (self.begins / BLOCK_BYTES + number as u64) * BLOCK_BYTES + u64::from(block.first)
    }

    fn number_of(&self, offset: u64) -> usize {
        usize::try_from(offset / BLOCK_BYTES - self.begins / BLOCK_BYTES).unwrap_or(usize::MAX)
    }

    /// Counts the line feeds of all bytes, each in its block.
    fn count_feeds(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(BLOCK_BYTES - self.end % BLOCK_BYTES).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at(room.min(bytes.len()));
            self.blocks.push(Block { feeds: line_feeds(now) as u32, ..Block::EMPTY });
            self.end += now.len() as u64;
            bytes = rest;
        }
    }
}

/// What the facts decide of a block's entries: how many match, and how many nobody knows of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Entries that match for certain.
    pub matches: u64,
    /// Entries that have to be asked.
    pub open: u64,
}

impl Block {
    /// Asks of each level's entries what `judge` knows of them. `source` is the log's; `knows_times` says whether the
    /// block's times can be relied on.
    pub fn decide(&self, source: &str, knows_times: bool, judge: impl Fn(&Known<'_>) -> Option<bool>) -> Decided {
        let kinds = Level::ALL.into_iter().map(Some).chain([None]).zip(self.counts);
        let mut decided = Decided::default();
        for (level, count) in kinds.filter(|(_, count)| *count > 0) {
            let known = Known { source, levels: LevelSet::of(level), times: knows_times.then_some(self.times) };
            match judge(&known) {
                Some(true) => decided.matches += u64::from(count),
                Some(false) => {}
                None => decided.open += u64::from(count),
            }
        }
        decided
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of these lengths, levels and times, and the blocks that are noted of them.
    fn noted(entries: &[(usize, Option<Level>, Option<i64>)], begins: u64, said: Option<i64>) -> Blocks {
        let (mut bytes, mut said, mut notes) = (Vec::new(), said, Vec::new());
        for (length, level, time) in entries {
            said = time.or(said);
            notes.push((bytes.len(), *level, said));
            bytes.resize(bytes.len() + length - 1, b'x');
            bytes.push(b'\n');
        }
        Blocks::of(begins, &bytes, notes.into_iter())
    }

    fn entries() -> Vec<(usize, Option<Level>, Option<i64>)> {
        let mut state = 5_u32;
        let mut roll = |sides: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % sides
        };
        (0..3_000_i64)
            .map(|number| {
                let length = if roll(100) == 0 { roll(200_000) as usize + 1 } else { roll(300) as usize + 1 };
                let common = [Some(Level::Info), Some(Level::Warn), None][roll(3) as usize];
                let level = if roll(300) == 0 { Some(Level::Fatal) } else { common };
                (length, level, (number > 40 && roll(3) > 0).then_some(number * 10 + i64::from(roll(40))))
            })
            .collect()
    }

    #[test]
    fn parts_joined_are_the_whole() {
        let entries = entries();
        let whole = noted(&entries, 3, None);
        let (mut joined, mut said) = (Blocks::new(3), None);
        for part in entries.chunks(7) {
            let part = noted(part, joined.end(), said);
            said = part.said().or(said);
            joined.join(&part);
            joined.join(&Blocks::new(joined.end()));
        }
        assert_eq!(joined.end(), whole.end());
        assert_eq!(joined, whole);
        assert_eq!(whole.entries(), 3_000);
        let feeds: u64 = whole.as_slice().iter().map(|block| u64::from(block.feeds)).sum();
        assert_eq!(feeds, 3_000);
        assert_eq!(Blocks::kept(3, whole.end(), whole.as_slice().to_vec()), Some(whole.clone()));
        assert_eq!(Blocks::kept(3, whole.end() + BLOCK_BYTES, whole.as_slice().to_vec()), None);
    }

    #[test]
    fn what_is_not_passed_over_is_in_one_stretch_with_what_it_needs_to_know() {
        let entries = entries();
        let blocks = noted(&entries, 0, None);
        let is_passed = |block: &Block| block.counts[Level::Fatal as usize] == 0;
        for most in [1, 100_000, u64::MAX] {
            let (stretches, behind) = blocks.stretches(most, is_passed);
            assert!(stretches.len() > 3);
            let (mut at, mut said, mut latest, mut number, mut fatal) = (0, None, None, 0, 0);
            let all = stretches.clone();
            let mut stretches = stretches.iter().peekable();
            for (length, level, time) in &entries {
                if let Some(stretch) = stretches.next_if(|stretch| stretch.start == at) {
                    assert_eq!(stretch.passed, Passed { entries: number, latest });
                    assert_eq!(stretch.said_before, said);
                    (number, latest) = (0, None);
                }
                let is_inside = all.iter().any(|one| (one.start..one.end).contains(&at));
                assert!(is_inside || *level != Some(Level::Fatal));
                fatal += u64::from(is_inside && *level == Some(Level::Fatal));
                said = time.or(said);
                if !is_inside {
                    number += 1;
                    latest = latest.max(said);
                }
                at += *length as u64;
            }
            assert_eq!(behind, Passed { entries: number, latest });
            assert!(stretches.next().is_none(), "every stretch begins with an entry");
            let counted: u64 = blocks.blocks.iter().map(|block| u64::from(block.counts[Level::Fatal as usize])).sum();
            assert_eq!(fatal, counted);
        }
    }

    #[test]
    fn blocks_are_passed_over_backward_from_one_entry_to_another() {
        let entries = entries();
        let blocks = noted(&entries, 3, None);
        let begins: Vec<u64> =
            entries.iter().scan(3, |at, (length, ..)| Some(std::mem::replace(at, *at + *length as u64))).collect();
        let is_passed = |block: &Block| block.counts[Level::Fatal as usize] == 0;
        let mut passed = 0;
        for (number, end) in begins.iter().copied().chain([blocks.end()]).enumerate() {
            let begin = blocks.back_while(end, is_passed);
            let first = begins[..number].iter().position(|at| *at >= begin).unwrap_or(number);
            assert!(begin == end || begins[first] == begin, "an entry begins there");
            assert!(entries[first..number].iter().all(|(_, level, _)| *level != Some(Level::Fatal)));
            let before = begin.checked_sub(1).filter(|_| begin > 3).map(|at| &blocks.blocks[blocks.number_of(at)]);
            assert!(before.is_none_or(|block| !is_passed(block) || block.entries() == 0 || begins.contains(&begin)));
            passed = passed.max(number - first);
        }
        assert!(passed > 100, "{passed} of {}", entries.len());
        for elsewhere in [0, 3, blocks.end() + 1] {
            assert_eq!(blocks.back_while(elsewhere, |_| true), elsewhere);
        }
        assert_eq!(blocks.back_while(blocks.end(), |_| true), 3);
    }

    #[test]
    fn a_block_decides_what_its_facts_decide() {
        let blocks =
            noted(&[(10, Some(Level::Warn), Some(5)), (10, None, None), (10, Some(Level::Error), Some(9))], 0, None);
        let [block] = blocks.as_slice() else { panic!("one block") };
        let at_least = |low| move |known: &Known<'_>| LevelSet::with(|level| level >= low).has_all(known.levels);
        let decide = |low| block.decide("", true, at_least(low));
        assert_eq!(decide(Level::Warn), Decided { matches: 2, open: 0 });
        assert_eq!(decide(Level::Fatal), Decided { matches: 0, open: 0 });
        let by_time = |known: &Known<'_>| known.times.map(|times| times.span == Some((5, 9)));
        assert_eq!(block.decide("", true, by_time), Decided { matches: 3, open: 0 });
        assert_eq!(block.decide("", false, by_time), Decided { matches: 0, open: 3 });
    }

    #[test]
    fn blocks_whose_entries_begin_where_none_can_are_not_those_that_were_kept() {
        let whole = noted(&entries(), 3, None);
        let kept = |change: &dyn Fn(&mut [Block])| {
            let mut blocks = whole.as_slice().to_vec();
            change(&mut blocks);
            Blocks::kept(whole.begins(), whole.end(), blocks)
        };
        assert!(kept(&|_| {}).is_some_and(|kept| kept == whole));
        assert!(kept(&|blocks| blocks[0].first = 2).is_none(), "before the beginning");
        assert!(kept(&|blocks| blocks[0].first = BLOCK_BYTES as u32 + 1).is_none(), "behind the block");
        assert!(kept(&|blocks| blocks[0].counts = [0; KINDS]).is_none(), "where none does");
        assert!(kept(&|blocks| blocks[blocks.len() - 1].first = BLOCK_BYTES as u32 - 1).is_none(), "behind the end");
    }
}
