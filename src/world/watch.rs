//! The page's guard over a world: one that does not answer, or that floods, is not suffered for long.
//!
//! Order of calls: [`Guard::sent`] with each message to the world and [`Guard::heard`] with each from it, [`Guard::tick`] at
//! least once a second, [`Guard::pause`] while the page is hidden or the world suspended. Time is any monotonic clock.
//!
//! "Answered" is anything that the world says, and the worker's acknowledgement that `receive` returned: the caller counts both
//! as [`Guard::answered`], so that a world with nothing to say is not taken for a stuck one.

use crate::protocol::clock::Millis;

/// An unanswered message this old makes the world "not responding".
pub const NOT_RESPONDING_MILLIS: u64 = 3_000;
/// An unanswered message this old ends the world.
pub const STOP_MILLIS: u64 = 10_000;
/// How many messages a second a world may send for long.
pub const MESSAGES_PER_SECOND: u64 = 1_000;
/// How many bytes make a large message count as one more.
pub const BYTES_PER_MESSAGE: u64 = 32 * 1024;
/// For how long a world may spend at once what it did not send before.
pub const BURST_MILLIS: u64 = 2_000;

/// What the guard has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is well.
    Well,
    /// The user is told, and offered to stop the world.
    NotResponding,
    /// The world is stopped: it did not answer.
    Stop,
    /// The world is stopped: it sent too much.
    Flood,
}

/// Watches one world.
#[derive(Clone, Debug)]
pub struct Guard {
    /// When the oldest unanswered message was sent, in counted time.
    waiting_since: Option<u64>,
    /// Time that counted until `counted_at`: neither hidden nor suspended.
    counted_millis: u64,
    counted_at: Millis,
    is_paused: bool,
    /// Thousandths of a message that may still be sent.
    tokens: u64,
    filled_at: Millis,
    is_flooded: bool,
}

/// A message in the measure of [`Guard::tokens`].
const MESSAGE: u64 = 1_000;
const BUCKET: u64 = MESSAGES_PER_SECOND * BURST_MILLIS;

impl Guard {
    /// Returns a guard that starts now, with nothing sent.
    #[must_use]
    pub const fn new(now: Millis) -> Self {
        Self {
            waiting_since: None,
            counted_millis: 0,
            counted_at: now,
            is_paused: false,
            tokens: BUCKET,
            filled_at: now,
            is_flooded: false,
        }
    }

    /// Notes a message to the world.
    pub fn sent(&mut self, now: Millis) {
        self.count(now);
        self.waiting_since.get_or_insert(self.counted_millis);
    }

    /// Notes that the world has worked off what it was sent.
    pub fn answered(&mut self, now: Millis) {
        self.count(now);
        self.waiting_since = None;
    }

    /// Notes a message of so many bytes from the world, which does not stand for an answer by itself.
    pub fn heard(&mut self, bytes: usize, now: Millis) -> Verdict {
        self.tokens =
            self.tokens.saturating_add(now.since(self.filled_at).saturating_mul(MESSAGES_PER_SECOND)).min(BUCKET);
        self.filled_at = Millis(self.filled_at.0.max(now.0));
        let cost = (bytes as u64 / BYTES_PER_MESSAGE).saturating_add(1).saturating_mul(MESSAGE);
        match self.tokens.checked_sub(cost) {
            Some(left) => self.tokens = left,
            None => self.is_flooded = true,
        }
        self.tick(now)
    }

    /// Stops counting time (`true`: the page is hidden, or the world suspended) or goes on.
    pub fn pause(&mut self, paused: bool, now: Millis) {
        self.count(now);
        self.is_paused = paused;
    }

    /// Returns how the world does.
    pub fn tick(&mut self, now: Millis) -> Verdict {
        self.count(now);
        if self.is_flooded {
            return Verdict::Flood;
        }
        let waited = self.waiting_since.map_or(0, |since| self.counted_millis - since);
        match waited {
            STOP_MILLIS.. => Verdict::Stop,
            NOT_RESPONDING_MILLIS.. => Verdict::NotResponding,
            _ => Verdict::Well,
        }
    }

