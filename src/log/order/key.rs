//! What the order knows of an entry, and what it compares.

use crate::log::entry::{Entry, Noted};

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
        Self::of_noted(&entry.noted())
    }

    /// The mark of an entry that was only noted.
    #[must_use]
    pub fn of_noted(noted: &Noted) -> Self {
        Self { time: noted.time.map(|time| time.nanos), clock: noted.clock.map(|clock| clock.lamport) }
    }

    /// The mark as the order is told of it: a clock that may not be compared with others' is none.
    #[must_use]
    pub fn clocked_if(self, is_compared: bool) -> Self {
        Self { clock: self.clock.filter(|_| is_compared), ..self }
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

    /// Time and clock as one number. Where those are equal the order is that of the sources.
    pub(super) const fn weight(time: i64, clock: u64) -> u128 {
        // With the sign turned, negative times are the smaller ones.
        ((time as u64 ^ 1 << 63) as u128) << 64 | clock as u128
    }

    /// The time in a weight.
    pub(super) const fn time_of(weight: u128) -> i64 {
        ((weight >> 64) as u64 ^ 1 << 63) as i64
    }
}
