//! A client that speaks frereth/1 as the page does, with keys of its own, and can be told to misbehave.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
use frereth::protocol::codec;
use frereth::protocol::frame::{FRAME_BYTES_MAX, Frame, FrameType};
use frereth::protocol::ids::{StreamId, WorldId};
use frereth::protocol::message::{
    AckForked, AckForking, Activate, Activated, Forked, Forking, Initiate, SignedRequest, TICKET_PATH,
};
use frereth::protocol::transcript;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::server::Server;

/// The path of Initiate.
pub const WORLD_PATH: &str = "/api/v1/world";

/// A browser that is logged in.
pub struct Client {
    /// The login key.
    pub key: SigningKey,
    /// The cookie, `name=value`.
    pub cookie: String,
    /// The origin.
    pub origin: String,
    port: u16,
    http: reqwest::Client,
}

/// What `GET /` said in its head.
pub struct PageHead {
    /// The sealed ticket.
    pub ticket: Vec<u8>,
    /// The token's id.
    pub token_id: String,
    /// The server's build.
    pub build: String,
}

/// Unix time in milliseconds.
pub fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    u64::try_from(since.as_millis()).expect("it is before the end of time")
}

/// Posts a login by link and returns the answer.
pub async fn post_login(server: &Server, key: &SigningKey, secret: &str) -> reqwest::Response {
    let origin = server.origin();
    let public = key.verifying_key().to_bytes();
    let at_millis = now_millis();
    let signature = key.sign(&transcript::login(&origin, &public, &format!("link:{secret}"), at_millis)).to_bytes();
    reqwest::Client::new()
        .post(server.url("/api/login_with_link"))
        .header("origin", &origin)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(format!(
            "secret={secret}&key={}&signature={}&at_millis={at_millis}",
            URL_SAFE_NO_PAD.encode(public),
            URL_SAFE_NO_PAD.encode(signature)
        ))
        .send()
        .await
        .expect("the server answers")
}

/// Posts a login by password and returns the answer.
pub async fn post_password(server: &Server, key: &SigningKey, user: &str, password: &str) -> reqwest::Response {
    let origin = server.origin();
    let public = key.verifying_key().to_bytes();
    let at_millis = now_millis();
    let signature = key.sign(&transcript::login(&origin, &public, &format!("password:{user}"), at_millis)).to_bytes();
    reqwest::Client::new()
        .post(server.url("/api/login_with_password"))
        .header("origin", &origin)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(format!(
            "user={user}&password={password}&key={}&signature={}&at_millis={at_millis}",
            URL_SAFE_NO_PAD.encode(public),
            URL_SAFE_NO_PAD.encode(signature)
        ))
        .send()
        .await
        .expect("the server answers")
}

/// Keeps no connection, so that a restarted server is not spoken to over one of the old one's.
fn fresh_connections() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client")
}

impl Client {
    /// Logs in by the server's one-time link.
    pub async fn log_in(server: &Server) -> Self {
        let key = SigningKey::from_bytes(&[7; 32]);
        let answer = post_login(server, &key, &server.secret).await;
        Self::of(server, key, answer).await
    }

    /// Logs in by a link of its own, made over the control socket, with a key made from `seed`.
    pub async fn log_in_again(server: &Server, seed: u8) -> Self {
        let link = server.order(&["link"], "");
        let (_, secret) = link.trim().split_once("/login#").expect("a link");
        let key = SigningKey::from_bytes(&[seed; 32]);
        let answer = post_login(server, &key, secret).await;
        Self::of(server, key, answer).await
    }

    /// Logs in as a named user, with a key made from `seed`.
    pub async fn log_in_as(server: &Server, user: &str, password: &str, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let answer = post_password(server, &key, user, password).await;
        Self::of(server, key, answer).await
    }

    async fn of(server: &Server, key: SigningKey, answer: reqwest::Response) -> Self {
        assert!(answer.status().is_success(), "{} {}", answer.status(), answer.text().await.unwrap_or_default());
        let cookie = answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .find(|pair| pair.starts_with("__Host-frereth-"))
            .expect("a login sets its cookie")
            .to_owned();
        Self { key, cookie, origin: server.origin(), port: server.port, http: fresh_connections() }
    }

