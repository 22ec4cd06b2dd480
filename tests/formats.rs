//! Lines of real programs and what must become of them: the files in tests/formats, which every build runs alike.
//!
//! A file is a list of cases, each `{"format", "lines", "entries"}`: lines of one source, the format that must be detected
//! (null where it is forced by `"force"`), and for each entry what it must say; what an expectation leaves out is not
//! checked. `"tz"` is a fixed offset in seconds, `"reference"` the source's reference date. Lines that continue an entry
//! are joined to it first.

use std::collections::{BTreeMap, BTreeSet};

use frereth::log::entry::{Entry, Time, Value};
use frereth::log::format::{Format, detect};
use frereth::log::summary::{Bucket, Summary};
use frereth::log::time::{Clockwork, Zone};
use serde_json::Value as Json;

const FILES: &[(&str, &str)] = &[
    ("json", include_str!("formats/json.json")),
    ("pairs", include_str!("formats/pairs.json")),
    ("programs", include_str!("formats/programs.json")),
    ("servers", include_str!("formats/servers.json")),
    ("system", include_str!("formats/system.json")),
    ("columns", include_str!("formats/columns.json")),
    ("weald", include_str!("formats/weald.json")),
    ("strays", include_str!("formats/strays.json")),
    ("continued", include_str!("formats/continued.json")),
    ("traces", include_str!("formats/traces.json")),
    ("prefixed", include_str!("formats/prefixed.json")),
];

/// Where a case does not say otherwise: 2026-12-01T00:00:00Z.
const REFERENCE: i64 = 1_796_083_200_000_000_000;

