//! Where rows begin: one running count of line feeds per 64 KiB of text, 0.012 % of its size.
//!
//! Rows count from 0 and keep their numbers when a ring lets go of its oldest entries. The index never holds text: the
//! exact offset inside a block is found in the block's bytes, which the caller reads. A last fragment without its line
//! feed is a row. The server's `viewer::text_index` feeds it; lanes ask it.

use std::collections::VecDeque;

/// A row: the entry's number in its text, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(pub u64);

/// Bytes from the beginning of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(pub u64);

/// Bytes of text behind one count.
pub const BLOCK_BYTES: u64 = 64 * 1024;

/// The beginning of a block: where it is, and the row to which its first byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockStart {
    /// Its first byte.
    pub offset: Offset,
    /// The row of that byte: the line feeds before it.
    pub row: Row,
}

/// Counts line feeds block by block. Feed it all bytes in order with [`LineIndex::append`]; ask at any time about what it has seen.
#[derive(Clone, Debug)]
pub struct LineIndex {
    /// Where the first kept block begins.
    first: BlockStart,
    /// Rows before the end of each block that is full.
    ends: VecDeque<u64>,
    /// Behind the last byte seen.
    end: u64,
    /// Line feeds seen, those before the first kept block included.
    row: u64,
    /// Whether the last byte seen was a line feed, or nothing was seen.
    at_line_start: bool,
}

impl LineIndex {
    /// An index of a text whose first readable byte is at `origin` and begins row `row`.
    #[must_use]
    pub const fn new(origin: Offset, row: Row) -> Self {
        let first = BlockStart { offset: origin, row };
        Self { first, ends: VecDeque::new(), end: origin.0, row: row.0, at_line_start: true }
    }

    /// An index of the first blocks of a text that begins at 0, by the line feeds in each; more bytes follow.
    #[must_use]
    pub fn of_feeds(feeds: impl Iterator<Item = u64>) -> Self {
        let mut index = Self::new(Offset(0), Row(0));
        for feeds in feeds {
            index.row += feeds;
            index.end += BLOCK_BYTES;
            index.ends.push_back(index.row);
        }
        index
    }

