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
use crate::log::index::line_feeds;
use crate::log::lines;
use crate::log::order::{Key, Mark, Track};
use crate::server::engine::{Batch, Bytes, Chunk, Entries, FormatMap, Input, Marked, News, Sample, in_order, work};
use crate::server::sources::text::{self, Text, fill};

use super::arrivals::{self, WINDOW};
use super::runs::{Run, RunList};

/// Bytes that one thread works on at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// How far around a place the beginning of an entry is looked for.
const LOOK_BYTES: u64 = 64 * 1024;
/// Which share of the beginning is left to what is older, where there are too many runs.
const LET_GO_SHARE: u64 = 8;

/// What one source holds, whole lines.
pub(super) struct Part {
    /// Its number.
    pub source: usize,
    pub text: Arc<dyn Text>,
    pub generation: u32,
    pub range: Range<u64>,
    /// Whether its last line lacks its end, and gets one.
    pub is_completed: bool,
    /// What its first lines say, and its formats.
    pub sample: Sample,
    pub formats: FormatMap,
}

/// What is in order.
pub(super) struct Ordered {
    /// Runs of all bytes of all parts: what is older than all that could be put in order, source by source, then the entries.
    pub runs: RunList,
    /// The last entries.
    pub tail: Vec<arrivals::Ordered>,
    /// Where each part stands before those, and the last key there.
    pub tracks: Vec<Track>,
    pub last: Option<Key>,
}

/// What is in order so far.
struct Ordering<'a> {
    parts: &'a [&'a Part],
    /// Where in each part the first entry begins that is in order, and how far each was taken.
    begins: Vec<u64>,
    taken: Vec<u64>,
    runs: RunList,
    tail: VecDeque<(arrivals::Ordered, Key, usize)>,
    tracks: Vec<Track>,
    last: Option<Key>,
}

/// Puts the newest entries in order: of each part as many bytes at least as fit into `tail_bytes` for all, or all that there
/// is. The runs take at most `memory_bytes`, about.
///
/// # Errors
/// A text cannot be read, or is another by now.
pub(super) fn newest_in_order(parts: &[&Part], tail_bytes: Option<u64>, memory_bytes: usize) -> io::Result<Ordered> {
    let share = tail_bytes.map(|bytes| bytes / parts.len().max(1) as u64);
    let begins = parts.iter().map(|part| part.tail(share)).collect::<io::Result<Vec<_>>>()?;
    let inputs = parts.iter().zip(&begins).map(|(part, begin)| part.input(*begin)).collect::<io::Result<Vec<_>>>()?;
    // Those of which something older is left, until they say their first time: nobody knows among what before that it stands.
    let mut is_cut: Vec<bool> = parts.iter().zip(&begins).map(|(part, begin)| *begin > part.range.start).collect();
    let mut ordering = Ordering::new(parts, begins);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    work(&inputs, threads, step, |results| {
        in_order(
            &inputs,
            results,
            |news| match news {
                News::Unread(error) => Err(error),
                News::Waits | News::Batch(_) => Ok(()),
            },
            |turn| {
                if is_cut[turn.log] && turn.item.mark.time.is_some() {
                    is_cut[turn.log] = false;
                    ordering.let_go(1);
                }
                ordering.push(turn.log, turn.item, turn.key);
                if ordering.runs.held_bytes() > memory_bytes {
                    ordering.let_go(LET_GO_SHARE);
                }
                Ok(true)
            },
        )
    })
    .map_err(io::Error::other)?;
    Ok(ordering.finish())
}

