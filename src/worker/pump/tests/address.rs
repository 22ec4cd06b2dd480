//! What is shown, as an address, and back.

use super::*;

fn two_sources(lines: usize) -> Screen {
    let mut screen = Screen::of(numbered(lines));
    screen.server.names = vec![("a.log", SourceState::Live), ("b & c.log", SourceState::Live)];
    screen
}

#[test]
fn whoever_opens_the_address_sees_the_same() {
    let mut screen = two_sources(5_000);
    screen.start();
    assert_eq!(screen.address, "");
    screen.event(|_| Event::Press(NodeId(node::FIRST_SOURCE + node::SOURCE_STEP)));
    screen.event(|_| Event::Input(node::FILTER, "\"77 of\"".into()));
    screen.event(|_| Event::Toggle(node::WRAP, true));
    screen.event(|_| Event::Toggle(node::RAW, false));
    screen.event(|_| Event::Choose(node::TIME_FORM, 1));
    screen.event(|list| Event::PressRow(list, 3, false));
    let place = screen.pump.model().list.island.entry(3).expect("it is held").place;
    let expected =
        format!("source=b%20%26%20c.log&q=%2277%20of%22&raw=0&time=1&wrap=1&at={}.{}", place.generation, place.offset);
    assert_eq!(screen.address, expected);

    let mut other = two_sources(5_000);
    other.send(ToWorld::Address(expected.clone()));
    other.start();
    assert_eq!(other.texts(), screen.texts());
    assert_eq!(other.pump.model().name_of(other.pump.model().source), Some("b & c.log"));
    assert!(other.list().wrap && !other.list().follow);
    assert_eq!(
        other.text_of(other.list().current.expect("the entry is marked")).as_deref(),
        Some("line 377 of the log")
    );
    assert_eq!(other.address, expected);
}

#[test]
fn another_address_takes_the_place_of_what_is_shown() {
    let mut screen = two_sources(500);
    screen.start();
    screen.event(|_| Event::Input(node::FILTER, "\"7 of\"".into()));
    screen.send(ToWorld::Address("source=a.log&q=%228%20of%22&all=1".into()));
    assert_eq!((screen.list().rows, screen.pump.model().only_matches), (500, false));
    assert_eq!(screen.address, "source=a.log&q=%228%20of%22&all=1");
    screen.send(ToWorld::Address("nothing=known&source".into()));
    assert_eq!((screen.list().rows, screen.address.as_str()), (500, ""));
    assert!(screen.pump.model().filter.is_none());
}

#[test]
fn a_source_that_is_not_there_is_said_and_all_are_shown() {
    let mut screen = two_sources(10);
    screen.send(ToWorld::Address("source=gone.log&columns=12:user,0:time,9999:x,bad".into()));
    screen.start();
    assert!(screen.says("The source “gone.log” that the link names is not here."));
    let columns: Vec<_> = screen.list().columns.iter().map(|column| (column.name.as_str(), column.width)).collect();
    assert_eq!(columns, [("user", 12), ("x", 240)]);
}
