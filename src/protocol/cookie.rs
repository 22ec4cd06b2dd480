//! The cookie: all that the server remembers of a Hello, sealed and carried by the page.
//!
//! ```text
//! clear   version u8 | kind u8 | minute u32 | nonce [24]                                        30 bytes
//! sealed  session [16] | epoch u32 | world [32] | command u16 | command version u16
//!         | code sha-256 [32] | issued at u64 | id [16]                                        112 bytes
//! tag     [16]                                                                   158 in all, big-endian
//! ```
//!
//! Sealed with XChaCha20-Poly1305 under the minute's key. Associated data: the domain tag, the clear header and the
//! SHA-256 of the origin. The minute's number picks the key; there is no trial decryption. The server's machine calls this.

use std::fmt;

use sha2::{Digest, Sha256};

use super::clock::Millis;
use super::crypto::{Crypto, Random, random_array};
use super::ids::{Epoch, SessionTag, WorldId};
use super::minute::MinuteKeys;

/// Bytes of every cookie.
pub const COOKIE_BYTES: usize = HEADER_BYTES + PLAIN_BYTES + 16;
/// The longest a cookie is good for.
pub const COOKIE_MILLIS_MAX: u64 = 120_000;
/// How far a cookie's issue time may lie ahead of the clock, for servers whose clocks differ a little.
pub const COOKIE_SKEW_MILLIS_MAX: u64 = 5_000;

const HEADER_BYTES: usize = 30;
const PLAIN_BYTES: usize = 112;
const VERSION: u8 = 1;
/// Tickets use 2 and 3 in the same place.
const KIND: u8 = 1;
const TAG: &[u8] = b"frereth/1 cookie\0";

/// The capability to be served one world's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// The session that asked.
    pub session: SessionTag,
    /// Its activation then.
    pub epoch: Epoch,
    /// The world's key.
    pub world: WorldId,
    /// The command, as the server numbers it.
    pub command: u16,
    /// The command's version.
    pub command_version: u16,
    /// The hash of the code that was announced.
    pub code_sha256: [u8; 32],
    /// When it was made, in Unix time.
    pub issued_at: Millis,
    /// Its random name, for single use.
    pub id: [u8; 16],
}

/// The bytes are no cookie of ours that is still good. It does not say why: the peer could learn from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCookie;

impl fmt::Display for BadCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cookie is not valid")
    }
}

impl std::error::Error for BadCookie {}

impl Cookie {
    /// Seals the cookie for `origin` under the current minute's key and returns its [`COOKIE_BYTES`] bytes.
    #[must_use]
    pub fn seal(&self, keys: &MinuteKeys, crypto: &dyn Crypto, random: &mut dyn Random, origin: &str) -> Vec<u8> {
        let (minute, key) = keys.current();
        let nonce = random_array::<24>(random);
        let mut out = Vec::with_capacity(COOKIE_BYTES);
        out.extend_from_slice(&[VERSION, KIND]);
        out.extend_from_slice(&minute.to_be_bytes());
        out.extend_from_slice(&nonce);
        let sealed = crypto.seal(key, &nonce, &associated(&out, origin), &self.plain());
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens a cookie that [`Cookie::seal`] made for the same origin at most [`COOKIE_MILLIS_MAX`] before `wall` (Unix time).
    ///
    /// # Errors
    /// [`BadCookie`] for everything else.
    pub fn open(
        bytes: &[u8],
        keys: &MinuteKeys,
        crypto: &dyn Crypto,
        origin: &str,
        wall: Millis,
    ) -> Result<Self, BadCookie> {
        if bytes.len() != COOKIE_BYTES {
            return Err(BadCookie);
        }
        let (header, sealed) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(BadCookie)?;
        let [VERSION, KIND, m0, m1, m2, m3, nonce @ ..] = header else {
            return Err(BadCookie);
        };
        let key = keys.by_minute(u32::from_be_bytes([*m0, *m1, *m2, *m3])).ok_or(BadCookie)?;
        let plain = crypto.open(key, nonce, &associated(header, origin), sealed).ok_or(BadCookie)?;
        let cookie = Self::from_plain(&plain).ok_or(BadCookie)?;
        let is_fresh =
            wall.since(cookie.issued_at) <= COOKIE_MILLIS_MAX && cookie.issued_at.since(wall) <= COOKIE_SKEW_MILLIS_MAX;
        is_fresh.then_some(cookie).ok_or(BadCookie)
    }

    fn plain(&self) -> Vec<u8> {
        let mut plain = Vec::with_capacity(PLAIN_BYTES);
        plain.extend_from_slice(&self.session.0);
        plain.extend_from_slice(&self.epoch.0.to_be_bytes());
        plain.extend_from_slice(&self.world.0);
        plain.extend_from_slice(&self.command.to_be_bytes());
        plain.extend_from_slice(&self.command_version.to_be_bytes());
        plain.extend_from_slice(&self.code_sha256);
        plain.extend_from_slice(&self.issued_at.0.to_be_bytes());
        plain.extend_from_slice(&self.id);
        plain
    }

    fn from_plain(plain: &[u8]) -> Option<Self> {
        let (session, rest) = plain.split_first_chunk()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        let (world, rest) = rest.split_first_chunk()?;
        let (command, rest) = rest.split_first_chunk()?;
        let (command_version, rest) = rest.split_first_chunk()?;
        let (code_sha256, rest) = rest.split_first_chunk()?;
        let (issued_at, rest) = rest.split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk()?;
        rest.is_empty().then_some(Self {
            session: SessionTag(*session),
            epoch: Epoch(u32::from_be_bytes(*epoch)),
            world: WorldId(*world),
            command: u16::from_be_bytes(*command),
            command_version: u16::from_be_bytes(*command_version),
            code_sha256: *code_sha256,
            issued_at: Millis(u64::from_be_bytes(*issued_at)),
            id: *id,
        })
    }
}

fn associated(header: &[u8], origin: &str) -> Vec<u8> {
    [TAG, header, &Sha256::digest(origin.as_bytes())].concat()
}

#[cfg(test)]
mod tests {
    use super::super::reference_crypto::{ReferenceCrypto, SeededRandom};
    use super::*;

