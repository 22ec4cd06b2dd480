//! Questions: which rows are missing, how they are asked for, what their answers do to the run.

use super::find::Sought;
use super::seek::Seek;
use super::{List, Model, Phase};
use crate::protocol::ids::Lane;
use crate::world::batch::{Row, Window};
use crate::world::stream::{Anchor, Cancel, Place, Rows};
use crate::world::view::{RevealPlace, RowRange};

/// Rows asked for beyond those on the screen.
const MARGIN_ROWS: u64 = 200;
/// Rows asked for where the list is to be brought.
const SEEK_ROWS: i32 = 400;
/// The most rows of one question.
const COUNT_MAX: u64 = 1000;
/// A run that is farther from the screen than this is given up for a new one.
const NEAR_ROWS: u64 = 600;

/// A question that was asked.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) req: u32,
    pub(super) lane: Lane,
    pub(super) what: What,
}

/// What a question is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A new run around this row; none for the end.
    Jump(Option<u64>),
    /// A new run where the list is to be brought.
    Seek(Seek),
    /// More rows before the run.
    Before,
    /// More rows behind it.
    After,
    /// The exact row of the run's first entry.
    Number,
    /// The rows inside the gap that begins there.
    Gap(Place),
    /// The match before or behind a place, in the filtered lane.
    Match(Option<Place>, bool),
    /// The nearest entry that is so, before or behind a place.
    Find(Sought, Option<Place>, bool),
    /// The place of an end of the range to copy that is not held: its first (`true`) or last row.
    CopyEnd(bool),
    /// A piece of the text to copy.
    Copy,
    /// A piece of the entry whose details are shown.
    Details,
    /// What the result is as a whole.
    Summary,
}

impl Ask {
    /// Whether the answer changes the run.
    const fn is_for_run(&self) -> bool {
        matches!(self.what, What::Jump(_) | What::Seek(_) | What::Before | What::After | What::Number | What::Gap(_))
    }
}

impl Model {
    /// Asks for what the screen lacks and lets go of what is too much. Called after every message.
    pub(super) fn settle(&mut self) {
        if self.follow {
            self.view_end();
        }
        let RowRange { first, last } = self.list.view;
        self.list.island.evict(first, last);
        if self.phase != Phase::Active || self.total(self.shown()).is_none() || self.list.is_blocked {
            return;
        }
        let lane = self.shown();
        let open = self.asks.iter().find(|ask| ask.is_for_run()).cloned();
        // Whoever moves the list no longer wants it brought where it was to be.
        let open = match open {
            Some(open) if matches!(open.what, What::Seek(_)) && !self.is_sought(open.what) => {
                self.cancel(open.req);
                None
            }
            open => open,
        };
        let Some((what, anchor, count)) = self.wanted() else {
            return;
        };
        if let Some(open) = open {
            // One question at a time; only what leads elsewhere overtakes what is under way.
            let is_elsewhere = match (open.what, what) {
                (open, What::Seek(_)) => open != what,
                (What::Jump(Some(there)), What::Jump(Some(here))) => here.abs_diff(there) > MARGIN_ROWS,
                (What::Jump(there), What::Jump(here)) => here != there,
                (What::Before | What::After | What::Number, What::Jump(_)) => true,
                _ => false,
            };
            if !is_elsewhere {
                return;
            }
            self.cancel(open.req);
        }
        self.ask(lane, what, anchor, count);
    }

    /// The rows at the end take the place of those on the screen.
    pub(super) fn view_end(&mut self) {
        let last = self.rows().saturating_sub(1);
        let first = (last + 1).saturating_sub(self.list.height).max(self.first_row().min(last));
        self.list.show(RowRange { first, last });
    }

    /// What the screen lacks, most urgent first.
    fn wanted(&self) -> Option<(What, Anchor, i32)> {
        if let Some(seek) = self.list.seek {
            return Some((What::Seek(seek), seek.anchor(), SEEK_ROWS));
        }
        let List { island, view, .. } = &self.list;
        let rows = self.rows();
        let last = view.last.min(rows.saturating_sub(1));
        let first = view.first.min(last);
        let count = (last - first + 1 + 2 * MARGIN_ROWS).min(COUNT_MAX) as i32;
        if island.is_empty() {
            if island.reaches_start && island.reaches_end {
                return None;
            }
            return Some(self.jump_to(first, last, rows, count));
        }
        if last + NEAR_ROWS < island.base() || first > island.end() + NEAR_ROWS {
            return Some(self.jump_to(first, last, rows, count));
        }
        let margin = MARGIN_ROWS / 2;
        if first < island.base().saturating_add(margin)
            && !island.reaches_start
            && let Some(place) = island.first_place()
        {
            let missing = (island.base() + margin).saturating_sub(first) + MARGIN_ROWS;
            return Some((What::Before, Anchor::At(place), -(missing.min(COUNT_MAX) as i32)));
        }
        if self.list.is_stale
            && let Some(place) = island.covers_to()
        {
            return Some((What::After, Anchor::At(place), 2));
        }
        if last.saturating_add(margin) >= island.end()
            && !island.reaches_end
            && let Some(place) = island.covers_to()
        {
            let missing = (last + margin + 1).saturating_sub(island.end()) + MARGIN_ROWS + 1;
            return Some((What::After, Anchor::At(place), missing.min(COUNT_MAX) as i32));
        }
        let is_counted = self.total(self.shown()).is_some_and(|total| total.exact);
        if is_counted && !island.exact && !self.list.is_numbering {
            return island.first_place().map(|place| (What::Number, Anchor::At(place), 1));
        }
        None
    }

