//! Both ends in one process, under a virtual clock, over sockets that die and HTTP replies that get lost.
//!
//! The socket itself is reliable and ordered while it lives, as WebSocket is; everything beside it (signatures, tickets,
//! code, constructors) takes a random time and so arrives in any order. Nothing sleeps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::client::{self, Tell, TicketRefusal, WorldEffect, WorldEvent, WorldNumber, WorldPhase};
use super::clock::Millis;
use super::crypto::random_array;
use super::frame::Frame;
use super::ids::{Epoch, SessionTag, WorldId};
use super::reason::{CloseCode, Refusal};
use super::reference_crypto::{ReferenceKey, SeededRandom};
use super::server::{self, Arrival, Arrived, Effect, EndReason, Event, Presented};
use super::testbed::{BUILD, COMMAND, ORIGIN, Testbed};
use super::timing::PageTiming;

/// Something on its way.
enum Task {
    ToServer { socket: u32, bytes: Vec<u8> },
    ToPage { socket: u32, bytes: Vec<u8> },
    ClosedAtPage { socket: u32, code: u16, why: String },
    ClosedAtServer { socket: u32 },
    Opened { socket: u32 },
    Spent { socket: u32, arrived: Box<Arrived> },
    Page(Box<client::Event<'static>>),
    Initiate { world: WorldNumber, attempt: u32, body: Vec<u8> },
    Constructed { world: WorldId, session: SessionTag },
    Ended { world: WorldId, session: SessionTag },
    Cut,
    Restart,
    Leave,
}

/// The server's end of a socket.
struct Socket {
    arrival: Arrival,
    bound: Option<(SessionTag, Epoch)>,
    /// When the last message of each direction arrives: none overtakes it.
    up: Millis,
    down: Millis,
    is_cut: bool,
}

struct Pair {
    bed: Testbed,
    chance: SeededRandom,
    page: client::Session,
    shell: WorldNumber,
    keys: HashMap<(WorldNumber, u32), ReferenceKey>,
    sessions: BTreeMap<SessionTag, server::Session>,
    spent: BTreeSet<[u8; 16]>,
    sockets: BTreeMap<u32, Socket>,
    current: u32,
    tasks: BTreeMap<(Millis, u64), Task>,
    order: u64,
    lossy: bool,
    told: Vec<Tell>,
    broken: Vec<String>,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let mut page = client::Session::new(PageTiming::default(), false);
        let (shell, effects) = page.fork(COMMAND);
        let mut pair = Self {
            bed: Testbed::new(seed),
            chance: SeededRandom(seed ^ 0x5eed),
            page,
            shell,
            keys: HashMap::new(),
            sessions: BTreeMap::new(),
            spent: BTreeSet::new(),
            sockets: BTreeMap::new(),
            current: 0,
            tasks: BTreeMap::new(),
            order: 0,
            lossy: false,
            told: Vec::new(),
            broken: Vec::new(),
        };
        pair.do_page(effects);
        let ticket = pair.bed.ticket();
        pair.page(client::Event::Start { ticket: Some(ticket) });
        pair
    }

    fn draw(&mut self, below: u64) -> u64 {
        u64::from_be_bytes(random_array(&mut self.chance)) % below
    }

    fn later(&mut self, millis: u64, task: Task) {
        self.at(self.bed.now.after(millis), task);
    }

    fn at(&mut self, when: Millis, task: Task) {
        self.order += 1;
        self.tasks.insert((when, self.order), task);
    }

    fn soon(&mut self, task: Task) {
        let millis = 1 + self.draw(40);
        self.later(millis, task);
    }

    fn answer(&mut self, event: client::Event<'static>) {
        self.soon(Task::Page(Box::new(event)));
    }

    fn world_answer(&mut self, world: WorldNumber, event: WorldEvent) {
        self.answer(client::Event::World { world, event });
    }

    fn page(&mut self, event: client::Event<'_>) {
        let mut env = client::Env { random: &mut self.chance, origin: ORIGIN, build: BUILD, batch_items: |_| Some(1) };
        let effects = self.page.handle(self.bed.now, &mut env, event);
        self.do_page(effects);
        if let client::Phase::Closed { why, .. } = self.page.phase()
            && why.contains("broke the protocol")
        {
            self.broken.push(why);
        }
    }

