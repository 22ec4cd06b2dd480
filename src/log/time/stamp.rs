//! What a timestamp says by itself, and the arithmetic of days that its readers share.

/// Nanoseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000_000;
/// Seconds in a day.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// What a timestamp says, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// A date and a time of day, or parts of them.
    Civil(Civil),
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// Nanoseconds since the machine was started.
    SinceBoot(i64),
}

/// A date and a time of day as a calendar and a clock on the wall show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The day.
    pub day: Day,
    /// Nanoseconds since midnight; a leap second runs into the next day.
    pub nanos: i64,
    /// Seconds east of Greenwich.
    pub offset_seconds: Option<i32>,
}

/// A day, as far as it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// Not at all.
    Unknown,
    /// Without its year.
    OfYear {
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
    },
    /// Days since 1970-01-01.
    Full(i32),
}

impl Day {
    /// The day of a full date, or `None` where the calendar has no such day.
    #[inline]
    pub(crate) fn full(year: u32, month: u32, day: u32) -> Option<Self> {
        Self::is_day(year, month, day).then(|| Self::Full(days_from_civil(year as i32, month, day)))
    }

    /// Whether the calendar has this day.
    pub(crate) fn is_day(year: u32, month: u32, day: u32) -> bool {
        (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day)
    }

    /// The day of a date without year; February has 29 days.
    pub(crate) fn of_year(month: u32, day: u32) -> Option<Self> {
        let is_day = (1..=12).contains(&month) && (1..=days_in_month(2000, month)).contains(&day);
        is_day.then_some(Self::OfYear { month: month as u8, day: day as u8 })
    }
}

pub(crate) const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
///
/// # Source
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day is the last.
pub(crate) const fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 } as i32;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The year in which a day lies, counted from 1970-01-01.
pub(crate) const fn year_of(days: i64) -> i64 {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Years begin in March here: the last 59 or 60 days of one, from January on, belong to the next of the calendar.
    year_of_era + era * 400 + (day_of_year >= 306) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_has_them() {
        let mut expected = days_from_civil(1600, 1, 1);
        assert_eq!(days_from_civil(1970, 1, 1), 0);
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(Day::full(year, month, day), Some(Day::Full(expected)), "{year}-{month}-{day}");
                    assert_eq!(year_of(expected.into()), i64::from(year), "{year}-{month}-{day}");
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn a_day_that_no_calendar_has_is_none() {
        for (year, month, day) in [(2026, 2, 29), (2026, 0, 1), (2026, 13, 1), (2026, 4, 31), (2026, 1, 0)] {
            assert_eq!(Day::full(year, month, day), None);
        }
        assert_eq!(Day::of_year(2, 29), Some(Day::OfYear { month: 2, day: 29 }));
    }
}
