//! Some of many sources.

use super::*;

fn listed(screen: &Screen) -> Vec<String> {
    (0..12)
        .filter_map(|place| screen.tree.node(NodeId(node::FIRST_SOURCE + place * node::SOURCE_STEP)))
        .map(|node| match &node.widget {
            Widget::Button(button) => button.label.clone(),
            other => panic!("{other:?} is no button"),
        })
        .collect()
}

#[test]
fn of_many_sources_those_are_listed_that_are_looked_for_and_shown_together_when_asked() {
    let mut screen = Screen::of(numbered(100));
    let names = ["api-1.log", "api-2.log", "db.log", "web.log", "cache.log", "mail.log", "jobs.log", "my api.log"];
    screen.server.names = names.map(|name| (name, SourceState::Live)).to_vec();
    screen.start();
    assert_eq!(listed(&screen), names);
    screen.event(|_| Event::Input(node::FIND_SOURCE, "api".into()));
    assert_eq!(listed(&screen), ["api-1.log", "api-2.log", "my api.log"]);
    screen.event(|_| Event::Input(node::FIND_SOURCE, "api*".into()));
    assert_eq!(listed(&screen), ["api-1.log", "api-2.log"]);
    screen.event(|_| Event::Press(NodeId(node::FIRST_SOURCE + node::SOURCE_STEP)));
    assert_eq!(screen.pump.model().name_of(screen.pump.model().source), Some("api-2.log"));
    screen.event(|_| Event::Press(node::FOUND_SOURCES));
    assert_eq!(screen.pump.model().typed, "source:api*");
    assert_eq!(screen.pump.model().source, crate::world::stream::SourceId::ALL);
    screen.event(|_| Event::Input(node::FIND_SOURCE, "y a".into()));
    assert_eq!(listed(&screen), ["my api.log"]);
    screen.event(|_| Event::Input(node::FIND_SOURCE, "nothing".into()));
    assert!(listed(&screen).is_empty() && screen.button(node::FOUND_SOURCES).disabled);
}

#[test]
fn of_a_few_sources_none_is_looked_for() {
    let mut screen = Screen::of(numbered(1));
    screen.server.names = vec![("a.log", SourceState::Live), ("b.log", SourceState::Live)];
    screen.start();
    assert!(screen.tree.node(node::FIND_SOURCE).is_none());
}
