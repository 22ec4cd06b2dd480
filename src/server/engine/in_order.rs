//! What comes of the chunks of all logs, item by item in the causal order of the entries (docs/ORDER.md).

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::input::{Input, InputError};
use super::work::Results;
use crate::log::order::{Key, Mark, Merge, Source, SourceRank, Track};

/// An entry, or what stands for one.
pub trait Marked: Copy {
    /// What the order knows of it.
    fn mark(&self) -> Mark;
}

/// What came of a chunk.
pub struct Batch<I, R> {
    /// Of its entries, in their order.
    pub items: Vec<I>,
    /// How many entries the chunk has.
    pub entries: u64,
    /// What the items have in common.
    pub rest: R,
}

/// The item whose turn it is.
pub struct Turn<'b, I, R> {
    /// The number of its log.
    pub log: usize,
    /// The item.
    pub item: I,
    /// What came of its chunk beside.
    pub rest: &'b R,
    /// How many entries of its log stand before its chunk.
    pub entries_before: u64,
    /// Its key among all items.
    pub key: Key,
}

/// What is told beside the items.
pub enum News<'b, R> {
    /// A batch is going to be waited for.
    Waits,
    /// One is there, with this beside its items.
    Batch(&'b R),
    /// A log cannot be read any further; what stood before that is handed over.
    Unread(InputError),
}

/// Hands over the items of all logs in their order, for as long as `take` returns true; of one log, in the order of the log.
///
/// # Errors
/// What `tell` and `take` say.
pub fn in_order<I: Marked, R, E>(
    inputs: &[Input],
    results: &Results<'_, Batch<I, R>>,
    tell: impl FnMut(News<'_, R>) -> Result<(), E>,
    mut take: impl FnMut(Turn<'_, I, R>) -> Result<bool, E>,
) -> Result<(), E> {
    let (failed, tell) = (Cell::new(None::<E>), RefCell::new(tell));
    let logs: Vec<_> = inputs.iter().map(|_| RefCell::new(Pending::default())).collect();
    let next = |log: usize| -> Result<bool, E> {
        let mut tell = tell.borrow_mut();
        tell(News::Waits)?;
        match results.next(log) {
            Ok(Some(batch)) => {
                tell(News::Batch(&batch.rest))?;
                logs[log].borrow_mut().push(batch);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error) => tell(News::Unread(error)).map(|()| false),
        }
    };
    let more = |log| {
        next(log).unwrap_or_else(|error| {
            failed.set(Some(error));
            false
        })
    };
    if let [only] = &logs[..] {
        let mut track = begin(&inputs[0]);
        while more(0) {
            let mut only = only.borrow_mut();
            while let Some(mark) = only.next_mark() {
                track.pass(own(&inputs[0], mark));
                let Some(turn) = only.next(track.last(SourceRank(0))) else { break };
                if !take(turn)? {
                    return Ok(());
                }
            }
        }
    } else {
        let sources = inputs.iter().enumerate().map(|(log, input)| Source {
            marks: Marks { log, input, at: 0, logs: &logs, more: &more },
            domain: input.sample.domain,
            from: begin(input),
        });
        for key in Merge::new(sources.collect()) {
            let mut pending = logs[key.source.0 as usize].borrow_mut();
            if !take(pending.next(key).expect("the order names entries that it was shown"))? {
                return Ok(());
            }
        }
    }
    failed.take().map_or(Ok(()), Err)
}

/// Before the first entry of a log.
fn begin(input: &Input) -> Track {
    Track::new(input.sample.first_time.unwrap_or(i64::MIN))
}

/// A mark of a log as the order is told of it.
fn own(input: &Input, mark: Mark) -> Mark {
    mark.clocked_if(input.sample.domain.is_some())
}

/// Shows the order the marks of a log's items. A copy is a second reader at the same place.
struct Marks<'a, I, R, M> {
    log: usize,
    input: &'a Input,
    at: u64,
    logs: &'a [RefCell<Pending<I, R>>],
    /// Waits for a log's next batch; false where there is none.
    more: &'a M,
}

impl<I, R, M> Clone for Marks<'_, I, R, M> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<I: Marked, R, M: Fn(usize) -> bool> Iterator for Marks<'_, I, R, M> {
    type Item = Mark;

    fn next(&mut self) -> Option<Mark> {
        loop {
            if let Some(mark) = self.logs[self.log].borrow().mark(self.at) {
                self.at += 1;
                return Some(own(self.input, mark));
            }
            if !(self.more)(self.log) {
                return None;
            }
        }
    }
}

/// What came of one log and was not taken.
struct Pending<I, R> {
    batches: VecDeque<Held<I, R>>,
    /// How many items of the first batch were taken.
    taken: usize,
    /// Items and entries in all batches so far.
    items: u64,
    entries: u64,
}

/// A batch, and how many items and entries stand before it.
struct Held<I, R> {
    batch: Batch<I, R>,
    items_before: u64,
    entries_before: u64,
}

impl<I, R> Default for Pending<I, R> {
    fn default() -> Self {
        Self { batches: VecDeque::new(), taken: 0, items: 0, entries: 0 }
    }
}

impl<I: Marked, R> Pending<I, R> {
    fn push(&mut self, batch: Batch<I, R>) {
        let held = Held { items_before: self.items, entries_before: self.entries, batch };
        self.items += held.batch.items.len() as u64;
        self.entries += held.batch.entries;
        self.batches.push_back(held);
    }

    /// The mark of item `at`, counted from the first of the log, where it has come and was not taken.
    fn mark(&self, at: u64) -> Option<Mark> {
        let held = &self.batches[self.batches.partition_point(|held| held.items_before <= at).checked_sub(1)?];
        held.batch.items.get(usize::try_from(at - held.items_before).ok()?).map(Marked::mark)
    }

    /// The mark of the next item, where it has come.
    fn next_mark(&mut self) -> Option<Mark> {
        while self.batches.front().is_some_and(|held| self.taken >= held.batch.items.len()) {
            self.batches.pop_front();
            self.taken = 0;
        }
        self.batches.front().map(|held| held.batch.items[self.taken].mark())
    }

    fn next(&mut self, key: Key) -> Option<Turn<'_, I, R>> {
        self.next_mark()?;
        let Held { batch, entries_before, .. } = self.batches.front()?;
        let item = batch.items[self.taken];
        self.taken += 1;
        let log = key.source.0 as usize;
        Some(Turn { log, item, rest: &batch.rest, entries_before: *entries_before, key })
    }
}
