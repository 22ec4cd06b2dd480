//! A text inside an entry, as it stands there: escaped where its format escapes, decoded only when somebody asks.

mod held;
mod numbers;
mod quoted;

use std::borrow::Cow;

pub(crate) use held::{cri, docker, docker_lines, docker_string, find_cri_part, find_docker_part};
pub(crate) use numbers::{find_list, is_name_of_list, list};
pub(crate) use quoted::{held_string_end, string_end};

/// How the bytes of a [`Text`] are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Escape {
    /// As they are.
    #[default]
    None,
    /// A JSON string between its quotes: `\n`, `\"`, `\u00e9`, surrogate pairs. Go's, logfmt's and EDN's quoted strings too,
    /// which add `\xff`, `\a`, `\v` and octal, and RFC 5424's, which add `\]`.
    Backslash,
    /// The same in a string of JSON that such a string holds: the backslashes are read twice.
    BackslashTwice,
    /// A quoted CSV field between its quotes: `""` is `"`.
    Doubled,
    /// The bytes of the text as numbers with commas between them.
    Numbers,
    /// Lines of a program, one or a part of one to a line of Docker's log. The first begins behind its opening quote.
    Docker,
    /// The same in a log of the container runtime interface. Of the first line only what it holds is left, which
    /// `is_whole` or a part.
    Cri {
        /// Whether the program's first line ends with the container's.
        is_whole: bool,
    },
    /// Lines of a program, each behind its name and what else was put in front of it, which is as long before each of them.
    /// Of the first line only what it holds is left.
    Prefixed {
        /// How many bytes stand in front of the lines behind the first.
        bytes: u16,
    },
}

/// A text. Its bytes need not be UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text<'a> {
    bytes: &'a [u8],
    escape: Escape,
}

impl<'a> Text<'a> {
    /// A text that is what it says.
    #[must_use]
    pub const fn plain(bytes: &'a [u8]) -> Self {
        Self { bytes, escape: Escape::None }
    }

    /// A text to be read as `escape` says; without an escape in it, it is plain.
    #[must_use]
    pub fn escaped(bytes: &'a [u8], escape: Escape) -> Self {
        let sign = match escape {
            Escape::None => return Self::plain(bytes),
            Escape::Numbers => return Self { bytes, escape },
            Escape::Backslash | Escape::BackslashTwice => b'\\',
            Escape::Doubled => b'"',
            Escape::Docker | Escape::Cri { .. } | Escape::Prefixed { .. } => b'\n',
        };
        if memchr::memchr(sign, bytes).is_some() { Self { bytes, escape } } else { Self::plain(bytes) }
    }

    /// A text whose reader has seen that there is an escape in it.
    #[must_use]
    pub(crate) const fn with_escapes(bytes: &'a [u8], escape: Escape) -> Self {
        Self { bytes, escape }
    }

    /// The bytes as they stand in the entry.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the bytes are what they say, without an escape.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.escape == Escape::None
    }

    /// Its first bytes as they stand, `limit` at most. An escape that is cut through stands for itself.
    #[must_use]
    pub fn beginning(&self, limit: usize) -> Self {
        Self { bytes: &self.bytes[..self.bytes.len().min(limit)], ..*self }
    }

    /// Whether both begin at the same byte: the one was made of the other.
    #[must_use]
    pub fn begins_with(&self, other: &Self) -> bool {
        std::ptr::eq(self.bytes.as_ptr(), other.bytes.as_ptr())
    }

    /// Whether it says `bytes`, decoded.
    #[must_use]
    pub fn is(&self, bytes: &[u8]) -> bool {
        if self.is_plain() { self.bytes == bytes } else { *self.decode() == *bytes }
    }

    /// What it says. A broken escape stands for itself.
    #[must_use]
    pub fn decode(&self) -> Cow<'a, [u8]> {
        match self.escape {
            Escape::None => Cow::Borrowed(self.bytes),
            Escape::Backslash => Cow::Owned(unescape(self.bytes)),
            Escape::BackslashTwice => Cow::Owned(unescape(&unescape(self.bytes))),
            Escape::Doubled => Cow::Owned(undouble(self.bytes)),
            Escape::Numbers => Cow::Owned(numbers::decode(self.bytes)),
            Escape::Docker => Cow::Owned(held::decode_docker(self.bytes)),
            Escape::Cri { is_whole } => Cow::Owned(held::decode_cri(self.bytes, is_whole)),
            Escape::Prefixed { bytes } => Cow::Owned(held::decode_prefixed(self.bytes, bytes.into())),
        }
    }
}

