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
    let found: Vec<_> = query.raw_scanner().lines(block).map(|line| line.start).collect();
    for line in lines::forward(block) {
        let is_found = found.contains(&line.offset);
        assert!(is_found || query.verdict(line.text) != Some(true));
        assert!(!is_found || !query.raw_scanner().is_exact() || query.prefilter(line.text));
    }
});
