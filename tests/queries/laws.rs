//! What holds for every query: reading never panics, canonical texts mean the same, answers are those of the naive
//! evaluator, and nothing that prunes loses a match.

use std::ops::Range;

use frereth::log::entry::{Clock, Entry, Inferred, Time, Value};
use frereth::log::level::Level;
use frereth::log::query::{Known, LevelSet, Query, Times, complete, parse};
use frereth::log::text::{Escape, Text};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::naive::{Ask, Given, Model, REGEXES};

const NOW: i64 = 1_795_429_800_000_000_000;
/// What may stand behind a whole number; logs write no exponents here.
const CODE_TAILS: [&str; 4] = ["", ".0", ".00", "e0"];
const OPERATORS: [&str; 7] = [":", "=", "!=", ">", ">=", "<", "<="];

/// A model written as a line of JSON, as one that a string of JSON holds, or as plain lines.
#[derive(Clone, Debug)]
struct Written {
    model: Model,
    raw: String,
    /// How its strings are escaped; plain lines have none.
    escape: Escape,
    strings: Vec<Range<usize>>,
}

/// Writes JSON, escaping as the next of `whims` says.
struct Writer<'a> {
    out: String,
    whims: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    strings: Vec<Range<usize>>,
}

impl Writer<'_> {
    /// Writes a string and remembers where it stands between its quotes.
    fn string(&mut self, text: &str) {
        self.out.push('"');
        let start = self.out.len();
        for char in text.chars() {
            let whim = self.whims.next().copied().unwrap_or(0);
            let must = matches!(char, '"' | '\\' | '\n' | '\t');
            match (char, whim) {
                (_, 9..) => {
                    let mut units = [0; 2];
                    for unit in char.encode_utf16(&mut units) {
                        self.out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                ('\n', _) => self.out.push_str("\\n"),
                ('\t', _) => self.out.push_str("\\t"),
                (char @ ' '..='~', 8) => self.out.push_str(&format!("\\x{:02x}", u32::from(char))),
                (char @ ' '..='~', 7) => self.out.push_str(&format!("\\{:03o}", u32::from(char))),
                (char, _) if must => self.out.extend(['\\', char]),
                (char, _) => self.out.push(char),
            }
        }
        self.strings.push(start..self.out.len());
        self.out.push('"');
    }
}

impl Written {
    fn json(model: Model, whims: &[u8]) -> Self {
        let mut writer = Writer { out: "{\"msg\":".to_string(), whims: whims.iter().cycle(), strings: Vec::new() };
        writer.string(&model.message);
        match &model.user {
            Given::Missing => {}
            Given::Null => {
                let whim = usize::from(writer.whims.next().copied().unwrap_or(0));
                writer.out.push_str(",\"user\":");
                writer.out.push_str(["null", "nil", "-"][whim % 3]);
            }
            Given::This(user) => {
                writer.out.push_str(",\"user\":");
                writer.string(user);
            }
        }
        match &model.code {
            Given::Missing => {}
            Given::Null => writer.out.push_str(",\"code\":null"),
            Given::This(code) => {
                let whim = usize::from(writer.whims.next().copied().unwrap_or(0));
                writer.out.push_str(&format!(",\"code\":{code}{}", CODE_TAILS[whim % 3]));
            }
        }
        writer.out.push_str(",\"tags\":[");
        for tag in &model.tags {
            writer.string(tag);
            writer.out.push(',');
        }
        writer.out.push_str("],\"http\":{");
        if let Some(path) = &model.path {
            writer.out.push_str("\"path\":");
            writer.string(path);
        }
        writer.out.push('}');
        if let Some(is_ok) = model.is_ok {
            writer.out.push_str(&format!(",\"ok\":{is_ok}"));
        }
        writer.out.push('}');
        Self { model, raw: writer.out, escape: Escape::Backslash, strings: writer.strings }
    }

    /// The same as a container's log holds it, escaping as the next of `whims` says.
    fn held(model: Model, whims: &[u8]) -> Self {
        let inside = Self::json(model, whims);
        let mut whims = whims.iter().rev().cycle();
        let mut raw = "{\"log\":\"".to_string();
        let mut places = Vec::new();
        for (at, char) in inside.raw.char_indices() {
            places.resize(at + char.len_utf8(), raw.len());
            let is_text = inside.strings.iter().any(|string| string.contains(&at));
            match (char, whims.next()) {
                (' '..='~', Some(9)) if is_text => raw.push_str(&format!("\\u{:04x}", u32::from(char))),
                ('"' | '\\', _) => raw.extend(['\\', char]),
                _ => raw.push(char),
            }
        }
        let strings = inside.strings.iter().map(|string| places[string.start]..places[string.end]).collect();
        raw.push_str("\\n\",\"stream\":\"stdout\"}");
        Self { model: inside.model, raw, escape: Escape::BackslashTwice, strings }
    }

    /// Only the message, over several lines where it holds line ends.
    fn plain(model: Model) -> Self {
        let model =
            Model { user: Given::Missing, code: Given::Missing, tags: Vec::new(), path: None, is_ok: None, ..model };
        Self { raw: model.message.clone(), model, escape: Escape::None, strings: Vec::new() }
    }

    fn entry(&self) -> Entry<'_> {
        let mut entry = Entry::default().recycle(self.raw.as_bytes());
        let model = &self.model;
        entry.level = model.level;
        entry.clock = model.lamport.map(|lamport| Clock { lamport, is_vector: false });
        entry.time = model.time.map(|seconds| Time {
            nanos: seconds * 1_000_000_000,
            offset_seconds: None,
            inferred: Inferred::default(),
        });
        if self.escape == Escape::None {
            return entry;
        }
        let mut strings = self.strings.iter().map(|at| Text::escaped(&self.raw.as_bytes()[at.clone()], self.escape));
        let mut next = || strings.next().expect("as many strings were written");
        let name = |name: &'static str| Text::plain(name.as_bytes());
        entry.message = next();
        match &model.user {
            Given::Missing => {}
            Given::Null => entry.fields.push(name("user"), Value::Null),
            Given::This(_) => entry.fields.push(name("user"), Value::Text(next())),
        }
        match &model.code {
            Given::Missing => {}
            Given::Null => entry.fields.push(name("code"), Value::Null),
            Given::This(_) => {
                let key = if self.escape == Escape::Backslash { "\"code\":" } else { "\\\"code\\\":" };
                let key = self.raw.find(key).expect("the code was written") + key.len();
                let end = key + self.raw[key..].find(',').expect("tags follow");
                let digits = &self.raw.as_bytes()[key..end];
                entry.fields.push(name("code"), Value::Number(digits));
            }
        }
        let tags = entry.fields.open(name("tags"), Value::Array);
        for _ in &model.tags {
            entry.fields.push(Text::default(), Value::Text(next()));
        }
        entry.fields.close(tags);
        let http = entry.fields.open(name("http"), Value::Object);
        if model.path.is_some() {
            entry.fields.push(name("path"), Value::Text(next()));
        }
        entry.fields.close(http);
        if let Some(is_ok) = model.is_ok {
            entry.fields.push(name("ok"), Value::Bool(is_ok));
        }
        entry
    }
}

