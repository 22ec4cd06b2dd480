//! The logins of this server: made, recognised, renewed, used and ended.
//!
//! Every live login is in memory and behind it in the store; what is in neither is revoked. Whoever revokes one closes its
//! sessions too; [`Logins::keep`] closes those whose login ran out.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use http::{HeaderMap, HeaderValue};

use super::cookie::LoginCookie;
use super::directory::SessionDirectory;
use super::facts::{AuthError, LoginFacts, LoginId};
use super::jwt::{Claims, Confirmation, Tokens, thumbprint};
use super::link::LinkSecret;
use super::password::{PASSWORD_BYTES_MAX, Passwords};
use super::proof::Proof;
use super::throttle::{Bucket, Throttle};
use crate::app::api::LoginError;
use crate::protocol::clock::Millis;
use crate::server::clock::Clock;
use crate::server::config::{Limits, LoginTimes};
use crate::server::crypto::{base64url, from_base64url, random};
use crate::server::origin::{Origin, Origins};
use crate::server::store::{Keys, Links, LoginRecord, LoginRecords, StoreError, Users};

/// Whom one-time links log in: the person who started the server.
pub const OWNER: &str = "owner";

/// How many client addresses, and how many user names, are throttled at a time.
const THROTTLED_KEYS: usize = 16_384;
/// How far `last used` may lie behind on disk.
const USE_GRAIN_MILLIS: u64 = 60_000;
/// How much of a browser's description of itself is kept, in characters.
const AGENT_CHARS_MAX: usize = 200;

/// Where logins, users and links are kept.
#[derive(Clone)]
pub struct LoginStore {
    /// Named users.
    pub users: Arc<dyn Users>,
    /// Logins.
    pub logins: Arc<dyn LoginRecords>,
    /// One-time links.
    pub links: Arc<dyn Links>,
}

/// Where a login attempt comes from.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The client's address.
    pub address: IpAddr,
    /// The origin it came to.
    pub origin: Origin,
    /// The browser, in its own words.
    pub agent: String,
}

/// A token, fresh or renewed.
#[derive(Debug)]
pub struct Issued {
    /// The login.
    pub facts: LoginFacts,
    /// The token itself, for clients that send it as `Authorization: Bearer`.
    pub token: String,
    /// The `Set-Cookie` that carries it.
    pub set_cookie: HeaderValue,
}

/// The logins of this server.
pub struct Logins {
    tokens: Tokens,
    cookie: LoginCookie,
    times: LoginTimes,
    origins: Origins,
    clock: Arc<dyn Clock>,
    store: LoginStore,
    live: RwLock<Live>,
    passwords: Passwords,
    attempts_by_address: Throttle<IpAddr>,
    attempts_by_user: Throttle<String>,
}

#[derive(Default)]
struct Live {
    by_id: HashMap<LoginId, LoginRecord>,
    used: HashSet<LoginId>,
}

