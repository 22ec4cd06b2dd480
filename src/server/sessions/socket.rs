//! One WebSocket: judged before the upgrade, silent for at most half a second, then a session's until it closes.
//!
//! The task of a socket reads, writes and keeps time for its session; it decides nothing. Messages, in order: the gate and
//! the login before 101; one Activate; its ticket spent; then frames both ways until somebody closes.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{ConnectInfo, State as Given, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite;

use super::caps::Place;
use super::cell::{Cell, ToSocket};
use super::hub::Hub;
use super::outlet::Outlet;
use crate::protocol::bucket::Bucket;
use crate::protocol::frame::{FRAME_BYTES_MAX, FrameType};
use crate::protocol::ids::{Epoch, SessionTag, StreamId};
use crate::protocol::reason::CloseCode;
use crate::protocol::server::{Arrival, Arrived, Event, LoginFacts, Phase, Rejection};
use crate::protocol::timing::Rate;
use crate::server::state::State;

/// Small buffers: an idle socket costs a few KiB, not the library's 128.
const READ_BUFFER_BYTES: usize = 2 * 1024;
const WRITE_BUFFER_BYTES_MAX: usize = 4 * FRAME_BYTES_MAX;

/// Between two pings. A peer that was silent for all of that time, its answer to the last one included, is gone.
const PING: Duration = Duration::from_secs(30);

/// Messages that a page may send on end; an honest one stays far below.
const MESSAGE_RATE: Rate = Rate { burst: 4_000, per_second: 2_000, is_open: false };

/// `GET /ws`. Every failure before the upgrade looks the same.
pub async fn upgrade(
    Given(state): Given<Arc<State>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let refused = || StatusCode::FORBIDDEN.into_response();
    let Ok(login) = state.logins.authenticate(&headers) else { return refused() };
    let Some(place) = state.hub.shared().caps.take(address.ip(), &login.user) else { return refused() };
    let Ok(upgrade) = upgrade else { return refused() };
    let hub = Arc::clone(&state.hub);
    let facts = LoginFacts { id: login.id, key: login.key, expires: login.absolute_end };
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(move |socket| async move {
            let _open = hub.open_socket();
            Opened { state, hub: Arc::clone(&hub), socket, origin: login.origin, login: facts, _place: place }
                .run(address.ip())
                .await;
        })
}

/// An upgraded socket that has not said which session it is.
struct Opened {
    state: Arc<State>,
    hub: Arc<Hub>,
    socket: WebSocket,
    origin: String,
    login: LoginFacts,
    _place: Place,
}

impl Opened {
    async fn run(mut self, address: IpAddr) {
        let arrived = match self.await_activate().await {
            Ok(Some(arrived)) => arrived,
            Ok(None) => return,
            Err(Rejection { code, why }) => {
                tracing::info!(%address, code = code.number(), %why, "socket turned away");
                return close(&mut self.socket, code, &why).await;
            }
        };
        let (to_socket, from_session) = mpsc::unbounded_channel();
        match self.hub.activate(&self.origin, &arrived, to_socket) {
            Ok((cell, epoch)) => {
                tracing::debug!(%address, epoch = epoch.0, "session active");
                let tag = arrived.session();
                // The login may have ended since the upgrade, before there was a session to close.
                if !self.state.logins.is_live(&self.login.id) {
                    let _ = self.hub.handle(tag, &cell, Event::Revoked { why: "it is over" });
                }
                let unread = VecDeque::new();
                let session = Active { hub: self.hub, socket: self.socket, tag, cell, epoch, from_session, unread };
                session.run().await;
            }
            Err((code, why)) => close(&mut self.socket, code, &why).await,
        }
    }

