//! How an entry is written.

use std::fmt::Write as _;
use std::io::Write as _;

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::log::display;
use crate::log::entry::{Entry, Field, Fields, Time, Value};
use crate::log::format;

/// The forms that entries are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// The bytes as they stand in the log, each entry with a line feed behind it; a carriage return before that is left out
    #[default]
    Raw,
    /// One JSON object per entry: source, seq, time, level, message, fields, lamport, raw; bytes that are no UTF-8 become
    /// U+FFFD, in raw too
    Jsonl,
    /// A line of names, then source, seq, time, level, lamport, message, raw
    Csv,
    /// Time (behind a `~` where its year, date or zone is inferred), level, source, message and fields, without colours or
    /// control characters; further lines indented
    Pretty,
}

/// The first line of CSV.
pub const CSV_NAMES: &str = "source,seq,time,level,lamport,message,raw\n";

impl Output {
    /// Whether an entry has to be read to be written.
    #[must_use]
    pub const fn reads(self) -> bool {
        !matches!(self, Self::Raw)
    }

    /// Whether an entry is written with its number in its log.
    #[must_use]
    pub const fn is_numbered(self) -> bool {
        matches!(self, Self::Jsonl | Self::Csv)
    }

    /// Writes an entry of `source` behind `out` and returns where in `out` its number is to be put, which is not known yet.
    pub fn render(self, out: &mut Vec<u8>, source: &str, entry: &Entry<'_>) -> Option<usize> {
        match self {
            Self::Raw => {
                raw(out, entry.raw);
                None
            }
            Self::Jsonl => Some(jsonl(out, source, entry)),
            Self::Csv => Some(csv(out, source, entry)),
            Self::Pretty => {
                pretty(out, source, entry);
                None
            }
        }
    }
}

/// The bytes as they stand, and a line end.
pub fn raw(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.push(b'\n');
}

/// An entry as an object; [`put_number`] puts its `seq` where it belongs.
fn jsonl(out: &mut Vec<u8>, source: &str, entry: &Entry<'_>) -> usize {
    out.extend_from_slice(b"{\"source\":");
    string(out, source.as_bytes());
    out.extend_from_slice(b",\"seq\":");
    let number_at = out.len();
    out.extend_from_slice(b",\"time\":");
    match entry.time {
        Some(time) => quoted(out, &rfc3339(time)),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"level\":");
    match entry.level {
        Some(level) => quoted(out, level.word()),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"message\":");
    string(out, &entry.message.decode());
    out.extend_from_slice(b",\"fields\":");
    object(out, &entry.fields, entry.fields.roots());
    out.extend_from_slice(b",\"lamport\":");
    match entry.clock {
        Some(clock) => out.extend_from_slice(clock.lamport.to_string().as_bytes()),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"raw\":");
    string(out, entry.raw);
    out.extend_from_slice(b"}\n");
    number_at
}

fn object<'e, 'a: 'e>(out: &mut Vec<u8>, all: &Fields<'a>, fields: impl Iterator<Item = (u32, &'e Field<'a>)>) {
    out.push(b'{');
    for (number, (index, field)) in fields.enumerate() {
        if number > 0 {
            out.push(b',');
        }
        string(out, &field.name.decode());
        out.push(b':');
        value(out, all, index, &field.value);
    }
    out.push(b'}');
}

fn value(out: &mut Vec<u8>, all: &Fields<'_>, index: u32, value_at: &Value<'_>) {
    match value_at {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(is_true) => out.extend_from_slice(if *is_true { b"true" } else { b"false" }),
        Value::Number(digits) if is_json_number(digits) => out.extend_from_slice(digits),
        Value::Number(text) => string(out, text),
        Value::Text(text) => string(out, &text.decode()),
        Value::Object => object(out, all, all.inside(index)),
        Value::Array => {
            out.push(b'[');
            for (number, (index, field)) in all.inside(index).enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                value(out, all, index, &field.value);
            }
            out.push(b']');
        }
    }
}

/// Whether JSON would write a number so: no leading zero or plus, no hexadecimals.
fn is_json_number(digits: &[u8]) -> bool {
    let unsigned = digits.strip_prefix(b"-").unwrap_or(digits);
    let whole = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, mut rest) = unsigned.split_at(whole);
    if whole.is_empty() || whole.len() > 1 && whole[0] == b'0' {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
        return !exponent.is_empty() && exponent.iter().all(u8::is_ascii_digit);
    }
    rest.is_empty()
}

/// Stands before a time of which something is inferred.
const GUESSED: char = '~';

/// A JSON string; bytes that are no UTF-8 become replacement characters.
fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    serde_json::to_writer(&mut *out, &*text).expect("a string can always be written to memory");
}

fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// The moment with nanoseconds, at the offset that the entry says, else in UTC.
fn rfc3339(time: Time) -> String {
    let moment = Timestamp::from_nanosecond(time.nanos.into()).expect("64 bits of nanoseconds are within jiff's years");
    let offset =
        time.offset_seconds.filter(|seconds| seconds % 60 == 0).and_then(|seconds| Offset::from_seconds(seconds).ok());
    match offset.filter(|offset| *offset != Offset::UTC) {
        Some(offset) => format!("{:.9}", moment.display_with_offset(offset)),
        None => format!("{moment:.9}"),
    }
}

