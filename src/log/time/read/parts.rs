//! The parts of a timestamp: numbers, names of months and days, times of day, fractions, zones.

use crate::log::time::stamp::SECOND;

/// The number at `at` and how many digits it has: at least one, at most 19.
#[inline]
pub(super) fn number_at(text: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    let mut digits = 0;
    for byte in text.get(at..)? {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        if digits == 19 {
            return None;
        }
        number = number * 10 + u64::from(digit);
        digits += 1;
    }
    (digits > 0).then_some((number, digits))
}

/// Reads eight bytes at once: returns what gives the number of two digits that begins at a place. `digits` has `ff` for each byte
/// that must be a digit, the first byte lowest.
#[inline]
pub(super) fn pairs(bytes: [u8; 8], digits: u64) -> Option<impl Fn(u32) -> u32> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let values = (u64::from_le_bytes(bytes) ^ (b'0' as u64 * ONES)) & digits;
    // Digits are now 0 to 9; anything above would reach the high bit.
    if (values.wrapping_add((0x7f - 9) * ONES) | values) & (0x80 * ONES) != 0 {
        return None;
    }
    let tens = values * 10 + (values >> 8);
    Some(move |place: u32| (tens >> (8 * place)) as u32 & 0xff)
}

/// The byte at `at`.
pub(super) fn sign_at(text: &[u8], at: usize) -> Option<u8> {
    text.get(at).copied()
}

/// The year that two digits mean: 1970 to 2069.
pub(super) const fn year_of_two(digits: u32) -> u32 {
    if digits < 70 { 2000 + digits } else { 1900 + digits }
}

/// The month, 1 to 12, that three letters name.
pub(super) fn month_of(name: &[u8]) -> Option<u32> {
    let folded = [name.first()? | 0x20, name.get(1)? | 0x20, name.get(2)? | 0x20];
    Some(match &folded {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    })
}

/// The length of the name of a day that `text` begins with, short or long.
pub(super) fn weekday_length(text: &[u8]) -> Option<usize> {
    const NAMES: [&[u8]; 7] = [b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday", b"Saturday", b"Sunday"];
    let name = NAMES.into_iter().find(|name| text.starts_with(&name[..3]))?;
    Some(if text.starts_with(name) { name.len() } else { 3 })
}

/// Nanoseconds since midnight. Second 60 is a leap second.
pub(super) fn time_of_day(hour: u32, minute: u32, second: u32) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then_some(i64::from(hour * 3600 + minute * 60 + second) * SECOND)
}

/// A time of day at `at`, with fraction and half of the day: `4:18:19`, `15:04:05.678`, `3:04:05 PM`, `4:18AM`,
/// `15.42.50.675872`. Returns nanoseconds since midnight and its end.
pub(super) fn clock(text: &[u8], at: usize) -> Option<(i64, usize)> {
    let (hour, hour_digits @ 1..=2) = number_at(text, at)? else { return None };
    let sign = sign_at(text, at + hour_digits).filter(|sign| matches!(sign, b':' | b'.'))?;
    let at = at + hour_digits + 1;
    let (minute, 2) = number_at(text, at)? else { return None };
    let (second, fraction, end) = match number_at(text, at + 3) {
        Some((second, 2)) if sign_at(text, at + 2) == Some(sign) => {
            let (fraction, end) = fraction(text, at + 5).unwrap_or((0, at + 5));
            (second, fraction, end)
        }
        // Minutes alone are a time only with the half of the day.
        _ => (0, 0, half_of_day(text, at + 2).map(|_| at + 2)?),
    };
    let nanos = time_of_day(hour as u32, minute as u32, second as u32)? + fraction;
    Some(in_half_of_day(nanos, text, end).unwrap_or((nanos, end)))
}

/// What a time of day is in the half of the day that stands at `at`, if one does, and its end. A clock of 24 hours has none.
#[inline]
pub(super) fn in_half_of_day(nanos: i64, text: &[u8], at: usize) -> Option<(i64, usize)> {
    const HALF: i64 = 12 * 3600 * SECOND;
    const HOUR: i64 = 3600 * SECOND;
    let (is_afternoon, end) = half_of_day(text, at)?;
    (HOUR..HOUR + HALF).contains(&nanos).then_some((nanos % HALF + if is_afternoon { HALF } else { 0 }, end))
}

/// `AM`, `PM`, ` pm`: whether it is the afternoon, and the end.
#[inline]
fn half_of_day(text: &[u8], at: usize) -> Option<(bool, usize)> {
    let at = at + usize::from(sign_at(text, at) == Some(b' '));
    let (half, end) = (sign_at(text, at)? | 0x20, at + 2);
    let is_half = matches!(half, b'a' | b'p') && sign_at(text, at + 1)? | 0x20 == b'm';
    (is_half && !text.get(end).is_some_and(u8::is_ascii_alphanumeric)).then_some((half == b'p', end))
}

