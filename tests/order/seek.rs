//! A merge that begins in the middle, against one of everything.

use frereth::log::order::seek::{blocks_from, time_before_rank};
use frereth::log::order::{Indexed, Mark, Merge, Track};
use proptest::prelude::*;

use crate::oracle::{Lines, merged, rest, sources};

/// Where blocks of so many entries begin, and the end.
pub fn blocks((_, marks): &Lines, length: usize) -> Vec<Track> {
    let mut track = Track::default();
    let mut blocks = vec![track];
    for block in marks.chunks(length) {
        block.iter().for_each(|mark| track.pass(*mark));
        blocks.push(track);
    }
    blocks
}

pub fn index<'a>(sources: &[Lines], blocks: &'a [Vec<Track>]) -> Vec<Indexed<'a>> {
    sources.iter().zip(blocks).map(|(lines, blocks)| Indexed { domain: lines.0, blocks }).collect()
}

/// A merge from the blocks where all from a time on is found.
pub fn merge_from<'a>(
    sources: &'a [Lines],
    blocks: &[Vec<Track>],
    time: i64,
) -> Merge<impl Iterator<Item = Mark> + Clone + use<'a>> {
    let starts = blocks_from(&index(sources, blocks), time);
    let tracks = blocks.iter().zip(starts).map(|(blocks, start)| blocks[start]);
    let mut merge = Merge::new(sources.iter().zip(tracks).map(|(lines, from)| rest(lines, from)).collect());
    merge.skip_to(time);
    merge
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_merge_that_begins_at_a_time_misses_nothing(sources in sources(), length in 1_usize..5, time in -80_i64..80) {
        let blocks: Vec<_> = sources.iter().map(|lines| blocks(lines, length)).collect();
        let merge = merge_from(&sources, &blocks, time);
        let all = merged(&sources);
        let earlier = all.partition_point(|key| key.time < time);
        prop_assert_eq!(merge.rank(), earlier as u64);
        prop_assert_eq!(merge.collect::<Vec<_>>(), &all[earlier..]);
    }

    #[test]
    fn a_merge_for_a_rank_begins_before_it_and_no_earlier_than_it_must(
        sources in sources(), length in 1_usize..5, part in 0.0..1.0
    ) {
        let all = merged(&sources);
        let rank = (all.len() as f64 * part) as u64;
        let blocks: Vec<_> = sources.iter().map(|lines| blocks(lines, length)).collect();
        let time = time_before_rank(&index(&sources, &blocks), rank);
        let mut merge = merge_from(&sources, &blocks, time);
        prop_assert!(merge.rank() <= rank);
        let missing = rank - merge.rank();
        if sources.iter().all(|lines| lines.0.is_none()) {
            let of_that_time = all.iter().filter(|key| key.time == time).count();
            prop_assert!(missing as usize <= sources.len() * 2 * length + of_that_time);
        }
        prop_assert_eq!(merge.nth(missing as usize), all.get(rank as usize).copied());
    }
}

#[test]
fn nothing_has_a_beginning_too() {
    assert_eq!(blocks_from(&[Indexed { domain: None, blocks: &[] }], 0), [0]);
    assert_eq!(time_before_rank(&[], 5), i64::MAX);
}
