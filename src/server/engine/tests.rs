//! Chunks against the whole: whoever cuts, nothing is lost, nothing is seen twice, and entries stay whole.

use std::fs::{self, File};
use std::io::{Cursor, Read, Write as _};
use std::path::PathBuf;

use super::*;
use crate::log::entry::Entry;
use crate::log::format::Format;
use crate::log::time::Zone;
use crate::server::dice::Dice;

fn log(seed: u64, entries: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let mut log = Vec::new();
    for n in 0..entries {
        log.extend(format!("2026-01-01T00:00:{:02}Z entry {n} ", n % 60).into_bytes());
        log.extend(vec![b'x'; if dice.roll(40) == 0 { 40_000 } else { dice.roll(60) as usize }]);
        for line in 0..dice.roll(30).saturating_sub(26) {
            log.extend(format!("\n    at line {line}").into_bytes());
        }
        log.extend_from_slice(if dice.roll(3) == 0 { b"\r\n" } else { b"\n" });
    }
    log
}

/// How a log is read whose format is found out.
fn detecting(chunk_bytes: usize) -> Reading {
    Reading { format: None, ..reading(chunk_bytes) }
}

fn reading(chunk_bytes: usize) -> Reading {
    Reading {
        format: Format::named("text"),
        own: Vec::new(),
        zone: Zone::utc(),
        now_nanos: 0,
        chunk_bytes,
        unpacks: true,
    }
}

/// A file that is gone when the test is over.
struct TestFile(PathBuf);

impl TestFile {
    fn of(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("frereth-engine-{}-{name}", std::process::id()));
        fs::write(&path, bytes).expect("the temporary folder can be written");
        Self(path)
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn entries_of(input: &Input, bytes: &[u8]) -> Vec<Vec<u8>> {
    Entries::of(input.format(), bytes).map(|range| bytes[range].to_vec()).collect()
}

/// The entries of all chunks in order, and the bytes of the chunks.
fn read(input: Input, threads: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
    let step = |_: &Input, chunk: Chunk<'_>| {
        let entries = Entries::over(&chunk.formats, chunk.bytes).map(|range| chunk.bytes[range].to_vec());
        (entries.collect::<Vec<_>>(), chunk.offset, chunk.bytes.to_vec())
    };
    work(&[input], threads, step, |results| {
        let (mut entries, mut bytes) = (Vec::new(), Vec::new());
        while let Some((some, offset, more)) = results.next(0).expect("readable") {
            assert_eq!(offset, bytes.len() as u64);
            entries.extend(some);
            bytes.extend(more);
        }
        (entries, bytes)
    })
}

#[test]
fn a_file_is_cut_into_the_same_entries_whatever_the_size_of_the_chunks() {
    let log = log(5, 2_000);
    let file = TestFile::of("cut", &log);
    let whole = entries_of(&Input::open(&file.0, &reading(1 << 20)).expect("opens"), &log);
    assert!(whole.len() > 1_900);
    for chunk_bytes in [100, 1_000, 20_000, 65_536, 1 << 20] {
        let (entries, bytes) = read(Input::open(&file.0, &reading(chunk_bytes)).expect("opens"), 3);
        assert!(bytes == log, "the bytes of chunks of {chunk_bytes} are those of the file");
        assert!(entries == whole, "{} entries in chunks of {chunk_bytes}, {} in the file", entries.len(), whole.len());
    }
}

/// Gives a few bytes at a time, as a pipe may.
struct Drops(Cursor<Vec<u8>>, Dice);

impl Read for Drops {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let most = (self.1.roll(5_000) as usize + 1).min(bytes.len());
        self.0.read(&mut bytes[..most])
    }
}

#[test]
fn a_stream_is_cut_into_the_same_entries_as_a_file() {
    let log = log(7, 2_000);
    for chunk_bytes in [1_000, 50_000] {
        let drops = Box::new(Drops(Cursor::new(log.clone()), Dice(3)));
        let input = Input::stream("-", drops, 0, &reading(chunk_bytes)).expect("opens");
        let whole = entries_of(&input, &log);
        let (entries, bytes) = read(input, 2);
        assert!(bytes == log && entries == whole, "chunks of {chunk_bytes}");
    }
}

