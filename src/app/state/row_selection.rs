//! A selection dragged over rows: native while it stays within the drawn rows, rows by number once it runs past them.

use crate::world::view::RowRange;

/// How far a drag that leaves the place it began must be to count as one, for the row alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drag {
    anchor: u64,
    head: u64,
    has_run_past: bool,
}

impl Drag {
    /// A drag that begins in this row.
    #[must_use]
    pub const fn from(row: u64) -> Self {
        Self { anchor: row, head: row, has_run_past: false }
    }

    /// The pointer is over this row while the rows of `drawn` are in the document. Returns the rows to select by number
    /// when the drag has run past them, at that moment or before: from then on the native selection is not enough.
    pub fn reach(&mut self, row: u64, drawn: RowRange) -> Option<RowRange> {
        self.head = row;
        self.has_run_past |= self.anchor < drawn.first || self.anchor > drawn.last;
        self.has_run_past.then(|| self.range())
    }

    /// Returns the rows from where it began to where it is.
    #[must_use]
    pub fn range(&self) -> RowRange {
        RowRange { first: self.anchor.min(self.head), last: self.anchor.max(self.head) }
    }

    /// The rows were renumbered by this much.
    pub fn shift(&mut self, from: u64, to: u64) {
        self.anchor = renumbered(self.anchor, from, to);
        self.head = renumbered(self.head, from, to);
    }
}

/// Returns the number of `row` now that row `from` is row `to`.
#[must_use]
pub const fn renumbered(row: u64, from: u64, to: u64) -> u64 {
    if to >= from { row.saturating_add(to - from) } else { row.saturating_sub(from - to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: RowRange = RowRange { first: 100, last: 160 };

    #[test]
    fn a_drag_within_the_drawn_rows_stays_native() {
        let mut drag = Drag::from(110);
        assert_eq!(drag.reach(150, DRAWN), None);
    }

    #[test]
    fn a_drag_whose_beginning_has_left_the_document_selects_rows_by_number() {
        let mut drag = Drag::from(110);
        let further = RowRange { first: 140, last: 200 };
        assert_eq!(drag.reach(190, further), Some(RowRange { first: 110, last: 190 }));
        assert_eq!(drag.reach(105, DRAWN), Some(RowRange { first: 105, last: 110 }), "it stays so on the way back");
    }

    #[test]
    fn renumbering_moves_both_ends() {
        let mut drag = Drag::from(110);
        drag.reach(120, DRAWN);
        drag.shift(100, 90);
        assert_eq!(drag.range(), RowRange { first: 100, last: 110 });
        assert_eq!(renumbered(3, 10, 0), 0);
    }
}
