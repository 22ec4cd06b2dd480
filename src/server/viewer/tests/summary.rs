//! What a result is as a whole, against a summary of its entries read in their order.

use tokio::time::timeout;

use super::super::result::HitRoom;
use super::moved::{line, served};
use super::*;
use crate::log::entry::Entry;
use crate::log::format::{Format, detect};
use crate::log::query::Query;
use crate::log::summary::Summary;
use crate::log::time::{Clockwork, Zone};
use crate::server::engine::Entries;
use crate::world::summary::BARS_MAX;

/// Counts, bars and fields of what matches, each entry noted once.
fn naive(log: &[u8], format: &Format, query: &str) -> Summary {
    let query = Query::compile(query, 0, &jiff::tz::TimeZone::UTC).expect("it is right");
    let (mut clockwork, mut time_nanos) = (Clockwork::new(0, Zone::utc()), None);
    let mut summary = Summary::new(BARS_MAX);
    for range in Entries::of(format, log) {
        let entry = format.parse(&log[range], &mut clockwork, Entry::default());
        time_nanos = entry.time.map(|time| time.nanos).or(time_nanos);
        if query.is_match_at(&entry, "memory", time_nanos) {
            summary.note(&entry, "memory", time_nanos);
        }
    }
    summary
}

impl Page {
    async fn summary(&mut self, seen: u64) -> Result<Summarized, String> {
        self.req += 1;
        self.send(&Summarize { req: self.req, seen });
        loop {
            match self.hear().await {
                Said::Summarized(told) if told.req == self.req => return Ok(told),
                Said::Failed(failed) if failed.req == self.req => return Err(failed.why),
                _ => {}
            }
        }
    }

    /// The summary of so many entries, and how many answers it took.
    pub(super) async fn summary_of(&mut self, entries: u64) -> (Summarized, usize) {
        let (mut seen, mut answers) = (0, 0);
        loop {
            let told = self.summary(seen).await.expect("a summary");
            answers += 1;
            assert_ne!(told.version, seen, "nothing is told twice");
            if told.counts.iter().sum::<u64>() == entries {
                return (told, answers);
            }
            seen = told.version;
        }
    }
}

/// Entries with fields, some of several lines, a time now and then.
fn log(dice: &mut Dice, count: u64) -> Vec<u8> {
    let mut log = Vec::new();
    for n in 0..count {
        let level = ["INFO", "WARN", "ERROR", "DEBUG"][dice.roll(4) as usize];
        let (minute, second, user) = (n / 60 % 60, n % 60, dice.roll(5));
        log.extend(
            format!("2026-01-01T{:02}:{minute:02}:{second:02}Z {level} user={user} on\n", n / 3600 % 24).into_bytes(),
        );
        if dice.roll(9) == 0 {
            log.extend(b"  and more\n".repeat(dice.roll(30) as usize));
        }
    }
    log
}

fn check(told: &Summarized, expected: &Summary, query: &str) {
    let snapshot = expected.snapshot(BARS_MAX, 24);
    assert_eq!((told.counts, told.untimed), (snapshot.counts, snapshot.untimed), "{query}");
    let bars: Vec<_> = told.bars.iter().map(|bar| (i128::from(bar.from_nanos), bar.counts)).collect();
    assert_eq!(bars, snapshot.buckets.iter().map(|bucket| (bucket.from, bucket.counts)).collect::<Vec<_>>(), "{query}");
    let fields = snapshot
        .fields
        .iter()
        .filter(|facet| facet.values.first().is_some_and(|most| most.count > 1 || facet.entries == 1));
    let fields: Vec<_> = fields.map(|facet| (facet.path.clone(), facet.entries, facet.distinct)).collect();
    let told_fields = told.fields.iter().map(|field| (field.path.clone().into_bytes(), field.entries, field.distinct));
    assert_eq!(told_fields.collect::<Vec<_>>(), fields, "{query}");
    // Which pattern a message has depends on those before it.
    let in_patterns = told.patterns.iter().map(|pattern| pattern.count).sum::<u64>();
    assert_eq!(told.patterns_held == 0, expected.entries() == 0, "{query}");
    assert!(in_patterns <= expected.entries() && 2 * in_patterns >= expected.entries(), "{query}: {in_patterns}");
}