/// Traces that empty lines stand inside of, whose frames are at the margin, and JSON without indentation.
fn traces(seed: u64) -> (Vec<u8>, usize) {
    const ENTRIES: [&str; 6] = [
        "selling",
        "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 1\n\nDuring handling of the above \
         exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 2\nValueError",
        "panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1, 0x2)\n\t/a.go:1 +0x1\n\ngoroutine 2 [running]:\nmain.g()\n\t/a.go:2",
        "/a.js:1\nthrow new Error(1)\n^\n\nError: 1\n    at f (/a.js:1:1)\n\nNode.js v22.1.0",
        "{\"msg\": \"one\"}",
        "",
    ];
    let mut dice = Dice(seed);
    let mut log = Vec::new();
    let entries = 3_000;
    for number in 0..entries {
        // A line of its own before each, for a trace belongs to what stands before it.
        log.extend(format!("entry {number}\n{}\n", ENTRIES[dice.roll(6) as usize]).into_bytes());
    }
    (log, entries)
}

#[test]
fn traces_with_empty_lines_inside_stay_whole_wherever_chunks_are_cut() {
    let (log, count) = traces(13);
    let file = TestFile::of("traces", &log);
    let reading = |chunk_bytes| Reading { format: Format::named("json"), ..reading(chunk_bytes) };
    let whole = entries_of(&Input::open(&file.0, &reading(1 << 20)).expect("opens"), &log);
    assert!(whole.len() > count && whole.len() < 2 * count);
    for chunk_bytes in [64, 333, 5_000] {
        let (entries, bytes) = read(Input::open(&file.0, &reading(chunk_bytes)).expect("opens"), 3);
        assert!(bytes == log && entries == whole, "chunks of {chunk_bytes} of a file");
        let drops = Box::new(Drops(Cursor::new(log.clone()), Dice(3)));
        let stream = Input::stream("-", drops, 0, &reading(chunk_bytes)).expect("opens");
        let (entries, bytes) = read(stream, 2);
        assert!(bytes == log && entries == whole, "chunks of {chunk_bytes} of a stream");
    }
}

#[test]
fn a_panic_over_a_chunk_reaches_who_takes_the_results_and_ends_all_threads() {
    let file = TestFile::of("panic", &log(7, 2_000));
    let input = Input::open(&file.0, &reading(1_000)).expect("opens");
    let under_way = std::sync::atomic::AtomicI32::new(0);
    let step = |_: &Input, chunk: Chunk<'_>| {
        under_way.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        assert!(chunk.index != 9, "the chunk {}", chunk.index);
        under_way.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
    };
    let taken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        work(&[input], 3, step, |results| while let Ok(Some(())) = results.next(0) {});
    }));
    let words = taken.expect_err("it is told").downcast::<String>().expect("words");
    assert!(words.contains("the chunk 9"), "{words}");
    assert_eq!(under_way.into_inner(), 1, "nobody works any more but who panicked");
}

#[test]
fn days_that_are_left_out_are_reckoned_from_entry_to_entry_back_from_the_last() {
    let begin: jiff::Timestamp = "2026-11-18T20:00:00Z".parse().expect("a time");
    let at = |n: i64, every: i64| begin.checked_add(jiff::SignedDuration::from_mins(n * every)).expect("a time");
    // Entries of one block are days, and years, apart.
    for (pattern, every, name) in [("%H:%M:%S", 10, "days"), ("%b %d %H:%M:%S", 1440 * 40, "years")] {
        let line = |n: i64| format!("{} host app: {n}\n", at(n, every).strftime(pattern));
        let file = TestFile::of(name, (0..400).map(line).collect::<String>().as_bytes());
        let last = at(399, every).as_second();
        let written = std::time::UNIX_EPOCH + std::time::Duration::from_secs(last.unsigned_abs());
        File::options().append(true).open(&file.0).expect("opens").set_modified(written).expect("it is ours");
        for chunk_bytes in [300, 4_000, 1 << 20] {
            let input = Input::open(&file.0, &detecting(chunk_bytes)).expect("opens");
            let step = |_: &Input, mut chunk: Chunk<'_>| {
                let entries = Entries::over(&chunk.formats, chunk.bytes);
                let times =
                    entries.clone().map(|range| entries.read(range, &mut chunk.clockwork, Entry::default()).time);
                times.map(|time| time.expect("each says one").nanos / 1_000_000_000).collect::<Vec<_>>()
            };
            let times = work(&[input], 2, step, |results| {
                std::iter::from_fn(|| results.next(0).expect("readable")).flatten().collect::<Vec<_>>()
            });
            let expected: Vec<_> = (0..400).map(|n| at(n, every).as_second()).collect();
            assert_eq!(times, expected, "{name} in chunks of {chunk_bytes}");
        }
    }
}

