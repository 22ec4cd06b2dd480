//! A lane whose text puts its lines in another order: what was pushed stays pushed, and the world is told what moved.

use std::sync::Arc;

use super::super::lock;
use super::Worker;
use crate::server::sources::text::Extent;
use crate::world::stream::{Moved, Place};

/// Stretches of which a world is told; where there are more, it asks again for what it needs.
const STRETCHES_TOLD: usize = 1_000;

impl Worker {
    /// Says how the lines moved since the world held an entry. Returns where that entry is now, and where the first of what stood
    /// behind it; `None` where nothing moved.
    pub(super) fn catch_up(&mut self, place: Place) -> Option<(Place, u64)> {
        let moves = self.context.view.text.moves(place.generation)?;
        let to = moves.last()?.to;
        let is_filtered = self.context.view.result.is_some();
        let (mut offset, mut rest) = (place.offset, place.offset + 1);
        for moved in &moves {
            let rest_now = if is_filtered { rest.min(moved.kept) } else { moved.first_of_rest(rest) };
            self.tell_moved(moved, !is_filtered && rest_now != rest);
            (offset, rest) = (moved.offset_now(offset)?, rest_now);
        }
        self.generation = to;
        Some((Place { generation: to, offset }, rest))
    }

    /// The lines stand in another order: what was pushed is still pushed, wherever it is.
    pub(super) fn move_on(&mut self, moves: &[Arc<Moved>], extent: &Extent) {
        if let Some(hole) = self.hole.take() {
            self.tell_gap(hole, extent);
        }
        let is_filtered = self.context.view.result.is_some();
        for moved in moves {
            let torn = self.follow.filter(|cursor| !is_filtered && moved.first_of_rest(cursor.offset) != cursor.offset);
            self.tell_moved(moved, torn.is_some());
            self.follow = self.follow.map(|cursor| cursor.moved(moved, is_filtered));
            let is_counted = self.counted.end <= moved.kept || self.counted.end >= moved.end;
            if self.counted.generation == moved.from && is_counted {
                self.counted.generation = moved.to;
            }
            if let Some(told) = self.told.as_mut().filter(|told| told.generation == moved.from) {
                told.generation = moved.to;
            }
            self.generation = moved.to;
        }
        if let Some(cursor) = self.follow {
            *lock(&self.pace.pushed) = Some((self.context.view.source, cursor));
        }
        self.hits = None;
        self.nothing_to_skip_at = None;
        self.starved = false;
    }

    /// Says how the lines moved, as far as that is not too much to say; not so where lines that were not pushed came to stand
    /// among others: then the world asks for what moved.
    fn tell_moved(&mut self, moved: &Moved, is_torn: bool) {
        let is_much = moved.stretches.len() > STRETCHES_TOLD;
        let stretches = if is_much || is_torn { Vec::new() } else { moved.stretches.clone() };
        self.send(&Moved { stretches, ..*moved });
    }
}