    fn do_page(&mut self, effects: Vec<client::Effect>) {
        for effect in effects {
            match effect {
                client::Effect::AskTicket { attempt } => {
                    let result = if self.lossy && self.draw(5) == 0 {
                        Err(TicketRefusal::Unreachable("the server could not be reached".into()))
                    } else {
                        Ok(self.bed.ticket())
                    };
                    self.answer(client::Event::Ticket { attempt, result });
                }
                client::Effect::SignActivate { attempt, bytes } => {
                    let signature = Ok(self.bed.login_key.sign(&bytes));
                    self.answer(client::Event::Signed { attempt, signature });
                }
                client::Effect::OpenSocket { attempt } => self.open(attempt),
                client::Effect::Send(bytes) => self.send_up(bytes),
                client::Effect::CloseSocket => self.cut(),
                client::Effect::Reload => panic!("page and server are of one build"),
                client::Effect::World { world, effect } => self.do_world(world, effect),
            }
        }
    }

    fn do_world(&mut self, world: WorldNumber, effect: WorldEffect) {
        match effect {
            WorldEffect::GenerateKey { attempt } => {
                let key = ReferenceKey::from_secret(&random_array(&mut self.chance));
                let public = key.public();
                self.keys.insert((world, attempt), key);
                self.world_answer(world, WorldEvent::KeyMade { attempt, key: Ok(public) });
            }
            WorldEffect::Sign { attempt, bytes } => {
                let signature = Ok(self.keys[&(world, attempt)].sign(&bytes));
                self.world_answer(world, WorldEvent::Signed { attempt, signature });
            }
            WorldEffect::PostInitiate { attempt, body } => self.soon(Task::Initiate { world, attempt, body }),
            WorldEffect::StartSandbox { attempt, .. } => self.world_answer(world, WorldEvent::Ready { attempt }),
            WorldEffect::Tell(tell) => self.told.push(tell),
            WorldEffect::StopSandbox | WorldEffect::Deliver { .. } => {}
        }
    }

    fn open(&mut self, attempt: u32) {
        self.cut();
        self.current = attempt;
        if self.lossy && self.draw(6) == 0 {
            self.soon(Task::ClosedAtPage { socket: attempt, code: 1006, why: String::new() });
            return;
        }
        let millis = 1 + self.draw(40);
        let now = self.bed.now.after(millis);
        let arrival = Arrival::opened(now, &self.bed.timing.clone());
        self.sockets.insert(attempt, Socket { arrival, bound: None, up: now, down: now, is_cut: false });
        self.at(now, Task::Opened { socket: attempt });
    }

    fn send_up(&mut self, bytes: Vec<u8>) {
        let (delay, now, socket) = (1 + self.draw(40), self.bed.now, self.current);
        let Some(end) = self.sockets.get_mut(&socket).filter(|end| !end.is_cut) else { return };
        end.up = end.up.max(now.after(delay));
        let when = end.up;
        self.at(when, Task::ToServer { socket, bytes });
    }

    fn send_down(&mut self, socket: u32, task: impl FnOnce(u32) -> Task) {
        let (delay, now) = (1 + self.draw(40), self.bed.now);
        let Some(end) = self.sockets.get_mut(&socket).filter(|end| !end.is_cut) else { return };
        end.down = end.down.max(now.after(delay));
        let when = end.down;
        self.at(when, task(socket));
    }

    /// The current socket dies: what is on its way is lost, and each end learns of it in its own time.
    fn cut(&mut self) {
        let socket = self.current;
        let Some(end) = self.sockets.get_mut(&socket).filter(|end| !end.is_cut) else { return };
        end.is_cut = true;
        let (page, server) = (1 + self.draw(3_000), 1 + self.draw(3_000));
        self.later(page, Task::ClosedAtPage { socket, code: 1006, why: String::new() });
        self.later(server, Task::ClosedAtServer { socket });
    }

    fn socket_of(&self, session: SessionTag) -> Option<u32> {
        let epoch = self.sessions.get(&session)?.epoch();
        self.sockets.iter().find(|(_, end)| end.bound == Some((session, epoch))).map(|(socket, _)| *socket)
    }

    fn server(&mut self, tag: SessionTag, event: Event<'_>) -> Vec<Effect> {
        let Some(session) = self.sessions.get_mut(&tag) else { return Vec::new() };
        let effects = session.handle(self.bed.now, &mut self.bed.env(), event);
        if session.end_reason() == Some(EndReason::Broken) {
            self.broken.push(format!("{effects:?}"));
        }
        effects
    }

