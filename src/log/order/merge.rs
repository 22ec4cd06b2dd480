//! Complete sources in one order, lazily: the next key is found when it is asked for.
//!
//! Of a source are held where it stands and its next entry. One in a clock domain is also read ahead as far as its next tick,
//! for only then is known whether another source's tick must wait for it: eight bytes for each entry until its turn, of
//! [`AHEAD_MAX`] entries at most; what lies beyond is looked through by a second reader and read again when it is due. Sources
//! in no domain, and one alone in its domain, are read entry by entry.

use std::collections::{BTreeMap, VecDeque};

use super::follow::Follow;
use super::key::{Domain, Key, Mark, SourceRank};
use super::tournament::{NONE, Tournament};
use super::track::Track;

/// Entries without a tick that are kept while the tick behind them is not due.
pub const AHEAD_MAX: usize = 4096;

/// A source to be merged.
#[derive(Clone, Debug)]
pub struct Source<I> {
    /// The marks of its entries in their order. A clone is a second reader at the same place.
    pub marks: I,
    /// Whose clocks its clocks may be compared with. A domain costs reading ahead: give none where no clocks were seen.
    pub domain: Option<Domain>,
    /// Where in the source the marks begin.
    pub from: Track,
}

/// The keys of all entries in their order. A source's [`SourceRank`] is its index in the list that was given.
#[derive(Clone, Debug)]
pub struct Merge<I> {
    runners: Vec<Runner<I>>,
    /// The weight of the next key of each source; none where it has no more or waits.
    race: Tournament,
    clocks: Vec<Clocks>,
    rank: u64,
    /// The key behind which all keys to come stand, where there was one.
    last: Option<Key>,
}

/// A source on its way.
#[derive(Clone, Debug)]
struct Runner<I> {
    marks: I,
    domain: Option<Domain>,
    /// Where its domain is among the merge's clocks, and which member of it the source is.
    member: Option<(usize, usize)>,
    /// Behind the last entry that left.
    track: Track,
    /// Whether its next entry is in the race, and whether that one ticks.
    is_up: bool,
    is_tick: bool,
    /// The next tick's time and clock.
    tick: Option<(i64, u64)>,
    /// The times of the entries before it, so far as they were read.
    silent: VecDeque<i64>,
    /// How many further entries before it were looked through, and are to be read again as the tick is.
    unread: u64,
    is_tick_unread: bool,
}

/// A domain with more than one source. Its ticks leave in the order of their clocks.
#[derive(Clone, Debug)]
struct Clocks {
    /// Its sources.
    members: Vec<usize>,
    /// The next tick of each member; see [`waiting`] and [`not_waiting`].
    next: Tournament,
    /// The latest time of the ticks that left. Those with smaller clocks than a tick that may leave have all left; one with
    /// the same clock left before an entry of the other's source did, so that it is no later.
    time: i64,
}

/// What a member is worth whose next entry is a tick that may have to wait: of equal clocks these come first.
fn waiting(clock: u64) -> u128 {
    u128::from(clock) << 1
}

/// What a member is worth whose next tick is in the race, or is behind an entry that is.
fn not_waiting(clock: u64) -> u128 {
    waiting(clock) | 1
}

impl Clocks {
    /// A member whose tick waits and need not any more: no tick to come has a smaller clock.
    fn released(&self) -> Option<(usize, u64)> {
        let (member, worth) = self.next.best();
        (worth & 1 == 0).then_some((member, (worth >> 1) as u64))
    }
}

impl<I: Iterator<Item = Mark> + Clone> Runner<I> {
    /// The time of the next entry that does not tick and stands before the next tick.
    fn next_silent(&mut self) -> Option<i64> {
        if let Some(time) = self.silent.pop_front() {
            return Some(time);
        }
        self.unread = self.unread.checked_sub(1)?;
        self.marks.next().map(|mark| mark.time.unwrap_or(i64::MIN))
    }