    /// Takes the next bytes of the text.
    pub fn append(&mut self, mut bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.at_line_start = *last == b'\n';
        }
        while !bytes.is_empty() {
            let filled = (self.end - self.first.offset.0) % BLOCK_BYTES;
            let room = usize::try_from(BLOCK_BYTES - filled).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at(room.min(bytes.len()));
            self.row += line_feeds(now);
            self.end += now.len() as u64;
            if now.len() == room {
                self.ends.push_back(self.row);
            }
            bytes = rest;
        }
    }

    /// Rows up to the end of what was seen, those that are gone and a last fragment included.
    #[must_use]
    pub const fn rows(&self) -> Row {
        Row(self.row + if self.at_line_start { 0 } else { 1 })
    }

    /// The row to which the next byte will belong.
    #[must_use]
    pub const fn next_byte(&self) -> BlockStart {
        BlockStart { offset: Offset(self.end), row: Row(self.row) }
    }

    /// Behind the last byte seen.
    #[must_use]
    pub const fn indexed_end(&self) -> Offset {
        Offset(self.end)
    }

    /// The first block that is still known.
    #[must_use]
    pub const fn origin(&self) -> BlockStart {
        self.first
    }

    /// Bytes between the first known block and the end of what was seen.
    #[must_use]
    pub const fn indexed_bytes(&self) -> u64 {
        self.end - self.first.offset.0
    }

    /// The block in which row `row` begins, or at whose end it does; `None` when the index has not seen its first byte's
    /// beginning or has forgotten it. [`offset_of_row`] finds the offset in the block's bytes.
    ///
    /// # Complexity
    /// Logarithmic in the number of blocks.
    #[must_use]
    pub fn block_of_row(&self, row: Row) -> Option<BlockStart> {
        if row < self.first.row || row >= self.rows() {
            return None;
        }
        if row == self.first.row {
            return Some(self.first);
        }
        Some(self.block(self.ends.partition_point(|end| *end < row.0)))
    }

    /// The block that holds `offset`; `None` when the index has not seen that far or has forgotten it. The end of what was
    /// seen counts as seen. [`row_of_offset`] finds the row in the block's bytes.
    #[must_use]
    pub fn block_of_offset(&self, offset: Offset) -> Option<BlockStart> {
        if offset < self.first.offset || offset.0 > self.end {
            return None;
        }
        let number = usize::try_from((offset.0 - self.first.offset.0) / BLOCK_BYTES).ok()?;
        Some(self.block(number))
    }

    /// Forgets blocks that end at or before `offset`, as a ring lets go of its oldest bytes.
    pub fn forget_before(&mut self, offset: Offset) {
        while self.first.offset.0 + BLOCK_BYTES <= offset.0 {
            let Some(row) = self.ends.pop_front() else { break };
            self.first = BlockStart { offset: Offset(self.first.offset.0 + BLOCK_BYTES), row: Row(row) };
        }
    }

    /// Forgets all blocks but those that end at or before `offset`: what stands behind them is to be fed again.
    pub fn forget_from(&mut self, offset: Offset) {
        let kept = usize::try_from(offset.0.saturating_sub(self.first.offset.0) / BLOCK_BYTES).unwrap_or(usize::MAX);
        if offset.0 < self.end {
            self.ends.truncate(kept);
            let end = self.block(self.ends.len());
            (self.end, self.row) = (end.offset.0, end.row.0);
            // A row that goes on is counted when its end is fed.
            self.at_line_start = true;
        }
    }

    fn block(&self, number: usize) -> BlockStart {
        match number.checked_sub(1).and_then(|before| self.ends.get(before)) {
            Some(row) => {
                BlockStart { offset: Offset(self.first.offset.0 + number as u64 * BLOCK_BYTES), row: Row(*row) }
            }
            None => self.first,
        }
    }
}

/// Finds where `row` begins, given the bytes of the block from [`LineIndex::block_of_row`]; `None` when they do not hold as many
/// line feeds.
#[must_use]
pub fn offset_of_row(block: BlockStart, bytes: &[u8], row: Row) -> Option<Offset> {
    let feeds = row.0.checked_sub(block.row.0)?;
    let Some(before) = feeds.checked_sub(1) else { return Some(block.offset) };
    let at = memchr::memchr_iter(b'\n', bytes).nth(usize::try_from(before).ok()?)?;
    Some(Offset(block.offset.0 + at as u64 + 1))
}

/// Finds the row of the byte behind `bytes`, which are those from the block's beginning up to it.
#[must_use]
pub fn row_of_offset(block: BlockStart, bytes: &[u8]) -> Row {
    Row(block.row.0 + line_feeds(bytes))
}

