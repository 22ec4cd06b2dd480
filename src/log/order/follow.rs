//! Sources in one order while they grow: what arrives is put where its key says, and the caller learns what came in above.
//!
//! The newest entries, as many as the window is long, are open; all before them are settled. Calls: [`Follow::add`] each
//! source, then [`Follow::arrive`] with every batch of new entries, those of one source in their order. After each batch the
//! open entries stand as [`Merge`](super::Merge) would place them, those too late for it excepted, which are counted.
//!
//! What is settled keeps its rank for ever: nothing reaches farther back than the window. An open entry moves behind others
//! only when something that happened before it arrives late and says a later time.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::key::{Domain, Key, Mark, SourceRank};
use super::reach::Reach;
use super::track::Track;

/// An order that grows.
#[derive(Clone, Debug)]
pub struct Follow {
    window: usize,
    sources: Vec<Member>,
    /// Where each domain is among the clocks.
    domains: BTreeMap<Domain, usize>,
    clocks: Vec<Clocks>,
    /// How many entries are settled, and the last of them.
    settled: u64,
    last_settled: Option<Key>,
    open: VecDeque<Key>,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    /// Its domain's place among the clocks.
    domain: Option<usize>,
    track: Track,
}

/// What is known of a clock domain.
#[derive(Clone, Debug, Default)]
struct Clocks {
    reach: Reach,
    /// The largest clock among all entries, and among the settled ones.
    largest: u64,
    largest_settled: Option<u64>,
}

/// What a batch did to the order. Ranks count entries from the beginning of the order, settled ones included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The first rank at which the order is not what it was.
    pub first: u64,
    /// The rank of each entry of the batch, as the batch was given.
    pub ranks: Vec<u64>,
    /// Entries of the batch that should stand among the settled ones and stand behind them instead.
    pub late: u64,
    /// Entries of the batch that happened before one that is settled: their effect stands above them.
    pub overtaken: u64,
    /// The ranks of the batch, ascending.
    inserted: Vec<u64>,
    /// Where those would stand now, but for the batch, that stood at `moved_from` and on.
    moved: Vec<u64>,
    moved_from: u64,
}

impl Change {
    /// Where the entry stands now that stood at `rank` before the batch.
    #[must_use]
    pub fn rank_now(&self, rank: u64) -> u64 {
        let inside = rank.checked_sub(self.moved_from).and_then(|at| self.moved.get(usize::try_from(at).ok()?));
        let rank = inside.copied().unwrap_or(rank);
        rank + self.above(|inserted, number| inserted - number <= rank)
    }

    /// How many entries of the batch came in above the one that stood at `rank` before.
    #[must_use]
    pub fn came_in_above(&self, rank: u64) -> u64 {
        let now = self.rank_now(rank);
        self.above(|inserted, _| inserted < now)
    }

    /// How many of the batch come first that are so, by their ranks and numbers in the order.
    fn above(&self, is_so: impl Fn(u64, u64) -> bool) -> u64 {
        self.inserted.iter().zip(0..).take_while(|(rank, number)| is_so(**rank, *number)).count() as u64
    }
}

/// An entry of a batch whose key is being found.
struct Arrival {
    key: Key,
    domain: Option<usize>,
    is_tick: bool,
    /// Its effective time but for what is settled and for its domain.
    unhindered: i64,
}

impl Follow {
    /// An empty order whose newest `window` entries are open. An open entry takes 32 bytes; a batch costs at most as much as
    /// sorting the window and itself.
    #[must_use]
    pub fn new(window: usize) -> Self {
        Self {
            window,
            sources: Vec::new(),
            domains: BTreeMap::new(),
            clocks: Vec::new(),
            settled: 0,
            last_settled: None,
            open: VecDeque::new(),
        }
    }

    /// An order that goes on where another stood: `sources` says each one's domain and how far it was taken, `last` is the last
    /// key before those places. All before them is settled. Of ticks before them only each source's last is known: an entry that
    /// an earlier one holds back stands where it should, and is counted as late.
    ///
    /// # Panics
    /// When there are 2^32 sources.
    #[must_use]
    pub fn resumed(window: usize, sources: impl Iterator<Item = (Option<Domain>, Track)>, last: Option<Key>) -> Self {
        let mut follow = Self::new(window);
        for (domain, track) in sources {
            follow.adopt(domain, track);
        }
        let settled = follow.sources.iter().map(|source| source.track.next).sum();
        follow.settle_before(settled, last);
        follow
    }

