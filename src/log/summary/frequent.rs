//! The most frequent keys of a stream, in bounded memory: heavy hitters, counted as in lossy counting.
//!
//! While no more than `limit` different keys have been noted, all are held and every count is exact. When there are more, those
//! with the least go until half of the limit is left, and what any of them may have been noted at most is remembered as
//! [`Frequent::missed`]; a key that is held from then on says it as its [`Held::error`]. So always
//!
//! - a key that is held was noted `count` to `count + error` times, one that is not held at most `missed` times,
//! - `missed` is at most what was noted, all keys together, divided by half of the limit: each that goes takes that much
//!   more than it had before from each of the half that stays.
//!
//! Both hold for parts that are merged too, in whatever order and whichever way the parts were cut.

use super::super::hash::{Map, hash};

/// Bytes of a key, as most are.
const KEY_BYTES: usize = 32;
/// Bytes that it takes to find one.
const PLACE_BYTES: usize = 32;

/// Where a key is held: until [`Frequent::settle`] makes room.
pub(super) type Place = u32;

/// The keys that are held, each with a `T`.
#[derive(Clone, Debug)]
pub(super) struct Frequent<T> {
    limit: usize,
    held: Vec<Held<T>>,
    /// Where the key with this hash is held, or with this and some more added where another has the same.
    places: Map<Place>,
    missed: u64,
    /// Where the key was held that was asked for last: often it comes again.
    recent: Place,
    /// The last turn in which a key found no room.
    refused_in: u64,
}

/// A key that is held.
#[derive(Clone, Debug)]
pub(super) struct Held<T> {
    pub key: Box<[u8]>,
    /// How often it was noted since it is held.
    pub count: u64,
    /// How often before, at most.
    pub error: u64,
    noted_in: u64,
    pub more: T,
}

impl<T> Held<T> {
    /// Notes the key, once in each turn; turns are numbered from 1.
    pub fn note(&mut self, turn: u64) {
        self.count += u64::from(self.noted_in != turn);
        self.noted_in = turn;
    }

    const fn most(&self) -> u64 {
        self.count + self.error
    }
}

impl<T> Frequent<T> {
    /// Nothing yet, of which at most `limit` keys are held, 2 at least.
    pub fn new(limit: usize) -> Self {
        Self { limit: limit.max(2), held: Vec::new(), places: Map::default(), missed: 0, recent: 0, refused_in: 0 }
    }

    /// What is held, in no order.
    pub fn held(&self) -> &[Held<T>] {
        &self.held
    }

    /// The memory that this takes, about: bytes, without what is beside each key.
    pub fn held_bytes(&self) -> usize {
        self.held.len() * (size_of::<Held<T>>() + KEY_BYTES + PLACE_BYTES)
    }

    /// What is held, to be changed beside its counts.
    pub fn each(&mut self, change: impl FnMut(&mut T)) {
        self.held.iter_mut().map(|held| &mut held.more).for_each(change);
    }

    /// How often a key that is not held was noted at most; 0 where all are held that were noted.
    pub const fn missed(&self) -> u64 {
        self.missed
    }

    /// What is held at a place.
    pub fn get(&self, place: Place) -> Option<&Held<T>> {
        self.held.get(place as usize)
    }

    /// What is held at a place, to be noted.
    pub fn get_mut(&mut self, place: Place) -> Option<&mut Held<T>> {
        self.held.get_mut(place as usize)
    }

    /// Where a key is held: where its hash leads, or the next place of a hash that is taken.
    fn find(&self, key: &[u8]) -> Result<Place, u64> {
        let mut at = hash(key);
        while let Some(place) = self.places.get(&at) {
            if *self.held[*place as usize].key == *key {
                return Ok(*place);
            }
            at = at.wrapping_add(1);
        }
        Err(at)
    }

    /// Where a key is held that will be noted in this turn. It is held from now on with what `begin` makes, unless there are
    /// twice as many as the limit already: then it is not noted in this turn.
    pub fn place(&mut self, key: &[u8], turn: u64, begin: impl FnOnce() -> T) -> Option<Place> {
        if self.get(self.recent).is_some_and(|held| *held.key == *key) {
            return Some(self.recent);
        }
        let at = match self.find(key) {
            Ok(place) => {
                self.recent = place;
                return Some(place);
            }
            Err(at) => at,
        };
        if self.held.len() >= 2 * self.limit {
            self.missed += u64::from(self.refused_in != turn);
            self.refused_in = turn;
            return None;
        }
        let held = Held { key: key.into(), count: 0, error: self.missed, noted_in: 0, more: begin() };
        Some(self.hold(held, at))
    }

    fn hold(&mut self, held: Held<T>, at: u64) -> Place {
        let place = self.held.len() as Place;
        self.places.insert(at, place);
        self.held.push(held);
        place
    }

