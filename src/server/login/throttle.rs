//! Token buckets: how often somebody may try.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::protocol::clock::Millis;

/// A bucket that holds up to `burst` tokens and gains `refill` tokens per `period_millis`.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// How many tokens it holds when full.
    pub burst: u32,
    /// How many tokens it gains in one period.
    pub refill: u32,
    /// The period in milliseconds.
    pub period_millis: u64,
}

impl Bucket {
    /// A bucket for `count` attempts a minute.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        Self { burst: count, refill: count, period_millis: 60_000 }
    }

    /// How long an empty bucket takes to be full, in milliseconds, rounded up.
    const fn fill_millis(self) -> u64 {
        (self.burst as u64 * self.period_millis).div_ceil(self.refill as u64)
    }
}

/// One bucket per key, in bounded memory.
#[derive(Debug)]
pub struct Throttle<K> {
    bucket: Bucket,
    capacity: usize,
    levels: Mutex<HashMap<K, Level>>,
}

/// A bucket's level as of a moment. A token is `period_millis` parts, so that each millisecond gains a whole number of them.
#[derive(Clone, Copy, Debug)]
struct Level {
    parts: u64,
    at: Millis,
}

impl<K: Eq + Hash> Throttle<K> {
    /// No bucket has been touched. At most `capacity` keys are remembered at a time.
    #[must_use]
    pub fn new(bucket: Bucket, capacity: usize) -> Self {
        Self { bucket, capacity, levels: Mutex::default() }
    }

    /// Takes a token from the bucket of `key` at `steady`; `false` when it is empty.
    pub fn take(&self, key: K, steady: Millis) -> bool {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if levels.len() >= self.capacity && !levels.contains_key(&key) {
            // A bucket that is full again says as much as one that is not there.
            levels.retain(|_, level| steady.since(level.at) < self.bucket.fill_millis());
            if levels.len() >= self.capacity {
                // A flood of strangers: rather refuse a newcomer than forget who was throttled.
                return false;
            }
        }
        let token = self.bucket.period_millis;
        let full = u64::from(self.bucket.burst) * token;
        let level = levels.entry(key).or_insert(Level { parts: full, at: steady });
        let gained = steady.since(level.at).saturating_mul(u64::from(self.bucket.refill));
        level.parts = level.parts.saturating_add(gained).min(full);
        level.at = level.at.max(steady);
        let has_token = level.parts >= token;
        if has_token {
            level.parts -= token;
        }
        has_token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills_at_its_rate() {
        let throttle = Throttle::new(Bucket::per_minute(3), 10);
        let taken = |at: u64| throttle.take("a", Millis(at));
        assert_eq!([taken(0), taken(0), taken(0), taken(0)], [true, true, true, false]);
        assert!(!taken(19_999));
        assert!(taken(20_000));
        assert!(!taken(20_001));
        assert_eq!([taken(600_000), taken(600_000), taken(600_000), taken(600_000)], [true, true, true, false]);
    }

    #[test]
    fn asking_often_does_not_slow_the_refill() {
        let throttle = Throttle::new(Bucket::per_minute(1), 10);
        assert!(throttle.take("a", Millis(0)));
        let first = (1..70_000).find(|at| throttle.take("a", Millis(*at)));
        assert_eq!(first, Some(60_000));
    }

    #[test]
    fn keys_do_not_share_a_bucket() {
        let throttle = Throttle::new(Bucket::per_minute(1), 10);
        assert!(throttle.take("a", Millis(0)));
        assert!(throttle.take("b", Millis(0)));
        assert!(!throttle.take("a", Millis(0)));
    }

    #[test]
    fn a_flood_of_keys_neither_grows_it_nor_frees_who_was_throttled() {
        let throttle = Throttle::new(Bucket::per_minute(1), 100);
        assert!(throttle.take(0, Millis(0)));
        let admitted = (1..10_000).filter(|key| throttle.take(*key, Millis(0))).count();
        assert_eq!(admitted, 99);
        assert!(!throttle.take(0, Millis(0)));
        assert!(throttle.take(20_000, Millis(60_000)), "who is full again makes room");
    }
}
