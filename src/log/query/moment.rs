//! The times that people write behind `since:` and `until:`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// A moment that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub(super) nanos: i64,
    /// Whether another now would make it another moment.
    pub(super) is_relative: bool,
}

/// The units of a duration, in nanoseconds. A day is 24 hours.
const UNITS: [(&str, i64); 9] = [
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
    ("s", 1_000_000_000),
    ("min", 60 * 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
    ("w", 7 * 86_400 * 1_000_000_000),
];

/// Reads how long ago (`15m`, `1d12h`), a time of day (`10:00`: the last time it was that late), or a date with or without
/// a time and a zone, in RFC 3339 or cut short from the right (`2026-11`, `2026-11-23`, `2026-11-23T10:00`).
pub(super) fn moment(text: &str, now_nanos: i64, zone: &TimeZone) -> Option<Moment> {
    if let Some(ago) = duration(text) {
        return Some(Moment { nanos: now_nanos.saturating_sub(ago), is_relative: true });
    }
    if let Some(nanos) = time_of_day(text, now_nanos, zone) {
        return Some(Moment { nanos, is_relative: true });
    }
    Some(Moment { nanos: absolute(text, zone)?, is_relative: false })
}

/// Nanoseconds in `1d12h`, `90s`; at most 292 years.
fn duration(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        let count: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let word = rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_alphabetic()).len();
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &rest[..word])?;
        sum = sum.checked_add(count.checked_mul(*unit)?)?;
        rest = &rest[word..];
    }
    (!text.is_empty()).then_some(sum)
}

fn time_of_day(text: &str, now_nanos: i64, zone: &TimeZone) -> Option<i64> {
    let mut reader = Reader { rest: text.as_bytes() };
    let time = reader.time().filter(|_| reader.rest.is_empty() && text.contains(':'))?;
    let now = Timestamp::from_nanosecond(i128::from(now_nanos)).ok()?;
    let today = zone.to_datetime(now).date();
    let on = |date: Date| nanos_of(date.to_datetime(time), None, zone);
    match on(today)? {
        later if later > now_nanos => on(today.yesterday().ok()?),
        earlier => Some(earlier),
    }
}

fn absolute(text: &str, zone: &TimeZone) -> Option<i64> {
    let mut reader = Reader { rest: text.as_bytes() };
    let date = reader.date()?;
    if !reader.takes(b"Tt ") {
        return reader.rest.is_empty().then(|| nanos_of(date.to_datetime(Time::midnight()), None, zone))?;
    }
    let time = reader.time()?;
    let offset = if reader.rest.is_empty() { None } else { Some(reader.offset()?) };
    reader.rest.is_empty().then(|| nanos_of(date.to_datetime(time), offset, zone))?
}

/// The moment when clocks show `datetime`. Where they are put back, the first of the two; where they are put forward and
/// never show it, as much later as they jump.
fn nanos_of(datetime: DateTime, offset: Option<Offset>, zone: &TimeZone) -> Option<i64> {
    let timestamp = match offset {
        Some(offset) => offset.to_timestamp(datetime),
        None => zone.to_timestamp(datetime),
    };
    i64::try_from(timestamp.ok()?.as_nanosecond()).ok()
}

