//! Tickets: a pending session is its page ticket; a suspended one can be rebuilt from its resume ticket alone.
//!
//! ```text
//! clear   version u8 | kind u8 | nonce [24]                                                     26 bytes
//! sealed  session [16] | login [16] | id [16] | expires u64 | epoch u32 | worlds u16
//!         | worlds times: world [32] | command u16 | stream u32                  62 + 38 per world bytes
//! tag     [16]                                                                                big-endian
//! ```
//!
//! Sealed with XChaCha20-Poly1305 under the server's ticket key, which outlives a restart. Associated data: the kind's own
//! domain tag, the clear header and the SHA-256 of the origin, so that no kind can be taken for another. Single use is the
//! caller's: it remembers the ids of spent tickets until they expire.

use std::fmt;

use sha2::{Digest, Sha256};

use super::clock::Millis;
use super::crypto::{Crypto, Random, random_array};
use super::ids::{Epoch, SessionTag, StreamId, WorldId};

/// The most worlds a resume ticket names; keeps the largest `Activate` within its first frame. A session's quota lies below.
pub const TICKET_WORLDS_MAX: usize = 64;
/// The longest ticket.
pub const TICKET_BYTES_MAX: usize = HEADER_BYTES + PLAIN_BYTES + TICKET_WORLDS_MAX * WORLD_BYTES + 16;

const HEADER_BYTES: usize = 26;
const PLAIN_BYTES: usize = 62;
const WORLD_BYTES: usize = 38;
const VERSION: u8 = 1;

/// What a ticket is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TicketKind {
    /// Activates a session on a new socket.
    Page = 2,
    /// Names the session, its epoch and its worlds to come back to.
    Resume = 3,
}

impl TicketKind {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Page, Self::Resume].into_iter().find(|kind| *kind as u8 == byte)
    }

    const fn tag(self) -> &'static [u8] {
        match self {
            Self::Page => b"frereth/1 page ticket\0",
            Self::Resume => b"frereth/1 resume ticket\0",
        }
    }
}

/// A world that a resume ticket brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketWorld {
    /// The world's key.
    pub world: WorldId,
    /// Its command, as the server numbers it.
    pub command: u16,
    /// Its first stream.
    pub stream: StreamId,
}

/// The right to activate or resume one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// What it is good for. Whoever opens a ticket checks this first.
    pub kind: TicketKind,
    /// The session.
    pub session: SessionTag,
    /// The login the session works under.
    pub login: [u8; 16],
    /// Its random name, for single use.
    pub id: [u8; 16],
    /// The first instant at which it is no longer good, in Unix time.
    pub expires: Millis,
    /// The session's activation when it was made.
    pub epoch: Epoch,
    /// The session's worlds; always empty in a page ticket.
    pub worlds: Vec<TicketWorld>,
}

/// The bytes are no ticket of ours that is still good. It does not say why: the peer could learn from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTicket;

impl fmt::Display for BadTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ticket is not valid")
    }
}

impl std::error::Error for BadTicket {}