impl<'a> Ordering<'a> {
    fn new(parts: &'a [&'a Part], begins: Vec<u64>) -> Self {
        let floor = |(part, begin): (&&Part, &u64)| part.floor(*begin).unwrap_or(i64::MIN);
        let tracks = parts.iter().zip(&begins).map(floor).map(Track::new).collect();
        Self {
            parts,
            taken: begins.clone(),
            begins,
            runs: RunList::default(),
            tail: VecDeque::new(),
            tracks,
            last: None,
        }
    }

    fn push(&mut self, log: usize, item: Item, key: Key) {
        let part = self.parts[log];
        let start = self.taken[log];
        let end = start + item.bytes;
        self.taken[log] = end;
        let is_completed = part.is_completed && end == part.range.end;
        self.runs.push(Run { at: 0, source: part.source, start, end, is_completed, rows: None });
        let rows = item.rows + u64::from(is_completed);
        let mark = Mark { clock: item.mark.clock.filter(|_| part.sample.domain.is_some()), ..item.mark };
        self.tail.push_back((
            arrivals::Ordered { source: part.source, mark, start, end, rows, is_completed },
            key,
            log,
        ));
        if self.tail.len() > WINDOW / 2
            && let Some((entry, key, log)) = self.tail.pop_front()
        {
            self.tracks[log].pass_key(entry.mark, key);
            self.last = Some(key);
        }
    }

    /// Leaves a share of the bytes that are in order, the first of them, to what is older.
    fn let_go(&mut self, share: u64) {
        let (start, end) = (self.runs.start().unwrap_or(0), self.runs.end().unwrap_or(0));
        let to = start + (end - start).div_ceil(share);
        for run in self.runs.iter().take_while(|run| run.at < to) {
            let log = self.parts.iter().position(|part| part.source == run.source);
            let begin = log.map(|log| &mut self.begins[log]);
            begin.into_iter().for_each(|begin| *begin = run.end);
        }
        self.runs.forget_before(to);
        // Of those that went, none stays open.
        let begins = &self.begins;
        let gone = self.tail.iter().take_while(|(entry, _, log)| entry.start < begins[*log]).count();
        for (entry, key, log) in self.tail.drain(..gone) {
            self.tracks[log].pass_key(entry.mark, key);
            self.last = Some(key);
        }
    }

    fn finish(mut self) -> Ordered {
        let older = self.parts.iter().zip(&self.begins).filter(|(part, begin)| **begin > part.range.start);
        let run = |(part, begin): (&&Part, &u64)| {
            let is_completed = part.is_completed && *begin == part.range.end;
            Run { at: 0, source: part.source, start: part.range.start, end: *begin, is_completed, rows: None }
        };
        self.runs.prepend(&older.map(run).collect::<Vec<_>>());
        let tail = self.tail.into_iter().map(|(entry, ..)| entry).collect();
        Ordered { runs: self.runs, tail, tracks: self.tracks, last: self.last }
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
        let mut at = (from - base) as usize;
        while let Some(feed) = memchr::memchr(b'\n', &block[at - 1..]) {
            at += feed;
            let (format, is_first) = self.formats.at(base + at as u64);
            if at >= block.len() || is_first || !format.continues(&block, lines::from(&block, at)) {
                return Ok(base + at as u64);
            }
            at += 1;
        }
        Ok(end)
    }

    /// The first time in it, if it begins at its beginning.
    fn floor(&self, begin: u64) -> Option<i64> {
        self.sample.first_time.filter(|_| begin == self.range.start)
    }

    fn input(&self, begin: u64) -> io::Result<Input> {
        let bytes = Box::new(TextBytes { text: Arc::clone(&self.text), generation: self.generation });
        let sample = Sample { first_time: self.floor(begin), ..self.sample.clone() };
        Input::of_bytes("", bytes, begin..self.range.end, sample, self.formats.clone(), CHUNK_BYTES)
    }
}

/// An entry: how many bytes up to the next, and how many lines.
#[derive(Clone, Copy)]
struct Item {
    mark: Mark,
    bytes: u64,
    rows: u64,
}

impl Marked for Item {
    fn mark(&self) -> Mark {
        self.mark
    }
}