/// A sign and digits at `at`, as nanoseconds and their end; digits behind the ninth are dropped.
#[inline]
pub(super) fn fraction(text: &[u8], at: usize) -> Option<(i64, usize)> {
    if !matches!(text.get(at), Some(b'.' | b',')) {
        return None;
    }
    let mut nanos = 0;
    let mut digits = 0;
    for byte in &text[at + 1..] {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        if digits < 9 {
            nanos = nanos * 10 + i64::from(digit);
        }
        digits += 1;
    }
    const SCALE: [i64; 10] = [SECOND, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1000, 100, 10, 1];
    (digits > 0).then(|| (nanos * SCALE[digits.min(9)], at + 1 + digits))
}

/// A number with an exponent: what is whole of it, its billionths, and its end. Read digit for digit, for as a binary number it
/// is not exact.
pub(super) fn scientific(text: &[u8]) -> Option<(u64, i64, usize)> {
    const WHOLE_DIGITS_MAX: usize = 19;
    const FRACTION_DIGITS: usize = 9;
    let (_, whole) = number_at(text, 0)?;
    let behind = text[whole..].strip_prefix(b".").unwrap_or_default();
    let fraction = &behind[..behind.iter().take_while(|byte| byte.is_ascii_digit()).count()];
    let mut at = whole + usize::from(sign_at(text, whole) == Some(b'.')) + fraction.len();
    matches!(sign_at(text, at)?, b'e' | b'E').then_some(())?;
    at += 1;
    let sign = sign_at(text, at).filter(|sign| matches!(sign, b'+' | b'-'));
    at += usize::from(sign.is_some());
    let (power, power_digits) = number_at(text, at)?;
    let power = usize::try_from(power).ok()?;
    let point = if sign == Some(b'-') { whole.checked_sub(power)? } else { whole.checked_add(power)? };
    (point <= WHOLE_DIGITS_MAX).then_some(())?;
    let digit = |at| text[..whole].iter().chain(fraction).nth(at).map_or(0, |byte| u64::from(byte - b'0'));
    let number = |digits: std::ops::Range<usize>| digits.fold(0, |number, at| number * 10 + digit(at));
    Some((number(0..point), number(point..point + FRACTION_DIGITS) as i64, at + power_digits))
}

/// Zones that programs name, in hours east of Greenwich: those of RFC 5322 and the common ones of Europe and Japan.
const NAMED_ZONES: [(&[u8], i32); 20] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"UT", 0),
    (b"EST", -5),
    (b"EDT", -4),
    (b"CST", -6),
    (b"CDT", -5),
    (b"MST", -7),
    (b"MDT", -6),
    (b"PST", -8),
    (b"PDT", -7),
    (b"WET", 0),
    (b"WEST", 1),
    (b"CET", 1),
    (b"CEST", 2),
    (b"EET", 2),
    (b"EEST", 3),
    (b"BST", 1),
    (b"MSK", 3),
    (b"JST", 9),
];

/// The zone at `at`, in seconds east of Greenwich, and its end: `Z`, `+01:00`, `-0700`, `+00`, ` +0000`, ` UTC`.
#[inline]
pub(super) fn zone(text: &[u8], at: usize) -> Option<(i32, usize)> {
    match text.get(at)? {
        b'Z' | b'z' if !text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => Some((0, at + 1)),
        b'+' | b'-' => offset(text, at, 2),
        b' ' => match text.get(at + 1)? {
            b'+' | b'-' => offset(text, at + 1, 4),
            b'A'..=b'Z' => named(text, at + 1),
            _ => None,
        },
        b'A'..=b'Z' => named(text, at),
        _ => None,
    }
}

fn named(text: &[u8], at: usize) -> Option<(i32, usize)> {
    let length = text[at..].iter().take(5).take_while(|byte| byte.is_ascii_uppercase()).count();
    let name = &text[at..at + length];
    if text.get(at + length).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return None;
    }
    let (_, hours) = NAMED_ZONES.iter().find(|(known, _)| *known == name)?;
    Some((hours * 3600, at + length))
}

/// A sign, hours and maybe minutes, of at least `digits_min` digits.
fn offset(text: &[u8], at: usize, digits_min: usize) -> Option<(i32, usize)> {
    let (number, digits) = number_at(text, at + 1)?;
    let (hours, minutes, end) = match digits {
        4 => (number / 100, number % 100, at + 5),
        2 => match number_at(text, at + 4) {
            Some((minutes, 2)) if sign_at(text, at + 3) == Some(b':') => (number, minutes, at + 6),
            _ if digits_min == 2 => (number, 0, at + 3),
            _ => return None,
        },
        _ => return None,
    };
    // Kiribati is 14 hours ahead. What a letter follows is no zone.
    if hours > 18 || minutes > 59 || text.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let seconds = (hours * 3600 + minutes * 60) as i32;
    Some((if text[at] == b'-' { -seconds } else { seconds }, end))
}