impl Ticket {
    /// Seals the ticket for `origin`. A page ticket names no worlds, a resume ticket the first [`TICKET_WORLDS_MAX`].
    #[must_use]
    pub fn seal(&self, key: &[u8; 32], crypto: &dyn Crypto, random: &mut dyn Random, origin: &str) -> Vec<u8> {
        let nonce = random_array::<24>(random);
        let mut out = Vec::with_capacity(HEADER_BYTES + PLAIN_BYTES + self.worlds.len() * WORLD_BYTES + 16);
        out.extend_from_slice(&[VERSION, self.kind as u8]);
        out.extend_from_slice(&nonce);
        let sealed = crypto.seal(key, &nonce, &associated(self.kind, &out, origin), &self.plain());
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens a ticket of either kind that [`Ticket::seal`] made for the same origin and that has not expired at `wall`
    /// (Unix time).
    ///
    /// # Errors
    /// [`BadTicket`] for everything else.
    pub fn open(
        bytes: &[u8],
        key: &[u8; 32],
        crypto: &dyn Crypto,
        origin: &str,
        wall: Millis,
    ) -> Result<Self, BadTicket> {
        if bytes.len() > TICKET_BYTES_MAX {
            return Err(BadTicket);
        }
        let (header, sealed) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(BadTicket)?;
        let [VERSION, kind, nonce @ ..] = header else {
            return Err(BadTicket);
        };
        let kind = TicketKind::from_byte(*kind).ok_or(BadTicket)?;
        let plain = crypto.open(key, nonce, &associated(kind, header, origin), sealed).ok_or(BadTicket)?;
        let ticket = Self::from_plain(kind, &plain).ok_or(BadTicket)?;
        (wall < ticket.expires).then_some(ticket).ok_or(BadTicket)
    }

    fn sealed_worlds(&self) -> &[TicketWorld] {
        match self.kind {
            TicketKind::Page => &[],
            TicketKind::Resume => &self.worlds[..self.worlds.len().min(TICKET_WORLDS_MAX)],
        }
    }

    fn plain(&self) -> Vec<u8> {
        let worlds = self.sealed_worlds();
        let count = u16::try_from(worlds.len()).expect("the count is capped at TICKET_WORLDS_MAX");
        let mut plain = Vec::with_capacity(PLAIN_BYTES + worlds.len() * WORLD_BYTES);
        plain.extend_from_slice(&self.session.0);
        plain.extend_from_slice(&self.login);
        plain.extend_from_slice(&self.id);
        plain.extend_from_slice(&self.expires.0.to_be_bytes());
        plain.extend_from_slice(&self.epoch.0.to_be_bytes());
        plain.extend_from_slice(&count.to_be_bytes());
        for world in worlds {
            plain.extend_from_slice(&world.world.0);
            plain.extend_from_slice(&world.command.to_be_bytes());
            plain.extend_from_slice(&world.stream.0.to_be_bytes());
        }
        plain
    }

    fn from_plain(kind: TicketKind, plain: &[u8]) -> Option<Self> {
        let (session, rest) = plain.split_first_chunk()?;
        let (login, rest) = rest.split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk()?;
        let (expires, rest) = rest.split_first_chunk()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        let (count, mut rest) = rest.split_first_chunk()?;
        let count = usize::from(u16::from_be_bytes(*count));
        if rest.len() != count * WORLD_BYTES || (kind == TicketKind::Page && count > 0) {
            return None;
        }
        let mut worlds = Vec::with_capacity(count);
        for _ in 0..count {
            let (world, tail) = rest.split_first_chunk()?;
            let (command, tail) = tail.split_first_chunk()?;
            let (stream, tail) = tail.split_first_chunk()?;
            worlds.push(TicketWorld {
                world: WorldId(*world),
                command: u16::from_be_bytes(*command),
                stream: StreamId(u32::from_be_bytes(*stream)),
            });
            rest = tail;
        }
        Some(Self {
            kind,
            session: SessionTag(*session),
            login: *login,
            id: *id,
            expires: Millis(u64::from_be_bytes(*expires)),
            epoch: Epoch(u32::from_be_bytes(*epoch)),
            worlds,
        })
    }
}

fn associated(kind: TicketKind, header: &[u8], origin: &str) -> Vec<u8> {
    [kind.tag(), header, &Sha256::digest(origin.as_bytes())].concat()
}

#[cfg(test)]
mod tests {
    use super::super::cookie::{BadCookie, COOKIE_BYTES, Cookie};
    use super::super::minute::MinuteKeys;
    use super::super::reference_crypto::{ReferenceCrypto, SeededRandom};
    use super::*;

    const KEY: [u8; 32] = [9; 32];
    const ORIGIN: &str = "http://localhost:3000";
    const WALL: Millis = Millis(1_700_000_000_000);

    fn world(number: u8) -> TicketWorld {
        TicketWorld { world: WorldId([number; 32]), command: number.into(), stream: StreamId(8 * u32::from(number)) }
    }

    fn ticket(kind: TicketKind) -> Ticket {
        Ticket {
            kind,
            session: SessionTag([1; 16]),
            login: [2; 16],
            id: [3; 16],
            expires: WALL.after(60_000),
            epoch: Epoch(4),
            worlds: if kind == TicketKind::Resume { vec![world(1), world(2)] } else { Vec::new() },
        }
    }

    fn seal(ticket: &Ticket) -> Vec<u8> {
        ticket.seal(&KEY, &ReferenceCrypto, &mut SeededRandom(5), ORIGIN)
    }

    fn open(bytes: &[u8]) -> Result<Ticket, BadTicket> {
        Ticket::open(bytes, &KEY, &ReferenceCrypto, ORIGIN, WALL)
    }

    /// Seals a body that `Ticket::seal` would never write.
    fn forge(kind: TicketKind, plain: &[u8]) -> Vec<u8> {
        let nonce = [8; 24];
        let header = [&[VERSION, kind as u8], &nonce[..]].concat();
        let sealed = ReferenceCrypto.seal(&KEY, &nonce, &associated(kind, &header, ORIGIN), plain);
        [header, sealed].concat()
    }

    #[test]
    fn both_kinds_come_back_as_they_were() {
        for kind in [TicketKind::Page, TicketKind::Resume] {
            assert_eq!(open(&seal(&ticket(kind))), Ok(ticket(kind)));
        }
        assert_eq!(seal(&ticket(TicketKind::Page)).len(), 104);
        assert_eq!(seal(&ticket(TicketKind::Resume)).len(), 104 + 2 * WORLD_BYTES);
    }

