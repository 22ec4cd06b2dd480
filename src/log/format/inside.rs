//! What a message holds beside prose: an object of JSON, pairs of key and value, or a line of some other program that holds
//! these.
//!
//! What is found there says the trace and the clock of the entry, and its level where that was not said in front; its time only
//! where nothing but the name of a program stands in front.

use crate::log::entry::{Entry, Fields};
use crate::log::lines;
use crate::log::text::{self, Escape, Text};
use crate::log::time::{Clockwork, read as time};

use super::format::{first_line, whole};
use super::held::{self, Held};
use super::pairs::typed;
use super::prefixed::Layout;
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

/// Reads a line behind the name of its program as that program meant it, and has the message say all lines of the entry. The
/// time of the prefix stands where there is one; else the line says its own. `None` where there is no such name.
pub(super) fn read_prefixed(layout: Layout, entry: &mut Entry<'_>, clockwork: &mut Clockwork) -> Option<()> {
    let raw = entry.raw;
    let first = first_line(raw);
    let held = layout.read(first)?;
    for (name, value) in layout.names().iter().zip(held.names) {
        entry.fields.push(Text::plain(name.as_bytes()), typed(value));
    }
    entry.time = time::leading(held.time).and_then(|(stamp, _)| clockwork.complete(stamp));
    let line = held.text.strip_suffix(b"\r").unwrap_or(held.text);
    let text = colours::bare(line);
    if !is_read(entry, text, clockwork, whole_object) && !is_read(entry, text, clockwork, whole_pairs) {
        plain::read_held(entry, line, clockwork);
        read(entry);
    }
    let message = entry.message.bytes();
    if first.len() < raw.len() && message.as_ptr_range().end == line.as_ptr_range().end {
        let at = first.len() - (held.text.len() - line.len()) - message.len();
        entry.message = Text::escaped(&raw[at..], Escape::Prefixed { bytes: held.bytes });
    } else {
        colours::trim_message(entry);
    }
    state_level_of_trace(entry, |line| held::prefixed(layout, line));
    Some(())
}

/// What reads a whole line, and says whether the line is of its kind.
type ReadsLine = for<'a> fn(&'a [u8], &mut Fields<'a>, &mut Found<'a>) -> bool;

fn whole_object<'a>(line: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> bool {
    line.starts_with(b"{") && json::object(line, fields, found).and_then(|end| whole(line, end)).is_some()
}

fn whole_pairs<'a>(line: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> bool {
    memchr::memchr(b'=', line).is_some()
        && pairs::line(line, fields, found).is_some_and(|counted| counted.is_logfmt(found))
}

/// Fills the entry by a line that it holds, where that is of the kind that `reads` reads; else nothing has happened.
fn is_read<'a>(entry: &mut Entry<'a>, line: &'a [u8], clockwork: &mut Clockwork, reads: ReadsLine) -> bool {
    let before = entry.fields.len();
    let mut found = Found::default();
    if !reads(line, &mut entry.fields, &mut found) {
        entry.fields.truncate(before);
        return false;
    }
    entry.message = Text::plain(line);
    if entry.time.is_some() {
        found.apply_inside(entry);
    } else {
        found.apply(entry, clockwork);
    }
    true
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
