//! The rows that the world holds: one run of consecutive rows of one result, around what is on the screen.
//!
//! Invariants: rows follow each other without a hole that is not a [`Gap`]; places ascend; no place stands twice; the run never
//! passes [`ROWS_MAX`] or [`BYTES_MAX`] for longer than one call. Row numbers may be estimates: the whole run moves at once
//! when better ones are known ([`Island::shift_to`]), so what is on the screen keeps its order and its distance.

mod moved;

use std::collections::VecDeque;

use crate::log::level::Level;
use crate::world::batch::Row;
use crate::world::stream::{Gap, Place};

pub use moved::Rearranged;

/// The most rows held.
pub const ROWS_MAX: usize = 100_000;
/// The most bytes held, what surrounds each row included.
pub const BYTES_MAX: usize = 32 * 1024 * 1024;
/// What a row costs beside its text.
const ROW_OVERHEAD_BYTES: usize = 96;

/// What stands at some row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held<'a> {
    /// An entry.
    Entry(&'a Row),
    /// A row inside a gap, and whether it is the gap's first.
    Gap(&'a Gap, bool),
}

#[derive(Clone, Debug)]
enum Item {
    Entry(Row),
    Gap(Gap),
}

/// Where an item stands, in numbers of the run's own that never change.
#[derive(Clone, Debug)]
struct Slot {
    at: u64,
    /// What the page knows it by, wherever it stands.
    key: u64,
    item: Item,
}

impl Slot {
    fn rows(&self) -> u64 {
        match &self.item {
            Item::Entry(_) => 1,
            Item::Gap(gap) => gap_rows(gap),
        }
    }

    fn bytes(&self) -> usize {
        match &self.item {
            Item::Entry(row) => row.bytes.len() + ROW_OVERHEAD_BYTES,
            Item::Gap(_) => ROW_OVERHEAD_BYTES * 2,
        }
    }

    fn first_place(&self) -> Place {
        match &self.item {
            Item::Entry(row) => row.place,
            Item::Gap(gap) => gap.from,
        }
    }

    /// Behind its last byte, or a byte farther: line ends are one byte or two.
    fn end(&self) -> u64 {
        match &self.item {
            Item::Entry(row) => row.place.offset.saturating_add(row.length_bytes).saturating_add(2),
            Item::Gap(gap) => gap.to.offset,
        }
    }

    /// Whether it lies between these offsets, as far as that matters: an entry is whole wherever it is.
    fn is_in(&self, from: u64, to: u64) -> bool {
        match &self.item {
            Item::Entry(_) => true,
            Item::Gap(gap) => gap.from.offset >= from && gap.to.offset <= to,
        }
    }

    /// Gives its places a new generation and other offsets.
    fn rename(&mut self, generation: u32, by: impl Fn(u64) -> u64) {
        let rename = |place: &mut Place| *place = Place { generation, offset: by(place.offset) };
        match &mut self.item {
            Item::Entry(row) => rename(&mut row.place),
            Item::Gap(gap) => {
                rename(&mut gap.from);
                rename(&mut gap.to);
            }
        }
    }
}

/// A number for an entry that comes with this place: two places have the same as good as never.
fn key_of(place: Place) -> u64 {
    let mixed = (place.offset ^ u64::from(place.generation) << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 32 ^ u64::from(place.generation)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ mixed >> 29) & !(1 << 63)
}

/// Returns how many entries a gap stands for.
#[must_use]
pub fn gap_rows(gap: &Gap) -> u64 {
    gap.counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count))
}

/// The run of rows.
#[derive(Clone, Debug, Default)]
pub struct Island {
    slots: VecDeque<Slot>,
    /// The row of the first slot.
    base: u64,
    /// The `at` of the first slot; only differences mean anything.
    first_at: u64,
    bytes: usize,
    /// Whether the row numbers are exact.
    pub exact: bool,
    /// Whether nothing of the result lies before.
    pub reaches_start: bool,
    /// Whether nothing of the result lies behind, but for what is pushed.
    pub reaches_end: bool,
}

impl Island {
    /// Returns whether no row is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Returns the first row held.
    #[must_use]
    pub const fn base(&self) -> u64 {
        self.base
    }

