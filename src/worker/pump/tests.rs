//! The viewer against a server of a vector: events in, view operations out, checked by the page's own tree.

mod address;
mod columns;
mod find;
mod memory;
mod moved;
mod pick;
mod screen;
mod server;

use screen::Screen;

use super::*;
use crate::log::level::Level;
use crate::worker::view::node;
use crate::world::message::{self, Event};
use crate::world::stream::SourceState;
use crate::world::view::{LineKind, NodeId, Op, RowRange, Token, Widget};

fn numbered(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| format!("line {n} of the log").into_bytes()).collect()
}

#[test]
fn the_end_of_a_log_is_on_the_screen_at_once() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    assert_eq!(screen.list().rows, 10_000);
    assert!(screen.list().follow && screen.list().exact);
    assert_eq!(screen.last_text(), "line 9999 of the log");
    assert_eq!(screen.lines().last().unwrap().number, "10000");
    assert!(screen.says("10,000 lines"));
    assert!(screen.server.asked < 5, "{} questions", screen.server.asked);
}

#[test]
fn an_appended_line_appears_and_an_open_last_line_is_replaced() {
    let mut screen = Screen::of(numbered(300));
    screen.start();
    screen.append(&[b"the newest".to_vec()]);
    assert_eq!((screen.list().rows, screen.last_text().as_str()), (301, "the newest"));
    screen.server.lines.last_mut().unwrap().extend_from_slice(b" grew");
    screen.push_from(300);
    assert_eq!((screen.list().rows, screen.last_text().as_str()), (301, "the newest grew"));
}

#[test]
fn a_paused_list_counts_what_is_new_and_stays_where_it_is() {
    let mut screen = Screen::of(numbered(5_000));
    screen.start();
    screen.event(|list| Event::Follow(list, false));
    screen.viewport(2_000, 2_060);
    let before = screen.texts();
    assert_eq!(before[0], "line 2000 of the log");
    screen.append(&numbered(1_234));
    assert_eq!(screen.texts(), before);
    assert_eq!(screen.button(node::NEWS).label, "1,234 new lines");
    screen.event(|_| Event::Press(node::NEWS));
    assert!(screen.list().follow);
    assert_eq!((screen.list().rows, screen.last_text().as_str()), (6_234, "line 1233 of the log"));
    assert!(screen.tree.node(node::NEWS).is_none());
}

#[test]
fn a_line_that_is_pushed_again_at_its_place_is_no_news() {
    let mut screen = Screen::of(numbered(100));
    screen.start();
    screen.event(|list| Event::Follow(list, false));
    screen.server.lines[99].extend_from_slice(b" and more");
    screen.push_from(99);
    assert!(screen.tree.node(node::NEWS).is_none());
    screen.append(&numbered(35));
    assert_eq!(screen.button(node::NEWS).label, "35 new lines");
}

#[test]
fn scrolling_to_the_beginning_asks_for_it_and_shows_no_row_of_elsewhere() {
    let mut screen = Screen::of(numbered(200_000));
    screen.start();
    screen.event(|_| Event::Press(node::TOP));
    assert_eq!(screen.texts()[0], "line 0 of the log");
    for first in [100, 300, 150_000, 149_000, 500, 199_950] {
        screen.viewport(first, first + 60);
        assert_eq!(screen.texts()[0], format!("line {first} of the log"));
        assert!(screen.lines().iter().all(|line| line.kind == LineKind::Entry));
    }
}

#[test]
fn rows_that_are_on_their_way_are_shown_as_waiting_and_asked_for_once() {
    let mut screen = Screen::of(numbered(50_000));
    screen.start();
    screen.server.is_held = true;
    screen.viewport(1_000, 1_060);
    screen.viewport(1_001, 1_061);
    assert_eq!(screen.server.held.len(), 1);
    assert!(screen.lines().iter().all(|line| line.kind == LineKind::Waiting));
    screen.viewport(30_000, 30_060);
    assert_eq!(screen.server.cancelled, 1);
    screen.release();
    assert_eq!(screen.texts()[0], "line 30000 of the log");
}

