//! A session from its activation on: active <-> suspended -> closing -> closed.
//!
//! A pending session is its ticket and costs nothing; this is what the ticket becomes. The shell holds one [`Session`] per
//! [`SessionTag`] behind one lock and feeds it what happens to the socket, over HTTP and in the command instances.
//!
//! # Calls
//! 1. [`Session::activate`] for a new session, [`Session::rebuild`] for one that only its resume ticket remembers, or
//!    [`Event::Resume`] for a living one: always after the store has spent the ticket.
//! 2. [`Session::handle`] with every event; the effects are carried out in their order before the next event is handled.
//! 3. [`Session::stamp`] once for each frame that is sent, in sending order, for its header.
//! 4. [`Event::Deadline`] when [`Session::deadline`] has come; it is asked again after each call.
//! 5. After [`Effect::Forget`] the session is dropped, and its socket with it if there still is one.

use crate::protocol::bucket::Bucket;
use crate::protocol::clock::Millis;
use crate::protocol::codec::{Message, encode};
use crate::protocol::frame::FrameType;
use crate::protocol::ids::{Epoch, Lane, SessionTag, StreamId, WorldId};
use crate::protocol::lamport::Lamport;
use crate::protocol::message::{AckForked, Credit, Ended, Halt, Refused};
use crate::protocol::reason::{CloseCode, ProtocolError, Refusal};

use super::arrival::Arrived;
use super::env::{Command, Env, LoginFacts};
use super::fork::Presented;
use super::world::{WorldEffect, WorldEvent};
use super::worlds::Worlds;

mod control;
mod entrance;

/// One page at work under a login.
#[derive(Debug)]
pub struct Session {
    tag: SessionTag,
    login: LoginFacts,
    epoch: Epoch,
    lamport: Lamport,
    bucket: Bucket,
    /// The login's absolute end on the monotonic clock.
    ends_at: Millis,
    worlds: Worlds,
    state: State,
}

/// What a session waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Whatever its page sends.
    Active,
    /// Its page to come back.
    Suspended { until: Millis },
    /// Its worlds to end.
    Closing { until: Millis, reason: EndReason },
    /// Nothing.
    Closed { reason: EndReason },
}

/// A session's state without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// A socket is there.
    Active,
    /// The socket is lost; the page may come back.
    Suspended,
    /// Its worlds are ending.
    Closing,
    /// It is over.
    Closed,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its page said that it leaves.
    Left,
    /// Its page did not come back in time.
    Grace,
    /// Its login was revoked or logged out.
    Revoked,
    /// Its login reached its absolute end.
    Expired,
    /// Its page broke the protocol.
    Broken,
    /// The server is stopping.
    Stopping,
}

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A message came on the socket of this epoch.
    Message {
        /// The epoch in which the socket was activated.
        epoch: Epoch,
        /// One binary message.
        bytes: &'a [u8],
    },
    /// The socket of this epoch is gone.
    SocketLost {
        /// The epoch in which the socket was activated.
        epoch: Epoch,
    },
    /// The socket of this epoch has taken nothing for the stall time.
    Stalled {
        /// The epoch in which the socket was activated.
        epoch: Epoch,
    },
    /// A page comes back on a new socket; its ticket is spent.
    Resume(&'a Arrived),
    /// An Initiate came over HTTP. Answered by [`Effect::Serve`] or [`Effect::RefuseInitiate`], exactly one.
    Initiate(&'a Presented),
    /// A command instance was constructed or could not be.
    Constructed {
        /// The world.
        world: WorldId,
        /// Why not, for the user to read.
        result: Result<(), String>,
    },
    /// A command instance ended, asked to or not.
    WorldEnded {
        /// The world.
        world: WorldId,
        /// Why, for the user to read.
        why: String,
    },
    /// The login was revoked or logged out.
    Revoked {
        /// Why, for the user to read.
        why: &'a str,
    },
    /// The server is stopping.
    Stopping {
        /// Why, for the user to read.
        why: &'a str,
    },
    /// A deadline has come.
    Deadline,
}

/// What the shell is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send a frame on the current socket, stamped by [`Session::stamp`].
    Send {
        /// Its type.
        kind: FrameType,
        /// Its stream.
        stream: StreamId,
        /// Its body.
        body: Vec<u8>,
    },
    /// Close the current socket.
    Close {
        /// The close code.
        code: CloseCode,
        /// Why; fit for the log and the page.
        why: String,
    },
    /// Close the socket of this older epoch with [`CloseCode::Fenced`], if it is still there. What follows is for the
    /// new socket.
    Fence {
        /// The older epoch.
        epoch: Epoch,
    },
    /// Close the socket that wanted to resume: this session is ending.
    TurnAway {
        /// The close code.
        code: CloseCode,
        /// Why.
        why: String,
    },
    /// Answer the Initiate with the command's module and this nonce.
    Serve {
        /// The world.
        world: WorldId,
        /// The command.
        command: Command,
        /// What the world's key will sign to prove that it has the code.
        fork_nonce: [u8; 16],
    },
    /// Answer the Initiate with a refusal.
    RefuseInitiate {
        /// Which.
        refusal: Refusal,
    },
    /// Construct an instance of the command; answered by [`Event::Constructed`].
    Construct {
        /// The world.
        world: WorldId,
        /// The command's number.
        command: u16,
        /// The world's first stream.
        stream: StreamId,
        /// The credit its streams start with.
        credit: Credit,
    },
    /// Hand a world's message to its instance.
    ToWorld {
        /// The world.
        world: WorldId,
        /// The lane it came on.
        lane: Lane,
        /// Its type: one of those a world may send.
        kind: FrameType,
        /// Its body.
        body: Vec<u8>,
    },
    /// Grant credit to a stream; it never shrinks.
    Credit {
        /// The world.
        world: WorldId,
        /// The lane.
        lane: Lane,
        /// Absolute counts.
        credit: Credit,
    },
    /// The page is away: shut the world's lanes, send nothing.
    Suspend {
        /// The world.
        world: WorldId,
    },
    /// The page is back: the world's lanes start anew with this credit.
    Resume {
        /// The world.
        world: WorldId,
        /// The credit its streams start anew with.
        credit: Credit,
    },
    /// End the instance, even one under construction; answered by [`Event::WorldEnded`].
    Destroy {
        /// The world.
        world: WorldId,
    },
    /// The session is over: drop it.
    Forget,
}

