//! Entries from the cases' JSON: plain lines, or lines of JSON whose fields are read with their escapes as they stand.

use frereth::log::entry::{Clock, Entry, Inferred, Time, Value as Field};
use frereth::log::level::Level;
use frereth::log::text::{Escape, Text};
use serde_json::Value;

/// The nanoseconds of a time in RFC 3339.
pub fn nanos(text: &str) -> i64 {
    let timestamp: jiff::Timestamp = text.parse().expect("the time is RFC 3339");
    i64::try_from(timestamp.as_nanosecond()).expect("the time is near")
}

/// An entry of a case.
pub struct Case {
    raw: String,
    source: String,
    level: Option<Level>,
    time: Option<Time>,
}

impl Case {
    /// `{"raw": ..., "source": ..., "level": ..., "time": ...}`; all but the first may be missing.
    pub fn read(value: &Value) -> Self {
        let raw = value["raw"].as_str().expect("an entry has raw bytes").to_string();
        let source = value["source"].as_str().unwrap_or("app.log").to_string();
        let level = value["level"].as_str().map(|word| Level::from_word(word).expect("the level is one"));
        let time = value["time"].as_str().map(|text| Time {
            nanos: nanos(text),
            offset_seconds: None,
            inferred: Inferred::default(),
        });
        Self { raw, source, level, time }
    }

    pub fn raw(&self) -> &[u8] {
        self.raw.as_bytes()
    }

    /// Calls `ask` with the entry and its source.
    pub fn with<T>(&self, ask: impl FnOnce(&Entry<'_>, &str) -> T) -> T {
        let mut entry = Entry::default().recycle(self.raw());
        entry.level = self.level;
        entry.time = self.time;
        if self.raw.starts_with('{') {
            read_json(&mut entry);
        }
        ask(&entry, &self.source)
    }
}

/// Reads a JSON object into the entry's fields, `msg`, `trace_id` and `lamport` also into their places.
fn read_json<'a>(entry: &mut Entry<'a>) {
    let mut reader = Reader { bytes: entry.raw, at: 1 };
    reader.members(entry);
    let text_of = |entry: &Entry<'a>, name| match entry.fields.get(name).map(|field| field.value) {
        Some(Field::Text(text)) => text,
        _ => Text::default(),
    };
    entry.message = text_of(entry, "msg");
    entry.trace = text_of(entry, "trace_id");
    let lamport = entry.fields.get("lamport").and_then(|field| field.value.as_number());
    entry.clock = lamport.map(|value| Clock { lamport: value as u64, is_vector: false });
}

/// Reads JSON that is known to be right, keeping escapes.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> u8 {
        while matches!(self.bytes[self.at], b' ' | b',' | b':') {
            self.at += 1;
        }
        self.bytes[self.at]
    }

    fn string(&mut self) -> Text<'a> {
        assert_eq!(self.peek(), b'"');
        let start = self.at + 1;
        self.at = start;
        while self.bytes[self.at] != b'"' {
            self.at += if self.bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        Text::escaped(&self.bytes[start..self.at - 1], Escape::Backslash)
    }

    fn members(&mut self, entry: &mut Entry<'a>) {
        while self.peek() != b'}' {
            let name = self.string();
            self.value(name, entry);
        }
        self.at += 1;
    }

    fn value(&mut self, name: Text<'a>, entry: &mut Entry<'a>) {
        match self.peek() {
            b'"' => {
                let text = self.string();
                entry.fields.push(name, Field::Text(text));
            }
            open @ (b'{' | b'[') => {
                self.at += 1;
                let index = entry.fields.open(name, if open == b'{' { Field::Object } else { Field::Array });
                if open == b'{' {
                    self.members(entry);
                } else {
                    while self.peek() != b']' {
                        self.value(Text::default(), entry);
                    }
                    self.at += 1;
                }
                entry.fields.close(index);
            }
            _ => {
                let start = self.at;
                while !matches!(self.bytes[self.at], b',' | b'}' | b']') {
                    self.at += 1;
                }
                let value = match &self.bytes[start..self.at] {
                    b"null" | b"nil" | b"-" => Field::Null,
                    b"true" => Field::Bool(true),
                    b"false" => Field::Bool(false),
                    number => Field::Number(number),
                };
                entry.fields.push(name, value);
            }
        }
    }
}
