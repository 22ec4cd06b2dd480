//! `frereth cat`: the entries of all logs in one causal order, those that answer a query.

use std::cell::RefCell;
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::asked::{Asked, Opened, ToolError, Unread, threads};
use super::progress::Progress;
use super::render::{self, CSV_NAMES, Output};
use super::search;
use super::spool::Spool;
use crate::log::order::Mark;
use crate::log::query::Query;
use crate::server::engine::{self, Chunk, Entries, Input, Marked, News, Results, work};

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
    let Opened { mut inputs, query, mut unread } = asked.open(!wanted.count)?;
    let limit = wanted.limit.unwrap_or(u64::MAX);
    if wanted.count {
        let count = count(&mut inputs, &query, limit, &mut unread);
        writeln!(out, "{count}")?;
        return unread.or(count);
    }
    if limit == 0 {
        return unread.or(0);
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
    if wanted.reverse && !is_merged && inputs.iter_mut().all(Input::from_end) {
        let written = backward(&mut inputs, &query, wanted.output, limit, out, &mut unread)?;
        return unread.or(written);
    }
    let step = |input: &Input, chunk: Chunk<'_>| batch(&query, input, chunk, wanted.output, is_merged);
    let written = work(&inputs, threads(), step, |results| {
        if wanted.reverse {
            let mut spool = Spool::new(wanted.limit)?;
            in_order(&inputs, results, &mut unread, || Ok(()), |bytes| spool.push(bytes).map(|()| true))?;
            return spool.write_reversed(out);
        }
        let mut written = 0;
        let out = RefCell::new(out);
        let flush = || out.borrow_mut().flush();
        in_order(&inputs, results, &mut unread, flush, |bytes| {
            out.borrow_mut().write_all(bytes)?;
            written += 1;
            Ok(written < limit)
        })?;
        let out = out.into_inner();
        out.flush().map(|()| written)
    })?;
    unread.or(written)
}

/// Writes the entries of one file that answer, the last first, as they are found from its end on. Where they are numbered,
/// all are counted before. Several files are not read so: how late an entry counts as among others depends on all before it.
fn backward(
    inputs: &mut [Input],
    query: &Query,
    output: Output,
    limit: u64,
    out: &mut dyn Write,
    unread: &mut Unread,
) -> io::Result<u64> {
    let mut entries_before = 0;
    if output.is_numbered() {
        let entries = |_: &Input, chunk: &mut Chunk<'_>| {
            chunk.passed.entries + Entries::over(&chunk.formats, chunk.bytes).count() as u64
        };
        search::in_turn(inputs, unread, entries, |_, entries| {
            entries_before += entries;
            ControlFlow::Continue(())
        });
        inputs.iter_mut().for_each(|input| _ = input.from_end());
    }
    let step = |input: &Input, chunk: Chunk<'_>| batch(query, input, chunk, output, false);
    work(inputs, threads(), step, |results| {
        let (mut progress, mut written, mut line) = (Progress::of(inputs), 0, Vec::new());
        for log in 0..inputs.len() {
            while let Some(Batch { items, entries, rest }) = unread.check(results.next(log)).flatten() {
                progress.add(rest.chunk_bytes);
                entries_before = entries_before.saturating_sub(entries);
                for item in items.iter().rev() {
                    let number = entries_before + item.number + 1;
                    out.write_all(numbered(&mut line, *item, &rest.text, number))?;
                    written += 1;
                    if written == limit {
                        return out.flush().map(|()| written);
                    }
                }
                out.flush()?;
            }
        }
        Ok(written)
    })
}

/// How many entries answer, `limit` at most.
fn count(inputs: &mut [Input], query: &Query, limit: u64, unread: &mut Unread) -> u64 {
    let mut total = search::count_known(inputs, query);
    let step = |input: &Input, chunk: &mut Chunk<'_>| {
        let mut matches = 0;
        if search::sparse(query, input, chunk, |_| matches += 1).is_none() {
            matches = 0;
            search::each(query, input, chunk, false, |_| matches += 1);
        }
        matches
    };
    search::in_turn(inputs, unread, step, |_, matches: u64| {
        total += matches;
        if total < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    total.min(limit)
}

/// The entries of a chunk that match, and what the order has to know of the others.
type Batch = engine::Batch<Item, Written>;

/// What was written of a chunk.
struct Written {
    /// How many bytes it has.
    chunk_bytes: u64,
    text: Vec<u8>,
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

impl Marked for Item {
    fn mark(&self) -> Mark {
        self.mark
    }
}

fn batch(query: &Query, input: &Input, mut chunk: Chunk<'_>, output: Output, is_merged: bool) -> Batch {
    let chunk_bytes = chunk.bytes.len() as u64;
    let (mut items, mut written) = (Vec::new(), Vec::new());
    let plain = |from, to| Item { mark: Mark::default(), number: 0, from, to, number_at: None };
    if !is_merged && !output.reads() {
        let block = chunk.bytes;
        let found = search::sparse(query, input, &mut chunk, |range| {
            let from = written.len();
            render::raw(&mut written, &block[range]);
            items.push(plain(from, written.len()));
        });
        if found.is_some() {
            return Batch { items, entries: 0, rest: Written { chunk_bytes, text: written } };
        }
        items.clear();
        written.clear();
    }
    if let Some(latest) = chunk.passed.latest.filter(|_| is_merged) {
        // What was passed over keeps what follows it from standing above its time.
        items.push(Item { mark: Mark { time: Some(latest), clock: None }, ..plain(0, 0) });
    }
    let entries = search::each(query, input, &mut chunk, is_merged, |seen| {
        let from = written.len();
        let number_at = if seen.is_match { output.render(&mut written, &input.name, seen.entry) } else { None };
        items.push(Item { mark: Mark::of(seen.entry), number: seen.number, from, to: written.len(), number_at });
    });
    Batch { items, entries, rest: Written { chunk_bytes, text: written } }
}

/// Hands over the matching entries of all logs in their order, for as long as `take` returns true. Calls `wait` before more
/// is waited for.
fn in_order(
    inputs: &[Input],
    results: &Results<'_, Batch>,
    unread: &mut Unread,
    wait: impl Fn() -> io::Result<()>,
    mut take: impl FnMut(&[u8]) -> io::Result<bool>,
) -> io::Result<()> {
    let mut progress = Progress::of(inputs);
    let mut line = Vec::new();
    engine::in_order(
        inputs,
        results,
        |news| {
            match news {
                News::Waits => wait()?,
                News::Batch(written) => progress.add(written.chunk_bytes),
                News::Unread(error) => _ = unread.check::<()>(Err(error)),
            }
            Ok(())
        },
        |turn| {
            let number = turn.entries_before + turn.item.number + 1;
            let is_match = turn.item.from != turn.item.to;
            if is_match { take(numbered(&mut line, turn.item, &turn.rest.text, number)) } else { Ok(true) }
        },
    )
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
