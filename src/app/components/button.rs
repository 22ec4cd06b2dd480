//! A button of a world.

use leptos::prelude::*;

use crate::app::state::view_tree::ViewNode;
use crate::app::state::world_view::WorldView;
use crate::world::message::Event;
use crate::world::view::{Button, Icon, Widget};

/// Sends `Press`.
#[component]
pub fn ButtonWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let view = expect_context::<WorldView>();
    let ViewNode { id, widget, .. } = node;
    let facts = Memo::new(move |_| match &*widget.read() {
        Widget::Button(button) => Some(button.clone()),
        _ => None,
    });
    let name = move || facts.read().as_ref().and_then(accessible_name);
    let content = move || {
        facts.get().map(|button| match button.icon {
            Some(icon) => view! { <span class=icon_class(icon) aria-hidden="true"></span> }.into_any(),
            None => view! { <span>{button.label}</span> }.into_any(),
        })
    };
    view! {
        <button
            class="button"
            class:button-icon=move || facts.read().as_ref().is_some_and(|button| button.icon.is_some())
            type="button"
            disabled=move || facts.read().as_ref().is_some_and(|button| button.disabled)
            aria-label=name
            title=name
            aria-current=move || facts.read().as_ref().and_then(|button| button.current.then_some("true"))
            aria-keyshortcuts=move || facts.read().as_ref().and_then(|button| button.key.clone())
            data-node=id.0
            on:click=move |event| {
                if event.is_trusted() {
                    view.send(Event::Press(id));
                }
            }
        >
            {content}
        </button>
    }
}

/// The name where the words alone do not say enough: the title, or the words behind a sign.
fn accessible_name(button: &Button) -> Option<String> {
    if !button.title.is_empty() {
        Some(button.title.clone())
    } else if button.icon.is_some() {
        Some(button.label.clone())
    } else {
        None
    }
}

const fn icon_class(icon: Icon) -> &'static str {
    match icon {
        Icon::Top => "icon icon-top",
        Icon::End => "icon icon-end",
        Icon::Previous => "icon icon-previous",
        Icon::Next => "icon icon-next",
        Icon::Close => "icon icon-close",
        Icon::Follow => "icon icon-follow",
        Icon::Pause => "icon icon-pause",
        Icon::Copy => "icon icon-copy",
    }
}