#[tokio::test(start_paused = true)]
async fn a_summary_counts_each_entry_that_matches_once_wherever_the_text_is_cut() {
    let log = log(&mut Dice(91), 24_000);
    let lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(100).collect();
    let format = detect(&lines, &[]).format;
    assert!(log.len() > 1 << 20);
    let viewer = Viewer::new(One::new(MemoryText::new(log.clone())));
    for query in [
        "",
        "level>=error",
        "user:3 -level:info",
        "more",
        "since:2026-01-01T01:00:00Z until:2026-01-01T01:10:00Z",
        "source:other",
    ] {
        let expected = naive(&log, &format, query);
        let mut page = Page::join(&viewer, PLENTY, 64);
        page.open(Some(query).filter(|query| !query.is_empty()), false, None);
        let (told, _) = page.summary_of(expected.entries()).await;
        check(&told, &expected, query);
    }
}

#[tokio::test(start_paused = true)]
async fn what_arrives_is_told_a_few_times_a_second_and_the_last_entry_once() {
    let mut dice = Dice(92);
    let log = log(&mut dice, 3_000);
    let lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(100).collect();
    let format = detect(&lines, &[]).format;
    let begin = log[..20_000].iter().rposition(|byte| *byte == b'\n').expect("a line") + 1;
    let text = MemoryText::new(log[..begin].to_vec());
    let appended = Arc::clone(&text);
    let rest = log[begin..].to_vec();
    let parts = rest.len().div_ceil(997) as u64;
    tokio::spawn(async move {
        for part in rest.chunks(997) {
            appended.append(part);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut page = Page::start(&text, PLENTY);
    page.open(None, true, None);
    let expected = naive(&log, &format, "");
    let (told, answers) = page.summary_of(expected.entries()).await;
    check(&told, &expected, "");
    assert!((answers as u64) < parts / 8, "{answers} answers to {parts} parts");
}

#[tokio::test(start_paused = true)]
async fn a_query_that_is_wrong_has_no_summary_and_says_why() {
    let mut page = Page::start(&MemoryText::new("one\n"), PLENTY);
    page.open(Some("(one"), false, None);
    let why = page.summary(0).await.expect_err("it is wrong");
    assert!(why.contains("not understood"), "{why}");
}

#[tokio::test]
async fn a_summary_of_several_sources_tells_how_many_entries_each_has() {
    let (texts, sources) = served();
    texts[1].append(&[line(1, "one"), line(2, "two")].concat());
    let viewer = Viewer::new(sources);
    let mut page = Page::join(&viewer, PLENTY, 64);
    page.send(&Open { source: SourceId::ALL, filter: None, follow: true, after: None });
    let told = page.summary_of(5).await.0.sources.expect("there are several");
    assert_eq!((&*told.path, told.entries, told.distinct), ("source", 5, Some(3)));
    let values: Vec<_> = told.values.iter().map(|value| (&*value.text, value.count)).collect();
    assert_eq!(values, [("source 1", 3), ("source 0", 1), ("source 2", 1)]);

    let mut page = Page::join(&viewer, PLENTY, 64);
    let filter = Some("source=\"source 1\"".to_owned());
    page.send(&Open { source: SourceId::ALL, filter, follow: true, after: None });
    assert_eq!(page.summary_of(3).await.0.sources, None, "one source needs not be told");
}

#[tokio::test(start_paused = true)]
async fn a_summary_that_there_is_no_room_for_is_of_the_newest_entries_and_says_of_how_many_bytes() {
    let log: String =
        (0..30_000).map(|n| format!("2026-01-01T00:00:00Z INFO user=u{n} on {}\n", "x".repeat(90))).collect();
    let bytes = log.len() as u64;
    assert!(bytes > 2 << 20);
    let viewer = Viewer::holding(One::new(MemoryText::new(log)), HitRoom::of(16 << 10, 1 << 10));
    let mut page = Page::join(&viewer, PLENTY, 64);
    page.open(None, false, None);
    let (mut seen, mut read_bytes) = (0, 0);
    while let Ok(told) = timeout(Duration::from_secs(20), page.summary(seen)).await {
        let told = told.expect("a summary");
        (seen, read_bytes) = (told.version, told.read_bytes);
        assert_eq!(told.bytes, bytes);
    }
    assert!((1..bytes).contains(&read_bytes), "{read_bytes} of {bytes}");
}
