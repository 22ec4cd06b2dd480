//! JSON, read in one pass: every value becomes a field that points into the line, and the ones with a role are noted.
//!
//! The same grammar is read without its fields where only time, level and clock are asked for ([`skim`]).
//!
//! It is lenient where programs are (control characters in strings, odd numbers) and strict where it must tell JSON from
//! other text: what is not closed is not JSON.

use crate::log::entry::{Fields, Value};
use crate::log::text::{self, Escape, Text, held_string_end, string_end};

use super::roles::{Found, Ranked, of_nested, of_root};

/// How deep values are taken apart; what lies deeper is one text.
pub(super) const DEPTH_MAX: u32 = 64;

/// Reads the object that `text` begins with into `fields` and returns its end.
///
/// `None` leaves `fields` with what was read before the mistake; the caller truncates.
pub(super) fn object<'a>(text: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> Option<usize> {
    Reader::<true, false> { text, at: 0, fields, found }.object()
}

/// As [`object`] of a text that a string of JSON holds, as it is escaped there: its quotes stand as `\"`.
pub(super) fn held_object<'a>(text: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> Option<usize> {
    Reader::<true, true> { text, at: 0, fields, found }.object()
}

/// As [`object`], but for the fields: only what has a role is noted. Of a vector clock, that it is there; it stands in the fields.
pub(super) fn skim<'a>(text: &'a [u8], found: &mut Found<'a>) -> Option<usize> {
    Reader::<false, false> { text, at: 0, fields: &mut Fields::default(), found }.object()
}

/// Whether a line begins with an object that is whole; `fields` has what it holds.
pub(super) fn fits<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> bool {
    line.first() == Some(&b'{') && object(line, fields, &mut Found::default()).is_some()
}

/// Reads a text, and keeps its fields or not. The text is JSON itself, or is held by a string of it.
struct Reader<'a, 'f, const KEEPS: bool, const IS_HELD: bool> {
    text: &'a [u8],
    at: usize,
    fields: &'f mut Fields<'a>,
    found: &'f mut Found<'a>,
}

