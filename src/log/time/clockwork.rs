//! Completes stamps: the year, the date and the zone that a line leaves out, from what is known around it.

use crate::log::entry::{Inferred, Time};

use super::read;
use super::stamp::{Civil, DAY_SECONDS, Day, SECOND, Stamp, days_from_civil, days_in_month, year_of};
use super::zone::Zone;

/// Completes the stamps of one source, one after the other in the order of the file.
///
/// A missing year or date is chosen so that the entry follows the one completed before it: the clock may stand still, go
/// forward, or go back a little (two months of dates without year, six hours of times without date), and where it would go
/// back by more, the next year or day has begun. The first entry has no neighbour: it is placed at the latest
/// moment that is not after the reference.
///
/// A caller who reads a file from somewhere in the middle calls [`Clockwork::seek`] first, with the time of what follows: then
/// the years come out right from the end of a file backward, block by block, whatever the file's first line was.
#[derive(Clone, Debug)]
pub struct Clockwork {
    zone: Zone,
    reference_nanos: i64,
    last: Option<Last>,
    boot_nanos: Option<i64>,
    minute: Option<Minute>,
}

/// A minute as it was written by a stamp that said everything: text that begins alike needs no calendar.
#[derive(Clone, Copy, Debug)]
struct Minute {
    /// `2026-11-23T10:00:`
    text: [u8; read::MINUTE_BYTES],
    offset_seconds: i32,
    /// When it began.
    nanos: i64,
    /// What the wall showed then.
    local_seconds: i64,
}

/// The moment completed last.
#[derive(Clone, Copy, Debug)]
struct Last {
    nanos: i64,
    /// What the wall showed where it was written, in seconds, where known.
    local_seconds: Option<i64>,
}

/// How far a date without year may go back without beginning a new year.
const YEAR_BACK_SECONDS: i64 = 61 * DAY_SECONDS;
/// How far a time without date may go back without beginning a new day.
const DAY_BACK_SECONDS: i64 = 6 * 3600;
/// How far the first entry may lie after the reference: clocks and zones disagree.
const YEAR_SLACK_SECONDS: i64 = DAY_SECONDS;
const DAY_SLACK_SECONDS: i64 = 3600;

