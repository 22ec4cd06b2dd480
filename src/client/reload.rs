//! The one reload for a page that is older than its server.
//!
//! It is remembered in the tab's own storage until a session is active, so that it is not done twice in a row.

use leptos::prelude::window;
use web_sys::Storage;

const MARK: &str = "frereth-reloaded";

/// Returns whether this page is the outcome of [`now`].
pub fn was_done() -> bool {
    storage().and_then(|storage| storage.get_item(MARK).ok().flatten()).is_some()
}

/// Reloads the page, unless it cannot be remembered: a page must not reload for ever.
pub fn now() {
    if storage().is_some_and(|storage| storage.set_item(MARK, "1").is_ok()) {
        // Fails only for a document that is not shown any more.
        let _ = window().location().reload();
    }
}

/// Forgets the reload: it helped.
pub fn is_over() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(MARK);
    }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}