    fn do_server(&mut self, tag: SessionTag, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { kind, stream, body } => {
                    let Some(session) = self.sessions.get_mut(&tag) else { continue };
                    let bytes = Frame { kind, stream, lamport: session.stamp(), body: &body }.encode();
                    if let Some(socket) = self.socket_of(tag) {
                        self.send_down(socket, |socket| Task::ToPage { socket, bytes });
                    }
                }
                Effect::Close { code, why } => {
                    if let Some(socket) = self.socket_of(tag) {
                        self.close(socket, code, why);
                    }
                }
                Effect::Fence { epoch } => {
                    let older = self.sockets.iter().find(|(_, end)| end.bound == Some((tag, epoch)));
                    if let Some(socket) = older.map(|(socket, _)| *socket) {
                        self.close(socket, CloseCode::Fenced, String::new());
                    }
                }
                Effect::Construct { world, .. } => self.soon(Task::Constructed { world, session: tag }),
                Effect::Destroy { world } => self.soon(Task::Ended { world, session: tag }),
                Effect::Forget => {
                    self.sessions.remove(&tag);
                }
                Effect::TurnAway { .. } => panic!("answered by the caller"),
                Effect::Serve { .. } | Effect::RefuseInitiate { .. } => panic!("answered over HTTP"),
                Effect::ToWorld { .. } | Effect::Credit { .. } | Effect::Suspend { .. } | Effect::Resume { .. } => {}
            }
        }
    }

    fn close(&mut self, socket: u32, code: CloseCode, why: String) {
        self.send_down(socket, |socket| Task::ClosedAtPage { socket, code: code.number(), why });
        if let Some(end) = self.sockets.get_mut(&socket) {
            end.bound = None;
        }
    }

    fn run(&mut self, task: Task) {
        let now = self.bed.now;
        match task {
            Task::Page(event) => self.page(*event),
            Task::Opened { socket } if self.lives(socket) => self.page(client::Event::Opened { attempt: socket }),
            Task::ToPage { socket, bytes } if self.lives(socket) => {
                self.page(client::Event::Message { attempt: socket, bytes: &bytes });
            }
            Task::ClosedAtPage { socket, code, why } => {
                self.page(client::Event::SocketClosed { attempt: socket, code, why: &why });
                if let Some(end) = self.sockets.get_mut(&socket) {
                    end.is_cut = true;
                }
            }
            Task::ClosedAtServer { socket } => {
                let bound = self.sockets.remove(&socket).and_then(|end| end.bound);
                if let Some((tag, epoch)) = bound {
                    let effects = self.server(tag, Event::SocketLost { epoch });
                    self.do_server(tag, effects);
                }
            }
            Task::ToServer { socket, bytes } if self.lives(socket) => self.serve(socket, &bytes),
            Task::Spent { socket, arrived } => self.spend(socket, &arrived),
            Task::Initiate { world, attempt, body } => self.initiate(world, attempt, &body),
            Task::Constructed { world, session } => {
                let effects = self.server(session, Event::Constructed { world, result: Ok(()) });
                self.do_server(session, effects);
            }
            Task::Ended { world, session } => {
                let effects = self.server(session, Event::WorldEnded { world, why: "it ended".into() });
                self.do_server(session, effects);
            }
            Task::Cut => self.cut(),
            Task::Leave => self.page(client::Event::Left),
            Task::Restart => {
                self.cut();
                self.sessions.clear();
                let wall = self.bed.wall();
                self.bed.minute_keys = super::minute::MinuteKeys::new(wall, &mut self.bed.random);
            }
            Task::Opened { .. } | Task::ToPage { .. } | Task::ToServer { .. } => {}
        }
        assert!(self.bed.now == now, "nothing waits inside an event");
    }

    fn lives(&self, socket: u32) -> bool {
        self.sockets.get(&socket).is_some_and(|end| !end.is_cut)
    }

    fn serve(&mut self, socket: u32, bytes: &[u8]) {
        let (now, login) = (self.bed.now, self.bed.login);
        let Some(end) = self.sockets.get_mut(&socket) else { return };
        if let Some((tag, epoch)) = end.bound {
            let effects = self.server(tag, Event::Message { epoch, bytes });
            return self.do_server(tag, effects);
        }
        match end.arrival.handle(now, &self.bed.env(), bytes, &login) {
            Ok(arrived) => self.soon(Task::Spent { socket, arrived: Box::new(arrived) }),
            Err(rejection) => self.close(socket, rejection.code, rejection.why),
        }
    }

    fn spend(&mut self, socket: u32, arrived: &Arrived) {
        let fresh = arrived.spend().into_iter().all(|id| self.spent.insert(id));
        if !fresh {
            return self.close(socket, CloseCode::Protocol, "the ticket is spent".into());
        }
        if !self.sockets.contains_key(&socket) {
            return;
        }
        let (now, tag) = (self.bed.now, arrived.session());
        let effects = if self.sessions.contains_key(&tag) {
            self.server(tag, Event::Resume(arrived))
        } else {
            let (session, effects) = server::Session::rebuild(now, &mut self.bed.env(), arrived);
            self.sessions.insert(tag, session);
            effects
        };
        if let [Effect::TurnAway { code, why }] = effects.as_slice() {
            return self.close(socket, *code, why.clone());
        }
        if let (Some(session), Some(end)) = (self.sessions.get(&tag), self.sockets.get_mut(&socket)) {
            end.bound = Some((tag, session.epoch()));
        }
        self.do_server(tag, effects);
    }

    fn initiate(&mut self, world: WorldNumber, attempt: u32, body: &[u8]) {
        let login = self.bed.login.id;
        let answer = Presented::read(&self.bed.env(), body, login).and_then(|presented| {
            let tag = presented.session();
            match self.server(tag, Event::Initiate(&presented)).pop() {
                Some(Effect::Serve { fork_nonce, .. }) => Ok(fork_nonce),
                Some(Effect::RefuseInitiate { refusal }) => Err(refusal),
                _ => Err(Refusal::BadCookie),
            }
        });
        if self.lossy && self.draw(5) == 0 {
            return;
        }
        let event = match answer {
            Ok(fork_nonce) => WorldEvent::Code { attempt, code: self.bed.commands.code.clone(), fork_nonce },
            Err(refusal) => WorldEvent::InitiateFailed { attempt, refusal: Some(refusal) },
        };
        self.world_answer(world, event);
    }

    /// When something happens next.
    fn next(&self) -> Option<Millis> {
        let tasks = self.tasks.keys().next().map(|(when, _)| *when);
        let page = self.page.deadline();
        let sessions = self.sessions.values().filter_map(server::Session::deadline).min();
        let arrivals = self.sockets.values().filter(|end| !end.is_cut).filter_map(|end| end.arrival.deadline()).min();
        [tasks, page, sessions, arrivals].into_iter().flatten().min()
    }

    /// Runs until `end` or until nothing would ever happen again.
    fn run_until(&mut self, end: Millis) {
        let mut events = 0_u32;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            events += 1;
            assert!(events < 200_000, "the machines turn in a circle at {next:?}");
            self.bed.pass(next.since(self.bed.now));
            while let Some(entry) = self.tasks.first_entry().filter(|entry| entry.key().0 <= next) {
                let task = entry.remove();
                self.run(task);
            }
            if self.page.deadline().is_some_and(|deadline| deadline <= self.bed.now) {
                self.page(client::Event::Deadline);
            }
            let due: Vec<SessionTag> = self
                .sessions
                .iter()
                .filter(|(_, session)| session.deadline().is_some_and(|deadline| deadline <= self.bed.now))
                .map(|(tag, _)| *tag)
                .collect();
            for tag in due {
                let effects = self.server(tag, Event::Deadline);
                self.do_server(tag, effects);
            }
            let now = self.bed.now;
            let late: Vec<(u32, server::Rejection)> = self
                .sockets
                .iter_mut()
                .filter(|(_, end)| !end.is_cut)
                .filter_map(|(socket, end)| Some((*socket, end.arrival.expired(now)?)))
                .collect();
            for (socket, rejection) in late {
                self.close(socket, rejection.code, rejection.why);
            }
        }
        self.bed.pass(end.since(self.bed.now));
    }

    fn shell_phase(&self) -> WorldPhase {
        self.page.world_phase(self.shell).expect("the shell was forked")
    }
}