impl Logins {
    /// Reads the live logins from the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(
        keys: &Keys,
        times: LoginTimes,
        limits: &Limits,
        origins: Origins,
        clock: Arc<dyn Clock>,
        store: LoginStore,
    ) -> Result<Self, StoreError> {
        let by_id = store.logins.list().await?.into_iter().map(|record| (record.id, record)).collect();
        let installation = u32::from_be_bytes(keys.installation);
        Ok(Self {
            tokens: Tokens::new(format!("frereth-{installation:08x}"), &keys.signing_seed),
            cookie: LoginCookie::of(keys.installation),
            times,
            origins,
            clock,
            store,
            live: RwLock::new(Live { by_id, used: HashSet::new() }),
            passwords: Passwords::default(),
            attempts_by_address: Throttle::new(
                Bucket::per_minute(limits.logins_per_minute_and_address),
                THROTTLED_KEYS,
            ),
            attempts_by_user: Throttle::new(Bucket::per_minute(limits.logins_per_minute_and_user), THROTTLED_KEYS),
        })
    }

    /// Says who sends a request with these headers.
    ///
    /// # Errors
    /// [`AuthError`]; the peer never learns which.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<LoginFacts, AuthError> {
        let wall = self.clock.wall();
        self.recognise(headers, |token, origin| self.tokens.read(token, origin, wall))
    }

    /// Says who asks for a renewal: a token whose idle time is over still counts while the login itself is in use, because
    /// an active session is use. The caller checks the login key's signature.
    ///
    /// # Errors
    /// [`AuthError`].
    pub fn authenticate_for_renewal(&self, headers: &HeaderMap) -> Result<LoginFacts, AuthError> {
        self.recognise(headers, |token, origin| self.tokens.read_at_any_time(token, origin))
    }

    fn recognise(
        &self,
        headers: &HeaderMap,
        read: impl FnOnce(&str, &str) -> Result<Claims, AuthError>,
    ) -> Result<LoginFacts, AuthError> {
        let token = self.cookie.token(headers).ok_or(AuthError::Missing)?;
        let origin = self.origins.of_request(headers).ok_or(AuthError::Foreign)?;
        let claims = read(token, origin.as_str())?;
        let id: LoginId = from_base64url(&claims.jti).ok_or(AuthError::Foreign)?;
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let record = live.by_id.get(&id).ok_or(AuthError::Revoked)?;
        if self.is_over(record) {
            return Err(AuthError::Expired);
        }
        if record.user != claims.sub || thumbprint(&record.key) != claims.cnf.jkt {
            return Err(AuthError::Foreign);
        }
        Ok(facts(record, origin))
    }

    /// Logs in with the secret of a one-time link. Only success uses the link up.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn login_with_link(
        &self,
        attempt: &Attempt,
        secret: &str,
        proof: Option<Proof>,
    ) -> Result<Issued, LoginError> {
        self.check_address(attempt)?;
        let wall = self.clock.wall();
        let hash = LinkSecret::read(secret).ok_or(LoginError::WrongLink)?.hash();
        let Some(proof) = proof else {
            let is_good = self.store.links.peek(hash, wall).await.map_err(unavailable)?;
            return Err(if is_good { LoginError::NeedsJavaScript } else { LoginError::WrongLink });
        };
        proof.check(attempt.origin.as_str(), &format!("link:{secret}"), wall)?;
        if !self.store.links.take(hash, wall).await.map_err(unavailable)? {
            return Err(LoginError::WrongLink);
        }
        self.begin(attempt, OWNER, proof.key).await
    }

    /// Logs in a named user. An unknown user and a wrong password get the same answer after the same work.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn login_with_password(
        &self,
        attempt: &Attempt,
        user: &str,
        password: String,
        proof: Option<Proof>,
    ) -> Result<Issued, LoginError> {
        self.check_address(attempt)?;
        let wall = self.clock.wall();
        if let Some(proof) = &proof {
            proof.check(attempt.origin.as_str(), &format!("password:{user}"), wall)?;
        }
        if super::users::check_name(user).is_err() || password.len() > PASSWORD_BYTES_MAX {
            // What can be no user, and what can be no password, is known to everybody: it need not cost a hash.
            return Err(LoginError::WrongPassword);
        }
        if !self.attempts_by_user.take(user.to_owned(), self.clock.steady()) {
            return Err(LoginError::Throttled);
        }
        let record = self.store.users.find(user).await.map_err(unavailable)?;
        let checked = record.map(|record| record.password_hash);
        if !self.passwords.is_right(password, checked.clone()).await {
            return Err(LoginError::WrongPassword);
        }
        let Some(proof) = proof else { return Err(LoginError::NeedsJavaScript) };
        let issued = self.begin(attempt, user, proof.key).await?;
        // Whoever removed the user or changed the password meanwhile ended the logins that there were; this one was not yet.
        let now = self.store.users.find(user).await.map_err(unavailable)?;
        if now.map(|record| record.password_hash) == checked {
            Ok(issued)
        } else {
            self.revoke(&issued.facts.id).await.map_err(unavailable)?;
            Err(LoginError::WrongPassword)
        }
    }

    /// Makes a one-time link for the person who runs the server.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn new_link(&self) -> Result<String, StoreError> {
        let wall = self.clock.wall();
        let secret = LinkSecret::draw();
        self.store.links.put(secret.hash(), wall.after(self.times.link_millis()), wall).await?;
        Ok(secret.url(self.origins.first()))
    }

    /// Renews the token of a login whose key has just signed for it.
    ///
    /// # Errors
    /// [`AuthError::Revoked`] when the login has ended meanwhile.
    pub fn renew(&self, login: &LoginFacts) -> Result<Issued, AuthError> {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        let record = live.by_id.get_mut(&login.id).ok_or(AuthError::Revoked)?;
        record.last_used_millis = self.clock.wall().0;
        let record = record.clone();
        live.used.insert(login.id);
        drop(live);
        let origin = self.origins.exact(&login.origin).ok_or(AuthError::Foreign)?;
        Ok(self.issue(&record, origin))
    }

    /// Notes that a login is in use. Call it at least once a minute for a login with an active session.
    pub fn touch(&self, login: &LoginId) {
        let wall = self.clock.wall().0;
        let is_news = |record: &LoginRecord| wall.saturating_sub(record.last_used_millis) >= USE_GRAIN_MILLIS;
        // Most calls say nothing new, and reading does not keep others from reading.
        if !self.live.read().unwrap_or_else(PoisonError::into_inner).by_id.get(login).is_some_and(is_news) {
            return;
        }
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(record) = live.by_id.get_mut(login) {
            record.last_used_millis = wall;
            live.used.insert(*login);
        }
    }

    /// Ends a login; `false` when it has ended before.
    ///
    /// # Errors
    /// [`StoreError`] when it ended for this process only, and might be back after a restart.
    pub async fn revoke(&self, login: &LoginId) -> Result<bool, StoreError> {
        let was_live = self.forget(login);
        if was_live {
            self.store.logins.remove(vec![*login]).await?;
        }
        Ok(was_live)
    }

    /// Ends every login of a user and says how many there were.
    ///
    /// # Errors
    /// As [`Logins::revoke`].
    pub async fn revoke_user(&self, user: &str) -> Result<usize, StoreError> {
        let ids: Vec<LoginId> = self.of_user(user).iter().map(|record| record.id).collect();
        let count = ids.iter().filter(|id| self.forget(id)).count();
        self.store.logins.remove(ids).await?;
        Ok(count)
    }

    /// The live logins of a user, newest first.
    #[must_use]
    pub fn of_user(&self, user: &str) -> Vec<LoginRecord> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let mut records: Vec<_> =
            live.by_id.values().filter(|record| record.user == user && !self.is_over(record)).cloned().collect();
        records.sort_by_key(|record| (std::cmp::Reverse(record.created_millis), record.id));
        records
    }

    /// Notes which logins are in use by a page at work, and closes the sessions of those that have ended. Call it at least
    /// once a minute.
    pub fn keep(&self, sessions: &dyn SessionDirectory) {
        for (login, is_in_use) in sessions.at_work() {
            if is_in_use {
                self.touch(&login);
            }
            if !self.is_live(&login) {
                sessions.close_login(&login, "the login has ended");
            }
        }
    }

    /// Whether the login has neither ended nor run out.
    #[must_use]
    pub fn is_live(&self, login: &LoginId) -> bool {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.by_id.get(login).is_some_and(|record| !self.is_over(record))
    }

    /// The facts of a live login, for whoever holds its number from a ticket of ours.
    #[must_use]
    pub fn facts(&self, login: &LoginId) -> Option<LoginFacts> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let record = live.by_id.get(login).filter(|record| !self.is_over(record))?;
        self.origins.exact(&record.origin).map(|origin| facts(record, origin))
    }

    /// Writes what was used, and forgets what is over. Called once a minute, and when the server stops.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tend(&self) -> Result<(), StoreError> {
        let (used, over) = {
            let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
            let over: Vec<LoginId> =
                live.by_id.values().filter(|record| self.is_over(record)).map(|record| record.id).collect();
            for id in &over {
                live.by_id.remove(id);
            }
            let used: Vec<_> =
                std::mem::take(&mut live.used).iter().filter_map(|id| live.by_id.get(id).cloned()).collect();
            (used, over)
        };
        if !over.is_empty() {
            self.store.logins.remove(over).await?;
        }
        if !used.is_empty() {
            self.store.logins.put(used).await?;
        }
        Ok(())
    }

    /// The login cookie of this installation.
    #[must_use]
    pub fn cookie(&self) -> &LoginCookie {
        &self.cookie
    }

    /// The origins of this server.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    fn check_address(&self, attempt: &Attempt) -> Result<(), LoginError> {
        if self.attempts_by_address.take(attempt.address, self.clock.steady()) {
            Ok(())
        } else {
            Err(LoginError::Throttled)
        }
    }

    /// Begins a login: in the store first, so that no token is out for a login that a restart forgets.
    async fn begin(&self, attempt: &Attempt, user: &str, key: [u8; 32]) -> Result<Issued, LoginError> {
        let wall = self.clock.wall();
        let record = LoginRecord {
            id: random(),
            user: user.to_owned(),
            key,
            origin: attempt.origin.to_string(),
            created_millis: wall.0,
            last_used_millis: wall.0,
            absolute_end_millis: wall.after(self.times.absolute_millis()).0,
            agent: attempt.agent.chars().take(AGENT_CHARS_MAX).collect(),
        };
        self.store.logins.put(vec![record.clone()]).await.map_err(unavailable)?;
        let issued = self.issue(&record, &attempt.origin);
        self.live.write().unwrap_or_else(PoisonError::into_inner).by_id.insert(record.id, record);
        tracing::info!(user, "logged in");
        Ok(issued)
    }

    fn issue(&self, record: &LoginRecord, origin: &Origin) -> Issued {
        let facts = facts(record, origin);
        let now = self.clock.wall();
        let end = now.after(self.times.idle_millis()).min(facts.absolute_end);
        let token = self.tokens.sign(&Claims {
            iss: self.tokens.issuer().to_owned(),
            aud: origin.to_string(),
            sub: record.user.clone(),
            jti: facts.token_id.clone(),
            iat: now.0 / 1000,
            exp: end.0 / 1000,
            cnf: Confirmation { jkt: thumbprint(&record.key) },
        });
        // The cookie outlives the token: a page in use may renew a token whose idle time is over.
        let set_cookie = self.cookie.set(&token, facts.absolute_end.since(now) / 1000);
        Issued { facts, token, set_cookie }
    }

    fn forget(&self, login: &LoginId) -> bool {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        let was_live = live.by_id.remove(login).is_some();
        live.used.remove(login);
        was_live
    }

    fn is_over(&self, record: &LoginRecord) -> bool {
        let wall = self.clock.wall().0;
        // The grain on disk and in `touch` must not cut an idle time short.
        let idle_end = record.last_used_millis.saturating_add(self.times.idle_millis() + USE_GRAIN_MILLIS);
        wall >= record.absolute_end_millis || wall >= idle_end
    }
}

fn facts(record: &LoginRecord, origin: &Origin) -> LoginFacts {
    LoginFacts {
        id: record.id,
        user: record.user.clone(),
        key: record.key,
        token_id: base64url(&record.id),
        origin: origin.to_string(),
        absolute_end: Millis(record.absolute_end_millis),
    }
}

fn unavailable(error: StoreError) -> LoginError {
    tracing::error!(%error, "login");
    LoginError::Unavailable
}

#[cfg(test)]
mod tests;