fn given<T: Clone + std::fmt::Debug + 'static>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Given<T>> {
    prop_oneof![value.prop_map(Given::This), Just(Given::Missing)].prop_flat_map(|given| match given {
        Given::Missing => prop_oneof![Just(Given::Missing), Just(Given::Null)].boxed(),
        this => Just(this).boxed(),
    })
}

/// Users, and what is asked of them.
fn a_user() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[abA1é]{0,3}", 1 => proptest::sample::select(vec!["null", "Null", "nulla"]).prop_map(str::to_owned)]
}

/// Few letters, so that near misses are common.
fn a_text() -> impl Strategy<Value = String> {
    "[abAB1é\"\\\\/ \n\t]{0,8}"
}

fn a_level() -> impl Strategy<Value = Level> {
    proptest::sample::select(Level::ALL.to_vec())
}

fn an_entry() -> impl Strategy<Value = Written> {
    let texts = (a_text(), given(a_user()), given(-3..3_i32), proptest::collection::vec("[abA]{0,2}", 0..3));
    let facts = (
        proptest::option::of("[ab/]{0,3}"),
        any::<Option<bool>>(),
        proptest::option::of(a_level()),
        proptest::option::of(0..4_i64),
        proptest::option::of(0..4_u64),
        "[ab]{1,2}(/[ab]{1,2})?",
    );
    let how = (proptest::collection::vec(0..10_u8, 1..6), 0..5_u8);
    (texts, facts, how).prop_map(|(texts, facts, (whims, how))| {
        let (message, user, code, tags) = texts;
        let (path, is_ok, level, time, lamport, source) = facts;
        let model = Model { message, user, code, tags, path, is_ok, level, time, lamport, source };
        match how {
            0 => Written::plain(model),
            1 | 2 => Written::held(model, &whims),
            _ => Written::json(model, &whims),
        }
    })
}

