//! The virtual list of rows: a scroll container whose track only carries the scrollbar, and a pane that stays in view and
//! holds the few rows there are to see.
//!
//! Everything that can be reckoned is in [`RowWindow`]; here is the document, in [`travel`] and [`hand`] are the user's moves.

mod hand;
mod head;
mod travel;

use std::collections::HashMap;
use std::sync::Arc;

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::{EventTarget, HtmlElement};

use self::hand::Hand;
use self::head::{RowsHead, head_id, place_columns};
use super::{RowMarks, RowView};
use crate::app::platform::{
    closest_row, height_px, listen_scroll_end, listen_wheel, observe_size, place_style, rows_in, soon,
};
use crate::app::state::row_selection::renumbered;
use crate::app::state::row_window::{DrawnLine, RowWindow};
use crate::app::state::view_tree::{ListOrder, Orders, ViewNode};
use crate::app::state::world_view::WorldView;
use crate::world::message::{Event, Screen};
use crate::world::view::{Line, LineKind, NodeId, RowList, Widget};

/// A row in the document: its key, and its line as it is now.
type DrawnRow = (u64, ArcRwSignal<Arc<Line>>);

/// Draws the rows around the scroll position and tells the world which they are. Follows the end until the user scrolls
/// away, presses into the text or selects some of it.
#[component]
pub fn RowsWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let view = expect_context::<WorldView>();
    let ViewNode { id, widget, lines, orders, .. } = node;
    let list = Memo::new(move |_| match &*widget.read() {
        Widget::Rows(list) => list.clone(),
        _ => absent_list(),
    });
    let marks = Memo::new(move |_| RowMarks::of(&list.read()));
    let scroller = NodeRef::<html::Div>::new();
    let track = NodeRef::<html::Div>::new();
    let pane = NodeRef::<html::Div>::new();
    let layer = NodeRef::<html::Div>::new();
    let head = NodeRef::<html::Div>::new();
    let drawn = RwSignal::new(Vec::<DrawnRow>::new());
    let rows = Rows {
        id,
        view: StoredValue::new(view),
        list,
        lines: StoredValue::new(lines.clone()),
        window: StoredValue::new(RowWindow::default()),
        hand: StoredValue::new(Hand::default()),
        obeyed: StoredValue::new(0),
        told: StoredValue::new(None),
        pace: StoredValue::new(Pace::Idle),
        undrawn: StoredValue::new(Vec::new()),
        drawn,
        parts: Parts { scroller, track, pane, layer, head },
    };

    Effect::new(move |_| {
        lines.track();
        rows.heed(&list.read(), &orders);
        rows.draw_in_time();
    });
    Effect::new(move |_| {
        let Some(element) = scroller.get() else { return };
        let element: HtmlElement = element.into();
        listen_wheel(&element, move |event| rows.wheel(&event));
        listen_scroll_end(&element, move || rows.place_scrollbar());
        observe_size(&element, move || rows.resized());
        rows.resized();
        let copy = window_event_listener(ev::copy, move |event| rows.copy(&event));
        let moved = window_event_listener(ev::pointermove, move |event| rows.pointer_moved(&event));
        let released = window_event_listener(ev::pointerup, move |_| rows.pointer_released());
        let cancelled = window_event_listener(ev::pointercancel, move |_| rows.pointer_released());
        on_cleanup(move || {
            copy.remove();
            moved.remove();
            released.remove();
            cancelled.remove();
        });
    });

    Effect::new(move |_| {
        if let Some(layer) = layer.get() {
            place_columns(&layer, &list.read().columns);
        }
    });

    let number_class = move || format!("rows-layer number-width-{}", list.read().number_width.clamp(1, 16));
    view! {
        <RowsHead id list head />
        <div
            class="rows"
            class:is-wrapped=move || list.read().wrap
            role="grid"
            tabindex="0"
            aria-label=move || list.read().label.clone()
            aria-rowcount=move || if list.read().exact { list.read().rows.to_string() } else { "-1".to_owned() }
            aria-activedescendant=move || active_row(&list.read()).map(|row| format!("row-{row}"))
            aria-multiselectable="true"
            aria-readonly="true"
            aria-owns=head_id(id)
            data-node=id.0
            node_ref=scroller
            on:scroll=move |_| rows.native_scrolled()
            on:keydown=move |event| rows.key(&event)
            on:pointerdown=move |event| rows.pointer_pressed(&event)
            on:mousedown=move |event| {
                if event.shift_key() {
                    event.prevent_default();
                    if let Some(element) = scroller.get_untracked() {
                        let _ = element.focus();
                    }
                }
            }
            on:click=move |event| rows.clicked(&event)
        >
            <div class="rows-track" role="presentation" node_ref=track>
                <div class="rows-pane" role="presentation" node_ref=pane>
                    <div class=number_class role="rowgroup" node_ref=layer>
                        <For each=move || drawn.get() key=|row| row.0 let:row>
                            <RowView line=row.1 marks />
                        </For>
                    </div>
                </div>
            </div>
        </div>
    }
}