#[test]
fn a_reader_that_panics_is_an_error_and_no_endless_wait() {
    struct Damaged;
    impl Read for Damaged {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("bytes that no unpacker expects")
        }
    }
    assert!(Input::stream("-", Box::new(Damaged), 0, &reading(1 << 20)).is_err());
}

#[test]
fn a_stream_that_says_nothing_more_is_not_waited_for_by_who_has_enough() {
    let (sender, receiver) = std::sync::mpsc::channel::<Vec<u8>>();
    sender.send(b"2026-01-01T00:00:00Z one\n2026-01-01T00:00:01Z two\n".to_vec()).expect("it is read");
    let input = Input::stream("-", Box::new(Fed(receiver, Cursor::default())), 0, &reading(1 << 20)).expect("opens");
    let step = |_: &Input, chunk: Chunk<'_>| chunk.bytes.to_vec();
    let first = work(&[input], 2, step, |results| results.next(0).expect("readable").expect("it was written"));
    assert!(first.starts_with(b"2026-01-01T00:00:00Z one\n"));
    drop(sender);
}

#[test]
fn one_line_that_is_longer_than_many_chunks_is_one_entry() {
    let mut log = b"2026-01-01T00:00:00Z first\n".to_vec();
    log.extend(vec![b'y'; 5_000_000]);
    log.extend_from_slice(b"\n2026-01-01T00:00:01Z last, open");
    let file = TestFile::of("long", &log);
    let (entries, bytes) = read(Input::open(&file.0, &reading(64 * 1024)).expect("opens"), 2);
    assert!(bytes == log);
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1], b"2026-01-01T00:00:01Z last, open");
}

#[test]
fn an_empty_file_has_no_entries_and_a_mark_is_no_text() {
    let empty = TestFile::of("empty", b"");
    assert!(read(Input::open(&empty.0, &reading(1000)).expect("opens"), 2).0.is_empty());
    let marked = TestFile::of("marked", b"\xef\xbb\xbfone\ntwo\n");
    let input = Input::open(&marked.0, &detecting(1000)).expect("opens");
    assert_eq!(
        work(&[input], 1, |_, chunk| chunk.bytes.to_vec(), |results| results.next(0).expect("readable")),
        Some(b"one\ntwo\n".to_vec())
    );
}

#[test]
fn times_without_a_year_are_reckoned_from_the_end_of_the_file() {
    let months = ["Nov", "Dec", "Jan", "Feb"];
    let mut log = Vec::new();
    for year in 0..3 {
        for month in months {
            for day in 1..=28 {
                for n in 0..20 {
                    log.extend(
                        format!("{month} {day:>2} 10:00:{n:02} host app[1]: year {year} {}\n", "z".repeat(40))
                            .into_bytes(),
                    );
                }
            }
        }
        // The rest of the year.
        for month in ["Apr", "Jun", "Aug", "Oct"] {
            log.extend(format!("{month}  1 10:00:00 host app[1]: year {year}\n").into_bytes());
        }
    }
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&log).expect("in memory");
    let packed = packer.finish().expect("in memory");
    for (name, log) in [("years", &log), ("years.gz", &packed)] {
        let file = TestFile::of(name, log);
        // 2026-11-01T00:00:00Z: the last line is of October 2026.
        let end = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_793_491_200);
        fs::File::options().write(true).open(&file.0).expect("opens").set_modified(end).expect("settable");
        let reading = Reading { format: Format::named("syslog"), ..reading(8 * 1024) };
        let input = Input::open(&file.0, &reading).expect("opens");
        let step = |input: &Input, mut chunk: Chunk<'_>| {
            let format = input.format();
            let read = |range| format.parse(&chunk.bytes[range], &mut chunk.clockwork, Entry::default()).time;
            Entries::of(format, chunk.bytes).filter_map(read).map(|time| time.nanos).collect::<Vec<_>>()
        };
        let times = work(&[input], 2, step, |results| {
            std::iter::from_fn(|| results.next(0).expect("readable")).flatten().collect::<Vec<_>>()
        });
        assert!(times.is_sorted(), "{name}: the years follow each other");
        let years = (times[times.len() - 1] - times[0]) as f64 / (365.25 * 86_400e9);
        assert!((2.8..3.0).contains(&years), "{name}: {years} years from November 2023 to October 2026");
    }
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_an_error_and_no_endless_search() {
    let file = TestFile::of("shortened", &log(7, 5_000));
    let input = Input::open(&file.0, &reading(4096)).expect("opens");
    fs::File::options().write(true).open(&file.0).expect("opens").set_len(9_000).expect("cut");
    let step = |_: &Input, chunk: Chunk<'_>| chunk.bytes.len();
    let error = work(&[input], 2, step, |results| {
        loop {
            match results.next(0) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the end was not there"),
                Err(error) => return error.to_string(),
            }
        }
    });
    assert!(error.contains("it was cut while it was read"), "{error}");
}