    fn count(&mut self, now: Millis) {
        if !self.is_paused {
            self.counted_millis = self.counted_millis.saturating_add(now.since(self.counted_at));
        }
        self.counted_at = Millis(self.counted_at.0.max(now.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unanswered_message_is_told_after_three_seconds_and_ends_after_ten() {
        let mut guard = Guard::new(Millis(100));
        guard.sent(Millis(1_000));
        guard.sent(Millis(3_900));
        assert_eq!(guard.tick(Millis(3_999)), Verdict::Well);
        assert_eq!(guard.tick(Millis(4_000)), Verdict::NotResponding);
        assert_eq!(guard.tick(Millis(10_999)), Verdict::NotResponding);
        assert_eq!(guard.tick(Millis(11_000)), Verdict::Stop);
    }

    #[test]
    fn an_answer_makes_all_well_again() {
        let mut guard = Guard::new(Millis(0));
        guard.sent(Millis(0));
        assert_eq!(guard.tick(Millis(5_000)), Verdict::NotResponding);
        guard.answered(Millis(5_001));
        assert_eq!(guard.tick(Millis(60_000)), Verdict::Well);
    }

    #[test]
    fn a_world_that_nobody_wrote_to_may_be_silent() {
        assert_eq!(Guard::new(Millis(0)).tick(Millis(1_000_000)), Verdict::Well);
    }

    #[test]
    fn hidden_and_suspended_time_does_not_count() {
        let mut guard = Guard::new(Millis(0));
        guard.sent(Millis(0));
        guard.pause(true, Millis(2_000));
        assert_eq!(guard.tick(Millis(100_000)), Verdict::Well);
        guard.pause(false, Millis(100_000));
        assert_eq!(guard.tick(Millis(100_999)), Verdict::Well);
        assert_eq!(guard.tick(Millis(101_000)), Verdict::NotResponding);
    }

    #[test]
    fn a_thousand_messages_a_second_are_borne_and_more_are_not() {
        let mut guard = Guard::new(Millis(0));
        assert!((0..60_000).all(|n| guard.heard(0, Millis(n)) == Verdict::Well));
        let mut guard = Guard::new(Millis(0));
        let borne = (0..60_000).take_while(|n| guard.heard(0, Millis(n / 2)) == Verdict::Well).count();
        // Twice the rate uses up two seconds' worth in two seconds.
        assert!((3_990..=4_010).contains(&borne), "{borne}");
    }

    #[test]
    fn a_burst_of_two_seconds_worth_is_borne_once() {
        let mut guard = Guard::new(Millis(0));
        assert!((0..2_000).all(|_| guard.heard(0, Millis(0)) == Verdict::Well));
        assert_eq!(guard.heard(0, Millis(0)), Verdict::Flood);
        assert_eq!(guard.tick(Millis(100_000)), Verdict::Flood);
    }

    #[test]
    fn large_messages_weigh_more_and_the_largest_is_borne() {
        let largest = crate::world::view::limits::MESSAGE_BYTES;
        let mut guard = Guard::new(Millis(0));
        assert!((0..3).all(|_| guard.heard(largest, Millis(0)) == Verdict::Well));
        assert_eq!(guard.heard(largest, Millis(0)), Verdict::Flood);
        let mut guard = Guard::new(Millis(0));
        assert!((0..60).all(|n| guard.heard(largest, Millis(n * 1_000)) == Verdict::Well));
    }

    #[test]
    fn a_clock_that_steps_back_harms_nobody() {
        let mut guard = Guard::new(Millis(1_000));
        guard.sent(Millis(1_000));
        assert_eq!(guard.tick(Millis(500)), Verdict::Well);
        assert_eq!(guard.tick(Millis(3_999)), Verdict::Well);
        assert_eq!(guard.tick(Millis(4_000)), Verdict::NotResponding);
    }
}
