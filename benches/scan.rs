//! How fast lines are searched, judged and shown: bytes and lines per second on text like that of real programs.

use std::fmt::Write;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use frereth::log::display::{mark, pieces};
use frereth::log::level::detect;
use frereth::log::substring::Substring;

fn main() {
    divan::main();
}

/// Lines of several programs in turn, with one rare word in every ten thousand.
fn text(lines: usize) -> String {
    let mut text = String::new();
    for number in 0..lines {
        let millis = number % 1000;
        let word = if number % 10_000 == 9_999 { "Quetzalcoatl" } else { "ordinary" };
        let _ = match number % 5 {
            0 => writeln!(
                text,
                "2026-11-23T10:00:00.{millis:03}Z  INFO app::net: {word} connection from 10.0.0.{number}"
            ),
            1 => writeln!(
                text,
                "10.0.0.1 - - [23/Nov/2026:10:00:00 +0000] \"GET /{word}/{number}?page=2&sort=asc HTTP/1.1\" 200 {number} \"https://example.org/start\" \"Mozilla/5.0 (X11; Linux x86_64; rv:129.0) Gecko/20100101 Firefox/129.0\""
            ),
            2 => writeln!(
                text,
                "{{\"name\":\"app\",\"pid\":{number},\"level\":30,\"msg\":\"{word} request\",\"took\":{millis}}}"
            ),
            3 => writeln!(text, "2026-11-23 10:00:00 status half-configured lib{word}{number}:amd64 1.2.3-4"),
            _ => writeln!(
                text,
                "\x1b[2m10:00:00.{millis:03}\x1b[0m \x1b[33mWARN\x1b[0m worker-{number}: \t{word} retry, grüße"
            ),
        };
    }
    text
}

const LINES: usize = 100_000;

#[divan::bench(args = ["quetzalcoatl", "Quetzalcoatl", "error", "worker-12345", "e"])]
fn matching_lines(bencher: Bencher, needle: &str) {
    let text = text(LINES);
    let search = Substring::new(needle);
    bencher.counter(BytesCount::of_str(&text)).bench(|| search.matching_lines(black_box(text.as_bytes())).count());
}

#[divan::bench(args = [0, 1, 2, 3, 4])]
fn level_of_a_line(bencher: Bencher, program: usize) {
    let text = text(1000);
    let lines: Vec<&[u8]> = text.lines().skip(program).step_by(5).map(str::as_bytes).collect();
    bencher
        .counter(ItemsCount::new(lines.len()))
        .bench(|| lines.iter().filter(|line| detect(black_box(line)).is_some()).count());
}

#[divan::bench]
fn pieces_of_a_line(bencher: Bencher) {
    let text = text(1000);
    let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    bencher
        .counter(ItemsCount::new(lines.len()))
        .bench(|| lines.iter().map(|line| pieces(black_box(line), 2000).len()).sum::<usize>());
}

#[divan::bench]
fn pieces_of_a_line_with_matches(bencher: Bencher) {
    let text = text(1000);
    let search = Substring::new("ordinary");
    let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    bencher.counter(ItemsCount::new(lines.len())).bench(|| {
        let marked = |line: &&[u8]| {
            let matches: Vec<_> = search.find_iter(line).collect();
            mark(pieces(black_box(line), 2000), &matches).len()
        };
        lines.iter().map(marked).sum::<usize>()
    });
}

#[divan::bench]
fn a_cut_line_of_ten_megabytes(bencher: Bencher) {
    let line = vec![b'x'; 10_000_000];
    bencher.bench(|| pieces(black_box(&line), 2000).len());
}
