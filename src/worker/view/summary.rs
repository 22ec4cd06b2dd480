//! The panel that tells what a result is as a whole: levels, times, fields, patterns. Whatever can be asked for is a button.

use jiff::Timestamp;

use super::declare::{applied, button, text};
use super::node;
use crate::log::display;
use crate::log::level::Level;
use crate::worker::model::{Model, Overview, level_term};
use crate::worker::words::{counted, join, permille, thousands};
use crate::world::summary::{Bar, FieldSummary, Summarized, ValueSummary};
use crate::world::tree::Node;
use crate::world::view::{Layout, NodeId, Span, Token, Widget};

/// From an eighth of a bar to a whole one.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// As wide as a digit.
const FIGURE_SPACE: &str = "\u{2007}";

/// What stands in place of values of which not even the most frequent is known.
const TOO_MANY: &str = "too many different values to tell the most frequent";

/// The panel.
pub(super) fn panel(model: &Model, overview: &Overview) -> Node {
    let mut children = vec![Node::group(
        NodeId(300),
        Layout::Row,
        "The summary",
        vec![
            Node::leaf(NodeId(301), Widget::Text(heading(model))),
            button(node::CLOSE_SUMMARY, "Close", "Close the summary", None, None),
        ],
    )];
    if let Some(why) = &overview.failure {
        children.push(text(NodeId(302), why, Token::Strong));
    }
    match &overview.told {
        Some(told) => {
            children.push(text(NodeId(303), &facts(overview, told), Token::Dim));
            children.push(levels(told));
            children.extend(times(told));
            children.extend(fields(overview, told));
            children.extend(patterns(overview, told));
        }
        None if overview.failure.is_none() => children.push(text(NodeId(303), "Reading …", Token::Dim)),
        None => {}
    }
    let label = if model.filter.is_some() { "Summary of what matches" } else { "Summary of the log" };
    Node::group(NodeId(62), Layout::Details, label, vec![Node::group(NodeId(304), Layout::Summary, "", children)])
}

/// Says which filter it is of where the field holds another.
fn heading(model: &Model) -> Vec<Span> {
    let of = applied(model).map(|of| Span { text: join(&[" still of ", &of]), token: Token::Dim });
    [Span { text: "Summary".to_owned(), token: Token::Strong }].into_iter().chain(of).collect()
}

fn facts(overview: &Overview, told: &Summarized) -> String {
    let entries: u64 = told.counts.iter().sum();
    let mut facts = vec![counted(entries, "entry", "entries")];
    if told.untimed > 0 {
        facts.push(join(&[&thousands(told.untimed), " without a time"]));
    }
    if !overview.is_fresh {
        facts.push("of the result before".to_owned());
    } else if told.read_bytes < told.bytes {
        let percent = permille(told.read_bytes, told.bytes) / 10;
        facts.push(join(&["from the newest ", &percent.to_string(), " %"]));
    }
    facts.join(" · ")
}

/// A button for each level that there is, the most serious first.
fn levels(told: &Summarized) -> Node {
    let of_level = |level: &Level| {
        let count = told.counts[*level as usize];
        let label = join(&[level.word(), " ", &thousands(count)]);
        let title = join(&["Only ", &level_term(*level)]);
        (count > 0).then(|| button(NodeId(node::FIRST_LEVEL + *level as u32), &label, &title, None, None))
    };
    let mut children: Vec<Node> = Level::ALL.iter().rev().filter_map(of_level).collect();
    let none = told.counts[Level::COUNT];
    if none > 0 {
        children.push(text(NodeId(319), &join(&["no level ", &thousands(none)]), Token::Dim));
    }
    Node::group(NodeId(305), Layout::Row, "Levels", children)
}

/// How many entries there were when: a bar for each stretch of time; and the warnings and errors among them, in the colour of
/// the worst.
fn times(told: &Summarized) -> Vec<Node> {
    let Some(first) = told.bars.first() else { return Vec::new() };
    let each = told.bars_end_nanos.saturating_sub(first.from_nanos) / told.bars.len().max(1) as i64;
    let from_to =
        join(&[&moment(first.from_nanos), " to ", &moment(told.bars_end_nanos), " UTC, ", &duration(each), " each"]);
    let (all, most) = chart(306, "Entries over time", told, total, |_| Token::Dim);
    let words = join(&[&from_to, ", ", &thousands(most), " at most"]);
    let mut children = vec![all, text(NodeId(321), &words, Token::Dim)];
    let (bad, most) = chart(322, "Warnings and errors over time", told, serious, |bar| {
        worst(bar).map_or(Token::Dim, |level| Token::Level(level.into()))
    });
    if most > 0 && told.bars.iter().any(|bar| serious(bar) < total(bar)) {
        let words = join(&["Warnings and errors, ", &thousands(most), " at most"]);
        children.extend([bad, text(NodeId(323), &words, Token::Dim)]);
    }
    children
}

