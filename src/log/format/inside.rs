//! What a message holds beside prose: an object of JSON, pairs of key and value, or a line of some other program that holds
//! these.
//!
//! What is found there says the trace and the clock of the entry, and its level where that was not said in front; never its time.

use crate::log::entry::Entry;
use crate::log::lines;
use crate::log::text::{self, Escape, Text};

use super::format::{first_line, whole};
use super::held::{self, Held};
use super::roles::Found;
use super::traces::{self, Line};
use super::{colours, json, pairs, plain};

/// Whether a message, which this ends with, may hold something beside prose. An object may end its first line too.
pub(super) fn may_hold_more(text: &[u8]) -> bool {
    colours::trim_end(text).ends_with(b"}")
        || memchr::memchr2(b'=', b'\n', text).is_some_and(|at| {
            text[at] == b'=' || text[..at].ends_with(b"}") || memchr::memchr(b'=', &text[at..]).is_some()
        })
}

/// Takes out of a message what it holds beside prose: an object of JSON, or pairs of key and value.
pub(super) fn read(entry: &mut Entry<'_>) {
    let message = entry.message.bytes();
    if !may_hold_more(message) || !entry.message.is_plain() {
        return;
    }
    let mut found = Found::default();
    if message.starts_with(b"{") {
        let before = entry.fields.len();
        if json::object(message, &mut entry.fields, &mut found).and_then(|end| whole(message, end)).is_some() {
            found.apply_inside(entry);
            return;
        }
        entry.fields.truncate(before);
        found = Found::default();
    }
    // Columns and prose end in an object too: zap's, and many a `done {"took": 3}`.
    if (message.ends_with(b"}") || first_line(message).ends_with(b"}"))
        && let Some(at) = memchr::memmem::find(message, b"{\"")
    {
        let before = entry.fields.len();
        if json::object(&message[at..], &mut entry.fields, &mut found)
            .and_then(|end| whole(&message[at..], end))
            .is_none()
        {
            entry.fields.truncate(before);
            found = Found::default();
        }
    }
    pairs::inside(message, &mut entry.fields, &mut found);
    found.apply_marks(entry);
}

/// A container's line came with its line end, and says its level itself. So do those that carry it on.
pub(super) fn read_held_line(entry: &mut Entry<'_>) {
    let line = text::docker_string(entry.message.bytes()).text;
    entry.message = Text::escaped(line, Escape::Backslash);
    read_held_object(entry, line);
    if entry.level.is_none() {
        plain::state_level_of_escaped(entry, line);
    }
    state_level_of_trace(entry, held::docker);
    if entry.message.bytes() == line
        && let Some(lines) = text::docker_lines(entry.raw)
    {
        entry.message = Text::escaped(lines, Escape::Docker);
    }
}

/// Gives an entry of several lines, each of which a container holds, the level that it has as a trace.
fn state_level_of_trace<'a>(entry: &mut Entry<'a>, read: impl Fn(&'a [u8]) -> Option<Held<'a>>) {
    if entry.level.is_none() && first_line(entry.raw).len() < entry.raw.len() {
        let held = |line: lines::Line<'a>| read(line.text).map_or(Line::default(), |held| held.line);
        entry.level = traces::level(lines::forward(entry.raw).map(held));
    }
}

/// Takes out of a line what it says where it is an object of JSON, escaped as it stands.
fn read_held_object<'a>(entry: &mut Entry<'a>, line: &'a [u8]) {
    if !line.starts_with(b"{") {
        return;
    }
    let before = entry.fields.len();
    let mut found = Found::default();
    if json::held_object(line, &mut entry.fields, &mut found).and_then(|end| whole(line, end)).is_some() {
        found.apply_inside(entry);
    } else {
        entry.fields.truncate(before);
    }
}

/// Reads what the first line of a container's entry holds, and has the message say all lines. Those are not read further: the
/// container's own columns stand between them, in a value too where the first is but a part.
pub(super) fn read_held(entry: &mut Entry<'_>) {
    let lines = entry.message.bytes();
    let first = first_line(lines);
    let is_whole = text::cri(first_line(entry.raw)).is_none_or(|held| held.is_whole);
    state_level_of_trace(entry, held::cri);
    entry.message = Text::plain(first);
    if is_whole || first.len() == lines.len() {
        read(entry);
    }
    if entry.message == Text::plain(first) {
        entry.message = Text::escaped(lines, Escape::Cri { is_whole });
    }
}
