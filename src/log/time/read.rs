//! Reads timestamps from bytes: by hand, without allocation, each shape by where its first signs stand.

use super::stamp::{Civil, Day, SECOND, Stamp};

mod parts;

use parts::{clock, month_of, number_at, sign_at, weekday_length, year_of_two, zone};

/// Reads the timestamp that `text` begins with, in any of the common shapes, and returns it with its length in bytes.
///
/// A number alone counts as seconds, milliseconds, microseconds or nanoseconds since 1970 only where it lies between the
/// years 2001 and 2099.
#[must_use]
pub fn leading(text: &[u8]) -> Option<(Stamp, usize)> {
    match text.first()? {
        b'0'..=b'9' => iso(text).or_else(|| digits_first(text)),
        b'A'..=b'Z' | b'a'..=b'z' => word_first(text),
        _ => None,
    }
}

/// Reads a text that is a timestamp as a whole: a value of JSON, of logfmt, of a column. A date alone counts here.
#[must_use]
pub fn whole(text: &[u8]) -> Option<Stamp> {
    let text = text.trim_ascii();
    if let Some((stamp, length)) = leading(text)
        && is_end(&text[length..])
    {
        return Some(stamp);
    }
    date(text).filter(|(_, length)| *length == text.len()).map(|(day, _)| midnight(day)).or_else(|| epoch(text))
}

/// Whether nothing follows but what the time said already: Java adds the zone's name in brackets, Go an abbreviation of the
/// zone and a monotonic reading.
fn is_end(rest: &[u8]) -> bool {
    let Some((sign, rest)) = rest.split_first() else { return true };
    let letters = rest.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    *sign == b'[' || *sign == b' ' && letters <= 5 && (rest.len() == letters || rest[letters..].starts_with(b" m="))
}

const fn midnight(day: Day) -> Stamp {
    Stamp::Civil(Civil { day, nanos: 0, offset_seconds: None })
}

/// Reads a number since 1970, whole or with a fraction or an exponent: seconds below 10^11, milliseconds below 10^14,
/// microseconds below 10^17, nanoseconds above. Numbers before March 1973 in their unit are no moments but counts.
#[must_use]
pub fn epoch(text: &[u8]) -> Option<Stamp> {
    let (whole, digits) = number_at(text, 0)?;
    let (fraction, end) = match text.get(digits) {
        Some(b'.') => parts::fraction(text, digits)?,
        _ => (0, digits),
    };
    match text.get(end) {
        None => instant(whole, fraction),
        Some(b'e' | b'E') => {
            let (whole, fraction, end) = parts::scientific(text)?;
            (end == text.len()).then(|| instant(whole, fraction))?
        }
        Some(_) => None,
    }
}

fn instant(whole: u64, fraction_nanos: i64) -> Option<Stamp> {
    let unit = match whole {
        0..100_000_000 => return None,
        100_000_000..100_000_000_000 => SECOND,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1000,
        _ => 1,
    };
    let nanos = i64::try_from(whole).ok()?.checked_mul(unit)?.checked_add(fraction_nanos / (SECOND / unit))?;
    Some(Stamp::Instant(nanos))
}

/// `2026-11-23T10:00:00`, with any of the signs of its kin, padded: by far the commonest shape.
#[inline]
fn iso(text: &[u8]) -> Option<(Stamp, usize)> {
    let [year, month, day, hour, minute, second] = iso_numbers(text)?;
    let day = Day::full(year, month, day)?;
    let nanos = parts::time_of_day(hour, minute, second)?;
    Some(with_fraction_and_zone(text, 19, day, nanos))
}

/// Whether `text` begins with a timestamp of the commonest shape: [`leading`] reads one if so, and may if not.
#[inline]
pub(crate) fn begins_with_iso(text: &[u8]) -> bool {
    iso_numbers(text).is_some_and(|[year, month, day, hour, minute, second]| {
        Day::is_day(year, month, day) && parts::time_of_day(hour, minute, second).is_some()
    })
}

/// The bytes of a timestamp of the commonest shape up to its seconds.
pub(super) const MINUTE_BYTES: usize = 17;

