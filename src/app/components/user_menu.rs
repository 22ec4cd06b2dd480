//! Who is logged in, and what she can do about it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;

use crate::app::api::{Logout, logout};
use crate::app::platform::{go_to, page_facts};

/// The user's name over a menu with her logins and the way out. Nothing where nobody is logged in.
#[component]
pub fn UserMenu() -> impl IntoView {
    let problem = RwSignal::new(None::<String>);
    let log_out = move |event: SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            match logout().await {
                Ok(()) => go_to("/login"),
                Err(error) => problem.set(Some(error.to_string())),
            }
        });
    };
    page_facts().user.map(|user| {
        view! {
            <details class="menu" name="user-menu">
                <summary class="button menu-summary">{user}</summary>
                <div class="menu-panel">
                    <a class="menu-item" href="/logins" rel="external">"Logins"</a>
                    <form method="post" action=Logout::url() on:submit=log_out>
                        <button class="menu-item" type="submit">"Log out"</button>
                    </form>
                    <p class="note note-bad" role="alert">{problem}</p>
                </div>
            </details>
        }
    })
}
