//! Where lines stand after their text was put in another order: places before and now.

use super::stream::{Moved, Place, Stretch};

impl Moved {
    /// The stretches in their new order, each with where it begins now.
    pub fn placed(&self) -> impl Iterator<Item = (u64, Stretch)> + '_ {
        self.stretches.iter().scan(self.kept, |at, stretch| {
            let begin = *at;
            *at = at.saturating_add(stretch.bytes);
            Some((begin, *stretch))
        })
    }

    /// Where the byte stands now that stood at `offset`; `None` where that was not said.
    #[must_use]
    pub fn offset_now(&self, offset: u64) -> Option<u64> {
        if offset < self.kept || offset >= self.end {
            return Some(offset);
        }
        let holds = |stretch: &Stretch| offset.checked_sub(stretch.at).is_some_and(|inside| inside < stretch.bytes);
        self.placed().find(|(_, stretch)| holds(stretch)).map(|(at, stretch)| at + (offset - stretch.at))
    }

    /// Whether the line at `offset` has gone up past others.
    #[must_use]
    pub fn has_gone_up(&self, offset: u64) -> bool {
        let holds = |stretch: &Stretch| (stretch.at..stretch.at.saturating_add(stretch.bytes)).contains(&offset);
        let own = self.stretches.iter().position(holds);
        own.is_some_and(|own| self.stretches[own..].iter().any(|later| later.at < self.stretches[own].at))
    }

    /// Where a place of the generation before is now.
    #[must_use]
    pub fn place_now(&self, place: Place) -> Option<Place> {
        let offset = (place.generation == self.from).then(|| self.offset_now(place.offset))?;
        Some(Place { generation: self.to, offset: offset? })
    }

    /// Where the first of the bytes stands now that stood at `offset` or behind it: all before that stood before `offset`.
    #[must_use]
    pub fn first_of_rest(&self, offset: u64) -> u64 {
        if offset < self.kept || offset >= self.end {
            return offset;
        }
        let first = |(at, stretch): (u64, Stretch)| {
            let before = offset.saturating_sub(stretch.at);
            (before < stretch.bytes).then_some(at + before)
        };
        self.placed().find_map(first).unwrap_or(self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `abcDEfgh` has become `abfcDEgh`, and `ij` came behind it.
    fn moved() -> Moved {
        let stretch = |at, bytes| Stretch { at, bytes, rows: bytes };
        Moved { from: 1, to: 2, kept: 2, end: 8, stretches: vec![stretch(5, 1), stretch(2, 3), stretch(6, 2)] }
    }

    #[test]
    fn each_byte_is_found_where_it_stands_now() {
        let (before, now) = (b"abcDEfghij", b"abfcDEghij");
        for (offset, byte) in before.iter().enumerate() {
            let found = moved().offset_now(offset as u64).expect("all is said");
            assert_eq!(now[found as usize], *byte);
        }
        assert_eq!(moved().place_now(Place { generation: 1, offset: 5 }), Some(Place { generation: 2, offset: 2 }));
        assert_eq!(moved().place_now(Place { generation: 2, offset: 5 }), None);
        assert_eq!(
            [0, 2, 4, 5, 6, 9].map(|offset| moved().has_gone_up(offset)),
            [false, false, false, true, false, false]
        );
        let unsaid = Moved { stretches: Vec::new(), ..moved() };
        assert_eq!([1, 2, 7, 8].map(|offset| unsaid.offset_now(offset)), [Some(1), None, None, Some(8)]);
    }

    #[test]
    fn before_the_first_of_the_rest_nothing_stands_that_belongs_to_it() {
        let (before, now) = (b"abcDEfghij", b"abfcDEghij");
        for offset in 0..10 {
            let first = moved().first_of_rest(offset) as usize;
            assert!(now[..first].iter().all(|byte| before[..offset as usize].contains(byte)), "{offset}");
            assert!(!before[..offset as usize].contains(&now[first]), "{offset}");
        }
    }
}
