//! What the model looks like: a declared tree, its difference to the last one, and the lines on the screen.
//!
//! Drawing happens once per message at most and looks at the rows on the screen only. Invariant: a line is drawn of an entry
//! that is held, of a gap, or as waiting; nothing else.

mod columns;
mod declare;
mod lines;
mod memory;
mod parts;
mod summary;

use super::model::Model;
use crate::world::tree::{Node, diff};
use crate::world::view::{Line, NodeId, Op, Widget};

pub use lines::spans_of;
pub use summary::term_of;

/// The first list's number.
pub const FIRST_LIST: u32 = 100_000;
/// How many lists there are numbers for before they begin anew.
pub const LISTS: u32 = 1_000_000;

/// The numbers of the nodes that can be acted on.
pub mod node {
    use super::NodeId;

    /// The filter's text field.
    pub const FILTER: NodeId = NodeId(10);
    /// Clears the filter, or gives up its scan.
    pub const CLEAR_FILTER: NodeId = NodeId(11);
    /// To the match before.
    pub const PREVIOUS: NodeId = NodeId(12);
    /// To the next match.
    pub const NEXT: NodeId = NodeId(13);
    /// Whether only matching entries are shown.
    pub const ONLY_MATCHES: NodeId = NodeId(14);
    /// The line number to go to.
    pub const GO_TO: NodeId = NodeId(15);
    /// To the first row.
    pub const TOP: NodeId = NodeId(16);
    /// To the last row.
    pub const END: NodeId = NodeId(17);
    /// Whether long lines wrap.
    pub const WRAP: NodeId = NodeId(18);
    /// Whether the list follows its end.
    pub const FOLLOW: NodeId = NodeId(19);
    /// How much is new; to the end.
    pub const NEWS: NodeId = NodeId(20);
    /// Closes the notice.
    pub const CLOSE_NOTICE: NodeId = NodeId(21);
    /// Gives up what is waited for.
    pub const CANCEL_WAITING: NodeId = NodeId(22);
    /// Closes the details.
    pub const CLOSE_DETAILS: NodeId = NodeId(23);
    /// Copies the entry.
    pub const COPY_DETAILS: NodeId = NodeId(24);
    /// Shows the next part of the entry.
    pub const MORE_DETAILS: NodeId = NodeId(25);
    /// The text of the entry.
    pub const DOCUMENT: NodeId = NodeId(26);
    /// Chooses all sources.
    pub const ALL_SOURCES: NodeId = NodeId(27);
    /// Whether the summary is shown.
    pub const SUMMARY: NodeId = NodeId(28);
    /// Closes it.
    pub const CLOSE_SUMMARY: NodeId = NodeId(29);
    /// Narrows the list of sources.
    pub const FIND_SOURCE: NodeId = NodeId(35);
    /// Shows those sources alone, merged.
    pub const FOUND_SOURCES: NodeId = NodeId(36);
    /// To the next error.
    pub const NEXT_ERROR: NodeId = NodeId(33);
    /// To the error before.
    pub const PREVIOUS_ERROR: NodeId = NodeId(34);
    /// Whether lines are drawn as they are written.
    pub const RAW: NodeId = NodeId(250);
    /// Whether columns are being chosen.
    pub const COLUMNS: NodeId = NodeId(251);
    /// Adds a column.
    pub const ADD_COLUMN: NodeId = NodeId(252);
    /// How times are written.
    pub const TIME_FORM: NodeId = NodeId(253);
    /// Moves the chosen column before the one before it.
    pub const COLUMN_LEFT: NodeId = NodeId(254);
    /// Moves it behind the one behind it.
    pub const COLUMN_RIGHT: NodeId = NodeId(255);
    /// Makes it wider.
    pub const COLUMN_WIDER: NodeId = NodeId(256);
    /// Makes it narrower.
    pub const COLUMN_NARROWER: NodeId = NodeId(257);
    /// Takes it away.
    pub const REMOVE_COLUMN: NodeId = NodeId(258);
    /// Ends the choosing.
    pub const CLOSE_COLUMNS: NodeId = NodeId(259);
    /// Whether saved queries and marks are shown.
    pub const MEMORY: NodeId = NodeId(270);
    /// Closes that.
    pub const CLOSE_MEMORY: NodeId = NodeId(271);
    /// The name under which the filter is saved.
    pub const QUERY_NAME: NodeId = NodeId(272);
    /// Marks the line the user is at.
    pub const MARK: NodeId = NodeId(273);
    /// To the next mark.
    pub const NEXT_MARK: NodeId = NodeId(274);
    /// To the mark before.
    pub const PREVIOUS_MARK: NodeId = NodeId(275);
    /// The first saved query: its row, the query, and behind its text what removes it; the others follow in steps of
    /// [`KEPT_STEP`].
    pub const FIRST_SAVED: u32 = 40_000;
    /// The first mark: its row, the way to it, its note, and what removes it; the others follow likewise.
    pub const FIRST_MARK: u32 = 50_000;
    /// Nodes that each of them has.
    pub const KEPT_STEP: u32 = 4;

