//! `POST /api/login_with_link`, `/api/login_with_password`: the only ways to a login token.

use ed25519_dalek::SigningKey;

use crate::client::{Client, post_login};
use crate::server::Server;

#[tokio::test]
async fn a_link_logs_in_once() {
    let server = Server::start("one\n");
    let key = SigningKey::from_bytes(&[1; 32]);
    let first = post_login(&server, &key, &server.secret).await;
    assert!(first.headers().contains_key("set-cookie"));
    let second = post_login(&server, &key, &server.secret).await;
    assert!(!second.headers().contains_key("set-cookie"));
}

#[tokio::test]
async fn no_token_is_issued_without_a_key_and_the_link_stays_good() {
    let server = Server::start("one\n");
    let answer = reqwest::Client::new()
        .post(server.url("/api/login_with_link"))
        .header("origin", server.origin())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("secret={}", server.secret))
        .send()
        .await
        .expect("the server answers");
    assert!(!answer.headers().contains_key("set-cookie"));
    Client::log_in(&server).await;
}

#[tokio::test]
async fn a_foreign_origin_cannot_log_anybody_in() {
    let server = Server::start("one\n");
    for origin in ["http://evil.example", "null", "http://localhost:1"] {
        let answer = reqwest::Client::new()
            .post(server.url("/api/login_with_password"))
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("user=a&password=b")
            .send()
            .await
            .expect("the server answers");
        assert_eq!(answer.status(), 403, "{origin}");
    }
}

/// Posts a body to a server function as a client that is no browser's form; returns the status and the text.
async fn post(server: &Server, function: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
    let answer = reqwest::Client::new()
        .post(server.url(&format!("/api/{function}")))
        .header("origin", server.origin())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("the server answers");
    (answer.status().as_u16(), answer.text().await.expect("a text"))
}

#[tokio::test]
async fn each_refusal_has_its_status_and_still_says_which_it_is() {
    let server = Server::start("one\n");
    let proofless = format!("secret={}", server.secret);
    for (function, body, status, error) in [
        ("login_with_link", "secret=x", 401, "WrongLink"),
        ("login_with_link", proofless.as_str(), 403, "NeedsJavaScript"),
        ("logins", "", 401, "NotLoggedIn"),
        ("logout", "", 401, "NotLoggedIn"),
        ("revoke_login", "id=x", 401, "NotLoggedIn"),
        ("login_with_link", "nothing=here", 400, "Request"),
    ] {
        let (got, text) = post(&server, function, body.to_owned()).await;
        assert_eq!(got, status, "{function}: {text}");
        assert!(text.contains(error), "{function}: {text}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_called_so() {
    let server = Server::start("one\n");
    assert_eq!(post(&server, "login_with_link", "x".repeat(17 << 10)).await.0, 413);
}

#[tokio::test]
async fn a_plain_form_is_sent_on_and_told_by_a_code() {
    let server = Server::start("one\n");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let answer = client
        .post(server.url("/api/login_with_link"))
        .header("origin", server.origin())
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("secret=x")
        .send()
        .await
        .expect("the server answers");
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/login?error=wrong-link");
}
