//! What a block must hold for a query to be worth asking its entries.

use crate::log::level::Level;

/// A set of levels, with a place for entries that have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LevelSet(u8);

/// A time range and a set of levels outside of which no entry matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The earliest time of a match, in nanoseconds since 1970.
    pub from_nanos: i64,
    /// The latest time of a match; before the earliest where no time can match.
    pub until_nanos: i64,
    /// Whether an entry without any time can match.
    pub admits_untimed: bool,
    /// The levels that a match can have.
    pub levels: LevelSet,
}

impl LevelSet {
    /// No level, not even none.
    pub const EMPTY: Self = Self(0);
    /// Every level, and none.
    pub const ALL: Self = Self((1 << (Level::COUNT + 1)) - 1);

    /// The set of one level, or of having none.
    #[must_use]
    pub fn of(level: Option<Level>) -> Self {
        Self(1 << level.map_or(Level::COUNT, |level| level as usize))
    }

    /// The set of the levels that `is_in` is true for.
    #[must_use]
    pub fn with(is_in: impl Fn(Level) -> bool) -> Self {
        let levels = Level::ALL.into_iter().filter(|level| is_in(*level));
        levels.fold(Self::EMPTY, |set, level| set.union(Self::of(Some(level))))
    }

    /// Whether the level, or having none, is in it.
    #[must_use]
    pub fn contains(self, level: Option<Level>) -> bool {
        self.0 & Self::of(level).0 != 0
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is not in it.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Bounds {
    /// Everything is inside.
    pub const ALL: Self =
        Self { from_nanos: i64::MIN, until_nanos: i64::MAX, admits_untimed: true, levels: LevelSet::ALL };
    /// Nothing is inside.
    pub const NOTHING: Self =
        Self { from_nanos: i64::MAX, until_nanos: i64::MIN, admits_untimed: false, levels: LevelSet::EMPTY };

    /// Entries whose level is in the set.
    pub(super) const fn levels(levels: LevelSet) -> Self {
        Self { levels, ..Self::ALL }
    }

    /// Entries that have a time in the range.
    pub(super) const fn times(from_nanos: i64, until_nanos: i64) -> Self {
        Self { from_nanos, until_nanos, admits_untimed: false, levels: LevelSet::ALL }
    }

    /// What is inside both.
    pub(super) fn intersection(self, other: Self) -> Self {
        let both = Self {
            from_nanos: self.from_nanos.max(other.from_nanos),
            until_nanos: self.until_nanos.min(other.until_nanos),
            admits_untimed: self.admits_untimed && other.admits_untimed,
            levels: self.levels.intersection(other.levels),
        };
        if both.is_nothing() { Self::NOTHING } else { both }
    }

    /// What is inside either, and perhaps what lies between.
    pub(super) fn hull(self, other: Self) -> Self {
        Self {
            from_nanos: self.from_nanos.min(other.from_nanos),
            until_nanos: self.until_nanos.max(other.until_nanos),
            admits_untimed: self.admits_untimed || other.admits_untimed,
            levels: self.levels.union(other.levels),
        }
    }

    /// Whether no entry can match.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.levels.is_empty() || (self.from_nanos > self.until_nanos && !self.admits_untimed)
    }

    /// Whether a block can hold a match: its entries have times from the first to the last of `times`, `has_untimed` says
    /// whether some have none, `levels` are theirs. An entry's time is its own, or the one it takes from the entries before
    /// it where it has none.
    #[must_use]
    pub fn admit(&self, times: Option<(i64, i64)>, has_untimed: bool, levels: LevelSet) -> bool {
        let is_in_time = times.is_some_and(|(first, last)| first <= self.until_nanos && self.from_nanos <= last);
        let has_level = !self.levels.intersection(levels).is_empty();
        has_level && (is_in_time || (has_untimed && self.admits_untimed))
    }
}