impl<'a, const KEEPS: bool, const IS_HELD: bool> Reader<'a, '_, KEEPS, IS_HELD> {
    /// What a string begins with: its quote, or the backslash before that.
    const OPENING: u8 = if IS_HELD { b'\\' } else { b'"' };
    /// How its quotes are written.
    const QUOTE: &'static [u8] = if IS_HELD { b"\\\"" } else { b"\"" };

    fn object(mut self) -> Option<usize> {
        self.skip_blanks();
        (self.sign()? == b'{').then(|| self.members(b"", 0))??;
        Some(self.at)
    }

    #[inline]
    fn sign(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.sign() {
            self.at += 1;
        }
    }

    /// Takes the sign that must come next, blanks around it.
    #[inline]
    fn take(&mut self, sign: u8) -> Option<()> {
        self.skip_blanks();
        (self.sign()? == sign).then(|| self.at += 1)?;
        self.skip_blanks();
        Some(())
    }

    /// The members of the object at its opening brace.
    fn members(&mut self, parent: &'a [u8], depth: u32) -> Option<()> {
        self.take(b'{')?;
        if self.sign()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.take(b':')?;
            let index = self.fields.len();
            let role = if depth == 0 { of_root(name.bytes()) } else { of_nested(parent, name.bytes()) };
            // Most have none: their values are not moved about.
            match role {
                Some(role) => {
                    let start = self.at;
                    let value = self.value(name, depth);
                    let value = value.as_ref()?;
                    self.found.note(role, value, index);
                    if KEEPS
                        && !IS_HELD
                        && matches!(value, Value::Array | Value::Null)
                        && text::is_name_of_list(name.bytes())
                    {
                        self.note_text_of_journal(role, start, index);
                    }
                }
                None => self.pass_value(name, depth)?,
            }
            self.skip_blanks();
            match self.sign()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
            self.skip_blanks();
        }
    }

    /// Notes what the journal writes in place of a text: the list of its bytes, several texts, of which the first counts, or
    /// nothing where it was too long.
    #[inline(never)]
    fn note_text_of_journal(&mut self, role: Ranked, start: usize, index: u32) {
        let mut value = &self.text[start..self.at];
        while let Some(inside) = value.strip_prefix(b"[") {
            value = inside.trim_ascii_start();
        }
        let text = match value.first() {
            Some(b'"') => {
                let value = &value[1..];
                string_end(value).map(|(end, _)| Text::escaped(&value[..end], Escape::Backslash))
            }
            Some(b'0'..=b'9') => text::list(value).map(|numbers| Text::escaped(numbers, Escape::Numbers)),
            Some(b'n' | b']') => Some(Text::default()),
            _ => None,
        };
        if let Some(text) = text {
            self.found.note(role, &Value::Text(text), index);
        }
    }

    /// The elements of the array at its opening bracket.
    fn elements(&mut self, depth: u32) -> Option<()> {
        self.take(b'[')?;
        if self.sign()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.value(Text::default(), depth)?;
            self.skip_blanks();
            match self.sign()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
            self.skip_blanks();
        }
    }

    /// Reads a value and adds it under its name.
    fn value(&mut self, name: Text<'a>, depth: u32) -> Option<Value<'a>> {
        let value = match self.sign()? {
            opening if opening == Self::OPENING => Value::Text(self.string()?),
            b'-' | b'0'..=b'9' => self.number(),
            b'{' | b'[' if depth + 1 >= DEPTH_MAX => Value::Text(self.nested_as_text()?),
            b'{' => {
                let index = self.open(name, Value::Object);
                self.members(name.bytes(), depth + 1)?;
                self.close(index);
                return Some(Value::Object);
            }
            b'[' => {
                let index = self.open(name, Value::Array);
                self.elements(depth + 1)?;
                self.close(index);
                return Some(Value::Array);
            }
            _ => self.word()?,
        };
        if KEEPS {
            self.fields.push(name, value);
        }
        Some(value)
    }

    /// Reads a value that nobody asks for but as a field.
    #[inline]
    fn pass_value(&mut self, name: Text<'a>, depth: u32) -> Option<()> {
        match self.sign()? {
            b'"' if !KEEPS && !IS_HELD => {
                let (end, _) = string_end(&self.text[self.at + 1..])?;
                self.at += end + 2;
            }
            b'-' | b'0'..=b'9' if !KEEPS => drop(self.number()),
            _ => drop(self.value(name, depth)?),
        }
        Some(())
    }

    fn open(&mut self, name: Text<'a>, value: Value<'a>) -> u32 {
        if KEEPS { self.fields.open(name, value) } else { 0 }
    }

    fn close(&mut self, index: u32) {
        if KEEPS {
            self.fields.close(index);
        }
    }

    #[inline]
    fn string(&mut self) -> Option<Text<'a>> {
        let rest = self.text[self.at..].strip_prefix(Self::QUOTE)?;
        let (end, has_escape) = if IS_HELD { held_string_end(rest)? } else { string_end(rest)? };
        self.at += end + 2 * Self::QUOTE.len();
        let bytes = &rest[..end];
        let escape = if IS_HELD { Escape::BackslashTwice } else { Escape::Backslash };
        Some(if has_escape { Text::with_escapes(bytes, escape) } else { Text::plain(bytes) })
    }

    #[inline]
    fn number(&mut self) -> Value<'a> {
        let rest = &self.text[self.at..];
        let end = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
        let digits = &rest[..end.unwrap_or(rest.len())];
        self.at += digits.len();
        Value::Number(digits)
    }

    fn word(&mut self) -> Option<Value<'a>> {
        const WORDS: [(&[u8], Value<'static>); 5] = [
            (b"true", Value::Bool(true)),
            (b"false", Value::Bool(false)),
            (b"null", Value::Null),
            (b"NaN", Value::Null),
            (b"Infinity", Value::Null),
        ];
        let rest = &self.text[self.at..];
        let (word, value) = WORDS.into_iter().find(|(word, _)| rest.starts_with(word))?;
        self.at += word.len();
        Some(value)
    }

    /// Runs over an object or array that lies too deep.
    fn nested_as_text(&mut self) -> Option<Text<'a>> {
        let start = self.at;
        let mut open = 0_u32;
        loop {
            let rest = self.text.get(self.at..)?;
            self.at +=
                rest.iter().position(|byte| matches!(byte, b'{' | b'}' | b'[' | b']') || *byte == Self::OPENING)?;
            match self.text[self.at] {
                opening if opening == Self::OPENING => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                _ => open -= 1,
            }
            self.at += 1;
            if open == 0 {
                let nested = &self.text[start..self.at];
                return Some(if IS_HELD { Text::escaped(nested, Escape::Backslash) } else { Text::plain(nested) });
            }
        }
    }
}
