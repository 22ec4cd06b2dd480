//! The application: which page stands at which path.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use super::pages::{LoginPage, LoginsPage, NotFoundPage, ViewerPage};
use super::state::keys::Keys;
use super::state::link::Link;

/// The application's root. The client provides a [`Link`] and [`Keys`] by context before it mounts this; where nobody
/// did, they are idle.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    if use_context::<Link>().is_none() {
        provide_context(Link::idle());
    }
    if use_context::<Keys>().is_none() {
        provide_context(Keys::idle());
    }
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Frereth".to_owned() } else { format!("{title} · Frereth") } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=ViewerPage />
                <Route path=path!("/login") view=LoginPage />
                <Route path=path!("/logins") view=LoginsPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
