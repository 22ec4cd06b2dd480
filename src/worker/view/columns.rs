//! The strip in which columns are chosen.

use super::declare::{button, text};
use super::node;
use crate::log::display;
use crate::worker::model::{Cell, Model, TimeForm};
use crate::worker::words::join;
use crate::world::tree::Node;
use crate::world::view::{Layout, NodeId, Select, Token, Widget};

/// What stands in the choice of columns while none is chosen.
const ADD: &str = "Add a column …";

/// What can be done with the columns.
pub(super) fn strip(model: &Model) -> Node {
    let offered = model.offered_columns();
    let names = offered.iter().map(|name| display::strip(name.as_bytes()));
    let mut children = vec![select(node::ADD_COLUMN, "Add a column", [ADD.to_owned()].into_iter().chain(names), 0)];
    if model.shown_columns().any(|column| column.cell == Cell::Time) {
        let chosen = TimeForm::ALL.iter().position(|form| *form == model.time_form).unwrap_or(0);
        let forms = TimeForm::ALL.iter().map(|form| form.words().to_owned());
        children.push(select(node::TIME_FORM, "How times are written", forms, chosen));
    }
    match model.edited_column() {
        Some(column) => {
            let name = display::strip(column.cell.name().as_bytes());
            let act = |key, label: &str| button(key, label, &join(&[label, ": ", &name]), None, None);
            children.push(text(NodeId(261), &name, Token::Strong));
            children.extend([
                act(node::COLUMN_LEFT, "Left"),
                act(node::COLUMN_RIGHT, "Right"),
                act(node::COLUMN_NARROWER, "Narrower"),
                act(node::COLUMN_WIDER, "Wider"),
                act(node::REMOVE_COLUMN, "Remove"),
            ]);
        }
        None => children.push(text(NodeId(261), "Press the name of a column to move, size or remove it.", Token::Dim)),
    }
    children.push(button(node::CLOSE_COLUMNS, "Done", "Columns are as they should be", None, None));
    Node::group(NodeId(260), Layout::Bar, "Columns", children)
}

fn select(key: NodeId, label: &str, options: impl Iterator<Item = String>, chosen: usize) -> Node {
    let chosen = u16::try_from(chosen).unwrap_or(0);
    Node::leaf(key, Widget::Select(Select { label: label.to_owned(), options: options.collect(), chosen }))
}
