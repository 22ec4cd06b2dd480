//! The vectors in spec/vectors against the Rust code. They were made by spec/vectors/generate.py, which shares nothing
//! with it.
#![cfg(not(target_family = "wasm"))]

use std::fmt::Debug;
use std::path::Path;

use frereth::protocol::clock::Millis;
use frereth::protocol::codec::{self, Message};
use frereth::protocol::cookie::{COOKIE_BYTES, Cookie};
use frereth::protocol::crypto::{self, Crypto, Random};
use frereth::protocol::frame::{Frame, FrameType};
use frereth::protocol::ids::{Epoch, SessionTag, StreamId, WorldId};
use frereth::protocol::message::*;
use frereth::protocol::minute::MinuteKeys;
use frereth::protocol::reason::ProtocolError;
use frereth::protocol::ticket::{Ticket, TicketKind, TicketWorld};
use frereth::protocol::transcript;
use frereth::world::stream::*;
use frereth::world::summary::{Summarize, Summarized};
use serde_json::Value;

#[path = "../src/protocol/reference_crypto.rs"]
#[expect(dead_code, reason = "the vectors bring their own randomness")]
mod reference_crypto;

use reference_crypto::{ReferenceCrypto, ReferenceKey};

#[test]
fn rfc_8032_signs_and_verifies() {
    let vectors = vectors("ed25519");
    for case in list(&vectors, "rfc8032") {
        let key = ReferenceKey::from_secret(&array(case, "secret"));
        let (message, signature) = (bytes(case, "message"), array(case, "signature"));
        assert_eq!(key.public(), array(case, "key"));
        assert_eq!(key.sign(&message), signature);
        assert!(ReferenceCrypto.verify_strict(&key.public(), &message, &signature));
    }
}

#[test]
fn keys_and_signatures_are_judged_strictly() {
    let vectors = vectors("ed25519");
    for case in list(&vectors, "keys") {
        assert_eq!(ReferenceCrypto.is_acceptable_key(&array(case, "key")), case["acceptable"], "{}", case["name"]);
    }
    for case in list(&vectors, "signatures") {
        let (key, message, signature) = (array(case, "key"), bytes(case, "message"), array(case, "signature"));
        assert_eq!(ReferenceCrypto.verify_strict(&key, &message, &signature), case["valid"], "{}", case["name"]);
    }
}

#[test]
fn other_peoples_signature_cases_agree_where_they_are_at_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ed25519");
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        Some(serde_json::from_str::<Value>(&text).expect("the file is JSON"))
    };
    let (Some(speccheck), Some(wycheproof)) = (read("speccheck_cases.json"), read("wycheproof_ed25519_test.json"))
    else {
        println!("skipped: {} is not here", folder.display());
        return;
    };
    for (number, case) in speccheck.as_array().expect("a list of cases").iter().enumerate() {
        let verdict =
            ReferenceCrypto.verify_strict(&array(case, "pub_key"), &bytes(case, "message"), &array(case, "signature"));
        assert_eq!(verdict, number == 3, "strict verification accepts case 3 alone, not {number}");
    }
    for group in list(&wycheproof, "testGroups") {
        let key: [u8; 32] = array(&group["publicKey"], "pk");
        for case in list(group, "tests") {
            let verdict = <[u8; 64]>::try_from(bytes(case, "sig"))
                .is_ok_and(|signature| ReferenceCrypto.verify_strict(&key, &bytes(case, "msg"), &signature));
            assert_eq!(verdict, case["result"] == "valid", "case {}: {}", case["tcId"], case["comment"]);
        }
    }
}

#[test]
fn cookies_are_sealed_to_the_byte_and_opened_or_refused() {
    let vectors = vectors("cookies");
    let fields = &vectors["seal"];
    let cookie = Cookie {
        session: SessionTag(array(fields, "session")),
        epoch: Epoch(number(fields, "epoch")),
        world: WorldId(array(fields, "world")),
        command: number(fields, "command"),
        command_version: number(fields, "command_version"),
        code_sha256: array(fields, "code_sha256"),
        issued_at: Millis(number(fields, "issued_at")),
        id: array(fields, "id"),
    };
    // The key is drawn first, then each seal draws its nonce.
    let mut random = Drawn([bytes(&vectors, "key"), bytes(&vectors, "nonce")].concat());
    let keys = MinuteKeys::new(Millis(number::<u64>(&vectors, "minute") * 60_000), &mut random);
    let first = &list(&vectors, "open")[0];
    let sealed = cookie.seal(&keys, &ReferenceCrypto, &mut random, text(first, "origin"));
    assert_eq!(sealed, bytes(first, "cookie"));
    assert_eq!(sealed.len(), COOKIE_BYTES);
    for case in list(&vectors, "open") {
        let wall = Millis(number(case, "wall"));
        let opened = Cookie::open(&bytes(case, "cookie"), &keys, &ReferenceCrypto, text(case, "origin"), wall);
        assert_eq!(opened.is_ok(), case["opens"], "{}", case["name"]);
        assert!(opened.is_err() || opened.as_ref() == Ok(&cookie));
    }
}

