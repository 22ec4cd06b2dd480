//! Times that entries leave out, in whole or in part: what day it is where the search stands, and what time an entry takes over.
//!
//! Days are reckoned backward from when a source was written last, and forward from the last entry that there was.

use std::collections::HashMap;

use super::asking::Moment;
use super::scan::{Scan, Search, Way};
use super::window::{Stretch, Window};
use crate::log::time::Clockwork;
use crate::server::clock::now_nanos;
use crate::server::engine::{Entries, last_time, reckon_back};
use crate::server::viewer::reader::{ReadError, Reader};
use crate::world::stream::SourceId;

/// How far before entries a time that they take over is looked for, first and at most.
const TIME_LOOK_BYTES: u64 = 4 * 1024;
const TIME_BYTES: u64 = 1024 * 1024;

/// What is known of a source's time where the search stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    /// The first time that was found from `low` on, where days are reckoned backward from: nanoseconds since 1970.
    back_nanos: Option<i64>,
    /// The first time of the entries with which the search began, from where on they are reckoned forward.
    begun_nanos: Option<i64>,
    /// Before the last entry.
    front: Option<Moment>,
}

impl Clock {
    /// Something else may stand before the last entry: days are reckoned from the time that was there.
    pub(super) fn forget_front(&mut self) {
        let before = self.front.take().and_then(|front| front.time_nanos);
        self.begun_nanos = before.or(self.begun_nanos);
    }
}

impl Search<'_> {
    /// Where times leave out their days: finds what day it is where these stretches begin, before which nothing is younger.
    pub(super) fn reckon_days(
        &self,
        scan: &mut Scan,
        window: &Window<'_>,
        stretches: &[Stretch<'_>],
    ) -> Result<(), ReadError> {
        for stretch in stretches.iter().rev() {
            if stretch.format.lacks_days() {
                let clock = scan.clocks.entry(stretch.source).or_default();
                let following_nanos = clock.back_nanos.unwrap_or_else(|| self.written_nanos(stretch.source));
                let formats = stretch.formats_from(stretch.range.start);
                let entries = Entries::over(&formats, window.bytes(stretch.range.clone()));
                let mut clockwork = stretch.format.sample.clockwork.clone();
                clock.back_nanos = Some(reckon_back(&entries, &mut clockwork, following_nanos, |_, _| {}));
            }
        }
        Ok(())
    }

    /// When a source was last written: nothing in it is younger. Nanoseconds since 1970.
    fn written_nanos(&self, source: SourceId) -> i64 {
        let written = self.sources.get(source.0 as usize).and_then(|source| source.text.modified_nanos());
        written.unwrap_or_else(now_nanos)
    }

    /// What is known of a source's time where the entries at `at` begin.
    pub(super) fn moment(
        &self,
        scan: &Scan,
        reader: &Reader,
        window: &Window<'_>,
        source: SourceId,
        at: u64,
        way: Way,
    ) -> Result<Moment, ReadError> {
        let format = scan.format(source)?;
        let without = |clockwork| Moment { clockwork, time_nanos: None, first_nanos: None };
        if !self.needs_times() {
            return Ok(without(format.sample.clockwork.clone()));
        }
        let (front, reference_nanos) = match (scan.clocks.get(&source), way) {
            (Some(clock), Way::Back) => (None, clock.back_nanos),
            (Some(clock), Way::Front | Way::Last) => (clock.front.clone(), clock.begun_nanos),
            (None, _) => (None, None),
        };
        if let Some(moment) = front {
            return Ok(moment);
        }
        let reference_nanos = reference_nanos.unwrap_or_else(|| self.written_nanos(source));
        let clockwork = format.sample.clockwork_before(reference_nanos);
        let time_nanos = time_before(reader, &window.stretch(at)?, at, &clockwork)?;
        Ok(Moment { time_nanos, ..without(clockwork) })
    }

    pub(super) fn note(&self, scan: &mut Scan, moments: HashMap<SourceId, Moment>, way: Way) {
        if !self.needs_times() {
            return;
        }
        for (source, moment) in moments {
            let clock = scan.clocks.entry(source).or_default();
            if way == Way::Back {
                clock.back_nanos = moment.first_nanos.or(clock.back_nanos);
            } else if clock.begun_nanos.is_none() {
                (clock.begun_nanos, clock.back_nanos) = (moment.first_nanos, clock.back_nanos.or(moment.first_nanos));
            }
            if way == Way::Front {
                clock.front = Some(Moment { first_nanos: None, ..moment });
            }
        }
    }
}

/// The last time that an entry says before `at`, in the same stretch and not too far away: nanoseconds since 1970.
fn time_before(
    reader: &Reader,
    stretch: &Stretch<'_>,
    at: u64,
    clockwork: &Clockwork,
) -> Result<Option<i64>, ReadError> {
    let begins = stretch.range.start.max(reader.extent().start);
    let mut look = TIME_LOOK_BYTES;
    loop {
        let from = at.saturating_sub(look).max(begins);
        match last_time(Entries::over(&stretch.formats_from(from), &reader.read(from, at)?), from == begins, clockwork)
        {
            Ok(nanos) => return Ok(Some(nanos)),
            Err(_) if from == begins || look >= TIME_BYTES => return Ok(None),
            Err(_) => look *= 16,
        }
    }
}
