//! The list never passes its ends, moves as far as it is told, and maps to a scrollbar and back.

use super::*;

const ROW_PX: f64 = 20.0;
const FIXED: Fixed = Fixed(ROW_PX);

fn list(rows: u64) -> List {
    List { rows, first_row: 0, row_px: ROW_PX, viewport_px: 610.0 }
}

fn at(top_row: u64, offset_px: f64) -> Scroll {
    Scroll { top_row, offset_px }
}

#[test]
fn the_end_shows_the_last_row_at_the_bottom_edge() {
    assert_eq!(list(1_000).to_end(&FIXED), at(969, 10.0));
    assert_eq!(list(10).to_end(&FIXED), at(0, 0.0));
    assert_eq!(list(0).to_end(&FIXED), at(0, 0.0));
}

#[test]
fn the_next_row_comes_into_sight_by_one_row_even_among_a_trillion() {
    let list = list(1_000_000_000_000);
    let start = at(500_000_000_000, 0.0);
    let shown = |scroll| list.to_row(scroll, 500_000_000_031, RevealPlace::Nearest, &FIXED);
    assert_eq!(shown(start), at(500_000_000_001, 10.0));
    assert_eq!(shown(shown(start)), shown(start));
}

#[test]
fn pages_go_there_and_back() {
    let list = list(10_000_000);
    let down = list.page(at(5_000_000, 0.0), true, &FIXED);
    assert_eq!(down, at(5_000_029, 10.0));
    assert_eq!(list.page(down, false, &FIXED), at(5_000_000, 0.0));
}

#[test]
fn a_row_is_revealed_where_it_was_asked_for() {
    let list = list(10_000);
    let now = at(100, 0.0);
    assert_eq!(list.to_row(now, 5_000, RevealPlace::Top, &FIXED), at(5_000, 0.0));
    assert_eq!(list.to_row(now, 5_000, RevealPlace::Middle, &FIXED), at(4_985, 5.0));
    assert_eq!(list.to_row(now, 5_000, RevealPlace::Bottom, &FIXED), at(4_970, 10.0));
    assert_eq!(list.to_row(now, 110, RevealPlace::Nearest, &FIXED), now);
    assert_eq!(list.to_row(now, 131, RevealPlace::Nearest, &FIXED), at(101, 10.0));
    assert_eq!(list.to_row(now, 90, RevealPlace::Nearest, &FIXED), at(90, 0.0));
    assert_eq!(list.to_row(now, u64::MAX, RevealPlace::Top, &FIXED), list.to_end(&FIXED));
}

#[test]
fn a_renumbered_list_keeps_its_screen_still() {
    let before = at(1_000, 3.0);
    assert_eq!(List::renumbered(before, 1_010, 1_510), at(1_500, 3.0));
    assert_eq!(List::renumbered(before, 1_010, 510), at(500, 3.0));
    assert_eq!(List::renumbered(before, 1_010, 0), at(0, 3.0));
}

#[test]
fn rows_that_are_gone_are_not_scrolled_to() {
    let list = List { first_row: 900, ..list(1_000) };
    assert_eq!(list.clamp(at(3, 5.0), &FIXED), at(900, 0.0));
    assert_eq!(list.window(at(0, 0.0), 10, &FIXED), Some(RowRange { first: 900, last: 940 }));
    assert_eq!(List { first_row: 1_000, ..list }.window(at(0, 0.0), 10, &FIXED), None);
}

#[test]
fn tall_rows_are_walked_by_their_own_height() {
    let heights = |row: u64| if row == 5 { 200.0 } else { ROW_PX };
    let list = list(1_000);
    assert_eq!(list.scroll_by(at(4, 0.0), 120.0, &heights), at(5, 100.0));
    assert_eq!(list.scroll_by(at(5, 100.0), -120.0, &heights), at(4, 0.0));
    assert_eq!(list.window(at(5, 100.0), 0, &heights), Some(RowRange { first: 5, last: 31 }));
}

