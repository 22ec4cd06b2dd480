//! The logins page: every login of the user with its sessions, each to be revoked by a plain form, with JavaScript or
//! without.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::app::api::{LoginView, RevokeLogin, SessionView};
use crate::app::components::PageHeader;
use crate::app::platform::page_facts;
use crate::app::state::agent::agent_words;
use crate::app::state::facts::PageFacts;
use crate::app::state::moments::{utc_machine, utc_words};

/// Lists the user's logins as the server knew them when it rendered the page.
#[component]
pub fn LoginsPage() -> impl IntoView {
    let PageFacts { problem, logins, .. } = page_facts();
    view! {
        <div class="page">
            <PageHeader />
            <main class="page-body">
                <h1>"Logins"</h1>
                <p class="hint">
                    "Each place where you are logged in. Revoking one closes its pages within a second."
                </p>
                <p class="note note-bad" role="alert">{problem.map(|error| error.to_string())}</p>
                <ul class="logins">
                    {logins.into_iter().map(|login| view! { <LoginItem login /> }).collect_view()}
                </ul>
            </main>
        </div>
    }
}

/// One login with its sessions.
#[component]
fn LoginItem(
    /// The login.
    login: LoginView,
) -> impl IntoView {
    let LoginView { id, user, created_millis, last_used_millis, here, agent, sessions } = login;
    let words = agent_words(&agent);
    let revoke_words = if here { "Revoke and log out" } else { "Revoke" };
    // The name begins with the words that are seen.
    let name = format!("{revoke_words}: the login of {user} with {words}, begun {}", utc_words(created_millis));
    view! {
        <li class="login-item">
            <div class="login-facts">
                <h2 class="login-agent" title=agent>
                    {words} {here.then(|| view! { <span class="badge">"This one"</span> })}
                </h2>
                <p class="hint">
                    {user} " · began " <Moment millis=created_millis /> " · last used " <Moment millis=last_used_millis />
                </p>
                <Sessions sessions />
            </div>
            <form method="post" action=RevokeLogin::url()>
                <input type="hidden" name="id" value=id />
                <button class="button button-danger" type="submit" aria-label=name>{revoke_words}</button>
            </form>
        </li>
    }
}

/// The sessions of a login.
#[component]
fn Sessions(
    /// The sessions, oldest first.
    sessions: Vec<SessionView>,
) -> impl IntoView {
    if sessions.is_empty() {
        return view! { <p class="hint">"No page is open."</p> }.into_any();
    }
    let item = |session: SessionView| {
        let worlds = match session.worlds {
            0 => "no world".to_owned(),
            1 => "1 world".to_owned(),
            worlds => format!("{worlds} worlds"),
        };
        view! {
            <li>
                "Session " <code>{session.id}</code> " · " {session.state} " · " {worlds} " · since "
                <Moment millis=session.since_millis />
            </li>
        }
    };
    view! { <ul class="sessions">{sessions.into_iter().map(item).collect_view()}</ul> }.into_any()
}

/// A moment in words that machines can read too.
#[component]
fn Moment(
    /// Unix time.
    millis: u64,
) -> impl IntoView {
    view! { <time datetime=utc_machine(millis)>{utc_words(millis)}</time> }
}
