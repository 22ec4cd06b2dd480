//! The logins page: every login of the user with its sessions, each to be revoked. Works without JavaScript.

use leptos::prelude::*;

use crate::app::api::{LoginError, LoginView, RevokeLogin, SessionView, logins};
use crate::app::components::PageHeader;
use crate::app::platform::page_facts;
use crate::app::state::agent::agent_words;
use crate::app::state::moments::{utc_machine, utc_words};

/// Lists the user's logins.
#[component]
pub fn LoginsPage() -> impl IntoView {
    let revoke = ServerAction::<RevokeLogin>::new();
    let list = Resource::new(move || revoke.version().get(), |_| logins());
    let told = page_facts().problem;
    let problem = move || match &*revoke.value().read() {
        Some(Err(error)) => Some(error.to_string()),
        Some(Ok(())) => None,
        None => told.as_ref().map(ToString::to_string),
    };
    view! {
        <div class="page">
            <PageHeader />
            <main class="page-body">
                <h1>"Logins"</h1>
                <p class="hint">
                    "Each place where you are logged in. Revoking one closes its pages within a second."
                </p>
                <p class="note note-bad" role="alert">{problem}</p>
                <Suspense fallback=|| view! { <p class="note">"Loading…"</p> }>
                    {move || Suspend::new(async move {
                        match list.await {
                            Ok(logins) => {
                                view! {
                                    <ul class="logins">
                                        {logins.into_iter().map(|login| view! { <LoginItem login revoke /> }).collect_view()}
                                    </ul>
                                }
                                    .into_any()
                            }
                            Err(LoginError::NotLoggedIn) => {
                                view! {
                                    <p class="note">
                                        "You are not logged in. " <a class="link" href="/login" rel="external">"Log in"</a>
                                    </p>
                                }
                                    .into_any()
                            }
                            Err(error) => view! { <p class="note note-bad">{error.to_string()}</p> }.into_any(),
                        }
                    })}
                </Suspense>
            </main>
        </div>
    }
}

/// One login with its sessions.
#[component]
fn LoginItem(
    /// The login.
    login: LoginView,
    /// What ends one.
    revoke: ServerAction<RevokeLogin>,
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
            <ActionForm action=revoke>
                <input type="hidden" name="id" value=id />
                <button class="button button-danger" type="submit" aria-label=name>{revoke_words}</button>
            </ActionForm>
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
