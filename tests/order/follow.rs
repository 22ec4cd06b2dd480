//! Following: it ends where a merge ends, settles for good, and counts what it cannot keep.

use frereth::log::order::{Change, Domain, Follow, Mark, Merge, SourceRank, Track};
use proptest::prelude::*;

use crate::oracle::{Lines, Oracle, Place, arrivals, merged, place, source};
use crate::seek::{blocks, merge_from};

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
    fn an_order_goes_on_from_where_each_source_stood((sources, _) in arrivals(), cut in 0_usize..1000) {
        let order = merged(&sources);
        let (settled, open) = order.split_at(cut % (order.len() + 1));
        let mark = |key| {
            let (source, position) = place(key);
            (source, sources[source].1[position])
        };
        let mut tracks = vec![Track::default(); sources.len()];
        for key in settled {
            let (source, mark) = mark(key);
            tracks[source].pass_key(mark, *key);
        }
        let begun = sources.iter().zip(&tracks).map(|(lines, track)| (lines.0, *track));
        let mut follow = Follow::resumed(1000, begun, settled.last().copied());
        let batch: Vec<_> = open.iter().map(mark).map(|(source, mark)| (SourceRank(source as u32), mark)).collect();
        let change = follow.arrive(&batch);
        prop_assert_eq!(change.overtaken, 0);
        prop_assert_eq!(&follow.open().copied().collect::<Vec<_>>(), open);
        prop_assert_eq!((follow.settled(), follow.last()), (settled.len() as u64, order.last()));
        follow.settle_all_but(open.len() / 2);
        prop_assert_eq!(&follow.open().copied().collect::<Vec<_>>(), &open[open.len() - open.len() / 2..]);
        prop_assert_eq!((follow.len(), follow.last()), (order.len() as u64, order.last()));
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

    #[test]
    fn following_from_a_time_is_following_from_the_beginning(
        (sources, batches) in arrivals(), held in 0_usize..40, length in 1_usize..5, time in -80_i64..80
    ) {
        let turns: Vec<usize> = batches.concat();
        let (first, later) = turns.split_at(held.min(turns.len()));
        let mut given = vec![0; sources.len()];
        first.iter().for_each(|turn| given[*turn] += 1);
        let cut: Vec<Lines> = sources.iter().zip(&given).map(|(lines, given)| (lines.0, lines.1[..*given].to_vec())).collect();
        let blocks: Vec<_> = cut.iter().map(|lines| blocks(lines, length)).collect();
        let follow = merge_from(&cut, &blocks, time).follow(1000);
        let order: Vec<Place> = merged(&cut).iter().map(place).collect();
        prop_assert_eq!(follow.len(), order.len() as u64);
        let mut followed = Followed { follow, order, given };
        let (mut late, mut overtaken) = (0, 0);
        for turn in later {
            let settled = followed.follow.settled() as usize;
            let before = followed.order[..settled].to_vec();
            let (_, change) = followed.arrive(&sources, &[*turn]);
            prop_assert_eq!(&followed.order[..settled], &before[..]);
            late += change.late;
            overtaken += change.overtaken;
        }
        if late + overtaken == 0 {
            prop_assert_eq!(followed.order, merged(&sources).iter().map(place).collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_ends_of_time_and_of_the_clocks_can_be_followed() {
    let mark = |time, clock| Mark { time, clock };
    let ends = vec![mark(Some(i64::MIN), Some(0)), mark(Some(i64::MAX), Some(u64::MAX)), mark(Some(0), Some(7))];
    for domain in [None, Some(Domain(9))] {
        let sources = [(domain, ends.clone()), (domain, vec![]), (domain, ends.clone())];
        let mut followed = Followed::new(&sources, 2);
        followed.arrive(&sources, &[2, 0, 2, 0]);
        followed.arrive(&sources, &[2, 0]);
        assert_eq!(followed.follow.len(), 6);
        for source in [0, 2] {
            let positions: Vec<_> =
                followed.order.iter().filter(|place| place.0 == source).map(|place| place.1).collect();
            assert_eq!(positions, [0, 1, 2]);
        }
    }
}
