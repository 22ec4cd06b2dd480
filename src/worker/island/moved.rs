//! Held rows that stand in another order now: which of them still follow each other, and what came in above the reader.

use super::{Island, Item, Slot};
use crate::world::stream::{Moved, Place, Stretch};

/// What became of the rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rearranged {
    /// The rows that are still held: before, and now; ascending now.
    rows: Vec<(u64, u64)>,
    /// How many rows came in above the anchor.
    pub above: u64,
}

impl Rearranged {
    /// Where the row is now that was `row` before; `None` where it is not held any more.
    #[must_use]
    pub fn row_now(&self, row: u64) -> Option<u64> {
        self.rows.iter().find(|(before, _)| *before == row).map(|(_, now)| *now)
    }
}

/// An item on its way, with its row before; none where something is missing.
type Piece = Option<(u64, Slot)>;

impl Island {
    /// Puts the rows in the order of `moved`, and keeps those that follow each other around the row `anchor`. Rows that are not
    /// held and stood behind it are named by `others`; `is_whole` where every line is a row. `None`, and nothing changes, where
    /// no entry is held at the anchor or where it stands now was not said.
    pub fn rearrange(&mut self, moved: &Moved, anchor: u64, is_whole: bool, others: &[Place]) -> Option<Rearranged> {
        let place = self.entry(anchor)?.place;
        let place_now = moved.place_now(place)?;
        let pieces = self.ordered(moved);
        let (came, left) = match is_whole {
            true => lines_past(moved, place.offset),
            false => {
                let entries = pieces.iter().flatten().filter(|(_, slot)| matches!(slot.item, Item::Entry(_)));
                let held = entries.map(|(row, slot)| (*row > anchor, slot.first_place() < place_now));
                let now = |other: &Place| moved.place_now(*other).map(|now| (*other > place, now < place_now));
                let sides: Vec<_> = held.chain(others.iter().filter_map(now)).collect();
                let count = |side| sides.iter().filter(|sides| **sides == side).count() as u64;
                (count((true, true)), count((false, false)).saturating_sub(1))
            }
        };
        let has_gap = |slot: &Slot| matches!(slot.item, Item::Gap(_)) && slot.end() > moved.kept;
        let begins = self.reaches_start || self.first_place()?.offset <= moved.kept;
        let covers = begins && self.reaches_end && !self.slots.iter().any(has_gap);
        let row_now = (anchor + came).saturating_sub(left);
        let mut rows = self.keep_around(pieces, anchor, row_now);
        rows.sort_by_key(|(_, now)| *now);
        self.exact &= is_whole || covers;
        Some(Rearranged { rows, above: came })
    }

    /// Lets go of the rows that stand elsewhere, or may: of what is left the places are of the new text. Returns whether any is
    /// left.
    pub fn cut(&mut self, moved: &Moved) -> bool {
        while self
            .slots
            .back()
            .is_some_and(|slot| !slot.is_in(0, moved.kept) || slot.first_place().offset >= moved.kept)
            && let Some(gone) = self.slots.pop_back()
        {
            self.bytes -= gone.bytes();
            self.reaches_end = false;
        }
        self.slots.iter_mut().for_each(|slot| slot.rename(moved.to, |offset| offset));
        !self.slots.is_empty()
    }

    /// All items in their new order, at their new places.
    fn ordered(&self, moved: &Moved) -> Vec<Piece> {
        let piece = |slot: &Slot, by: &dyn Fn(u64) -> u64| {
            let row = self.base + (slot.at - self.first_at);
            let mut slot = slot.clone();
            slot.rename(moved.to, by);
            Some((row, slot))
        };
        let begins = if self.reaches_start { 0 } else { self.first_place().map_or(0, |place| place.offset) };
        let ends = if self.reaches_end { u64::MAX } else { self.slots.back().map_or(0, Slot::end) };
        let index = |offset: u64| self.slots.partition_point(|slot| slot.first_place().offset < offset);
        let mut pieces: Vec<Piece> = Vec::with_capacity(self.slots.len() + moved.stretches.len());
        for slot in self.slots.range(..index(moved.kept)) {
            pieces.push(piece(slot, &|offset| offset).filter(|_| slot.is_in(0, moved.kept)));
        }
        if moved.stretches.is_empty() && moved.kept < moved.end {
            pieces.push(None);
        }
        for (now, Stretch { at, bytes, .. }) in moved.placed() {
            let behind = at + bytes;
            let (from, to) = (at.max(begins), behind.min(ends));
            if from >= to {
                pieces.push(None);
                continue;
            }
            pieces.extend((at < from || self.is_in_gap(index(from), from)).then_some(None));
            for slot in self.slots.range(index(from)..index(to)) {
                let by = |offset: u64| now.wrapping_add(offset.wrapping_sub(at));
                pieces.push(piece(slot, &by).filter(|_| slot.is_in(at, behind)));
            }
            pieces.extend((to < behind).then_some(None));
        }
        pieces.extend(self.is_in_gap(index(moved.end), moved.end).then_some(None));
        for slot in self.slots.range(index(moved.end)..) {
            pieces.push(piece(slot, &|offset| offset));
        }
        pieces
    }

    /// Whether a gap begins before `offset`, where slot `index` would begin, and goes on behind it.
    fn is_in_gap(&self, index: usize, offset: u64) -> bool {
        let before = index.checked_sub(1).map(|before| &self.slots[before].item);
        matches!(before, Some(Item::Gap(gap)) if gap.to.offset > offset)
    }

    /// Keeps the pieces around that of the row `anchor`, which is row `row_now` now; returns the rows of the entries.
    fn keep_around(&mut self, pieces: Vec<Piece>, anchor: u64, row_now: u64) -> Vec<(u64, u64)> {
        let at = pieces.iter().position(|piece| piece.as_ref().is_some_and(|(row, _)| *row == anchor)).unwrap_or(0);
        let first = pieces[..at].iter().rposition(Option::is_none).map_or(0, |hole| hole + 1);
        let end = pieces[at..].iter().position(Option::is_none).map_or(pieces.len(), |hole| at + hole);
        self.reaches_start &= first == 0;
        self.reaches_end &= end == pieces.len();
        let before: u64 = pieces[first..at].iter().flatten().map(|(_, slot)| slot.rows()).sum();
        self.base = row_now.saturating_sub(before);
        self.first_at = 1 << 62;
        self.slots.clear();
        self.bytes = 0;
        let mut rows = Vec::with_capacity(end - first);
        for (row, mut slot) in pieces.into_iter().take(end).skip(first).flatten() {
            slot.at = self.slots.back().map_or(self.first_at, |last| last.at + last.rows());
            rows.push((row, self.base + (slot.at - self.first_at)));
            self.bytes += slot.bytes();
            self.slots.push_back(slot);
        }
        rows
    }
}

/// How many lines came from behind the line at `offset` to before it, and how many went the other way.
fn lines_past(moved: &Moved, offset: u64) -> (u64, u64) {
    let holds = |stretch: &Stretch| (stretch.at..stretch.at + stretch.bytes).contains(&offset);
    let Some(own) = moved.stretches.iter().position(holds) else { return (0, 0) };
    let at = moved.stretches[own].at;
    let (before, behind) = moved.stretches.split_at(own);
    let rows = |stretch: &Stretch| stretch.rows;
    let came = before.iter().filter(|stretch| stretch.at > at).map(rows).sum();
    (came, behind.iter().filter(|stretch| stretch.at < at).map(rows).sum())
}