    const ORIGIN: &str = "http://localhost:3000";
    const WALL: Millis = Millis(1_000 * 60_000 + 59_000);

    fn cookie() -> Cookie {
        Cookie {
            session: SessionTag([1; 16]),
            epoch: Epoch(2),
            world: WorldId([3; 32]),
            command: 4,
            command_version: 5,
            code_sha256: [6; 32],
            issued_at: WALL,
            id: [7; 16],
        }
    }

    fn sealed() -> (Vec<u8>, MinuteKeys, SeededRandom) {
        let mut random = SeededRandom(42);
        let keys = MinuteKeys::new(WALL, &mut random);
        let bytes = cookie().seal(&keys, &ReferenceCrypto, &mut random, ORIGIN);
        (bytes, keys, random)
    }

    fn open(bytes: &[u8], keys: &MinuteKeys, origin: &str, wall: Millis) -> Result<Cookie, BadCookie> {
        Cookie::open(bytes, keys, &ReferenceCrypto, origin, wall)
    }

    #[test]
    fn a_cookie_comes_back_as_it_was_and_has_its_fixed_size() {
        let (bytes, keys, _) = sealed();
        assert_eq!((bytes.len(), COOKIE_BYTES), (158, 158));
        assert_eq!(open(&bytes, &keys, ORIGIN, WALL), Ok(cookie()));
    }

    #[test]
    fn the_same_cookie_never_looks_the_same_twice() {
        let (bytes, keys, mut random) = sealed();
        assert_ne!(cookie().seal(&keys, &ReferenceCrypto, &mut random, ORIGIN), bytes);
    }

    #[test]
    fn every_single_bit_flip_fails() {
        let (mut bytes, mut keys, mut random) = sealed();
        keys.rotate(WALL.after(1_000), &mut random);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&bytes, &keys, ORIGIN, WALL), Err(BadCookie), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(open(&bytes, &keys, ORIGIN, WALL), Ok(cookie()), "put back, it opens");
    }

    #[test]
    fn every_other_length_fails() {
        let (bytes, keys, _) = sealed();
        for end in 0..bytes.len() {
            assert_eq!(open(&bytes[..end], &keys, ORIGIN, WALL), Err(BadCookie));
        }
        assert_eq!(open(&[&bytes[..], &[0]].concat(), &keys, ORIGIN, WALL), Err(BadCookie));
    }

    #[test]
    fn another_origin_fails() {
        let (bytes, keys, _) = sealed();
        for origin in ["", "http://localhost:3001", "https://localhost:3000", "http://localhost:3000/"] {
            assert_eq!(open(&bytes, &keys, origin, WALL), Err(BadCookie), "{origin}");
        }
    }

    #[test]
    fn it_opens_over_one_minute_rollover_and_not_over_two() {
        let (bytes, mut keys, mut random) = sealed();
        keys.rotate(WALL.after(1_000), &mut random);
        assert_eq!(open(&bytes, &keys, ORIGIN, WALL.after(1_000)), Ok(cookie()), "the previous key opens it");
        keys.rotate(WALL.after(61_000), &mut random);
        assert_eq!(open(&bytes, &keys, ORIGIN, WALL.after(61_000)), Err(BadCookie), "its key is gone");
    }

    #[test]
    fn it_ages_even_while_its_key_lives() {
        let (bytes, keys, _) = sealed();
        assert_eq!(open(&bytes, &keys, ORIGIN, WALL.after(COOKIE_MILLIS_MAX)), Ok(cookie()));
        assert_eq!(open(&bytes, &keys, ORIGIN, WALL.after(COOKIE_MILLIS_MAX + 1)), Err(BadCookie));
    }

    #[test]
    fn it_does_not_come_from_the_future() {
        let (bytes, keys, _) = sealed();
        let early = |millis: u64| Millis(WALL.0 - millis);
        assert_eq!(open(&bytes, &keys, ORIGIN, early(COOKIE_SKEW_MILLIS_MAX)), Ok(cookie()));
        assert_eq!(open(&bytes, &keys, ORIGIN, early(COOKIE_SKEW_MILLIS_MAX + 1)), Err(BadCookie));
    }

    #[test]
    fn a_restarted_server_knows_none_of_its_old_cookies() {
        let (bytes, _, mut random) = sealed();
        let keys = MinuteKeys::new(WALL, &mut random);
        assert_eq!(open(&bytes, &keys, ORIGIN, WALL), Err(BadCookie));
    }
}