#[test]
fn a_filter_shows_its_matches_and_how_many() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.event(|_| Event::Input(node::FILTER, "\"77 of\"".into()));
    assert_eq!(screen.list().rows, 100);
    assert!(screen.says("100 of 10,000"));
    let line = screen.lines().last().unwrap().clone();
    assert_eq!(line.number, "9978");
    let marked: Vec<_> = line.spans.iter().filter(|span| span.token == Token::Match).map(|span| &span.text).collect();
    assert_eq!(marked, ["77 of"]);
    screen.event(|_| Event::Press(node::PREVIOUS));
    let current = screen.list().current.unwrap();
    screen.event(|_| Event::Press(node::NEXT));
    assert_eq!(screen.list().current, Some((current + 1).min(99)));
    screen.event(|_| Event::Press(node::CLEAR_FILTER));
    assert_eq!(screen.list().rows, 10_000);
    let place = screen.list().current.expect("the match stays the row the user is at");
    assert!(screen.text_of(place).unwrap().contains("77 of"));
}

fn type_filter(screen: &mut Screen, text: &str) {
    screen.event(|_| Event::Input(node::FILTER, text.into()));
}

fn value_of_filter(screen: &Screen) -> String {
    match &screen.tree.node(node::FILTER).expect("there is a field").widget {
        Widget::Input(input) => input.value.clone(),
        other => panic!("{other:?} is no field"),
    }
}

#[test]
fn a_query_that_is_half_typed_keeps_the_last_answer_and_says_what_is_expected() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    type_filter(&mut screen, "77");
    let (rows, before) = (screen.list().rows, screen.texts());
    let asked = screen.server.asked;
    for (text, words) in [
        ("77 or", "expected a word, a \"phrase\", a /regex/ or field:value at the end"),
        ("77 or (x", "expected a ) that closes the group at “(x”"),
        ("77 or level>=", "expected a level: trace, debug, info, warn, error or fatal at the end"),
        ("77 or level>=wa", "expected a level: trace, debug, info, warn, error or fatal at “wa”"),
        ("77 or \"of", "expected a closing \" at “\"of”"),
    ] {
        type_filter(&mut screen, text);
        assert!(screen.says(words), "{text}");
        assert_eq!((screen.list().rows, screen.texts()), (rows, before.clone()), "{text}");
        assert_eq!(value_of_filter(&screen), text);
    }
    assert_eq!(screen.server.asked, asked, "nothing is asked that is wrong");
    type_filter(&mut screen, "77 or \"5000 of\"");
    assert!(!screen.says("expected"));
    assert_eq!(screen.list().rows, rows + 1);
}

#[test]
fn what_is_shown_names_its_filter_while_another_is_half_typed() {
    let mut screen = Screen::of(numbered(3_000));
    screen.start();
    screen.event(|_| Event::Toggle(node::SUMMARY, true));
    type_filter(&mut screen, "(");
    assert!(screen.says("still applied: no filter"));
    assert!(!screen.says("still of"), "the summary is of the log");
    type_filter(&mut screen, "zzzz");
    assert!(screen.says("No line matches the filter.") && !screen.says("still"));
    let before = screen.list;
    type_filter(&mut screen, "level>=");
    assert!(screen.says("filter: 0 of 3,000") && screen.says("still applied: “zzzz”"));
    assert!(screen.says("No line matches the filter, which is still “zzzz”."));
    assert!(screen.says(" still of “zzzz”"));
    assert_eq!(screen.list, before);
    type_filter(&mut screen, "level>=warn");
    assert!(!screen.says("still"));
    type_filter(&mut screen, &["\u{202e}", &"z".repeat(100)].concat());
    type_filter(&mut screen, "(");
    assert!(
        screen.says("zzz…”") && !screen.says("\u{202e}"),
        "long and hostile texts are said back short and harmless"
    );
}

#[test]
fn a_query_that_is_wrong_is_complained_of_and_cleared_with_the_field() {
    let mut screen = Screen::of(numbered(1_000));
    screen.start();
    type_filter(&mut screen, "77");
    type_filter(&mut screen, "took>fast 77");
    let announced = |screen: &Screen| match &screen.tree.node(crate::world::view::NodeId(9)).unwrap().widget {
        Widget::Announcement(words) => words.clone(),
        other => panic!("{other:?} is no announcement"),
    };
    assert_eq!(announced(&screen), "The filter is not applied: expected a number at “fast”");
    // What may become right is not complained of before it is submitted.
    type_filter(&mut screen, "77 or");
    assert!(announced(&screen).starts_with("Matches"));
    screen.event(|_| Event::Submit(node::FILTER, "77 or".into(), false));
    assert!(announced(&screen).starts_with("The filter is not applied"));
    screen.event(|_| Event::Press(node::CLEAR_FILTER));
    assert_eq!((screen.list().rows, value_of_filter(&screen)), (1_000, String::new()));
    assert!(!screen.says("expected"));
    type_filter(&mut screen, "(");
    assert!(!screen.button(node::CLEAR_FILTER).disabled);
    assert!(screen.button(node::NEXT).disabled);
}