    /// Loads `/` and reads what its head says.
    pub async fn page(&self) -> PageHead {
        let answer = self.http.get(format!("{}/", self.origin)).header("cookie", &self.cookie).send().await;
        let html = answer.expect("the server answers").text().await.expect("the page is text");
        let meta = |name: &str| {
            let tag =
                html.split("<meta").find(|tag| tag.contains(&format!("\"frereth-{name}\""))).expect("the page says so");
            let content = tag.split("content=\"").nth(1).expect("a meta tag has content");
            content.split('"').next().expect("a quote ends it").to_owned()
        };
        PageHead {
            ticket: URL_SAFE_NO_PAD.decode(meta("ticket")).expect("a ticket is base64url"),
            token_id: meta("token-id"),
            build: meta("build"),
        }
    }

    /// Posts to the server as the page would: same origin, with the cookie.
    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http
            .post(format!("{}{path}", self.origin))
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie)
    }

    /// Asks for a ticket, signed by `key`.
    pub async fn ask_ticket(&self, key: &SigningKey, token_id: &str) -> reqwest::Response {
        let at_millis = now_millis();
        let signature = key.sign(&transcript::request(&self.origin, TICKET_PATH, token_id, at_millis)).to_bytes();
        let body = codec::encode(&SignedRequest { at_millis, signature });
        self.post(TICKET_PATH).body(body).send().await.expect("the server answers")
    }

    /// Makes the first frame, signed by `key`.
    pub fn activate(&self, key: &SigningKey, ticket: &[u8], resume: Option<Vec<u8>>, build: &str) -> Vec<u8> {
        let versions = vec![1];
        let signed =
            transcript::activate(&self.origin, &versions, ticket, 1, resume.as_deref().unwrap_or_default(), build);
        let activate = Activate {
            versions,
            ticket: ticket.to_vec(),
            lamport: 1,
            resume,
            build: build.to_owned(),
            signature: key.sign(&signed).to_bytes(),
        };
        Frame { kind: FrameType::Activate, stream: StreamId::CONTROL, lamport: 1, body: &codec::encode(&activate) }
            .encode()
    }

    /// The upgrade request as the page sends it; a test changes its headers.
    pub fn upgrade(&self) -> tungstenite::handshake::client::Request {
        let mut request = format!("ws://localhost:{}/ws", self.port).into_client_request().expect("a good URL");
        let headers = request.headers_mut();
        headers.insert("origin", self.origin.parse().expect("an origin is a header"));
        headers.insert("cookie", self.cookie.parse().expect("a cookie is a header"));
        headers.insert("sec-fetch-site", "same-origin".parse().expect("a header"));
        request
    }

    /// Opens a socket.
    pub async fn socket(&self) -> Socket {
        Socket::open(self.upgrade()).await.expect("the upgrade succeeds")
    }

    /// Loads the page, opens a socket and activates the session.
    pub async fn session(&self) -> (Socket, Activated) {
        let page = self.page().await;
        let mut socket = self.socket().await;
        socket.send(self.activate(&self.key, &page.ticket, None, &page.build)).await;
        let activated = socket.expect::<Activated>().await;
        (socket, activated)
    }
}

/// One end of a WebSocket.
pub struct Socket {
    inner: tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>,
    lamport: u64,
}

impl Socket {
    /// Opens a socket with this upgrade request; the status otherwise.
    pub async fn open(request: tungstenite::handshake::client::Request) -> Result<Self, u16> {
        let port = request.uri().port_u16().expect("a port");
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((inner, _)) => Ok(Self { inner, lamport: 1 }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no upgrade: {error}"),
        }
    }

    /// Sends bytes as one message.
    pub async fn send(&mut self, bytes: Vec<u8>) {
        self.inner.send(Message::Binary(bytes.into())).await.expect("the socket is open");
    }

