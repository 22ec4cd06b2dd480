//! How many entries there are over time, by level, when nobody knows beforehand from when to when.
//!
//! Times are counted in buckets, whole multiples of their width since 1970. At first a bucket is a nanosecond wide; whenever
//! more of them hold something than the limit, all become as wide as the next of [`WIDTHS`] at which they do not. Each width
//! divides the next, so that no count is ever shared out: all are exact. How wide the buckets are at the end depends on the
//! times alone, neither on their order nor on how they were cut into parts.

use std::collections::BTreeMap;

use super::super::blocks::KINDS;
use super::super::level::Level;

const MICRO: i64 = 1_000;
const MILLI: i64 = 1_000 * MICRO;
const SECOND: i64 = 1_000 * MILLI;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Widths of buckets: so many of a unit, nanoseconds.
type Widths = [(i64, &'static [i64]); 7];

/// Widths by which time is counted. Each divides the next.
const WIDTHS: Widths = [
    (1, &[1, 5, 10, 50, 100, 500]),
    (MICRO, &[1, 5, 10, 50, 100, 500]),
    (MILLI, &[1, 5, 10, 50, 100, 500]),
    (SECOND, &[1, 5, 15, 30]),
    (MINUTE, &[1, 5, 15, 30]),
    (HOUR, &[1, 3, 6, 12]),
    (DAY, &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]),
];

/// The last of them: four such buckets are all of time.
const WIDEST: i64 = 65_536 * DAY;

/// Widths between those that people count time in as well.
const FURTHER_WIDTHS: Widths = [
    (1, &[2, 20, 200]),
    (MICRO, &[2, 20, 200]),
    (MILLI, &[2, 20, 200]),
    (SECOND, &[2, 10]),
    (MINUTE, &[2, 10]),
    (HOUR, &[2, 4]),
    (DAY, &[]),
];

fn each(widths: Widths) -> impl Iterator<Item = i64> {
    widths.into_iter().flat_map(|(unit, steps)| steps.iter().map(move |step| unit * step))
}

/// Buckets that are enough for a drawing, a MiB at the most.
pub const BUCKETS_MAX: usize = 4096;

/// Entries over time, by level.
#[derive(Clone, Debug)]
pub struct Histogram {
    limit: usize,
    width_nanos: i64,
    /// What begins at the key times the width, by [`Level::place`].
    held: BTreeMap<i64, [u64; KINDS]>,
}

/// Some time, and how many entries happened in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// When it begins, nanoseconds since 1970 ...
    pub from: i128,
    /// ... and when the next one does.
    pub to: i128,
    /// The entries by [`Level::place`].
    pub counts: [u64; KINDS],
}

impl Bucket {
    /// All entries in it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new(BUCKETS_MAX)
    }
}

impl Histogram {
    /// Nothing yet, of which at most `limit` buckets are held, 4 at least. A bucket takes about 80 bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self::with_width(limit, 1)
    }

    /// As [`Histogram::new`], to be merged into one whose buckets are `width_nanos` wide already.
    #[must_use]
    pub fn with_width(limit: usize, width_nanos: i64) -> Self {
        Self { limit: limit.max(4), width_nanos, held: BTreeMap::new() }
    }

    /// How wide buckets are now, nanoseconds. They only ever become wider.
    #[must_use]
    pub const fn width_nanos(&self) -> i64 {
        self.width_nanos
    }

    /// Counts an entry of this time, nanoseconds since 1970.
    pub fn note(&mut self, nanos: i64, level: Option<Level>) {
        self.held.entry(nanos.div_euclid(self.width_nanos)).or_default()[Level::place(level)] += 1;
        self.settle();
    }

    /// Takes in what was counted elsewhere, with the same limit.
    pub fn merge(&mut self, other: Self) {
        self.widen(other.width_nanos);
        let ratio = self.width_nanos / other.width_nanos;
        for (at, counts) in other.held {
            add(self.held.entry(at.div_euclid(ratio)).or_default(), &counts);
        }
        self.settle();
    }

    /// Widens the buckets where there are too many.
    fn settle(&mut self) {
        if self.held.len() > self.limit {
            let mut wider = each(WIDTHS).filter(|width| *width > self.width_nanos);
            let width_nanos = wider.find(|width| self.held_at(*width) <= self.limit).unwrap_or(WIDEST);
            self.widen(width_nanos);
        }
    }

    /// How many buckets would hold something if they were so wide.
    fn held_at(&self, width_nanos: i64) -> usize {
        let ratio = width_nanos / self.width_nanos;
        let mut last = None;
        self.held.keys().filter(|at| last.replace(at.div_euclid(ratio)) != Some(at.div_euclid(ratio))).count()
    }

    fn widen(&mut self, width_nanos: i64) {
        if width_nanos <= self.width_nanos {
            return;
        }
        let ratio = width_nanos / self.width_nanos;
        for (at, counts) in std::mem::take(&mut self.held) {
            add(self.held.entry(at.div_euclid(ratio)).or_default(), &counts);
        }
        self.width_nanos = width_nanos;
    }

    /// The first bucket that holds something and the last.
    fn ends(&self) -> Option<(i64, i64)> {
        Some((*self.held.first_key_value()?.0, *self.held.last_key_value()?.0))
    }

    /// At most `count` buckets, from the first that holds something to the last, of a width that people count time in and
    /// beginning at whole multiples of it. Four may be needed where that is more.
    #[must_use]
    pub fn buckets(&self, count: usize) -> Vec<Bucket> {
        let Some((first, last)) = self.ends() else { return Vec::new() };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let fits = |ratio: i64| last.div_euclid(ratio).saturating_sub(first.div_euclid(ratio)) < count;
        let widths = each(WIDTHS).chain(each(FURTHER_WIDTHS)).filter(|width| width % self.width_nanos == 0);
        let ratios = widths.map(|width| width / self.width_nanos).filter(|ratio| fits(*ratio));
        let ratio = ratios.min().unwrap_or(WIDEST / self.width_nanos);
        let (first, last) = (first.div_euclid(ratio), last.div_euclid(ratio));
        let begin = i128::from(first) * i128::from(ratio);
        self.regroup(begin, ratio.into(), usize::try_from(last - first + 1).unwrap_or(1))
    }

    /// `count` equal stretches of time from the first bucket that holds something to the last, which belongs to the last
    /// stretch even where that ends as it begins; fewer where the time is too short to be cut so often.
    #[must_use]
    pub fn stretches(&self, count: usize) -> Vec<Bucket> {
        let Some((first, last)) = self.ends() else { return Vec::new() };
        let span = (i128::from(last) - i128::from(first)).max(1);
        let count = usize::try_from(span).map_or(count, |most| most.min(count)).max(1);
        let ratio = (span + count as i128 - 1) / count as i128;
        self.regroup(first.into(), ratio, count)
    }

    /// `count` groups of `ratio` buckets from the bucket `first` on; what is behind them belongs to the last.
    fn regroup(&self, first: i128, ratio: i128, count: usize) -> Vec<Bucket> {
        let unit = i128::from(self.width_nanos);
        let (begin, width) = (first * unit, ratio * unit);
        let bucket = |number: usize| {
            let from = begin + width * number as i128;
            Bucket { from, to: from + width, counts: [0; KINDS] }
        };
        let mut buckets: Vec<Bucket> = (0..count).map(bucket).collect();
        for (at, counts) in &self.held {
            let number = (i128::from(*at) - first) / ratio;
            let number = usize::try_from(number).unwrap_or(0).min(count - 1);
            add(&mut buckets[number].counts, counts);
        }
        buckets
    }
}

