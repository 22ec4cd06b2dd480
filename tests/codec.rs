//! The codec against every message there is: what our encoder writes, the check accepts and the decoder gives back; what
//! anybody else writes is either that same encoding or refused.
#![cfg(not(target_family = "wasm"))]

use std::fmt::Debug;

use frereth::protocol::codec::{self, Message};
use frereth::protocol::frame::{FRAME_BYTES_MAX, Frame, FrameType};
use frereth::protocol::ids::{Epoch, Lane, StreamId, WorldId};
use frereth::protocol::message::*;
use frereth::world::message::{Event, Screen};
use frereth::world::stream::*;
use frereth::world::summary::{Bar, FieldSummary, PatternSummary, Summarize, Summarized, ValueSummary};
use frereth::world::view::{
    AnsiStyle, Button, Column, Icon, Input, Layout, LevelToken, Line, LineKind, NodeId, Op, RevealPlace, RowList,
    RowRange, Select, Span, Toggle, Token, Widget,
};
use proptest::prelude::*;

/// Passes a message through the codec, and its encoding through small damage.
fn round_trip<M: Message + PartialEq + Debug>(message: M) {
    let bytes = codec::encode(&message);
    assert_eq!(bytes, codec::encode(&message), "one value, one encoding");
    assert_eq!(codec::check(&bytes, M::KEYS), Ok(()), "{message:?}");
    assert_eq!(codec::decode::<M>(&bytes).as_ref(), Ok(&message));
    for end in 0..bytes.len() {
        assert!(codec::decode::<M>(&bytes[..end]).is_err(), "{message:?} cut at {end}");
    }
    assert!(codec::decode::<M>(&[&bytes[..], &[0]].concat()).is_err(), "{message:?} with a byte behind");
    let mut flipped = bytes.clone();
    for bit in 0..bytes.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = codec::decode::<M>(&flipped) {
            assert_ne!(other, message, "bit {bit} of {message:?} changes nothing");
        }
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
}

fn round_trip_any<T>(value: T)
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq + Debug,
{
    let bytes = codec::encode(&value);
    assert_eq!(codec::decode_any::<T>(&bytes).as_ref(), Ok(&value), "{value:?}");
    for end in 0..bytes.len() {
        assert!(codec::decode_any::<T>(&bytes[..end]).is_err(), "{value:?} cut at {end}");
    }
}

const WORLD: WorldId = WorldId([0xab; 32]);
const TICKET_BYTES: [u8; 30] = [7; 30];

fn tickets() -> Tickets {
    Tickets { next: TICKET_BYTES.to_vec(), resume: vec![8; 300] }
}

fn credit() -> Credit {
    Credit { items: 24, bytes: u64::MAX }
}

#[test]
fn every_control_message_comes_back_as_it_was() {
    for resume in [None, Some(vec![1; 24]), Some(Vec::new())] {
        round_trip(Activate {
            versions: vec![1],
            ticket: TICKET_BYTES.to_vec(),
            lamport: 1 << 40,
            resume,
            build: "0.1.0+ä".into(),
            signature: [255; 64],
        });
    }
    round_trip(Activated {
        version: 1,
        epoch: Epoch(300),
        limits: Limits {
            frame_bytes: 65_536,
            worlds: 8,
            hello_millis: 1_000,
            initiate_millis: 5_000,
            start_millis: 10_000,
            grace_millis: 60_000,
        },
        shell: Shell {
            command: "shell".into(),
            code_url: "/api/v1/world".into(),
            code_sha256: [9; 32],
            code_bytes: 100_000,
        },
        tickets: tickets(),
    });
    round_trip(Forking { req: 1, world: WORLD, command: "shell".into() });
    round_trip(AckForking { req: u32::MAX, world: WORLD, cookie: vec![1; 158], code_sha256: [0; 32], code_bytes: 255 });
    round_trip(Refused { world: WORLD, refusal: 10 });
    round_trip(Forked { world: WORLD, signature: [1; 64] });
    round_trip(AckForked { world: WORLD, stream: StreamId(1), credit: credit(), tickets: tickets() });
    round_trip(credit());
    round_trip(Leave { world: WORLD });
    round_trip(Ended { world: WORLD, why: "it stopped".into() });
    round_trip(Resumed { worlds: Vec::new() });
    round_trip(Resumed {
        worlds: vec![ResumedWorld { world: WORLD, stream: StreamId(9), credit: Credit::default() }; 30],
    });
    round_trip(tickets());
    round_trip(Halt { code: 1001, why: String::new() });
}

