//! The life of one world in the page: created -> pending -> forking -> forked -> active <-> suspended -> closing -> closed,
//! or failed with a reason.
//!
//! A fork that gets stuck for a reason that may pass starts again with a new key, at most [`PageTiming::fork_tries`] times
//! in all; one that was in flight when the socket was lost starts again without counting. Each start has its own
//! `attempt`, and answers to an older one are ignored. `world_table.rs` lists every cell.

use sha2::{Digest, Sha256};

use crate::protocol::clock::Millis;
use crate::protocol::codec::{Message, encode};
use crate::protocol::credit::Taker;
use crate::protocol::crypto::random_array;
use crate::protocol::frame::{FrameType, HEADER_BYTES};
use crate::protocol::ids::{LANES, Lane, StreamId, WorldId};
use crate::protocol::message::{AckForked, AckForking, Credit, Forked, Forking, Initiate, Leave, Limits};
use crate::protocol::reason::{ProtocolError, Refusal};
use crate::protocol::timing::PageTiming;
use crate::protocol::transcript;

use super::env::Env;

mod fork;
mod open;

use open::control;

/// What the shell tells the machine about a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldEvent {
    /// Answers [`WorldEffect::GenerateKey`].
    KeyMade {
        /// The attempt that asked.
        attempt: u32,
        /// The public half, or why there is none.
        key: Result<[u8; 32], String>,
    },
    /// Answers [`WorldEffect::Sign`].
    Signed {
        /// The attempt that asked.
        attempt: u32,
        /// The signature, or why there is none.
        signature: Result<[u8; 64], String>,
    },
    /// Answers [`WorldEffect::PostInitiate`] with the world's code.
    Code {
        /// The attempt that asked.
        attempt: u32,
        /// The module.
        code: Vec<u8>,
        /// The nonce that came with it.
        fork_nonce: [u8; 16],
    },
    /// Answers [`WorldEffect::PostInitiate`] with a refusal, or with nothing when the reply was lost.
    InitiateFailed {
        /// The attempt that asked.
        attempt: u32,
        /// What the server said, where it said something that is known.
        refusal: Option<Refusal>,
    },
    /// Answers [`WorldEffect::StartSandbox`]: the world said that it is ready.
    Ready {
        /// The attempt that asked.
        attempt: u32,
    },
    /// The sandbox could not start, or the world stopped in it.
    SandboxFailed {
        /// The attempt whose sandbox it is.
        attempt: u32,
        /// Why, for the user to read.
        why: String,
    },
    /// The world wants this sent to the server.
    FromWorld {
        /// The lane.
        lane: Lane,
        /// The frame type.
        kind: FrameType,
        /// The body.
        body: Vec<u8>,
    },
    /// The world has taken Batches.
    Taken {
        /// The lane they came on.
        lane: Lane,
        /// Entries.
        items: u64,
        /// Bytes of bodies.
        bytes: u64,
    },
    /// The user stops the world.
    Stop,
}

/// What the server's frames and the session tell a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// The session is active, on a new socket; `req` is the number for a Hello.
    SessionActive {
        req: u32,
    },
    SocketLost,
    Cookie(&'a AckForking),
    Refused(Refusal),
    Acknowledged(&'a AckForked),
    Ended {
        why: &'a str,
    },
    /// The server still has the world.
    Kept {
        stream: StreamId,
        credit: Credit,
    },
    /// The server does not have it.
    Gone,
    Server {
        lane: Lane,
        kind: FrameType,
        body: &'a [u8],
    },
    Deadline,
}

/// What the shell is to do for a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldEffect {
    /// Make a key pair that cannot be exported; the older one of this world is forgotten.
    GenerateKey {
        /// To be named in the answer.
        attempt: u32,
    },
    /// Sign with the world's key.
    Sign {
        /// To be named in the answer.
        attempt: u32,
        /// What to sign.
        bytes: Vec<u8>,
    },
    /// Post this body to [`super::session::Session::shell`]'s code URL.
    PostInitiate {
        /// To be named in the answer.
        attempt: u32,
        /// The body.
        body: Vec<u8>,
    },
    /// Start the sandbox with this module, whose hash is right.
    StartSandbox {
        /// To be named in the answers.
        attempt: u32,
        /// The module.
        code: Vec<u8>,
    },
    /// Stop the sandbox.
    StopSandbox,
    /// Tell the world about itself.
    Tell(Tell),
    /// Hand the world a body from the server. What it takes of Batches is reported by [`WorldEvent::Taken`].
    Deliver {
        /// The lane.
        lane: Lane,
        /// The frame type.
        kind: FrameType,
        /// The body.
        body: Vec<u8>,
    },
}

/// What a world is told about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// It is active: lanes may be opened.
    Active,
    /// The socket is lost.
    Suspended,
    /// The socket is back: lanes want to be opened again.
    Resumed,
}

