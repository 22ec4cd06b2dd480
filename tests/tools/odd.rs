//! Logs that are not as logs should be: each has an answer, through files and pipes alike.

use std::path::Path;
use std::time::{Duration as Span, SystemTime};

use super::*;

const LINES: &str =
    "2026-11-23T10:00:00Z INFO gr\u{fc}\u{df}e\n2026-11-23T10:00:01Z WARN \u{1f600}\n2026-11-23T10:00:02Z INFO last\n";

impl Scene {
    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), bytes).expect("a log");
    }

    /// What a command writes that reads these bytes from a pipe.
    fn from_pipe(&self, args: &[&str], bytes: &[u8]) -> String {
        let (program, mut pipe) = self.piped(args);
        pipe.write_all(bytes).expect("it listens");
        drop(pipe);
        String::from_utf8(program.wait_with_output().expect("it ends").stdout).expect("text")
    }

    fn times(&self, args: &[&str]) -> Vec<String> {
        let entries = self.objects(&[&["cat", "--output", "jsonl"], args].concat());
        entries.iter().map(|entry| entry["time"].as_str().unwrap_or("none").to_owned()).collect()
    }
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn nothing_is_in_an_empty_log() {
    let scene = Scene::new();
    scene.write("empty.log", "");
    scene.write("marked.log", "\u{feff}");
    for (log, command) in
        ["empty.log", "marked.log"].iter().flat_map(|log| [(log, "cat"), (log, "hist"), (log, "patterns")])
    {
        let output = scene.run(&[command, log]);
        assert_eq!(
            (output.status.code(), output.stdout.len(), output.stderr.len()),
            (Some(1), 0, 0),
            "{command} {log}"
        );
    }
    assert_eq!(scene.from_pipe(&["cat", "--count", "-"], b""), "0\n");
    assert_eq!(scene.text(&["cat", "empty.log", "app.log"]), APP);
    assert!(scene.text(&["formats", "empty.log"]).starts_with("empty.log: plain"));
}

#[test]
fn bytes_that_are_no_text_are_written_as_they_are() {
    let scene = Scene::new();
    let binary: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    scene.write("binary.log", &binary);
    let output = scene.run(&["cat", "--format", "plain", "binary.log"]);
    // A carriage return before a line feed belongs to the line's end.
    let lines = binary.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    assert!(output.stdout.split(|byte| *byte == b'\n').eq(lines.chain([&b""[..]])));
    let feeds = binary.iter().filter(|byte| **byte == b'\n').count();
    let entries = scene.objects(&["cat", "--format", "plain", "--output", "jsonl", "binary.log"]);
    assert_eq!(entries.len(), feeds + 1);
    for command in ["cat", "patterns", "hist", "formats"] {
        assert_eq!(scene.run(&[command, "binary.log"]).status.code(), Some(0), "{command}");
    }
}

#[test]
fn how_a_text_is_written_changes_no_entry() {
    let scene = Scene::new();
    let crlf = LINES.replace('\n', "\r\n");
    let written: [(&str, Vec<u8>); 8] = [
        ("plain", LINES.into()),
        ("crlf", crlf.clone().into()),
        ("marked", format!("\u{feff}{LINES}").into()),
        ("marked crlf", format!("\u{feff}{crlf}").into()),
        ("little", utf16(LINES, u16::to_le_bytes)),
        ("big", utf16(&crlf, u16::to_be_bytes)),
        ("gzip", gzip(&format!("\u{feff}{crlf}"))),
        ("open", LINES.trim_end().into()),
    ];
    let without_name = |text: String| text.replace("\"source\":\"log\"", "\"source\":\"-\"");
    let args = |log| ["cat", "--output", "jsonl", log];
    let expected = scene.from_pipe(&args("-"), LINES.as_bytes());
    assert_eq!(expected.lines().count(), 3);
    for (how, bytes) in written {
        scene.write("log", &bytes);
        assert_eq!(without_name(scene.text(&args("log"))), expected, "{how}, a file");
        assert_eq!(scene.from_pipe(&args("-"), &bytes), expected, "{how}, a pipe");
        assert_eq!(scene.text(&["cat", "--count", "-q", "level:warn \u{1f600}", "log"]), "1\n", "{how}");
    }
}

