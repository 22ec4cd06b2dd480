//! How fast entries are put in order: keys per second from 50 sources, and arrivals per second while following.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use frereth::log::order::{Domain, Follow, Mark, Merge, Source, SourceRank, Track};

fn main() {
    divan::main();
}

const SOURCES: u64 = 50;
const ENTRIES: u64 = 20_000;

/// Which clocks the entries carry.
#[derive(Clone, Copy, Debug)]
enum Clocks {
    None,
    /// On every entry, all sources in one domain.
    Every,
    /// On one entry in a hundred.
    Some,
}

/// The marks of a source: a millisecond apart, every source's wall clock skewed otherwise.
fn marks(source: u64, clocks: Clocks) -> impl Iterator<Item = Mark> {
    (0..ENTRIES).map(move |number| {
        let jitter = (number ^ source).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44;
        let has_clock = match clocks {
            Clocks::None => false,
            Clocks::Every => true,
            Clocks::Some => number % 100 == source,
        };
        let time = number * 1_000_000 + source * 37_000 + jitter;
        Mark { time: i64::try_from(time).ok(), clock: has_clock.then_some(number * 60 + source) }
    })
}

#[divan::bench(args = [Clocks::None, Clocks::Every, Clocks::Some], sample_count = 10)]
fn merge_of_fifty_sources(bencher: Bencher, clocks: Clocks) {
    let domain = if matches!(clocks, Clocks::None) { None } else { Some(Domain(0)) };
    let lists: Vec<Vec<Mark>> = (0..SOURCES).map(|source| marks(source, clocks).collect()).collect();
    bencher.counter(ItemsCount::new(SOURCES * ENTRIES)).bench(|| {
        let sources =
            lists.iter().map(|list| Source { marks: list.iter().copied(), domain, from: Track::default() }).collect();
        Merge::new(sources).fold(0_u64, |sum, key| sum ^ black_box(key).position)
    });
}

/// The marks of a text, by a reader that knows one shape of line: a time of fixed width at the front.
fn marks_of(text: &[u8]) -> impl Iterator<Item = Mark> + Clone + '_ {
    let number = |digits: &[u8]| digits.iter().fold(0_i64, |number, digit| number * 10 + i64::from(digit & 0xf));
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest)?;
        let line = &rest[..end];
        rest = &rest[end + 1..];
        let seconds = number(&line[11..13]) * 3600 + number(&line[14..16]) * 60 + number(&line[17..19]);
        Some(Mark { time: Some(seconds * 1_000_000_000 + number(&line[20..29])), clock: None })
    })
}

/// From bytes: lines of 100 bytes, found and read in the merge's own thread.
#[divan::bench(sample_count = 10)]
fn merge_of_fifty_texts(bencher: Bencher) {
    let line = |mark: Mark| {
        let time = mark.time.unwrap_or(0);
        let (seconds, nanos) = (time / 1_000_000_000, time % 1_000_000_000);
        format!("2026-11-23T10:{:02}:{:02}.{nanos:09}Z {:x<68}\n", seconds / 60, seconds % 60, "INFO ")
    };
    let texts: Vec<String> = (0..SOURCES).map(|source| marks(source, Clocks::None).map(line).collect()).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    bencher.counter(ItemsCount::new(SOURCES * ENTRIES)).counter(BytesCount::new(bytes)).bench(|| {
        let marks = texts.iter().map(|text| marks_of(text.as_bytes()));
        let sources = marks.map(|marks| Source { marks, domain: None, from: Track::default() }).collect();
        Merge::new(sources).fold(0_u64, |sum, key| sum ^ black_box(key).position)
    });
}

/// One entry of each source in every batch; a `late` source is always that many batches behind the others.
#[divan::bench(args = [0, 10, 1000], sample_count = 3)]
fn following_fifty_sources(bencher: Bencher, late: usize) {
    let lists: Vec<Vec<Mark>> = (0..SOURCES).map(|source| marks(source, Clocks::Every).take(4000).collect()).collect();
    bencher.counter(ItemsCount::new(SOURCES * 4000)).bench(|| {
        let mut follow = Follow::new(65_536);
        for _ in &lists {
            follow.add(Some(Domain(0)), i64::MIN);
        }
        let mut batch = Vec::new();
        for number in 0..4000 + late {
            batch.clear();
            for (source, list) in (0..).zip(&lists) {
                let behind = if source == 7 { late } else { 0 };
                let mark = number.checked_sub(behind).and_then(|number| list.get(number));
                batch.extend(mark.map(|mark| (SourceRank(source), *mark)));
            }
            black_box(follow.arrive(&batch));
        }
        follow.len()
    });
}
