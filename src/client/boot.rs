//! The page comes to life: hydration, then the parts in their order.
//!
//! [`hydrate`] is called once, by the script that cargo-leptos writes. It gives the components their [`Link`] and [`Keys`]
//! and hydrates what the server rendered; what takes time follows: the browser's features, the login's key, the session.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{features, keys};
use crate::app::App;
use crate::app::state::facts::META_TOKEN_ID;
use crate::app::state::keys::Keys;
use crate::app::state::link::{Connection, Link};

/// Hydrates the page and starts its parts.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(|| {
        let link = Link { wish: Arc::new(|_| {}), ..Link::idle() };
        provide_context(link.clone());
        provide_context(Keys::new(Rc::new(|subject| Box::pin(keys::prove(subject)))));
        leptos::task::spawn_local(start(link));
        view! { <App /> }
    });
}

async fn start(link: Link) {
    if let Err(words) = features::check().await {
        link.connection.set(Connection::Unsupported(words));
        return;
    }
    let Some(token_id) = fact(META_TOKEN_ID) else {
        // Nobody is logged in, so no key of a login is of use any more. A store that refuses keeps them: they sign nothing.
        let _ = keys::forget().await;
        return;
    };
    match keys::claim(&token_id).await {
        Ok(_key) => {}
        Err(why) => link.connection.set(Connection::Closed { why, login: true }),
    }
}

/// Reads a fact that the server wrote into the page's head.
fn fact(name: &str) -> Option<String> {
    let meta = document().query_selector(&format!("meta[name={name}]")).ok().flatten()?;
    meta.get_attribute("content").filter(|content| !content.is_empty())
}
