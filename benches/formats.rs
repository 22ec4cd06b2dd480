//! How fast lines become entries: level, time, message and every field read into a checksum, bytes per second on one core.

use std::fmt::Write;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::BytesCount;
use frereth::log::blocks::Blocks;
use frereth::log::entry::{Entry, Noted, Value};
use frereth::log::format::{Format, detect};
use frereth::log::lines;
use frereth::log::summary::{Histogram, Summary};
use frereth::log::time::{Clockwork, Zone, read};

fn main() {
    divan::main();
}

const LINES: usize = 20_000;

/// A line of a kind of log, by its number.
fn write_line(text: &mut String, kind: &str, number: usize) {
    let (second, millis) = (number / 1000 % 60, number % 1000);
    let level = ["INFO", "INFO", "DEBUG", "WARN", "INFO", "ERROR"][number % 6];
    let _ = match kind {
        "plain" => writeln!(
            text,
            "2026-11-23T10:00:{second:02}.{millis:03}Z {level} worker-{} request {number} to /api/items/{number} finished in {millis} ms",
            number % 16
        ),
        "tracing" => writeln!(
            text,
            "2026-11-23T10:00:{second:02}.{millis:03}Z {level} worker-{}: request {number} to /api/items/{number} finished in {millis} ms",
            number % 16
        ),
        "log4j" => writeln!(
            text,
            "2026-11-23 10:00:{second:02},{millis:03} {level} [worker-{}] com.example.app.Handler - request {number} took {millis} ms",
            number % 16
        ),
        "syslog" => writeln!(
            text,
            "Nov 23 10:00:{second:02} host sshd[{number}]: Accepted publickey for user from 10.0.0.1 port {millis} ssh2"
        ),
        "combined" => writeln!(
            text,
            "10.0.0.1 - - [23/Nov/2026:10:00:{second:02} +0000] \"GET /items/{number}?page=2 HTTP/1.1\" 200 {number} \"https://example.org/start\" \"Mozilla/5.0 (X11; Linux x86_64; rv:129.0) Gecko/20100101 Firefox/129.0\""
        ),
        "logfmt" => writeln!(
            text,
            "time=2026-11-23T10:00:{second:02}.{millis:03}Z level={level} msg=\"request finished\" path=/items/{number} took={millis}ms status=200"
        ),
        _ => writeln!(
            text,
            "{{\"time\":\"2026-11-23T10:00:{second:02}.{millis:03}Z\",\"level\":\"{level}\",\"msg\":\"request {number} finished\",\"service\":\"api\",\"user\":{{\"id\":{number},\"name\":\"bob\"}},\"path\":\"/api/items/{number}\",\"status\":200,\"took_ms\":{millis},\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}}"
        ),
    };
}

/// A number in which everything that an entry says has a part.
fn checksum(entry: &Entry<'_>) -> u64 {
    let text = |bytes: &[u8]| bytes.len() as u64 + u64::from(bytes.first().copied().unwrap_or(0));
    let mut sum = entry.time.map_or(0, |time| time.nanos as u64);
    sum = sum.wrapping_add(entry.level.map_or(7, |level| level as u64)).wrapping_add(text(entry.message.bytes()));
    for field in entry.fields.as_slice() {
        let value = match field.value {
            Value::Number(bytes) => text(bytes),
            Value::Text(value) => text(value.bytes()),
            Value::Bool(value) => u64::from(value),
            Value::Null | Value::Object | Value::Array => 1,
        };
        sum = sum.wrapping_mul(31).wrapping_add(text(field.name.bytes())).wrapping_add(value);
    }
    sum
}

/// Lines of a kind, and their format.
fn block(kind: &str) -> (String, Format) {
    let mut text = String::new();
    (0..LINES).for_each(|number| write_line(&mut text, kind, number));
    let first: Vec<&[u8]> = lines::forward(text.as_bytes()).take(100).map(|line| line.text).collect();
    let format = detect(&first, &[]).format;
    (text, format)
}

