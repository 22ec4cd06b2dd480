//! How fast entries are put in order: keys per second from 50 sources, and arrivals per second while following.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
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
