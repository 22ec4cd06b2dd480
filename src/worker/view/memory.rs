//! The panel with what the user had kept: queries with names, marked lines with notes.

use super::declare::{button, input, text};
use super::node;
use crate::log::display;
use crate::worker::model::{Mark, Model, SavedQuery};
use crate::worker::words::{join, thousands};
use crate::world::tree::Node;
use crate::world::view::{Icon, Layout, NodeId, Token};

/// The panel.
pub(super) fn panel(model: &Model) -> Node {
    let mut children = vec![
        Node::group(
            NodeId(276),
            Layout::Row,
            "What is saved",
            vec![
                text(NodeId(277), "Saved", Token::Strong),
                button(node::CLOSE_MEMORY, "Close", "Close what is saved", None, None),
            ],
        ),
        text(NodeId(278), "Queries", Token::Strong),
    ];
    match &model.filter {
        Some(_) => {
            children.push(input(node::QUERY_NAME, "Name for this filter", "Name, then Enter: saves this filter", ""))
        }
        None => children.push(text(NodeId(279), "A filter that stands above can be saved under a name.", Token::Dim)),
    }
    children.extend((node::FIRST_SAVED..).step_by(STEP).zip(&model.memory.saved).map(saved));
    children.push(text(NodeId(280), "Marks", Token::Strong));
    if model.memory.marks.is_empty() {
        children.push(text(NodeId(281), "None yet: m marks the line that you are at.", Token::Dim));
    }
    children.extend((node::FIRST_MARK..).step_by(STEP).zip(&model.memory.marks).map(mark));
    Node::group(NodeId(282), Layout::Details, "Saved", vec![Node::group(NodeId(283), Layout::Summary, "", children)])
}

const STEP: usize = node::KEPT_STEP as usize;

fn saved((key, saved): (u32, &SavedQuery)) -> Node {
    let (name, query) = (shown(&saved.name), shown(&saved.text));
    let children = vec![
        button(NodeId(key + 1), &name, &join(&["Filter by ", &query]), None, None),
        text(NodeId(key + 2), &query, Token::Dim),
        button(NodeId(key + 3), &join(&["Remove ", &name]), "", Some(Icon::Close), None),
    ];
    Node::group(NodeId(key), Layout::Row, &join(&["Saved query ", &name]), children)
}

fn mark((key, mark): (u32, &Mark)) -> Node {
    let place = join(&[&shown(&mark.source), ":", &thousands(mark.line + 1)]);
    let label = join(&[&place, "  ", &shown(&mark.beginning)]);
    let children = vec![
        button(
            NodeId(key + 1),
            &label,
            &join(&["To line ", &thousands(mark.line + 1), " of ", &shown(&mark.source)]),
            None,
            None,
        ),
        input(NodeId(key + 2), &join(&["Note on ", &place]), "Note, then Enter", &mark.note),
        button(NodeId(key + 3), &join(&["Remove the mark on ", &place]), "", Some(Icon::Close), None),
    ];
    Node::group(NodeId(key), Layout::Row, &join(&["Mark on ", &place]), children)
}

fn shown(text: &str) -> String {
    display::strip(text.as_bytes())
}
