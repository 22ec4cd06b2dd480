//! A switch of a world.

use leptos::prelude::*;

use crate::app::state::view_tree::ViewNode;
use crate::app::state::world_view::WorldView;
use crate::world::message::Event;
use crate::world::view::{Toggle, Widget};

/// Sends `Toggle`. The world decides whether it is on.
#[component]
pub fn ToggleWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let view = expect_context::<WorldView>();
    let ViewNode { id, widget, .. } = node;
    let facts = Memo::new(move |_| match &*widget.read() {
        Widget::Toggle(toggle) => toggle.clone(),
        _ => Toggle { label: String::new(), on: false, key: None },
    });
    view! {
        <button
            class="button toggle"
            type="button"
            role="switch"
            aria-checked=move || facts.read().on.to_string()
            aria-keyshortcuts=move || facts.read().key.clone()
            data-node=id.0
            on:click=move |event| {
                if event.is_trusted() {
                    view.send(Event::Toggle(id, !facts.read_untracked().on));
                }
            }
        >
            <span>{move || facts.read().label.clone()}</span>
        </button>
    }
}
