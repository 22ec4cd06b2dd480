//! `frereth cat`: the entries of all logs in one causal order, those that answer a query.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, Write};

use super::asked::{Asked, ToolError, threads};
use super::progress::Progress;
use super::render::{self, CSV_NAMES, Output};
use super::search;
use super::spool::Spool;
use crate::log::order::{Mark, Merge, Source, Track};
use crate::log::query::Query;
use crate::server::engine::{Chunk, Input, InputError, Results, work};

/// What is wanted of the entries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cat {
    /// How they are written.
    pub output: Output,
    /// At most so many.
    pub limit: Option<u64>,
    /// The last first.
    pub reverse: bool,
    /// Only how many there are.
    pub count: bool,
}

/// Writes the entries that answer, and returns how many they were.
///
/// # Errors
/// [`ToolError`].
pub fn cat(asked: &Asked, wanted: Cat, out: &mut dyn Write) -> Result<u64, ToolError> {
    let (mut inputs, query) = asked.open()?;
    if wanted.count {
        let count = count(&mut inputs, &query)?.min(wanted.limit.unwrap_or(u64::MAX));
        writeln!(out, "{count}")?;
        return Ok(count);
    }
    let limit = wanted.limit.unwrap_or(u64::MAX);
    if limit == 0 {
        return Ok(0);
    }
    if wanted.output == Output::Csv {
        out.write_all(CSV_NAMES.as_bytes())?;
    }
    let is_merged = inputs.len() > 1;
    // Among others a log's every clock tick counts, and every time that may be another tomorrow.
    let is_bound = |input: &Input| is_merged && (input.sample.domain.is_some() || input.sample.lacks_days());
    if !inputs.iter().any(is_bound) {
        search::narrow(&mut inputs, &query);
    }
    let step = |input: &Input, chunk: Chunk<'_>| batch(&query, input, chunk, wanted.output, is_merged);
    work(&inputs, threads(), step, |results| {
        if wanted.reverse {
            let mut spool = Spool::new(wanted.limit)?;
            in_order(&inputs, results, |bytes| spool.push(bytes).map(|()| true))?;
            return Ok(spool.write_reversed(out)?);
        }
        let mut written = 0;
        in_order(&inputs, results, |bytes| {
            out.write_all(bytes)?;
            written += 1;
            Ok(written < limit)
        })?;
        out.flush()?;
        Ok(written)
    })
}

fn count(inputs: &mut [Input], query: &Query) -> Result<u64, ToolError> {
    let mut total = search::count_known(inputs, query);
    let step = |input: &Input, chunk: &mut Chunk<'_>| {
        let mut matches = 0;
        if search::sparse(query, input, chunk, |_| matches += 1).is_none() {
            matches = 0;
            search::each(query, input, chunk, false, |_| matches += 1);
        }
        matches
    };
    search::in_turn(inputs, step, |_, matches: u64| total += matches)?;
    Ok(total)
}

/// What came of a chunk: the entries that match, written, and what the order has to know of the others.
struct Batch {
    /// How many entries the chunk has.
    entries: u64,
    /// How many bytes.
    bytes: u64,
    items: Vec<Item>,
    written: Vec<u8>,
}

/// An entry.
#[derive(Clone, Copy)]
struct Item {
    mark: Mark,
    /// Its number in the chunk.
    number: u64,
    /// Where it is written; the same twice where it does not match.
    from: usize,
    to: usize,
    /// Where among that its number in the log belongs.
    number_at: Option<usize>,
}

fn batch(query: &Query, input: &Input, mut chunk: Chunk<'_>, output: Output, is_merged: bool) -> Batch {
    let bytes = chunk.bytes.len() as u64;
    let (mut items, mut written, mut entries) = (Vec::new(), Vec::new(), 0);
    let plain = |from, to| Item { mark: Mark::default(), number: 0, from, to, number_at: None };
    if !is_merged && !output.reads() {
        let block = chunk.bytes;
        let found = search::sparse(query, input, &mut chunk, |range| {
            let from = written.len();
            render::raw(&mut written, &block[range]);
            items.push(plain(from, written.len()));
        });
        if found.is_some() {
            return Batch { entries, bytes, items, written };
        }
        items.clear();
        written.clear();
    }
    if let Some(latest) = chunk.passed.latest.filter(|_| is_merged) {
        // What was passed over keeps what follows it from standing above its time.
        items.push(Item { mark: Mark { time: Some(latest), clock: None }, ..plain(0, 0) });
    }
    entries += search::each(query, input, &mut chunk, is_merged, |seen| {
        let from = written.len();
        let number_at = if seen.is_match { output.render(&mut written, &input.name, seen.entry) } else { None };
        items.push(Item { mark: Mark::of(seen.entry), number: seen.number, from, to: written.len(), number_at });
    });
    Batch { entries, bytes, items, written }
}

