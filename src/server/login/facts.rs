//! What the rest of the server knows of a login, and why somebody has none.

use std::fmt;

use crate::protocol::clock::Millis;

/// A login's number: 16 random bytes. Its text is the token's `jti`.
pub type LoginId = [u8; 16];

/// Who sends a request, once the token has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFacts {
    /// The login.
    pub id: LoginId,
    /// Whose it is.
    pub user: String,
    /// The public half of the login key.
    pub key: [u8; 32],
    /// The token's `jti`, which signed requests name. It stays the same while the token is renewed, so that two tabs
    /// that share the cookie agree on it.
    pub token_id: String,
    /// The origin at which the request came in: the one in everything that the login key signs.
    pub origin: String,
    /// When the login ends in any case (Unix time).
    pub absolute_end: Millis,
}

/// Why a request is nobody's. The peer never learns which; the log does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthError {
    /// There is no token.
    Missing,
    /// The token is not one of ours, or says something that no token of ours says.
    Foreign,
    /// The token was ours and its time is over.
    Expired,
    /// The login has ended: its user ended it, or it was not used.
    Revoked,
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no login token",
            Self::Foreign => "not a login token of this server",
            Self::Expired => "the login token has expired",
            Self::Revoked => "the login has ended",
        })
    }
}

impl std::error::Error for AuthError {}
