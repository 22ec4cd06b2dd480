//! The page, as far as a test needs it: the tree, the viewport that follows, and a wire to the server.

use super::server::Server;
use crate::log::display;
use crate::worker::pump::Pump;
use crate::world::message::{self, Event, FromWorld, ToWorld};
use crate::world::tree::Tree;
use crate::world::view::{Button, Line, LineKind, NodeId, Op, RowList, RowRange, Widget};

const HEIGHT: u64 = 60;

pub(super) struct Screen {
    pub(super) pump: Pump,
    pub(super) server: Server,
    pub(super) tree: Tree,
    pub(super) list: NodeId,
    pub(super) copied: Option<String>,
    pub(super) address: String,
    pub(super) memory: String,
    pub(super) revealed: Vec<u64>,
    pub(super) renumbered: i64,
    orders: u32,
    ops: Vec<Op>,
}

impl Screen {
    pub(super) fn of(lines: Vec<Vec<u8>>) -> Self {
        Self {
            pump: Pump::new(),
            server: Server::new(lines),
            tree: Tree::new(),
            list: NodeId::ROOT,
            copied: None,
            address: String::new(),
            memory: String::new(),
            revealed: Vec::new(),
            renumbered: 0,
            orders: 0,
            ops: Vec::new(),
        }
    }

    pub(super) fn start(&mut self) {
        self.send(ToWorld::Active);
        self.server.sources();
        self.pump_server();
    }

    /// Sends one message and everything that follows from it; returns the operations that came.
    pub(super) fn send(&mut self, message: ToWorld) -> Vec<Op> {
        self.ops.clear();
        self.turn(message);
        self.pump_server();
        std::mem::take(&mut self.ops)
    }

    pub(super) fn event(&mut self, event: impl FnOnce(NodeId) -> Event) -> Vec<Op> {
        let event = event(self.list);
        self.send(ToWorld::Event(event))
    }

    pub(super) fn viewport(&mut self, first: u64, last: u64) {
        if self.list().follow {
            self.event(|list| Event::Follow(list, false));
        }
        self.viewport_after(self.orders, first, last);
    }

    /// What the page tells of its rows before it has carried out the last of its orders.
    pub(super) fn late_viewport(&mut self, first: u64, last: u64) {
        self.viewport_after(self.orders.checked_sub(1).expect("something was ordered"), first, last);
    }

    fn viewport_after(&mut self, orders: u32, first: u64, last: u64) {
        self.shown(message::Screen { drawn: RowRange { first, last }, seen: RowRange { first, last }, orders });
    }

    /// The page draws so many rows on either side of those that are seen.
    pub(super) fn drawn_around(&mut self, first: u64, last: u64, margin: u64) {
        if self.list().follow {
            self.event(|list| Event::Follow(list, false));
        }
        let drawn = RowRange { first: first.saturating_sub(margin), last: last + margin };
        self.shown(message::Screen { drawn, seen: RowRange { first, last }, orders: self.orders });
    }

    fn shown(&mut self, screen: message::Screen) {
        self.event(|list| Event::Viewport(list, screen));
    }

    pub(super) fn pump_server(&mut self) {
        let asked = self.server.asked;
        while !self.server.out.is_empty() {
            assert!(self.server.asked - asked < 200, "questions without end");
            for (lane, kind, body) in std::mem::take(&mut self.server.out) {
                self.turn(ToWorld::Server { lane, kind, body });
            }
        }
    }

    fn turn(&mut self, message: ToWorld) {
        let answers = self.pump.receive(&message.encode()).expect("the message is sound");
        assert!(answers.len() < 50, "a storm of {} messages", answers.len());
        for answer in answers {
            match FromWorld::decode(&answer).expect("the world keeps the limits") {
                FromWorld::Ready => {}
                FromWorld::Server { lane, kind, body } => self.server.hear(lane, kind, &body),
                FromWorld::Copy(text) => self.copied = Some(text),
                FromWorld::Address(address) => self.address = address,
                FromWorld::Memory(memory) => self.memory = memory,
                FromWorld::View(ops) => self.draw(ops),
            }
        }
    }

    fn draw(&mut self, ops: Vec<Op>) {
        for op in &ops {
            match op {
                Op::Insert { node, widget: Widget::Rows(_), .. } => (self.list, self.orders) = (*node, 0),
                Op::Reveal { row, .. } => {
                    self.revealed.push(*row);
                    self.orders += 1;
                }
                Op::Renumber { from, to, .. } => {
                    self.renumbered += *to as i64 - *from as i64;
                    self.orders += 1;
                }
                _ => {}
            }
        }
        self.tree.apply_all(ops.clone()).expect("the world draws by the rules");
        self.ops.extend(ops);
    }

    pub(super) fn append(&mut self, lines: &[Vec<u8>]) -> Vec<Op> {
        let from = self.server.lines.len();
        self.server.lines.extend_from_slice(lines);
        self.push_from(from)
    }

