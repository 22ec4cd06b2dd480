//! Summaries beside a naive count of the same entries.

use std::collections::{BTreeMap, BTreeSet};

use super::super::format::Format;
use super::super::time::{Clockwork, Zone};
use super::*;
use crate::log::entry::Entry;
use crate::log::level::Level;

/// Numbers that look drawn at random, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A line of JSON with `fields` of `values` each.
fn line(dice: &mut Dice, fields: u64, values: u64) -> String {
    let level = ["info", "warn", "error"][dice.below(3) as usize];
    let (second, user) = (dice.below(60), dice.below(values));
    let mut line = format!(
        "{{\"time\":\"2026-11-23T10:00:{second:02}Z\",\"level\":\"{level}\",\"msg\":\"user {user} came\",\"user\":{{\"id\":{user}}}"
    );
    let tags = [dice.below(3), dice.below(3)];
    line += &format!(",\"tags\":[\"t{}\",\"t{}\"]", tags[0], tags[1]);
    let names: BTreeSet<u64> = (0..dice.below(3)).map(|_| dice.below(fields)).collect();
    for name in names {
        let value = dice.below(values);
        match dice.below(4) {
            0 => line += &format!(",\"f{name}\":\"v{value}\""),
            1 => line += &format!(",\"f{name}\":\"v\\u0031{value}\""),
            2 => line += &format!(",\"f{name}\":{value}"),
            _ => line += &format!(",\"f{name}\":null"),
        }
    }
    line + "}"
}

fn lines(seed: u64, count: usize, fields: u64, values: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    (0..count).map(|_| line(&mut dice, fields, values)).collect()
}

fn note(summary: &mut Summary, line: &[u8], source: &str) {
    let format = Format::named("json").expect("built in");
    let entry = format.parse(line, &mut Clockwork::new(0, Zone::utc()), Entry::default());
    summary.note(&entry, source, entry.time.map(|time| time.nanos));
}

fn summary_of(lines: &[String]) -> Summary {
    let mut summary = Summary::new(20);
    lines.iter().for_each(|line| note(&mut summary, line.as_bytes(), "a.log"));
    summary
}

/// Parts of some lines, cut anywhere, merged in an order that is not theirs.
fn in_parts(lines: &[String], dice: &mut Dice) -> Summary {
    let mut parts = Vec::new();
    let mut rest = lines;
    while !rest.is_empty() {
        let (part, behind) = rest.split_at(1 + dice.below(rest.len() as u64) as usize);
        parts.push(summary_of(part));
        rest = behind;
    }
    while parts.len() > 1 {
        let one = parts.swap_remove(dice.below(parts.len() as u64) as usize);
        let into = dice.below(parts.len() as u64) as usize;
        parts[into].merge(one);
    }
    parts.pop().unwrap_or_else(|| Summary::new(20))
}

/// For each field the entries that have it, and for each of its values as JSON writes it those that have that.
type Naive = BTreeMap<String, (u64, BTreeMap<String, u64>)>;

fn walk(path: &str, value: &serde_json::Value, found: &mut BTreeSet<(String, Option<String>)>) {
    use serde_json::Value as Json;
    match value {
        Json::Object(fields) => {
            found.extend((!path.is_empty()).then(|| (path.to_owned(), None)));
            for (name, value) in fields {
                walk(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, value, found);
            }
        }
        Json::Array(values) => {
            found.insert((path.to_owned(), None));
            values.iter().for_each(|value| walk(path, value, found));
        }
        Json::String(text) => drop(found.insert((path.to_owned(), Some(format!("text {text}"))))),
        Json::Null => drop(found.insert((path.to_owned(), Some("null null".to_owned())))),
        other => drop(found.insert((path.to_owned(), Some(format!("number {other}"))))),
    }
}