    /// Returns how many rows are held, those inside gaps included.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.slots.back().map_or(0, |last| last.at - self.first_at + last.rows())
    }

    /// Returns the row behind the last one held.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.base + self.rows()
    }

    /// Returns how much memory the rows take, roughly.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns how many entries and gaps are held.
    #[must_use]
    pub fn items(&self) -> usize {
        self.slots.len()
    }

    /// Returns the place of the first entry, or where the gap before it begins.
    #[must_use]
    pub fn first_place(&self) -> Option<Place> {
        self.slots.front().map(Slot::first_place)
    }

    /// Returns the place of the last entry; where the run ends in a gap, none.
    #[must_use]
    pub fn last_place(&self) -> Option<Place> {
        match &self.slots.back()?.item {
            Item::Entry(row) => Some(row.place),
            Item::Gap(_) => None,
        }
    }

    /// Returns the last place that is held or covered by a gap.
    #[must_use]
    pub fn covers_to(&self) -> Option<Place> {
        match &self.slots.back()?.item {
            Item::Entry(row) => Some(row.place),
            Item::Gap(gap) => Some(Place { offset: gap.to.offset.saturating_sub(1), ..gap.to }),
        }
    }

    /// Returns what stands at `row`.
    #[must_use]
    pub fn get(&self, row: u64) -> Option<Held<'_>> {
        let at = self.at_of(row)?;
        let slot = &self.slots[self.index_of(at)?];
        Some(match &slot.item {
            Item::Entry(row) => Held::Entry(row),
            Item::Gap(gap) => Held::Gap(gap, slot.at == at),
        })
    }

    /// Returns the entry at `row`.
    #[must_use]
    pub fn entry(&self, row: u64) -> Option<&Row> {
        match self.get(row)? {
            Held::Entry(entry) => Some(entry),
            Held::Gap(..) => None,
        }
    }

    /// Returns what the page knows the entry at `row` by: the same for as long as it is held. The highest bit is clear.
    #[must_use]
    pub fn key(&self, row: u64) -> Option<u64> {
        Some(self.slots[self.index_of(self.at_of(row)?)?].key)
    }

    /// Returns the row of the entry at `place`.
    #[must_use]
    pub fn row_of(&self, place: Place) -> Option<u64> {
        let index = self.slots.binary_search_by(|slot| slot.first_place().cmp(&place)).ok()?;
        let slot = &self.slots[index];
        matches!(slot.item, Item::Entry(_)).then(|| self.base + (slot.at - self.first_at))
    }

    /// Forgets all rows and begins anew with these, the first of which is row `base`.
    pub fn begin(&mut self, base: u64, rows: Vec<Row>) {
        *self = Self { base, first_at: 1 << 62, ..Self::default() };
        self.append(rows);
    }

    /// Adds rows behind the last and returns how many were new. A row at the last place takes its place; rows at or before it
    /// are held already.
    pub fn append(&mut self, rows: Vec<Row>) -> u64 {
        let mut added = 0;
        for row in rows {
            match self.covers_to() {
                Some(last) if row.place < last => continue,
                Some(last) if row.place == last => {
                    if let Some(Slot { item: Item::Entry(old), .. }) = self.slots.back_mut() {
                        self.bytes = self.bytes - old.bytes.len() + row.bytes.len();
                        *old = row;
                    }
                }
                _ => {
                    self.push_back(Item::Entry(row));
                    added += 1;
                }
            }
        }
        added
    }

    /// Puts rows between the others that are not held and stand before the last: what matches and came up from below. Returns
    /// which rows those are now.
    pub fn insert_missing(&mut self, rows: &[Row]) -> Vec<u64> {
        let mut inserted = Vec::new();
        for row in rows {
            if self.covers_to().is_none_or(|last| row.place >= last) {
                break;
            }
            let Err(index) = self.slots.binary_search_by(|slot| slot.first_place().cmp(&row.place)) else { continue };
            let is_known = match index.checked_sub(1).map(|before| &self.slots[before].item) {
                // What stands before all that is held is asked for when the user gets there.
                None => true,
                Some(Item::Gap(gap)) => row.place < gap.to,
                Some(Item::Entry(_)) => false,
            };
            if !is_known {
                let slot = Slot { at: self.slots[index].at, key: key_of(row.place), item: Item::Entry(row.clone()) };
                self.slots.range_mut(index..).for_each(|slot| slot.at += 1);
                self.bytes += slot.bytes();
                inserted.push(self.base + (slot.at - self.first_at));
                self.slots.insert(index, slot);
            }
        }
        inserted
    }

    /// Adds a gap behind the last row and returns how many rows it stands for.
    pub fn append_gap(&mut self, gap: Gap) -> u64 {
        let rows = gap_rows(&gap);
        if rows > 0 && self.covers_to().is_none_or(|last| gap.from > last) {
            self.push_back(Item::Gap(gap));
            return rows;
        }
        0
    }

    /// Adds rows before the first. Where the run begins too low for them, all of it moves up first: the number of rows that it
    /// moved is returned.
    pub fn prepend(&mut self, mut rows: Vec<Row>) -> u64 {
        if let Some(first) = self.first_place() {
            rows.retain(|row| row.place < first);
        }
        let moved = (rows.len() as u64).saturating_sub(self.base);
        self.base += moved;
        for row in rows.into_iter().rev() {
            self.base -= 1;
            self.first_at -= 1;
            let slot = Slot { at: self.first_at, key: key_of(row.place), item: Item::Entry(row) };
            self.bytes += slot.bytes();
            self.slots.push_front(slot);
        }
        moved
    }

    /// Puts freshly loaded rows into the gap that begins at `from`; what is left of it stays a gap behind them. Returns how many
    /// rows the run has become longer (or shorter, where the gap had counted too many).
    pub fn fill_gap(&mut self, from: Place, rows: Vec<Row>, reaches_end: bool) -> i64 {
        let found = self.slots.iter().position(|slot| matches!(&slot.item, Item::Gap(gap) if gap.from == from));
        let Some(index) = found else { return 0 };
        let before = self.rows();
        let mut behind = self.slots.split_off(index);
        let Some(Slot { item: Item::Gap(mut gap), .. }) = behind.pop_front() else { return 0 };
        self.recount();
        let loaded: Vec<Row> = rows.into_iter().filter(|row| row.place >= gap.from && row.place < gap.to).collect();
        let is_whole = loaded.is_empty() || reaches_end;
        for row in &loaded {
            // An entry that was counted under another level still leaves the gap.
            let level = row.level.map_or(Level::COUNT, |level| level as usize);
            let counted =
                if gap.counts[level] > 0 { Some(level) } else { gap.counts.iter().position(|count| *count > 0) };
            if let Some(level) = counted {
                gap.counts[level] -= 1;
            }
        }
        if let Some(last) = loaded.last() {
            // The next entry begins behind this one and its line end, or later: any place up to there finds it.
            gap.from =
                Place { offset: last.place.offset.saturating_add(last.length_bytes).saturating_add(1), ..last.place };
            gap.first_row = gap.first_row.map(|row| row + loaded.len() as u64);
        }
        let count = loaded.len();
        self.append(loaded);
        if count == 0 {
            // Nothing came: what was there is gone for good, and is said so.
            gap.loadable = false;
        }
        if gap_rows(&gap) > 0 && gap.from < gap.to && (count == 0 || !is_whole) {
            self.push_back(Item::Gap(gap));
        }
        for slot in behind {
            self.push_back(slot.item);
        }
        self.rows() as i64 - before as i64
    }

    /// Moves the run so that it begins at `base` and returns by how many rows it moved.
    pub fn shift_to(&mut self, base: u64) -> i64 {
        let moved = base as i64 - self.base as i64;
        self.base = base;
        moved
    }

    /// Lets go of the rows farthest from those between `first` and `last` until the bounds hold.
    pub fn evict(&mut self, first: u64, last: u64) {
        while self.slots.len() > ROWS_MAX || self.bytes > BYTES_MAX {
            let above = first.saturating_sub(self.base);
            let below = self.end().saturating_sub(last);
            let gone = if above >= below {
                self.reaches_start = false;
                self.slots.pop_front()
            } else {
                self.reaches_end = false;
                self.slots.pop_back()
            };
            let Some(gone) = gone else { return };
            self.bytes -= gone.bytes();
            if above >= below {
                self.base += gone.rows();
                self.first_at += gone.rows();
            }
        }
    }

    fn push_back(&mut self, item: Item) {
        let at = self.slots.back().map_or(self.first_at, |last| last.at + last.rows());
        let slot = Slot { at, key: 0, item };
        let slot = Slot { key: key_of(slot.first_place()), ..slot };
        self.bytes += slot.bytes();
        self.slots.push_back(slot);
    }

    fn recount(&mut self) {
        self.bytes = self.slots.iter().map(Slot::bytes).sum();
    }

    fn at_of(&self, row: u64) -> Option<u64> {
        let inside = row.checked_sub(self.base)?;
        (inside < self.rows()).then(|| self.first_at + inside)
    }

    fn index_of(&self, at: u64) -> Option<usize> {
        match self.slots.binary_search_by(|slot| slot.at.cmp(&at)) {
            Ok(index) => Some(index),
            Err(index) => index.checked_sub(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::stream::SourceId;

    fn row(offset: u64) -> Row {
        let place = Place { generation: 0, offset };
        Row { place, source: SourceId(0), line: None, level: None, length_bytes: 9, bytes: b"some text".to_vec() }
    }

    fn rows(offsets: std::ops::Range<u64>) -> Vec<Row> {
        offsets.map(|n| row(n * 10)).collect()
    }

    fn gap(from: u64, to: u64) -> Gap {
        let place = |n| Place { generation: 0, offset: n * 10 };
        let mut counts = [0; Level::COUNT + 1];
        counts[Level::COUNT] = to - from;
        Gap { from: place(from), to: place(to), first_row: None, counts, loadable: true }
    }

    fn offsets(island: &Island) -> Vec<Option<u64>> {
        (island.base()..island.end()).map(|row| island.entry(row).map(|entry| entry.place.offset / 10)).collect()
    }

    #[test]
    fn rows_before_and_behind_keep_the_others_where_they_are() {
        let mut island = Island::default();
        island.begin(100, rows(10..13));
        assert_eq!(island.append(rows(12..15)), 2);
        assert_eq!(island.prepend(rows(8..11)), 0);
        assert_eq!((island.base(), island.end()), (98, 105));
        assert_eq!(offsets(&island), (8..15).map(Some).collect::<Vec<_>>());
        assert_eq!(island.row_of(Place { generation: 0, offset: 110 }), Some(101));
    }

    #[test]
    fn a_run_that_begins_too_low_moves_up() {
        let mut island = Island::default();
        island.begin(1, rows(10..12));
        assert_eq!(island.prepend(rows(6..10)), 3);
        assert_eq!((island.base(), island.end()), (0, 6));
    }

    #[test]
    fn the_last_line_is_replaced_by_its_longer_self() {
        let mut island = Island::default();
        island.begin(0, rows(0..2));
        let mut longer = row(10);
        longer.bytes = b"some text and more".to_vec();
        assert_eq!(island.append(vec![longer.clone()]), 0);
        assert_eq!(island.entry(1), Some(&longer));
        assert_eq!(island.bytes(), 9 + 18 + 2 * ROW_OVERHEAD_BYTES);
    }

    #[test]
    fn a_gap_stands_for_its_rows_and_is_filled_from_its_beginning() {
        let mut island = Island::default();
        island.begin(0, rows(0..2));
        assert_eq!(island.append_gap(gap(2, 7)), 5);
        island.append(rows(7..9));
        assert_eq!(island.rows(), 9);
        assert!(matches!(island.get(2), Some(Held::Gap(_, true))));
        assert!(matches!(island.get(6), Some(Held::Gap(_, false))));
        assert_eq!(island.fill_gap(Place { generation: 0, offset: 20 }, rows(2..4), false), 0);
        let expected = [Some(0), Some(1), Some(2), Some(3), None, None, None, Some(7), Some(8)];
        assert_eq!(offsets(&island), expected);
        assert_eq!(island.fill_gap(Place { generation: 0, offset: 40 }, rows(4..9), false), 0);
        assert_eq!(offsets(&island), (0..9).map(Some).collect::<Vec<_>>());
    }

    #[test]
    fn the_farthest_rows_go_when_there_are_too_many() {
        let mut island = Island::default();
        island.begin(0, rows(0..ROWS_MAX as u64));
        island.reaches_start = true;
        island.reaches_end = true;
        island.append(rows(ROWS_MAX as u64..ROWS_MAX as u64 + 500));
        island.evict(ROWS_MAX as u64 + 400, ROWS_MAX as u64 + 499);
        assert_eq!((island.items(), island.base()), (ROWS_MAX, 500));
        assert!(!island.reaches_start && island.reaches_end);
        island.prepend(rows(0..500));
        island.evict(0, 60);
        assert_eq!((island.items(), island.base()), (ROWS_MAX, 0));
        assert!(!island.reaches_end);
    }

    #[test]
    fn large_rows_go_by_their_bytes() {
        let mut island = Island::default();
        let mut large = row(0);
        large.bytes = vec![b'x'; 1024 * 1024];
        island.begin(0, (0..40).map(|n| Row { place: Place { generation: 0, offset: n }, ..large.clone() }).collect());
        island.evict(39, 39);
        assert!(island.bytes() <= BYTES_MAX && island.items() == 31, "{}", island.items());
    }
}
