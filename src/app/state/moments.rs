//! Moments in words, the same on the server and in the browser, so that hydration finds what was rendered.

const MILLIS_PER_DAY: u64 = 24 * 60 * 60 * 1000;

/// Returns a Unix time as `2026-11-23 04:12 UTC`.
#[must_use]
pub fn utc_words(unix_millis: u64) -> String {
    let (year, month, day) = civil_from_days(unix_millis / MILLIS_PER_DAY);
    let minutes = unix_millis % MILLIS_PER_DAY / 60_000;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// Returns a Unix time as a `<time datetime>` wants it.
#[must_use]
pub fn utc_machine(unix_millis: u64) -> String {
    utc_words(unix_millis).replacen(' ', "T", 1).replace(" UTC", "Z")
}

/// The Gregorian date of a day counted from 1970-01-01.
///
/// # Source
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_universal_time() {
        assert_eq!(utc_words(0), "1970-01-01 00:00 UTC");
        assert_eq!(utc_words(951_827_696_000), "2000-02-29 12:34 UTC");
        assert_eq!(utc_words(1_795_407_540_000), "2026-11-23 04:19 UTC");
        assert_eq!(utc_machine(1_795_407_540_000), "2026-11-23T04:19Z");
    }
}
