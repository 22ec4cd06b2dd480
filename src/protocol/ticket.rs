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
