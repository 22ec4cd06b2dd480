//! Where to begin a merge so that it reaches a time or a rank at once: from places in the sources that an index keeps, without
//! a look at any entry.
//!
//! An entry is earlier than a time exactly if its own source has said nothing as late up to it, and its clock is no larger
//! than that of the domain's first tick that is as late. The tracks of blocks give both up to a block.

use std::collections::BTreeMap;

use super::key::Domain;
use super::track::Track;

/// A source as its index knows it.
#[derive(Clone, Copy, Debug)]
pub struct Indexed<'a> {
    /// Its clock domain.
    pub domain: Option<Domain>,
    /// Where its blocks begin, the first at the source's beginning, and last where the index ends: one at least, made with
    /// [`Track::pass`]. What lies behind the index is not of this merge.
    pub blocks: &'a [Track],
}

impl Indexed<'_> {
    /// How many of its tracks are so; those come first.
    fn count(&self, is_so: impl Fn(&Track) -> bool) -> usize {
        self.blocks.partition_point(is_so)
    }
}

/// For each source the block with which a merge begins that is to give all from `time` on. Begun with those blocks' tracks,
/// it gives every entry whose effective time is at least `time`, with its key, and few that are earlier, whose keys may be too
/// small: pass those over with [`Merge::skip_to`](super::Merge::skip_to).
#[must_use]
pub fn blocks_from(sources: &[Indexed<'_>], time: i64) -> Vec<usize> {
    // No tick that is as late as `time` has a smaller clock than this.
    let mut bounds = BTreeMap::<Domain, u64>::new();
    for source in sources {
        let before = source.count(|track| track.ticked < time);
        if let Some(domain) = source.domain.filter(|_| before < source.blocks.len()) {
            let bound = bounds.entry(domain).or_insert(u64::MAX);
            *bound = source.blocks[before.saturating_sub(1)].clock.min(*bound);
        }
    }
    let block = |source: &Indexed<'_>| {
        let bound = source.domain.and_then(|domain| bounds.get(&domain)).copied().unwrap_or(u64::MAX);
        source.count(|track| track.time < time && track.clock <= bound).saturating_sub(1)
    };
    sources.iter().map(block).collect()
}

/// A time to begin with for the entry at `rank`: at most so many entries are earlier. Where no clocks bind, a merge from there
/// reaches the rank after two blocks of each source, and entries of one and the same time.
#[must_use]
pub fn time_before_rank(sources: &[Indexed<'_>], rank: u64) -> i64 {
    let most_before = |time| -> u64 {
        let most = |source: &Indexed<'_>| {
            let at = source.count(|track| track.time < time).min(source.blocks.len().saturating_sub(1));
            source.blocks.get(at).map_or(0, |track| track.next)
        };
        sources.iter().map(most).sum()
    };
    let (mut low, mut high) = (i64::MIN, i64::MAX);
    while low < high {
        // The middle, rounded up: the sum of two times needs more than 64 bits.
        let middle = ((i128::from(low) + i128::from(high) + 1).div_euclid(2)) as i64;
        if most_before(middle) <= rank {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}
