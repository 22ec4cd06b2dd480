//! Lines of programs in containers, as the container's log holds them: only as far as is needed to see what belongs together.

use super::json::string_end;

/// A line that another line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held<'a> {
    /// Its bytes, escaped where the holder escapes.
    pub(super) text: &'a [u8],
    /// Whether it begins with a blank.
    pub(super) is_indented: bool,
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
    let is_indented = (text.starts_with(b" ") || text.starts_with(b"\\t")) && !text.trim_ascii().is_empty();
    Some(Held { text, is_indented, is_whole: whole.is_some() })
}

/// What a line of the container runtime interface holds: `<time> stdout F ...`, with `P` for a part of a line.
pub(super) fn cri(line: &[u8]) -> Option<Held<'_>> {
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let (_time, _stream, flag, text) = (words.next()?, words.next()?, words.next()?, words.next().unwrap_or_default());
    let is_indented = matches!(text.first(), Some(b' ' | b'\t')) && !text.trim_ascii().is_empty();
    Some(Held { text, is_indented, is_whole: flag != b"P" })
}
