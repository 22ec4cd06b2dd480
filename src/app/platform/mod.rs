//! The one seam between the two builds of the user interface: twin files behind the same signatures.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

#[cfg(not(feature = "ssr"))]
pub use browser::{
    clear_selection, closest_row, focus_node, go_to, go_to_viewer, grab_edge, harden_page, has_selection,
    has_selection_in, height_px, is_typing, is_typing_target, listen_scroll_end, listen_wheel, observe_size,
    page_facts, place_style, remember_theme, remembered_theme, rows_in, screen_top_px, soon, take_secret,
};
#[cfg(feature = "ssr")]
pub use server::{
    clear_selection, closest_row, focus_node, go_to, go_to_viewer, grab_edge, harden_page, has_selection,
    has_selection_in, height_px, is_typing, is_typing_target, listen_scroll_end, listen_wheel, observe_size,
    page_facts, place_style, remember_theme, remembered_theme, rows_in, screen_top_px, soon, take_secret,
};
