//! What a result is as a whole, noted while it is searched.
//!
//! Each entry is noted once, when it is known to be whole; the last one, which may grow, is held apart and noted anew each time
//! it is asked. What a pipe's buffer lets go of later stays counted.

use super::scan::Way;
use crate::log::entry::Entry;
use crate::log::summary::Summary;
use crate::world::summary::BARS_MAX;

/// All that was noted.
pub(super) struct Summed {
    settled: Summary,
    /// Of the last entry, as far as it has come.
    last: Summary,
    /// Counts what was taken in; 0 until a search begins.
    version: u64,
}

/// What one step notes: it counts only if the step comes to its end.
pub(super) struct Part {
    width_nanos: i64,
    settled: Option<Summary>,
    last: Option<Summary>,
}

impl Default for Summed {
    fn default() -> Self {
        Self { settled: Summary::new(BARS_MAX), last: Summary::new(BARS_MAX), version: 0 }
    }
}

impl Summed {
    /// Another search begins: what was noted is of entries that it will find again.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { version: self.version + 1, ..Self::default() };
    }

    /// An empty part, to be noted in and taken.
    pub(super) fn part(&self) -> Part {
        Part { width_nanos: self.settled.width_nanos(), settled: None, last: None }
    }

    /// Takes in what a step noted.
    pub(super) fn take(&mut self, part: Part) {
        self.version += 1;
        if let Some(settled) = part.settled {
            self.settled.merge(settled);
        }
        if let Some(last) = part.last {
            self.last = last;
        }
    }

    /// What was noted.
    pub(super) fn told(&self) -> Summary {
        let mut whole = self.settled.clone();
        whole.merge(self.last.clone());
        whole
    }

    /// The memory that this takes, about: bytes.
    pub(super) fn held_bytes(&self) -> usize {
        self.settled.held_bytes() + self.last.held_bytes()
    }

    /// Another number whenever more was noted.
    pub(super) const fn version(&self) -> u64 {
        self.version
    }
}

impl Part {
    /// The last entry is asked anew.
    pub(super) fn begin_last(&mut self) {
        self.last = Some(Summary::part(BARS_MAX, self.width_nanos));
    }

    /// What is noted as the last entry will not change any more.
    pub(super) fn settle_last(&mut self) {
        if let Some(last) = self.last.take() {
            self.settled().merge(last);
            self.begin_last();
        }
    }

    /// Notes an entry that was asked this way.
    pub(super) fn note(&mut self, way: Way, entry: &Entry<'_>, source: &str, time_nanos: Option<i64>) {
        let summary = match (way, &mut self.last) {
            (Way::Last, Some(last)) => last,
            _ => self.settled(),
        };
        summary.note(entry, source, time_nanos);
    }

    fn settled(&mut self) -> &mut Summary {
        self.settled.get_or_insert_with(|| Summary::part(BARS_MAX, self.width_nanos))
    }
}