#[test]
fn a_page_and_a_server_get_from_nothing_to_an_active_shell() {
    let mut pair = Pair::new(1);
    pair.run_until(Millis(2_000));
    assert_eq!(pair.page.phase(), client::Phase::Active);
    assert_eq!(pair.shell_phase(), WorldPhase::Active);
    assert_eq!(pair.told, [Tell::Active]);
    assert_eq!(pair.sessions.len(), 1);
}

#[test]
fn a_short_loss_resumes_the_same_world_in_the_next_epoch() {
    let mut pair = Pair::new(2);
    pair.run_until(Millis(2_000));
    pair.cut();
    pair.run_until(Millis(12_000));
    assert_eq!(pair.shell_phase(), WorldPhase::Active);
    assert_eq!(pair.told, [Tell::Active, Tell::Suspended, Tell::Resumed]);
    assert_eq!(pair.page.epoch(), Some(Epoch(2)));
    assert_eq!(pair.sessions.len(), 1);
}

#[test]
fn a_restarted_server_rebuilds_the_world_from_the_ticket_alone() {
    let mut pair = Pair::new(3);
    pair.run_until(Millis(2_000));
    pair.run(Task::Restart);
    pair.run_until(Millis(12_000));
    assert_eq!(pair.shell_phase(), WorldPhase::Active);
    assert_eq!(pair.told, [Tell::Active, Tell::Suspended, Tell::Resumed]);
}

