//! One session: its machine, its running worlds, the way to its socket; all behind one lock that is never held while waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::protocol::clock::Millis;
use crate::protocol::frame::{Frame, FrameType};
use crate::protocol::ids::{Epoch, StreamId, WorldId};
use crate::protocol::reason::{CloseCode, Refusal};
use crate::protocol::server::{Command, Effect, Env, Event, Phase, Session};
use crate::server::viewer::{Outgoing, Viewer, ViewerWorld};

/// Bodies that one world may have waiting for the socket; then its lanes wait, and count gaps.
const WORLD_QUEUE: usize = 16;

/// What the socket's task is told; boxed on its way, because a channel keeps room for 32 of whatever it carries.
pub enum ToSocket {
    /// Send this control frame.
    Frame(FrameType, StreamId, Vec<u8>),
    /// A world's bodies come from here from now on.
    World(StreamId, mpsc::Receiver<Box<Outgoing>>),
    /// Close, with these words.
    Close(CloseCode, String),
    /// A deadline may have moved.
    Look,
}

/// The answer to an Initiate.
pub enum Served {
    /// The code of this command goes out, with this nonce.
    Code(Command, [u8; 16]),
    /// Nothing goes out.
    Refused(Refusal),
}

/// One session of the registry.
pub struct Cell {
    inner: Mutex<Inner>,
    /// The origin that its page was reached at.
    pub origin: String,
    /// When it was first activated (Unix time).
    pub since: Millis,
}

struct Inner {
    machine: Session,
    viewer: Viewer,
    worlds: HashMap<WorldId, Running>,
    socket: Option<(Epoch, mpsc::UnboundedSender<Box<ToSocket>>)>,
}

struct Running {
    world: ViewerWorld,
    first: StreamId,
}

/// What is to be known of a session from outside.
pub struct Glance {
    /// Its state's name.
    pub phase: Phase,
    /// How many worlds it runs.
    pub worlds: usize,
    /// The login it works under.
    pub login: [u8; 16],
}

/// How an event ended for whoever brought it.
#[derive(Default)]
pub struct Outcome {
    /// The answer, when the event was an Initiate.
    pub served: Option<Served>,
    /// The session is over and wants to be dropped from the registry.
    pub forget: bool,
}

impl Cell {
    /// A session that was just activated, on its socket. The effects of its activation are carried out before anybody else
    /// can see it, so that whoever ends it ends all of it.
    pub fn new(
        (machine, effects): (Session, Vec<Effect>),
        viewer: Viewer,
        socket: mpsc::UnboundedSender<Box<ToSocket>>,
        now: Millis,
        env: &mut Env<'_>,
    ) -> (Arc<Self>, Epoch) {
        let epoch = machine.epoch();
        let mut inner = Inner { machine, viewer, worlds: HashMap::new(), socket: Some((epoch, socket)) };
        inner.carry_out(now, env, effects, &mut Outcome::default());
        (Arc::new(Self { inner: Mutex::new(inner), origin: env.origin.to_owned(), since: env.wall }), epoch)
    }

    /// A page comes back to this living session on a new socket.
    ///
    /// # Errors
    /// How to close that socket, when the session is ending or another login's.
    pub fn resume(
        &self,
        now: Millis,
        env: &mut Env<'_>,
        socket: mpsc::UnboundedSender<Box<ToSocket>>,
        arrived: &crate::protocol::server::Arrived,
    ) -> Result<Epoch, (CloseCode, String)> {
        let mut inner = self.lock();
        let mut effects = inner.machine.handle(now, env, Event::Resume(arrived));
        if let Some(Effect::TurnAway { code, why }) = effects.pop_if(|last| matches!(last, Effect::TurnAway { .. })) {
            return Err((code, why));
        }
        let mut outcome = Outcome::default();
        // What comes before and with the fence is for the older socket, what follows for the new one.
        let fence = effects.iter().position(|effect| matches!(effect, Effect::Fence { .. })).map_or(0, |at| at + 1);
        let for_new = effects.split_off(fence);
        inner.carry_out(now, env, effects, &mut outcome);
        let epoch = inner.machine.epoch();
        inner.socket = Some((epoch, socket));
        inner.carry_out(now, env, for_new, &mut outcome);
        Ok(epoch)
    }