    pub(super) fn push_from(&mut self, from: usize) -> Vec<Op> {
        self.ops.clear();
        self.server.push_all(from);
        self.server.total();
        self.pump_server();
        std::mem::take(&mut self.ops)
    }

    pub(super) fn append_with_gap(&mut self, left_out: usize, lines: &[Vec<u8>]) {
        let from = self.server.lines.len();
        self.server.lines.extend((0..left_out).map(|n| format!("left out {n}").into_bytes()));
        self.server.gap(from, from + left_out);
        self.append(lines);
    }

    pub(super) fn move_up(&mut self, count: usize, up: usize, is_said: bool) -> Vec<Op> {
        self.ops.clear();
        self.server.move_up(count, up, is_said);
        self.server.total();
        self.pump_server();
        std::mem::take(&mut self.ops)
    }

    pub(super) fn total(&mut self) {
        self.server.total();
        self.pump_server();
    }

    pub(super) fn release(&mut self) {
        self.server.is_held = false;
        self.server.answer();
        self.pump_server();
    }

    /// The socket goes and comes back; three lines arrive meanwhile.
    pub(super) fn lose_socket(&mut self) {
        self.send(ToWorld::Suspended);
        self.server.held.clear();
        self.server.open = Default::default();
        self.server.lines.extend((0..3).map(|n| format!("meanwhile {n}").into_bytes()));
        self.send(ToWorld::Resumed);
    }

    pub(super) fn list(&self) -> &RowList {
        match &self.tree.node(self.list).expect("there is a list").widget {
            Widget::Rows(list) => list,
            other => panic!("{other:?} is no list"),
        }
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.tree.node(self.list).expect("there is a list").lines
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.lines().iter().map(text_of).collect()
    }

    pub(super) fn last_text(&self) -> String {
        text_of(self.lines().last().expect("there is a line"))
    }

    pub(super) fn text_of(&self, row: u64) -> Option<String> {
        self.lines().iter().find(|line| line.row == row).map(text_of)
    }

    pub(super) fn button(&self, node: NodeId) -> &Button {
        match &self.tree.node(node).expect("there is such a node").widget {
            Widget::Button(button) => button,
            other => panic!("{other:?} is no button"),
        }
    }

    pub(super) fn document(&self) -> String {
        match &self.tree.node(crate::worker::view::node::DOCUMENT).expect("details are shown").widget {
            Widget::Document(spans) => spans.iter().map(|span| span.text.as_str()).collect(),
            other => panic!("{other:?} is no document"),
        }
    }

    /// Whether some text on the page holds these words.
    pub(super) fn says(&self, words: &str) -> bool {
        fn holds(node: &crate::world::tree::Node, words: &str) -> bool {
            let here = match &node.widget {
                Widget::Text(spans) => spans.iter().any(|span| span.text.contains(words)),
                _ => false,
            };
            here || node.children.iter().any(|child| holds(child, words))
        }
        holds(&self.tree.declaration(), words)
    }

    /// The raw text of all entries held, in order.
    pub(super) fn all_held(&self) -> Vec<Vec<u8>> {
        let island = &self.pump.model().list.island;
        (island.base()..island.end()).filter_map(|row| island.entry(row)).map(|row| row.bytes.clone()).collect()
    }

    /// Checks that the screen shows lines of the result, in their order, at ascending rows below the number of rows.
    pub(super) fn check(&self) -> Result<(), String> {
        let lane = self.pump.model().shown();
        let Some(open) = self.server.open[usize::from(lane.0)].clone() else { return Ok(()) };
        let result = self.server.result(&open);
        let list = self.list();
        let mut from = 0;
        for line in self.lines() {
            if line.row >= list.rows {
                return Err(format!("row {} of {}", line.row, list.rows));
            }
            if !matches!(line.kind, LineKind::Entry | LineKind::Cut) {
                continue;
            }
            let shown = text_of(line);
            // The place tells the line.
            let Some(entry) = self.pump.model().list.island.entry(line.row) else {
                return Err(format!("row {} is not held", line.row));
            };
            if entry.place.generation != self.server.generation {
                return Err(format!("row {} is of generation {}", line.row, entry.place.generation));
            }
            let index = (entry.place.offset / 10_000_000) as usize;
            if result.binary_search(&index).is_err() {
                return Err(format!("line {index} is none of the result"));
            }
            if index < from {
                return Err(format!("line {index} stands behind line {from}"));
            }
            if shown != display::strip(&self.server.lines[index]) {
                return Err(format!("line {index} is shown as {shown}"));
            }
            if list.exact && self.server.estimate.is_none() && result.get(line.row as usize) != Some(&index) {
                return Err(format!("row {} shows line {index}", line.row));
            }
            from = index + 1;
        }
        Ok(())
    }

    /// Rows at the end of the list that are still on their way.
    pub(super) fn shown_rows_missing(&self) -> usize {
        self.lines().iter().rev().take(HEIGHT as usize).filter(|line| line.kind == LineKind::Waiting).count()
    }
}

fn text_of(line: &Line) -> String {
    line.spans.iter().map(|span| span.text.as_str()).collect()
}
