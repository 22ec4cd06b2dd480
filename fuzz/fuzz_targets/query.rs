//! Any text as a query, any bytes as a block: reading never panics, the canonical text means the same, and the scanner
//! loses no line that the verdict on raw bytes lets through.
#![no_main]

use frereth::log::lines;
use frereth::log::query::{Query, complete, parse};
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (text, block) = input;
    let _ = complete(text, text.len() / 2);
    if let Ok(tree) = parse(text) {
        assert_eq!(parse(&tree.to_string()), Ok(tree));
    }
    let Ok(query) = Query::compile(text, 1_795_429_800_000_000_000, &TimeZone::UTC) else { return };
    let _ = query.highlights(block);
    let scanner = query.raw_scanner();
    let mut found = scanner.lines(block).map(|line| line.start).peekable();
    for line in lines::forward(block) {
        let verdict = query.verdict(line.text);
        if found.next_if_eq(&line.offset).is_some() {
            assert_eq!(scanner.verdict(line.text), verdict);
        } else {
            assert_ne!(verdict, Some(true));
        }
    }
    assert_eq!(found.next(), None);
});
