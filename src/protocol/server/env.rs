//! What every step of the server's machines is given: clocks, chance, keys, and what the login may do.
//!
//! The socket and the HTTP route build one [`Env`] per call; nothing of it is kept.

use crate::protocol::clock::Millis;
use crate::protocol::crypto::{Crypto, Random, random_array};
use crate::protocol::message::Shell;
use crate::protocol::minute::MinuteKeys;
use crate::protocol::reason::Refusal;
use crate::protocol::timing::Timing;

/// The surroundings of one call.
pub struct Env<'a> {
    /// Unix time; for tickets, cookies and logins only. Deadlines run on the monotonic `now`.
    pub wall: Millis,
    /// Signatures and sealing.
    pub crypto: &'a dyn Crypto,
    /// Random bytes fit for keys.
    pub random: &'a mut dyn Random,
    /// The keys of the current and the previous minute.
    pub minute_keys: &'a MinuteKeys,
    /// The key that seals tickets.
    pub ticket_key: &'a [u8; 32],
    /// The origin that the page was reached at, as the gate in front has checked it.
    pub origin: &'a str,
    /// The server's build; a page of another one must reload.
    pub build: &'a str,
    /// What this login may fork.
    pub commands: &'a dyn Commands,
    /// Deadlines and limits.
    pub timing: &'a Timing,
}

impl Env<'_> {
    /// Returns sixteen random bytes.
    pub(super) fn random16(&mut self) -> [u8; 16] {
        random_array(self.random)
    }
}

/// Who stands behind a socket, as its login token said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginFacts {
    /// The login's id.
    pub id: [u8; 16],
    /// The public half of the login key.
    pub key: [u8; 32],
    /// The login's absolute end in Unix time.
    pub expires: Millis,
}

/// A kind of world that can be forked, as registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its number in cookies and tickets.
    pub number: u16,
    /// Its version; a cookie for another version buys nothing.
    pub version: u16,
    /// SHA-256 of its module.
    pub code_sha256: [u8; 32],
    /// Bytes of its module.
    pub code_bytes: u32,
}

/// What a login may do with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It does not exist, or the login may not know that it does.
    NotFound,
    /// It is listed and denied.
    Forbidden,
    /// It may be forked.
    Granted(Command),
}

impl Permission {
    /// Returns the command.
    ///
    /// # Errors
    /// The refusal to answer with when it is not granted.
    pub const fn granted(self) -> Result<Command, Refusal> {
        match self {
            Self::NotFound => Err(Refusal::NotFound),
            Self::Forbidden => Err(Refusal::Forbidden),
            Self::Granted(command) => Ok(command),
        }
    }
}

/// The registry of commands as one login sees it at this moment. Asked again at each step, so that a permission that was
/// taken away counts from then on.
pub trait Commands {
    /// Looks a command up by its name.
    fn by_name(&self, name: &str) -> Permission;

    /// Looks a command up by its number.
    fn by_number(&self, number: u16) -> Permission;

    /// Returns what Activated says of the first world to fork.
    fn shell(&self) -> Shell;
}
