//! The full (state x event) table of a session on the server, as data, and a walk over every cell.

use crate::protocol::frame::{Frame, FrameType};
use crate::protocol::ids::{Epoch, StreamId, WorldId};
use crate::protocol::message::{AckForking, Halt};
use crate::protocol::reference_crypto::ReferenceKey;
use crate::protocol::table;
use crate::protocol::testbed::{Testbed, forked, frame, hello, initiate};
use crate::protocol::ticket::{Ticket, TicketKind};

use super::{Effect, Event, Phase, Presented, Session};

const STATES: [Phase; 4] = [Phase::Active, Phase::Suspended, Phase::Closing, Phase::Closed];

/// One row per event, one cell per state in the order of [`STATES`]: the next state (`=` for the same), and behind a colon
/// what is done, in order. Each session owns one active world.
#[rustfmt::skip]
const TABLE: [(&str, [&str; 4]); 13] = [
    //                        active                                        suspended                                closing          closed
    ("hello",               ["=: AckForking",                              "=",                                     "=",             "="]),
    ("halt",                ["Closing: destroy",                           "=",                                     "=",             "="]),
    ("garbage",             ["Closing: Halt close destroy",                "=",                                     "=",             "="]),
    ("of an older socket",  ["=",                                          "=",                                     "=",             "="]),
    ("socket lost",         ["Suspended: suspend",                         "=",                                     "=",             "="]),
    ("stalled",             ["Suspended: close suspend",                   "=",                                     "=",             "="]),
    ("resume",              ["=: fence suspend Activated Resumed resume",  "Active: Activated Resumed resume",      "=: turn away",  "=: turn away"]),
    ("initiate",            ["=: serve",                                   "=: refuse",                             "=: refuse",     "=: refuse"]),
    ("world ended",         ["=: Ended",                                   "=",                                     "Closed: forget","="]),
    ("revoked",             ["Closing: Halt close destroy",                "Closing: destroy",                      "=",             "="]),
    ("stopping",            ["Closing: Halt close destroy",                "Closing: destroy",                      "=",             "="]),
    ("too early",           ["=",                                          "=",                                     "=",             "="]),
    ("deadline",            ["Closing: Halt close destroy",                "Closing: destroy",                      "Closed: forget","="]),
];

fn key() -> ReferenceKey {
    ReferenceKey::numbered(77)
}

fn names(effects: &[Effect]) -> String {
    let name = |effect: &Effect| match effect {
        Effect::Send { kind, .. } => format!("{kind:?}"),
        Effect::Close { .. } => "close".into(),
        Effect::Fence { .. } => "fence".into(),
        Effect::TurnAway { .. } => "turn away".into(),
        Effect::Serve { .. } => "serve".into(),
        Effect::RefuseInitiate { .. } => "refuse".into(),
        Effect::Construct { .. } => "construct".into(),
        Effect::ToWorld { .. } => "to world".into(),
        Effect::Credit { .. } => "credit".into(),
        Effect::Suspend { .. } => "suspend".into(),
        Effect::Resume { .. } => "resume".into(),
        Effect::Destroy { .. } => "destroy".into(),
        Effect::Forget => "forget".into(),
    };
    effects.iter().map(name).collect::<Vec<String>>().join(" ")
}

fn handle(bed: &mut Testbed, session: &mut Session, event: Event<'_>) -> Vec<Effect> {
    let now = bed.now;
    session.handle(now, &mut bed.env(), event)
}

fn cookie(bed: &mut Testbed, session: &mut Session, key: &ReferenceKey) -> Vec<u8> {
    let epoch = session.epoch();
    match handle(bed, session, Event::Message { epoch, bytes: &hello(key) }).as_slice() {
        [Effect::Send { kind: FrameType::AckForking, body, .. }] => {
            crate::protocol::codec::decode::<AckForking>(body).expect("our own").cookie
        }
        effects => panic!("{effects:?}"),
    }
}