/// Of a text that begins with a timestamp of the commonest shape: the nanoseconds since its minute began, its zone in seconds
/// east of Greenwich, and its length. `None` where there are no such seconds, or it is a leap second.
#[inline]
pub(super) fn past_minute(text: &[u8]) -> Option<(i64, Option<i32>, usize)> {
    let tens = text.get(MINUTE_BYTES)?.wrapping_sub(b'0');
    let ones = text.get(MINUTE_BYTES + 1)?.wrapping_sub(b'0');
    (tens < 6 && ones < 10).then_some(())?;
    let (fraction, at) = parts::fraction(text, MINUTE_BYTES + 2).unwrap_or((0, MINUTE_BYTES + 2));
    let (offset_seconds, length) = zone(text, at).map_or((None, at), |(offset, end)| (Some(offset), end));
    Some((i64::from(tens * 10 + ones) * SECOND + fraction, offset_seconds, length))
}

/// The numbers of date and time.
#[inline]
fn iso_numbers(text: &[u8]) -> Option<[u32; 6]> {
    let head: &[u8; 19] = text.first_chunk()?;
    let date_signs = matches!((head[4], head[7]), (b'-', b'-') | (b'/', b'/') | (b'.', b'.'));
    let is_time = match (head[10], head[13], head[16]) {
        (b'T' | b' ' | b't' | b'_' | b':' | b'-', b':', b':') => true,
        signs => signs == (b'-', b'.', b'.'),
    };
    if !date_signs || !is_time {
        return None;
    }
    // Each word of eight bytes holds three numbers of two digits, at the places where they begin.
    let year = parts::pairs(*head.first_chunk()?, 0x00ff_ff00_ffff_ffff)?;
    let day = parts::pairs(*head[2..].first_chunk()?, 0xffff_00ff_ff00_ffff)?;
    let clock = parts::pairs(*head[11..].first_chunk()?, 0xffff_00ff_ff00_ffff)?;
    Some([year(0) * 100 + year(2), year(5), day(6), clock(0), clock(3), clock(6)])
}

/// Ends a stamp whose seconds end at `at`, be its clock one of 12 hours or of 24.
#[inline]
fn with_fraction_and_zone(text: &[u8], at: usize, day: Day, nanos: i64) -> (Stamp, usize) {
    let (fraction, at) = parts::fraction(text, at).unwrap_or((0, at));
    let nanos = nanos + fraction;
    let (nanos, at) = parts::in_half_of_day(nanos, text, at).unwrap_or((nanos, at));
    with_zone(text, at, day, nanos)
}

#[inline]
fn with_zone(text: &[u8], at: usize, day: Day, nanos: i64) -> (Stamp, usize) {
    let (offset_seconds, at) = zone(text, at).map_or((None, at), |(offset, end)| (Some(offset), end));
    (Stamp::Civil(Civil { day, nanos, offset_seconds }), at)
}

/// Reads a time of day at `at`, which may be padded with a blank, and what ends the stamp.
fn at_clock(text: &[u8], at: usize, day: Day) -> Option<(Stamp, usize)> {
    let at = at + usize::from(text.get(at) == Some(&b' '));
    let (nanos, end) = clock(text, at)?;
    Some(with_zone(text, end, day, nanos))
}

/// Whether one of the signs that part date and time stands at `at`.
fn parts_date_and_time(text: &[u8], at: usize) -> Option<usize> {
    matches!(text.get(at), Some(b' ' | b'T' | b'_' | b':' | b'-')).then_some(at + 1).or_else(|| {
        // Java and C# write `Nov 23, 2026, 3:04:05 PM`.
        text.get(at..at + 2).filter(|signs| *signs == b", ").map(|_| at + 2)
    })
}

fn digits_first(text: &[u8]) -> Option<(Stamp, usize)> {
    let (number, length) = number_at(text, 0)?;
    match (length, text.get(length)) {
        (1 | 2, Some(b':')) => {
            let (nanos, end) = clock(text, 0)?;
            Some(with_zone(text, end, Day::Unknown, nanos))
        }
        (1, Some(b'.')) if number_at(text, 2).is_some_and(|(_, digits)| digits > 2) => seconds_of_go(text),
        (1 | 2 | 4, Some(b'-' | b'/' | b'.' | b' ')) => {
            let (day, end) = date(text)?;
            at_clock(text, parts_date_and_time(text, end)?, day)
        }
        (6, Some(b' ')) => compact(text, number, 6),
        (8, Some(b' ' | b'T' | b'-' | b'_')) => compact(text, number, 8),
        (14, sign) if !sign.is_some_and(u8::is_ascii_alphanumeric) => {
            let (day, nanos) = (day_of_digits(number / 1_000_000)?, time_of_digits(number % 1_000_000)?);
            Some(with_fraction_and_zone(text, 14, day, nanos))
        }
        (10 | 13 | 16 | 19, sign) => {
            let (fraction, end) = match sign {
                Some(b'.') => parts::fraction(text, length)?,
                _ => (0, length),
            };
            let apart = !matches!(text.get(end), Some(sign) if sign.is_ascii_alphanumeric() || b".-:/_".contains(sign));
            let stamp = instant(number, fraction)?;
            // 2001-09-09 to 2099.
            let Stamp::Instant(nanos) = stamp else { return None };
            (apart && (1_000_000_000..4_102_444_800).contains(&(nanos / SECOND))).then_some((stamp, end))
        }
        _ => None,
    }
}