#[test]
fn another_way_to_write_the_same_query_asks_nothing_and_everything_is_no_filter() {
    let mut screen = Screen::of(numbered(1_000));
    screen.start();
    type_filter(&mut screen, "77");
    let asked = screen.server.asked;
    for text in ["77 ", " (77)", "\"77\""] {
        type_filter(&mut screen, text);
        assert_eq!((screen.server.asked, value_of_filter(&screen)), (asked, text.to_owned()));
    }
    for text in ["*", "  "] {
        type_filter(&mut screen, text);
        assert_eq!(screen.list().rows, 1_000);
        assert!(!screen.says("filter:"));
    }
}

#[test]
fn what_was_searched_for_is_marked_and_what_was_left_out_is_not() {
    let mut screen = Screen::of(numbered(1_000));
    screen.start();
    type_filter(&mut screen, "/e 9\\d7/ or \"98 of\" -log2");
    let marked = |row: usize| -> Vec<String> {
        let spans = screen.lines()[row].spans.iter();
        spans.filter(|span| span.token == Token::Match).map(|span| span.text.clone()).collect()
    };
    assert_eq!(screen.list().rows, 20);
    assert_eq!(screen.last_text(), "line 998 of the log");
    assert_eq!(marked(19), ["98 of"]);
    assert_eq!(marked(18), ["e 997"]);
}

#[test]
fn among_all_lines_the_next_match_is_jumped_to() {
    let mut screen = Screen::of(numbered(20_000));
    screen.start();
    screen.event(|_| Event::Press(node::TOP));
    screen.event(|_| Event::Input(node::FILTER, "\"5000 of\"".into()));
    screen.event(|_| Event::Toggle(node::ONLY_MATCHES, false));
    assert_eq!(screen.list().rows, 20_000);
    screen.event(|_| Event::Press(node::TOP));
    let mut seen = Vec::new();
    for _ in 0..3 {
        screen.event(|_| Event::Press(node::NEXT));
        seen.push(screen.list().current.unwrap());
    }
    assert_eq!(seen, [5_000, 15_000, 15_000]);
    assert!(screen.says("There is no further match."));
    screen.event(|_| Event::Press(node::PREVIOUS));
    assert_eq!(screen.list().current, Some(5_000));
}

#[test]
fn a_line_number_brings_its_line_to_the_screen() {
    let mut screen = Screen::of(numbered(90_000));
    screen.start();
    screen.event(|_| Event::Submit(node::GO_TO, "45,678".into(), false));
    assert_eq!(screen.list().current, Some(45_677));
    assert_eq!(screen.text_of(45_677).as_deref(), Some("line 45677 of the log"));
    assert!(screen.revealed.contains(&45_677));
}

#[test]
fn exact_numbers_move_the_rows_and_not_the_screen() {
    let mut screen = Screen::of(numbered(10_000));
    screen.server.estimate = Some(7_000);
    screen.start();
    assert!(!screen.list().exact && screen.list().rows == 7_000);
    screen.event(|list| Event::Follow(list, false));
    screen.viewport(6_900, 6_960);
    let before = screen.texts();
    assert_eq!(before[0], "line 9900 of the log");
    screen.server.estimate = None;
    screen.total();
    assert_eq!(screen.renumbered, 3_000);
    assert_eq!(screen.list().rows, 10_000);
    assert!(screen.list().exact);
    assert_eq!(screen.texts(), before);
    assert_eq!(screen.lines()[0].row, 9_900);
}

#[test]
fn a_gap_is_counted_and_loaded_when_it_is_pressed() {
    let mut screen = Screen::of(numbered(100));
    screen.start();
    screen.append_with_gap(40, &numbered(10));
    assert_eq!(screen.list().rows, 150);
    let gaps: Vec<_> = screen.lines().iter().filter(|line| line.kind == LineKind::Gap).cloned().collect();
    assert_eq!(gaps.len(), 40);
    assert_eq!(gaps[0].spans[0].text, "40 lines skipped (3 error) — press to load");
    let row = gaps[5].row;
    screen.event(|list| Event::PressRow(list, row, false));
    assert_eq!(screen.list().rows, 150);
    assert!(screen.lines().iter().all(|line| line.kind == LineKind::Entry));
    assert_eq!(screen.text_of(100).as_deref(), Some("left out 0"));
}

