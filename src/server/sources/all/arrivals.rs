//! What arrives, in the causal order of its entries (docs/ORDER.md): where each belongs among the newest, while it stands where
//! it arrived.
//!
//! [`Arrivals`] reads the marks of what arrives and keeps the open entries in their order, each with its bytes. Where that is
//! not the order in which they are shown, [`Arrivals::wanted`] says from where on another one is due. A line that continues
//! the entry before it in its source is an entry without a mark: it has that one's key, and stands right behind it.
//!
//! Every arrival is read, whether somebody looks on or not: so the order is the same for all who look later.

use std::collections::VecDeque;
use std::ops::Range;

use super::runs::Run;
use crate::log::entry::Entry;
use crate::log::index::line_feeds;
use crate::log::order::{Domain, Follow, Key, Mark, SourceRank, Track};
use crate::log::time::Clockwork;
use crate::server::clock::now_nanos;
use crate::server::engine::Entries;
use crate::server::sources::format::SourceFormat;

/// The most open entries: an insertion reaches no farther back.
pub(super) const WINDOW: usize = 65_536;
/// The most bytes of open entries, but for those of one batch.
const WINDOW_BYTES: u64 = 16 * 1024 * 1024;
/// The most entries of a batch.
const BATCH: usize = 16 * 1024;
/// Of an entry that is longer nothing is read again to tell whether a line continues it.
const LOOK_BYTES: u64 = 64 * 1024;

/// The open entries.
pub(super) struct Arrivals {
    order: Follow,
    sources: Vec<Arriving>,
    /// The first rank at which what is shown is not what is wanted.
    differs_from: Option<u64>,
    /// Bytes of the open entries.
    open_bytes: u64,
    /// Entries that came too late for their place.
    late: u64,
}

/// Where a source stands.
struct Arriving {
    /// The bytes of its open entries, by their positions, and perhaps of some that are settled.
    parts: VecDeque<Part>,
    position: u64,
    /// Where its last entry begins.
    last_start: Option<u64>,
    clockwork: Option<Clockwork>,
    /// Whether any of its entries has said a time.
    has_time: bool,
    /// Whether its clocks may be compared with others'.
    has_domain: bool,
}

/// The bytes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    position: u64,
    pub start: u64,
    pub end: u64,
    /// Lines in it.
    pub rows: u64,
    /// Whether a line end is added.
    pub is_completed: bool,
    /// Whether it goes on with the entry before it.
    continues: bool,
}

impl Part {
    /// How many bytes of the text it takes.
    pub fn length(&self) -> u64 {
        self.end - self.start + u64::from(self.is_completed)
    }
}

/// Where a source stands when its arrivals begin to be ordered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    pub domain: Option<Domain>,
    pub track: Track,
}

/// New bytes of a source: whole lines.
pub(super) struct Fresh<'a> {
    pub source: usize,
    /// How they are read, where that is known.
    pub format: Option<&'a SourceFormat>,
    /// Bytes of the source that end with the new ones; they begin with an entry.
    pub block: &'a [u8],
    /// Where the block begins in the source, and where the new bytes do.
    pub block_start: u64,
    pub start: u64,
    /// Where the new bytes end and how many lines they are, where they are too many to be read: the block is empty then.
    pub counted: Option<(u64, u64)>,
    /// Whether a line end is added behind them.
    pub is_completed: bool,
    /// Whether they stand where they arrive: what their source holds is put in order when it has come whole.
    pub stays: bool,
}

/// An entry that was ordered with all that was there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordered {
    pub source: usize,
    pub mark: Mark,
    pub start: u64,
    pub end: u64,
    pub rows: u64,
    pub is_completed: bool,
}

impl Arrivals {
    /// Goes on behind what is in order; `last` is the last key there.
    pub fn new(begun: &[Begun], last: Option<Key>) -> Self {
        let order = Follow::resumed(WINDOW, begun.iter().map(|source| (source.domain, source.track)), last);
        let arriving = |source: &Begun| Arriving {
            parts: VecDeque::new(),
            position: source.track.next,
            last_start: None,
            clockwork: None,
            has_time: source.track.time > i64::MIN,
            has_domain: source.domain.is_some(),
        };
        let sources = begun.iter().map(arriving).collect();
        Self { order, sources, differs_from: None, open_bytes: 0, late: 0 }
    }

    /// How many entries came too late for their place.
    pub const fn late(&self) -> u64 {
        self.late
    }

