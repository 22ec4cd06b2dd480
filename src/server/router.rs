//! Every route of the server, to be read as a table of contents.

use std::sync::Arc;

use any_spawner::Executor;
use axum::routing::{get, post};
use axum::{Router, middleware};
use tower_http::limit::RequestBodyLimitLayer;

use super::assets::asset_or_not_found;
use super::middleware::gate::{HEALTH_PATH, gate};
use super::middleware::headers::headers;
use super::middleware::patience::patience;
use super::pages::{login_page, logins_page, server_function, viewer_page};
use super::sandbox::frame;
use super::sessions::{initiate, upgrade};
use super::signed::{renew, ticket};
use super::state::State;
use crate::protocol::message::{RENEW_PATH, TICKET_PATH};
use crate::protocol::server::INITIATE_BYTES_MAX;
use crate::protocol::transcript::INITIATE_PATH;
use crate::world::view::limits;

/// The largest request body, but for what a view remembers. Nothing that is posted comes near it.
const BODY_BYTES_MAX: usize = 16 << 10;
/// What a view remembers, with every byte escaped, and its name.
const MEMORY_BODY_BYTES_MAX: usize = 3 * limits::MEMORY_BYTES + 64;

/// The routes, with what stands around them. Serve it with `ConnectInfo<SocketAddr>`.
pub fn router(state: Arc<State>) -> Router {
    // Pages spawn their parts through it. Fails only when a router was made before.
    let _ = Executor::init_tokio();
    Router::new()
        // Pages.
        .route("/", get(viewer_page))
        .route("/login", get(login_page))
        .route("/logins", get(logins_page))
        // The socket, the worlds' code, the frame they run in.
        .route("/ws", get(upgrade).connect(upgrade))
        .route(INITIATE_PATH, post(initiate).layer(RequestBodyLimitLayer::new(INITIATE_BYTES_MAX)))
        .route("/sandbox/frame", get(frame))
        // What the login key signs for.
        .route(TICKET_PATH, post(ticket))
        .route(RENEW_PATH, post(renew))
        // Server functions: see `app::api`.
        .route("/api/{*function}", post(server_function).layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX)))
        .route("/api/remember", post(server_function))
        // Whether the server listens.
        .route(HEALTH_PATH, get(async || "ok\n"))
        // The page's script, WebAssembly and style, and everything in `public`.
        .fallback(asset_or_not_found)
        .layer(RequestBodyLimitLayer::new(MEMORY_BODY_BYTES_MAX))
        .layer(middleware::from_fn(patience))
        .layer(middleware::from_fn_with_state(state.clone(), gate))
        .layer(middleware::from_fn(headers))
        .with_state(state)
}