    /// Lets an event happen and carries out what follows from it.
    pub fn handle(&self, now: Millis, env: &mut Env<'_>, event: Event<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let mut inner = self.lock();
        let effects = inner.machine.handle(now, env, event);
        inner.carry_out(now, env, effects, &mut outcome);
        if outcome.served.is_some() {
            inner.tell(ToSocket::Look);
        }
        outcome
    }

    /// Writes a frame with the next stamp of the session's clock.
    pub fn stamped(&self, kind: FrameType, stream: StreamId, body: &[u8]) -> Vec<u8> {
        let lamport = self.lock().machine.stamp();
        Frame { kind, stream, lamport, body }.encode()
    }

    /// When [`Event::Deadline`] is due.
    pub fn deadline(&self) -> Option<Millis> {
        self.lock().machine.deadline()
    }

    /// What is to be known from outside.
    pub fn glance(&self) -> Glance {
        let inner = self.lock();
        Glance { phase: inner.machine.phase(), worlds: inner.worlds.len(), login: inner.machine.login().id }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Carries out effects in order; an effect may bring the machine an event whose effects come next.
    fn carry_out(&mut self, now: Millis, env: &mut Env<'_>, effects: Vec<Effect>, outcome: &mut Outcome) {
        for effect in effects {
            if let Some(event) = self.perform(effect, outcome) {
                let next = match event {
                    Answer::Constructed(world) => Event::Constructed { world, result: Ok(()) },
                    Answer::Ended(world, why) => Event::WorldEnded { world, why },
                };
                let effects = self.machine.handle(now, env, next);
                self.carry_out(now, env, effects, outcome);
            }
        }
    }

    fn perform(&mut self, effect: Effect, outcome: &mut Outcome) -> Option<Answer> {
        match effect {
            Effect::Send { kind, stream, body } => self.tell(ToSocket::Frame(kind, stream, body)),
            Effect::Close { code, why } => {
                self.tell(ToSocket::Close(code, why));
                self.socket = None;
            }
            Effect::Fence { epoch } => {
                if let Some((current, _)) = &self.socket
                    && *current == epoch
                {
                    self.tell(ToSocket::Close(CloseCode::Fenced, "another socket took over this session".to_owned()));
                    self.socket = None;
                }
            }
            // Is the whole answer to a resume that fails, which looks for it.
            Effect::TurnAway { .. } => {}
            Effect::Serve { command, fork_nonce, .. } => outcome.served = Some(Served::Code(command, fork_nonce)),
            Effect::RefuseInitiate { refusal } => outcome.served = Some(Served::Refused(refusal)),
            Effect::Construct { world, stream, credit, .. } => {
                let (sender, receiver) = mpsc::channel(WORLD_QUEUE);
                let running = ViewerWorld::start(&self.viewer, sender, credit);
                self.worlds.insert(world, Running { world: running, first: stream });
                self.tell(ToSocket::World(stream, receiver));
                return Some(Answer::Constructed(world));
            }
            Effect::ToWorld { world, lane, kind, body } => {
                let running = self.worlds.get(&world)?;
                if let Err(error) = running.world.receive(lane, kind, &body) {
                    self.worlds.remove(&world);
                    return Some(Answer::Ended(world, error.to_string()));
                }
            }
            Effect::Credit { world, lane, credit } => {
                let running = self.worlds.get(&world)?;
                if let Err(error) = running.world.grant(lane, credit) {
                    self.worlds.remove(&world);
                    return Some(Answer::Ended(world, error.to_string()));
                }
            }
            Effect::Suspend { world } => self.worlds.get(&world)?.world.suspend(),
            Effect::Resume { world, credit } => {
                let running = self.worlds.get(&world)?;
                let (sender, receiver) = mpsc::channel(WORLD_QUEUE);
                running.world.resume(sender, credit);
                let first = running.first;
                self.tell(ToSocket::World(first, receiver));
            }
            Effect::Destroy { world } => {
                self.worlds.remove(&world);
                return Some(Answer::Ended(world, "it was ended".to_owned()));
            }
            Effect::Forget => outcome.forget = true,
        }
        None
    }

    /// Tells the socket's task; a task that is gone has told the machine so, or is about to.
    fn tell(&self, message: ToSocket) {
        if let Some((_, socket)) = &self.socket {
            let _ = socket.send(Box::new(message));
        }
    }
}

/// What an effect brings back to the machine.
enum Answer {
    Constructed(WorldId),
    Ended(WorldId, String),
}
