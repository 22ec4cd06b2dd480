//! How a session begins and begins again: activated, rebuilt from its resume ticket, resumed. And the tickets for it.

use crate::protocol::bucket::Bucket;
use crate::protocol::clock::Millis;
use crate::protocol::ids::{Epoch, SessionTag};
use crate::protocol::lamport::Lamport;
use crate::protocol::message::{Activated, Resumed, ResumedWorld, Tickets};
use crate::protocol::reason::CloseCode;
use crate::protocol::server::arrival::Arrived;
use crate::protocol::server::env::{Env, Permission};
use crate::protocol::server::world::{World, WorldEvent};
use crate::protocol::server::worlds::Worlds;
use crate::protocol::ticket::{TICKET_WORLDS_MAX, Ticket, TicketKind, TicketWorld};

use super::{Effect, EndReason, Session, State, control_frame};

impl Session {
    /// Makes the session that a ticket was, once the ticket is spent. Whatever session the page wanted back is gone for
    /// good or was not asked for.
    #[must_use]
    pub fn activate(now: Millis, env: &mut Env<'_>, arrived: &Arrived) -> (Self, Vec<Effect>) {
        let mut session = Self::born(now, env, arrived, arrived.ticket.session, Epoch(1), Worlds::new());
        let activated = session.activated(env, arrived.version);
        (session, vec![activated])
    }

    /// Makes a session again that the server has forgotten, from its resume ticket alone: after a restart, after the
    /// grace, or on another server. Worlds whose command is still permitted are constructed again under their names.
    /// Without a resume ticket this is [`Session::activate`].
    #[must_use]
    pub fn rebuild(now: Millis, env: &mut Env<'_>, arrived: &Arrived) -> (Self, Vec<Effect>) {
        let Some(resume) = &arrived.resume else { return Self::activate(now, env, arrived) };
        let until = now.after(env.timing.forked_millis);
        let credit = env.timing.credit;
        let worlds: Vec<World> = resume
            .worlds
            .iter()
            .filter(|world| matches!(env.commands.by_number(world.command), Permission::Granted(_)))
            .take(env.timing.worlds_max as usize)
            .map(|world| World::rebuilding(world.world, world.command, world.stream, until, credit))
            .collect();
        let constructs: Vec<Effect> = worlds
            .iter()
            .map(|world| Effect::Construct { world: world.id, command: world.command, stream: world.stream, credit })
            .collect();
        let worlds = Worlds::rebuilt(worlds, &resume.worlds);
        let mut session = Self::born(now, env, arrived, resume.session, next(resume.epoch), worlds);
        let mut effects = vec![session.activated(env, arrived.version), session.resumed(env)];
        effects.extend(constructs);
        (session, effects)
    }

    fn born(now: Millis, env: &Env<'_>, arrived: &Arrived, tag: SessionTag, epoch: Epoch, worlds: Worlds) -> Self {
        Self {
            tag,
            login: arrived.login,
            epoch,
            lamport: Lamport::at(arrived.lamport.saturating_add(1)),
            bucket: Bucket::full(now, &env.timing.hello_rate),
            ends_at: now.after(arrived.login.expires.since(env.wall)),
            worlds,
            state: State::Active,
        }
    }

    /// A page comes back to a living session: the older socket is fenced, older cookies are worth nothing from here on.
    pub(super) fn resume(&mut self, now: Millis, env: &mut Env<'_>, arrived: &Arrived, effects: &mut Vec<Effect>) {
        let turned_away = match self.state {
            State::Active | State::Suspended { .. } if arrived.login.id != self.login.id => {
                Some((CloseCode::Authentication, "this session is another login's"))
            }
            State::Active | State::Suspended { .. } => None,
            State::Closing { reason, .. } | State::Closed { reason } => Some(match reason {
                EndReason::Revoked | EndReason::Expired => (CloseCode::Authentication, "the login has ended"),
                EndReason::Stopping => (CloseCode::ServerStopping, "the server is stopping"),
                EndReason::Left | EndReason::Grace | EndReason::Broken => {
                    (CloseCode::Overload, "this session is just ending: try again")
                }
            }),
        };
        if let Some((code, why)) = turned_away {
            effects.push(Effect::TurnAway { code, why: why.into() });
            return;
        }
        if self.state == State::Active {
            effects.push(Effect::Fence { epoch: self.epoch });
            self.suspend(now, env, effects);
        }
        self.state = State::Active;
        let known = arrived.resume.as_ref().map_or(self.epoch, |resume| resume.epoch);
        self.epoch = next(self.epoch.max(known));
        self.lamport = Lamport::at(self.lamport.now().max(arrived.lamport).saturating_add(1));
        self.login = arrived.login;
        self.ends_at = now.after(arrived.login.expires.since(env.wall));
        let mut woken = Vec::new();
        for world in self.worlds.ids() {
            self.step(now, env, &world, WorldEvent::Resumed, &mut woken);
        }
        effects.push(self.activated(env, arrived.version));
        effects.push(self.resumed(env));
        effects.append(&mut woken);
    }

    fn activated(&mut self, env: &mut Env<'_>, version: u8) -> Effect {
        control_frame(&Activated {
            version,
            epoch: self.epoch,
            limits: env.timing.limits(),
            shell: env.commands.shell(),
            tickets: self.tickets(env),
        })
    }

    fn resumed(&self, env: &Env<'_>) -> Effect {
        let living = self.worlds.iter().filter(|world| world.survives());
        let worlds = living
            .map(|world| ResumedWorld { world: world.id, stream: world.stream, credit: env.timing.credit })
            .collect();
        control_frame(&Resumed { worlds })
    }

    /// A ticket for the next socket and one for this session. The former names a session of its own, so that it can never
    /// activate this one again.
    pub(super) fn tickets(&self, env: &mut Env<'_>) -> Tickets {
        let next = Ticket {
            kind: TicketKind::Page,
            session: SessionTag(env.random16()),
            login: self.login.id,
            id: env.random16(),
            expires: env.wall.after(env.timing.ticket_millis).min(self.login.expires),
            epoch: Epoch(0),
            worlds: Vec::new(),
        };
        let survivors = self.worlds.iter().filter(|world| world.survives());
        let resume = Ticket {
            kind: TicketKind::Resume,
            session: self.tag,
            login: self.login.id,
            id: env.random16(),
            expires: self.login.expires,
            epoch: self.epoch,
            worlds: survivors
                .take(TICKET_WORLDS_MAX)
                .map(|world| TicketWorld { world: world.id, command: world.command, stream: world.stream })
                .collect(),
        };
        Tickets {
            next: next.seal(env.ticket_key, env.crypto, env.random, env.origin),
            resume: resume.seal(env.ticket_key, env.crypto, env.random, env.origin),
        }
    }
}

const fn next(epoch: Epoch) -> Epoch {
    Epoch(epoch.0.saturating_add(1))
}