    #[test]
    fn every_single_bit_flip_fails() {
        for kind in [TicketKind::Page, TicketKind::Resume] {
            let mut bytes = seal(&ticket(kind));
            for bit in 0..bytes.len() * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(open(&bytes), Err(BadTicket), "bit {bit} of a {kind:?} ticket");
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            assert_eq!(open(&bytes), Ok(ticket(kind)), "put back, it opens");
        }
    }

    #[test]
    fn every_other_length_fails() {
        let bytes = seal(&ticket(TicketKind::Resume));
        for end in 0..bytes.len() {
            assert_eq!(open(&bytes[..end]), Err(BadTicket));
        }
        assert_eq!(open(&[&bytes[..], &[0]].concat()), Err(BadTicket));
        assert_eq!(open(&vec![0; 1 << 20]), Err(BadTicket));
    }

    #[test]
    fn no_kind_can_be_taken_for_another() {
        let mut random = SeededRandom(6);
        let mut keys = MinuteKeys::new(WALL, &mut random);
        let minute_key = *keys.current().1;
        let cookie = Cookie {
            session: SessionTag([1; 16]),
            epoch: Epoch(1),
            world: WorldId([2; 32]),
            command: 0,
            command_version: 0,
            code_sha256: [0; 32],
            issued_at: WALL,
            id: [0; 16],
        };
        let cookie = cookie.seal(&keys, &ReferenceCrypto, &mut random, ORIGIN);
        for (kind, byte) in
            [(TicketKind::Page, 3), (TicketKind::Resume, 2), (TicketKind::Page, 1), (TicketKind::Page, 0)]
        {
            let mut relabelled = seal(&ticket(kind));
            relabelled[1] = byte;
            assert_eq!(open(&relabelled), Err(BadTicket), "{kind:?} as kind {byte}");
        }
        // Even where one key sealed both, a cookie is no ticket and a ticket no cookie.
        for byte in 1..=3 {
            let mut relabelled = cookie.clone();
            relabelled[1] = byte;
            assert_eq!(Ticket::open(&relabelled, &minute_key, &ReferenceCrypto, ORIGIN, WALL), Err(BadTicket));
        }
        for kind in [TicketKind::Page, TicketKind::Resume] {
            let mut relabelled = ticket(kind).seal(&minute_key, &ReferenceCrypto, &mut random, ORIGIN);
            relabelled[1] = 1;
            relabelled.resize(COOKIE_BYTES, 0);
            relabelled[2..6].copy_from_slice(&keys.current().0.to_be_bytes());
            assert_eq!(Cookie::open(&relabelled, &keys, &ReferenceCrypto, ORIGIN, WALL), Err(BadCookie));
        }
        keys.rotate(WALL, &mut random);
        assert!(Cookie::open(&cookie, &keys, &ReferenceCrypto, ORIGIN, WALL).is_ok(), "the cookie itself is good");
    }

    #[test]
    fn another_key_or_origin_fails() {
        let bytes = seal(&ticket(TicketKind::Page));
        assert_eq!(Ticket::open(&bytes, &[10; 32], &ReferenceCrypto, ORIGIN, WALL), Err(BadTicket));
        assert_eq!(Ticket::open(&bytes, &KEY, &ReferenceCrypto, "http://127.0.0.1:3000", WALL), Err(BadTicket));
    }

    #[test]
    fn it_is_good_until_the_instant_it_expires() {
        let bytes = seal(&ticket(TicketKind::Page));
        let at = |millis| Ticket::open(&bytes, &KEY, &ReferenceCrypto, ORIGIN, WALL.after(millis)).is_ok();
        assert_eq!([at(0), at(59_999), at(60_000), at(u64::MAX)], [true, true, false, false]);
    }

    #[test]
    fn a_page_ticket_never_names_worlds_and_a_resume_ticket_only_so_many() {
        let page = Ticket { worlds: vec![world(1)], ..ticket(TicketKind::Page) };
        assert_eq!(open(&seal(&page)), Ok(ticket(TicketKind::Page)));
        let resume = Ticket { worlds: vec![world(1); 100], ..ticket(TicketKind::Resume) };
        let bytes = seal(&resume);
        assert_eq!(bytes.len(), TICKET_BYTES_MAX);
        assert_eq!(open(&bytes).map(|ticket| ticket.worlds.len()), Ok(TICKET_WORLDS_MAX));
    }

    #[test]
    fn a_sealed_body_that_lies_about_its_worlds_fails() {
        let honest = ticket(TicketKind::Resume).plain();
        assert!(open(&forge(TicketKind::Resume, &honest)).is_ok());
        for count in [0, 1, 3, u16::MAX] {
            let mut lying = honest.clone();
            lying[PLAIN_BYTES - 2..PLAIN_BYTES].copy_from_slice(&count.to_be_bytes());
            assert_eq!(open(&forge(TicketKind::Resume, &lying)), Err(BadTicket), "{count} worlds");
        }
        assert_eq!(open(&forge(TicketKind::Page, &honest)), Err(BadTicket), "a page ticket with worlds");
    }
}