fn undouble(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=at]);
        rest = &rest[at + 1..];
        rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    }
    out.extend_from_slice(rest);
    out
}

fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let taken = one_escape(rest, &mut out);
        if taken == 0 {
            out.push(b'\\');
            rest = &rest[1..];
        } else {
            rest = &rest[taken..];
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Decodes the escape that `bytes` begin with and returns its length: 0 where it is none.
fn one_escape(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let simple = match bytes.get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 0x08,
        Some(b'f') => 0x0c,
        Some(b'a') => 0x07,
        Some(b'v') => 0x0b,
        Some(sign @ (b'"' | b'\\' | b'/' | b'\'' | b']')) => *sign,
        Some(b'x') => return digits(bytes, 2, 2, 16).map_or(0, |byte| put_byte(out, byte, 4)),
        Some(b'0'..=b'7') => {
            return digits(bytes, 1, 3, 8).filter(|byte| *byte < 256).map_or(0, |byte| put_byte(out, byte, 4));
        }
        Some(b'u') => return unicode(bytes, out),
        Some(b'U') => {
            return digits(bytes, 2, 8, 16).and_then(char::from_u32).map_or(0, |char| put_char(out, char, 10));
        }
        _ => return 0,
    };
    out.push(simple);
    2
}

fn digits(bytes: &[u8], from: usize, count: usize, radix: u32) -> Option<u32> {
    let mut value = 0_u32;
    for byte in bytes.get(from..from + count)? {
        value = value.checked_mul(radix)?.checked_add(char::from(*byte).to_digit(radix)?)?;
    }
    Some(value)
}

fn unicode(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(first) = digits(bytes, 2, 4, 16) else { return 0 };
    if (0xd800..0xdc00).contains(&first)
        && bytes.get(6..8) == Some(b"\\u")
        && let Some(second) = digits(bytes, 8, 4, 16)
        && (0xdc00..0xe000).contains(&second)
    {
        let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return char::from_u32(joined).map_or(0, |char| put_char(out, char, 12));
    }
    // A lone surrogate is no character.
    put_char(out, char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

fn put_byte(out: &mut Vec<u8>, byte: u32, length: usize) -> usize {
    out.push(byte as u8);
    length
}

fn put_char(out: &mut Vec<u8>, char: char, length: usize) -> usize {
    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn decodes(escape: Escape, bytes: &str, expected: &[u8]) {
        let text = Text::escaped(bytes.as_bytes(), escape);
        assert_eq!(&*text.decode(), expected, "{bytes}");
        assert!(text.is(expected));
    }

    #[test]
    fn backslashes_are_read_as_json_and_go_write_them() {
        decodes(Escape::Backslash, r#"a\nb\t\"c\"\\\/"#, b"a\nb\t\"c\"\\/");
        decodes(Escape::Backslash, r"caf\u00e9 \ud83d\ude00", "café 😀".as_bytes());
        decodes(Escape::Backslash, r"\x41\101\U0001f600", "AA😀".as_bytes());
        decodes(Escape::Backslash, r#"App\]li\"cation"#, b"App]li\"cation");
        decodes(Escape::Backslash, r"\ud83d alone", "\u{fffd} alone".as_bytes());
    }

    #[test]
    fn in_a_string_that_a_string_holds_they_are_read_twice() {
        decodes(Escape::BackslashTwice, r#"say \\\"hi\\\" \\n\u003cb\u003e"#, b"say \"hi\" \n<b>");
        decodes(Escape::BackslashTwice, r"\\u0041 \\q \\\\", br"A \q \");
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        for broken in [r"\", r"\q", r"\u12", r"\x4", r"a\", r"\uzzzz"] {
            decodes(Escape::Backslash, broken, broken.as_bytes());
        }
    }

    #[test]
    fn doubled_quotes_are_one() {
        decodes(Escape::Doubled, r#"say ""hi"" now"#, br#"say "hi" now"#);
        decodes(Escape::Doubled, "plain", b"plain");
    }

    #[test]
    fn without_an_escape_nothing_is_copied() {
        let text = Text::escaped(b"plain", Escape::Backslash);
        assert!(text.is_plain() && matches!(text.decode(), Cow::Borrowed(_)));
    }
}
