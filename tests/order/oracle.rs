//! The order found by brute force, the sources that it is tried on, and a merge of them.

use frereth::log::order::{Domain, Key, Mark, Merge, Source, SourceRank, Track};
use proptest::prelude::*;

/// A source: its domain, and the marks of its entries.
pub type Lines = (Option<Domain>, Vec<Mark>);

/// An entry, by its source and its position.
pub type Place = (usize, usize);

pub fn merged(sources: &[Lines]) -> Vec<Key> {
    Merge::new(sources.iter().map(source).collect()).collect()
}

pub fn source(lines: &Lines) -> Source<impl Iterator<Item = Mark> + Clone> {
    rest(lines, Track::default())
}

/// A source from a place in it on.
pub fn rest((domain, marks): &Lines, from: Track) -> Source<impl Iterator<Item = Mark> + Clone + '_> {
    Source { marks: marks[from.next as usize..].iter().copied(), domain: *domain, from }
}

/// The keys by the short form of the rule: the latest time in the source up to the entry, or at a tick with a smaller clock.
pub fn short_form(sources: &[Lines]) -> Vec<Key> {
    let (mut keys, mut ticks) = (Vec::new(), Vec::new());
    for ((domain, marks), number) in sources.iter().zip(0..) {
        let mut track = Track::default();
        for (mark, position) in marks.iter().zip(0..) {
            let is_tick = mark.clock >= Some(track.clock);
            track.pass(*mark);
            keys.push(Key { time: track.time, clock: track.clock, source: SourceRank(number), position });
            ticks.extend(domain.filter(|_| is_tick).map(|domain| (domain, track.clock, track.time)));
        }
    }
    for key in &mut keys {
        let domain = sources[key.source.0 as usize].0;
        let smaller = ticks.iter().filter(|tick| Some(tick.0) == domain && tick.1 < key.clock);
        key.time = smaller.map(|tick| tick.2).fold(key.time, i64::max);
    }
    keys.sort();
    keys
}

pub fn place(key: &Key) -> Place {
    (key.source.0 as usize, key.position as usize)
}

/// Everything by brute force.
pub struct Oracle {
    pub places: Vec<Place>,
    /// `before[a][b]`: entry `a` happened before entry `b`, by their index in `places`.
    before: Vec<Vec<bool>>,
    pub keys: Vec<Key>,
}

/// The clock with which an entry ticks: none that is smaller than one before it in its source.
fn tick((_, marks): &Lines, position: usize) -> Option<u64> {
    let largest = marks[..position].iter().filter_map(|mark| mark.clock).max().unwrap_or(0);
    marks[position].clock.filter(|clock| *clock >= largest)
}

impl Oracle {
    pub fn new(sources: &[Lines]) -> Self {
        let places: Vec<Place> =
            sources.iter().enumerate().flat_map(|(s, lines)| (0..lines.1.len()).map(move |p| (s, p))).collect();
        let is_direct = |a: Place, b: Place| {
            let (left, right) = (&sources[a.0], &sources[b.0]);
            let by_clock = left.0.is_some()
                && left.0 == right.0
                && tick(left, a.1).zip(tick(right, b.1)).is_some_and(|(left, right)| left < right);
            a.0 == b.0 && a.1 < b.1 || by_clock
        };
        let count = places.len();
        let mut before: Vec<Vec<bool>> =
            places.iter().map(|a| places.iter().map(|b| is_direct(*a, *b)).collect()).collect();
        for middle in 0..count {
            let through = before[middle].clone();
            for row in before.iter_mut().filter(|row| row[middle]) {
                row.iter_mut().zip(&through).for_each(|(reached, next)| *reached |= next);
            }
        }
        let time = |index: usize| sources[places[index].0].1[places[index].1].time;
        let keys = (0..count)
            .map(|index| {
                let (source, position) = places[index];
                let causes = (0..count).filter(|other| *other == index || before[*other][index]);
                let clocks = sources[source].1[..=position].iter().filter_map(|mark| mark.clock);
                Key {
                    time: causes.filter_map(time).max().unwrap_or(i64::MIN),
                    clock: clocks.max().unwrap_or(0),
                    source: SourceRank(source as u32),
                    position: position as u64,
                }
            })
            .collect();
        Self { places, before, keys }
    }

