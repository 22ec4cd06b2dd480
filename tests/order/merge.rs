//! The laws of the order on complete sources: total, stable, causal, and the rule as the issue of it was put.

use frereth::log::order::{Domain, Mark, Merge, Source, Track};
use proptest::prelude::*;

use crate::oracle::{Lines, Oracle, Place, merged, place, rest, short_form, source, sources};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_merge_is_the_order_of_the_oracle(sources in sources()) {
        prop_assert_eq!(merged(&sources), Oracle::new(&sources).sorted());
    }

    #[test]
    fn the_short_form_is_the_rule(sources in sources()) {
        prop_assert_eq!(short_form(&sources), Oracle::new(&sources).sorted());
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
    fn a_merge_that_begins_where_another_stands_goes_on_as_it_does(sources in sources(), steps in 0_usize..40) {
        let mut merge = Merge::new(sources.iter().map(source).collect());
        let before = merge.by_ref().take(steps).count();
        prop_assert_eq!(merge.rank(), before as u64);
        let again = sources.iter().zip(merge.tracks()).map(|(lines, track)| rest(lines, track)).collect();
        prop_assert_eq!(Merge::new(again).collect::<Vec<_>>(), merge.collect::<Vec<_>>());
    }
}

#[test]
fn a_long_silence_before_a_tick_is_looked_through_and_read_again() {
    let silence = |count: i64, from: i64| (0..count).map(move |at| Mark { time: Some(from + at % 700), clock: None });
    let tick = |clock, time| Mark { time: Some(time), clock: Some(clock) };
    let mut long = vec![tick(3, 0)];
    for (count, clock) in [(4095, 10), (4096, 20), (4097, 30), (9000, 40), (0, 50), (1, 60), (5000, 55)] {
        long.extend(silence(count, clock as i64 * 100));
        long.push(tick(clock, clock as i64 * 90));
    }
    long.extend(silence(6000, 100));
    let short: Vec<Mark> = (1..30).map(|clock| tick(clock * 2, 6000 - clock as i64 * 100)).collect();
    let sources = [(Some(Domain(0)), long), (Some(Domain(0)), short), (None, silence(300, 2000).collect())];
    assert_eq!(merged(&sources), short_form(&sources));
}
#[test]
fn the_ends_of_time_and_of_the_clocks_are_in_order_too() {
    let mark = |time, clock| Mark { time, clock };
    let extremes =
        [mark(Some(i64::MIN), Some(0)), mark(None, None), mark(Some(i64::MAX), Some(u64::MAX)), mark(None, Some(7))];
    for domain in [None, Some(Domain(9))] {
        let sources = [(domain, extremes.to_vec()), (domain, vec![]), (domain, extremes.to_vec())];
        assert_eq!(merged(&sources), Oracle::new(&sources).sorted());
    }
    assert_eq!(merged(&[]), []);
}

#[test]
fn a_million_sources_come_into_one_order() {
    let count = 1_000_000;
    let mark = |source: i64| Mark { time: Some(source * 7_919 % count), clock: Some(source as u64 % 3) };
    let source = |source| Source {
        marks: std::iter::once(mark(source)),
        domain: (source % 2 == 0).then_some(Domain(0)),
        from: Track::default(),
    };
    let mut last = None;
    let mut merge = Merge::new((0..count).map(source).collect());
    for key in merge.by_ref() {
        assert!(last < Some(key));
        last = Some(key);
    }
    assert_eq!(merge.rank(), count as u64);
}
