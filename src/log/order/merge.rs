//! Complete sources in one order, lazily: the next key is found when it is asked for.
//!
//! A source in a clock domain is read ahead as far as its next tick, for only then is known whether another source's tick
//! must wait for it; each entry read ahead costs eight bytes until its turn. Sources in no domain, and one alone in its
//! domain, are read entry by entry.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::follow::Follow;
use super::key::{Domain, Key, Mark, SourceRank, Track};
use super::tournament::Tournament;

/// A source to be merged.
#[derive(Clone, Debug)]
pub struct Source<I> {
    /// The marks of its entries in their order.
    pub marks: I,
    /// Whose clocks its clocks may be compared with. A domain costs reading ahead: give none where no clocks were seen.
    pub domain: Option<Domain>,
    /// The time of entries that stand before the first time in the source: that first time where it is known, `i64::MIN`
    /// where it is not; nothing of the source is placed earlier.
    pub floor: i64,
}

/// The keys of all entries in their order. A source's [`SourceRank`] is its index in the list that was given.
#[derive(Debug)]
pub struct Merge<I> {
    runners: Vec<Runner<I>>,
    /// The next key of each source; [`Key::LAST`] where it has none or waits.
    race: Tournament<Key>,
    clocks: Vec<Clocks>,
}

/// A source on its way.
#[derive(Debug)]
struct Runner<I> {
    marks: I,
    rank: SourceRank,
    track: Track,
    domain: Option<Domain>,
    /// Where its domain is among the merge's clocks, and which member of it the source is.
    member: Option<(usize, usize)>,
    /// The times of the entries read ahead that do not tick.
    silent: VecDeque<i64>,
    /// The tick behind them: its time and clock.
    tick: Option<(i64, u64)>,
    /// Whether the key in the race is a tick's.
    is_tick: bool,
}

/// When a member of a domain ticks next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NextTick {
    At(u64),
    Never,
}

/// A domain with more than one source. Its ticks leave in the order of their clocks.
#[derive(Debug)]
struct Clocks {
    next: Tournament<NextTick>,
    /// Sources whose tick waits for smaller ones, by its clock.
    waiting: BinaryHeap<Reverse<(u64, usize)>>,
    /// The latest time of the ticks that left. Those with smaller clocks than a tick that may leave have all left; one with
    /// the same clock left before an entry of the other's source did, so that it is no later.
    time: i64,
}

impl Clocks {
    fn new(members: usize) -> Self {
        let next = Tournament::new(members, NextTick::Never);
        Self { next, waiting: BinaryHeap::new(), time: i64::MIN }
    }

    fn may_leave(&self, clock: u64) -> bool {
        NextTick::At(clock) <= self.next.best().1
    }
}

impl<I: Iterator<Item = Mark>> Merge<I> {
    /// Begins to merge. Reads the first entry of each source, and sources in a domain up to their first tick.
    ///
    /// # Panics
    /// When there are 2^32 sources.
    #[must_use]
    pub fn new(sources: Vec<Source<I>>) -> Self {
        let mut members = BTreeMap::<Domain, usize>::new();
        for domain in sources.iter().filter_map(|source| source.domain) {
            *members.entry(domain).or_default() += 1;
        }
        members.retain(|_, count| *count > 1);
        let clocks = members.values().map(|count| Clocks::new(*count)).collect();
        let mut taken = vec![0; members.len()];
        let mut enter = |domain: &Domain| {
            let at = members.keys().position(|other| other == domain)?;
            taken[at] += 1;
            Some((at, taken[at] - 1))
        };
        let runners: Vec<_> = sources
            .into_iter()
            .zip(0..)
            .map(|(source, rank)| Runner {
                marks: source.marks,
                rank: SourceRank(rank),
                track: Track::new(source.floor),
                domain: source.domain,
                member: source.domain.as_ref().and_then(&mut enter),
                silent: VecDeque::new(),
                tick: None,
                is_tick: false,
            })
            .collect();
        let race = Tournament::new(runners.len(), Key::LAST);
        let mut merge = Self { runners, race, clocks };
        (0..merge.runners.len()).for_each(|source| merge.read_ahead(source));
        (0..merge.runners.len()).for_each(|source| merge.bring_up(source));
        merge
    }

