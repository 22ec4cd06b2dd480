//! What the user does.

use super::ask::What;
use super::{FILTERED, Filter, HEIGHT_ROWS_MIN, Model, Phase};
use crate::log::substring::Substring;
use crate::worker::island::Held;
use crate::worker::view::node;
use crate::worker::words::{cut, join};
use crate::world::batch::Row;
use crate::world::message::Event;
use crate::world::stream::{Anchor, Place, SourceId};
use crate::world::view::{NodeId, RevealPlace, RowRange};

/// The longest filter.
const FILTER_BYTES_MAX: usize = 1024;
/// The most rows that are drawn at once.
const VIEW_ROWS_MAX: u64 = 900;

impl Model {
    pub(super) fn handle_event(&mut self, event: Event) {
        self.list.is_blocked = false;
        // What was said is over once something else is wanted.
        if matches!(
            event,
            Event::Press(_) | Event::Input(..) | Event::Submit(..) | Event::Toggle(..) | Event::PressRow(..)
        ) {
            self.notice = None;
        }
        match event {
            Event::Press(pressed) => self.handle_press(pressed),
            Event::Input(node::FILTER, text) => self.set_filter(&text),
            Event::Submit(node::FILTER, text, shift) => {
                if self.filter_text() == text {
                    self.next_match(!shift);
                } else {
                    self.set_filter(&text);
                }
            }
            Event::Submit(node::GO_TO, text, _) => self.go_to_line(&text),
            Event::Toggle(node::ONLY_MATCHES, on) => self.set_only_matches(on),
            Event::Toggle(node::WRAP, on) => self.wrap = on,
            Event::Toggle(node::FOLLOW, on) => self.set_follow(on),
            // One that the page told before it did the last order is of a screen that is no more.
            Event::Viewport(list, range, orders) if list == self.list.node && orders == self.list.orders => {
                let last = range.last.min(range.first.saturating_add(VIEW_ROWS_MAX));
                let first = range.first.min(last);
                self.list.view = RowRange { first, last };
                // A list that was shorter than the screen when the page said this tells nothing of the screen's height.
                self.list.height = (last - first + 1).max(HEIGHT_ROWS_MIN);
            }
            Event::Follow(list, on) if list == self.list.node => {
                self.follow = on;
                self.list.news = 0;
            }
            Event::PressRow(list, row, shift) if list == self.list.node => self.press_row(row, shift),
            Event::Copy(list, range) if list == self.list.node => self.copy_rows(range),
            Event::SelectRows(list, range) if list == self.list.node => {
                self.list.selection = range.filter(|range| range.first <= range.last);
                self.list.anchor = self.list.selection.map(|range| range.first);
            }
            Event::Escape => self.escape(),
            _ => {}
        }
    }

    fn handle_press(&mut self, pressed: NodeId) {
        match pressed {
            node::CLEAR_FILTER => self.set_filter(""),
            node::PREVIOUS => self.next_match(false),
            node::NEXT => self.next_match(true),
            node::TOP => self.go_to_top(),
            node::END | node::NEWS => self.set_follow(true),
            // The press itself has closed it.
            node::CLOSE_NOTICE => {}
            node::CANCEL_WAITING => self.cancel_asks(),
            node::CLOSE_DETAILS => self.close_details(),
            node::COPY_DETAILS => self.copy_details(),
            node::MORE_DETAILS => self.more_details(),
            node::ALL_SOURCES => self.choose_source(SourceId::ALL),
            NodeId(number) => {
                let chosen = self
                    .sources
                    .iter()
                    .flatten()
                    .enumerate()
                    .find(|(index, _)| number == node::FIRST_SOURCE + *index as u32 * node::SOURCE_STEP);
                if let Some(id) = chosen.map(|(_, source)| source.id) {
                    self.choose_source(id);
                }
            }
        }
    }

    fn choose_source(&mut self, source: SourceId) {
        if source != self.source {
            self.source = source;
            self.details = None;
            self.notice = None;
            self.follow = true;
            self.show_anew(true);
        }
    }

