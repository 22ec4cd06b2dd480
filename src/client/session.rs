//! Drives the session: carries what happens to the page into [`Session`], and its effects out to key, socket and worlds.
//!
//! Whatever happens goes through one queue and is worked off to its end, effects included, before the next: a socket, a
//! sandbox or a promise that answers at once cannot find the machine half way. Started by [`super::boot`]; it lives as long
//! as the page.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use leptos::prelude::{GetUntracked, Set};
use leptos::task::spawn_local;

use super::clock::{self, Alarm, Pulse};
use super::keys::{self, SigningKey};
use super::reload;
use super::requests;
use super::socket::{Socket, SocketEvent};
use super::world_host::{self, WorldHost};
use crate::app::state::link::{Connection, Link, Wish};
use crate::protocol::client::{Effect, Env, Event, Phase, Session, TicketRefusal, WorldEvent, WorldNumber, WorldPhase};
use crate::protocol::codec::encode;
use crate::protocol::crypto::Random;
use crate::protocol::frame::FrameType;
use crate::protocol::message::{RENEW_PATH, SignedRequest, TICKET_PATH};
use crate::protocol::timing::PageTiming;
use crate::protocol::transcript;
use crate::world::batch::Batch;

/// How often an active page renews its login.
const RENEW_MILLIS: u64 = 10 * 60 * 1_000;

/// What this page compares with its server's build.
const BUILD: &str = env!("FRERETH_BUILD");

/// Something that happened to the page.
pub enum Happening {
    /// The page starts with the ticket that came with it, if one did.
    Start(Option<Vec<u8>>),
    /// The user wishes something.
    Wish(Wish),
    /// The page is being left.
    Left,
    /// The page was shown again, as it was left.
    Shown,
    /// The page became visible or hidden.
    Visibility,
    /// A ticket came, or the reason why none did.
    Ticket { attempt: u32, result: Result<Vec<u8>, TicketRefusal> },
    /// The login key signed, or did not.
    Signed { attempt: u32, signature: Result<[u8; 64], String> },
    /// The socket of an attempt reports.
    Socket { attempt: u32, event: SocketEvent },
    /// A world's host reports.
    World { world: WorldNumber, event: WorldEvent },
    /// A deadline has come.
    Deadline,
}

/// The page's session and everything that works for it.
pub struct SessionHost {
    link: Link,
    key: SigningKey,
    token_id: String,
    origin: String,
    machine: RefCell<Session>,
    socket: RefCell<Option<Socket>>,
    worlds: RefCell<Vec<(WorldNumber, Rc<WorldHost>)>>,
    /// The world that the page shows.
    shell: Cell<Option<WorldNumber>>,
    shell_phase: RefCell<Option<WorldPhase>>,
    /// Why the connection was lost, while it is.
    lost: RefCell<Option<String>>,
    alarm: RefCell<Option<Alarm>>,
    renewal: RefCell<Option<Pulse>>,
    queue: RefCell<VecDeque<Happening>>,
    is_working: Cell<bool>,
}

impl SessionHost {
    /// Returns a session that waits for [`Happening::Start`].
    ///
    /// # Errors
    /// Words for the user when the page has no origin.
    pub fn new(link: Link, key: SigningKey, token_id: String) -> Result<Rc<Self>, String> {
        let host = Rc::new(Self {
            link,
            key,
            token_id,
            origin: keys::origin()?,
            machine: RefCell::new(Session::new(PageTiming::default(), reload::was_done())),
            socket: RefCell::new(None),
            worlds: RefCell::default(),
            shell: Cell::new(None),
            shell_phase: RefCell::new(None),
            lost: RefCell::new(None),
            alarm: RefCell::new(None),
            renewal: RefCell::new(None),
            queue: RefCell::default(),
            is_working: Cell::new(false),
        });
        let weak = Rc::downgrade(&host);
        host.alarm.replace(Some(Alarm::new(move || {
            if let Some(host) = weak.upgrade() {
                host.push(Happening::Deadline);
            }
        })));
        Ok(host)
    }

    /// Takes something that happened. It is dealt with at once, or behind what is being dealt with.
    pub fn push(self: &Rc<Self>, happening: Happening) {
        self.queue.borrow_mut().push_back(happening);
        if self.is_working.replace(true) {
            return;
        }
        loop {
            let next = self.queue.borrow_mut().pop_front();
            let Some(next) = next else { break };
            self.deal_with(next);
            self.settle();
        }
        self.is_working.set(false);
    }