/// The entries of one log as they come, chunk after chunk, until they are taken.
#[derive(Default)]
struct Pending {
    batches: VecDeque<Held>,
    /// How many items of the first batch were taken.
    taken: usize,
    /// Items and entries in all batches so far.
    items: u64,
    entries: u64,
}

/// A batch, and how many items and entries stand before it.
struct Held {
    batch: Batch,
    items_before: u64,
    entries_before: u64,
}

/// Shows the order the marks of a log's entries. A copy is a second reader at the same place.
struct Marks<'a, M> {
    number: usize,
    at: u64,
    logs: &'a [RefCell<Pending>],
    /// Waits for a log's next batch; false where there is none.
    more: &'a M,
}

impl<M> Clone for Marks<'_, M> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<M: Fn(usize) -> bool> Iterator for Marks<'_, M> {
    type Item = Mark;

    fn next(&mut self) -> Option<Mark> {
        loop {
            if let Some(mark) = self.logs[self.number].borrow().mark(self.at) {
                self.at += 1;
                return Some(mark);
            }
            if !(self.more)(self.number) {
                return None;
            }
        }
    }
}

/// Hands over the matching entries of all logs in their order, for as long as `take` returns true.
fn in_order(
    inputs: &[Input],
    results: &Results<'_, Batch>,
    mut take: impl FnMut(&[u8]) -> io::Result<bool>,
) -> Result<(), ToolError> {
    let failed = Cell::new(None::<InputError>);
    let progress = RefCell::new(Progress::of(inputs));
    let logs: Vec<_> = inputs.iter().map(|_| RefCell::new(Pending::default())).collect();
    let more = |number: usize| match results.next(number) {
        Ok(Some(batch)) => {
            progress.borrow_mut().add(batch.bytes);
            logs[number].borrow_mut().push(batch);
            true
        }
        Ok(None) => false,
        Err(error) => {
            failed.set(Some(error));
            false
        }
    };
    let mut line = Vec::new();
    if let [only] = &logs[..] {
        while more(0) {
            let mut log = only.borrow_mut();
            while let Some((item, bytes, number)) = log.next() {
                if !take(numbered(&mut line, item, bytes, number))? {
                    return Ok(());
                }
            }
        }
    } else {
        let sources = inputs.iter().enumerate().map(|(number, input)| Source {
            marks: Marks { number, at: 0, logs: &logs, more: &more },
            domain: input.sample.domain,
            from: Track::new(input.sample.first_time.unwrap_or(i64::MIN)),
        });
        for key in Merge::new(sources.collect()) {
            let mut log = logs[key.source.0 as usize].borrow_mut();
            let (item, bytes, number) = log.next().expect("the order names entries that it was shown");
            if item.from != item.to && !take(numbered(&mut line, item, bytes, number))? {
                return Ok(());
            }
        }
    }
    failed.take().map_or(Ok(()), |error| Err(error.into()))
}

/// An entry as it is written, with its number where that belongs.
fn numbered<'l>(line: &'l mut Vec<u8>, item: Item, bytes: &'l [u8], number: u64) -> &'l [u8] {
    let Some(at) = item.number_at else { return &bytes[item.from..item.to] };
    line.clear();
    line.extend_from_slice(&bytes[item.from..at]);
    let _ = write!(line, "{number}");
    line.extend_from_slice(&bytes[at..item.to]);
    line
}

impl Pending {
    fn push(&mut self, batch: Batch) {
        let held = Held { items_before: self.items, entries_before: self.entries, batch };
        self.items += held.batch.items.len() as u64;
        self.entries += held.batch.entries;
        self.batches.push_back(held);
    }

    /// The mark of item `at`, counted from the first of the log, where it has come and was not taken.
    fn mark(&self, at: u64) -> Option<Mark> {
        let held = &self.batches[self.batches.partition_point(|held| held.items_before <= at).checked_sub(1)?];
        held.batch.items.get(usize::try_from(at - held.items_before).ok()?).map(|item| item.mark)
    }

    /// The next entry, where it is written, and its number in the log, from 1.
    fn next(&mut self) -> Option<(Item, &[u8], u64)> {
        while self.batches.front().is_some_and(|held| self.taken >= held.batch.items.len()) {
            self.batches.pop_front();
            self.taken = 0;
        }
        let Held { batch, entries_before, .. } = self.batches.front()?;
        let item = batch.items[self.taken];
        self.taken += 1;
        Some((item, &batch.written, entries_before + item.number + 1))
    }
}
