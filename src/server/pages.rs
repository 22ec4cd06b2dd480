//! The pages, rendered for whoever asks, and the server functions behind them.

use std::sync::Arc;

use axum::extract::{Request, State as FromState};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use leptos::prelude::provide_context;

use super::crypto::base64url;
use super::login::LoginFacts;
use super::state::{BUILD, State};
use crate::app::shell;
use crate::app::state::facts::PageFacts;

/// The log viewer, for a login; everybody else goes to the login page.
pub async fn viewer_page(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    match state.logins.authenticate(request.headers()) {
        // The rendered page is a pending session: its ticket goes with it.
        Ok(login) => {
            let ticket = base64url(&state.page_ticket(&login));
            render(state, PageFacts { ticket: Some(ticket), ..facts(&login) }, request).await
        }
        Err(error) => {
            tracing::debug!(%error, "sent to the login page");
            Redirect::to("/login").into_response()
        }
    }
}

/// The login page, for everybody.
pub async fn login_page(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    let facts = state.logins.authenticate(request.headers()).map_or_else(|_| nobody(), |login| facts(&login));
    render(state, facts, request).await
}

/// The list of logins, for a login. Rendered whole, so that it can be read without JavaScript.
pub async fn logins_page(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    let Ok(login) = state.logins.authenticate(request.headers()) else {
        return Redirect::to("/login").into_response();
    };
    let options = state.leptos.clone();
    let provide = provider(state, facts(&login));
    leptos_axum::render_app_async_with_context(provide, move || shell(options.clone()))(request).await
}

/// What stands where nothing is.
pub async fn not_found_page(state: Arc<State>, request: Request) -> Response {
    let mut response = render(state, nobody(), request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Calls a server function.
pub async fn server_function(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    leptos_axum::handle_server_fns_with_context(move || provide_context(state.clone()), request).await.into_response()
}

async fn render(state: Arc<State>, facts: PageFacts, request: Request) -> Response {
    let options = state.leptos.clone();
    let provide = provider(state, facts);
    leptos_axum::render_app_to_stream_with_context(provide, move || shell(options.clone()))(request).await
}

fn provider(state: Arc<State>, facts: PageFacts) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(state.clone());
        provide_context(facts.clone());
    }
}

fn facts(login: &LoginFacts) -> PageFacts {
    PageFacts { user: Some(login.user.clone()), ticket: None, token_id: Some(login.token_id.clone()), build: BUILD }
}

fn nobody() -> PageFacts {
    PageFacts { build: BUILD, ..PageFacts::default() }
}