/// Takes numbers and signs from the front.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// Takes the next byte if it is one of `bytes`.
    fn takes(&mut self, bytes: &[u8]) -> bool {
        let is_one = self.rest.first().is_some_and(|first| bytes.contains(first));
        if is_one {
            self.rest = &self.rest[1..];
        }
        is_one
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i16> {
        let (head, tail) = self.rest.split_at_checked(digits)?;
        self.rest = tail;
        head.iter().try_fold(0_i16, |sum, byte| {
            byte.is_ascii_digit().then(|| sum.checked_mul(10)?.checked_add(i16::from(byte - b'0')))?
        })
    }

    /// Two digits.
    fn pair(&mut self) -> Option<i8> {
        i8::try_from(self.number(2)?).ok()
    }

    /// `2026-11` or `2026-11-23`.
    fn date(&mut self) -> Option<Date> {
        let year = self.number(4)?;
        let month = self.takes(b"-").then(|| self.pair())??;
        let day = if self.takes(b"-") { self.pair()? } else { 1 };
        Date::new(year, month, day).ok()
    }

    /// `10`, `10:00`, `10:00:05`, `10:00:05.25`. A leap second counts as the second before it.
    fn time(&mut self) -> Option<Time> {
        let hour = self.pair()?;
        let minute = if self.takes(b":") { self.pair()? } else { return Time::new(hour, 0, 0, 0).ok() };
        let second = if self.takes(b":") { self.pair()? } else { return Time::new(hour, minute, 0, 0).ok() };
        let nanos = if self.takes(b".,") { self.fraction()? } else { 0 };
        Time::new(hour, minute, if second == 60 { 59 } else { second }, nanos).ok()
    }

    /// The digits behind a decimal point as nanoseconds; those beyond the ninth are cut off.
    fn fraction(&mut self) -> Option<i32> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (head, tail) = self.rest.split_at(digits);
        self.rest = tail;
        let places = head.iter().copied().chain(std::iter::repeat(b'0')).take(9);
        (digits > 0).then(|| places.fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0')))
    }

    /// `Z`, `+02:00`, `-0530`, `+02`.
    fn offset(&mut self) -> Option<Offset> {
        if self.takes(b"Zz") {
            return Some(Offset::UTC);
        }
        let sign = if self.takes(b"-") { -1 } else { self.takes(b"+").then_some(1)? };
        let hours = i32::from(self.pair()?);
        let _ = self.takes(b":");
        let minutes = if self.rest.is_empty() { 0 } else { i32::from(self.pair()?) };
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().filter(|_| minutes < 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T10:30:00Z.
    const NOW: i64 = 1_795_429_800_000_000_000;
    const SECOND: i64 = 1_000_000_000;

    #[track_caller]
    fn is(text: &str, zone: &TimeZone, seconds_from_now: i64) {
        let nanos = moment(text, NOW, zone).map(|moment| moment.nanos);
        assert_eq!(nanos, Some(NOW + seconds_from_now * SECOND), "{text}");
    }

    #[test]
    fn durations_reach_back_from_now() {
        for (text, seconds) in [("15m", 900), ("1d12h", 129_600), ("90s", 90), ("2w", 1_209_600), ("5min", 300)] {
            is(text, &TimeZone::UTC, -seconds);
        }
        assert_eq!(moment("250ms", NOW, &TimeZone::UTC), Some(Moment { nanos: NOW - SECOND / 4, is_relative: true }));
    }

    #[test]
    fn times_may_be_cut_short_from_the_right() {
        for (text, seconds) in [
            ("2026-11-23T10:30:00Z", 0),
            ("2026-11-23t10:30:00.000z", 0),
            ("2026-11-23T12:30:00+02:00", 0),
            ("2026-11-23 05:00:00-0530", 0),
            ("2026-11-23T10:30", 0),
            ("2026-11-23T10", -1_800),
            ("2026-11-23", -37_800),
            ("2026-11", -37_800 - 22 * 86_400),
            ("2016-12-31T23:59:60Z", -312_201_001),
        ] {
            is(text, &TimeZone::UTC, seconds);
        }
    }

    #[test]
    fn a_time_without_a_zone_is_the_readers() {
        let zone = TimeZone::fixed(Offset::from_seconds(3_600).expect("an hour is a possible offset"));
        is("2026-11-23T11:30", &zone, 0);
        is("2026-11-23T10:30Z", &zone, 0);
    }

    #[test]
    fn a_time_of_day_is_the_last_one() {
        is("10:30", &TimeZone::UTC, 0);
        is("10:29:59", &TimeZone::UTC, -1);
        is("10:31", &TimeZone::UTC, 60 - 86_400);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "15",
            "m",
            "15x",
            "1.5h",
            "10",
            "2026",
            "2026-13",
            "2026-11-31",
            "2026-11-23T",
            "2026-11-23T25",
            "24:00",
            "2026-11-23T10:00x",
            "2026-11-23T10:00+",
            "99999999999w",
            "9999-12-31",
            "2026-11-23Z",
            "2026-11-23T10:00+02:60",
            "10:00:00.",
            "é0:00",
        ] {
            assert_eq!(moment(text, NOW, &TimeZone::UTC), None, "{text}");
        }
    }
}