#[test]
fn what_only_begins_like_a_packed_log_is_an_error_that_names_it() {
    let scene = Scene::new();
    for (name, mark) in
        [("a.gz", &b"\x1f\x8b"[..]), ("a.zst", b"\x28\xb5\x2f\xfd"), ("a.bz2", b"BZh"), ("a.xz", b"\xfd7zXZ\0")]
    {
        scene.write(name, [mark, b"this is not what it seems to be"].concat());
        scene.fails(&["cat", name], &format!("{name}: "));
        let output = scene.run(&["cat", "--count", "app.log", name]);
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
}

#[test]
fn a_long_line_is_one_entry_whole() {
    let scene = Scene::new();
    let long = format!("2026-11-23T10:00:00Z WARN {}needle", "hay ".repeat(2_000_000));
    let log = format!("{APP}{long}\n{APP}");
    scene.write("long.log", &log);
    assert!(scene.text(&["cat", "long.log"]) == log);
    for (query, count) in [("needle", 1), ("level:warn", 3), ("/hay needle$/", 1), ("-hay", 6), ("message:needle", 1)] {
        assert_eq!(scene.text(&["cat", "--count", "-q", query, "long.log"]), format!("{count}\n"), "{query}");
    }
    let entries = scene.objects(&["cat", "--output", "jsonl", "--reverse", "-n", "4", "long.log"]);
    assert_eq!((&entries[3]["seq"], entries[3]["raw"].as_str()), (&4.into(), Some(&*long)));
}

#[test]
fn more_logs_than_may_be_open_are_an_error_in_words() {
    let scene = Scene::new();
    let names: Vec<_> = (0..300).map(|n| format!("{n}.log")).collect();
    names.iter().for_each(|name| scene.write(name, APP));
    let run = |limit: &str| {
        let order = format!("ulimit -n {limit}; exec \"$0\" cat --count *.log");
        let mut shell = Command::new("sh");
        shell.args(["-c", &order, env!("CARGO_BIN_EXE_frereth")]).current_dir(scene.0.path());
        shell.env("XDG_CACHE_HOME", scene.0.path().join("cache")).output().expect("the shell runs")
    };
    // All of them, with app.log and store.log.
    assert_eq!(run("1000").stdout, b"904\n");
    let few = run("100");
    assert_eq!((few.status.code(), few.stdout.len()), (Some(2), 0));
    let said = String::from_utf8_lossy(&few.stderr).into_owned();
    assert!(said.contains(".log: Too many open files"), "{said}");
}

#[test]
fn a_clock_that_jumps_puts_no_entry_before_one_that_happened_before_it() {
    let scene = Scene::new();
    let line = |time: &str, name: &str| format!("2026-11-23T{time}Z INFO {name}\n");
    let jumps = [("10:00:00", "a1"), ("09:00:00", "a2"), ("10:00:02", "a3"), ("23:00:00", "a4"), ("10:00:05", "a5")];
    let steady = [("09:30:00", "b1"), ("10:00:01", "b2"), ("10:00:06", "b3"), ("23:30:00", "b4")];
    let log = |lines: &[(&str, &str)]| lines.iter().map(|(time, name)| line(time, name)).collect::<String>();
    scene.write("a.log", log(&jumps));
    scene.write("b.log", log(&steady));
    let merged = scene.text(&["cat", "a.log", "b.log"]);
    let names: Vec<_> = merged.lines().filter_map(|line| line.split(' ').next_back()).collect();
    assert_eq!(names, ["b1", "a1", "a2", "b2", "a3", "b3", "a4", "a5", "b4"]);
    assert_eq!(scene.times(&["a.log"])[1], "2026-11-23T09:00:00.000000000Z", "the time that it says stays");
}

#[test]
fn the_hour_that_a_summer_shows_twice_is_read_forward_and_the_one_that_it_leaves_out_too() {
    let place = "Europe/Berlin";
    if !Path::new("/usr/share/zoneinfo").join(place).exists() {
        return;
    }
    let scene = Scene::new();
    let log = |times: &[&str]| times.iter().map(|time| format!("{time} INFO entry\n")).collect::<String>();
    let autumn = [
        "2026-10-25 01:59:59",
        "2026-10-25 02:30:00",
        "2026-10-25 02:00:00",
        "2026-10-25 02:30:00",
        "2026-10-25 03:00:00",
    ];
    scene.write("autumn.log", log(&autumn));
    scene.write("spring.log", log(&["2026-03-29 01:59:59", "2026-03-29 02:30:00", "2026-03-29 03:30:00"]));
    let hours = |log: &str| {
        let times = scene.times(&["--tz", place, log]);
        times.iter().map(|time| time[11..19].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(hours("autumn.log"), ["23:59:59", "00:30:00", "01:00:00", "01:30:00", "02:00:00"]);
    assert_eq!(hours("spring.log"), ["00:59:59", "01:30:00", "01:30:00"]);
}

#[test]
fn a_year_that_no_line_says_turns_where_the_months_do() {
    let scene = Scene::new();
    scene.write(
        "old.log",
        "Dec 31 23:59:59 host app[1]: old\nJan  1 00:00:00 host app[1]: new\nFeb 29 12:00:00 host app[1]: leap\n",
    );
    // 2024-03-01T00:00:00Z, when it was last written.
    let written = SystemTime::UNIX_EPOCH + Span::from_secs(1_709_251_200);
    let file = fs::File::options().write(true).open(scene.0.path().join("old.log")).expect("it is there");
    file.set_modified(written).expect("settable");
    let times = scene.times(&["--tz", "UTC", "old.log"]);
    assert_eq!(
        times.iter().map(|time| &time[..19]).collect::<Vec<_>>(),
        ["2023-12-31T23:59:59", "2024-01-01T00:00:00", "2024-02-29T12:00:00"]
    );
}
