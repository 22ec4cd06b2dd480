//! `POST /api/v1/world`: the one door through which a world's code leaves the server.
//!
//! The reply is the module, with the fork nonce (16 bytes) in a header; to a refused request it is one byte, the refusal's
//! number. The gate has checked the request's origin.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, StatusCode};

use crate::protocol::reason::Refusal;
use crate::protocol::transcript::FORK_NONCE_HEADER;
use crate::server::commands::Command;
use crate::server::encoding::Encoding;
use crate::server::state::State;

const FORK_NONCE: HeaderName = HeaderName::from_static(FORK_NONCE_HEADER);

/// Answers an Initiate.
pub async fn initiate(Given(state): Given<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(login) = state.logins.authenticate(&headers) else { return refused(Refusal::Forbidden) };
    match state.hub.serve(&login.origin, login.id, &body) {
        Ok((nonce, command)) => code(nonce, command, &headers),
        Err(refusal) => {
            tracing::info!(%refusal, "a world's code was refused");
            refused(refusal)
        }
    }
}

/// The module, as `asked` with: compressed where that is understood, for most of what a fork costs is sending it.
fn code(nonce: [u8; 16], command: &Command, asked: &HeaderMap) -> Response {
    let gzipped = command.gzipped.clone().filter(|_| Encoding::Gzip.is_accepted(asked));
    let encoding = gzipped.is_some().then_some([(CONTENT_ENCODING, Encoding::Gzip.name())]);
    let headers = [
        (FORK_NONCE, URL_SAFE_NO_PAD.encode(nonce)),
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin".to_owned()),
    ];
    (headers, encoding, gzipped.unwrap_or_else(|| command.code.clone())).into_response()
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
