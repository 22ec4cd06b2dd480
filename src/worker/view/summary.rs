//! The panel that tells what a result is as a whole: levels, times, fields, patterns. Whatever can be asked for is a button.

use jiff::Timestamp;

use super::declare::{button, text};
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

/// The panel.
pub(super) fn panel(model: &Model, overview: &Overview) -> Node {
    let mut children = vec![Node::group(
        NodeId(300),
        Layout::Row,
        "The summary",
        vec![
            text(NodeId(301), "Summary", Token::Strong),
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
        let mut facts = vec![join(&["in ", &thousands(field.entries)])];
        facts.extend(field.distinct.map(|distinct| counted(distinct, "value", "values")));
        let name = vec![
            Span { text: display::strip(field.path.as_bytes()), token: Token::Strong },
            Span { text: join(&[" ", &facts.join(", ")]), token: Token::Dim },
        ];
        let mut children = vec![Node::leaf(NodeId(first), Widget::Text(name))];
        let width = width(field.values.iter().map(|value| value.count));
        let values = field.values.iter().zip(terms).zip(first + 1..);
        children.extend(values.map(|((value, term), key)| {
            choice(NodeId(key), &padded(value.count, width), &value_words(value), term.as_deref())
        }));
        children
    };
    let all = (0..).zip(told.fields.iter().zip(&overview.values)).flat_map(of_field).collect::<Vec<_>>();
    if all.is_empty() { Vec::new() } else { vec![Node::group(NodeId(307), Layout::Column, "Fields", all)] }
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
    let width = width(told.patterns.iter().map(|one| one.count));
    let patterns = told.patterns.iter().zip(&overview.patterns).zip(node::FIRST_PATTERN..);
    children.extend(
        patterns
            .map(|((one, term), key)| choice(NodeId(key), &padded(one.count, width), &one.template, term.as_deref())),
    );
    vec![Node::group(NodeId(309), Layout::Column, "Messages", children)]
}

/// How many characters wide the largest count is.
fn width(counts: impl Iterator<Item = u64>) -> usize {
    counts.max().map_or(0, |most| thousands(most).len())
}

/// A count, so that those below each other end at the same place.
fn padded(count: u64, width: usize) -> String {
    let words = thousands(count);
    join(&[&FIGURE_SPACE.repeat(width.saturating_sub(words.len())), &words])
}

/// A count and what it is of; pressed, the filter narrows down to it.
fn choice(key: NodeId, count: &str, words: &str, term: Option<&str>) -> Node {
    let label = join(&[count, "  ", &display::strip(words.as_bytes())]);
    let title = term.map_or_else(String::new, |term| join(&["Only ", &display::strip(term.as_bytes())]));
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
