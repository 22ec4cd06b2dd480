//! The entries of a chunk that answer a query.

use std::ops::{ControlFlow, Range};

use super::asked::{Unread, threads};
use super::progress::Progress;
use crate::log::blocks::Decided;
use crate::log::entry::Entry;
use crate::log::query::Query;
use crate::server::engine::{Chunk, Entries, Input, work};
use crate::server::index::Cache;

/// Has all chunks worked on and takes what came of each with the number of its log: log by log, each in its order, until
/// `take` says that it has enough.
pub fn in_turn<T: Send>(
    inputs: &[Input],
    unread: &mut Unread,
    step: impl Fn(&Input, &mut Chunk<'_>) -> T + Sync,
    mut take: impl FnMut(usize, T) -> ControlFlow<()>,
) {
    let step = |input: &Input, mut chunk: Chunk<'_>| (step(input, &mut chunk), chunk.bytes.len() as u64);
    work(inputs, threads(), step, |results| {
        let mut progress = Progress::of(inputs);
        for log in 0..inputs.len() {
            while let Some((done, bytes)) = unread.check(results.next(log)).flatten() {
                progress.add(bytes);
                if take(log, done).is_break() {
                    return;
                }
            }
        }
    });
}

/// Has blocks passed over in which nothing matches, where indexes of the logs are kept.
pub fn narrow(inputs: &mut [Input], query: &Query) {
    if !query.is_everything() {
        pass_over(inputs, query, |decided| decided == Decided::default());
    }
}

/// Has blocks passed over of whose entries the indexes know which match, and returns how many those are.
pub fn count_known(inputs: &mut [Input], query: &Query) -> u64 {
    let mut known = 0;
    pass_over(inputs, query, |decided| {
        let is_answered = decided.open == 0;
        known += if is_answered { decided.matches } else { 0 };
        is_answered
    });
    known
}

fn pass_over(inputs: &mut [Input], query: &Query, mut is_answered: impl FnMut(Decided) -> bool) {
    let Some(cache) = Cache::of_user().filter(|_| query.asks_what_blocks_know()) else { return };
    for input in inputs {
        let Some(blocks) = cache.load(input) else { continue };
        let (name, knows_times) = (input.name.clone(), !input.sample.lacks_days());
        input.pass_over(&blocks, |block| is_answered(block.decide(&name, knows_times, |known| query.judge(known))));
    }
}

/// An entry that was looked at.
pub struct Seen<'e, 'a> {
    /// The entry, read.
    pub entry: &'e Entry<'a>,
    /// Its number in its chunk and what was passed over before that, from 0.
    pub number: u64,
    /// Its time, or that of the entries before it where it has none: nanoseconds since 1970.
    pub time_nanos: Option<i64>,
    /// Whether it answers the query.
    pub is_match: bool,
}

/// Finds the matching entries without looking at those between them; each with its bytes in the chunk, and read where that
/// was needed to decide. `None` where the query cannot be answered so.
pub fn sparse(query: &Query, input: &Input, chunk: &mut Chunk<'_>, mut found: impl FnMut(Range<usize>)) -> Option<()> {
    let scanner = query.raw_scanner();
    let is_exact = scanner.is_exact();
    if !is_exact && (scanner.finds_every_line() || reads_all(query, input, chunk)) {
        return None;
    }
    if input.answer == Some(false) {
        return Some(());
    }
    let (mut entries, mut room) = (Entries::over(&chunk.formats, chunk.bytes), Entry::default());
    for line in scanner.lines(chunk.bytes) {
        if line.start < entries.at() {
            continue;
        }
        let range = entries.around(line.start);
        let raw = &chunk.bytes[range.clone()];
        let verdict = if is_exact { Some(true) } else { query.verdict(raw) };
        let is_match = verdict.unwrap_or_else(|| {
            let entry = entries.read(range.clone(), &mut chunk.clockwork, std::mem::take(&mut room));
            let is_match = query.is_match(&entry, &input.name);
            room = entry.recycle(&[]);
            is_match
        });
        if is_match {
            found(range);
        }
    }
    Some(())
}

/// Whether entries have to be read in their order, each, for the time of one depends on those before it.
fn reads_all(query: &Query, input: &Input, chunk: &Chunk<'_>) -> bool {
    query.asks_for_time() || input.sample.lacks_days() || chunk.formats.lacks_days
}

/// Looks at the entries of a chunk in their order, and returns how many there are with those passed over before it. Reads
/// those that may match, or `all`; shows those that match, or all.
pub fn each(query: &Query, input: &Input, chunk: &mut Chunk<'_>, all: bool, mut see: impl FnMut(Seen<'_, '_>)) -> u64 {
    let reads_all = all || reads_all(query, input, chunk);
    let (mut number, mut time_nanos, mut room) = (chunk.passed.entries, chunk.time_before, Entry::default());
    let mut entries = Entries::over(&chunk.formats, chunk.bytes);
    while let Some(range) = entries.next() {
        let verdict = input.answer.or_else(|| query.verdict(&chunk.bytes[range.clone()]));
        if reads_all || verdict != Some(false) {
            let entry = entries.read(range, &mut chunk.clockwork, room);
            time_nanos = entry.time.map(|time| time.nanos).or(time_nanos);
            let is_match = verdict.unwrap_or_else(|| query.is_match_at(&entry, &input.name, time_nanos));
            if is_match || all {
                see(Seen { entry: &entry, number, time_nanos, is_match });
            }
            room = entry.recycle(&[]);
        }
        number += 1;
    }
    number
}
