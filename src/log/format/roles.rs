//! Which name means what: the one table that all formats with named values share, and what becomes of the values found.
//!
//! Programs agree on little, but a name that means the time in one means hardly anything else in another. Where a line
//! has several candidates, the lower rank wins, then the first.

use crate::log::entry::{Clock, Entry, Fields, Value};
use crate::log::level::Level;
use crate::log::text::Text;
use crate::log::time::{Clockwork, Stamp, read};

use super::colours;

/// What a named value is to its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    /// The nanoseconds of a time whose seconds stand beside them.
    Nanos,
    Level(Scale),
    Message,
    Trace,
    Lamport,
    Vector,
}

/// How a level is written where it is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// 0 to 7 as syslog counts, from 10 on as bunyan does.
    Any,
    /// Python's: 10 is debug, 50 critical.
    Python,
    /// OpenTelemetry's: 1 to 24.
    Telemetry,
}

/// A role and how much the name is worth.
pub(super) type Ranked = (Role, u8);

/// The role of a value that stands directly in an entry.
pub(super) fn of_root(name: &[u8]) -> Option<Ranked> {
    use Role::{Lamport, Level, Message, Time, Trace, Vector};
    Some(match name {
        b"time" | b"ts" | b"timestamp" | b"@timestamp" | b"@t" | b"Timestamp" => (Time, 0),
        b"__REALTIME_TIMESTAMP"
        | b"_timestamp"
        | b"_time"
        | b"datetime"
        | b"asctime"
        | b"time_iso8601"
        | b"StartUTC"
        | b"timeMillis"
        | b"timestampNanos"
        | b"time_unix_nano"
        | b"timeUnixNano"
        | b"Time"
        | b"TIMESTAMP"
        | b"eventTime"
        | b"event_time"
        | b"log_time"
        | b"timestamp_ms"
        | b"instant"
        | b"inst" => (Time, 1),
        b"t"
        | b"date"
        | b"start_time"
        | b"msec"
        | b"time_local"
        | b"StartLocal"
        | b"_SOURCE_REALTIME_TIMESTAMP"
        | b"created"
        | b"created_at"
        | b"when"
        | b"at"
        | b"logged_at"
        | b"epoch" => (Time, 2),
        b"level" | b"lvl" | b"severity" | b"@l" | b"PRIORITY" | b"levelname" | b"log.level" | b"Level" | b"LEVEL" => {
            (Level(Scale::Any), 0)
        }
        b"loglevel" | b"logLevel" | b"log_level" | b"level_name" | b"severity_text" | b"severityText" | b"Severity"
        | b"LogLevel" | b"SeverityText" | b"priority" | b"lev" | b"error_severity" => (Level(Scale::Any), 1),
        b"s" | b"l" => (Level(Scale::Any), 3),
        b"levelno" => (Level(Scale::Python), 2),
        b"severity_number" | b"severityNumber" | b"SeverityNumber" => (Level(Scale::Telemetry), 2),
        b"msg" | b"message" | b"MESSAGE" | b"@m" | b"short_message" | b"Message" => (Message, 0),
        b"@mt" | b"body" | b"Body" | b"textPayload" | b"RenderedMessage" | b"MessageTemplate" | b"_msg" | b"log" => {
            (Message, 1)
        }
        b"event" | b"text" | b"full_message" | b"error" | b"err" => (Message, 2),
        b"trace_id"
        | b"traceId"
        | b"traceID"
        | b"trace.id"
        | b"traceid"
        | b"TraceId"
        | b"trace-id"
        | b"@tr"
        | b"logging.googleapis.com/trace"
        | b"dd.trace_id"
        | b"otelTraceID"
        | b"TRACE_ID" => (Trace, 0),
        b"trace" | b"traceparent" | b"X-B3-TraceId" | b"x-b3-traceid" | b"request_id" | b"requestId"
        | b"correlation_id" | b"correlationId" => (Trace, 1),
        b"lamport" | b"lamport_clock" | b"lamportClock" | b"lamport_time" | b"lamport_timestamp" | b"Lamport" => {
            (Lamport, 0)
        }
        b"vclock" | b"vector_clock" | b"vectorClock" | b"vector-clock" | b"vc" => (Vector, 0),
        _ => return None,
    })
}

/// The role of a value inside the one named `parent`.
pub(super) fn of_nested(parent: &[u8], name: &[u8]) -> Option<Ranked> {
    use Role::{Level, Message, Time, Trace};
    Some(match (parent, name) {
        // ECS, MongoDB, tracing, loguru, log4j, OpenTelemetry.
        (b"log" | b"level", b"level" | b"name") => (Level(Scale::Any), 1),
        (b"trace", b"id") | (b"span" | b"fields" | b"attributes" | b"dd" | b"context", b"trace_id") => (Trace, 1),
        (b"t", b"$date") => (Time, 1),
        (b"time", b"timestamp") | (b"instant", b"epochSecond") => (Time, 2),
        (b"instant", b"nanoOfSecond") => (Role::Nanos, 0),
        (b"fields" | b"record" | b"jsonPayload", b"message") => (Message, 1),
        _ => return None,
    })
}

