//! `POST /api/v1/ticket`: a fresh ticket against a signature of the login key.

use ed25519_dalek::SigningKey;

use crate::client::Client;
use crate::server::Server;

#[tokio::test]
async fn the_login_key_gets_a_ticket_that_activates() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let page = client.page().await;
    let answer = client.ask_ticket(&client.key, &page.token_id).await;
    assert_eq!(answer.status(), 200);
    let ticket = answer.bytes().await.expect("a body");
    let mut socket = client.socket().await;
    socket.send(client.activate(&client.key, &ticket, None, &page.build)).await;
    socket.expect::<frereth::protocol::message::Activated>().await;
}

#[tokio::test]
async fn a_stolen_cookie_without_the_key_gets_none() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let page = client.page().await;
    let thief = SigningKey::from_bytes(&[66; 32]);
    assert_eq!(client.ask_ticket(&thief, &page.token_id).await.status(), 401);
}
