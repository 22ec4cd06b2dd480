//! The nearest entry that is so: an error, one of the same trace. Asked on a lane that no list is shown of, in the source that
//! is shown and within its filter where only matches are.

use super::ask::What;
use super::{Model, Phase};
use crate::protocol::ids::{LANES, Lane};
use crate::worker::words::join;
use crate::world::batch::Row;
use crate::world::stream::{Anchor, Open, Place, Shut, SourceId};

/// The first of the lanes that are for this. The lists take turns on those before.
pub(super) const FIRST_LANE: u8 = LANES - 2;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    /// Something serious.
    Error,
}

impl Sought {
    const fn term(self) -> &'static str {
        match self {
            Self::Error => "level>=error",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Error => "error",
        }
    }
}

/// The result that was asked last.
#[derive(Debug)]
pub(super) struct Finder {
    lane: Lane,
    open: Option<(SourceId, String)>,
}

impl Default for Finder {
    fn default() -> Self {
        Self { lane: Lane(FIRST_LANE), open: None }
    }
}

impl Model {
    /// Goes to the next entry that is so, or the one before.
    pub(super) fn find(&mut self, sought: Sought, forward: bool) {
        if self.phase != Phase::Active || self.asks.iter().any(|ask| matches!(ask.what, What::Find(..))) {
            return;
        }
        let filter = self.filter.as_ref().filter(|_| self.only_matches);
        let text = match filter {
            Some(filter) => join(&["(", filter.text.trim(), ") ", sought.term()]),
            None => sought.term().to_owned(),
        };
        let wanted = Some((self.source, text));
        if self.finder.open != wanted {
            self.shut_finder();
            self.finder.lane = Lane(if self.finder.lane.0 == FIRST_LANE { FIRST_LANE + 1 } else { FIRST_LANE });
            let filter = wanted.as_ref().map(|(_, text)| text.clone());
            self.finder.open = wanted;
            self.send(self.finder.lane, &Open { source: self.source, filter, follow: false, after: None });
        }
        let from = self.current_place();
        let (anchor, count) = self.beside(from, forward);
        self.ask(self.finder.lane, What::Find(sought, from, forward), anchor, count);
    }

    /// Where to ask for the next or the one before: by the current entry, else by what is seen.
    pub(super) fn beside(&self, from: Option<Place>, forward: bool) -> (Anchor, i32) {
        let seen = self.list.seen.first..=self.list.seen.last;
        let place_of = |row: u64| self.list.island.entry(row).map(|row| row.place);
        let seen = if forward { seen.clone().find_map(place_of) } else { seen.rev().find_map(place_of) };
        match (from.or(seen), forward) {
            (Some(place), true) => (Anchor::At(place), 2),
            (Some(place), false) => (Anchor::At(place), -1),
            (None, true) => (Anchor::Start, 1),
            (None, false) => (Anchor::End, -1),
        }
    }

    pub(super) fn take_find(&mut self, sought: Sought, from: Option<Place>, forward: bool, rows: &[Row]) {
        match rows.iter().map(|row| row.place).find(|place| !forward || Some(*place) != from) {
            Some(place) => self.go_to_entry(place),
            None => {
                let words = if forward { "There is no further " } else { "There is no earlier " };
                self.notice = Some(join(&[words, sought.words(), "."]));
            }
        }
    }

    /// Lets go of the result, because another source is shown.
    pub(super) fn shut_finder(&mut self) {
        self.cancel_where(|ask| matches!(ask.what, What::Find(..)));
        if self.finder.open.take().is_some() && self.phase == Phase::Active {
            self.send(self.finder.lane, &Shut {});
        }
    }
}
