//! The viewer page.

use leptos::prelude::*;

/// The viewer page.
#[component]
pub fn ViewerPage() -> impl IntoView {
    view! { <main></main> }
}