impl Session {
    /// Returns the session's tag.
    #[must_use]
    pub const fn tag(&self) -> SessionTag {
        self.tag
    }

    /// Returns the login it works under.
    #[must_use]
    pub const fn login(&self) -> &LoginFacts {
        &self.login
    }

    /// Returns the epoch of the current socket.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Returns the state's name.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self.state {
            State::Active => Phase::Active,
            State::Suspended { .. } => Phase::Suspended,
            State::Closing { .. } => Phase::Closing,
            State::Closed { .. } => Phase::Closed,
        }
    }

    /// Returns why it is over or about to be.
    #[must_use]
    pub const fn end_reason(&self) -> Option<EndReason> {
        match self.state {
            State::Closing { reason, .. } | State::Closed { reason } => Some(reason),
            State::Active | State::Suspended { .. } => None,
        }
    }

    /// How many worlds and dead keys are held.
    #[cfg(test)]
    pub(super) fn memory(&self) -> (usize, usize) {
        self.worlds.size()
    }

    /// Ticks the clock for a frame about to be sent and returns the value for its header.
    pub fn stamp(&mut self) -> u64 {
        self.lamport.send()
    }

    /// Moves the login's absolute end, after the page renewed it.
    pub fn renewed(&mut self, now: Millis, wall: Millis, expires: Millis) {
        self.login.expires = expires;
        self.ends_at = now.after(expires.since(wall));
    }

    /// Returns when [`Event::Deadline`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Millis> {
        let own = match self.state {
            State::Active => Some(self.ends_at),
            State::Suspended { until } => Some(until.min(self.ends_at)),
            State::Closing { until, .. } => Some(until),
            State::Closed { .. } => return None,
        };
        own.into_iter().chain(self.worlds.deadline()).min()
    }

    /// Takes an event and returns what to do, in order.
    pub fn handle(&mut self, now: Millis, env: &mut Env<'_>, event: Event<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Message { epoch, bytes } if self.hears(epoch) => self.message(now, env, bytes, &mut effects),
            Event::SocketLost { epoch } if self.hears(epoch) => self.suspend(now, env, &mut effects),
            Event::Stalled { epoch } if self.hears(epoch) => {
                let why = "the page took nothing for too long".to_owned();
                effects.push(Effect::Close { code: CloseCode::TimedOut, why });
                self.suspend(now, env, &mut effects);
            }
            // What an older socket still brings means nothing any more.
            Event::Message { .. } | Event::SocketLost { .. } | Event::Stalled { .. } => {}
            Event::Resume(arrived) => self.resume(now, env, arrived, &mut effects),
            Event::Initiate(presented) => effects.push(match self.initiate(now, env, presented) {
                Ok(serve) => serve,
                Err(refusal) => Effect::RefuseInitiate { refusal },
            }),
            Event::Constructed { world, result } => {
                self.step(now, env, &world, WorldEvent::Constructed(result), &mut effects);
            }
            Event::WorldEnded { world, why } => {
                self.step(now, env, &world, WorldEvent::Ended { why }, &mut effects);
            }
            Event::Revoked { why } => self.end(now, env, EndReason::Revoked, why, &mut effects),
            Event::Stopping { why } => self.end(now, env, EndReason::Stopping, why, &mut effects),
            Event::Deadline => self.expire(now, env, &mut effects),
        }
        self.forget_when_done(&mut effects);
        effects
    }

    fn hears(&self, epoch: Epoch) -> bool {
        self.state == State::Active && self.epoch == epoch
    }

    /// The socket is lost: worlds that are active wait, forks in flight die with it.
    fn suspend(&mut self, now: Millis, env: &mut Env<'_>, effects: &mut Vec<Effect>) {
        self.state = State::Suspended { until: now.after(env.timing.grace_millis) };
        for world in self.worlds.ids() {
            self.step(now, env, &world, WorldEvent::SocketLost, effects);
        }
    }

    fn expire(&mut self, now: Millis, env: &mut Env<'_>, effects: &mut Vec<Effect>) {
        for world in self.worlds.ids() {
            self.step(now, env, &world, WorldEvent::Deadline, effects);
        }
        match self.state {
            State::Active | State::Suspended { .. } if now >= self.ends_at => {
                self.end(now, env, EndReason::Expired, "the login has reached its end", effects);
            }
            State::Suspended { until } if now >= until => {
                self.end(now, env, EndReason::Grace, "the page did not come back", effects);
            }
            // Instances that do not end are given up.
            State::Closing { until, .. } if now >= until => self.worlds = Worlds::new(),
            _ => {}
        }
    }

    /// Starts the end, or lets it go on: the first reason stays.
    fn end(&mut self, now: Millis, env: &mut Env<'_>, reason: EndReason, why: &str, effects: &mut Vec<Effect>) {
        let was_active = match self.state {
            State::Active => true,
            State::Suspended { .. } => false,
            State::Closing { .. } | State::Closed { .. } => return,
        };
        self.state = State::Closing { until: now.after(env.timing.closing_millis), reason };
        if was_active && let Some(code) = reason.close_code() {
            let why = why.to_owned();
            effects.push(control_frame(&Halt { code: code.number(), why: why.clone() }));
            effects.push(Effect::Close { code, why });
        }
        for world in self.worlds.ids() {
            self.step(now, env, &world, WorldEvent::Destroy, effects);
        }
    }

    fn forget_when_done(&mut self, effects: &mut Vec<Effect>) {
        if let State::Closing { reason, .. } = self.state
            && self.worlds.is_empty()
        {
            self.state = State::Closed { reason };
            effects.push(Effect::Forget);
        }
    }

    /// Lets an event happen to a world; nothing happens to one that is not there. `Some` is the page's fault and the
    /// socket's end.
    fn step(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        id: &WorldId,
        event: WorldEvent<'_>,
        effects: &mut Vec<Effect>,
    ) -> Option<ProtocolError> {
        let world = self.worlds.take(id)?;
        let (command, stream) = (world.command, world.stream);
        let (next, wanted) = world.handle(now, env, event);
        match next {
            Some(next) => self.worlds.insert(next),
            None => self.worlds.bury(now, env.timing, *id),
        }
        let mut broken = None;
        let world = *id;
        let credit = env.timing.credit;
        for want in wanted {
            let effect = match want {
                WorldEffect::Construct => Effect::Construct { world, command, stream, credit },
                WorldEffect::Acknowledge => {
                    control_frame(&AckForked { world, stream, credit, tickets: self.tickets(env) })
                }
                WorldEffect::Refuse(refusal) => control_frame(&Refused { world, refusal: refusal.number() }),
                WorldEffect::TellEnded(why) => control_frame(&Ended { world, why }),
                WorldEffect::Deliver { lane, kind, body } => Effect::ToWorld { world, lane, kind, body },
                WorldEffect::Grant { lane, credit } => Effect::Credit { world, lane, credit },
                WorldEffect::Suspend => Effect::Suspend { world },
                WorldEffect::Resume => Effect::Resume { world, credit },
                WorldEffect::Destroy => Effect::Destroy { world },
                WorldEffect::Broken(error) => {
                    broken = Some(error);
                    continue;
                }
            };
            // Without a socket nobody can be told.
            if self.state == State::Active || !matches!(effect, Effect::Send { .. }) {
                effects.push(effect);
            }
        }
        broken
    }
}

impl EndReason {
    /// How the socket is closed, where the server does it.
    const fn close_code(self) -> Option<CloseCode> {
        match self {
            Self::Left | Self::Grace => None,
            Self::Revoked | Self::Expired => Some(CloseCode::Authentication),
            Self::Broken => Some(CloseCode::Protocol),
            Self::Stopping => Some(CloseCode::ServerStopping),
        }
    }
}

/// A control message as a frame to send.
fn control_frame<M: Message>(message: &M) -> Effect {
    Effect::Send { kind: M::KIND, stream: StreamId::CONTROL, body: encode(message) }
}
