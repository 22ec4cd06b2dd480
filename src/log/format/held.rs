//! Lines of programs in containers, as the container's log holds them: only as far as is needed to see what belongs together.

use super::json::string_end;
use super::traces::Line;

/// A line that another line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held<'a> {
    /// Its text, escaped where the holder escapes.
    pub(super) line: Line<'a>,
    /// Whether the program ended it here; a container cuts long lines into several.
    pub(super) is_whole: bool,
}

/// A line end as a string of JSON has it.
pub(super) const LINE_END: &[u8] = b"\\n";

/// What a line of Docker's json-file holds, whose first member it is: `{"log":"...\n","stream":"stdout","time":"..."}`.
pub(super) fn docker(line: &[u8]) -> Option<Held<'_>> {
    let inside = line.strip_prefix(b"{\"log\":\"")?;
    let (end, _) = string_end(inside)?;
    let text = &inside[..end];
    let whole = text.strip_suffix(LINE_END);
    let text = whole.unwrap_or(text);
    Some(Held { line: unescaped(text), is_whole: whole.is_some() })
}

/// A line whose blanks may be escaped.
fn unescaped(line: &[u8]) -> Line<'_> {
    let mut text = line;
    while let Some(rest) = text.strip_prefix(b"\\t").or_else(|| text.strip_prefix(b" ")) {
        text = rest;
    }
    let indent = line.len() - text.len();
    let text = text.strip_suffix(b"\\r").unwrap_or(text).trim_ascii_end();
    Line { text, indent: if text.is_empty() { 0 } else { indent } }
}

/// What a line of the container runtime interface holds: `<time> stdout F ...`, with `P` for a part of a line.
pub(super) fn cri(line: &[u8]) -> Option<Held<'_>> {
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let (_time, _stream, flag, text) = (words.next()?, words.next()?, words.next()?, words.next().unwrap_or_default());
    Some(Held { line: Line::of(text), is_whole: flag != b"P" })
}
