//! `POST /api/v1/world`: the one door through which a world's code leaves the server.
//!
//! The reply is the fork nonce (16 bytes) and the module behind it; to a refused request it is one byte, the refusal's
//! number. The gate has checked the request's origin.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};

use crate::protocol::reason::Refusal;
use crate::server::state::State;

/// Answers an Initiate.
pub async fn initiate(Given(state): Given<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(login) = state.logins.authenticate(&headers) else { return refused(Refusal::Forbidden) };
    match state.hub.serve(&login.origin, login.id, &body) {
        Ok((nonce, code)) => {
            let mut reply = Vec::with_capacity(nonce.len() + code.len());
            reply.extend_from_slice(&nonce);
            reply.extend_from_slice(&code);
            let headers = [
                (CONTENT_TYPE, "application/octet-stream"),
                (CACHE_CONTROL, "no-store"),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (http::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            ];
            (headers, reply).into_response()
        }
        Err(refusal) => {
            tracing::info!(%refusal, "a world's code was refused");
            refused(refusal)
        }
    }
}

fn refused(refusal: Refusal) -> Response {
    (status(refusal), [(CONTENT_TYPE, "application/octet-stream")], vec![refusal.number()]).into_response()
}

const fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Duplicate => StatusCode::CONFLICT,
        Refusal::Throttled | Refusal::Quota => StatusCode::TOO_MANY_REQUESTS,
        Refusal::OutOfOrder => StatusCode::BAD_REQUEST,
        Refusal::Forbidden | Refusal::BadKey | Refusal::BadCookie | Refusal::BadSignature | Refusal::TooLate => {
            StatusCode::FORBIDDEN
        }
    }
}
