//! What a page is given over HTTP against a signature by its login key: a ticket for a new socket, a renewed token.

use std::sync::Arc;

use axum::extract::State as FromState;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, StatusCode};

use super::crypto::NativeCrypto;
use super::login::{AuthError, LoginFacts, is_about_now};
use super::state::State;
use crate::protocol::crypto::Crypto as _;
use crate::protocol::message::{RENEW_PATH, SignedRequest, TICKET_PATH};
use crate::protocol::{codec, transcript};

/// How many keys a [`SignedRequest`] has.
const SIGNED_REQUEST_KEYS: u64 = 2;

/// Answers with a fresh page ticket: its bytes as they are.
pub async fn ticket(FromState(state): FromState<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    match signed(&state, state.logins.authenticate(&headers), TICKET_PATH, &body) {
        Ok(login) => ([(CONTENT_TYPE, "application/octet-stream")], state.page_ticket(&login)).into_response(),
        Err(why) => refused(&why),
    }
}

/// Answers with a renewed cookie and no body.
pub async fn renew(FromState(state): FromState<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let login = signed(&state, state.logins.authenticate_for_renewal(&headers), RENEW_PATH, &body);
    match login.and_then(|login| state.logins.renew(&login).map_err(|error| error.to_string())) {
        Ok(issued) => (StatusCode::NO_CONTENT, [(SET_COOKIE, issued.set_cookie)]).into_response(),
        Err(why) => refused(&why),
    }
}

/// The login that asks, if its key signed this request about now; else why not.
fn signed(state: &State, login: Result<LoginFacts, AuthError>, path: &str, body: &[u8]) -> Result<LoginFacts, String> {
    let login = login.map_err(|error| error.to_string())?;
    let request: SignedRequest = codec::decode_checked(body, SIGNED_REQUEST_KEYS).map_err(|error| error.to_string())?;
    let message = transcript::request(&login.origin, path, &login.token_id, request.at_millis);
    if !is_about_now(request.at_millis, state.clock.wall()) {
        return Err("signed too long ago, or in the future".to_owned());
    }
    if !NativeCrypto.verify_strict(&login.key, &message, &request.signature) {
        return Err("the login key did not sign this".to_owned());
    }
    Ok(login)
}

/// One answer for everything; the reason is for our log.
fn refused(why: &str) -> Response {
    tracing::debug!(why, "refused a signed request");
    (StatusCode::UNAUTHORIZED, "log in again\n").into_response()
}
