//! What lines of programs in containers look like: only as far as is needed to see what belongs together.

use super::colours;
use super::prefixed::Layout;
use super::traces::Line;
use crate::log::text;

/// A line that another line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held<'a> {
    /// Its text, escaped where the holder escapes.
    pub(super) line: Line<'a>,
    /// Whether the program ended it here; a container cuts long lines into several.
    pub(super) is_whole: bool,
    /// The stream that the program wrote it to.
    pub(super) stream: &'a [u8],
    /// The column that it begins in, where that is the same for all that belongs together; else 0.
    pub(super) column: u16,
}

/// What a line of Docker's json-file holds.
pub(super) fn docker(line: &[u8]) -> Option<Held<'_>> {
    text::docker(line).map(|held| Held {
        line: unescaped(held.text),
        is_whole: held.is_whole,
        stream: held.stream,
        column: 0,
    })
}

/// What a line of the container runtime interface holds.
pub(super) fn cri(line: &[u8]) -> Option<Held<'_>> {
    text::cri(line).map(|held| Held {
        line: Line::of(held.text),
        is_whole: held.is_whole,
        stream: held.stream,
        column: 0,
    })
}

/// What stands behind the name of a program. What is not behind the same name in the same column is of another stream.
pub(super) fn prefixed(layout: Layout, line: &[u8]) -> Option<Held<'_>> {
    layout.read(line).map(|held| Held {
        line: Line::of(held.text),
        is_whole: true,
        stream: held.stream,
        column: held.bytes,
    })
}

/// A line whose blanks and colours may be escaped.
fn unescaped(line: &[u8]) -> Line<'_> {
    let line = colours::behind_written(line);
    let mut text = line;
    while let Some(rest) = text.strip_prefix(b"\\t").or_else(|| text.strip_prefix(b" ")) {
        text = rest;
    }
    let indent = line.len() - text.len();
    let text = text.strip_suffix(b"\\r").unwrap_or(text).trim_ascii_end();
    Line { text, indent: if text.is_empty() { 0 } else { indent } }
}