#[test]
fn initiate_comes_back_as_it_was() {
    let initiate = Initiate { cookie: vec![1; 158], world: WORLD, nonce: [2; 16], signature: [3; 64] };
    let bytes = codec::encode(&initiate);
    assert_eq!(codec::decode_checked::<Initiate>(&bytes, 4), Ok(initiate));
    assert!(codec::decode_checked::<Initiate>(&bytes, 3).is_err(), "a reader that knows three keys must not go on");
}

#[test]
fn every_stream_message_comes_back_as_it_was() {
    let place = Place { generation: 3, offset: 10_000_000_000 };
    for (filter, after) in [(None, None), (Some("error".to_owned()), Some(place)), (Some(String::new()), None)] {
        round_trip(Open { source: SourceId::ALL, filter, follow: true, after });
    }
    let anchors = [Anchor::Start, Anchor::End, Anchor::At(place), Anchor::Row(1 << 33), Anchor::Line(0)];
    for (anchor, count) in anchors.into_iter().zip([-1000, -1, 0, 24, 1000]) {
        round_trip(Rows { req: 7, anchor, count });
    }
    round_trip(Cancel { req: 0 });
    round_trip(Fetch { req: 1, from: place, to: place, skip: 65_536 });
    round_trip(Shut {});
    round_trip(Total { rows: 1, exact: true, scanned_bytes: 2, bytes: 3, first_row: 4, generation: 5, of: 6 });
    for first_row in [None, Some(0)] {
        round_trip(Gap {
            from: place,
            to: place,
            first_row,
            counts: [0, 1, 23, 24, 255, 256, u64::MAX],
            loadable: false,
        });
    }
    for whole_bytes in [None, Some(12)] {
        round_trip(Fetched { req: 2, bytes: b"a line\r\n\xff".to_vec(), whole_bytes, last: true });
    }
    round_trip(Failed { req: 0, why: "gone".into() });
    let states = [SourceState::Live, SourceState::Ended, SourceState::Gone, SourceState::Broken("denied".into())];
    let sources = states.into_iter().enumerate().map(|(number, state)| Source {
        id: SourceId(u32::try_from(number).expect("a small number")),
        name: "app.log".into(),
        origin: "/var/log/app.log".into(),
        state,
        bytes: 1 << 34,
        format: (number % 2 == 0).then(|| "json".into()),
    });
    round_trip(Sources { sources: sources.collect(), first: 7, total: 1_000 });
    round_trip(Summarize { req: 1, seen: u64::MAX });
    for distinct in [None, Some(2)] {
        let value = ValueSummary { text: "200".into(), is_cut: false, is_text: true, count: 1, max_error: 0 };
        round_trip(Summarized {
            req: 2,
            version: 1,
            read_bytes: 1,
            bytes: 1 << 40,
            counts: [0, 1, 23, 24, 255, 256, u64::MAX],
            untimed: 3,
            bars: vec![Bar { from_nanos: i64::MIN, counts: [7; 7] }],
            bars_end_nanos: i64::MAX,
            sources: distinct.map(|_| FieldSummary {
                path: "source".into(),
                entries: 1,
                distinct,
                values: vec![value.clone()],
            }),
            fields: vec![FieldSummary { path: "a.b".into(), entries: 5, distinct, values: vec![value] }],
            patterns: vec![PatternSummary { template: "on <*>".into(), count: 4 }],
            patterns_held: 1,
        });
    }
    for stretches in [Vec::new(), vec![Stretch { at: 1 << 40, bytes: 300, rows: 2 }; 3]] {
        round_trip(Moved { from: u32::MAX, to: 0, kept: 24, end: 1 << 41, stretches });
    }
    let stretches = vec![Stretch { at: u64::MAX, bytes: u64::MAX, rows: u64::MAX }; 1_000];
    assert!(codec::encode(&Moved { stretches, ..Moved::default() }).len() < 48 * 1024, "as many as are said at once");
}

#[test]
fn every_event_comes_back_as_it_was() {
    let (node, range) = (NodeId(5), RowRange { first: 3, last: 1 << 40 });
    for event in [
        Event::Press(node),
        Event::Input(node, "x".into()),
        Event::Submit(node, String::new(), true),
        Event::Toggle(node, false),
        Event::Choose(node, 3),
        Event::Viewport(node, Screen { drawn: range, seen: range, orders: 3 }),
        Event::Follow(node, true),
        Event::PressRow(node, 9, false),
        Event::Copy(node, range),
        Event::SelectRows(node, None),
        Event::SelectRows(node, Some(range)),
        Event::Escape,
        Event::PressColumn(node, 2),
        Event::ResizeColumn(node, 2, 40),
    ] {
        round_trip_any(event);
    }
}