    /// Finds the next tick.
    fn read_ahead(&mut self) {
        if std::mem::take(&mut self.is_tick_unread) {
            self.marks.next();
        }
        self.tick = None;
        while self.silent.len() < AHEAD_MAX {
            let Some(mark) = self.marks.next() else { return };
            let time = mark.time.unwrap_or(i64::MIN);
            if let Some(clock) = self.track.tick(mark.clock) {
                self.tick = Some((time, clock));
                return;
            }
            self.silent.push_back(time);
        }
        for mark in self.marks.clone() {
            if let Some(clock) = self.track.tick(mark.clock) {
                self.tick = Some((mark.time.unwrap_or(i64::MIN), clock));
                self.is_tick_unread = true;
                return;
            }
            self.unread += 1;
        }
    }
}

impl<I: Iterator<Item = Mark> + Clone> Merge<I> {
    /// Begins to merge. Reads the first entry of each source, and sources in a domain up to their first tick.
    ///
    /// # Panics
    /// When there are 2^32 sources.
    #[must_use]
    pub fn new(sources: Vec<Source<I>>) -> Self {
        let mut members = BTreeMap::<Domain, Vec<usize>>::new();
        for (number, source) in sources.iter().enumerate() {
            if let Some(domain) = source.domain {
                members.entry(domain).or_default().push(number);
            }
        }
        let rank = sources.iter().map(|source| source.from.next).sum();
        let last =
            |(source, rank): (&Source<I>, u32)| (source.from.next > 0).then(|| source.from.last(SourceRank(rank)));
        let last = sources.iter().zip(0..).filter_map(last).max();
        let mut runners: Vec<_> = sources.into_iter().map(Runner::from).collect();
        let race = Tournament::new(runners.len());
        let mut clocks = Vec::new();
        for members in members.into_values().filter(|members| members.len() > 1) {
            let time = members.iter().map(|source| runners[*source].track.ticked).max().unwrap_or(i64::MIN);
            for (member, source) in members.iter().enumerate() {
                runners[*source].member = Some((clocks.len(), member));
            }
            clocks.push(Clocks { next: Tournament::new(members.len()), members, time });
        }
        let mut merge = Self { runners, race, clocks, rank, last };
        (0..merge.runners.len()).for_each(|source| merge.read_ahead(source));
        (0..merge.runners.len()).for_each(|source| merge.bring_up(source));
        (0..merge.clocks.len()).for_each(|clocks| merge.release(clocks));
        merge
    }

    /// Goes on to the first key whose time is at least `time`.
    pub fn skip_to(&mut self, time: i64) {
        while self.next_source().is_some_and(|(_, next)| next < time) {
            self.step();
        }
        // Nothing that could still come stands between the last key that left and that time.
        let last = time.checked_sub(1).map(|time| Key { time, ..Key::LAST });
        self.last = self.last.max(last.filter(|_| self.rank > 0));
    }

    /// Orders what is left and goes on to follow the sources as they grow; see [`Follow::new`] for `window`. What left
    /// already is settled.
    #[must_use]
    pub fn follow(mut self, window: usize) -> Follow {
        let mut follow = Follow::new(window);
        for runner in &self.runners {
            follow.adopt(runner.domain, runner.track);
        }
        follow.settle_before(self.rank, self.last);
        while let Some((key, is_tick)) = self.step() {
            follow.append(key, is_tick);
        }
        follow.go_on_from(self.tracks());
        follow
    }

    /// The source of the next key, and its time.
    fn next_source(&self) -> Option<(usize, i64)> {
        let (mut source, weight) = self.race.best();
        if weight == NONE {
            // An entry may weigh as much as none at all.
            source = self.runners.iter().position(|runner| runner.is_up)?;
        }
        Some((source, Key::time_of(weight)))
    }

    /// The next key, and whether it is a tick's.
    fn step(&mut self) -> Option<(Key, bool)> {
        let (source, time) = self.next_source()?;
        let runner = &mut self.runners[source];
        let is_tick = runner.is_tick;
        runner.track.go_to(time, runner.tick.map(|tick| tick.1).filter(|_| is_tick));
        let key = runner.track.last(SourceRank(source as u32));
        let domain = runner.member.map(|(clocks, _)| clocks);
        if let Some(clocks) = domain.filter(|_| is_tick) {
            self.clocks[clocks].time = self.clocks[clocks].time.max(time);
            self.read_ahead(source);
        }
        self.bring_up(source);
        if let Some(clocks) = domain {
            self.release(clocks);
        }
        self.rank += 1;
        self.last = Some(key);
        Some((key, is_tick))
    }