#[test]
fn an_entry_without_a_time_has_that_of_the_entry_before_it_wherever_chunks_are_cut() {
    let mut dice = Dice(11);
    let mut log = Vec::new();
    for n in 0..1_000 {
        log.extend(match dice.roll(if n < 300 { 1 } else { 12 }) {
            1 => format!("{{\"time\":\"2026-01-01T00:{:02}:{:02}Z\",\"msg\":\"one\"}}\n", n / 60, n % 60).into_bytes(),
            2 => vec![b'\n'],
            _ => format!("{{\"msg\":\"no time {}\"}}\n", "y".repeat(dice.roll(90) as usize)).into_bytes(),
        });
    }
    let file = TestFile::of("timeless", &log);
    let times_of = |mut input: Input| {
        input.carries_time = true;
        let step = |input: &Input, mut chunk: Chunk<'_>| {
            let mut time = chunk.time_before;
            let mut see = |range: std::ops::Range<usize>| {
                let entry = input.format().parse(&chunk.bytes[range], &mut chunk.clockwork, Entry::default());
                time = entry.time.map(|time| time.nanos).or(time);
                time
            };
            Entries::of(input.format(), chunk.bytes).map(&mut see).collect::<Vec<_>>()
        };
        work(&[input], 2, step, |results| {
            std::iter::from_fn(|| results.next(0).expect("readable")).flatten().collect::<Vec<_>>()
        })
    };
    let reading = |chunk_bytes| Reading { format: Format::named("json"), ..reading(chunk_bytes) };
    let whole = times_of(Input::open(&file.0, &reading(1 << 20)).expect("opens"));
    assert!(whole[100].is_none() && whole[900].is_some());
    for chunk_bytes in [100, 1_000, 9_000] {
        let file = Input::open(&file.0, &reading(chunk_bytes)).expect("opens");
        assert!(times_of(file) == whole, "chunks of {chunk_bytes} of a file");
        let drops = Box::new(Drops(Cursor::new(log.clone()), Dice(3)));
        let stream = Input::stream("-", drops, 0, &reading(chunk_bytes)).expect("opens");
        assert!(times_of(stream) == whole, "chunks of {chunk_bytes} of a stream");
    }
}

/// Each entry of a log and the name of the format that it is read in.
fn read_with_formats(input: Input) -> Vec<(String, Vec<u8>)> {
    let step = |_: &Input, chunk: Chunk<'_>| {
        let entries = Entries::over(&chunk.formats, chunk.bytes);
        let read = |range: std::ops::Range<usize>| {
            (entries.format_at(range.start).name().to_owned(), chunk.bytes[range].to_vec())
        };
        entries.clone().map(read).collect::<Vec<_>>()
    };
    work(&[input], 2, step, |results| {
        std::iter::from_fn(|| results.next(0).expect("readable")).flatten().collect::<Vec<_>>()
    })
}

