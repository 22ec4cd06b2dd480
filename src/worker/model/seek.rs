//! Where the user reads, and where the list is to be brought: to a line, to an entry, back to what was read before another
//! filter. Until the list is there, nothing else is asked for; whoever moves the list herself gives it up.

use super::ask::What;
use super::moved::now;
use super::{Model, Phase};
use crate::worker::words::{cut, join, thousands};
use crate::world::batch::Window;
use crate::world::stream::{Anchor, Moved, Place, SourceId};
use crate::world::view::{RevealPlace, RowRange};

/// Where the list is to be brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seek {
    /// From this line on.
    Line(u64),
    /// Around this entry.
    Entry {
        /// The entry, or where it was: the next behind it does as well.
        place: Place,
        /// Whether it becomes the current one, where it is in the result.
        marks: bool,
    },
}

impl Seek {
    /// The same after lines moved.
    pub(super) fn moved(self, moved: &Moved) -> Self {
        match self {
            Self::Line(_) => self,
            Self::Entry { place, marks } => Self::Entry { place: now(moved, place), marks },
        }
    }

    pub(super) const fn anchor(self) -> Anchor {
        match self {
            Self::Line(line) => Anchor::Line(line),
            Self::Entry { place, .. } => Anchor::At(place),
        }
    }
}

impl Model {
    pub(super) fn go_to_line(&mut self, text: &str) {
        if self.source == SourceId::ALL {
            self.notice = Some("Lines are counted in each source: choose the source first.".to_owned());
            return;
        }
        // Thousands may stand apart: 1,234,567, 1_234_567, 1 234 567.
        let digits: String = text.trim().chars().filter(|char| !matches!(char, ',' | '_' | ' ' | '.' | '\'')).collect();
        match digits.parse::<u64>().ok().filter(|number| *number > 0 && !digits.starts_with('+')) {
            Some(number) => self.list.seek = Some(Seek::Line(number - 1)),
            None => self.notice = Some(join(&["“", &cut(text), "” is no line number: they count from 1."])),
        }
    }

    /// Goes to an entry of the list, held or not.
    pub(super) fn go_to_entry(&mut self, place: Place) {
        if self.list.island.row_of(place).is_some() {
            self.go_to_place(Some(place), RevealPlace::Middle);
        } else {
            self.follow = false;
            self.list.seek = Some(Seek::Entry { place, marks: true });
        }
    }

    /// The page shows these rows now; where they are others than it showed before, the user has moved the list. What the
    /// world has it show is not known to the row until the page tells of it.
    pub(super) fn note_move(&mut self, seen: RowRange) {
        if std::mem::take(&mut self.list.is_seen_guessed) {
            return;
        }
        let before = if self.list.island.is_empty() { self.first_row() } else { self.list.seen.first };
        if !self.follow && seen.first != before {
            self.list.seek = None;
        }
    }

    /// Remembers the entry that the user is at, or the one in the middle of what she sees. What is not there yet changes
    /// nothing.
    pub(super) fn note_reading(&mut self) {
        if let Some(seek) = self.list.seek {
            self.reading = Some(seek);
            return;
        }
        if self.follow {
            self.reading = None;
            return;
        }
        let RowRange { first, last } = self.list.seen;
        let is_seen = |row: &u64| (first..=last).contains(row);
        let middle = first + (last - first) / 2;
        let mut rows = (middle..=last).chain((first..middle).rev());
        let place_of = |row: u64| self.list.island.entry(row).map(|row| row.place);
        let located = self.list.located.and_then(|place| self.list.island.row_of(place));
        let entry = |place, marks| Seek::Entry { place, marks };
        if let Some(current) = self.list.current.filter(is_seen).and_then(place_of) {
            self.reading = Some(entry(current, true));
        } else if self.reading.is_none() || !located.is_some_and(|row| is_seen(&row)) {
            self.reading = rows.find_map(place_of).map(|place| entry(place, false)).or(self.reading);
        }
    }

    /// Has a list that was shown anew brought to where the user was reading.
    pub(super) fn go_on_reading(&mut self) {
        self.list.seek = self.reading;
    }

    /// What the user waits for, in words, where that takes a while.
    pub(super) fn sought(&self) -> Option<String> {
        let is_searched = self.total(self.shown()).is_some_and(|total| total.exact);
        match self.list.seek? {
            Seek::Line(line) => Some(join(&["Going to line ", &thousands(line + 1), " …"])),
            Seek::Entry { .. } if is_searched || self.phase != Phase::Active => None,
            Seek::Entry { .. } => Some("Searching as far as where you read …".to_owned()),
        }
    }

    /// The list is there.
    pub(super) fn take_sought(&mut self, seek: Seek, window: Window) {
        self.list.seek = None;
        if let (Seek::Line(_), true) = (seek, window.run.rows.is_empty()) {
            let is_whole = self.filter.is_none() || !self.only_matches;
            let words = if is_whole { "There is no such line." } else { "No match stands there or behind it." };
            self.notice = Some(words.to_owned());
            return;
        }
        self.follow = false;
        let found = window.run.rows.iter().map(|row| row.place).find(|found| match seek {
            Seek::Line(_) => true,
            Seek::Entry { place, .. } => found.generation != place.generation || *found >= place,
        });
        self.take_jump(window.run.first_row, window);
        match seek {
            Seek::Line(_) => self.go_to_place(found, RevealPlace::Middle),
            Seek::Entry { place, marks } => {
                self.list.located = found;
                if marks && found == Some(place) {
                    self.go_to_place(found, RevealPlace::Middle);
                } else if let Some(row) = found.and_then(|found| self.list.island.row_of(found)) {
                    self.go_to_row(row, RevealPlace::Middle);
                }
            }
        }
    }

    /// The list cannot be brought there.
    pub(super) fn fail_sought(&mut self, seek: Seek, why: String) {
        self.list.seek = None;
        match seek {
            Seek::Line(_) => self.notice = Some(why),
            // What is said already may be why.
            Seek::Entry { marks: true, .. } => drop(self.notice.get_or_insert(why)),
            // Where the user was is gone: the list stands at its beginning.
            Seek::Entry { marks: false, .. } => {}
        }
    }

    pub(super) fn is_sought(&self, what: What) -> bool {
        matches!(what, What::Seek(seek) if self.list.seek == Some(seek))
    }
}
