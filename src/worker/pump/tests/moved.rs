//! Lines that turn out to belong elsewhere: the rows on the screen stay, and what came in above is said.

use super::*;

fn late(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| format!("late {n}").into_bytes()).collect()
}

fn rows_drawn_anew(ops: &[Op]) -> bool {
    ops.iter().any(|op| matches!(op, Op::Renumber { .. } | Op::Reveal { .. }))
}

#[test]
fn what_comes_in_above_is_counted_and_the_rows_on_the_screen_stay() {
    let mut screen = Screen::of(numbered(5_000));
    screen.start();
    screen.viewport(4_800, 4_860);
    let before = screen.texts();
    screen.append(&late(3));
    assert_eq!(screen.button(node::NEWS).label, "3 new lines");
    screen.move_up(3, 1_000, true);
    assert_eq!(screen.texts(), before);
    assert_eq!((screen.lines()[0].row, screen.renumbered), (4_803, 3));
    assert!(screen.says("3 lines came in above"));
    assert!(screen.tree.node(node::NEWS).is_none(), "what is above is not below");
    assert!(!screen.says("began anew"));
    assert_eq!(screen.check(), Ok(()));
    screen.viewport(4_700, 4_760);
    assert!(!screen.says("came in above"), "whoever goes up sees it");
    screen.viewport(3_980, 4_040);
    assert_eq!(screen.text_of(4_000).as_deref(), Some("late 0"));
}

#[test]
fn what_comes_in_below_the_first_row_on_the_screen_is_not_counted() {
    let mut screen = Screen::of(numbered(5_000));
    screen.start();
    screen.viewport(4_800, 4_860);
    screen.append(&late(2));
    screen.move_up(2, 170, true);
    assert_eq!(screen.texts()[0], "line 4800 of the log");
    assert_eq!(screen.text_of(4_830).as_deref(), Some("late 0"));
    assert_eq!(screen.renumbered, 0);
    assert!(!screen.says("came in above"));
    assert_eq!(screen.button(node::NEWS).label, "2 new lines");
    assert_eq!(screen.check(), Ok(()));
}

#[test]
fn while_the_end_is_followed_lines_change_places_and_nothing_else_happens() {
    let mut screen = Screen::of(numbered(5_000));
    screen.start();
    screen.append(&late(1));
    let asked = screen.server.asked;
    for up in [2, 40, 3_000] {
        let ops = screen.move_up(1, up, true);
        assert!(!rows_drawn_anew(&ops), "{ops:?}");
        assert_eq!(screen.list().rows, 5_001);
        assert_eq!(
            screen.texts(),
            screen.server.lines[4_941..].iter().map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>()
        );
        assert_eq!(screen.check(), Ok(()));
    }
    assert_eq!(screen.server.asked, asked, "all that is shown was held");
    assert!(!screen.says("began anew") && !screen.says("came in above"));
}

#[test]
fn rows_keep_their_keys_wherever_they_stand() {
    let mut screen = Screen::of(numbered(500));
    screen.start();
    screen.append(&late(1));
    let keys = |screen: &Screen| {
        screen
            .lines()
            .iter()
            .map(|line| (line.spans[0].text.clone(), line.key))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = keys(&screen);
    screen.move_up(1, 5, true);
    assert_eq!(keys(&screen), before);
}

#[test]
fn where_it_is_not_said_what_moved_the_reader_is_brought_back_to_her_line() {
    let mut screen = Screen::of(numbered(5_000));
    screen.start();
    screen.viewport(4_800, 4_860);
    screen.append(&late(3));
    screen.move_up(3, 1_000, false);
    assert!(screen.texts().iter().any(|text| text == "line 4830 of the log"), "{:?}", screen.texts());
    assert!(!screen.says("began anew"));
    assert_eq!(screen.check(), Ok(()));
}

#[test]
fn among_matches_those_that_came_in_above_are_counted() {
    let mut screen = Screen::of(numbered(10_000));
    screen.start();
    screen.event(|_| Event::Input(node::FILTER, "7".into()));
    screen.viewport(3_000, 3_060);
    let before = screen.texts();
    screen.append(&[b"late 7".to_vec(), b"late 8".to_vec(), b"late 77".to_vec()]);
    screen.move_up(3, 9_000, true);
    assert_eq!(screen.texts(), before);
    assert!(screen.says("2 lines came in above"));
    assert_eq!(screen.check(), Ok(()));
}

#[test]
fn what_is_chosen_and_the_current_line_go_with_their_rows() {
    let mut screen = Screen::of(numbered(1_000));
    screen.start();
    screen.viewport(900, 960);
    screen.event(|list| Event::PressRow(list, 920, false));
    screen.event(|list| Event::PressRow(list, 925, true));
    screen.append(&late(2));
    screen.move_up(2, 79, true);
    // They came in between: the range holds them, and the current line, before them, stays.
    assert_eq!(screen.list().selection, Some(RowRange { first: 920, last: 927 }));
    assert_eq!(screen.list().current, Some(920));
    assert_eq!(screen.text_of(921).as_deref(), Some("late 0"));
}
