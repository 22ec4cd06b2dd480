//! `GET /`: the page, for whoever is logged in.

use crate::client::Client;
use crate::server::Server;

#[tokio::test]
async fn a_stranger_is_led_to_the_login() {
    let server = Server::start("one\n");
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let answer = http.get(server.url("/")).send().await.expect("the server answers");
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/login");
}

#[tokio::test]
async fn the_page_carries_strict_headers_and_a_fresh_ticket_each_time() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let answer = reqwest::Client::new().get(server.url("/")).header("cookie", &client.cookie).send().await;
    let answer = answer.expect("the server answers");
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let policy = header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "'wasm-unsafe-eval'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types default",
    ] {
        assert!(policy.contains(rule), "{rule} is not in {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert!(header("cache-control").contains("no-store"));
    assert_ne!(client.page().await.ticket, client.page().await.ticket);
}