/// Seconds since 1970 as Go prints such a number: `1.795428000123e+09`.
fn seconds_of_go(text: &[u8]) -> Option<(Stamp, usize)> {
    let (seconds, nanos, end) = parts::scientific(text)?;
    let is_apart = !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    // 2001-09-09 to 2099.
    (text[..end].ends_with(b"e+09") && is_apart && (1_000_000_000..4_102_444_800).contains(&seconds))
        .then(|| Some((instant(seconds, nanos)?, end)))?
}

/// `081109 203615`, `161123  4:18:19`, `20261123T041819Z`, `20261123-04:18:19.123`.
fn compact(text: &[u8], number: u64, length: usize) -> Option<(Stamp, usize)> {
    let day = day_of_digits(if length == 6 { century(number / 10_000) * 1_000_000 + number } else { number })?;
    let at = length + 1;
    let (digits, count) = number_at(text, at).unwrap_or_default();
    if count == 6 {
        let nanos = time_of_digits(digits)?;
        return Some(with_fraction_and_zone(text, at + 6, day, nanos));
    }
    at_clock(text, at, day)
}

/// What to put before two digits of a year.
const fn century(year_of_two_digits: u64) -> u64 {
    year_of_two(year_of_two_digits as u32) as u64 / 100
}

fn day_of_digits(digits: u64) -> Option<Day> {
    Day::full((digits / 10_000) as u32, (digits / 100 % 100) as u32, (digits % 100) as u32)
}

fn time_of_digits(digits: u64) -> Option<i64> {
    parts::time_of_day((digits / 10_000) as u32, (digits / 100 % 100) as u32, (digits % 100) as u32)
}

/// Reads a date that begins with digits.
fn date(text: &[u8]) -> Option<(Day, usize)> {
    let (first, length) = number_at(text, 0)?;
    let sign = *text.get(length)?;
    if length > 4 {
        return None;
    }
    let first = first as u32;
    let at = length + 1;
    if sign == b' ' || text.get(at).is_some_and(u8::is_ascii_alphabetic) {
        return day_and_month_name(text, first, at, sign);
    }
    if !matches!(sign, b'-' | b'/' | b'.') {
        return None;
    }
    let (second, second_length) = number_at(text, at).filter(|(_, length)| *length <= 2)?;
    let (second, at) = (second as u32, at + second_length);
    if sign_at(text, at) != Some(sign) {
        // `03-17 16:13:38.811`, `9/27 ...`: month and day.
        let is_short = length == 2 && sign != b'.' && second_length == 2;
        return is_short.then(|| Some((Day::of_year(first, second)?, at)))?;
    }
    let (third, third_length) = number_at(text, at + 1).filter(|(_, length)| *length <= 4)?;
    let (third, end) = (third as u32, at + 1 + third_length);
    let day = match (length, third_length, sign) {
        (4, ..) => Day::full(first, second, third),
        // With a four-digit year behind: `23.11.2026`, `23/11/2026` where it can only be that, else `11/23/2026`.
        (_, 4, b'.') => Day::full(third, second, first),
        (_, 4, _) if first > 12 => Day::full(third, second, first),
        (_, 4, _) => Day::full(third, first, second),
        // `17/06/09`: the year is first, where it can be.
        (2, 2, _) => {
            Day::full(year_of_two(first), second, third).or_else(|| Day::full(year_of_two(third), first, second))
        }
        (_, 2, _) => Day::full(year_of_two(third), first, second),
        _ => None,
    };
    Some((day?, end))
}

