//! Where the clocks of a source stand that does not say so: an offset, or the rules of a place.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// A zone for times that name none.
#[derive(Clone, Debug)]
pub struct Zone {
    rules: Rules,
}

#[derive(Clone, Debug)]
enum Rules {
    /// Seconds east of Greenwich, always.
    Fixed(i32),
    /// Rules of a place, with the quarter of an hour (local time / 900 s) that was asked for last and its offset.
    Place { zone: TimeZone, quarter: i64, offset_seconds: i32 },
}

/// Why bytes are not the rules of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneError {
    reason: String,
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ZoneError {}

/// The seconds of local time that share one answer.
const QUARTER_SECONDS: i64 = 900;

impl Zone {
    /// Greenwich.
    #[must_use]
    pub const fn utc() -> Self {
        Self::fixed(0)
    }

    /// A fixed offset, in seconds east of Greenwich.
    #[must_use]
    pub const fn fixed(offset_seconds: i32) -> Self {
        Self { rules: Rules::Fixed(offset_seconds) }
    }

    /// The rules of a zone.
    #[must_use]
    pub const fn of(zone: TimeZone) -> Self {
        Self { rules: Rules::Place { zone, quarter: i64::MIN, offset_seconds: 0 } }
    }

    /// The rules of a place, from the bytes of a TZif file (RFC 9636).
    ///
    /// # Errors
    /// The bytes are not such a file.
    pub fn from_tzif(name: &str, bytes: &[u8]) -> Result<Self, ZoneError> {
        let zone = TimeZone::tzif(name, bytes).map_err(|error| ZoneError { reason: error.to_string() })?;
        Ok(Self { rules: Rules::Place { zone, quarter: i64::MIN, offset_seconds: 0 } })
    }

    /// The offset in seconds at a local time (seconds since 1970-01-01T00:00:00 on the wall).
    ///
    /// A time that the clocks skipped is read with the offset before the gap. One that they showed twice is the first,
    /// unless that lay before `after_seconds` (UTC) and the second does not: a log goes forward.
    pub(crate) fn offset_at_local(&mut self, local_seconds: i64, after_seconds: Option<i64>) -> i32 {
        let Rules::Place { zone, quarter, offset_seconds } = &mut self.rules else { return self.fixed_offset() };
        let asked = local_seconds.div_euclid(QUARTER_SECONDS);
        if asked == *quarter {
            return *offset_seconds;
        }
        // A quarter whose two ends agree and are unambiguous has one offset.
        let begin = ambiguous_offset(zone, asked * QUARTER_SECONDS);
        let end = ambiguous_offset(zone, asked * QUARTER_SECONDS + QUARTER_SECONDS - 1);
        if let AmbiguousOffset::Unambiguous { offset } = begin
            && begin == end
        {
            (*quarter, *offset_seconds) = (asked, offset.seconds());
            return offset.seconds();
        }
        match ambiguous_offset(zone, local_seconds) {
            AmbiguousOffset::Unambiguous { offset } => offset.seconds(),
            AmbiguousOffset::Gap { before, .. } => before.seconds(),
            AmbiguousOffset::Fold { before, after } => {
                let first = local_seconds - i64::from(before.seconds());
                if after_seconds.is_some_and(|earliest| first < earliest) { after.seconds() } else { before.seconds() }
            }
        }
    }

    /// The offset in seconds at a moment (seconds since 1970-01-01T00:00:00Z).
    pub(crate) fn offset_at(&self, seconds: i64) -> i32 {
        match &self.rules {
            Rules::Fixed(offset_seconds) => *offset_seconds,
            Rules::Place { zone, .. } => zone.to_offset(moment(seconds)).seconds(),
        }
    }

    const fn fixed_offset(&self) -> i32 {
        match self.rules {
            Rules::Fixed(offset_seconds) => offset_seconds,
            Rules::Place { offset_seconds, .. } => offset_seconds,
        }
    }
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

fn ambiguous_offset(zone: &TimeZone, local_seconds: i64) -> AmbiguousOffset {
    zone.to_ambiguous_timestamp(TimeZone::UTC.to_datetime(moment(local_seconds))).offset()
}
