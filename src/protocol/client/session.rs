//! A session in the page: a ticket, a signature, a socket, an activation; and all of it again when the socket is lost.
//!
//! The shell holds one [`Session`] for as long as the page lives.
//!
//! # Calls
//! 1. [`Session::new`], then [`Event::Start`] with the ticket that came with the page or the login.
//! 2. [`Session::handle`] with every event; the effects are carried out in their order. Answers name the `attempt` of the
//!    effect that they answer; answers to an older attempt are ignored, so nothing needs to be withdrawn.
//! 3. [`Session::fork`] for each world, the shell first; its further life is in [`Event::World`] and [`Effect::World`].
//! 4. [`Event::Deadline`] when [`Session::deadline`] has come; it is asked again after each call.
//!
//! What the user sees of it is read from [`Session::phase`] and [`Session::world_phase`].

use crate::protocol::clock::Millis;
use crate::protocol::codec::{Message, encode};
use crate::protocol::frame::{Frame, FrameType};
use crate::protocol::ids::{Epoch, StreamId};
use crate::protocol::lamport::Lamport;
use crate::protocol::message::{Halt, Leave, Limits, Resumed, Shell, Tickets};
use crate::protocol::reason::{CloseCode, ProtocolError};
use crate::protocol::timing::{PageTiming, Timing};

use super::env::Env;
use super::world::{Heard, Pace, Want, World, WorldEffect, WorldEvent, WorldPhase};

mod connect;
mod receive;

/// One page at work.
#[derive(Debug)]
pub struct Session {
    timing: PageTiming,
    state: State,
    /// Counts connections: answers carry it.
    attempt: u32,
    /// Tries in a row that led to no steady session.
    tries: u32,
    lamport: Lamport,
    ticket: Option<Held>,
    resume: Option<Vec<u8>>,
    epoch: Option<Epoch>,
    limits: Limits,
    shell: Option<Shell>,
    /// What the server said before it closed.
    halted: Option<Halt>,
    /// Whether this page was reloaded for the server's build already.
    was_reloaded: bool,
    worlds: Vec<(WorldNumber, World)>,
    next_world: u32,
    next_req: u32,
    /// Behind the last stream that ever was a world's.
    streams_end: u32,
}

/// A ticket and when it came.
#[derive(Clone, Debug)]
struct Held {
    ticket: Vec<u8>,
    since: Millis,
}

/// A world as the page counts it: its key changes from attempt to attempt, this does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorldNumber(pub u32);

/// What a session waits for.
#[derive(Clone, Debug)]
enum State {
    /// Its start.
    Idle,
    /// A ticket over HTTP.
    AwaitingTicket { until: Millis },
    /// The login key's signature over the first message.
    AwaitingSignature { until: Millis, activate: Box<Unsigned> },
    /// An open socket, with the first message in hand.
    AwaitingSocket { until: Millis, first: Vec<u8>, resumes: bool },
    /// Activated.
    AwaitingActivated { until: Millis, resumes: bool },
    /// Resumed, right behind Activated.
    AwaitingResumed { until: Millis },
    /// Whatever the server and the worlds say.
    Active { since: Millis },
    /// The next try.
    Paused { until: Millis, why: String },
    /// Somebody to start it again.
    Closed { why: String, login: bool },
}

/// A first message but for its signature.
#[derive(Clone, Debug)]
struct Unsigned {
    ticket: Vec<u8>,
    resume: Option<Vec<u8>>,
    lamport: u64,
}

/// A session's state without its data, for the user to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was started.
    Idle,
    /// A socket is being opened and activated.
    Connecting,
    /// It is active.
    Active,
    /// The socket is lost.
    Waiting {
        /// Why.
        why: String,
        /// When it tries again.
        until: Millis,
    },
    /// Nothing is tried by itself.
    Closed {
        /// Why.
        why: String,
        /// Whether logging in again is what helps.
        login: bool,
    },
}

/// Why no ticket came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketRefusal {
    /// The login is over, or its key is gone: only a new login helps.
    Login(String),
    /// The server could not be asked; it may be later.
    Unreachable(String),
}

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The page starts, or starts anew under a new login. Whatever session there was is given up.
    Start {
        /// The ticket that came with the page or the login, if one did.
        ticket: Option<Vec<u8>>,
    },
    /// Answers [`Effect::AskTicket`].
    Ticket {
        /// The attempt that asked.
        attempt: u32,
        /// The ticket, or why there is none.
        result: Result<Vec<u8>, TicketRefusal>,
    },
    /// Answers [`Effect::SignActivate`].
    Signed {
        /// The attempt that asked.
        attempt: u32,
        /// The signature, or why there is none.
        signature: Result<[u8; 64], String>,
    },
    /// The socket is open.
    Opened {
        /// The attempt that opened it.
        attempt: u32,
    },
    /// A binary message came.
    Message {
        /// The attempt that opened the socket.
        attempt: u32,
        /// The message.
        bytes: &'a [u8],
    },
    /// The socket is closed or never opened.
    SocketClosed {
        /// The attempt that opened it.
        attempt: u32,
        /// The close code.
        code: u16,
        /// The close reason.
        why: &'a str,
    },
    /// Something happened to a world.
    World {
        /// Which.
        world: WorldNumber,
        /// What.
        event: WorldEvent,
    },
    /// The user wants to connect now, or the page was shown again after [`Event::Left`].
    Reconnect,
    /// The page is being left.
    Left,
    /// A deadline has come.
    Deadline,
}