    /// Whether there is another order than the one that is shown.
    pub const fn differs(&self) -> bool {
        self.differs_from.is_some()
    }

    /// Where in a source bytes begin with an entry to which lines from `start` on may belong.
    pub fn block_start(&self, source: usize, start: u64) -> u64 {
        self.sources[source].last_start.filter(|last| *last <= start && start - last <= LOOK_BYTES).unwrap_or(start)
    }

    /// Takes entries in that were put in order with all others and stand behind all that is here.
    pub fn append(&mut self, entries: &[Ordered]) {
        let mut batch = Vec::with_capacity(entries.len());
        for entry in entries {
            let Ordered { start, end, rows, is_completed, .. } = *entry;
            self.push(entry.source, Part { position: 0, start, end, rows, is_completed, continues: false });
            self.sources[entry.source].has_time |= entry.mark.time.is_some();
            batch.push((rank(entry.source), entry.mark.clocked_if(self.sources[entry.source].has_domain)));
        }
        self.order.arrive(&batch);
    }

    /// Takes new bytes of a source, which are shown behind all others. At most [`BATCH`] entries of them: returns where those
    /// end, and how many lines they are.
    pub fn arrive(&mut self, fresh: &Fresh<'_>) -> (u64, u64) {
        let mut entries = self.read(fresh);
        let end = entries.last().map_or(fresh.start, |(part, _)| part.end);
        self.complete_times(&mut entries, fresh);
        let before = self.order.len();
        let (mut batch, mut rows) = (Vec::with_capacity(entries.len()), 0);
        for (part, mark) in entries {
            rows += part.rows;
            self.push(fresh.source, part);
            batch.push((rank(fresh.source), mark.clocked_if(self.sources[fresh.source].has_domain)));
        }
        let change = self.order.arrive(&batch);
        self.late += change.late;
        if change.first < before {
            self.differs_from = Some(self.differs_from.map_or(change.first, |first| first.min(change.first)));
        }
        (end, rows)
    }

    fn push(&mut self, source: usize, part: Part) {
        let arriving = &mut self.sources[source];
        arriving.parts.push_back(Part { position: arriving.position, ..part });
        arriving.position += 1;
        self.open_bytes += part.length();
        if !part.continues {
            arriving.last_start = Some(part.start);
        }
    }

    /// The entries among the new bytes.
    fn read(&mut self, fresh: &Fresh<'_>) -> Vec<(Part, Mark)> {
        if let Some((end, rows)) = fresh.counted {
            let (start, is_completed) = (fresh.start, fresh.is_completed);
            return vec![(Part { position: 0, start, end, rows, is_completed, continues: false }, Mark::default())];
        }
        let behind = fresh.block_start + fresh.block.len() as u64;
        let part = |start: u64, end: u64, continues| {
            let bytes = &fresh.block[(start - fresh.block_start) as usize..(end - fresh.block_start) as usize];
            let is_completed = fresh.is_completed && end == behind;
            let rows = line_feeds(bytes) + u64::from(is_completed);
            Part { position: 0, start, end, rows, is_completed, continues }
        };
        let Some(format) = fresh.format.filter(|_| !fresh.stays) else {
            return vec![(part(fresh.start, behind, false), Mark::default())];
        };
        let clockwork =
            self.sources[fresh.source].clockwork.get_or_insert_with(|| format.sample.clockwork_before(now_nanos()));
        let formats = format.formats.between(fresh.block_start..behind);
        let (mut read, mut room) = (Vec::new(), Entry::default());
        let mut entries = Entries::over(&formats, fresh.block);
        while let Some(range) = entries.next().filter(|_| read.len() < BATCH) {
            let Range { start, .. } = range.clone();
            let start = fresh.block_start + start as u64;
            let end = behind.min(fresh.block_start + entries.at() as u64);
            if end <= fresh.start {
                continue;
            }
            if start < fresh.start {
                read.push((part(fresh.start, end, true), Mark::default()));
                continue;
            }
            let noted = entries.format_at(range.start).note(&fresh.block[range], clockwork, &mut room);
            read.push((part(start, end, false), Mark::of_noted(&noted)));
        }
        read
    }

