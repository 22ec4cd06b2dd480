//! The pages, rendered for whoever asks, and the server functions behind them.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request, State as FromState};
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, Uri};
use leptos::prelude::provide_context;

use super::crypto::base64url;
use super::login::LoginFacts;
use super::login::door::logins_of;
use super::state::{BUILD, State};
use crate::app::api::LoginError;
use crate::app::shell;
use crate::app::state::facts::{Page, PageFacts};

/// The log viewer, for a login; everybody else goes to the login page.
pub async fn viewer_page(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    match state.logins.authenticate(request.headers()) {
        // The rendered page is a pending session: its ticket goes with it.
        Ok(login) => {
            let ticket = Some(base64url(&state.page_ticket(&login)));
            let memory = state.memories.recall(&login.user).await.unwrap_or_else(|error| {
                tracing::error!(%error, "what a user's view remembers cannot be read");
                None
            });
            let facts = PageFacts { ticket, memory, ..facts(Page::Viewer, Some(&login), &request) };
            render(state, facts, request).await
        }
        Err(error) => {
            tracing::debug!(%error, "sent to the login page");
            Redirect::to("/login").into_response()
        }
    }
}

/// The login page, for everybody.
pub async fn login_page(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    let login = state.logins.authenticate(request.headers()).ok();
    let facts = facts(Page::Login, login.as_ref(), &request);
    render(state, facts, request).await
}

/// The list of logins, for a login.
pub async fn logins_page(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    let Ok(login) = state.logins.authenticate(request.headers()) else {
        return Redirect::to("/login").into_response();
    };
    let facts = PageFacts { logins: logins_of(&state, &login), ..facts(Page::Logins, Some(&login), &request) };
    render(state, facts, request).await
}

/// What stands where nothing is.
pub async fn not_found_page(state: Arc<State>, request: Request) -> Response {
    let mut response = render(state, PageFacts::default(), request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Calls a server function. Its own errors have their own statuses; what it cannot read is the client's mistake.
pub async fn server_function(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // Read here, because what is too long or ends early would reach the function as text that cannot be read.
    let body = match Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let request = Request::from_parts(parts, Body::from(body));
    let provide = move || provide_context(state.clone());
    let mut response = leptos_axum::handle_server_fns_with_context(provide, request).await.into_response();
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    response
}

async fn render(state: Arc<State>, facts: PageFacts, request: Request) -> Response {
    let options = state.leptos.clone();
    let provide = move || {
        provide_context(state.clone());
        provide_context(facts.clone());
    };
    leptos_axum::render_app_to_stream_with_context(provide, move || shell(options.clone()))(request).await
}

fn facts(page: Page, login: Option<&LoginFacts>, request: &Request) -> PageFacts {
    PageFacts {
        page,
        problem: problem(request.uri()),
        user: login.map(|login| login.user.clone()),
        ticket: None,
        memory: None,
        logins: Vec::new(),
        token_id: login.map(|login| login.token_id.clone()),
        build: Some(BUILD.to_owned()),
    }
}

/// The error in `?error=<code>`, with which a form that was posted without JavaScript comes back.
fn problem(uri: &Uri) -> Option<LoginError> {
    uri.query()?.split('&').find_map(|pair| LoginError::from_code(pair.strip_prefix("error=")?))
}
