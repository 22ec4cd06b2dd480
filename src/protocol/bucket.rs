//! A token bucket: how a session's Hellos are throttled in two numbers, whatever comes.
//!
//! Called by the server's session before it spends any work on a Hello.

use super::clock::Millis;
use super::timing::Rate;

/// Thousandths of a token, so that whole milliseconds refill exactly.
const TOKEN: u64 = 1_000;

/// A token bucket that starts full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    thousandths: u64,
    filled_at: Millis,
}

impl Bucket {
    /// Returns a full bucket.
    #[must_use]
    pub const fn full(now: Millis, rate: &Rate) -> Self {
        Self { thousandths: rate.burst as u64 * TOKEN, filled_at: now }
    }

    /// Takes one token; `false` when there is none. An open rate always gives.
    #[must_use]
    pub fn take(&mut self, now: Millis, rate: &Rate) -> bool {
        if rate.is_open {
            return true;
        }
        let refill = now.since(self.filled_at).saturating_mul(u64::from(rate.per_second));
        self.thousandths = self.thousandths.saturating_add(refill).min(u64::from(rate.burst) * TOKEN);
        self.filled_at = self.filled_at.max(now);
        let given = self.thousandths >= TOKEN;
        if given {
            self.thousandths -= TOKEN;
        }
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, per_second: 5, is_open: false };

    fn taken(bucket: &mut Bucket, now: Millis, tries: u32) -> u32 {
        (0..tries).filter(|_| bucket.take(now, &RATE)).count() as u32
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_no_more() {
        let mut bucket = Bucket::full(Millis(7), &RATE);
        assert_eq!(taken(&mut bucket, Millis(7), 10), 3);
    }

    #[test]
    fn a_token_comes_back_at_its_exact_millisecond() {
        let mut bucket = Bucket::full(Millis(0), &RATE);
        assert_eq!(taken(&mut bucket, Millis(0), 3), 3);
        assert!(!bucket.take(Millis(199), &RATE));
        assert!(bucket.take(Millis(200), &RATE));
        assert!(!bucket.take(Millis(200), &RATE));
    }

    #[test]
    fn a_long_rest_fills_no_more_than_the_burst() {
        let mut bucket = Bucket::full(Millis(0), &RATE);
        assert_eq!(taken(&mut bucket, Millis(u64::MAX), 10), 3);
        assert_eq!(taken(&mut bucket, Millis(u64::MAX), 10), 0);
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_away() {
        let mut bucket = Bucket::full(Millis(1_000), &RATE);
        assert_eq!(taken(&mut bucket, Millis(1_000), 3), 3);
        assert!(!bucket.take(Millis(0), &RATE));
        assert!(!bucket.take(Millis(1_000), &RATE));
        assert!(bucket.take(Millis(1_200), &RATE));
    }

    #[test]
    fn an_open_rate_always_gives() {
        let open = Rate { burst: 0, per_second: 0, is_open: true };
        let mut bucket = Bucket::full(Millis(0), &open);
        assert!((0..1_000).all(|_| bucket.take(Millis(0), &open)));
    }
}