    fn jump_to(&self, first: u64, last: u64, rows: u64, count: i32) -> (What, Anchor, i32) {
        if last + 1 >= rows {
            return (What::Jump(None), Anchor::End, -count);
        }
        if first <= self.first_row() {
            return (What::Jump(Some(first)), Anchor::Start, count);
        }
        let from = first.saturating_sub(MARGIN_ROWS).max(self.first_row());
        (What::Jump(Some(from)), Anchor::Row(from), count)
    }

    /// Asks for rows.
    pub(super) fn ask(&mut self, lane: Lane, what: What, anchor: Anchor, count: i32) {
        let req = self.note(lane, what);
        if what == What::Number {
            self.list.is_numbering = true;
        }
        self.send(lane, &Rows { req, anchor, count });
    }

    /// Notes a question and returns its number.
    pub(super) fn note(&mut self, lane: Lane, what: What) -> u32 {
        let req = self.next_req;
        self.next_req = self.next_req.checked_add(1).unwrap_or(1);
        self.asks.push(Ask { req, lane, what });
        req
    }

    pub(super) fn cancel(&mut self, req: u32) {
        if let Some(index) = self.asks.iter().position(|ask| ask.req == req) {
            let ask = self.asks.swap_remove(index);
            self.send(ask.lane, &Cancel { req });
        }
    }

    /// Withdraws everything but what details and summary wait for: they are of an entry or of the result, not of the list.
    pub(super) fn cancel_asks(&mut self) {
        self.cancel_where(|ask| !matches!(ask.what, What::Details | What::Summary));
        self.copying = None;
    }

    /// Gives up what the user waits for.
    pub(super) fn give_up(&mut self) {
        self.list.seek = None;
        self.cancel_asks();
    }

    pub(super) fn has_run_ask(&self) -> bool {
        self.asks.iter().any(Ask::is_for_run)
    }

    pub(super) fn cancel_run_asks(&mut self) {
        self.cancel_where(Ask::is_for_run);
    }

    /// Withdraws the questions that are so.
    pub(super) fn cancel_where(&mut self, is_so: impl Fn(&Ask) -> bool) {
        for req in self.asks.iter().filter(|ask| is_so(ask)).map(|ask| ask.req).collect::<Vec<_>>() {
            self.cancel(req);
        }
    }

    /// Takes the question that `req` answers, if it is still wanted.
    pub(super) fn answered(&mut self, req: u32) -> Option<Ask> {
        let index = self.asks.iter().position(|ask| ask.req == req)?;
        Some(self.asks.swap_remove(index))
    }

    pub(super) fn handle_window(&mut self, window: Window) {
        let Some(ask) = self.answered(window.req) else { return };
        let mut window = window;
        if ask.is_for_run() && std::mem::take(&mut self.list.is_overtaken) {
            window.reaches_end = false;
        }
        match ask.what {
            What::Jump(row) => self.take_jump(row, window),
            What::Seek(seek) => self.take_sought(seek, window),
            What::Before => self.take_before(window),
            What::After => self.take_after(window),
            What::Number => self.learn_rows(&window),
            What::Gap(from) => {
                let reaches_end = window.reaches_end;
                let longer = self.list.island.fill_gap(from, window.run.rows, reaches_end);
                if longer != 0 {
                    self.list.is_numbering = false;
                }
            }
            What::Match(place, forward) => self.take_match(place, forward, &window.run.rows),
            What::Find(sought, place, forward) => self.take_find(sought, place, forward, &window.run.rows),
            What::CopyEnd(is_first) => self.take_copy_end(is_first, window.run.rows.first().map(|row| row.place)),
            What::Copy | What::Details | What::Summary => {}
        }
    }