#[test]
fn lines_of_real_programs_become_the_entries_that_they_mean() {
    let mut wrong = Vec::new();
    let mut entries = 0;
    for (file, text) in FILES {
        let cases: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{file}.json: {error}"));
        for case in cases.as_array().expect("a file is a list of cases") {
            entries += check(file, case, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} of {entries} entries are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(entries > 150, "only {entries} entries were checked");
}

/// Checks a case and returns how many entries it has.
fn check(file: &str, case: &Json, wrong: &mut Vec<String>) -> usize {
    let lines: Vec<&str> = list(&case["lines"]).iter().filter_map(Json::as_str).collect();
    let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let detection = detect(&bytes, &[]);
    let format = match case["force"].as_str() {
        Some(name) => Format::named(name).unwrap_or_else(|| panic!("{file}: no format {name}")).learn(&bytes),
        None => detection.format.clone(),
    };
    if let Some(expected) = case["format"].as_str()
        && detection.format.name() != expected
    {
        wrong.push(format!(
            "{file}: {expected} is taken for {}: {} ({:?})",
            detection.format.name(),
            detection.why,
            lines[0]
        ));
    }
    let joined = join(&format, &lines);
    let zone = Zone::fixed(case["tz"].as_i64().unwrap_or(0) as i32);
    let mut clockwork =
        Clockwork::new(case["reference"].as_i64().map_or(REFERENCE, |seconds| seconds * 1_000_000_000), zone);
    let expected = list(&case["entries"]);
    if joined.len() != expected.len() {
        wrong.push(format!("{file}: {} entries instead of {}: {joined:#?}", joined.len(), expected.len()));
    }
    for (raw, expected) in joined.iter().zip(expected) {
        let entry = format.parse(raw.as_bytes(), &mut clockwork, Entry::default());
        let shown = shown(&entry);
        for (name, expected) in expected.as_object().expect("an entry is an object") {
            let got = if name == "fields" { fields_like(&entry, expected) } else { shown[name].clone() };
            if got != *expected {
                wrong.push(format!("{file} ({}): {name} is {got}, not {expected}: {raw:?}", format.name()));
            }
        }
    }
    expected.len()
}

/// For each field its path and the entries that have it.
fn count_fields(entry: &Entry<'_>, counts: &mut BTreeMap<Vec<u8>, u64>) {
    let mut paths = BTreeSet::new();
    let mut open: Vec<(Vec<u8>, u32)> = entry.fields.roots().map(|(index, _)| (Vec::new(), index)).collect();
    while let Some((parent, index)) = open.pop() {
        let field = &entry.fields.as_slice()[index as usize];
        let names = [&parent[..], &field.name.decode()].concat();
        let is_element = field.name.is_empty() && !parent.is_empty();
        let path = if is_element { parent[..parent.len() - 1].to_vec() } else { names };
        let inside = [&path[..], b"."].concat();
        open.extend(entry.fields.inside(index).map(|(index, _)| (inside.clone(), index)));
        paths.insert(path);
    }
    paths.into_iter().for_each(|path| *counts.entry(path).or_default() += 1);
}

#[test]
fn a_summary_of_real_lines_counts_each_field_in_the_entries_that_have_it() {
    for (file, text) in FILES {
        let cases: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{file}.json: {error}"));
        let (mut early, mut late, mut fields) = (Summary::new(20), Summary::new(20), BTreeMap::new());
        let (mut entries, mut timed) = (0, 0);
        for case in cases.as_array().expect("a file is a list of cases") {
            let lines: Vec<&str> = list(&case["lines"]).iter().filter_map(Json::as_str).collect();
            let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            let format = detect(&bytes, &[]).format;
            let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
            for raw in join(&format, &lines) {
                let entry = format.parse(raw.as_bytes(), &mut clockwork, Entry::default());
                let part = if entries % 3 == 0 { &mut early } else { &mut late };
                part.note(&entry, file, entry.time.map(|time| time.nanos));
                entries += 1;
                timed += u64::from(entry.time.is_some());
                count_fields(&entry, &mut fields);
            }
        }
        late.merge(early);
        let snapshot = late.snapshot(20, 10);
        assert_eq!((late.entries(), snapshot.untimed), (entries, entries - timed), "{file}");
        assert_eq!(snapshot.buckets.iter().map(Bucket::total).sum::<u64>(), timed, "{file}");
        let found: BTreeMap<_, _> = snapshot.fields.into_iter().map(|facet| (facet.path, facet.entries)).collect();
        assert_eq!((found, snapshot.fields_missed), (fields, 0), "{file}");
    }
}

fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The lines with those that continue them.
fn join(format: &Format, lines: &[&str]) -> Vec<String> {
    let block = lines.join("\n");
    let mut joined: Vec<String> = Vec::new();
    let mut start = 0;
    for line in lines {
        let place = start..start + line.len();
        match joined.last_mut() {
            Some(last) if format.continues(block.as_bytes(), place.clone()) => {
                last.push('\n');
                last.push_str(line);
            }
            _ => joined.push((*line).to_string()),
        }
        start = place.end + 1;
    }
    joined
}

fn shown(entry: &Entry<'_>) -> Json {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    serde_json::json!({
        "time": entry.time.map(rfc3339),
        "inferred": entry.time.map(|time| {
            let said = [(time.inferred.year, "year"), (time.inferred.date, "date"), (time.inferred.zone, "zone")];
            said.iter().filter(|(is_inferred, _)| *is_inferred).map(|(_, name)| *name).collect::<Vec<_>>()
        }),
        "level": entry.level.map(|level| level.word()),
        "level_text": text(&entry.level_text.decode()),
        "message": text(&entry.message.decode()),
        "trace": text(&entry.trace.decode()),
        "lamport": entry.clock.map(|clock| clock.lamport),
    })
}

/// A time in its own zone, nanoseconds only where there are some.
fn rfc3339(time: Time) -> String {
    let moment = jiff::Timestamp::from_nanosecond(time.nanos.into()).expect("a time is a moment");
    let Some(seconds) = time.offset_seconds.filter(|seconds| *seconds != 0) else { return moment.to_string() };
    let offset = jiff::tz::Offset::from_seconds(seconds).expect("an offset is below a day");
    moment.display_with_offset(offset).to_string()
}