#[test]
fn a_gap_that_cannot_be_loaded_says_so() {
    let mut screen = Screen::of(numbered(10));
    screen.server.loadable = false;
    screen.start();
    screen.append_with_gap(5, &numbered(1));
    let gap = screen.lines().iter().find(|line| line.kind == LineKind::Gap).unwrap().clone();
    assert!(gap.spans[0].text.ends_with("they are gone for good"));
    let asked = screen.server.asked;
    screen.event(|list| Event::PressRow(list, gap.row, false));
    assert_eq!(screen.server.asked, asked);
}

#[test]
fn after_a_lost_socket_no_line_is_missing_or_doubled() {
    let mut screen = Screen::of(numbered(500));
    screen.start();
    screen.send(ToWorld::Suspended);
    assert!(screen.says("connection lost"));
    screen.server.open = Default::default();
    screen.server.lines.extend(numbered(40));
    screen.send(ToWorld::Resumed);
    assert!(!screen.says("connection lost"));
    assert_eq!(screen.list().rows, 540);
    assert_eq!(screen.all_held(), screen.server.lines[540 - screen.all_held().len()..]);
}

#[test]
fn a_replaced_file_is_told_and_shown_anew() {
    let mut screen = Screen::of(numbered(500));
    screen.start();
    screen.server.generation = 1;
    screen.server.lines = vec![b"all new".to_vec()];
    screen.total();
    assert!(screen.says("The log began anew"));
    assert_eq!((screen.list().rows, screen.last_text().as_str()), (1, "all new"));
}

#[test]
fn a_filter_and_its_end_keep_the_place_where_the_user_reads() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.event(|list| Event::Follow(list, false));
    screen.viewport(5_000, 5_060);
    for text in ["7", "77", "\"77 of\""] {
        screen.event(|_| Event::Input(node::FILTER, text.into()));
    }
    assert!(screen.texts().iter().any(|text| text.starts_with("line 5077 of")));
    screen.event(|_| Event::Press(node::CLEAR_FILTER));
    assert!(screen.texts().iter().any(|text| text.starts_with("line 5030 of")), "{:?}", screen.texts());
    assert_eq!(screen.list().current, None);
}

#[test]
fn what_the_page_told_before_it_went_where_it_was_sent_does_not_lose_the_readers_place() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.event(|list| Event::Follow(list, false));
    screen.viewport(5_000, 5_060);
    screen.event(|_| Event::Input(node::FILTER, "7".into()));
    screen.late_viewport(0, 24);
    screen.event(|_| Event::Input(node::FILTER, "77".into()));
    screen.late_viewport(0, 24);
    assert!(screen.texts().iter().any(|text| text.starts_with("line 5077 of")), "{:?}", screen.texts());
    screen.event(|_| Event::Press(node::CLEAR_FILTER));
    assert!(screen.texts().iter().any(|text| text.starts_with("line 5030 of")), "{:?}", screen.texts());
}

#[test]
fn whoever_goes_to_the_end_before_a_line_is_there_stays_at_the_end() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.server.is_held = true;
    screen.event(|_| Event::Submit(node::GO_TO, "2,000".into(), false));
    assert!(screen.says("Going to line 2,000"));
    screen.event(|_| Event::Press(node::END));
    assert!(!screen.says("Going to line"));
    screen.release();
    assert!(screen.list().follow);
    assert_eq!(screen.last_text(), "line 9999 of the log");
}

#[test]
fn whoever_scrolls_before_a_line_is_there_stays_where_she_is() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.viewport(5_000, 5_060);
    screen.server.is_held = true;
    screen.event(|_| Event::Submit(node::GO_TO, "2,000".into(), false));
    screen.viewport(7_000, 7_060);
    screen.release();
    assert_eq!(screen.text_of(7_030).as_deref(), Some("line 7030 of the log"));
}

#[test]
fn a_filter_cleared_while_the_socket_is_lost_leads_back_when_it_is_there_again() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.viewport(5_000, 5_060);
    screen.event(|_| Event::Input(node::FILTER, "\"77 of\"".into()));
    screen.send(ToWorld::Suspended);
    screen.server.open = Default::default();
    screen.event(|_| Event::Press(node::CLEAR_FILTER));
    screen.send(ToWorld::Resumed);
    assert_eq!(screen.text_of(5_030).as_deref(), Some("line 5030 of the log"), "{:?}", screen.texts());
}

