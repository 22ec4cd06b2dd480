//! What can be known of entries without reading them, for a query to decide on all of them at once.

use crate::log::level::Level;

/// A set of levels, with a place for entries that have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LevelSet(u8);

/// What is known of some entries without a look at them: a source's, or those of one block.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Where they come from.
    pub source: &'a str,
    /// The levels that they can have.
    pub levels: LevelSet,
    /// When they happened, where that is known.
    pub times: Option<Times>,
}

/// When some entries happened. Those that say no time have that of the entry before them in their source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The earliest and the latest, nanoseconds since 1970; none where no entry has a time.
    pub span: Option<(i64, i64)>,
    /// Whether there are entries before the first of their source that says a time.
    pub has_untimed: bool,
}

impl<'a> Known<'a> {
    /// That they are of this source, and nothing else.
    #[must_use]
    pub const fn of_source(source: &'a str) -> Self {
        Self { source, levels: LevelSet::ALL, times: None }
    }
}

impl Times {
    /// Of these and those.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        let span = match (self.span, others.span) {
            (Some((first, last)), Some((from, until))) => Some((first.min(from), last.max(until))),
            (one, other) => one.or(other),
        };
        Self { span, has_untimed: self.has_untimed || others.has_untimed }
    }

    /// Whether all are within, or none is.
    pub(super) fn are_within(self, from: i64, until: i64) -> Option<bool> {
        let Some((first, last)) = self.span.filter(|(first, last)| *first <= until && from <= *last) else {
            return Some(false);
        };
        (!self.has_untimed && from <= first && last <= until).then_some(true)
    }
}

impl LevelSet {
    /// No level, not even none.
    pub const EMPTY: Self = Self(0);
    /// Every level, and none.
    pub const ALL: Self = Self((1 << (Level::COUNT + 1)) - 1);

    /// The set of one level, or of having none.
    #[must_use]
    pub fn of(level: Option<Level>) -> Self {
        Self(1 << Level::place(level))
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

    /// Whether all of these are in it, or none is.
    #[must_use]
    pub const fn has_all(self, levels: Self) -> Option<bool> {
        match self.0 & levels.0 {
            0 => Some(false),
            both if both == levels.0 => Some(true),
            _ => None,
        }
    }
}
