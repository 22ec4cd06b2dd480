//! Rows and raw bytes that the world asks for.

use super::*;
use crate::log::level::Level;
use crate::world::stream::{Cancel, Fetch};

/// Checks that a window is a stretch of the naive lines, numbered as they are.
fn check(window: &Window, naive: &[(u64, Vec<u8>)]) {
    let first = window.run.first_row.expect("a window is numbered") as usize;
    for (n, row) in window.run.rows.iter().enumerate() {
        let (offset, bytes) = &naive[first + n];
        assert_eq!(row.place.offset, *offset, "row {}", first + n);
        assert_eq!(row.line, Some((first + n) as u64));
        assert_eq!(row.length_bytes, bytes.len() as u64);
        assert_eq!(row.bytes, bytes[..bytes.len().min(4096)]);
    }
    assert_eq!(window.reaches_start, first == 0);
    assert_eq!(window.reaches_end, first + window.run.rows.len() == naive.len());
}

#[tokio::test(start_paused = true)]
async fn any_anchor_and_count_gives_what_a_naive_split_gives() {
    let mut dice = Dice(7);
    let mut log = dice.log(6_000);
    log.extend_from_slice(b"an open last line");
    let naive = lines(&log);
    let text = MemoryText::new(log.clone());
    let mut page = Page::start(&text, PLENTY);
    page.open(None, false, None);
    page.settled(naive.len() as u64).await;
    for _ in 0..400 {
        let count = dice.roll(300) as i32 - 150;
        let row = dice.roll(naive.len() as u64);
        let (anchor, at) = match dice.roll(5) {
            0 => (Anchor::Start, 0),
            1 => (Anchor::End, naive.len()),
            2 => (Anchor::Row(row), row as usize),
            3 => (Anchor::Line(row), row as usize),
            _ => {
                let within = dice.roll(naive[row as usize].1.len() as u64 + 1);
                (Anchor::At(Place { generation: 0, offset: naive[row as usize].0 + within }), row as usize)
            }
        };
        let window = page.ask(anchor, count).await.expect("answered");
        assert!(window.run.exact, "{anchor:?} {count}");
        check(&window, &naive);
        let first = window.run.first_row.unwrap() as usize;
        let behind = first + window.run.rows.len();
        if count >= 0 {
            assert_eq!(first, at, "{anchor:?} {count}");
            assert!(behind == naive.len().min(at + count as usize) || window.run.rows.len() > 9);
        } else {
            assert_eq!(behind, at, "{anchor:?} {count}");
            assert!(first == at.saturating_sub(count.unsigned_abs() as usize) || window.run.rows.len() > 9);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_huge_text_is_shown_before_it_is_indexed() {
    let line = b"2024-01-01 INFO a line like any other in a long, long log\n";
    let text = MemoryText::new(line.repeat(1_000_000));
    text.hold_large_reads(true);
    let mut page = Page::start(&text, PLENTY);
    page.open(None, true, None);
    let window = page.ask(Anchor::End, -50).await.expect("answered");
    assert_eq!(window.run.rows.len(), 50);
    assert!(window.reaches_end && !window.reaches_start);
    assert!(!window.run.exact && !page.total.exact);
    assert_eq!(window.run.first_row.unwrap() + 50, page.total.rows);
    let guess = page.ask(Anchor::Row(page.total.rows / 2), 10).await.expect("answered");
    assert_eq!((guess.run.first_row, guess.run.exact), (Some(page.total.rows / 2), false));
    assert_eq!(guess.run.rows[0].bytes, line[..line.len() - 1]);
    text.hold_large_reads(false);
    let middle = page.ask(Anchor::Line(500_000), 1).await.expect("waited for");
    assert_eq!((middle.run.first_row, middle.run.exact), (Some(500_000), true));
    assert_eq!(middle.run.rows[0].place.offset, 500_000 * line.len() as u64);
    page.settled(1_000_000).await;
    let none = page.ask(Anchor::Line(1_000_000), 1).await;
    assert_eq!(none, Err("there is no line 1000001: the last line is 1000000".into()));
}

#[tokio::test(start_paused = true)]
async fn rows_that_a_ring_let_go_of_keep_the_others_numbers() {
    let log = Dice(3).log(5_000);
    let naive = lines(&log);
    let text = MemoryText::new(log);
    let mut page = Page::start(&text, PLENTY);
    page.open(None, false, None);
    page.settled(5_000).await;
    text.lose_before(naive[2_000].0);
    let window = page.ask(Anchor::Start, 5).await.expect("answered");
    assert_eq!((window.run.first_row, window.run.exact, window.reaches_start), (Some(2_000), true, true));
    assert_eq!(window.run.rows[0].place.offset, naive[2_000].0);
    let window = page.ask(Anchor::Row(4_321), 1).await.expect("answered");
    assert_eq!(window.run.rows[0].place.offset, naive[4_321].0);
    while page.total.first_row != 2_000 {
        page.hear().await;
    }
    assert_eq!(page.total.rows, 5_000);
}

#[tokio::test(start_paused = true)]
async fn a_range_is_fetched_whole_in_pieces() {
    let mut log = Dice(5).log(3_000);
    log.extend(vec![b'z'; 1_000_000]);
    log.extend_from_slice(b"\r\nafter\n");
    let naive = lines(&log);
    let text = MemoryText::new(log.clone());
    let mut page = Page::start(&text, PLENTY);
    page.open(None, false, None);
    for (from, to) in [(0, 0), (10, 2_500), (3_000, 3_000), (2_990, 3_001), (3_001, 3_001)] {
        let place = |row: usize| Place { generation: 0, offset: naive[row].0 };
        let end = naive.get(to + 1).map_or(log.len(), |line| line.0 as usize);
        let mut bytes = Vec::new();
        loop {
            page.req += 1;
            page.send(&Fetch { req: page.req, from: place(from), to: place(to), skip: bytes.len() as u64 });
            let fetched = loop {
                if let Said::Fetched(fetched) = page.hear().await {
                    break fetched;
                }
            };
            bytes.extend_from_slice(&fetched.bytes);
            if fetched.last {
                break;
            }
            assert!(!fetched.bytes.is_empty());
        }
        assert!(bytes == log[naive[from].0 as usize..end], "rows {from} to {to}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_answered_fails_in_words() {
    let text = MemoryText::new("one\n");
    let mut page = Page::start(&text, PLENTY);
    page.send(&Rows { req: 9, anchor: Anchor::End, count: -1 });
    assert!(matches!(page.hear().await, Said::Sources(_)));
    assert_eq!(page.hear().await, Said::Failed(Failed { req: 9, why: "this lane is not open".into() }));
    page.send(&Open { source: SourceId(77), filter: None, follow: true, after: None });
    assert_eq!(page.hear().await, Said::Failed(Failed { req: 0, why: "there is no such source".into() }));
    page.open(None, false, None);
    let gone = page.ask(Anchor::At(Place { generation: 4, offset: 0 }), 1).await;
    assert_eq!(gone, Err("the source was cut or replaced since".into()));
    assert!(page.world.receive(Lane(8), FrameType::Shut, &[0xa0]).is_err());
    assert!(page.world.receive(LANE, FrameType::Batch, &[]).is_err());
    assert!(page.world.receive(LANE, FrameType::Rows, &[0xff]).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_question_is_not_answered_and_too_many_fail() {
    let text = MemoryText::new("one\n");
    let viewer = Viewer::new(One::new(text));
    // A queue of one that nobody empties: answers cannot leave.
    let mut page = Page::join(&viewer, PLENTY, 1);
    page.open(None, false, None);
    for req in 1..=64 {
        page.send(&Rows { req, anchor: Anchor::End, count: -1 });
    }
    page.send(&Rows { req: 65, anchor: Anchor::End, count: -1 });
    page.send(&Cancel { req: 64 });
    let mut answered = Vec::new();
    let mut refused = Vec::new();
    for said in page.hear_for(5_000).await {
        match said {
            Said::Window(window) => answered.push(window.req),
            Said::Failed(failed) => refused.push(failed.req),
            _ => {}
        }
    }
    answered.sort_unstable();
    assert_eq!(answered, (1..=63).collect::<Vec<_>>());
    assert_eq!(refused, [65]);
}

#[tokio::test(start_paused = true)]
async fn rows_have_the_levels_that_their_format_says() {
    let log =
        (0..20).map(|n| format!("{{\"level\":{},\"time\":1700000000000,\"msg\":\"INFO {n}\"}}\n", 30 + n % 3 * 10));
    let text = MemoryText::new(log.chain(["a line of no format: error: x\n".to_owned()]).collect::<String>());
    let viewer = Viewer::new(One::new(text.clone()));
    let is_known = |formats: &FormatList| formats.iter().all(Option::is_some);
    drop(viewer.formats().wait_for(is_known).await.expect("it is looked for"));
    let mut page = Page::join(&viewer, PLENTY, 64);
    page.open(None, false, None);
    page.settled(21).await;
    let window = page.ask(Anchor::End, -4).await.expect("answered");
    let levels: Vec<_> = window.run.rows.iter().map(|row| row.level).collect();
    assert_eq!(levels, [Some(Level::Error), Some(Level::Info), Some(Level::Warn), Some(Level::Error)]);
}
