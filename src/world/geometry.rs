//! Where the virtual list of rows stands: pure arithmetic, called by the page's list and by nothing else.
//!
//! A [`Scroll`] names the row at the top of the viewport and how many pixels of it have gone above the edge. That is exact for
//! any number of rows; pixels from the first row are not, and a browser caps an element's height (Chromium at 33,554,428 px).
//! So the native scrollbar is a mapping of its own: one to one while all rows fit into [`MAX_TRACK_PX`], scaled above that.
//!
//! Invariant: after [`List::clamp`], the top row lies in `first_row..rows`, `0 <= offset_px <` its height, and the last row
//! never ends above the bottom edge unless all rows fit. Every function returns a clamped scroll.

use super::view::{RevealPlace, RowRange};

/// The tallest element that the list makes.
pub const MAX_TRACK_PX: f64 = 8_000_000.0;

/// The row at the top edge, and how much of it is above that edge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scroll {
    /// The first row of which something is visible.
    pub top_row: u64,
    /// Pixels of it above the edge.
    pub offset_px: f64,
}

/// What the list shows and how large everything is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct List {
    /// Behind the last row.
    pub rows: u64,
    /// The first row that still exists.
    pub first_row: u64,
    /// The height of a row that is not wrapped, and the guess for one that has not been measured.
    pub row_px: f64,
    /// The height of the viewport.
    pub viewport_px: f64,
}

/// How tall each row is: fixed, or measured where it is drawn.
pub trait Heights {
    /// Returns the height of a row in pixels, more than 0.
    fn row_px(&self, row: u64) -> f64;
}

impl<F: Fn(u64) -> f64> Heights for F {
    fn row_px(&self, row: u64) -> f64 {
        self(row)
    }
}

/// Every row is as tall as the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixed(pub f64);

impl Heights for Fixed {
    fn row_px(&self, _row: u64) -> f64 {
        self.0
    }
}