#[test]
fn tickets_are_sealed_to_the_byte_and_opened_or_refused() {
    let vectors = vectors("tickets");
    let (key, nonce) = (array(&vectors, "key"), bytes(&vectors, "nonce"));
    let mut good = Vec::new();
    for case in list(&vectors, "seal") {
        let worlds = list(case, "worlds").iter().map(|world| TicketWorld {
            world: WorldId(array(world, "world")),
            command: number(world, "command"),
            stream: StreamId(number(world, "stream")),
        });
        let ticket = Ticket {
            kind: if case["kind"] == "page" { TicketKind::Page } else { TicketKind::Resume },
            session: SessionTag(array(case, "session")),
            login: array(case, "login"),
            id: array(case, "id"),
            expires: Millis(number(case, "expires")),
            epoch: Epoch(number(case, "epoch")),
            worlds: worlds.collect(),
        };
        let sealed = ticket.seal(&key, &ReferenceCrypto, &mut Drawn(nonce.clone()), "http://localhost:3000");
        assert_eq!(sealed, bytes(case, "bytes"));
        good.push(ticket);
    }
    for case in list(&vectors, "open") {
        let wall = Millis(number(case, "wall"));
        let opened = Ticket::open(&bytes(case, "ticket"), &key, &ReferenceCrypto, text(case, "origin"), wall);
        assert_eq!(opened.is_ok(), case["opens"], "{}", case["name"]);
        assert!(opened.is_err() || opened.is_ok_and(|ticket| good.contains(&ticket)));
    }
}

#[test]
fn frames_are_read_and_written_to_the_byte_or_refused_for_their_reason() {
    let vectors = vectors("frames");
    let limit = number::<u64>(&vectors, "limit") as usize;
    assert_eq!(list(&vectors, "good").len(), FrameType::ALL.len() + 1, "every type has its vector");
    for case in list(&vectors, "good") {
        let (whole, body) = (bytes(case, "bytes"), bytes(case, "body"));
        let kind = FrameType::from_byte(number(case, "type")).expect("the vectors know our types only");
        let frame =
            Frame { kind, stream: StreamId(number(case, "stream")), lamport: number(case, "lamport"), body: &body };
        assert_eq!(Frame::decode(&whole, limit), Ok(frame));
        assert_eq!(frame.encode(), whole);
    }
    for case in list(&vectors, "bad") {
        let error = Frame::decode(&bytes(case, "bytes"), limit).expect_err(text(case, "name"));
        let variant = match error {
            ProtocolError::FrameTooShort { .. } => "FrameTooShort",
            ProtocolError::FrameTooLong { .. } => "FrameTooLong",
            ProtocolError::Version { .. } => "Version",
            ProtocolError::FrameType { .. } => "FrameType",
            ProtocolError::Flags { .. } => "Flags",
            ProtocolError::UnknownStream { .. } => "UnknownStream",
            other => panic!("{}: {other}", case["name"]),
        };
        assert_eq!(variant, case["error"], "{}", case["name"]);
    }
}

#[test]
fn bodies_are_read_and_written_to_the_byte_or_refused() {
    let vectors = vectors("bodies");
    let mut kinds = std::collections::BTreeSet::new();
    for case in list(&vectors, "good") {
        let body = bytes(case, "bytes");
        kinds.insert(text(case, "type"));
        let written = rewrite(text(case, "type"), &body).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(written == body, case["ignored"].is_null(), "{case}");
    }
    // Join and Kill are reserved; Batch and Window are no CBOR; Initiate and SignedRequest come over HTTP.
    assert_eq!(kinds.len(), FrameType::ALL.len() - 4 + 2, "every other type has a vector");
    let cddl = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/frereth.cddl"))
        .expect("the CDDL stands beside the vectors");
    for kind in kinds {
        assert!(cddl.contains(&format!("\n{kind} = {{")), "{kind} has its rule in the CDDL");
    }
    for case in list(&vectors, "bad") {
        assert!(rewrite(text(case, "type"), &bytes(case, "bytes")).is_err(), "{} with {}", case["type"], case["name"]);
    }
}