/// The fields that an expectation names, as JSON.
fn fields_like(entry: &Entry<'_>, expected: &Json) -> Json {
    let names = expected.as_object().expect("fields are an object").keys();
    let got = names.map(|name| {
        let value = entry.fields.get(name).map(|field| match field.value {
            Value::Null => Json::Null,
            Value::Bool(value) => value.into(),
            Value::Number(digits) => serde_json::from_slice(digits).unwrap_or_default(),
            Value::Text(text) => String::from_utf8_lossy(&text.decode()).into(),
            Value::Object => "(object)".into(),
            Value::Array => "(array)".into(),
        });
        (name.clone(), value.unwrap_or_else(|| "(absent)".into()))
    });
    Json::Object(got.collect())
}

#[test]
fn every_file_of_cases_is_run() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let Ok(files) = std::fs::read_dir(folder) else {
        println!("skipped: there is no file system to look at");
        return;
    };
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        assert!(FILES.iter().any(|(known, _)| format!("{known}.json") == name), "{name} is not run");
    }
}

/// Every line of the cases, in all files.
fn all_lines() -> Vec<String> {
    let cases = FILES.iter().flat_map(|(_, text)| {
        let cases: Json = serde_json::from_str(text).expect("the files are JSON");
        list(&cases).iter().flat_map(|case| list(&case["lines"]).to_vec()).collect::<Vec<_>>()
    });
    cases.filter_map(|line| line.as_str().map(str::to_string)).collect()
}

/// Reads bytes as every format and checks what holds for any entry.
fn hold_together(formats: &[Format], bytes: &[u8]) {
    for format in formats {
        let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
        let entry = format.parse(bytes, &mut clockwork, Entry::default());
        assert_eq!(entry.raw, bytes);
        let fields = entry.fields.as_slice();
        let mut open = vec![fields.len()];
        for (index, field) in fields.iter().enumerate() {
            while open.last().is_some_and(|end| *end <= index) {
                open.pop();
            }
            let end = field.end as usize;
            assert!(
                end > index && end <= *open.last().expect("the list itself is open"),
                "{}: {fields:?}",
                format.name()
            );
            open.push(end);
        }
        for at in [0, bytes.len() / 2] {
            let _ = format.continues(bytes, at..bytes.len());
        }
    }
}

fn all_formats() -> Vec<Format> {
    let mut formats: Vec<_> = Format::names().filter_map(Format::named).collect();
    formats.push(Format::from_regex("own", r"^(?<time>\S+) (?<level>\w+) (?<message>.*)$").expect("it is a format"));
    formats.push(Format::from_json_names("own-json", &[("time", "a.b"), ("message", "m")]).expect("it is a format"));
    formats.push(Format::named("csv").expect("it is built in").learn(&[b"time,level,message"]));
    formats.push(Format::named("w3c").expect("it is built in").learn(&[b"#Fields: date time cs-method"]));
    formats
}

#[test]
fn any_format_reads_any_line_of_any_other_and_any_piece_of_it() {
    let formats = all_formats();
    for line in all_lines() {
        hold_together(&formats, line.as_bytes());
        for at in [1, line.len() / 3, line.len() / 2, line.len().saturating_sub(1)] {
            hold_together(&formats, line.as_bytes().get(..at).unwrap_or_default());
            hold_together(&formats, line.as_bytes().get(at..).unwrap_or_default());
        }
    }
}

#[test]
fn whether_a_line_continues_an_entry_depends_on_two_lines_before_and_one_behind_it() {
    let lines = all_lines();
    let block = lines.join("\n").into_bytes();
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in &lines {
        ranges.push(start..start + line.len());
        start += line.len() + 1;
    }
    let mut continuing = 0;
    for format in all_formats() {
        for index in 1..ranges.len() {
            let from = ranges[index.saturating_sub(2)].start;
            let to = ranges[ranges.len().min(index + 2) - 1].end;
            let line = ranges[index].clone();
            let near = format.continues(&block[from..to], line.start - from..line.end - from);
            assert_eq!(near, format.continues(&block, line), "{}: {}", format.name(), lines[index]);
            continuing += usize::from(near);
        }
    }
    assert!(continuing > 1_000, "{continuing}");
}

