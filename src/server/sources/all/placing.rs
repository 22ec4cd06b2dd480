//! Putting entries in their places: all that the sources hold, and what arrived late.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;

use super::arrivals::{Arrivals, Begun, rank};
use super::order::{self, Part};
use super::runs::{Run, RunList};
use super::taking::New;
use super::{AllText, ORDERED_BYTES_MAX, Runs, lock};
use crate::log::order::{Key, Track};
use crate::server::sources::format::FormatList;
use crate::server::sources::generation;
use crate::server::sources::text::Source;
use crate::world::stream::{Moved, Stretch};

/// Puts the open entries in the order that is wanted; says what moved, its generations left out.
pub(super) fn put_wanted(
    runs: &mut RunList,
    arrivals: &mut Arrivals,
    is_bounded: impl Fn(usize) -> bool,
) -> Option<Moved> {
    let wanted = arrivals.wanted();
    let bytes: u64 = wanted.iter().map(|(_, part)| part.length()).sum();
    let end = runs.end().filter(|_| bytes > 0)?;
    let kept = end.checked_sub(bytes)?;
    let mut shown: HashMap<usize, VecDeque<Run>> = HashMap::new();
    for run in runs.split_off(kept, |run| arrivals.rows_of(run)) {
        shown.entry(run.source).or_default().push_back(run);
    }
    let mut stretches: Vec<Stretch> = Vec::new();
    for (source, part) in wanted {
        let rows = is_bounded(source).then_some(part.rows);
        let is_completed = part.is_completed;
        runs.push(Run { at: kept, source, start: part.start, end: part.end, is_completed, rows });
        let of_source = shown.entry(source).or_default();
        while of_source.front().is_some_and(|run| run.end <= part.start) {
            of_source.pop_front();
        }
        let at = of_source.front().map_or(kept, |run| run.at + part.start.saturating_sub(run.start));
        match stretches.last_mut() {
            Some(last) if last.at + last.bytes == at => {
                (last.bytes, last.rows) = (last.bytes + part.length(), last.rows + part.rows);
            }
            _ => stretches.push(Stretch { at, bytes: part.length(), rows: part.rows }),
        }
    }
    (stretches.len() > 1).then_some(Moved { from: 0, to: 0, kept, end, stretches })
}

impl Runs {
    /// The text is a new generation, whose lines stand as `moved` says.
    pub(super) fn note_moved(&mut self, moved: Moved) {
        let (from, to) = (self.generation, generation::next(self.generation));
        self.generation = to;
        self.past.note_moved(Moved { from, to, ..moved });
    }
}

impl AllText {
    /// Puts what the sources hold in the causal order of its entries, `formats` being those of all sources: the newest entries,
    /// about `tail_bytes` of them, or all. The text is a new generation if anything moves. What arrives from then on is put in
    /// order too. Blocks.
    ///
    /// # Errors
    /// A source cannot be read, or became another meanwhile; nothing has changed then.
    pub(super) fn put_in_order(&self, formats: &FormatList, tail_bytes: Option<u64>) -> io::Result<()> {
        let held = self.held(formats);
        let parts: Vec<_> = held.iter().collect();
        let ordered = order::newest_in_order(&parts, tail_bytes, ORDERED_BYTES_MAX)?;
        let mut arriving = lock(&self.arrivals);
        let is_other = |part: &Part| self.lock().taken[part.source].generation != part.generation;
        if held.iter().any(is_other) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut begun: Vec<Begun> = (0..self.sources.len())
            .map(|source| formats.get(source).and_then(Option::as_ref).and_then(|format| format.sample.domain))
            .map(|domain| Begun { domain, track: Track::default() })
            .collect();
        held.iter().zip(&ordered.tracks).for_each(|(part, track)| begun[part.source].track = *track);
        // Keys name the parts by their numbers among those that were put in order.
        let last = ordered.last.map(|key| Key { source: rank(held[key.source.0 as usize].source), ..key });
        let mut arrivals = Arrivals::new(&begun, last);
        arrivals.append(&ordered.tail);
        let mut fresh = ordered.runs;
        let ends: HashMap<usize, u64> = held.iter().map(|part| (part.source, part.range.end)).collect();
        // What arrived meanwhile, and what is of no use to the order.
        for run in self.behind(&ends) {
            self.arrive_again(&mut fresh, &mut arrivals, formats, &run)?;
        }
        let mut runs = self.lock();
        let is_moved = !fresh.iter().map(|run| run.place()).eq(runs.runs.iter().map(|run| run.place()));
        if is_moved {
            runs.begin_anew(fresh, true);
        }
        drop(runs);
        lock(&self.formats).clone_from(formats);
        self.note_difference(Some(&arrivals));
        *arriving = Some(arrivals);
        drop(arriving);
        self.tell();
        Ok(())
    }

    /// The runs, and parts of them, that lie behind these ends of their sources.
    fn behind(&self, ends: &HashMap<usize, u64>) -> Vec<Run> {
        let runs = self.lock();
        let rest = |run: Run| {
            let start = ends.get(&run.source).map_or(run.start, |end| run.start.max(*end));
            (start < run.end).then_some(Run { start, ..run })
        };
        runs.runs.iter().filter_map(rest).collect()
    }

    /// Has a run arrive in a text that is put together anew.
    fn arrive_again(
        &self,
        fresh: &mut RunList,
        arrivals: &mut Arrivals,
        formats: &FormatList,
        run: &Run,
    ) -> io::Result<()> {
        let generation = self.lock().taken[run.source].generation;
        let is_bounded = |source: usize| self.sources[source].text.is_bounded();
        let Run { source, start, end, is_completed, .. } = *run;
        let mut new = New { source, generation, start, end, is_completed };
        while new.start < new.end {
            if arrivals.is_full() {
                put_wanted(fresh, arrivals, is_bounded);
                arrivals.make_room();
            }
            match self.arrive(arrivals, formats, &new) {
                Ok(arrived) => {
                    new.start = arrived.end;
                    fresh.push(arrived);
                }
                Err(error) => {
                    let extent = self.sources[source].text.extent();
                    if extent.generation != generation || extent.start <= new.start {
                        return Err(error);
                    }
                    // The source has let go of what arrived first.
                    arrivals.forget_last(source);
                    new.start = extent.start;
                }
            }
        }
        Ok(())
    }

    /// What the sources hold that keep all of it.
    fn held(&self, formats: &FormatList) -> Vec<Part> {
        let runs = self.lock();
        let part = |(index, source): (usize, &Source)| {
            let (taken, format) = (runs.taken[index], formats.get(index)?.as_ref()?);
            if source.text.is_bounded() || format.generation != taken.generation {
                return None;
            }
            Some(Part {
                source: index,
                text: Arc::clone(&source.text),
                generation: taken.generation,
                range: taken.start..taken.end,
                is_completed: taken.is_completed,
                sample: format.sample.clone(),
                formats: format.formats.clone(),
            })
        };
        self.sources.iter().enumerate().filter_map(part).collect()
    }
}
