//! The life of one world on the server: served -> forked -> active <-> suspended -> closing.
//!
//! Before `served` there is nothing (Hello stores nothing); behind `closing` there is a tombstone in [`super::worlds`].
//! A transition consumes the state. What a peer may not do in a state fails this world only; what comes late from our own
//! shell, or crossed our own decision on its way, is ignored. `world_table.rs` lists every cell.

use crate::protocol::clock::Millis;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::{LANES, Lane, StreamId, WorldId};
use crate::protocol::message::Credit;
use crate::protocol::reason::{ProtocolError, Refusal};
use crate::protocol::transcript;

use super::env::Env;

/// What the page is told when a world ended because somebody wanted it.
const CLOSED: &str = "it was closed";

/// A world that lives or dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct World {
    pub id: WorldId,
    /// The number of its command.
    pub command: u16,
    /// The first of its [`LANES`] streams.
    pub stream: StreamId,
    pub state: State,
}

/// What a world waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its code went out: it must prove that it has it and runs.
    Served { until: Millis, fork_nonce: [u8; 16] },
    /// It runs: its command is being constructed.
    Forked { until: Millis },
    /// Its page came back to a server that had forgotten it: the command is being constructed again, and may be spoken
    /// to already.
    Rebuilding { until: Millis, granted: Granted },
    /// Nothing but what it wants.
    Active { granted: Granted },
    /// Its page to come back.
    Suspended,
    /// Its command to end.
    Closing { until: Millis },
}

/// What each lane was granted so far, to see that no grant shrinks.
pub(super) type Granted = [Credit; LANES as usize];

/// What happens to a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WorldEvent<'a> {
    Forked { signature: &'a [u8; 64] },
    Stream { lane: Lane, kind: FrameType, body: &'a [u8] },
    Credit { lane: Lane, credit: Credit },
    Leave,
    Constructed(Result<(), String>),
    Ended { why: String },
    SocketLost,
    Resumed,
    Destroy,
    Deadline,
}

/// What a world wants done; the session knows the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WorldEffect {
    Construct,
    Acknowledge,
    Refuse(Refusal),
    TellEnded(String),
    Deliver { lane: Lane, kind: FrameType, body: Vec<u8> },
    Grant { lane: Lane, credit: Credit },
    Suspend,
    Resume,
    Destroy,
    Broken(ProtocolError),
}

/// A world after an event: in its next state, or dead.
pub(super) type Step = (Option<World>, Vec<WorldEffect>);

impl State {
    /// The state in words.
    #[cfg(test)]
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Served { .. } => "served",
            Self::Forked { .. } => "forked",
            Self::Rebuilding { .. } => "rebuilding",
            Self::Active { .. } => "active",
            Self::Suspended => "suspended",
            Self::Closing { .. } => "closing",
        }
    }
}

impl World {
    /// The first state: the code is on its way.
    pub(super) const fn served(
        id: WorldId,
        command: u16,
        stream: StreamId,
        until: Millis,
        fork_nonce: [u8; 16],
    ) -> Self {
        Self { id, command, stream, state: State::Served { until, fork_nonce } }
    }

    /// The first state after the server has forgotten the world: known from a resume ticket alone.
    pub(super) const fn rebuilding(
        id: WorldId,
        command: u16,
        stream: StreamId,
        until: Millis,
        granted: Credit,
    ) -> Self {
        Self { id, command, stream, state: State::Rebuilding { until, granted: [granted; LANES as usize] } }
    }

    /// When [`WorldEvent::Deadline`] is due.
    pub(super) const fn deadline(&self) -> Option<Millis> {
        match &self.state {
            State::Served { until, .. }
            | State::Forked { until }
            | State::Rebuilding { until, .. }
            | State::Closing { until } => Some(*until),
            State::Active { .. } | State::Suspended => None,
        }
    }

    /// Whether a resume ticket should know of it.
    pub(super) const fn survives(&self) -> bool {
        matches!(self.state, State::Active { .. } | State::Rebuilding { .. } | State::Suspended)
    }

    /// The one transition function.
    pub(super) fn handle(self, now: Millis, env: &Env<'_>, event: WorldEvent<'_>) -> Step {
        if let (WorldEvent::Deadline, Some(until)) = (&event, self.deadline())
            && now < until
        {
            return (Some(self), Vec::new());
        }
        match self.state.clone() {
            State::Served { fork_nonce, .. } => self.while_served(now, env, &fork_nonce, event),
            State::Forked { .. } => self.while_forked(now, env, event),
            State::Rebuilding { until, granted } => match event {
                WorldEvent::Constructed(Ok(())) => self.becomes(State::Active { granted }),
                WorldEvent::Constructed(Err(why)) => dead(WorldEffect::TellEnded(why)),
                WorldEvent::Deadline => {
                    self.closes(now, env, WorldEffect::TellEnded("its command took too long to start".into()))
                }
                event => self.while_open(now, env, granted, event, |granted| State::Rebuilding { until, granted }),
            },
            State::Active { granted } => self.while_open(now, env, granted, event, |granted| State::Active { granted }),
            State::Suspended => self.while_suspended(now, env, event),
            State::Closing { .. } => match event {
                WorldEvent::Ended { .. } | WorldEvent::Constructed(Err(_)) | WorldEvent::Deadline => {
                    dead(WorldEffect::TellEnded(CLOSED.into()))
                }
                _ => (Some(self), Vec::new()),
            },
        }
    }