    /// Adds a source, which stands behind those added before it where times and clocks are equal. `domain` is that of
    /// [`Source`](super::Source), `floor` that of [`Track::new`].
    ///
    /// # Panics
    /// When there are 2^32 sources.
    pub fn add(&mut self, domain: Option<Domain>, floor: i64) -> SourceRank {
        self.adopt(domain, Track::new(floor))
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.settled + self.open.len() as u64
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries are settled: the rank of the first open one.
    #[must_use]
    pub const fn settled(&self) -> u64 {
        self.settled
    }

    /// The keys of the open entries in their order.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &Key> + ExactSizeIterator {
        self.open.iter()
    }

    /// The key at a rank; `None` where it is settled or there is none.
    #[must_use]
    pub fn key(&self, rank: u64) -> Option<&Key> {
        self.open.get(usize::try_from(rank.checked_sub(self.settled)?).ok()?)
    }

    /// The last key of all, if there is any entry.
    #[must_use]
    pub fn last(&self) -> Option<&Key> {
        self.open.back().or(self.last_settled.as_ref())
    }

    /// Settles all but the newest `count` entries.
    pub fn settle_all_but(&mut self, count: usize) {
        let excess = self.open.len().saturating_sub(count);
        for key in self.open.drain(..excess) {
            if let Some(domain) = self.sources[key.source.0 as usize].domain {
                let clocks = &mut self.clocks[domain];
                clocks.largest_settled = clocks.largest_settled.max(Some(key.clock));
            }
            self.last_settled = Some(key);
        }
        self.settled += excess as u64;
        if let Some(last) = self.last_settled.filter(|_| excess > 0) {
            self.clocks.iter_mut().for_each(|clocks| clocks.reach.forget_up_to(last.time));
        }
    }

    /// Takes a batch of new entries, those of one source in their order, and settles what the window has no room for.
    ///
    /// # Complexity
    /// With `n` entries of which the first belongs before the last `r` open ones: `O(n log n + r)`, and `O(r log r)` where
    /// open entries move. `r` is at most the window, and 0 where everything arrives in order.
    ///
    /// # Panics
    /// When a source was not added.
    pub fn arrive(&mut self, batch: &[(SourceRank, Mark)]) -> Change {
        let mut change = Change::default();
        let mut raised = self.open.len()..0;
        let mut arrivals = Vec::with_capacity(batch.len());
        for (source, mark) in batch {
            let arrival = self.take(*source, *mark);
            if let Some(domain) = arrival.domain.filter(|_| arrival.is_tick) {
                change.overtaken += u64::from(self.clocks[domain].largest_settled > Some(arrival.key.clock));
                let pushed = self.raise(domain, arrival.key);
                raised = raised.start.min(pushed.start)..raised.end.max(pushed.end);
            }
            arrivals.push(arrival);
        }
        for arrival in &mut arrivals {
            let reached = self.reached(arrival.domain, arrival.key.clock);
            change.late += u64::from(arrival.key.time > arrival.unhindered.max(reached));
            arrival.key.time = arrival.key.time.max(reached);
        }
        let keys: Vec<Key> = arrivals.iter().map(|arrival| arrival.key).collect();
        change.first = self.settled + raised.start.min(self.open.len()) as u64;
        self.move_down(raised, &mut change);
        self.insert(&keys, &mut change);
        self.settle_all_but(self.window);
        change
    }

    /// Finds the key of an arrival but for its domain. Nothing is placed among what is settled.
    fn take(&mut self, source: SourceRank, mark: Mark) -> Arrival {
        let Member { domain, track } = &mut self.sources[source.0 as usize];
        let is_tick = track.tick(mark.clock).is_some();
        track.pass(mark);
        let mut key = track.last(source);
        let unhindered = key.time;
        if let Some(last) = self.last_settled.filter(|last| key <= *last) {
            key.time = last.time;
            key.time = if key > last { last.time } else { last.time.saturating_add(1) };
            track.time = key.time;
        }
        Arrival { key, domain: *domain, is_tick, unhindered }
    }

    /// Notes a tick. The range goes from the first open entry that it pushes down to the last behind which it may push one;
    /// it is empty where it pushes none.
    fn raise(&mut self, domain: usize, tick: Key) -> Range<usize> {
        let clocks = &mut self.clocks[domain];
        let before = clocks.reach.up_to(tick.clock);
        clocks.reach.tick(tick.clock, tick.time);
        let is_newest = tick.clock >= clocks.largest;
        clocks.largest = clocks.largest.max(tick.clock);
        if is_newest || tick.time <= before {
            return self.open.len()..0;
        }
        // Whatever has a larger clock is not earlier than `before`, but for what a tick of the same batch pushes already: it
        // is in that one's range, and may go as far as the end of this one.
        let from = self.open.partition_point(|key| key.time < before);
        let to = self.open.partition_point(|key| key.time <= tick.time);
        let is_pushed =
            |key: &Key| key.clock > tick.clock && key.time < tick.time && self.member(*key).domain == Some(domain);
        let first = self.open.range(from..to).position(is_pushed);
        first.map_or(self.open.len(), |first| from + first)..to
    }

