//! The login page: by one-time link (`/login#<secret>`) or by name and password.
//!
//! The form is an ordinary form and posts by itself where JavaScript is off; with it, the page first makes its login key
//! and signs. The secret of a link stands behind `#` and so never reaches a server by itself.

use leptos::ev::{self, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;

use crate::app::api::{LoginWithPassword, login_with_link, login_with_password};
use crate::app::components::ThemeSwitch;
use crate::app::platform::{go_to_viewer, page_facts, take_secret};
use crate::app::state::keys::{Keys, LoginProof};
use crate::app::state::link::{Connection, Link};

/// What stands there without JavaScript. Written as markup: a browser that runs this code reads it as text, not as elements.
const WITHOUT_JAVASCRIPT: &str = "<p class=\"note\">The log viewer needs JavaScript. You can check your name and password \
                                  here without it, but the viewer itself will not start.</p>";

/// Logs somebody in.
#[component]
pub fn LoginPage() -> impl IntoView {
    let keys = expect_context::<Keys>();
    let link = expect_context::<Link>();
    let problem = RwSignal::new(page_facts().problem.map(|error| error.to_string()));
    let is_busy = RwSignal::new(false);
    let by_link = RwSignal::new(false);
    let user_field = NodeRef::<html::Input>::new();
    let password_field = NodeRef::<html::Input>::new();
    let problem_line = NodeRef::<html::P>::new();

    let fail = move |words: String| {
        is_busy.set(false);
        by_link.set(false);
        problem.set(Some(words));
        if let Some(line) = problem_line.get_untracked() {
            let _ = line.focus();
        }
    };

    let use_link = move || {
        let Some(secret) = take_secret() else { return };
        is_busy.set(true);
        by_link.set(true);
        spawn_local(async move {
            let outcome = async {
                let proof = keys.prove(format!("link:{secret}")).await?;
                let LoginProof { key, signature, at_millis } = proof;
                login_with_link(secret, key, signature, at_millis).await.map_err(|error| error.to_string())
            };
            match outcome.await {
                Ok(()) => go_to_viewer(),
                Err(words) => fail(words),
            }
        });
    };
    // A link that is opened where this page stands already changes the part behind `#` only.
    Effect::new(move |_| {
        use_link();
        let opened = window_event_listener(ev::hashchange, move |_| use_link());
        on_cleanup(move || opened.remove());
    });

    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(user), Some(password)) = (user_field.get_untracked(), password_field.get_untracked()) else { return };
        if is_busy.get_untracked() {
            return;
        }
        let (user, password) = (user.value(), password.value());
        is_busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let outcome = async {
                let proof = keys.prove(format!("password:{user}")).await?;
                let LoginProof { key, signature, at_millis } = proof;
                login_with_password(user, password, key, signature, at_millis).await.map_err(|error| error.to_string())
            };
            match outcome.await {
                Ok(()) => go_to_viewer(),
                Err(words) => {
                    fail(words);
                    if let Some(field) = password_field.get_untracked() {
                        field.set_value("");
                    }
                }
            }
        });
    };

    let unsupported = move || match &*link.connection.read() {
        Connection::Unsupported(lack) => Some(format!("This browser cannot run Frereth: {lack}")),
        _ => None,
    };

    view! {
        <main class="plain-page">
            <section class="card login-card">
                <div class="brand">
                    <span class="brand-mark" aria-hidden="true"></span>
                    <span class="brand-name">"Frereth"</span>
                </div>
                <h1>"Log in"</h1>
                <noscript inner_html=WITHOUT_JAVASCRIPT></noscript>
                <p class="note note-bad" class:is-absent=move || unsupported().is_none()>
                    {move || unsupported().unwrap_or_default()}
                </p>
                <p class="note note-bad" role="alert" tabindex="-1" node_ref=problem_line class:is-absent=move || problem.read().is_none()>
                    {move || problem.get().unwrap_or_default()}
                </p>
                <p class="note" role="status" class:is-absent=move || !by_link.get()>
                    {move || if by_link.get() { "Logging in with your one-time link…" } else { "" }}
                </p>
                <form class="form" method="post" action=LoginWithPassword::url() on:submit=submit class:is-absent=move || by_link.get()>
                    <label class="field">
                        <span>"User name"</span>
                        <input
                            class="text-field"
                            name="user"
                            type="text"
                            autocomplete="username"
                            autocapitalize="none"
                            spellcheck="false"
                            required
                            autofocus
                            node_ref=user_field
                        />
                    </label>
                    <label class="field">
                        <span>"Password"</span>
                        <input
                            class="text-field"
                            name="password"
                            type="password"
                            autocomplete="current-password"
                            required
                            node_ref=password_field
                        />
                    </label>
                    <button class="button button-primary" type="submit" aria-busy=move || is_busy.get().to_string()>
                        {move || if is_busy.get() { "Logging in…" } else { "Log in" }}
                    </button>
                </form>
                <p class="hint">
                    "No password? Run " <code>"frereth link"</code>
                    " where the server runs: it prints a link that logs you in once."
                </p>
            </section>
            <ThemeSwitch />
        </main>
    }
}
