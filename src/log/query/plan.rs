//! A query, ready to be asked.

use std::fmt;
use std::ops::Range;

use jiff::tz::TimeZone;

use super::ast::{Node, Subject};
use super::compile::Compiler;
use super::condition::{Asked, Check, Test};
use super::error::QueryError;
use super::known::Known;
use super::parser::parse;
use super::pattern::{Matcher, Search};
use super::scan::{Gate, RawScanner};
use crate::log::entry::Entry;

/// Of a text that stands in more places of an entry, only so many are shown.
const HIGHLIGHTS_MAX: usize = 1000;

/// A query, ready to be asked; cheap to share between threads.
///
/// Every step from cheap to dear may be left out, for none says anything else than the last would: [`Query::judge`] over
/// sources and blocks, [`Query::raw_scanner`] over the bytes of a block, [`Query::verdict`] on an entry's raw bytes,
/// [`Query::is_match`] on the parsed entry, which always decides.
///
/// What is derived from raw bytes holds for entries whose texts are parts of them, escaped at most as
/// [`crate::log::text::Escape`] says, and whose truth values are written `true` or `false`, in any case. Nulls may be
/// written in any way.
#[derive(Clone, Debug)]
pub struct Query {
    tree: Node,
    plan: Plan,
    gate: Gate,
    highlights: Vec<Search>,
    depends_on_now: bool,
}

/// What an entry is asked.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Everything,
    And(Vec<Plan>),
    Or(Vec<Plan>),
    Not(Box<Plan>),
    Raw(Search),
    Test(Test),
}

impl Query {
    /// Understands a text. `now_nanos`, since 1970, is what `15m` and `10:00` are reckoned from; `zone` is that of times
    /// without one.
    ///
    /// # Errors
    /// The first thing that is not as docs/QUERY.md says, where it stands, and what was expected there.
    pub fn compile(text: &str, now_nanos: i64, zone: &TimeZone) -> Result<Self, QueryError> {
        let tree = parse(text)?;
        let mut compiler = Compiler { now_nanos, zone, depends_on_now: false };
        let plan = compiler.plan(&tree)?;
        let mut highlights = Vec::new();
        plan.highlights(&mut highlights);
        let gate = Gate::of(&plan);
        Ok(Self { tree, plan, gate, highlights, depends_on_now: compiler.depends_on_now })
    }

    /// The query as a tree. Its `Display` is the canonical text, which can stand for the query unless
    /// [`Query::depends_on_now`].
    #[must_use]
    pub const fn tree(&self) -> &Node {
        &self.tree
    }

    /// Whether every entry matches.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        matches!(self.plan, Plan::Everything)
    }

    /// Whether the same text means something else at another time.
    #[must_use]
    pub const fn depends_on_now(&self) -> bool {
        self.depends_on_now
    }

    /// Whether there are entries that only parsing decides on; where not, [`Query::verdict`] always decides.
    #[must_use]
    pub fn needs_parse(&self) -> bool {
        self.plan.has_test(&|_| true)
    }

    /// Whether the answer depends on when an entry happened, which those without a time of their own take from others.
    #[must_use]
    pub fn asks_for_time(&self) -> bool {
        self.plan.has_test(&|test| matches!(test.check, Check::Time(..)))
    }

    /// Whether what is known of a block may decide: the query asks for a time or a level, or for nothing.
    #[must_use]
    pub fn asks_what_blocks_know(&self) -> bool {
        self.is_everything() || self.asks_for_time() || self.plan.has_test(&|test| test.subject == Subject::Level)
    }

    /// What is known of some entries decides: whether all of them match, or none; `None` where they have to be asked.
    #[must_use]
    pub fn judge(&self, known: &Known<'_>) -> Option<bool> {
        self.plan.judge(&|plan| match plan {
            Plan::Test(test) => test.judge(known),
            _ => None,
        })
    }

    /// What an entry's raw bytes decide alone: whether it matches, or `None` where it has to be parsed.
    #[must_use]
    pub fn verdict(&self, raw: &[u8]) -> Option<bool> {
        self.plan.judge(&|plan| match plan {
            Plan::Raw(search) => Some(search.is_match(raw)),
            Plan::Test(test) => test.is_excluded(raw).then_some(false),
            _ => None,
        })
    }

    /// Whether an entry of `source` matches.
    #[must_use]
    pub fn is_match(&self, entry: &Entry<'_>, source: &str) -> bool {
        self.is_match_at(entry, source, None)
    }

    /// The same for an entry that takes `time_nanos` from the entries before it if it has no time of its own.
    #[must_use]
    pub fn is_match_at(&self, entry: &Entry<'_>, source: &str, time_nanos: Option<i64>) -> bool {
        let time_nanos = entry.time.map(|time| time.nanos).or(time_nanos);
        self.plan.is_match(Asked { entry, source, time_nanos })
    }

    /// Where what was searched for stands in an entry's raw bytes: ascending, without overlap. Words, phrases and regexes,
    /// those behind `message:` too; nothing that was negated. Of one that stands in more than 1000 places, the first 1000.
    #[must_use]
    pub fn highlights(&self, raw: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for search in &self.highlights {
            search.find_all(raw, HIGHLIGHTS_MAX, &mut found);
        }
        found.sort_unstable_by_key(|range| (range.start, range.end));
        found.dedup_by(|next, kept| {
            let overlaps = next.start < kept.end;
            kept.end = if overlaps { kept.end.max(next.end) } else { kept.end };
            overlaps
        });
        found
    }

    /// The search for lines that can match, over whole blocks.
    #[must_use]
    pub const fn raw_scanner(&self) -> RawScanner<'_> {
        RawScanner::new(self, &self.gate)
    }
}

