//! The viewer page: a header, and the frame that shows the shell world.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::app::components::{PageHeader, WorldFrame};
use crate::app::platform::signed_in_user;

/// What stands there without JavaScript. Written as markup: a browser that runs this code reads it as text, not as elements.
const WITHOUT_JAVASCRIPT: &str =
    "<p class=\"note\">The log viewer needs JavaScript. Switch it on for this site, then load this page again.</p>";

/// Shows the log viewer; whoever is not logged in is led to the login.
#[component]
pub fn ViewerPage() -> impl IntoView {
    let lead_away = signed_in_user().is_none().then(|| view! { <Redirect path="/login" /> });
    view! {
        {lead_away}
        <Title text="" />
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
