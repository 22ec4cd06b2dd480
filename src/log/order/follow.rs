//! Sources in one order while they grow: what arrives is put where its key says, and the caller learns what came in above.
//!
//! The newest entries, as many as the window is long, are open; all before them are settled. Calls: [`Follow::add`] each
//! source, then [`Follow::arrive`] with every batch of new entries, those of one source in their order. After each batch the
//! open entries stand as [`Merge`](super::Merge) would place them, those too late for it excepted, which are counted.
//!
//! What is settled keeps its rank for ever: nothing reaches farther back than the window. An open entry moves behind others
//! only when something that happened before it arrives late and says a later time.

use std::collections::{BTreeMap, VecDeque};

use super::key::{Domain, Key, Mark, SourceRank, Track};
use super::reach::Reach;

/// An order that grows.
#[derive(Clone, Debug)]
pub struct Follow {
    window: usize,
    sources: Vec<Member>,
    domains: BTreeMap<Domain, Clocks>,
    /// How many entries are settled, and the last of them.
    settled: u64,
    last_settled: Option<Key>,
    open: VecDeque<Key>,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    domain: Option<Domain>,
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
    /// Where those stand now that stood at `first` and below.
    moved: Vec<u64>,
}

impl Change {
    /// Where the entry stands now that stood at `rank` before the batch.
    #[must_use]
    pub fn rank_now(&self, rank: u64) -> u64 {
        let inside = rank.checked_sub(self.first).and_then(|at| self.moved.get(usize::try_from(at).ok()?));
        inside.copied().unwrap_or(rank)
    }

    /// How many entries of the batch came in above the one that stood at `rank` before.
    #[must_use]
    pub fn came_in_above(&self, rank: u64) -> u64 {
        let now = self.rank_now(rank);
        self.ranks.iter().filter(|rank| **rank < now).count() as u64
    }
}