fn csv(out: &mut Vec<u8>, source: &str, entry: &Entry<'_>) -> usize {
    cell(out, source.as_bytes());
    out.push(b',');
    let number_at = out.len();
    out.push(b',');
    if let Some(time) = entry.time {
        out.extend_from_slice(rfc3339(time).as_bytes());
    }
    out.push(b',');
    out.extend_from_slice(entry.level.map_or("", |level| level.word()).as_bytes());
    out.push(b',');
    if let Some(clock) = entry.clock {
        out.extend_from_slice(clock.lamport.to_string().as_bytes());
    }
    out.push(b',');
    cell(out, &entry.message.decode());
    out.push(b',');
    cell(out, entry.raw);
    out.push(b'\n');
    number_at
}

/// A cell of CSV (RFC 4180): in quotes where it has to be.
fn cell(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return out.extend_from_slice(bytes);
    }
    out.push(b'"');
    for byte in bytes {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

fn pretty(out: &mut Vec<u8>, source: &str, entry: &Entry<'_>) {
    let time = entry.time.map_or_else(String::new, rfc3339);
    let is_whole = entry.time.is_none_or(|time| time.inferred.words().next().is_none());
    let mut line = String::new();
    let level = entry.level.map_or("", |level| level.word());
    let _ = write!(line, "{}{time:<30} {level:<5} {source} ", if is_whole { ' ' } else { GUESSED });
    let message = entry.message.decode();
    let mut lines = message.split(|byte| *byte == b'\n');
    line.push_str(&display::strip(lines.next().unwrap_or_default()));
    for (index, field) in format::rest(entry) {
        let mut text = Vec::new();
        match field.value {
            Value::Text(value) => text.extend_from_slice(&value.decode()),
            ref other => value(&mut text, &entry.fields, index, other),
        }
        let _ = write!(line, " {}={}", display::strip(&field.name.decode()), display::strip(&text));
    }
    let _ = writeln!(out, "{}", line.trim_end());
    for further in lines {
        let _ = writeln!(out, "    {}", display::strip(further).trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::format::Format;
    use crate::log::time::{Clockwork, Zone};

    fn rendered(output: Output, format: &str, line: &str) -> String {
        let format = Format::named(format).expect("built in");
        let mut clockwork = Clockwork::new(0, Zone::utc());
        let entry = format.parse(line.as_bytes(), &mut clockwork, Entry::default());
        let mut out = Vec::new();
        if let Some(at) = output.render(&mut out, "a.log", &entry) {
            out.splice(at..at, *b"7");
        }
        String::from_utf8(out).expect("text")
    }

    const LINE: &str =
        r#"{"time":"2026-01-02T03:04:05.5+02:00","level":"WARN","msg":"a \"b\"","n":1e3,"o":{"x":[1,null]},"bad":007}"#;

    #[test]
    fn an_entry_as_json_is_json_with_all_its_fields() {
        let line = rendered(Output::Jsonl, "json", LINE.replace(",\"bad\":007", "").as_str());
        let object: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(object["seq"], 7);
        assert_eq!(object["time"], "2026-01-02T03:04:05.500000000+02:00");
        assert_eq!(object["level"], "warn");
        assert_eq!(object["message"], "a \"b\"");
        assert_eq!(object["fields"]["n"], 1000.0);
        assert_eq!(object["fields"]["o"]["x"][0], 1);
        assert!(object["lamport"].is_null());
    }

    #[test]
    fn what_json_does_not_call_a_number_is_a_string() {
        for number in ["0", "-1", "10.5", "1e9", "0.1E-3"] {
            assert!(is_json_number(number.as_bytes()), "{number}");
        }
        for other in ["", "-", "007", "1.", ".5", "0x1f", "1e", "+1", "NaN"] {
            assert!(!is_json_number(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_cell_with_a_comma_stands_in_quotes() {
        let line = rendered(Output::Csv, "plain", "a,\"b\"");
        assert_eq!(line, "a.log,7,,,,\"a,\"\"b\"\"\",\"a,\"\"b\"\"\"\n");
    }

    #[test]
    fn pretty_indents_the_further_lines_of_an_entry() {
        let line =
            rendered(Output::Pretty, "json", r#"{"level":"error","msg":"it broke\n  at here\r\n  at there","id":7}"#);
        let lines: Vec<_> = line.lines().collect();
        assert!(lines[0].trim_start().starts_with("error a.log it broke"), "{line}");
        assert!(lines[0].ends_with(" id=7"), "{line}");
        assert_eq!(lines[1..], ["      at here", "      at there"]);
    }

    #[test]
    fn pretty_marks_a_time_that_is_not_whole() {
        let marks = ["2026-11-23T10:00:00Z a", "2026-11-23T10:00:00 a", "10:00:00 a", "a"].map(|line| {
            let shown = rendered(Output::Pretty, "text", line);
            (shown.starts_with(GUESSED), shown.len())
        });
        assert_eq!(marks.map(|(is_guessed, _)| is_guessed), [false, true, true, false]);
        assert!(marks[..3].iter().all(|(_, length)| *length == marks[0].1), "columns stay in line: {marks:?}");
    }

    #[test]
    fn pretty_holds_no_control_characters() {
        let line = rendered(Output::Pretty, "plain", "a \x1b[31mred\x07 b");
        assert!(!line.trim_end().chars().any(char::is_control), "{line:?}");
    }
}
