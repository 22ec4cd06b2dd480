//! The logins page.

use leptos::prelude::*;

/// The logins page.
#[component]
pub fn LoginsPage() -> impl IntoView {
    view! { <main></main> }
}
