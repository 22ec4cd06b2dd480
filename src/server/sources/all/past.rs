//! What became of the generations before: where their lines stand now, so that readers keep their places.
//!
//! The last changes of order are remembered, and the last times that the text was put together anew.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::Runs;
use super::runs::{Run, RunList};
use crate::world::stream::{Moved, Place};

/// Changes of order that are remembered at most, and the stretches in them.
const STEPS_MAX: usize = 4096;
const STRETCHES_MAX: usize = 256 * 1024;
/// What the runs of generations before the last may take.
const RUNS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How each generation that is remembered became the next.
#[derive(Default)]
pub(super) struct Past {
    steps: VecDeque<Step>,
}

enum Step {
    Moved(Arc<Moved>),
    Anew(Anew),
}

/// A generation that is over.
pub(super) struct Anew {
    pub generation: u32,
    pub runs: RunList,
    /// The generation of each source.
    pub sources: Vec<u32>,
    /// The generation that followed.
    pub to: u32,
    /// Whether all of its lines are in that.
    pub keeps_all: bool,
}

impl Step {
    fn from(&self) -> u32 {
        match self {
            Self::Moved(moved) => moved.from,
            Self::Anew(anew) => anew.generation,
        }
    }

    fn stretches(&self) -> usize {
        if let Self::Moved(moved) = self { moved.stretches.len() } else { 0 }
    }
}

impl Past {
    /// The lines were put in another order.
    pub fn note_moved(&mut self, moved: Moved) {
        self.steps.push_back(Step::Moved(Arc::new(moved)));
        let mut stretches: usize = self.steps.iter().map(Step::stretches).sum();
        while self.steps.len() > STEPS_MAX || stretches > STRETCHES_MAX && self.steps.len() > 1 {
            stretches -= self.steps.pop_front().map_or(0, |gone| gone.stretches());
        }
    }

    /// The text was put together anew.
    pub fn note_anew(&mut self, anew: Anew) {
        self.steps.push_back(Step::Anew(anew));
        // Runs may be many: but for the last time, so many are remembered.
        let mut left = RUNS_BYTES_MAX;
        let is_forgotten = |step: &Step| {
            let Step::Anew(anew) = step else { return false };
            let fits = anew.runs.held_bytes() <= left;
            left = left.saturating_sub(anew.runs.held_bytes());
            !fits
        };
        let before = self.steps.len() - 1;
        if let Some(last) = self.steps.iter().take(before).rposition(is_forgotten) {
            self.steps.drain(..=last);
        }
        self.steps.drain(..self.steps.len().saturating_sub(STEPS_MAX));
    }

    /// The changes of order that led from one generation to another, if nothing else did.
    pub fn moves(&self, from: u32, to: u32) -> Option<Vec<Arc<Moved>>> {
        let mut moves = Vec::new();
        let mut steps = self.steps.iter().skip_while(|step| step.from() != from);
        let mut reached = from;
        while reached != to {
            let Step::Moved(moved) = steps.next()? else { return None };
            reached = moved.to;
            moves.push(Arc::clone(moved));
        }
        Some(moves)
    }

    /// Whether no line was lost from one generation to another.
    pub fn keeps_all(&self, from: u32, to: u32) -> bool {
        let mut reached = from;
        for step in self.steps.iter().skip_while(|step| step.from() != from) {
            match step {
                _ if reached == to => break,
                Step::Moved(moved) => reached = moved.to,
                Step::Anew(anew) if anew.keeps_all => reached = anew.to,
                Step::Anew(_) => return false,
            }
        }
        reached == to
    }
}

/// Where a place of a generation before stands in the text as it is `now`.
pub(super) fn translate(now: &Runs, place: Place) -> Option<Place> {
    let (mut place, generation) = (place, place.generation);
    for step in now.past.steps.iter().skip_while(|step| step.from() != generation) {
        match step {
            Step::Moved(moved) => place = moved.place_now(place)?,
            Step::Anew(anew) => return Some(anew.place_in(now, place.offset)),
        }
    }
    (place.generation == now.generation).then_some(place)
}

impl Anew {
    /// Where the byte at `offset` stands in `now`; what is gone stands where the next that is left does, or at the end.
    fn place_in(&self, now: &Runs, offset: u64) -> Place {
        let is_same =
            |source: usize| now.taken.get(source).map(|taken| taken.generation) == self.sources.get(source).copied();
        let mut begins: HashMap<usize, u64> = HashMap::new();
        for run in now.runs.iter() {
            begins.entry(run.source).or_insert(run.start);
        }
        // A source's runs follow each other; the added line end of the last one stands at its end.
        let wanted = |run: Run| {
            let begin = begins.get(&run.source).filter(|_| is_same(run.source))?;
            let wanted = (run.start + offset.saturating_sub(run.at).min(run.end - run.start)).max(*begin);
            (wanted < run.start + run.length()).then_some((run.source, wanted))
        };
        let found = self.runs.from(offset).find_map(wanted).and_then(|(source, wanted)| {
            let holds = |run: &Run| run.source == source && run.start + run.length() > wanted;
            now.runs.iter().find(holds).map(|run| run.at + wanted.saturating_sub(run.start))
        });
        Place { generation: now.generation, offset: found.unwrap_or_else(|| now.end()) }
    }
}
