//! The order of entries against a naive oracle: what happened before what is found by brute force from file order and clocks.

use frereth::log::order::{Change, Domain, Follow, Key, Mark, Merge, Source, SourceRank};
use proptest::prelude::*;

/// A source: its domain, and the marks of its entries.
type Lines = (Option<Domain>, Vec<Mark>);

/// An entry, by its source and its position.
type Place = (usize, usize);

fn merged(sources: &[Lines]) -> Vec<Key> {
    Merge::new(sources.iter().map(source).collect()).collect()
}

fn source((domain, marks): &Lines) -> Source<impl Iterator<Item = Mark>> {
    Source { marks: marks.iter().copied(), domain: *domain, floor: i64::MIN }
}

fn place(key: &Key) -> Place {
    (key.source.0 as usize, key.position as usize)
}

/// Everything by brute force.
struct Oracle {
    places: Vec<Place>,
    /// `before[a][b]`: entry `a` happened before entry `b`, by their index in `places`.
    before: Vec<Vec<bool>>,
    keys: Vec<Key>,
}

/// The clock with which an entry ticks: none that is smaller than one before it in its source.
fn tick((_, marks): &Lines, position: usize) -> Option<u64> {
    let largest = marks[..position].iter().filter_map(|mark| mark.clock).max().unwrap_or(0);
    marks[position].clock.filter(|clock| *clock >= largest)
}