    /// A new run takes the place of the old.
    pub(super) fn take_jump(&mut self, asked: Option<u64>, window: Window) {
        let Window { reaches_start, reaches_end, run, .. } = window;
        let rows = run.rows;
        let count = rows.len() as u64;
        if count == 0 {
            let is_nothing = asked.is_none() || reaches_start || asked == Some(self.first_row());
            self.list.island.begin(self.first_row(), Vec::new());
            self.list.island.reaches_start = is_nothing;
            self.list.island.reaches_end = is_nothing;
            if is_nothing {
                self.take_pending();
            } else {
                // There are fewer rows than thought: the end is what is nearest.
                self.view_end();
                self.list.reveal = Some((self.list.view.last, RevealPlace::Bottom));
            }
            return;
        }
        let told = self.total(self.shown()).map_or(0, |total| total.rows);
        let base = match (run.first_row, asked) {
            (Some(row), _) => row,
            (None, Some(row)) => row,
            (None, None) => told.saturating_sub(count),
        };
        // The ends stand where they stand, whatever the estimate between them says.
        let base = match run.exact {
            true => base,
            false if reaches_start => self.first_told(),
            false if reaches_end => told.saturating_sub(count).max(self.first_told()),
            false => base,
        };
        self.list.island.begin(base, rows);
        self.list.island.exact = run.exact && run.first_row.is_some();
        self.list.island.reaches_start = reaches_start;
        self.list.island.reaches_end = reaches_end;
        self.list.is_numbering = false;
        if reaches_end {
            self.take_pending();
        }
        if let Some(asked) = asked
            && !self.follow
        {
            // What was asked for by number stands elsewhere: the screen goes with it.
            self.renumber(base as i64 - asked as i64);
        }
    }

    fn first_told(&self) -> u64 {
        self.total(self.shown()).map_or(0, |total| total.first_row)
    }

    fn take_before(&mut self, window: Window) {
        self.learn_from(window.run.first_row.filter(|_| window.run.exact), window.run.rows.len() as u64);
        let is_start = window.reaches_start || window.run.rows.is_empty();
        let moved = self.list.island.prepend(window.run.rows);
        self.list.island.reaches_start = is_start;
        self.renumber(moved as i64);
        if is_start && !self.list.island.exact {
            let first = self.first_told();
            self.shift_run_to(first);
        }
    }

    fn take_after(&mut self, window: Window) {
        self.learn_rows(&window);
        self.grow_details(&window.run.rows);
        self.list.is_stale = false;
        let is_empty = window.run.rows.is_empty();
        let added = self.list.island.append(window.run.rows);
        self.list.island.reaches_end = window.reaches_end || is_empty;
        if self.list.island.reaches_end {
            if added == 0 && self.list.pending.is_empty() {
                // The server has nothing more: what was pushed and is not held is gone.
                self.list.pushed_to = self.list.island.covers_to();
            }
            self.take_pending();
        }
    }

    /// Entries that were pushed meanwhile follow, where nothing is missing between them and the run.
    fn take_pending(&mut self) {
        let pending = std::mem::take(&mut self.list.pending);
        let Some(pushed_to) = self.list.pushed_to else { return };
        let held = self.list.island.covers_to();
        if held.is_some_and(|held| pushed_to <= held) {
            return;
        }
        let is_contiguous = self.list.pending_after.is_none_or(|after| held.is_some_and(|held| after <= held));
        if is_contiguous && pending.last().is_some_and(|row| row.place == pushed_to) {
            self.list.island.append(pending);
        } else {
            self.list.island.reaches_start &= !self.list.island.is_empty();
            self.list.island.reaches_end = false;
        }
    }

    /// Learns exact numbers from an answer whose first row may be held.
    pub(super) fn learn_rows(&mut self, window: &Window) {
        if let (Some(exact), true, Some(first)) = (window.run.first_row, window.run.exact, window.run.rows.first()) {
            self.learn(first, exact);
        }
    }

    /// Learns that the held entry `row` is row `exact`.
    pub(super) fn learn(&mut self, row: &Row, exact: u64) {
        if let Some(held) = self.list.island.row_of(row.place) {
            let inside = held - self.list.island.base();
            self.learn_from(exact.checked_sub(inside), 0);
        }
    }

    /// Learns that `rows` rows before the run's first stands row `first`.
    pub(super) fn learn_from(&mut self, first: Option<u64>, rows: u64) {
        if let Some(first) = first {
            self.shift_run_to(first.saturating_add(rows));
            self.list.island.exact = true;
        }
    }

    /// Moves the run, and everything that names one of its rows with it.
    pub(super) fn shift_run_to(&mut self, base: u64) {
        if base != self.list.island.base() {
            let moved = self.list.island.shift_to(base);
            self.renumber(moved);
        }
    }

    pub(super) fn renumber(&mut self, moved: i64) {
        let list = &mut self.list;
        let shift = |row: u64| row.saturating_add_signed(moved);
        let shift_range = |range: RowRange| RowRange { first: shift(range.first), last: shift(range.last) };
        list.moved += moved;
        list.view = shift_range(list.view);
        list.seen = shift_range(list.seen);
        list.selection = list.selection.map(shift_range);
        list.current = list.current.map(shift);
        list.anchor = list.anchor.map(shift);
        list.reveal = list.reveal.map(|(row, place)| (shift(row), place));
    }
}