#[test]
fn bodies_mean_what_they_say() {
    let vectors = vectors("bodies");
    let good = |kind: &str, at: usize| {
        let cases: Vec<_> = list(&vectors, "good").iter().filter(|case| case["type"] == kind).collect();
        bytes(cases[at], "bytes")
    };
    let place = Place { generation: 1, offset: 10_000_000_000 };
    let counting = |from: u8, count: usize| (from..).take(count).collect::<Vec<u8>>();
    assert_eq!(
        codec::decode(&good("Activate", 0)),
        Ok(Activate {
            versions: vec![1],
            ticket: counting(0, 104),
            lamport: 1,
            resume: None,
            build: "0.1.0".into(),
            signature: counting(9, 64).try_into().expect("64 bytes"),
        })
    );
    assert_eq!(
        codec::decode(&good("Open", 1)),
        Ok(Open { source: SourceId::ALL, filter: Some("error".into()), follow: false, after: Some(place) })
    );
    for (at, anchor, count) in [
        (0, Anchor::Start, 100),
        (1, Anchor::End, -100),
        (2, Anchor::At(place), 1000),
        (3, Anchor::Row(9_999_999), -1000),
        (4, Anchor::Line(0), 0),
    ] {
        let req = u32::try_from(at + 1).expect("a small number");
        assert_eq!(codec::decode(&good("Rows", at)), Ok(Rows { req, anchor, count }));
    }
    let sources: Sources = codec::decode(&good("Sources", 0)).expect("a good body");
    let formats: Vec<_> = sources.sources.iter().map(|source| source.format.as_deref()).collect();
    assert_eq!(formats, [Some("json"), None, None, None]);
    let states: Vec<_> = sources.sources.into_iter().map(|source| source.state).collect();
    let broken = SourceState::Broken("permission denied".into());
    assert_eq!(states, [SourceState::Live, SourceState::Ended, SourceState::Gone, broken]);
    let total = Total {
        rows: 10_000_000,
        exact: true,
        scanned_bytes: 5,
        bytes: 6,
        first_row: 0,
        generation: 0,
        of: 10_000_000,
    };
    assert_eq!(codec::decode(&good("Total", 0)), Ok(total));
}

#[test]
fn transcripts_are_signed_to_the_byte() {
    let vectors = vectors("transcripts");
    let key = ReferenceKey::from_secret(&array(&vectors, "secret"));
    let (origin, public) = (text(&vectors, "origin"), key.public());
    assert_eq!(public, array(&vectors, "key"));
    let world = WorldId(public);
    for case in list(&vectors, "cases") {
        let fields = &case["fields"];
        let ours = match text(case, "kind") {
            "login" => transcript::login(origin, &public, text(fields, "subject"), number(fields, "at")),
            "request" => {
                transcript::request(origin, text(fields, "purpose"), text(fields, "token"), number(fields, "at"))
            }
            "activate" => transcript::activate(
                origin,
                &bytes(fields, "versions"),
                &bytes(fields, "ticket"),
                number(fields, "lamport"),
                &bytes(fields, "resume"),
                text(fields, "build"),
            ),
            "initiate" => {
                let nonce = array(fields, "nonce");
                transcript::initiate(origin, text(fields, "path"), &bytes(fields, "cookie"), &world, &nonce)
            }
            "forked" => transcript::forked(origin, &world, &array(fields, "nonce")),
            other => panic!("an unknown transcript {other}"),
        };
        assert_eq!(ours, bytes(case, "bytes"), "{}", case["kind"]);
        let signature = key.sign(&ours);
        assert_eq!(signature, array(case, "signature"), "{}", case["kind"]);
        assert!(ReferenceCrypto.verify_strict(&public, &ours, &signature));
    }
}

/// Reads a body of the named type and writes it again.
fn rewrite(kind: &str, body: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    fn through<M: Message + Debug>(body: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        codec::decode::<M>(body).map(|message| codec::encode(&message))
    }
    macro_rules! by_name {
        ($($message:ident)*) => {
            match kind {
                "Initiate" => codec::decode_checked::<Initiate>(body, 4).map(|read| codec::encode(&read)),
                "SignedRequest" => codec::decode_checked::<SignedRequest>(body, 2).map(|read| codec::encode(&read)),
                $(stringify!($message) => through::<$message>(body),)*
                other => panic!("an unknown type {other}"),
            }
        };
    }
    by_name!(Activate Activated Forking AckForking Refused Forked AckForked Leave Ended Resumed Tickets Halt Credit
        Open Rows Cancel Fetch Shut Summarize Total Gap Fetched Failed Sources Moved Summarized)
}

/// [`Random`] that gives out bytes that were drawn before.
struct Drawn(Vec<u8>);

impl Random for Drawn {
    fn fill(&mut self, out: &mut [u8]) {
        let rest = self.0.split_off(out.len());
        out.copy_from_slice(&std::mem::replace(&mut self.0, rest));
    }
}

fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("spec/vectors/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("the generator writes JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name} in {value}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text {name} in {value}"))
}

fn number<N: TryFrom<u64>>(value: &Value, name: &str) -> N {
    let number = value[name].as_u64().unwrap_or_else(|| panic!("no number {name} in {value}"));
    N::try_from(number).unwrap_or_else(|_| panic!("{name} is too large in {value}"))
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    let digits = text(value, name);
    let pairs = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("bytes are written in hexadecimal")).collect()
}

fn array<const N: usize>(value: &Value, name: &str) -> [u8; N] {
    bytes(value, name).try_into().unwrap_or_else(|_| panic!("{name} has not {N} bytes in {value}"))
}
