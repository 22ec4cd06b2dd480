//! The window of a row list, without a browser.

use super::*;

const MILLIONS: u64 = 10_000_000;

fn facts(rows: u64, follow: bool, wrap: bool) -> RowList {
    RowList {
        label: "Entries".to_owned(),
        rows,
        exact: true,
        wrap,
        follow,
        selection: None,
        current: None,
        number_width: 8,
        first_row: 0,
        columns: Vec::new(),
    }
}

fn window(rows: u64, follow: bool) -> RowWindow {
    let mut window = RowWindow::default();
    window.resize(400.0);
    window.update(&facts(rows, follow, false), &[]);
    window
}

fn lines(rows: std::ops::Range<u64>) -> Vec<Arc<Line>> {
    rows.map(|row| Arc::new(Line { kind: LineKind::Entry, key: row + 7, ..waiting(row) })).collect()
}

fn drawn_rows(window: &RowWindow, lines: &[Arc<Line>]) -> Vec<u64> {
    window.drawn(lines).iter().map(|drawn| drawn.line.row).collect()
}

#[test]
fn a_wheel_moves_ten_million_rows_by_the_pixel() {
    let mut window = window(MILLIONS, false);
    window.reveal(5_000_000, RevealPlace::Top);
    window.scroll_by(7.0);
    assert_eq!(window.layer_px(5_000_000), Some(-7.0));
    window.scroll_by(20.0);
    assert_eq!(window.layer_px(5_000_001), Some(-7.0));
}

#[test]
fn scrolling_away_from_the_end_ends_following_once_and_reaching_it_begins_it() {
    let mut window = window(1000, true);
    assert_eq!(window.scroll_by(-40.0), Some(false));
    assert_eq!(window.scroll_by(-40.0), None);
    assert_eq!(window.scroll_by(500.0), Some(true));
    assert_eq!(window.stride(Stride::Start), Some(false));
    assert_eq!(window.stride(Stride::End), Some(true));
}

#[test]
fn an_old_word_of_the_world_does_not_drag_the_list_back_to_its_end() {
    let mut window = window(1000, true);
    window.scroll_by(-400.0);
    window.update(&facts(1100, true, false), &[]);
    assert!(!window.is_following());
    window.update(&facts(1200, false, false), &[]);
    window.update(&facts(1200, true, false), &[]);
    assert!(window.is_following());
}

#[test]
fn a_short_native_way_moves_by_pixels_and_a_long_one_by_its_share() {
    let mut window = window(MILLIONS, false);
    window.reveal(5_000_000, RevealPlace::Top);
    let native_px = window.track_top_px();
    window.native_is_at(native_px);
    window.native_scroll(native_px + 60.0);
    assert_eq!(window.range().map(|range| range.first), Some(5_000_003 - OVERSCAN));
    window.native_scroll(window.track_px() * 0.75);
    let first = window.range().expect("there are rows").first;
    assert!((7_400_000..7_600_000).contains(&first), "three quarters down is row {first}");
    assert_eq!(window.native_scroll(window.track_px() - 400.0), Some(true), "the thumb's end is the last row");
    assert_eq!(window.range().map(|range| range.last), Some(MILLIONS - 1));
    window.native_scroll(0.0);
    assert_eq!(window.range().map(|range| range.first), Some(0));
}

#[test]
fn putting_the_scrollbar_is_not_heard_as_scrolling() {
    let mut window = window(MILLIONS, false);
    window.native_is_at(1234.5);
    assert_eq!(window.native_scroll(1235.0), None);
    assert_eq!(window.range().map(|range| range.first), Some(0));
}

#[test]
fn rows_that_the_world_has_not_sent_are_drawn_as_waiting() {
    let window = window(1000, false);
    let drawn = window.drawn(&lines(0..5));
    assert!(drawn[..5].iter().all(|drawn| drawn.line.kind == LineKind::Entry));
    assert!(drawn[5..].iter().all(|drawn| drawn.line.kind == LineKind::Waiting));
    assert!(drawn.len() >= 20);
}

