//! The tree refuses what breaks its rules, and the difference of two trees leads from one to the other.

use super::*;
use crate::world::view::{Column, LineKind, RevealPlace, RowList, Span, Token};

fn text(words: &str) -> Widget {
    Widget::Text(vec![Span { text: words.into(), token: Token::Plain }])
}

fn group() -> Widget {
    Widget::Group(Layout::Row, String::new())
}

fn list() -> Widget {
    Widget::Rows(RowList {
        label: "rows".into(),
        rows: 10,
        exact: true,
        wrap: false,
        follow: false,
        selection: None,
        current: None,
        number_width: 2,
        first_row: 0,
        columns: Vec::new(),
    })
}

fn insert(node: u32, parent: u32, widget: Widget) -> Op {
    Op::Insert { node: NodeId(node), parent: NodeId(parent), before: None, widget }
}

fn tree(ops: Vec<Op>) -> Tree {
    let mut tree = Tree::new();
    tree.apply_all(ops).expect("the operations are allowed");
    tree
}

#[test]
fn a_child_stands_where_it_was_put() {
    let mut tree = tree(vec![insert(1, 0, text("a")), insert(2, 0, text("b"))]);
    tree.apply(Op::Insert { node: NodeId(3), parent: NodeId(0), before: Some(NodeId(2)), widget: text("c") }).unwrap();
    assert_eq!(tree.node(NodeId(0)).unwrap().children, [NodeId(1), NodeId(3), NodeId(2)]);
    tree.apply(Op::Move { node: NodeId(1), before: None }).unwrap();
    assert_eq!(tree.node(NodeId(0)).unwrap().children, [NodeId(3), NodeId(2), NodeId(1)]);
}

#[test]
fn a_group_goes_with_everything_under_it() {
    let mut tree = tree(vec![insert(1, 0, group()), insert(2, 1, group()), insert(3, 2, text("x"))]);
    tree.apply(Op::Remove { node: NodeId(1) }).unwrap();
    assert_eq!(tree, Tree::new());
}

#[test]
fn each_broken_rule_has_its_fault_and_changes_nothing() {
    let before = tree(vec![insert(1, 0, group()), insert(2, 1, text("a")), insert(3, 0, list())]);
    let unknown = NodeId(99);
    let line = |row| Line {
        row,
        key: 0,
        number: String::new(),
        level: None,
        kind: LineKind::Entry,
        spans: Vec::new(),
        cells: Vec::new(),
        is_marked: false,
    };
    let wide = |column: Column, count| match list() {
        Widget::Rows(rows) => Widget::Rows(RowList { columns: vec![column; count], ..rows }),
        other => other,
    };
    let column = |width| Column { name: "time".into(), width, current: false };
    let long = "x".repeat(limits::TEXT_BYTES + 1);
    let cases = [
        (insert(2, 0, text("b")), Fault::Taken(NodeId(2))),
        (insert(0, 0, group()), Fault::Taken(NodeId::ROOT)),
        (insert(4, 99, text("b")), Fault::Unknown(unknown)),
        (insert(4, 2, text("b")), Fault::NoGroup(NodeId(2))),
        (
            Op::Insert { node: NodeId(4), parent: NodeId(0), before: Some(NodeId(2)), widget: text("b") },
            Fault::NoSibling(NodeId(2)),
        ),
        (insert(4, 0, text(&long)), Fault::Excess(Excess::Text)),
        (Op::Update { node: NodeId(2), widget: group() }, Fault::Kind(NodeId(2))),
        (Op::Update { node: unknown, widget: group() }, Fault::Unknown(unknown)),
        (Op::Move { node: NodeId::ROOT, before: None }, Fault::Root),
        (Op::Move { node: NodeId(2), before: Some(NodeId(3)) }, Fault::NoSibling(NodeId(3))),
        (Op::Move { node: NodeId(2), before: Some(NodeId(2)) }, Fault::NoSibling(NodeId(2))),
        (Op::Remove { node: NodeId::ROOT }, Fault::Root),
        (Op::Remove { node: unknown }, Fault::Unknown(unknown)),
        (Op::Lines { node: NodeId(2), lines: Vec::new() }, Fault::NoRows(NodeId(2))),
        (Op::Lines { node: NodeId(3), lines: vec![line(4), line(4)] }, Fault::Excess(Excess::Order)),
        (
            Op::Lines {
                node: NodeId(3),
                lines: vec![Line { cells: vec![Vec::new(); limits::COLUMNS + 1], ..line(4) }],
            },
            Fault::Excess(Excess::Columns),
        ),
        (insert(4, 0, wide(column(8), limits::COLUMNS + 1)), Fault::Excess(Excess::Columns)),
        (insert(4, 0, wide(column(0), 1)), Fault::Excess(Excess::Columns)),
        (insert(4, 0, wide(column(limits::COLUMN_CHARS + 1), 1)), Fault::Excess(Excess::Columns)),
        (Op::Reveal { node: NodeId(1), row: 0, place: RevealPlace::Top }, Fault::NoRows(NodeId(1))),
        (Op::Renumber { node: unknown, from: 0, to: 1 }, Fault::Unknown(unknown)),
        (Op::Focus { node: unknown }, Fault::Unknown(unknown)),
    ];
    for (op, fault) in cases {
        let mut tree = before.clone();
        assert_eq!(tree.apply(op.clone()), Err(fault), "{op:?}");
        assert_eq!(tree, before);
    }
}

