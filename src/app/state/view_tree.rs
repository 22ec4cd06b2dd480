//! The view tree as signals: each node has its own, so that a change of one redraws nothing else.
//!
//! [`ViewTree::apply`] takes changes that [`crate::world`] has already checked; an operation on a node that is not there
//! does nothing. The view component registers it as [`super::link::Link::draw`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leptos::prelude::*;

use super::link::ViewChange;
use crate::world::view::{Layout, Line, NodeId, Op, RevealPlace, Widget};

/// A node of the tree. Clones are handles to the same node.
#[derive(Clone)]
pub struct ViewNode {
    /// The world's number for it.
    pub id: NodeId,
    /// Tells nodes apart that were given the same number one after the other.
    pub serial: u64,
    /// What it is. Its kind never changes.
    pub widget: ArcRwSignal<Widget>,
    /// Its children in order.
    pub children: ArcRwSignal<Vec<ViewNode>>,
    /// The lines in the window, when it is a row list.
    pub lines: ArcRwSignal<Arc<Vec<Arc<Line>>>>,
    /// What its row list was told to do.
    pub orders: ArcRwSignal<Orders>,
    parent: Option<NodeId>,
}

impl ViewNode {
    fn new(id: NodeId, serial: u64, parent: Option<NodeId>, widget: Widget) -> Self {
        Self {
            id,
            serial,
            widget: ArcRwSignal::new(widget),
            children: ArcRwSignal::new(Vec::new()),
            lines: ArcRwSignal::new(Arc::new(Vec::new())),
            orders: ArcRwSignal::new(Orders::default()),
            parent,
        }
    }
}

/// Something that a row list does once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOrder {
    /// Scroll so that this row is on screen.
    Reveal(u64, RevealPlace),
    /// What was the first row is the second now; the screen does not move.
    Renumber(u64, u64),
}

/// The orders that a row list was given.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    waiting: Vec<ListOrder>,
    taken: u32,
}

impl Orders {
    /// Whether some wait to be carried out.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes those that wait, to be carried out at once.
    pub fn take(&mut self) -> Vec<ListOrder> {
        self.taken = self.taken.wrapping_add(u32::try_from(self.waiting.len()).unwrap_or(u32::MAX));
        std::mem::take(&mut self.waiting)
    }

    /// How many have been carried out.
    #[must_use]
    pub const fn taken(&self) -> u32 {
        self.taken
    }
}

/// What a key does in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAction {
    /// The focus goes to this input.
    Focus(NodeId),
    /// This button is pressed.
    Press(NodeId),
    /// This switch is flipped to this.
    Toggle(NodeId, bool),
}

/// The tree of one world's view. Clones are handles to the same tree.
#[derive(Clone)]
pub struct ViewTree {
    nodes: Arc<Mutex<Nodes>>,
    /// The node that the world wants focused, and how many times it has asked.
    pub focus: ArcRwSignal<Option<(NodeId, u64)>>,
    /// The root, drawn anew when the view is cleared.
    pub root: ArcRwSignal<ViewNode>,
}

struct Nodes {
    by_id: HashMap<NodeId, ViewNode>,
    next_serial: u64,
    focus_requests: u64,
}

impl Default for ViewTree {
    fn default() -> Self {
        Self::new()
    }
}

impl ViewTree {
    /// A tree that holds only its root.
    #[must_use]
    pub fn new() -> Self {
        let root = root(0);
        let nodes = Nodes { by_id: HashMap::from([(root.id, root.clone())]), next_serial: 1, focus_requests: 0 };
        Self { nodes: Arc::new(Mutex::new(nodes)), focus: ArcRwSignal::new(None), root: ArcRwSignal::new(root) }
    }

    /// Applies a message of the world; message 0 clears the view first.
    pub fn apply(&self, change: ViewChange) {
        if change.number == 0 {
            self.clear();
        }
        for op in change.ops {
            self.apply_op(op);
        }
    }

