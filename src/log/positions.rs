//! A compressed, ascending set of offsets that grows at both ends: where the entries of a filtered result begin.
//!
//! While a filter scans from the end of a text backward, hits are put in front; while it follows the text, behind. Full
//! blocks of 128 hold the first offset and LEB128 differences, so any hit is found in constant time and costs one or two
//! bytes. The server's `viewer::result` keeps one per filter.

use std::collections::VecDeque;

use super::varint;

/// Offsets in one compressed block.
const BLOCK: usize = 128;

/// Ascending offsets, without duplicates.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// Before the blocks, ascending, at most one block's worth.
    front: VecDeque<u64>,
    /// Full blocks of exactly [`BLOCK`] offsets.
    blocks: VecDeque<Block>,
    /// Behind the blocks, ascending, at most one block's worth.
    back: Vec<u64>,
    /// Bytes that the differences in the blocks take.
    packed_bytes: usize,
}

#[derive(Clone, Debug)]
struct Block {
    first: u64,
    differences: Box<[u8]>,
}

impl Positions {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many offsets there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        (self.front.len() + self.blocks.len() * BLOCK + self.back.len()) as u64
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The smallest offset.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.at(0)
    }

    /// The largest offset.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.at(self.len().checked_sub(1)?)
    }

    /// Puts an offset behind all others. One that is not larger than the last is left out.
    pub fn push_back(&mut self, offset: u64) {
        if self.last().is_some_and(|last| offset <= last) {
            return;
        }
        self.back.push(offset);
        if self.back.len() == BLOCK {
            let block = Block::pack(&self.back);
            self.packed_bytes += block.differences.len();
            self.blocks.push_back(block);
            self.back.clear();
        }
    }

    /// Puts an offset before all others. One that is not smaller than the first is left out.
    pub fn push_front(&mut self, offset: u64) {
        if self.first().is_some_and(|first| offset >= first) {
            return;
        }
        self.front.push_front(offset);
        if self.front.len() == BLOCK {
            let block = Block::pack(self.front.make_contiguous());
            self.packed_bytes += block.differences.len();
            self.blocks.push_front(block);
            self.front.clear();
        }
    }

    /// The `k`-th smallest offset, from 0.
    ///
    /// # Complexity
    /// Constant: at most one block is unpacked.
    #[must_use]
    pub fn at(&self, k: u64) -> Option<u64> {
        let k = usize::try_from(k).ok()?;
        let Some(k) = k.checked_sub(self.front.len()) else { return self.front.get(k).copied() };
        match self.blocks.get(k / BLOCK) {
            Some(block) => block.offsets().nth(k % BLOCK),
            None => self.back.get(k - self.blocks.len() * BLOCK).copied(),
        }
    }

    /// The offsets from the `k`-th on, ascending.
    pub fn from(&self, k: u64) -> impl Iterator<Item = u64> + '_ {
        let k = usize::try_from(k).unwrap_or(usize::MAX);
        let in_blocks = k.saturating_sub(self.front.len());
        let block = (in_blocks / BLOCK).min(self.blocks.len());
        let in_back = in_blocks.saturating_sub(self.blocks.len() * BLOCK);
        let within = if block < self.blocks.len() { in_blocks % BLOCK } else { 0 };
        let blocks = self.blocks.range(block..).flat_map(Block::offsets).skip(within);
        self.front.iter().copied().skip(k).chain(blocks).chain(self.back.iter().copied().skip(in_back))
    }

    /// How many offsets are smaller than `offset`.
    ///
    /// # Complexity
    /// Logarithmic in the number of blocks.
    #[must_use]
    pub fn rank(&self, offset: u64) -> u64 {
        let front = self.front.partition_point(|at| *at < offset);
        if front < self.front.len() {
            return front as u64;
        }
        let block = self.blocks.partition_point(|block| block.first < offset);
        let before = match block.checked_sub(1) {
            Some(before) => before * BLOCK + self.blocks[before].offsets().take_while(|at| *at < offset).count(),
            None => 0,
        };
        let back = if block == self.blocks.len() { self.back.partition_point(|at| *at < offset) } else { 0 };
        (front + before + back) as u64
    }

    /// Lets go of all offsets smaller than `offset` and returns how many those were.
    pub fn forget_before(&mut self, offset: u64) -> u64 {
        let gone = self.rank(offset);
        let mut left = usize::try_from(gone).unwrap_or(usize::MAX);
        let front = left.min(self.front.len());
        self.front.drain(..front);
        left -= front;
        while left >= BLOCK && self.pop_block().is_some() {
            left -= BLOCK;
        }
        if left > 0 {
            match self.pop_block() {
                Some(block) => self.front.extend(block.offsets().skip(left)),
                None => {
                    self.back.drain(..left.min(self.back.len()));
                }
            }
        }
        gone
    }

    /// Lets go of all offsets from `offset` on and returns how many those were.
    pub fn forget_from(&mut self, offset: u64) -> u64 {
        let kept = self.rank(offset);
        let gone = self.len() - kept;
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        let Some(behind_front) = kept.checked_sub(self.front.len()) else {
            self.front.truncate(kept);
            (self.blocks, self.back, self.packed_bytes) = (VecDeque::new(), Vec::new(), 0);
            return gone;
        };
        if let Some(in_back) = behind_front.checked_sub(self.blocks.len() * BLOCK) {
            self.back.truncate(in_back);
        } else {
            self.back = self.blocks[behind_front / BLOCK].offsets().take(behind_front % BLOCK).collect();
            let gone = self.blocks.drain(behind_front / BLOCK..);
            self.packed_bytes -= gone.map(|block| block.differences.len()).sum::<usize>();
        }
        gone
    }

    fn pop_block(&mut self) -> Option<Block> {
        let block = self.blocks.pop_front()?;
        self.packed_bytes -= block.differences.len();
        Some(block)
    }

    /// Bytes that the set takes in memory, about.
    ///
    /// # Complexity
    /// Constant.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let blocks = self.packed_bytes + self.blocks.len() * size_of::<Block>();
        blocks + (self.front.capacity() + self.back.capacity()) * size_of::<u64>()
    }
}

