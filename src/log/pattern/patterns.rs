//! The patterns of a stream of messages: each with its template and how many messages it has.
//!
//! A message belongs to the pattern with its tokens, or else to the one that has holes where they differ. Where neither is,
//! it begins a pattern. Patterns that are equal but for one word become one, with a hole for the word, as soon as there are
//! more than a few of them (`VALUES_MAX`); the oldest keeps its identity and the others' lead to it.
//!
//! The same messages in the same order give the same patterns, on every machine.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::hash::Map;
use super::known::{GAP, Known, Places, drawer, hash};
use super::token::{HOLE, Kind, Token, cut};

/// A word that has been more different ones than this, all else being equal, varies.
const VALUES_MAX: usize = 4;
/// The first word of a message says what it is about: it has to vary more.
const FIRST_VALUES_MAX: usize = 16;
/// Patterns that a store holds when nobody says otherwise.
pub const PATTERNS_MAX: usize = 4096;
/// Recent messages whose pattern is remembered.
const RECENT: usize = 4096;

/// The identity of a pattern: patterns that began earlier have smaller ones. Identities are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(pub u64);

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Its identity.
    pub id: PatternId,
    /// What its messages have in common, `<*>` standing for what varies.
    pub template: String,
    /// How many messages it has.
    pub count: u64,
    /// The first time of its messages and the last, nanoseconds since 1970; `None` where none of them has any.
    pub span: Option<(i64, i64)>,
}

