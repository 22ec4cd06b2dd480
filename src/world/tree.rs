//! The view tree: [`Tree`] holds what a world has drawn and refuses what breaks the rules; [`diff`] finds the operations
//! that lead from one tree to the next.
//!
//! Invariant: a [`Tree`] never passes [`limits`], each node but the root has one parent, parents are groups, and a node's kind
//! never changes. The page applies operations to a tree before it draws them; the world makes them with [`diff`]. A world
//! whose operation is refused has failed: the tree may hold a part of its last message and is thrown away.

use std::collections::HashMap;
use std::fmt;
use std::mem::discriminant;

use super::bounds::{self, Excess};
use super::view::{Layout, Line, NodeId, Op, Widget, limits};

/// What a world did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// More than [`limits::OPS`] in one message.
    Operations,
    /// More than [`limits::NODES`] in the tree.
    Nodes,
    /// Deeper than [`limits::DEPTH`].
    Depth,
    /// A new node whose number is taken.
    Taken(NodeId),
    /// No such node.
    Unknown(NodeId),
    /// A parent that holds no children.
    NoGroup(NodeId),
    /// The sibling to stand before is no sibling.
    NoSibling(NodeId),
    /// The node would become another kind of widget.
    Kind(NodeId),
    /// The node is no list of rows.
    NoRows(NodeId),
    /// The root stays where it is.
    Root,
    /// An operation that is too large in itself.
    Excess(Excess),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operations => f.write_str("too many view operations at once"),
            Self::Nodes => f.write_str("too many nodes"),
            Self::Depth => f.write_str("nodes nested too deeply"),
            Self::Taken(node) => write!(f, "node {} exists already", node.0),
            Self::Unknown(node) => write!(f, "node {} does not exist", node.0),
            Self::NoGroup(node) => write!(f, "node {} cannot hold others", node.0),
            Self::NoSibling(node) => write!(f, "node {} is no sibling", node.0),
            Self::Kind(node) => write!(f, "node {} cannot change its kind", node.0),
            Self::NoRows(node) => write!(f, "node {} is no list of rows", node.0),
            Self::Root => f.write_str("the root can neither move nor go"),
            Self::Excess(excess) => excess.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}

/// A node as the page holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What it is.
    pub widget: Widget,
    /// Its parent; only the root has none.
    pub parent: Option<NodeId>,
    /// Its children, in order; only groups have any.
    pub children: Vec<NodeId>,
    /// The lines in its window; only lists of rows have any.
    pub lines: Vec<Line>,
    depth: usize,
}

/// What a world has drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    nodes: HashMap<NodeId, Held>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Tree {
    /// Returns the tree that every world starts with: an empty column.
    #[must_use]
    pub fn new() -> Self {
        let widget = Widget::Group(Layout::Column, String::new());
        let root = Held { widget, parent: None, children: Vec::new(), lines: Vec::new(), depth: 1 };
        Self { nodes: HashMap::from([(NodeId::ROOT, root)]) }
    }

    /// Returns a node.
    #[must_use]
    pub fn node(&self, node: NodeId) -> Option<&Held> {
        self.nodes.get(&node)
    }

    /// Returns how many nodes there are, the root included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// Applies the operations of one message, in order.
    ///
    /// # Errors
    /// The first [`Fault`]; the operations before it stay applied.
    pub fn apply_all(&mut self, ops: Vec<Op>) -> Result<(), Fault> {
        if ops.len() > limits::OPS {
            return Err(Fault::Operations);
        }
        ops.into_iter().try_for_each(|op| self.apply(op))
    }

    /// Applies one operation.
    ///
    /// # Errors
    /// The [`Fault`] for which it was refused; nothing has changed then.
    pub fn apply(&mut self, op: Op) -> Result<(), Fault> {
        bounds::check(&op).map_err(Fault::Excess)?;
        match op {
            Op::Insert { node, parent, before, widget } => self.insert(node, parent, before, widget),
            Op::Update { node, widget } => self.update(node, widget),
            Op::Move { node, before } => self.relocate(node, before),
            Op::Remove { node } => self.remove(node),
            Op::Lines { node, lines } => {
                self.rows(node)?.lines = lines;
                Ok(())
            }
            Op::Reveal { node, .. } | Op::Renumber { node, .. } => self.rows(node).map(|_| ()),
            Op::Focus { node } => self.held(node).map(|_| ()),
        }
    }

    /// Returns the tree as a declaration, for comparing.
    #[must_use]
    pub fn declaration(&self) -> Node {
        self.declaration_of(NodeId::ROOT)
    }

    fn declaration_of(&self, key: NodeId) -> Node {
        let held = &self.nodes[&key];
        let children = held.children.iter().map(|child| self.declaration_of(*child)).collect();
        Node { key, widget: held.widget.clone(), children }
    }

    fn held(&mut self, node: NodeId) -> Result<&mut Held, Fault> {
        self.nodes.get_mut(&node).ok_or(Fault::Unknown(node))
    }

    fn rows(&mut self, node: NodeId) -> Result<&mut Held, Fault> {
        let held = self.held(node)?;
        if matches!(held.widget, Widget::Rows(_)) { Ok(held) } else { Err(Fault::NoRows(node)) }
    }

    fn insert(&mut self, node: NodeId, parent: NodeId, before: Option<NodeId>, widget: Widget) -> Result<(), Fault> {
        if self.nodes.contains_key(&node) {
            return Err(Fault::Taken(node));
        }
        if self.nodes.len() >= limits::NODES {
            return Err(Fault::Nodes);
        }
        let group = self.held(parent)?;
        if !matches!(group.widget, Widget::Group(..)) {
            return Err(Fault::NoGroup(parent));
        }
        let depth = group.depth + 1;
        if depth > limits::DEPTH {
            return Err(Fault::Depth);
        }
        let at = place_before(&group.children, before)?;
        group.children.insert(at, node);
        self.nodes.insert(node, Held { widget, parent: Some(parent), children: Vec::new(), lines: Vec::new(), depth });
        Ok(())
    }

    fn update(&mut self, node: NodeId, widget: Widget) -> Result<(), Fault> {
        let held = self.held(node)?;
        if discriminant(&held.widget) != discriminant(&widget) {
            return Err(Fault::Kind(node));
        }
        held.widget = widget;
        Ok(())
    }

    fn relocate(&mut self, node: NodeId, before: Option<NodeId>) -> Result<(), Fault> {
        let parent = self.held(node)?.parent.ok_or(Fault::Root)?;
        let children = &mut self.held(parent)?.children;
        if before == Some(node) {
            return Err(Fault::NoSibling(node));
        }
        place_before(children, before)?;
        children.retain(|child| *child != node);
        let at = place_before(children, before)?;
        children.insert(at, node);
        Ok(())
    }

    fn remove(&mut self, node: NodeId) -> Result<(), Fault> {
        let parent = self.held(node)?.parent.ok_or(Fault::Root)?;
        self.held(parent)?.children.retain(|child| *child != node);
        let mut going = vec![node];
        while let Some(next) = going.pop() {
            if let Some(held) = self.nodes.remove(&next) {
                going.extend(held.children);
            }
        }
        Ok(())
    }
}

