//! The seam's browser side: the page as it was rendered is read back from the document.

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use leptos::web_sys;

use crate::app::state::facts::PageFacts;
use crate::app::state::theme::{THEME_STORAGE_KEY, Theme};
use crate::world::view::NodeId;

/// Does nothing in a browser: the headers came with the page.
pub fn harden_page(_options: &LeptosOptions) {}

/// Returns the facts that the server wrote into this page's head.
#[must_use]
pub fn page_facts() -> PageFacts {
    PageFacts::from_metas(|name| {
        let meta = document().query_selector(&format!("meta[name={name}]")).ok().flatten()?;
        meta.get_attribute("content")
    })
}

/// Leaves this page for another, loaded anew: only a page that the server rendered carries a ticket.
pub fn go_to(path: &str) {
    // A refusal can only mean that the page is being left already.
    let _ = window().location().assign(path);
}

/// Leaves the login page for the viewer, and for what the address leads to in it.
pub fn go_to_viewer() {
    let shown = window().location().hash().ok().filter(|hash| hash.starts_with("#/"));
    go_to(&format!("/{}", shown.unwrap_or_default()));
}

/// Takes the secret of a one-time link out of the address, so that neither history nor a reload keeps it.
#[must_use]
pub fn take_secret() -> Option<String> {
    let location = window().location();
    let secret = location.hash().ok()?.strip_prefix('#')?.to_owned();
    if secret.starts_with('/') {
        // That leads to what a viewer shows.
        return None;
    }
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
            Theme::Light | Theme::Dark | Theme::Contrast => root.set_attribute("data-theme", theme.name()),
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
    let Some(element) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return false;
    };
    element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Whether something that takes text itself is meant.
#[must_use]
pub fn is_typing_target(target: &web_sys::EventTarget) -> bool {
    let element = target.dyn_ref::<web_sys::Element>();
    element
        .is_some_and(|element| element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some())
}

/// Sets one property of an element's style through its object model, which the page's policy allows.
pub fn place_style(element: &web_sys::HtmlElement, property: &str, value: &str) {
    let style = element.style();
    if style.get_property_value(property).is_ok_and(|before| before != value) {
        let _ = style.set_property(property, value);
    }
}

/// Has the element under the pointer hear all of its moves until it is released; returns how wide the element around that
/// one is, in CSS pixels.
#[must_use]
pub fn grab_edge(event: &web_sys::PointerEvent) -> Option<f64> {
    let edge = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    edge.set_pointer_capture(event.pointer_id()).ok()?;
    Some(edge.parent_element()?.get_bounding_client_rect().width())
}

/// Returns the height of an element in CSS pixels, fractions included.
#[must_use]
pub fn height_px(element: &web_sys::Element) -> f64 {
    element.get_bounding_client_rect().height()
}

/// Returns where an element's top edge stands on the screen.
#[must_use]
pub fn screen_top_px(element: &web_sys::Element) -> f64 {
    element.get_bounding_client_rect().top()
}

/// Returns the rows drawn inside an element, each with its number.
#[must_use]
pub fn rows_in(layer: &web_sys::Element) -> Vec<(u64, web_sys::Element)> {
    let mut rows = Vec::new();
    let mut next = layer.first_element_child();
    while let Some(element) = next {
        next = element.next_element_sibling();
        if let Some(row) = row_of(&element) {
            rows.push((row, element));
        }
    }
    rows
}

/// Returns the number of the row that an event happened in.
#[must_use]
pub fn closest_row(target: &web_sys::EventTarget) -> Option<u64> {
    let element = target.dyn_ref::<web_sys::Element>()?.closest("[data-row]").ok().flatten()?;
    row_of(&element)
}

/// Whether some text of the page is selected.
#[must_use]
pub fn has_selection() -> bool {
    selection().is_some_and(|selection| !selection.is_collapsed())
}

/// Whether some text inside an element is selected.
#[must_use]
pub fn has_selection_in(element: &web_sys::Element) -> bool {
    selection().is_some_and(|selection| {
        let holds = |node: Option<web_sys::Node>| node.is_some_and(|node| element.contains(Some(&node)));
        !selection.is_collapsed() && (holds(selection.anchor_node()) || holds(selection.focus_node()))
    })
}

/// Selects nothing.
pub fn clear_selection() {
    if let Some(selection) = selection() {
        let _ = selection.remove_all_ranges();
    }
}

/// Calls `then` once the effects that are due now have run.
pub fn soon(then: impl FnOnce() + 'static) {
    leptos::task::spawn_local(async move { then() });
}

/// Calls `heard` for each turn of the wheel over an element, which may refuse the browser's own scrolling, until the owner
/// is cleaned up.
pub fn listen_wheel(element: &web_sys::HtmlElement, heard: impl Fn(web_sys::WheelEvent) + 'static) {
    let options = web_sys::AddEventListenerOptions::new();
    options.set_passive(false);
    listen(element, "wheel", &options, move |event| heard(event.unchecked_into()));
}

/// Calls `heard` whenever native scrolling of an element has come to rest, until the owner is cleaned up.
pub fn listen_scroll_end(element: &web_sys::HtmlElement, heard: impl Fn() + 'static) {
    listen(element, "scrollend", &web_sys::AddEventListenerOptions::new(), move |_| heard());
}

/// Calls `changed` whenever an element's size changes, until the owner is cleaned up.
pub fn observe_size(element: &web_sys::HtmlElement, changed: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn()>::new(changed);
    let Ok(observer) = web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()) else { return };
    observer.observe(element);
    let kept = StoredValue::new_local((observer, closure));
    on_cleanup(move || {
        let _ = kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}

fn listen(
    element: &web_sys::HtmlElement,
    event: &'static str,
    options: &web_sys::AddEventListenerOptions,
    heard: impl Fn(web_sys::Event) + 'static,
) {
    let closure = Closure::<dyn Fn(web_sys::Event)>::new(heard);
    let function = closure.as_ref().unchecked_ref();
    if element.add_event_listener_with_callback_and_add_event_listener_options(event, function, options).is_err() {
        return;
    }
    let kept = StoredValue::new_local((element.clone(), closure));
    on_cleanup(move || {
        let _ = kept.try_with_value(|(element, closure)| {
            element.remove_event_listener_with_callback(event, closure.as_ref().unchecked_ref())
        });
    });
}

fn row_of(element: &web_sys::Element) -> Option<u64> {
    element.get_attribute("data-row")?.parse().ok()
}

fn selection() -> Option<web_sys::Selection> {
    window().get_selection().ok().flatten()
}
