//! The viewer page: a header, and the frame that shows the shell world.

use leptos::prelude::*;

use crate::app::components::{PageHeader, WorldFrame};

/// What stands there without JavaScript. Written as markup: a browser that runs this code reads it as text, not as elements.
const WITHOUT_JAVASCRIPT: &str =
    "<p class=\"note\">The log viewer needs JavaScript. Switch it on for this site, then load this page again.</p>";

/// Shows the log viewer. The server leads whoever is not logged in to the login instead.
#[component]
pub fn ViewerPage() -> impl IntoView {
    view! {
        <div class="page page-full">
            <PageHeader />
            <main class="viewer">
                <h1 class="visually-hidden">"Log viewer"</h1>
                <noscript inner_html=WITHOUT_JAVASCRIPT></noscript>
                <WorldFrame />
            </main>
        </div>
    }
}