    fn while_served(self, now: Millis, env: &Env<'_>, fork_nonce: &[u8; 16], event: WorldEvent<'_>) -> Step {
        match event {
            WorldEvent::Forked { signature } => {
                let signed = transcript::forked(env.origin, &self.id, fork_nonce);
                if !env.crypto.verify_strict(&self.id.0, &signed, signature) {
                    return dead(WorldEffect::Refuse(Refusal::BadSignature));
                }
                let until = now.after(env.timing.forked_millis);
                (Some(Self { state: State::Forked { until }, ..self }), vec![WorldEffect::Construct])
            }
            WorldEvent::Stream { .. } | WorldEvent::Credit { .. } => dead(WorldEffect::Refuse(Refusal::OutOfOrder)),
            WorldEvent::Deadline => dead(WorldEffect::Refuse(Refusal::TooLate)),
            WorldEvent::Leave => dead(WorldEffect::TellEnded(CLOSED.into())),
            WorldEvent::SocketLost | WorldEvent::Destroy => (None, Vec::new()),
            WorldEvent::Constructed(_) | WorldEvent::Ended { .. } | WorldEvent::Resumed => (Some(self), Vec::new()),
        }
    }

    fn while_forked(self, now: Millis, env: &Env<'_>, event: WorldEvent<'_>) -> Step {
        match event {
            WorldEvent::Constructed(Ok(())) => {
                let granted = [env.timing.credit; LANES as usize];
                (Some(Self { state: State::Active { granted }, ..self }), vec![WorldEffect::Acknowledge])
            }
            WorldEvent::Constructed(Err(why)) | WorldEvent::Ended { why } => dead(WorldEffect::TellEnded(why)),
            WorldEvent::Forked { .. } | WorldEvent::Stream { .. } | WorldEvent::Credit { .. } => {
                self.closes(now, env, WorldEffect::Refuse(Refusal::OutOfOrder))
            }
            WorldEvent::Deadline => self.closes(now, env, WorldEffect::Refuse(Refusal::TooLate)),
            WorldEvent::Leave | WorldEvent::SocketLost | WorldEvent::Destroy => self.closes(now, env, None),
            WorldEvent::Resumed => (Some(self), Vec::new()),
        }
    }

    /// Active, or as good as: its streams may be used.
    fn while_open(
        self,
        now: Millis,
        env: &Env<'_>,
        mut granted: Granted,
        event: WorldEvent<'_>,
        open: impl FnOnce(Granted) -> State,
    ) -> Step {
        match event {
            WorldEvent::Stream { lane, kind, body } => {
                (Some(self), vec![WorldEffect::Deliver { lane, kind, body: body.to_vec() }])
            }
            WorldEvent::Credit { lane, credit } => {
                let Some(before) = granted.get_mut(usize::from(lane.0)) else {
                    return (Some(self), vec![WorldEffect::Broken(ProtocolError::Credit)]);
                };
                if credit.items < before.items || credit.bytes < before.bytes {
                    return (Some(self), vec![WorldEffect::Broken(ProtocolError::Credit)]);
                }
                *before = credit;
                (Some(Self { state: open(granted), ..self }), vec![WorldEffect::Grant { lane, credit }])
            }
            WorldEvent::Forked { .. } => self.closes(now, env, WorldEffect::TellEnded(Refusal::OutOfOrder.to_string())),
            WorldEvent::Leave | WorldEvent::Destroy => self.closes(now, env, None),
            WorldEvent::Ended { why } => dead(WorldEffect::TellEnded(why)),
            WorldEvent::SocketLost => (Some(Self { state: State::Suspended, ..self }), vec![WorldEffect::Suspend]),
            WorldEvent::Constructed(_) | WorldEvent::Resumed | WorldEvent::Deadline => (Some(self), Vec::new()),
        }
    }

    fn while_suspended(self, now: Millis, env: &Env<'_>, event: WorldEvent<'_>) -> Step {
        match event {
            WorldEvent::Resumed => {
                let granted = [env.timing.credit; LANES as usize];
                (Some(Self { state: State::Active { granted }, ..self }), vec![WorldEffect::Resume])
            }
            WorldEvent::Ended { why } | WorldEvent::Constructed(Err(why)) => dead(WorldEffect::TellEnded(why)),
            WorldEvent::Forked { .. } | WorldEvent::Stream { .. } | WorldEvent::Credit { .. } => {
                self.closes(now, env, WorldEffect::TellEnded(Refusal::OutOfOrder.to_string()))
            }
            WorldEvent::Leave | WorldEvent::Destroy => self.closes(now, env, None),
            WorldEvent::Constructed(Ok(())) | WorldEvent::SocketLost | WorldEvent::Deadline => (Some(self), Vec::new()),
        }
    }

    fn becomes(self, state: State) -> Step {
        (Some(Self { state, ..self }), Vec::new())
    }

    /// Its command must end; the page is told why, if it does not know.
    fn closes(self, now: Millis, env: &Env<'_>, told: impl Into<Option<WorldEffect>>) -> Step {
        let until = now.after(env.timing.closing_millis);
        let effects = told.into().into_iter().chain([WorldEffect::Destroy]).collect();
        (Some(Self { state: State::Closing { until }, ..self }), effects)
    }
}

fn dead(told: WorldEffect) -> Step {
    (None, vec![told])
}
