//! What the sources held when they were opened, put in the causal order of its entries (docs/ORDER.md).
//!
//! The newest entries are put in order first, which takes a moment; then all, as far as memory allows: what is older stands
//! source by source before them.

use std::collections::VecDeque;
use std::io;
use std::num::NonZero;
use std::ops::Range;
use std::sync::Arc;

use crate::log::entry::Entry;
use crate::log::format::Format;
use crate::log::lines;
use crate::log::order::Mark;
use crate::server::engine::{Batch, Bytes, Chunk, Entries, Input, InputError, Marked, Sample, in_order, work};
use crate::server::sources::text::{self, Text, fill};

/// Bytes that one thread works on at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// How far around a place the beginning of an entry is looked for.
const LOOK_BYTES: u64 = 64 * 1024;

/// What one source holds, whole lines.
pub(super) struct Part {
    pub text: Arc<dyn Text>,
    pub generation: u32,
    pub range: Range<u64>,
    /// Whether its last line lacks its end, and gets one.
    pub is_completed: bool,
    /// What its first lines say.
    pub sample: Sample,
}

/// Bytes of one source that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub source: usize,
    pub bytes: u64,
}

/// What is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ordered {
    /// Where in each source the first entry begins that is: what stands before it is older than all of these.
    pub begins: Vec<u64>,
    /// The bytes from there on, in their order; each source's follow each other.
    pub pieces: VecDeque<Piece>,
}

/// Puts the newest entries in order: of each part as many bytes at least as fit into `tail_bytes` for all, or all that there
/// is. At most `pieces_max` pieces.
///
/// # Errors
/// A text cannot be read, or is another by now.
pub(super) fn newest_in_order(parts: &[&Part], tail_bytes: Option<u64>, pieces_max: usize) -> io::Result<Ordered> {
    let share = tail_bytes.map(|bytes| bytes / parts.len().max(1) as u64);
    let begins = parts.iter().map(|part| part.tail(share)).collect::<io::Result<Vec<_>>>()?;
    let inputs = parts.iter().zip(&begins).map(|(part, begin)| part.input(*begin)).collect::<io::Result<Vec<_>>>()?;
    // Those of which something older is left, until they say their first time: nobody knows among what before that it stands.
    let mut is_cut: Vec<bool> = parts.iter().zip(&begins).map(|(part, begin)| *begin > part.range.start).collect();
    let mut ordered = Ordered { begins, pieces: VecDeque::new() };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    work(&inputs, threads, step, |results| {
        in_order(
            &inputs,
            results,
            |_| Ok(()),
            |turn| {
                if is_cut[turn.log] && turn.item.mark.time.is_some() {
                    is_cut[turn.log] = false;
                    ordered.let_go(usize::MAX);
                }
                ordered.push(turn.log, turn.item.bytes);
                if ordered.pieces.len() > pieces_max {
                    ordered.let_go(1);
                }
                Ok::<_, InputError>(true)
            },
        )
    })
    .map_err(io::Error::other)?;
    Ok(ordered)
}

impl Ordered {
    fn push(&mut self, source: usize, bytes: u64) {
        match self.pieces.back_mut() {
            Some(last) if last.source == source => last.bytes += bytes,
            _ => self.pieces.push_back(Piece { source, bytes }),
        }
    }

    /// Leaves the first pieces to what is older.
    fn let_go(&mut self, count: usize) {
        for piece in self.pieces.drain(..count.min(self.pieces.len())) {
            self.begins[piece.source] += piece.bytes;
        }
    }
}

impl Part {
    /// Where the first entry begins among the last `bytes`.
    fn tail(&self, bytes: Option<u64>) -> io::Result<u64> {
        let Range { start, end } = self.range;
        let from = bytes.map_or(start, |bytes| end.saturating_sub(bytes).max(start));
        if from == start {
            return Ok(start);
        }
        let (base, to) = (from.saturating_sub(LOOK_BYTES).max(start), end.min(from + LOOK_BYTES));
        let mut block = vec![0; (to - base) as usize];
        fill(&*self.text, self.generation, base, &mut block)?;
        let format: &Format = &self.sample.detection.format;
        let mut at = (from - base) as usize;
        while let Some(feed) = memchr::memchr(b'\n', &block[at - 1..]) {
            at += feed;
            if at >= block.len() || !format.continues(&block, lines::from(&block, at)) {
                return Ok(base + at as u64);
            }
            at += 1;
        }
        Ok(end)
    }

    fn input(&self, begin: u64) -> io::Result<Input> {
        let bytes = Box::new(TextBytes { text: Arc::clone(&self.text), generation: self.generation });
        let mut sample = self.sample.clone();
        // It is that of another beginning.
        sample.first_time = sample.first_time.filter(|_| begin == self.range.start);
        Input::of_bytes("", bytes, begin..self.range.end, sample, CHUNK_BYTES)
    }
}

/// An entry: how many bytes up to the next.
#[derive(Clone, Copy)]
struct Item {
    mark: Mark,
    bytes: u64,
}