fn step(_: &Input, mut chunk: Chunk<'_>) -> Batch<Item, ()> {
    let (mut items, mut room) = (Vec::new(), Entry::default());
    let mut entries = Entries::over(&chunk.formats, chunk.bytes);
    while let Some(range) = entries.next() {
        let bytes = entries.at().min(chunk.bytes.len()) - range.start;
        let rows = line_feeds(&chunk.bytes[range.start..range.start + bytes]);
        let noted = entries.format_at(range.start).note(&chunk.bytes[range], &mut chunk.clockwork, &mut room);
        items.push(Item { mark: Mark::of_noted(&noted), bytes: bytes as u64, rows });
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
    use crate::log::format::Format;
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
        let (source, text) = (number as usize, Played::new(number, lines));
        let formats = FormatMap::of(sample.detection.format.clone());
        Part { source, text, generation: 0, range, is_completed: false, sample, formats }
    }

    /// Lines of a source: second `first` and every `step` on, each followed by a line that belongs to it.
    fn lines(name: &str, first: u32, step: u32, count: u32) -> String {
        let line = |n: u32| {
            let seconds = first + n * step;
            format!("2026-01-01T00:{:02}:{:02}Z {name}{n}\n  more\n", seconds / 60, seconds % 60)
        };
        (0..count).map(line).collect()
    }

    /// The first words behind the times, in order, and how many bytes stand source by source before those.
    fn words(parts: &[Part], tail_bytes: Option<u64>, memory_bytes: usize) -> (Vec<String>, u64) {
        let parts: Vec<_> = parts.iter().collect();
        let ordered = newest_in_order(&parts, tail_bytes, memory_bytes).expect("readable");
        let (mut at, mut text) = (vec![0; parts.len()], Vec::new());
        for run in ordered.runs.iter() {
            assert_eq!(std::mem::replace(&mut at[run.source], run.end), run.start, "all in the order of its source");
            let mut bytes = vec![0; run.length() as usize];
            fill(&*parts[run.source].text, 0, run.start, &mut bytes).expect("it is there");
            text.extend(bytes);
        }
        assert!(parts.iter().zip(&at).all(|(part, at)| part.range.end == *at), "all up to the end");
        let text = String::from_utf8(text).expect("text");
        let entries = text.lines().filter(|line| !line.starts_with(' '));
        (entries.map(|line| line[21..].to_owned()).collect(), text.len() as u64)
    }

    #[test]
    fn entries_of_all_sources_stand_in_the_order_of_their_times_with_their_lines() {
        let parts = [part(0, &lines("a", 0, 2, 3)), part(1, &lines("b", 1, 2, 3)), part(2, "")];
        assert_eq!(words(&parts, None, 1 << 20).0, ["a0", "b0", "a1", "b1", "a2", "b2"]);
    }

    /// How many of the last words stand alike.
    fn alike(one: &[String], other: &[String]) -> usize {
        one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count()
    }

    #[test]
    fn of_a_tail_only_what_nothing_older_can_stand_among_is_in_order() {
        // What b holds in its tail is of a longer time than what a does.
        let parts = [part(0, &lines("a", 0, 1, 600)), part(1, &lines("b", 0, 20, 30))];
        let whole = words(&parts, None, 1 << 20).0;
        let mut before = 0;
        for tail_bytes in [200, 1_000, 3_000, 10_000] {
            let tail = words(&parts, Some(tail_bytes), 1 << 20).0;
            assert_eq!(tail.len(), whole.len());
            let share = alike(&whole, &tail);
            assert!(share > before && share < whole.len(), "{tail_bytes}: {share}");
            before = share;
        }
    }

    #[test]
    fn more_runs_than_there_is_room_for_leave_the_older_ones_out() {
        let parts = [part(0, &lines("a", 0, 2, 2_000)), part(1, &lines("b", 1, 2, 2_000))];
        let (whole, part) = (words(&parts, None, 1 << 20).0, words(&parts, None, 20_000).0);
        assert_eq!(part.len(), whole.len());
        let share = alike(&whole, &part);
        assert!((100..3_000).contains(&share), "{share}");
    }

    #[test]
    fn a_text_that_is_another_by_now_is_an_error() {
        let mut parts = [part(0, &lines("a", 0, 2, 3)), part(1, &lines("b", 1, 2, 3))];
        parts[1].generation = 7;
        assert!(newest_in_order(&parts.iter().collect::<Vec<_>>(), None, 1 << 20).is_err());
    }
}
