//! Any bytes as a ticket, and any bytes sealed as one: nothing panics, and what opens is sealed again to the same fields.
#![no_main]

use frereth::protocol::clock::Millis;
use frereth::protocol::crypto::{self, Crypto};
use frereth::protocol::ticket::Ticket;
use libfuzzer_sys::fuzz_target;

#[path = "../../src/protocol/reference_crypto.rs"]
#[allow(dead_code)]
mod reference_crypto;

use reference_crypto::{ReferenceCrypto, SeededRandom};

const ORIGIN: &str = "http://localhost:3000";
const KEY: [u8; 32] = [9; 32];
/// SHA-256 of the origin is part of the associated data; a body sealed without it must not open.
const NONCE: [u8; 24] = [8; 24];

fuzz_target!(|bytes: &[u8]| {
    let open = |bytes: &[u8]| Ticket::open(bytes, &KEY, &ReferenceCrypto, ORIGIN, Millis(0));
    assert!(open(bytes).is_err());
    for (kind, tag) in [(2, &b"frereth/1 page ticket\0"[..]), (3, b"frereth/1 resume ticket\0")] {
        let header = [&[1, kind], &NONCE[..]].concat();
        let unbound = ReferenceCrypto.seal(&KEY, &NONCE, &[tag, &header].concat(), bytes);
        assert!(open(&[&header[..], &unbound].concat()).is_err());
        let associated = [tag, &header, &origin_sha256()].concat();
        let sealed = ReferenceCrypto.seal(&KEY, &NONCE, &associated, bytes);
        if let Ok(ticket) = open(&[header, sealed].concat()) {
            let again = ticket.seal(&KEY, &ReferenceCrypto, &mut SeededRandom(1), ORIGIN);
            assert_eq!(open(&again), Ok(ticket));
        }
    }
});

fn origin_sha256() -> Vec<u8> {
    use sha2::{Digest, Sha256};
    Sha256::digest(ORIGIN.as_bytes()).to_vec()
}
