//! Saved queries and marks, and that they are known the next time.

use super::*;
use crate::worker::view::node::{FIRST_MARK, FIRST_SAVED};

fn started() -> Screen {
    let mut screen = Screen::of(numbered(3_000));
    screen.start();
    screen
}

fn marked(screen: &Screen) -> Vec<u64> {
    screen.lines().iter().filter(|line| line.is_marked).map(|line| line.row).collect()
}

fn press(screen: &mut Screen, node: u32) {
    screen.event(|_| Event::Press(NodeId(node)));
}

#[test]
fn a_marked_line_is_found_again_with_its_note() {
    let mut screen = started();
    screen.event(|list| Event::PressRow(list, 2_990, false));
    screen.event(|_| Event::Press(node::MARK));
    assert_eq!(marked(&screen), [2_990]);
    screen.event(|_| Event::Toggle(node::MEMORY, true));
    screen.event(|_| Event::Press(node::CLOSE_DETAILS));
    assert_eq!(screen.button(NodeId(FIRST_MARK + 1)).label, "a.log:2,991  line 2990 of the log");
    screen.event(|_| Event::Submit(NodeId(FIRST_MARK + 2), " where it began ".into(), false));

    let mut other = Screen::of(numbered(3_000));
    other.send(ToWorld::Memory(screen.memory.clone()));
    other.start();
    assert_eq!(marked(&other), [2_990]);
    other.event(|_| Event::Press(node::TOP));
    other.event(|_| Event::Toggle(node::MEMORY, true));
    let note = match &other.tree.node(NodeId(FIRST_MARK + 2)).expect("the note is shown").widget {
        Widget::Input(input) => input.value.clone(),
        widget => panic!("{widget:?} is no field"),
    };
    assert_eq!(note, "where it began");
    press(&mut other, FIRST_MARK + 1);
    assert_eq!(other.text_of(other.list().current.expect("it is gone to")).as_deref(), Some("line 2990 of the log"));
    press(&mut other, FIRST_MARK + 3);
    assert!(marked(&other).is_empty());
    assert_eq!(other.memory, "");
}

#[test]
fn marks_are_gone_through_in_the_order_of_the_log() {
    let mut screen = started();
    for row in [2_990, 2_970, 2_980] {
        screen.event(|list| Event::PressRow(list, row, false));
        screen.event(|_| Event::Press(node::MARK));
    }
    let mut current = |node| {
        screen.event(|_| Event::Press(node));
        (screen.list().current, screen.says("There is no earlier mark."))
    };
    assert_eq!(current(node::NEXT_MARK), (Some(2_990), false));
    assert_eq!(current(node::PREVIOUS_MARK), (Some(2_980), false));
    assert_eq!(current(node::PREVIOUS_MARK), (Some(2_970), false));
    assert_eq!(current(node::PREVIOUS_MARK), (Some(2_970), true));
}

#[test]
fn another_text_at_the_place_of_a_mark_is_not_marked() {
    let mut screen = started();
    screen.event(|list| Event::PressRow(list, 2_990, false));
    screen.event(|_| Event::Press(node::MARK));
    let mut lines = numbered(3_000);
    lines[2_990] = b"another line".to_vec();
    let mut other = Screen::of(lines);
    other.send(ToWorld::Memory(screen.memory.clone()));
    other.start();
    assert!(marked(&other).is_empty());
}

#[test]
fn a_query_is_saved_under_a_name_and_asked_again() {
    let mut screen = started();
    screen.event(|_| Event::Toggle(node::MEMORY, true));
    assert!(screen.tree.node(node::QUERY_NAME).is_none(), "there is nothing to save");
    screen.event(|_| Event::Input(node::FILTER, "\"77 of\"".into()));
    screen.event(|_| Event::Submit(node::QUERY_NAME, "  ".into(), false));
    assert_eq!(screen.memory, "");
    screen.event(|_| Event::Submit(node::QUERY_NAME, " sevens ".into(), false));
    screen.event(|_| Event::Press(node::CLEAR_FILTER));
    assert_eq!((screen.list().rows, screen.button(NodeId(FIRST_SAVED + 1)).label.as_str()), (3_000, "sevens"));
    press(&mut screen, FIRST_SAVED + 1);
    assert_eq!((screen.list().rows, screen.pump.model().typed.as_str()), (30, "\"77 of\""));
    press(&mut screen, FIRST_SAVED + 3);
    assert!(screen.tree.node(NodeId(FIRST_SAVED)).is_none());
}

#[test]
fn what_there_is_no_room_for_is_said() {
    let mut screen = started();
    let long = "x".repeat(1_500);
    for number in 0..40 {
        screen.event(|_| Event::Submit(node::FILTER, format!("{long}{number}"), false));
        screen.event(|_| Event::Submit(node::QUERY_NAME, format!("query {number}"), false));
    }
    assert!(screen.says("There is no room to remember more: remove marks or saved queries first."));
    assert!(screen.memory.len() <= crate::world::view::limits::MEMORY_BYTES);
}
