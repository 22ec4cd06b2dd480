//! The part of a row list that is on screen: where it stands, which rows are drawn, whether it sticks to the end.
//!
//! A plain type over [`crate::world::geometry`], driven by the rows component. Whatever the user does returns whether
//! following began or ended by it, for the world to be told.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::row_selection::renumbered;
use super::view_tree::ListOrder;
use crate::world::geometry::{Heights, List, Scroll};
use crate::world::view::{Line, LineKind, RevealPlace, RowList, RowRange};

/// Rows drawn above and below what is visible.
const OVERSCAN: u64 = 8;
/// Heights remembered of wrapped rows; beyond it they are forgotten and measured anew.
const MEASURED_MAX: usize = 4096;
/// A row's height until one has been measured.
const ROW_PX: f64 = 20.0;
/// Keys above this are rows that the world has not sent; its own keys are kept below.
const PLACEHOLDER_KEY: u64 = 1 << 63;

/// A row as it is to be drawn: under a key that is unique in the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnLine {
    /// What the document knows the row by.
    pub key: u64,
    /// What it shows.
    pub line: Arc<Line>,
}

/// Where the list goes by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stride {
    /// One page; down when true.
    Page(bool),
    /// The first row.
    Start,
    /// The last row.
    End,
}

/// The window of a row list.
#[derive(Clone, Debug)]
pub struct RowWindow {
    list: List,
    scroll: Scroll,
    is_wrapped: bool,
    is_following: bool,
    /// What the world said last about following. Only a change of it counts: an older word may still be on its way.
    world_follow: Option<bool>,
    measured: HashMap<u64, f64>,
    /// Whether the height of a row that is not wrapped was measured, for the viewport as it is.
    has_row_px: bool,
    /// Where the native scrollbar was last put or seen.
    native_px: f64,
}

impl Default for RowWindow {
    fn default() -> Self {
        Self {
            list: List { rows: 0, first_row: 0, row_px: ROW_PX, viewport_px: 0.0 },
            scroll: Scroll::default(),
            is_wrapped: false,
            is_following: false,
            world_follow: None,
            measured: HashMap::new(),
            has_row_px: false,
            native_px: 0.0,
        }
    }
}

/// Measured where rows are wrapped, the same for all otherwise.
struct RowHeights<'w> {
    measured: Option<&'w HashMap<u64, f64>>,
    row_px: f64,
}

impl Heights for RowHeights<'_> {
    fn row_px(&self, row: u64) -> f64 {
        self.measured.and_then(|measured| measured.get(&row).copied()).unwrap_or(self.row_px)
    }
}

impl RowWindow {
    /// Takes over what the world says about the list, and carries out its orders. Where the list ends counts once it stands
    /// where it was ordered to: shortened before it is renumbered, it would lose its place.
    pub fn update(&mut self, facts: &RowList, orders: &[ListOrder]) {
        self.list.rows = facts.rows;
        self.list.first_row = facts.first_row.min(facts.rows);
        if self.is_wrapped != facts.wrap {
            self.is_wrapped = facts.wrap;
            self.measured.clear();
            self.has_row_px = false;
        }
        if self.world_follow != Some(facts.follow) {
            self.world_follow = Some(facts.follow);
            self.is_following = facts.follow;
        }
        for &order in orders {
            match order {
                ListOrder::Reveal(row, place) => {
                    self.scroll = self.list.to_row(self.scroll, row, place, &self.heights());
                }
                ListOrder::Renumber(from, to) => self.renumber(from, to),
            }
        }
        self.settle();
    }

    /// Returns whether the viewport had another height when it was last told.
    pub fn is_resized(&self, viewport_px: f64) -> bool {
        (self.list.viewport_px - viewport_px).abs() > f64::EPSILON
    }

    /// The viewport has this height; rows may have another than before.
    pub fn resize(&mut self, viewport_px: f64) {
        self.has_row_px = false;
        if self.is_resized(viewport_px) {
            self.list.viewport_px = viewport_px;
            self.measured.clear();
            self.settle();
        }
    }

    /// Whether the heights of the rows drawn are known. Measuring is dear: the browser has to lay everything out for it.
    #[must_use]
    pub const fn is_measured(&self) -> bool {
        !self.is_wrapped && self.has_row_px
    }

