//! All server functions: what the pages ask of the server besides the socket, and what it answers.
//!
//! They are posted url-encoded, so that a plain form works too: such a post is answered by going back to the page it came
//! from, with the error as `?error=<code>` (see [`LoginError::code`]). The bodies are a door to `server::login` only.

#![allow(missing_docs, reason = "`#[server]` turns arguments into fields without their documentation")]

use std::fmt;

use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

/// One login, as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginView {
    /// Its number, to revoke it by.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// When it began (Unix time).
    pub created_millis: u64,
    /// When it was last used (Unix time).
    pub last_used_millis: u64,
    /// Whether it is the one that asks.
    pub here: bool,
    /// The browser, in its own words.
    pub agent: String,
    /// Its sessions, oldest first.
    pub sessions: Vec<SessionView>,
}

/// One session, as the user of its login sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Its tag, shortened for reading.
    pub id: String,
    /// When it was first activated (Unix time).
    pub since_millis: u64,
    /// What it is doing, in one word: active, suspended.
    pub state: String,
    /// How many worlds it owns.
    pub worlds: u32,
}

/// Why a login, or a question about logins, was refused. Its text is for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginError {
    /// The user or the password is wrong; it does not say which.
    WrongPassword,
    /// The one-time link is used, too old, or never was.
    WrongLink,
    /// Too many attempts.
    Throttled,
    /// The credentials are right, and the browser cannot run the viewer.
    NeedsJavaScript,
    /// The signature of the login key does not fit.
    BadProof,
    /// Whoever asks is not logged in.
    NotLoggedIn,
    /// There is no such login of this user.
    NoSuchLogin,
    /// The server could not do it; its log says why.
    Unavailable,
    /// The request itself went wrong on its way.
    Request(String),
}

impl LoginError {
    /// The errors that have a code of their own.
    const CODED: [Self; 8] = [
        Self::WrongPassword,
        Self::WrongLink,
        Self::Throttled,
        Self::NeedsJavaScript,
        Self::BadProof,
        Self::NotLoggedIn,
        Self::NoSuchLogin,
        Self::Unavailable,
    ];

    /// The word that stands for it in `/login?error=<code>`: a page never shows text that came in a link.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong-password",
            Self::WrongLink => "wrong-link",
            Self::Throttled => "throttled",
            Self::NeedsJavaScript => "needs-javascript",
            Self::BadProof => "bad-proof",
            Self::NotLoggedIn => "not-logged-in",
            Self::NoSuchLogin => "no-such-login",
            Self::Unavailable => "unavailable",
            Self::Request(_) => "request",
        }
    }

    /// The error behind a code; a code that nobody knows is none.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::CODED.into_iter().find(|error| error.code() == code)
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongPassword => "The user name or the password is wrong.",
            Self::WrongLink => {
                "This link is not valid any more: each works once, for a few minutes. `frereth link` prints a new one."
            }
            Self::Throttled => "Too many attempts in a short time. Wait a minute, then try again.",
            Self::NeedsJavaScript => {
                "Your name and password are right, but the log viewer needs JavaScript. Switch it on for this site, then log in again."
            }
            Self::BadProof => {
                "This browser could not prove that it holds its login key. Check that its clock is right, then try again."
            }
            Self::NotLoggedIn => "You are not logged in.",
            Self::NoSuchLogin => "There is no such login.",
            Self::Unavailable => "The server could not do this; its own log says why.",
            Self::Request(what) => return write!(f, "The request went wrong: {what}."),
        })
    }
}

impl std::error::Error for LoginError {}

impl FromServerFnError for LoginError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Request(error.to_string())
    }
}

/// Logs in with the secret of a one-time link. `key` and `signature` are base64url; the signature is the login key's over
/// [`crate::protocol::transcript::login`] with the subject `link:<secret>`. On success the answer sets the login cookie.
///
/// # Errors
/// [`LoginError`]; the link is used up only by success.
#[server(endpoint = "login_with_link")]
pub async fn login_with_link(
    secret: String,
    #[server(default)] key: String,
    #[server(default)] signature: String,
    #[server(default)] at_millis: u64,
) -> Result<(), LoginError> {
    crate::server::login::door::login_with_link(secret, key, signature, at_millis).await
}

/// Logs in with a user's password; the subject signed is `password:<user>`. On success the answer sets the login cookie.
///
/// # Errors
/// [`LoginError`]; the same, after the same time, for an unknown user and a wrong password.
#[server(endpoint = "login_with_password")]
pub async fn login_with_password(
    user: String,
    password: String,
    #[server(default)] key: String,
    #[server(default)] signature: String,
    #[server(default)] at_millis: u64,
) -> Result<(), LoginError> {
    crate::server::login::door::login_with_password(user, password, key, signature, at_millis).await
}

/// Ends the login that asks, with all its sessions, and takes its cookie away.
///
/// # Errors
/// [`LoginError::NotLoggedIn`], [`LoginError::Unavailable`].
#[server(endpoint = "logout")]
pub async fn logout() -> Result<(), LoginError> {
    crate::server::login::door::logout().await
}

/// Keeps what the views of the user who asks remember, instead of what was kept before: at most
/// [`crate::world::view::limits::MEMORY_BYTES`]. The next page of the user's is rendered with it.
///
/// # Errors
/// [`LoginError::NotLoggedIn`], [`LoginError::Request`] of what is too long, [`LoginError::Unavailable`].
#[server(endpoint = "remember")]
pub async fn remember(memory: String) -> Result<(), LoginError> {
    crate::server::login::door::remember(memory).await
}

/// The logins of the user who asks, newest first.
///
/// # Errors
/// [`LoginError::NotLoggedIn`].
#[server(endpoint = "logins")]
pub async fn logins() -> Result<Vec<LoginView>, LoginError> {
    crate::server::login::door::logins().await
}

/// Ends one login of the user who asks, with all its sessions.
///
/// # Errors
/// [`LoginError::NotLoggedIn`], [`LoginError::NoSuchLogin`], [`LoginError::Unavailable`].
#[server(endpoint = "revoke_login")]
pub async fn revoke_login(id: String) -> Result<(), LoginError> {
    crate::server::login::door::revoke_login(id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_leads_back_to_its_error() {
        for error in LoginError::CODED {
            assert_eq!(LoginError::from_code(error.code()), Some(error));
        }
        assert_eq!(LoginError::from_code("call-this-number"), None);
    }
}
