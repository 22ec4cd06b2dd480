//! Stamps in the order of a source, and what the clockwork makes of them.

use super::super::read;
use super::*;

/// 2026-07-04T12:00:00Z.
const REFERENCE: i64 = 1_783_166_400 * SECOND;

#[track_caller]
fn follow(clockwork: &mut Clockwork, lines: &[(&str, &str)]) {
    for (written, expected) in lines {
        let (stamp, _) = read::leading(written.as_bytes()).unwrap_or_else(|| panic!("{written} is no time"));
        let time = clockwork.complete(stamp).unwrap_or_else(|| panic!("{written} has no moment"));
        let shown = jiff::Timestamp::from_nanosecond(time.nanos.into()).unwrap_or_default().to_string();
        assert_eq!(shown, *expected, "{written}");
    }
}

/// The rules of Berlin today: a TZif file that holds nothing but its last line.
fn berlin() -> Zone {
    let mut bytes = Vec::new();
    for counts in [[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 1, 4]] {
        bytes.extend_from_slice(b"TZif2");
        bytes.extend_from_slice(&[0; 15]);
        bytes.extend(counts.iter().flat_map(|count: &u32| count.to_be_bytes()));
        bytes.extend_from_slice(&3600_i32.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&b"CET\0"[4 - counts[5] as usize..]);
    }
    bytes.extend_from_slice(b"\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    Zone::from_tzif("Europe/Berlin", &bytes).expect("the bytes are rules")
}

#[test]
fn a_first_date_without_year_lies_before_the_reference() {
    for (written, expected) in [
        ("Jul  4 11:00:00", "2026-07-04T11:00:00Z"),
        ("Jul  5 11:00:00", "2026-07-05T11:00:00Z"),
        ("Jul  6 11:00:00", "2025-07-06T11:00:00Z"),
        ("Dec 31 23:59:59", "2025-12-31T23:59:59Z"),
        ("Feb 29 01:00:00", "2024-02-29T01:00:00Z"),
    ] {
        follow(&mut Clockwork::new(REFERENCE, Zone::utc()), &[(written, expected)]);
    }
}

#[test]
fn the_year_turns_when_the_calendar_goes_back_by_months() {
    let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
    clockwork.seek(1_767_225_000 * SECOND);
    follow(
        &mut clockwork,
        &[
            ("Dec 31 23:59:58", "2025-12-31T23:59:58Z"),
            ("Jan  1 00:00:01", "2026-01-01T00:00:01Z"),
            ("Dec 31 23:59:59", "2025-12-31T23:59:59Z"),
            ("Jan  2 00:00:00", "2026-01-02T00:00:00Z"),
        ],
    );
}

#[test]
fn the_day_turns_when_the_clock_goes_back_by_hours() {
    let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
    follow(
        &mut clockwork,
        &[
            ("22:00:00", "2026-07-03T22:00:00Z"),
            ("21:59:59", "2026-07-03T21:59:59Z"),
            ("00:00:05", "2026-07-04T00:00:05Z"),
            ("23:59:59", "2026-07-03T23:59:59Z"),
            ("09:30:00", "2026-07-04T09:30:00Z"),
        ],
    );
}

#[test]
fn a_complete_time_is_a_neighbour_too() {
    let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
    follow(
        &mut clockwork,
        &[
            ("2020-12-31T23:00:00Z", "2020-12-31T23:00:00Z"),
            ("Jan  1 00:30:00", "2021-01-01T00:30:00Z"),
            ("01:00:00", "2021-01-01T01:00:00Z"),
        ],
    );
}

#[test]
fn what_was_supplied_is_said() {
    let mut clockwork = Clockwork::new(REFERENCE, Zone::fixed(7200));
    let mut complete = |written: &str| {
        let (stamp, _) = read::leading(written.as_bytes()).expect("it is a time");
        clockwork.complete(stamp).expect("it has a moment")
    };
    let none = Inferred::default();
    let zoned = complete("2026-07-01T10:00:00+05:30");
    assert_eq!((zoned.inferred, zoned.offset_seconds), (none, Some(19_800)));
    assert_eq!(complete("2026-07-01T10:00:00Z").offset_seconds, Some(0));
    let unzoned = complete("2026-07-01 10:00:00");
    assert_eq!((unzoned.inferred, unzoned.offset_seconds), (Inferred { zone: true, ..none }, None));
    assert_eq!(unzoned.nanos, complete("2026-07-01T08:00:00Z").nanos);
    assert_eq!(complete("Jul  1 10:00:00").inferred, Inferred { zone: true, year: true, ..none });
    assert_eq!(complete("10:00:00").inferred, Inferred { zone: true, date: true, ..none });
    assert_eq!(complete("1783166400.5").inferred, none);
}

#[test]
fn time_since_boot_ends_at_the_reference_or_begins_where_it_is_told() {
    let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
    let time = clockwork.complete(Stamp::SinceBoot(5 * SECOND)).expect("it has a moment");
    assert_eq!((time.nanos, time.inferred.date), (REFERENCE, true));
    assert_eq!(clockwork.complete(Stamp::SinceBoot(SECOND)).map(|time| time.nanos), Some(REFERENCE - 4 * SECOND));
    clockwork.set_boot(SECOND);
    assert_eq!(clockwork.complete(Stamp::SinceBoot(SECOND)).map(|time| time.nanos), Some(2 * SECOND));
}

#[test]
fn a_moment_that_no_time_can_hold_is_none() {
    let mut clockwork = Clockwork::new(REFERENCE, Zone::utc());
    for written in ["1066-10-14T09:00:00Z", "9999-12-31T23:59:59Z"] {
        let (stamp, _) = read::leading(written.as_bytes()).expect("it is a time");
        assert_eq!(clockwork.complete(stamp), None, "{written}");
    }
    assert_eq!(
        Clockwork::new(i64::MIN, Zone::utc()).complete(Stamp::SinceBoot(i64::MAX)).map(|time| time.nanos),
        Some(-1)
    );
}

#[test]
fn an_hour_shown_twice_is_read_forward_and_a_skipped_one_with_the_offset_before() {
    let mut clockwork = Clockwork::new(REFERENCE, berlin());
    follow(
        &mut clockwork,
        &[
            ("2025-03-30 01:59:59", "2025-03-30T00:59:59Z"),
            ("2025-03-30 02:30:00", "2025-03-30T01:30:00Z"),
            ("2025-03-30 03:00:00", "2025-03-30T01:00:00Z"),
            ("2025-07-01 12:00:00", "2025-07-01T10:00:00Z"),
            ("2025-10-26 02:10:00", "2025-10-26T00:10:00Z"),
            ("2025-10-26 02:50:00", "2025-10-26T00:50:00Z"),
            ("2025-10-26 02:10:00", "2025-10-26T01:10:00Z"),
            ("2025-10-26 03:00:00", "2025-10-26T02:00:00Z"),
            ("2025-12-01 12:00:00", "2025-12-01T11:00:00Z"),
        ],
    );
}

#[test]
fn a_stamp_in_the_minute_of_the_one_before_is_what_it_would_be_by_itself() {
    const MINUTES: [&str; 5] =
        ["2026-11-23T10:00:", "2026-11-23T10:01:", "2026-11-23 10:00:", "2026-02-29T10:00:", "2262-04-11T23:47:"];
    const SECONDS: [&str; 8] = ["00", "07", "16", "59", "60", "61", "7", "x1"];
    const ENDS: [&str; 9] = ["Z", ".5Z", ",123456789+02:00", ".999", "", " UTC", "Zx", " -0330", ".Z"];
    let (mut alone, mut quick) = (Clockwork::new(REFERENCE, Zone::utc()), Clockwork::new(REFERENCE, Zone::utc()));
    let mut state = 1_u32;
    let mut in_minute = 0;
    for _ in 0..20_000 {
        let mut pick = |list: &[&'static str], same: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = state >> 16;
            list[if number.is_multiple_of(same) { number / same } else { 0 } as usize % list.len()]
        };
        let text = format!("{}{}{} text", pick(&MINUTES, 4), pick(&SECONDS, 1), pick(&ENDS, 2));
        let stamp = read::leading(text.as_bytes());
        let expected = stamp.and_then(|(stamp, length)| Some((alone.complete(stamp)?, length)));
        let found = quick.complete_in_minute(text.as_bytes());
        in_minute += usize::from(found.is_some());
        let found = found.or_else(|| {
            stamp.and_then(|(stamp, length)| Some((quick.complete_leading(text.as_bytes(), stamp)?, length)))
        });
        assert_eq!(found, expected, "{text}");
        // What follows without a date or a zone is placed by it.
        let later = read::leading(b"09:00:00").expect("a time of day").0;
        assert_eq!(quick.clone().complete(later), alone.clone().complete(later), "{text}");
    }
    assert!(in_minute > 2000, "{in_minute}");
}
