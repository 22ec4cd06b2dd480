//! Every session of this server, and what they share: keys, clocks, commands, the viewer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::caps::Caps;
use super::cell::{Cell, Outcome, Served, ToSocket};
use crate::app::api::SessionView;
use crate::protocol::clock::Millis;
use crate::protocol::ids::{Epoch, SessionTag};
use crate::protocol::message::Shell;
use crate::protocol::minute::MinuteKeys;
use crate::protocol::reason::{CloseCode, Refusal};
use crate::protocol::server::{self as machine, Arrived, Env, Event, Permission, Phase, Presented, Session};
use crate::protocol::timing::Timing;
use crate::protocol::transcript::INITIATE_PATH;
use crate::server::clock::Clock;
use crate::server::commands::{Command, CommandList, LOG_VIEWER};
use crate::server::crypto::{NativeCrypto, SystemRandom};
use crate::server::login::{LoginId, SessionDirectory};
use crate::server::store::Tickets;
use crate::server::viewer::Viewer;

/// How long the end waits for sockets to close.
const FAREWELL: Duration = Duration::from_secs(1);

/// What every session uses and none owns.
pub struct Shared {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The store in which tickets are spent.
    pub tickets: Arc<dyn Tickets>,
    /// The key that seals tickets.
    pub ticket_key: [u8; 32],
    /// The server's build.
    pub build: &'static str,
    /// Deadlines and limits.
    pub timing: Timing,
    /// What can be forked.
    pub commands: CommandList,
    /// The log viewer's server half.
    pub viewer: Viewer,
    /// Open sockets per address and user.
    pub caps: Caps,
}

/// The registry of sessions.
pub struct Hub {
    shared: Shared,
    minute_keys: RwLock<MinuteKeys>,
    cells: Mutex<HashMap<SessionTag, Arc<Cell>>>,
    /// Every open socket holds a receiver, so that the end can wait until the last has said goodbye.
    sockets: watch::Sender<()>,
    /// Why the server stops, once it does: no session begins after that.
    stopping: OnceLock<String>,
}

impl Hub {
    /// A hub without sessions.
    #[must_use]
    pub fn new(shared: Shared) -> Arc<Self> {
        let minute_keys = MinuteKeys::new(shared.clock.wall(), &mut SystemRandom);
        Arc::new(Self {
            shared,
            minute_keys: RwLock::new(minute_keys),
            cells: Mutex::default(),
            sockets: watch::Sender::new(()),
            stopping: OnceLock::new(),
        })
    }

