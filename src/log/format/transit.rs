//! Transit-JSON, Clojure's wire format, as Weald can write its entries: `["^ ","~:lamport",3,"~:level","~:info"]`.
//!
//! Keys that were written before in the same line come as codes (`^0`); they are looked up.

use crate::log::entry::{Fields, Value};
use crate::log::text::{Escape, Text, string_end};

use super::edn::bare;
use super::roles::{Found, of_root};

const DEPTH_MAX: u32 = 64;
/// The most keys of a line that are remembered; transit itself stops at 44 * 44.
const CACHE_MAX: usize = 94;

/// Reads the map that `text` begins with and returns its end.
pub(super) fn map<'a>(text: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> Option<usize> {
    let mut reader = Reader { text, at: 0, fields, found, cache: [&[]; CACHE_MAX], cached: 0 };
    text.starts_with(b"[\"^ \"").then_some(())?;
    reader.at = 5;
    reader.members(0)?;
    Some(reader.at)
}

struct Reader<'a, 'f> {
    text: &'a [u8],
    at: usize,
    fields: &'f mut Fields<'a>,
    found: &'f mut Found<'a>,
    cache: [&'a [u8]; CACHE_MAX],
    cached: usize,
}

impl<'a> Reader<'a, '_> {
    fn sign(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, signs: &[u8]) {
        while self.sign().is_some_and(|sign| signs.contains(&sign) || sign.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Names and values in turn, up to the closing bracket.
    fn members(&mut self, depth: u32) -> Option<()> {
        loop {
            self.skip(b",");
            match self.sign()? {
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                b'"' => {}
                _ => return None,
            }
            let name = self.string(true)?;
            let name = plain_of(name);
            self.skip(b",");
            let index = self.fields.len();
            let value = self.value(name, depth)?;
            if depth == 0
                && let Some(role) = of_root(bare(name.bytes()))
            {
                self.found.note(role, &value, index);
            }
        }
    }

    fn value(&mut self, name: Text<'a>, depth: u32) -> Option<Value<'a>> {
        (depth < DEPTH_MAX).then_some(())?;
        let value = match self.sign()? {
            b'[' => {
                self.at += 1;
                self.skip(b"");
                let is_map = self.text[self.at..].starts_with(b"\"^ \"");
                let value = if is_map { Value::Object } else { Value::Array };
                let index = self.fields.open(name, value);
                if is_map {
                    self.at += 4;
                    self.members(depth + 1)?;
                } else {
                    self.elements(depth + 1)?;
                }
                self.fields.close(index);
                return Some(value);
            }
            b'"' => {
                let text = self.string(false)?;
                match text.bytes() {
                    // Milliseconds, and integers too big for JavaScript.
                    [b'~', b'm' | b'i' | b'd', digits @ ..] if super::pairs::is_number(digits) => Value::Number(digits),
                    _ => Value::Text(plain_of(text)),
                }
            }
            _ => {
                let rest = &self.text[self.at..];
                let length = rest.iter().position(|byte| matches!(byte, b',' | b']' | b' ')).unwrap_or(rest.len());
                (length > 0).then(|| self.at += length)?;
                super::pairs::typed(&rest[..length])
            }
        };
        self.fields.push(name, value);
        Some(value)
    }

    fn elements(&mut self, depth: u32) -> Option<()> {
        loop {
            self.skip(b",");
            if self.sign()? == b']' {
                self.at += 1;
                return Some(());
            }
            self.value(Text::default(), depth)?;
        }
    }

    /// A string, looked up where it is a code, remembered where it will be written as one.
    fn string(&mut self, is_key: bool) -> Option<Text<'a>> {
        let rest = &self.text[self.at + 1..];
        let (end, has_escape) = string_end(rest)?;
        self.at += end + 2;
        let bytes = &rest[..end];
        if let [b'^', code @ ..] = bytes
            && let Some(index) = index_of(code)
        {
            return self.cache.get(index).filter(|_| index < self.cached).map(|bytes| Text::plain(bytes));
        }
        let is_cacheable = bytes.len() > 3 && (is_key || matches!(bytes, [b'~', b':' | b'$' | b'#', ..]));
        if is_cacheable && self.cached < CACHE_MAX {
            self.cache[self.cached] = bytes;
            self.cached += 1;
        }
        Some(if has_escape { Text::with_escapes(bytes, Escape::Backslash) } else { Text::plain(bytes) })
    }
}

/// The place in the cache that a code names: two digits to the base of 44, the low one last.
fn index_of(code: &[u8]) -> Option<usize> {
    let digit = |byte: u8| byte.checked_sub(48).filter(|digit| *digit < 44).map(usize::from);
    match *code {
        [low] => digit(low),
        [high, low] => Some(digit(high)? * 44 + digit(low)?),
        _ => None,
    }
}

/// A text without the sign of its type: keywords, symbols, times, UUIDs; `~~` and `~^` are escaped signs.
fn plain_of(text: Text<'_>) -> Text<'_> {
    let bytes = match text.bytes() {
        [b'~', b':' | b'$' | b't' | b'u' | b'r' | b'#', rest @ ..] => rest,
        [b'~', rest @ ..] if matches!(rest, [b'~' | b'^', ..]) => rest,
        _ => return text,
    };
    Text::escaped(bytes, if text.is_plain() { Escape::None } else { Escape::Backslash })
}
