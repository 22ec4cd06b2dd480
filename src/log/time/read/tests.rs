//! Timestamps of real programs, and what only looks like one.

use super::*;
use crate::log::time::{Clockwork, Zone};

/// 2026-12-01T00:00:00Z.
const REFERENCE: i64 = 1_796_083_200 * SECOND;

fn shown(stamp: Stamp) -> String {
    let time = Clockwork::new(REFERENCE, Zone::utc()).complete(stamp).expect("it has a moment");
    jiff::Timestamp::from_nanosecond(time.nanos.into()).expect("it is a moment").to_string()
}

#[test]
fn times_of_real_programs_are_read_to_their_last_byte() {
    let table = [
        ("2026-11-23T04:18:19.123456789Z", "2026-11-23T04:18:19.123456789Z"),
        ("2026-11-23T04:18:19+05:30", "2026-11-22T22:48:19Z"),
        ("2026-11-23T04:18:19-0700", "2026-11-23T11:18:19Z"),
        ("2026-11-23 04:18:19.5 -0700", "2026-11-23T11:18:19.5Z"),
        ("2026-11-23 04:18:19,123", "2026-11-23T04:18:19.123Z"),
        ("2026-11-23 04:18:19.000 UTC", "2026-11-23T04:18:19Z"),
        ("2026-11-23 04:18:19+00", "2026-11-23T04:18:19Z"),
        ("2026-11-23  4:18:19", "2026-11-23T04:18:19Z"),
        ("2015/10/18 18:01:47", "2015-10-18T18:01:47Z"),
        ("2016/9/27:20:30:31.455", "2016-09-27T20:30:31.455Z"),
        ("Jun  9 06:06:20", "2026-06-09T06:06:20Z"),
        ("Jun 09 06:06:20.123456", "2026-06-09T06:06:20.123456Z"),
        ("Jun  9 2025 06:06:20", "2025-06-09T06:06:20Z"),
        ("Sun Dec 04 04:47:44 2005", "2005-12-04T04:47:44Z"),
        ("Mon Nov 23 04:18:19.012345 2026", "2026-11-23T04:18:19.012345Z"),
        ("Mon Jan  2 15:04:05 MST 2006", "2006-01-02T22:04:05Z"),
        ("Mon, 02 Jan 2006 15:04:05 GMT", "2006-01-02T15:04:05Z"),
        ("Monday, 02-Jan-06 15:04:05 EST", "2006-01-02T20:04:05Z"),
        ("Mon 2026-11-23 04:18:19 UTC", "2026-11-23T04:18:19Z"),
        ("10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"),
        ("06/Feb/2009:12:14:14.655", "2009-02-06T12:14:14.655Z"),
        ("23-Nov-2026 04:18:19.123", "2026-11-23T04:18:19.123Z"),
        ("23 Nov 2026 04:18:19.000", "2026-11-23T04:18:19Z"),
        ("23 Nov 04:18:19.000", "2026-11-23T04:18:19Z"),
        ("Nov 23, 2026 3:04:05 PM", "2026-11-23T15:04:05Z"),
        ("11/23/2026 12:04:05 AM", "2026-11-23T00:04:05Z"),
        ("23.11.2026 04:18:19", "2026-11-23T04:18:19Z"),
        ("2005-06-03-15.42.50.675872", "2005-06-03T15:42:50.675872Z"),
        ("17/06/09 20:10:40", "2017-06-09T20:10:40Z"),
        ("081109 203615", "2008-11-09T20:36:15Z"),
        ("161123  4:18:19", "2016-11-23T04:18:19Z"),
        ("20261123T041819Z", "2026-11-23T04:18:19Z"),
        ("20261123-04:18:19.123", "2026-11-23T04:18:19.123Z"),
        ("20261123041819", "2026-11-23T04:18:19Z"),
        ("03-17 16:13:38.811", "2026-03-17T16:13:38.811Z"),
        ("1479820000", "2016-11-22T13:06:40Z"),
        ("1479820000.123456", "2016-11-22T13:06:40.123456Z"),
        ("1479820000123", "2016-11-22T13:06:40.123Z"),
        ("1479820000123456", "2016-11-22T13:06:40.123456Z"),
        ("1479820000123456789", "2016-11-22T13:06:40.123456789Z"),
        ("15:04:05.678", "2026-11-30T15:04:05.678Z"),
        ("4:18AM", "2026-11-30T04:18:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ];
    for (written, expected) in table {
        let followed = format!("{written} text");
        for text in [written, &followed] {
            let (stamp, length) = leading(text.as_bytes()).unwrap_or_else(|| panic!("{text:?} is no time"));
            assert_eq!((&*shown(stamp), length), (expected, written.len()), "{text:?}");
        }
        assert_eq!(whole(written.as_bytes()).map(shown).as_deref(), Some(expected), "{written} as a whole");
    }
}

#[test]
fn what_follows_a_time_is_left_alone() {
    let table = [
        ("2016-09-28 04:30:30, Info", 19),
        ("2026-11-23 04:18:19,123-ERROR-module", 23),
        ("2026-11-23 04:18:19 - app", 19),
        ("2026-11-23 04:18:19 WARN x", 19),
        ("2026-11-23 04:18:19.000 -12 files", 23),
        ("10:00:00.5Zebra", 10),
        ("081109 203615 148 INFO", 13),
        ("Jun 14 15:16:01 2025.log", 15),
        ("1117838570 2005.06.03", 10),
    ];
    for (text, expected) in table {
        assert_eq!(leading(text.as_bytes()).map(|(_, length)| length), Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_time_is_none() {
    for text in [
        "",
        "1",
        "12",
        "12:",
        "12:34",
        "99:99:99",
        "2026",
        "2026-13-01 00:00:00",
        "2026-02-30 00:00:00",
        "2026-11-23",
        "2026-11-23T25:00:00",
        "Jun",
        "Junk 9",
        "Jun  9",
        "Sunday",
        "1.2.3.4 - -",
        "10.0.0.1",
        "0123456789",
        "9999999999",
        "1479820000abc",
        "1479820000-1",
        "12345678901234567890",
        "-1",
        "May be",
        "100 lines",
        "3/4 done",
    ] {
        assert_eq!(leading(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn a_value_may_be_a_date_or_a_number_with_an_exponent() {
    for (text, expected) in [
        ("2026-11-23", "2026-11-23T00:00:00Z"),
        ("1.4798200005e9", "2016-11-22T13:06:40.5Z"),
        ("1479820000123.5", "2016-11-22T13:06:40.1235Z"),
        ("2026-11-23T04:18:19+01:00[Europe/Berlin]", "2026-11-23T03:18:19Z"),
        ("2026-11-23 04:18:19.5 +0100 CET m=+0.01", "2026-11-23T03:18:19.5Z"),
    ] {
        assert_eq!(whole(text.as_bytes()).map(shown).as_deref(), Some(expected), "{text}");
    }
    for text in ["5", "0.25", "-1479820000", "2026-11-23 and more text", "1e400", "NaN"] {
        assert_eq!(whole(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn glog_and_dmesg_have_shapes_of_their_own() {
    let (stamp, length) = glog(b"0102 15:04:05.678901 12 x.go:1]").expect("it is a time");
    assert_eq!((&*shown(stamp), length), ("2026-01-02T15:04:05.678901Z", 20));
    assert_eq!(since_boot(b"12345.678901]"), Some((Stamp::SinceBoot(12_345_678_901_000), 12)));
    assert_eq!(since_boot(b"    0.000000]"), Some((Stamp::SinceBoot(0), 12)));
    assert_eq!(since_boot(b"pid 1"), None);
    assert_eq!(glog(b"1302 15:04:05"), None);
}

#[test]
fn no_bytes_make_it_stumble() {
    let mut state = 1_u32;
    for length in 0..4000 {
        let text: Vec<u8> = (0..length % 40)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b"0123456789:-/. ,TZ+JunSatAPM\xff"[(state >> 24) as usize % 29]
            })
            .collect();
        let _ = (leading(&text), whole(&text), glog(&text), since_boot(&text), epoch(&text));
    }
}
