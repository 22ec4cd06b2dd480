//! EDN, Clojure's notation, as Weald writes its entries: `{:lamport 3, :level :info, :message "..."}`.
//!
//! Keywords and symbols are texts, a keyword without its colon; a key loses its namespace for the question of its role, not
//! in its name.

use crate::log::entry::{Fields, Value};
use crate::log::text::{Escape, Text, string_end};

use super::pairs::typed;
use super::roles::{Found, of_root};

/// How deep values are taken apart; what lies deeper is no EDN that a log writes.
const DEPTH_MAX: u32 = 64;

/// Reads the map that `text` begins with, `{` or `#:namespace{`, and returns its end.
pub(super) fn map<'a>(text: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> Option<usize> {
    let mut reader = Reader { text, at: 0, fields, found };
    reader.skip_blanks();
    reader.skip_tag();
    (reader.sign()? == b'{').then(|| reader.members(0))??;
    Some(reader.at)
}

/// A key without its namespace.
pub(super) fn bare(key: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', key).map_or(key, |at| &key[at + 1..])
}

struct Reader<'a, 'f> {
    text: &'a [u8],
    at: usize,
    fields: &'f mut Fields<'a>,
    found: &'f mut Found<'a>,
}

impl<'a> Reader<'a, '_> {
    fn sign(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Commas are blanks.
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | b',') = self.sign() {
            self.at += 1;
        }
    }

    /// Passes over `#inst`, `#uuid`, `#:namespace` and other tags: the value stands for itself. A set's `#` too.
    fn skip_tag(&mut self) {
        while self.sign() == Some(b'#') {
            self.at += 1;
            while self.sign().is_some_and(|byte| is_word_byte(byte) || byte == b':') {
                self.at += 1;
            }
            self.skip_blanks();
        }
    }

    fn members(&mut self, depth: u32) -> Option<()> {
        self.at += 1;
        loop {
            self.skip_blanks();
            if self.sign()? == b'}' {
                self.at += 1;
                return Some(());
            }
            let name = match self.sign()? {
                b'"' => self.string()?,
                _ => self.word_text()?,
            };
            self.skip_blanks();
            let index = self.fields.len();
            let value = self.value(name, depth)?;
            if depth == 0
                && let Some(role) = of_root(bare(name.bytes()))
            {
                self.found.note(role, &value, index);
            }
        }
    }

    fn elements(&mut self, close: u8, depth: u32) -> Option<()> {
        self.at += 1;
        loop {
            self.skip_blanks();
            if self.sign()? == close {
                self.at += 1;
                return Some(());
            }
            self.value(Text::default(), depth)?;
        }
    }

    fn value(&mut self, name: Text<'a>, depth: u32) -> Option<Value<'a>> {
        self.skip_tag();
        (depth < DEPTH_MAX).then_some(())?;
        let is_set = self.at > 0 && self.text[self.at - 1] == b'#';
        let (value, close) = match self.sign()? {
            b'{' if is_set => (Value::Array, b'}'),
            b'{' => (Value::Object, b'}'),
            b'[' => (Value::Array, b']'),
            b'(' => (Value::Array, b')'),
            b'"' => {
                let value = Value::Text(self.string()?);
                self.fields.push(name, value);
                return Some(value);
            }
            _ => {
                let is_keyword = self.sign() == Some(b':');
                let word = self.word_text()?;
                let value = if is_keyword { Value::Text(word) } else { typed(word.bytes()) };
                self.fields.push(name, value);
                return Some(value);
            }
        };
        let index = self.fields.open(name, value);
        match value {
            Value::Object => self.members(depth + 1)?,
            _ => self.elements(close, depth + 1)?,
        }
        self.fields.close(index);
        Some(value)
    }

    fn string(&mut self) -> Option<Text<'a>> {
        let rest = &self.text[self.at + 1..];
        let (end, has_escape) = string_end(rest)?;
        self.at += end + 2;
        let bytes = &rest[..end];
        Some(if has_escape { Text::with_escapes(bytes, Escape::Backslash) } else { Text::plain(bytes) })
    }

    /// A keyword without its colons, a symbol or a number.
    fn word_text(&mut self) -> Option<Text<'a>> {
        while self.sign() == Some(b':') {
            self.at += 1;
        }
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|byte| !is_word_byte(*byte) && *byte != b':').unwrap_or(rest.len());
        self.at += length;
        (length > 0).then(|| Text::plain(&rest[..length]))
    }
}

const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'.' | b'*'
                | b'+'
                | b'!'
                | b'-'
                | b'_'
                | b'?'
                | b'$'
                | b'%'
                | b'&'
                | b'='
                | b'<'
                | b'>'
                | b'/'
                | b'\''
                | b'\\'
                | b'~'
                | b'@'
                | b'^'
                | b'|'
        )
        || byte >= 0x80
}