/// The canonical text.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}

impl Plan {
    /// Whether one of its tests is so.
    fn has_test(&self, is_so: &dyn Fn(&Test) -> bool) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.has_test(is_so)),
            Self::Not(inner) => inner.has_test(is_so),
            Self::Test(test) => is_so(test),
            Self::Everything | Self::Raw(_) => false,
        }
    }

    /// A rank of what an answer costs.
    pub(super) fn cost(&self) -> u8 {
        match self {
            Self::Everything => 0,
            Self::Test(test) => test.cost(),
            Self::Raw(Search::Word(..)) => 2,
            Self::Raw(Search::Regexp(_)) => 4,
            Self::Not(inner) => inner.cost(),
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::cost).max().unwrap_or(0),
        }
    }

    /// Adds the terms that an entry's raw bytes tell something of.
    pub(super) fn raw_terms<'a>(&'a self, found: &mut Vec<&'a Self>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.raw_terms(found)),
            Self::Not(inner) => inner.raw_terms(found),
            Self::Raw(_) | Self::Test(Test { needles: Some(_), .. }) => found.push(self),
            Self::Everything | Self::Test(_) => {}
        }
    }

    fn is_match(&self, asked: Asked<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::And(parts) => parts.iter().all(|part| part.is_match(asked)),
            Self::Or(parts) => parts.iter().any(|part| part.is_match(asked)),
            Self::Not(inner) => !inner.is_match(asked),
            Self::Raw(search) => search.is_match(asked.entry.raw),
            Self::Test(test) => test.is_match(asked),
        }
    }

    /// The answer as far as `knows` tells the answers of single terms: yes, no, or unknown.
    pub(super) fn judge(&self, knows: &dyn Fn(&Self) -> Option<bool>) -> Option<bool> {
        // One part that is `decisive` decides; else all must be known.
        let join = |parts: &[Self], decisive: bool| {
            let mut answer = Some(!decisive);
            for part in parts {
                match part.judge(knows) {
                    Some(known) if known == decisive => return Some(decisive),
                    Some(_) => {}
                    None => answer = None,
                }
            }
            answer
        };
        match self {
            Self::Everything => Some(true),
            Self::And(parts) => join(parts, false),
            Self::Or(parts) => join(parts, true),
            Self::Not(inner) => inner.judge(knows).map(|is_so| !is_so),
            Self::Raw(_) | Self::Test(_) => knows(self),
        }
    }

    fn highlights(&self, found: &mut Vec<Search>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.highlights(found)),
            Self::Raw(search) => found.push(search.clone()),
            Self::Test(Test {
                subject: Subject::Message, check: Check::Value(Matcher::Has { search, .. }), ..
            }) => {
                found.push(search.clone());
            }
            Self::Everything | Self::Not(_) | Self::Test(_) => {}
        }
    }
}
