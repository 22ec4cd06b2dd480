//! The summary of a result: its entries are noted as they are found, in parts that are merged, and a snapshot tells of them at
//! any moment.

use super::super::blocks::KINDS;
use super::super::entry::Entry;
use super::super::level::Level;
use super::super::pattern::{Pattern, Patterns};
use std::cmp::Reverse;

use super::facets::{Facet, Facets, Kind, ValueCount};
use super::frequent::{Frequent, Held};
use super::histogram::{BUCKETS_MAX, Bucket, Histogram};

/// Sources that are told apart.
const SOURCES_MAX: usize = 1024;
/// A source with a longer name is told from others by its first bytes.
const SOURCE_BYTES_MAX: usize = 512;
/// Buckets that are counted for one that is asked for, so that those that are asked for are nearly as wide as they can be.
const BUCKETS_EACH: usize = 16;
/// Bytes of a pattern with what finds it, as most are.
const PATTERN_BYTES: usize = 512;
/// Bytes of a message that its pattern can depend on, escaped.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// Entries summed up. Give it each entry with [`Summary::note`], in whatever order; entries do not leave it again. A further part
/// is summed up in a [`Summary::part`] and merged.
#[derive(Clone, Debug)]
pub struct Summary {
    counts: [u64; KINDS],
    untimed: u64,
    histogram: Histogram,
    sources: Frequent<()>,
    facets: Facets,
    patterns: Patterns,
}

/// What a summary says at a moment, cut to what is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The entries by [`Level::place`].
    pub counts: [u64; KINDS],
    /// Those without a time.
    pub untimed: u64,
    /// Those with one, in buckets that follow each other.
    pub buckets: Vec<Bucket>,
    /// The sources with the most entries, those first.
    pub sources: Vec<ValueCount>,
    /// How many sources there are, where all of them were counted.
    pub sources_distinct: Option<u64>,
    /// The fields in the most entries, those first.
    pub fields: Vec<Facet>,
    /// In how many entries a field is at most that is not among these.
    pub fields_missed: u64,
    /// Fields that are not among these for their paths are too long: those in each entry counted for themselves.
    pub fields_too_long: u64,
    /// The patterns with the most messages, those first.
    pub patterns: Vec<Pattern>,
    /// How many patterns there are.
    pub patterns_held: u64,
    /// How many messages belonged to patterns that had to go.
    pub patterns_forgotten: u64,
}

impl Summary {
    /// Nothing yet, to be shown in so many `buckets` of time.
    #[must_use]
    pub fn new(buckets: usize) -> Self {
        Self::of(Histogram::new(limit(buckets)))
    }

    /// As [`Summary::new`], for a part that is merged into a summary which has come to this [`Summary::width_nanos`].
    #[must_use]
    pub fn part(buckets: usize, width_nanos: i64) -> Self {
        Self::of(Histogram::with_width(limit(buckets), width_nanos))
    }

    fn of(histogram: Histogram) -> Self {
        Self {
            counts: [0; KINDS],
            untimed: 0,
            histogram,
            sources: Frequent::new(SOURCES_MAX),
            facets: Facets::default(),
            patterns: Patterns::default(),
        }
    }

    /// How wide the buckets are in which time is counted, nanoseconds.
    #[must_use]
    pub const fn width_nanos(&self) -> i64 {
        self.histogram.width_nanos()
    }

    /// The memory that this takes, about: bytes.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.sources.held_bytes() + self.facets.held_bytes() + self.patterns.len() * PATTERN_BYTES
    }

    /// How many entries were noted.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Notes an entry of `source` that happened at `time_nanos`, nanoseconds since 1970: its own time, or that of the entries
    /// before it where whoever asks goes by that.
    pub fn note(&mut self, entry: &Entry<'_>, source: &str, time_nanos: Option<i64>) {
        self.counts[Level::place(entry.level)] += 1;
        match time_nanos {
            Some(nanos) => self.histogram.note(nanos, entry.level),
            None => self.untimed += 1,
        }
        let source = &source.as_bytes()[..source.len().min(SOURCE_BYTES_MAX)];
        let turn = self.entries();
        if let Some(held) = self.sources.place(source, turn, || ()).and_then(|place| self.sources.get_mut(place)) {
            held.note(turn);
        }
        self.sources.settle();
        self.facets.note(entry);
        self.patterns.add_at(&entry.message.beginning(MESSAGE_BYTES_MAX).decode(), time_nanos);
    }

    /// Takes in what was noted elsewhere.
    pub fn merge(&mut self, part: Self) {
        self.counts.iter_mut().zip(part.counts).for_each(|(count, more)| *count += more);
        self.untimed += part.untimed;
        self.histogram.merge(part.histogram);
        self.sources.merge(part.sources, |(), ()| ());
        self.sources.settle();
        self.facets.merge(part.facets);
        self.patterns.join(part.patterns);
    }

    /// What it says now: so many `buckets` of time at most, and of values and of patterns the `top` ones.
    #[must_use]
    pub fn snapshot(&self, buckets: usize, top: usize) -> Snapshot {
        let mut sources: Vec<_> = self.sources.held().iter().collect();
        sources.sort_unstable_by_key(|source| (Reverse(source.count), &source.key));
        let source = |held: &Held<()>| ValueCount {
            kind: Kind::Text,
            text: held.key.to_vec(),
            is_cut: held.key.len() == SOURCE_BYTES_MAX,
            count: held.count,
            max_error: held.error,
        };
        Snapshot {
            counts: self.counts,
            untimed: self.untimed,
            buckets: self.histogram.buckets(buckets),
            sources_distinct: (self.sources.missed() == 0).then_some(sources.len() as u64),
            sources: sources.into_iter().take(top).map(source).collect(),
            fields: self.facets.list(top),
            fields_missed: self.facets.missed(),
            fields_too_long: self.facets.too_long(),
            patterns: self.patterns.top(top),
            patterns_held: self.patterns.len() as u64,
            patterns_forgotten: self.patterns.forgotten(),
        }
    }
}

fn limit(buckets: usize) -> usize {
    buckets.saturating_mul(BUCKETS_EACH).max(BUCKETS_MAX)
}
