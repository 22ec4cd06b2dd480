//! Hello and Initiate: the two questions of a fork that cost no state.
//!
//! [`hello`] is called by the session for each Forking; [`Presented::read`] by the HTTP route before it knows the session,
//! which is named in the cookie alone.

use crate::protocol::codec::decode_checked;
use crate::protocol::cookie::Cookie;
use crate::protocol::ids::{Epoch, SessionTag};
use crate::protocol::message::{AckForking, Forking, Initiate};
use crate::protocol::reason::Refusal;
use crate::protocol::transcript::{self, INITIATE_PATH};

use super::env::{Command, Env};

/// The largest body of Initiate.
pub const INITIATE_BYTES_MAX: usize = 4 * 1024;

/// How many keys an Initiate has.
const INITIATE_KEYS: u64 = 4;

/// Answers a Hello with a sealed cookie. Nothing is remembered: all that Initiate needs is in the cookie.
pub(super) fn hello(
    env: &mut Env<'_>,
    session: SessionTag,
    epoch: Epoch,
    hello: &Forking,
) -> Result<AckForking, Refusal> {
    let command = env.commands.by_name(&hello.command).granted()?;
    if !env.crypto.is_acceptable_key(&hello.world.0) {
        return Err(Refusal::BadKey);
    }
    let cookie = Cookie {
        session,
        epoch,
        world: hello.world,
        command: command.number,
        command_version: command.version,
        code_sha256: command.code_sha256,
        issued_at: env.wall,
        id: env.random16(),
    };
    Ok(AckForking {
        req: hello.req,
        world: hello.world,
        cookie: cookie.seal(env.minute_keys, env.crypto, env.random, env.origin),
        code_sha256: command.code_sha256,
        code_bytes: command.code_bytes,
    })
}

/// An Initiate whose cookie is ours. Its signature is not verified yet: the session does that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    initiate: Initiate,
    cookie: Cookie,
    login: [u8; 16],
}

impl Presented {
    /// Reads the body of `POST /api/v1/world`, sent by `login`.
    ///
    /// # Errors
    /// [`Refusal::OutOfOrder`] for a body that is no Initiate; [`Refusal::BadCookie`] for a cookie that is not ours, too
    /// old, or another world's.
    pub fn read(env: &Env<'_>, body: &[u8], login: [u8; 16]) -> Result<Self, Refusal> {
        if body.len() > INITIATE_BYTES_MAX {
            return Err(Refusal::OutOfOrder);
        }
        let initiate: Initiate = decode_checked(body, INITIATE_KEYS).map_err(|_| Refusal::OutOfOrder)?;
        let cookie = Cookie::open(&initiate.cookie, env.minute_keys, env.crypto, env.origin, env.wall)
            .map_err(|_| Refusal::BadCookie)?;
        if cookie.world != initiate.world {
            return Err(Refusal::BadCookie);
        }
        Ok(Self { initiate, cookie, login })
    }

    /// Returns the session that the cookie was given to.
    #[must_use]
    pub const fn session(&self) -> SessionTag {
        self.cookie.session
    }

    /// Returns the cookie.
    pub(super) const fn cookie(&self) -> &Cookie {
        &self.cookie
    }

    /// Checks that the cookie was given to this session of this login in this epoch.
    pub(super) fn belongs_to(&self, session: SessionTag, epoch: Epoch, login: [u8; 16]) -> Result<(), Refusal> {
        let is_ours = self.cookie.session == session && self.cookie.epoch == epoch && self.login == login;
        if is_ours { Ok(()) } else { Err(Refusal::BadCookie) }
    }

    /// Checks that the world's key signed this request here.
    pub(super) fn is_signed(&self, env: &Env<'_>) -> Result<(), Refusal> {
        let initiate = &self.initiate;
        let signed =
            transcript::initiate(env.origin, INITIATE_PATH, &initiate.cookie, &initiate.world, &initiate.nonce);
        if env.crypto.verify_strict(&initiate.world.0, &signed, &initiate.signature) {
            Ok(())
        } else {
            Err(Refusal::BadSignature)
        }
    }

    /// Asks again what Hello asked: the permission may be gone, or the command replaced by another version.
    pub(super) fn command(&self, env: &Env<'_>) -> Result<Command, Refusal> {
        let command = env.commands.by_number(self.cookie.command).granted()?;
        if command.version != self.cookie.command_version || command.code_sha256 != self.cookie.code_sha256 {
            return Err(Refusal::BadCookie);
        }
        Ok(command)
    }
}
