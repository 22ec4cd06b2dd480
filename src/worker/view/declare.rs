//! The tree of widgets around the rows.

use super::{columns, memory, node, summary};
use crate::log::display;
use crate::worker::model::{self, Details, Model, Phase};
use crate::worker::words::{counted, cut, join, permille, size, thousands};
use crate::world::stream::{Source, SourceId, SourceState, Total};
use crate::world::tree::Node;
use crate::world::view::{Button, Column, Icon, Input, Layout, NodeId, RowList, Span, Toggle, Token, Widget};

/// Sources with a button of their own: more would pass the limit on nodes.
const SOURCES_MAX: usize = 400;

/// With fewer sources none has to be looked for.
const FIND_SOURCES_MIN: usize = 8;

/// What the filter's field takes, with an example of each.
const FILTER_HELP: &str = "Words, \"a phrase\", /regex/, field:value, took>1.5, level>=warn, source:api*, since:15m; \
    joined by and, or, not and parentheses";

/// Returns whether there is a list to draw lines in.
pub(super) fn has_list(model: &Model) -> bool {
    model.sources.as_ref().is_some_and(|sources| !sources.is_empty())
}

/// Returns the whole view.
pub(super) fn tree(model: &Model) -> Node {
    let mut children = Vec::new();
    match &model.sources {
        None => children.push(notice("Waiting for the list of sources …")),
        Some(sources) if sources.is_empty() => children.push(notice("There are no sources to show.")),
        Some(sources) => {
            children.push(toolbar(model));
            let mut parts = vec![sidebar(model, sources), main(model)];
            // There is room for one of them: the details of a line stand over the summary.
            parts.extend(match (&model.details, &model.overview) {
                (Some(entry), _) => Some(details(model, entry)),
                (None, _) if model.is_memory_shown => Some(memory::panel(model)),
                (None, Some(overview)) => Some(summary::panel(model, overview)),
                (None, None) => None,
            });
            children.push(Node::group(NodeId(2), Layout::Split, "", parts));
            children.push(status(model));
        }
    }
    children.push(Node::leaf(NodeId(9), Widget::Announcement(announcement(model))));
    Node::group(NodeId::ROOT, Layout::Column, "", children)
}

fn notice(words: &str) -> Node {
    Node::group(NodeId(7), Layout::Notice, "", vec![text(NodeId(8), words, Token::Dim)])
}

pub(super) fn text(key: NodeId, words: &str, token: Token) -> Node {
    Node::leaf(key, Widget::Text(vec![Span { text: words.to_owned(), token }]))
}

pub(super) fn button(key: NodeId, label: &str, title: &str, icon: Option<Icon>, shortcut: Option<&str>) -> Node {
    Node::leaf(
        key,
        Widget::Button(Button {
            label: label.to_owned(),
            title: title.to_owned(),
            icon,
            disabled: false,
            current: false,
            key: shortcut.map(str::to_owned),
        }),
    )
}

/// A field for a short text of the user's own.
pub(super) fn input(key: NodeId, label: &str, placeholder: &str, value: &str) -> Node {
    Node::leaf(
        key,
        Widget::Input(Input {
            label: label.to_owned(),
            placeholder: placeholder.to_owned(),
            value: value.to_owned(),
            numeric: false,
            key: None,
            help: String::new(),
        }),
    )
}

fn toggle(key: NodeId, label: &str, on: bool, shortcut: Option<&str>) -> Node {
    Node::leaf(key, Widget::Toggle(Toggle { label: label.to_owned(), on, key: shortcut.map(str::to_owned) }))
}