#[test]
fn a_definition_that_is_no_format_says_why() {
    let reason = |result: Result<Format, frereth::log::format::DefinitionError>| {
        result.expect_err("it is no format").to_string()
    };
    assert!(reason(Format::from_regex("x", "(?<a>[")).contains("unclosed character class"));
    assert!(reason(Format::from_regex("x", r"(?<a>\w{5000}{5000})")).contains("size limit"));
    assert!(reason(Format::from_regex("x", ".*")).contains("no named group"));
    assert!(reason(Format::from_regex("json", "(?<a>.)")).contains("json is built in"));
    assert!(reason(Format::from_regex("a b", "(?<a>.)")).contains("no name"));
    assert!(reason(Format::from_json_names("x", &[("tiem", "t")])).contains("\"tiem\" is no role"));
    assert!(reason(Format::from_json_names("x", &[])).contains("no field"));
}

#[test]
fn a_users_format_fills_entries() {
    let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
    let format = Format::from_regex("own", r"^<(?<level>\w+)> (?<time>\S+ \S+) (?<shop>\d+): (?<message>.*)")
        .expect("it is a format");
    let entry = format.parse(b"<warn> 2026-11-23 04:18:19 7: sold out", &mut clockwork, Entry::default());
    let expected = serde_json::json!({"time": "2026-11-23T04:18:19Z", "level": "warn", "message": "sold out"});
    for (name, value) in expected.as_object().expect("it is an object") {
        assert_eq!(&shown(&entry)[name], value);
    }
    assert_eq!(entry.fields.get("shop").map(|field| field.value), Some(Value::Number(b"7")));

    let format = Format::from_json_names("mine", &[("time", "meta.when"), ("message", "what"), ("level", "how")])
        .expect("it is a format");
    let raw = br#"{"meta":{"when":"2026-11-23T04:18:19Z"},"what":"x","how":"E","message":"other"}"#;
    let entry = format.parse(raw, &mut clockwork, Entry::default());
    assert_eq!((&shown(&entry)["time"], &shown(&entry)["message"]), (&expected["time"], &Json::from("x")));
    assert_eq!(shown(&entry)["level"], "error");
}

#[test]
fn a_users_message_goes_on_over_the_lines_that_continue_it() {
    let format = Format::from_regex("own", r"^(?<time>\S+ \S+) (?<message>.*)$").expect("it is a format");
    let lines = ["2026-11-23 04:18:19 boom", "  at x", "2026-11-23 04:18:20 on"];
    let joined = join(&format, &lines);
    assert_eq!(joined.len(), 2);
    let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
    let entry = format.parse(joined[0].as_bytes(), &mut clockwork, Entry::default());
    assert_eq!(
        (&shown(&entry)["time"], &shown(&entry)["message"]),
        (&"2026-11-23T04:18:19Z".into(), &"boom\n  at x".into())
    );
}

