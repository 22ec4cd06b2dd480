//! The messages between a page and a world: single buffers over a private port.
//!
//! The first byte tells the kind. `ToWorld::Server` and `FromWorld::Server` carry stream bodies as they are:
//! `kind u8 | lane u8 | frame type u8 | body`. Everything else is `kind u8 | deterministic CBOR`.

use minicbor::{Decode, Encode};

use super::view::{NodeId, Op, RowRange};
use crate::protocol::frame::FrameType;
use crate::protocol::ids::Lane;

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
    /// The list shows these rows now (a little more than is visible).
    #[n(5)]
    Viewport(#[n(0)] NodeId, #[n(1)] RowRange),
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
}
