//! One question about a parsed entry: what is asked about, how it is compared, and what raw bytes tell of it beforehand.

use super::ast::{Operator, Subject};
use super::compile::compares;
use super::known::{Known, LevelSet};
use super::pattern::Matcher;
use super::unwritten::Unwritten;
use crate::log::entry::{Entry, Field, Fields, Value};
use crate::log::substring::Substring;
use crate::log::text::Text;

/// One question about the parsed entry.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) subject: Subject,
    pub(super) check: Check,
    /// Texts of which raw bytes hold at least one if the answer is yes, unless something is unwritten there.
    pub(super) needles: Option<Vec<(Box<str>, Substring)>>,
}

#[derive(Clone, Debug)]
pub(super) enum Check {
    IsPresent,
    Value(Matcher),
    Number(Operator, Number),
    Level(LevelSet),
    /// From the first to the last, in nanoseconds since 1970.
    Time(i64, i64),
    Lamport(Operator, u64),
}

/// A number that values are compared with: exactly where both are whole, or else as near as a double is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) whole: Option<i128>,
    pub(super) nearest: f64,
}

impl Number {
    /// Whether a value stands to it as the operator says.
    fn compares(self, operator: Operator, value: &Value<'_>) -> bool {
        match (value.as_integer(), self.whole) {
            (Some(value), Some(whole)) => compares(operator, value, whole),
            _ => value.as_number().is_some_and(|value| compares(operator, value, self.nearest)),
        }
    }
}

/// An entry and what is known of it beside.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) entry: &'a Entry<'a>,
    pub(super) source: &'a str,
    pub(super) time_nanos: Option<i64>,
}

impl Test {
    pub(super) fn new(subject: Subject, check: Check) -> Self {
        let needles = match (&subject, &check) {
            // Formats write a null in their own ways: `nil`, `-`, `NaN`.
            (Subject::Field(_), Check::Value(matcher)) if matcher.is_null() => None,
            (Subject::Message | Subject::Trace | Subject::Field(_), Check::Value(matcher)) => matcher.needles(),
            _ => None,
        };
        let prepared = |needle: String| {
            let search = Substring::new(&needle);
            (needle.into(), search)
        };
        let needles = needles.map(|needles| needles.into_iter().map(prepared).collect());
        Self { subject, check, needles }
    }

    /// A rank of what an answer costs.
    pub(super) fn cost(&self) -> u8 {
        match (&self.subject, &self.check) {
            (Subject::Field(_), _) | (_, Check::Value(_)) => 1,
            _ => 0,
        }
    }

    /// The answer that all of these entries give, where that is known of them.
    pub(super) fn judge(&self, known: &Known<'_>) -> Option<bool> {
        match (&self.subject, &self.check) {
            (Subject::Source, check) => Some(source_is(check, known.source)),
            (Subject::Level, Check::Level(levels)) => levels.has_all(known.levels),
            (Subject::Level, _) => LevelSet::with(|_| true).has_all(known.levels),
            (_, Check::Time(from, until)) => known.times?.are_within(*from, *until),
            _ => None,
        }
    }

    /// Whether the raw bytes tell that the answer is no.
    pub(super) fn is_excluded(&self, raw: &[u8]) -> bool {
        let Some(needles) = &self.needles else { return false };
        !needles.iter().any(|(_, search)| search.is_match(raw)) && !Unwritten::is_in(raw)
    }

    pub(super) fn is_match(&self, asked: Asked<'_>) -> bool {
        let entry = asked.entry;
        match (&self.subject, &self.check) {
            (Subject::Since | Subject::Until, Check::Time(from, until)) => {
                asked.time_nanos.is_some_and(|nanos| (*from..=*until).contains(&nanos))
            }
            (Subject::Level, Check::Level(levels)) => levels.contains(entry.level),
            (Subject::Level, _) => entry.level.is_some(),
            (Subject::Lamport, check) => entry.clock.is_some_and(|clock| match check {
                Check::Lamport(operator, value) => compares(*operator, clock.lamport, *value),
                _ => true,
            }),
            (Subject::Source, check) => source_is(check, asked.source),
            (Subject::Message, check) => text_is(check, &entry.message),
            (Subject::Trace, check) => !entry.trace.is_empty() && text_is(check, &entry.trace),
            (Subject::Field(path), check) => {
                entry.fields.has(path, |index, field| field_is(check, &entry.fields, index, field))
            }
            (Subject::Since | Subject::Until, _) => false,
        }
    }
}

/// A source goes by its whole name and by what stands behind its last slash.
fn source_is(check: &Check, source: &str) -> bool {
    let is = |name: &str| match check {
        Check::Value(matcher) => matcher.is_match(name.as_bytes()),
        _ => true,
    };
    is(source) || source.rsplit_once('/').is_some_and(|(_, name)| is(name))
}

fn text_is(check: &Check, text: &Text<'_>) -> bool {
    match check {
        Check::Value(matcher) => matcher.is_match(&text.decode()),
        _ => true,
    }
}

/// An array is as asked if something that stands directly in it is.
fn field_is(check: &Check, all: &Fields<'_>, index: u32, field: &Field<'_>) -> bool {
    if field.value != Value::Array || matches!(check, Check::IsPresent) {
        return value_is(check, &field.value);
    }
    all.inside(index).any(|(_, element)| value_is(check, &element.value))
}

fn value_is(check: &Check, value: &Value<'_>) -> bool {
    match check {
        Check::IsPresent => *value != Value::Null,
        Check::Number(operator, number) => number.compares(*operator, value),
        Check::Value(matcher) => match value {
            Value::Null => matcher.is_null(),
            Value::Object | Value::Array => false,
            Value::Bool(is_true) => matcher.is_match(if *is_true { b"true" } else { b"false" }),
            Value::Number(digits) => matcher.is_match_of_number(digits),
            Value::Text(text) => match (matcher.number_within(), &*text.decode()) {
                // A text that reads as a number holds no other, but `1.10` is not `1.1` there: it may be a version.
                (Some(number), text) if Value::Text(Text::plain(text)).as_number().is_some() => number.is_written(text),
                (_, text) => matcher.is_match(text),
            },
        },
        Check::Level(_) | Check::Time(..) | Check::Lamport(..) => false,
    }
}