    /// Returns the node with this number.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<ViewNode> {
        self.nodes().by_id.get(&id).cloned()
    }

    /// Returns what `key` does, for the widget that claims it and can be used now.
    #[must_use]
    pub fn key_action(&self, key: &str) -> Option<KeyAction> {
        let nodes = self.nodes();
        nodes.by_id.values().find_map(|node| match &*node.widget.read_untracked() {
            Widget::Input(input) if input.key.as_deref() == Some(key) => Some(KeyAction::Focus(node.id)),
            Widget::Button(button) if button.key.as_deref() == Some(key) && !button.disabled => {
                Some(KeyAction::Press(node.id))
            }
            Widget::Toggle(toggle) if toggle.key.as_deref() == Some(key) => {
                Some(KeyAction::Toggle(node.id, !toggle.on))
            }
            _ => None,
        })
    }

    fn clear(&self) {
        let mut nodes = self.nodes();
        let root = root(nodes.next_serial);
        nodes.next_serial += 1;
        nodes.by_id = HashMap::from([(root.id, root.clone())]);
        drop(nodes);
        self.root.set(root);
    }

    // The lock is never held while a signal is set: an effect that runs at once may ask for a node.
    fn apply_op(&self, op: Op) {
        match op {
            Op::Insert { node, parent, before, widget } => self.insert(node, parent, before, widget),
            Op::Update { node, widget } => {
                if let Some(node) = self.node(node)
                    && *node.widget.read_untracked() != widget
                {
                    node.widget.set(widget);
                }
            }
            Op::Move { node, before } => self.reorder(node, before),
            Op::Remove { node } => self.remove(node),
            Op::Lines { node, lines } => {
                if let Some(node) = self.node(node) {
                    node.lines.set(Arc::new(lines.into_iter().map(Arc::new).collect()));
                }
            }
            Op::Reveal { node, row, place } => self.order(node, ListOrder::Reveal(row, place)),
            Op::Renumber { node, from, to } => self.order(node, ListOrder::Renumber(from, to)),
            Op::Focus { node } => {
                let request = {
                    let mut nodes = self.nodes();
                    nodes.focus_requests += 1;
                    nodes.focus_requests
                };
                self.focus.set(Some((node, request)));
            }
        }
    }

    fn insert(&self, id: NodeId, parent: NodeId, before: Option<NodeId>, widget: Widget) {
        let (parent, node) = {
            let mut nodes = self.nodes();
            let Some(parent) = nodes.by_id.get(&parent).cloned() else { return };
            if nodes.by_id.contains_key(&id) {
                return;
            }
            let node = ViewNode::new(id, nodes.next_serial, Some(parent.id), widget);
            nodes.next_serial += 1;
            nodes.by_id.insert(id, node.clone());
            (parent, node)
        };
        parent.children.update(|children| children.insert(place_before(children, before), node));
    }

    fn reorder(&self, id: NodeId, before: Option<NodeId>) {
        let Some(parent) = self.parent_of(id) else { return };
        parent.children.update(|children| {
            let Some(at) = children.iter().position(|child| child.id == id) else { return };
            let node = children.remove(at);
            children.insert(place_before(children, before), node);
        });
    }

    fn remove(&self, id: NodeId) {
        let Some(parent) = self.parent_of(id) else { return };
        {
            let mut nodes = self.nodes();
            let mut going = vec![id];
            while let Some(id) = going.pop() {
                if let Some(node) = nodes.by_id.remove(&id) {
                    going.extend(node.children.read_untracked().iter().map(|child| child.id));
                }
            }
        }
        parent.children.update(|children| children.retain(|child| child.id != id));
    }

    fn order(&self, id: NodeId, order: ListOrder) {
        if let Some(node) = self.node(id) {
            node.orders.update(|orders| orders.waiting.push(order));
        }
    }

    fn parent_of(&self, id: NodeId) -> Option<ViewNode> {
        let nodes = self.nodes();
        let parent = nodes.by_id.get(&id)?.parent?;
        nodes.by_id.get(&parent).cloned()
    }

    fn nodes(&self) -> MutexGuard<'_, Nodes> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn root(serial: u64) -> ViewNode {
    ViewNode::new(NodeId::ROOT, serial, None, Widget::Group(Layout::Column, String::new()))
}

