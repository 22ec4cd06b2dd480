//! How far a source has been taken into the order: all that must be kept of what came before.

use super::key::{Key, Mark, SourceRank};

/// A place between two entries of a source. An index keeps one per block of text, and a merge can begin at any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Track {
    /// The latest time before this place, nanoseconds since 1970; `i64::MIN` where there is none.
    pub time: i64,
    /// The largest clock before this place; 0 where there is none.
    pub clock: u64,
    /// The latest time up to the last entry before this place that ticks; `i64::MIN` where none does.
    pub ticked: i64,
    /// How many entries stand before this place.
    pub next: u64,
}

impl Default for Track {
    fn default() -> Self {
        Self::new(i64::MIN)
    }
}

impl Track {
    /// The beginning of a source. `floor` is the time of entries before the first that says one: that first time where it is
    /// known, `i64::MIN` where it is not; nothing of the source is placed earlier.
    #[must_use]
    pub const fn new(floor: i64) -> Self {
        Self { time: floor, clock: 0, ticked: i64::MIN, next: 0 }
    }

    /// Goes past the next entry of the source.
    pub fn pass(&mut self, mark: Mark) {
        self.go_to(mark.time.unwrap_or(i64::MIN), self.tick(mark.clock));
    }

    /// The clock with which the next entry ticks: a clock smaller than one before it in its source is no Lamport time, for the
    /// order in the file says otherwise, and counts as none.
    pub(super) fn tick(&self, clock: Option<u64>) -> Option<u64> {
        clock.filter(|clock| *clock >= self.clock)
    }

    /// Goes past the next entry of the source, whose mark is `mark` and whose key, among all sources, is `key`.
    pub fn pass_key(&mut self, mark: Mark, key: Key) {
        self.go_to(key.time, self.tick(mark.clock));
    }

    /// Goes past an entry that is no earlier than `time` and ticks as said.
    pub(super) fn go_to(&mut self, time: i64, tick: Option<u64>) {
        self.time = self.time.max(time);
        if let Some(clock) = tick {
            self.clock = clock;
            self.ticked = self.time;
        }
        self.next += 1;
    }

    /// The key of the last entry before this place.
    #[must_use]
    pub const fn last(&self, source: SourceRank) -> Key {
        Key { time: self.time, clock: self.clock, source, position: self.next.saturating_sub(1) }
    }
}
