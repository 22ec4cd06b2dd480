//! `POST /api/v1/world`: a world's code, against a cookie and a signature by the world's key.

use std::io::{Read as _, Write as _};

use flate2::read::GzDecoder;
use frereth::protocol::codec;
use frereth::protocol::frame::FrameType;
use frereth::protocol::ids::Lane;
use frereth::protocol::message::{AckForked, Credit};
use frereth::protocol::reason::Refusal;
use frereth::world::batch::{Batch, Window};
use frereth::world::stream::{Anchor, Open, Rows, SourceId, Sources};
use sha2::{Digest as _, Sha256};

use crate::client::{Client, Fork, WORLD_PATH, fork_nonce};
use crate::server::Server;

#[tokio::test]
async fn the_whole_path_from_login_to_rows_and_a_line_that_is_appended() {
    let mut server = Server::start("first\nsecond ERROR\nthird\n");
    let client = Client::log_in(&server).await;
    let (mut socket, activated) = client.session().await;
    let fork = Fork::new(21);
    let (forked, code) = fork.run(&client, &mut socket).await;
    let mut module = Vec::new();
    GzDecoder::new(&code[..]).read_to_end(&mut module).expect("gzip");
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&module)), activated.shell.code_sha256);

    let (_, body) = socket.next_of(FrameType::Sources).await;
    let sources: Sources = codec::decode(&body).expect("sources");
    assert_eq!(sources.sources.len(), 1);
    let stream = forked.stream.lane(Lane(0));
    let open = Open { source: SourceId(sources.sources[0].id.0), filter: None, follow: true, after: None };
    socket.frame(FrameType::Open, stream, &codec::encode(&open)).await;
    let rows = Rows { req: 1, anchor: Anchor::End, count: -10 };
    socket.frame(FrameType::Rows, stream, &codec::encode(&rows)).await;
    let (_, body) = socket.next_of(FrameType::Window).await;
    let window = Window::decode(&body).expect("a window");
    let texts: Vec<_> = window.run.rows.iter().map(|row| String::from_utf8_lossy(&row.bytes).into_owned()).collect();
    assert_eq!(texts, ["first", "second ERROR", "third"]);

    server.log.as_file_mut().write_all(b"").expect("the file is ours");
    let mut file = std::fs::OpenOptions::new().append(true).open(server.log.path()).expect("the file is ours");
    file.write_all(b"fourth\n").expect("the file is ours");
    let (_, body) = socket.next_of(FrameType::Batch).await;
    let batch = Batch::decode(&body).expect("a batch");
    assert_eq!(batch.run.rows[0].bytes, b"fourth");
}

#[tokio::test]
async fn code_goes_out_as_it_is_to_whoever_does_not_understand_gzip() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut socket, activated) = client.session().await;
    let fork = Fork::new(25);
    let ack = fork.hello(&mut socket).await;
    let initiate = client.post(WORLD_PATH).body(fork.initiate(&client.origin, &ack.cookie));
    let reply = initiate.header("accept-encoding", "br, gzip;q=0").send().await.expect("the server answers");
    assert!(!reply.headers().contains_key("content-encoding"));
    socket.tell(&fork.forked(&client.origin, &fork_nonce(&reply))).await;
    let _: AckForked = socket.expect().await;
    let code = reply.bytes().await.expect("a body");
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&code)), activated.shell.code_sha256);
}

#[tokio::test]
async fn a_cookie_buys_code_once_and_only_for_its_key_and_login() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut socket, _) = client.session().await;
    let fork = Fork::new(22);
    let ack = fork.hello(&mut socket).await;
    let answered = async |body: Vec<u8>| client.post(WORLD_PATH).body(body).send().await.expect("the server answers");
    let post = async |body: Vec<u8>| answered(body).await.status();

    let other = Fork::new(23);
    assert_eq!(post(other.initiate(&client.origin, &ack.cookie)).await, 403, "another key");
    assert_eq!(post(fork.initiate("http://evil.example", &ack.cookie)).await, 403, "another origin");
    let mut bent = ack.cookie.clone();
    *bent.last_mut().expect("a cookie is not empty") ^= 1;
    assert_eq!(post(fork.initiate(&client.origin, &bent)).await, 403, "a bent cookie");
    assert_eq!(post(b"nonsense".to_vec()).await, 400, "no Initiate");
    assert_eq!(post(vec![0; 4_097]).await, 413, "more than 4 KiB");
    let ticket = client.page().await.ticket;
    assert_eq!(post(fork.initiate(&client.origin, &ticket)).await, 403, "a ticket is no cookie");
    let stranger = Client::log_in_again(&server, 8).await;
    let elsewhere = stranger.post(WORLD_PATH).body(fork.initiate(&client.origin, &ack.cookie)).send().await;
    let elsewhere = elsewhere.expect("the server answers");
    assert_eq!(elsewhere.status(), 403, "another login");
    assert_eq!(*elsewhere.bytes().await.expect("a body"), [Refusal::BadCookie.number()], "the reason is one byte");
    assert_eq!(post(fork.initiate(&client.origin, &ack.cookie)).await, 200);
    assert_eq!(post(fork.initiate(&client.origin, &ack.cookie)).await, 409, "replayed");
    let without_login = reqwest::Client::new()
        .post(server.url(WORLD_PATH))
        .header("origin", server.origin())
        .body(fork.initiate(&client.origin, &ack.cookie))
        .send()
        .await
        .expect("the server answers");
    assert_eq!(without_login.status(), 403);
    assert_eq!(*without_login.bytes().await.expect("a body"), [Refusal::Forbidden.number()]);
}

#[tokio::test]
async fn credit_that_shrinks_ends_what_broke_it_and_not_the_server() {
    let server = Server::start("one\n");
    let client = Client::log_in(&server).await;
    let (mut socket, _) = client.session().await;
    let (forked, _) = Fork::new(24).run(&client, &mut socket).await;
    let stream = forked.stream.lane(Lane(0));
    socket.frame(FrameType::Credit, stream, &codec::encode(&Credit { items: 0, bytes: 0 })).await;
    assert_eq!(socket.closed().await, 4400);
    assert_eq!(reqwest::get(server.url("/healthz")).await.expect("the server answers").status(), 200);
}
