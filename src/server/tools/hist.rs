//! `frereth hist`: how many entries there are over time, by level.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde_json::json;

use super::asked::{Asked, Opened, ToolError};
use super::search;
use crate::log::blocks::KINDS;
use crate::log::level::Level;
use crate::log::summary::{Bucket, Histogram};
use crate::server::engine::{Chunk, Input};

/// What is wanted of the counts.
#[derive(Clone, Copy, Debug)]
pub struct Hist {
    /// Into how many equal stretches the time from the first to the last entry is cut.
    pub buckets: usize,
    /// As JSON, an object per line.
    pub is_json: bool,
}

/// The width of a full bar, in characters.
const BAR_CHARS: u64 = 50;
/// Different times that are told apart before they are counted together ...
const TIMES_MAX: usize = 1 << 16;
/// ... and for each stretch at least.
const TIMES_EACH: usize = 16;

/// The entries that answer: those with a time, or that of the entries before them, and how many there are without.
struct Found {
    timed: Histogram,
    untimed: u64,
}

/// Writes a line for each stretch of time, and returns how many entries were counted. In a log of very many different times
/// stretches begin and end where some of them are counted together: at a whole microsecond, say, or second.
///
/// # Errors
/// [`ToolError`].
pub fn hist(asked: &Asked, wanted: Hist, out: &mut dyn Write) -> Result<u64, ToolError> {
    let Opened { mut inputs, query, mut unread } = asked.open(false)?;
    inputs.iter_mut().for_each(|input| input.carries_time = true);
    search::narrow(&mut inputs, &query);
    let limit = wanted.buckets.saturating_mul(TIMES_EACH).max(TIMES_MAX);
    let mut all = Found { timed: Histogram::new(limit), untimed: 0 };
    // Where times are counted together already, there is no need to tell those of further chunks apart.
    let width_nanos = AtomicI64::new(all.timed.width_nanos());
    let step = |input: &Input, chunk: &mut Chunk<'_>| {
        let timed = Histogram::with_width(limit, width_nanos.load(Ordering::Relaxed));
        let mut found = Found { timed, untimed: 0 };
        search::each(&query, input, chunk, false, |seen| match seen.time_nanos {
            Some(nanos) => found.timed.note(nanos, seen.entry.level),
            None => found.untimed += 1,
        });
        found
    };
    search::in_turn(&inputs, &mut unread, step, |_, found| {
        all.timed.merge(found.timed);
        all.untimed += found.untimed;
        width_nanos.store(all.timed.width_nanos(), Ordering::Relaxed);
        ControlFlow::Continue(())
    });
    let stretches = all.timed.stretches(wanted.buckets);
    write_buckets(&stretches, wanted.is_json, out)?;
    match all.untimed {
        0 => {}
        untimed if wanted.is_json => writeln!(out, "{}", json!({ "from": null, "to": null, "count": untimed }))?,
        untimed => writeln!(out, "{untimed} entries say no time")?,
    }
    unread.or(stretches.iter().map(Bucket::total).sum::<u64>() + all.untimed)
}

/// Writes a line for each of some buckets: an object, or a bar.
pub(super) fn write_buckets(buckets: &[Bucket], is_json: bool, out: &mut dyn Write) -> Result<(), ToolError> {
    let most = buckets.iter().map(Bucket::total).max().unwrap_or(0).max(1);
    for bucket in buckets {
        let total = bucket.total();
        if is_json {
            let (from, to) = (format!("{:.9}", moment(bucket.from)), format!("{:.9}", moment(bucket.to)));
            let levels = levels(&bucket.counts);
            writeln!(out, "{}", json!({ "from": from, "to": to, "count": total, "levels": levels }))?;
        } else {
            let chars = usize::try_from((u128::from(total) * u128::from(BAR_CHARS)).div_ceil(most.into())).unwrap_or(0);
            let severe = bucket.counts[Level::Error as usize] + bucket.counts[Level::Fatal as usize];
            let words = if severe > 0 { format!(", {severe} of them errors") } else { String::new() };
            writeln!(out, "{:.3}  {total:>10}  {}{words}", moment(bucket.from), "#".repeat(chars))?;
        }
    }
    Ok(())
}

/// A moment that is this many nanoseconds from 1970.
pub(super) fn moment(nanos: i128) -> Timestamp {
    Timestamp::from_nanosecond(nanos).unwrap_or(Timestamp::MAX)
}

/// Counts of entries by level, as an object.
pub(super) fn levels(counts: &[u64; KINDS]) -> serde_json::Value {
    let words = Level::ALL.iter().map(|level| level.word()).chain(["none"]);
    words.zip(counts).map(|(word, count)| (word.to_owned(), (*count).into())).collect::<serde_json::Map<_, _>>().into()
}
