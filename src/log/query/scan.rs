//! The search for lines that can match, over whole blocks, without splitting them.

use std::ops::Range;

use super::condition::Test;
use super::pattern::Search;
use super::plan::{Plan, Query};
use super::regexp::Regexp;
use super::unwritten::Unwritten;
use crate::log::lines;
use crate::log::substring::Substring;

/// More needles than this are searched for together: each by itself reads the block once.
const SINGLE_NEEDLES_MAX: usize = 8;

/// What at least one line of every matching entry holds.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    /// One of these; `None` where nothing is known, so that every line may.
    members: Option<Vec<Member>>,
    /// Whether, conversely, every entry with such a line matches.
    is_exact: bool,
    verdict: Verdict,
}

/// What the raw bytes of an entry that was found by such a line tell.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    /// The same for every entry.
    Always(Option<bool>),
    /// More than the scan did: they are to be asked.
    Asked,
}

#[derive(Clone, Debug)]
enum Member {
    Needle(Box<str>, Substring),
    Regexp(Box<Regexp>),
    /// Where a text may be said that stands nowhere in the bytes.
    Unwritten(Unwritten),
}

/// Finds the lines of a block that an entry can match by.
///
/// An entry that matches holds at least one of the lines that are found. [`RawScanner::verdict`] says what is known of an
/// entry that holds one; where [`RawScanner::is_exact`], that it matches. The bytes of a line do not include its `\n`.
#[derive(Clone, Copy, Debug)]
pub struct RawScanner<'q> {
    query: &'q Query,
    gate: &'q Gate,
}

impl Gate {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut gate = Self::draft(plan, false);
        gate.verdict = gate.verdict_on(plan);
        gate.members = gate.members.and_then(search_together);
        gate
    }

    const fn draft_of(members: Option<Vec<Member>>, is_exact: bool) -> Self {
        Self { members, is_exact, verdict: Verdict::Asked }
    }

    const fn every_line(is_exact: bool) -> Self {
        Self::draft_of(None, is_exact)
    }

    fn draft(plan: &Plan, is_negated: bool) -> Self {
        let each = |parts: &[Plan]| parts.iter().map(|part| Self::draft(part, is_negated)).collect();
        match (plan, is_negated) {
            (Plan::Everything, false) => Self::every_line(true),
            (Plan::Everything, true) => Self::draft_of(Some(Vec::new()), true),
            (Plan::Not(inner), _) => Self::draft(inner, !is_negated),
            (Plan::And(parts), false) | (Plan::Or(parts), true) => Self::best_of(each(parts)),
            (Plan::Or(parts), false) | (Plan::And(parts), true) => Self::union_of(each(parts)),
            (Plan::Raw(search), false) => Self::of_search(search),
            (Plan::Test(Test { needles: Some(needles), .. }), false) => {
                let needles = needles.iter().map(|(text, search)| Member::Needle(text.clone(), search.clone()));
                let unwritten = Unwritten::ALL.map(Member::Unwritten);
                Self::draft_of(Some(needles.chain(unwritten).collect()), false)
            }
            (Plan::Raw(_) | Plan::Test(_), _) => Self::every_line(false),
        }
    }

    fn of_search(search: &Search) -> Self {
        match search {
            Search::Word(text, _) if text.is_empty() => Self::every_line(true),
            // A `\r` before the line end belongs to no entry.
            Search::Word(text, search) => {
                Self::draft_of(Some(vec![Member::Needle(text.clone(), search.clone())]), !text.contains('\r'))
            }
            Search::Regexp(regexp) if regexp.stays_in_line() => {
                Self::draft_of(Some(vec![Member::Regexp(regexp.clone())]), true)
            }
            Search::Regexp(_) => {
                let needle = |text: String| Member::Needle(text.as_str().into(), Substring::new(&text));
                let members = search.needles().map(|needles| needles.into_iter().map(needle).collect());
                Self::draft_of(members, false)
            }
        }
    }

    /// The scan has told all that raw bytes tell where it looks for their only term.
    fn verdict_on(&self, plan: &Plan) -> Verdict {
        if self.is_exact {
            return Verdict::Always(Some(true));
        }
        let mut terms = Vec::new();
        plan.raw_terms(&mut terms);
        let is_told = match terms[..] {
            [Plan::Raw(search)] => Self::of_search(search).is_exact,
            [Plan::Test(_)] => true,
            _ => false,
        };
        if !is_told || self.members.is_none() {
            return Verdict::Asked;
        }
        Verdict::Always(plan.judge(&|plan| matches!(plan, Plan::Raw(_)).then_some(true)))
    }

    /// The one that finds the fewest lines, by judgement.
    fn best_of(gates: Vec<Self>) -> Self {
        let best = gates.into_iter().max_by_key(Self::rank);
        Self { is_exact: false, ..best.unwrap_or(Self::every_line(false)) }
    }

    fn union_of(gates: Vec<Self>) -> Self {
        let is_exact = gates.iter().all(|gate| gate.is_exact);
        let members: Option<Vec<_>> = gates.into_iter().map(|gate| gate.members).collect();
        Self::draft_of(members.map(|members| members.into_iter().flatten().collect()), is_exact)
    }

    fn rank(&self) -> usize {
        let of_member = |member: &Member| match member {
            Member::Needle(text, _) => 2 * text.len(),
            Member::Regexp(regexp) => {
                let needles = regexp.needles().into_iter().flatten().map(|needle| 2 * needle.len());
                needles.min().unwrap_or(3)
            }
            Member::Unwritten(_) => usize::MAX,
        };
        let Some(members) = &self.members else { return 0 };
        // An exact one is also the answer.
        members.iter().map(of_member).min().unwrap_or(usize::MAX)
    }
}