    /// Waits for the first message and spends its ticket. `None` when the socket is gone by itself.
    async fn await_activate(&mut self) -> Result<Option<Arrived>, Rejection> {
        let mut arrival = Arrival::opened(self.hub.now(), &self.hub.shared().timing);
        let message = loop {
            let deadline = arrival.deadline().expect("an arrival waits until a deadline");
            let received = tokio::select! {
                biased;
                received = self.socket.recv() => received,
                () = sleep_until(self.hub.instant(deadline)) => match arrival.expired(self.hub.now()) {
                    Some(rejection) => return Err(rejection),
                    None => continue,
                },
            };
            match received {
                Some(Ok(Message::Binary(bytes))) => break bytes,
                // The library answers a ping; neither of the two buys time.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                    // A flood of them keeps the socket readable, and the branch above from being looked at.
                    if let Some(rejection) = arrival.expired(self.hub.now()) {
                        return Err(rejection);
                    }
                }
                Some(Ok(Message::Text(_))) => {
                    return Err(Rejection { code: CloseCode::Protocol, why: "frames are binary".to_owned() });
                }
                Some(Err(error)) => match Fault::of(error) {
                    Fault::Size => {
                        return Err(Rejection {
                            code: CloseCode::TooLarge,
                            why: "the message is too large".to_owned(),
                        });
                    }
                    Fault::Protocol => {
                        return Err(Rejection { code: CloseCode::Protocol, why: "not a WebSocket message".to_owned() });
                    }
                    Fault::Lost => return Ok(None),
                },
                Some(Ok(Message::Close(_))) | None => return Ok(None),
            }
        };
        let login = self.login;
        let arrived = self.hub.with_env(&self.origin, |now, env| arrival.handle(now, env, &message, &login))?;
        for id in arrived.spend() {
            let is_first = self.hub.shared().tickets.spend(id, arrived.ticket.expires).await.unwrap_or(false);
            if !is_first {
                let why = "the ticket was used before".to_owned();
                return Err(Rejection { code: CloseCode::Authentication, why });
            }
        }
        Ok(Some(arrived))
    }
}

/// The socket of an active session.
struct Active {
    hub: Arc<Hub>,
    socket: WebSocket,
    tag: SessionTag,
    cell: Arc<Cell>,
    epoch: Epoch,
    from_session: mpsc::UnboundedReceiver<Box<ToSocket>>,
    /// What the session said while the peer kept us waiting.
    unread: VecDeque<Box<ToSocket>>,
}

/// What is wrong with a socket that cannot be read.
enum Fault {
    /// It brought more than one message may hold.
    Size,
    /// It brought what is no WebSocket message.
    Protocol,
    /// It is gone.
    Lost,
}

impl Fault {
    fn of(error: axum::Error) -> Self {
        use tungstenite::Error;
        use tungstenite::error::ProtocolError;

        match error.into_inner().downcast_ref::<Error>() {
            Some(Error::Capacity(_)) => Self::Size,
            Some(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => Self::Lost,
            Some(Error::Protocol(_) | Error::Utf8(_)) => Self::Protocol,
            _ => Self::Lost,
        }
    }
}

/// Why the task of a socket ends.
enum End {
    /// The session said so, with these words for the page.
    Told(CloseCode, String),
    /// The peer is gone.
    Lost,
    /// The peer takes nothing any more.
    Stalled,
}

impl Active {
    async fn run(mut self) {
        let end = self.serve().await;
        match end {
            End::Told(code, why) => {
                if code == CloseCode::Protocol {
                    tracing::warn!(%why, "a page broke the protocol: it may be compromised");
                } else {
                    tracing::debug!(code = code.number(), %why, "socket closed");
                }
                close(&mut self.socket, code, &why).await;
            }
            End::Lost => drop(self.hub.handle(self.tag, &self.cell, Event::SocketLost { epoch: self.epoch })),
            End::Stalled => drop(self.hub.handle(self.tag, &self.cell, Event::Stalled { epoch: self.epoch })),
        }
        if self.cell.glance().phase != Phase::Active {
            self.hub.watch(self.tag, self.cell);
        }
    }

