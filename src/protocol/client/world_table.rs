//! The full (state x event) table of a world in the page, as data, and a walk over every cell.

use sha2::{Digest, Sha256};

use crate::protocol::clock::Millis;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::{Lane, StreamId, WorldId};
use crate::protocol::message::{AckForked, AckForking, Credit, Tickets};
use crate::protocol::reason::Refusal;
use crate::protocol::reference_crypto::{ReferenceKey, SeededRandom};
use crate::protocol::table;
use crate::protocol::testbed::{BUILD, COMMAND, ORIGIN};
use crate::protocol::timing::{PageTiming, Timing};

use super::env::Env;
use super::world::{Heard, Pace, Want, World, WorldEffect, WorldEvent, WorldPhase};

const STATES: [&str; 13] = [
    "key",
    "session",
    "cookie",
    "proof",
    "code",
    "ready",
    "voucher",
    "ack",
    "active",
    "suspended",
    "closing",
    "closed",
    "failed",
];

/// One row per event, one cell per state in the order of [`STATES`] (each named for what it waits for): the next phase (`=`
/// for the same state), and behind a colon what is done, in order.
#[rustfmt::skip]
const TABLE: [(&str, [&str; 13]); 26] = [
    ("key made",        ["Pending: Forking", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("no key",          ["Failed", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("signed",          ["=", "=", "=", "Forking: post", "=", "=", "Forked: Forked", "=", "=", "=", "=", "=", "="]),
    ("not signed",      ["=", "=", "=", "Failed", "=", "=", "Failed: stop Leave", "=", "=", "=", "=", "=", "="]),
    ("right code",      ["=", "=", "=", "=", "Starting: start", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("altered code",    ["=", "=", "=", "=", "Failed: Leave", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("reply lost",      ["=", "=", "=", "=", "Created: key Leave", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("post refused",    ["=", "=", "=", "=", "Failed", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("ready",           ["=", "=", "=", "=", "=", "Starting: sign", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop", "=", "=", "="]),
    ("sandbox failed",  ["=", "=", "=", "=", "=", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop", "=", "=", "="]),
    ("an older answer", ["=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("speaks",          ["=", "=", "=", "=", "=", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop Leave", "=: Rows", "=", "=", "=", "="]),
    ("speaks control",  ["=", "=", "=", "=", "=", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop", "=", "=", "="]),
    ("stop",            ["Closed", "Closed", "Closed", "Closing: Leave", "Closing: Leave", "Closing: stop Leave", "Closing: stop Leave", "Closing: stop Leave", "Closing: stop Leave", "Closed: stop", "=", "=", "="]),
    ("session active",  ["=", "Pending: Forking", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("socket lost",     ["=", "=", "Created: key", "Created: key", "Created: key", "Created: stop key", "Created: stop key", "Suspended", "Suspended: Suspended", "=", "Closed", "=", "="]),
    ("cookie",          ["=", "=", "Forking: sign", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("another's cookie",["=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="]),
    ("refused for good",["=", "=", "Failed", "Failed", "Failed", "Failed: stop", "Failed: stop", "Failed: stop", "Failed: stop", "=", "Closed", "=", "="]),
    ("refused for now", ["=", "=", "Created: key", "Created: key", "Created: key Leave", "Created: stop key", "Created: stop key", "Created: stop key Leave", "Failed: stop", "=", "Closed", "=", "="]),
    ("acknowledged",    ["Failed", "Failed", "Failed", "Failed", "Failed", "Failed: stop Leave", "Failed: stop Leave", "Active: Active", "Failed: stop Leave", "Failed: stop", "=", "=", "="]),
    ("ended",           ["Failed", "Failed", "Failed", "Failed", "Failed", "Failed: stop", "Failed: stop", "Failed: stop", "Failed: stop", "Failed: stop", "Closed", "=", "="]),
    ("kept",            ["=", "=", "=", "=", "=", "=", "=", "=", "=", "Active: Resumed", "=", "=", "="]),
    ("gone",            ["=", "=", "=", "=", "=", "=", "=", "=", "=", "Failed: stop", "=", "=", "="]),
    ("server speaks",   ["=", "=", "=", "=", "=", "=", "=", "=", "=: deliver", "=", "=", "=", "="]),
    ("deadline",        ["=", "=", "Created: key", "Created: key", "Created: key Leave", "Failed: stop Leave", "Failed: stop Leave", "Failed: stop Leave", "=", "=", "Closed", "=", "="]),
];

const CODE: &[u8] = b"a module";
const NONCE: [u8; 16] = [4; 16];
/// A moment behind every deadline.
const LATE: Millis = Millis(1_000_000);

fn key() -> ReferenceKey {
    ReferenceKey::numbered(77)
}

fn id() -> WorldId {
    WorldId(key().public())
}

/// A world with the surroundings that every step needs.
struct Stage {
    world: World,
    wants: Vec<Want>,
    random: SeededRandom,
    timing: PageTiming,
    now: Millis,
}

impl Stage {
    fn new() -> Self {
        let (world, wants) = World::created(COMMAND.into());
        Self { world, wants, random: SeededRandom(1), timing: PageTiming::default(), now: Millis(1) }
    }

    fn step(&mut self, hello: Option<u32>, happening: Result<WorldEvent, Heard<'_>>) {
        let limits = Timing::default().limits();
        let pace = Pace { timing: &self.timing, limits: &limits };
        let mut env = Env { random: &mut self.random, origin: ORIGIN, build: BUILD, batch_items: |_| Some(1) };
        let world = self.world.clone();
        let (world, wants) = match happening {
            Ok(event) => world.handle(self.now, &mut env, pace, hello, event),
            Err(heard) => world.hear(self.now, &mut env, pace, heard),
        };
        (self.world, self.wants) = (world, wants);
    }

    fn shell(&mut self, event: WorldEvent) {
        self.step(Some(1), Ok(event));
    }

    fn hear(&mut self, heard: Heard<'_>) {
        self.step(None, Err(heard));
    }

    /// The attempt of the world as its last effects named it.
    fn attempt(&self) -> u32 {
        1
    }

    /// Walks the honest path up to a state.
    fn walk_to(state: &str) -> Self {
        let mut stage = Self::new();
        let attempt = stage.attempt();
        let made = WorldEvent::KeyMade { attempt, key: Ok(key().public()) };
        let signed = || WorldEvent::Signed { attempt, signature: Ok([1; 64]) };
        let steps = STATES.iter().position(|name| *name == state).expect("a state of the table");
        match state {
            "key" => return stage,
            "session" => {
                stage.step(None, Ok(made));
                return stage;
            }
            "closed" => {
                stage.shell(WorldEvent::Stop);
                return stage;
            }
            "failed" => {
                stage.shell(WorldEvent::KeyMade { attempt, key: Err("no entropy".into()) });
                return stage;
            }
            _ => {}
        }
        stage.shell(made);
        if steps > 2 {
            stage.hear(Heard::Cookie(&ack_forking(1)));
        }
        if steps > 3 {
            stage.shell(signed());
        }
        if steps > 4 {
            stage.shell(WorldEvent::Code { attempt, code: CODE.to_vec(), fork_nonce: NONCE });
        }
        if steps > 5 {
            stage.shell(WorldEvent::Ready { attempt });
        }
        if steps > 6 {
            stage.shell(signed());
        }
        if steps > 7 {
            stage.hear(Heard::Acknowledged(&ack_forked()));
        }
        match state {
            "suspended" => stage.hear(Heard::SocketLost),
            "closing" => stage.shell(WorldEvent::Stop),
            _ => {}
        }
        stage
    }
}

fn ack_forking(req: u32) -> AckForking {
    let code_bytes = u32::try_from(CODE.len()).expect("small");
    AckForking { req, world: id(), cookie: vec![7; 200], code_sha256: Sha256::digest(CODE).into(), code_bytes }
}

fn ack_forked() -> AckForked {
    let tickets = Tickets { next: vec![1], resume: vec![2] };
    AckForked { world: id(), stream: StreamId(1), credit: Credit { items: 100, bytes: 1_000 }, tickets }
}

fn phase(world: &World) -> String {
    match world.phase() {
        WorldPhase::Failed(why) => {
            assert!(!why.is_empty(), "the user can read why");
            "Failed".into()
        }
        phase => format!("{phase:?}"),
    }
}

fn name(want: &Want) -> String {
    match want {
        Want::Send { kind, .. } => format!("{kind:?}"),
        Want::Broken(_) => "broken".into(),
        Want::Shell(effect) => match effect {
            WorldEffect::GenerateKey { .. } => "key".into(),
            WorldEffect::Sign { .. } => "sign".into(),
            WorldEffect::PostInitiate { .. } => "post".into(),
            WorldEffect::StartSandbox { .. } => "start".into(),
            WorldEffect::StopSandbox => "stop".into(),
            WorldEffect::Tell(tell) => format!("{tell:?}"),
            WorldEffect::Deliver { .. } => "deliver".into(),
        },
    }
}

fn outcome(state: &str, event: &str) -> String {
    let mut stage = Stage::walk_to(state);
    let (before, attempt, lane) = (format!("{:?}", stage.world), stage.attempt(), Lane(0));
    match event {
        "key made" => stage.shell(WorldEvent::KeyMade { attempt, key: Ok(key().public()) }),
        "no key" => stage.shell(WorldEvent::KeyMade { attempt, key: Err("no entropy".into()) }),
        "signed" => stage.shell(WorldEvent::Signed { attempt, signature: Ok([1; 64]) }),
        "not signed" => stage.shell(WorldEvent::Signed { attempt, signature: Err("no key".into()) }),
        "right code" => stage.shell(WorldEvent::Code { attempt, code: CODE.to_vec(), fork_nonce: NONCE }),
        "altered code" => stage.shell(WorldEvent::Code { attempt, code: b"a modulE".to_vec(), fork_nonce: NONCE }),
        "reply lost" => stage.shell(WorldEvent::InitiateFailed { attempt, refusal: None }),
        "post refused" => stage.shell(WorldEvent::InitiateFailed { attempt, refusal: Some(Refusal::Forbidden) }),
        "ready" => stage.shell(WorldEvent::Ready { attempt }),
        "sandbox failed" => stage.shell(WorldEvent::SandboxFailed { attempt, why: "it trapped".into() }),
        "an older answer" => stage.shell(WorldEvent::Signed { attempt: 0, signature: Ok([1; 64]) }),
        "speaks" => stage.shell(WorldEvent::FromWorld { lane, kind: FrameType::Rows, body: vec![1] }),
        "speaks control" => stage.shell(WorldEvent::FromWorld { lane, kind: FrameType::Forking, body: vec![1] }),
        "stop" => stage.shell(WorldEvent::Stop),
        "session active" => stage.hear(Heard::SessionActive { req: 2 }),
        "socket lost" => stage.hear(Heard::SocketLost),
        "cookie" => stage.hear(Heard::Cookie(&ack_forking(1))),
        "another's cookie" => stage.hear(Heard::Cookie(&ack_forking(9))),
        "refused for good" => stage.hear(Heard::Refused(Refusal::NotFound)),
        "refused for now" => stage.hear(Heard::Refused(Refusal::TooLate)),
        "acknowledged" => stage.hear(Heard::Acknowledged(&ack_forked())),
        "ended" => stage.hear(Heard::Ended { why: "it ended" }),
        "kept" => stage.hear(Heard::Kept { stream: StreamId(1), credit: Credit { items: 1, bytes: 1 } }),
        "gone" => stage.hear(Heard::Gone),
        "server speaks" => stage.hear(Heard::Server { lane, kind: FrameType::Total, body: &[1] }),
        "deadline" => {
            stage.now = LATE;
            stage.hear(Heard::Deadline);
        }
        other => panic!("no event {other}"),
    }
    let is_same = before == format!("{:?}", stage.world);
    let next = if is_same { "=".to_owned() } else { phase(&stage.world) };
    let wants: Vec<String> = stage.wants.iter().map(name).collect();
    let wants = if is_same && wants.iter().all(|want| want == "nothing") { Vec::new() } else { wants };
    if wants.is_empty() { next } else { format!("{next}: {}", wants.join(" ")) }
}

#[test]
fn every_cell_is_as_the_table_says() {
    table::walk(&TABLE, STATES, outcome);
}

#[test]
fn every_deadline_comes_at_its_exact_millisecond() {
    for (state, millis) in [
        ("cookie", 1_000),
        ("proof", 5_000),
        ("code", 5_000),
        ("ready", 10_000),
        ("voucher", 10_000),
        ("ack", 10_000),
        ("closing", 5_000),
    ] {
        let mut stage = Stage::walk_to(state);
        let due = Millis(1 + millis);
        assert_eq!(stage.world.deadline(), Some(due), "{state}");
        let before = format!("{:?}", stage.world);
        stage.now = Millis(due.0 - 1);
        stage.hear(Heard::Deadline);
        assert_eq!(before, format!("{:?}", stage.world), "{state}: one millisecond too early");
        stage.now = due;
        stage.hear(Heard::Deadline);
        assert_ne!(before, format!("{:?}", stage.world), "{state}");
    }
}

#[test]
fn a_fork_is_tried_three_times_with_three_attempts_and_then_fails_with_the_reason() {
    let mut stage = Stage::new();
    for attempt in 1..=3 {
        assert_eq!(stage.wants.last(), Some(&Want::Shell(WorldEffect::GenerateKey { attempt })));
        stage.shell(WorldEvent::KeyMade { attempt, key: Ok(ReferenceKey::numbered(attempt as u8).public()) });
        stage.hear(Heard::Refused(Refusal::Duplicate));
    }
    assert_eq!(stage.world.phase(), WorldPhase::Failed("a world with this key exists already; tried 3 times".into()));
}

#[test]
fn losing_the_socket_does_not_count_as_a_try() {
    let mut stage = Stage::new();
    for attempt in 1..20 {
        stage.shell(WorldEvent::KeyMade { attempt, key: Ok(key().public()) });
        stage.hear(Heard::SocketLost);
        assert_eq!(stage.wants.last(), Some(&Want::Shell(WorldEffect::GenerateKey { attempt: attempt + 1 })));
    }
}

#[test]
fn a_world_whose_acknowledgement_was_lost_becomes_active_or_starts_over() {
    let mut kept = Stage::walk_to("ack");
    kept.hear(Heard::SocketLost);
    let mut gone = Stage::walk_to("ack");
    gone.hear(Heard::SocketLost);
    kept.hear(Heard::Kept { stream: StreamId(1), credit: Credit { items: 1, bytes: 1 } });
    assert_eq!(kept.wants.iter().map(name).collect::<Vec<_>>(), ["Active"], "it was never told before");
    gone.hear(Heard::Gone);
    assert_eq!(gone.wants.iter().map(name).collect::<Vec<_>>(), ["stop", "key"]);
}

#[test]
fn credit_is_granted_for_what_the_world_took_and_a_server_that_overdraws_is_broken() {
    let mut stage = Stage::walk_to("active");
    let body = vec![0; 600];
    stage.hear(Heard::Server { lane: Lane(2), kind: FrameType::Batch, body: &body });
    assert_eq!(stage.wants.iter().map(name).collect::<Vec<_>>(), ["deliver"]);
    stage.shell(WorldEvent::Taken { lane: Lane(2), items: 1, bytes: 600 });
    let [Want::Send { kind: FrameType::Credit, stream: StreamId(3), body: grant }] = &stage.wants[..] else {
        panic!("{:?}", stage.wants)
    };
    let grant: Credit = crate::protocol::codec::decode(grant).expect("our own");
    assert_eq!(grant, Credit { items: 101, bytes: 1_600 });
    let body = vec![0; 1_001];
    stage.hear(Heard::Server { lane: Lane(2), kind: FrameType::Batch, body: &body });
    assert_eq!(stage.wants.iter().map(name).collect::<Vec<_>>(), ["broken"]);
}

#[test]
fn a_world_may_not_speak_on_lanes_or_at_lengths_that_are_not_its() {
    for (lane, length) in [(Lane(8), 1), (Lane(0), 64 * 1024 - 15)] {
        let mut stage = Stage::walk_to("active");
        stage.shell(WorldEvent::FromWorld { lane, kind: FrameType::Rows, body: vec![0; length] });
        assert!(matches!(stage.world.phase(), WorldPhase::Failed(_)), "{lane:?} {length}");
    }
}
