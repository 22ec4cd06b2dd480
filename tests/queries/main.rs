//! The query language against cases that are data: what matches, what is wrong with a text, what could be typed next. The
//! laws that hold for every query stand in `laws.rs`.

mod entries;
#[cfg(not(target_family = "wasm"))]
mod laws;
#[cfg(not(target_family = "wasm"))]
mod naive;

use frereth::log::query::ast::{Operator, Subject};
use frereth::log::query::{Query, Wanted, complete};
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

/// Each file of cases that match or do not.
const MATCHES: [(&str, &str); 7] = [
    ("text.json", include_str!("text.json")),
    ("fields.json", include_str!("fields.json")),
    ("lists.json", include_str!("lists.json")),
    ("nulls.json", include_str!("nulls.json")),
    ("numbers.json", include_str!("numbers.json")),
    ("known.json", include_str!("known.json")),
    ("logic.json", include_str!("logic.json")),
];

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("the cases are JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("it is a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("it is a text")
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).expect("it is a number")
}

fn span(value: &Value) -> (usize, usize) {
    (number(&value[0]), number(&value[1]))
}

/// The now of every case, in a zone an hour east of Greenwich.
const NOW: &str = "2026-11-23T10:30:00Z";

fn compile(query: &str) -> Result<Query, frereth::log::query::QueryError> {
    let zone = TimeZone::fixed(Offset::from_hours(1).expect("an hour is a possible offset"));
    Query::compile(query, entries::nanos(NOW), &zone)
}

