//! The commands for scripts, as a script runs them: what they write, and how they end.

#[path = "tools/odd.rs"]
mod odd;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const APP: &str = "2026-11-23T10:00:00Z INFO started\n2026-11-23T10:00:02Z WARN slow: 1200 ms\n2026-11-23T10:00:04Z INFO slow: 7 ms\n";
const STORE: &str = "{\"time\":\"2026-11-23T10:00:01Z\",\"level\":\"error\",\"msg\":\"no room\",\"n\":1}\n";

/// A folder with two logs, in which commands are run.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("app.log"), APP).expect("a log");
        fs::write(folder.path().join("store.log"), STORE).expect("a log");
        Self(folder)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frereth"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null());
        command.env("XDG_CACHE_HOME", self.0.path().join("cache"));
        command
    }

    /// A command that runs, and the pipe that it reads; what it writes can be taken.
    fn piped(&self, args: &[&str]) -> (Child, ChildStdin) {
        let piped = self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut program = piped.expect("the program runs");
        let pipe = program.stdin.take().expect("a pipe");
        (program, pipe)
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program runs")
    }

    #[track_caller]
    fn text(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    #[track_caller]
    fn objects(&self, args: &[&str]) -> Vec<Value> {
        self.text(args).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[track_caller]
    fn fails(&self, args: &[&str], words: &str) {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("frereth: ") && said.contains(words), "{said}");
        assert!(output.stdout.is_empty());
    }

    /// Answers from what can be read, and says what cannot.
    #[track_caller]
    fn half_fails(&self, args: &[&str], answer: &str, words: &str) {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stdout).as_ref()),
            (Some(2), answer),
            "{said}"
        );
        assert!(said.starts_with("frereth: ") && said.contains(words), "{said}");
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(text.as_bytes()).expect("packed");
    packer.finish().expect("packed")
}

/// What a program writes to standard output, line by line; only an end of the program is waited for longer.
fn lines_of(program: &mut Child) -> impl Fn() -> String + use<> {
    let answer = BufReader::new(program.stdout.take().expect("a pipe"));
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || answer.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
    move || lines.recv_timeout(Duration::from_secs(30)).expect("it is written before the pipe ends")
}

#[test]
fn entries_of_all_logs_come_in_the_order_of_their_times() {
    let scene = Scene::new();
    let entries = scene.objects(&["cat", "--output", "jsonl", "app.log", "store.log"]);
    let messages: Vec<_> = entries.iter().map(|entry| entry["message"].as_str().expect("a message")).collect();
    assert_eq!(messages, ["started", "no room", "slow: 1200 ms", "slow: 7 ms"]);
    let store = &entries[1];
    assert_eq!((&store["source"], &store["seq"], &store["level"]), (&"store.log".into(), &1.into(), &"error".into()));
    assert_eq!(store["time"], "2026-11-23T10:00:01.000000000Z");
    assert_eq!(store["fields"]["n"], 1);
    assert_eq!(store["lamport"], Value::Null);
    assert_eq!(store["raw"], STORE.trim_end());
    let reversed = scene.text(&["cat", "--reverse", "-n", "2", "app.log", "store.log"]);
    assert!(reversed.starts_with("2026-11-23T10:00:04Z INFO slow: 7 ms\n2026-11-23T10:00:02Z"), "{reversed}");
}

#[test]
fn entries_of_the_same_moment_in_parts_of_a_rotated_log_stand_from_the_oldest_part_on() {
    let scene = Scene::new();
    let moment = |words: &str| format!("2026-03-01T10:00:01Z INFO {words}\n");
    let part = |name: &str, bytes: &[u8]| fs::write(scene.0.path().join(name), bytes).expect("a log");
    part("new.log", moment("third").as_bytes());
    part("new.log.1", moment("second").as_bytes());
    part("new.log.2.gz", &gzip(&moment("first")));
    let expected = ["first", "second", "third"].map(moment).concat();
    assert_eq!(scene.text(&["cat", "new.log", "new.log.1", "new.log.2.gz"]), expected);
}