    /// Orders what is left and goes on to follow the sources as they grow; see [`Follow::new`] for `window`.
    #[must_use]
    pub fn follow(mut self, window: usize) -> Follow {
        let mut follow = Follow::new(window);
        for runner in &self.runners {
            follow.adopt(runner.domain, runner.track);
        }
        while let Some((key, is_tick)) = self.step() {
            follow.append(key, is_tick);
        }
        follow.go_on_from(self.runners.iter().map(|runner| runner.track));
        follow
    }

    /// The next key, and whether it is a tick's.
    fn step(&mut self) -> Option<(Key, bool)> {
        let (source, key) = self.race.best();
        if key == Key::LAST {
            return None;
        }
        let runner = &self.runners[source];
        let is_tick = runner.is_tick;
        if let Some((clocks, _)) = runner.member.filter(|_| is_tick) {
            let clocks_time = &mut self.clocks[clocks].time;
            *clocks_time = key.time.max(*clocks_time);
            self.read_ahead(source);
            self.bring_up(source);
            self.let_go(clocks);
        } else {
            self.bring_up(source);
        }
        Some((key, is_tick))
    }

    /// Reads a member of a domain up to its next tick.
    fn read_ahead(&mut self, source: usize) {
        let runner = &mut self.runners[source];
        let Some((clocks, member)) = runner.member else { return };
        runner.tick = None;
        for mark in runner.marks.by_ref() {
            let time = mark.time.unwrap_or(i64::MIN);
            if let Some(clock) = runner.track.tick(mark.clock) {
                runner.tick = Some((time, clock));
                break;
            }
            runner.silent.push_back(time);
        }
        let next = runner.tick.map_or(NextTick::Never, |(_, clock)| NextTick::At(clock));
        self.clocks[clocks].next.set(member, next);
    }

    /// Puts the next entry of a source into the race, or the source among those that wait.
    fn bring_up(&mut self, source: usize) {
        let runner = &mut self.runners[source];
        let key = match runner.member {
            None => match runner.marks.next() {
                Some(mark) => {
                    let tick = runner.track.tick(mark.clock);
                    runner.track.pass(mark.time);
                    runner.track.clock = tick.unwrap_or(runner.track.clock);
                    runner.is_tick = tick.is_some();
                    runner.track.key(runner.rank)
                }
                None => Key::LAST,
            },
            Some((clocks, _)) => {
                let clocks = &mut self.clocks[clocks];
                runner.is_tick = false;
                match (runner.silent.pop_front(), runner.tick) {
                    (Some(time), _) => {
                        runner.track.pass(Some(time));
                        runner.track.key(runner.rank)
                    }
                    (None, Some((time, clock))) if clocks.may_leave(clock) => {
                        runner.is_tick = true;
                        runner.track.clock = clock;
                        runner.track.pass(Some(time.max(clocks.time)));
                        runner.track.key(runner.rank)
                    }
                    (None, Some((_, clock))) => {
                        clocks.waiting.push(Reverse((clock, source)));
                        Key::LAST
                    }
                    (None, None) => Key::LAST,
                }
            }
        };
        self.race.set(source, key);
    }

    /// Lets the sources go whose ticks need not wait any more.
    fn let_go(&mut self, clocks: usize) {
        while let Some(Reverse((clock, source))) = self.clocks[clocks].waiting.peek().copied() {
            if !self.clocks[clocks].may_leave(clock) {
                break;
            }
            self.clocks[clocks].waiting.pop();
            self.bring_up(source);
        }
    }
}

impl<I: Iterator<Item = Mark>> Iterator for Merge<I> {
    type Item = Key;

    fn next(&mut self) -> Option<Key> {
        self.step().map(|(key, _)| key)
    }
}
