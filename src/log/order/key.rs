//! What the order knows of an entry, and what it compares.

use crate::log::entry::Entry;

/// The place of a source among all sources: it decides between entries whose times and clocks are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRank(pub u32);

/// Sources whose logical clocks may be compared with each other. A Lamport clock and the sum of a vector clock may not: they
/// are two domains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(pub u32);

/// What an entry brings to the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// When it says that it happened: nanoseconds since 1970.
    pub time: Option<i64>,
    /// The logical clock that it carries.
    pub clock: Option<u64>,
}

impl Mark {
    /// The mark of an entry.
    #[must_use]
    pub fn of(entry: &Entry<'_>) -> Self {
        Self { time: entry.time.map(|time| time.nanos), clock: entry.clock.map(|clock| clock.lamport) }
    }
}

/// The place of an entry in the order: keys compare field by field, and no two entries have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Effective time, nanoseconds since 1970: the latest time of the entry and of all that happened before it; `i64::MIN`
    /// where none of them says one.
    pub time: i64,
    /// Effective clock: the largest that its source has shown up to here; 0 where it has shown none.
    pub clock: u64,
    /// Its source.
    pub source: SourceRank,
    /// Its number in its source, from 0.
    pub position: u64,
}

impl Key {
    /// Behind all others.
    pub(super) const LAST: Self =
        Self { time: i64::MAX, clock: u64::MAX, source: SourceRank(u32::MAX), position: u64::MAX };
}

/// How far a source has been taken into the order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Track {
    /// The latest time so far.
    pub time: i64,
    /// The largest clock so far.
    pub clock: u64,
    /// The number of the next entry.
    pub next: u64,
}

impl Track {
    /// A source that has given nothing yet; `floor` is the time of what comes before its first time.
    pub const fn new(floor: i64) -> Self {
        Self { time: floor, clock: 0, next: 0 }
    }

    /// Takes the time of the next entry.
    pub fn pass(&mut self, time: Option<i64>) {
        self.time = time.map_or(self.time, |time| self.time.max(time));
    }

    /// The clock with which the next entry ticks: a clock smaller than one before it in its source is no Lamport time, for the
    /// order in the file says otherwise, and counts as none.
    pub fn tick(&self, clock: Option<u64>) -> Option<u64> {
        clock.filter(|clock| *clock >= self.clock)
    }

    /// Ends the step: the key of the entry that was just taken.
    pub const fn key(&mut self, source: SourceRank) -> Key {
        let key = Key { time: self.time, clock: self.clock, source, position: self.next };
        self.next += 1;
        key
    }
}
