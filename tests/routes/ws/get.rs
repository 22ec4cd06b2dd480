//! `GET /ws`: who may open a socket, and what becomes of one that misbehaves.

use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use frereth::protocol::codec;
use frereth::protocol::frame::{Frame, FrameType};
use frereth::protocol::ids::StreamId;
use frereth::protocol::message::{AckForking, Activated, Forking, Refused, Resumed};
use frereth::protocol::reason::Refusal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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

#[tokio::test]
async fn a_token_without_a_cookie_opens_a_socket_too() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let page = client.page().await;
    let (_, token) = client.cookie.split_once('=').expect("a cookie");
    let mut request = client.upgrade();
    let headers = request.headers_mut();
    for name in ["cookie", "origin", "sec-fetch-site"] {
        headers.remove(name);
    }
    headers.insert("authorization", format!("Bearer {token}").parse().expect("a header"));
    let mut socket = Socket::open(request.clone()).await.expect("the upgrade succeeds");
    socket.send(client.activate(&client.key, &page.ticket, None, &page.build)).await;
    socket.expect::<Activated>().await;
    request.headers_mut().insert("cookie", client.cookie.parse().expect("a header"));
    assert_eq!(Socket::open(request).await.err(), Some(403), "both at once, and no Origin");
}

#[tokio::test]
async fn a_ticket_of_another_login_and_a_cookie_for_a_ticket_are_turned_away() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let other = Client::log_in_again(&server, 8).await;
    let (foreign, build) = (other.page().await.ticket, client.page().await.build);
    let (mut session, activated) = client.session().await;
    let cookie = Fork::new(31).hello(&mut session).await.cookie;
    let resume_as_ticket = activated.tickets.resume.clone();
    for (ticket, what) in [(foreign, "foreign"), (cookie, "cookie"), (resume_as_ticket, "resume")] {
        let mut socket = client.socket().await;
        socket.send(client.activate(&client.key, &ticket, None, &build)).await;
        assert_eq!(socket.closed().await, 4401, "{what}");
    }
    let (_, foreign) = other.session().await;
    let mut socket = client.socket().await;
    let own = client.page().await.ticket;
    socket.send(client.activate(&client.key, &own, Some(foreign.tickets.resume), &build)).await;
    assert_eq!(socket.closed().await, 4401, "another login's session cannot be resumed");
}

#[tokio::test]
async fn a_replayed_activate_is_worth_nothing_on_either_socket() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let page = client.page().await;
    let activate = client.activate(&client.key, &page.ticket, None, &page.build);
    let mut socket = client.socket().await;
    socket.send(activate.clone()).await;
    socket.expect::<Activated>().await;
    let mut replay = client.socket().await;
    replay.send(activate.clone()).await;
    assert_eq!(replay.closed().await, 4401);
    socket.send(activate).await;
    assert_eq!(socket.closed().await, 4400);
}

#[tokio::test]
async fn a_flood_of_hellos_is_refused_beyond_the_bucket() {
    const HELLOS: u32 = 300;
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut socket, _) = client.session().await;
    let world = Fork::new(32).world;
    let began = Instant::now();
    for req in 0..HELLOS {
        socket.tell(&Forking { req, world, command: "log-viewer".to_owned() }).await;
    }
    let (mut cookies, mut refused) = (0, 0);
    while cookies + refused < HELLOS {
        let (kind, _, body) = socket.next().await.expect("the session goes on");
        match kind {
            FrameType::AckForking => cookies += u32::from(codec::decode::<AckForking>(&body).is_ok()),
            _ => {
                let refusal = codec::decode::<Refused>(&body).expect("a refusal").refusal;
                assert_eq!(refusal, Refusal::Throttled.number());
                refused += 1;
            }
        }
    }
    let refill = u32::try_from(began.elapsed().as_secs()).expect("seconds") * 2 + 2;
    assert!((10..=10 + refill).contains(&cookies), "{cookies} cookies");
}

#[tokio::test]
async fn a_world_that_never_fetched_its_code_cannot_be_forked() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut socket, _) = client.session().await;
    let fork = Fork::new(33);
    fork.hello(&mut socket).await;
    socket.tell(&fork.forked(&client.origin, &[0; 16])).await;
    let refused = socket.expect::<Refused>().await;
    assert_eq!((refused.world, refused.refusal), (fork.world, Refusal::OutOfOrder.number()));
    Fork::new(34).run(&client, &mut socket).await;
}