#[test]
fn a_query_chooses_and_the_status_says_whether_it_found() {
    let scene = Scene::new();
    assert_eq!(scene.text(&["cat", "-q", "level>=warn", "--count", "app.log", "store.log"]), "2\n");
    assert_eq!(scene.text(&["cat", "-q", "n:1", "--output", "csv", "store.log"]).lines().count(), 2);
    let none = scene.run(&["cat", "-q", "nowhere", "app.log"]);
    assert_eq!((none.status.code(), none.stdout.len(), none.stderr.len()), (Some(1), 0, 0));
    scene.fails(&["cat", "-q", "level>=", "app.log"], "expected a level");
    scene.fails(&["cat", "gone.log"], "gone.log: No such file");
    scene.fails(&["cat", "--format", "runes", "app.log"], "there is no format `runes`");
}

#[test]
fn a_null_is_found_however_its_format_writes_it() {
    let scene = Scene::new();
    let access = |user: &str| format!("10.0.0.1 - {user} [23/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n");
    let logs = [
        ("access.log", "user", access("-") + &access("ann") + &access("-")),
        (
            "weald.log",
            "label",
            ["nil", ":boot", "nil"]
                .map(|label| {
                    format!(
                        "{{:instant \"2026-11-23T10:00:00Z\" :lamport 1 :level :info :label {label} :message \"m\"}}\n"
                    )
                })
                .concat(),
        ),
        (
            "lines.log",
            "user",
            ["null", "\"ann\"", "null"]
                .map(|user| format!("{{\"level\":\"info\",\"msg\":\"m\",\"user\":{user}}}\n"))
                .concat(),
        ),
    ];
    for (name, field, text) in logs {
        fs::write(scene.0.path().join(name), text).expect("a log");
        let top = scene.objects(&["summary", name, "--output", "jsonl"]);
        let facet = top.iter().find(|object| object["field"] == field).expect("the field is summed up");
        assert_eq!((&facet["values"][0]["type"], &facet["values"][0]["count"]), (&"null".into(), &2.into()), "{name}");
        for query in [format!("{field}:null"), format!("{field}=null")] {
            assert_eq!(scene.text(&["cat", name, "-q", &query, "--count"]), "2\n", "{name} {query}");
        }
        assert_eq!(scene.text(&["cat", name, "-q", &format!("{field}:*"), "--count"]), "1\n", "{name}");
    }
}