#[test]
fn a_filter_keeps_the_place_where_one_has_scrolled_to_and_not_the_entry_left_behind() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.event(|_| Event::Submit(node::GO_TO, "2,001".into(), false));
    assert_eq!(screen.list().current, Some(2_000));
    screen.viewport(7_000, 7_060);
    screen.event(|_| Event::Input(node::FILTER, "\"77 of\"".into()));
    assert!(screen.texts().iter().any(|text| text.starts_with("line 7077 of")), "{:?}", screen.texts());
    screen.event(|_| Event::Press(node::CLEAR_FILTER));
    assert_eq!(screen.text_of(7_030).as_deref(), Some("line 7030 of the log"), "{:?}", screen.texts());
}

#[test]
fn the_next_match_is_the_next_behind_what_is_seen_and_not_behind_what_is_drawn_above() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.event(|_| Event::Input(node::FILTER, "\"7 of\"".into()));
    screen.event(|_| Event::Toggle(node::ONLY_MATCHES, false));
    screen.drawn_around(5_000, 5_020, 30);
    screen.event(|_| Event::Press(node::NEXT));
    assert_eq!(screen.list().current, Some(5_007));
}

#[test]
fn a_search_that_has_not_come_to_where_one_read_says_so_and_can_be_given_up() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.viewport(5_000, 5_060);
    screen.server.is_held = true;
    screen.server.is_searching = true;
    screen.event(|_| Event::Input(node::FILTER, "\"77 of\"".into()));
    assert!(screen.says("Searching as far as where you read"));
    screen.event(|_| Event::Press(node::CANCEL_WAITING));
    assert!(!screen.says("Searching as far as where you read"));
    screen.release();
    assert_eq!(screen.texts()[0], "line 77 of the log");
}

#[test]
fn where_no_match_stands_behind_what_one_read_the_last_matches_are_shown_and_the_page_is_told() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.viewport(9_000, 9_060);
    screen.server.is_held = true;
    screen.event(|_| Event::Input(node::FILTER, "\"line 1\"".into()));
    screen.viewport(0, 60);
    screen.revealed.clear();
    screen.release();
    assert_eq!(screen.last_text(), "line 1999 of the log");
    assert_eq!(screen.revealed, [screen.list().rows - 1]);
}

#[test]
fn a_line_that_is_not_there_leaves_the_list_where_it_is() {
    let mut screen = Screen::of(numbered(100));
    screen.start();
    screen.event(|_| Event::Submit(node::GO_TO, "500".into(), false));
    assert!(screen.says("There is no such line."));
    assert!(screen.list().follow);
    assert_eq!(screen.last_text(), "line 99 of the log");
}

#[test]
fn a_line_asked_for_is_gone_to_though_a_filter_is_typed_before_it_is_there() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.server.is_held = true;
    screen.event(|_| Event::Submit(node::GO_TO, "2,000".into(), false));
    screen.event(|_| Event::Input(node::FILTER, "\"77 of\"".into()));
    screen.release();
    assert_eq!(screen.list().current.and_then(|row| screen.text_of(row)).as_deref(), Some("line 2077 of the log"));
}

#[test]
fn what_the_page_tells_after_a_match_was_gone_to_does_not_end_the_next() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.viewport(5_000, 5_060);
    screen.event(|_| Event::Input(node::FILTER, "\"777 of\"".into()));
    screen.event(|_| Event::Toggle(node::ONLY_MATCHES, false));
    screen.event(|_| Event::Press(node::NEXT));
    assert_eq!(screen.list().current, Some(5_777));
    screen.server.is_held = true;
    screen.event(|_| Event::Press(node::NEXT));
    screen.viewport(5_760, 5_800);
    screen.release();
    assert_eq!(screen.list().current, Some(6_777));
}

#[test]
fn a_server_that_names_its_text_anew_is_believed_whatever_the_number() {
    let mut screen = Screen::of(numbered(500));
    screen.server.generation = 9;
    screen.start();
    screen.send(ToWorld::Suspended);
    screen.server.open = Default::default();
    screen.server.generation = 3;
    screen.server.lines = numbered(20);
    screen.send(ToWorld::Resumed);
    assert_eq!(screen.list().rows, 20);
    assert_eq!(screen.shown_rows_missing(), 0);
    screen.append(&numbered(5));
    assert_eq!(screen.list().rows, 25);
    assert_eq!(screen.shown_rows_missing(), 0);
}

#[test]
fn a_screen_that_was_told_of_two_rows_is_filled_when_there_are_more() {
    let mut screen = Screen::of(numbered(14));
    screen.start();
    let rows = RowRange { first: 0, last: 1 };
    screen.event(|list| Event::Viewport(list, message::Screen { drawn: rows, seen: rows, orders: 0 }));
    screen.append(&numbered(1));
    assert_eq!(screen.lines().len(), 15);
}

