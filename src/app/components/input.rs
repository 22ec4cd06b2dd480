//! A text field of a world.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::app::state::text_draft::TextDraft;
use crate::app::state::view_tree::ViewNode;
use crate::app::state::world_view::WorldView;
use crate::world::message::Event;
use crate::world::view::{Input, Widget};

/// Sends `Input` while the user types, `Submit` on Enter and `Escape` on Escape. What she types wins over what the world
/// sets until she submits, escapes or leaves.
#[component]
pub fn InputWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let view = expect_context::<WorldView>();
    let ViewNode { id, widget, .. } = node;
    let facts = Memo::new(move |_| match &*widget.read() {
        Widget::Input(input) => Some(input.clone()),
        _ => None,
    });
    let fact = move |read: fn(&Input) -> String| move || facts.read().as_ref().map(read).unwrap_or_default();
    let draft = StoredValue::new(TextDraft::default());
    let field = NodeRef::<html::Input>::new();
    let value = Memo::new(move |_| fact(|input| input.value.clone())());
    let settle = move || {
        draft.update_value(TextDraft::settled);
        show(field, draft, &value.get_untracked());
    };
    Effect::new(move |_| show(field, draft, &value.get()));

    let typed = {
        let view = view.clone();
        move |event: leptos::ev::Event| {
            if event.is_trusted() {
                draft.update_value(TextDraft::typed);
                view.send(Event::Input(id, event_target_value(&event)));
            }
        }
    };
    let pressed = move |event: KeyboardEvent| {
        // Enter that ends the composition of a character is not meant for us.
        if !event.is_trusted() || event.is_composing() {
            return;
        }
        match event.key().as_str() {
            "Enter" => {
                event.prevent_default();
                draft.update_value(TextDraft::settled);
                view.send(Event::Submit(id, event_target_value(&event), event.shift_key()));
            }
            "Escape" => {
                event.prevent_default();
                draft.update_value(TextDraft::settled);
                view.send(Event::Escape);
            }
            _ => {}
        }
    };
    view! {
        <input
            class="text-field"
            type="text"
            inputmode=move || facts.read().as_ref().and_then(|input| input.numeric.then_some("numeric"))
            class:is-numeric=move || facts.read().as_ref().is_some_and(|input| input.numeric)
            aria-label=fact(|input| input.label.clone())
            title=fact(|input| if input.help.is_empty() { input.label.clone() } else { input.help.clone() })
            placeholder=fact(|input| input.placeholder.clone())
            aria-keyshortcuts=move || facts.read().as_ref().and_then(|input| input.key.clone())
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            data-node=id.0
            node_ref=field
            on:input=typed
            on:keydown=pressed
            on:blur=move |_| settle()
        />
    }
}

/// Puts what the world set into the field, unless the user is typing.
fn show(field: NodeRef<html::Input>, draft: StoredValue<TextDraft>, value: &str) {
    let Some(field) = field.get_untracked() else { return };
    let shown = field.value();
    if let Some(value) = draft.with_value(|draft| draft.accept(value, &shown).map(ToOwned::to_owned)) {
        field.set_value(&value);
    }
}