    async fn serve(&mut self) -> End {
        let mut outlet = Outlet::default();
        let mut bucket = Bucket::full(self.hub.now(), &MESSAGE_RATE);
        let (mut ping_at, mut was_heard) = (Instant::now() + PING, true);
        loop {
            let deadline = self.cell.deadline();
            let due = async {
                match deadline {
                    Some(at) => sleep_until(self.hub.instant(at)).await,
                    None => std::future::pending().await,
                }
            };
            let message = tokio::select! {
                biased;
                told = next(&mut self.unread, &mut self.from_session) => match told.map(|told| *told) {
                    Some(ToSocket::Frame(kind, stream, body)) => self.stamped(kind, stream, &body),
                    Some(ToSocket::World(first, receiver)) => {
                        outlet.add(first, receiver);
                        continue;
                    }
                    Some(ToSocket::Close(code, why)) => return End::Told(code, why),
                    Some(ToSocket::Look) => continue,
                    // The session has let go of this socket without a word.
                    None => return End::Lost,
                },
                received = self.socket.recv() => {
                    was_heard = true;
                    if !bucket.take(self.hub.now(), &MESSAGE_RATE) {
                        let _ = self.hub.handle(self.tag, &self.cell, Event::SocketLost { epoch: self.epoch });
                        return End::Told(CloseCode::Overload, "too many messages".to_owned());
                    }
                    match received {
                        Some(Ok(Message::Binary(bytes))) => {
                            let event = Event::Message { epoch: self.epoch, bytes: &bytes };
                            let _ = self.hub.handle(self.tag, &self.cell, event);
                        }
                        Some(Ok(Message::Text(_))) => self.broken(),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Err(error)) => match Fault::of(error) {
                            Fault::Size => {
                                let _ = self.hub.handle(self.tag, &self.cell, Event::SocketLost { epoch: self.epoch });
                                return End::Told(CloseCode::TooLarge, "the message is too large".to_owned());
                            }
                            Fault::Protocol => {
                                self.broken();
                                let why = "not a WebSocket message".to_owned();
                                return End::Told(CloseCode::Protocol, why);
                            }
                            Fault::Lost => return End::Lost,
                        },
                        Some(Ok(Message::Close(_))) | None => return End::Lost,
                    }
                    continue;
                }
                (stream, outgoing) = outlet.next() => self.stamped(outgoing.kind, stream, &outgoing.body),
                () = due => {
                    let _ = self.hub.handle(self.tag, &self.cell, Event::Deadline);
                    continue;
                }
                () = sleep_until(ping_at) => {
                    if !was_heard {
                        return End::Lost;
                    }
                    (ping_at, was_heard) = (Instant::now() + PING, false);
                    Message::Ping(Bytes::new())
                }
            };
            if let Some(end) = self.send(message).await {
                return end;
            }
        }
    }

    /// Tells the session of something that is no message: as of one without a byte, which no message is.
    fn broken(&self) {
        let _ = self.hub.handle(self.tag, &self.cell, Event::Message { epoch: self.epoch, bytes: b"" });
    }

    fn stamped(&self, kind: FrameType, stream: StreamId, body: &[u8]) -> Message {
        Message::Binary(self.cell.stamped(kind, stream, body).into())
    }

    /// Sends, for as long as a stalled peer is waited for; the end comes through even while it takes nothing.
    async fn send(&mut self, message: Message) -> Option<End> {
        let stall = Duration::from_millis(self.hub.shared().timing.stall_millis);
        let mut sending = std::pin::pin!(timeout(stall, self.socket.send(message)));
        loop {
            tokio::select! {
                biased;
                sent = &mut sending => return match sent {
                    Ok(Ok(())) => None,
                    Ok(Err(_)) => Some(End::Lost),
                    Err(_) => Some(End::Stalled),
                },
                told = self.from_session.recv() => match told.map(|told| *told) {
                    Some(ToSocket::Close(code, why)) => return Some(End::Told(code, why)),
                    Some(other) => self.unread.push_back(Box::new(other)),
                    None => return Some(End::Lost),
                },
            }
        }
    }
}

/// What the session says next: first what was put aside.
async fn next(
    unread: &mut VecDeque<Box<ToSocket>>,
    from_session: &mut mpsc::UnboundedReceiver<Box<ToSocket>>,
) -> Option<Box<ToSocket>> {
    match unread.pop_front() {
        Some(told) => Some(told),
        None => from_session.recv().await,
    }
}

/// Says goodbye; a peer that does not take it is left alone.
async fn close(socket: &mut WebSocket, code: CloseCode, why: &str) {
    // A close frame holds 123 bytes of words.
    let mut end = why.len().min(123);
    while !why.is_char_boundary(end) {
        end -= 1;
    }
    let frame = CloseFrame { code: code.number(), reason: why[..end].to_owned().into() };
    let goodbye = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(Duration::from_secs(1), goodbye).await;
}