    /// The rule word for word: its time, the effective time of the entry before it in its source, those of the ticks of its
    /// domain with smaller clocks.
    pub fn word_for_word(&self, sources: &[Lines]) -> Vec<i64> {
        let mut times = vec![i64::MIN; self.places.len()];
        for _ in 0..self.places.len() {
            for (index, (s, p)) in self.places.iter().enumerate() {
                let (domain, marks) = &sources[*s];
                let smaller = self.places.iter().zip(&times).filter(|((other, at), _)| {
                    let clock = sources[*other].1[*at].clock;
                    domain.is_some()
                        && sources[*other].0 == *domain
                        && clock.zip(marks[*p].clock).is_some_and(|(theirs, ours)| theirs < ours)
                });
                let passed_on = smaller.map(|(_, time)| *time).max().unwrap_or(i64::MIN);
                let previous = if *p > 0 { times[index - 1] } else { i64::MIN };
                times[index] = marks[*p].time.unwrap_or(i64::MIN).max(previous).max(passed_on);
            }
        }
        times
    }

    pub fn sorted(&self) -> Vec<Key> {
        let mut keys = self.keys.clone();
        keys.sort();
        keys
    }

    pub fn happened_before(&self, a: Place, b: Place) -> bool {
        let index = |place| self.places.iter().position(|other| *other == place).expect("it is an entry");
        self.before[index(a)][index(b)]
    }
}

fn mark() -> impl Strategy<Value = Mark> {
    let time = prop_oneof![4 => (0_i64..40).prop_map(Some), 1 => Just(None)];
    let clock = prop_oneof![3 => (0_u64..30).prop_map(Some), 2 => Just(None)];
    (time, clock).prop_map(|(time, clock)| Mark { time, clock })
}

/// Sources whose wall clocks are skewed, whose clocks sometimes run backwards, in no domain or in one of two.
pub fn sources() -> impl Strategy<Value = Vec<Lines>> {
    let domain = prop_oneof![1 => Just(None), 3 => Just(Some(Domain(0))), 1 => Just(Some(Domain(1)))];
    let lines = (domain, -30_i64..30, any::<bool>(), prop::collection::vec(mark(), 0..9)).prop_map(
        |(domain, skew, is_orderly, mut marks)| {
            if is_orderly {
                let mut times: Vec<_> = marks.iter().map(|mark| mark.time).collect();
                let mut clocks: Vec<_> = marks.iter().filter_map(|mark| mark.clock).collect();
                times.sort();
                clocks.sort();
                let mut clocks = clocks.into_iter();
                for (mark, time) in marks.iter_mut().zip(times) {
                    mark.time = time;
                    mark.clock = mark.clock.and_then(|_| clocks.next());
                }
            }
            for mark in &mut marks {
                mark.time = mark.time.map(|time| time + skew);
            }
            (domain, marks)
        },
    );
    prop::collection::vec(lines, 1..6)
}

/// Sources, and in which order their entries arrive: batches of sources that each give their next entry.
pub fn arrivals() -> impl Strategy<Value = (Vec<Lines>, Vec<Vec<usize>>)> {
    sources().prop_flat_map(|sources| {
        let turns: Vec<usize> =
            sources.iter().enumerate().flat_map(|(s, lines)| lines.1.iter().map(move |_| s)).collect();
        let count = turns.len();
        (Just(sources), Just(turns).prop_shuffle(), prop::collection::vec(1_usize..6, count)).prop_map(
            |(sources, turns, sizes)| {
                let mut rest = &turns[..];
                let mut batches = Vec::new();
                for size in sizes {
                    let (now, later) = rest.split_at(size.min(rest.len()));
                    batches.push(now.to_vec());
                    rest = later;
                }
                (sources, batches)
            },
        )
    })
}
