//! Which format a log has where.

use std::borrow::Cow;
use std::ops::Range;

use super::sample::Sample;
use crate::log::format::Format;

/// The formats of a log from its beginning on, as far as they are known.
#[derive(Clone, Debug)]
pub struct FormatMap {
    /// That of all of it, or of what stands before the first change.
    first: Formats,
    /// Ascending.
    changes: Vec<Change>,
}

/// Where a log changes its format.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where the line begins that is the first of the format.
    pub at: u64,
    /// What the lines from there say.
    pub sample: Sample,
}

/// The formats of the entries in a block.
#[derive(Clone, Debug)]
pub struct Formats {
    /// Where it begins.
    pub first: Format,
    /// From which byte of the block on there is another.
    pub later: Vec<(usize, Format)>,
    /// Whether one of those that are not the log's first has times that leave out their day.
    pub lacks_days: bool,
}

impl FormatMap {
    /// One format.
    #[must_use]
    pub const fn of(first: Format) -> Self {
        Self { first: Formats { first, later: Vec::new(), lacks_days: false }, changes: Vec::new() }
    }

    /// The format in which it begins.
    #[must_use]
    pub const fn first(&self) -> &Format {
        &self.first.first
    }

    /// Where it changes.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The format in which it ends, as far as is known.
    #[must_use]
    pub fn last(&self) -> &Format {
        self.changes.last().map_or(self.first(), Change::format)
    }

    /// Adds a change behind all others.
    pub fn push(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// The formats of the bytes in `range`.
    #[must_use]
    pub fn between(&self, range: Range<u64>) -> Cow<'_, Formats> {
        if self.changes.is_empty() {
            return Cow::Borrowed(&self.first);
        }
        let count = self.changes.partition_point(|change| change.at <= range.start);
        let before = count.checked_sub(1).map(|index| &self.changes[index]);
        let later = self.changes[count..].iter().take_while(|change| change.at < range.end);
        let place = |at: u64| usize::try_from(at - range.start).unwrap_or(usize::MAX);
        Cow::Owned(Formats {
            lacks_days: before.into_iter().chain(later.clone()).any(|change| change.sample.lacks_days()),
            first: before.map_or(self.first(), Change::format).clone(),
            later: later.map(|change| (place(change.at), change.format().clone())).collect(),
        })
    }

    /// The format of the line at `at`, and whether it is the first of it.
    #[must_use]
    pub fn at(&self, at: u64) -> (&Format, bool) {
        let count = self.changes.partition_point(|change| change.at <= at);
        match self.changes[..count].last() {
            Some(change) => (change.format(), change.at == at),
            None => (self.first(), false),
        }
    }

    /// Whether every line is read as `other` says too.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same = |(one, other): (&Change, &Change)| one.at == other.at && one.format().is_same(other.format());
        self.first().is_same(other.first())
            && self.changes.len() == other.changes.len()
            && self.changes.iter().zip(&other.changes).all(is_same)
    }
}

impl Change {
    fn format(&self) -> &Format {
        &self.sample.detection.format
    }
}
