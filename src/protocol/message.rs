//! The control messages, each the body of one frame on stream 0.
//!
//! Bodies are deterministic CBOR maps with small integer keys; `spec/frereth.cddl` is their public form. A reader knows
//! keys `0..KEYS` of a message; an unknown key below 64 is critical and an error, one from 64 on is ignored.

use minicbor::{Decode, Encode};

use super::codec::Message;
use super::frame::FrameType;
use super::ids::{Epoch, StreamId, WorldId};

/// First frame of a page: spends a ticket and, when it comes back, names the session it resumes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Activate {
    /// Protocol versions the page speaks, ascending.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub versions: Vec<u8>,
    /// The sealed single-use ticket.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub ticket: Vec<u8>,
    /// The page's clock, signed with the rest.
    #[n(2)]
    pub lamport: u64,
    /// The resume ticket of a session that lost its socket.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub resume: Option<Vec<u8>>,
    /// The page's build, so that a page older than its server learns to reload.
    #[n(4)]
    pub build: String,
    /// The login key's signature over [`super::transcript::activate`].
    #[n(5)]
    #[cbor(with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// The session is active.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Activated {
    /// The version chosen: the highest both speak.
    #[n(0)]
    pub version: u8,
    /// How often this session has been activated.
    #[n(1)]
    pub epoch: Epoch,
    /// What the page must keep to.
    #[n(2)]
    pub limits: Limits,
    /// The first world to fork.
    #[n(3)]
    pub shell: Shell,
    /// The tickets for coming back.
    #[n(4)]
    pub tickets: Tickets,
}

/// What the server expects of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Limits {
    /// Largest frame in bytes.
    #[n(0)]
    pub frame_bytes: u32,
    /// Worlds this session may own.
    #[n(1)]
    pub worlds: u32,
    /// Milliseconds until an unanswered Hello is given up.
    #[n(2)]
    pub hello_millis: u64,
    /// Milliseconds from Initiate to the world's code.
    #[n(3)]
    pub initiate_millis: u64,
    /// Milliseconds from code to a running world.
    #[n(4)]
    pub start_millis: u64,
    /// Milliseconds the server keeps a session that lost its socket.
    #[n(5)]
    pub grace_millis: u64,
}

/// Where the code of a command is and what it must hash to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Shell {
    /// The command to fork.
    #[n(0)]
    pub command: String,
    /// The path to which Initiate is posted.
    #[n(1)]
    pub code_url: String,
    /// SHA-256 of the module.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub code_sha256: [u8; 32],
    /// Bytes of the module.
    #[n(3)]
    pub code_bytes: u32,
}

/// Fresh tickets: one for the next socket (60 s), one that resumes this session (as long as its login).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Tickets {
    /// The ticket for the next socket.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub next: Vec<u8>,
    /// The resume ticket.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub resume: Vec<u8>,
}

/// Hello: a new world asks for a cookie.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Forking {
    /// The page's number for this request.
    #[n(0)]
    pub req: u32,
    /// The world's public key.
    #[n(1)]
    pub world: WorldId,
    /// The command to run.
    #[n(2)]
    pub command: String,
}

/// The cookie, and the hash that the code will have. The server has stored nothing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AckForking {
    /// The request answered.
    #[n(0)]
    pub req: u32,
    /// The world it is for.
    #[n(1)]
    pub world: WorldId,
    /// The sealed cookie.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub cookie: Vec<u8>,
    /// SHA-256 of the module.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub code_sha256: [u8; 32],
    /// Bytes of the module.
    #[n(4)]
    pub code_bytes: u32,
}

/// A fork was refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refused {
    /// The world it is about.
    #[n(0)]
    pub world: WorldId,
    /// [`super::reason::Refusal`] as its number.
    #[n(1)]
    pub refusal: u8,
}

/// The world runs in its sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Forked {
    /// The world.
    #[n(0)]
    pub world: WorldId,
    /// The world key's signature over [`super::transcript::forked`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// The world is active.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AckForked {
    /// The world.
    #[n(0)]
    pub world: WorldId,
    /// Its first stream; it owns [`super::ids::LANES`] from here.
    #[n(1)]
    pub stream: StreamId,
    /// The credit each of its streams starts with.
    #[n(2)]
    pub credit: Credit,
    /// Tickets that know of this world.
    #[n(3)]
    pub tickets: Tickets,
}

/// How much a stream may have sent in all: absolute counts that only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Credit {
    /// Entries since the stream began.
    #[n(0)]
    pub items: u64,
    /// Bytes of Batch bodies since the stream began.
    #[n(1)]
    pub bytes: u64,
}

/// A view of a world ends.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Leave {
    /// The world.
    #[n(0)]
    pub world: WorldId,
}

/// A world ended on the server.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ended {
    /// The world.
    #[n(0)]
    pub world: WorldId,
    /// Why, for the user to read.
    #[n(1)]
    pub why: String,
}

/// The worlds of a resumed session.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Resumed {
    /// Each world that lives on, with its first stream and fresh credit; the others are gone.
    #[n(0)]
    pub worlds: Vec<ResumedWorld>,
}

/// One world that survived.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ResumedWorld {
    /// The world.
    #[n(0)]
    pub world: WorldId,
    /// Its first stream.
    #[n(1)]
    pub stream: StreamId,
    /// The credit each of its streams starts anew with.
    #[n(2)]
    pub credit: Credit,
}

/// This end stops.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Halt {
    /// The close code that follows.
    #[n(0)]
    pub code: u16,
    /// Why, for the user to read.
    #[n(1)]
    pub why: String,
}

/// The body of `POST /api/v1/world`: the cookie comes back, signed by the world's key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Initiate {
    /// The cookie as it came.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub cookie: Vec<u8>,
    /// The world's public key.
    #[n(1)]
    pub world: WorldId,
    /// Sixteen random bytes of the page.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// The world key's signature over [`super::transcript::initiate`].
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// Where a login asks for a ticket for a new socket; the answer's body is the ticket as it is.
pub const TICKET_PATH: &str = "/api/v1/ticket";
/// Where an active page renews its login; the answer has no body and sets the cookie anew.
pub const RENEW_PATH: &str = "/api/v1/renew";

/// The body of `POST` [`TICKET_PATH`] and [`RENEW_PATH`]: the login key vouches for a request that only the cookie names.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedRequest {
    /// The page's Unix time.
    #[n(0)]
    pub at_millis: u64,
    /// The login key's signature over [`super::transcript::request`] with the request's path.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

macro_rules! messages {
    ($($message:ident: $kind:ident, $keys:literal;)*) => {
        $(impl Message for $message {
            const KIND: FrameType = FrameType::$kind;
            const KEYS: u64 = $keys;
        })*
    };
}

messages! {
    Activate: Activate, 6;
    Activated: Activated, 5;
    Forking: Forking, 3;
    AckForking: AckForking, 5;
    Forked: Forked, 2;
    AckForked: AckForked, 4;
    Leave: Leave, 1;
    Refused: Refused, 2;
    Ended: Ended, 2;
    Resumed: Resumed, 1;
    Tickets: Tickets, 2;
    Halt: Halt, 2;
    Credit: Credit, 2;
}
