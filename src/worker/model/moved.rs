//! What is held when the lines of the text stand in another order: rows on the screen stay put, and what came in above is counted.

use super::ask::What;
use super::{List, Model};
use crate::world::stream::{Moved, Place};
use crate::world::view::RowRange;

impl Model {
    pub(super) fn handle_moved(&mut self, moved: &Moved) {
        if self.generation != Some(moved.from) {
            // The total will tell of a text that is not the one that is held.
            return;
        }
        self.generation = Some(moved.to);
        self.totals.iter_mut().flatten().for_each(|total| total.generation = moved.to);
        self.cancel_run_asks();
        self.give_up_copy();
        if let Some(details) = &mut self.details {
            details.row.place = now(moved, details.row.place);
        }
        for ask in &mut self.asks {
            if let What::Match(Some(place), _) = &mut ask.what {
                *place = now(moved, *place);
            }
        }
        self.reading = self.reading.map(|seek| seek.moved(moved));
        let is_whole = self.shown_index() == super::WHOLE;
        let list = &mut self.list;
        list.seek = list.seek.map(|seek| seek.moved(moved));
        list.located = list.located.map(|place| now(moved, place));
        list.known_to = list.known_to.map(|place| Place { generation: moved.to, ..place });
        (list.is_overtaken, list.is_numbering, list.gap_to, list.pending_after) = (false, false, None, None);
        let was_held = list.pushed_to <= list.island.covers_to();
        let pending: Vec<Place> = std::mem::take(&mut list.pending).into_iter().map(|row| row.place).collect();
        let anchor = list.anchor_row(moved, self.follow);
        let rearranged = anchor.and_then(|row| Some((row, list.island.rearrange(moved, row, is_whole, &pending)?)));
        if let Some((row, rearranged)) = rearranged {
            let row_now = rearranged.row_now(row).unwrap_or(row);
            let keep = |range: Option<RowRange>| {
                let RowRange { first, last } = range?;
                let (one, other) = (rearranged.row_now(first)?, rearranged.row_now(last)?);
                Some(RowRange { first: one.min(other), last: one.max(other) })
            };
            let row_of = |row: Option<u64>| row.and_then(|row| rearranged.row_now(row));
            let (selection, current, chosen) = (keep(list.selection), row_of(list.current), row_of(list.anchor));
            if !self.follow {
                list.above += rearranged.above;
                list.news = list.news.saturating_sub(rearranged.above);
                self.renumber(row_now as i64 - row as i64);
            }
            let list = &mut self.list;
            (list.selection, list.current, list.anchor) = (selection, current, chosen);
        } else if !(list.island.is_empty() || self.follow && list.island.cut(moved)) {
            // Where the user reads is not known here; the server knows it.
            self.note_reading();
            self.begin_list_anew();
        }
        let list = &mut self.list;
        list.pushed_to = match list.pushed_to {
            Some(_) if was_held && list.island.reaches_end => list.island.covers_to(),
            Some(place) if place.offset < moved.kept || place.offset >= moved.end => {
                Some(Place { generation: moved.to, ..place })
            }
            // Which line is the last is not known: all of them stand before this.
            _ => {
                list.known_to = Some(Place { generation: moved.to, offset: moved.end.saturating_sub(1) });
                None
            }
        };
    }
}

impl List {
    /// The row that stays where it is on the screen: the first that is seen and did not come up from below; while the end is
    /// followed, the last.
    fn anchor_row(&self, moved: &Moved, follow: bool) -> Option<u64> {
        let offset = |row: u64| self.island.entry(row).map(|entry| entry.place.offset);
        let stays = |row: &u64| offset(*row).is_some_and(|offset| !moved.has_gone_up(offset));
        let held = self.island.base()..self.island.end();
        if follow {
            return held.clone().rev().find(stays).or_else(|| held.rev().find(|row| offset(*row).is_some()));
        }
        let seen = self.seen.first.max(held.start)..(self.seen.last + 1).min(held.end);
        let is_held = |row: &u64| offset(*row).is_some();
        seen.clone().find(stays).or_else(|| seen.clone().find(is_held)).or_else(|| held.clone().find(is_held))
    }
}

/// Where a place is now; one of which that was not said is left to the server, which knows it.
pub(super) fn now(moved: &Moved, place: Place) -> Place {
    moved.place_now(place).unwrap_or(place)
}