/// Where something that shall stand before `before` goes; the end when there is no such sibling.
fn place_before(children: &[ViewNode], before: Option<NodeId>) -> usize {
    before.and_then(|before| children.iter().position(|child| child.id == before)).unwrap_or(children.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::view::{Button, Toggle};

    fn text() -> Widget {
        Widget::Text(Vec::new())
    }

    fn insert(node: u32, parent: u32, before: Option<u32>, widget: Widget) -> Op {
        Op::Insert { node: NodeId(node), parent: NodeId(parent), before: before.map(NodeId), widget }
    }

    fn children(tree: &ViewTree, id: u32) -> Vec<u32> {
        let node = tree.node(NodeId(id)).expect("the node exists");
        node.children.read_untracked().iter().map(|child| child.id.0).collect()
    }

    fn tree(ops: Vec<Op>) -> ViewTree {
        let tree = ViewTree::new();
        tree.apply(ViewChange { number: 0, ops });
        tree
    }

    #[test]
    fn children_stand_where_the_world_put_and_moved_them() {
        let tree = tree(vec![insert(1, 0, None, text()), insert(2, 0, Some(1), text()), insert(3, 0, None, text())]);
        assert_eq!(children(&tree, 0), [2, 1, 3]);
        tree.apply(ViewChange { number: 1, ops: vec![Op::Move { node: NodeId(3), before: Some(NodeId(2)) }] });
        assert_eq!(children(&tree, 0), [3, 2, 1]);
        tree.apply(ViewChange { number: 2, ops: vec![Op::Move { node: NodeId(3), before: None }] });
        assert_eq!(children(&tree, 0), [2, 1, 3]);
    }

    #[test]
    fn removing_a_group_forgets_everything_under_it() {
        let group = Widget::Group(Layout::Row, String::new());
        let tree = tree(vec![insert(1, 0, None, group), insert(2, 1, None, text()), insert(3, 2, None, text())]);
        tree.apply(ViewChange { number: 1, ops: vec![Op::Remove { node: NodeId(1) }] });
        assert!(children(&tree, 0).is_empty());
        assert!(tree.node(NodeId(2)).is_none());
        assert!(tree.node(NodeId(3)).is_none());
    }

    #[test]
    fn a_number_used_again_is_another_node() {
        let tree = tree(vec![insert(1, 0, None, text())]);
        let before = tree.node(NodeId(1)).expect("inserted").serial;
        let ops = vec![Op::Remove { node: NodeId(1) }, insert(1, 0, None, text())];
        tree.apply(ViewChange { number: 1, ops });
        assert_ne!(tree.node(NodeId(1)).expect("inserted again").serial, before);
    }

    #[test]
    fn message_zero_clears_the_view() {
        let tree = tree(vec![insert(1, 0, None, text())]);
        let root_before = tree.root.read_untracked().serial;
        tree.apply(ViewChange { number: 0, ops: vec![insert(5, 0, None, text())] });
        assert_eq!(children(&tree, 0), [5]);
        assert_ne!(tree.root.read_untracked().serial, root_before);
    }

    #[test]
    fn operations_on_nodes_that_are_not_there_do_nothing() {
        let tree = tree(vec![
            insert(1, 9, None, text()),
            Op::Remove { node: NodeId(0) },
            Op::Move { node: NodeId(7), before: None },
            Op::Reveal { node: NodeId(7), row: 1, place: RevealPlace::Top },
        ]);
        assert!(children(&tree, 0).is_empty());
        assert!(tree.node(NodeId::ROOT).is_some());
    }

    #[test]
    fn a_key_acts_on_the_widget_that_claims_it_unless_it_is_disabled() {
        let button = |disabled| {
            Widget::Button(Button {
                label: "End".to_owned(),
                title: String::new(),
                icon: None,
                disabled,
                current: false,
                key: Some("G".to_owned()),
            })
        };
        let toggle = Widget::Toggle(Toggle { label: "Wrap".to_owned(), on: true, key: Some("w".to_owned()) });
        let tree = tree(vec![insert(1, 0, None, button(false)), insert(2, 0, None, toggle)]);
        assert_eq!(tree.key_action("G"), Some(KeyAction::Press(NodeId(1))));
        assert_eq!(tree.key_action("w"), Some(KeyAction::Toggle(NodeId(2), false)));
        assert_eq!(tree.key_action("x"), None);
        tree.apply(ViewChange { number: 1, ops: vec![Op::Update { node: NodeId(1), widget: button(true) }] });
        assert_eq!(tree.key_action("G"), None);
    }

    #[test]
    fn orders_of_a_list_queue_in_sequence() {
        let tree = tree(vec![
            insert(1, 0, None, text()),
            Op::Renumber { node: NodeId(1), from: 10, to: 20 },
            Op::Reveal { node: NodeId(1), row: 20, place: RevealPlace::Middle },
        ]);
        let mut orders = tree.node(NodeId(1)).expect("inserted").orders.get_untracked();
        assert_eq!(orders.take(), [ListOrder::Renumber(10, 20), ListOrder::Reveal(20, RevealPlace::Middle)]);
        assert_eq!((orders.is_waiting(), orders.taken()), (false, 2));
    }
}