/// The best candidates of an entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Found<'a> {
    time: Option<(u8, Stamp)>,
    nanos: Option<u32>,
    level: Option<(u8, Level, Text<'a>)>,
    message: Option<(u8, Text<'a>)>,
    trace: Option<(u8, Text<'a>)>,
    lamport: Option<u64>,
    vector: Option<u32>,
}

/// Whether a candidate of this rank is better than the one at hand.
const fn wins(rank: u8, held: Option<u8>) -> bool {
    match held {
        None => true,
        Some(held) => rank < held,
    }
}

impl<'a> Found<'a> {
    /// Takes note of a value that has a role. `index` is its place among the fields.
    pub(super) fn note(&mut self, (role, rank): Ranked, value: &Value<'a>, index: u32) {
        match role {
            Role::Time if wins(rank, self.time.map(|held| held.0)) => {
                self.time = stamp_of(*value).map(|stamp| (rank, stamp)).or(self.time);
            }
            Role::Level(scale) if wins(rank, self.level.map(|held| held.0)) => {
                let level = level_of(*value, scale).map(|level| (rank, level, text_of(*value)));
                self.level = level.or(self.level);
            }
            Role::Message if wins(rank, self.message.map(|held| held.0)) => {
                if let Value::Text(text) = value {
                    self.message = Some((rank, *text));
                }
            }
            Role::Trace if wins(rank, self.trace.map(|held| held.0)) => {
                let text = text_of(*value);
                self.trace = (!text.is_empty()).then_some((rank, text)).or(self.trace);
            }
            Role::Nanos => self.nanos = count_of(*value).and_then(|nanos| nanos.try_into().ok()),
            Role::Lamport => self.lamport = self.lamport.or_else(|| count_of(*value)),
            Role::Vector if matches!(value, Value::Object | Value::Array) => self.vector = Some(index),
            _ => {}
        }
    }

    /// Whether anything that opens an entry was found.
    pub(super) const fn has_time_or_level(&self) -> bool {
        self.has_time() || self.level.is_some()
    }

    /// Whether a time was found.
    pub(super) const fn has_time(&self) -> bool {
        self.time.is_some()
    }

    /// Whether what was found can be told without the fields: there is no vector clock among them.
    pub(super) const fn needs_no_fields(&self) -> bool {
        self.vector.is_none()
    }

    /// Gives the entry what was found, over what it had.
    pub(super) fn apply(self, entry: &mut Entry<'a>, clockwork: &mut Clockwork) {
        if let Some((_, stamp)) = self.time {
            entry.time = clockwork.complete(with_nanos(stamp, self.nanos));
        }
        if let Some((_, level, text)) = self.level {
            entry.level = Some(level);
            entry.level_text = text;
        }
        if let Some((_, text)) = self.message {
            entry.message = text;
        }
        self.apply_marks(entry);
    }

    /// Gives the entry what an object inside its message says; the time in front of the message stands.
    pub(super) fn apply_inside(mut self, entry: &mut Entry<'a>) {
        if let Some((_, level, text)) = self.level.take().filter(|_| entry.level_text.is_empty()) {
            entry.level = Some(level);
            entry.level_text = text;
        }
        if let Some((_, text)) = self.message.take() {
            entry.message = text;
        }
        self.apply_marks(entry);
    }

    /// Gives the entry only its trace and its logical clock: what names in the middle of a message can be trusted with.
    pub(super) fn apply_marks(self, entry: &mut Entry<'a>) {
        if let Some((_, text)) = self.trace {
            entry.trace = text;
        }
        let vector = self.vector.and_then(|index| sum(&entry.fields, index));
        entry.clock = match (self.lamport, vector) {
            (Some(lamport), _) => Some(Clock { lamport, is_vector: false }),
            (None, Some(lamport)) => Some(Clock { lamport, is_vector: true }),
            (None, None) => entry.clock,
        };
    }
}

/// A moment that is given in seconds, and the nanoseconds that stand beside it. Other times say their own.
const fn with_nanos(stamp: Stamp, nanos: Option<u32>) -> Stamp {
    match (stamp, nanos) {
        (Stamp::Instant(seconds), Some(nanos)) if seconds % SECOND == 0 && (nanos as i64) < SECOND => {
            Stamp::Instant(seconds.saturating_add(nanos as i64))
        }
        _ => stamp,
    }
}

/// The sum of a vector clock; `None` where a component is no count.
fn sum(fields: &Fields<'_>, index: u32) -> Option<u64> {
    let mut components = fields.inside(index).peekable();
    components.peek()?;
    components.try_fold(0_u64, |sum, (_, field)| Some(sum.saturating_add(count_of(field.value)?)))
}

fn count_of(value: Value<'_>) -> Option<u64> {
    std::str::from_utf8(text_of(value).bytes()).ok()?.parse().ok()
}

/// The most nanoseconds, and one.
const SECOND: i64 = 1_000_000_000;

/// What a value that holds nothing says; empty for the others.
pub(super) const fn text_of<'a>(value: Value<'a>) -> Text<'a> {
    match value {
        Value::Text(text) => text,
        Value::Number(digits) => Text::plain(digits),
        _ => Text::plain(b""),
    }
}

pub(super) fn stamp_of(value: Value<'_>) -> Option<Stamp> {
    match value {
        Value::Number(digits) => read::epoch(digits),
        Value::Text(text) => read::whole(text.bytes()),
        _ => None,
    }
}

pub(super) fn level_of(value: Value<'_>, scale: Scale) -> Option<Level> {
    let mut text = text_of(value).bytes().trim_ascii();
    if matches!(text.first()?, b'\\' | 0x1b) {
        text = colours::first_coloured(text).trim_ascii();
    }
    if text.first()?.is_ascii_digit() {
        let number: u32 = std::str::from_utf8(text).ok()?.parse().ok()?;
        return match scale {
            Scale::Any => {
                u8::try_from(number).ok().and_then(Level::from_severity).or_else(|| Level::from_bunyan(number))
            }
            Scale::Python => Level::from_bunyan(number + 10),
            Scale::Telemetry => Level::ALL.get((number.checked_sub(1)? / 4) as usize).copied(),
        };
    }
    // slog writes `INFO+2` between its levels.
    let end = text.iter().position(|byte| matches!(byte, b'+' | b'-')).unwrap_or(text.len());
    Level::from_column(&text[..end])
}
