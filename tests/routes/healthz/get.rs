//! `GET /healthz`: whether the server listens.

use crate::server::Server;

#[tokio::test]
async fn a_listening_server_says_so() {
    let server = Server::start("one\n");
    let answer = reqwest::get(server.url("/healthz")).await.expect("the server answers");
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_foreign_host_is_refused_even_here() {
    let server = Server::start("one\n");
    let answer = reqwest::Client::new().get(server.url("/")).header("host", "evil.example").send().await;
    assert_eq!(answer.expect("the server answers").status(), 403);
}