#[test]
fn packed_logs_and_standard_input_are_read_as_if_plain() {
    let scene = Scene::new();
    fs::write(scene.0.path().join("app.log.gz"), gzip(APP)).expect("a log");
    assert_eq!(scene.text(&["cat", "app.log.gz"]), APP);
    let mut piped = scene.command(&["cat", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    piped.stdin.take().expect("a pipe").write_all(APP.as_bytes()).expect("it reads");
    let output = piped.wait_with_output().expect("it ends");
    assert_eq!(output.stdout, APP.as_bytes());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let scene = Scene::new();
    fs::write(scene.0.path().join("long.log"), APP.repeat(100_000)).expect("a log");
    let mut cat =
        scene.command(&["cat", "long.log"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut first = [0; 20];
    cat.stdout.take().expect("a pipe").read_exact(&mut first).expect("it writes");
    let output = cat.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn messages_are_grouped_and_each_entry_has_its_pattern() {
    let scene = Scene::new();
    let patterns = scene.objects(&["patterns", "--output", "jsonl", "app.log"]);
    assert_eq!(patterns.len(), 2, "{patterns:?}");
    assert_eq!(patterns[0]["count"], 2);
    let assigned = scene.objects(&["patterns", "--assign", "app.log"]);
    assert_eq!(assigned.iter().map(|entry| entry["seq"].as_u64().expect("a number")).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(assigned[1]["id"], patterns[0]["id"]);
    assert_eq!(assigned[2]["id"], patterns[0]["id"]);
    assert_ne!(assigned[0]["id"], patterns[0]["id"]);
}

#[test]
fn entries_are_counted_over_time_by_level() {
    let scene = Scene::new();
    let buckets = scene.objects(&["hist", "--buckets", "2", "--output", "jsonl", "app.log", "store.log"]);
    let counts: Vec<_> = buckets.iter().map(|bucket| bucket["count"].as_u64().expect("a number")).collect();
    assert_eq!(counts, [2, 2]);
    assert_eq!((&buckets[0]["levels"]["error"], &buckets[0]["levels"]["none"]), (&1.into(), &0.into()));
    assert_eq!(buckets[1]["from"], "2026-11-23T10:00:02.000000000Z");
    assert_eq!(buckets[1]["to"], "2026-11-23T10:00:04.000000000Z");
}

#[test]
fn entries_without_a_time_are_counted_too() {
    let scene = Scene::new();
    fs::write(scene.0.path().join("bare.log"), "one\ntwo\n").expect("a log");
    let buckets = scene.objects(&["hist", "--output", "jsonl", "bare.log"]);
    assert_eq!(buckets.len(), 1);
    assert_eq!((&buckets[0]["from"], &buckets[0]["count"]), (&Value::Null, &2.into()));
}

#[test]
fn entries_of_one_moment_are_counted_in_one_stretch() {
    let scene = Scene::new();
    let buckets = scene.objects(&["hist", "-q", "level:warn", "--output", "jsonl", "app.log"]);
    assert_eq!(buckets.iter().map(|bucket| &bucket["count"]).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_summary_tells_levels_times_fields_and_patterns_in_one_answer() {
    let scene = Scene::new();
    let answer = scene.objects(&["summary", "--output", "jsonl", "app.log", "store.log"]);
    let whole = &answer[0];
    assert_eq!((&whole["entries"], &whole["untimed"], &whole["levels"]["info"]), (&4.into(), &0.into(), &2.into()));
    let of = |name: &str| answer.iter().filter(|object| !object[name].is_null()).collect::<Vec<_>>();
    let buckets: u64 = of("from").iter().map(|bucket| bucket["count"].as_u64().expect("a number")).sum();
    assert_eq!(buckets, 4);
    let sources = &of("facet")[0]["values"];
    assert_eq!((&sources[0]["value"], &sources[0]["count"]), (&"app.log".into(), &3.into()));
    let fields = of("field");
    let field = fields.iter().find(|object| object["field"] == "n").expect("the field is there");
    assert_eq!((&field["entries"], &field["max_error"], &field["max"]), (&1.into(), &0.into(), &1.0.into()));
    assert_eq!(field["values"][0]["type"], "number");
    let patterns = of("template");
    assert_eq!((&patterns[0]["count"], &patterns[0]["first"]), (&2.into(), &"2026-11-23T10:00:02.000000000Z".into()));
    let pretty = scene.text(&["summary", "-q", "level:error", "--top", "1", "app.log", "store.log"]);
    assert!(pretty.starts_with("1 entries (error 1), 0 without a time\n"), "{pretty}");
    assert!(pretty.contains("\nn: 1 entries, number 1, from 1 to 1, 1 different\n"), "{pretty}");
    let nothing = scene.run(&["summary", "-q", "nowhere", "app.log"]);
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(1), 0));
    let nothing = scene.run(&["summary", "-q", "nowhere", "--output", "jsonl", "app.log"]);
    let first = nothing.stdout.split(|byte| *byte == b'\n').next().expect("there is a first line");
    let whole: Value = serde_json::from_slice(first).expect("JSON");
    assert_eq!((nothing.status.code(), &whole["entries"], &whole["levels"]["error"]), (Some(1), &0.into(), &0.into()));
}

#[test]
fn a_summary_of_many_chunks_counts_every_entry_and_is_the_same_every_time() {
    let scene = Scene::new();
    let line = |n: u32| {
        let (minute, second) = (n / 1000, n / 17 % 60);
        format!(
            "{{\"time\":\"2026-11-23T10:{minute:02}:{second:02}Z\",\"level\":\"info\",\"msg\":\"step {n} done\",\"n\":{n},\"of\":\"p{}\"}}\n",
            n % 7
        )
    };
    fs::write(scene.0.path().join("long.log"), (0..40_000).map(line).collect::<String>()).expect("a log");
    let ask = || scene.text(&["summary", "--output", "jsonl", "--buckets", "50", "long.log"]);
    let answer = ask();
    let objects: Vec<Value> = answer.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let field = |name: &str| objects.iter().find(|object| object["field"] == name).expect("the field is there");
    let exact: Vec<_> =
        field("of")["values"].as_array().expect("values").iter().map(|value| value["max_error"].clone()).collect();
    assert_eq!(exact, vec![Value::from(0); 7]);
    assert_eq!(
        (&field("n")["entries"], &field("n")["min"], &field("n")["max"]),
        (&40_000.into(), &0.0.into(), &39_999.0.into())
    );
    assert!(field("n")["distinct"].is_null());
    let counts = objects.iter().filter(|object| object["from"].is_string());
    let widths: Vec<_> =
        counts.clone().map(|bucket| bucket["from"].as_str().expect("a time")[17..].to_owned()).collect();
    assert!(widths.len() <= 50 && widths.iter().all(|seconds| seconds == "00.000000000Z"), "{widths:?}");
    assert_eq!(counts.map(|bucket| bucket["count"].as_u64().expect("a number")).sum::<u64>(), 40_000);
    assert!(answer == ask(), "a second answer differs");
}

#[test]
fn a_format_of_ones_own_is_found_by_itself() {
    let scene = Scene::new();
    let shop = "10:00:01|WARN|till 3|out of paper\n10:00:02|INFO|till 3|paper again\n";
    fs::write(scene.0.path().join("shop.log"), shop).expect("a log");
    let settings = "[[frereth.formats]]\nname = \"shop\"\n\
        regex = '^(?<time>[^|]+)\\|(?<level>[^|]+)\\|(?<till>[^|]+)\\|(?<message>.*)$'\n";
    fs::write(scene.0.path().join("Leptos.toml"), settings).expect("settings");
    let said = scene.text(&["formats", "--config", "Leptos.toml", "shop.log"]);
    assert!(said.starts_with("shop.log: shop"), "{said}");
    let entries = scene.objects(&[
        "cat",
        "--config",
        "Leptos.toml",
        "--output",
        "jsonl",
        "-q",
        "till:\"till 3\" level:warn",
        "shop.log",
    ]);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["message"], "out of paper");
    let forced = format!("{settings}[[frereth.source_formats]]\nsource = \"*store.log\"\nformat = \"shop\"\n");
    fs::write(scene.0.path().join("Leptos.toml"), forced).expect("settings");
    let said = scene.text(&["formats", "--config", "Leptos.toml", "store.log", "app.log"]);
    assert!(said.starts_with("store.log: shop (asked for)") && !said.contains("app.log: shop"), "{said}");
}

#[test]
fn a_change_of_the_format_is_said_and_kept_to() {
    let scene = Scene::new();
    let banner = "help is at hand\n".repeat(400);
    fs::write(scene.0.path().join("changed.log"), format!("{banner}{}", STORE.repeat(100))).expect("a log");
    let said = scene.text(&["formats", "changed.log"]);
    assert!(said.starts_with("changed.log: plain"), "{said}");
    assert!(said.contains(&format!("changed.log: from byte {} slog", banner.len())), "{said}");
    assert_eq!(scene.text(&["cat", "--count", "-q", "n:1", "changed.log"]), "100\n");
}

#[test]
fn a_stream_has_the_entries_that_a_file_has() {
    let scene = Scene::new();
    let pretty: String = (0..30_000)
        .map(|n| format!("{{\n  \"time\": \"2026-11-23T10:00:00Z\",\n  \"msg\": \"entry {n}\",\n  \"of\": {{\n    \"n\": {n}\n  }}\n}}\n"))
        .collect();
    fs::write(scene.0.path().join("pretty.log"), &pretty).expect("a log");
    assert_eq!(scene.text(&["cat", "--count", "pretty.log"]), "30000\n");
    let mut piped = scene.command(&["cat", "--count", "-"]);
    let mut piped = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut pipe = piped.stdin.take().expect("a pipe");
    // In pieces that end anywhere.
    for piece in pretty.as_bytes().chunks(7_919) {
        pipe.write_all(piece).expect("it reads");
    }
    drop(pipe);
    assert_eq!(piped.wait_with_output().expect("it ends").stdout, b"30000\n");
}

/// A packed log whose second half is missing: who reads it whole is told.
fn cut_gzip() -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for n in 0..200_000_u64 {
        writeln!(packer, "2026-11-23T10:00:00Z INFO entry {}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).expect("packed");
    }
    let mut packed = packer.finish().expect("packed");
    packed.truncate(packed.len() / 2);
    packed
}

#[test]
fn a_log_that_a_query_excludes_by_its_name_is_not_read() {
    let scene = Scene::new();
    fs::write(scene.0.path().join("cut.gz"), cut_gzip()).expect("a log");
    let logs = ["cut.gz", "app.log", "store.log"];
    for (query, count) in [("source:app*", 3), ("-source:cut*", 4), ("source:app* slow", 2)] {
        let ask = |args: &[&str]| scene.text(&[args, &["-q", query], &logs].concat());
        assert_eq!(ask(&["cat", "--count"]), format!("{count}\n"), "{query}");
        assert_eq!(ask(&["cat"]).lines().count(), count, "{query}");
        assert_eq!(ask(&["patterns", "--assign"]).lines().count(), count, "{query}");
        ask(&["hist"]);
    }
    scene.half_fails(&["cat", "--count", "-q", "source:app*", "app.log", "gone.log"], "3\n", "gone.log: No such file");
    let none = scene.run(&["cat", "-q", "source:nowhere", "app.log", "cut.gz"]);
    assert_eq!((none.status.code(), none.stdout.len(), none.stderr.len()), (Some(1), 0, 0));
}

#[test]
fn clocks_of_a_log_that_is_excluded_still_decide_on_the_order_of_others() {
    let scene = Scene::new();
    let entry = |second: u32, lamport: u32, name: &str| {
        format!("{{\"time\":\"2026-11-23T10:00:{second:02}Z\",\"lamport\":{lamport},\"msg\":\"{name}\"}}\n")
    };
    for (name, log) in [
        ("a.log", entry(1, 1, "a1") + &entry(2, 7, "a7")),
        ("b.log", entry(5, 9, "b9") + &entry(6, 10, "b10")),
        ("x.log", entry(30, 2, "x2")),
    ] {
        fs::write(scene.0.path().join(name), log).expect("a log");
    }
    let all = scene.text(&["cat", "a.log", "b.log", "x.log"]);
    let rest: String = all.lines().filter(|line| !line.contains("x2")).map(|line| format!("{line}\n")).collect();
    assert_eq!(scene.text(&["cat", "-q", "-source:x.log", "a.log", "b.log", "x.log"]), rest);
}

#[test]
fn what_stands_before_the_damage_of_a_packed_log_is_read_and_the_damage_is_said() {
    let scene = Scene::new();
    fs::write(scene.0.path().join("cut.gz"), cut_gzip()).expect("a log");
    let outputs: Vec<_> = (0..3).map(|_| scene.run(&["cat", "cut.gz"])).collect();
    assert!(outputs[0].stdout.iter().filter(|byte| **byte == b'\n').count() > 50_000);
    for output in &outputs {
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("cut.gz: "));
        assert!(output.stdout == outputs[0].stdout);
    }
    let entries = outputs[0].stdout.iter().filter(|byte| **byte == b'\n').count();
    scene.half_fails(&["cat", "--count", "cut.gz"], &format!("{entries}\n"), "cut.gz: ");
    let counted = |args: &[&str], key: &str| {
        let output = scene.run(args);
        assert_eq!(output.status.code(), Some(2));
        let objects = String::from_utf8(output.stdout).expect("text");
        objects.lines().filter_map(|line| serde_json::from_str::<Value>(line).expect("JSON")[key].as_u64()).sum::<u64>()
    };
    for (command, key) in [("hist", "count"), ("patterns", "count"), ("summary", "entries")] {
        assert_eq!(counted(&[command, "--output", "jsonl", "cut.gz"], key), entries as u64, "{command}");
    }
}

#[test]
fn times_that_count_from_the_start_of_the_machine_end_when_the_log_was_written() {
    let scene = Scene::new();
    let path = scene.0.path().join("dmesg.log");
    let lines = (0..1000).map(|n| format!("[{:5}.500000] usb 1-1: line {n}\n", n * 3));
    fs::write(&path, lines.collect::<String>()).expect("a log");
    let written = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_795_428_000);
    fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(written)).expect("it has a time");
    let entries = scene.objects(&["cat", "--output", "jsonl", "dmesg.log"]);
    assert_eq!(entries[999]["time"], "2026-11-23T10:00:00.000000000Z");
    assert_eq!(entries[0]["time"], "2026-11-23T09:10:03.000000000Z");
}

#[test]
fn a_small_packed_log_without_years_is_read_to_its_end() {
    let scene = Scene::new();
    let log = "Nov 22 23:59:59 host app[1]: one\nNov 23 00:00:01 host app[1]: two\n";
    fs::write(scene.0.path().join("small.gz"), gzip(log)).expect("a log");
    assert_eq!(scene.text(&["cat", "small.gz"]), log);
    fs::write(scene.0.path().join("wrong.gz"), [&gzip(log)[..], b"and no more of it"].concat()).expect("a log");
    let wrong = scene.run(&["cat", "wrong.gz"]);
    assert_eq!((wrong.status.code(), String::from_utf8_lossy(&wrong.stdout).as_ref()), (Some(2), log));
}

#[test]
fn columns_that_a_log_names_anew_are_read_from_there_on() {
    let scene = Scene::new();
    let lines = |count: u64, line: &str| format!("{line}\n").repeat(usize::try_from(count).expect("few"));
    let log = "#Fields: date time status uri\n".to_owned()
        + &lines(20_000, "2026-11-23 10:00:00 200 /a")
        + "#Fields: date time uri status\n"
        + &lines(3, "2026-11-23 10:00:01 /b 404")
        + "#Software: x\n#Fields: date time uri status\n"
        + &lines(2, "2026-11-23 10:00:02 /c 404");
    fs::write(scene.0.path().join("iis.log"), &log).expect("a log");
    for asked in [&["iis.log"][..], &["--format", "w3c", "iis.log"]] {
        let count = |query: &str| scene.text(&[&["cat", "--count", "-q", query], asked].concat());
        assert_eq!((count("status=200"), count("status=404")), ("20000\n".into(), "5\n".into()), "{asked:?}");
    }
    let said = scene.text(&["formats", "iis.log"]);
    let changes: Vec<_> = said.lines().filter(|line| line.contains("from byte")).collect();
    assert_eq!(changes, ["iis.log: from byte 540030 w3c (a line there names other columns)"]);
    let (piped, mut pipe) = scene.piped(&["cat", "--count", "-q", "status=404", "-"]);
    pipe.write_all(log.as_bytes()).expect("it reads");
    drop(pipe);
    assert_eq!(piped.wait_with_output().expect("it ends").stdout, b"5\n");
}

#[test]
fn a_log_that_is_not_there_keeps_nobody_from_reading_the_others() {
    let scene = Scene::new();
    let whole = scene.text(&["cat", "app.log", "store.log"]);
    scene.half_fails(&["cat", "gone.log", "app.log", "store.log"], &whole, "gone.log: No such file");
    scene.half_fails(&["cat", "--count", "app.log", ".", "gone.log"], "3\n", "frereth: gone.log: No such file");
    scene.fails(&["cat", "--output", "csv", "gone.log"], "gone.log: No such file");
}

#[test]
fn what_begins_with_a_hyphen_is_a_query_and_a_zone_too() {
    let scene = Scene::new();
    assert_eq!(scene.text(&["cat", "--count", "-q", "-slow", "app.log"]), "1\n");
    assert_eq!(scene.text(&["cat", "--count", "--tz", "-0330", "app.log"]), "3\n");
    let odd = scene.run(&["cat", "--tz", "+0é0", "app.log"]);
    assert_eq!(odd.status.code(), Some(2), "{}", String::from_utf8_lossy(&odd.stderr));
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_the_kernel_makes_while_it_is_read_is_read() {
    assert!(Scene::new().text(&["cat", "/proc/self/status"]).contains("Name:"));
}

#[test]
fn an_index_changes_no_answer() {
    let scene = Scene::new();
    for (name, skew) in [("one.log", 0), ("two.log", 1)] {
        let mut log = String::new();
        for n in 0..30_000 {
            let (minute, second) = (n / 600, n / 10 % 60);
            let level = if (12_000..12_400).contains(&n) { "ERROR" } else { "INFO" };
            // Clocks are set back now and then; what stands behind must not come before.
            let hour = if n % 7_001 == skew { 9 } else { 10 };
            log += &format!("2026-11-23T{hour}:{minute:02}:{second:02}Z {level} {name} {n} {}\n", "x".repeat(n % 90));
        }
        fs::write(scene.0.path().join(name), log).expect("a log");
    }
    let questions: [&[&str]; 8] = [
        &["cat", "--output", "jsonl", "-q", "level>=error", "one.log", "two.log"],
        &["cat", "-q", "since:2026-11-23T10:20Z until:2026-11-23T10:21:30Z", "two.log", "one.log"],
        &["cat", "--output", "jsonl", "-q", "level:error 12123", "two.log"],
        &["cat", "--count", "-q", "until:2026-11-23T10:10Z -level:error", "one.log", "two.log"],
        &["cat", "--count", "one.log", "two.log"],
        &["cat", "--reverse", "-n", "3", "-q", "level:error", "one.log", "two.log"],
        &["hist", "--output", "jsonl", "-q", "level:error or since:2026-11-23T10:45Z", "one.log", "two.log"],
        &["patterns", "--assign", "-q", "level:error", "one.log", "two.log"],
    ];
    let answers = || questions.map(|question| scene.text(question));
    let without = answers();
    let built = scene.text(&["index", "one.log", "two.log"]);
    assert_eq!(built.lines().count(), 2);
    assert!(built.starts_with("one.log: ") && built.contains(" entries in "), "{built}");
    assert_eq!(fs::read_dir(scene.0.path().join("cache/frereth/index")).expect("it is there").count(), 2);
    for (question, (with, without)) in questions.iter().zip(answers().iter().zip(&without)) {
        assert!(with == without, "{question:?}");
    }
    let again = scene.text(&["index", "one.log"]);
    assert!(again.contains("read 0 MB"), "{again}");
}

#[test]
fn one_file_that_is_read_from_its_end_gives_what_it_gives_from_its_beginning_the_last_first() {
    let scene = Scene::new();
    let mut log = String::from("starting up\n");
    for n in 0..20_000_u32 {
        match n % 7 {
            0 => log += &format!("{{\"msg\":\"no time {n}\"}}\n"),
            1 if n % 301 == 1 => {
                log += &format!("{{\"time\":\"2026-11-23T10:00:00Z\",\"msg\":\"old\"}}\n  at {n}\n  at b\n")
            }
            _ => {
                let (minute, second, rest) = (n / 60 % 60, n % 60, "x".repeat((n % 97) as usize));
                log += &format!(
                    "{{\"time\":\"2026-11-23T11:{minute:02}:{second:02}Z\",\"level\":\"info\",\"msg\":\"{rest}\",\"n\":{n}}}\n"
                );
            }
        }
    }
    // Another format, without a day, and a last line without an end.
    (0..9_000).for_each(|n| log += &format!("Nov 23 12:{:02}:{:02} host app[1]: entry {n}\n", n / 60 % 60, n % 60));
    log += "Nov 24 00:00:00 host app[1]: the last";
    fs::write(scene.0.path().join("one.log"), &log).expect("a log");
    fs::write(scene.0.path().join("empty.log"), "").expect("a log");
    let asked = [
        ("", "raw"),
        ("\"at b\"", "jsonl"),
        ("n>19000", "csv"),
        ("since:2026-11-23T11:30Z until:2026-11-23T11:31Z", "jsonl"),
    ];
    let compare = |asked: &[(&str, &str)]| {
        for &(query, output) in asked {
            let ask = |more: &[&str]| {
                let args = ["cat", "--tz", "UTC", "--output", output, "-q", query, "one.log"];
                scene.text(&[&args[..], more].concat())
            };
            let backward = ask(&["--reverse"]);
            if output == "jsonl" {
                assert!(ask(&[]).lines().rev().eq(backward.lines()), "{query}");
            }
            // Where several files are merged, all are read from their beginning.
            assert!(ask(&["--reverse", "empty.log"]) == backward, "{query} as {output}");
            let few = ask(&["--reverse", "-n", "11"]);
            assert!(backward.starts_with(&few) && few.len() < backward.len(), "{query} as {output}");
        }
    };
    compare(&asked);
    scene.text(&["index", "--tz", "UTC", "one.log"]);
    compare(&asked[3..]);
}

#[test]
fn what_can_have_an_index_gets_one_whatever_is_named_beside_it() {
    let scene = Scene::new();
    fs::write(scene.0.path().join("app.log.gz"), gzip(APP)).expect("a log");
    let said = scene.text(&["index", "app.log.gz", "app.log"]);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "app.log.gz: no index, for only a plain file can have one");
    assert!(lines[1].starts_with("app.log: ") && lines[1].contains(" entries in "), "{said}");
    let none = scene.run(&["index", "app.log.gz", "-"]);
    assert_eq!((none.status.code(), none.stderr.len()), (Some(1), 0));
    scene.fails(&["index", "nowhere.log"], "nowhere.log: ");
    let some = scene.run(&["index", "nowhere.log", "store.log", "neither.log"]);
    assert_eq!(some.status.code(), Some(2));
    assert!(some.stdout.starts_with(b"store.log: "));
    let wrong = String::from_utf8_lossy(&some.stderr).into_owned();
    let names: Vec<_> = wrong.lines().map(|line| line.split(": ").nth(1).expect("a name")).collect();
    assert_eq!(names, ["nowhere.log", "neither.log"], "{wrong}");
}

#[test]
fn formats_are_listed_with_those_of_ones_own_and_changes_of_packed_logs_with_those_of_files() {
    let scene = Scene::new();
    let settings = "[[frereth.formats]]\nname = \"shop\"\nregex = '^(?<till>[^|]+)\\|(?<message>.*)$'\n";
    fs::write(scene.0.path().join("Leptos.toml"), settings).expect("settings");
    let names = |args: &[&str]| scene.text(args).lines().map(str::to_owned).collect::<Vec<_>>();
    let (without, with) = (names(&["formats"]), names(&["formats", "--config", "Leptos.toml"]));
    assert_eq!(with, [&without[..], &["shop".to_owned()]].concat());
    let changed = format!("{}{}", "help is at hand\n".repeat(400), STORE.repeat(100));
    fs::write(scene.0.path().join("changed.log"), &changed).expect("a log");
    fs::write(scene.0.path().join("changed.gz"), gzip(&changed)).expect("a log");
    let of_file = scene.text(&["formats", "changed.log"]);
    assert!(of_file.contains(": from byte 6400 slog"), "{of_file}");
    assert_eq!(scene.text(&["formats", "changed.gz"]), of_file.replace("changed.log", "changed.gz"));
}

#[test]
fn what_a_pipe_brings_is_written_while_it_is_open() {
    let scene = Scene::new();
    let (mut program, mut pipe) = scene.piped(&["cat", "-q", "-two", "-"]);
    let next = lines_of(&mut program);
    let trace = "2026-11-23T10:00:00Z ERROR one\n    at some line\n2026-11-23T10:00:01Z INFO two\n";
    pipe.write_all(trace.as_bytes()).expect("it listens");
    assert_eq!([next(), next()], ["2026-11-23T10:00:00Z ERROR one", "    at some line"]);
    pipe.write_all(b"2026-11-23T10:00:02Z INFO the last for now\n").expect("it listens");
    assert_eq!(next(), "2026-11-23T10:00:02Z INFO the last for now");
    drop(pipe);
    assert!(program.wait().expect("it ends").success());
}

#[test]
fn a_pipe_in_utf_16_is_written_while_it_is_open() {
    let scene = Scene::new();
    let (mut program, mut pipe) = scene.piped(&["cat", "-"]);
    let next = lines_of(&mut program);
    for line in ["\u{feff}2026-11-23T10:00:00Z INFO \u{e9}ins", "2026-11-23T10:00:01Z INFO zwei"] {
        let bytes: Vec<u8> = line.encode_utf16().chain([u16::from(b'\n')]).flat_map(u16::to_le_bytes).collect();
        pipe.write_all(&bytes).expect("it listens");
        assert_eq!(next(), line.trim_start_matches('\u{feff}'));
    }
    drop(pipe);
    assert!(program.wait().expect("it ends").success());
}

#[test]
fn who_has_enough_entries_of_a_pipe_does_not_wait_for_its_end() {
    let scene = Scene::new();
    let (mut program, mut pipe) = scene.piped(&["cat", "-n", "1", "-"]);
    pipe.write_all(APP.as_bytes()).expect("it listens");
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || sender.send(program.wait()));
    assert!(ended.recv_timeout(Duration::from_secs(30)).expect("the pipe is open").expect("it ends").success());
    drop(pipe);
}

#[test]
fn a_banner_that_comes_alone_does_not_decide_on_the_format() {
    let scene = Scene::new();
    let (mut program, mut pipe) = scene.piped(&["cat", "--output", "jsonl", "-"]);
    for part in ["starting up\n", &STORE.repeat(20)] {
        pipe.write_all(part.as_bytes()).expect("it listens");
        pipe.flush().expect("it listens");
    }
    drop(pipe);
    let mut answer = String::new();
    program.stdout.take().expect("a pipe").read_to_string(&mut answer).expect("text");
    assert!(program.wait().expect("it ends").success());
    let last: Value = serde_json::from_str(answer.lines().last().expect("entries")).expect("JSON");
    assert_eq!((&last["level"], &last["fields"]["n"]), (&"error".into(), &1.into()), "{answer}");
}