    /// Returns the filter as typed.
    #[must_use]
    pub fn filter_text(&self) -> &str {
        self.filter.as_ref().map_or("", |filter| filter.text.as_str())
    }

    fn set_filter(&mut self, text: &str) {
        if text == self.filter_text() {
            return;
        }
        if text.len() > FILTER_BYTES_MAX {
            self.notice = Some("The filter is too long.".to_owned());
            return;
        }
        self.note_reading();
        let was_filtered = self.shown_index() == FILTERED;
        self.filter = (!text.is_empty()).then(|| Filter { text: text.to_owned(), needle: Substring::new(text) });
        if was_filtered || self.shown_index() == FILTERED {
            self.show_anew(false);
            self.go_on_reading();
        } else {
            self.totals[FILTERED] = None;
            self.shut(FILTERED);
            if self.phase == Phase::Active {
                self.open_lanes();
            }
        }
    }

    /// Remembers the entry that the user is at, or the one in the middle of what she sees. What is not there yet changes
    /// nothing.
    pub(super) fn note_reading(&mut self) {
        if self.follow {
            self.reading = None;
            return;
        }
        let RowRange { first, last } = self.list.view;
        let middle = first + (last - first) / 2;
        let rows = (middle..=last).chain((first..middle).rev());
        let seen = || rows.clone().find_map(|row| self.list.island.entry(row).map(|row| row.place));
        if let Some(place) = self.current_place() {
            self.reading = Some((place, true));
        } else if !self.is_still_reading()
            && let Some(place) = seen()
        {
            self.reading = Some((place, false));
        }
    }

    /// Whether the list was brought to where the user was reading, or is on its way there, and she has not left since.
    fn is_still_reading(&self) -> bool {
        let RowRange { first, last } = self.list.view;
        let is_on_its_way = self.asks.iter().any(|ask| matches!(ask.what, What::Locate { .. }));
        let row = self.list.located.and_then(|place| self.list.island.row_of(place));
        self.reading.is_some() && (is_on_its_way || row.is_some_and(|row| (first..=last).contains(&row)))
    }

    /// Brings a list that was shown anew to where the user was reading.
    pub(super) fn go_on_reading(&mut self) {
        if let Some((place, marks)) = self.reading
            && self.phase == Phase::Active
        {
            self.cancel_run_asks();
            self.ask(self.shown(), What::Locate { place, marks }, Anchor::At(place), 400);
        }
    }

    fn set_only_matches(&mut self, on: bool) {
        if on == self.only_matches {
            return;
        }
        self.note_reading();
        self.only_matches = on;
        if self.filter.is_some() {
            self.show_anew(false);
            self.go_on_reading();
        }
    }

    /// Follows the end of the list, or holds still.
    fn set_follow(&mut self, on: bool) {
        self.follow = on;
        self.list.news = 0;
        if on {
            let last = self.rows().saturating_sub(1);
            self.list.reveal = Some((last, RevealPlace::Bottom));
        }
    }

    fn go_to_top(&mut self) {
        self.follow = false;
        self.go_to_row(self.first_row(), RevealPlace::Top);
    }

    fn go_to_line(&mut self, text: &str) {
        // Thousands may stand apart: 1,234,567, 1_234_567, 1 234 567.
        let digits: String = text.trim().chars().filter(|char| !matches!(char, ',' | '_' | ' ' | '.' | '\'')).collect();
        let number = digits.parse::<u64>().ok().filter(|number| *number > 0 && !digits.starts_with('+'));
        let Some(number) = number else {
            self.notice = Some(join(&["“", &cut(text), "” is no line number: they count from 1."]));
            return;
        };
        if self.phase != Phase::Active {
            return;
        }
        let line = number.saturating_sub(1);
        self.cancel_run_asks();
        self.ask(self.shown(), What::Line(line), Anchor::Line(line), 400);
    }

    /// Puts the screen around a row.
    pub(super) fn go_to_row(&mut self, row: u64, place: RevealPlace) {
        let first = row.saturating_sub(self.list.height / 2);
        self.list.view = RowRange { first, last: first + self.list.height };
        self.list.reveal = Some((row, place));
    }