#[test]
fn every_view_operation_comes_back_as_it_was() {
    let node = NodeId(2);
    let tokens = [
        Token::Plain,
        Token::Dim,
        Token::Strong,
        Token::Match,
        Token::CurrentMatch,
        Token::Escape,
        Token::Ansi(AnsiStyle::default()),
        Token::Ansi(AnsiStyle { foreground: Some(1), background: Some(15), bold: true, ..AnsiStyle::default() }),
        Token::Level(LevelToken::Warn),
    ];
    let spans: Vec<Span> = tokens.into_iter().map(|token| Span { text: "text".into(), token }).collect();
    let line = Line {
        row: 1,
        key: 2,
        number: "2".into(),
        level: Some(LevelToken::Error),
        kind: LineKind::Cut,
        spans: spans.clone(),
        cells: Vec::new(),
        is_marked: false,
    };
    let widgets = [
        Widget::Group(Layout::Toolbar, "tools".into()),
        Widget::Text(spans.clone()),
        Widget::Input(Input {
            label: "Filter".into(),
            placeholder: String::new(),
            value: "x".into(),
            numeric: false,
            key: Some("/".into()),
            help: "words".into(),
        }),
        Widget::Button(Button {
            label: "End".into(),
            title: String::new(),
            icon: Some(Icon::End),
            disabled: false,
            current: true,
            key: None,
        }),
        Widget::Toggle(Toggle { label: "Wrap".into(), on: true, key: None }),
        Widget::Select(Select { label: "Source".into(), options: vec!["a".into(), "b".into()], chosen: 1 }),
        Widget::Rows(RowList {
            label: "Rows".into(),
            rows: 10_000_000,
            exact: false,
            wrap: true,
            follow: false,
            selection: Some(RowRange { first: 0, last: 0 }),
            current: None,
            number_width: 8,
            first_row: 0,
            columns: vec![Column { name: "time".into(), width: 23, current: true }],
        }),
        Widget::Progress("Indexing".into(), 1000),
        Widget::Announcement("3 new lines".into()),
        Widget::Document(spans),
    ];
    let mut ops: Vec<Op> = widgets.iter().cloned().map(|widget| Op::Update { node, widget }).collect();
    for before in [None, Some(NodeId(1))] {
        ops.push(Op::Move { node, before });
        ops.push(Op::Insert { node, parent: NodeId::ROOT, before, widget: widgets[0].clone() });
    }
    ops.extend([
        Op::Remove { node },
        Op::Lines {
            node,
            lines: vec![
                line.clone(),
                Line { level: None, cells: vec![line.spans.clone(), Vec::new()], is_marked: true, ..line },
            ],
        },
        Op::Reveal { node, row: 9, place: RevealPlace::Middle },
        Op::Renumber { node, from: 0, to: 1000 },
        Op::Focus { node },
    ]);
    round_trip_any(ops);
}

#[test]
fn a_field_of_a_later_version_is_ignored_only_from_64_on() {
    let bytes = codec::encode(&Leave { world: WORLD });
    let with = |key: &[u8]| [&[0xa2], &bytes[1..], key, &[0x83, 1, 2, 3]].concat();
    assert_eq!(codec::decode::<Leave>(&with(&[0x18, 64])), Ok(Leave { world: WORLD }));
    for critical in [&[1][..], &[23], &[0x18, 63]] {
        assert!(codec::decode::<Leave>(&with(critical)).is_err());
    }
}

#[test]
fn what_a_decoder_would_pass_over_is_refused() {
    let leave = codec::encode(&Leave { world: WORLD });
    assert!(codec::decode::<Leave>(&leave).is_ok());
    // A None that is written out, a field too many in an enum, and content in a variant that has none.
    let open = |rest: &[u8]| codec::decode::<Open>(&[&[0xa3, 0x00, 0x01, 0x01, 0xf6, 0x02], rest].concat());
    assert!(open(&[0xf5]).is_err());
    assert!(codec::decode::<Open>(&[0xa2, 0x00, 0x01, 0x02, 0xf5]).is_ok());
    for (bytes, is_good) in [
        (&[0x82, 0x00, 0x81, 0x05][..], true),
        (&[0x82, 0x00, 0x82, 0x05, 0x05], false),
        (&[0x83, 0x00, 0x81, 0x05, 0x05], false),
        (&[0x82, 0x09, 0x81, 0x05], true),
        (&[0x82, 0x09, 0x82, 0x05, 0xf6], false),
        (&[0x82, 0x0a, 0x80], true),
        (&[0x82, 0x0a, 0xa0], false),
        (&[0x82, 0x0a, 0x81, 0x00], false),
    ] {
        assert_eq!(codec::decode_any::<Event>(bytes).is_ok(), is_good, "{bytes:02x?}");
    }
    let place = Rows { req: 1, anchor: Anchor::At(Place { generation: 0, offset: 0 }), count: 1 };
    let bytes = codec::encode(&place);
    let nested = |map: &[u8]| [&bytes[..7], map, &bytes[12..]].concat();
    assert_eq!(codec::decode(&nested(&[0xa2, 0, 0, 1, 0])), Ok(place));
    assert!(
        codec::decode::<Rows>(&nested(&[0xa3, 0, 0, 1, 0, 2, 0])).is_err(),
        "only the outermost map has later fields"
    );
}

