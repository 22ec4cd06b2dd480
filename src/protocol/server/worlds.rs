//! What a session keeps of its worlds: the living, and the keys of those that died lately.
//!
//! Invariant: a key is not forgotten before every cookie that names it has expired. So a cookie buys one world at most,
//! though no cookie is remembered. Both lists are bounded; when the second is full, no new world is let in.

use std::collections::VecDeque;

use crate::protocol::clock::Millis;
use crate::protocol::ids::{LANES, Lane, StreamId, WorldId};
use crate::protocol::reason::Refusal;
use crate::protocol::ticket::TicketWorld;
use crate::protocol::timing::Timing;

use super::world::World;

/// How many dead keys one session may leave behind within their time.
const TOMBSTONES_MAX: usize = 256;

/// The worlds of one session.
#[derive(Debug)]
pub(super) struct Worlds {
    living: Vec<World>,
    tombstones: VecDeque<Tombstone>,
    /// The first stream of the next world.
    next_stream: StreamId,
}

#[derive(Debug)]
struct Tombstone {
    until: Millis,
    world: WorldId,
}

/// Whose stream a frame came on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// This world's, on this lane.
    Living(WorldId, Lane),
    /// A world's that has ended since.
    Dead,
    /// Nobody's ever.
    Nobody,
}

impl Worlds {
    pub(super) const fn new() -> Self {
        Self { living: Vec::new(), tombstones: VecDeque::new(), next_stream: StreamId(1) }
    }

    /// Puts back worlds that a ticket remembers, with room for what it does not.
    pub(super) fn rebuilt(worlds: Vec<World>, remembered: &[TicketWorld]) -> Self {
        let next = remembered.iter().map(|world| world.stream.0.saturating_add(u32::from(LANES))).max();
        Self { living: worlds, tombstones: VecDeque::new(), next_stream: StreamId(next.unwrap_or(1).max(1)) }
    }

    /// Whether `world` may be born now.
    pub(super) fn admits(&mut self, now: Millis, world: &WorldId) -> Result<(), Refusal> {
        while self.tombstones.front().is_some_and(|tombstone| tombstone.until <= now) {
            self.tombstones.pop_front();
        }
        let is_known = self.contains(world) || self.tombstones.iter().any(|tombstone| tombstone.world == *world);
        if is_known { Err(Refusal::Duplicate) } else { Ok(()) }
    }

    /// Whether there is room for one more world.
    pub(super) fn has_room(&self, timing: &Timing) -> Result<(), Refusal> {
        if self.living.len() >= timing.worlds_max as usize || self.next_stream.0 > u32::MAX - 2 * u32::from(LANES) {
            return Err(Refusal::Quota);
        }
        // Each living world will need a tombstone, too.
        if self.tombstones.len() + self.living.len() >= TOMBSTONES_MAX {
            return Err(Refusal::Throttled);
        }
        Ok(())
    }

    /// Takes the streams of a new world.
    pub(super) const fn take_streams(&mut self) -> StreamId {
        let first = self.next_stream;
        self.next_stream = StreamId(first.0 + LANES as u32);
        first
    }

    pub(super) fn insert(&mut self, world: World) {
        self.living.push(world);
    }

    /// Takes a world out, to put it back in its next state or to bury it.
    pub(super) fn take(&mut self, world: &WorldId) -> Option<World> {
        let at = self.living.iter().position(|living| living.id == *world)?;
        Some(self.living.swap_remove(at))
    }

    /// Remembers the key of a world that was taken out and died.
    pub(super) fn bury(&mut self, now: Millis, timing: &Timing, world: WorldId) {
        if self.tombstones.len() >= TOMBSTONES_MAX {
            self.tombstones.pop_front();
        }
        self.tombstones.push_back(Tombstone { until: now.after(timing.tombstone_millis), world });
    }

    pub(super) fn contains(&self, world: &WorldId) -> bool {
        self.living.iter().any(|living| living.id == *world)
    }

    /// Whose stream this is.
    pub(super) fn owner(&self, stream: StreamId) -> Owner {
        if stream.0 == 0 || stream.0 >= self.next_stream.0 {
            return Owner::Nobody;
        }
        let lane_of = |world: &World| stream.0.checked_sub(world.stream.0).filter(|lane| *lane < u32::from(LANES));
        self.living
            .iter()
            .find_map(|world| lane_of(world).map(|lane| Owner::Living(world.id, Lane(lane as u8))))
            .unwrap_or(Owner::Dead)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &World> {
        self.living.iter()
    }

    /// The ids of all living worlds, to walk over while they change.
    pub(super) fn ids(&self) -> Vec<WorldId> {
        self.living.iter().map(|world| world.id).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.living.is_empty()
    }

    /// When the first of the living has a deadline.
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.living.iter().filter_map(World::deadline).min()
    }

    /// How many worlds and tombstones are held.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.living.len(), self.tombstones.len())
    }
}
