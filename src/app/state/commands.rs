//! What can be done in a world's view, as a list to search: every control that can be used now, with its key.

use leptos::prelude::ReadUntracked;

use super::view_tree::{KeyAction, ViewNode, ViewTree};
use crate::world::view::Widget;

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The words on the control.
    pub words: String,
    /// What else it says of itself.
    pub hint: String,
    /// The key that does the same.
    pub key: Option<String>,
    /// What it does.
    pub action: KeyAction,
}

/// The most that are listed.
const LISTED_MAX: usize = 100;

/// Keys of the list of rows itself, and what they do.
pub const ROW_KEYS: [(&str, &str); 7] = [
    ("↑ ↓", "choose a line; with Shift several"),
    ("Enter", "its details"),
    ("Page Up, Page Down, Space", "a screen up or down"),
    ("Home, End", "to the first line; to the last, and follow"),
    ("Ctrl A, Ctrl C", "choose all; copy what is chosen"),
    ("Esc", "close what is open, give up what is waited for"),
    ("Ctrl K, ?", "this list"),
];

/// Everything that can be done in the view: what has a key of its own first, each in the order of the view.
#[must_use]
pub fn commands(tree: &ViewTree) -> Vec<Command> {
    let mut found = Vec::new();
    collect(&tree.root.read_untracked(), &mut found);
    found.sort_by_key(|command| command.key.is_none());
    found
}

fn collect(node: &ViewNode, found: &mut Vec<Command>) {
    found.extend(command(node));
    for child in node.children.read_untracked().iter() {
        collect(child, found);
    }
}

fn command(node: &ViewNode) -> Option<Command> {
    let (words, hint, key, action) = match &*node.widget.read_untracked() {
        Widget::Input(input) => (input.label.clone(), String::new(), input.key.clone(), KeyAction::Focus(node.id)),
        Widget::Button(button) if !button.disabled => {
            (button.label.clone(), button.title.clone(), button.key.clone(), KeyAction::Press(node.id))
        }
        Widget::Toggle(toggle) => {
            let state = if toggle.on { "on" } else { "off" };
            (toggle.label.clone(), state.to_owned(), toggle.key.clone(), KeyAction::Toggle(node.id, !toggle.on))
        }
        Widget::Select(select) => (select.label.clone(), String::new(), None, KeyAction::Focus(node.id)),
        _ => return None,
    };
    let hint = if hint == words { String::new() } else { hint };
    Some(Command { words, hint, key, action })
}

/// Those that hold every word of what is typed.
#[must_use]
pub fn matching(commands: &[Command], typed: &str) -> Vec<Command> {
    let typed = typed.to_lowercase();
    let is_meant = |command: &&Command| {
        let said = [&command.words, " ", &command.hint].concat().to_lowercase();
        typed.split_whitespace().all(|word| said.contains(word))
    };
    commands.iter().filter(is_meant).take(LISTED_MAX).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::state::link::ViewChange;
    use crate::world::view::{Button, Layout, NodeId, Op, Toggle};

    fn button(label: &str, disabled: bool, key: Option<&str>) -> Widget {
        Widget::Button(Button {
            label: label.to_owned(),
            title: format!("{label} it"),
            icon: None,
            disabled,
            current: false,
            key: key.map(str::to_owned),
        })
    }

    fn tree() -> ViewTree {
        let insert =
            |node, parent, widget| Op::Insert { node: NodeId(node), parent: NodeId(parent), before: None, widget };
        let tree = ViewTree::new();
        let ops = vec![
            insert(1, 0, Widget::Group(Layout::Toolbar, "Controls".into())),
            insert(2, 1, button("Copy", false, None)),
            insert(3, 1, button("Clear", true, Some("c"))),
            insert(4, 1, Widget::Toggle(Toggle { label: "Wrap".into(), on: true, key: Some("w".into()) })),
        ];
        tree.apply(ViewChange { number: 0, ops });
        tree
    }

    #[test]
    fn what_can_be_used_now_is_listed_and_what_has_a_key_comes_first() {
        let listed: Vec<_> =
            commands(&tree()).into_iter().map(|one| (one.words, one.hint, one.key, one.action)).collect();
        assert_eq!(
            listed,
            [
                ("Wrap".into(), "on".into(), Some("w".into()), KeyAction::Toggle(NodeId(4), false)),
                ("Copy".into(), "Copy it".into(), None, KeyAction::Press(NodeId(2))),
            ]
        );
    }

    #[test]
    fn every_word_that_is_typed_has_to_be_said() {
        let all = commands(&tree());
        let found = |typed: &str| matching(&all, typed).into_iter().map(|one| one.words).collect::<Vec<_>>();
        assert_eq!(found(""), ["Wrap", "Copy"]);
        assert_eq!(found(" IT cop"), ["Copy"]);
        assert!(found("copy on").is_empty());
    }
}
