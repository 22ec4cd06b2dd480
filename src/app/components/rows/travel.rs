//! How the user travels: by wheel, scrollbar and keys.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::web_sys::WheelEvent;

use super::Rows;
use crate::app::state::row_window::{RowWindow, Stride};
use crate::world::message::Event;
use crate::world::view::{RevealPlace, RowRange};

impl Rows {
    /// After the user has moved the list herself.
    fn moved(&self, follows: Option<bool>) {
        if let Some(follows) = follows {
            self.send(Event::Follow(self.id, follows));
        }
        self.hand.update_value(|hand| hand.resumes = false);
    }

    pub(super) fn wheel(&self, event: &WheelEvent) {
        let is_sideways = event.shift_key() || event.delta_x().abs() > event.delta_y().abs();
        if event.ctrl_key() || is_sideways || event.delta_y() == 0.0 {
            return;
        }
        event.prevent_default();
        let Some(scroller) = self.parts.scroller.get_untracked() else { return };
        let unit_px = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => 20.0,
            WheelEvent::DOM_DELTA_PAGE => f64::from(scroller.client_height()),
            _ => 1.0,
        };
        let follows = self.window.try_update_value(|window| window.scroll_by(event.delta_y() * unit_px)).flatten();
        self.moved(follows);
        self.draw_all();
        self.drag_reached();
    }

    pub(super) fn native_scrolled(&self) {
        let Some(scroller) = self.parts.scroller.get_untracked() else { return };
        self.place_head();
        // A viewport that grew, as a strip above it went away, moves the scrollbar by itself: nobody scrolled.
        if self.window.with_value(|window| window.is_resized(f64::from(scroller.client_height()))) {
            return self.resized();
        }
        let native_px = f64::from(scroller.scroll_top());
        let before = self.window.with_value(RowWindow::range);
        let follows = self.window.try_update_value(|window| window.native_scroll(native_px)).flatten();
        if follows.is_some() || self.window.with_value(RowWindow::range) != before {
            self.moved(follows);
            // Where the scrollbar goes is the user's until she lets it go.
            self.draw();
        } else {
            let first = self.drawn.with_untracked(|rows| rows.first().map(|row| row.1.read_untracked().row));
            self.place_layer(first);
        }
        self.drag_reached();
    }

    pub(super) fn key(&self, event: &KeyboardEvent) {
        if !event.is_trusted() || event.alt_key() {
            return;
        }
        let is_command = event.ctrl_key() || event.meta_key();
        let is_extending = event.shift_key();
        let stride = match event.key().as_str() {
            "a" if is_command => {
                event.prevent_default();
                self.select(self.window.with_value(RowWindow::all));
                return;
            }
            "Enter" if !is_command => {
                event.prevent_default();
                if let Some(row) = self.cursor() {
                    self.send(Event::PressRow(self.id, row, is_extending));
                }
                return;
            }
            "ArrowDown" | "ArrowUp" => {
                event.prevent_default();
                return self.step(event.key() == "ArrowDown", is_extending);
            }
            "PageDown" => Stride::Page(true),
            "PageUp" => Stride::Page(false),
            " " if !is_command => Stride::Page(!is_extending),
            "Home" => Stride::Start,
            "End" => Stride::End,
            _ => return,
        };
        event.prevent_default();
        let follows = self.window.try_update_value(|window| window.stride(stride)).flatten();
        self.moved(follows);
        self.draw_all();
    }

    /// The row that keys are about: the last chosen, else the one the user is at, else the first that is wholly seen.
    fn cursor(&self) -> Option<u64> {
        let current = self.list.with_untracked(|list| list.current);
        let chosen = self.chosen().map(|range| range.last);
        chosen.or_else(|| self.window.with_value(|window| window.cursor(current)))
    }

    /// An arrow chooses the next row; with Shift the chosen range grows by it.
    fn step(&self, is_down: bool, is_extending: bool) {
        let (chosen, current, follows) = (self.chosen(), self.list.with_untracked(|list| list.current), self.follows());
        let Some(all) = self.window.with_value(RowWindow::all) else { return };
        let at = match (chosen, current) {
            (Some(range), _) => Some(if is_down { range.last } else { range.first }),
            (None, current) => current,
        };
        let row = match at {
            Some(at) if is_down => at.saturating_add(1),
            Some(at) => at.saturating_sub(1),
            None if follows => all.last,
            None => self.window.with_value(|window| window.cursor(None)).unwrap_or(all.first),
        };
        let row = row.clamp(all.first, all.last);
        self.hold();
        let range = match chosen.filter(|_| is_extending) {
            Some(range) => RowRange { first: range.first.min(row), last: range.last.max(row) },
            None => RowRange { first: row, last: row },
        };
        self.select(Some(range));
        self.window.update_value(|window| window.reveal(row, RevealPlace::Nearest));
        self.draw_all();
    }

    fn follows(&self) -> bool {
        self.list.with_untracked(|list| list.follow)
    }
}
