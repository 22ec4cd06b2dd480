//! What the user does.

use jiff::tz::TimeZone;

use super::ask::What;
use super::find::Sought;
use super::{FILTERED, Filter, FilterMistake, HEIGHT_ROWS_MIN, Model, Phase, TimeForm};
use crate::log::query::Query;
use crate::worker::island::Held;
use crate::worker::view::{node, term_of};
use crate::world::batch::Row;
use crate::world::message::Event;
use crate::world::stream::{Anchor, Place, SourceId};
use crate::world::view::{NodeId, RevealPlace, RowRange};

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
            Event::Input(node::FILTER, text) => self.set_filter(text, false),
            Event::Submit(node::FILTER, text, shift) => {
                if self.typed == text && self.mistake.is_none() {
                    self.next_match(!shift);
                } else {
                    self.set_filter(text, true);
                }
            }
            Event::Submit(node::GO_TO, text, _) => self.go_to_line(&text),
            Event::Toggle(node::ONLY_MATCHES, on) => self.set_only_matches(on),
            Event::Toggle(node::SUMMARY, on) => self.toggle_summary(on),
            Event::Toggle(node::WRAP, on) => self.wrap = on,
            Event::Input(node::FIND_SOURCE, text) => self.source_pattern = text,
            Event::Submit(node::FIND_SOURCE, text, _) => {
                self.source_pattern = text;
                self.show_found_sources();
            }
            Event::Toggle(node::MEMORY, on) => self.is_memory_shown = on,
            Event::Submit(node::QUERY_NAME, text, _) => self.save_query(&text),
            Event::Submit(NodeId(number), text, _) if number >= node::FIRST_MARK => {
                self.note_mark(node::place_of(number, node::FIRST_MARK).0, &text);
            }
            Event::Toggle(node::RAW, on) => self.set_raw(on),
            Event::Toggle(node::COLUMNS, on) => self.is_editing_columns = on,
            Event::Choose(node::ADD_COLUMN, chosen) => self.choose_column(chosen),
            Event::Choose(node::TIME_FORM, chosen) => {
                self.time_form = TimeForm::ALL.get(usize::from(chosen)).copied().unwrap_or_default();
            }
            Event::Toggle(node::FOLLOW, on) => self.set_follow(on),
            // What the page told before it carried out the last order is of a screen that is no more.
            Event::Viewport(list, screen) if list == self.list.node && screen.orders == self.list.orders => {
                let RowRange { first, last } = screen.drawn;
                let last = last.min(first.saturating_add(VIEW_ROWS_MAX));
                let first = first.min(last);
                self.note_move(screen.seen);
                if screen.seen.first < self.list.seen.first {
                    // Whoever goes up sees it.
                    self.list.above = 0;
                }
                self.list.view = RowRange { first, last };
                self.list.seen = screen.seen;
                // A list that was shorter than the screen when the page said this tells nothing of the screen's height.
                self.list.height = (last - first + 1).max(HEIGHT_ROWS_MIN);
            }
            Event::Follow(list, on) if list == self.list.node => {
                self.follow = on;
                (self.list.news, self.list.above) = (0, 0);
                self.list.seek = None;
            }
            Event::PressRow(list, row, shift) if list == self.list.node => self.press_row(row, shift),
            Event::Copy(list, range) if list == self.list.node => self.copy_rows(range),
            Event::SelectRows(list, range) if list == self.list.node => {
                self.list.selection = range.filter(|range| range.first <= range.last);
                self.list.anchor = self.list.selection.map(|range| range.first);
            }
            Event::PressColumn(list, place) if list == self.list.node => self.press_column(place.into()),
            Event::ResizeColumn(list, place, width) if list == self.list.node => {
                self.resize_column(place.into(), width);
            }
            Event::Escape => self.escape(),
            _ => {}
        }
    }

    fn handle_press(&mut self, pressed: NodeId) {
        match pressed {
            node::CLEAR_FILTER => self.set_filter(String::new(), true),
            node::PREVIOUS => self.next_match(false),
            node::NEXT => self.next_match(true),
            node::TOP => self.go_to_top(),
            node::END | node::NEWS => self.set_follow(true),
            // The press itself has closed it.
            node::CLOSE_NOTICE => {}
            node::CANCEL_WAITING => self.give_up(),
            node::CLOSE_DETAILS => self.close_details(),
            node::COPY_DETAILS => self.copy_details(),
            node::MORE_DETAILS => self.more_details(),
            node::CLOSE_SUMMARY => self.toggle_summary(false),
            node::COLUMN_LEFT => self.move_column(false),
            node::COLUMN_RIGHT => self.move_column(true),
            node::COLUMN_WIDER => self.stretch_column(true),
            node::COLUMN_NARROWER => self.stretch_column(false),
            node::REMOVE_COLUMN => self.remove_column(),
            node::CLOSE_COLUMNS => self.is_editing_columns = false,
            node::FOUND_SOURCES => self.show_found_sources(),
            node::NEXT_ERROR => self.find(Sought::Error, true),
            node::PREVIOUS_ERROR => self.find(Sought::Error, false),
            node::MARK => self.toggle_mark(),
            node::NEXT_MARK => self.next_mark(true),
            node::PREVIOUS_MARK => self.next_mark(false),
            node::CLOSE_MEMORY => self.is_memory_shown = false,
            NodeId(number) if number >= node::FIRST_MARK => match node::place_of(number, node::FIRST_MARK) {
                (place, 1) => self.go_to_mark(place),
                (place, 3) => self.remove_mark(place),
                _ => {}
            },
            NodeId(number) if number >= node::FIRST_SAVED => match node::place_of(number, node::FIRST_SAVED) {
                (place, 1) => self.apply_saved(place),
                (place, 3) => self.remove_saved(place),
                _ => {}
            },
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
                } else if let Some(term) = self.overview.as_ref().and_then(|overview| term_of(overview, pressed)) {
                    self.narrow(&term);
                }
            }
        }
    }

    pub(super) fn choose_source(&mut self, source: SourceId) {
        if source != self.source {
            self.set_source(source);
            self.details = None;
            self.notice = None;
            self.follow = true;
            self.show_anew(true);
        }
    }

    /// Applies what was typed, if it is a query. What is not leaves the last answer as it is; `is_done` where nothing more
    /// will be typed.
    pub(super) fn set_filter(&mut self, text: String, is_done: bool) {
        // Now and zone matter where times are compared, which the server does.
        let compiled = Query::compile(&text, 0, &TimeZone::UTC);
        self.mistake = compiled.as_ref().err().map(|error| FilterMistake {
            words: error.explain(&text),
            is_unfinished: !is_done && error.is_unfinished(&text),
        });
        self.typed.clone_from(&text);
        let Ok(query) = compiled else { return };
        let filter = (!query.is_everything()).then_some(Filter { text, query });
        let meaning = |filter: &Option<Filter>| filter.as_ref().map(|filter| filter.query.to_string());
        if meaning(&filter) == meaning(&self.filter) {
            return;
        }
        self.note_reading();
        let was_filtered = self.shown_index() == FILTERED;
        self.filter = filter;
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

    pub(super) fn set_only_matches(&mut self, on: bool) {
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
        (self.list.news, self.list.above) = (0, 0);
        if on {
            self.list.seek = None;
            let last = self.rows().saturating_sub(1);
            self.list.reveal = Some((last, RevealPlace::Bottom));
        }
    }

    fn go_to_top(&mut self) {
        self.follow = false;
        self.go_to_row(self.first_row(), RevealPlace::Top);
    }

    /// Puts the screen around a row.
    pub(super) fn go_to_row(&mut self, row: u64, place: RevealPlace) {
        let first = row.saturating_sub(self.list.height / 2);
        self.list.seek = None;
        self.list.show(RowRange { first, last: first + self.list.height });
        self.list.reveal = Some((row, place));
    }

    pub(super) fn go_to_place(&mut self, place: Option<Place>, reveal: RevealPlace) {
        if let Some(row) = place.and_then(|place| self.list.island.row_of(place)) {
            self.follow = false;
            self.list.current = Some(row);
            self.go_to_row(row, reveal);
        }
    }

    pub(super) fn current_place(&self) -> Option<Place> {
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
                None if forward => self.list.seen.first,
                None => self.list.seen.last,
            };
            if rows > self.first_row() {
                let row = row.clamp(self.first_row(), rows - 1);
                self.follow = false;
                self.list.seek = None;
                self.list.current = Some(row);
                let RowRange { first, last } = self.list.seen;
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
        let from = self.current_place();
        let (anchor, count) = self.beside(from, forward);
        self.ask(self.lanes[FILTERED], What::Match(from, forward), anchor, count);
    }

    pub(super) fn take_match(&mut self, from: Option<Place>, forward: bool, rows: &[Row]) {
        let found = rows.iter().map(|row| row.place).find(|place| !forward || Some(*place) != from);
        match found {
            Some(place) => self.go_to_entry(place),
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
                    self.list.seek = None;
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
        } else if self.overview.is_some() {
            self.toggle_summary(false);
        } else if self.is_memory_shown {
            self.is_memory_shown = false;
        } else if self.is_editing_columns {
            self.is_editing_columns = false;
        } else if self.waiting_for().is_some() {
            self.give_up();
        } else if self.list.selection.is_some() {
            self.list.selection = None;
        } else {
            self.notice = None;
        }
    }
}