/// The elements of the list.
#[derive(Clone, Copy)]
struct Parts {
    scroller: NodeRef<html::Div>,
    track: NodeRef<html::Div>,
    pane: NodeRef<html::Div>,
    layer: NodeRef<html::Div>,
    head: NodeRef<html::Div>,
}

/// A world may speak more often than anybody can read: what it says is drawn with the next frame, and then not with the one
/// after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Nothing has changed.
    Idle,
    /// The next frame draws.
    Due,
    /// The last frame drew; whether something has changed since.
    Resting(bool),
}

/// A row list at work. Copies are handles to the same.
#[derive(Clone, Copy)]
struct Rows {
    id: NodeId,
    view: StoredValue<WorldView>,
    list: Memo<RowList>,
    lines: StoredValue<ArcRwSignal<Arc<Vec<Arc<Line>>>>>,
    window: StoredValue<RowWindow>,
    hand: StoredValue<Hand>,
    /// How many of the world's orders have been carried out.
    obeyed: StoredValue<u32>,
    /// The viewport that the world was told last.
    told: StoredValue<Option<Screen>>,
    /// How far the drawing of what the world has said is.
    pace: StoredValue<Pace>,
    /// How rows were renumbered since they were drawn: the document still has their old numbers.
    undrawn: StoredValue<Vec<(u64, u64)>>,
    drawn: RwSignal<Vec<DrawnRow>>,
    parts: Parts,
}

impl Rows {
    fn send(&self, event: Event) {
        self.view.with_value(|view| view.send(event));
    }

    /// Takes over what the world says about the list, and does what it ordered, in sequence.
    fn heed(&self, facts: &RowList, orders: &ArcRwSignal<Orders>) {
        let given = if orders.read().is_waiting() { orders.write_untracked().take() } else { Vec::new() };
        self.obeyed.set_value(orders.read_untracked().taken());
        self.window.update_value(|window| window.update(facts, &given));
        for order in given {
            if let ListOrder::Renumber(from, to) = order {
                self.hand.update_value(|hand| hand.renumber(from, to));
                self.undrawn.update_value(|undrawn| undrawn.push((from, to)));
            }
        }
        if !facts.follow {
            self.hand.update_value(|hand| hand.resumes = false);
        }
    }

    /// The row under this target, by its number of now.
    fn row_under(&self, target: &EventTarget) -> Option<u64> {
        let drawn = closest_row(target)?;
        Some(
            self.undrawn
                .with_value(|undrawn| undrawn.iter().fold(drawn, |row, (from, to)| renumbered(row, *from, *to))),
        )
    }

    /// Has what the world said drawn: all that came since the last drawing at once.
    fn draw_in_time(&self) {
        match self.pace.get_value() {
            Pace::Idle => self.go_on(Pace::Due),
            Pace::Resting(_) => self.pace.set_value(Pace::Resting(true)),
            Pace::Due => {}
        }
    }

    fn go_on(&self, pace: Pace) {
        self.pace.set_value(pace);
        let this = *self;
        request_animation_frame(move || this.frame());
    }

    fn frame(&self) {
        match self.pace.try_get_value() {
            Some(Pace::Due) => {
                self.go_on(Pace::Resting(false));
                self.draw_all();
            }
            Some(Pace::Resting(true)) => self.go_on(Pace::Due),
            Some(Pace::Resting(false)) => self.pace.set_value(Pace::Idle),
            // The list is gone.
            Some(Pace::Idle) | None => {}
        }
    }

    /// Brings the rows in the document up to date, and the scrollbar once they are there.
    fn draw_all(&self) {
        let this = *self;
        self.draw();
        soon(move || this.place_scrollbar());
    }

    /// Brings the rows in the document up to date. Rows that stay keep their elements, so a selection in them stays too.
    fn draw(&self) {
        self.undrawn.set_value(Vec::new());
        let lines = self.lines.with_value(|lines| lines.get_untracked());
        let wanted = self.window.with_value(|window| window.drawn(&lines));
        let wanted = self.keep_drawn(wanted);
        let before: HashMap<u64, ArcRwSignal<Arc<Line>>> = self.drawn.get_untracked().into_iter().collect();
        let is_same = {
            let shown = self.drawn.read_untracked();
            shown.len() == wanted.len() && shown.iter().zip(&wanted).all(|(shown, wanted)| shown.0 == wanted.key)
        };
        let mut rows = Vec::with_capacity(wanted.len());
        let first = wanted.first().map(|first| first.line.row);
        for wanted in wanted {
            let row = match before.get(&wanted.key) {
                Some(line) => {
                    let shown = line.get_untracked();
                    if !Arc::ptr_eq(&shown, &wanted.line) && shown != wanted.line {
                        line.set(wanted.line);
                    }
                    line.clone()
                }
                None => ArcRwSignal::new(wanted.line),
            };
            rows.push((wanted.key, row));
        }
        if !is_same {
            self.drawn.set(rows);
        }
        self.place_layer(first);
        self.tell_viewport();
        let this = *self;
        // The rows are in the document once the effects that this caused have run.
        soon(move || this.measure());
    }