#[test]
fn what_is_no_line_number_is_said_back() {
    let mut screen = Screen::of(numbered(2_000));
    screen.start();
    for wrong in ["-3", "1e3", "0", "line 4", "+4", ""] {
        screen.event(|_| Event::Submit(node::GO_TO, wrong.into(), false));
        assert!(screen.says("is no line number"), "{wrong}");
    }
    screen.event(|_| Event::Submit(node::GO_TO, "1,234".into(), false));
    assert_eq!(screen.list().current, Some(1_233));
    assert!(!screen.says("is no line number"));
}

#[test]
fn a_filter_that_is_typed_while_details_load_does_not_stop_them() {
    let mut long = b"x".repeat(300_000);
    long.extend_from_slice(b"the end");
    let mut screen = Screen::of(vec![b"short".to_vec(), long.clone()]);
    screen.start();
    screen.server.is_held = true;
    screen.event(|list| Event::PressRow(list, 1, false));
    screen.event(|_| Event::Input(node::FILTER, "short".into()));
    screen.release();
    assert_eq!(screen.document().len(), long.len());
    screen.event(|_| Event::Press(node::COPY_DETAILS));
    assert_eq!(screen.copied.take().map(String::into_bytes), Some(long));
}

#[test]
fn the_details_of_a_line_that_goes_on_go_on_with_it() {
    let mut screen = Screen::of(vec![b"whole".to_vec(), b"half".to_vec()]);
    screen.start();
    screen.event(|list| Event::PressRow(list, 1, false));
    screen.server.lines[1].extend_from_slice(b" and the other half");
    screen.push_from(1);
    assert_eq!(screen.document(), "half and the other half");
    assert!(screen.says("23 bytes"));
    screen.event(|list| Event::PressRow(list, 0, false));
    screen.append(&numbered(1));
    assert_eq!(screen.document(), "whole");
}

#[test]
fn a_line_number_among_all_sources_is_of_none_of_them() {
    let mut screen = Screen::of(numbered(500));
    screen.server.names = vec![("a.log", SourceState::Live), ("b.log", SourceState::Live)];
    screen.start();
    screen.event(|_| Event::Submit(node::GO_TO, "3".into(), false));
    assert!(screen.says("choose the source first"));
    assert!(screen.list().follow);
    screen.event(|list| Event::PressRow(list, 499, false));
    assert!(screen.says("line 500 · a.log · ") && !screen.says("offset"));
}

#[test]
fn a_press_on_a_cut_line_loads_the_whole() {
    let mut long = b"x".repeat(300_000);
    long.extend_from_slice(b"the end");
    let mut screen = Screen::of(vec![b"short".to_vec(), long.clone()]);
    screen.start();
    assert_eq!(screen.lines()[1].kind, LineKind::Cut);
    screen.event(|list| Event::PressRow(list, 1, false));
    let text = screen.document();
    assert_eq!(text.len(), long.len());
    assert!(text.ends_with("the end"));
    screen.event(|_| Event::Press(node::COPY_DETAILS));
    assert_eq!(screen.copied.take().map(String::into_bytes), Some(long));
    screen.event(|_| Event::Escape);
    assert!(screen.tree.node(node::DOCUMENT).is_none());
}

#[test]
fn a_range_that_runs_past_the_rows_held_copies_all_of_its_lines() {
    let mut screen = Screen::of(numbered(100_000));
    screen.start();
    screen.event(|list| Event::Copy(list, RowRange { first: 1_000, last: 50_000 }));
    let text = screen.copied.take().expect("the text was copied");
    let expected = numbered(100_000)[1_000..=50_000].join(&b'\n');
    assert!(text.as_bytes() == expected);
    screen.event(|list| Event::Copy(list, RowRange { first: 99_990, last: 99_991 }));
    assert_eq!(screen.copied.take().as_deref(), Some("line 99990 of the log\nline 99991 of the log"));
}

#[test]
fn a_range_larger_than_the_clipboard_may_hold_is_refused_in_words() {
    let mut screen = Screen::of(vec![vec![b'y'; 9_000_000], vec![b'z'; 9_000_000]]);
    screen.start();
    screen.event(|list| Event::Copy(list, RowRange { first: 0, last: 1 }));
    assert_eq!(screen.copied, None);
    assert!(screen.says("more than 16 MiB"));
}

