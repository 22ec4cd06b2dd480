//! Results of queries: whole entries however slices are cut, however they arrive, in the format of their source.

use super::text::Counted;
use super::*;
use crate::log::entry::Entry;
use crate::log::format::{Format, detect};
use crate::log::level::Level;
use crate::log::query::Query;
use crate::log::time::{Clockwork, Zone};
use crate::server::engine::Entries;
use crate::server::index::Cache;
use crate::server::sources::file::FileText;
use crate::server::sources::ring::RingText;
use crate::server::sources::{self, Sources};

/// Lines of entries that match, found by reading all entries in their order.
fn naive(log: &[u8], format: &Format, query: &str) -> Vec<u64> {
    let query = Query::compile(query, 0, &jiff::tz::TimeZone::UTC).expect("it is right");
    let mut clockwork = Clockwork::new(0, Zone::utc());
    let (mut found, mut time_nanos) = (Vec::new(), None);
    for range in Entries::of(format, log) {
        let entry = format.parse(&log[range.clone()], &mut clockwork, Entry::default());
        time_nanos = entry.time.map(|time| time.nanos).or(time_nanos);
        if query.is_match_at(&entry, "memory", time_nanos) {
            let feeds = range.clone().filter(|at| log[*at] == b'\n').map(|feed| feed as u64 + 1);
            found.extend([range.start as u64].into_iter().chain(feeds));
        }
    }
    found
}

fn format_of(log: &[u8]) -> Format {
    let lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(100).collect();
    detect(&lines, &[]).format
}

impl Page {
    pub(super) async fn all_rows(&mut self) -> Vec<u64> {
        let mut offsets = Vec::new();
        loop {
            let first = self.total.first_row + offsets.len() as u64;
            let window = self.ask(Anchor::Row(first), 1000).await.expect("answered");
            assert_eq!(window.run.first_row, Some(first));
            offsets.extend(window.run.rows.iter().map(|row| row.place.offset));
            if window.reaches_end {
                return offsets;
            }
        }
    }

    /// What the query finds once it has come to an end.
    pub(super) async fn found(&mut self, query: &str) -> Vec<u64> {
        self.open(Some(query), false, None);
        self.total = Total::default();
        while !self.total.exact {
            self.hear().await;
        }
        // The last line may have no end.
        self.hear_for(1_000).await;
        self.all_rows().await
    }
}

impl Dice {
    /// Entries with a time and a level, some of several lines, a few of `most` lines.
    fn traces(&mut self, count: u64, most: u64) -> Vec<u8> {
        let mut log = Vec::new();
        for n in 0..count {
            let level = ["INFO", "WARN", "ERROR", "DEBUG"][self.roll(4) as usize];
            let end = if self.roll(5) == 0 { "\r\n" } else { "\n" };
            let (minute, second) = (n / 60 % 60, n % 60);
            log.extend(
                format!("2026-01-01T{:02}:{minute:02}:{second:02}Z {level} took={n}{end}", n / 3600).into_bytes(),
            );
            let lines = match self.roll(400) {
                0 => most,
                1..100 => self.roll(9),
                _ => 0,
            };
            for line in 0..lines {
                let text =
                    ["\tat some.Place(x)", "Caused by: a fault", "  ... deep", "    needle"][self.roll(4) as usize];
                // An empty line inside a trace, or one behind it that belongs to nothing.
                let gap = if self.roll(9) == 0 { end } else { "" };
                log.extend(format!("{gap}{text} {line}{end}").into_bytes());
            }
        }
        log
    }
}

#[tokio::test(start_paused = true)]
async fn every_line_of_an_entry_that_matches_is_a_row_wherever_the_text_is_cut() {
    let mut log = Dice(31).traces(1_200, 19_999);
    log.extend_from_slice(b"2026-01-01T23:00:00Z ERROR the last took=77, open");
    let format = format_of(&log);
    assert!(log.len() > 800_000, "{} bytes", log.len());
    let text = MemoryText::new(log.clone());
    let viewer = Viewer::new(One::new(text));
    for query in [
        "needle",
        "level>=error",
        "-level>=warn needle",
        "took>800",
        "-needle",
        "/deep \\d+$/ or took:77",
        "since:2026-01-01T00:05:00Z until:2026-01-01T00:15:00Z",
        "*",
        "\"a fault\" (19997 or 5)",
        "source:mem* level:debug",
        "source:other",
    ] {
        let expected = naive(&log, &format, query);
        let mut page = Page::join(&viewer, PLENTY, 64);
        let found = page.found(query).await;
        assert!(found == expected, "{query}: {} of {}", found.len(), expected.len());
    }
}