/// A bar for each stretch of time, and the most in one.
fn chart(
    key: u32,
    label: &str,
    told: &Summarized,
    count: impl Fn(&Bar) -> u64,
    token: impl Fn(&Bar) -> Token,
) -> (Node, u64) {
    let most = told.bars.iter().map(&count).max().unwrap_or(0);
    let mut spans: Vec<Span> = Vec::new();
    for bar in &told.bars {
        let height = (count(bar) * HEIGHTS.len() as u64).div_ceil(most.max(1));
        let char = usize::try_from(height).ok().and_then(|height| HEIGHTS.get(height.checked_sub(1)?));
        let (char, token) = (char.copied().unwrap_or(' '), token(bar));
        match spans.last_mut() {
            Some(last) if last.token == token => last.text.push(char),
            _ => spans.push(Span { text: char.to_string(), token }),
        }
    }
    (Node::group(NodeId(key), Layout::Chart, label, vec![Node::leaf(NodeId(key + 20), Widget::Text(spans))]), most)
}

fn total(bar: &Bar) -> u64 {
    bar.counts.iter().sum()
}

/// Of those levels that are not ordinary.
const SERIOUS: [Level; 3] = [Level::Fatal, Level::Error, Level::Warn];

fn serious(bar: &Bar) -> u64 {
    SERIOUS.iter().map(|level| bar.counts[*level as usize]).sum()
}

fn worst(bar: &Bar) -> Option<Level> {
    SERIOUS.into_iter().find(|level| bar.counts[*level as usize] > 0)
}

/// A width of bars, as people say it.
fn duration(nanos: i64) -> String {
    const UNITS: [(i64, &str); 7] = [
        (86_400_000_000_000, " d"),
        (3_600_000_000_000, " h"),
        (60_000_000_000, " min"),
        (1_000_000_000, " s"),
        (1_000_000, " ms"),
        (1_000, " µs"),
        (1, " ns"),
    ];
    let unit = UNITS.into_iter().find(|(unit, _)| nanos >= *unit && nanos % unit == 0);
    unit.map_or_else(|| "0 s".to_owned(), |(unit, word)| join(&[&(nanos / unit).to_string(), word]))
}

/// As people write it, to the second.
fn moment(nanos: i64) -> String {
    let written = Timestamp::from_nanosecond(nanos.into()).map(|moment| moment.to_string()).unwrap_or_default();
    written.get(..19).unwrap_or(&written).replace('T', " ")
}

fn fields(overview: &Overview, told: &Summarized) -> Vec<Node> {
    let of_field = |(number, (field, terms)): (u32, (&FieldSummary, &Vec<Option<String>>))| {
        let first = node::FIRST_FIELD + number * node::FIELD_STEP;
        let name = vec![
            Span { text: display::strip(field.path.as_bytes()), token: Token::Strong },
            Span { text: join(&[" in ", &thousands(field.entries), ", ", &different(field)]), token: Token::Dim },
        ];
        let mut children = vec![Node::leaf(NodeId(first), Widget::Text(name))];
        if field.values.first().is_some_and(|most| most.max_error > most.count) {
            children.push(text(NodeId(first + node::FIELD_STEP - 1), TOO_MANY, Token::Dim));
            return children;
        }
        let counts: Vec<String> = field.values.iter().map(count_words).collect();
        let width = width(&counts);
        let values = field.values.iter().zip(terms).zip(&counts).zip(first + 1..);
        children.extend(values.map(|(((value, term), count), key)| {
            let more = more_words(value);
            choice(NodeId(key), &padded(count, width), &value_words(value), term.as_deref(), more)
        }));
        children
    };
    let all =
        (0..).zip(told.sources.iter().chain(&told.fields).zip(&overview.values)).flat_map(of_field).collect::<Vec<_>>();
    if all.is_empty() { Vec::new() } else { vec![Node::group(NodeId(307), Layout::Column, "Fields", all)] }
}

fn different(field: &FieldSummary) -> String {
    match field.distinct {
        Some(distinct) => join(&[&thousands(distinct), " different"]),
        None => "more different ones than were counted".to_owned(),
    }
}

/// `5,256`; `3 to 5,300` of a count that may be too small.
fn count_words(value: &ValueSummary) -> String {
    let most = value.count.saturating_add(value.max_error);
    let least = thousands(value.count);
    if value.max_error == 0 { least } else { join(&[&least, " to ", &thousands(most)]) }
}

/// By how much a count may be too small, as the command says it.
fn more_words(value: &ValueSummary) -> Option<String> {
    let count = counted(value.count, "entry", "entries");
    (value.max_error > 0).then(|| join(&[&count, " (or up to ", &thousands(value.max_error), " more)"]))
}

fn value_words(value: &ValueSummary) -> String {
    let text = if value.text.is_empty() { "(empty)" } else { &value.text };
    join(&[text, if value.is_cut { "…" } else { "" }])
}

