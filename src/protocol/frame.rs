//! The frame: 16 bytes of header and a body, one per binary WebSocket message.
//!
//! ```text
//! version u8 | type u8 | flags u16 | stream u32 | lamport u64     big-endian
//! ```

use super::ids::StreamId;
use super::reason::ProtocolError;

/// The protocol version in every header.
pub const VERSION: u8 = 1;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 16;
/// The largest frame, header included, once a session is active.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// The largest frame before a session is active.
pub const FIRST_FRAME_BYTES_MAX: usize = 4 * 1024;

/// What a frame carries. Control types run on stream 0, the others on a world's streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum FrameType {
    /// Page to server, first: who comes, with which ticket.
    Activate = 0x01,
    /// Server to page: the session is active; names the shell.
    Activated = 0x02,
    /// Page to server, Hello: a world wants to be forked.
    Forking = 0x03,
    /// Server to page: the cookie.
    AckForking = 0x04,
    /// Page to server: the world runs.
    Forked = 0x05,
    /// Server to page: the world is active; its streams and credit.
    AckForked = 0x06,
    /// Reserved: a further view of a running world.
    Join = 0x07,
    /// Page to server: this view of the world ends.
    Leave = 0x08,
    /// Reserved: end a world for all its views.
    Kill = 0x09,
    /// Server to page: a fork was refused.
    Refused = 0x0a,
    /// Server to page: a world ended, with a reason.
    Ended = 0x0b,
    /// Server to page: a resumed session's worlds, each known or gone.
    Resumed = 0x0c,
    /// Server to page: fresh tickets.
    Tickets = 0x0d,
    /// Either way: this end stops, with a reason.
    Halt = 0x0e,
    /// World to server: opens a lane on a source or result.
    Open = 0x20,
    /// World to server: asks for rows.
    Rows = 0x21,
    /// World to server: withdraws a question.
    Cancel = 0x22,
    /// World to server: asks for the bytes of one entry or a range of entries.
    Fetch = 0x23,
    /// World to server: closes a lane.
    Shut = 0x24,
    /// World to server: asks what a result is as a whole.
    Summarize = 0x25,
    /// Page to server: how far the world has taken this stream.
    Credit = 0x2f,
    /// Server to world: entries pushed to a following lane; paced by credit.
    Batch = 0x30,
    /// Server to world: how many rows there are, and how much was scanned.
    Total = 0x31,
    /// Server to world: entries that were not sent, counted.
    Gap = 0x32,
    /// Server to world: the answer to `Rows`.
    Window = 0x33,
    /// Server to world: the answer to `Fetch`.
    Fetched = 0x34,
    /// Server to world: a question failed, with a reason.
    Failed = 0x35,
    /// Server to world: the list of sources and their states.
    Sources = 0x36,
    /// Server to world: lines of the text stand elsewhere now.
    Moved = 0x37,
    /// Server to world: the answer to `Summarize`.
    Summarized = 0x38,
}

impl FrameType {
    /// All types, for tables and tests.
    pub const ALL: [Self; 30] = [
        Self::Activate,
        Self::Activated,
        Self::Forking,
        Self::AckForking,
        Self::Forked,
        Self::AckForked,
        Self::Join,
        Self::Leave,
        Self::Kill,
        Self::Refused,
        Self::Ended,
        Self::Resumed,
        Self::Tickets,
        Self::Halt,
        Self::Open,
        Self::Rows,
        Self::Cancel,
        Self::Fetch,
        Self::Shut,
        Self::Summarize,
        Self::Credit,
        Self::Batch,
        Self::Total,
        Self::Gap,
        Self::Window,
        Self::Fetched,
        Self::Failed,
        Self::Sources,
        Self::Moved,
        Self::Summarized,
    ];

    /// The type behind a byte on the wire.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }

    /// Whether a world may send this type: the page forwards nothing else for it.
    #[must_use]
    pub const fn is_from_world(self) -> bool {
        matches!(self, Self::Open | Self::Rows | Self::Cancel | Self::Fetch | Self::Shut | Self::Summarize)
    }

    /// Whether the server sends this type to a world.
    #[must_use]
    pub const fn is_to_world(self) -> bool {
        (self as u8) >= 0x30
    }

    /// Whether the type runs on the control stream.
    #[must_use]
    pub const fn is_control(self) -> bool {
        (self as u8) < 0x20
    }
}

/// A frame, its body borrowed from the message it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What the body is.
    pub kind: FrameType,
    /// The stream it belongs to; 0 is control.
    pub stream: StreamId,
    /// The sender's clock.
    pub lamport: u64,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads one frame of at most `limit` bytes.
    ///
    /// # Errors
    /// When the header is cut, the frame too long, or version, type, flags or stream are not those of frereth/1.
    pub fn decode(bytes: &'a [u8], limit: usize) -> Result<Self, ProtocolError> {
        if bytes.len() > limit {
            return Err(ProtocolError::FrameTooLong { got: bytes.len(), limit });
        }
        let Some((header, body)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Err(ProtocolError::FrameTooShort { got: bytes.len() });
        };
        let [version, kind, f0, f1, s0, s1, s2, s3, lamport @ ..] = *header;
        if version != VERSION {
            return Err(ProtocolError::Version { got: version });
        }
        let kind = FrameType::from_byte(kind).ok_or(ProtocolError::FrameType { got: kind })?;
        let flags = u16::from_be_bytes([f0, f1]);
        if flags != 0 {
            return Err(ProtocolError::Flags { got: flags });
        }
        let stream = u32::from_be_bytes([s0, s1, s2, s3]);
        if kind.is_control() != (stream == 0) {
            return Err(ProtocolError::UnknownStream { got: stream });
        }
        Ok(Self { kind, stream: StreamId(stream), lamport: u64::from_be_bytes(lamport), body })
    }

    /// Writes the frame behind whatever `out` holds already.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.reserve(HEADER_BYTES + self.body.len());
        out.extend_from_slice(&[VERSION, self.kind as u8, 0, 0]);
        out.extend_from_slice(&self.stream.0.to_be_bytes());
        out.extend_from_slice(&self.lamport.to_be_bytes());
        out.extend_from_slice(self.body);
    }

    /// The frame as one message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_into(&mut out);
        out
    }
}