fn place_before(children: &[NodeId], before: Option<NodeId>) -> Result<usize, Fault> {
    match before {
        None => Ok(children.len()),
        Some(sibling) => children.iter().position(|child| *child == sibling).ok_or(Fault::NoSibling(sibling)),
    }
}

/// A node of a declared tree. Keys are unique in the tree; the root's is [`NodeId::ROOT`]. A key that keeps its parent and its
/// kind of widget stays the same node; anything else is a new one in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its number.
    pub key: NodeId,
    /// What it is.
    pub widget: Widget,
    /// Its children, in order.
    pub children: Vec<Node>,
}

impl Node {
    /// Returns a node without children.
    #[must_use]
    pub const fn leaf(key: NodeId, widget: Widget) -> Self {
        Self { key, widget, children: Vec::new() }
    }

    /// Returns a group.
    #[must_use]
    pub fn group(key: NodeId, layout: Layout, label: &str, children: Vec<Self>) -> Self {
        Self { key, widget: Widget::Group(layout, label.to_owned()), children }
    }

    /// Returns the root that stands before anything was drawn.
    #[must_use]
    pub fn empty() -> Self {
        Self::group(NodeId::ROOT, Layout::Column, "", Vec::new())
    }

    fn is_kept_in(&self, other: &Self) -> bool {
        self.key == other.key && discriminant(&self.widget) == discriminant(&other.widget)
    }
}

/// Returns the operations that make `new` of `old`. Both roots are groups with the key [`NodeId::ROOT`].
///
/// # Complexity
/// Linear where the children of a group kept their order; quadratic in the children of a group that did not.
#[must_use]
pub fn diff(old: &Node, new: &Node) -> Vec<Op> {
    let mut ops = Vec::new();
    // All that goes goes first: a key may come back under another parent.
    remove_gone(old, new, &mut ops);
    draw_changed(old, new, &mut ops);
    ops
}

fn remove_gone(old: &Node, new: &Node, ops: &mut Vec<Op>) {
    for (index, child) in old.children.iter().enumerate() {
        match kept(child, index, &new.children) {
            Some(next) => remove_gone(child, next, ops),
            None => ops.push(Op::Remove { node: child.key }),
        }
    }
}

/// Finds `child`, which stood at `index`, among its siblings of the other tree.
fn kept<'a>(child: &Node, index: usize, others: &'a [Node]) -> Option<&'a Node> {
    match others.get(index) {
        Some(other) if child.is_kept_in(other) => Some(other),
        _ => others.iter().find(|other| child.is_kept_in(other)),
    }
}

fn draw_changed(old: &Node, new: &Node, ops: &mut Vec<Op>) {
    if old.widget != new.widget {
        ops.push(Op::Update { node: new.key, widget: new.widget.clone() });
    }
    // What stands in the page after the removals, changed along with each operation.
    let mut standing: Vec<NodeId> = old
        .children
        .iter()
        .enumerate()
        .filter(|(index, child)| kept(child, *index, &new.children).is_some())
        .map(|(_, child)| child.key)
        .collect();
    let in_order = standing.iter().eq(new.children.iter().map(|child| &child.key));
    for (index, child) in new.children.iter().enumerate().rev() {
        let before = new.children.get(index + 1).map(|sibling| sibling.key);
        let Some(previous) = kept(child, index, &old.children) else {
            insert_all(child, new.key, before, ops);
            let at = standing.iter().position(|key| Some(*key) == before).unwrap_or(standing.len());
            standing.insert(at, child.key);
            continue;
        };
        if !in_order {
            let at = standing.iter().position(|key| *key == child.key).unwrap_or(standing.len());
            if standing.get(at + 1).copied() != before {
                ops.push(Op::Move { node: child.key, before });
                standing.retain(|key| *key != child.key);
                let at = standing.iter().position(|key| Some(*key) == before).unwrap_or(standing.len());
                standing.insert(at, child.key);
            }
        }
        draw_changed(previous, child, ops);
    }
}

fn insert_all(node: &Node, parent: NodeId, before: Option<NodeId>, ops: &mut Vec<Op>) {
    ops.push(Op::Insert { node: node.key, parent, before, widget: node.widget.clone() });
    for child in &node.children {
        insert_all(child, node.key, None, ops);
    }
}

#[cfg(test)]
mod tests;