fn patterns(overview: &Overview, told: &Summarized) -> Vec<Node> {
    if told.patterns.is_empty() {
        return Vec::new();
    }
    let heading = vec![
        Span { text: "Messages".to_owned(), token: Token::Strong },
        Span { text: join(&[" ", &counted(told.patterns_held, "pattern", "patterns")]), token: Token::Dim },
    ];
    let mut children = vec![Node::leaf(NodeId(308), Widget::Text(heading))];
    let counts: Vec<String> = told.patterns.iter().map(|one| thousands(one.count)).collect();
    let width = width(&counts);
    let patterns = told.patterns.iter().zip(&overview.patterns).zip(&counts).zip(node::FIRST_PATTERN..);
    children.extend(patterns.map(|(((one, term), count), key)| {
        choice(NodeId(key), &padded(count, width), &one.template, term.as_deref(), None)
    }));
    vec![Node::group(NodeId(309), Layout::Column, "Messages", children)]
}

/// How many characters wide the longest count is.
fn width(counts: &[String]) -> usize {
    counts.iter().map(String::len).max().unwrap_or(0)
}

/// A count, so that those below each other end at the same place.
fn padded(count: &str, width: usize) -> String {
    join(&[&FIGURE_SPACE.repeat(width.saturating_sub(count.len())), count])
}

/// A count and what it is of; pressed, the filter narrows down to it. `more` is what else there is to say of the count.
fn choice(key: NodeId, count: &str, words: &str, term: Option<&str>, more: Option<String>) -> Node {
    let label = join(&[count, "  ", &display::strip(words.as_bytes())]);
    let only = term.map(|term| join(&["Only ", &display::strip(term.as_bytes())]));
    let title = only.into_iter().chain(more).collect::<Vec<_>>().join("; ");
    let mut node = button(key, &label, &title, None, None);
    if let Widget::Button(button) = &mut node.widget {
        button.disabled = term.is_none();
    }
    node
}

/// The term that a button of the panel narrows the filter down by.
pub fn term_of(overview: &Overview, NodeId(key): NodeId) -> Option<String> {
    if let Some(level) = key.checked_sub(node::FIRST_LEVEL).and_then(|place| Level::ALL.get(place as usize)) {
        return Some(level_term(*level));
    }
    if let Some(place) = key.checked_sub(node::FIRST_PATTERN) {
        return overview.patterns.get(place as usize)?.clone();
    }
    let place = key.checked_sub(node::FIRST_FIELD)?;
    let values = overview.values.get((place / node::FIELD_STEP) as usize)?;
    values.get((place % node::FIELD_STEP).checked_sub(1)? as usize)?.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of one field with these counts and their errors: the heading, then the buttons' labels and titles.
    fn said(distinct: Option<u64>, counts: &[(u64, u64)]) -> Vec<(String, String)> {
        let value = |(count, max_error): &(u64, u64)| ValueSummary {
            text: "ann".into(),
            is_cut: false,
            is_text: true,
            count: *count,
            max_error: *max_error,
        };
        let values: Vec<_> = counts.iter().map(value).collect();
        let terms = (0..values.len()).map(|index| (index == 0).then(|| "user=\"ann\"".to_owned())).collect();
        let mut overview = Overview::default();
        overview.values.push(terms);
        let field = FieldSummary { path: "user".into(), entries: 9_000, distinct, values };
        let told = Summarized {
            req: 1,
            version: 1,
            read_bytes: 1,
            bytes: 1,
            counts: [0; Level::COUNT + 1],
            untimed: 0,
            bars: Vec::new(),
            bars_end_nanos: 0,
            fields: vec![field],
            patterns: Vec::new(),
            patterns_held: 0,
            sources: None,
        };
        let said = |node: &Node| match &node.widget {
            Widget::Text(spans) => (spans.iter().map(|span| span.text.as_str()).collect(), String::new()),
            Widget::Button(button) => (button.label.clone(), button.title.clone()),
            other => panic!("{other:?} says nothing"),
        };
        fields(&overview, &told)[0].children.iter().map(said).collect()
    }

    fn words(label: &str, title: &str) -> (String, String) {
        (label.to_owned(), title.to_owned())
    }

    #[test]
    fn a_count_that_may_be_too_small_says_how_large_it_may_be() {
        let exact = [words("user in 9,000, 997 different", ""), words("5,256  ann", "Only user=\"ann\"")];
        assert_eq!(said(Some(997), &[(5_256, 0)]), exact);
        let estimated = [
            words("user in 9,000, more different ones than were counted", ""),
            words("5,256 to 5,300  ann", "Only user=\"ann\"; 5,256 entries (or up to 44 more)"),
            words(&join(&[&FIGURE_SPACE.repeat(4), "1 to 5,000  ann"]), "1 entry (or up to 4,999 more)"),
            words(&join(&[&FIGURE_SPACE.repeat(9), "1,000  ann"]), ""),
        ];
        assert_eq!(said(None, &[(5_256, 44), (1, 4_999), (1_000, 0)]), estimated);
    }

    #[test]
    fn values_of_which_the_most_frequent_is_not_known_are_not_told() {
        assert_eq!(said(None, &[(2, 5_254), (2, 5_000)])[1..], [words(TOO_MANY, "")]);
        assert_eq!(said(None, &[(2, 2)])[1].0, "2 to 4  ann", "twice as many at most is still told");
    }
}