fn an_ask() -> impl Strategy<Value = Ask> {
    let short = || "[abAB1é\"\\\\/ ]{0,3}";
    let operator = || proptest::sample::select(OPERATORS.to_vec());
    let regex = || proptest::sample::select(REGEXES.to_vec());
    let leaf = prop_oneof![
        a_text().prop_map(Ask::Word),
        short().prop_map(Ask::Word),
        regex().prop_map(|(regex, heeds_case)| Ask::Regex(regex, heeds_case)),
        short().prop_map(Ask::MessageHas),
        regex().prop_map(|(regex, heeds_case)| Ask::MessageRegex(regex, heeds_case)),
        short().prop_map(Ask::UserHas),
        a_user().prop_map(Ask::UserHas),
        a_user().prop_map(Ask::UserIs),
        a_user().prop_map(Ask::UserIsNot),
        "[abA1é]{0,2}"
            .prop_filter("a lone * asks whether it is there", |text| !text.is_empty())
            .prop_map(Ask::UserStartsWith),
        Just(Ask::UserIsThere),
        "[abA]{0,2}".prop_map(Ask::TagIs),
        "[ab/]{0,2}".prop_map(Ask::PathHas),
        any::<bool>().prop_map(Ask::Ok),
        (-3..3_i32, proptest::sample::select(CODE_TAILS.to_vec())).prop_map(|(code, tail)| Ask::CodeHas(code, tail)),
        (operator(), -3..3_i32).prop_map(|(operator, code)| Ask::Code(operator, code)),
        (operator(), a_level()).prop_map(|(operator, level)| Ask::Level(operator, level)),
        (0..4_i64).prop_map(Ask::Since),
        (0..4_i64).prop_map(Ask::Until),
        (operator(), 0..4_u64).prop_map(|(operator, value)| Ask::Lamport(operator, value)),
        "[ab]{1,2}".prop_map(Ask::SourceStartsWith),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Ask::Not(Box::new(inner))),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Ask::All),
            proptest::collection::vec(inner, 1..6).prop_map(Ask::Any),
        ]
    })
}

/// Texts made of the language's own parts, well and badly put together.
fn a_soup() -> impl Strategy<Value = String> {
    let parts = vec![
        "a",
        "B",
        "ann",
        "and",
        "or",
        "not",
        "AND",
        "-",
        "(",
        ")",
        "\"",
        "\"a b\"",
        "\\",
        "/",
        "/x+/",
        "/[/",
        ":",
        "=",
        "!=",
        ">",
        "<=",
        "user",
        "level",
        "since",
        "*",
        "a*b",
        " ",
        " ",
        "é",
        "15m",
        "warn",
        "12",
        "f(x)",
        "\n",
        "::",
        "source:",
        "\"user name\":",
        "message:",
        "--",
        "->",
        "10:00",
        "(?u)",
        "\\A",
        "'",
        "!",
        "||",
        "&&",
        "~",
        "==",
        "=>",
        "1e3",
    ];
    proptest::collection::vec(proptest::sample::select(parts), 0..14).prop_map(|parts| parts.concat())
}