/// Many needles become one regex; where that gets too big, nothing is known. Each way to be unwritten is looked for once.
fn search_together(mut members: Vec<Member>) -> Option<Vec<Member>> {
    let mut ways = Vec::new();
    members.retain(|member| {
        let Member::Unwritten(way) = member else { return true };
        let is_new = !ways.contains(way);
        ways.extend(is_new.then_some(*way));
        is_new
    });
    let texts: Vec<&str> = members
        .iter()
        .filter_map(|member| if let Member::Needle(text, _) = member { Some(&**text) } else { None })
        .collect();
    if texts.len() <= SINGLE_NEEDLES_MAX {
        return Some(members);
    }
    let together = Member::Regexp(Box::new(Regexp::any_of(&texts)?));
    let others = members.iter().filter(|member| !matches!(member, Member::Needle(..))).cloned();
    Some([together].into_iter().chain(others).collect())
}

impl Member {
    /// A place in the next line that it stands in, at or behind `from`, where a line begins.
    fn find(&self, block: &[u8], from: usize) -> Option<usize> {
        match self {
            Self::Needle(_, search) => search.find(block, from),
            Self::Regexp(regexp) => regexp.find_line(block, from),
            Self::Unwritten(way) => way.find(block, from),
        }
    }
}

impl<'q> RawScanner<'q> {
    pub(super) const fn new(query: &'q Query, gate: &'q Gate) -> Self {
        Self { query, gate }
    }

    /// What the raw bytes of an entry that holds a line that was found decide alone: as [`Query::verdict`], but without
    /// looking again for what the scan has found.
    #[must_use]
    pub fn verdict(&self, raw: &[u8]) -> Option<bool> {
        match self.gate.verdict {
            Verdict::Always(known) => known,
            Verdict::Asked => self.query.verdict(raw),
        }
    }

    /// Whether every entry with a line that is found matches, so that nothing else needs to be asked.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        self.gate.is_exact
    }

    /// Whether every line is found: splitting the block and asking each entry is as good.
    #[must_use]
    pub const fn finds_every_line(&self) -> bool {
        self.gate.members.is_none()
    }

    /// The lines of `block` that an entry can match by, ascending, each once. `block` begins at the beginning of a line;
    /// its last line may lack its end.
    pub fn lines<'a>(&self, block: &'a [u8]) -> impl Iterator<Item = Range<usize>> + use<'a, 'q> {
        let gate = self.gate;
        let mut from = 0;
        let mut next: Vec<Next> = gate.members.iter().flatten().map(|_| Next::Unknown).collect();
        std::iter::from_fn(move || {
            if from >= block.len() {
                return None;
            }
            let hit = match &gate.members {
                None => from,
                Some(members) => nearest(members, &mut next, block, from)?,
            };
            let line = lines::around(block, from, hit);
            from = line.end + 1;
            (line.start < block.len()).then_some(line)
        })
    }
}

/// Where a member next stands, remembered until it is passed: no member looks at the same bytes again.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    Unknown,
    At(usize),
    Nowhere,
}

fn nearest(members: &[Member], next: &mut [Next], block: &[u8], from: usize) -> Option<usize> {
    let mut nearest = None::<usize>;
    for (member, next) in members.iter().zip(next) {
        match *next {
            Next::At(at) if at >= from => {}
            Next::Nowhere => {}
            Next::Unknown | Next::At(_) => *next = member.find(block, from).map_or(Next::Nowhere, Next::At),
        }
        if let Next::At(at) = *next {
            nearest = Some(nearest.map_or(at, |nearest| nearest.min(at)));
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn what_stands_nowhere_in_a_block_is_looked_for_once_however_often_the_others_are_found() {
        let query = Query::compile("message:foo or user:bar", 0, &TimeZone::UTC).expect("the query is understood");
        let RawScanner { gate, .. } = query.raw_scanner();
        let members = gate.members.as_deref().expect("something is known");
        for line in ["foo", "bar", "T stdout P x", r#""log":"x","stream":"stdout""#, r#""MESSAGE":[1]"#, r"\u0041"] {
            let block = [line; 100].join("\n");
            let mut next = vec![Next::Unknown; members.len()];
            assert!(nearest(members, &mut next, block.as_bytes(), 0).is_some(), "{line}");
            let nowhere = next.iter().filter(|next| **next == Next::Nowhere).count();
            assert_eq!((nowhere, members.len()), (5, 6), "{line}");
            assert_eq!(query.raw_scanner().lines(block.as_bytes()).count(), 100, "{line}");
        }
    }
}
