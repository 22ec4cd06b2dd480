//! Filtered results against a naive search.

use super::*;

fn hits(log: &[u8], needle: &str) -> Vec<(u64, Vec<u8>)> {
    let holds = |line: &[u8]| line.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()));
    lines(log).into_iter().filter(|(_, line)| holds(line)).collect()
}

/// All rows of the result, asked for from its start on.
async fn all(page: &mut Page) -> Vec<u64> {
    let mut offsets = Vec::new();
    loop {
        let window = page.ask(Anchor::Row(offsets.len() as u64), 1000).await.expect("answered");
        assert_eq!(window.run.first_row, Some(offsets.len() as u64));
        offsets.extend(window.run.rows.iter().map(|row| row.place.offset));
        if window.reaches_end {
            return offsets;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_filter_finds_what_a_naive_search_finds() {
    let mut dice = Dice(11);
    let mut log = dice.log(30_000);
    log.extend(b"warn ".repeat(200_000));
    log.extend_from_slice(b"\nlast warn, open");
    let text = MemoryText::new(log.clone());
    let viewer = Viewer::new(One::new(text.clone()));
    // Words that stand side by side are asked for in quotes.
    for query in ["warn", "\"error y\"", "long", "29999", "nowhere", "y"] {
        let mut page = Page::join(&viewer, PLENTY, 64);
        page.open(Some(query), false, None);
        let needle = query.trim_matches('"');
        let naive = hits(&log, needle);
        page.settled(naive.len() as u64).await;
        assert_eq!(all(&mut page).await, naive.iter().map(|line| line.0).collect::<Vec<_>>(), "{needle}");
    }
}

#[tokio::test(start_paused = true)]
async fn hits_that_arrive_are_pushed_with_their_line_numbers() {
    let mut dice = Dice(13);
    let log = dice.log(5_000);
    let text = MemoryText::new(log.clone());
    let mut page = Page::start(&text, PLENTY);
    page.open(Some("error"), true, None);
    let before = hits(&log, "error").len();
    page.settled(before as u64).await;
    let mut pushed = Vec::new();
    for _ in 0..50 {
        let more = dice.some_log(40);
        // In two halves, cut anywhere: a hit may come in pieces.
        let (one, other) = more.split_at(dice.roll(more.len() as u64 + 1) as usize);
        for part in [one, other] {
            text.append(part);
            for said in page.hear_for(40).await {
                if let Said::Batch(batch) = said {
                    pushed.extend(batch.run.rows);
                }
            }
        }
    }
    let all = text.bytes();
    let numbered = lines(&all);
    let naive: Vec<_> = hits(&all, "error").split_off(before);
    let mut places: Vec<_> = pushed.iter().map(|row| row.place.offset).collect();
    places.dedup();
    assert_eq!(places, naive.iter().map(|line| line.0).collect::<Vec<_>>());
    for row in &pushed {
        let line = row.line.expect("numbered") as usize;
        assert_eq!(numbered[line].0, row.place.offset);
    }
}

#[tokio::test(start_paused = true)]
async fn the_hit_next_to_a_place_is_the_nearest_however_far_the_scan_is() {
    let log: Vec<u8> = (0..400_000).flat_map(|n| format!("line {n} of hay\n").into_bytes()).collect();
    let naive = hits(&log, "7 ");
    let text = MemoryText::new(log);
    let viewer = Viewer::new(One::new(text.clone()));
    // Each asks through a filter of its own, whose scan has only begun when the question comes.
    for (needle, at, count, nearest) in
        [("7 ", 3, 2, 4), ("7 o", 3, -1, 2), ("7 of", 9_000, 2, 9_001), ("7 of ", 9_000, -1, 8_999)]
    {
        let needle = &format!("\"{needle}\"");
        let offset = naive[at].0 + u64::from(count > 0);
        let mut page = Page::join(&viewer, PLENTY, 64);
        page.open(Some(needle), false, None);
        let window = page.ask(Anchor::At(Place { generation: 0, offset }), count).await.expect("answered");
        let found = window.run.rows.iter().map(|row| row.place.offset).find(|found| count < 0 || *found > offset);
        assert_eq!(found, Some(naive[nearest].0), "{needle}");
    }
}

#[tokio::test(start_paused = true)]
async fn windows_are_numbered_as_the_total_before_them_while_the_scan_runs() {
    let mut log = Vec::new();
    for n in 0..300_000 {
        log.extend(format!("{n} {}\n", if n % 7 == 0 { "needle" } else { "hay hay hay hay hay hay" }).into_bytes());
    }
    let naive = hits(&log, "needle");
    let text = MemoryText::new(log);
    let mut page = Page::start(&text, PLENTY);
    page.open(Some("needle"), false, None);
    while !page.total.exact {
        // The paused clock moves only while the page waits, and totals come by the clock.
        page.hear_for(20).await;
        let window = page.ask(Anchor::End, -20).await.expect("answered");
        let Some(last) = window.run.rows.last() else { continue };
        assert!(window.reaches_end);
        assert_eq!(last.place.offset, naive[naive.len() - 1].0);
        assert_eq!(window.run.first_row.unwrap() + window.run.rows.len() as u64, page.total.rows);
    }
    assert_eq!(page.total.rows, naive.len() as u64);
}