#[test]
fn a_page_that_leaves_ends_its_session_at_once_and_may_come_back() {
    let mut pair = Pair::new(4);
    pair.run_until(Millis(2_000));
    let effects_of_leaving = pair.sessions.len();
    assert_eq!(effects_of_leaving, 1);
    // The socket outlives the last message by a moment, as a browser's does.
    let mut env = client::Env { random: &mut pair.chance, origin: ORIGIN, build: BUILD, batch_items: |_| Some(1) };
    let effects = pair.page.handle(pair.bed.now, &mut env, client::Event::Left);
    let halt = effects.into_iter().filter(|effect| matches!(effect, client::Effect::Send(_))).collect();
    pair.do_page(halt);
    pair.run_until(Millis(3_000));
    assert!(pair.sessions.is_empty(), "no grace for a page that said it leaves");
    pair.page(client::Event::Reconnect);
    pair.run_until(Millis(8_000));
    assert_eq!(pair.shell_phase(), WorldPhase::Active);
}

#[test]
fn a_thousand_random_disconnects_always_end_active_or_with_a_stated_reason() {
    let (mut cuts, mut active) = (0, 0);
    for seed in 0..100 {
        let mut pair = Pair::new(seed);
        pair.lossy = true;
        let mut when = 0;
        for _ in 0..12 {
            when += 1 + pair.draw(6_000);
            let task = if pair.draw(8) == 0 { Task::Restart } else { Task::Cut };
            pair.at(Millis(when), task);
            cuts += 1;
        }
        pair.run_until(Millis(when));
        pair.lossy = false;
        let end = when + 180_000;
        pair.run_until(Millis(end));
        assert_eq!(pair.broken, Vec::<String>::new(), "seed {seed}: honest ends never break the protocol");
        assert_eq!(pair.page.phase(), client::Phase::Active, "seed {seed}");
        match pair.shell_phase() {
            WorldPhase::Active => active += 1,
            WorldPhase::Failed(why) => assert!(!why.is_empty(), "seed {seed}"),
            phase => panic!("seed {seed}: the world hangs in {phase:?}"),
        }
        assert_eq!(pair.sessions.len(), 1, "seed {seed}: older sessions are forgotten after their grace");
    }
    assert!(cuts >= 1_000, "{cuts} cuts");
    assert!(active >= 90, "{active} of 100 shells are active in the end");
}

#[test]
fn a_restart_in_the_middle_of_leaving_hangs_nothing() {
    for seed in 0..20 {
        let mut pair = Pair::new(1_000 + seed);
        let (leave, restart) = (pair.draw(2_000), pair.draw(2_000));
        pair.at(Millis(leave), Task::Leave);
        pair.at(Millis(restart), Task::Restart);
        pair.run_until(Millis(100_000));
        assert!(pair.sessions.is_empty(), "seed {seed}: the grace ends what nobody wants");
        assert!(matches!(pair.page.phase(), client::Phase::Closed { login: false, .. }), "seed {seed}");
    }
}
