//! Lines that are taken apart into columns.

use super::*;
use crate::world::view::{Column, Line};

const LINES: [&str; 4] = [
    r#"{"time":"2026-11-23T10:00:00.250+02:00","level":"warn","msg":"a \"b\"","http":{"status":500,"path":"/x"},"tags":[1,"two"]}"#,
    r#"{"time":"2026-11-23T10:00:01.500+02:00","level":"info","msg":"all is well","user":"ann"}"#,
    "no object at all",
    r#"{"time":"2026-11-23T11:30:01+02:00","msg":"late"}"#,
];

fn json() -> Screen {
    let mut screen = Screen::of(LINES.iter().map(|line| line.as_bytes().to_vec()).collect());
    screen.server.format = "json";
    screen.start();
    screen
}

fn cells(line: &Line) -> Vec<String> {
    line.cells.iter().map(|cell| cell.iter().map(|span| span.text.as_str()).collect()).collect()
}

fn heads(screen: &Screen) -> Vec<(&str, u16)> {
    screen.list().columns.iter().map(|Column { name, width, .. }| (name.as_str(), *width)).collect()
}

#[test]
fn lines_for_programs_are_taken_apart_and_stand_as_written_when_asked_for() {
    let mut screen = json();
    assert_eq!(heads(&screen), [("time", 23), ("level", 5)]);
    assert_eq!(cells(&screen.lines()[0]), ["2026-11-23 10:00:00.250", "warn"]);
    assert_eq!(cells(&screen.lines()[2]), ["", ""]);
    let texts = screen.texts();
    assert_eq!(texts[0], r#"a "b"  http={status: 500, path: /x}  tags=[1, two]"#);
    assert_eq!(texts[1..3], ["all is well  user=ann", "no object at all"]);
    screen.event(|_| Event::Toggle(node::RAW, true));
    assert_eq!(heads(&screen), []);
    assert_eq!(screen.texts(), LINES);
}

#[test]
fn lines_for_people_stand_as_they_are_written_until_they_are_taken_apart() {
    let mut screen = Screen::of(vec![b"2026-11-23T10:00:00Z INFO it began".to_vec()]);
    screen.start();
    assert_eq!((heads(&screen), screen.texts()[0].as_str()), (vec![], "2026-11-23T10:00:00Z INFO it began"));
    screen.event(|_| Event::Toggle(node::RAW, false));
    assert_eq!(cells(&screen.lines()[0]), ["2026-11-23 10:00:00", "info"]);
    assert_eq!(screen.texts(), ["it began"]);
}

#[test]
fn times_are_written_as_they_stand_in_utc_or_by_what_lies_between_them() {
    let mut screen = json();
    screen.event(|_| Event::Toggle(node::COLUMNS, true));
    let times = |screen: &Screen| screen.lines().iter().map(|line| cells(line)[0].clone()).collect::<Vec<_>>();
    screen.event(|_| Event::Choose(node::TIME_FORM, 1));
    assert_eq!(times(&screen), ["2026-11-23 08:00:00.250", "2026-11-23 08:00:01.500", "", "2026-11-23 09:30:01"]);
    screen.event(|_| Event::Choose(node::TIME_FORM, 2));
    assert_eq!(times(&screen), ["", "+1.250 s", "", "+1 h 29 min"]);
}

#[test]
fn a_field_becomes_a_column_and_leaves_the_text() {
    let mut screen = json();
    screen.event(|_| Event::Toggle(node::COLUMNS, true));
    let offered = match &screen.tree.node(node::ADD_COLUMN).expect("columns are offered").widget {
        Widget::Select(select) => select.options.clone(),
        other => panic!("{other:?} is no choice"),
    };
    assert_eq!(offered[1..], ["msg", "http.status", "http.path", "tags", "user"], "{offered:?}");
    screen.event(|_| Event::Choose(node::ADD_COLUMN, 5));
    assert_eq!(heads(&screen), [("time", 23), ("level", 5), ("user", 16)]);
    assert_eq!((cells(&screen.lines()[1])[2].as_str(), screen.texts()[1].as_str()), ("ann", "all is well"));
    screen.event(|_| Event::Press(node::COLUMN_LEFT));
    screen.event(|_| Event::Press(node::COLUMN_LEFT));
    screen.event(|_| Event::Press(node::COLUMN_LEFT));
    screen.event(|_| Event::Press(node::COLUMN_WIDER));
    assert_eq!(heads(&screen), [("user", 20), ("time", 23), ("level", 5)]);
    screen.event(|list| Event::ResizeColumn(list, 1, 12));
    screen.event(|list| Event::ResizeColumn(list, 9, 12));
    screen.event(|list| Event::ResizeColumn(list, 2, u16::MAX));
    assert_eq!(heads(&screen), [("user", 20), ("time", 12), ("level", 240)]);
    screen.event(|list| Event::PressColumn(list, 2));
    screen.event(|_| Event::Press(node::REMOVE_COLUMN));
    assert_eq!(heads(&screen), [("user", 20), ("time", 12)]);
    screen.event(|_| Event::Toggle(node::RAW, true));
    assert_eq!(heads(&screen), [("user", 20)], "time and level are written in the line");
    assert_eq!(screen.texts(), LINES);
}

#[test]
fn each_source_keeps_its_columns() {
    let mut screen = json();
    screen.server.names = vec![("a.log", SourceState::Live), ("b.log", SourceState::Live)];
    screen.server.sources();
    screen.pump_server();
    screen.event(|_| Event::Choose(node::ADD_COLUMN, 1));
    screen.event(|_| Event::Press(node::ALL_SOURCES));
    assert_eq!(heads(&screen), [("source", 14), ("time", 23), ("level", 5)]);
    screen.event(|_| Event::Press(NodeId(node::FIRST_SOURCE + node::SOURCE_STEP)));
    assert_eq!(heads(&screen), [], "the format of the other is not known");
    screen.event(|_| Event::Press(NodeId(node::FIRST_SOURCE)));
    assert_eq!(heads(&screen), [("time", 23), ("level", 5), ("msg", 16)]);
}

#[test]
fn a_line_that_is_cut_stands_as_it_is_written() {
    let long = format!(r#"{{"level":"warn","msg":"{}"}}"#, "x".repeat(10_000));
    let mut screen = Screen::of(vec![long.clone().into_bytes()]);
    screen.server.format = "json";
    screen.start();
    assert_eq!(screen.lines()[0].kind, LineKind::Cut);
    assert!(long.starts_with(&screen.texts()[0]));
}
