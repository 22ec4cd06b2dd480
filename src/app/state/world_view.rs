//! What the widgets of one world share: its tree, and where its events go.

use std::sync::Arc;

use super::link::{Link, Wish};
use super::view_tree::{KeyAction, ViewTree};
use crate::app::platform::focus_node;
use crate::world::message::Event;

/// A world's view, given to its widgets by context.
#[derive(Clone)]
pub struct WorldView {
    /// What is drawn.
    pub tree: ViewTree,
    wish: Arc<dyn Fn(Wish) + Send + Sync>,
}

impl WorldView {
    /// An empty view whose events go to `link`.
    #[must_use]
    pub fn new(link: &Link) -> Self {
        Self { tree: ViewTree::new(), wish: Arc::clone(&link.wish) }
    }

    /// Tells the world what the user did.
    pub fn send(&self, event: Event) {
        (self.wish)(Wish::World(event));
    }

    /// Does what a key or a command means.
    pub fn act(&self, action: KeyAction) {
        match action {
            KeyAction::Focus(node) => focus_node(node),
            KeyAction::Press(node) => self.send(Event::Press(node)),
            KeyAction::Toggle(node, on) => self.send(Event::Toggle(node, on)),
        }
    }
}
