//! Connections: accepted, given a small buffer and a deadline for their headers, and ended when the server stops.
//!
//! hyper is driven here, and not by axum, because a connection that says nothing must not stay, and one that idles must be
//! small.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::config::Listen;

/// How long a request's headers may take.
const HEADERS: Duration = Duration::from_secs(10);
/// The largest head of a request, and with it the buffer of a connection.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// How long to wait when the system has no connection to give.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How long open requests may take once the server stops.
const FAREWELL: Duration = Duration::from_millis(1200);

/// Binds the addresses of `listen` and says at which port.
///
/// # Errors
/// When the first address cannot be had, or somebody else sits on the second.
pub async fn bind(listen: Listen) -> io::Result<(Vec<TcpListener>, Listen)> {
    let addresses = listen.addresses();
    let first = TcpListener::bind(addresses[0]).await?;
    let listen = listen.at_port(first.local_addr()?.port());
    let mut listeners = vec![first];
    for address in &listen.addresses()[1..] {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            // Whoever sits there would be `localhost` to half of the browsers, and be handed our links.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine without IPv6.
            Err(error) => tracing::debug!(%address, %error, "not listening there"),
        }
    }
    Ok((listeners, listen))
}

/// Serves until `stopping` says why not, then lets open requests end for a moment.
pub async fn serve(listeners: Vec<TcpListener>, router: Router, stopping: watch::Receiver<Option<String>>) {
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, router.clone(), stopping.clone()));
    }
    accepting.join_all().await;
}

async fn accept(listener: TcpListener, router: Router, mut stopping: watch::Receiver<Option<String>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, router.clone(), stopping.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = stopped(&mut stopping) => break,
        }
    }
    drop(listener);
    // What has not ended by then is cut off with the process.
    let _ = tokio::time::timeout(FAREWELL, connections.join_all()).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopping: watch::Receiver<Option<String>>,
) {
    // A log line is worth a packet of its own.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%peer, %error, "a connection ended early");
    }
}

/// Waits until the server stops. A sender that is gone has stopped too.
async fn stopped(stopping: &mut watch::Receiver<Option<String>>) {
    let _ = stopping.wait_for(Option::is_some).await;
}
