//! Escape sequences for colour and style, which may stand anywhere in a line and say nothing. In a quoted string their first
//! sign may be written as an escape of that string: `\u001b[31m`.

use crate::log::entry::Entry;
use crate::log::lines;
use crate::log::text::Text;

/// The length of the escape sequence that `text` begins with; 0 where it begins with none.
pub(super) fn length(text: &[u8]) -> usize {
    text.strip_prefix(b"\x1b").and_then(length_behind_sign).map_or(0, |length| length + 1)
}

/// The length of what makes a sequence of the sign that stands before `text`.
fn length_behind_sign(text: &[u8]) -> Option<usize> {
    let body = text.strip_prefix(b"[")?;
    let end = body.iter().take(64).position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    body[end].is_ascii_alphabetic().then_some(end + 2)
}

/// How strings of JSON and Go write the sign, behind the backslash.
const WRITTEN: [&[u8]; 5] = [b"u001b", b"u001B", b"x1b", b"x1B", b"033"];

/// As [`length`], of what stands in a quoted string, or in one that such a string holds: its sign may be written there.
pub(super) fn written_length(text: &[u8]) -> usize {
    let Some(behind) = text.strip_prefix(b"\\") else { return length(text) };
    let behind = behind.strip_prefix(b"\\").unwrap_or(behind);
    let of_sign = |sign: &&[u8]| {
        let body = behind.strip_prefix(*sign)?;
        Some(text.len() - body.len() + length_behind_sign(body)?)
    };
    WRITTEN.iter().find_map(of_sign).unwrap_or(0)
}

/// What stands in a quoted string, without the sequences that it begins with.
pub(super) fn behind_written(mut text: &[u8]) -> &[u8] {
    loop {
        match written_length(text) {
            0 => return text,
            length => text = &text[length..],
        }
    }
}

/// What a quoted string says behind the sequences that it begins with, as far as the next one.
pub(super) fn first_coloured(text: &[u8]) -> &[u8] {
    let text = behind_written(text);
    &text[..memchr::memchr2(b'\\', 0x1b, text).unwrap_or(text.len())]
}

/// The length of all that `text` begins with, one behind the other.
pub(super) fn run_length(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match length(&text[at..]) {
            0 => return at,
            more => at += more,
        }
    }
}

/// `line` without a byte order mark and without the escape sequences that it begins and ends with.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = &line[lines::mark_bytes(line)..];
    match (line.first(), line.last()) {
        (Some(0x1b), _) | (_, Some(b'm')) => trim_end(&line[run_length(line)..]),
        _ => line,
    }
}

/// Takes those away that the message of an entry begins and ends with, where it stands as it is said, and the byte order mark
/// that RFC 5424 puts before it.
pub(super) fn trim_message(entry: &mut Entry<'_>) {
    if entry.message.is_plain() {
        entry.message = Text::plain(bare(entry.message.bytes()));
    }
}

/// `text` without those that it ends with.
pub(super) fn trim_end(mut text: &[u8]) -> &[u8] {
    while text.last() == Some(&b'm')
        && let Some(start) = memchr::memrchr(0x1b, text)
        && length(&text[start..]) == text.len() - start
    {
        text = &text[..start];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_known_by_its_sign_written_or_not() {
        for (text, expected) in [
            ("\x1b[1;31mx", 7),
            (r"\u001b[31mx", 10),
            (r"\u001B[0mx", 9),
            (r"\\u001b[31mx", 11),
            (r"\x1b[38:5:9mx", 12),
            (r"\033[Kx", 6),
            (r"\u001b[31", 0),
            (r"\u001b31m", 0),
            (r"\n[31m", 0),
            (r"\", 0),
            ("", 0),
        ] {
            assert_eq!(written_length(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_coloured_ends_at_the_next_colour() {
        for (text, expected) in [
            (r"\u001b[1m\u001b[31merror\u001b[39m", "error"),
            ("\x1b[31merror\x1b[0m (3)", "error"),
            (r"\u001b[31merror", "error"),
            (r"\nerror", ""),
        ] {
            assert_eq!(first_coloured(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }
}
