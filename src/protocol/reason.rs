//! Why something ended or was refused: the words and numbers that cross the wire, and the errors behind them.

use std::fmt;

/// Why a socket closes: the WebSocket close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The server is stopping; the close reason says why.
    ServerStopping = 1001,
    /// A message was larger than the limit.
    TooLarge = 1009,
    /// The peer broke the protocol.
    Protocol = 4400,
    /// The login is missing, expired or revoked.
    Authentication = 4401,
    /// The login may not do this.
    Forbidden = 4403,
    /// A deadline passed: the first message, or a stalled socket.
    TimedOut = 4408,
    /// A newer socket took over this session.
    Fenced = 4409,
    /// Page and server are of different builds: reload.
    Version = 4426,
    /// Too many sockets, forks or messages.
    Overload = 4429,
}

impl CloseCode {
    /// All codes, for tables and tests.
    pub const ALL: [Self; 9] = [
        Self::ServerStopping,
        Self::TooLarge,
        Self::Protocol,
        Self::Authentication,
        Self::Forbidden,
        Self::TimedOut,
        Self::Fenced,
        Self::Version,
        Self::Overload,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The code behind a number on the wire.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// Whether the page may come back with its resume ticket.
    #[must_use]
    pub const fn is_resumable(self) -> bool {
        matches!(self, Self::ServerStopping | Self::TimedOut | Self::Overload | Self::TooLarge)
    }
}

/// Why a fork was refused. Sent in `Refused`; the number is part of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Refusal {
    /// No such command, or one that this login may not know of.
    NotFound = 1,
    /// The command exists and this login may not fork it.
    Forbidden = 2,
    /// The world's key is weak, not canonical or malformed.
    BadKey = 3,
    /// A world with this key is alive or died a moment ago.
    Duplicate = 4,
    /// Too many forks: try again later.
    Throttled = 5,
    /// The session owns as many worlds as it may.
    Quota = 6,
    /// The cookie is not ours, too old, or of another session.
    BadCookie = 7,
    /// A signature did not verify.
    BadSignature = 8,
    /// The world was told to start too late.
    TooLate = 9,
    /// The message makes no sense in this state.
    OutOfOrder = 10,
}

impl Refusal {
    /// All refusals, for tables and tests.
    pub const ALL: [Self; 10] = [
        Self::NotFound,
        Self::Forbidden,
        Self::BadKey,
        Self::Duplicate,
        Self::Throttled,
        Self::Quota,
        Self::BadCookie,
        Self::BadSignature,
        Self::TooLate,
        Self::OutOfOrder,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The refusal behind a number on the wire.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.number() == number)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is no such command",
            Self::Forbidden => "you may not start this command",
            Self::BadKey => "the world's key is not acceptable",
            Self::Duplicate => "a world with this key exists already",
            Self::Throttled => "too many worlds were asked for in a short time",
            Self::Quota => "this session owns as many worlds as it may",
            Self::BadCookie => "the cookie is not valid any more",
            Self::BadSignature => "a signature did not verify",
            Self::TooLate => "the world took too long to start",
            Self::OutOfOrder => "the message came in the wrong order",
        })
    }
}

/// What a peer did wrong. Every variant closes the socket; none can be caused by an honest peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// A frame is shorter than its header.
    FrameTooShort {
        /// Bytes received.
        got: usize,
    },
    /// A frame is longer than allowed at this point.
    FrameTooLong {
        /// Bytes received.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A frame of another protocol version.
    Version {
        /// The version byte received.
        got: u8,
    },
    /// A frame type that does not exist or may not be sent in this direction.
    FrameType {
        /// The type byte received.
        got: u8,
    },
    /// Flag bits that this version does not define.
    Flags {
        /// The flag bits received.
        got: u16,
    },
    /// A control body that is not deterministic CBOR of the expected shape.
    Body {
        /// What is wrong, in words.
        what: &'static str,
    },
    /// A Lamport value that runs away.
    LamportJump {
        /// Our clock.
        ours: u64,
        /// The value received.
        theirs: u64,
    },
    /// A message that the current state does not allow.
    Unexpected {
        /// The frame type received.
        got: u8,
        /// The state, in words.
        state: &'static str,
    },
    /// A stream that nobody opened.
    UnknownStream {
        /// The stream received.
        got: u32,
    },
    /// Credit that shrinks, or more entries than credit allowed.
    Credit,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FrameTooShort { got } => write!(f, "a frame of {got} bytes is shorter than its header"),
            Self::FrameTooLong { got, limit } => write!(f, "a frame of {got} bytes exceeds the limit of {limit}"),
            Self::Version { got } => write!(f, "frame version {got} is not 1"),
            Self::FrameType { got } => write!(f, "frame type {got:#04x} is not known here"),
            Self::Flags { got } => write!(f, "flags {got:#06x} are not defined"),
            Self::Body { what } => write!(f, "malformed body: {what}"),
            Self::LamportJump { ours, theirs } => write!(f, "clock {theirs} is too far from ours at {ours}"),
            Self::Unexpected { got, state } => write!(f, "frame type {got:#04x} is not allowed while {state}"),
            Self::UnknownStream { got } => write!(f, "stream {got} is not open"),
            Self::Credit => f.write_str("credit was broken"),
        }
    }
}

impl std::error::Error for ProtocolError {}
