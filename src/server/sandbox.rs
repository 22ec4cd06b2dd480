//! `GET /sandbox/frame`: the document between a page and a world.
//!
//! Its one inline script holds the frame's lines and, as a string, the worker's; the policy in its header names that script's
//! hash, so nothing else runs there. The header must reach the browser as it is: the router adds no page policy to this route.

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use sha2::{Digest, Sha256};

/// Where the frame is served; the page's `frame-src` names this path and no other.
pub const PATH: &str = "/sandbox/frame";

const FRAME: &str = include_str!("../../public/sandbox/frame.js");
const WORKER: &str = include_str!("../../public/sandbox/worker.js");

/// Answers with the frame's document under its own policy.
pub async fn frame() -> Response {
    let (html, csp) = document();
    (headers(&csp), html).into_response()
}

/// Returns the frame's document and the policy that belongs to it.
#[must_use]
pub fn document() -> (String, String) {
    let script = script(FRAME, WORKER);
    let csp = policy(&Sha256::digest(script.as_bytes()).into());
    (page(&script), csp)
}

/// Returns the policy of a frame whose only script has this hash.
#[must_use]
pub fn policy(script_sha256: &[u8; 32]) -> String {
    let hash = STANDARD.encode(script_sha256);
    format!(
        "sandbox allow-scripts; default-src 'none'; script-src 'sha256-{hash}' 'wasm-unsafe-eval'; worker-src blob:; \
         frame-ancestors 'self'"
    )
}

/// Returns the document around one inline script.
#[must_use]
pub fn page(script: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>world</title><script>{script}</script></html>"
    )
}

/// The inline script: the worker's source as a constant, then the frame's own lines.
fn script(frame: &str, worker: &str) -> String {
    // `<` is written as an escape, so that no `</script>` in the worker's text can end the element.
    let source = serde_json::Value::from(worker).to_string().replace('<', "\\u003c");
    format!("const WORKER_SOURCE = {source};\n{frame}")
}

fn headers(csp: &str) -> HeaderMap {
    let fixed: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // A page that asks for isolation may embed only frames that ask for it too.
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        // A connection ahead of time and a peer connection are no business of a content policy; this list lets nothing out,
        // in the browsers that know it.
        (HeaderName::from_static("connection-allowlist"), "()"),
    ];
    let mut headers: HeaderMap =
        fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    let csp = HeaderValue::from_str(csp).expect("a policy is printable ASCII");
    headers.insert(header::CONTENT_SECURITY_POLICY, csp);
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_hash_of_the_script_as_the_browser_sees_it() {
        let (html, csp) = document();
        let open = html.find("<script>").expect("there is a script") + "<script>".len();
        let close = open + html[open..].find("</script>").expect("the script ends");
        assert_eq!(&html[close..], "</script></html>", "nothing inside the script ended it early");
        let hash = STANDARD.encode(Sha256::digest(&html.as_bytes()[open..close]));
        assert_eq!(
            csp,
            format!(
                "sandbox allow-scripts; default-src 'none'; script-src 'sha256-{hash}' 'wasm-unsafe-eval'; \
                 worker-src blob:; frame-ancestors 'self'"
            )
        );
        assert!(!html.contains('\r'), "a browser would turn a carriage return into a line feed before it hashes");
    }

    #[test]
    fn a_worker_that_holds_markup_cannot_leave_its_string() {
        let script = script("go();", "</script><script>alert(1)</script><!-- \" \\ \n");
        assert!(!script.contains('<'), "{script}");
        assert!(script.ends_with(";\ngo();"));
    }

    #[test]
    fn the_frame_is_answered_with_its_own_policy_and_is_never_stored() {
        let (_, csp) = document();
        let headers = headers(&csp);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], csp.as_str());
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers["connection-allowlist"], "()");
        assert!(!headers.contains_key(header::X_FRAME_OPTIONS), "the page must be able to embed it");
    }
}
