//! Lines of no known format: a timestamp at the front where there is one, a level where one is stated, and the text.

use crate::log::entry::Entry;
use crate::log::level::{self, Level};
use crate::log::lines;
use crate::log::text::Text;
use crate::log::time::{Clockwork, Stamp, read};

use super::colours;
use super::traces::{self, Line};

/// How far the beginning of a message is searched for a level.
const LEVEL_WINDOW_BYTES: usize = 160;

/// Fills an entry that is but its text.
pub(super) fn parse(entry: &mut Entry<'_>, clockwork: &mut Clockwork) {
    let raw = entry.raw;
    let at = if let Some((time, at)) = clockwork.complete_in_minute(raw) {
        entry.time = Some(time);
        at
    } else if let Some((stamp, at)) = leading_time(raw) {
        entry.time = clockwork.complete_leading(raw, stamp);
        at
    } else {
        state_level(entry, raw);
        return;
    };
    read_behind_time(entry, &raw[at..]);
}

/// Fills an entry by a line that it holds. The time of the entry stands where it has one.
pub(super) fn read_held<'a>(entry: &mut Entry<'a>, line: &'a [u8], clockwork: &mut Clockwork) {
    entry.message = Text::plain(line);
    match leading_time(line) {
        Some((stamp, at)) => {
            entry.time = entry.time.or_else(|| clockwork.complete(stamp));
            read_behind_time(entry, &line[at..]);
        }
        None => state_level(entry, line),
    }
}

/// Fills an entry by what stands behind its time.
fn read_behind_time<'a>(entry: &mut Entry<'a>, rest: &'a [u8]) {
    let rest = &rest[separators(rest)..];
    match leading_level(rest) {
        Some((level, word, length)) => {
            (entry.level, entry.level_text) = (Some(level), Text::plain(word));
            let rest = &rest[length..];
            entry.message = Text::plain(&rest[separators(rest)..]);
        }
        None => {
            entry.message = Text::plain(rest);
            state_level(entry, rest);
        }
    }
}

/// Gives the entry the level that a text seems to state, or that it has as a crash or a trace.
pub(super) fn state_level(entry: &mut Entry<'_>, text: &[u8]) {
    entry.level = level::detect(&text[..text.len().min(LEVEL_WINDOW_BYTES)]);
    if entry.level.is_none() && traces::may_have_level(text) {
        entry.level = traces::level(lines::forward(text).map(|line| Line::of(line.text)));
    }
}

/// The same for a text that stands in a string of JSON and may be JSON itself: its colours and the backslashes before its quotes
/// are left out.
pub(super) fn state_level_of_escaped(entry: &mut Entry<'_>, mut text: &[u8]) {
    let mut plain = [0; LEVEL_WINDOW_BYTES];
    let mut length = 0;
    while length < LEVEL_WINDOW_BYTES
        && let [byte, behind @ ..] = text
    {
        let is_backslash = *byte == b'\\';
        if is_backslash && let colour @ 1.. = colours::written_length(text) {
            text = &text[colour..];
            continue;
        }
        let escaped = behind.split_first().filter(|(sign, _)| is_backslash && matches!(sign, b'"' | b'\\'));
        let (byte, rest) = escaped.unwrap_or((byte, behind));
        plain[length] = *byte;
        length += 1;
        text = rest;
    }
    state_level(entry, &plain[..length]);
}

/// The time at the front of a line, maybe in brackets or quotes, and the end of both.
pub(super) fn leading_time(line: &[u8]) -> Option<(Stamp, usize)> {
    let mut at = lines::mark_bytes(line);
    at += line[at..].iter().take(8).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if line.get(at) == Some(&0x1b) {
        at += colours::run_length(&line[at..]);
    }
    let close = match line.get(at)? {
        b'[' => b']',
        b'(' => b')',
        b'<' => b'>',
        b'"' => b'"',
        _ => {
            let (stamp, length) = read::leading(&line[at..])?;
            return Some((stamp, at + length));
        }
    };
    at += 1;
    let rest = &line[at..];
    let (stamp, length) = read::leading(rest).or_else(|| read::since_boot(rest).filter(|_| close == b']'))?;
    at += length;
    if line.get(at) == Some(&close) {
        at += 1;
    }
    Some((stamp, at))
}

/// Whether a line has a time at its front: what [`leading_time`] finds, for less.
pub(super) fn has_leading_time(line: &[u8]) -> bool {
    read::begins_with_iso(line) || leading_time(line).is_some()
}

/// Whether a line begins as entries do, with a time or a level of its own.
pub(super) fn has_leading_time_or_level(line: &[u8]) -> bool {
    let line = colours::bare(line);
    has_leading_time(line) || leading_level(line).is_some()
}

/// The length of what may stand between time, level and message.
fn separators(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += text[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b':' | b'|' | b',' | b';')).count();
        // A hyphen or a closing bracket stands alone: `- text`, `] text`, but `-1`.
        at += match &text[at..] {
            [b'-' | b']' | b')', b' ', ..] => 1,
            [0x1b, b'[', ..] => match colours::length(&text[at..]) {
                0 => return at,
                length => length,
            },
            _ => return at,
        };
    }
}

/// The level that a message begins with, as a column of its own: `INFO `, `[warn] `, `<error>`, `ERROR:`.
fn leading_level(text: &[u8]) -> Option<(Level, &[u8], usize)> {
    let (inside, close) = match text.first()? {
        b'[' => (&text[1..], Some(b']')),
        b'<' => (&text[1..], Some(b'>')),
        _ => (text, None),
    };
    let at = if close.is_some() { inside.iter().take(4).take_while(|byte| **byte == b' ').count() } else { 0 };
    let length = inside[at..].iter().take(14).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let word = &inside[at..at + length];
    let end = at + length;
    let behind = &inside[end..];
    let Some(close) = close else {
        // Prose begins with a capital too: only a word all in capitals, or what zap and others write between blanks.
        let is_upper = length > 1 && !word.iter().any(u8::is_ascii_lowercase);
        let is_lower = length > 3 && !word.iter().any(u8::is_ascii_uppercase);
        let is_apart = matches!(behind.first(), None | Some(b' ' | b'\t' | b':' | b'|' | 0x1b));
        return ((is_upper || is_lower) && is_apart).then(|| Some((Level::from_word_bytes(word)?, word, end)))?;
    };
    let padding = behind.iter().take(6).take_while(|byte| **byte == b' ').count();
    (behind.get(padding) == Some(&close)).then_some(())?;
    Some((Level::from_column(word)?, word, 1 + end + padding + 1))
}
