//! The seam's browser side: the page as it was rendered is read back from the document.

use leptos::prelude::*;

use crate::app::state::facts::META_USER;

/// Does nothing in a browser: the headers came with the page.
pub fn harden_page(_options: &LeptosOptions) {}

/// Returns who was logged in when the server rendered this page.
#[must_use]
pub fn signed_in_user() -> Option<String> {
    let selector = format!("meta[name={META_USER}]");
    let meta = document().query_selector(&selector).ok().flatten()?;
    meta.get_attribute("content").filter(|user| !user.is_empty())
}