    /// Makes room where more keys are held than the limit, and says whether that was so: places are others then.
    pub fn settle(&mut self) -> bool {
        if self.held.len() <= self.limit {
            return false;
        }
        let kept = self.limit / 2;
        let by_use = |one: &Held<T>, other: &Held<T>| (other.most(), &one.key).cmp(&(one.most(), &other.key));
        self.held.select_nth_unstable_by(kept, by_use);
        // The first of those that go has the most of them.
        self.missed = self.missed.max(self.held[kept].most());
        let held = std::mem::take(&mut self.held);
        self.places.clear();
        for held in held.into_iter().take(kept) {
            if let Err(at) = self.find(&held.key) {
                self.hold(held, at);
            }
        }
        true
    }

    /// Takes in what another store noted elsewhere; `join` takes in what stands beside a key that both hold. Turns go on behind
    /// those of both.
    pub fn merge(&mut self, other: Self, mut join: impl FnMut(&mut T, T)) {
        let own = self.missed;
        self.missed += other.missed;
        self.held.iter_mut().for_each(|held| held.error += other.missed);
        for held in other.held {
            match self.find(&held.key) {
                Ok(place) => {
                    let known = &mut self.held[place as usize];
                    known.count += held.count;
                    known.error = known.error - other.missed + held.error;
                    join(&mut known.more, held.more);
                }
                Err(at) => {
                    self.hold(Held { error: held.error + own, ..held }, at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn note(frequent: &mut Frequent<()>, key: &[u8], turn: u64) {
        let place = frequent.place(key, turn, || ());
        if let Some(held) = place.and_then(|place| frequent.get_mut(place)) {
            held.note(turn);
        }
        frequent.settle();
    }

    /// Keys of which few are frequent and many are seen once, in an order that mixes them.
    fn keys(count: u64) -> impl Iterator<Item = Vec<u8>> {
        (0..count).map(|number| {
            let mixed = super::super::super::hash::mix(number + 1);
            let key = if mixed.is_multiple_of(2) { mixed % 5 } else { mixed };
            key.to_string().into_bytes()
        })
    }

    fn check(frequent: &Frequent<()>, all: &[Vec<u8>], limit: u64) {
        let mut truth: HashMap<&[u8], u64> = HashMap::new();
        all.iter().for_each(|key| *truth.entry(key).or_default() += 1);
        assert!(frequent.missed() <= all.len() as u64 / (limit / 2), "{}", frequent.missed());
        assert!(frequent.held().len() as u64 <= limit);
        for (key, times) in truth {
            match frequent.find(key) {
                Ok(place) => {
                    let held = &frequent.held()[place as usize];
                    assert!((held.count..=held.count + held.error).contains(&times), "{held:?} {times}");
                }
                Err(_) => assert!(times <= frequent.missed(), "{key:?} {times}"),
            }
        }
    }

    #[test]
    fn counts_are_as_exact_as_they_say_in_one_part_or_in_many() {
        let all: Vec<_> = keys(20_000).collect();
        for parts in [1, 2, 7, 100] {
            let mut merged = Frequent::new(64);
            for part in all.chunks(all.len().div_ceil(parts)) {
                let mut own = Frequent::new(64);
                part.iter().zip(1..).for_each(|(key, turn)| note(&mut own, key, turn));
                merged.merge(own, |(), ()| ());
                merged.settle();
            }
            check(&merged, &all, 64);
        }
    }

    #[test]
    fn what_is_frequent_from_the_beginning_is_counted_exactly_among_ever_so_many_others() {
        let mut frequent = Frequent::new(64);
        keys(20_000).zip(1..).for_each(|(key, turn)| note(&mut frequent, &key, turn));
        let often: Vec<_> = frequent.held().iter().filter(|held| held.key.len() == 1).collect();
        assert_eq!(often.len(), 5);
        assert!(often.iter().all(|held| held.error == 0 && held.count > 1500), "{often:?}");
    }

    #[test]
    fn as_many_keys_as_the_limit_are_exact() {
        let mut frequent = Frequent::new(64);
        (0..640_u64).for_each(|number| note(&mut frequent, &(number % 64).to_le_bytes(), number + 1));
        assert_eq!((frequent.missed(), frequent.held().len()), (0, 64));
        assert!(frequent.held().iter().all(|held| (held.count, held.error) == (10, 0)));
    }

    #[test]
    fn a_turn_that_brings_too_many_keys_leaves_some_out_and_says_so() {
        let mut frequent = Frequent::new(4);
        for number in 0..20_u64 {
            if let Some(place) = frequent.place(&number.to_le_bytes(), 1, || ()) {
                frequent.get_mut(place).expect("it is held").note(1);
            }
        }
        assert_eq!((frequent.held().len(), frequent.missed()), (8, 1));
    }
}