fn compile(text: &str) -> Query {
    Query::compile(text, NOW, &TimeZone::UTC).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Reads a text in every way there is.
fn read(text: &str) -> Result<(), TestCaseError> {
    for cursor in 0..=text.len() + 1 {
        let completion = complete(text, cursor);
        prop_assert!(text.get(completion.span.start..completion.span.end).is_some(), "{:?}", completion);
    }
    if let Err(error) = Query::compile(text, NOW, &TimeZone::UTC) {
        prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{:?}", error);
        prop_assert!(!error.to_string().is_empty());
    }
    if let Ok(tree) = parse(text) {
        let canonical = tree.to_string();
        let again = parse(&canonical);
        prop_assert_eq!(again.as_ref(), Ok(&tree), "{:?} became {:?}", text, canonical);
        prop_assert_eq!(again.map(|tree| tree.to_string()), Ok(canonical));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        read(&text)?;
    }

    #[test]
    fn a_canonical_text_means_the_same(text in a_soup()) {
        read(&text)?;
    }

    #[test]
    fn answers_are_those_of_the_naive_evaluator(ask in an_ask(), written in proptest::collection::vec(an_entry(), 1..6)) {
        let query = compile(&ask.text());
        let again = compile(&query.to_string());
        for written in &written {
            let entry = written.entry();
            let source = &written.model.source;
            let is_match = query.is_match(&entry, source);
            prop_assert_eq!(is_match, ask.is_true(&written.model, entry.raw), "{} on {:?}", query, written);
            prop_assert_eq!(is_match, again.is_match(&entry, source));
            let verdict = query.verdict(entry.raw);
            prop_assert!(verdict.is_none_or(|verdict| verdict == is_match), "{} on {:?}", query, written);
            prop_assert!(verdict.is_some() || query.needs_parse());
            let of_source = query.judge(&Known::of_source(source));
            prop_assert!(of_source.is_none_or(|judged| judged == is_match));
            let span = entry.time.map(|time| (time.nanos, time.nanos));
            let times = Some(Times { span, has_untimed: span.is_none() });
            let judged = query.judge(&Known { source, levels: LevelSet::of(entry.level), times });
            prop_assert!(judged.is_none_or(|judged| judged == is_match), "{} on {:?}", query, written);
        }
    }

    #[test]
    fn a_scan_finds_a_line_of_every_match(
        ask in an_ask(),
        written in proptest::collection::vec(an_entry(), 1..6),
        ends in proptest::collection::vec(any::<bool>(), 1..6),
    ) {
        scan(&ask, &written, &ends)?;
    }

    #[test]
    fn a_scan_for_a_regex_never_reaches_over_an_entrys_end(
        (regex, heeds_case) in proptest::sample::select(REGEXES.to_vec()),
        messages in proptest::collection::vec("[abB1 \n]{0,4}", 1..6),
        ends in proptest::collection::vec(any::<bool>(), 1..6),
    ) {
        let plain = |message| Written::plain(Model { message, ..Model::default() });
        scan(&Ask::Regex(regex, heeds_case), &messages.into_iter().map(plain).collect::<Vec<_>>(), &ends)?;
    }
}

/// Scans entries written one after the other.
fn scan(ask: &Ask, written: &[Written], ends: &[bool]) -> Result<(), TestCaseError> {
    let query = compile(&ask.text());
    let mut block = String::new();
    let mut places = Vec::new();
    for (written, crlf) in written.iter().zip(ends.iter().cycle()) {
        let start = block.len();
        block.push_str(&written.raw);
        places.push(start..=block.len());
        block.push_str(if *crlf { "\r\n" } else { "\n" });
    }
    let scanner = query.raw_scanner();
    let lines: Vec<_> = scanner.lines(block.as_bytes()).collect();
    prop_assert!(lines.is_sorted_by(|a, b| a.end < b.start));
    for line in &lines {
        prop_assert!(line.start == 0 || block.as_bytes()[line.start - 1] == b'\n');
        prop_assert!(line.end == block.len() || block.as_bytes()[line.end] == b'\n');
    }
    for (written, place) in written.iter().zip(&places) {
        let is_match = query.is_match(&written.entry(), &written.model.source);
        let is_found = lines.iter().any(|line| place.contains(&line.start));
        prop_assert!(is_found || !is_match, "{} in {:?}", query, block);
        let verdict = scanner.verdict(written.raw.as_bytes()).filter(|_| is_found);
        prop_assert!(verdict.is_none_or(|verdict| verdict == is_match), "{} in {:?}", query, block);
        prop_assert!(verdict.is_some() || !is_found || query.needs_parse());
        if scanner.is_exact() {
            prop_assert_eq!(is_found, is_match, "{} in {:?}", query, block);
        }
    }
    if scanner.finds_every_line() {
        prop_assert_eq!(lines.len(), block.matches('\n').count());
    }
    Ok(())
}

#[test]
fn what_is_nested_too_deep_or_takes_too_much_is_refused() {
    for text in [
        "(".repeat(5000),
        "not ".repeat(2000),
        "-(".repeat(4000),
        "a ".repeat(4000),
        "a".repeat(9000),
        "/a/ b:/c/ ".repeat(9),
    ] {
        assert!(Query::compile(&text, NOW, &TimeZone::UTC).is_err());
    }
    compile(&"/a/ b:/c/ ".repeat(8));
    compile(&format!("{}a{}", "(".repeat(60), ")".repeat(60)));
}