    fn deal_with(self: &Rc<Self>, happening: Happening) {
        match happening {
            Happening::Start(ticket) => self.handle(Event::Start { ticket }),
            Happening::Wish(wish) => self.fulfil(wish),
            Happening::Left => self.handle(Event::Left),
            Happening::Shown => self.handle(Event::Reconnect),
            Happening::Visibility => self.with_shell(|shell| shell.watch()),
            Happening::Ticket { attempt, result } => self.handle(Event::Ticket { attempt, result }),
            Happening::Signed { attempt, signature } => self.handle(Event::Signed { attempt, signature }),
            Happening::Socket { attempt, event } => match event {
                SocketEvent::Opened => self.handle(Event::Opened { attempt }),
                SocketEvent::Frame(bytes) => self.handle(Event::Message { attempt, bytes: &bytes }),
                // No frame is that short, so the machine takes a text message for the breach that it is.
                SocketEvent::Text => self.handle(Event::Message { attempt, bytes: &[] }),
                SocketEvent::Closed { code, reason } => {
                    self.handle(Event::SocketClosed { attempt, code, why: &reason });
                }
            },
            Happening::World { world, event } => self.handle(Event::World { world, event }),
            Happening::Deadline => self.handle(Event::Deadline),
        }
    }

    fn fulfil(self: &Rc<Self>, wish: Wish) {
        match wish {
            Wish::Reconnect => self.handle(Event::Reconnect),
            Wish::StopWorld => self.stop_shell(),
            Wish::RestartWorld => {
                self.stop_shell();
                self.fork_shell();
            }
            Wish::CopyHeld => {
                if let Some(text) = self.link.held_copy.get_untracked() {
                    self.link.held_copy.set(None);
                    world_host::copy(&self.link, text);
                }
            }
            Wish::CopyAddress => self.with_shell(|shell| shell.copy_address()),
            Wish::GoToAddress => self.with_shell(|shell| shell.go_to_address()),
            Wish::World(event) => self.with_shell(|shell| shell.event(event)),
        }
    }

    fn stop_shell(self: &Rc<Self>) {
        if let Some(world) = self.shell.get() {
            self.handle(Event::World { world, event: WorldEvent::Stop });
        }
    }

    /// Forks the shell that the server named, once it has named one.
    fn fork_shell(self: &Rc<Self>) {
        let forked = {
            let mut machine = self.machine.borrow_mut();
            let command = machine.shell().map(|shell| shell.command.clone());
            command.map(|command| machine.fork(&command))
        };
        let Some((world, effects)) = forked else { return };
        let session = Rc::downgrade(self);
        let report = move |event| {
            if let Some(session) = session.upgrade() {
                session.push(Happening::World { world, event });
            }
        };
        self.worlds.borrow_mut().push((world, WorldHost::new(self.link.clone(), Rc::new(report))));
        self.shell.set(Some(world));
        self.shell_phase.replace(None);
        self.carry_out(effects);
    }

    fn handle(self: &Rc<Self>, event: Event<'_>) {
        let effects = {
            let mut random = BrowserRandom;
            let mut env = Env {
                random: &mut random,
                origin: &self.origin,
                build: BUILD,
                batch_items: |body| Batch::items_of(body).map(u64::from),
            };
            self.machine.borrow_mut().handle(clock::now(), &mut env, event)
        };
        self.carry_out(effects);
    }