impl Block {
    fn pack(offsets: &[u64]) -> Self {
        let mut differences = Vec::with_capacity(BLOCK * 2);
        offsets.windows(2).for_each(|pair| varint::write(&mut differences, pair[1] - pair[0]));
        Self { first: offsets.first().copied().unwrap_or(0), differences: differences.into_boxed_slice() }
    }

    fn offsets(&self) -> impl Iterator<Item = u64> + '_ {
        let mut at = self.first;
        let mut bytes = &*self.differences;
        let rest = std::iter::from_fn(move || {
            at += varint::read(&mut bytes)?;
            Some(at)
        });
        std::iter::once(self.first).chain(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_comes_out_in_order() {
        let mut positions = Positions::new();
        for n in 0..1_000_u64 {
            positions.push_back(1_000_000 + n * 300);
            positions.push_front(1_000_000 - 1 - n * 7);
        }
        let all: Vec<u64> = positions.from(0).collect();
        assert_eq!(all.len(), 2_000);
        assert!(all.is_sorted());
        assert_eq!(all, (0..2_000).map(|k| positions.at(k).unwrap()).collect::<Vec<_>>());
        assert_eq!(positions.from(777).collect::<Vec<_>>(), all[777..]);
        assert_eq!(positions.rank(1_000_000), 1_000);
    }

    #[test]
    fn an_offset_out_of_order_is_left_out() {
        let mut positions = Positions::new();
        positions.push_back(10);
        positions.push_back(10);
        positions.push_front(10);
        positions.push_back(9);
        assert_eq!(positions.from(0).collect::<Vec<_>>(), [10]);
    }

    #[test]
    fn what_is_let_go_of_at_the_end_leaves_the_rest_and_can_grow_again() {
        let mut whole = Positions::new();
        for n in 0..500_u64 {
            whole.push_back(10_000 + n * 10);
            whole.push_front(9_999 - n * 3);
        }
        let all: Vec<u64> = whole.from(0).collect();
        for kept in [0, 1, 115, 116, 117, 500, 501, 640, 883, 884, 885, 999, 1_000] {
            let mut positions = whole.clone();
            let offset = all.get(kept).copied().unwrap_or(u64::MAX);
            assert_eq!(positions.forget_from(offset), (all.len() - kept) as u64);
            assert_eq!(positions.from(0).collect::<Vec<_>>(), all[..kept]);
            all[kept..].iter().for_each(|offset| positions.push_back(*offset));
            assert_eq!(positions.from(0).collect::<Vec<_>>(), all);
            assert_eq!(positions.rank(10_000), whole.rank(10_000));
        }
    }

    #[test]
    fn a_hit_costs_less_than_three_bytes() {
        let mut positions = Positions::new();
        for n in 0..100_000_u64 {
            positions.push_back(n * 120);
        }
        assert!(positions.held_bytes() < 300_000, "{}", positions.held_bytes());
        positions.forget_before(60_000 * 120);
        assert!(positions.held_bytes() < 120_000, "{}", positions.held_bytes());
    }
}