    /// Sends text as one message.
    pub async fn send_text(&mut self, text: &str) {
        self.inner.send(Message::Text(text.into())).await.expect("the socket is open");
    }

    /// Sends a control message.
    pub async fn tell<M: codec::Message>(&mut self, message: &M) {
        self.frame(M::KIND, StreamId::CONTROL, &codec::encode(message)).await;
    }

    /// Sends any frame.
    pub async fn frame(&mut self, kind: FrameType, stream: StreamId, body: &[u8]) {
        self.lamport += 1;
        let bytes = Frame { kind, stream, lamport: self.lamport, body }.encode();
        self.send(bytes).await;
    }

    /// Waits for the next frame: its type, stream and body.
    ///
    /// # Errors
    /// The close code, when the server closes instead.
    pub async fn next(&mut self) -> Result<(FrameType, StreamId, Vec<u8>), u16> {
        loop {
            match self.inner.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    let frame = Frame::decode(&bytes, FRAME_BYTES_MAX).expect("the server's frames are good");
                    self.lamport = self.lamport.max(frame.lamport);
                    return Ok((frame.kind, frame.stream, frame.body.to_vec()));
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// Waits for a frame of this type, passing over others.
    pub async fn next_of(&mut self, kind: FrameType) -> (StreamId, Vec<u8>) {
        loop {
            let (got, stream, body) = self.next().await.unwrap_or_else(|code| panic!("closed with {code}"));
            if got == kind {
                return (stream, body);
            }
        }
    }

    /// Waits for this control message, passing over others.
    pub async fn expect<M: codec::Message>(&mut self) -> M {
        let (_, body) = self.next_of(M::KIND).await;
        codec::decode(&body).expect("the server's messages are good")
    }

    /// Waits for the server to close and returns its code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}

/// A world on its way through the fork.
pub struct Fork {
    /// The world's key.
    pub key: SigningKey,
    /// Its id.
    pub world: WorldId,
}

impl Fork {
    /// A world whose key is made from `seed`.
    pub fn new(seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let world = WorldId(key.verifying_key().to_bytes());
        Self { key, world }
    }

    /// Hello, and its answer.
    pub async fn hello(&self, socket: &mut Socket) -> AckForking {
        socket.tell(&Forking { req: 1, world: self.world, command: "log-viewer".to_owned() }).await;
        socket.expect().await
    }

    /// The body of Initiate.
    pub fn initiate(&self, origin: &str, cookie: &[u8]) -> Vec<u8> {
        let nonce = [9; 16];
        let signed = transcript::initiate(origin, WORLD_PATH, cookie, &self.world, &nonce);
        let signature = self.key.sign(&signed).to_bytes();
        codec::encode(&Initiate { cookie: cookie.to_vec(), world: self.world, nonce, signature })
    }

    /// Forked, signed over the nonce that came with the code.
    pub fn forked(&self, origin: &str, nonce: &[u8; 16]) -> Forked {
        let signature = self.key.sign(&transcript::forked(origin, &self.world, nonce)).to_bytes();
        Forked { world: self.world, signature }
    }

    /// The whole fork: Hello to AckForked. Returns the code too, as a browser is sent it: compressed with gzip.
    pub async fn run(&self, client: &Client, socket: &mut Socket) -> (AckForked, Bytes) {
        let ack = self.hello(socket).await;
        let initiate = client.post(WORLD_PATH).body(self.initiate(&client.origin, &ack.cookie));
        let reply = initiate.header("accept-encoding", "gzip").send().await.expect("the server answers");
        assert_eq!(reply.status(), 200);
        socket.tell(&self.forked(&client.origin, &fork_nonce(&reply))).await;
        (socket.expect().await, reply.bytes().await.expect("a body"))
    }
}

/// The nonce that came with the code.
pub fn fork_nonce(reply: &reqwest::Response) -> [u8; 16] {
    let nonce = URL_SAFE_NO_PAD.decode(&reply.headers()[transcript::FORK_NONCE_HEADER]);
    nonce.expect("base64url").try_into().expect("16 bytes")
}