/// A world's state without its data, for the user to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldPhase {
    /// Its key is being made, or the session is not active.
    Created,
    /// Hello is sent.
    Pending,
    /// Initiate is sent.
    Forking,
    /// Its code is starting.
    Starting,
    /// It runs and the server is told.
    Forked,
    /// It is active on both sides.
    Active,
    /// The socket is lost.
    Suspended,
    /// It was asked to end.
    Closing,
    /// It ended because somebody wanted it.
    Closed,
    /// It failed, with the reason.
    Failed(String),
}

/// What a world wants: of the shell or of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Want {
    Shell(WorldEffect),
    Send { kind: FrameType, stream: StreamId, body: Vec<u8> },
    Broken(ProtocolError),
}

/// One world.
#[derive(Clone, Debug)]
pub(super) struct World {
    command: String,
    /// Counts starts: answers carry it.
    attempt: u32,
    /// Starts that counted as failed.
    failed_tries: u32,
    state: State,
}

/// What a world waits for.
#[derive(Clone, Debug)]
enum State {
    /// Its key.
    AwaitingKey,
    /// An active session.
    AwaitingSession { id: WorldId },
    /// The cookie.
    AwaitingCookie { id: WorldId, req: u32, until: Millis },
    /// The signature over Initiate.
    AwaitingProof { id: WorldId, until: Millis, cookie: Vec<u8>, nonce: [u8; 16], code: Announced },
    /// The code.
    AwaitingCode { id: WorldId, until: Millis, code: Announced },
    /// The sandbox to say that the world is ready.
    AwaitingReady { id: WorldId, until: Millis, fork_nonce: [u8; 16] },
    /// The signature over the fork nonce.
    AwaitingVoucher { id: WorldId, until: Millis },
    /// The server's acknowledgement.
    AwaitingAck { id: WorldId, until: Millis },
    /// Nothing but what it wants.
    Active { id: WorldId, stream: StreamId, takers: Box<[Taker; LANES as usize]> },
    /// The socket; `was_active` is false when the acknowledgement was still awaited.
    Suspended { id: WorldId, was_active: bool },
    /// The server to say that it ended.
    Closing { id: WorldId, until: Millis },
    /// Nothing: it ended as wanted.
    Closed,
    /// Nothing: it failed.
    Failed { why: String },
}

/// What the cookie's message said of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Announced {
    sha256: [u8; 32],
    bytes: u32,
}

/// The numbers a world keeps to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace<'a> {
    pub timing: &'a PageTiming,
    pub limits: &'a Limits,
}

type Wants = Vec<Want>;

impl World {
    /// A world that waits for its key.
    pub(super) fn created(command: String) -> (Self, Wants) {
        let world = Self { command, attempt: 1, failed_tries: 0, state: State::AwaitingKey };
        (world, vec![Want::Shell(WorldEffect::GenerateKey { attempt: 1 })])
    }

    pub(super) fn phase(&self) -> WorldPhase {
        match &self.state {
            State::AwaitingKey | State::AwaitingSession { .. } => WorldPhase::Created,
            State::AwaitingCookie { .. } => WorldPhase::Pending,
            State::AwaitingProof { .. } | State::AwaitingCode { .. } => WorldPhase::Forking,
            State::AwaitingReady { .. } | State::AwaitingVoucher { .. } => WorldPhase::Starting,
            State::AwaitingAck { .. } => WorldPhase::Forked,
            State::Active { .. } => WorldPhase::Active,
            State::Suspended { .. } => WorldPhase::Suspended,
            State::Closing { .. } => WorldPhase::Closing,
            State::Closed => WorldPhase::Closed,
            State::Failed { why } => WorldPhase::Failed(why.clone()),
        }
    }

    /// The key it has in this attempt.
    pub(super) const fn id(&self) -> Option<WorldId> {
        match &self.state {
            State::AwaitingKey | State::Closed | State::Failed { .. } => None,
            State::AwaitingSession { id }
            | State::AwaitingCookie { id, .. }
            | State::AwaitingProof { id, .. }
            | State::AwaitingCode { id, .. }
            | State::AwaitingReady { id, .. }
            | State::AwaitingVoucher { id, .. }
            | State::AwaitingAck { id, .. }
            | State::Active { id, .. }
            | State::Suspended { id, .. }
            | State::Closing { id, .. } => Some(*id),
        }
    }

    /// Its first stream while it is active.
    pub(super) const fn stream(&self) -> Option<StreamId> {
        match &self.state {
            State::Active { stream, .. } => Some(*stream),
            _ => None,
        }
    }

    pub(super) const fn is_suspended(&self) -> bool {
        matches!(self.state, State::Suspended { .. })
    }

    pub(super) const fn is_over(&self) -> bool {
        matches!(self.state, State::Closed | State::Failed { .. })
    }

