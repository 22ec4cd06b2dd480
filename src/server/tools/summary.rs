//! `frereth summary`: how many entries there are, when, of which levels, what their fields hold and which messages they have.

use std::fmt::Write as _;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;

use super::asked::{Asked, Opened, ToolError};
use super::hist::{levels, moment, write_buckets};
use super::search;
use crate::log::blocks::KINDS;
use crate::log::display;
use crate::log::level::Level;
use crate::log::summary::{Facet, Kind, Snapshot, Summary, ValueCount};
use crate::server::engine::{Chunk, Input};

/// What is wanted of the summary.
#[derive(Clone, Copy, Debug)]
pub struct SummaryAsked {
    /// Into how many buckets of time the entries are counted at most.
    pub buckets: usize,
    /// How many values of each field, and how many patterns, are written.
    pub top: usize,
    /// As JSON, an object per line.
    pub is_json: bool,
}

/// Writes what the entries that answer have in common, and returns how many they are; where there are none, JSON says so. All is found in one pass; the same logs
/// give the same answer, however many threads there are.
///
/// # Errors
/// [`ToolError`].
pub fn summary(asked: &Asked, wanted: SummaryAsked, out: &mut dyn Write) -> Result<u64, ToolError> {
    let Opened { mut inputs, query, mut unread } = asked.open(false)?;
    inputs.iter_mut().for_each(|input| input.carries_time = true);
    search::narrow(&mut inputs, &query);
    let mut all = Summary::new(wanted.buckets);
    let width_nanos = AtomicI64::new(all.width_nanos());
    let step = |input: &Input, chunk: &mut Chunk<'_>| {
        let mut part = Summary::part(wanted.buckets, width_nanos.load(Ordering::Relaxed));
        search::each(&query, input, chunk, false, |seen| part.note(seen.entry, &input.name, seen.time_nanos));
        part
    };
    search::in_turn(&inputs, &mut unread, step, |_, part| {
        all.merge(part);
        width_nanos.store(all.width_nanos(), Ordering::Relaxed);
        ControlFlow::Continue(())
    });
    let entries = all.entries();
    let snapshot = all.snapshot(wanted.buckets, wanted.top);
    if wanted.is_json {
        write_json(&snapshot, entries, out)?;
    } else if entries > 0 {
        write_pretty(&snapshot, entries, out)?;
    }
    unread.or(entries)
}

/// An object for the whole, then one for each bucket, facet and pattern.
fn write_json(snapshot: &Snapshot, entries: u64, out: &mut dyn Write) -> Result<(), ToolError> {
    let whole = json!({
        "entries": entries,
        "untimed": snapshot.untimed,
        "fields_missed": snapshot.fields_missed,
        "fields_too_long": snapshot.fields_too_long,
        "patterns": snapshot.patterns_held,
        "patterns_forgotten": snapshot.patterns_forgotten,
        "levels": levels(&snapshot.counts),
    });
    writeln!(out, "{whole}")?;
    write_buckets(&snapshot.buckets, true, out)?;
    let sources: Vec<_> = snapshot.sources.iter().map(value_object).collect();
    writeln!(out, "{}", json!({ "facet": "source", "distinct": snapshot.sources_distinct, "values": sources }))?;
    for facet in &snapshot.fields {
        writeln!(out, "{}", facet_object(facet))?;
    }
    for pattern in &snapshot.patterns {
        let (first, last) = pattern.span.unzip();
        let time = |nanos: Option<i64>| nanos.map(|nanos| format!("{:.9}", moment(nanos.into())));
        let object = json!({
            "template": pattern.template,
            "id": pattern.id.0,
            "count": pattern.count,
            "first": time(first),
            "last": time(last),
        });
        writeln!(out, "{object}")?;
    }
    Ok(())
}

