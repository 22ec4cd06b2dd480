//! The gate: which requests may reach a route at all. Outermost but for the headers; every refusal looks alike.
//!
//! A GET changes nothing and needs only a `Host` that is ours (against DNS rebinding). Everything else, and the socket, must
//! come from one of our own origins, or from a client that is no browser: without `Origin`, without cookie, with a bearer
//! token.

use std::sync::Arc;

use axum::extract::{Request, State as FromState};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Method, StatusCode};

use crate::server::login::bearer;
use crate::server::origin::{Origins, only};
use crate::server::state::State;

/// The socket's path: a GET to look at, and yet it must pass like a POST.
pub const SOCKET_PATH: &str = "/ws";
/// Answers whoever asks, under whatever name: it says only that the server listens.
pub const HEALTH_PATH: &str = "/healthz";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets a request pass or answers 403.
pub async fn gate(FromState(state): FromState<Arc<State>>, request: Request, next: Next) -> Response {
    match judge(&state.origins, request.method(), request.uri().path(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(why) => {
            tracing::debug!(path = request.uri().path(), why, "refused at the gate");
            refusal()
        }
    }
}

/// The one answer to everything that is not allowed.
#[must_use]
pub fn refusal() -> Response {
    (StatusCode::FORBIDDEN, "forbidden\n").into_response()
}

/// Whether a request may pass; the reason is for our log only.
fn judge(origins: &Origins, method: &Method, path: &str, headers: &HeaderMap) -> Result<(), &'static str> {
    if path == HEALTH_PATH && method == Method::GET {
        return Ok(());
    }
    let is_known_host = only(headers, &HOST).is_some_and(|host| origins.at_host(host).is_some());
    if !is_known_host {
        return Err("a Host that is not ours");
    }
    let changes_nothing = matches!(*method, Method::GET | Method::HEAD) && path != SOCKET_PATH;
    if changes_nothing {
        return Ok(());
    }
    if headers.contains_key(ORIGIN) {
        origins.of_request(headers).ok_or("an Origin that is not ours")?;
        let is_foreign_site =
            headers.contains_key(SEC_FETCH_SITE) && only(headers, &SEC_FETCH_SITE) != Some("same-origin");
        return if is_foreign_site { Err("sent by another site") } else { Ok(()) };
    }
    // A browser always says Origin here; what does not must not borrow a browser's cookie.
    let is_program =
        bearer(headers).is_some() && !headers.contains_key(COOKIE) && !headers.contains_key(SEC_FETCH_SITE);
    if is_program { Ok(()) } else { Err("no Origin") }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::server::config::Listen;

    fn judged(method: Method, path: &str, lines: &[(&'static str, &'static str)]) -> bool {
        let origins = Origins::of(Listen::Localhost { port: 3000 }, &[]).expect("loopback needs no TLS");
        let headers: HeaderMap = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        judge(&origins, &method, path, &headers).is_ok()
    }

    #[test]
    fn reading_needs_a_host_of_ours_and_nothing_else() {
        assert!(judged(Method::GET, "/", &[("host", "localhost:3000")]));
        assert!(judged(Method::GET, "/", &[("host", "[::1]:3000"), ("origin", "https://evil.example")]));
        assert!(!judged(Method::GET, "/", &[("host", "rebound.example:3000")]));
        assert!(!judged(Method::GET, "/", &[("host", "localhost")]));
        assert!(!judged(Method::GET, "/", &[]));
        assert!(judged(Method::GET, "/healthz", &[("host", "10.0.0.7")]));
    }

    #[test]
    fn changing_and_the_socket_need_our_origin() {
        for (method, path) in [(Method::POST, "/api/logout"), (Method::GET, "/ws"), (Method::CONNECT, "/ws")] {
            let judged = |lines: &[_]| {
                let mut all = vec![("host", "localhost:3000")];
                all.extend_from_slice(lines);
                judged(method.clone(), path, &all)
            };
            assert!(judged(&[("origin", "http://localhost:3000")]));
            assert!(judged(&[("origin", "http://localhost:3000"), ("sec-fetch-site", "same-origin")]));
            for evil in [
                "null",
                "http://localhost:3001",
                "https://localhost:3000",
                "http://localhost",
                "http://evil.example",
                "http://localhost:3000.evil.example",
                "http://127.0.0.1:3000",
            ] {
                assert!(!judged(&[("origin", evil)]), "{evil}");
            }
            for site in ["cross-site", "same-site", "none"] {
                assert!(!judged(&[("origin", "http://localhost:3000"), ("sec-fetch-site", site)]), "{site}");
            }
            assert!(!judged(&[("origin", "http://localhost:3000"), ("origin", "http://localhost:3000")]), "twice");
        }
    }

    #[test]
    fn without_an_origin_only_a_bearer_without_a_cookie_passes() {
        let post = |lines: &[_]| {
            let mut all = vec![("host", "localhost:3000")];
            all.extend_from_slice(lines);
            judged(Method::POST, "/api/logins", &all)
        };
        assert!(!post(&[]));
        assert!(post(&[("authorization", "Bearer a.b.c")]));
        assert!(!post(&[("authorization", "Bearer a.b.c"), ("cookie", "x=y")]));
        assert!(!post(&[("cookie", "x=y")]));
        assert!(!post(&[("authorization", "Bearer a.b.c"), ("sec-fetch-site", "cross-site")]));
    }
}