#[test]
fn a_length_bomb_costs_nothing() {
    for head in [[0x9b], [0xbb], [0x5b], [0x7b]] {
        let bomb = [&[0xa1, 0x00], &head[..], &(1_u64 << 62).to_be_bytes(), &[0; 64]].concat();
        assert!(codec::decode::<Resumed>(&bomb).is_err());
        assert!(codec::decode_any::<Vec<Op>>(&bomb[2..]).is_err());
    }
}

/// Any item: as `(encoding, nesting)`, written by the rules and not by our encoder.
fn item() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(|number| head(0, number)),
        any::<u32>().prop_map(|number| head(1, number.into())),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| [head(2, bytes.len() as u64), bytes].concat()),
        ".{0,20}".prop_map(|text| [head(3, text.len() as u64), text.into_bytes()].concat()),
        any::<bool>().prop_map(|truth| vec![0xf4 + u8::from(truth)]),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8)
                .prop_map(|items| [head(4, items.len() as u64), items.concat()].concat()),
            prop::collection::btree_map(any::<u64>(), inner, 0..8).prop_map(|map| {
                let mut bytes = head(5, map.len() as u64);
                map.into_iter().for_each(|(key, value)| bytes.extend([head(0, key), value].concat()));
                bytes
            }),
        ]
    })
}

fn head(major: u8, value: u64) -> Vec<u8> {
    let major = major << 5;
    let wide = value.to_be_bytes();
    match value {
        0..24 => vec![major | wide[7]],
        24..=0xff => vec![major | 24, wide[7]],
        0x100..=0xffff => [&[major | 25], &wide[6..]].concat(),
        0x1_0000..=0xffff_ffff => [&[major | 26], &wide[4..]].concat(),
        _ => [&[major | 27], &wide[..]].concat(),
    }
}

proptest! {
    #[test]
    fn whatever_follows_the_rules_is_accepted(item in item()) {
        let body = [&[0xa1, 0x00][..], &item].concat();
        prop_assert_eq!(codec::check(&body, 1), Ok(()));
        prop_assert!(codec::check(&body[..body.len() - 1], 1).is_err());
    }

    #[test]
    fn no_bytes_panic_and_what_is_accepted_is_the_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = codec::check(&bytes, 4);
        if let Ok(event) = codec::decode_any::<Event>(&bytes) {
            prop_assert_eq!(codec::encode(&event), bytes);
        }
    }

    #[test]
    fn a_damaged_message_is_another_message_or_none(at in any::<prop::sample::Index>(), byte in any::<u8>(), req in any::<u32>()) {
        let message = Rows { req, anchor: Anchor::At(Place { generation: req, offset: u64::from(req) << 9 }), count: -5 };
        let mut bytes = codec::encode(&message);
        let at = at.index(bytes.len());
        let was = std::mem::replace(&mut bytes[at], byte);
        if let Ok(other) = codec::decode::<Rows>(&bytes) {
            prop_assert_eq!(other == message, was == byte);
            prop_assert_eq!(codec::encode(&other), bytes);
        }
    }

    #[test]
    fn a_frame_comes_back_as_it_was(kind in prop::sample::select(&FrameType::ALL[..]), stream in 1_u32.., lamport: u64, body in prop::collection::vec(any::<u8>(), 0..300)) {
        let stream = if kind.is_control() { StreamId::CONTROL } else { StreamId(stream) };
        let frame = Frame { kind, stream, lamport, body: &body };
        let bytes = frame.encode();
        prop_assert_eq!(Frame::decode(&bytes, FRAME_BYTES_MAX), Ok(frame));
    }

    #[test]
    fn no_frame_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(frame) = Frame::decode(&bytes, FRAME_BYTES_MAX) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }
}

#[test]
fn a_lane_is_a_stream_of_its_world() {
    assert_eq!(StreamId(9).lane(Lane(7)), StreamId(16));
}
