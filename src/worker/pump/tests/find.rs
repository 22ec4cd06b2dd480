//! From error to error.

use super::*;

fn lines() -> Vec<Vec<u8>> {
    let line = |n: usize| match n % 400 {
        7 => format!("ERROR {n} broke"),
        8 => format!("FATAL {n} ended"),
        _ => format!("INFO {n} works"),
    };
    (0..2_000).map(|n| line(n).into_bytes()).collect()
}

fn current(screen: &Screen) -> Option<String> {
    screen.list().current.and_then(|row| screen.text_of(row))
}

#[test]
fn errors_are_gone_through_one_after_the_other_either_way() {
    let mut screen = Screen::of(lines());
    screen.start();
    let mut go = |node| {
        screen.event(|_| Event::Press(node));
        current(&screen).unwrap_or_default()
    };
    assert_eq!(go(node::PREVIOUS_ERROR), "FATAL 1608 ended");
    assert_eq!(go(node::PREVIOUS_ERROR), "ERROR 1607 broke");
    assert_eq!(go(node::PREVIOUS_ERROR), "FATAL 1208 ended");
    assert_eq!(go(node::NEXT_ERROR), "ERROR 1607 broke");
    assert_eq!(go(node::NEXT_ERROR), "FATAL 1608 ended");
    go(node::NEXT_ERROR);
    assert!(screen.says("There is no further error."));
    assert_eq!(screen.list().rows, 2_000, "all lines are still shown");
}

#[test]
fn within_a_filter_only_its_errors_are_gone_to() {
    let mut screen = Screen::of(lines());
    screen.start();
    screen.event(|_| Event::Input(node::FILTER, "broke or works".into()));
    screen.event(|_| Event::Press(node::PREVIOUS_ERROR));
    assert_eq!(current(&screen).as_deref(), Some("ERROR 1607 broke"));
    screen.event(|_| Event::Press(node::PREVIOUS_ERROR));
    assert_eq!(current(&screen).as_deref(), Some("ERROR 1207 broke"));
    screen.send(ToWorld::Suspended);
    screen.event(|_| Event::Press(node::PREVIOUS_ERROR));
    screen.server.open = Default::default();
    screen.send(ToWorld::Resumed);
    screen.event(|_| Event::Press(node::PREVIOUS_ERROR));
    assert_eq!(current(&screen).as_deref(), Some("ERROR 807 broke"));
}