/// As many entries of a format as it has, with something that goes on over a few lines now and then.
fn entries_in(format: &str, count: u64, dice: &mut Dice) -> Vec<(String, Vec<u8>)> {
    let entry = |n: u64| {
        let rest = "y".repeat(dice.roll(80) as usize);
        let trace = if dice.roll(9) == 0 {
            "\nTraceback (most recent call last):\n  File \"a.py\"\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"b.py\""
        } else {
            ""
        };
        let line = match format {
            "slog" => format!(
                "{{\"time\":\"2026-01-01T00:00:{:02}Z\",\"level\":\"INFO\",\"msg\":\"{n} {rest}\"}}{trace}",
                n % 60
            ),
            "log4j" => format!("2026-01-01 00:00:{:02},000 INFO [main] com.example.App - {n} {rest}{trace}", n % 60),
            _ => format!("and on it went {rest} for a while"),
        };
        (format.to_owned(), line.into_bytes())
    };
    (0..count).map(entry).collect()
}

#[test]
fn a_log_that_changes_its_format_is_read_in_each_from_its_first_line_on_wherever_chunks_are_cut() {
    let mut dice = Dice(17);
    let stretches = [("plain", 700), ("slog", 3_000), ("log4j", 5_000), ("slog", 2_000), ("log4j", 40)];
    let expected: Vec<_> = stretches.iter().flat_map(|(name, count)| entries_in(name, *count, &mut dice)).collect();
    let log: Vec<u8> = expected.iter().flat_map(|(_, entry)| [&entry[..], b"\n"].concat()).collect();
    let file = TestFile::of("changes", &log);
    for chunk_bytes in [9_000, 1 << 20] {
        let read = read_with_formats(Input::open(&file.0, &detecting(chunk_bytes)).expect("opens"));
        assert_same(&read, &expected, &format!("chunks of {chunk_bytes} of a file"));
        let drops = Box::new(Drops(Cursor::new(log.clone()), Dice(3)));
        let read = read_with_formats(Input::stream("-", drops, 0, &detecting(chunk_bytes)).expect("opens"));
        assert_same(&read, &expected, &format!("chunks of {chunk_bytes} of a stream"));
    }
    let input = Input::open(&file.0, &detecting(1 << 20)).expect("opens");
    let changes = input.format_changes().expect("readable");
    let names: Vec<_> = changes.iter().map(|(_, detection)| detection.format.name().to_owned()).collect();
    assert_eq!(names, ["slog", "log4j", "slog", "log4j"]);
}

#[track_caller]
fn assert_same(read: &[(String, Vec<u8>)], expected: &[(String, Vec<u8>)], what: &str) {
    let text = |entry: Option<&(String, Vec<u8>)>| {
        entry.map(|(name, bytes)| format!("{name}: {}", String::from_utf8_lossy(&bytes[..bytes.len().min(300)])))
    };
    let differs = (0..read.len().max(expected.len())).find(|number| read.get(*number) != expected.get(*number));
    if let Some(number) = differs {
        panic!("{what}: entry {number} is {:?}, not {:?}", text(read.get(number)), text(expected.get(number)));
    }
}

/// Gives a first line alone, then the rest.
struct Banner(Cursor<Vec<u8>>);

impl Read for Banner {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let most = if self.0.position() == 0 { 9 } else { bytes.len() };
        self.0.read(&mut bytes[..most])
    }
}

#[test]
fn a_first_line_that_comes_alone_does_not_decide_the_format_of_a_stream() {
    let mut log = b"starting\n".to_vec();
    let json = entries_in("slog", 20, &mut Dice(1));
    json.iter().for_each(|(_, entry)| log.extend([&entry[..], b"\n"].concat()));
    let input = Input::stream("-", Box::new(Banner(Cursor::new(log))), 0, &detecting(1 << 20)).expect("opens");
    assert_eq!(input.format().name(), "slog");
    assert_eq!(read_with_formats(input)[1..], json);
}