/// `10/Oct/2000`, `23-Nov-2026`, `23 Nov 2026`, and without year `23 Nov`, from behind the day.
fn day_and_month_name(text: &[u8], day: u32, at: usize, sign: u8) -> Option<(Day, usize)> {
    let month = month_of(text.get(at..at + 3)?)?;
    let at = at + 3;
    if sign_at(text, at) == Some(sign)
        && let Some((year, length @ (2 | 4))) = number_at(text, at + 1)
        && (length == 4 || sign != b' ')
        && sign_at(text, at + 1 + length) != (sign == b' ').then_some(b':')
    {
        let year = if length == 2 { year_of_two(year as u32) } else { year as u32 };
        return Some((Day::full(year, month, day)?, at + 1 + length));
    }
    (sign == b' ' || sign == b'-').then_some((Day::of_year(month, day)?, at))
}

/// `Jun  9 06:06:20`, `Sun Dec 04 04:47:44 2005`, `Mon, 02 Jan 2006 15:04:05 MST`, `Mon 2026-11-23 04:18:19 UTC`.
fn word_first(text: &[u8]) -> Option<(Stamp, usize)> {
    if let Some(month) = month_of(text.get(..3)?) {
        return month_first(text, 3, month);
    }
    let mut at = weekday_length(text)?;
    at += usize::from(sign_at(text, at) == Some(b','));
    let rest = text.get(at..)?.strip_prefix(b" ")?;
    at += 1;
    let (stamp, length) = match rest.first()? {
        b'0'..=b'9' => iso(rest).or_else(|| digits_first(rest))?,
        _ => month_first(rest, 3, month_of(rest.get(..3)?)?)?,
    };
    Some((stamp, at + length))
}

/// Reads on behind the name of a month.
fn month_first(text: &[u8], at: usize, month: u32) -> Option<(Stamp, usize)> {
    let rest = text.get(at..)?.strip_prefix(b" ")?;
    let padding = usize::from(rest.first() == Some(&b' '));
    let (day, length) = number_at(rest, padding).filter(|(_, length)| *length <= 2)?;
    let day = day as u32;
    let mut at = at + 1 + padding + length;
    at += usize::from(sign_at(text, at) == Some(b','));
    if sign_at(text, at) != Some(b' ') {
        return None;
    }
    // The year stands before the time, behind it, or nowhere.
    if let Some((year, 4)) = number_at(text, at + 1) {
        let day = Day::full(year as u32, month, day)?;
        return at_clock(text, parts_date_and_time(text, at + 5)?, day);
    }
    let hour = at + 1 + usize::from(sign_at(text, at + 1) == Some(b' '));
    let (nanos, end) = clock(text, hour)?;
    let (offset_seconds, after_zone) = zone(text, end).map_or((None, end), |(offset, end)| (Some(offset), end));
    if sign_at(text, after_zone) == Some(b' ')
        && let Some((year @ 1900..2200, 4)) = number_at(text, after_zone + 1)
        && !matches!(sign_at(text, after_zone + 5), Some(sign) if sign.is_ascii_alphanumeric() || sign == b':' || sign == b'.')
    {
        let day = Day::full(year as u32, month, day)?;
        return Some((Stamp::Civil(Civil { day, nanos, offset_seconds }), after_zone + 5));
    }
    let day = Day::of_year(month, day)?;
    Some((Stamp::Civil(Civil { day, nanos, offset_seconds }), after_zone))
}

/// Reads what stands behind the letter of a glog line: `0102 15:04:05.678901`, or `20260102 15:04:05.678901`.
#[must_use]
pub fn glog(text: &[u8]) -> Option<(Stamp, usize)> {
    let (number, length) = number_at(text, 0)?;
    let day = match length {
        4 => Day::of_year((number / 100) as u32, (number % 100) as u32)?,
        8 => day_of_digits(number)?,
        _ => return None,
    };
    at_clock(text, text[length..].starts_with(b" ").then_some(length + 1)?, day)
}

/// Reads seconds since the start of the machine, `12345.678901`, maybe padded.
#[must_use]
pub fn since_boot(text: &[u8]) -> Option<(Stamp, usize)> {
    let padding = text.iter().take(12).take_while(|byte| **byte == b' ').count();
    let (seconds, length) = number_at(text, padding).filter(|(_, length)| *length <= 9)?;
    let at = padding + length;
    let (fraction, end) = parts::fraction(text, at).filter(|_| text[at] == b'.')?;
    Some((Stamp::SinceBoot(i64::try_from(seconds).ok()?.checked_mul(SECOND)?.checked_add(fraction)?), end))
}

#[cfg(test)]
mod tests;