#[test]
fn shift_extends_the_chosen_rows() {
    let mut screen = Screen::of(numbered(50));
    screen.start();
    screen.event(|list| Event::PressRow(list, 40, false));
    screen.event(|list| Event::PressRow(list, 20, true));
    assert_eq!(screen.list().selection, Some(RowRange { first: 20, last: 40 }));
}

#[test]
fn hostile_bytes_are_shown_as_text() {
    let hostile: Vec<Vec<u8>> = vec![
        b"<script>alert(1)</script>".to_vec(),
        b"\x1b]0;title\x07\x1b[31mred\x1b[0m\x00\xff".to_vec(),
        "\u{202e}gnp.exe \u{200b}".as_bytes().to_vec(),
        vec![0x1b; 70_000],
        (0..=255).cycle().take(20_000).collect(),
        Vec::new(),
    ];
    let mut screen = Screen::of(hostile);
    screen.start();
    assert_eq!(screen.texts()[0], "<script>alert(1)</script>");
    for line in screen.lines() {
        for span in &line.spans {
            assert!(!span.text.chars().any(|char| char.is_control() || ('\u{202a}'..='\u{202e}').contains(&char)));
        }
    }
    for row in 0..6 {
        screen.event(|list| Event::PressRow(list, row, false));
    }
}

#[test]
fn an_empty_log_says_so_and_shows_its_first_line() {
    let mut screen = Screen::of(Vec::new());
    screen.start();
    assert!(screen.says("There are no lines yet."));
    screen.append(&[b"first".to_vec()]);
    assert_eq!((screen.list().rows, screen.last_text().as_str()), (1, "first"));
}

#[test]
fn several_sources_are_listed_and_choosing_one_opens_it() {
    let mut screen = Screen::of(numbered(10));
    screen.server.names = vec![("a.log", SourceState::Live), ("b.log", SourceState::Broken("no".into()))];
    screen.start();
    assert_eq!(screen.button(node::ALL_SOURCES).label, "All sources — merged");
    assert!(screen.says("broken: no"));
    assert!(screen.says(", text"));
    assert_eq!(screen.lines()[0].cells[0][0].text, "a.log");
    screen.event(|_| Event::Press(crate::world::view::NodeId(node::FIRST_SOURCE)));
    assert!(screen.button(crate::world::view::NodeId(node::FIRST_SOURCE)).current);
    assert!(screen.lines()[0].cells.is_empty());
    assert_eq!(screen.list().rows, 10);
}

#[test]
fn twenty_thousand_lines_a_second_leave_memory_flat_and_draw_little() {
    let mut screen = Screen::of(numbered(1_000));
    screen.start();
    for _ in 0..400 {
        let ops = screen.append(&numbered(320));
        let lines: usize = ops.iter().map(|op| if let Op::Lines { lines, .. } = op { lines.len() } else { 0 }).sum();
        assert!(lines <= 200 && ops.len() < 12, "{lines} lines, {} operations", ops.len());
    }
    assert_eq!(screen.list().rows, 129_000);
    let island = &screen.pump.model().list.island;
    assert!(island.items() <= crate::worker::island::ROWS_MAX);
    assert_eq!(screen.last_text(), "line 319 of the log");
}

#[test]
fn messages_that_make_no_sense_change_nothing() {
    let mut pump = Pump::new();
    for bytes in [&b""[..], &[9], &[2, 0xff], &[1, 99, 0x30], &[0, 0]] {
        assert!(pump.receive(bytes).is_err());
    }
    for kind in [0x30_u8, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36] {
        assert!(pump.receive(&[1, 0, kind, 0xff, 0xff, 0xff]).is_ok());
    }
}