    fn member(&self, key: Key) -> Member {
        self.sources[key.source.0 as usize]
    }

    /// The latest time that a domain passes on to an entry with this clock.
    fn reached(&self, domain: Option<usize>, clock: u64) -> i64 {
        domain.map_or(i64::MIN, |domain| self.clocks[domain].reach.below(clock))
    }

    /// Gives the open entries of the range the times that they have now, and each its place among them.
    fn move_down(&mut self, range: Range<usize>, change: &mut Change) {
        if range.is_empty() {
            return;
        }
        let raise = |key: &Key| Key { time: key.time.max(self.reached(self.member(*key).domain, key.clock)), ..*key };
        let mut keys: Vec<(Key, usize)> = self.open.range(range.clone()).map(raise).zip(0..).collect();
        keys.sort();
        change.moved_from = self.settled + range.start as u64;
        change.moved = vec![0; keys.len()];
        for (rank, (key, number)) in (change.moved_from..).zip(&keys) {
            change.moved[*number] = rank;
            self.open[range.start + (rank - change.moved_from) as usize] = *key;
        }
    }

    /// Puts arrivals among the open entries.
    fn insert(&mut self, arrivals: &[Key], change: &mut Change) {
        let mut keys: Vec<(Key, usize)> = arrivals.iter().copied().zip(0..).collect();
        keys.sort();
        let places: Vec<usize> =
            keys.iter().map(|(arrival, _)| self.open.partition_point(|key| key < arrival)).collect();
        if let Some(first) = places.first() {
            change.first = change.first.min(self.settled + *first as u64);
        }
        change.ranks = vec![0; keys.len()];
        let mut from = self.open.len();
        let mut to = from + keys.len();
        self.open.resize(to, Key::LAST);
        for ((key, number), place) in keys.iter().zip(&places).rev() {
            while from > *place {
                (from, to) = (from - 1, to - 1);
                self.open[to] = self.open[from];
            }
            to -= 1;
            self.open[to] = *key;
            change.ranks[*number] = self.settled + to as u64;
        }
        change.inserted = keys.iter().map(|(_, number)| change.ranks[*number]).collect();
    }
}

/// What a merge hands over.
impl Follow {
    /// Adds a source that has been taken as far as `track` says.
    pub(super) fn adopt(&mut self, domain: Option<Domain>, track: Track) -> SourceRank {
        let rank = u32::try_from(self.sources.len()).expect("sources are counted in 32 bits");
        let domain = domain.map(|domain| *self.domains.entry(domain).or_insert(self.clocks.len()));
        if domain == Some(self.clocks.len()) {
            self.clocks.push(Clocks::default());
        }
        self.sources.push(Member { domain, track });
        SourceRank(rank)
    }

    /// Takes a key that stands behind all others.
    pub(super) fn append(&mut self, key: Key, is_tick: bool) {
        if let Some(domain) = self.member(key).domain.filter(|_| is_tick) {
            let clocks = &mut self.clocks[domain];
            clocks.largest = clocks.largest.max(key.clock);
            clocks.reach.tick(key.clock, key.time);
        }
        self.open.push_back(key);
        if self.open.len() / 2 > self.window {
            self.settle_all_but(self.window);
        }
    }

    /// Begins the hand-over: how many entries stand before all that will be appended, and what the last of them is.
    pub(super) fn settle_before(&mut self, settled: u64, last: Option<Key>) {
        self.settled = settled;
        self.last_settled = last;
        for Member { domain, track } in self.sources.iter().filter(|member| member.track.next > 0) {
            if let Some(clocks) = domain.map(|domain| &mut self.clocks[domain]) {
                clocks.largest = clocks.largest.max(track.clock);
                clocks.largest_settled = clocks.largest_settled.max(Some(track.clock));
                clocks.reach.tick(track.clock, track.ticked);
            }
        }
    }

    /// Ends the hand-over: how far each source has been taken.
    pub(super) fn go_on_from(&mut self, tracks: impl Iterator<Item = Track>) {
        for (member, track) in self.sources.iter_mut().zip(tracks) {
            member.track = track;
        }
        self.settle_all_but(self.window);
    }
}
