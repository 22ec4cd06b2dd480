//! The full (state x event) table of a world on the server, as data, and a walk over every cell.

use crate::protocol::clock::Millis;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::{LANES, Lane, StreamId, WorldId};
use crate::protocol::message::Credit;
use crate::protocol::reference_crypto::ReferenceKey;
use crate::protocol::table;
use crate::protocol::testbed::{ORIGIN, Testbed};
use crate::protocol::transcript;

use super::world::{State, World, WorldEffect, WorldEvent};

const STATES: [&str; 6] = ["served", "forked", "rebuilding", "active", "suspended", "closing"];
const NONCE: [u8; 16] = [4; 16];
const UNTIL: Millis = Millis(1_000);

/// One row per event, one cell per state in the order of [`STATES`]: the next state (`dead` for a tombstone, `=` for the
/// same), and behind a colon what is done, in order.
#[rustfmt::skip]
const TABLE: [(&str, [&str; 6]); 14] = [
    //                   served               forked                   rebuilding               active                   suspended                closing
    ("forked",         ["forked: construct",  "closing: refuse destroy", "closing: ended destroy", "closing: ended destroy", "closing: ended destroy", "="]),
    ("forked, forged", ["dead: refuse",       "closing: refuse destroy", "closing: ended destroy", "closing: ended destroy", "closing: ended destroy", "="]),
    ("stream",         ["dead: refuse",       "closing: refuse destroy", "=: deliver",             "=: deliver",             "closing: ended destroy", "="]),
    ("credit",         ["dead: refuse",       "closing: refuse destroy", "=: grant",               "=: grant",               "closing: ended destroy", "="]),
    ("credit shrinks", ["dead: refuse",       "closing: refuse destroy", "=: broken",              "=: broken",              "closing: ended destroy", "="]),
    ("leave",          ["dead: ended",        "closing: destroy",        "closing: destroy",       "closing: destroy",       "closing: destroy",       "="]),
    ("constructed",    ["=",                  "active: acknowledge",     "active",                 "=",                      "=",                      "="]),
    ("not constructed",["=",                  "dead: ended",             "dead: ended",            "=",                      "dead: ended",            "dead: ended"]),
    ("ended",          ["=",                  "dead: ended",             "dead: ended",            "dead: ended",            "dead: ended",            "dead: ended"]),
    ("socket lost",    ["dead",               "closing: destroy",        "suspended: suspend",     "suspended: suspend",     "=",                      "="]),
    ("resumed",        ["=",                  "=",                       "=",                      "=",                      "active: resume",         "="]),
    ("destroy",        ["dead",               "closing: destroy",        "closing: destroy",       "closing: destroy",       "closing: destroy",       "="]),
    ("too early",      ["=",                  "=",                       "=",                      "=",                      "=",                      "="]),
    ("deadline",       ["dead: refuse",       "closing: refuse destroy", "closing: ended destroy", "=",                      "=",                      "dead: ended"]),
];

fn key() -> ReferenceKey {
    ReferenceKey::numbered(77)
}

fn world(state: &str) -> World {
    let granted = [Credit { items: 10, bytes: 10 }; LANES as usize];
    let state = match state {
        "served" => State::Served { until: UNTIL, fork_nonce: NONCE },
        "forked" => State::Forked { until: UNTIL },
        "rebuilding" => State::Rebuilding { until: UNTIL, granted },
        "active" => State::Active { granted },
        "suspended" => State::Suspended,
        "closing" => State::Closing { until: UNTIL },
        other => panic!("no state {other}"),
    };
    World { id: WorldId(key().public()), command: 1, stream: StreamId(1), state }
}

fn name(effect: &WorldEffect) -> &'static str {
    match effect {
        WorldEffect::Construct => "construct",
        WorldEffect::Acknowledge => "acknowledge",
        WorldEffect::Refuse(_) => "refuse",
        WorldEffect::TellEnded(why) => {
            assert!(!why.is_empty(), "the user can read why");
            "ended"
        }
        WorldEffect::Deliver { .. } => "deliver",
        WorldEffect::Grant { .. } => "grant",
        WorldEffect::Suspend => "suspend",
        WorldEffect::Resume => "resume",
        WorldEffect::Destroy => "destroy",
        WorldEffect::Broken(_) => "broken",
    }
}

fn outcome(state: &str, event: &str) -> String {
    let mut bed = Testbed::new(5);
    let world = world(state);
    let good = key().sign(&transcript::forked(ORIGIN, &world.id, &NONCE));
    let forged = ReferenceKey::numbered(78).sign(&transcript::forked(ORIGIN, &world.id, &NONCE));
    let lane = Lane(1);
    let (now, event) = match event {
        "forked" => (Millis(1), WorldEvent::Forked { signature: &good }),
        "forked, forged" => (Millis(1), WorldEvent::Forked { signature: &forged }),
        "stream" => (Millis(1), WorldEvent::Stream { lane, kind: FrameType::Rows, body: &[1] }),
        "credit" => (Millis(1), WorldEvent::Credit { lane, credit: Credit { items: 11, bytes: 10 } }),
        "credit shrinks" => (Millis(1), WorldEvent::Credit { lane, credit: Credit { items: 9, bytes: 20 } }),
        "leave" => (Millis(1), WorldEvent::Leave),
        "constructed" => (Millis(1), WorldEvent::Constructed(Ok(()))),
        "not constructed" => (Millis(1), WorldEvent::Constructed(Err("it could not".into()))),
        "ended" => (Millis(1), WorldEvent::Ended { why: "it ended".into() }),
        "socket lost" => (Millis(1), WorldEvent::SocketLost),
        "resumed" => (Millis(1), WorldEvent::Resumed),
        "destroy" => (Millis(1), WorldEvent::Destroy),
        "too early" => (Millis(UNTIL.0 - 1), WorldEvent::Deadline),
        "deadline" => (UNTIL, WorldEvent::Deadline),
        other => panic!("no event {other}"),
    };
    let (next, effects) = world.handle(now, &bed.env(), event);
    let next = next.as_ref().map_or("dead", |next| next.state.name());
    let next = if next == state { "=" } else { next };
    let effects: Vec<&str> = effects.iter().map(name).collect();
    if effects.is_empty() { next.to_owned() } else { format!("{next}: {}", effects.join(" ")) }
}

#[test]
fn every_cell_is_as_the_table_says() {
    table::walk(&TABLE, STATES, outcome);
}

#[test]
fn every_state_of_the_table_is_one_of_the_machine() {
    for state in STATES {
        assert_eq!(world(state).state.name(), state);
    }
}