/// Counts the line feeds in `bytes`.
#[must_use]
pub fn line_feeds(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row's beginning, found naively.
    fn starts(text: &[u8]) -> Vec<u64> {
        let mut starts = vec![0];
        starts.extend(text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at as u64 + 1));
        if starts.last() == Some(&(text.len() as u64)) {
            starts.pop();
        }
        starts
    }

    fn text(lines: usize) -> Vec<u8> {
        (0..lines).flat_map(|n| format!("{}{n}\n", "x".repeat(n * 37 % 211)).into_bytes()).collect()
    }

    fn slice(text: &[u8], block: BlockStart) -> &[u8] {
        let from = block.offset.0 as usize;
        &text[from..text.len().min(from + BLOCK_BYTES as usize)]
    }

    #[test]
    fn every_row_is_found_where_it_begins() {
        let mut text = text(5_000);
        text.extend_from_slice(b"a last fragment");
        let mut index = LineIndex::new(Offset(0), Row(0));
        for chunk in text.chunks(70_001) {
            index.append(chunk);
        }
        let starts = starts(&text);
        assert_eq!(index.rows(), Row(starts.len() as u64));
        assert_eq!(index.indexed_end(), Offset(text.len() as u64));
        for (row, start) in starts.iter().enumerate() {
            let block = index.block_of_row(Row(row as u64)).expect("seen");
            assert_eq!(offset_of_row(block, slice(&text, block), Row(row as u64)), Some(Offset(*start)));
            let block = index.block_of_offset(Offset(*start)).expect("seen");
            let before = &text[block.offset.0 as usize..*start as usize];
            assert_eq!(row_of_offset(block, before), Row(row as u64));
        }
        assert_eq!(index.block_of_row(Row(starts.len() as u64)), None);
        assert_eq!(index.block_of_offset(Offset(text.len() as u64 + 1)), None);
    }

    #[test]
    fn an_index_of_known_blocks_goes_on_as_if_it_had_seen_them() {
        let text = text(5_000);
        let (known, rest) = text.split_at(3 * BLOCK_BYTES as usize);
        let mut index = LineIndex::of_feeds(known.chunks(BLOCK_BYTES as usize).map(line_feeds));
        let mut whole = LineIndex::new(Offset(0), Row(0));
        whole.append(&text);
        index.append(rest);
        assert_eq!((index.rows(), index.indexed_end()), (whole.rows(), whole.indexed_end()));
        for row in (0..5_000).step_by(97) {
            assert_eq!(index.block_of_row(Row(row)), whole.block_of_row(Row(row)));
        }
    }

    #[test]
    fn a_fragment_is_a_row_and_stays_one_when_it_ends() {
        let mut index = LineIndex::new(Offset(0), Row(0));
        assert_eq!(index.rows(), Row(0));
        index.append(b"one");
        assert_eq!(index.rows(), Row(1));
        index.append(b" more\n");
        assert_eq!(index.rows(), Row(1));
        index.append(b"\n");
        assert_eq!(index.rows(), Row(2));
    }

    #[test]
    fn what_is_forgotten_at_the_end_is_fed_again() {
        let text = text(5_000);
        let mut whole = LineIndex::new(Offset(1_000), Row(7));
        whole.append(&text);
        for offset in [0, 1_000, 66_000, 66_536, 66_537, 300_000, 1_000 + text.len() as u64] {
            let mut index = whole.clone();
            index.forget_from(Offset(offset));
            let kept = index.indexed_end().0;
            assert!(kept <= offset.max(1_000) && kept + BLOCK_BYTES > offset, "{offset}: {kept}");
            index.append(&text[kept as usize - 1_000..]);
            assert_eq!((index.rows(), index.indexed_end()), (whole.rows(), whole.indexed_end()));
            assert_eq!(index.block_of_row(Row(4_000)), whole.block_of_row(Row(4_000)));
        }
    }

    #[test]
    fn rows_keep_their_numbers_when_the_beginning_is_gone() {
        let text = text(4_000);
        let starts = starts(&text);
        let mut index = LineIndex::new(Offset(1_000), Row(70));
        index.append(&text);
        let gone = Offset(1_000 + 3 * BLOCK_BYTES + 5);
        index.forget_before(gone);
        assert_eq!(index.rows(), Row(70 + starts.len() as u64));
        assert_eq!(index.origin().offset, Offset(1_000 + 3 * BLOCK_BYTES));
        assert_eq!(index.block_of_row(Row(70)), None);
        for row in [2_500_u64, 3_999] {
            let block = index.block_of_row(Row(70 + row)).expect("kept");
            let here = BlockStart { offset: Offset(block.offset.0 - 1_000), row: block.row };
            assert_eq!(offset_of_row(here, slice(&text, here), Row(70 + row)), Some(Offset(starts[row as usize])));
        }
    }
}