/// Reads lines of a kind and shows each as an entry to what `begin` makes.
fn each_entry<T>(bencher: Bencher, kind: &str, begin: impl Fn() -> T + Sync, see: impl Fn(&mut T, &Entry<'_>) + Sync) {
    let (text, format) = block(kind);
    let block = text.as_bytes();
    bencher.counter(BytesCount::of_slice(block)).bench(|| {
        let mut clockwork = Clockwork::new(1_796_083_200_000_000_000, Zone::utc());
        let mut seen = begin();
        let mut room = Entry::default();
        for line in lines::forward(black_box(block)) {
            let entry = format.parse(line.text, &mut clockwork, room);
            see(&mut seen, &entry);
            room = entry;
        }
        seen
    });
}

#[divan::bench(args = ["json", "plain", "tracing", "log4j", "syslog", "combined", "logfmt"])]
fn parse(bencher: Bencher, kind: &str) {
    each_entry(bencher, kind, || 0_u64, |sum, entry| *sum = sum.wrapping_add(checksum(entry)));
}

/// Only time, level and clock.
#[divan::bench(args = ["json", "plain", "tracing"])]
fn note(bencher: Bencher, kind: &str) {
    let (block, format) = block(kind);
    bencher.counter(BytesCount::of_slice(block.as_bytes())).bench(|| {
        let mut clockwork = Clockwork::new(1_796_083_200_000_000_000, Zone::utc());
        let mut room = Entry::default();
        let mut sum = 0_i64;
        for line in lines::forward(black_box(block.as_bytes())) {
            let time = format.note(line.text, &mut clockwork, &mut room).time;
            sum = sum.wrapping_add(time.map_or(0, |time| time.nanos));
        }
        sum
    });
}

/// As an index is made: where entries begin, their times and levels, counted in blocks.
#[divan::bench(args = ["json", "plain"])]
fn index(bencher: Bencher, kind: &str) {
    let (text, format) = block(kind);
    let block = text.as_bytes();
    bencher.counter(BytesCount::of_slice(block)).bench(|| {
        let (mut clockwork, mut room) = (Clockwork::new(1_796_083_200_000_000_000, Zone::utc()), Entry::default());
        let mut next = 0;
        let entries = std::iter::from_fn(|| {
            let line = (next < block.len()).then(|| lines::from(black_box(block), next))?;
            next = line.end + 1;
            let begins = line.start == 0 || !format.continues(block, line.clone());
            Some(begins.then(|| (line.start, format.note(&block[line], &mut clockwork, &mut room))))
        });
        let noted = |(at, noted): (usize, Noted)| (at, noted.level, noted.time.map(|time| time.nanos));
        Blocks::of(0, block, entries.flatten().map(noted))
    });
}

/// Read and summed up: levels, times, every field's values, patterns.
#[divan::bench(args = ["json", "plain", "logfmt"])]
fn summary(bencher: Bencher, kind: &str) {
    each_entry(
        bencher,
        kind,
        || Summary::new(20),
        |summary, entry| {
            summary.note(entry, "app.log", entry.time.map(|time| time.nanos));
        },
    );
}

/// Read, and only levels and times counted.
#[divan::bench(args = ["json", "plain"])]
fn histogram(bencher: Bencher, kind: &str) {
    each_entry(bencher, kind, Histogram::default, |histogram, entry| {
        entry.time.inspect(|time| histogram.note(time.nanos, entry.level));
    });
}

#[divan::bench(args = ["2026-11-23T10:00:00.123Z ", "Nov 23 10:00:00 ", "23/Nov/2026:10:00:00 +0000]", "1479820000.123 "])]
fn time_of_a_line(bencher: Bencher, text: &str) {
    let mut clockwork = Clockwork::new(1_796_083_200_000_000_000, Zone::utc());
    bencher.bench_local(|| read::leading(black_box(text.as_bytes())).and_then(|(stamp, _)| clockwork.complete(stamp)));
}