impl List {
    /// Returns how many rows exist.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.rows.saturating_sub(self.first_row)
    }

    /// Returns the scroll nearest to `scroll` that keeps the invariant.
    #[must_use]
    pub fn clamp(&self, scroll: Scroll, heights: &impl Heights) -> Scroll {
        if self.count() == 0 {
            return Scroll { top_row: self.first_row, offset_px: 0.0 };
        }
        let start = Scroll { top_row: self.first_row, offset_px: 0.0 };
        if scroll.top_row < self.first_row {
            return start;
        }
        if scroll.top_row >= self.rows {
            return self.to_end(heights);
        }
        let offset_px = if scroll.offset_px.is_finite() { scroll.offset_px.max(0.0) } else { 0.0 };
        let scroll = Scroll { offset_px: offset_px.min(heights.row_px(scroll.top_row)), ..scroll };
        earlier(normal(scroll, self, heights), self.to_end(heights))
    }

    /// Returns the scroll moved by `delta_px`, down where positive. Rows are walked one by one over at most a few viewports and
    /// by the usual height beyond.
    #[must_use]
    pub fn scroll_by(&self, scroll: Scroll, delta_px: f64, heights: &impl Heights) -> Scroll {
        let mut at = self.clamp(scroll, heights);
        if !delta_px.is_finite() || self.count() == 0 {
            return at;
        }
        let near_px = (self.viewport_px * 4.0).max(self.row_px * 200.0);
        if delta_px.abs() > near_px {
            let rows = (delta_px / self.row_px).trunc();
            if rows < 0.0 {
                match at.top_row.checked_sub(-rows as u64) {
                    Some(top_row) if top_row >= self.first_row => at.top_row = top_row,
                    _ => return Scroll { top_row: self.first_row, offset_px: 0.0 },
                }
            } else {
                at.top_row = at.top_row.saturating_add(rows as u64);
                if at.top_row >= self.rows {
                    return self.to_end(heights);
                }
            }
            at.offset_px += delta_px - rows * self.row_px;
        } else {
            at.offset_px += delta_px;
        }
        while at.offset_px < 0.0 {
            if at.top_row == self.first_row {
                at.offset_px = 0.0;
                break;
            }
            at.top_row -= 1;
            at.offset_px += heights.row_px(at.top_row);
        }
        earlier(normal(at, self, heights), self.to_end(heights))
    }

    /// Returns the scroll at which `row` stands as `place` says.
    #[must_use]
    pub fn to_row(&self, scroll: Scroll, row: u64, place: RevealPlace, heights: &impl Heights) -> Scroll {
        if self.count() == 0 {
            return self.clamp(scroll, heights);
        }
        let row = row.clamp(self.first_row, self.rows - 1);
        let row_px = heights.row_px(row);
        let at_top = Scroll { top_row: row, offset_px: 0.0 };
        match place {
            RevealPlace::Top => self.clamp(at_top, heights),
            RevealPlace::Middle => self.scroll_by_raw(at_top, -(self.viewport_px - row_px).max(0.0) / 2.0, heights),
            RevealPlace::Bottom => self.scroll_by_raw(at_top, -(self.viewport_px - row_px).max(0.0), heights),
            RevealPlace::Nearest => {
                let now = self.clamp(scroll, heights);
                if row < now.top_row || (row == now.top_row && now.offset_px > 0.0) {
                    return self.clamp(at_top, heights);
                }
                match self.top_px_of(now, row, heights) {
                    Some(top_px) if top_px + row_px <= self.viewport_px => now,
                    _ => self.to_row(scroll, row, RevealPlace::Bottom, heights),
                }
            }
        }
    }

    /// Returns the scroll at which the last row stands at the bottom edge, or the first at the top where all fit.
    #[must_use]
    pub fn to_end(&self, heights: &impl Heights) -> Scroll {
        let mut left_px = self.viewport_px;
        let mut row = self.rows;
        while row > self.first_row && left_px > 0.0 {
            row -= 1;
            left_px -= heights.row_px(row);
        }
        Scroll { top_row: row, offset_px: (-left_px).max(0.0) }
    }

    /// Returns whether nothing is left below.
    #[must_use]
    pub fn is_at_end(&self, scroll: Scroll, heights: &impl Heights) -> bool {
        let end = self.to_end(heights);
        scroll.top_row > end.top_row || (scroll.top_row == end.top_row && scroll.offset_px + 1.0 >= end.offset_px)
    }

    /// Returns the scroll one page down (`true`) or up, with a row of the old page left for the eye.
    #[must_use]
    pub fn page(&self, scroll: Scroll, down: bool, heights: &impl Heights) -> Scroll {
        let page_px = (self.viewport_px - self.row_px).max(self.row_px);
        self.scroll_by(scroll, if down { page_px } else { -page_px }, heights)
    }

    /// Returns the scroll after row `from` became row `to`: what is on the screen stays where it is.
    #[must_use]
    pub fn renumbered(scroll: Scroll, from: u64, to: u64) -> Scroll {
        let top_row = if to >= from {
            scroll.top_row.saturating_add(to - from)
        } else {
            scroll.top_row.saturating_sub(from - to)
        };
        Scroll { top_row, ..scroll }
    }

    /// Returns the rows of which something is visible and `overscan` more on either side; `None` without rows.
    #[must_use]
    pub fn window(&self, scroll: Scroll, overscan: u64, heights: &impl Heights) -> Option<RowRange> {
        if self.count() == 0 {
            return None;
        }
        let top = self.clamp(scroll, heights);
        let mut last = top.top_row;
        let mut bottom_px = heights.row_px(last) - top.offset_px;
        while bottom_px < self.viewport_px && last + 1 < self.rows {
            last += 1;
            bottom_px += heights.row_px(last);
        }
        Some(RowRange {
            first: top.top_row.saturating_sub(overscan).max(self.first_row),
            last: last.saturating_add(overscan).min(self.rows - 1),
        })
    }

    /// Returns where the top edge of `row` stands below the top edge of the viewport; `None` when it is further than ten
    /// viewports away.
    #[must_use]
    pub fn top_px_of(&self, scroll: Scroll, row: u64, heights: &impl Heights) -> Option<f64> {
        let far_px = self.viewport_px * 10.0 + self.row_px;
        let mut top_px = -scroll.offset_px;
        let mut at = scroll.top_row;
        while at < row {
            top_px += heights.row_px(at);
            at += 1;
            if top_px > far_px {
                return None;
            }
        }
        while at > row {
            at -= 1;
            top_px -= heights.row_px(at);
            if top_px < -far_px {
                return None;
            }
        }
        Some(top_px)
    }

    /// Returns the height of the element behind the native scrollbar.
    #[must_use]
    pub fn track_px(&self) -> f64 {
        (self.count() as f64 * self.row_px).clamp(self.viewport_px, MAX_TRACK_PX.max(self.viewport_px))
    }

    /// Returns whether a pixel of the native scrollbar is a pixel of the list.
    #[must_use]
    pub fn is_track_true(&self) -> bool {
        self.count() as f64 * self.row_px <= MAX_TRACK_PX
    }

    /// Returns where the native scrollbar stands for `scroll`. It ends exactly where the list ends.
    #[must_use]
    pub fn track_from_scroll(&self, scroll: Scroll, heights: &impl Heights) -> f64 {
        let room_px = self.track_px() - self.viewport_px;
        let (at, end) = (self.position(scroll, heights), self.position(self.to_end(heights), heights));
        if end <= 0.0 { 0.0 } else { (at / end * room_px).clamp(0.0, room_px) }
    }

    /// Returns the scroll for a native scrollbar that the user has put to `track_px`.
    #[must_use]
    pub fn scroll_from_track(&self, track_px: f64, heights: &impl Heights) -> Scroll {
        let room_px = self.track_px() - self.viewport_px;
        let end = self.to_end(heights);
        if room_px <= 0.0 || !track_px.is_finite() || self.count() == 0 {
            return Scroll { top_row: self.first_row, offset_px: 0.0 };
        }
        let share = (track_px / room_px).clamp(0.0, 1.0);
        if share >= 1.0 {
            return end;
        }
        let at = share * self.position(end, heights);
        let row = at.floor();
        let top_row = self.first_row.saturating_add(row as u64).min(self.rows - 1);
        let offset_px = (at - row) * heights.row_px(top_row);
        self.clamp(Scroll { top_row, offset_px }, heights)
    }

    /// Rows above the top edge, with the part of the top row as a fraction.
    fn position(&self, scroll: Scroll, heights: &impl Heights) -> f64 {
        let part = (scroll.offset_px / heights.row_px(scroll.top_row)).clamp(0.0, 1.0);
        scroll.top_row.saturating_sub(self.first_row) as f64 + part
    }

    /// As [`Self::scroll_by`], from a scroll that may lie behind the end.
    fn scroll_by_raw(&self, from: Scroll, delta_px: f64, heights: &impl Heights) -> Scroll {
        let mut at = from;
        at.offset_px += delta_px;
        while at.offset_px < 0.0 && at.top_row > self.first_row {
            at.top_row -= 1;
            at.offset_px += heights.row_px(at.top_row);
        }
        self.clamp(at, heights)
    }
}

/// Carries whole rows from the offset into the row.
fn normal(mut scroll: Scroll, list: &List, heights: &impl Heights) -> Scroll {
    loop {
        let row_px = heights.row_px(scroll.top_row);
        if scroll.offset_px < row_px || scroll.top_row + 1 >= list.rows {
            return scroll;
        }
        scroll.offset_px -= row_px;
        scroll.top_row += 1;
    }
}

fn earlier(one: Scroll, other: Scroll) -> Scroll {
    let is_one = (one.top_row, one.offset_px) < (other.top_row, other.offset_px);
    if is_one { one } else { other }
}

#[cfg(test)]
mod tests;