/// An entry of a batch whose key is being found.
struct Arrival {
    key: Key,
    domain: Option<Domain>,
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
            settled: 0,
            last_settled: None,
            open: VecDeque::new(),
        }
    }

    /// Adds a source, which stands behind those added before it where times and clocks are equal. `domain` and `floor` are
    /// those of [`Source`](super::Source).
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

    /// Takes a batch of new entries, those of one source in their order, and settles what the window has no room for.
    ///
    /// # Complexity
    /// With `n` entries that belong before the last `r` open ones: `O((n + r) log (n + r))`, and at most one look at each
    /// open entry. `r` is at most the window, and 0 where everything arrives in order.
    ///
    /// # Panics
    /// When a source was not added.
    pub fn arrive(&mut self, batch: &[(SourceRank, Mark)]) -> Change {
        let mut change = Change::default();
        let mut raised_from = self.open.len();
        let mut arrivals = Vec::with_capacity(batch.len());
        for (source, mark) in batch {
            let arrival = self.take(*source, *mark);
            if arrival.is_tick
                && let Some(domain) = arrival.domain
            {
                change.overtaken += u64::from(self.is_overtaken(domain, arrival.key.clock));
                raised_from = raised_from.min(self.raise(domain, arrival.key));
            }
            arrivals.push(arrival);
        }
        for arrival in &mut arrivals {
            let reached = self.reached(arrival.domain, arrival.key.clock);
            change.late += u64::from(arrival.key.time > arrival.unhindered.max(reached));
            arrival.key.time = arrival.key.time.max(reached);
        }
        let keys: Vec<Key> = arrivals.iter().map(|arrival| arrival.key).collect();
        self.place(&keys, raised_from, &mut change);
        self.settle();
        change
    }

    /// Finds the key of an arrival but for its domain. Nothing is placed among what is settled.
    fn take(&mut self, source: SourceRank, mark: Mark) -> Arrival {
        let Member { domain, track } = &mut self.sources[source.0 as usize];
        let tick = track.tick(mark.clock);
        track.clock = tick.unwrap_or(track.clock);
        track.pass(mark.time);
        let mut key = track.key(source);
        let unhindered = key.time;
        if let Some(last) = self.last_settled.filter(|last| key <= *last) {
            key.time = last.time;
            key.time = if key > last { last.time } else { last.time.saturating_add(1) };
            track.time = key.time;
        }
        Arrival { key, domain: *domain, is_tick: tick.is_some(), unhindered }
    }

    fn is_overtaken(&self, domain: Domain, clock: u64) -> bool {
        self.domains.get(&domain).and_then(|clocks| clocks.largest_settled).is_some_and(|largest| largest > clock)
    }

    /// Notes a tick, and finds the first open entry that it pushes down: their number where there is none.
    fn raise(&mut self, domain: Domain, tick: Key) -> usize {
        let clocks = self.domains.entry(domain).or_default();
        let before = clocks.reach.up_to(tick.clock);
        clocks.reach.tick(tick.clock, tick.time);
        let is_newest = tick.clock >= clocks.largest;
        clocks.largest = clocks.largest.max(tick.clock);
        if is_newest || tick.time <= before {
            return self.open.len();
        }
        // Whatever has a larger clock is not earlier than `before`.
        let from = self.open.partition_point(|key| key.time < before);
        let to = self.open.partition_point(|key| key.time < tick.time);
        let pushed = |key: &Key| key.clock > tick.clock && self.sources[key.source.0 as usize].domain == Some(domain);
        (from..to).find(|at| pushed(&self.open[*at])).unwrap_or(self.open.len())
    }

    /// The latest time that the domain passes on to an entry with this clock.
    fn reached(&self, domain: Option<Domain>, clock: u64) -> i64 {
        let clocks = domain.and_then(|domain| self.domains.get(&domain));
        clocks.map_or(i64::MIN, |clocks| clocks.reach.below(clock))
    }

    /// Puts `arrivals` among the open entries, of which those from `raised_from` on may have to move down.
    fn place(&mut self, arrivals: &[Key], raised_from: usize, change: &mut Change) {
        let least = arrivals.iter().min().copied().unwrap_or(Key::LAST);
        let first = raised_from.min(self.open.partition_point(|key| *key < least));
        let count = self.open.len() - first;
        let old: Vec<Key> = self.open.drain(first..).collect();
        let raised = old.into_iter().map(|key| {
            let domain = self.sources[key.source.0 as usize].domain;
            Key { time: key.time.max(self.reached(domain, key.clock)), ..key }
        });
        let mut tail: Vec<(Key, usize)> = raised.chain(arrivals.iter().copied()).zip(0..).collect();
        tail.sort();
        change.first = self.settled + first as u64;
        let mut ranks = vec![0; tail.len()];
        for ((_, number), rank) in tail.iter().zip(change.first..) {
            ranks[*number] = rank;
        }
        change.ranks = ranks.split_off(count);
        change.moved = ranks;
        self.open.extend(tail.into_iter().map(|(key, _)| key));
    }

    /// Closes what the window has no room for.
    fn settle(&mut self) {
        let excess = self.open.len().saturating_sub(self.window);
        for key in self.open.drain(..excess) {
            if let Some(domain) = self.sources[key.source.0 as usize].domain {
                let clocks = self.domains.entry(domain).or_default();
                clocks.largest_settled = clocks.largest_settled.max(Some(key.clock));
            }
            self.last_settled = Some(key);
        }
        self.settled += excess as u64;
        if let Some(last) = self.last_settled.filter(|_| excess > 0) {
            self.domains.values_mut().for_each(|clocks| clocks.reach.forget_up_to(last.time));
        }
    }
}

/// What a merge hands over.
impl Follow {
    /// Adds a source that has been taken as far as `track` says.
    pub(super) fn adopt(&mut self, domain: Option<Domain>, track: Track) -> SourceRank {
        let rank = u32::try_from(self.sources.len()).expect("sources are counted in 32 bits");
        self.sources.push(Member { domain, track });
        SourceRank(rank)
    }

    /// Takes a key that stands behind all others.
    pub(super) fn append(&mut self, key: Key, is_tick: bool) {
        if let Some(domain) = self.sources[key.source.0 as usize].domain.filter(|_| is_tick) {
            let clocks = self.domains.entry(domain).or_default();
            clocks.largest = clocks.largest.max(key.clock);
            clocks.reach.tick(key.clock, key.time);
        }
        self.open.push_back(key);
        if self.open.len() / 2 > self.window {
            self.settle();
        }
    }

    /// Ends the hand-over: how far each source has been taken.
    pub(super) fn go_on_from(&mut self, tracks: impl Iterator<Item = Track>) {
        for (member, track) in self.sources.iter_mut().zip(tracks) {
            member.track = track;
        }
        self.settle();
    }
}
