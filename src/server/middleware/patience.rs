//! How long a request may take: a body that drips in holds its connection no longer than this.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// From a request's head to the head of its answer. The slowest of ours, a password, takes a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(15);

/// Lets a request take its time, and no more.
pub async fn patience(request: Request, next: Next) -> Response {
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}
