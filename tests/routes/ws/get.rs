//! `GET /ws`: who may open a socket, and what becomes of one that misbehaves.

use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use frereth::protocol::frame::{Frame, FrameType};
use frereth::protocol::ids::StreamId;
use frereth::protocol::message::{Activated, Resumed};

use crate::client::{Client, Fork, Socket};
use crate::server::Server;

#[tokio::test]
async fn an_upgrade_that_is_not_exactly_ours_is_refused_alike() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (name, token) = client.cookie.split_once('=').expect("a cookie");
    let cases: [(&str, Option<String>); 9] = [
        ("cookie", None),
        ("cookie", Some(format!("{name}=nonsense"))),
        ("cookie", Some(format!("{name}={}x", &token[..token.len() - 1]))),
        ("origin", None),
        ("origin", Some("http://evil.example".to_owned())),
        ("origin", Some("null".to_owned())),
        ("origin", Some(format!("http://localhost:{}", server.port.wrapping_add(1)))),
        ("host", Some("evil.example".to_owned())),
        ("sec-fetch-site", Some("cross-site".to_owned())),
    ];
    for (header, value) in cases {
        let mut request = client.upgrade();
        match &value {
            Some(value) => drop(request.headers_mut().insert(header, value.parse().expect("a header"))),
            None => drop(request.headers_mut().remove(header)),
        }
        assert_eq!(Socket::open(request).await.err(), Some(403), "{header}: {value:?}");
    }
}

#[tokio::test]
async fn a_silent_socket_is_closed_after_half_a_second() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let opened = Instant::now();
    let mut socket = client.socket().await;
    assert_eq!(socket.closed().await, 4408);
    assert!(opened.elapsed() >= Duration::from_millis(490), "{:?}", opened.elapsed());
}

#[tokio::test]
async fn a_wrong_first_frame_closes_the_socket() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let hello = Frame { kind: FrameType::Halt, stream: StreamId::CONTROL, lamport: 1, body: b"\xa0" }.encode();
    for (bytes, code) in [(hello, 4400), (vec![0; 3], 4400), (vec![1; 5_000], 1009)] {
        let mut socket = client.socket().await;
        socket.send(bytes).await;
        assert_eq!(socket.closed().await, code);
    }
}

#[tokio::test]
async fn a_ticket_activates_one_socket_and_only_for_its_login_key() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let page = client.page().await;
    let thief = SigningKey::from_bytes(&[66; 32]);
    let mut socket = client.socket().await;
    socket.send(client.activate(&thief, &page.ticket, None, &page.build)).await;
    assert_eq!(socket.closed().await, 4401);
    let mut first = client.socket().await;
    let mut second = client.socket().await;
    let activate = client.activate(&client.key, &page.ticket, None, &page.build);
    first.send(activate.clone()).await;
    second.send(activate).await;
    let outcomes = [first.next().await.is_ok(), second.next().await.is_ok()];
    assert_eq!(outcomes.iter().filter(|won| **won).count(), 1, "exactly one of two racers wins");
}

#[tokio::test]
async fn a_page_of_another_build_is_told_to_reload() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let page = client.page().await;
    let mut socket = client.socket().await;
    socket.send(client.activate(&client.key, &page.ticket, None, "0.0.0+older")).await;
    assert_eq!(socket.closed().await, 4426);
}

#[tokio::test]
async fn logout_closes_every_socket_of_the_login_within_a_second() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut first, _) = client.session().await;
    let (mut second, _) = client.session().await;
    let asked = Instant::now();
    let answer = client.post("/api/logout").header("accept", "application/json").send().await;
    assert!(answer.expect("the server answers").status().is_success());
    assert_eq!(first.closed().await, 4401);
    assert_eq!(second.closed().await, 4401);
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(Socket::open(client.upgrade()).await.err(), Some(403), "the cookie is worth nothing now");
}

#[tokio::test]
async fn a_resumed_session_fences_the_older_socket_and_keeps_its_world() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut older, activated) = client.session().await;
    let fork = Fork::new(11);
    let (forked, _) = fork.run(&client, &mut older).await;
    let build = client.page().await.build;
    let mut newer = client.socket().await;
    let tickets = forked.tickets;
    newer.send(client.activate(&client.key, &tickets.next, Some(tickets.resume), &build)).await;
    let again = newer.expect::<Activated>().await;
    assert!(again.epoch > activated.epoch);
    let resumed = newer.expect::<Resumed>().await;
    assert_eq!(resumed.worlds.iter().map(|world| world.world).collect::<Vec<_>>(), [fork.world]);
    assert_eq!(older.closed().await, 4409);
}

#[tokio::test]
async fn a_restarted_server_rebuilds_the_session_from_its_resume_ticket() {
    let mut server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut socket, _) = client.session().await;
    let fork = Fork::new(12);
    let (forked, _) = fork.run(&client, &mut socket).await;
    server.restart();
    let page = client.page().await;
    let mut socket = client.socket().await;
    socket.send(client.activate(&client.key, &page.ticket, Some(forked.tickets.resume), &page.build)).await;
    let resumed = socket.expect::<Resumed>().await;
    assert_eq!(resumed.worlds.iter().map(|world| world.world).collect::<Vec<_>>(), [fork.world]);
}