    fn carry_out(self: &Rc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::AskTicket { attempt } => self.ask_ticket(attempt),
                Effect::SignActivate { attempt, bytes } => self.sign(attempt, bytes),
                Effect::OpenSocket { attempt } => self.open_socket(attempt),
                Effect::Send(frame) => self.send(frame),
                Effect::CloseSocket => drop(self.socket.take()),
                Effect::Reload => reload::now(),
                Effect::World { world, effect } => {
                    let code_url = self.machine.borrow().shell().map(|shell| shell.code_url.clone());
                    if let Some(host) = self.world(world) {
                        host.carry_out(effect, &code_url.unwrap_or_default());
                    }
                }
            }
        }
    }

    /// Shows the new state of things, and sets the alarm for what comes next.
    fn settle(self: &Rc<Self>) {
        let phase = self.machine.borrow().phase();
        let is_active = phase == Phase::Active;
        self.show_connection(phase);
        self.keep_renewing(is_active);
        if is_active && self.shell.get().is_none() {
            reload::is_over();
            self.fork_shell();
        }
        self.settle_shell(is_active);
        self.forget_worlds();
        if let Some(alarm) = self.alarm.borrow().as_ref() {
            alarm.set(self.machine.borrow().deadline());
        }
    }

    /// Why a connection was lost stays on show until it is back, whatever the tries since have met.
    fn show_connection(&self, phase: Phase) {
        let mut lost = self.lost.borrow_mut();
        let shown = match phase {
            Phase::Idle => Connection::Starting,
            Phase::Connecting => match lost.clone() {
                Some(why) => Connection::Waiting { why, retry_millis: 0 },
                None => Connection::Connecting,
            },
            Phase::Active => {
                *lost = None;
                Connection::Active
            }
            Phase::Waiting { why, until } => {
                Connection::Waiting { why: lost.get_or_insert(why).clone(), retry_millis: until.since(clock::now()) }
            }
            Phase::Closed { why, login } => Connection::Closed { why, login },
        };
        let is_same = match (&self.link.connection.get_untracked(), &shown) {
            // The time left shrinks with every look; the page counts down by itself.
            (Connection::Waiting { why: old, .. }, Connection::Waiting { why, .. }) => old == why,
            (old, new) => old == new,
        };
        if !is_same {
            self.link.connection.set(shown);
        }
    }

    /// A world that the server no longer had when the socket came back is forked anew: nobody stopped it.
    fn settle_shell(self: &Rc<Self>, is_active: bool) {
        let Some(world) = self.shell.get() else { return };
        let Some(phase) = self.machine.borrow().world_phase(world) else { return };
        let before = self.shell_phase.replace(Some(phase.clone()));
        if before.as_ref() == Some(&phase) {
            return;
        }
        if is_active && before == Some(WorldPhase::Suspended) && matches!(phase, WorldPhase::Failed(_)) {
            return self.fork_shell();
        }
        self.with_shell(|shell| shell.show(phase));
    }

    /// Worlds that are over and not on show are let go.
    fn forget_worlds(&self) {
        let shown = self.shell.get();
        let mut machine = self.machine.borrow_mut();
        self.worlds.borrow_mut().retain(|(world, _)| {
            if Some(*world) != shown {
                machine.forget(*world);
            }
            machine.world_phase(*world).is_some()
        });
    }

    fn world(&self, world: WorldNumber) -> Option<Rc<WorldHost>> {
        self.worlds.borrow().iter().find(|(number, _)| *number == world).map(|(_, host)| Rc::clone(host))
    }

    fn with_shell(&self, act: impl FnOnce(&Rc<WorldHost>)) {
        if let Some(shell) = self.shell.get().and_then(|world| self.world(world)) {
            act(&shell);
        }
    }

    fn open_socket(self: &Rc<Self>, attempt: u32) {
        self.socket.take();
        let session = Rc::downgrade(self);
        let report = move |event| {
            if let Some(session) = session.upgrade() {
                session.push(Happening::Socket { attempt, event });
            }
        };
        match Socket::open(report) {
            Ok(socket) => drop(self.socket.replace(Some(socket))),
            Err(reason) => self.push(Happening::Socket { attempt, event: SocketEvent::Closed { code: 1006, reason } }),
        }
    }

    /// Control and credit go out at once; what a world asks waits while the connection is full.
    fn send(&self, frame: Vec<u8>) {
        let socket = self.socket.borrow();
        let Some(socket) = socket.as_ref() else { return };
        let is_asked = frame.get(1).and_then(|kind| FrameType::from_byte(*kind)).is_some_and(FrameType::is_from_world);
        if !is_asked {
            return socket.send(&frame);
        }
        if !socket.send_paced(frame) {
            self.with_shell(WorldHost::overload);
        }
    }

    fn ask_ticket(self: &Rc<Self>, attempt: u32) {
        let session = Rc::clone(self);
        spawn_local(async move {
            let result = session.ask(TICKET_PATH).await;
            session.push(Happening::Ticket { attempt, result });
        });
    }

    fn sign(self: &Rc<Self>, attempt: u32, bytes: Vec<u8>) {
        let session = Rc::clone(self);
        spawn_local(async move {
            let signature = session.key.sign(&bytes).await;
            session.push(Happening::Signed { attempt, signature });
        });
    }

    /// Posts a request that the login key vouches for, and returns the answer's body.
    async fn ask(&self, path: &str) -> Result<Vec<u8>, TicketRefusal> {
        let at_millis = clock::unix_millis();
        let transcript = transcript::request(&self.origin, path, &self.token_id, at_millis);
        let signature = self.key.sign(&transcript).await.map_err(TicketRefusal::Login)?;
        let body = encode(&SignedRequest { at_millis, signature });
        let answer = requests::post(path, &body).await.map_err(TicketRefusal::Unreachable)?;
        match answer.status {
            200..=299 => Ok(answer.body),
            401 | 403 => Err(TicketRefusal::Login("your login is over".to_owned())),
            status => Err(TicketRefusal::Unreachable(format!("the server answered with status {status}"))),
        }
    }

    fn keep_renewing(self: &Rc<Self>, is_active: bool) {
        if !is_active {
            self.renewal.take();
            return;
        }
        if self.renewal.borrow().is_some() {
            return;
        }
        let session = Rc::downgrade(self);
        self.renewal.replace(Some(Pulse::every(RENEW_MILLIS, move || {
            let Some(session) = session.upgrade() else { return };
            // Nothing to do about a failure: the socket tells when the login is over, and the next beat tries again.
            spawn_local(async move { drop(session.ask(RENEW_PATH).await) });
        })));
    }
}

/// The browser's randomness, for jitter and nonces.
struct BrowserRandom;

impl Random for BrowserRandom {
    fn fill(&mut self, out: &mut [u8]) {
        keys::random(out);
    }
}