    /// Reads a member of a domain up to its next tick.
    fn read_ahead(&mut self, source: usize) {
        let runner = &mut self.runners[source];
        let Some((clocks, member)) = runner.member else { return };
        runner.read_ahead();
        // A tick that is next itself will be noted as one that waits.
        if runner.tick.is_none() || !runner.silent.is_empty() {
            self.clocks[clocks].next.set(member, runner.tick.map_or(NONE, |(_, clock)| not_waiting(clock)));
        }
    }

    /// Puts the next entry of a source into the race, or the source among those that wait.
    fn bring_up(&mut self, source: usize) {
        let weight = match self.runners[source].member {
            None => self.next_alone(source),
            Some((clocks, member)) => self.next_of_member(source, clocks, member),
        };
        self.enter(source, weight);
    }

    fn enter(&mut self, source: usize, weight: Option<u128>) {
        self.runners[source].is_up = weight.is_some();
        self.race.set(source, weight.unwrap_or(NONE));
    }

    /// The weight of the next entry of a source that need not wait for others.
    fn next_alone(&mut self, source: usize) -> Option<u128> {
        let runner = &mut self.runners[source];
        let mark = runner.marks.next()?;
        let time = runner.track.time.max(mark.time.unwrap_or(i64::MIN));
        runner.tick = runner.track.tick(mark.clock).map(|clock| (time, clock));
        runner.is_tick = runner.tick.is_some();
        Some(Key::weight(time, runner.tick.map_or(runner.track.clock, |tick| tick.1)))
    }

    /// The weight of the next entry of a member of a domain; `None` where that is a tick, or there is none.
    fn next_of_member(&mut self, source: usize, clocks: usize, member: usize) -> Option<u128> {
        let runner = &mut self.runners[source];
        runner.is_tick = false;
        let Some(time) = runner.next_silent() else {
            let (_, clock) = runner.tick?;
            self.clocks[clocks].next.set(member, waiting(clock));
            return None;
        };
        Some(Key::weight(time.max(runner.track.time), runner.track.clock))
    }

    /// Puts the ticks into the race that need not wait any more.
    fn release(&mut self, clocks: usize) {
        while let Some((member, clock)) = self.clocks[clocks].released() {
            let clocks = &mut self.clocks[clocks];
            clocks.next.set(member, not_waiting(clock));
            let source = clocks.members[member];
            let runner = &mut self.runners[source];
            runner.is_tick = true;
            let said = runner.tick.map_or(i64::MIN, |tick| tick.0);
            let weight = Key::weight(said.max(runner.track.time).max(clocks.time), clock);
            self.enter(source, Some(weight));
        }
    }
}

impl<I> Merge<I> {
    /// How many entries stand before the next key, those before the places where the sources began included.
    #[must_use]
    pub const fn rank(&self) -> u64 {
        self.rank
    }

    /// Where each source stands: behind its last entry that left. A merge that begins with these goes on as this one does.
    pub fn tracks(&self) -> impl ExactSizeIterator<Item = Track> {
        self.runners.iter().map(|runner| runner.track)
    }
}

impl<I> From<Source<I>> for Runner<I> {
    fn from(source: Source<I>) -> Self {
        Self {
            marks: source.marks,
            domain: source.domain,
            member: None,
            track: source.from,
            is_up: false,
            is_tick: false,
            tick: None,
            silent: VecDeque::new(),
            unread: 0,
            is_tick_unread: false,
        }
    }
}

impl<I: Iterator<Item = Mark> + Clone> Iterator for Merge<I> {
    type Item = Key;

    fn next(&mut self) -> Option<Key> {
        self.step().map(|(key, _)| key)
    }
}
