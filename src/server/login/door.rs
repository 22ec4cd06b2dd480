//! The door through which server functions reach the logins: reads the request around them, shapes the answer.
//!
//! A plain form (no JavaScript) posts to the same functions. It is told apart by what it accepts, and answered by going to
//! `/login` with the error's code. Everybody else learns the kind of error from the status, too.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use http::StatusCode;
use http::header::{ACCEPT, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;

use super::facts::{AuthError, LoginFacts, LoginId};
use super::proof::Proof;
use super::service::{Attempt, Issued};
use crate::app::api::{LoginError, LoginView};
use crate::server::crypto::{base64url, from_base64url};
use crate::server::state::State;
use crate::server::store::LoginRecord;
use crate::world::view::limits;

/// See [`crate::app::api::login_with_link`].
///
/// # Errors
/// [`LoginError`].
pub async fn login_with_link(secret: String, key: String, signature: String, at_millis: u64) -> Result<(), LoginError> {
    let request = Request::current();
    let outcome = match (request.attempt(), Proof::read(&key, &signature, at_millis)) {
        (Ok(attempt), Ok(proof)) => request.state.logins.login_with_link(&attempt, &secret, proof).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    request.answer_login(outcome)
}

/// See [`crate::app::api::login_with_password`].
///
/// # Errors
/// [`LoginError`].
pub async fn login_with_password(
    user: String,
    password: String,
    key: String,
    signature: String,
    at_millis: u64,
) -> Result<(), LoginError> {
    let request = Request::current();
    let outcome = match (request.attempt(), Proof::read(&key, &signature, at_millis)) {
        (Ok(attempt), Ok(proof)) => request.state.logins.login_with_password(&attempt, &user, password, proof).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    request.answer_login(outcome)
}

/// See [`crate::app::api::logout`].
///
/// # Errors
/// [`LoginError`].
pub async fn logout() -> Result<(), LoginError> {
    let request = Request::current();
    // The cookie goes in any case: whoever logs out twice is logged out.
    request.response.append_header(SET_COOKIE, request.state.logins.cookie().clear());
    let outcome = match request.login() {
        Ok(login) => request.end(&login.id, "it was logged out in another tab").await,
        Err(_) => Err(LoginError::NotLoggedIn),
    };
    request.go_if_form("/login");
    request.with_status(outcome)
}

/// See [`crate::app::api::remember`].
///
/// # Errors
/// [`LoginError`].
pub async fn remember(memory: String) -> Result<(), LoginError> {
    let request = Request::current();
    let outcome = match request.login() {
        Err(_) => Err(LoginError::NotLoggedIn),
        Ok(_) if memory.len() > limits::MEMORY_BYTES => {
            Err(LoginError::Request(format!("more than {} bytes cannot be remembered", limits::MEMORY_BYTES)))
        }
        Ok(login) => request.state.memories.remember(&login.user, memory).await.map_err(|error| {
            tracing::error!(%error, "what a user's view remembers was not kept");
            LoginError::Unavailable
        }),
    };
    request.with_status(outcome)
}

/// See [`crate::app::api::logins`].
///
/// # Errors
/// [`LoginError`].
pub async fn logins() -> Result<Vec<LoginView>, LoginError> {
    let request = Request::current();
    let Ok(here) = request.login() else { return request.with_status(Err(LoginError::NotLoggedIn)) };
    Ok(logins_of(&request.state, &here))
}

/// Every login of the user of `here`, with its sessions.
pub fn logins_of(state: &State, here: &LoginFacts) -> Vec<LoginView> {
    let view = |record: LoginRecord| LoginView {
        id: base64url(&record.id),
        user: record.user,
        created_millis: record.created_millis,
        last_used_millis: record.last_used_millis,
        here: record.id == here.id,
        agent: record.agent,
        sessions: state.sessions.list(&record.id),
    };
    state.logins.of_user(&here.user).into_iter().map(view).collect()
}

/// See [`crate::app::api::revoke_login`].
///
/// # Errors
/// [`LoginError`].
pub async fn revoke_login(id: String) -> Result<(), LoginError> {
    let request = Request::current();
    let outcome = request.revoke_own(&id).await;
    match &outcome {
        Ok(()) => request.go_if_form("/logins"),
        Err(error) => request.go_if_form(&format!("/logins?error={}", error.code())),
    }
    request.with_status(outcome)
}

/// The request around a server function.
struct Request {
    parts: Parts,
    response: ResponseOptions,
    state: Arc<State>,
}

impl Request {
    fn current() -> Self {
        Self {
            parts: use_context::<Parts>().unwrap_or_else(|| http::Request::new(()).into_parts().0),
            response: use_context::<ResponseOptions>().unwrap_or_default(),
            state: expect_context::<Arc<State>>(),
        }
    }

    fn login(&self) -> Result<LoginFacts, AuthError> {
        self.state.logins.authenticate(&self.parts.headers)
    }

    fn attempt(&self) -> Result<Attempt, LoginError> {
        let origin = self.state.origins.of_request(&self.parts.headers).ok_or(LoginError::BadProof)?;
        let agent = self.parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let address = self.parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        Ok(Attempt {
            address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            origin: origin.clone(),
            agent: agent.to_owned(),
        })
    }

    async fn revoke_own(&self, id: &str) -> Result<(), LoginError> {
        let here = self.login().map_err(|_| LoginError::NotLoggedIn)?;
        let id: LoginId = from_base64url(id).ok_or(LoginError::NoSuchLogin)?;
        let is_own = self.state.logins.of_user(&here.user).iter().any(|record| record.id == id);
        if !is_own {
            return Err(LoginError::NoSuchLogin);
        }
        if id == here.id {
            self.response.append_header(SET_COOKIE, self.state.logins.cookie().clear());
        }
        self.end(&id, "it was revoked").await
    }

    async fn end(&self, id: &LoginId, why: &str) -> Result<(), LoginError> {
        let ended = self.state.logins.revoke(id).await;
        self.state.sessions.close_login(id, why);
        ended.map(drop).map_err(|error| {
            tracing::error!(%error, "a login that ended may be back after a restart");
            LoginError::Unavailable
        })
    }

    fn answer_login(&self, outcome: Result<Issued, LoginError>) -> Result<(), LoginError> {
        match outcome {
            Ok(issued) => {
                self.response.append_header(SET_COOKIE, issued.set_cookie);
                self.go_if_form("/");
                Ok(())
            }
            Err(error) => {
                self.go_if_form(&format!("/login?error={}", error.code()));
                self.with_status(Err(error))
            }
        }
    }

    /// Sends a browser that posted a plain form on to `path`; a page's own request is not redirected.
    fn go_if_form(&self, path: &str) {
        if self.is_form() {
            leptos_axum::redirect(path);
        }
    }

    /// Gives an error's status to the answer, unless that sends a plain form on.
    fn with_status<T>(&self, outcome: Result<T, LoginError>) -> Result<T, LoginError> {
        outcome.inspect_err(|error| {
            if !self.is_form() {
                self.response.set_status(status(error));
            }
        })
    }

    fn is_form(&self) -> bool {
        let accept = self.parts.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    }
}

/// The status that says the most about an error to a client that reads no further.
const fn status(error: &LoginError) -> StatusCode {
    match error {
        LoginError::NotLoggedIn | LoginError::WrongPassword | LoginError::WrongLink | LoginError::BadProof => {
            StatusCode::UNAUTHORIZED
        }
        LoginError::Throttled => StatusCode::TOO_MANY_REQUESTS,
        LoginError::NeedsJavaScript => StatusCode::FORBIDDEN,
        LoginError::NoSuchLogin => StatusCode::NOT_FOUND,
        LoginError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        LoginError::Request(_) => StatusCode::BAD_REQUEST,
    }
}