#[test]
fn a_users_format_is_detected_before_the_built_in_ones() {
    let by_regex = Format::from_regex("shop", r"^(?<time>\S+) shop (?<message>.*)$").expect("it is a format");
    let by_names = Format::from_json_names("till", &[("message", "what")]).expect("it is a format");
    let own = [by_regex, by_names];
    let name = |lines: &[&[u8]]| detect(lines, &own).format.name().to_string();
    assert_eq!(name(&[b"2026-11-23T04:18:19Z shop open", b"2026-11-23T04:18:20Z shop closed"]), "shop");
    assert_eq!(name(&[br#"{"level":"info","what":"sold"}"#]), "till");
    assert_eq!(name(&[br#"{"level":"info","msg":"sold"}"#]), "json");
    assert_eq!(name(&[b"2026-11-23T04:18:19Z INFO open"]), "text");
}

#[test]
fn a_detection_says_why() {
    let why = |lines: &[&[u8]]| detect(lines, &[]).why;
    assert_eq!(why(&[]), "there are no lines yet");
    assert_eq!(why(&[b"", b"  x"]), "no line begins an entry");
    assert_eq!(why(&[b"level=info msg=x", b"level=warn msg=y"]), "2 of 2 lines read as logfmt");
    assert!(
        why(&[br#"{"level":"info","ts":1,"msg":"x"}"#])
            .contains("1 of 1 lines are objects of JSON, most with level, ts, msg")
    );
    assert!(why(&[b"one", b"two", b"level=info msg=x"]).contains("the nearest is logfmt: 1 of 3 lines"));
    assert!(why(&[b"Nov 23 04:18:19 host su: x"]).contains("look like `{time:AAA _9 99:} {host:word}"));
}

#[test]
fn a_byte_order_mark_and_bytes_that_are_no_text_change_nothing() {
    let lines: [&[u8]; 2] = [
        b"\xef\xbb\xbf2026-11-23 04:18:19,123 ERROR [main] com.example.App - one",
        b"2026-11-23 04:18:20,123 INFO [main] com.example.App - \xff\x00\xfe user=\xff",
    ];
    let format = detect(&lines, &[]).format;
    assert_eq!(format.name(), "log4j");
    let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
    let first = format.parse(lines[0], &mut clockwork, Entry::default());
    assert_eq!((shown(&first)["level"].as_str(), first.message.bytes()), (Some("error"), &b"one"[..]));
    assert_eq!(first.raw, lines[0]);
    let second = format.parse(lines[1], &mut clockwork, Entry::default());
    assert_eq!(second.message.bytes(), b"\xff\x00\xfe user=\xff");
    assert_eq!(
        second.fields.get("user").map(|field| field.value),
        Some(Value::Text(frereth::log::text::Text::plain(b"\xff")))
    );
}

#[test]
fn lines_that_end_in_carriage_returns_are_detected_as_without() {
    let lines: [&[u8]; 2] = [b"level=info msg=x took=3\r", b"level=warn msg=y took=4\r"];
    let detection = detect(&lines, &[]);
    assert_eq!((detection.format.name(), detection.score), ("logfmt", 1.0));
    let plain = detect(&[b"one\r", b"\tat x\r"], &[]).format;
    assert!(plain.continues(b"one\r\n\tat x\r", 5..11) && !plain.continues(b"one\r\n\r\n", 5..6));
}

/// Whether a format notes of entries what it reads of them, and leaves the clockwork as it is left by reading.
fn notes_what_it_reads(format: &Format, entries: &[&[u8]]) -> Result<(), String> {
    let (mut reading, mut noting) = (Clockwork::new(REFERENCE, Zone::utc()), Clockwork::new(REFERENCE, Zone::utc()));
    let mut room = Entry::default();
    for raw in entries {
        let read = format.parse(raw, &mut reading, Entry::default()).noted();
        let noted = format.note(raw, &mut noting, &mut room);
        if read != noted {
            let line = String::from_utf8_lossy(raw);
            return Err(format!("{}: {noted:?} noted, {read:?} read: {line}", format.name()));
        }
    }
    Ok(())
}

#[test]
fn what_is_noted_of_a_line_is_what_is_read_of_it_in_every_format_and_in_parts_too() {
    for (file, text) in FILES {
        let cases: Json = serde_json::from_str(text).expect("the files are JSON");
        for case in list(&cases) {
            let lines: Vec<&str> = list(&case["lines"]).iter().filter_map(Json::as_str).collect();
            let mut entries: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            // Lines that are cut, and so are no JSON any more, and lines behind one another.
            entries.extend(lines.iter().flat_map(|line| (0..line.len()).step_by(7).map(|end| &line.as_bytes()[..end])));
            let joined = lines.join("\n");
            entries.push(joined.as_bytes());
            for name in Format::names() {
                let format = Format::named(name).expect("it is built in");
                notes_what_it_reads(&format, &entries).unwrap_or_else(|wrong| panic!("{file}: {wrong}"));
            }
        }
    }
}

/// All that an entry says but its time, decoded, without the first `own` fields.
fn said(entry: &Entry<'_>, own: usize) -> (Json, Vec<String>) {
    let field = |(index, field): (usize, &frereth::log::entry::Field<'_>)| {
        let value = match field.value {
            Value::Text(text) => format!("{:?}", text.decode().escape_ascii().to_string()),
            value => format!("{value:?}"),
        };
        format!("{}: {value} of {}", field.name.decode().escape_ascii(), field.end as usize - index)
    };
    let mut said = shown(entry);
    said["time"] = Json::Null;
    said["inferred"] = Json::Null;
    (said, entry.fields.as_slice().iter().enumerate().skip(own).map(field).collect())
}

#[test]
fn json_inside_a_line_of_docker_says_what_it_says_inside_one_of_the_container_runtime() {
    let named = |name| Format::named(name).expect("it is built in");
    let (docker, cri) = (named("docker"), named("cri"));
    let mut objects = 0;
    // Colours are looked through in what a container holds, not in what that holds in its turn.
    let is_coloured = |line: &str| line.starts_with("{\"log\"") && line.contains("\\u001b");
    for line in all_lines().iter().filter(|line| line.starts_with('{') && !line.contains("MESSAGE")) {
        if is_coloured(line) {
            continue;
        }
        let string = Json::from(format!("{line}\n")).to_string().replace('<', "\\u003c");
        let held = [
            format!("{{\"log\":{string},\"stream\":\"stdout\",\"time\":\"2026-11-23T10:00:00Z\"}}"),
            format!("2026-11-23T10:00:00Z stdout F {line}"),
        ];
        let read = |format: &Format, line: &str, own| {
            let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
            said(&format.parse(line.as_bytes(), &mut clockwork, Entry::default()), own)
        };
        let (inside, plainly) = (read(&docker, &held[0], 3), read(&cri, &held[1], 2));
        // Prose and pairs are not taken out of what is escaped.
        if serde_json::from_str::<Json>(line).is_ok() {
            assert_eq!(inside, plainly, "{line}");
            objects += 1;
        }
    }
    assert!(objects > 80, "{objects}");
}

#[test]
fn a_line_of_many_values_keeps_a_bounded_number_of_fields() {
    use frereth::log::entry::FIELDS_MAX;
    let list = vec!["1"; 100_000].join(",");
    let lines = [
        format!("{{\"a\":{{\"list\":[{list}]}},\"level\":\"warn\",\"vclock\":{{\"x\":1}}}}"),
        "k=1 ".repeat(100_000),
        format!("{{:a [{list}] :level :warn}}"),
        format!("[\"^ \",\"~:a\",[{list}],\"~:level\",\"warn\"]"),
        list.clone(),
    ];
    for (line, name) in lines.iter().zip(["json", "logfmt", "edn", "transit", "csv"]) {
        let format = Format::named(name).expect("it is built in");
        let entry = format.parse(line.as_bytes(), &mut Clockwork::new(REFERENCE, Zone::utc()), Entry::default());
        assert_eq!(entry.fields.as_slice().len(), FIELDS_MAX, "{name}");
        assert!(entry.fields.as_slice().iter().all(|field| field.end as usize <= FIELDS_MAX), "{name}");
        if line.contains("level") {
            assert_eq!(shown(&entry)["level"], "warn", "{name}");
        }
    }
}

#[test]
fn colours_change_neither_what_is_detected_nor_time_nor_level() {
    for (file, text) in FILES {
        let cases: Json = serde_json::from_str(text).expect("the files are JSON");
        for case in list(&cases) {
            let lines: Vec<&str> = list(&case["lines"]).iter().filter_map(Json::as_str).collect();
            let coloured: Vec<String> = lines.iter().map(|line| format!("\x1b[1;31m{line}\x1b[0m")).collect();
            let format = |lines: &[&[u8]]| detect(lines, &[]).format;
            let plain_format = format(&lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>());
            let coloured_format = format(&coloured.iter().map(|line| line.as_bytes()).collect::<Vec<_>>());
            assert_eq!(plain_format.name(), coloured_format.name(), "{file}: {lines:?}");
            let clockwork = || Clockwork::new(REFERENCE, Zone::utc());
            let (mut one, mut other) = (clockwork(), clockwork());
            for (line, coloured) in lines.iter().zip(&coloured) {
                let plain = plain_format.parse(line.as_bytes(), &mut one, Entry::default());
                let coloured = coloured_format.parse(coloured.as_bytes(), &mut other, Entry::default());
                assert_eq!((plain.time, plain.level), (coloured.time, coloured.level), "{file}: {line:?}");
            }
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod any_bytes {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 14] = [
        "time",
        "ts",
        "level",
        "severity_number",
        "msg",
        "log",
        "lamport",
        "vclock",
        "trace_id",
        "t",
        "$date",
        "fields",
        "",
        "n",
    ];
    const VALUES: [&str; 15] = [
        "\"2026-11-23T10:00:00.5Z\"",
        "\"10:00:07\"",
        "1796083200.25",
        "\"warn\"",
        "\"ERROR: it broke\\n\"",
        "\"{\\\"level\\\":\\\"warn\\\",\\\"lamport\\\":3}\\n\"",
        "17",
        "{\"a\":2,\"b\":3}",
        "[1,\"2\"]",
        "{}",
        "null",
        "true",
        "\"\\u0061\\\\\"",
        "-",
        "nul",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn of_json_are_noted_as_they_are_read(
            parts in proptest::collection::vec((0..NAMES.len(), 0..VALUES.len(), 0_u8..12), 0..8),
            cut in 0_usize..400,
        ) {
            let mut line = String::from("{");
            let mut closing = String::from("}");
            for (number, (name, value, whim)) in parts.into_iter().enumerate() {
                if number > 0 && !line.ends_with('{') {
                    line.push_str(if whim == 0 { " ,\t" } else { "," });
                }
                let (name, value) = (NAMES[name], VALUES[value]);
                match whim {
                    1 => {
                        line += &format!("\"{name}\":{{");
                        closing.push('}');
                    }
                    2 => line += &format!("\"{name}\":[{value},{{\"level\":{value}}}]"),
                    3 => line += &format!("\"\\u0061{name}\" : {value}"),
                    _ => line += &format!("\"{name}\":{value}"),
                }
            }
            line += &closing;
            let cut = &line.as_bytes()[..line.len().min(cut.max(line.len() / 4))];
            for name in ["json", "docker", "weald-json", "bunyan"] {
                let Some(format) = Format::named(name) else { continue };
                let result = notes_what_it_reads(&format, &[line.as_bytes(), cut, format!("{line}\nmore").as_bytes()]);
                prop_assert!(result.is_ok(), "{result:?}");
            }
        }

        #[test]
        fn never_make_a_format_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            hold_together(&all_formats(), &bytes);
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            let _ = detect(&lines, &[]);
        }

        #[test]
        fn of_the_kind_that_formats_are_made_of_never_do(text in r#"[\[\]{}"\\:,=<>#~^ 0-9TZa-e\n.-]{0,200}"#) {
            hold_together(&all_formats(), text.as_bytes());
            let lines: Vec<&[u8]> = text.as_bytes().split(|byte| *byte == b'\n').collect();
            let _ = detect(&lines, &[]);
        }

        #[test]
        fn that_were_a_line_before_never_do(index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), sign in any::<u8>()) {
            let lines = all_lines();
            let mut line = lines[index.index(lines.len())].clone().into_bytes();
            if !line.is_empty() {
                let at = at.index(line.len());
                line[at] = sign;
            }
            hold_together(&all_formats(), &line);
        }
    }
}