/// What the shell is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask for a ticket by a request that the login key signs.
    AskTicket {
        /// To be named in the answer.
        attempt: u32,
    },
    /// Sign with the login key.
    SignActivate {
        /// To be named in the answer.
        attempt: u32,
        /// What to sign.
        bytes: Vec<u8>,
    },
    /// Open the socket; an older one is dropped.
    OpenSocket {
        /// To be named in everything that comes from it.
        attempt: u32,
    },
    /// Send this message on the socket.
    Send(Vec<u8>),
    /// Drop the socket, if there is one: nothing of it is listened to any more.
    CloseSocket,
    /// Reload the page, remembering that it was reloaded for this.
    Reload,
    /// Something for a world.
    World {
        /// Which.
        world: WorldNumber,
        /// What.
        effect: WorldEffect,
    },
}

impl Session {
    /// Returns a session that waits for [`Event::Start`]. `was_reloaded` tells whether [`Effect::Reload`] brought this page
    /// here, so that it is not done twice.
    #[must_use]
    pub fn new(timing: PageTiming, was_reloaded: bool) -> Self {
        Self {
            timing,
            state: State::Idle,
            attempt: 0,
            tries: 0,
            lamport: Lamport::default(),
            ticket: None,
            resume: None,
            epoch: None,
            limits: Timing::default().limits(),
            shell: None,
            halted: None,
            was_reloaded,
            worlds: Vec::new(),
            next_world: 0,
            next_req: 0,
            streams_end: 0,
        }
    }