    /// Which of those that begin at `first` a node belongs to, and which of its nodes it is.
    #[must_use]
    pub const fn place_of(number: u32, first: u32) -> (usize, u32) {
        ((number - first) as usize / KEPT_STEP as usize, (number - first) % KEPT_STEP)
    }
    /// Narrows down to the first level; the others follow.
    pub const FIRST_LEVEL: u32 = 310;
    /// The name of the first field (of the sources, where they are told), and behind it those that narrow down to its values; the others follow in steps of [`FIELD_STEP`].
    pub const FIRST_FIELD: u32 = 400;
    /// Nodes that each field has.
    pub const FIELD_STEP: u32 = 8;
    /// Narrows down to the first pattern; the others follow.
    pub const FIRST_PATTERN: u32 = 700;
    /// Chooses the first source; the others follow in steps of [`SOURCE_STEP`].
    pub const FIRST_SOURCE: u32 = 1_000;
    /// Nodes that each source has.
    pub const SOURCE_STEP: u32 = 4;
}

/// What the page has been told.
#[derive(Debug)]
pub struct Drawn {
    tree: Node,
    list: NodeId,
    lines: Vec<Line>,
    document: Option<u32>,
}

impl Default for Drawn {
    fn default() -> Self {
        Self { tree: Node::empty(), list: NodeId::ROOT, lines: Vec::new(), document: None }
    }
}

impl Drawn {
    /// Returns the operations that bring the page from what it was told to what `model` is now.
    pub fn draw(&mut self, model: &mut Model) -> Vec<Op> {
        let tree = declare::tree(model);
        let mut ops = diff(&self.tree, &tree);
        let list = model.list.node;
        let is_new_list = list != self.list;
        let moved = std::mem::take(&mut model.list.moved);
        if is_new_list {
            model.list.orders = 0;
        } else if moved != 0 && declare::has_list(model) {
            let from = model.list.view.first.saturating_add_signed(-moved);
            ops.push(Op::Renumber { node: list, from, to: from.saturating_add_signed(moved) });
            model.list.orders = model.list.orders.wrapping_add(1);
        }
        self.tree = tree;
        if declare::has_list(model) {
            let lines = lines::lines(model);
            if is_new_list || lines != self.lines {
                ops.push(Op::Lines { node: list, lines: lines.clone() });
                self.lines = lines;
            }
            if let Some((row, place)) = model.list.reveal.take() {
                ops.push(Op::Reveal { node: list, row, place });
                model.list.orders = model.list.orders.wrapping_add(1);
            }
            self.list = list;
        } else {
            self.list = NodeId::ROOT;
        }
        let document = model.details.as_ref().map(|details| details.version);
        if let Some(details) = &model.details
            && document != self.document
        {
            ops.push(Op::Update { node: node::DOCUMENT, widget: Widget::Document(details.spans.clone()) });
        }
        self.document = document;
        ops
    }
}
