//! `frereth hist`: how many entries there are over time, by level.

use std::io::Write;

use jiff::Timestamp;

use super::asked::{Asked, ToolError};
use super::search;
use crate::log::level::Level;
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
/// Levels, and none.
const KINDS: usize = Level::COUNT + 1;

/// The times of the entries that answer.
#[derive(Clone, Debug, Default)]
struct Times {
    /// When, in nanoseconds since 1970, and of what kind.
    all: Vec<(i64, u8)>,
    untimed: u64,
}

/// Writes a line for each stretch of time, and returns how many entries were counted.
///
/// # Errors
/// [`ToolError`].
pub fn hist(asked: &Asked, wanted: Hist, out: &mut dyn Write) -> Result<u64, ToolError> {
    let (mut inputs, query) = asked.open(false)?;
    inputs.iter_mut().for_each(|input| input.carries_time = true);
    search::narrow(&mut inputs, &query);
    let step = |input: &Input, chunk: &mut Chunk<'_>| {
        let mut times = Times::default();
        search::each(&query, input, chunk, false, |seen| match seen.time_nanos {
            Some(nanos) => times.all.push((nanos, kind(seen.entry.level))),
            None => times.untimed += 1,
        });
        times
    };
    let mut times = Times::default();
    search::in_turn(&inputs, step, |_, found| {
        times.all.extend(found.all);
        times.untimed += found.untimed;
    })?;
    let first = times.all.iter().map(|(nanos, _)| *nanos).min();
    let last = times.all.iter().map(|(nanos, _)| *nanos).max();
    if let (Some(first), Some(last)) = (first, last) {
        let buckets = count(&times.all, first, last, wanted.buckets.max(1));
        write_buckets(&buckets, first, last, wanted.is_json, out)?;
    }
    match times.untimed {
        0 => {}
        untimed if wanted.is_json => {
            writeln!(out, "{}", serde_json::json!({ "from": null, "to": null, "count": untimed }))?;
        }
        untimed => writeln!(out, "{untimed} entries say no time")?,
    }
    Ok(times.all.len() as u64 + times.untimed)
}

fn kind(level: Option<Level>) -> u8 {
    level.map_or(Level::COUNT as u8, |level| level as u8)
}

/// How many entries of each kind there are in each of `buckets` equal stretches.
fn count(times: &[(i64, u8)], first: i64, last: i64, buckets: usize) -> Vec<[u64; KINDS]> {
    let width = width(first, last, buckets);
    let mut counts = vec![[0; KINDS]; buckets];
    for &(nanos, kind) in times {
        let bucket = (i128::from(nanos) - i128::from(first)) / width;
        let bucket = usize::try_from(bucket).unwrap_or(0).min(buckets - 1);
        counts[bucket][usize::from(kind)] += 1;
    }
    counts
}

/// Nanoseconds of each stretch: what is exactly between two belongs to the later one; the last has its end too.
fn width(first: i64, last: i64, buckets: usize) -> i128 {
    let span = (i128::from(last) - i128::from(first)).max(1);
    let buckets = buckets as i128;
    (span + buckets - 1) / buckets
}

fn write_buckets(
    counts: &[[u64; KINDS]],
    first: i64,
    last: i64,
    is_json: bool,
    out: &mut dyn Write,
) -> Result<(), ToolError> {
    let width = width(first, last, counts.len());
    let most = counts.iter().map(|kinds| kinds.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let moment = |nanos: i128| Timestamp::from_nanosecond(nanos).unwrap_or(Timestamp::MAX);
    for (number, kinds) in counts.iter().enumerate() {
        let total: u64 = kinds.iter().sum();
        let from = i128::from(first) + width * number as i128;
        if is_json {
            let mut levels: serde_json::Map<_, _> =
                Level::ALL.iter().map(|level| (level.word().to_owned(), kinds[*level as usize].into())).collect();
            levels.insert("none".to_owned(), kinds[Level::COUNT].into());
            let object = serde_json::json!({
                "from": format!("{:.9}", moment(from)),
                "to": format!("{:.9}", moment(from + width)),
                "count": total,
                "levels": levels,
            });
            writeln!(out, "{object}")?;
        } else {
            let chars = usize::try_from((total * BAR_CHARS).div_ceil(most)).unwrap_or(0);
            let severe = kinds[Level::Error as usize] + kinds[Level::Fatal as usize];
            let words = if severe > 0 { format!(", {severe} of them errors") } else { String::new() };
            writeln!(out, "{:.3}  {total:>10}  {}{words}", moment(from), "#".repeat(chars))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_in_one_bucket_and_the_ends_are_in_the_first_and_the_last() {
        let times: Vec<_> = (0..1000).map(|n| (n * 7, 2)).collect();
        let counts = count(&times, 0, 999 * 7, 9);
        assert_eq!(counts.iter().map(|kinds| kinds[2]).sum::<u64>(), 1000);
        assert!(counts.iter().all(|kinds| (100..=112).contains(&kinds[2])), "{counts:?}");
        assert_eq!(count(&[(5, 0)], 5, 5, 3)[0][0], 1);
    }
}
