//! The strip that tells what is wrong with connection or world, and offers what helps. The rows stay under it.

use leptos::prelude::*;

use crate::app::state::link::Link;
use crate::app::state::phrases::{Remedy, trouble};

/// Shows the trouble there is, with its remedy.
#[component]
pub fn TroubleStrip() -> impl IntoView {
    let link = expect_context::<Link>();
    let (connection, world, held_copy) = (link.connection, link.world, link.held_copy);
    let trouble = Memo::new(move |_| trouble(&connection.read(), &world.read(), held_copy.read().is_some()));
    let remedy = move || {
        let wish = link.wish.clone();
        trouble.get().map(|trouble| match trouble.remedy {
            Remedy::Wish(words, remedy) => {
                view! { <button class="button" type="button" on:click=move |_| wish(remedy.clone())>{words}</button> }
                    .into_any()
            }
            Remedy::Login => view! { <a class="button" href="/login" rel="external">"Log in again"</a> }.into_any(),
            Remedy::None => ().into_any(),
        })
    };
    view! {
        <div
            class=move || trouble.read().as_ref().map_or_else(|| "trouble is-absent".to_owned(), |trouble| format!("trouble {}", trouble.tone.class()))
            role="alert"
        >
            <span class="state-sign" aria-hidden="true"></span>
            <p class="trouble-words">{move || trouble.get().map(|trouble| trouble.words)}</p>
            {remedy}
        </div>
    }
}