    /// While rows are held under the pointer, those that the world no longer sends are drawn as they were.
    fn keep_drawn(&self, mut wanted: Vec<DrawnLine>) -> Vec<DrawnLine> {
        if !self.hand.with_value(|hand| hand.keeps) {
            return wanted;
        }
        let shown: HashMap<u64, DrawnRow> = self
            .drawn
            .with_untracked(|rows| rows.iter().map(|row| (row.1.read_untracked().row, row.clone())).collect());
        let mut is_complete = true;
        for missing in wanted.iter_mut().filter(|wanted| wanted.line.kind == LineKind::Waiting) {
            is_complete = false;
            if let Some((key, line)) = shown.get(&missing.line.row) {
                *missing = DrawnLine { key: *key, line: line.get_untracked() };
            }
        }
        if is_complete && self.hand.with_value(|hand| hand.drag.is_none()) {
            self.hand.update_value(|hand| hand.keeps = false);
        }
        wanted
    }

    fn tell_viewport(&self) {
        let (drawn, seen) = self.window.with_value(|window| (window.range(), window.seen()));
        let Some((drawn, seen)) = drawn.zip(seen) else { return };
        let screen = Screen { drawn, seen, orders: self.obeyed.get_value() };
        if self.told.get_value() != Some(screen) {
            self.told.set_value(Some(screen));
            self.send(Event::Viewport(self.id, screen));
        }
    }

    fn place_layer(&self, first_drawn: Option<u64>) {
        let Some(layer) = self.parts.layer.get_untracked() else { return };
        let place = first_drawn.and_then(|row| self.window.with_value(|window| window.layer_px(row)));
        let is_at_bottom = first_drawn.is_some() && place.is_none();
        if let Some(pane) = self.parts.pane.get_untracked() {
            let _ = pane.class_list().toggle_with_force("is-at-bottom", is_at_bottom);
        }
        let transform =
            if is_at_bottom { "none".to_owned() } else { format!("translateY({}px)", place.unwrap_or(0.0)) };
        place_style(&layer, "transform", &transform);
    }

    /// Learns the heights of the rows that are drawn, where they are not known; where they are not what was thought,
    /// everything is placed anew before it is painted.
    fn measure(&self) {
        let Some(Some(layer)) = self.parts.layer.try_get_untracked() else { return };
        if self.window.with_value(RowWindow::is_measured) {
            return;
        }
        let heights: Vec<(u64, f64)> =
            rows_in(&layer).iter().map(|(row, element)| (*row, height_px(element))).collect();
        if self.window.try_update_value(|window| window.measure(&heights)).unwrap_or(false) {
            self.draw_all();
        }
    }

    /// The names over the columns go to the side with the rows.
    fn place_head(&self) {
        let (scroller, head) = (self.parts.scroller.get_untracked(), self.parts.head.get_untracked());
        if let Some((scroller, head)) = scroller.zip(head) {
            place_style(&head, "transform", &format!("translateX({}px)", -scroller.scroll_left()));
        }
    }

    fn resized(&self) {
        let Some(scroller) = self.parts.scroller.get_untracked() else { return };
        let viewport_px = f64::from(scroller.client_height());
        self.window.update_value(|window| window.resize(viewport_px));
        if let Some(pane) = self.parts.pane.get_untracked() {
            place_style(&pane, "height", &format!("{viewport_px}px"));
        }
        self.draw_all();
    }

    /// Puts the native scrollbar where the list stands.
    fn place_scrollbar(&self) {
        let (scroller, track) = (self.parts.scroller.try_get_untracked(), self.parts.track.try_get_untracked());
        let (Some(Some(scroller)), Some(Some(track))) = (scroller, track) else { return };
        let (track_px, top_px) = self.window.with_value(|window| (window.track_px(), window.track_top_px()));
        place_style(&track, "height", &format!("{track_px}px"));
        if (f64::from(scroller.scroll_top()) - top_px).abs() >= 1.0 {
            scroller.set_scroll_top(top_px.round() as i32);
        }
        let native_px = f64::from(scroller.scroll_top());
        self.window.update_value(|window| window.native_is_at(native_px));
    }
}

/// The row that keys are about, as far as screen readers are told.
fn active_row(list: &RowList) -> Option<u64> {
    list.selection.map(|range| range.last).or(list.current)
}

/// What stands for a list that is not one, which the world's checks rule out.
const fn absent_list() -> RowList {
    RowList {
        label: String::new(),
        rows: 0,
        exact: true,
        wrap: false,
        follow: false,
        selection: None,
        current: None,
        number_width: 1,
        first_row: 0,
        columns: Vec::new(),
    }
}