#[test]
fn while_following_the_newest_lines_stand_at_the_end_and_nothing_waits() {
    let window = window(1000, true);
    let rows = drawn_rows(&window, &lines(900..990));
    assert_eq!(rows.last(), Some(&989));
    assert!(window.drawn(&lines(900..990)).iter().all(|drawn| drawn.line.kind == LineKind::Entry));
    assert_eq!(window.layer_px(rows[0]), None, "the last row stands at the bottom edge");
}

#[test]
fn a_following_list_that_fits_stands_at_the_top() {
    let window = window(3, true);
    assert_eq!(window.layer_px(0), Some(0.0));
}

#[test]
fn two_rows_with_one_key_are_told_apart() {
    let mut twins = lines(0..40);
    twins[1] = Arc::new(Line { key: twins[0].key, ..(*twins[1]).clone() });
    let drawn = window(40, false).drawn(&twins);
    let keys: HashSet<u64> = drawn.iter().map(|drawn| drawn.key).collect();
    assert_eq!(keys.len(), drawn.len());
}

#[test]
fn renumbering_keeps_the_screen_still() {
    let mut window = window(1000, false);
    window.reveal(500, RevealPlace::Top);
    window.scroll_by(5.0);
    window.update(&facts(2000, false, false), &[ListOrder::Renumber(500, 1300)]);
    assert_eq!(window.layer_px(1300), Some(-5.0));
    window.update(&facts(400, false, false), &[ListOrder::Renumber(1300, 100)]);
    assert_eq!(window.layer_px(100), Some(-5.0), "also where the list is shorter now than the row it stood at");
}

#[test]
fn wrapped_rows_stand_by_their_measured_heights() {
    let mut window = RowWindow::default();
    window.resize(400.0);
    window.update(&facts(1000, false, true), &[]);
    assert!(window.measure(&[(0, 100.0), (1, 60.0)]));
    assert!(!window.measure(&[(0, 100.0)]));
    assert_eq!(window.layer_px(2).map(|_| window.row_at(159.0)), Some(Some(1)));
    assert_eq!(window.row_at(161.0), Some(2));
    window.scroll_by(110.0);
    assert_eq!(window.layer_px(1), Some(-10.0));
}

#[test]
fn holding_leaves_the_rows_where_they_are() {
    let mut window = window(1000, true);
    assert!(window.hold());
    assert_eq!(window.layer_px(980), Some(0.0));
    window.update(&facts(5000, true, false), &[]);
    assert_eq!(window.layer_px(980), Some(0.0));
    assert!(!window.hold());
}

#[test]
fn enter_presses_the_current_row_or_the_first_whole_one() {
    let mut window = window(1000, false);
    assert_eq!(window.cursor(Some(3)), Some(3));
    assert_eq!(window.cursor(Some(900)), Some(0));
    window.scroll_by(5.0);
    assert_eq!(window.cursor(None), Some(1));
}

#[test]
fn without_rows_or_height_nothing_is_drawn() {
    assert!(RowWindow::default().drawn(&lines(0..3)).is_empty());
    assert!(window(0, true).drawn(&[]).is_empty());
    assert_eq!(window(0, true).cursor(None), None);
}

#[test]
fn the_height_of_flat_rows_is_measured_once_for_each_viewport() {
    let mut window = window(1000, false);
    assert!(!window.is_measured());
    assert!(window.measure(&[(0, 24.0), (1, 24.0)]));
    assert!(window.is_measured());
    assert!((window.track_px() - 24_000.0).abs() < 1.0);
    window.resize(400.0);
    assert!(!window.is_measured());
    assert!(!window.measure(&[(0, 24.0)]));
    window.update(&facts(1000, false, true), &[]);
    window.measure(&[(0, 48.0)]);
    assert!(!window.is_measured());
}