#[tokio::test(start_paused = true)]
async fn entries_that_arrive_in_pieces_are_found_as_if_they_had_been_there() {
    let mut dice = Dice(37);
    let log = dice.traces(300, 60);
    let first = log[..10_000].iter().rposition(|byte| *byte == b'\n').expect("a line");
    let text = MemoryText::new(&log[..first]);
    let viewer = Viewer::new(One::new(text.clone()));
    let mut pages = Vec::new();
    for query in ["needle", "level>=error", "-debug needle", "took>300 -level:debug", "since:2026-01-01T00:05:00Z"] {
        let page = Page::join(&viewer, PLENTY, 4096);
        page.open(Some(query), true, None);
        pages.push((query, page));
    }
    let mut at = first;
    while at < log.len() {
        let most = if dice.roll(20) == 0 { 9_000 } else { 200 };
        let to = log.len().min(at + 1 + dice.roll(most) as usize);
        text.append(&log[at..to]);
        at = to;
        tokio::time::sleep(Duration::from_millis(dice.roll(100))).await;
    }
    let format = format_of(&log);
    for (query, mut page) in pages {
        let expected = naive(&log, &format, query);
        page.hear_for(2_000).await;
        assert!(page.all_rows().await == expected, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_lines_of_an_entry_that_matches_by_its_last_are_all_pushed_once() {
    let text = MemoryText::new("2026-01-01T00:00:00Z INFO one\n2026-01-01T00:00:01Z INFO two\n");
    let mut page = Page::start(&text, PLENTY);
    page.open(Some("needle"), true, None);
    page.settled(0).await;
    page.hear_for(500).await;
    let mut pushed = Vec::new();
    for (part, lines) in [("  at a\n", 0), ("  at needle\n", 3), ("  at b\n", 1), ("2026-01-01T00:00:02Z x\n", 0)] {
        text.append(part.as_bytes());
        let said = page.hear_for(500).await;
        let now: Vec<_> = said
            .into_iter()
            .filter_map(|said| if let Said::Batch(batch) = said { Some(batch.run) } else { None })
            .flat_map(|run| run.rows)
            .map(|row| row.place.offset)
            .collect();
        assert_eq!(now.len(), lines, "{part}");
        pushed.extend(now);
    }
    assert_eq!(pushed, [30, 60, 67, 79]);
    assert_eq!((page.total.rows, page.all_rows().await), (4, pushed));
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_was_shown_stays_though_a_later_line_would_have_left_it_out() {
    let text = MemoryText::new("2026-01-01T00:00:00Z INFO one\n2026-01-01T00:00:01Z INFO two\n");
    let mut page = Page::start(&text, PLENTY);
    assert_eq!(page.found("-needle").await, [0, 30]);
    text.append(b"  needle\n  and on\n");
    page.hear_for(500).await;
    assert_eq!(page.all_rows().await, [0, 30, 60, 69]);
    // Whoever asks anew has the answer of now.
    assert_eq!(Page::start(&text, PLENTY).found("-needle").await, [0]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_half_written_is_not_taken_for_another() {
    let text = MemoryText::new("{\"level\":\"info\",\"msg\":\"one\"}\n");
    let mut page = Page::start(&text, PLENTY);
    page.open(Some("-level:info"), true, None);
    page.settled(0).await;
    for part in ["{\"lev", "el\":\"in", "fo\",\"msg\":\"two\"}", "\n{\"level\":\"warn\",", "\"msg\":\"three\"}\n"] {
        text.append(part.as_bytes());
        page.hear_for(60).await;
    }
    page.settled(1).await;
    assert_eq!(page.all_rows().await, [58]);
    text.append(b"{\"level\":\"error\",\"msg\":\"no end\"}");
    page.settled(2).await;
}

#[tokio::test(start_paused = true)]
async fn fields_are_found_once_the_lines_that_arrive_have_told_the_format() {
    let text = MemoryText::new("");
    let mut page = Page::start(&text, PLENTY);
    page.open(Some("status:500"), true, None);
    page.settled(0).await;
    text.append(b"starting up\n");
    page.hear_for(500).await;
    for n in 0..40 {
        text.append(format!("{{\"level\":\"info\",\"status\":{}}}\n", if n % 10 == 0 { 500 } else { 200 }).as_bytes());
        page.hear_for(30).await;
    }
    page.hear_for(1_000).await;
    assert_eq!(page.total.rows - page.total.first_row, 4);
    assert_eq!(page.all_rows().await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn times_without_a_year_are_reckoned_from_the_end_of_a_file_backward() {
    let mut log = Vec::new();
    let mut starts = Vec::new();
    for year in 2021..2024 {
        starts.push((year, log.len() as u64));
        for day in 1..=28 {
            for n in 0..400 {
                let hour = n / 20;
                log.extend(format!("Feb {day:>2} {hour:02}:00:{:02} host app[1]: entry {n}\n", n % 20).into_bytes());
            }
        }
        for month in ["Jun", "Oct"] {
            log.extend(format!("{month}  5 10:00:00 host app[1]: between\n").into_bytes());
        }
    }
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("old.log");
    std::fs::write(&path, &log).unwrap();
    let written = std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    let sources = sources::open_paths(&[path], sources::Bounds::default(), &sources::Formats::default()).unwrap();
    let mut page = Page::join(&Viewer::new(sources), PLENTY, 64);
    for (year, expected) in [(2021, 11_202), (2022, 11_202), (2023, 11_202), (2020, 0)] {
        let found = page.found(&format!("since:{year}-01-02 until:{year}-12-30")).await;
        assert_eq!(found.len(), expected, "{year}");
        if let Some((_, start)) = starts.iter().find(|(begun, _)| *begun == year) {
            assert_eq!(found.first(), Some(start));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn times_without_a_year_that_arrive_follow_those_before_them() {
    let line = |days_ago: i64| {
        let time = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days_ago);
        format!("{} host app[1]: {days_ago} days ago\n", time.strftime("%b %e %H:%M:%S"))
    };
    let log: String = (1..36).rev().flat_map(|month| std::iter::repeat_n(line(month * 30), 300)).collect();
    let text = MemoryText::new(log);
    let mut page = Page::start(&text, PLENTY);
    page.open(Some("since:45d"), true, None);
    page.settled(300).await;
    for days_ago in [20, 10, 0] {
        text.append(line(days_ago).as_bytes());
        page.hear_for(500).await;
    }
    assert_eq!(page.all_rows().await.len(), 303);
}

#[tokio::test(start_paused = true)]
async fn among_all_sources_each_line_is_read_in_the_format_of_its_own() {
    let ring = |number: u32, name: &str| {
        let text = Arc::new(RingText::new(SourceId(number), 1 << 20));
        let source = sources::text::Source {
            id: SourceId(number),
            name: name.into(),
            origin: "test".into(),
            text: Arc::clone(&text) as Arc<dyn Text>,
        };
        (text, source)
    };
    let ((json, one), (plain, other)) = (ring(0, "api"), ring(1, "db"));
    let sources = Sources::new(vec![one, other], &sources::Formats::default());
    let mut page = Page::join(&Viewer::new(sources), PLENTY, 4096);
    for n in 0..30 {
        json.push(format!("{{\"level\":\"{}\",\"n\":{n}}}\n", if n % 3 == 0 { "error" } else { "info" }).as_bytes());
        if n % 2 == 0 {
            plain.push(format!("2026-01-01T00:00:{n:02}Z ERROR n={n}\n").as_bytes());
            plain.push(b"  at db\n");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for (query, rows) in
        [("level>=error", 10 + 30), ("source:api level>=error", 10), ("source:db", 30), ("n>=20", 10 + 10)]
    {
        page.send(&Open { source: SourceId::ALL, filter: Some(query.into()), follow: false, after: None });
        page.total = Total::default();
        while !page.total.exact {
            page.hear().await;
        }
        page.hear_for(500).await;
        assert_eq!(page.total.rows, rows, "{query}");
    }
    page.send(&Open { source: SourceId::ALL, filter: None, follow: false, after: None });
    let (told, _) = page.summary_of(30 + 15).await;
    assert_eq!(told.counts[Level::Error as usize], 10 + 15);
}

#[tokio::test(start_paused = true)]
async fn a_query_that_is_wrong_is_refused_in_words_and_another_answers() {
    let text = MemoryText::new("one\ntwo\n");
    let mut page = Page::start(&text, PLENTY);
    page.open(Some("took>fast x"), true, None);
    let why = "the query is not understood: expected a number at “fast”";
    let failed = loop {
        if let Said::Failed(failed) = page.hear().await {
            break failed;
        }
    };
    assert_eq!(failed, Failed { req: 0, why: why.into() });
    assert_eq!(page.ask(Anchor::End, -10).await, Err(why.into()));
    assert_eq!(page.hear_for(5_000).await, []);
    assert_eq!(page.found("two").await, [4]);
    let long = "x ".repeat(5_000);
    page.open(Some(&long), false, None);
    assert!(page.ask(Anchor::End, -1).await.unwrap_err().contains("expected at most 8192 bytes"));
}

#[tokio::test(start_paused = true)]
async fn a_word_is_found_anywhere_in_a_line_that_is_too_long_to_be_asked_whole() {
    let mut log = b"before\n".to_vec();
    log.extend(b"hay ".repeat(18_000_000));
    log.extend_from_slice(b"needle at the end\nbehind\n");
    let text = MemoryText::new(log);
    let viewer = Viewer::new(One::new(text.clone()));
    for (query, expected) in [("needle", vec![7]), ("hay -needle", vec![7]), ("-hay", vec![0, 72_000_025])] {
        let mut page = Page::join(&viewer, PLENTY, 64);
        assert_eq!(page.found(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn of_a_large_file_only_what_can_match_is_read_and_nothing_is_missed() {
    let mut dice = Dice(53);
    let mut log = Vec::new();
    while log.len() < 16 << 20 {
        let n = log.len();
        // Faults are rare and stand together; the time goes on by a second every kibibyte.
        let is_bad = n >> 19 == 5 && dice.roll(50) == 0;
        let (hour, minute, second) = ((n >> 10) / 3600, (n >> 10) / 60 % 60, (n >> 10) % 60);
        let level = if is_bad { "ERROR" } else { ["INFO", "DEBUG", "WARN"][dice.roll(3) as usize] };
        log.extend(format!("2026-01-01T{:02}:{minute:02}:{second:02}Z {level} took={n}\n", hour % 24).into_bytes());
        if dice.roll(4) == 0 {
            log.extend(b"  and more of it\n".repeat(dice.roll(20) as usize));
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.log");
    std::fs::write(&path, &log).expect("written");
    let text = Arc::new(Counted::new(FileText::open(SOURCE, &path).expect("it is there")));
    let viewer = Viewer::keeping_indexes(One::new(text.clone()), Cache::at(&folder.path().join("cache")));
    let index = viewer.view(SOURCE, None).expect("it is there").index;
    let generation = text.extent().generation;
    while index.kept(generation).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let format = format_of(&log);
    for (query, most_share) in [
        ("level>=error", 10),
        ("since:2026-01-01T01:10:00Z until:2026-01-01T01:12:00Z", 10),
        ("level>=error -took>2800000", 10),
        ("level>=error or \"took=5242\"", 1),
        ("-level>=info", 1),
    ] {
        let before = text.read_bytes();
        let mut page = Page::join(&viewer, PLENTY, 64);
        page.open(Some(query), false, None);
        page.total = Total::default();
        while !page.total.exact {
            page.hear().await;
        }
        let read = text.read_bytes() - before;
        let expected = naive(&log, &format, query);
        assert!(!expected.is_empty());
        assert!(most_share == 1 || read < log.len() as u64 / most_share, "{query}: {read} bytes of {}", log.len());
        assert_eq!(page.all_rows().await, expected, "{query}");
    }
}

#[tokio::test]
async fn each_part_of_a_log_is_asked_in_its_own_format() {
    let old = |n: usize| {
        format!("2026-01-01T00:00:{:02}Z {} step {n}\n", n % 60, if n % 100 == 7 { "ERROR" } else { "INFO" })
    };
    let new = |n: usize| {
        format!(
            "{{\"time\":\"2026-01-02T00:00:00Z\",\"level\":\"{}\",\"msg\":\"step {n}\"}}\n",
            if n % 50 == 3 { "error" } else { "info" }
        )
    };
    let text: String = (0..1000).map(old).chain((0..1000).map(new)).collect();
    let viewer = Viewer::new(One::new(MemoryText::new(text.clone().into_bytes())));
    let lines = text.match_indices('\n').map(|(feed, _)| feed as u64 + 1);
    let starts: Vec<u64> = [0].into_iter().chain(lines).collect();
    let mut page = Page::join(&viewer, PLENTY, 64);
    let of_old = (0..1000).filter(|n| n % 100 == 7);
    let of_new = (0..1000).filter(|n| n % 50 == 3).map(|n| 1000 + n);
    let errors: Vec<u64> = of_old.chain(of_new).map(|line| starts[line]).collect();
    assert_eq!(page.found("level:error").await, errors);
    assert_eq!(page.found("msg:\"step 3\" -msg:/step 3./").await, [starts[1003]]);
}
