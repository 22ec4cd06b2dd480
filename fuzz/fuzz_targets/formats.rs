//! Any bytes as lines of a log: detected, joined and read by every format; the entries' bytes are the lines again, and fields
//! nest.
#![no_main]

use std::sync::LazyLock;

use frereth::log::entry::Entry;
use frereth::log::format::{Format, detect};
use frereth::log::lines;
use frereth::log::time::{Clockwork, Zone};
use libfuzzer_sys::fuzz_target;

static FORMATS: LazyLock<Vec<Format>> = LazyLock::new(|| Format::names().filter_map(Format::named).collect());

fuzz_target!(|bytes: &[u8]| {
    let lines: Vec<&[u8]> = lines::forward(bytes).map(|line| line.text).collect();
    read(&detect(&lines, &[]).format, bytes, &lines);
    for format in FORMATS.iter() {
        read(&format.learn(&lines), bytes, &lines);
    }
});

fn read(format: &Format, bytes: &[u8], lines: &[&[u8]]) {
    let mut clockwork = Clockwork::new(1_796_083_200_000_000_000, Zone::utc());
    for line in lines::forward(bytes) {
        let _ = format.continues(bytes, lines::from(bytes, line.offset));
    }
    for raw in lines.iter().copied().chain([bytes]) {
        let entry = format.parse(raw, &mut clockwork, Entry::default());
        assert_eq!(entry.raw, raw);
        let fields = entry.fields.as_slice();
        for (index, field) in fields.iter().enumerate() {
            let end = field.end as usize;
            assert!(end > index && end <= fields.len(), "{}: {fields:?}", format.name());
        }
    }
}