#[tokio::test]
async fn text_and_oversize_messages_close_the_socket_with_their_code() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let mut socket = client.socket().await;
    socket.send_text("hello").await;
    assert_eq!(socket.closed().await, 4400, "text first");
    let (mut socket, _) = client.session().await;
    socket.send_text("hello").await;
    assert_eq!(socket.closed().await, 4400, "text later");
    let (mut socket, _) = client.session().await;
    socket.send(vec![1; 65_537]).await;
    assert_eq!(socket.closed().await, 1009, "one byte more than 64 KiB");
}

#[tokio::test]
async fn a_half_open_upgrade_and_a_dripping_first_frame_are_cut_off() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let connect = async || TcpStream::connect(("127.0.0.1", server.port)).await.expect("the server listens");
    let mut half = connect().await;
    half.write_all(b"GET /ws HTTP/1.1\r\nHost: localh").await.expect("it listens");

    let mut dripping = connect().await;
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: localhost:{}\r\nOrigin: {}\r\nCookie: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        server.port, client.origin, client.cookie
    );
    let began = Instant::now();
    dripping.write_all(request.as_bytes()).await.expect("it listens");
    // The first two bytes of a frame, and a ping: neither is a first message.
    dripping.write_all(&[0x89, 0x80, 0, 0, 0, 0, 0x82]).await.expect("it listens");
    let mut said = Vec::new();
    dripping.read_to_end(&mut said).await.expect("it ends");
    assert!(said.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&said));
    assert!(said.windows(2).any(|code| code == 4408_u16.to_be_bytes()), "4408 is said");
    assert!((Duration::from_millis(490)..Duration::from_secs(3)).contains(&began.elapsed()), "{:?}", began.elapsed());

    let mut said = Vec::new();
    // However it ends: it ends.
    let _ = half.read_to_end(&mut said).await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert!(!said.starts_with(b"HTTP/1.1 101"));
}

#[tokio::test]
async fn ending_another_login_and_removing_a_user_close_their_sockets_within_a_second() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let other = Client::log_in_again(&server, 8).await;
    server.order(&["user", "add", "ann"], "correct-horse-battery\n");
    let ann = Client::log_in_as(&server, "ann", "correct-horse-battery", 9).await;
    let (mut own, _) = client.session().await;
    let (mut others, _) = other.session().await;
    let (mut anns, _) = ann.session().await;
    let revoke = async |id: String| {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let asked = client.post("/api/revoke_login").header(form.0, form.1).header("accept", "application/json");
        asked.body(format!("id={id}")).send().await.expect("the server answers").status()
    };

    assert!(!revoke(ann.page().await.token_id).await.is_success(), "another user's login is not ours to end");
    let asked = Instant::now();
    assert!(revoke(other.page().await.token_id).await.is_success());
    assert_eq!(others.closed().await, 4401);
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(Socket::open(other.upgrade()).await.err(), Some(403));

    let asked = Instant::now();
    server.order(&["user", "remove", "ann"], "");
    assert_eq!(anns.closed().await, 4401);
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(Socket::open(ann.upgrade()).await.err(), Some(403));
    Fork::new(35).run(&client, &mut own).await;
}

#[tokio::test]
async fn a_login_that_ends_between_upgrade_and_activate_gets_no_session() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let page = client.page().await;
    let activate = client.activate(&client.key, &page.ticket, None, &page.build);
    let mut socket = client.socket().await;
    let answer = client.post("/api/logout").header("accept", "application/json").send().await;
    assert!(answer.expect("the server answers").status().is_success());
    socket.send(activate).await;
    assert_eq!(socket.closed().await, 4401);
}

#[tokio::test]
async fn a_stopping_server_tells_its_pages_and_is_gone_within_two_seconds() {
    let mut server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut first, _) = client.session().await;
    let (mut second, _) = client.session().await;
    Fork::new(36).run(&client, &mut second).await;
    // One that is open and not active yet, and a connection that says nothing.
    let _silent = TcpStream::connect(("127.0.0.1", server.port)).await.expect("the server listens");
    let began = Instant::now();
    server.stop();
    assert_eq!(first.closed().await, 1001);
    assert_eq!(second.closed().await, 1001);
    assert!(server.wait().success());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
