//! Any bytes as a cookie: none opens but the one that was sealed, whatever is changed in it.
#![no_main]

use frereth::protocol::clock::Millis;
use frereth::protocol::cookie::Cookie;
use frereth::protocol::crypto;
use frereth::protocol::ids::{Epoch, SessionTag, WorldId};
use frereth::protocol::minute::MinuteKeys;
use libfuzzer_sys::fuzz_target;

#[path = "../../src/protocol/reference_crypto.rs"]
#[allow(dead_code)]
mod reference_crypto;

use reference_crypto::{ReferenceCrypto, SeededRandom};

const ORIGIN: &str = "http://localhost:3000";
const WALL: Millis = Millis(1_700_000_000_000);

fuzz_target!(|bytes: &[u8]| {
    let mut random = SeededRandom(1);
    let keys = MinuteKeys::new(WALL, &mut random);
    let cookie = Cookie {
        session: SessionTag([1; 16]),
        epoch: Epoch(2),
        world: WorldId([3; 32]),
        command: 4,
        command_version: 5,
        code_sha256: [6; 32],
        issued_at: WALL,
        id: [7; 16],
    };
    let sealed = cookie.seal(&keys, &ReferenceCrypto, &mut random, ORIGIN);
    let open = |bytes: &[u8]| Cookie::open(bytes, &keys, &ReferenceCrypto, ORIGIN, WALL);
    assert_eq!(open(bytes).is_ok(), bytes == sealed);
    let mixed: Vec<u8> = sealed.iter().zip(bytes.iter().chain(std::iter::repeat(&0))).map(|(a, b)| a ^ b).collect();
    assert_eq!(open(&mixed).is_ok(), mixed == sealed);
});
