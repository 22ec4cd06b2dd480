//! The page as something that can be installed: registers the service worker that says in words when the server cannot be
//! reached. A browser that has none, or refuses it, goes without.

use leptos::prelude::window;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// In public/, so that its scope is the whole site.
const SERVICE_WORKER: &str = "/service-worker.js";

/// Registers it. Cheap where it is registered already.
pub fn register() {
    let navigator = window().navigator();
    // Not every origin is trusted enough to have one.
    if js_sys::Reflect::has(&navigator, &JsValue::from_str("serviceWorker")) != Ok(true) {
        return;
    }
    let registered = navigator.service_worker().register(SERVICE_WORKER);
    spawn_local(async move { drop(JsFuture::from(registered).await) });
}