#[test]
fn the_track_never_passes_its_cap() {
    assert_eq!(list(1_000).track_px(), 20_000.0);
    assert!(list(1_000).is_track_true());
    assert_eq!(list(10_000_000).track_px(), MAX_TRACK_PX);
    assert_eq!(list(u64::MAX).track_px(), MAX_TRACK_PX);
    assert_eq!(list(3).track_px(), 610.0);
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn any_list() -> impl Strategy<Value = List> {
        let rows = prop_oneof![0_u64..200, Just(10_000_000), Just(1_000_000_000_000), 0_u64..1_000_000_000_000];
        (rows, 0.0..1.0_f64, 50.0..2_000.0_f64).prop_map(|(rows, gone, viewport_px)| List {
            rows,
            first_row: (rows as f64 * gone * gone) as u64,
            row_px: ROW_PX,
            viewport_px,
        })
    }

    fn any_scroll() -> impl Strategy<Value = Scroll> {
        let row = prop_oneof![0_u64..300, 0_u64..2_000_000_000_000, Just(u64::MAX)];
        (row, -100.0..3_000.0_f64).prop_map(|(top_row, offset_px)| at(top_row, offset_px))
    }

    /// Wrapped rows: every seventh is taller.
    fn wrapped(row: u64) -> f64 {
        if row % 7 == 3 { 90.0 } else { ROW_PX }
    }

    fn is_within(list: &List, scroll: Scroll, heights: &impl Heights) -> bool {
        if list.count() == 0 {
            return scroll == at(list.first_row, 0.0);
        }
        let end = list.to_end(heights);
        (list.first_row..list.rows).contains(&scroll.top_row)
            && (0.0..heights.row_px(scroll.top_row)).contains(&scroll.offset_px)
            && (scroll.top_row, scroll.offset_px) <= (end.top_row, end.offset_px)
    }

    proptest! {
        #[test]
        fn no_movement_passes_an_end(list in any_list(), scroll in any_scroll(), delta in -1e14..1e14_f64, small in -900.0..900.0_f64, row: u64) {
            let heights = wrapped;
            prop_assert!(is_within(&list, list.clamp(scroll, &heights), &heights));
            prop_assert!(is_within(&list, list.scroll_by(scroll, delta, &heights), &heights));
            prop_assert!(is_within(&list, list.scroll_by(scroll, small, &heights), &heights));
            for place in [RevealPlace::Nearest, RevealPlace::Middle, RevealPlace::Top, RevealPlace::Bottom] {
                prop_assert!(is_within(&list, list.to_row(scroll, row, place, &heights), &heights));
            }
            for down in [true, false] {
                prop_assert!(is_within(&list, list.page(scroll, down, &heights), &heights));
            }
            prop_assert!(is_within(&list, list.scroll_from_track(delta, &heights), &heights));
        }

        #[test]
        fn scrolling_there_and_back_ends_where_it_began(rows in 200_u64..1_000_000_000_000, top in 0.2..0.8_f64, delta in -900.0..900.0_f64) {
            let list = list(rows);
            let start = at((rows as f64 * top) as u64, 4.0);
            let back = list.scroll_by(list.scroll_by(start, delta, &wrapped), -delta, &wrapped);
            prop_assert_eq!(back.top_row, start.top_row);
            prop_assert!((back.offset_px - start.offset_px).abs() < 1e-6);
        }

        #[test]
        fn a_further_movement_ends_further_down(list in any_list(), scroll in any_scroll(), one in -1e5..1e5_f64, more in 0.0..1e5_f64) {
            let (near, far) = (list.scroll_by(scroll, one, &FIXED), list.scroll_by(scroll, one + more, &FIXED));
            let place = |scroll: Scroll| scroll.top_row as f64 * ROW_PX + scroll.offset_px;
            prop_assert!(place(near) <= place(far) + 1e-3 + place(far) * 1e-15);
        }

        #[test]
        fn the_scrollbar_maps_there_and_back(list in any_list(), share in 0.0..=1.0_f64) {
            let room = list.track_px() - list.viewport_px;
            let scroll = list.scroll_from_track(share * room, &FIXED);
            let back = list.track_from_scroll(scroll, &FIXED);
            prop_assert!((back - share * room).abs() < 0.5, "{} became {}", share * room, back);
        }

        #[test]
        fn the_scrollbar_is_monotone(list in any_list(), one in 0.0..=1.0_f64, other in 0.0..=1.0_f64) {
            let room = list.track_px() - list.viewport_px;
            let (low, high) = (one.min(other) * room, one.max(other) * room);
            let (low, high) = (list.scroll_from_track(low, &wrapped), list.scroll_from_track(high, &wrapped));
            prop_assert!((low.top_row, low.offset_px) <= (high.top_row, high.offset_px));
        }

        #[test]
        fn the_window_covers_the_viewport(list in any_list(), scroll in any_scroll(), overscan in 0_u64..50) {
            let Some(window) = list.window(scroll, overscan, &wrapped) else {
                prop_assert_eq!(list.count(), 0);
                return Ok(());
            };
            let top = list.clamp(scroll, &wrapped);
            prop_assert!(window.first >= list.first_row && window.first <= top.top_row && window.last < list.rows);
            let shown: f64 = (top.top_row..=window.last).map(wrapped).sum::<f64>() - top.offset_px;
            prop_assert!(shown >= list.viewport_px || window.last + 1 == list.rows);
            prop_assert!(window.last - window.first <= 110 + 2 * overscan);
        }

        #[test]
        fn a_revealed_row_is_on_the_screen(list in any_list(), scroll in any_scroll(), row in 0_u64..1_000_000_000_000) {
            prop_assume!(list.count() > 0 && list.viewport_px >= 100.0);
            let row = row.clamp(list.first_row, list.rows - 1);
            for place in [RevealPlace::Nearest, RevealPlace::Middle, RevealPlace::Top, RevealPlace::Bottom] {
                let shown = list.to_row(scroll, row, place, &wrapped);
                let top_px = list.top_px_of(shown, row, &wrapped).expect("a revealed row is near");
                prop_assert!(top_px >= -1e-6 && top_px + wrapped(row) <= list.viewport_px + 1e-6, "{:?} at {}", place, top_px);
            }
        }
    }
}