    /// Rows were measured as they are drawn. Returns whether anything stands elsewhere now.
    pub fn measure(&mut self, heights: &[(u64, f64)]) -> bool {
        if !self.is_wrapped {
            return heights.first().is_some_and(|(_, row_px)| self.set_row_px(*row_px));
        }
        if self.measured.len() + heights.len() > MEASURED_MAX {
            self.measured.clear();
        }
        let mut is_changed = false;
        for &(row, row_px) in heights {
            if row_px > 0.0 {
                is_changed |= self.measured.insert(row, row_px).is_none_or(|before| (before - row_px).abs() > 0.01);
            }
        }
        if is_changed {
            self.settle();
        }
        is_changed
    }

    /// The user scrolls by pixels, down where positive.
    pub fn scroll_by(&mut self, delta_px: f64) -> Option<bool> {
        let scroll = self.list.scroll_by(self.scroll, delta_px, &self.heights());
        self.went(scroll, delta_px > 0.0)
    }

    /// The user strides by a key.
    pub fn stride(&mut self, stride: Stride) -> Option<bool> {
        let heights = self.heights();
        let scroll = match stride {
            Stride::Page(down) => self.list.page(self.scroll, down, &heights),
            Stride::Start => Scroll { top_row: self.list.first_row, offset_px: 0.0 },
            Stride::End => self.list.to_end(&heights),
        };
        let scroll = self.list.clamp(scroll, &heights);
        self.went(scroll, matches!(stride, Stride::Page(true) | Stride::End))
    }

    /// The native scrollbar stands at `native_px`, and not because we put it there. A short way is a finger or a selection
    /// at the edge and moves by pixels; a long one is the scrollbar's thumb and moves to its share of all rows.
    pub fn native_scroll(&mut self, native_px: f64) -> Option<bool> {
        let delta_px = native_px - self.native_px;
        if delta_px.abs() < 1.5 {
            return None;
        }
        self.native_px = native_px;
        let room_px = self.list.track_px() - self.list.viewport_px;
        let is_at_an_end = native_px <= 0.5 || native_px + 1.0 >= room_px;
        if delta_px.abs() <= self.list.viewport_px * 1.5 && !is_at_an_end {
            return self.scroll_by(delta_px);
        }
        let scroll = self.list.scroll_from_track(native_px.min(room_px), &self.heights());
        let scroll = if native_px + 1.0 >= room_px { self.list.to_end(&self.heights()) } else { scroll };
        self.went(scroll, delta_px > 0.0)
    }

    /// Brings a row on screen. Following does not end by it.
    pub fn reveal(&mut self, row: u64, place: RevealPlace) {
        self.scroll = self.list.to_row(self.scroll, row, place, &self.heights());
        self.settle();
    }

    /// Following ends without anything moving. Returns whether it was under way.
    pub fn hold(&mut self) -> bool {
        std::mem::take(&mut self.is_following)
    }

    /// Whether the list sticks to its end.
    #[must_use]
    pub const fn is_following(&self) -> bool {
        self.is_following
    }

    /// The rows to draw, which are a little more than what is visible; `None` without rows.
    #[must_use]
    pub fn range(&self) -> Option<RowRange> {
        if self.list.viewport_px <= 0.0 {
            return None;
        }
        self.list.window(self.scroll, OVERSCAN, &self.heights())
    }

    /// The rows of which at least a part is visible; `None` without rows.
    #[must_use]
    pub fn seen(&self) -> Option<RowRange> {
        self.list.window(self.scroll, 0, &self.heights())
    }

    /// Returns what to draw, given the lines that the world has sent. Rows that are not among them are drawn as waiting;
    /// while following, the newest lines that are there stand at the end instead, so that nothing flickers.
    #[must_use]
    pub fn drawn(&self, lines: &[Arc<Line>]) -> Vec<DrawnLine> {
        let Some(mut range) = self.range() else { return Vec::new() };
        if let Some(newest) = lines.last().filter(|newest| self.is_following && newest.row < range.last) {
            let behind = range.last - newest.row;
            range = RowRange { first: range.first.saturating_sub(behind).max(self.list.first_row), last: newest.row };
        }
        let mut keys = HashSet::new();
        (range.first..=range.last)
            .map(|row| {
                let line = match lines.binary_search_by_key(&row, |line| line.row) {
                    Ok(at) => Arc::clone(&lines[at]),
                    Err(_) => Arc::new(waiting(row)),
                };
                // A world that gives two rows one key does not confuse the document: the second is known by its number.
                let own = line.key & !PLACEHOLDER_KEY;
                let is_known = line.kind != LineKind::Waiting && keys.insert(own);
                DrawnLine { key: if is_known { own } else { row | PLACEHOLDER_KEY }, line }
            })
            .collect()
    }

