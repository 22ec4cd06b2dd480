//! Which lines belong to the entry before them: stack traces, indented lines, JSON spread over lines.
//!
//! The question is asked of a line in its block. Looked at are the line and the one before it, across an empty line, which may
//! stand inside a trace, the next one, and behind what may have been thrown the first frame: two lines before and one behind
//! at most, so that any place of a file can be asked. Both sides of an empty line ask the same of the same two lines, and so
//! agree.

use std::ops::Range;

use crate::log::lines;

use super::held::Held;
use super::plain;
use super::traces::{self, Line};

/// A line in its block. Those around it are looked for when they are asked about.
pub(super) struct Place<'a> {
    block: &'a [u8],
    line: Range<usize>,
}

impl<'a> Place<'a> {
    /// The line at `line`, without its line feed.
    pub(super) const fn of(block: &'a [u8], line: Range<usize>) -> Self {
        Self { block, line }
    }

    pub(super) fn line(&self) -> &'a [u8] {
        &self.block[self.line.clone()]
    }

    /// The line before; empty where the block begins.
    pub(super) fn before(&self) -> &'a [u8] {
        &self.block[lines::before(self.block, self.line.start)]
    }

    /// The line before that one.
    pub(super) fn above(&self) -> &'a [u8] {
        let before = lines::before(self.block, self.line.start);
        &self.block[lines::before(self.block, before.start)]
    }

    /// The line behind; empty where the block ends.
    pub(super) fn behind(&self) -> &'a [u8] {
        &self.block[lines::from(self.block, self.block.len().min(self.line.end + 1))]
    }
}

/// Whether a line of a container carries on the one before: both were one line to the program, or what they hold is a
/// stack trace or the like. A line that holds none begins an entry, and so does one of another stream: the container's log
/// mixes what the program wrote apart.
pub(super) fn continues_held<'a>(place: &Place<'a>, read: impl Fn(&'a [u8]) -> Option<Held<'a>>) -> bool {
    let (Some(line), Some(before)) = (read(place.line()), read(place.before())) else { return false };
    let of_stream = |held: &Held<'_>| (held.stream, held.column) == (line.stream, line.column);
    if !of_stream(&before) {
        return false;
    }
    let text = |line| read(line).filter(of_stream).map_or(Line::default(), |held| held.line);
    !before.is_whole
        || is_thrown(line.line, before.line)
        || looks_continued(line.line, || before.line, || text(place.above()), || text(place.behind()))
}

/// Whether a line names the exception that the entry in the line before tells of, as Java's loggers write it.
fn is_thrown(line: Line<'_>, before: Line<'_>) -> bool {
    traces::is_exception(line) && !before.is_indented() && plain::has_leading_time_or_level(before.text)
}

/// Whether a line without a time begins an entry in a log of entries that have one: what a program says when it crashes.
pub(super) fn begins_crash(place: &Place<'_>) -> bool {
    traces::is_of_crash(Line::of(place.line()))
}

/// Whether a line carries on what stands before it by its look alone, whatever its format.
pub(super) fn continues_by_look(place: &Place<'_>) -> bool {
    let around = [Place::before, Place::above, Place::behind].map(|line| move || Line::of(line(place)));
    let [before, above, behind] = around;
    looks_continued(Line::of(place.line()), before, above, behind)
}

/// The same of a line among others that follow each other.
pub(super) fn continues_by_look_among(lines: &[&[u8]], index: usize) -> bool {
    let at = |index: Option<usize>| {
        move || index.and_then(|index| lines.get(index)).map_or(Line::default(), |line| Line::of(line))
    };
    let line = at(Some(index));
    looks_continued(line(), at(index.checked_sub(1)), at(index.checked_sub(2)), at(index.checked_add(1)))
}

/// The same of a line as the tables see it, with those around it.
fn looks_continued<'a>(
    line: Line<'a>,
    before: impl FnOnce() -> Line<'a>,
    above: impl FnOnce() -> Line<'a>,
    behind: impl FnOnce() -> Line<'a>,
) -> bool {
    if line.is_indented() || is_closing(line.text) {
        return true;
    }
    if line.is_blank() {
        return traces::bridges(before(), behind());
    }
    if line.text[0] == b'{' {
        return false;
    }
    if traces::is_of_trace(line) || traces::is_thrown(line, behind) {
        return true;
    }
    let before = before();
    if before.is_blank() { traces::bridges(above(), line) } else { traces::follows(line, before) }
}

/// Whether a program marks a place in its log with the line: none of its entries goes on there, though it has no time.
pub(super) fn is_mark(line: &[u8]) -> bool {
    const MARKS: [&[u8]; 3] = [b"-- Boot ", b"-- Reboot --", b"--------- beginning of "];
    line.starts_with(b"--") && MARKS.iter().any(|mark| line.starts_with(mark))
}

fn is_closing(text: &[u8]) -> bool {
    matches!(text, b"}" | b"]" | b"}," | b"],")
}

/// Whether a line of JSON stands inside an object or array that is spread over lines without being indented.
pub(super) fn is_inside_json<'a>(line: &[u8], before: impl FnOnce() -> &'a [u8]) -> bool {
    let text = line.trim_ascii_end();
    let may_be = match text.first() {
        Some(b'"') => true,
        // An object that is whole on its line is an entry, also in a list of them.
        Some(b'{' | b'[') => matches!(text, b"{" | b"[" | b"{}" | b"[]" | b"{}," | b"[],"),
        Some(_) => is_bare_value(text.strip_suffix(b",").unwrap_or(text)),
        None => false,
    };
    may_be && matches!(before().trim_ascii_end().last(), Some(b'{' | b'[' | b','))
}

/// Whether a line at the margin opens an object of JSON that is spread over lines, or stands inside of one.
pub(super) fn is_part_of_json(line: &[u8], before: &[u8]) -> bool {
    line.trim_ascii_end() == b"{" || is_inside_json(line, || before)
}

/// A number, or a word that JSON knows.
fn is_bare_value(text: &[u8]) -> bool {
    matches!(text, b"true" | b"false" | b"null")
        || matches!(text.first(), Some(b'-' | b'0'..=b'9'))
            && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'))
}
