//! What stands where no page is.

use leptos::prelude::*;

/// Says that there is no such page and offers the way back.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main class="plain-page">
            <section class="card">
                <h1>"There is no such page"</h1>
                <p>
                    <a class="link" href="/" rel="external">"Back to the log viewer"</a>
                </p>
            </section>
        </main>
    }
}
