//! The bar at the top of every page behind the login.

use leptos::prelude::*;

use super::{ThemeSwitch, UserMenu};
use crate::app::state::link::Link;
use crate::app::state::phrases::connection_words;

/// The product's name, what the connection is doing, the theme and the user.
#[component]
pub fn PageHeader() -> impl IntoView {
    let connection = expect_context::<Link>().connection;
    let state = Memo::new(move |_| connection_words(&connection.read()));
    view! {
        <header class="page-header">
            <a class="brand" href="/" rel="external">
                <span class="brand-mark" aria-hidden="true"></span>
                <span class="brand-name">"Frereth"</span>
            </a>
            <p class=move || format!("state {}", state.get().1.class()) role="status" data-testid="connection">
                <span class="state-sign" aria-hidden="true"></span>
                <span class="state-words">{move || state.get().0}</span>
            </p>
            <span class="page-header-space"></span>
            <ThemeSwitch />
            <UserMenu />
        </header>
    }
}
