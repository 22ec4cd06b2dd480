//! The records, and the traits behind which they are kept.

use std::fmt;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::protocol::clock::Millis;

/// What a store answers, in its own time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// The store failed; the text is for the server's log.
#[derive(Debug)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store failed: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

/// The secrets that every node of one installation shares.
pub struct Keys {
    /// The seed of the Ed25519 key that signs login tokens.
    pub signing_seed: Zeroizing<[u8; 32]>,
    /// The key that seals tickets.
    pub ticket_key: Zeroizing<[u8; 32]>,
    /// The installation's number: names the cookie, so that two servers on one host do not overwrite each other's.
    pub installation: [u8; 4],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("installation", &self.installation).finish_non_exhaustive()
    }
}

/// A named user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRecord {
    /// The name, which is also the key.
    pub name: String,
    /// The password's argon2id hash in PHC form.
    pub password_hash: String,
    /// When the user was added (Unix time in milliseconds).
    pub created_millis: u64,
}

/// A login that has not ended: what is not in the store is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginRecord {
    /// Its number.
    pub id: [u8; 16],
    /// Whose it is.
    pub user: String,
    /// The public half of the login key.
    pub key: [u8; 32],
    /// The origin at which it was made.
    pub origin: String,
    /// When it began (Unix time in milliseconds).
    pub created_millis: u64,
    /// When it was last used, to the minute (Unix time in milliseconds).
    pub last_used_millis: u64,
    /// When it ends in any case (Unix time in milliseconds).
    pub absolute_end_millis: u64,
    /// The browser, in its own words.
    pub agent: String,
}

/// Named users.
pub trait Users: Send + Sync + 'static {
    /// The user of this name.
    fn find<'a>(&'a self, name: &'a str) -> Answer<'a, Option<UserRecord>>;
    /// All users, by name.
    fn list(&self) -> Answer<'_, Vec<UserRecord>>;
    /// Writes a user; `true` when it was not there before.
    fn put(&self, user: UserRecord) -> Answer<'_, bool>;
    /// Removes a user; `false` when there was none.
    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, bool>;
}

/// What users' views remember from one time to the next. It goes with the user.
pub trait Memories: Send + Sync + 'static {
    /// What the views of this user remember.
    fn recall<'a>(&'a self, user: &'a str) -> Answer<'a, Option<String>>;
    /// Keeps that instead of what was kept before.
    fn remember<'a>(&'a self, user: &'a str, memory: String) -> Answer<'a, ()>;
}

/// Logins that have not ended. Removing one is what revokes it.
pub trait LoginRecords: Send + Sync + 'static {
    /// All of them.
    fn list(&self) -> Answer<'_, Vec<LoginRecord>>;
    /// Writes logins, new or changed.
    fn put(&self, logins: Vec<LoginRecord>) -> Answer<'_, ()>;
    /// Removes logins.
    fn remove(&self, ids: Vec<[u8; 16]>) -> Answer<'_, ()>;
}

/// One-time links, by the hash of their secret.
pub trait Links: Send + Sync + 'static {
    /// Keeps a link until `expires` (Unix time), and forgets those that are over at `now`.
    fn put(&self, hash: [u8; 32], expires: Millis, now: Millis) -> Answer<'_, ()>;
    /// Whether the link could be taken at `now`.
    fn peek(&self, hash: [u8; 32], now: Millis) -> Answer<'_, bool>;
    /// Takes the link: of any number of callers exactly one gets `true`, and none after `expires`.
    fn take(&self, hash: [u8; 32], now: Millis) -> Answer<'_, bool>;
}

/// Spent tickets.
pub trait Tickets: Send + Sync + 'static {
    /// Spends the ticket `id`, which is good until `expires` (Unix time): of any number of callers exactly one gets `true`.
    fn spend(&self, id: [u8; 16], expires: Millis) -> Answer<'_, bool>;
}

/// The secrets of an installation.
pub trait LoginSecrets: Send + Sync + 'static {
    /// The secrets, made when there are none yet.
    fn keys(&self) -> Answer<'_, Keys>;
}