    /// What the sessions share.
    #[must_use]
    pub const fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Monotonic time, for deadlines.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.shared.clock.steady()
    }

    /// Runs a step of a machine in its surroundings.
    pub(super) fn with_env<T>(&self, origin: &str, step: impl FnOnce(Millis, &mut Env<'_>) -> T) -> T {
        let wall = self.shared.clock.wall();
        self.rotate(wall);
        let minute_keys = self.minute_keys.read().unwrap_or_else(PoisonError::into_inner);
        let commands = ShellOnly(&self.shared.commands);
        let mut env = Env {
            wall,
            crypto: &NativeCrypto,
            random: &mut SystemRandom,
            minute_keys: &minute_keys,
            ticket_key: &self.shared.ticket_key,
            origin,
            build: self.shared.build,
            commands: &commands,
            timing: &self.shared.timing,
        };
        step(self.now(), &mut env)
    }

    /// Draws a new minute key when a minute has begun.
    fn rotate(&self, wall: Millis) {
        if self.minute_keys.read().unwrap_or_else(PoisonError::into_inner).is_due(wall) {
            self.minute_keys.write().unwrap_or_else(PoisonError::into_inner).rotate(wall, &mut SystemRandom);
        }
    }

    /// Makes or finds the session of a page whose ticket has just been spent, and gives it its socket.
    ///
    /// # Errors
    /// How to close the socket instead.
    pub(super) fn activate(
        &self,
        origin: &str,
        arrived: &Arrived,
        socket: mpsc::UnboundedSender<Box<ToSocket>>,
    ) -> Result<(Arc<Cell>, Epoch), (CloseCode, String)> {
        let tag = arrived.session();
        let mut cells = self.cells();
        // Asked under the lock: whoever stops or revokes afterwards finds the session in the list.
        if let Some(why) = self.stopping.get() {
            return Err((CloseCode::ServerStopping, why.clone()));
        }
        if let Some(cell) = cells.get(&tag).cloned() {
            drop(cells);
            let epoch = self.with_env(origin, |now, env| cell.resume(now, env, socket, arrived))?;
            return Ok((cell, epoch));
        }
        self.with_env(origin, |now, env| {
            let begun = match arrived.resume {
                Some(_) => Session::rebuild(now, env, arrived),
                None => Session::activate(now, env, arrived),
            };
            let (cell, epoch) = Cell::new(begun, self.shared.viewer.clone(), socket, now, env);
            cells.insert(tag, Arc::clone(&cell));
            Ok((cell, epoch))
        })
    }

    /// Lets an event happen to a session.
    pub(super) fn handle(&self, tag: SessionTag, cell: &Cell, event: Event<'_>) -> Outcome {
        let outcome = self.with_env(&cell.origin, |now, env| cell.handle(now, env, event));
        if outcome.forget {
            let mut cells = self.cells();
            if cells.get(&tag).is_some_and(|kept| std::ptr::eq(&raw const **kept, cell)) {
                cells.remove(&tag);
            }
        }
        outcome
    }

    /// Answers an Initiate that `login` sent from a page at `origin`.
    ///
    /// # Errors
    /// Why no code goes out.
    pub fn serve(&self, origin: &str, login: LoginId, body: &[u8]) -> Result<([u8; 16], &Command), Refusal> {
        let presented = self.with_env(origin, |_, env| Presented::read(env, body, login))?;
        let tag = presented.session();
        let cell = self.cells().get(&tag).cloned().ok_or(Refusal::BadCookie)?;
        match self.handle(tag, &cell, Event::Initiate(&presented)).served {
            Some(Served::Code(command, nonce)) => {
                let command = self.shared.commands.by_number(command.number).ok_or(Refusal::NotFound)?;
                Ok((nonce, command))
            }
            Some(Served::Refused(refusal)) => Err(refusal),
            None => Err(Refusal::OutOfOrder),
        }
    }

    /// Watches a session that has no socket until it has one again or is over: its deadlines fall due all the same.
    pub(super) fn watch(self: &Arc<Self>, tag: SessionTag, cell: Arc<Cell>) {
        let hub = Arc::clone(self);
        tokio::spawn(async move {
            while cell.glance().phase != Phase::Active
                && let Some(deadline) = cell.deadline()
            {
                tokio::time::sleep_until(hub.instant(deadline)).await;
                if cell.glance().phase != Phase::Active && hub.handle(tag, &cell, Event::Deadline).forget {
                    return;
                }
            }
        });
    }

    /// The runtime's name for a moment of the steady clock.
    pub(super) fn instant(&self, at: Millis) -> Instant {
        Instant::now() + Duration::from_millis(at.since(self.now()))
    }

    /// Says that a socket is open, for as long as what is returned is kept.
    pub(super) fn open_socket(&self) -> watch::Receiver<()> {
        self.sockets.subscribe()
    }

    /// Tells every page that the server stops, and why; returns when their sockets are closed, or after a second.
    pub async fn stop(&self, why: &str) {
        self.stopping.get_or_init(|| why.to_owned());
        self.end_where(|_| true, |_| Event::Stopping { why });
        let _ = tokio::time::timeout(FAREWELL, self.sockets.closed()).await;
    }

    fn end_where<'e>(&self, is_meant: impl Fn(&Cell) -> bool, event: impl Fn(&Cell) -> Event<'e>) {
        let meant: Vec<_> = self
            .cells()
            .iter()
            .filter(|(_, cell)| is_meant(cell))
            .map(|(tag, cell)| (*tag, Arc::clone(cell)))
            .collect();
        for (tag, cell) in meant {
            self.handle(tag, &cell, event(&cell));
        }
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<SessionTag, Arc<Cell>>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionDirectory for Hub {
    fn list(&self, login: &LoginId) -> Vec<SessionView> {
        let mut cells: Vec<_> = self.cells().iter().map(|(tag, cell)| (*tag, Arc::clone(cell))).collect();
        cells.sort_by_key(|(tag, cell)| (cell.since, *tag));
        cells
            .into_iter()
            .map(|(tag, cell)| (tag, cell.since, cell.glance()))
            .filter(|(_, _, glance)| glance.login == *login)
            .map(|(tag, since, glance)| SessionView {
                id: tag.0[..4].iter().map(|byte| format!("{byte:02x}")).collect(),
                since_millis: since.0,
                state: words(glance.phase).to_owned(),
                worlds: u32::try_from(glance.worlds).unwrap_or(u32::MAX),
            })
            .collect()
    }

    fn at_work(&self) -> HashMap<LoginId, bool> {
        let cells: Vec<_> = self.cells().values().map(Arc::clone).collect();
        let mut logins = HashMap::new();
        for glance in cells.iter().map(|cell| cell.glance()) {
            *logins.entry(glance.login).or_default() |= glance.phase == Phase::Active;
        }
        logins
    }

    fn close_login(&self, login: &LoginId, why: &str) {
        self.end_where(|cell| cell.glance().login == *login, |_| Event::Revoked { why });
    }
}

const fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Active => "active",
        Phase::Suspended => "suspended",
        Phase::Closing => "closing",
        Phase::Closed => "closed",
    }
}

/// Every login may fork every command: permissions per user come with more than one command.
struct ShellOnly<'a>(&'a CommandList);

impl machine::Commands for ShellOnly<'_> {
    fn by_name(&self, name: &str) -> Permission {
        self.0.by_name(name).map_or(Permission::NotFound, |command| Permission::Granted(facts(command)))
    }

    fn by_number(&self, number: u16) -> Permission {
        self.0.by_number(number).map_or(Permission::NotFound, |command| Permission::Granted(facts(command)))
    }

    fn shell(&self) -> Shell {
        let command = self.0.by_name(LOG_VIEWER).expect("the log viewer is always registered");
        Shell {
            command: command.name.to_owned(),
            code_url: INITIATE_PATH.to_owned(),
            code_sha256: command.code_sha256,
            code_bytes: facts(command).code_bytes,
        }
    }
}

fn facts(command: &Command) -> machine::Command {
    machine::Command {
        number: command.number,
        version: command.version,
        code_sha256: command.code_sha256,
        code_bytes: u32::try_from(command.code.len()).expect("a module is far below 4 GiB"),
    }
}
