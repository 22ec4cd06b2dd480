//! The messages between a page and a world: single buffers over a private port.
//!
//! The first byte tells the kind. `ToWorld::Server` and `FromWorld::Server` carry stream bodies as they are:
//! `kind u8 | lane u8 | frame type u8 | body`. Everything else is `kind u8 | deterministic CBOR`; a message that says nothing
//! but its kind ends there.
//!
//! ```text
//! ToWorld:   0 Active | 1 Server | 2 Event | 3 Suspended | 4 Resumed | 5 Address | 6 Memory
//! FromWorld: 0 Ready  | 1 Server | 2 View  | 3 Copy | 5 Address | 6 Memory
//! ```
//!
//! What a world says is hostile until [`FromWorld::decode`] has let it through.

use minicbor::{Decode, Decoder, Encode};

use super::bounds;
use super::view::{NodeId, Op, RowRange, limits};
use crate::protocol::codec;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::{LANES, Lane};
use crate::protocol::reason::ProtocolError;

/// What a world hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToWorld {
    /// The server constructed the world: its lanes may be opened now.
    Active,
    /// A stream body from the server.
    Server {
        /// The lane it came on.
        lane: Lane,
        /// Its frame type.
        kind: FrameType,
        /// The body.
        body: Vec<u8>,
    },
    /// The user did something that the world's view allows.
    Event(Event),
    /// The socket is lost: nothing can be asked for now.
    Suspended,
    /// The socket is back: lanes are closed and want to be opened again from the last place held.
    Resumed,
    /// The page was opened at this address, or the user went to it: what [`FromWorld::Address`] said once, or anybody else.
    Address(String),
    /// What [`FromWorld::Memory`] said last, in whichever page of this user's.
    Memory(String),
}

/// What a world says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromWorld {
    /// The world has started and waits for `Active`.
    Ready,
    /// A stream body for the server.
    Server {
        /// The lane it goes out on.
        lane: Lane,
        /// Its frame type, one of those a world may send.
        kind: FrameType,
        /// The body.
        body: Vec<u8>,
    },
    /// Changes of the view.
    View(Vec<Op>),
    /// Text for the clipboard: accepted only as the answer to a `Copy` event or a press, within five seconds of it.
    Copy(String),
    /// What is shown, for the page to keep behind the `#` of its own address: visible ASCII.
    Address(String),
    /// What this user's worlds of the kind are to know next time, instead of what was said before.
    Memory(String),
}

/// The part of a row list that is on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Screen {
    /// The rows that are drawn, a little more than what is visible.
    #[n(0)]
    pub drawn: RowRange,
    /// The rows of which the user sees at least a part.
    #[n(1)]
    pub seen: RowRange,
    /// How many of the list's orders (`Reveal` and `Renumber`) have been carried out before: with fewer than were given, this
    /// tells of a screen that is no more.
    #[n(2)]
    pub orders: u32,
}

