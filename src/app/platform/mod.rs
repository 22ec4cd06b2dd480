//! The one seam between the two builds of the user interface: twin files behind the same signatures.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

#[cfg(not(feature = "ssr"))]
pub use browser::{
    focus_node, go_to, harden_page, is_typing, remember_theme, remembered_theme, signed_in_user, take_secret,
};
#[cfg(feature = "ssr")]
pub use server::{
    focus_node, go_to, harden_page, is_typing, remember_theme, remembered_theme, signed_in_user, take_secret,
};