    /// Returns what the user is to know.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match &self.state {
            State::Idle => Phase::Idle,
            State::AwaitingTicket { .. }
            | State::AwaitingSignature { .. }
            | State::AwaitingSocket { .. }
            | State::AwaitingActivated { .. }
            | State::AwaitingResumed { .. } => Phase::Connecting,
            State::Active { .. } => Phase::Active,
            State::Paused { why, until } => Phase::Waiting { why: why.clone(), until: *until },
            State::Closed { why, login } => Phase::Closed { why: why.clone(), login: *login },
        }
    }

    /// Returns what the user is to know of a world; `None` for one that was never forked or is forgotten.
    #[must_use]
    pub fn world_phase(&self, world: WorldNumber) -> Option<WorldPhase> {
        self.worlds.iter().find(|(number, _)| *number == world).map(|(_, world)| world.phase())
    }

    /// Returns the first world to fork and where its Initiate goes, once a session was active.
    #[must_use]
    pub const fn shell(&self) -> Option<&Shell> {
        self.shell.as_ref()
    }

    /// Returns the epoch of the session, once it was active.
    #[must_use]
    pub const fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// Returns when [`Event::Deadline`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Millis> {
        let own = match &self.state {
            State::AwaitingTicket { until }
            | State::AwaitingSignature { until, .. }
            | State::AwaitingSocket { until, .. }
            | State::AwaitingActivated { until, .. }
            | State::AwaitingResumed { until }
            | State::Paused { until, .. } => Some(*until),
            State::Idle | State::Active { .. } | State::Closed { .. } => None,
        };
        own.into_iter().chain(self.worlds.iter().filter_map(|(_, world)| world.deadline())).min()
    }

    /// Makes a world that will run `command`. It says Hello as soon as it has a key and the session is active.
    #[must_use]
    pub fn fork(&mut self, command: &str) -> (WorldNumber, Vec<Effect>) {
        let number = WorldNumber(self.next_world);
        self.next_world += 1;
        let (world, wants) = World::created(command.to_owned());
        self.worlds.push((number, world));
        let mut effects = Vec::new();
        for want in wants {
            if let Want::Shell(effect) = want {
                effects.push(Effect::World { world: number, effect });
            }
        }
        (number, effects)
    }

    /// Forgets a world that is over; one that is not is left as it is.
    pub fn forget(&mut self, world: WorldNumber) {
        self.worlds.retain(|(number, held)| *number != world || !held.is_over());
    }

    /// Takes an event and returns what to do, in order.
    #[must_use]
    pub fn handle(&mut self, now: Millis, env: &mut Env<'_>, event: Event<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        let out = &mut effects;
        match event {
            Event::Start { ticket } => self.start(now, env, ticket, out),
            Event::Ticket { attempt, result } if attempt == self.attempt => self.has_ticket(now, env, result, out),
            Event::Signed { attempt, signature } if attempt == self.attempt => {
                self.has_signature(now, env, signature, out)
            }
            Event::Opened { attempt } if attempt == self.attempt => self.has_socket(now, out),
            Event::Message { attempt, bytes } if attempt == self.attempt => self.message(now, env, bytes, out),
            Event::SocketClosed { attempt, code, why } if attempt == self.attempt => {
                self.socket_closed(now, env, code, why, out);
            }
            // Answers to an attempt that was given up.
            Event::Ticket { .. }
            | Event::Signed { .. }
            | Event::Opened { .. }
            | Event::Message { .. }
            | Event::SocketClosed { .. } => {}
            Event::World { world, event } => self.world_event(now, env, world, event, out),
            Event::Reconnect => self.reconnect(now, env, out),
            Event::Left => self.leave(now, env, out),
            Event::Deadline => self.expire(now, env, out),
        }
        effects
    }

    const fn is_active(&self) -> bool {
        matches!(self.state, State::Active { .. })
    }

    fn expire(&mut self, now: Millis, env: &mut Env<'_>, out: &mut Vec<Effect>) {
        self.each_world(now, env, &Heard::Deadline, out);
        match &self.state {
            State::Paused { until, .. } if now >= *until => self.connect(now, env, out),
            State::AwaitingTicket { until } if now >= *until => {
                self.pause(now, env, "the server did not answer".into(), out);
            }
            State::AwaitingSignature { until, .. } if now >= *until => {
                self.close("the login key did not answer".into(), false, now, env, out);
            }
            State::AwaitingSocket { until, .. } if now >= *until => {
                self.drop_socket(now, env, "the server did not answer", out);
            }
            State::AwaitingActivated { until, .. } | State::AwaitingResumed { until } if now >= *until => {
                self.drop_socket(now, env, "the server did not activate the session", out);
            }
            _ => {}
        }
    }

    /// The page goes away: the server need not wait for it. Should it be shown again, the resume ticket is still there.
    fn leave(&mut self, now: Millis, env: &mut Env<'_>, out: &mut Vec<Effect>) {
        let why = "the page was left";
        if self.is_active() {
            self.send(FrameType::Halt, StreamId::CONTROL, &encode(&Halt { code: 1001, why: why.into() }), out);
        }
        if !matches!(self.state, State::Closed { .. }) {
            self.close(why.into(), false, now, env, out);
        }
    }

    fn world_event(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        number: WorldNumber,
        event: WorldEvent,
        out: &mut Vec<Effect>,
    ) {
        let hello = self.is_active().then(|| self.req());
        self.with_world(now, env, number, out, |world, now, env, pace| world.handle(now, env, pace, hello, event));
    }

    fn req(&mut self) -> u32 {
        self.next_req = self.next_req.wrapping_add(1);
        self.next_req
    }

    /// Lets every world hear something.
    fn each_world(&mut self, now: Millis, env: &mut Env<'_>, heard: &Heard<'_>, out: &mut Vec<Effect>) {
        let numbers: Vec<WorldNumber> = self.worlds.iter().map(|(number, _)| *number).collect();
        for number in numbers {
            self.world_hears(now, env, number, heard.clone(), out);
        }
    }

    fn world_hears(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        number: WorldNumber,
        heard: Heard<'_>,
        out: &mut Vec<Effect>,
    ) {
        self.with_world(now, env, number, out, |world, now, env, pace| world.hear(now, env, pace, heard));
    }

    fn with_world(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        number: WorldNumber,
        out: &mut Vec<Effect>,
        transition: impl FnOnce(World, Millis, &mut Env<'_>, Pace<'_>) -> (World, Vec<Want>),
    ) {
        let Some(at) = self.worlds.iter().position(|(held, _)| *held == number) else { return };
        let (_, world) = self.worlds.swap_remove(at);
        let pace = Pace { timing: &self.timing, limits: &self.limits };
        let (world, wants) = transition(world, now, env, pace);
        self.worlds.push((number, world));
        let mut broken = None;
        for want in wants {
            match want {
                Want::Shell(effect) => out.push(Effect::World { world: number, effect }),
                Want::Send { kind, stream, body } => self.send(kind, stream, &body, out),
                Want::Broken(error) => broken = Some(error),
            }
        }
        if let Some(error) = broken {
            self.breaks(now, env, &error, out);
        }
    }

    /// Sends a frame; without an active session nobody hears it, and nothing is queued.
    fn send(&mut self, kind: FrameType, stream: StreamId, body: &[u8], out: &mut Vec<Effect>) {
        if self.is_active() {
            let lamport = self.lamport.send();
            out.push(Effect::Send(Frame { kind, stream, lamport, body }.encode()));
        }
    }

    fn send_control<M: Message>(&mut self, message: &M, out: &mut Vec<Effect>) {
        self.send(M::KIND, StreamId::CONTROL, &encode(message), out);
    }

    /// The server broke the protocol: this is not a server to try again by oneself.
    fn breaks(&mut self, now: Millis, env: &mut Env<'_>, error: &ProtocolError, out: &mut Vec<Effect>) {
        self.close(format!("the server broke the protocol: {error}"), false, now, env, out);
    }
}