fn add(counts: &mut [u64; KINDS], more: &[u64; KINDS]) {
    counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(limit: usize, times: impl IntoIterator<Item = i64>) -> Histogram {
        let mut histogram = Histogram::new(limit);
        times.into_iter().for_each(|nanos| histogram.note(nanos, Some(Level::Info)));
        histogram
    }

    fn totals(buckets: &[Bucket]) -> Vec<u64> {
        buckets.iter().map(Bucket::total).collect()
    }

    #[test]
    fn each_width_divides_the_next() {
        let widths: Vec<i64> = each(WIDTHS).collect();
        assert!(widths.is_sorted() && widths.windows(2).all(|pair| pair[1] % pair[0] == 0));
        assert_eq!(widths.last(), Some(&WIDEST));
    }

    #[test]
    fn every_entry_is_in_one_stretch_and_the_ends_are_in_the_first_and_the_last() {
        let stretches = of(1024, (0..1000).map(|n| n * 7)).stretches(9);
        assert_eq!(totals(&stretches).iter().sum::<u64>(), 1000);
        assert!(totals(&stretches).iter().all(|total| (100..=112).contains(total)), "{stretches:?}");
        assert_eq!((stretches[0].from, stretches[8].to), (0, 777 * 9));
        assert_eq!(totals(&of(4, [5]).stretches(3)), [1]);
        assert_eq!(of(4, []).stretches(3), []);
    }

    #[test]
    fn buckets_begin_at_whole_multiples_of_a_nice_width() {
        let start = 1_796_083_203 * SECOND;
        let histogram = of(4096, (0..1200).map(|second| start + second * SECOND));
        let buckets = histogram.buckets(20);
        assert_eq!(buckets[0].to - buckets[0].from, i128::from(2 * MINUTE));
        assert!(buckets.iter().all(|bucket| bucket.from % i128::from(2 * MINUTE) == 0));
        assert_eq!(totals(&buckets), [117, 120, 120, 120, 120, 120, 120, 120, 120, 120, 3]);
    }

    #[test]
    fn the_whole_of_time_fits_and_nothing_is_lost() {
        let histogram = of(4, [i64::MIN, -1, 0, 1, i64::MAX, 1_796_083_203 * SECOND]);
        for buckets in [histogram.buckets(1), histogram.buckets(4), histogram.stretches(1), histogram.stretches(100)] {
            assert_eq!(totals(&buckets).iter().sum::<u64>(), 6, "{buckets:?}");
        }
        assert!(histogram.held.len() <= 4 && histogram.buckets(1).len() <= 4);
    }

    #[test]
    fn neither_the_order_nor_the_cut_makes_a_difference() {
        let times = |from: i64, to: i64| (from..to).map(|n| (n * 7919 % 5000) * 1_300_000 - 3_000_000_000);
        let whole = of(100, times(0, 5000));
        let mut merged = of(100, times(2500, 5000));
        let mut late = Histogram::with_width(100, merged.width_nanos());
        times(0, 2500).for_each(|nanos| late.note(nanos, Some(Level::Info)));
        merged.merge(late);
        assert_eq!((whole.width_nanos, &whole.held), (merged.width_nanos, &merged.held));
        assert!(whole.held.len() <= 100 && whole.held.len() > 10, "{}", whole.held.len());
    }

    #[test]
    fn a_time_that_is_too_short_is_cut_less_often() {
        assert_eq!(totals(&of(100, [7, 7, 7]).stretches(20)), [3]);
        assert_eq!(totals(&of(100, [7, 8, 10]).stretches(20)), [1, 1, 1]);
        assert_eq!(of(100, [7, 8, 10]).stretches(0).len(), 1);
        assert_eq!(of(100, [i64::MIN, i64::MAX]).stretches(20).len(), 20);
    }
}