#[test]
fn lines_that_come_by_and_by_tell_a_change_soon() {
    let log = [vec![("plain".to_owned(), b"starting up".to_vec())], entries_in("slog", 15, &mut Dice(1))].concat();
    let (sender, receiver) = std::sync::mpsc::channel::<Vec<u8>>();
    sender.send([&log[0].1[..], b"\n"].concat()).expect("it is read");
    let input = Input::stream("-", Box::new(Fed(receiver, Cursor::default())), 0, &detecting(1 << 20));
    let input = input.expect("opens");
    assert_eq!(input.format().name(), "plain", "a first line alone");
    let step = |_: &Input, chunk: Chunk<'_>| {
        let entries = Entries::over(&chunk.formats, chunk.bytes);
        let name = |range: std::ops::Range<usize>| entries.format_at(range.start).name().to_owned();
        entries.clone().map(name).collect::<Vec<_>>()
    };
    work(&[input], 1, step, |results| {
        let mut names = results.next(0).expect("readable").expect("the first line");
        for entries in log[1..].chunks(3) {
            // The next only when some of these were seen.
            let lines = entries.iter().flat_map(|(_, entry)| [&entry[..], b"\n"].concat()).collect();
            sender.send(lines).expect("it is read");
            names.extend(results.next(0).expect("readable").expect("they were written"));
        }
        drop(sender);
        names.extend(std::iter::from_fn(|| results.next(0).expect("readable")).flatten());
        assert_eq!(names.len(), log.len());
        let first = names.iter().position(|name| name == "slog").expect("it was told");
        assert!(first <= 10 && names[first..].iter().all(|name| name == "slog"), "{names:?}");
    });
}

/// Gives what is sent, as it is sent.
struct Fed(std::sync::mpsc::Receiver<Vec<u8>>, Cursor<Vec<u8>>);

impl Read for Fed {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        if self.1.position() as usize == self.1.get_ref().len() {
            self.1 = Cursor::new(self.0.recv().unwrap_or_default());
        }
        self.1.read(bytes)
    }
}

#[test]
fn something_long_that_an_entry_holds_is_no_change_of_the_format() {
    let mut log = entries_in("log4j", 500, &mut Dice(2));
    for number in 0..2_000 {
        log[300].1.extend(format!("\nsetting.{number}=1 from=file").into_bytes());
    }
    let bytes: Vec<u8> = log.iter().flat_map(|(_, entry)| [&entry[..], b"\n"].concat()).collect();
    let file = TestFile::of("dump", &bytes);
    assert_same(&read_with_formats(Input::open(&file.0, &detecting(9_000)).expect("opens")), &log, "a dump");
}

#[test]
fn a_format_that_was_asked_for_stays() {
    let mut log = entries_in("log4j", 500, &mut Dice(2));
    log.extend(entries_in("slog", 500, &mut Dice(2)));
    let bytes: Vec<u8> = log.iter().flat_map(|(_, entry)| [&entry[..], b"\n"].concat()).collect();
    let file = TestFile::of("asked", &bytes);
    let input = Input::open(&file.0, &Reading { format: Format::named("plain"), ..reading(9_000) }).expect("opens");
    assert!(input.format_changes().expect("readable").is_empty());
    assert!(read_with_formats(input).iter().all(|(name, _)| name == "plain"));
}

/// Counts what is read.
struct Counted(Vec<u8>, std::sync::Arc<std::sync::atomic::AtomicU64>);

