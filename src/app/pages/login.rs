//! The login page.

use leptos::prelude::*;

/// The login page.
#[component]
pub fn LoginPage() -> impl IntoView {
    view! { <main></main> }
}
