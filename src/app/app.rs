//! The application: the page that the server said stands here.

use leptos::prelude::*;

use super::pages::{LoginPage, LoginsPage, NotFoundPage, ViewerPage};
use super::platform::page_facts;
use super::state::facts::Page;
use super::state::keys::Keys;
use super::state::link::Link;

/// The application's root. The client provides a [`Link`] and [`Keys`] by context before it mounts this; where nobody
/// did, they are idle.
#[component]
pub fn App() -> impl IntoView {
    if use_context::<Link>().is_none() {
        provide_context(Link::idle());
    }
    if use_context::<Keys>().is_none() {
        provide_context(Keys::idle());
    }
    match page_facts().page {
        Page::Viewer => view! { <ViewerPage /> }.into_any(),
        Page::Login => view! { <LoginPage /> }.into_any(),
        Page::Logins => view! { <LoginsPage /> }.into_any(),
        Page::NotFound => view! { <NotFoundPage /> }.into_any(),
    }
}