impl Oracle {
    fn new(sources: &[Lines]) -> Self {
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
    fn word_for_word(&self, sources: &[Lines]) -> Vec<i64> {
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

    fn sorted(&self) -> Vec<Key> {
        let mut keys = self.keys.clone();
        keys.sort();
        keys
    }

    fn happened_before(&self, a: Place, b: Place) -> bool {
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
fn sources() -> impl Strategy<Value = Vec<Lines>> {
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
fn arrivals() -> impl Strategy<Value = (Vec<Lines>, Vec<Vec<usize>>)> {
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

/// An order that follows, and a copy of all it has said.
struct Followed {
    follow: Follow,
    order: Vec<Place>,
    given: Vec<usize>,
}

impl Followed {
    fn new(sources: &[Lines], window: usize) -> Self {
        let mut follow = Follow::new(window);
        for (domain, _) in sources {
            follow.add(*domain, i64::MIN);
        }
        Self { follow, order: Vec::new(), given: vec![0; sources.len()] }
    }

    /// Hands a batch over, and keeps the copy by what the change says alone.
    fn arrive(&mut self, sources: &[Lines], turns: &[usize]) -> (Vec<Place>, Change) {
        let mut places = Vec::new();
        for turn in turns {
            places.push((*turn, self.given[*turn]));
            self.given[*turn] += 1;
        }
        let batch: Vec<_> = places.iter().map(|(s, p)| (SourceRank(*s as u32), sources[*s].1[*p])).collect();
        let change = self.follow.arrive(&batch);
        let mut order = vec![None; self.order.len() + places.len()];
        let moved = self.order.iter().zip(0..).map(|(place, rank)| (place, change.rank_now(rank)));
        for (place, rank) in moved.chain(places.iter().zip(change.ranks.iter().copied())) {
            assert_eq!(order[rank as usize].replace(*place), None, "two entries have one rank");
        }
        self.order = order.into_iter().map(|place| place.expect("no rank is empty")).collect();
        (places, change)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_merge_is_the_order_of_the_oracle(sources in sources()) {
        prop_assert_eq!(merged(&sources), Oracle::new(&sources).sorted());
    }

    #[test]
    fn where_no_clock_runs_backwards_the_rule_holds_word_for_word(mut sources in sources()) {
        for (_, marks) in &mut sources {
            let mut clocks: Vec<_> = marks.iter().filter_map(|mark| mark.clock).collect();
            clocks.sort();
            let mut clocks = clocks.into_iter();
            marks.iter_mut().for_each(|mark| mark.clock = mark.clock.and_then(|_| clocks.next()));
        }
        let oracle = Oracle::new(&sources);
        prop_assert_eq!(oracle.keys.iter().map(|key| key.time).collect::<Vec<_>>(), oracle.word_for_word(&sources));
    }

    #[test]
    fn no_entry_stands_before_one_that_happened_before_it(sources in sources()) {
        let oracle = Oracle::new(&sources);
        let order: Vec<Place> = merged(&sources).iter().map(place).collect();
        for (at, later) in order.iter().enumerate() {
            for earlier in &order[..at] {
                prop_assert!(!oracle.happened_before(*later, *earlier), "{:?} stands before {:?}", earlier, later);
            }
        }
    }

    #[test]
    fn equal_times_keep_sources_together_and_in_file_order(
        counts in prop::collection::vec(0_usize..5, 1..6), time in any::<i64>()
    ) {
        let sources: Vec<Lines> =
            counts.iter().map(|count| (None, vec![Mark { time: Some(time), clock: None }; *count])).collect();
        let order: Vec<Place> = merged(&sources).iter().map(place).collect();
        let written: Vec<Place> = counts.iter().enumerate().flat_map(|(s, n)| (0..*n).map(move |p| (s, p))).collect();
        prop_assert_eq!(order, written);
    }

    #[test]
    fn following_ends_where_a_merge_ends_whatever_comes_late((sources, batches) in arrivals()) {
        let mut followed = Followed::new(&sources, 1000);
        for turns in &batches {
            let (_, change) = followed.arrive(&sources, turns);
            prop_assert_eq!((change.late, change.overtaken), (0, 0));
            let so_far: Vec<Lines> =
                sources.iter().zip(&followed.given).map(|(lines, given)| (lines.0, lines.1[..*given].to_vec())).collect();
            let expected = merged(&so_far);
            prop_assert_eq!(&followed.follow.open().copied().collect::<Vec<_>>(), &expected);
            prop_assert_eq!(&followed.order, &expected.iter().map(place).collect::<Vec<_>>());
        }
    }

    #[test]
    fn nothing_settled_ever_moves_and_what_breaks_is_counted((sources, batches) in arrivals(), window in 0_usize..8) {
        let oracle = Oracle::new(&sources);
        let mut followed = Followed::new(&sources, window);
        let mut overtaken = Vec::new();
        for turns in &batches {
            let settled = followed.follow.settled();
            let before = followed.order[..settled as usize].to_vec();
            let (places, change) = followed.arrive(&sources, turns);
            prop_assert!(change.first >= settled);
            prop_assert_eq!(&followed.order[..before.len()], &before[..]);
            prop_assert!(followed.follow.open().len() <= window);
            prop_assert_eq!(followed.follow.len(), followed.order.len() as u64);
            if change.overtaken > 0 {
                overtaken.extend(places);
            }
        }
        for (at, later) in followed.order.iter().enumerate() {
            for earlier in &followed.order[..at] {
                let is_broken = oracle.happened_before(*later, *earlier);
                let is_said = overtaken.iter().any(|place| {
                    (place == later || oracle.happened_before(*later, *place)) && oracle.happened_before(*place, *earlier)
                });
                prop_assert!(!is_broken || is_said && later.0 != earlier.0, "{:?} stands before {:?}", earlier, later);
            }
        }
    }

    #[test]
    fn a_merge_that_goes_on_following_is_one_order((sources, batches) in arrivals(), held in 0_usize..20, window in 0_usize..60) {
        let mut given = vec![0; sources.len()];
        let turns: Vec<usize> = batches.concat();
        let (first, rest) = turns.split_at(held.min(turns.len()));
        first.iter().for_each(|turn| given[*turn] += 1);
        let cut: Vec<Lines> = sources.iter().zip(&given).map(|(lines, given)| (lines.0, lines.1[..*given].to_vec())).collect();
        let follow = Merge::new(cut.iter().map(source).collect()).follow(window);
        let order = merged(&cut).iter().map(place).collect();
        let mut followed = Followed { follow, order, given };
        let (mut late, mut overtaken) = (0, 0);
        for turn in rest {
            let (_, change) = followed.arrive(&sources, &[*turn]);
            late += change.late;
            overtaken += change.overtaken;
        }
        if late + overtaken == 0 {
            prop_assert_eq!(followed.order, merged(&sources).iter().map(place).collect::<Vec<_>>());
        }
    }
}
