//! `frereth formats`: the formats there are, or what was found out about a log and why.

use std::io::Write;

use super::asked::{Asked, Opened, ToolError};
use super::render::Output;
use crate::log::entry::Entry;
use crate::log::format::Format;
use crate::server::engine::InputError;

/// Writes the names of all formats, those of the user's own too, or for each log its format, the reason, its first entry, and
/// where that format changes: of a stream too, which is read to its end for that.
///
/// # Errors
/// [`ToolError`].
pub fn formats(asked: &Asked, out: &mut dyn Write) -> Result<(), ToolError> {
    if asked.paths.is_empty() {
        let own = asked.formats.own.iter().map(Format::name);
        for name in Format::names().collect::<Vec<_>>().into_iter().chain(own) {
            writeln!(out, "{name}")?;
        }
        return Ok(());
    }
    let Opened { inputs, mut unread, .. } = asked.open(false)?;
    for input in &inputs {
        let sample = &input.sample;
        let detection = &sample.detection;
        let inferred: Vec<_> = sample.inferred.words().collect();
        let note = if inferred.is_empty() {
            String::new()
        } else {
            format!("; inferred of its times: {}", inferred.join(", "))
        };
        writeln!(out, "{}: {} ({}){note}", input.name, detection.format.name(), detection.why)?;
        let mut clockwork = sample.clockwork_before(sample.reference_nanos);
        let entry = detection.format.parse(&sample.first_entry, &mut clockwork, Entry::default());
        if !entry.raw.is_empty() {
            let mut line = Vec::new();
            if let Some(at) = Output::Jsonl.render(&mut line, &input.name, &entry) {
                line.splice(at..at, *b"1");
            }
            out.write_all(&line)?;
        }
        // What follows may take a while, or never come.
        out.flush()?;
        let changes = input.format_changes().map_err(|error| InputError::new(&input.name, error));
        for (at, detection) in unread.check(changes).unwrap_or_default() {
            writeln!(out, "{}: from byte {at} {} ({})", input.name, detection.format.name(), detection.why)?;
        }
    }
    unread.or(())
}