impl Bytes for Counted {
    fn read_at_most(&self, offset: u64, bytes: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.0[self.0.len().min(offset as usize)..];
        let count = rest.len().min(bytes.len());
        bytes[..count].copy_from_slice(&rest[..count]);
        self.1.fetch_add(count as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(count)
    }
}

#[test]
fn an_entry_of_many_lines_is_not_read_for_each_of_them() {
    let mut log = b"2026-01-01T00:00:00Z ERROR all threads:\n".to_vec();
    (0..60_000).for_each(|line| log.extend(format!("\tat some.place.Line{line}\n").into_bytes()));
    log.extend_from_slice(b"2026-01-01T00:00:01Z INFO done\n");
    let (length, read_bytes) = (log.len() as u64, std::sync::Arc::default());
    let reading = reading(64 * 1024);
    let sample = Sample::of(&log, 0, &reading);
    let formats = FormatMap::of(sample.detection.format.clone());
    let counted = Counted(log, std::sync::Arc::clone(&read_bytes));
    let input =
        Input::of_bytes("log", Box::new(counted), 0..length, sample, formats, reading.chunk_bytes).expect("opens");
    assert_eq!(read(input, 2).0.len(), 2);
    // Each of 23 chunks looks for the end of the entry, which is 1.5 MB long.
    let read_bytes = read_bytes.load(std::sync::atomic::Ordering::Relaxed);
    assert!(read_bytes < 150 * length, "{read_bytes} of {length} bytes read");
}

#[test]
fn a_file_that_is_read_from_its_end_has_the_same_chunks_and_no_more_is_read_than_is_taken() {
    let log = log(11, 20_000);
    let reading = reading(16 * 1024);
    let (length, read_bytes) = (log.len() as u64, std::sync::Arc::default());
    let open = || {
        let counted = Counted(log.clone(), std::sync::Arc::clone(&read_bytes));
        let sample = Sample::of(&log, 0, &reading);
        let formats = FormatMap::of(sample.detection.format.clone());
        Input::of_bytes("log", Box::new(counted), 0..length, sample, formats, reading.chunk_bytes).expect("opens")
    };
    let step = |_: &Input, chunk: Chunk<'_>| chunk.bytes.to_vec();
    let mut input = open();
    let mut forward = work(std::slice::from_ref(&input), 2, step, |results| {
        std::iter::from_fn(|| results.next(0).expect("readable")).collect::<Vec<_>>()
    });
    forward.reverse();
    assert!(forward.len() > 60 && input.from_end());
    let backward = work(&[input], 2, step, |results| {
        std::iter::from_fn(|| results.next(0).expect("readable")).collect::<Vec<_>>()
    });
    assert!(backward == forward);
    read_bytes.store(0, std::sync::atomic::Ordering::Relaxed);
    let mut input = open();
    input.from_end();
    let last = work(&[input], 1, step, |results| results.next(0).expect("readable").expect("a chunk"));
    assert_eq!(last, forward[0]);
    let read_bytes = read_bytes.load(std::sync::atomic::Ordering::Relaxed);
    assert!(read_bytes < length / 4, "{read_bytes} of {length} bytes read");
}

#[test]
fn a_long_line_that_is_read_from_its_end_is_looked_through_once() {
    let mut log = b"2026-01-01T00:00:00Z ".to_vec();
    log.extend(vec![b'x'; 20_000_000]);
    log.extend_from_slice(b"\n2026-01-01T00:00:01Z last\n");
    let (length, read_bytes) = (log.len() as u64, std::sync::Arc::default());
    let reading = reading(64 * 1024);
    let sample = Sample::of(&log[..1000], 0, &reading);
    let formats = FormatMap::of(sample.detection.format.clone());
    let counted = Counted(log, std::sync::Arc::clone(&read_bytes));
    let mut input =
        Input::of_bytes("log", Box::new(counted), 0..length, sample, formats, reading.chunk_bytes).expect("opens");
    input.from_end();
    let step = |_: &Input, chunk: Chunk<'_>| Entries::over(&chunk.formats, chunk.bytes).count();
    let entries: usize =
        work(&[input], 2, step, |results| std::iter::from_fn(|| results.next(0).expect("readable")).sum());
    assert_eq!(entries, 2);
    // Each of 306 chunks would read what is behind it: 3 GB.
    let read_bytes = read_bytes.load(std::sync::atomic::Ordering::Relaxed);
    assert!(read_bytes < 30 * length, "{read_bytes} of {length} bytes read");
}

#[test]
fn columns_that_are_named_anew_right_where_the_log_is_looked_at_are_heeded() {
    let row = b"2026-03-01 10:00:00 GET 200\n";
    let mut log = b"#Fields: date time cs-method sc-status\n".to_vec();
    log.extend(row.repeat(100));
    log.push(b'#');
    log.resize(4095, b'x');
    log.extend_from_slice(b"\n#Fields: date time sc-status cs-method\n");
    log.extend(row.repeat(100));
    let file = TestFile::of("named-anew", &log);
    let input = Input::open(&file.0, &detecting(64 * 1024)).expect("opens");
    let changes: Vec<u64> = input.format_changes().expect("readable").into_iter().map(|(at, _)| at).collect();
    assert_eq!(changes, [4096]);
}

#[test]
fn columns_that_are_named_anew_without_end_are_heeded_up_to_a_bound() {
    let log =
        b"#Fields: date time a\n2026-03-01 10:00:00 1\n#Fields: date time b\n2026-03-01 10:00:00 2\n".repeat(5_000);
    let file = TestFile::of("named-often", &log);
    let input = Input::open(&file.0, &detecting(64 * 1024)).expect("opens");
    assert_eq!(input.format_changes().expect("readable").len(), 4096);
    assert_eq!(read(input, 2).0.len(), 20_000);
}
