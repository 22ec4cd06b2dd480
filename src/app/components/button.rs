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
    let hint = move || facts.read().as_ref().and_then(hint);
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
            title=hint
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

/// The words behind a sign. Words that are drawn are the name by themselves, so that what is said is what is seen.
fn accessible_name(button: &Button) -> Option<String> {
    button.icon.map(|_| button.label.clone())
}

/// What is shown to a pointer that rests on the button.
fn hint(button: &Button) -> Option<String> {
    if button.title.is_empty() { accessible_name(button) } else { Some(button.title.clone()) }
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
        Icon::Include => "icon icon-include",
        Icon::Exclude => "icon icon-exclude",
        Icon::Mark => "icon icon-mark",
        Icon::PreviousMark => "icon icon-previous-mark",
        Icon::PreviousError => "icon icon-previous-error",
        Icon::NextError => "icon icon-next-error",
        Icon::NextMark => "icon icon-next-mark",
    }
}
