//! Texts that are not as texts should be, and queries that find too much of them.

use super::super::result::{FULL, HitRoom};
use super::*;

#[tokio::test(start_paused = true)]
async fn what_finds_more_than_there_is_room_for_keeps_its_newest_hits_and_says_so() {
    let line = |number: u32| format!("2026-01-01T00:00:00Z hit {number:06} {}\n", "x".repeat(200));
    let log: String = (0..20_000).map(line).collect();
    let (line_bytes, count) = (line(0).len() as u64, 20_000);
    let text = MemoryText::new(log);
    let viewer = Viewer::holding(One::new(text.clone()), HitRoom::of(8 << 10, 1 << 10));
    let mut page = Page::join(&viewer, PLENTY, 4096);
    page.open(Some("hit"), true, None);
    let mut words = Vec::new();
    page.total = Total::default();
    while !page.total.exact || words.is_empty() {
        if let Said::Failed(failed) = page.hear().await {
            words.push(failed);
        }
    }
    assert_eq!(words, [Failed { req: 0, why: FULL.into() }]);
    let kept = page.all_rows().await;
    assert!((1_000..count as usize).contains(&kept.len()), "{}", kept.len());
    assert!(kept.iter().rev().zip(1..).all(|(offset, back)| *offset == (count - back) * line_bytes), "the newest");
    // What arrives is shown; as many of the oldest go.
    for number in 20_000..30_000 {
        text.append(line(number).as_bytes());
        if number % 500 == 0 {
            page.hear_for(50).await;
        }
    }
    page.hear_for(1_000).await;
    assert_eq!(page.total.rows, kept.len() as u64 + 10_000);
    let newest = page.all_rows().await;
    assert_eq!(newest.last(), Some(&(29_999 * line_bytes)));
    assert!(newest.len() as u64 == page.total.rows - page.total.first_row && newest.len() < 10_000, "{}", newest.len());
    // Whoever asks for less has all of it.
    assert_eq!(Page::join(&viewer, PLENTY, 64).found("00012").await.len(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_mark_carriage_returns_and_bytes_that_are_no_text_change_no_answer() {
    let lines = ["2026-01-01T00:00:00Z INFO one\r\n", "2026-01-01T00:00:01Z ERROR \0\x01 two\r\n", "  at three\r\n"];
    let mut log = format!("\u{feff}{}", lines.concat()).into_bytes();
    log.extend_from_slice(b"2026-01-01T00:00:02Z INFO \xff\xfe four\r\n");
    let starts: Vec<u64> = [0, lines[0].len() + 3, lines[0].len() + lines[1].len() + 3, lines.concat().len() + 3]
        .map(|at| at as u64)
        .into();
    let viewer = Viewer::new(One::new(MemoryText::new(log)));
    for (query, expected) in [
        ("level:info", vec![starts[0], starts[3]]),
        ("/one$/", vec![starts[0]]),
        ("level:error three", starts[1..3].to_vec()),
        ("message:four", starts[3..].to_vec()),
        ("since:2026-01-01T00:00:01Z", starts[1..].to_vec()),
        ("*", starts.clone()),
    ] {
        assert_eq!(Page::join(&viewer, PLENTY, 64).found(query).await, expected, "{query}");
    }
}