fn toolbar(model: &Model) -> Node {
    let field = |key, label: &str, placeholder: &str, help: &str, value: &str, numeric, shortcut: &str| {
        Node::leaf(
            key,
            Widget::Input(Input {
                label: label.to_owned(),
                placeholder: placeholder.to_owned(),
                help: help.to_owned(),
                value: value.to_owned(),
                numeric,
                key: Some(shortcut.to_owned()),
            }),
        )
    };
    // Nothing comes and goes here: whoever reaches for a control finds it where it was.
    let has_filter = model.filter.is_some();
    let has_marks = !model.memory.marks.is_empty();
    let only_if = |is_possible: bool, mut control: Node| {
        if let Widget::Button(button) = &mut control.widget {
            button.disabled = !is_possible;
        }
        control
    };
    let of_matches =
        |key, label: &str, icon, shortcut| only_if(has_filter, button(key, label, label, Some(icon), Some(shortcut)));
    let clear = if is_scanning(model) { "Give up the scan and clear the filter" } else { "Clear the filter" };
    let view = vec![
        field(node::GO_TO, "Go to line", "Line", "", "", true, ":"),
        button(node::TOP, "Top", "To the first line", Some(Icon::Top), Some("g")),
        button(node::END, "End", "To the last line, and follow", Some(Icon::End), Some("G")),
        toggle(node::WRAP, "Wrap", model.wrap, Some("w")),
        toggle(node::RAW, "Raw", model.is_raw(), Some("r")),
        toggle(node::COLUMNS, "Columns", model.is_editing_columns, Some("o")),
        toggle(node::SUMMARY, "Summary", model.overview.is_some(), Some("s")),
        toggle(node::MEMORY, "Saved", model.is_memory_shown, Some("b")),
        button(node::PREVIOUS_ERROR, "Previous error", "", Some(Icon::PreviousError), Some("E")),
        button(node::NEXT_ERROR, "Next error", "", Some(Icon::NextError), Some("e")),
        button(node::MARK, "Mark", "Mark this line, or take its mark away", Some(Icon::Mark), Some("m")),
        only_if(has_marks, button(node::PREVIOUS_MARK, "Previous mark", "", Some(Icon::PreviousMark), Some("["))),
        only_if(has_marks, button(node::NEXT_MARK, "Next mark", "", Some(Icon::NextMark), Some("]"))),
    ];
    let children = vec![
        field(node::FILTER, "Filter", "Filter: error or level>=warn", FILTER_HELP, &model.typed, false, "/"),
        only_if(
            has_filter || !model.typed.is_empty(),
            button(node::CLEAR_FILTER, clear, clear, Some(Icon::Close), None),
        ),
        of_matches(node::PREVIOUS, "Previous match", Icon::Previous, "N"),
        of_matches(node::NEXT, "Next match", Icon::Next, "n"),
        toggle(node::ONLY_MATCHES, "Only matches", model.only_matches, None),
        Node::group(NodeId(32), Layout::Fold, "View", view),
        toggle(node::FOLLOW, "Follow", model.follow, Some("f")),
    ];
    Node::group(NodeId(1), Layout::Toolbar, "Controls", children)
}

/// Whether the filter's answer is still on its way.
fn is_scanning(model: &Model) -> bool {
    model.filter.is_some() && model.filtered_total().is_none_or(|total| !total.exact)
}

/// Returns the filter that rows, count and summary are of, where what was typed since is no query.
pub(super) fn applied(model: &Model) -> Option<String> {
    let filter = model.mistake.as_ref().and(model.filter.as_ref())?;
    Some(join(&["“", &display::strip(cut(filter.text.trim()).as_bytes()), "”"]))
}

/// Returns `N of M`, as exact as it is known.
fn matches_words(model: &Model) -> String {
    let Some(total) = model.filtered_total() else { return "Scanning …".to_owned() };
    let of = model.whole_total().map_or(total.of, left).max(left(total));
    let about = if total.exact { " of " } else { " so far, of " };
    join(&[&thousands(left(total)), about, &thousands(of)])
}

/// How many rows there still are: a pipe's buffer lets go of its oldest.
const fn left(total: &Total) -> u64 {
    total.rows.saturating_sub(total.first_row)
}

fn sidebar(model: &Model, sources: &[Source]) -> Node {
    let mut children = Vec::new();
    if sources.len() > 1 {
        let mut all = button(
            node::ALL_SOURCES,
            "All sources — merged",
            "All sources, in the order in which it happened",
            None,
            None,
        );
        mark_current(&mut all, model.source == SourceId::ALL);
        children.push(all);
    }
    let listed = model.listed_sources();
    if sources.len() >= FIND_SOURCES_MIN {
        children.push(input(node::FIND_SOURCE, "Find a source", "Find: api or api*", &model.source_pattern));
    }
    if let Some(term) = model.source_term() {
        let mut found = button(
            node::FOUND_SOURCES,
            &counted(listed.len() as u64, "source — alone", "sources — merged"),
            &join(&["Only ", &display::strip(term.as_bytes())]),
            None,
            None,
        );
        if let Widget::Button(button) = &mut found.widget {
            button.disabled = listed.is_empty();
        }
        children.push(found);
    }
    for source in listed.iter().take(SOURCES_MAX) {
        let place = sources.iter().position(|one| one.id == source.id).unwrap_or(0);
        children.extend(source_nodes(model, place, source));
    }
    if let Some(more) = listed.len().checked_sub(SOURCES_MAX).filter(|more| *more > 0) {
        let words = join(&["and ", &counted(more as u64, "more source", "more sources"), ", in “All sources”"]);
        children.push(text(NodeId(6), &words, Token::Dim));
    }
    Node::group(NodeId(3), Layout::Sidebar, "Sources", children)
}

