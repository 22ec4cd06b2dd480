//! A line taken apart by its format: what stands in its columns, and what is left of it as its text.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::lines::{LINE_CHARS, marked};
use crate::log::display;
use crate::log::entry::{Entry, Fields, Time, Value};
use crate::log::format;
use crate::log::query::Query;
use crate::worker::model::{Cell, Column, TimeForm};
use crate::worker::words::join;
use crate::world::view::{LevelToken, Span, Token, limits};

/// Spans of a line: what comes behind is left to the details.
const SPANS_MAX: usize = 400;
/// Bytes of an object or a list that are written out.
const VALUE_BYTES_MAX: usize = 1_000;
/// Characters of a field behind the message.
const FIELD_CHARS: usize = 200;
/// Characters of a cell: no column is wider.
const CELL_CHARS: usize = limits::COLUMN_CHARS as usize;
const NANOS: i64 = 1_000_000_000;

/// What stands in a column of an entry of `source`; `before` is when the line above it happened.
pub(super) fn cell(cell: &Cell, entry: &Entry<'_>, source: &str, form: TimeForm, before: Option<Time>) -> Vec<Span> {
    match cell {
        Cell::Source => vec![span(source, Token::Dim)],
        Cell::Time => entry.time.map_or_else(Vec::new, |time| time_words(time, form, before)),
        Cell::Level => match entry.level {
            Some(level) => vec![span(level.word(), Token::Level(LevelToken::from(level)))],
            None => Vec::new(),
        },
        Cell::Field(path) => {
            let mut text = Vec::new();
            entry.fields.has(path, |index, field| {
                write_value(&mut text, &entry.fields, index, &field.value);
                true
            });
            let (mut spans, _) = marked(&text, None, CELL_CHARS);
            spans.truncate(limits::CELL_SPANS);
            spans
        }
    }
}

/// What an entry says, and behind that its fields that stand in no column; and whether that is all.
pub(super) fn text(entry: &Entry<'_>, columns: &[&Column], query: Option<&Query>) -> (Vec<Span>, bool) {
    let (mut spans, mut is_whole) = marked(&entry.message.decode(), query, LINE_CHARS);
    for (index, field) in format::rest(entry) {
        let name = field.name.decode();
        let has_column = |column: &&Column| matches!(&column.cell, Cell::Field(path) if path.as_bytes() == &*name);
        if columns.iter().any(has_column) {
            continue;
        }
        let mut text = Vec::new();
        write_value(&mut text, &entry.fields, index, &field.value);
        let (value, is_all) = marked(&text, query, FIELD_CHARS);
        if spans.len() + value.len() > SPANS_MAX {
            return (spans, false);
        }
        spans.push(span(&join(&["  ", &display::strip(&name), "="]), Token::Dim));
        spans.extend(value);
        if !is_all {
            spans.push(span("…", Token::Dim));
            is_whole = false;
        }
    }
    (spans, is_whole)
}

fn time_words(time: Time, form: TimeForm, before: Option<Time>) -> Vec<Span> {
    let offset = match form {
        TimeForm::Delta => return delta_words(time, before),
        TimeForm::Utc => 0,
        TimeForm::Written => time.offset_seconds.unwrap_or(0),
    };
    let Ok(moment) = Timestamp::from_nanosecond(time.nanos.into()) else { return Vec::new() };
    let moment = Offset::from_seconds(offset).unwrap_or(Offset::UTC).to_datetime(moment);
    let two = |number: i8| padded(number.unsigned_abs().into(), 2);
    let mut date = String::new();
    if !time.inferred.date {
        if !time.inferred.year {
            date.push_str(&join(&[&moment.year().to_string(), "-"]));
        }
        date.push_str(&join(&[&two(moment.month()), "-", &two(moment.day()), " "]));
    }
    let mut clock = join(&[&two(moment.hour()), ":", &two(moment.minute()), ":", &two(moment.second())]);
    let millis = moment.subsec_nanosecond().unsigned_abs() / 1_000_000;
    if millis > 0 {
        clock.push_str(&join(&[".", &padded(millis.into(), 3)]));
    }
    vec![span(&date, Token::Dim), span(&clock, Token::Plain)]
}

/// How much later it is than the line above.
fn delta_words(time: Time, before: Option<Time>) -> Vec<Span> {
    let Some(before) = before else { return Vec::new() };
    let nanos = time.nanos.saturating_sub(before.nanos);
    let sign = if nanos < 0 { "−" } else { "+" };
    let nanos = nanos.unsigned_abs();
    let (seconds, rest) = (nanos / NANOS.unsigned_abs(), nanos % NANOS.unsigned_abs());
    let words = match seconds {
        0..60 => join(&[sign, &seconds.to_string(), ".", &padded(rest / 1_000_000, 3), " s"]),
        60..3_600 => join(&[sign, &(seconds / 60).to_string(), " min ", &padded(seconds % 60, 2), " s"]),
        3_600..86_400 => join(&[sign, &(seconds / 3_600).to_string(), " h ", &padded(seconds / 60 % 60, 2), " min"]),
        _ => join(&[sign, &(seconds / 86_400).to_string(), " d ", &padded(seconds / 3_600 % 24, 2), " h"]),
    };
    let token = if seconds == 0 { Token::Dim } else { Token::Plain };
    vec![span(&words, token)]
}

fn padded(number: u64, digits: usize) -> String {
    let number = number.to_string();
    join(&["0".repeat(digits.saturating_sub(number.len())).as_str(), &number])
}

fn span(text: &str, token: Token) -> Span {
    Span { text: text.to_owned(), token }
}

/// Writes a value as people read it: a text by itself is not in quotes.
fn write_value(out: &mut Vec<u8>, fields: &Fields<'_>, index: u32, value: &Value<'_>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(is_true) => out.extend_from_slice(if *is_true { b"true" } else { b"false" }),
        Value::Number(digits) => out.extend_from_slice(digits),
        Value::Text(text) => out.extend_from_slice(&text.decode()),
        Value::Object | Value::Array => {
            let (open, close) = if *value == Value::Object { (b'{', b'}') } else { (b'[', b']') };
            out.push(open);
            for (number, (index, field)) in fields.inside(index).enumerate() {
                if number > 0 {
                    out.extend_from_slice(b", ");
                }
                if out.len() > VALUE_BYTES_MAX {
                    out.extend_from_slice("…".as_bytes());
                    break;
                }
                if !field.name.is_empty() {
                    out.extend_from_slice(&field.name.decode());
                    out.extend_from_slice(b": ");
                }
                write_value(out, fields, index, &field.value);
            }
            out.push(close);
        }
    }
}