#[test]
fn queries_match_what_they_should() {
    let mut wrong = Vec::new();
    for (file, cases) in MATCHES {
        let cases = read(cases);
        let entries: Vec<_> = list(&cases["entries"]).iter().map(entries::Case::read).collect();
        for case in list(&cases["cases"]) {
            let expected: Vec<_> = list(&case["matches"]).iter().map(number).collect();
            let query = match compile(text(&case["query"])) {
                Ok(query) => query,
                Err(error) => {
                    wrong.push(format!("{file}: {}: {error}", case["query"]));
                    continue;
                }
            };
            let matching = |index: &usize| entries[*index].with(|entry, source| query.is_match(entry, source));
            let found: Vec<_> = (0..entries.len()).filter(matching).collect();
            if found != expected {
                wrong.push(format!("{file}: {}: found {found:?}, expected {expected:?}", case["query"]));
            }
            for (index, entry) in entries.iter().enumerate() {
                let verdict = query.verdict(entry.raw());
                let is_unsound = verdict.is_some_and(|is_match| is_match != found.contains(&index));
                if is_unsound || (verdict.is_none() && !query.needs_parse()) {
                    wrong.push(format!("{file}: {}: entry {index}: verdict {verdict:?}", case["query"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_are_pointed_at_and_say_what_was_expected() {
    let mut wrong = Vec::new();
    for case in list(&read(include_str!("errors.json"))) {
        let query = text(&case["query"]);
        match compile(query) {
            Ok(found) => wrong.push(format!("{query}: understood as {found}")),
            Err(error) => {
                let found = ((error.span.start, error.span.end), error.to_string(), error.is_unfinished(query));
                let expected = (span(&case["span"]), text(&case["words"]).to_string(), case["unfinished"] == true);
                if found != expected {
                    wrong.push(format!("{query}:\n  found    {found:?}\n  expected {expected:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn half_typed_texts_tell_what_is_wanted() {
    let mut wrong = Vec::new();
    for case in list(&read(include_str!("completions.json"))) {
        let marked = text(&case["text"]);
        let cursor = marked.find('|').expect("the cursor is marked");
        let found = complete(&marked.replacen('|', "", 1), cursor);
        let wanted = match &found.wanted {
            Wanted::Term => "term".to_string(),
            Wanted::Text => "text".to_string(),
            Wanted::Value(subject, operator) => format!("value of {subject}{operator}"),
        };
        let found = (&*wanted, &*found.typed, (found.span.start, found.span.end));
        let expected = (text(&case["wanted"]), text(&case["typed"]), span(&case["span"]));
        if found != expected {
            wrong.push(format!("{marked}:\n  found    {found:?}\n  expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn canonical_texts_are_the_same_for_the_same_question() {
    for case in list(&read(include_str!("canonical.json"))) {
        let query = compile(text(&case["query"])).expect("the query is understood");
        assert_eq!(query.to_string(), text(&case["canonical"]), "{}", case["query"]);
    }
}

#[test]
fn highlights_show_what_was_searched_for() {
    let shown = |query: &str, raw: &str| {
        let ranges = compile(query).expect("the query is understood").highlights(raw.as_bytes());
        ranges.into_iter().map(|range| raw[range].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(shown("time /eo[a-z]t/", "TIMEout 1 timeout 2"), ["TIMEout", "timeout"]);
    assert_eq!(shown("-time message:two level:warn", "time two"), ["two"]);
    assert_eq!(shown(&"ab".repeat(50), &format!("b{}b", "aB".repeat(50))), ["aB".repeat(50)]);
    assert_eq!(shown("/x*/ \"\"", "abc"), Vec::<String>::new());
    assert_eq!(shown("* status:4", "4 4"), Vec::<String>::new());
}

#[test]
fn what_is_known_of_a_block_decides_on_all_its_entries() {
    use frereth::log::level::Level;
    use frereth::log::query::{Known, LevelSet, Times};

    let hour = |text: &str| entries::nanos(&format!("2026-11-23T{text}:00:00Z"));
    let judge = |query: &str, levels: LevelSet, from: &str, to: &str, has_untimed: bool| {
        let times = Some(Times { span: Some((hour(from), hour(to))), has_untimed });
        compile(query).expect("the query is understood").judge(&Known { source: "api", levels, times })
    };
    let (warn, none) = (LevelSet::of(Some(Level::Warn)), LevelSet::of(None));
    let levels = |query| judge(query, warn.union(none), "10", "11", false);
    assert_eq!(levels("level>=error"), Some(false));
    assert_eq!(levels("level:warn"), None);
    assert_eq!(levels("level:warn or -level:*"), None, "each part is asked by itself");
    assert_eq!(judge("level<=warn", warn, "10", "11", false), Some(true));
    assert_eq!(judge("level:* -level>=error", warn, "10", "11", false), Some(true));
    assert_eq!(judge("level:*", none, "10", "11", false), Some(false));
    assert_eq!(judge("level:warn or x", warn, "10", "11", false), Some(true));
    assert_eq!(judge("level:warn x", warn, "10", "11", false), None);
    let times = |query, has_untimed| judge(query, warn, "10", "12", has_untimed);
    assert_eq!(times("since:2026-11-23T10:00Z until:2026-11-23T12:00Z", false), Some(true));
    assert_eq!(times("since:2026-11-23T10:00Z until:2026-11-23T12:00Z", true), None);
    assert_eq!(times("since:2026-11-23T10:01Z", false), None);
    assert_eq!(times("since:2026-11-23T13:00Z", true), Some(false));
    assert_eq!(times("-since:2026-11-23T13:00Z", true), Some(true));
    let nowhere = Known { times: Some(Times { span: None, has_untimed: true }), ..Known::of_source("api") };
    assert_eq!(compile("since:1d").expect("the query is understood").judge(&nowhere), Some(false));
}

#[test]
fn what_is_asked_of_a_source_is_known_before_it_is_read() {
    let may = |query: &str, source| {
        let known = frereth::log::query::Known::of_source(source);
        compile(query).expect("the query is understood").judge(&known) != Some(false)
    };
    assert!(may("source:api* error", "api-1.log") && may("source:api*", "/var/log/api.log"));
    assert!(!may("source:api* error", "web.log") && may("source:api* or error", "web.log"));
    assert!(!may("-source:api*", "api") && may("-(source:api* error)", "api"));
}

#[test]
fn a_scan_of_a_block_skips_lines_that_cannot_match() {
    let block = b"one error\ntwo\nthree ERROR \\u0065\r\n\nfive";
    let lines = |query: &str| {
        let query = compile(query).expect("the query is understood");
        let scanner = query.raw_scanner();
        let starts: Vec<_> = scanner.lines(block).map(|line| line.start).collect();
        (starts, scanner.is_exact())
    };
    assert_eq!(lines("error"), (vec![0, 14], true));
    assert_eq!(lines("/err.r$/"), (vec![0], true));
    assert_eq!(lines("one or five"), (vec![0, 35], true));
    assert_eq!(lines("error -one"), (vec![0, 14], false));
    assert_eq!(lines("-error"), (vec![0, 10, 14, 34, 35], false));
    assert_eq!(lines("a or b or c or d or e or f"), (vec![0, 14, 35], true));
    assert_eq!(lines("message:two"), (vec![10, 14], false));
    assert_eq!(lines("level>=warn message:five"), (vec![14, 35], false));
    assert_eq!(lines("user:null"), (vec![0, 10, 14, 34, 35], false), "a null is written in many ways");
    assert_eq!(lines("message:null or user:nullable or user:NULL"), (vec![14], false));
    assert_eq!(lines("-*"), (vec![], true));
    assert_eq!(lines("*"), (vec![0, 10, 14, 34, 35], true));
    assert_eq!(lines("/^$/").0, [34]);
    assert_eq!(lines("/[^x]five/").0, [35]);
    assert_eq!(lines("/[a-z]+ err/"), (vec![0, 14], true));
    assert_eq!(lines("/t[a-z]+ error/"), (vec![14], true));
}

#[test]
fn a_scan_does_not_ask_again_for_what_it_has_found() {
    let verdict =
        |query: &str, raw: &str| compile(query).expect("the query is understood").raw_scanner().verdict(raw.as_bytes());
    assert_eq!(verdict("error or timeout", "error"), Some(true));
    assert_eq!(verdict("user:ann", "was not read again"), None);
    assert_eq!(verdict("level:warn error", "was not read again"), None);
    assert_eq!(verdict("error -timeout", "error"), Some(true));
    assert_eq!(verdict("error -timeout", "error timeout"), Some(false));
    assert_eq!(verdict("user:ann error", "error"), Some(false));
}

#[test]
fn highlights_of_one_entry_are_bounded() {
    let raw = vec![b'a'; 100_000];
    let query = compile("a /a/").expect("the query is understood");
    assert_eq!(query.highlights(&raw).len(), 1000);
}

#[test]
fn what_can_be_decided_without_parsing_is_known() {
    let needs_parse = |query: &str| compile(query).expect("the query is understood").needs_parse();
    assert!(!needs_parse("a -(\"b\" or /c/)") && needs_parse("a b:c") && needs_parse("-level>warn"));
    let verdict = |query: &str, raw: &str| compile(query).expect("the query is understood").verdict(raw.as_bytes());
    assert_eq!(verdict("a or level:warn", "a"), Some(true));
    assert_eq!(verdict("a or level:warn", "b"), None);
    assert_eq!(verdict("-message:a", "b"), Some(true));
    assert_eq!(verdict("-message:a", r"b\u0061"), None);
    assert_eq!(verdict("message:ä", "b"), None);
    assert_eq!((verdict("user:null", "-"), verdict("message:null", "-")), (None, Some(false)));
    assert_eq!(verdict("message:x", r#"{"MESSAGE":[120]}"#), None);
    assert_eq!(verdict("message:x", r#"{"MESSAGE":"b"}"#), Some(false));
}

#[test]
fn a_query_knows_whether_it_depends_on_now() {
    let depends = |query: &str| compile(query).expect("the query is understood").depends_on_now();
    assert!(depends("since:15m") && depends("a or -until:10:00") && !depends("since:2026-11-23 level:warn"));
}

#[test]
fn operators_and_subjects_are_written_as_they_are_read() {
    assert_eq!((Subject::Level.to_string(), Operator::AtLeast.to_string()), ("level".into(), ">=".into()));
}