fn facet_object(facet: &Facet) -> serde_json::Value {
    json!({
        "facet": "field",
        "field": String::from_utf8_lossy(&facet.path),
        "entries": facet.entries,
        "max_error": facet.max_error,
        "types": kinds(facet).map(|(kind, count)| (kind.word().to_owned(), count.into())).collect::<serde_json::Map<_, _>>(),
        "min": facet.range.map(|(least, _)| least),
        "max": facet.range.map(|(_, most)| most),
        "messages": facet.messages,
        "distinct": facet.distinct,
        "values": facet.values.iter().map(value_object).collect::<Vec<_>>(),
    })
}

fn value_object(value: &ValueCount) -> serde_json::Value {
    json!({
        "value": String::from_utf8_lossy(&value.text),
        "type": value.kind.word(),
        "is_cut": value.is_cut,
        "count": value.count,
        "max_error": value.max_error,
    })
}

/// The types that a field has, and how often.
fn kinds(facet: &Facet) -> impl Iterator<Item = (Kind, u64)> {
    Kind::ALL.into_iter().zip(facet.kinds).filter(|(_, count)| *count > 0)
}

fn write_pretty(snapshot: &Snapshot, entries: u64, out: &mut dyn Write) -> Result<(), ToolError> {
    writeln!(out, "{entries} entries{}, {} without a time", of_levels(&snapshot.counts), snapshot.untimed)?;
    if !snapshot.buckets.is_empty() {
        writeln!(out)?;
        write_buckets(&snapshot.buckets, false, out)?;
    }
    writeln!(out, "\nsource{}", different(snapshot.sources_distinct))?;
    write_values(&snapshot.sources, out)?;
    for facet in &snapshot.fields {
        writeln!(out, "\n{}", facet_line(facet))?;
        write_values(&facet.values, out)?;
    }
    if snapshot.fields_missed > 0 {
        writeln!(out, "\nand further fields, each in {} entries at most", snapshot.fields_missed)?;
    }
    writeln!(out, "\nmessages: {} patterns", snapshot.patterns_held)?;
    for pattern in &snapshot.patterns {
        writeln!(out, "{:>10}  {}", pattern.count, display::strip(pattern.template.as_bytes()))?;
    }
    if snapshot.patterns_forgotten > 0 {
        writeln!(out, "{:>10}  of patterns that are forgotten", snapshot.patterns_forgotten)?;
    }
    Ok(())
}

/// ` (info 3, none 2)`: the levels that there are.
fn of_levels(counts: &[u64; KINDS]) -> String {
    let words = Level::ALL.iter().map(|level| level.word()).chain(["none"]);
    let said: Vec<_> =
        words.zip(counts).filter(|(_, count)| **count > 0).map(|(word, count)| format!("{word} {count}")).collect();
    format!(" ({})", said.join(", "))
}

/// `status: 12 entries, number 12, from 200 to 503, 3 different`
fn facet_line(facet: &Facet) -> String {
    let mut line = format!("{}: {} entries{}", display::strip(&facet.path), facet.entries, error(facet.max_error));
    for (kind, count) in kinds(facet) {
        let _ = write!(line, ", {} {count}", kind.word());
    }
    if let Some((least, most)) = facet.range {
        let _ = write!(line, ", from {least} to {most}");
    }
    if facet.messages > 0 {
        let _ = write!(line, ", the message of {}", facet.messages);
        return line;
    }
    line + &different(facet.distinct)
}

fn different(count: Option<u64>) -> String {
    count.map_or_else(|| ", more different ones than were counted".to_owned(), |count| format!(", {count} different"))
}

fn error(max_error: u64) -> String {
    if max_error > 0 { format!(" (or up to {max_error} more)") } else { String::new() }
}

fn write_values(values: &[ValueCount], out: &mut dyn Write) -> Result<(), ToolError> {
    for value in values {
        let more = if value.is_cut { "…" } else { "" };
        writeln!(out, "{:>10}  {}{more}{}", value.count, display::strip(&value.text), error(value.max_error))?;
    }
    Ok(())
}