impl Marked for Item {
    fn mark(&self) -> Mark {
        self.mark
    }
}

fn step(input: &Input, mut chunk: Chunk<'_>) -> Batch<Item, ()> {
    let format = input.format();
    let (mut items, mut room) = (Vec::new(), Entry::default());
    let mut entries = Entries::of(format, chunk.bytes);
    while let Some(range) = entries.next() {
        let bytes = entries.at().min(chunk.bytes.len()) - range.start;
        let noted = format.note(&chunk.bytes[range], &mut chunk.clockwork, &mut room);
        items.push(Item { mark: Mark::of_noted(&noted), bytes: bytes as u64 });
    }
    Batch { entries: items.len() as u64, items, rest: () }
}

/// The bytes of a text.
struct TextBytes {
    text: Arc<dyn Text>,
    generation: u32,
}

impl Bytes for TextBytes {
    fn read_at_most(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        text::read_at_most(&*self.text, self.generation, offset, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Played;
    use super::*;
    use crate::log::time::Zone;
    use crate::server::engine::Reading;

    fn part(number: u32, lines: &str) -> Part {
        let reading = Reading {
            format: Format::named("text"),
            own: Vec::new(),
            zone: Zone::utc(),
            now_nanos: 0,
            chunk_bytes: 0,
            unpacks: true,
        };
        let range = 0..lines.len() as u64;
        let sample = Sample::of(lines.as_bytes(), 0, &reading);
        Part { text: Played::new(number, lines), generation: 0, range, is_completed: false, sample }
    }

    /// Lines of a source: second `first` and every `step` on, each followed by a line that belongs to it.
    fn lines(name: &str, first: u32, step: u32, count: u32) -> String {
        let line = |n: u32| {
            let seconds = first + n * step;
            format!("2026-01-01T00:{:02}:{:02}Z {name}{n}\n  more\n", seconds / 60, seconds % 60)
        };
        (0..count).map(line).collect()
    }

    /// The first words behind the times, in order, and how many bytes were left out.
    fn words(parts: &[Part], tail_bytes: Option<u64>, pieces_max: usize) -> (Vec<String>, u64) {
        let ordered = newest_in_order(&parts.iter().collect::<Vec<_>>(), tail_bytes, pieces_max).expect("readable");
        let mut at = ordered.begins.clone();
        let mut text = Vec::new();
        for piece in &ordered.pieces {
            let mut bytes = vec![0; piece.bytes as usize];
            let part = &parts[piece.source];
            fill(&*part.text, 0, at[piece.source], &mut bytes).expect("it is there");
            at[piece.source] += piece.bytes;
            text.extend(bytes);
        }
        assert!(parts.iter().zip(&at).all(|(part, at)| part.range.end == *at), "all up to the end");
        let text = String::from_utf8(text).expect("text");
        let entries = text.lines().filter(|line| !line.starts_with(' '));
        (entries.map(|line| line[21..].to_owned()).collect(), ordered.begins.iter().sum())
    }

    #[test]
    fn entries_of_all_sources_stand_in_the_order_of_their_times_with_their_lines() {
        let parts = [part(0, &lines("a", 0, 2, 3)), part(1, &lines("b", 1, 2, 3)), part(2, "")];
        assert_eq!(words(&parts, None, 1000), (["a0", "b0", "a1", "b1", "a2", "b2"].map(str::to_owned).to_vec(), 0));
    }

    #[test]
    fn of_a_tail_only_what_nothing_older_can_stand_among_is_in_order() {
        // What b holds in its tail is of a longer time than what a does.
        let parts = [part(0, &lines("a", 0, 1, 600)), part(1, &lines("b", 0, 20, 30))];
        let whole = words(&parts, None, 100_000);
        assert_eq!((whole.0.len(), whole.1), (630, 0));
        for tail_bytes in [200, 1_000, 3_000, 10_000] {
            let (tail, left_out) = words(&parts, Some(tail_bytes), 100_000);
            assert!(left_out > 0 && !tail.is_empty() && whole.0.ends_with(&tail), "{tail_bytes}: {tail:?}");
        }
    }

    #[test]
    fn more_pieces_than_there_is_room_for_leave_the_older_ones_out() {
        let parts = [part(0, &lines("a", 0, 2, 200)), part(1, &lines("b", 1, 2, 200))];
        let (tail, left_out) = words(&parts, None, 10);
        assert_eq!(tail, ["a195", "b195", "a196", "b196", "a197", "b197", "a198", "b198", "a199", "b199"]);
        assert!(left_out > 0);
    }

    #[test]
    fn a_text_that_is_another_by_now_is_an_error() {
        let mut parts = [part(0, &lines("a", 0, 2, 3)), part(1, &lines("b", 1, 2, 3))];
        parts[1].generation = 7;
        assert!(newest_in_order(&parts.iter().collect::<Vec<_>>(), None, 10).is_err());
    }
}
