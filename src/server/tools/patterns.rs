//! `frereth patterns`: entries grouped by the template of their message.

use std::io::Write;
use std::ops::ControlFlow;

use super::asked::{Asked, Opened, ToolError};
use super::search;
use crate::log::pattern::{PATTERNS_MAX, PatternId, Patterns};
use crate::server::engine::{Chunk, Input};

/// What is wanted of the patterns.
#[derive(Clone, Copy, Debug, Default)]
pub struct PatternsAsked {
    /// As JSON, an object per line.
    pub is_json: bool,
    /// The pattern of every entry, instead of the patterns.
    pub assign: bool,
}

/// The messages of a chunk, one behind the other.
struct Messages {
    entries: u64,
    /// For each entry its number in the chunk and where its message ends.
    ends: Vec<(u64, usize)>,
    text: Vec<u8>,
}

/// Writes the patterns, the most frequent first, and returns how many entries were grouped.
///
/// # Errors
/// [`ToolError`].
pub fn patterns(asked: &Asked, wanted: PatternsAsked, out: &mut dyn Write) -> Result<u64, ToolError> {
    let Opened { mut inputs, query, mut unread } = asked.open(false)?;
    search::narrow(&mut inputs, &query);
    let step = |input: &Input, chunk: &mut Chunk<'_>| {
        let (mut ends, mut text) = (Vec::new(), Vec::new());
        let entries = search::each(&query, input, chunk, false, |seen| {
            text.extend_from_slice(&seen.entry.message.decode());
            ends.push((seen.number, text.len()));
        });
        Messages { entries, ends, text }
    };
    let mut patterns = Patterns::new(PATTERNS_MAX);
    // Of each entry its log, its number and what it was taken for at first.
    let mut assigned: Vec<(u32, u64, PatternId)> = Vec::new();
    let mut grouped = 0;
    // Entries of each log in the chunks before.
    let mut entries_before = vec![0; inputs.len()];
    search::in_turn(&inputs, &mut unread, step, |log, messages| {
        let mut from = 0;
        for (number, to) in messages.ends {
            let id = patterns.add(&messages.text[from..to]);
            if wanted.assign {
                assigned.push((u32::try_from(log).unwrap_or(u32::MAX), entries_before[log] + number + 1, id));
            }
            grouped += 1;
            from = to;
        }
        entries_before[log] += messages.entries;
        ControlFlow::Continue(())
    });
    if wanted.assign {
        for (log, number, id) in assigned {
            let (source, id) = (&inputs[log as usize].name, patterns.resolve(id).0);
            writeln!(out, "{}", serde_json::json!({ "source": source, "seq": number, "id": id }))?;
        }
        return unread.or(grouped);
    }
    for pattern in patterns.list() {
        if wanted.is_json {
            let object =
                serde_json::json!({ "template": pattern.template, "id": pattern.id.0, "count": pattern.count });
            writeln!(out, "{object}")?;
        } else {
            writeln!(out, "{:>10}  {}", pattern.count, pattern.template)?;
        }
    }
    if patterns.forgotten() > 0 {
        if wanted.is_json {
            writeln!(out, "{}", serde_json::json!({ "forgotten": patterns.forgotten() }))?;
        } else {
            writeln!(
                out,
                "{:>10}  of patterns that are forgotten: there were more than {PATTERNS_MAX}",
                patterns.forgotten()
            )?;
        }
    }
    unread.or(grouped)
}
