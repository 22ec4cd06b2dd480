//! The full (state x event) table of a session in the page, as data, and a walk over every cell.

use crate::protocol::clock::Millis;
use crate::protocol::codec::{Message, encode};
use crate::protocol::frame::{Frame, FrameType};
use crate::protocol::ids::{Epoch, StreamId, WorldId};
use crate::protocol::message::{Activated, Halt, Resumed, ResumedWorld, Tickets};
use crate::protocol::reason::CloseCode;
use crate::protocol::reference_crypto::SeededRandom;
use crate::protocol::server::Commands;
use crate::protocol::table;
use crate::protocol::testbed::{BUILD, ORIGIN, Registry, Testbed};
use crate::protocol::timing::{PageTiming, Timing};

use super::{Effect, Env, Event, Phase, Session, TicketRefusal};

const STATES: [&str; 10] =
    ["idle", "ticket", "signature", "socket", "activated", "resumed", "active", "paused", "closed", "login"];

/// One row per event, one cell per state in the order of [`STATES`] (each named for what it waits for; `login` is closed for
/// want of a login): the next phase (`=` for the same state), and behind a colon what is done, in order.
#[rustfmt::skip]
const TABLE: [(&str, [&str; 10]); 20] = [
    ("start",           ["Connecting: sign", "Connecting: drop sign", "Connecting: drop sign", "Connecting: drop sign", "Connecting: drop sign", "Connecting: drop sign", "Connecting: drop sign", "Connecting: sign", "Connecting: sign", "Connecting: sign"]),
    ("ticket",          ["=", "Connecting: sign", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("no ticket",       ["=", "Waiting", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("no login",        ["=", "Closed for login: drop", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("signed",          ["=", "=", "Connecting: open", "=", "=", "=", "=", "=", "=", "="]),
    ("not signed",      ["=", "=", "Closed for login: drop", "=", "=", "=", "=", "=", "=", "="]),
    ("opened",          ["=", "=", "=", "Connecting: send", "=", "=", "=", "=", "=", "="]),
    ("activated",       ["=", "=", "=", "=", "Active", "Closed: drop", "Closed: drop", "=", "=", "="]),
    ("resumed",         ["=", "=", "=", "=", "Closed: drop", "Active", "Closed: drop", "=", "=", "="]),
    ("garbage",         ["=", "=", "=", "=", "Closed: drop", "Closed: drop", "Closed: drop", "=", "=", "="]),
    ("older socket",    ["=", "=", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("lost",            ["=", "=", "=", "Waiting", "Waiting", "Waiting", "Waiting", "=", "=", "="]),
    ("stopping",        ["=", "=", "=", "Waiting", "Waiting", "Waiting", "Waiting", "=", "=", "="]),
    ("logged out",      ["=", "=", "=", "Waiting", "Closed for login: drop", "Closed for login: drop", "Closed for login: drop", "=", "=", "="]),
    ("fenced",          ["=", "=", "=", "Waiting", "Closed: drop", "Closed: drop", "Closed: drop", "=", "=", "="]),
    ("version",         ["=", "=", "=", "Waiting", "Closed: drop reload", "Closed: drop reload", "Closed: drop reload", "=", "=", "="]),
    ("reconnect",       ["Connecting: ask", "Connecting: drop ask", "Connecting: drop ask", "Connecting: drop ask", "Connecting: drop ask", "Connecting: drop sign", "=", "Connecting: ask", "Connecting: sign", "Connecting: ask"]),
    ("left",            ["Closed: drop", "Closed: drop", "Closed: drop", "Closed: drop", "Closed: drop", "Closed: drop", "Closed: send drop", "Closed: drop", "=", "="]),
    ("too early",       ["=", "=", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("deadline",        ["=", "Waiting", "Closed: drop", "Waiting: drop", "Waiting: drop", "Waiting: drop", "=", "Connecting: ask", "=", "="]),
];

struct Stage {
    session: Session,
    random: SeededRandom,
    now: Millis,
    attempt: u32,
}

impl Stage {
    fn new() -> Self {
        let session = Session::new(PageTiming::default(), false);
        Self { session, random: SeededRandom(3), now: Millis(1_000), attempt: 0 }
    }

    fn handle(&mut self, event: Event<'_>) -> Vec<Effect> {
        let mut env = Env { random: &mut self.random, origin: ORIGIN, build: BUILD, batch_items: |_| Some(1) };
        let effects = self.session.handle(self.now, &mut env, event);
        for effect in &effects {
            if let Effect::AskTicket { attempt } | Effect::SignActivate { attempt, .. } = effect {
                self.attempt = *attempt;
            }
        }
        effects
    }

    fn message(&mut self, bytes: &[u8]) -> Vec<Effect> {
        let attempt = self.attempt;
        self.handle(Event::Message { attempt, bytes })
    }

    fn closed(&mut self, code: u16) -> Vec<Effect> {
        let attempt = self.attempt;
        self.handle(Event::SocketClosed { attempt, code, why: "" })
    }

    fn walk_to(state: &str) -> Self {
        let mut stage = Self::new();
        if state == "idle" {
            return stage;
        }
        stage.handle(Event::Reconnect);
        if matches!(state, "ticket") {
            return stage;
        }
        let attempt = stage.attempt;
        if state == "paused" {
            let result = Err(TicketRefusal::Unreachable("no network".into()));
            stage.handle(Event::Ticket { attempt, result });
            return stage;
        }
        if state == "login" {
            stage.handle(Event::Ticket { attempt, result: Err(TicketRefusal::Login("it ended".into())) });
            return stage;
        }
        stage.handle(Event::Ticket { attempt, result: Ok(vec![1; 90]) });
        if state == "signature" {
            return stage;
        }
        stage.connect();
        match state {
            "socket" => return Self::before_open(),
            "activated" => return stage,
            _ => {}
        }
        stage.message(&activated(1));
        match state {
            "active" => {}
            "closed" => drop(stage.closed(CloseCode::Fenced.number())),
            "resumed" => {
                stage.closed(1006);
                stage.handle(Event::Reconnect);
                stage.connect();
                stage.message(&activated(2));
            }
            other => panic!("no state {other}"),
        }
        stage
    }

    fn before_open() -> Self {
        let mut stage = Self::walk_to("signature");
        let attempt = stage.attempt;
        stage.handle(Event::Signed { attempt, signature: Ok([1; 64]) });
        stage
    }

    /// From the signature to a sent Activate.
    fn connect(&mut self) {
        let attempt = self.attempt;
        self.handle(Event::Signed { attempt, signature: Ok([1; 64]) });
        self.handle(Event::Opened { attempt });
    }
}

fn message<M: Message>(message: &M) -> Vec<u8> {
    Frame { kind: M::KIND, stream: StreamId::CONTROL, lamport: 5, body: &encode(message) }.encode()
}

fn activated(epoch: u32) -> Vec<u8> {
    let registry: Registry = Testbed::new(1).commands;
    message(&Activated {
        version: 1,
        epoch: Epoch(epoch),
        limits: Timing::default().limits(),
        shell: registry.shell(),
        tickets: Tickets { next: vec![1; 90], resume: vec![2; 90] },
    })
}

fn phase(session: &Session) -> String {
    match session.phase() {
        Phase::Idle => "Idle".into(),
        Phase::Connecting => "Connecting".into(),
        Phase::Active => "Active".into(),
        Phase::Waiting { why, .. } => {
            assert!(!why.is_empty(), "the user can read why");
            "Waiting".into()
        }
        Phase::Closed { why, login } => {
            assert!(!why.is_empty(), "the user can read why");
            if login { "Closed for login".into() } else { "Closed".into() }
        }
    }
}

fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::AskTicket { .. } => "ask",
        Effect::SignActivate { .. } => "sign",
        Effect::OpenSocket { .. } => "open",
        Effect::Send(_) => "send",
        Effect::CloseSocket => "drop",
        Effect::Reload => "reload",
        Effect::World { .. } => "world",
    }
}

fn outcome(state: &str, event: &str) -> String {
    let mut stage = Stage::walk_to(state);
    let before = format!("{:?}", stage.session);
    let attempt = stage.attempt;
    let effects = match event {
        "start" => stage.handle(Event::Start { ticket: Some(vec![3; 90]) }),
        "ticket" => stage.handle(Event::Ticket { attempt, result: Ok(vec![3; 90]) }),
        "no ticket" => {
            stage.handle(Event::Ticket { attempt, result: Err(TicketRefusal::Unreachable("no network".into())) })
        }
        "no login" => stage.handle(Event::Ticket { attempt, result: Err(TicketRefusal::Login("it ended".into())) }),
        "signed" => stage.handle(Event::Signed { attempt, signature: Ok([1; 64]) }),
        "not signed" => stage.handle(Event::Signed { attempt, signature: Err("no key".into()) }),
        "opened" => stage.handle(Event::Opened { attempt }),
        "activated" => stage.message(&activated(3)),
        "resumed" => stage.message(&message(&Resumed { worlds: Vec::new() })),
        "garbage" => stage.message(b"garbage"),
        "older socket" => {
            let older = attempt.wrapping_sub(1);
            let mut effects = stage.handle(Event::Message { attempt: older, bytes: b"garbage" });
            effects.extend(stage.handle(Event::SocketClosed { attempt: older, code: 4401, why: "" }));
            effects
        }
        "lost" => stage.closed(1006),
        "stopping" => stage.closed(CloseCode::ServerStopping.number()),
        "logged out" => stage.closed(CloseCode::Authentication.number()),
        "fenced" => stage.closed(CloseCode::Fenced.number()),
        "version" => stage.closed(CloseCode::Version.number()),
        "reconnect" => stage.handle(Event::Reconnect),
        "left" => stage.handle(Event::Left),
        "too early" => {
            if let Some(due) = stage.session.deadline() {
                stage.now = Millis(due.0 - 1);
            }
            stage.handle(Event::Deadline)
        }
        "deadline" => {
            stage.now = stage.session.deadline().unwrap_or(Millis(1 << 40));
            stage.handle(Event::Deadline)
        }
        other => panic!("no event {other}"),
    };
    let next = if before == format!("{:?}", stage.session) { "=".to_owned() } else { phase(&stage.session) };
    if effects.is_empty() {
        return next;
    }
    format!("{next}: {}", effects.iter().map(name).collect::<Vec<_>>().join(" "))
}

#[test]
fn every_cell_is_as_the_table_says() {
    table::walk(&TABLE, STATES, outcome);
}

#[test]
fn pauses_double_up_to_their_limit_and_start_small_again_after_a_steady_session() {
    let mut stage = Stage::walk_to("ticket");
    let mut longest = Vec::new();
    for _ in 0..12 {
        let attempt = stage.attempt;
        stage.handle(Event::Ticket { attempt, result: Err(TicketRefusal::Unreachable("no network".into())) });
        let due = stage.session.deadline().expect("a next try");
        longest.push(due.since(stage.now));
        stage.now = due;
        stage.handle(Event::Deadline);
    }
    for (tries, pause) in longest.iter().enumerate() {
        let limit = (250 << tries).min(30_000);
        assert!(*pause <= limit, "try {tries} waits {pause} of at most {limit} ms");
    }
    assert!(longest.iter().any(|pause| *pause > 2_000), "pauses grow: {longest:?}");
    let attempt = stage.attempt;
    stage.handle(Event::Ticket { attempt, result: Ok(vec![1; 90]) });
    stage.connect();
    stage.message(&activated(1));
    stage.now = stage.now.after(10_000);
    stage.closed(1006);
    let due = stage.session.deadline().expect("a next try");
    assert!(due.since(stage.now) <= 250);
}

#[test]
fn jitter_spreads_over_the_whole_pause() {
    let pauses: Vec<u64> = (0..200)
        .map(|seed| {
            let mut stage = Stage::walk_to("active");
            stage.random = SeededRandom(seed);
            stage.closed(1006);
            stage.session.deadline().expect("a next try").since(stage.now)
        })
        .collect();
    assert!(pauses.iter().all(|pause| *pause <= 250));
    assert!(pauses.iter().any(|pause| *pause < 25) && pauses.iter().any(|pause| *pause > 225), "{pauses:?}");
}

#[test]
fn a_page_is_reloaded_once_for_another_build_and_not_again() {
    let mut stage = Stage::walk_to("activated");
    assert!(stage.closed(CloseCode::Version.number()).contains(&Effect::Reload));
    let mut again = Stage::new();
    again.session = Session::new(PageTiming::default(), true);
    again.handle(Event::Start { ticket: Some(vec![1; 90]) });
    again.connect();
    assert!(!again.closed(CloseCode::Version.number()).contains(&Effect::Reload));
}

#[test]
fn a_ticket_is_used_once_and_an_old_one_not_at_all() {
    let mut stage = Stage::new();
    assert!(matches!(stage.handle(Event::Start { ticket: Some(vec![1; 90]) })[..], [Effect::SignActivate { .. }]));
    stage.connect();
    stage.closed(CloseCode::TimedOut.number());
    stage.now = stage.session.deadline().expect("a next try");
    assert!(matches!(stage.handle(Event::Deadline)[..], [Effect::AskTicket { .. }]), "the first is spent");
    let mut idle = Stage::walk_to("active");
    idle.now = idle.now.after(45_000);
    idle.closed(1006);
    idle.now = idle.session.deadline().expect("a next try");
    assert!(matches!(idle.handle(Event::Deadline)[..], [Effect::AskTicket { .. }]), "the next one is too old");
}

#[test]
fn a_world_that_the_page_gave_up_is_left_when_the_server_still_has_it() {
    let mut stage = Stage::walk_to("resumed");
    let world = ResumedWorld { world: WorldId([8; 32]), stream: StreamId(1), credit: Timing::default().credit };
    let effects = stage.message(&message(&Resumed { worlds: vec![world] }));
    let [Effect::Send(bytes)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(Frame::decode(bytes, 4_096).expect("our own").kind, FrameType::Leave);
}

#[test]
fn what_the_server_said_before_a_lost_close_frame_still_counts() {
    let mut stage = Stage::walk_to("active");
    stage.message(&message(&Halt { code: CloseCode::Authentication.number(), why: "logged out elsewhere".into() }));
    stage.closed(1006);
    assert_eq!(stage.session.phase(), Phase::Closed { why: "logged out elsewhere".into(), login: true });
}

#[test]
fn a_lower_version_than_the_page_offered_is_refused() {
    let mut stage = Stage::walk_to("activated");
    let registry: Registry = Testbed::new(1).commands;
    stage.message(&message(&Activated {
        version: 0,
        epoch: Epoch(1),
        limits: Timing::default().limits(),
        shell: registry.shell(),
        tickets: Tickets { next: vec![1], resume: vec![2] },
    }));
    assert!(matches!(stage.session.phase(), Phase::Closed { login: false, .. }));
}