#[test]
fn nodes_and_depth_and_operations_are_bounded() {
    let mut deep = Tree::new();
    let depth = (0..).take_while(|n| deep.apply(insert(n + 1, *n, group())).is_ok()).count();
    assert_eq!(depth + 1, limits::DEPTH);
    let mut wide = Tree::new();
    let count = (1..).take_while(|n| wide.apply(insert(*n, 0, group())).is_ok()).count();
    assert_eq!(count + 1, limits::NODES);
    assert_eq!(wide.apply(insert(u32::MAX, 0, group())), Err(Fault::Nodes));
    let ops = vec![Op::Focus { node: NodeId::ROOT }; limits::OPS + 1];
    assert_eq!(Tree::new().apply_all(ops), Err(Fault::Operations));
}

#[test]
fn equal_trees_differ_in_nothing() {
    let node = Node::group(NodeId::ROOT, Layout::Column, "", vec![Node::leaf(NodeId(1), text("a"))]);
    assert_eq!(diff(&node, &node), []);
}

#[test]
fn a_changed_word_is_one_operation() {
    let of = |words| {
        let leaf = |key, words| Node::leaf(NodeId(key), text(words));
        Node::group(NodeId::ROOT, Layout::Column, "", vec![leaf(1, "a"), leaf(2, words), leaf(3, "c")])
    };
    assert_eq!(diff(&of("b"), &of("d")), [Op::Update { node: NodeId(2), widget: text("d") }]);
}

#[test]
fn a_node_that_moves_to_another_parent_is_drawn_anew() {
    let leaf = || Node::leaf(NodeId(9), text("a"));
    let of = |first, second| {
        Node::group(
            NodeId::ROOT,
            Layout::Column,
            "",
            vec![Node::group(NodeId(1), Layout::Row, "", first), Node::group(NodeId(2), Layout::Row, "", second)],
        )
    };
    let (old, new) = (of(vec![leaf()], vec![]), of(vec![], vec![leaf()]));
    for (from, to) in [(&old, &new), (&new, &old)] {
        let mut tree = Tree::new();
        tree.apply_all(diff(&Node::empty(), from)).unwrap();
        tree.apply_all(diff(from, to)).unwrap();
        assert_eq!(&tree.declaration(), to);
    }
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Builds a tree of few keys, so that two trees share many of them under the same and under other parents.
    fn any_tree() -> impl Strategy<Value = Node> {
        let choice = (1_u32..14, 0_usize..14, 0_u8..3, any::<prop::sample::Index>());
        prop::collection::vec(choice, 0..24).prop_map(|choices| {
            let mut tree = Tree::new();
            for (key, parent, kind, at) in choices {
                let widget = match kind {
                    0 => text("a"),
                    1 => text("b"),
                    _ => group(),
                };
                let parent = NodeId(parent as u32);
                let before = tree.node(parent).and_then(|held| {
                    let count = held.children.len();
                    held.children.get(at.index(count + 1)).copied()
                });
                // What the tree refuses is left out: only allowed trees are compared.
                let _ = tree.apply(Op::Insert { node: NodeId(key), parent, before, widget });
            }
            tree.declaration()
        })
    }

    proptest! {
        #[test]
        fn the_difference_leads_from_one_tree_to_the_other(old in any_tree(), new in any_tree()) {
            let mut tree = Tree::new();
            tree.apply_all(diff(&Node::empty(), &old)).expect("the first difference is allowed");
            prop_assert_eq!(&tree.declaration(), &old);
            tree.apply_all(diff(&old, &new)).expect("the second difference is allowed");
            prop_assert_eq!(tree.declaration(), new);
        }

        #[test]
        fn a_reordered_list_comes_out_in_its_new_order(order in Just((1_u32..12).collect::<Vec<_>>()).prop_shuffle()) {
            let of = |keys: &mut dyn Iterator<Item = u32>| {
                let children = keys.map(|key| Node::leaf(NodeId(key), text("x"))).collect();
                Node::group(NodeId::ROOT, Layout::Column, "", children)
            };
            let (old, new) = (of(&mut (1..12)), of(&mut order.into_iter()));
            let mut tree = Tree::new();
            tree.apply_all(diff(&Node::empty(), &old)).expect("allowed");
            let ops = diff(&old, &new);
            let only_moves = ops.iter().all(|op| matches!(op, Op::Move { .. }));
            prop_assert!(only_moves);
            tree.apply_all(ops).expect("allowed");
            prop_assert_eq!(tree.declaration(), new);
        }
    }
}