/// A source, and below it what it is doing.
fn source_nodes(model: &Model, place: usize, source: &Source) -> [Node; 2] {
    let key = node::FIRST_SOURCE + place as u32 * node::SOURCE_STEP;
    let mut choose = button(NodeId(key), &source.name, &source.origin, None, None);
    mark_current(&mut choose, model.source == source.id);
    // The list tells sizes now and then; of the source that is shown, the newest is known.
    let shown = model.whole_total().filter(|_| model.source == source.id);
    let bytes = shown.map_or(source.bytes, |total| total.bytes);
    let mut facts = vec![state_words(&source.state), size(bytes)];
    facts.extend(source.format.clone());
    [choose, text(NodeId(key + 1), &facts.join(", "), Token::Dim)]
}

fn mark_current(node: &mut Node, is_current: bool) {
    if let Widget::Button(button) = &mut node.widget {
        button.current = is_current;
    }
}

fn state_words(state: &SourceState) -> String {
    match state {
        SourceState::Live => "live".to_owned(),
        SourceState::Ended => "ended".to_owned(),
        SourceState::Gone => "missing, waited for".to_owned(),
        SourceState::Broken(why) => join(&["broken: ", why]),
    }
}

fn main(model: &Model) -> Node {
    let mut children = Vec::new();
    let mut strip = Vec::new();
    if let Some(mistake) = &model.mistake {
        let token = if mistake.is_unfinished { Token::Dim } else { Token::Strong };
        strip.push(text(NodeId(43), &mistake.words, token));
    }
    if let Some(words) = &model.notice {
        strip.push(text(NodeId(40), words, Token::Strong));
        strip.push(button(node::CLOSE_NOTICE, "Close", "Close this message", Some(Icon::Close), None));
    }
    if let Some(words) = model.waiting_for() {
        strip.push(text(NodeId(41), &words, Token::Plain));
        if let Some(total) = model.total(model.shown()).filter(|total| !total.exact) {
            let share = permille(total.scanned_bytes, total.bytes);
            strip.push(Node::leaf(NodeId(42), Widget::Progress("Indexing".to_owned(), share)));
        }
        strip.push(button(node::CANCEL_WAITING, "Cancel", "Give this up", None, None));
    }
    if !strip.is_empty() {
        children.push(Node::group(NodeId(5), Layout::Strip, "Messages", strip));
    }
    if model.is_editing_columns {
        children.push(columns::strip(model));
    }
    let rows = model.rows();
    let is_answered = model.list.island.reaches_end && model.list.island.reaches_start;
    let is_scanned = model.total(model.shown()).is_some_and(|total| total.exact);
    if rows == 0 && is_answered && is_scanned {
        let words = match applied(model) {
            _ if model.filter.is_none() || !model.only_matches => "There are no lines yet.",
            Some(filter) => &join(&["No line matches the filter, which is still ", &filter, "."]),
            None => "No line matches the filter.",
        };
        children.push(notice(words));
    }
    let widest = model.total(model.shown()).map_or(0, |total| total.of.max(total.rows)).max(rows);
    children.push(Node::leaf(
        model.list.node,
        Widget::Rows(RowList {
            label: join(&["Log lines of ", &source_words(model)]),
            rows,
            exact: model.is_exact(),
            wrap: model.wrap,
            follow: model.follow,
            selection: model.list.selection,
            current: model.list.current,
            number_width: u8::try_from(widest.to_string().len()).unwrap_or(u8::MAX),
            first_row: model.first_row(),
            columns: heads(model),
        }),
    ));
    let mut float = Vec::new();
    if !model.follow && model.list.above > 0 {
        float.push(text(NodeId(64), &above_words(model), Token::Dim));
    }
    if !model.follow && model.list.news > 0 {
        let words = counted(model.list.news, "new line", "new lines");
        float.push(button(node::NEWS, &words, "To the newest line, and follow", None, None));
    }
    if !float.is_empty() {
        children.push(Node::group(NodeId(63), Layout::Float, "", float));
    }
    Node::group(NodeId(4), Layout::Main, "Log", children)
}

/// The names over the columns.
fn heads(model: &Model) -> Vec<Column> {
    let edited = model.edited_column().filter(|_| model.is_editing_columns);
    let head = |column: &model::Column| Column {
        name: display::strip(column.cell.name().as_bytes()),
        width: column.width,
        current: edited == Some(column),
    };
    model.shown_columns().map(head).collect()
}

fn above_words(model: &Model) -> String {
    counted(model.list.above, "line came in above", "lines came in above")
}

fn source_words(model: &Model) -> String {
    model.shown_source().map_or_else(|| "all sources, merged".to_owned(), |source| source.name.clone())
}

