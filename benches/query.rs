//! What a query costs over a block in memory, against `memchr::memmem` alone over the same bytes in the same run.
//!
//! Each question is asked as the engine asks it: the scanner skips lines, the verdict decides what raw bytes can, the rest is
//! read as JSON and matched. Printed are bytes per second and how many times longer than the bare search it takes.
//!
//! It runs as WebAssembly too, by Node, for the same figures there: `make bench-wasm`.

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use frereth::log::entry::Entry;
use frereth::log::format::Format;
use frereth::log::lines;
use frereth::log::query::Query;
use frereth::log::time::{Clockwork, Zone};
use jiff::tz::TimeZone;

/// How many bytes are searched.
const BLOCK_BYTES: usize = 64 << 20;
/// The best of so many turns counts; those compared are asked by turns.
const TURNS: usize = 7;

/// A question and the literal that the bare search looks for in its place.
const QUESTIONS: [(&str, &str, &str); 14] = [
    ("rare literal, exact", "Quetzalcoatl", "Quetzalcoatl"),
    ("rare literal, either case", "quetzalcoatl", "Quetzalcoatl"),
    ("frequent literal, exact", "\"GET /Items\"", "GET /Items"),
    ("frequent literal, either case", "connection", "connection"),
    ("three literals, either case", "quetzalcoatl or xylophone or jabberwocky", "Quetzalcoatl"),
    (
        "eight literals, either case",
        "quetzal or xylo or jabber or zzyzx or qwerty or bogus or kumquat or vexil",
        "Quetzalcoatl",
    ),
    ("rare literal and not another", "quetzalcoatl -status", "Quetzalcoatl"),
    ("regex with a prefix", "/Quetzal[a-z]+ /", "Quetzalcoatl"),
    ("regex with an inner literal", r"/\w+ conn[a-z]+ from 10\.0\.0\.99\d\d\b/", "connection"),
    ("regex without a literal", r"/\d{3}\.\d{3}/", "Quetzalcoatl"),
    ("regex of either case", "/quetzal[a-z]+ /", "Quetzalcoatl"),
    ("field, rare value", "word:quetzalcoatl", "Quetzalcoatl"),
    ("field, frequent value", "word:ordinary", "ordinary"),
    ("field, no literal", "took>990", "took"),
];

/// Lines of two programs in turn, the rare word in one of ten thousand.
fn block() -> String {
    let mut text = String::with_capacity(BLOCK_BYTES + 1000);
    let mut number = 0;
    while text.len() < BLOCK_BYTES {
        let millis = number % 1000;
        let word = if number % 10_000 == 9_999 { "Quetzalcoatl" } else { "ordinary" };
        let _ = match number % 3 {
            0 => writeln!(
                text,
                "{{\"time\":\"2026-11-23T10:00:00.{millis:03}Z\",\"level\":\"info\",\"word\":\"{word}\",\"took\":{millis},\"msg\":\"request {number} served\"}}"
            ),
            1 => writeln!(
                text,
                "{{\"time\":\"2026-11-23T10:00:00.{millis:03}Z\",\"level\":\"warn\",\"word\":\"{word}\",\"msg\":\"{word} connection from 10.0.0.{number}\"}}"
            ),
            _ => writeln!(
                text,
                "{{\"time\":\"2026-11-23T10:00:00.{millis:03}Z\",\"word\":\"{word}\",\"msg\":\"GET /Items/{number}?page=2 HTTP/1.1\"}}"
            ),
        };
        number += 1;
    }
    text
}

/// The clockwork of times that are whole.
fn clockwork() -> Clockwork {
    Clockwork::new(0, Zone::utc())
}

/// How many entries match, as the engine counts them.
fn count(query: &Query, format: &Format, block: &[u8]) -> usize {
    let scanner = query.raw_scanner();
    if scanner.is_exact() {
        return scanner.lines(block).count();
    }
    let (mut entry, mut clockwork) = (Entry::default(), clockwork());
    let mut count = 0;
    for line in scanner.lines(block) {
        let raw = &block[line];
        count += usize::from(scanner.verdict(raw).unwrap_or_else(|| {
            let read = format.parse(raw, &mut clockwork, std::mem::take(&mut entry));
            let is_match = query.is_match(&read, "app.log");
            entry = read.recycle(b"");
            is_match
        }));
    }
    count
}

/// The same, asking every line.
fn count_slowly(query: &Query, format: &Format, block: &[u8]) -> usize {
    let is_match = |raw| query.is_match(&format.parse(raw, &mut clockwork(), Entry::default()), "app.log");
    lines::forward(block).filter(|line| is_match(line.text)).count()
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let value = black_box(work());
    (start.elapsed(), value)
}

fn main() {
    // Cargo asks every test target to run as a test; there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let format = Format::named("json").expect("built in");
    let text = block();
    let block = text.as_bytes();
    let gigabytes = block.len() as f64 / 1e9;
    println!("{} MiB, {} lines, one thread, best of {TURNS} turns", block.len() >> 20, text.lines().count());
    println!("{:32} {:>9} {:>8} {:>12} {:>7}", "question", "matches", "GB/s", "memmem GB/s", "ratio");
    for (name, question, literal) in QUESTIONS {
        let query = Query::compile(question, 0, &TimeZone::UTC).expect("the question is a query");
        let finder = memchr::memmem::Finder::new(literal);
        let (mut fast, mut bare, mut found) = (Duration::MAX, Duration::MAX, 0);
        for _ in 0..TURNS {
            let (duration, count) = timed(|| count(black_box(&query), &format, black_box(block)));
            (fast, found) = (fast.min(duration), count);
            bare = bare.min(timed(|| finder.find_iter(black_box(block)).count()).0);
        }
        assert_eq!(found, count_slowly(&query, &format, block), "{question}");
        let speed = |duration: Duration| gigabytes / duration.as_secs_f64();
        let ratio = fast.as_secs_f64() / bare.as_secs_f64();
        println!("{name:32} {found:>9} {:>8.2} {:>12.2} {ratio:>7.2}", speed(fast), speed(bare));
    }
}
