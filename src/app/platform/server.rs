//! The seam's server side: the policy that a page is served under, and the facts it is rendered with.

use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::web_sys;
use leptos_axum::ResponseOptions;

use crate::app::state::facts::PageFacts;
use crate::app::state::theme::Theme;
use crate::world::view::NodeId;

/// The only path that the page may show in a frame.
const SANDBOX_PATH: &str = "/sandbox/frame";
const SERVICE_WORKER_PATH: &str = "/service-worker.js";

/// Sets the headers of the page that is being rendered: its content security policy, and that nobody keeps it.
pub fn harden_page(options: &LeptosOptions) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    let host = use_context::<http::request::Parts>().and_then(|parts| host_of(&parts));
    let reload_port =
        std::env::var_os("LEPTOS_WATCH").map(|_| options.reload_external_port.unwrap_or(options.reload_port));
    let policy = content_security_policy(nonce.as_deref(), host.as_deref(), reload_port);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ] {
        response.insert_header(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

/// Returns the facts that this rendering was given by context.
#[must_use]
pub fn page_facts() -> PageFacts {
    use_context().unwrap_or_default()
}

/// Does nothing on the server: it leads elsewhere by redirects.
pub fn go_to(_path: &str) {}

/// Does nothing on the server.
pub const fn go_to_viewer() {}

/// Returns none on the server: the part of an address behind `#` never reaches it.
#[must_use]
pub fn take_secret() -> Option<String> {
    None
}

/// Returns the system's theme: what a browser remembers is not known here.
#[must_use]
pub fn remembered_theme() -> Theme {
    Theme::System
}

/// Does nothing on the server.
pub fn remember_theme(_theme: Theme) {}

/// Does nothing on the server: nothing has the focus.
pub fn focus_node(_node: NodeId) {}

/// Returns false on the server: nobody types.
#[must_use]
pub fn is_typing(_event: &leptos::ev::KeyboardEvent) -> bool {
    false
}

/// Returns false on the server: nobody types.
#[must_use]
pub fn is_typing_target(_target: &web_sys::EventTarget) -> bool {
    false
}

/// Does nothing on the server.
pub fn place_style(_element: &web_sys::HtmlElement, _property: &str, _value: &str) {}

/// Returns nothing on the server: there is no pointer.
#[must_use]
pub const fn grab_edge(_event: &web_sys::PointerEvent) -> Option<f64> {
    None
}

/// Returns 0 on the server: nothing is laid out.
#[must_use]
pub fn height_px(_element: &web_sys::Element) -> f64 {
    0.0
}

/// Returns 0 on the server: nothing is laid out.
#[must_use]
pub fn screen_top_px(_element: &web_sys::Element) -> f64 {
    0.0
}

/// Returns no rows on the server: worlds run in browsers only.
#[must_use]
pub fn rows_in(_layer: &web_sys::Element) -> Vec<(u64, web_sys::Element)> {
    Vec::new()
}

/// Returns none on the server: there are no events.
#[must_use]
pub fn closest_row(_target: &web_sys::EventTarget) -> Option<u64> {
    None
}

/// Returns false on the server: nothing is selected.
#[must_use]
pub fn has_selection() -> bool {
    false
}

/// Returns false on the server: nothing is selected.
#[must_use]
pub fn has_selection_in(_element: &web_sys::Element) -> bool {
    false
}

/// Does nothing on the server.
pub fn clear_selection() {}

/// Does nothing on the server: effects do not run there.
pub fn soon(_then: impl FnOnce() + 'static) {}

/// Does nothing on the server.
pub fn listen_wheel(_element: &web_sys::HtmlElement, _heard: impl Fn(web_sys::WheelEvent) + 'static) {}

/// Does nothing on the server.
pub fn listen_scroll_end(_element: &web_sys::HtmlElement, _heard: impl Fn() + 'static) {}

/// Does nothing on the server.
pub fn observe_size(_element: &web_sys::HtmlElement, _changed: impl Fn() + 'static) {}

/// The host and port that the request named, where they can stand in a policy. An IPv6 address cannot.
fn host_of(parts: &http::request::Parts) -> Option<String> {
    let named = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| parts.uri.authority().map(|authority| authority.as_str()))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    (!host.is_empty() && host.bytes().all(is_plain)).then(|| host.to_owned())
}

/// The policy: nothing but what is named. Without a nonce no inline script runs at all.
fn content_security_policy(nonce: Option<&str>, host: Option<&str>, reload_port: Option<u32>) -> String {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    let own = |path: &str| host.map_or_else(|| "'self'".to_owned(), |host| format!("{host}{path}"));
    let (frames, workers) = (own(SANDBOX_PATH), own(SERVICE_WORKER_PATH));
    let reload = reload_port.map(|port| format!(" ws://localhost:{port} ws://127.0.0.1:{port}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'{nonce}; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'{reload}; frame-src {frames}; worker-src {workers}; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types default"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(host: &str) -> http::request::Parts {
        http::Request::builder().header(HOST, host).body(()).expect("a plain request").into_parts().0
    }

    #[test]
    fn the_policy_allows_no_unsafe_inline_and_no_frame_but_the_sandbox() {
        let policy = content_security_policy(Some("abc"), Some("localhost:3000"), None);
        assert!(!policy.contains("unsafe-inline"));
        assert!(policy.contains("script-src 'self' 'nonce-abc' 'wasm-unsafe-eval';"));
        assert!(policy.contains("frame-src localhost:3000/sandbox/frame;"));
        assert!(policy.contains("worker-src localhost:3000/service-worker.js;"));
        assert!(policy.contains("connect-src 'self';"));
        assert!(policy.ends_with("require-trusted-types-for 'script'; trusted-types default"));
    }

    #[test]
    fn watching_lets_the_page_reach_the_reload_port_and_nothing_else() {
        let policy = content_security_policy(None, None, Some(3001));
        assert!(policy.contains("connect-src 'self' ws://localhost:3001 ws://127.0.0.1:3001;"));
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"));
    }

    #[test]
    fn a_host_that_could_end_the_directive_never_enters_the_policy() {
        assert_eq!(host_of(&parts("localhost:3000")).as_deref(), Some("localhost:3000"));
        assert_eq!(host_of(&parts("[::1]:3000")), None);
        assert_eq!(host_of(&parts("a;script-src *")), None);
        assert_eq!(host_of(&parts("a b")), None);
    }
}
