//! The user's hand: what is pressed, dragged over, chosen and copied.

use leptos::ev::{ClipboardEvent, MouseEvent, PointerEvent};
use leptos::prelude::*;

use super::Rows;
use crate::app::platform::{clear_selection, has_selection, has_selection_in, is_typing_target, screen_top_px};
use crate::app::state::row_selection::{Drag, renumbered};
use crate::app::state::row_window::{RowWindow, Stride};
use crate::world::message::Event;
use crate::world::view::RowRange;

/// What the pointer is doing.
#[derive(Clone, Debug, Default)]
pub(super) struct Hand {
    pub(super) drag: Option<Drag>,
    pub(super) pointer_y: f64,
    /// Following goes on when the pointer is released without having selected anything.
    pub(super) resumes: bool,
    /// Rows stay as they were drawn, though a world that still follows has let go of them: until it holds them again.
    pub(super) keeps: bool,
    /// Rows selected by number, before the world has said so itself.
    pub(super) range: Option<RowRange>,
}

impl Hand {
    /// What was row `from` is row `to` now.
    pub(super) fn renumber(&mut self, from: u64, to: u64) {
        self.keeps = false;
        if let Some(drag) = &mut self.drag {
            drag.shift(from, to);
        }
        self.range = self
            .range
            .map(|range| RowRange { first: renumbered(range.first, from, to), last: renumbered(range.last, from, to) });
    }
}

impl Rows {
    pub(super) fn pointer_pressed(&self, event: &PointerEvent) {
        if !event.is_trusted() || event.button() != 0 || event.pointer_type() == "touch" || event.shift_key() {
            return;
        }
        let Some(row) = event.target().and_then(|target| self.row_under(&target)) else { return };
        if self.chosen().is_some() {
            self.select(None);
        }
        // The rows stand still while the pointer is down: a drag may be selecting text in them.
        let resumes = self.window.try_update_value(RowWindow::hold).unwrap_or(false);
        self.hand.update_value(|hand| {
            hand.drag = Some(Drag::from(row));
            hand.resumes = resumes;
            hand.keeps = resumes;
            hand.pointer_y = f64::from(event.client_y());
        });
    }

    pub(super) fn pointer_moved(&self, event: &PointerEvent) {
        if self.hand.with_value(|hand| hand.drag.is_none()) {
            return;
        }
        self.hand.update_value(|hand| hand.pointer_y = f64::from(event.client_y()));
        self.drag_reached();
    }

    /// The pointer, held down, is over another row: because it moved, or because the rows did.
    pub(super) fn drag_reached(&self) {
        let Some(mut drag) = self.hand.with_value(|hand| hand.drag) else { return };
        let Some(scroller) = self.parts.scroller.get_untracked() else { return };
        let y_px = self.hand.with_value(|hand| hand.pointer_y) - screen_top_px(&scroller);
        let reached = self.window.with_value(|window| window.row_at(y_px).zip(window.range()));
        let Some((row, drawn)) = reached else { return };
        let range = drag.reach(row, drawn);
        self.hand.update_value(|hand| hand.drag = Some(drag));
        if let Some(range) = range
            && self.hand.with_value(|hand| hand.range) != Some(range)
        {
            // The native selection lost the row where it began: from here on rows are selected by number.
            clear_selection();
            self.hold();
            self.select(Some(range));
        } else if has_selection_in(&scroller) {
            self.hold();
        }
    }

    pub(super) fn pointer_released(&self) {
        if self.hand.with_value(|hand| hand.drag.is_none()) {
            return;
        }
        let resumes = self.hand.try_update_value(|hand| {
            hand.drag = None;
            std::mem::take(&mut hand.resumes)
        });
        let is_selecting = self.parts.scroller.get_untracked().is_some_and(|scroller| has_selection_in(&scroller));
        if resumes == Some(true) {
            if is_selecting {
                self.tell_held();
            } else {
                self.hand.update_value(|hand| hand.keeps = false);
                let _ = self.window.try_update_value(|window| window.stride(Stride::End));
                self.draw_all();
            }
        }
    }

    /// Ends following for good, and says so: the user has something under her hand.
    pub(super) fn hold(&self) {
        let was_following = self.window.try_update_value(RowWindow::hold).unwrap_or(false);
        let resumed = self.hand.try_update_value(|hand| std::mem::take(&mut hand.resumes)).unwrap_or(false);
        if was_following || resumed {
            self.tell_held();
        }
    }

    /// Tells the world that its list stands still now, and where.
    fn tell_held(&self) {
        self.send(Event::Follow(self.id, false));
        self.told.set_value(None);
        self.tell_viewport();
    }

    pub(super) fn clicked(&self, event: &MouseEvent) {
        if !event.is_trusted() || event.button() != 0 {
            return;
        }
        let is_selecting = self.parts.scroller.get_untracked().is_some_and(|scroller| has_selection_in(&scroller));
        if is_selecting && !event.shift_key() {
            return;
        }
        if self.hand.with_value(|hand| hand.range.is_some()) && !event.shift_key() {
            return;
        }
        let Some(row) = event.target().and_then(|target| self.row_under(&target)) else { return };
        if event.shift_key() {
            self.hold();
        }
        self.send(Event::PressRow(self.id, row, event.shift_key()));
    }

    /// The rows that are chosen by number, here or by the world.
    pub(super) fn chosen(&self) -> Option<RowRange> {
        self.hand.with_value(|hand| hand.range).or_else(|| self.list.with_untracked(|list| list.selection))
    }

    pub(super) fn select(&self, range: Option<RowRange>) {
        self.hand.update_value(|hand| hand.range = range);
        self.send(Event::SelectRows(self.id, range));
    }

    /// Copies whole rows where they are chosen by number; a native selection is the browser's own to copy.
    pub(super) fn copy(&self, event: &ClipboardEvent) {
        if !event.is_trusted() || event.target().is_some_and(|target| is_typing_target(&target)) || has_selection() {
            return;
        }
        if let Some(range) = self.chosen() {
            event.prevent_default();
            self.send(Event::Copy(self.id, range));
        }
    }
}
