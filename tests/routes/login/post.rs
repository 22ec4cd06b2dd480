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