#[test]
fn levels_become_tokens() {
    let mut screen = Screen::of(vec![b"ERROR it broke".to_vec(), b"nothing".to_vec()]);
    screen.start();
    assert_eq!(screen.lines()[0].level, Some(Level::Error.into()));
    assert_eq!(screen.lines()[1].level, None);
    assert!(matches!(screen.tree.node(screen.list).unwrap().widget, Widget::Rows(_)));
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Scroll(u64),
        Follow(bool),
        Append(usize),
        Gap(usize),
        Filter(bool),
        Top,
        Hold,
        Release,
        Lose,
        Line(u64),
        Press(u64),
        Estimate(bool),
        Move(usize, usize, bool),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0_u64..4_000).prop_map(Step::Scroll),
            1 => any::<bool>().prop_map(Step::Follow),
            3 => (1_usize..400).prop_map(Step::Append),
            1 => (1_usize..50).prop_map(Step::Gap),
            1 => any::<bool>().prop_map(Step::Filter),
            1 => Just(Step::Top),
            1 => Just(Step::Hold),
            2 => Just(Step::Release),
            1 => Just(Step::Lose),
            1 => (1_u64..3_000).prop_map(Step::Line),
            1 => (0_u64..3_000).prop_map(Step::Press),
            1 => any::<bool>().prop_map(Step::Estimate),
            3 => (1_usize..8, 1_usize..300, prop::bool::weighted(0.8)).prop_map(|(count, up, said)| Step::Move(count, up, said)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_screen_shows_rows_of_the_result_in_their_order_and_nothing_else(
            start in 0_usize..2_000,
            steps in prop::collection::vec(any_step(), 1..40),
        ) {
            let mut screen = Screen::of(numbered(start));
            screen.start();
            for step in steps {
                match step.clone() {
                    Step::Scroll(row) => screen.viewport(row, row + 50),
                    Step::Follow(on) => { screen.event(|list| Event::Follow(list, on)); }
                    Step::Append(count) => { screen.append(&numbered(count)); }
                    Step::Gap(count) => { screen.append_with_gap(count, &numbered(3)); }
                    Step::Filter(on) => { screen.event(|_| Event::Input(node::FILTER, if on { "7".into() } else { String::new() })); }
                    Step::Top => { screen.event(|_| Event::Press(node::TOP)); }
                    Step::Hold => screen.server.is_held = true,
                    Step::Release => screen.release(),
                    Step::Lose => screen.lose_socket(),
                    Step::Line(line) => { screen.event(|_| Event::Submit(node::GO_TO, line.to_string(), false)); }
                    Step::Press(row) => { screen.event(|list| Event::PressRow(list, row, false)); }
                    Step::Move(count, up, is_said) => { screen.move_up(count, up, is_said); }
                    Step::Estimate(on) => {
                        screen.server.estimate = on.then_some(1_500);
                        screen.total();
                    }
                }
                if let Err(why) = screen.check() {
                    prop_assert!(false, "after {:?}: {}", step, why);
                }
            }
            screen.release();
            screen.server.estimate = None;
            screen.total();
            screen.event(|_| Event::Press(node::END));
            prop_assert_eq!(screen.check(), Ok(()));
            prop_assert_eq!(screen.shown_rows_missing(), 0);
        }
    }
}

#[test]
fn the_summary_is_of_what_the_filter_finds_and_narrows_it_down() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    assert_eq!(screen.server.summarized, []);
    screen.event(|_| Event::Toggle(node::SUMMARY, true));
    assert!(screen.says("10,002 entries · from the newest 50 %"));
    assert!(screen.says("1970-01-01 00:00:00 to 1970-01-01 00:02:00 UTC, 1 min each, 7 at most"));
    assert!(screen.says("Warnings and errors, 3 at most"));
    assert_eq!(screen.button(NodeId(node::FIRST_LEVEL + Level::Error as u32)).label, "error 2");
    // The answer was followed by the question for more.
    assert_eq!(screen.server.summarized, [None, None]);

    screen.event(|_| Event::Input(node::FILTER, "77 or 78".into()));
    let narrowed = Some("77 or 78".to_owned());
    assert_eq!(screen.server.summarized[2..], [narrowed.clone(), narrowed]);
    screen.event(|_| Event::Press(NodeId(node::FIRST_PATTERN)));
    assert_eq!(screen.server.summarized.last().unwrap().as_deref(), Some(r"(77 or 78) message:/of\s+the\s+log/"));
    screen.event(|_| Event::Press(node::CLEAR_FILTER));
    screen.event(|_| Event::Press(NodeId(node::FIRST_FIELD + 2)));
    assert_eq!(screen.server.summarized.last().unwrap().as_deref(), Some(r#"source="db.log""#));
    screen.event(|_| Event::Press(NodeId(node::FIRST_FIELD + node::FIELD_STEP + 2)));
    assert_eq!(screen.server.summarized.last().unwrap().as_deref(), Some(r#"source="db.log" digit="2""#));

    let asked = screen.server.summarized.len();
    screen.lose_socket();
    assert_eq!(screen.server.summarized.len(), asked + 2, "it is asked again");
    screen.event(|_| Event::Escape);
    assert!(screen.tree.node(NodeId(304)).is_none());
    screen.append(&numbered(1));
    assert_eq!(screen.server.summarized.len(), asked + 2, "nobody looks");
}
