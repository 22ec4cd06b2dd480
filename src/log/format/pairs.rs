//! `key=value`: whole lines of it (logfmt), and pairs that stand in the middle of a message.

use crate::log::entry::{Fields, Value};
use crate::log::text::{Escape, Text, string_end};

use super::colours;
use super::roles::{Found, Ranked, of_root};

/// The most pairs that are taken out of one message.
const PAIRS_MAX: u32 = 64;
/// How far a message is searched for pairs.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// The longest key worth a field.
const KEY_BYTES_MAX: usize = 64;

/// Reads a line of logfmt and returns how many pairs it has. A word alone is a key whose value is true.
///
/// `None` where the line does not begin with a pair.
pub(super) fn line<'a>(text: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> Option<Counted> {
    let mut counted = Counted::default();
    let mut at = 0;
    loop {
        at += text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        at += colours::run_length(&text[at..]);
        let rest = &text[at..];
        if rest.is_empty() {
            return (counted.pairs > 0).then_some(counted);
        }
        let ends = |byte: &u8| matches!(byte, b'=' | b' ' | b'\t' | b'\n' | b'"' | 0x1b);
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let sign = length + colours::run_length(&rest[length..]);
        let key = &rest[..length];
        if rest.get(sign) != Some(&b'=') || !is_key(key) {
            if counted.pairs == 0 {
                return None;
            }
            // A word, or something that is none: it is passed over as far as the next blank.
            let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
            if is_key(&rest[..end]) {
                fields.push(Text::plain(&rest[..end]), Value::Bool(true));
            }
            counted.words += 1;
            at += end;
            continue;
        }
        let (value, value_length) = value(&rest[sign + 1..], b"");
        push(key, value, fields, found, of_root(key));
        counted.pairs += 1;
        at += sign + 1 + value_length;
    }
}

/// What a line of logfmt holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) pairs: u32,
    /// Words without a value.
    pub(super) words: u32,
}

impl Counted {
    /// Whether a line that holds this is logfmt and no prose with a pair in it, by what was `found` there.
    pub(super) const fn is_logfmt(self, found: &Found<'_>) -> bool {
        self.words <= self.pairs && (self.pairs > 1 || found.has_time_or_level())
    }
}

/// Adds what nginx lists at the end of a message: `, client: 10.0.0.1, server: x, request: "GET / HTTP/1.1"`.
pub(super) fn listed<'a>(message: &'a [u8], fields: &mut Fields<'a>) {
    let start = memchr::memmem::rfind(message, b", client: ").map_or(message.len(), |comma| comma + 2);
    let mut rest = &message[start..];
    rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    while let Some(colon) = memchr::memmem::find(rest, b": ").filter(|colon| is_key(&rest[..*colon])) {
        let (value, length) = value(&rest[colon + 2..], b",");
        fields.push(Text::plain(&rest[..colon]), value);
        let behind = &rest[colon + 2 + length..];
        rest = behind.strip_prefix(b", ").unwrap_or_default();
    }
}

/// Adds the pairs that stand in the first 64 KiB of a message.
pub(super) fn inside<'a>(message: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) {
    let message = &message[..message.len().min(MESSAGE_BYTES_MAX)];
    let mut from = 0;
    let mut pairs = 0;
    while pairs < PAIRS_MAX
        && let Some(sign) = memchr::memchr(b'=', &message[from..]).map(|at| from + at)
    {
        let window = &message[from.max(sign.saturating_sub(KEY_BYTES_MAX))..sign];
        let window = colours::trim_end(window);
        let length = window.iter().rev().take_while(|byte| is_key_byte(**byte)).count();
        let start = window.len() - length;
        // What looks like a part of the key may end an escape sequence: `ESC [ 3 m k e y`.
        let is_coloured = window[..start].ends_with(b"\x1b[");
        let start = if is_coloured { start - 2 + colours::length(&window[start - 2..]) } else { start };
        let (ahead, key) = window.split_at(start);
        let before = if is_coloured { None } else { ahead.last().copied() };
        let is_apart = matches!(before, None | Some(b' ' | b'\t' | b'\n' | b',' | b'(' | b'[' | b'{' | b';' | b'|'));
        if !is_apart || !is_key(key) || matches!(message.get(sign + 1), Some(b'=' | b'>' | b'~')) {
            from = sign + 1;
            continue;
        }
        let (value, value_length) = value(&message[sign + 1..], b",;)]}");
        push(key, value, fields, found, of_root(key));
        pairs += 1;
        from = sign + 1 + value_length;
    }
}

fn push<'a>(key: &'a [u8], value: Value<'a>, fields: &mut Fields<'a>, found: &mut Found<'a>, role: Option<Ranked>) {
    let index = fields.len();
    fields.push(Text::plain(key), value);
    if let Some(role) = role {
        found.note(role, &value, index);
    }
}

/// The value that `text` begins with and its length; a bare one ends at a blank, or at one of `ends` before a blank or the end.
fn value<'a>(text: &'a [u8], ends: &[u8]) -> (Value<'a>, usize) {
    let colours = colours::run_length(text);
    let (value, length) = value_without_colours(&text[colours..], ends);
    (value, colours + length)
}

fn value_without_colours<'a>(text: &'a [u8], ends: &[u8]) -> (Value<'a>, usize) {
    if let Some(rest) = text.strip_prefix(b"\"")
        && let Some((end, has_escape)) = string_end(rest)
    {
        let bytes = &rest[..end];
        let text = if has_escape { Text::with_escapes(bytes, Escape::Backslash) } else { Text::plain(bytes) };
        return (Value::Text(text), end + 2);
    }
    if let Some(rest) = text.strip_prefix(b"'")
        && let Some(end) = memchr::memchr2(b'\'', b'\n', rest).filter(|end| rest[*end] == b'\'')
    {
        return (Value::Text(Text::plain(&rest[..end])), end + 2);
    }
    let mut end = text.iter().position(|byte| byte.is_ascii_whitespace() || *byte == 0x1b).unwrap_or(text.len());
    while end > 0 && ends.contains(&text[end - 1]) {
        end -= 1;
    }
    // `user=a,host=b` are two.
    if !ends.is_empty()
        && let Some(comma) = memchr::memchr(b',', &text[..end])
        && memchr::memchr(b'=', &text[comma..end]).is_some()
    {
        end = comma;
    }
    (typed(&text[..end]), end)
}

/// What a bare word is.
pub(super) fn typed(word: &[u8]) -> Value<'_> {
    // Most words are none of these, and their first byte says so.
    if !matches!(word.first(), Some(b'0'..=b'9' | b'-' | b't' | b'f' | b'n' | b'<')) {
        return Value::Text(Text::plain(word));
    }
    match word {
        b"true" => Value::Bool(true),
        b"false" => Value::Bool(false),
        b"null" | b"nil" | b"<nil>" | b"-" => Value::Null,
        _ if is_number(word) => Value::Number(word),
        _ => Value::Text(Text::plain(word)),
    }
}

/// Whether a word is a decimal number, and not an address or a date.
pub(super) fn is_number(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    let dots = digits.iter().filter(|byte| **byte == b'.').count();
    let ends_in_digits =
        digits.first().is_some_and(u8::is_ascii_digit) && digits.last().is_some_and(u8::is_ascii_digit);
    ends_in_digits && dots <= 1 && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

const fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@' | b'/' | b':' | b'#') || byte >= 0x80
}

fn is_key(key: &[u8]) -> bool {
    let begins = key
        .first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'@' | b':') || *byte >= 0x80);
    begins && key.len() <= KEY_BYTES_MAX && key.iter().all(|byte| is_key_byte(*byte))
}