/// What the user did. Only trusted events, only primitives, only to the world that has the focus.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// A button or a row was pressed.
    #[n(0)]
    Press(#[n(0)] NodeId),
    /// The text of an input changed.
    #[n(1)]
    Input(#[n(0)] NodeId, #[n(1)] String),
    /// Enter in an input; `true` when Shift was held.
    #[n(2)]
    Submit(#[n(0)] NodeId, #[n(1)] String, #[n(2)] bool),
    /// A switch was flipped to this.
    #[n(3)]
    Toggle(#[n(0)] NodeId, #[n(1)] bool),
    /// An option was chosen.
    #[n(4)]
    Choose(#[n(0)] NodeId, #[n(1)] u16),
    /// The list shows these rows now.
    #[n(5)]
    Viewport(#[n(0)] NodeId, #[n(1)] Screen),
    /// The user scrolled away from the end (false) or back to it (true).
    #[n(6)]
    Follow(#[n(0)] NodeId, #[n(1)] bool),
    /// A row was pressed; with Shift it extends the chosen range.
    #[n(7)]
    PressRow(#[n(0)] NodeId, #[n(1)] u64, #[n(2)] bool),
    /// The user asks to copy these rows.
    #[n(8)]
    Copy(#[n(0)] NodeId, #[n(1)] RowRange),
    /// The user chose these rows by dragging, or none any more.
    #[n(9)]
    SelectRows(#[n(0)] NodeId, #[n(1)] Option<RowRange>),
    /// Escape was pressed where nothing else took it.
    #[n(10)]
    Escape,
    /// The name of a list's column was pressed.
    #[n(14)]
    PressColumn(#[n(0)] NodeId, #[n(1)] u16),
    /// A column was pulled to this width, in characters.
    #[n(15)]
    ResizeColumn(#[n(0)] NodeId, #[n(1)] u16, #[n(2)] u16),
}

const TO_ACTIVE: u8 = 0;
const TO_EVENT: u8 = 2;
const TO_SUSPENDED: u8 = 3;
const TO_RESUMED: u8 = 4;
const TO_ADDRESS: u8 = 5;
const TO_MEMORY: u8 = 6;

const FROM_READY: u8 = 0;
const FROM_VIEW: u8 = 2;
const FROM_COPY: u8 = 3;
const FROM_ADDRESS: u8 = 5;
const FROM_MEMORY: u8 = 6;

/// A stream body, either way.
const SERVER: u8 = 1;

impl ToWorld {
    /// Returns the message as one buffer.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Active => vec![TO_ACTIVE],
            Self::Server { lane, kind, body } => encode_server(*lane, *kind, body),
            Self::Event(event) => encode_body(TO_EVENT, event),
            Self::Suspended => vec![TO_SUSPENDED],
            Self::Resumed => vec![TO_RESUMED],
            Self::Address(address) => encode_body(TO_ADDRESS, address),
            Self::Memory(memory) => encode_body(TO_MEMORY, memory),
        }
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`ProtocolError`] when the bytes are not one of these messages, the lane is none of a world's, or the server does not
    /// send such a body to a world.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let (kind, body) = split(bytes)?;
        match kind {
            TO_ACTIVE => empty(body, Self::Active),
            SERVER => {
                let (lane, kind, body) = decode_server(body)?;
                if !kind.is_to_world() {
                    return Err(ProtocolError::FrameType { got: kind as u8 });
                }
                Ok(Self::Server { lane, kind, body: body.to_vec() })
            }
            TO_EVENT => decode_body(body).map(Self::Event),
            TO_SUSPENDED => empty(body, Self::Suspended),
            TO_RESUMED => empty(body, Self::Resumed),
            TO_ADDRESS => address(body).map(Self::Address),
            TO_MEMORY => memory(body).map(Self::Memory),
            _ => Err(malformed("an unknown message to a world")),
        }
    }
}

impl FromWorld {
    /// Returns the message as one buffer.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ready => vec![FROM_READY],
            Self::Server { lane, kind, body } => encode_server(*lane, *kind, body),
            Self::View(ops) => encode_body(FROM_VIEW, ops),
            Self::Copy(text) => encode_body(FROM_COPY, text),
            Self::Address(address) => encode_body(FROM_ADDRESS, address),
            Self::Memory(memory) => encode_body(FROM_MEMORY, memory),
        }
    }

    /// Reads a message and holds it to every limit of [`limits`] that can be checked without the tree.
    ///
    /// # Errors
    /// [`ProtocolError`] when the bytes are not one of these messages, the lane is none of a world's, a world may not send
    /// such a body, or a limit is passed.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        if bytes.len() > limits::MESSAGE_BYTES {
            return Err(ProtocolError::FrameTooLong { got: bytes.len(), limit: limits::MESSAGE_BYTES });
        }
        let (kind, body) = split(bytes)?;
        match kind {
            FROM_READY => empty(body, Self::Ready),
            SERVER => {
                let (lane, kind, body) = decode_server(body)?;
                if !kind.is_from_world() {
                    return Err(ProtocolError::FrameType { got: kind as u8 });
                }
                Ok(Self::Server { lane, kind, body: body.to_vec() })
            }
            FROM_VIEW => {
                let count = Decoder::new(body).array().ok().flatten().ok_or(malformed("operations are no array"))?;
                if count > limits::OPS as u64 {
                    return Err(malformed("too many operations"));
                }
                let ops: Vec<Op> = decode_body(body)?;
                for op in &ops {
                    bounds::check(op).map_err(|excess| malformed(excess.words()))?;
                }
                Ok(Self::View(ops))
            }
            FROM_COPY => {
                let text: String = decode_body(body)?;
                if text.len() > limits::DOCUMENT_BYTES {
                    return Err(malformed("a text for the clipboard is too long"));
                }
                Ok(Self::Copy(text))
            }
            FROM_ADDRESS => address(body).map(Self::Address),
            FROM_MEMORY => memory(body).map(Self::Memory),
            _ => Err(malformed("an unknown message from a world")),
        }
    }
}

const fn malformed(what: &'static str) -> ProtocolError {
    ProtocolError::Body { what }
}

fn split(bytes: &[u8]) -> Result<(u8, &[u8]), ProtocolError> {
    let (kind, body) = bytes.split_first().ok_or(malformed("an empty message"))?;
    Ok((*kind, body))
}

fn address(body: &[u8]) -> Result<String, ProtocolError> {
    let address: String = decode_body(body)?;
    let is_sound = address.len() <= limits::ADDRESS_BYTES && address.bytes().all(|byte| byte.is_ascii_graphic());
    if is_sound { Ok(address) } else { Err(malformed("an address is too long or no visible ASCII")) }
}

fn memory(body: &[u8]) -> Result<String, ProtocolError> {
    let memory: String = decode_body(body)?;
    if memory.len() <= limits::MEMORY_BYTES { Ok(memory) } else { Err(malformed("too much to remember")) }
}

fn empty<T>(body: &[u8], message: T) -> Result<T, ProtocolError> {
    if body.is_empty() { Ok(message) } else { Err(malformed("bytes behind a message")) }
}

fn encode_server(lane: Lane, kind: FrameType, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(3 + body.len());
    out.extend_from_slice(&[SERVER, lane.0, kind as u8]);
    out.extend_from_slice(body);
    out
}

fn decode_server(bytes: &[u8]) -> Result<(Lane, FrameType, &[u8]), ProtocolError> {
    let Some(([lane, kind], body)) = bytes.split_first_chunk::<2>() else {
        return Err(malformed("a stream body is cut short"));
    };
    if *lane >= LANES {
        return Err(ProtocolError::UnknownStream { got: u32::from(*lane) });
    }
    let kind = FrameType::from_byte(*kind).ok_or(ProtocolError::FrameType { got: *kind })?;
    Ok((Lane(*lane), kind, body))
}

fn encode_body<T: Encode<()>>(kind: u8, value: &T) -> Vec<u8> {
    let mut out = vec![kind];
    out.append(&mut codec::encode(value));
    out
}

fn decode_body<T: Encode<()> + for<'b> Decode<'b, ()>>(body: &[u8]) -> Result<T, ProtocolError> {
    codec::decode_any(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::view::{Line, LineKind, Span, Token, Widget};

    fn from_world_messages() -> Vec<FromWorld> {
        let text = Widget::Text(vec![Span { text: "a".into(), token: Token::Match }]);
        let line = Line {
            row: 3,
            key: 9,
            number: "4".into(),
            level: None,
            kind: LineKind::Cut,
            spans: vec![Span { text: "\u{202e}".into(), token: Token::Escape }],
            cells: vec![vec![Span { text: "api".into(), token: Token::Dim }], Vec::new()],
            is_marked: true,
        };
        vec![
            FromWorld::Ready,
            FromWorld::Server { lane: Lane(7), kind: FrameType::Rows, body: vec![1, 2, 3] },
            FromWorld::View(vec![
                Op::Insert { node: NodeId(1), parent: NodeId::ROOT, before: None, widget: text.clone() },
                Op::Update { node: NodeId(1), widget: text },
                Op::Lines { node: NodeId(2), lines: vec![line] },
                Op::Remove { node: NodeId(1) },
            ]),
            FromWorld::Copy("text".into()),
            FromWorld::Address("source=a.log&q=a%20b".into()),
            FromWorld::Memory("mark a.log\n".into()),
        ]
    }

    #[test]
    fn what_a_world_says_is_read_as_it_was_said() {
        for message in from_world_messages() {
            assert_eq!(FromWorld::decode(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn what_a_world_hears_is_read_as_it_was_said() {
        let node = NodeId(5);
        let range = RowRange { first: 1, last: u64::MAX };
        let events = [
            Event::Press(node),
            Event::Input(node, "ü".into()),
            Event::Submit(node, String::new(), true),
            Event::Toggle(node, false),
            Event::Choose(node, 3),
            Event::Viewport(node, Screen { drawn: range, seen: range, orders: 3 }),
            Event::Follow(node, true),
            Event::PressRow(node, 7, true),
            Event::Copy(node, range),
            Event::SelectRows(node, None),
            Event::SelectRows(node, Some(range)),
            Event::Escape,
        ];
        let others = [
            ToWorld::Active,
            ToWorld::Suspended,
            ToWorld::Resumed,
            ToWorld::Server { lane: Lane(0), kind: FrameType::Batch, body: vec![0, 1] },
        ];
        for message in events.into_iter().map(ToWorld::Event).chain(others) {
            assert_eq!(ToWorld::decode(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn a_world_cannot_send_control_frames_or_use_a_foreign_lane() {
        for kind in FrameType::ALL {
            let message = FromWorld::Server { lane: Lane(0), kind, body: Vec::new() };
            assert_eq!(FromWorld::decode(&message.encode()).is_ok(), kind.is_from_world(), "{kind:?}");
        }
        let foreign = FromWorld::Server { lane: Lane(LANES), kind: FrameType::Rows, body: Vec::new() };
        assert_eq!(FromWorld::decode(&foreign.encode()), Err(ProtocolError::UnknownStream { got: u32::from(LANES) }));
    }

    #[test]
    fn every_cut_and_every_longer_message_is_refused() {
        for message in from_world_messages() {
            // The body of a stream frame is not looked into: only its three bytes in front are.
            let whole = message.encode();
            let checked = if matches!(message, FromWorld::Server { .. }) { 3 } else { whole.len() };
            for length in 0..checked {
                assert!(FromWorld::decode(&whole[..length]).is_err());
            }
            if !matches!(message, FromWorld::Server { .. }) {
                assert!(FromWorld::decode(&[&whole[..], &[0]].concat()).is_err());
            }
        }
    }

    #[test]
    fn an_address_is_short_visible_ascii_either_way() {
        for (text, is_sound) in
            [("", true), ("q=a%20b", true), ("a b", false), ("a\n", false), ("ä", false), (&"x".repeat(5_000), false)]
        {
            let (from, to) = (FromWorld::Address(text.to_owned()).encode(), ToWorld::Address(text.to_owned()).encode());
            assert_eq!(
                (FromWorld::decode(&from).is_ok(), ToWorld::decode(&to).is_ok()),
                (is_sound, is_sound),
                "{text}"
            );
        }
    }

    #[test]
    fn a_memory_has_its_limit_either_way() {
        for (bytes, is_sound) in [(limits::MEMORY_BYTES, true), (limits::MEMORY_BYTES + 1, false)] {
            let text = "x".repeat(bytes);
            let (from, to) = (FromWorld::Memory(text.clone()).encode(), ToWorld::Memory(text).encode());
            assert_eq!((FromWorld::decode(&from).is_ok(), ToWorld::decode(&to).is_ok()), (is_sound, is_sound));
        }
    }

    #[test]
    fn too_many_operations_are_refused_before_they_are_read() {
        let ops = vec![Op::Remove { node: NodeId(1) }; limits::OPS + 1];
        assert!(FromWorld::decode(&FromWorld::View(ops).encode()).is_err());
    }

    #[test]
    fn an_announced_length_that_is_not_there_takes_no_memory() {
        // An array of 2^32 operations in six bytes.
        assert!(FromWorld::decode(&[FROM_VIEW, 0x9a, 0xff, 0xff, 0xff, 0xff]).is_err());
        // One `Lines` operation that announces 2^32 lines.
        assert!(FromWorld::decode(&[FROM_VIEW, 0x81, 0x82, 0x04, 0x82, 0x02, 0x9a, 0xff, 0xff, 0xff, 0xff]).is_err());
    }
}
