//! The seam's browser side: the page as it was rendered is read back from the document.

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys;

use crate::app::state::facts::META_USER;
use crate::app::state::theme::{THEME_STORAGE_KEY, Theme};
use crate::world::view::NodeId;

/// Does nothing in a browser: the headers came with the page.
pub fn harden_page(_options: &LeptosOptions) {}

/// Returns who was logged in when the server rendered this page.
#[must_use]
pub fn signed_in_user() -> Option<String> {
    let selector = format!("meta[name={META_USER}]");
    let meta = document().query_selector(&selector).ok().flatten()?;
    meta.get_attribute("content").filter(|user| !user.is_empty())
}

/// Leaves this page for another, loaded anew: only a page that the server rendered carries a ticket.
pub fn go_to(path: &str) {
    // A refusal can only mean that the page is being left already.
    let _ = window().location().assign(path);
}

/// Takes the secret of a one-time link out of the address, so that neither history nor a reload keeps it.
#[must_use]
pub fn take_secret() -> Option<String> {
    let location = window().location();
    let secret = location.hash().ok()?.strip_prefix('#')?.to_owned();
    let path = location.pathname().ok()?;
    window().history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&path)).ok()?;
    (!secret.is_empty()).then_some(secret)
}

/// Returns the theme that this browser remembers.
#[must_use]
pub fn remembered_theme() -> Theme {
    let name = storage().and_then(|storage| storage.get_item(THEME_STORAGE_KEY).ok().flatten());
    Theme::from_name(&name.unwrap_or_default())
}

/// Applies a theme and remembers it. Where storage is refused it holds for this page only.
pub fn remember_theme(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = match theme {
            Theme::System => root.remove_attribute("data-theme"),
            Theme::Light | Theme::Dark => root.set_attribute("data-theme", theme.name()),
        };
    }
    if let Some(storage) = storage() {
        let _ = storage.set_item(THEME_STORAGE_KEY, theme.name());
    }
}

/// Moves the focus to a widget of the world.
pub fn focus_node(node: NodeId) {
    let selector = format!("[data-world-view] [data-node='{}']", node.0);
    let element = document().query_selector(&selector).ok().flatten();
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
        if let Some(field) = element.dyn_ref::<web_sys::HtmlInputElement>() {
            field.select();
        }
    }
}

/// Whether a key goes into something that takes text or keys itself.
#[must_use]
pub fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let Some(element) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return false };
    element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