    pub(super) const fn deadline(&self) -> Option<Millis> {
        match &self.state {
            State::AwaitingCookie { until, .. }
            | State::AwaitingProof { until, .. }
            | State::AwaitingCode { until, .. }
            | State::AwaitingReady { until, .. }
            | State::AwaitingVoucher { until, .. }
            | State::AwaitingAck { until, .. }
            | State::Closing { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// What the shell reports. `hello` is the number of the Hello that may follow a new key, while the session is active.
    pub(super) fn handle(
        self,
        now: Millis,
        env: &mut Env<'_>,
        pace: Pace<'_>,
        hello: Option<u32>,
        event: WorldEvent,
    ) -> (Self, Wants) {
        match event {
            WorldEvent::KeyMade { attempt, key } if self.awaits_key(attempt) => match key {
                Ok(key) => self.has_key(now, pace, WorldId(key), hello),
                Err(why) => self.fails(format!("its key could not be made: {why}")),
            },
            WorldEvent::Signed { attempt, signature } if self.awaits_signature(attempt) => match signature {
                Ok(signature) => self.signed(now, pace, signature),
                Err(why) => self.fails(format!("its key could not sign: {why}")),
            },
            WorldEvent::Code { attempt, code, fork_nonce } if self.awaits_code(attempt) => {
                self.has_code(now, pace, code, fork_nonce)
            }
            WorldEvent::InitiateFailed { attempt, refusal } if self.awaits_code(attempt) => match refusal {
                Some(refusal) => self.refused(pace, refusal),
                None => self.forks_again(pace, "the server's answer was lost"),
            },
            WorldEvent::Ready { attempt } if attempt == self.attempt => match self.state {
                State::AwaitingReady { id, until, fork_nonce } => {
                    let bytes = transcript::forked(env.origin, &id, &fork_nonce);
                    let state = State::AwaitingVoucher { id, until };
                    (Self { state, ..self }, vec![Want::Shell(WorldEffect::Sign { attempt, bytes })])
                }
                _ if self.has_sandbox() => self.fails("it said twice that it is ready".into()),
                _ => (self, Vec::new()),
            },
            WorldEvent::SandboxFailed { attempt, why } if attempt == self.attempt && self.has_sandbox() => {
                self.fails(why)
            }
            // Answers to an attempt that was given up.
            WorldEvent::KeyMade { .. }
            | WorldEvent::Signed { .. }
            | WorldEvent::Code { .. }
            | WorldEvent::InitiateFailed { .. }
            | WorldEvent::Ready { .. }
            | WorldEvent::SandboxFailed { .. } => (self, Vec::new()),
            WorldEvent::FromWorld { lane, kind, body } => self.speaks(pace, lane, kind, body),
            WorldEvent::Taken { lane, items, bytes } => self.takes(lane, items, bytes),
            WorldEvent::Stop => self.stops(now, pace),
        }
    }

    /// What the session and the server's frames tell.
    pub(super) fn hear(self, now: Millis, env: &mut Env<'_>, pace: Pace<'_>, heard: Heard<'_>) -> (Self, Wants) {
        match heard {
            Heard::SessionActive { req } => match self.state {
                State::AwaitingSession { id } => self.has_key(now, pace, id, Some(req)),
                _ => (self, Vec::new()),
            },
            Heard::SocketLost => self.loses_socket(),
            Heard::Cookie(ack) => self.has_cookie(now, env, pace, ack),
            Heard::Refused(refusal) => match self.state {
                State::AwaitingKey | State::AwaitingSession { .. } | State::Suspended { .. } => (self, Vec::new()),
                State::Closing { .. } => (Self { state: State::Closed, ..self }, Vec::new()),
                State::Closed | State::Failed { .. } => (self, Vec::new()),
                // Too late for a refusal: what runs is not started again behind the user's back.
                State::Active { .. } => self.dies(refusal.to_string()),
                _ => self.refused(pace, refusal),
            },
            Heard::Acknowledged(ack) => match self.state {
                State::AwaitingAck { id, .. } => self.opens(id, ack.stream, ack.credit, Tell::Active),
                State::Closing { .. } | State::Closed | State::Failed { .. } => (self, Vec::new()),
                _ => self.fails("the server acknowledged it at the wrong moment".into()),
            },
            Heard::Ended { why } => match self.state {
                State::Closing { .. } => (Self { state: State::Closed, ..self }, Vec::new()),
                State::Closed | State::Failed { .. } => (self, Vec::new()),
                _ => self.dies(why.to_owned()),
            },
            Heard::Kept { stream, credit } => match self.state {
                State::Suspended { id, was_active } => {
                    let tell = if was_active { Tell::Resumed } else { Tell::Active };
                    self.opens(id, stream, credit, tell)
                }
                _ => (self, Vec::new()),
            },
            Heard::Gone => match self.state {
                State::Suspended { was_active: true, .. } => self.dies("the server no longer has this world".into()),
                State::Suspended { was_active: false, .. } => self.starts_over(),
                _ => (self, Vec::new()),
            },
            Heard::Server { lane, kind, body } => self.receives(env, lane, kind, body),
            Heard::Deadline => match self.deadline() {
                Some(until) if now >= until => self.runs_late(pace),
                _ => (self, Vec::new()),
            },
        }
    }
}