/// Patterns of messages. Give it each message with [`Patterns::add`]; an identity that was given may lead to another later,
/// see [`Patterns::resolve`].
#[derive(Clone, Debug)]
pub struct Patterns {
    limit: usize,
    next_id: u64,
    /// The patterns; free places are empty.
    places: Vec<Option<Known>>,
    free: Vec<u32>,
    /// Where the pattern with this hash is.
    exact: Map<u32>,
    /// Where the patterns are that have this hash but for one word.
    but_one: Map<Places>,
    /// Where the patterns with holes are, by their number of tokens and their first.
    holed: Map<Places>,
    /// What identities have become.
    became: BTreeMap<PatternId, PatternId>,
    recent: Vec<Recent>,
    /// Grows when a pattern changes or goes; what is recent counts only within one epoch.
    epoch: u64,
    /// Messages seen.
    now: u64,
    forgotten: u64,
    tokens: Vec<Token>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Recent {
    hash: u64,
    epoch: u64,
    place: u32,
}

impl Default for Patterns {
    fn default() -> Self {
        Self::new(PATTERNS_MAX)
    }
}

impl Patterns {
    /// An empty store that keeps at most `limit` patterns, 8 at least; those that were used least recently go first. A pattern
    /// takes some hundred bytes, 6 KiB at the most.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(8),
            next_id: 0,
            places: Vec::new(),
            free: Vec::new(),
            exact: Map::default(),
            but_one: Map::default(),
            holed: Map::default(),
            became: BTreeMap::new(),
            recent: vec![Recent::default(); RECENT],
            epoch: 1,
            now: 0,
            forgotten: 0,
            tokens: Vec::new(),
        }
    }

    /// Takes a message in and says which pattern it belongs to.
    pub fn add(&mut self, message: &[u8]) -> PatternId {
        self.add_at(message, None)
    }

    /// As [`Patterns::add`], a message of this time, nanoseconds since 1970.
    pub fn add_at(&mut self, message: &[u8], time_nanos: Option<i64>) -> PatternId {
        let mut tokens = std::mem::take(&mut self.tokens);
        cut(message, &mut tokens);
        let hash = hash(&tokens);
        self.now += 1;
        let recent = self.recent[hash as usize % RECENT];
        let place = if (recent.hash, recent.epoch) == (hash, self.epoch) {
            recent.place
        } else {
            self.search(&tokens, hash).unwrap_or_else(|| self.begin(message, &tokens, hash))
        };
        self.recent[hash as usize % RECENT] = Recent { hash, epoch: self.epoch, place };
        self.tokens = tokens;
        let now = self.now;
        let known = self.known_mut(place);
        known.take_in(1, time_nanos.map(|nanos| (nanos, nanos)));
        known.last_used = now;
        known.id
    }

    /// Takes in the patterns that another store found, in another part of the text say, as if these were messages. Says what
    /// each of its identities has become here.
    pub fn join(&mut self, other: Self) -> Vec<(PatternId, PatternId)> {
        let mut others: Vec<Known> = other.places.into_iter().flatten().collect();
        others.sort_unstable_by_key(|known| known.id);
        self.now += other.now;
        self.forgotten += other.forgotten;
        let mut became = Vec::with_capacity(others.len());
        for known in others {
            let tokens = known.tokens();
            let place =
                self.search(&tokens, known.hash).unwrap_or_else(|| self.begin(&known.text, &tokens, known.hash));
            let now = self.now;
            let own = self.known_mut(place);
            own.take_in(known.count, known.span);
            own.last_used = now;
            became.push((known.id, own.id));
        }
        became.iter_mut().for_each(|(_, own)| *own = self.resolve(*own));
        became
    }

    /// The pattern to which a message belongs, without taking it in.
    #[must_use]
    pub fn find(&self, message: &[u8]) -> Option<PatternId> {
        let mut tokens = Vec::new();
        cut(message, &mut tokens);
        self.search(&tokens, hash(&tokens)).map(|place| self.known(place).id)
    }

    /// What an identity has become: itself, unless its pattern grew alike with another and was merged.
    #[must_use]
    pub fn resolve(&self, mut id: PatternId) -> PatternId {
        while let Some(next) = self.became.get(&id) {
            id = *next;
        }
        id
    }

    /// The pattern with an identity, merged or not; `None` where it is forgotten.
    #[must_use]
    pub fn get(&self, id: PatternId) -> Option<Pattern> {
        let id = self.resolve(id);
        self.kept().find(|known| known.id == id).map(shown)
    }

    /// All patterns, those with the most messages first.
    #[must_use]
    pub fn list(&self) -> Vec<Pattern> {
        self.top(usize::MAX)
    }

    /// The patterns with the most messages, those first, `count` at most.
    #[must_use]
    pub fn top(&self, count: usize) -> Vec<Pattern> {
        let mut kept: Vec<&Known> = self.kept().collect();
        kept.sort_unstable_by_key(|known| (Reverse(known.count), known.id));
        kept.into_iter().take(count).map(shown).collect()
    }

    /// How many patterns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages belonged to patterns that had to go.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn kept(&self) -> impl Iterator<Item = &Known> {
        self.places.iter().flatten()
    }

    fn known(&self, place: u32) -> &Known {
        self.places[place as usize].as_ref().expect("no map leads to a free place")
    }

    fn known_mut(&mut self, place: u32) -> &mut Known {
        self.places[place as usize].as_mut().expect("no map leads to a free place")
    }

    /// The pattern with these tokens, or the one with the fewest words in its holes.
    fn search(&self, tokens: &[Token], hash: u64) -> Option<u32> {
        if let Some(place) = self.exact.get(&hash) {
            return Some(*place);
        }
        let first = tokens.first()?.hash;
        let drawers = [first, HOLE].map(|first| self.holed.get(&drawer(tokens.len(), first)));
        let places = drawers.into_iter().flatten().flat_map(Places::iter);
        let fitting = places.filter_map(|place| Some((self.known(place).distance(tokens)?, place)));
        fitting.min().map(|(_, place)| place)
    }

    /// Begins a pattern and returns where it is, or where what it became is.
    fn begin(&mut self, message: &[u8], tokens: &[Token], hash: u64) -> u32 {
        if self.len() >= self.limit {
            self.forget_oldest();
        }
        let known = Known::new(PatternId(self.next_id), message, tokens, hash);
        self.next_id += 1;
        let mut place = self.put(known);
        while let Some(grown) = self.grow(place) {
            place = grown;
        }
        place
    }

    /// Makes a hole of a word of the pattern that has varied enough, and returns where the pattern is then; `None` where
    /// there is nothing to do.
    fn grow(&mut self, place: u32) -> Option<u32> {
        self.absorb(place);
        let known = self.known(place);
        let candidates = known.candidates();
        let first = candidates.first().copied();
        for word in candidates {
            let known = self.known(place);
            if let Some(holed) = self.exact.get(&known.but(word, HOLE)).copied() {
                self.merge(place, holed);
                return Some(holed);
            }
            let alike = self.but_one.get(&known.but(word, GAP));
            let values_max = if Some(word) == first { FIRST_VALUES_MAX } else { VALUES_MAX };
            if let Some(alike) = alike.filter(|alike| alike.len() > values_max) {
                let others: Vec<u32> = alike.iter().collect();
                let oldest = others.iter().copied().min_by_key(|other| self.known(*other).id)?;
                for other in others.into_iter().filter(|other| *other != oldest) {
                    self.merge(other, oldest);
                }
                let mut known = self.take(oldest)?;
                known.make_hole(word);
                return Some(self.put(known));
            }
        }
        None
    }

    /// Merges the patterns that have a word where this one has a hole.
    fn absorb(&mut self, place: u32) {
        let known = self.known(place);
        let holes = known.pieces.iter().enumerate().filter(|(_, piece)| piece.kind == Kind::Hole);
        let gaps: Vec<u64> = holes.map(|(hole, _)| known.but(hole, GAP)).collect();
        for gap in gaps {
            let alike: Vec<u32> = self.but_one.get(&gap).into_iter().flat_map(Places::iter).collect();
            alike.into_iter().for_each(|other| self.merge(other, place));
        }
    }

    fn merge(&mut self, from: u32, into: u32) {
        let Some(from) = self.take(from) else { return };
        let into = self.known_mut(into);
        into.take_in(from.count, from.span);
        into.last_used = into.last_used.max(from.last_used);
        let (id, gone) = (into.id.min(from.id), into.id.max(from.id));
        into.id = id;
        self.became.insert(gone, id);
        if self.became.len() > 4 * self.limit {
            self.became.pop_first();
        }
    }

    /// Puts a pattern into all maps.
    fn put(&mut self, known: Known) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() as u32 - 1
        });
        self.exact.insert(known.hash, place);
        for word in known.candidates() {
            add(&mut self.but_one, known.but(word, GAP), place);
        }
        if known.has_holes() {
            add(&mut self.holed, known.drawer(), place);
        }
        self.places[place as usize] = Some(known);
        place
    }

    /// Takes a pattern out of all maps.
    fn take(&mut self, place: u32) -> Option<Known> {
        let known = self.places[place as usize].take()?;
        self.free.push(place);
        self.epoch += 1;
        self.exact.remove(&known.hash);
        for word in known.candidates() {
            remove(&mut self.but_one, known.but(word, GAP), place);
        }
        if known.has_holes() {
            remove(&mut self.holed, known.drawer(), place);
        }
        Some(known)
    }

    /// Makes room: an eighth of the patterns goes at once, so that one that is begun costs little on average.
    fn forget_oldest(&mut self) {
        let mut by_use: Vec<(u64, u32)> =
            self.places.iter().zip(0..).filter_map(|(known, place)| Some((known.as_ref()?.last_used, place))).collect();
        by_use.sort_unstable();
        let mut gone = Vec::new();
        for (_, place) in by_use.into_iter().take(self.limit.div_ceil(8)) {
            if let Some(known) = self.take(place) {
                self.forgotten += known.count;
                gone.push(known.id);
            }
        }
        gone.sort_unstable();
        self.became.retain(|_, into| gone.binary_search(into).is_err());
    }
}

fn add(map: &mut Map<Places>, hash: u64, place: u32) {
    map.entry(hash).and_modify(|places| places.push(place)).or_insert_with(|| Places::new(place));
}

fn remove(map: &mut Map<Places>, hash: u64, place: u32) {
    if map.get_mut(&hash).is_some_and(|places| !places.remove(place)) {
        map.remove(&hash);
    }
}

fn shown(known: &Known) -> Pattern {
    Pattern { id: known.id, template: known.template(), count: known.count, span: known.span }
}

#[cfg(test)]
mod tests;
