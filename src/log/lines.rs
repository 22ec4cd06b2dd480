//! Lines in a block of bytes: forward and backward, with their offsets and line ends.
//!
//! A line ends with a line feed; a carriage return right before it belongs to the line end. Bytes behind the last line
//! feed are a line too, an open one. Nothing is copied. The server's `viewer::reader` calls it.

use std::ops::Range;

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Bytes from the beginning of the block to the line's first byte.
    pub offset: usize,
    /// Its bytes without the line end.
    pub text: &'a [u8],
    /// Bytes of the line end: 2 for CR LF, 1 for LF, 0 for a line that is still open.
    pub end_bytes: usize,
}

impl Line<'_> {
    /// Where the next line begins.
    #[must_use]
    pub const fn next(&self) -> usize {
        self.offset + self.text.len() + self.end_bytes
    }

    /// Whether the line feed is missing.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.end_bytes == 0
    }
}

/// What some programs, most of them on Windows, write in front of UTF-8: no part of the first line.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The length of the byte order mark that a text begins with; 0 where it begins with none.
#[must_use]
pub fn mark_bytes(text: &[u8]) -> usize {
    if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// The lines of `block` in their order; its first byte begins a line.
pub fn forward(block: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let rest = block.get(offset..).filter(|rest| !rest.is_empty())?;
        let line = first(rest, offset);
        offset = line.next();
        Some(line)
    })
}

/// The lines of `block` from its last to its first; its first byte begins a line.
pub fn backward(block: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut end = block.len();
    std::iter::from_fn(move || {
        let rest = block.get(..end).filter(|rest| !rest.is_empty())?;
        let offset = start_of_last(rest);
        let line = first(&rest[offset..], offset);
        end = offset;
        Some(line)
    })
}

/// Where the last line of `block` begins, if its first byte begins a line: 0 when there is one line only.
#[must_use]
pub fn start_of_last(block: &[u8]) -> usize {
    let Some((_, before)) = block.split_last() else { return 0 };
    memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)
}

/// The range of the line of `block` that the place `at` stands in, without its `\n`. A line begins at `from`, at or before it.
#[must_use]
pub fn around(block: &[u8], from: usize, at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &block[from..at]).map_or(from, |end| from + end + 1);
    let end = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end);
    start..end
}

/// The range of the line that ends right before the one that begins at `start`, without its `\n`; empty where none does.
#[must_use]
pub fn before(block: &[u8], start: usize) -> Range<usize> {
    let end = start.saturating_sub(1);
    memchr::memrchr(b'\n', &block[..end]).map_or(0, |feed| feed + 1)..end
}

/// The range of the line that begins at `start`, without its `\n`.
#[must_use]
pub fn from(block: &[u8], start: usize) -> Range<usize> {
    start..memchr::memchr(b'\n', &block[start..]).map_or(block.len(), |at| start + at)
}

/// Splits `bytes`, which end with a line feed or not, into text and the number of bytes of the line end.
#[must_use]
pub fn split_end(bytes: &[u8]) -> (&[u8], usize) {
    match bytes {
        [text @ .., b'\r', b'\n'] => (text, 2),
        [text @ .., b'\n'] => (text, 1),
        text => (text, 0),
    }
}

fn first(rest: &[u8], offset: usize) -> Line<'_> {
    let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
    let (text, end_bytes) = split_end(&rest[..end]);
    Line { offset, text, end_bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block, and its lines: where each starts, its text, how long its end is.
    type Case = (&'static [u8], &'static [(usize, &'static [u8], usize)]);

    const BLOCKS: &[Case] = &[
        (b"", &[]),
        (b"\n", &[(0, b"", 1)]),
        (b"a", &[(0, b"a", 0)]),
        (b"a\nb\r\n\nc", &[(0, b"a", 1), (2, b"b", 2), (5, b"", 1), (6, b"c", 0)]),
        (b"\r\n\r", &[(0, b"", 2), (2, b"\r", 0)]),
        (b"a\rb\n", &[(0, b"a\rb", 1)]),
    ];

    #[test]
    fn lines_come_forward_and_backward_with_their_ends() {
        for (block, expected) in BLOCKS {
            let expected: Vec<_> = expected
                .iter()
                .map(|(offset, text, end_bytes)| Line { offset: *offset, text, end_bytes: *end_bytes })
                .collect();
            assert_eq!(forward(block).collect::<Vec<_>>(), expected, "{block:?}");
            let mut reversed: Vec<_> = backward(block).collect();
            reversed.reverse();
            assert_eq!(reversed, expected, "{block:?} backward");
        }
    }

    #[test]
    fn the_line_around_a_place_is_found() {
        let block = b"one\ntwo\r\n\nfour";
        let lines = [0..3, 4..8, 9..9, 10..14];
        for (at, line) in [(0, 0), (3, 0), (4, 1), (8, 1), (9, 2), (10, 3), (14, 3)] {
            assert_eq!(
                (around(block, 0, at), around(block, lines[line].start, at)),
                (lines[line].clone(), lines[line].clone())
            );
        }
    }

    #[test]
    fn the_lines_before_and_from_a_place_are_found() {
        let block = b"one\n\nthree";
        assert_eq!([before(block, 0), before(block, 4), before(block, 5)], [0..0, 0..3, 4..4]);
        assert_eq!([from(block, 0), from(block, 4), from(block, 5), from(block, 10)], [0..3, 4..4, 5..10, 10..10]);
    }

    #[test]
    fn an_open_line_is_told_from_a_finished_one() {
        assert!(forward(b"a").all(|line| line.is_open()));
        assert!(forward(b"a\n").all(|line| !line.is_open()));
    }
}
