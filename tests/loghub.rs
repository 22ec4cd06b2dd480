//! Eight logs of real systems against their structured files, where they are at hand: what is detected, and how many lines
//! come out with the true time, level and message.
//!
//! Loghub: Zhu, He, He, Liu, Lyu, "Loghub: A Large Collection of System Log Datasets for AI-driven Log Analytics", ISSRE 2023.
#![cfg(not(target_family = "wasm"))]

use std::path::{Path, PathBuf};

use frereth::log::entry::{Entry, Time};
use frereth::log::format::{Format, detect};
use frereth::log::level::Level;
use frereth::log::lines;
use frereth::log::time::{Clockwork, Zone};
use jiff::tz::Offset;

/// A log, its format, how its structured file writes the time (columns, and strftime's words for them joined by a blank),
/// and whether its Level is a level: two of the files keep the host there.
const LOGS: [(&str, &str, &[&str], &str, bool); 8] = [
    ("Apache", "apache-error", &["Time"], "%a %b %d %H:%M:%S %Y", true),
    ("BGL", "bgl", &["Time"], "%Y-%m-%d-%H.%M.%S.%6f", true),
    ("HDFS", "hdfs", &["Date", "Time"], "%y%m%d %H%M%S", true),
    ("Hadoop", "hadoop", &["Date", "Time"], "%Y-%m-%d %H:%M:%S,%3f", true),
    ("Linux", "syslog", &["Month", "Date", "Time"], "%b %-d %H:%M:%S", false),
    ("OpenSSH", "syslog", &["Date", "Day", "Time"], "%b %-d %H:%M:%S", false),
    ("Spark", "spark", &["Date", "Time"], "%y/%m/%d %H:%M:%S", true),
    ("Zookeeper", "zookeeper", &["Date", "Time"], "%Y-%m-%d %H:%M:%S,%3f", true),
];

#[test]
fn the_logs_of_eight_systems_are_read_as_their_structured_files_say() {
    let Some(folder) = folder() else {
        println!("skipped: the logs are not at hand");
        return;
    };
    for (name, format, time_columns, time_shape, has_level) in LOGS {
        let read = |name: String| std::fs::read(folder.join(name)).expect("the file can be read");
        let (log, table) = (read(format!("{name}_2k.log")), read(format!("{name}_2k.log_structured.csv")));
        let lines: Vec<&[u8]> = lines::forward(&log).map(|line| line.text).collect();
        let rows: Vec<&[u8]> = lines::forward(&table).map(|line| line.text).collect();
        let detection = detect(&lines, &[]);
        assert_eq!(detection.format.name(), format, "{name}: {}", detection.why);

        let csv = Format::named("csv").expect("it is built in").learn(&rows);
        let mut clockwork = Clockwork::new(1_480_000_000_000_000_000, Zone::utc());
        let mut seen = [0_usize; 3];
        let mut missed: [Option<String>; 3] = [None, None, None];
        for (line, row) in lines.iter().zip(&rows[1..]) {
            let row = csv.parse(row, &mut Clockwork::new(0, Zone::utc()), Entry::default());
            let cell = |name: &str| row.fields.get(name).map_or_else(String::new, cell_text);
            let entry = detection.format.parse(line, &mut clockwork, Entry::default());
            let time = time_columns.iter().map(|name| cell(name)).collect::<Vec<_>>().join(" ");
            let message = String::from_utf8_lossy(&entry.message.decode()).trim().to_string();
            let checks = [
                entry.time.is_some_and(|at| wall_time(at, time_shape) == time),
                !has_level || entry.level == Level::from_column(cell("Level").as_bytes()) && entry.level.is_some(),
                message == cell("Content").trim(),
            ];
            for (index, is_right) in checks.into_iter().enumerate() {
                seen[index] += usize::from(is_right);
                if !is_right && missed[index].is_none() {
                    missed[index] = Some(format!("{:?}: {entry:?}", String::from_utf8_lossy(line)));
                }
            }
        }
        let share = seen.map(|count| count as f64 * 100.0 / lines.len() as f64);
        let level = if has_level { format!("{:.2} %", share[1]) } else { "not stated".into() };
        println!(
            "{name}: {format}, time {:.2} %, level {level}, message {:.2} % of {}",
            share[0],
            share[2],
            lines.len()
        );
        for (index, least) in [99.0, 99.0, 95.0].into_iter().enumerate() {
            assert!(share[index] >= least, "{name}: {share:?}, the first missed: {:?}", missed[index]);
        }
        if let Some(missed) = missed.iter().flatten().next() {
            println!("  missed: {missed}");
        }
    }
}

/// The folder with the logs, beside the project or above it.
fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.ancestors().map(|above| above.join("shared/data/loghub")).find(|folder| folder.is_dir())
}

fn cell_text(field: &frereth::log::entry::Field<'_>) -> String {
    use frereth::log::entry::Value;
    match field.value {
        Value::Text(text) => String::from_utf8_lossy(&text.decode()).into_owned(),
        Value::Number(digits) => String::from_utf8_lossy(digits).into_owned(),
        Value::Null => "-".into(),
        Value::Bool(value) => value.to_string(),
        Value::Object | Value::Array => String::new(),
    }
}

/// What the wall showed where the time was written.
fn wall_time(time: Time, shape: &str) -> String {
    let moment = jiff::Timestamp::from_nanosecond(time.nanos.into()).expect("a time is a moment");
    let offset = Offset::from_seconds(time.offset_seconds.unwrap_or(0)).expect("an offset is below a day");
    offset.to_datetime(moment).strftime(shape).to_string()
}
