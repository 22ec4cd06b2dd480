//! The page comes to life: hydration, then the parts in their order.
//!
//! [`hydrate`] is called once, by the script that cargo-leptos writes. It gives the components their [`Link`] and [`Keys`]
//! and hydrates what the server rendered; what takes time follows: the browser's features, the login's key, the session.

use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use web_sys::PageTransitionEvent;

use super::session::{Happening, SessionHost};
use super::{features, installed, keys};
use crate::app::App;
use crate::app::platform::page_facts;
use crate::app::state::facts::PageFacts;
use crate::app::state::keys::Keys;
use crate::app::state::link::{Connection, Link};

/// The session, once there is one; a handle that components may hold.
type Slot = StoredValue<Option<Rc<SessionHost>>, LocalStorage>;

/// Hydrates the page and starts its parts.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(|| {
        let session: Slot = StoredValue::new_local(None);
        let wish = move |wish| {
            if let Some(session) = session.get_value() {
                session.push(Happening::Wish(wish));
            }
        };
        let link = Link { wish: Arc::new(wish), ..Link::idle() };
        provide_context(link.clone());
        provide_context(Keys::new(Rc::new(|subject| Box::pin(keys::prove(subject)))));
        leptos::task::spawn_local(start(link, session));
        view! { <App /> }
    });
}

async fn start(link: Link, slot: Slot) {
    if let Err(words) = features::check().await {
        link.connection.set(Connection::Unsupported(words));
        return;
    }
    let PageFacts { ticket, token_id: Some(token_id), .. } = page_facts() else {
        // Nobody is logged in, so no key of a login is of use any more. A store that refuses keeps them: they sign nothing.
        let _ = keys::forget().await;
        return;
    };
    let started = match keys::claim(&token_id).await {
        Ok(key) => SessionHost::new(link.clone(), key, token_id),
        Err(why) => Err(why),
    };
    match started {
        Ok(session) => {
            slot.set_value(Some(Rc::clone(&session)));
            listen(&session);
            let ticket = ticket.and_then(|ticket| URL_SAFE_NO_PAD.decode(ticket).ok());
            session.push(Happening::Start(ticket));
            installed::register();
        }
        Err(why) => link.connection.set(Connection::Closed { why, login: true }),
    }
}

/// Tells the session when the page is left, shown again as it was, hidden or seen.
fn listen(session: &Rc<SessionHost>) {
    // The listeners are never removed: they live as long as the page, and so does the session.
    let left = Rc::clone(session);
    window_event_listener(ev::Custom::<PageTransitionEvent>::new("pagehide"), move |_| left.push(Happening::Left));
    let shown = Rc::clone(session);
    window_event_listener(ev::Custom::<PageTransitionEvent>::new("pageshow"), move |event| {
        if event.persisted() {
            shown.push(Happening::Shown);
        }
    });
    let seen = Rc::clone(session);
    let changed = Closure::<dyn FnMut()>::new(move || seen.push(Happening::Visibility));
    // Fails for no kind of document that can be hydrated.
    let _ = document().add_event_listener_with_callback("visibilitychange", changed.as_ref().unchecked_ref());
    changed.forget();
}