fn naive(lines: &[String]) -> Naive {
    let mut all = Naive::new();
    for line in lines {
        let mut found = BTreeSet::new();
        walk("", &serde_json::from_str(line).expect("JSON"), &mut found);
        for path in found.iter().map(|(path, _)| path).collect::<BTreeSet<_>>() {
            all.entry(path.clone()).or_default().0 += 1;
        }
        for (path, value) in found {
            if let (Some(value), Some(field)) = (value, all.get_mut(&path)) {
                *field.1.entry(value).or_default() += 1;
            }
        }
    }
    all
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a value is called in the naive count.
fn name(value: &ValueCount) -> String {
    format!("{} {}", value.kind.word(), text(&value.text))
}

#[test]
fn in_whatever_parts_and_order_a_summary_says_what_a_naive_count_says() {
    for seed in 0..30 {
        let mut dice = Dice(seed);
        let lines = lines(seed, 1 + dice.below(300) as usize, 40, 30);
        let snapshot = in_parts(&lines, &mut dice).snapshot(20, usize::MAX);
        let naive = naive(&lines);
        assert_eq!(snapshot.counts.iter().sum::<u64>(), lines.len() as u64);
        assert_eq!(snapshot.buckets.iter().map(Bucket::total).sum::<u64>(), lines.len() as u64);
        assert_eq!((snapshot.untimed, snapshot.fields_missed), (0, 0));
        assert_eq!(snapshot.fields.len(), naive.len());
        for facet in &snapshot.fields {
            let (entries, values) = &naive[&text(&facet.path)];
            assert_eq!((facet.entries, facet.max_error), (*entries, 0), "{facet:?}");
            let is_message = facet.path == b"msg";
            assert_eq!(facet.messages, if is_message { *entries } else { 0 });
            let counted: BTreeMap<_, _> = facet.values.iter().map(|value| (name(value), value.count)).collect();
            assert_eq!(counted, if is_message { BTreeMap::new() } else { values.clone() }, "{}", text(&facet.path));
        }
        let levels = &naive["level"].1;
        for level in [Level::Info, Level::Warn, Level::Error] {
            let count = levels.get(&format!("text {}", level.word())).copied().unwrap_or(0);
            assert_eq!(snapshot.counts[Level::place(Some(level))], count);
        }
    }
}

#[test]
fn the_order_and_the_cut_change_nothing_that_is_exact() {
    let lines = lines(7, 400, 20, 20);
    let exact = |summary: &Summary| {
        let Snapshot { counts, untimed, buckets, sources, fields, .. } = summary.snapshot(10, 5);
        (counts, untimed, buckets, sources, fields)
    };
    let whole = exact(&summary_of(&lines));
    for seed in 0..20 {
        assert_eq!(exact(&in_parts(&lines, &mut Dice(seed))), whole);
    }
    let newest_first: Vec<_> = lines.iter().rev().cloned().collect();
    assert_eq!(exact(&summary_of(&newest_first)), whole);
}

#[test]
fn beyond_the_bounds_each_count_is_wrong_by_no_more_than_it_says() {
    for (seed, fields, values) in [(1, 20, 100_000), (2, 3000, 10), (3, 3000, 100_000)] {
        let mut dice = Dice(seed);
        let lines = lines(seed, 12_000, fields, values);
        let snapshot = in_parts(&lines, &mut dice).snapshot(20, usize::MAX);
        let naive = naive(&lines);
        assert!(snapshot.fields.len() <= facets::FIELDS_MAX);
        let listed: BTreeMap<_, _> = snapshot.fields.iter().map(|facet| (text(&facet.path), facet)).collect();
        assert!(listed.values().any(|facet| facet.distinct.is_none()), "nothing was too much");
        for (path, (entries, values)) in &naive {
            let Some(facet) = listed.get(path) else {
                assert!(*entries <= snapshot.fields_missed, "{path}: {entries} > {}", snapshot.fields_missed);
                continue;
            };
            assert!((facet.entries..=facet.entries + facet.max_error).contains(entries), "{path} {entries}");
            for value in &facet.values {
                let truth = values[&name(value)];
                assert!((value.count..=value.count + value.max_error).contains(&truth), "{path} {value:?} {truth}");
            }
        }
        // What is in every entry is exact whatever else there is.
        assert_eq!((listed["level"].entries, listed["level"].max_error), (12_000, 0));
        assert_eq!(listed["level"].values.len(), 3);
    }
}

#[test]
fn a_field_says_its_types_and_its_range_and_knows_lists_and_nested_names() {
    let lines = [
        r#"{"took":3,"list":["a","a",1],"o":{"p":{"q":true}}}"#,
        r#"{"took":-2.5,"list":[],"o":{"p":null}}"#,
        r#"{"took":"7","list":[{"x":1},{"x":1}],"o.p":{"q":true}}"#,
    ];
    let snapshot = summary_of(&lines.map(str::to_owned)).snapshot(20, 10);
    let facet = |path: &str| snapshot.fields.iter().find(|facet| facet.path == path.as_bytes()).expect("it is there");
    let took = facet("took");
    assert_eq!(took.range, Some((-2.5, 7.0)));
    assert_eq!((took.kinds[Kind::Number as usize], took.kinds[Kind::Text as usize]), (2, 1));
    let list = facet("list");
    assert_eq!((list.entries, list.kinds[Kind::Array as usize], list.distinct), (3, 3, Some(2)));
    assert!(list.values.iter().all(|value| value.count == 1), "{list:?}");
    assert_eq!((facet("list.x").entries, facet("list.x").values[0].count), (1, 1));
    assert_eq!((facet("o.p").entries, facet("o.p.q").values[0].count), (3, 2));
}

#[test]
fn values_and_names_of_any_length_take_little_room_and_are_told_apart() {
    let long = "x".repeat(1_000_000);
    let lines = [
        format!(r#"{{"load":"{long}","{long}":1}}"#),
        format!(r#"{{"load":"{long}","{long}":{{"a":1}}}}"#),
        format!(r#"{{"load":"{long}!"}}"#),
    ];
    let snapshot = summary_of(&lines).snapshot(20, 10);
    assert_eq!(snapshot.fields.len(), 1);
    let load = &snapshot.fields[0];
    assert_eq!(load.values.iter().map(|value| value.count).collect::<Vec<_>>(), [2, 1]);
    assert!(load.values.iter().all(|value| value.is_cut && value.text.len() < 128));
    assert_eq!(snapshot.fields_too_long, 2);
}

#[test]
fn an_entry_with_more_fields_than_there_is_room_for_does_not_drive_out_the_others() {
    let wide: String = (0..5000).map(|number| format!(",\"w{number}\":1")).collect();
    let mut lines = vec![r#"{"a":1}"#.to_owned(); 100];
    lines.push(format!("{{\"b\":1{wide}}}"));
    lines.extend(vec![r#"{"a":1}"#.to_owned(); 100]);
    let snapshot = summary_of(&lines).snapshot(20, 10);
    let first = &snapshot.fields[0];
    assert_eq!((first.path.as_slice(), first.entries, first.max_error), (&b"a"[..], 200, 0));
    assert!(snapshot.fields.len() <= facets::FIELDS_MAX && snapshot.fields_missed >= 1);
}

#[test]
fn a_pattern_knows_when_it_was_first_and_last_seen() {
    let lines = ["05", "01", "09"].map(|second| {
        format!("{{\"time\":\"2026-11-23T10:00:{second}Z\",\"level\":\"info\",\"msg\":\"user 7 came\"}}")
    });
    let mut summary = summary_of(&lines[..1]);
    summary.merge(summary_of(&lines[1..]));
    let patterns = summary.snapshot(20, 10).patterns;
    assert_eq!((patterns.len(), patterns[0].count, &*patterns[0].template), (1, 3, "user <*> came"));
    let (first, last) = patterns[0].span.expect("they have times");
    assert_eq!(last - first, 8_000_000_000);
}
