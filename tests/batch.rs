//! The binary bodies of `Batch` and `Window`: what is written is read again, and no bytes make the reader panic.

use frereth::log::level::Level;
use frereth::world::batch::{BODY_OVERHEAD_BYTES, Batch, COMPRESS_BYTES_MIN, DECODED_BYTES_MAX, Row, Run, Window};
use frereth::world::stream::{Place, SourceId};
use proptest::prelude::*;

fn row(offset: u64, line: Option<u64>, text: &[u8]) -> Row {
    Row {
        place: Place { generation: 0, offset },
        source: SourceId(0),
        line,
        level: Some(Level::Info),
        length_bytes: text.len() as u64,
        bytes: text.to_vec(),
    }
}

fn steady(rows: u64) -> Run {
    let text = b"2026-01-01T00:00:00Z INFO worker: the same words again and again";
    Run {
        first_row: Some(7),
        exact: true,
        rows: (0..rows).map(|n| row(n * (text.len() as u64 + 1), Some(n), text)).collect(),
    }
}

#[test]
fn a_small_batch_has_exactly_the_documented_bytes() {
    let mut second = row(8, Some(4), b"cut");
    second.level = None;
    second.length_bytes = 300;
    let run = Run { first_row: Some(3), exact: true, rows: vec![row(2, Some(3), b"hello"), second] };
    let body = Batch { sequence: 1, run }.encode();
    let mut expected = vec![0, 2, 0, 1, 0b11, 3];
    expected.extend_from_slice(&[0b0100_0011, 4, 3, 5]);
    expected.extend_from_slice(b"hello");
    expected.extend_from_slice(&[0b1010_0000, 12, 0xac, 2, 3]);
    expected.extend_from_slice(b"cut");
    assert_eq!(body, expected);
}

#[test]
fn the_page_counts_items_from_the_first_two_bytes() {
    assert_eq!(Batch::items_of(&Batch { sequence: 0, run: steady(300) }.encode()), Some(300));
    assert_eq!(Batch::items_of(&[0]), None);
}

#[test]
fn a_large_body_that_repeats_itself_is_compressed_and_read_again() {
    let batch = Batch { sequence: 9, run: steady(1000) };
    let body = batch.encode();
    assert_eq!(body[2], 1);
    assert!(body.len() < 20_000, "{} bytes", body.len());
    assert_eq!(Batch::decode(&body), Ok(batch));
}

#[test]
fn a_body_that_does_not_shrink_travels_as_it_is() {
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..COMPRESS_BYTES_MIN * 2)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    let batch = Batch { sequence: 0, run: Run { first_row: None, exact: false, rows: vec![row(0, None, &noise)] } };
    let body = batch.encode();
    assert_eq!(body[2], 0);
    assert_eq!(Batch::decode(&body), Ok(batch));
}

#[test]
fn a_block_that_announces_too_much_is_refused() {
    let mut body = vec![0, 1, 1];
    let mut announced = DECODED_BYTES_MAX as u64 + 1;
    while announced >= 0x80 {
        body.push(announced as u8 | 0x80);
        announced >>= 7;
    }
    body.push(announced as u8);
    body.extend_from_slice(&[0; 64]);
    assert!(Batch::decode(&body).is_err());
}

#[test]
fn every_cut_of_a_body_is_refused() {
    let body = Window { req: 1, reaches_start: true, reaches_end: false, run: steady(20) }.encode();
    for length in 0..body.len() {
        assert!(Window::decode(&body[..length]).is_err(), "{length} bytes");
    }
    let mut longer = body;
    longer.push(0);
    assert!(Window::decode(&longer).is_err());
}

#[test]
fn a_line_behind_none_a_line_given_twice_and_an_unknown_level_are_refused() {
    for head in [0b0010_0000, 0b0110_0000, 0b0000_0111] {
        assert!(Batch::decode(&[0, 1, 0, 0, 0, head, 0, 0, 0]).is_err(), "{head:08b}");
    }
}

fn any_row() -> impl Strategy<Value = Row> {
    (
        (any::<u32>(), any::<u64>(), any::<u32>()),
        prop_oneof![Just(None), any::<u64>().prop_map(Some), (0_u64..4).prop_map(Some)],
        0_usize..=Level::COUNT,
        prop::collection::vec(any::<u8>(), 0..60),
        prop_oneof![Just(None), any::<u64>().prop_map(Some)],
    )
        .prop_map(|((generation, offset, source), line, level, bytes, whole)| Row {
            place: Place { generation, offset },
            source: SourceId(source),
            line,
            level: Level::ALL.get(level).copied(),
            length_bytes: whole.unwrap_or(bytes.len() as u64),
            bytes,
        })
}

fn any_run() -> impl Strategy<Value = Run> {
    (any::<Option<u64>>(), any::<bool>(), prop::collection::vec(any_row(), 0..200))
        .prop_map(|(first_row, exact, rows)| Run { first_row, exact, rows })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(req in any::<u32>(), sequence in any::<u64>(), start in any::<bool>(), end in any::<bool>(), run in any_run()) {
        let bound = BODY_OVERHEAD_BYTES + run.rows.iter().map(Row::encoded_bytes_max).sum::<usize>();
        let batch = Batch { sequence, run: run.clone() };
        let body = batch.encode();
        prop_assert!(body.len() <= bound);
        prop_assert_eq!(Batch::decode(&body), Ok(batch));
        let window = Window { req, reaches_start: start, reaches_end: end, run };
        prop_assert_eq!(Window::decode(&window.encode()), Ok(window));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Batch::decode(&body);
        let _ = Window::decode(&body);
    }

    #[test]
    fn no_flipped_byte_of_a_block_makes_the_reader_panic(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut body = Batch { sequence: 1, run: steady(90) }.encode();
        prop_assert_eq!(body[2], 1);
        let at = at.index(body.len());
        body[at] ^= flip;
        let _ = Batch::decode(&body);
    }

    #[test]
    fn no_flipped_byte_makes_the_reader_panic(run in any_run(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut body = Batch { sequence: 1, run }.encode();
        let at = at.index(body.len());
        body[at] ^= flip;
        let _ = Batch::decode(&body);
    }
}