    /// Gives entries a time whose source has said none: those before its first time have that, and where it says none at all,
    /// they stand where they arrive.
    fn complete_times(&mut self, entries: &mut [(Part, Mark)], fresh: &Fresh<'_>) {
        let arriving = &mut self.sources[fresh.source];
        if arriving.has_time && !fresh.stays {
            return;
        }
        let first = entries.iter().position(|(_, mark)| mark.time.is_some());
        arriving.has_time |= first.is_some();
        let time = first.and_then(|first| entries[first].1.time).or_else(|| self.order.last().map(|last| last.time));
        let without = first.unwrap_or(entries.len());
        for (_, mark) in &mut entries[..without] {
            mark.time = time.filter(|time| *time > i64::MIN);
        }
    }

    /// Whether there is no room for another batch until older entries are settled.
    pub fn is_full(&self) -> bool {
        self.order.open().len() + BATCH > WINDOW || self.open_bytes > WINDOW_BYTES
    }

    /// Settles the older half of the entries, or more where they are large. What is shown must be what is wanted.
    pub fn make_room(&mut self) {
        let (mut kept, mut bytes) = (0, 0);
        let mut firsts = vec![u64::MAX; self.sources.len()];
        for key in self.order.open().rev() {
            let Some(length) = self.part(key).map(Part::length) else { continue };
            if kept == WINDOW / 2 || bytes + length > WINDOW_BYTES / 2 {
                break;
            }
            (kept, bytes) = (kept + 1, bytes + length);
            firsts[key.source.0 as usize] = key.position;
        }
        self.order.settle_all_but(kept);
        self.open_bytes = bytes;
        for (arriving, first) in self.sources.iter_mut().zip(firsts) {
            let settled = arriving.parts.partition_point(|part| part.position < first);
            arriving.parts.drain(..settled);
        }
    }

    fn part(&self, key: &Key) -> Option<&Part> {
        let parts = &self.sources[key.source.0 as usize].parts;
        let first = parts.front()?.position;
        parts.get(usize::try_from(key.position.checked_sub(first)?).ok()?)
    }

    /// The order that is wanted, from the first entry on that is shown elsewhere or goes on elsewhere: sources and bytes. All
    /// that is shown behind the entries before these are these.
    pub fn wanted(&mut self) -> Vec<(usize, Part)> {
        let Some(differs_from) = self.differs_from.take() else { return Vec::new() };
        let mut first = differs_from;
        // An entry that goes on is another one from its beginning.
        while first > self.order.settled()
            && self.order.key(first).and_then(|key| self.part(key)).is_some_and(|part| part.continues)
        {
            first -= 1;
        }
        let skipped = usize::try_from(first.saturating_sub(self.order.settled())).unwrap_or(0);
        let keys = self.order.open().skip(skipped);
        keys.filter_map(|key| self.part(key).map(|part| (key.source.0 as usize, *part)))
            .filter(|(_, part)| part.length() > 0)
            .collect()
    }

    /// Lets go of the bytes of a source before `start`.
    pub fn let_go(&mut self, source: usize, start: u64) {
        let arriving = &mut self.sources[source];
        for part in arriving.parts.iter_mut().take_while(|part| part.start < start) {
            let before = part.length();
            if part.end <= start {
                *part = Part { start, end: start, rows: 0, is_completed: false, ..*part };
            } else {
                part.start = start;
            }
            self.open_bytes = self.open_bytes.saturating_sub(before - part.length());
        }
        arriving.last_start = arriving.last_start.filter(|last| *last >= start);
    }

    /// What follows in a source is no part of its last entry, which is gone.
    pub fn forget_last(&mut self, source: usize) {
        self.sources[source].last_start = None;
    }

    /// Lets go of all that a source held: it begins anew.
    pub fn begin_anew(&mut self, source: usize) {
        let arriving = &mut self.sources[source];
        for part in &mut arriving.parts {
            self.open_bytes = self.open_bytes.saturating_sub(part.length());
            *part = Part { start: 0, end: 0, rows: 0, is_completed: false, ..*part };
        }
        (arriving.last_start, arriving.clockwork) = (None, None);
    }

    /// How many lines there are in a run of open entries.
    pub fn rows_of(&self, run: &Run) -> u64 {
        let parts = self.sources[run.source].parts.iter();
        parts.filter(|part| part.start >= run.start && part.end <= run.end).map(|part| part.rows).sum()
    }
}

/// The rank of a source in the order.
pub(super) fn rank(source: usize) -> SourceRank {
    SourceRank(u32::try_from(source).expect("sources are counted in 32 bits"))
}
