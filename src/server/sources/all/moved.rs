//! Where the entries of the generation before stand now, so that a reader keeps her place when one source begins anew.

use std::collections::{HashMap, VecDeque};

use super::{Run, Runs};
use crate::world::stream::Place;

/// The runs of a generation that is over.
pub struct Moved {
    pub generation: u32,
    pub runs: VecDeque<Run>,
}

impl Moved {
    /// Where the byte at `offset` stands in `now`; what is gone stands where the next that is left does, or at the end.
    pub fn place_in(&self, now: &Runs, offset: u64) -> Place {
        let mut left: HashMap<(usize, u32), Vec<&Run>> = HashMap::new();
        for run in &now.runs {
            left.entry((run.source, run.generation)).or_default().push(run);
        }
        let first = self.runs.partition_point(|run| run.behind() <= offset);
        let found = self.runs.range(first..).find_map(|run| {
            let wanted = run.start + offset.saturating_sub(run.at).min(run.end - run.start);
            // A source's runs follow each other; the added line end of the last one stands at its end.
            let of_source = left.get(&(run.source, run.generation))?;
            let next = of_source.get(of_source.partition_point(|run| run.start + run.length() <= wanted))?;
            (next.start < run.start + run.length()).then(|| next.at + wanted.saturating_sub(next.start))
        });
        Place { generation: now.generation, offset: found.unwrap_or_else(|| now.end()) }
    }
}
