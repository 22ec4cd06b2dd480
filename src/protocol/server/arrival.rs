//! A socket that has not said who it is.
//!
//! Calls, in order: [`Arrival::opened`] when the upgrade is done; [`Arrival::handle`] with the first message;
//! [`Arrival::expired`] when [`Arrival::deadline`] has come. On `Ok(arrived)` the shell spends [`Arrived::spend`] in its
//! store, atomically, and only when it was the first to do so goes on to [`super::Session`]. Nothing a peer sends before
//! that costs the server more than one frame of 4 KiB and one signature.

use crate::protocol::clock::Millis;
use crate::protocol::codec::decode;
use crate::protocol::frame::{FIRST_FRAME_BYTES_MAX, Frame, FrameType, VERSION};
use crate::protocol::ids::SessionTag;
use crate::protocol::lamport::Lamport;
use crate::protocol::message::Activate;
use crate::protocol::reason::{CloseCode, ProtocolError};
use crate::protocol::ticket::{Ticket, TicketKind};
use crate::protocol::timing::Timing;
use crate::protocol::transcript;

use super::env::{Env, LoginFacts};

/// The versions of the protocol that this server speaks, ascending.
const VERSIONS: [u8; 1] = [VERSION];

/// A socket before its session: it waits for one message, then for the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// For the first message.
    AwaitingActivate {
        /// When it is too late.
        until: Millis,
    },
    /// For the store to spend the ticket: the page must be silent until it is answered.
    AwaitingSpend,
    /// It was turned away: nothing is listened to any more.
    TurnedAway,
}

/// Why a socket is closed before it became a session's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The close code.
    pub code: CloseCode,
    /// Why: for the log and the close frame; holds no secret.
    pub why: String,
}

/// A first message in which everything is right. It is worth something only once its tickets are spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The single-use ticket.
    pub ticket: Ticket,
    /// The session it wants back, epoch and worlds as they were when the ticket was made.
    pub resume: Option<Ticket>,
    /// Who it is.
    pub login: LoginFacts,
    /// The protocol version to speak.
    pub version: u8,
    /// The page's clock.
    pub lamport: u64,
}

impl Arrived {
    /// Returns the session it is about: the one to resume, or the new one that the ticket names.
    #[must_use]
    pub fn session(&self) -> SessionTag {
        self.resume.as_ref().map_or(self.ticket.session, |resume| resume.session)
    }

    /// Returns the ticket ids to spend, all or none. A resume ticket is not among them: it lives as long as its login,
    /// is worth nothing without a fresh ticket and the login key, and must still do when the answer to it was lost.
    #[must_use]
    pub const fn spend(&self) -> [[u8; 16]; 1] {
        [self.ticket.id]
    }
}

impl Arrival {
    /// Starts the clock of a socket that was just upgraded.
    #[must_use]
    pub const fn opened(now: Millis, timing: &Timing) -> Self {
        Self::AwaitingActivate { until: now.after(timing.first_message_millis) }
    }

    /// Returns when [`Arrival::expired`] wants to be asked.
    #[must_use]
    pub const fn deadline(&self) -> Option<Millis> {
        match self {
            Self::AwaitingActivate { until } => Some(*until),
            Self::AwaitingSpend | Self::TurnedAway => None,
        }
    }

    /// Returns the rejection of a socket that stayed silent for too long.
    pub fn expired(&mut self, now: Millis) -> Option<Rejection> {
        match self {
            Self::AwaitingActivate { until } if now >= *until => {
                *self = Self::TurnedAway;
                Some(Rejection { code: CloseCode::TimedOut, why: "the first message came too late".into() })
            }
            _ => None,
        }
    }

    /// Judges a message. `login` is who the upgrade request's token named.
    ///
    /// # Errors
    /// How to close the socket: too late, more than one message, not an Activate, another build, a ticket that is not this
    /// login's, a signature that is not its key's.
    pub fn handle(
        &mut self,
        now: Millis,
        env: &Env<'_>,
        message: &[u8],
        login: &LoginFacts,
    ) -> Result<Arrived, Rejection> {
        if let Some(late) = self.expired(now) {
            return Err(late);
        }
        let judged = match std::mem::replace(self, Self::TurnedAway) {
            Self::AwaitingActivate { .. } => judge(env, message, login),
            Self::AwaitingSpend => Err(broken("a second message before the session was active")),
            Self::TurnedAway => Err(broken("a message after the socket was turned away")),
        };
        if judged.is_ok() {
            *self = Self::AwaitingSpend;
        }
        judged
    }
}

/// Cheapest checks first; the signature last.
fn judge(env: &Env<'_>, message: &[u8], login: &LoginFacts) -> Result<Arrived, Rejection> {
    let frame = Frame::decode(message, FIRST_FRAME_BYTES_MAX)?;
    if frame.kind != FrameType::Activate {
        return Err(ProtocolError::Unexpected { got: frame.kind as u8, state: "no session is active" }.into());
    }
    Lamport::default().receive(frame.lamport)?;
    let activate: Activate = decode(frame.body)?;
    if activate.lamport != frame.lamport {
        return Err(broken("the signed clock is not that of the frame"));
    }
    let version = agree(&activate.versions)?;
    if activate.build != env.build {
        return Err(Rejection {
            code: CloseCode::Version,
            why: format!("this server is of build {}: reload the page", env.build),
        });
    }
    let ticket = open(env, &activate.ticket, TicketKind::Page, login)?;
    let resume = match &activate.resume {
        Some(sealed) => Some(open(env, sealed, TicketKind::Resume, login)?),
        None => None,
    };
    let signed = transcript::activate(
        env.origin,
        &activate.versions,
        &activate.ticket,
        activate.lamport,
        activate.resume.as_deref().unwrap_or_default(),
        &activate.build,
    );
    if !env.crypto.verify_strict(&login.key, &signed, &activate.signature) {
        return Err(stranger("the login key did not sign this"));
    }
    Ok(Arrived { ticket, resume, login: *login, version, lamport: activate.lamport })
}

/// The highest version that both speak. The page's list is signed, so nobody in between can shorten it.
fn agree(versions: &[u8]) -> Result<u8, Rejection> {
    if versions.is_empty() || !versions.is_sorted_by(|a, b| a < b) {
        return Err(broken("the versions are not an ascending list"));
    }
    versions.iter().rev().copied().find(|version| VERSIONS.contains(version)).ok_or_else(|| Rejection {
        code: CloseCode::Version,
        why: "page and server speak no common version: reload the page".into(),
    })
}

fn open(env: &Env<'_>, sealed: &[u8], kind: TicketKind, login: &LoginFacts) -> Result<Ticket, Rejection> {
    match Ticket::open(sealed, env.ticket_key, env.crypto, env.origin, env.wall) {
        Ok(ticket) if ticket.kind == kind && ticket.login == login.id => Ok(ticket),
        _ => Err(stranger("the ticket is not valid for this login")),
    }
}

fn broken(why: &str) -> Rejection {
    Rejection { code: CloseCode::Protocol, why: why.into() }
}

fn stranger(why: &str) -> Rejection {
    Rejection { code: CloseCode::Authentication, why: why.into() }
}

impl From<ProtocolError> for Rejection {
    fn from(error: ProtocolError) -> Self {
        let code = match error {
            ProtocolError::FrameTooLong { .. } => CloseCode::TooLarge,
            _ => CloseCode::Protocol,
        };
        Self { code, why: error.to_string() }
    }
}