impl Clockwork {
    /// A clockwork for a source whose last line is not younger than `reference_nanos` (a file's modification time, a
    /// stream's present), in nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn new(reference_nanos: i64, zone: Zone) -> Self {
        Self { zone, reference_nanos, last: None, boot_nanos: None, minute: None }
    }

    /// Goes to another place of the source: forgets the neighbours, and takes the time of what follows that place as the
    /// reference.
    pub const fn seek(&mut self, reference_nanos: i64) {
        self.reference_nanos = reference_nanos;
        self.last = None;
    }

    /// Whether a time was counted from when the machine started.
    #[must_use]
    pub const fn counts_from_boot(&self) -> bool {
        self.boot_nanos.is_some()
    }

    /// Says when the machine was started, for times that count from there. Without it, the first such time is taken to be
    /// the reference.
    pub const fn set_boot(&mut self, boot_nanos: i64) {
        self.boot_nanos = Some(boot_nanos);
    }

    /// Completes a stamp. `None` where the moment lies outside of what [`Time`] can hold.
    pub fn complete(&mut self, stamp: Stamp) -> Option<Time> {
        match stamp {
            Stamp::Civil(civil) => self.complete_civil(civil),
            Stamp::Instant(nanos) => {
                self.last = Some(Last { nanos, local_seconds: None });
                Some(Time { nanos, offset_seconds: None, inferred: Inferred::default() })
            }
            Stamp::SinceBoot(since) => {
                let boot = *self.boot_nanos.get_or_insert(self.reference_nanos.saturating_sub(since));
                let nanos = boot.checked_add(since)?;
                self.last = Some(Last { nanos, local_seconds: None });
                let inferred = Inferred { date: true, ..Inferred::default() };
                Some(Time { nanos, offset_seconds: None, inferred })
            }
        }
    }

    /// The time that `text` begins with, completed, and its length, where it lies in the minute of the stamp that
    /// [`Clockwork::complete_leading`] was given last, written alike; `None` where it does not, or where that is unknown.
    #[inline]
    pub(crate) fn complete_in_minute(&mut self, text: &[u8]) -> Option<(Time, usize)> {
        let minute = self.minute.filter(|minute| text.starts_with(&minute.text))?;
        let (past_nanos, offset, length) = read::past_minute(text)?;
        (offset == Some(minute.offset_seconds)).then_some(())?;
        let nanos = minute.nanos.checked_add(past_nanos)?;
        self.last = Some(Last { nanos, local_seconds: Some(minute.local_seconds + past_nanos / SECOND) });
        Some((Time { nanos, offset_seconds: offset, inferred: Inferred::default() }, length))
    }

    /// Completes the stamp that stands in `text`, and remembers its minute where `text` begins with it.
    pub(crate) fn complete_leading(&mut self, text: &[u8], stamp: Stamp) -> Option<Time> {
        let time = self.complete(stamp)?;
        if let Stamp::Civil(Civil { day: Day::Full(_), offset_seconds: Some(offset_seconds), .. }) = stamp
            && let Some((minute, (past_nanos, Some(_), _))) = text.first_chunk().copied().zip(read::past_minute(text))
            && let Some(Last { local_seconds: Some(local_seconds), .. }) = self.last
            && read::begins_with_iso(text)
        {
            let (nanos, local_seconds) = (time.nanos.checked_sub(past_nanos), local_seconds - past_nanos / SECOND);
            self.minute = nanos.map(|nanos| Minute { text: minute, offset_seconds, nanos, local_seconds });
        }
        Some(time)
    }

    fn complete_civil(&mut self, civil: Civil) -> Option<Time> {
        let seconds = civil.nanos / SECOND;
        let mut inferred = Inferred { zone: civil.offset_seconds.is_none(), ..Inferred::default() };
        let days = match civil.day {
            Day::Full(days) => i64::from(days),
            Day::OfYear { month, day } => {
                inferred.year = true;
                self.day_in_a_year(month.into(), day.into(), seconds, civil.offset_seconds)
            }
            Day::Unknown => {
                inferred.date = true;
                self.day_of(seconds, civil.offset_seconds)
            }
        };
        let local_seconds = days * DAY_SECONDS + seconds;
        let offset = match civil.offset_seconds {
            Some(offset) => offset,
            None => {
                let after = self.last.map(|last| last.nanos.div_euclid(SECOND));
                self.zone.offset_at_local(local_seconds, after)
            }
        };
        let nanos = (local_seconds - i64::from(offset)).checked_mul(SECOND)?.checked_add(civil.nanos % SECOND)?;
        self.last = Some(Last { nanos, local_seconds: Some(local_seconds) });
        Some(Time { nanos, offset_seconds: civil.offset_seconds, inferred })
    }

    /// The earliest local time, in seconds, that the next entry may have, given how far it may go back or stand after the
    /// reference.
    fn earliest(&self, back: i64, slack: i64, period: i64, offset_seconds: Option<i32>) -> i64 {
        match self.last {
            Some(Last { local_seconds: Some(local), .. }) => local - back,
            Some(Last { nanos, .. }) => self.local(nanos, offset_seconds) - back,
            None => self.local(self.reference_nanos, offset_seconds) + slack - period + 1,
        }
    }

    fn local(&self, nanos: i64, offset_seconds: Option<i32>) -> i64 {
        let seconds = nanos.div_euclid(SECOND);
        seconds + i64::from(offset_seconds.unwrap_or_else(|| self.zone.offset_at(seconds)))
    }

    /// The first day with this month and day that is not too early.
    fn day_in_a_year(&self, month: u32, day: u32, seconds: i64, offset_seconds: Option<i32>) -> i64 {
        const YEAR_SECONDS: i64 = 365 * DAY_SECONDS;
        let earliest = self.earliest(YEAR_BACK_SECONDS, YEAR_SLACK_SECONDS, YEAR_SECONDS, offset_seconds);
        let first = year_of(earliest.div_euclid(DAY_SECONDS));
        if (month, day) == (2, 29) {
            // A leap day needs a leap year: one of the two that are likely, or the last one before.
            let years = [first, first + 1].into_iter().chain((first - 7..first).rev());
            let year = years.into_iter().find(|year| days_in_month(*year as u32, 2) == 29).unwrap_or(first);
            return i64::from(days_from_civil(year as i32, month, day));
        }
        let in_year = |year: i64| i64::from(days_from_civil(year as i32, month, day));
        let days = in_year(first);
        if days * DAY_SECONDS + seconds >= earliest { days } else { in_year(first + 1) }
    }

    /// The first day on which this time of day is not too early.
    fn day_of(&self, seconds: i64, offset_seconds: Option<i32>) -> i64 {
        let earliest = self.earliest(DAY_BACK_SECONDS, DAY_SLACK_SECONDS, DAY_SECONDS, offset_seconds);
        let days = earliest.div_euclid(DAY_SECONDS);
        if days * DAY_SECONDS + seconds >= earliest { days } else { days + 1 }
    }
}

#[cfg(test)]
mod tests;