/// A session in this state with one active world, and the Initiate of another.
fn session(bed: &mut Testbed, phase: Phase) -> (Session, Presented) {
    let (mut session, _) = bed.session();
    let epoch = session.epoch();
    let post = initiate(&key(), &cookie(bed, &mut session, &key()));
    let login = bed.login.id;
    let presented = Presented::read(&bed.env(), &post, login).expect("right");
    let [Effect::Serve { fork_nonce, world, .. }] = handle(bed, &mut session, Event::Initiate(&presented))[..] else {
        panic!("the code is served")
    };
    handle(bed, &mut session, Event::Message { epoch, bytes: &forked(&key(), &fork_nonce) });
    handle(bed, &mut session, Event::Constructed { world, result: Ok(()) });
    let other = ReferenceKey::numbered(78);
    let post = initiate(&other, &cookie(bed, &mut session, &other));
    let presented = Presented::read(&bed.env(), &post, login).expect("right");
    match phase {
        Phase::Active => {}
        Phase::Suspended => drop(handle(bed, &mut session, Event::SocketLost { epoch })),
        Phase::Closing => drop(handle(bed, &mut session, Event::Revoked { why: "logged out" })),
        Phase::Closed => {
            handle(bed, &mut session, Event::Revoked { why: "logged out" });
            handle(bed, &mut session, Event::WorldEnded { world, why: "asked to".into() });
        }
    }
    assert_eq!(session.phase(), phase);
    (session, presented)
}

fn outcome(phase: Phase, event: &str) -> String {
    let mut bed = Testbed::new(5);
    let (mut session, presented) = session(&mut bed, phase);
    let epoch = session.epoch();
    let bytes;
    let arrived;
    let event = match event {
        "hello" => {
            bytes = hello(&ReferenceKey::numbered(79));
            Event::Message { epoch, bytes: &bytes }
        }
        "halt" => {
            bytes = frame(&Halt { code: 1001, why: "bye".into() }, 9);
            Event::Message { epoch, bytes: &bytes }
        }
        "garbage" => {
            let kind = FrameType::Activated;
            bytes = Frame { kind, stream: StreamId::CONTROL, lamport: 9, body: &[0xff] }.encode();
            Event::Message { epoch, bytes: &bytes }
        }
        "of an older socket" => Event::Message { epoch: Epoch(0), bytes: b"whatever" },
        "socket lost" => Event::SocketLost { epoch },
        "stalled" => Event::Stalled { epoch },
        "resume" => {
            let resume = Ticket {
                kind: TicketKind::Resume,
                session: session.tag(),
                login: bed.login.id,
                id: [3; 16],
                expires: bed.login.expires,
                epoch,
                worlds: Vec::new(),
            };
            let (ticket, resume) = (bed.ticket(), bed.seal(&resume));
            let message = bed.activate(ticket, Some(resume));
            arrived = bed.arrive(&message).expect("right");
            Event::Resume(&arrived)
        }
        "initiate" => Event::Initiate(&presented),
        "world ended" => Event::WorldEnded { world: WorldId(key().public()), why: "it ended".into() },
        "revoked" => Event::Revoked { why: "logged out" },
        "stopping" => Event::Stopping { why: "maintenance" },
        "too early" => Event::Deadline,
        "deadline" => {
            let due = session.deadline().unwrap_or(bed.now.after(1_000_000));
            bed.pass(due.since(bed.now));
            Event::Deadline
        }
        other => panic!("no event {other}"),
    };
    let effects = handle(&mut bed, &mut session, event);
    let next = if session.phase() == phase { "=".to_owned() } else { format!("{:?}", session.phase()) };
    if effects.is_empty() { next } else { format!("{next}: {}", names(&effects)) }
}

#[test]
fn every_cell_is_as_the_table_says() {
    table::walk(&TABLE, STATES, outcome);
}
