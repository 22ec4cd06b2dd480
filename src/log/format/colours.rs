//! Escape sequences for colour and style, which may stand anywhere in a line and say nothing.

use crate::log::entry::Entry;
use crate::log::lines;
use crate::log::text::Text;

/// The length of the escape sequence that `text` begins with; 0 where it begins with none.
pub(super) fn length(text: &[u8]) -> usize {
    let Some(body) = text.strip_prefix(b"\x1b[") else { return 0 };
    let end = body.iter().take(64).position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'));
    end.filter(|end| body[*end].is_ascii_alphabetic()).map_or(0, |end| end + 3)
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
    trim(line)
}

/// `text` without those that it begins and ends with.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    match (text.first(), text.last()) {
        (Some(0x1b), _) | (_, Some(b'm')) => trim_end(&text[run_length(text)..]),
        _ => text,
    }
}

/// Takes those away that the message of an entry begins and ends with, where it stands as it is said.
pub(super) fn trim_message(entry: &mut Entry<'_>) {
    if entry.message.is_plain() {
        entry.message = Text::plain(trim(entry.message.bytes()));
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
