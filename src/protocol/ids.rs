//! The names that both ends use for sessions, worlds, streams and lanes.

use minicbor::{Decode, Encode};

/// A world's identity: the 32 bytes of its Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct WorldId(#[cbor(with = "minicbor::bytes")] pub [u8; 32]);

impl std::fmt::Debug for WorldId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "world {self}")
    }
}

impl std::fmt::Display for WorldId {
    /// The first eight bytes in hexadecimal: enough to tell worlds apart in words, never used to look one up.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A session's random 16-byte tag. It is not a secret and no capability: tickets and cookies are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct SessionTag(#[cbor(with = "minicbor::bytes")] pub [u8; 16]);

/// How often a session has been activated: 1 for the first socket, one more with each resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Epoch(#[n(0)] pub u32);

/// A stream of one socket; 0 is control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct StreamId(#[n(0)] pub u32);

impl StreamId {
    /// The control stream: never paced, never blocked.
    pub const CONTROL: Self = Self(0);

    /// The stream behind `lane` of a world whose first stream is `self`.
    #[must_use]
    pub const fn lane(self, lane: Lane) -> Self {
        Self(self.0 + lane.0 as u32)
    }
}

/// How many streams a world owns, numbered on from its first.
pub const LANES: u8 = 8;

/// One of a world's own streams, as the world counts them: `0..LANES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Lane(#[n(0)] pub u8);