    pub(super) fn go_to_place(&mut self, place: Option<Place>, reveal: RevealPlace) {
        if let Some(row) = place.and_then(|place| self.list.island.row_of(place)) {
            self.follow = false;
            self.list.current = Some(row);
            self.go_to_row(row, reveal);
        }
    }

    /// Goes to an entry of the list, held or not.
    fn locate(&mut self, place: Place) {
        if self.list.island.row_of(place).is_some() {
            self.go_to_place(Some(place), RevealPlace::Middle);
        } else if self.phase == Phase::Active {
            self.follow = false;
            self.cancel_run_asks();
            self.ask(self.shown(), What::Locate { place, marks: true }, Anchor::At(place), 400);
        }
    }

    fn current_place(&self) -> Option<Place> {
        self.list.island.entry(self.list.current?).map(|row| row.place)
    }

    /// Goes to the next match, or the one before.
    fn next_match(&mut self, forward: bool) {
        if self.filter.is_none() {
            return;
        }
        if self.shown_index() == FILTERED {
            let rows = self.rows();
            let row = match self.list.current {
                Some(row) if forward => row.saturating_add(1),
                Some(row) => row.saturating_sub(1),
                None if forward => self.list.view.first,
                None => self.list.view.last,
            };
            if rows > self.first_row() {
                let row = row.clamp(self.first_row(), rows - 1);
                self.follow = false;
                self.list.current = Some(row);
                let RowRange { first, last } = self.list.view;
                if (first..=last).contains(&row) {
                    self.list.reveal = Some((row, RevealPlace::Nearest));
                } else {
                    self.go_to_row(row, RevealPlace::Middle);
                }
            }
            return;
        }
        if self.phase != Phase::Active || self.asks.iter().any(|ask| matches!(ask.what, What::Match(..))) {
            return;
        }
        let RowRange { first, last } = self.list.view;
        let shown = |row: u64| self.list.island.entry(row).map(|row| row.place);
        let seen = if forward { (first..=last).find_map(shown) } else { (first..=last).rev().find_map(shown) };
        let from = self.current_place();
        let (anchor, count) = match (from.or(seen), forward) {
            (Some(place), true) => (Anchor::At(place), 2),
            (Some(place), false) => (Anchor::At(place), -1),
            (None, true) => (Anchor::Start, 1),
            (None, false) => (Anchor::End, -1),
        };
        self.ask(self.lanes[FILTERED], What::Match(from, forward), anchor, count);
    }

    pub(super) fn take_match(&mut self, from: Option<Place>, forward: bool, rows: &[Row]) {
        let found = rows.iter().map(|row| row.place).find(|place| !forward || Some(*place) != from);
        match found {
            Some(place) => self.locate(place),
            None => {
                self.notice =
                    Some(if forward { "There is no further match." } else { "There is no earlier match." }.to_owned())
            }
        }
    }

    fn press_row(&mut self, row: u64, shift: bool) {
        if shift {
            let anchor = self.list.anchor.or(self.list.current).unwrap_or(row);
            self.list.anchor = Some(anchor);
            self.list.selection = Some(RowRange { first: anchor.min(row), last: anchor.max(row) });
            return;
        }
        self.list.selection = None;
        self.list.anchor = Some(row);
        match self.list.island.get(row) {
            Some(Held::Gap(gap, _)) if gap.loadable && self.phase == Phase::Active => {
                let from = gap.from;
                let count = super::super::island::gap_rows(gap).clamp(2, 1000) as i32;
                if !self.asks.iter().any(|ask| ask.what == What::Gap(from)) {
                    self.cancel_run_asks();
                    self.ask(self.shown(), What::Gap(from), Anchor::At(from), count);
                }
            }
            Some(Held::Entry(entry)) => {
                let entry = entry.clone();
                self.list.current = Some(row);
                self.show_details(entry);
            }
            _ => {}
        }
    }

    fn escape(&mut self) {
        if self.details.is_some() {
            self.close_details();
        } else if self.waiting_for().is_some() {
            self.cancel_asks();
        } else if self.list.selection.is_some() {
            self.list.selection = None;
        } else {
            self.notice = None;
        }
    }
}