fn rows_words(model: &Model) -> String {
    match model.whole_total() {
        None => "opening …".to_owned(),
        Some(total) if total.exact => counted(left(total), "line", "lines"),
        Some(total) => {
            let percent = permille(total.scanned_bytes, total.bytes) / 10;
            join(&["about ", &counted(left(total), "line", "lines"), ", ", &percent.to_string(), " % indexed"])
        }
    }
}

fn status(model: &Model) -> Node {
    let mut children =
        vec![text(NodeId(50), &source_words(model), Token::Strong), text(NodeId(51), &rows_words(model), Token::Plain)];
    if model.filter.is_some() {
        let words = join(&["filter: ", &matches_words(model)]);
        children.push(text(NodeId(52), &words, Token::Strong));
    }
    let phase = match model.phase {
        Phase::Starting => Some("starting"),
        Phase::Active => None,
        Phase::Suspended => Some("connection lost: what is here stays, new lines follow when it is back"),
    };
    if let Some(words) = phase {
        children.push(text(NodeId(53), words, Token::Strong));
    }
    let follow = if model.follow { "following" } else { "paused" };
    children.push(text(NodeId(54), follow, Token::Dim));
    if is_scanning(model) {
        let share = model.filtered_total().map_or(0, |total| permille(total.scanned_bytes, total.bytes));
        children.push(Node::leaf(NodeId(31), Widget::Progress("Scanning".to_owned(), share)));
    }
    if model.mistake.is_some() {
        let filter = applied(model).unwrap_or_else(|| "no filter".to_owned());
        let words = text(NodeId(56), &join(&["still applied: ", &filter]), Token::Dim);
        // The page gives a row here the room that is left, so that nothing moves.
        children.push(Node::group(NodeId(55), Layout::Row, "", vec![words]));
    }
    Node::group(NodeId(60), Layout::Status, "Status", children)
}

fn details(model: &Model, entry: &Details) -> Node {
    let mut facts = Vec::new();
    if let Some(line) = entry.row.line {
        facts.push(join(&["line ", &thousands(line + 1)]));
    }
    if let Some(level) = entry.row.level {
        facts.push(join(&["level ", level.word()]));
    }
    if let Some(name) = model.name_of(entry.row.source) {
        facts.push(name.to_owned());
    }
    // Among all sources a place is where the line arrived, and that is where in no file.
    if model.source != SourceId::ALL {
        facts.push(join(&["offset ", &thousands(entry.row.place.offset)]));
    }
    facts.push(counted(entry.row.length_bytes, "byte", "bytes"));
    let mut children = vec![
        Node::group(
            NodeId(75),
            Layout::Row,
            "What to do with this line",
            vec![
                button(node::COPY_DETAILS, "Copy line", "Copy the text shown here", None, None),
                button(node::CLOSE_DETAILS, "Close", "Close the details", None, None),
            ],
        ),
        text(NodeId(70), &facts.join(" · "), Token::Dim),
    ];
    if entry.is_loading {
        let words = join(&["Loading: ", &size(entry.loaded_bytes()), " of ", &size(entry.row.length_bytes), " …"]);
        children.push(text(NodeId(71), &words, Token::Dim));
    } else if let Some(why) = &entry.failure {
        children.push(text(NodeId(72), why, Token::Strong));
    }
    if entry.has_more() && !entry.is_loading {
        let words = join(&["Shown are bytes ", &thousands(entry.part_start), " to ", &thousands(entry.part_end), "."]);
        children.push(text(NodeId(73), &words, Token::Dim));
        children.push(button(node::MORE_DETAILS, "Show more", "Show the next part of this line", None, None));
    }
    // The text travels apart: it is too large to compare at every drawing.
    children.push(Node::leaf(node::DOCUMENT, Widget::Document(Vec::new())));
    Node::group(NodeId(61), Layout::Details, "Details of a line", children)
}

/// Returns what screen readers are told.
fn announcement(model: &Model) -> String {
    if model.phase == Phase::Suspended {
        return "Connection lost".to_owned();
    }
    if let Some(words) = &model.notice {
        return words.clone();
    }
    if let Some(mistake) = model.mistake.as_ref().filter(|mistake| !mistake.is_unfinished) {
        return join(&["The filter is not applied: ", &mistake.words]);
    }
    if model.filter.is_some() {
        return join(&["Matches: ", &matches_words(model)]);
    }
    if !model.follow && model.list.news > 0 {
        return counted(model.list.news, "new line", "new lines");
    }
    if !model.follow && model.list.above > 0 {
        return above_words(model);
    }
    // The count of a list that is followed changes all the time: whoever wants it finds it in the status line.
    match has_list(model) {
        true if model.follow => join(&["Following ", &source_words(model)]),
        true => join(&["Paused, ", &rows_words(model)]),
        false => String::new(),
    }
}