    /// Where the first drawn row stands below the top edge; `None` while following, when the last stands at the bottom edge.
    #[must_use]
    pub fn layer_px(&self, first_drawn: u64) -> Option<f64> {
        let heights = self.heights();
        let fits = self.list.to_end(&heights) == Scroll { top_row: self.list.first_row, offset_px: 0.0 };
        if self.is_following && !fits {
            return None;
        }
        self.list.top_px_of(self.scroll, first_drawn, &heights).or(Some(0.0))
    }

    /// Returns the row at this height below the top edge.
    #[must_use]
    pub fn row_at(&self, y_px: f64) -> Option<u64> {
        if self.list.count() == 0 {
            return None;
        }
        let heights = self.heights();
        let last = self.list.rows - 1;
        let mut row = self.scroll.top_row.min(last);
        let mut bottom_px = heights.row_px(row) - self.scroll.offset_px;
        if y_px < 0.0 {
            return Some(row);
        }
        while bottom_px <= y_px.min(self.list.viewport_px) && row < last {
            row += 1;
            bottom_px += heights.row_px(row);
        }
        Some(row)
    }

    /// The height of the element behind the native scrollbar.
    #[must_use]
    pub fn track_px(&self) -> f64 {
        self.list.track_px()
    }

    /// Where the native scrollbar belongs.
    #[must_use]
    pub fn track_top_px(&self) -> f64 {
        self.list.track_from_scroll(self.scroll, &self.heights())
    }

    /// The native scrollbar was put to `native_px`.
    pub fn native_is_at(&mut self, native_px: f64) {
        self.native_px = native_px;
    }

    /// The row that Enter presses: the current one where it is on screen, else the first that is whole.
    #[must_use]
    pub fn cursor(&self, current: Option<u64>) -> Option<u64> {
        let visible = self.seen()?;
        if let Some(current) = current.filter(|row| (visible.first..=visible.last).contains(row)) {
            return Some(current);
        }
        let is_whole = self.scroll.offset_px < 1.0;
        Some(if is_whole { visible.first } else { (visible.first + 1).min(visible.last) })
    }

    /// The last row there is.
    #[must_use]
    pub fn all(&self) -> Option<RowRange> {
        (self.list.count() > 0).then(|| RowRange { first: self.list.first_row, last: self.list.rows - 1 })
    }

    /// What was row `from` is row `to` now; the screen does not move.
    fn renumber(&mut self, from: u64, to: u64) {
        self.scroll = List::renumbered(self.scroll, from, to);
        self.measured =
            std::mem::take(&mut self.measured).into_iter().map(|(row, px)| (renumbered(row, from, to), px)).collect();
    }

    /// A row that is not wrapped has this height.
    fn set_row_px(&mut self, row_px: f64) -> bool {
        if row_px <= 0.0 {
            return false;
        }
        self.has_row_px = true;
        let is_changed = (self.list.row_px - row_px).abs() > 0.01;
        if is_changed {
            self.list.row_px = row_px;
            self.settle();
        }
        is_changed
    }

    fn went(&mut self, scroll: Scroll, is_down: bool) -> Option<bool> {
        self.scroll = scroll;
        let is_at_end = self.list.is_at_end(scroll, &self.heights());
        let follows = if is_at_end { self.is_following || is_down } else { false };
        (std::mem::replace(&mut self.is_following, follows) != follows).then_some(follows)
    }

    fn settle(&mut self) {
        let heights = self.heights();
        self.scroll =
            if self.is_following { self.list.to_end(&heights) } else { self.list.clamp(self.scroll, &heights) };
    }

    fn heights(&self) -> RowHeights<'_> {
        RowHeights { measured: self.is_wrapped.then_some(&self.measured), row_px: self.list.row_px }
    }
}

fn waiting(row: u64) -> Line {
    Line {
        row,
        key: row,
        number: String::new(),
        level: None,
        kind: LineKind::Waiting,
        spans: Vec::new(),
        cells: Vec::new(),
        is_marked: false,
    }
}

#[cfg(test)]
mod tests;
