//! A choice of one of several, in a world.

use leptos::prelude::*;

use crate::app::state::view_tree::ViewNode;
use crate::app::state::world_view::WorldView;
use crate::world::message::Event;
use crate::world::view::{Select, Widget};

/// Sends `Choose`.
#[component]
pub fn SelectWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let view = expect_context::<WorldView>();
    let ViewNode { id, widget, .. } = node;
    let facts = Memo::new(move |_| match &*widget.read() {
        Widget::Select(select) => select.clone(),
        _ => Select { label: String::new(), options: Vec::new(), chosen: 0 },
    });
    let options = Memo::new(move |_| facts.read().options.clone());
    let chosen = Memo::new(move |_| usize::from(facts.read().chosen));
    let draw = move || {
        let option = |(index, words): (usize, String)| {
            view! {
                <option value=index.to_string() prop:selected=move || chosen.get() == index>
                    {words}
                </option>
            }
        };
        options.get().into_iter().enumerate().map(option).collect_view()
    };
    view! {
        <select
            class="select"
            aria-label=move || facts.read().label.clone()
            data-node=id.0
            on:change=move |event| {
                if event.is_trusted() && let Ok(index) = event_target_value(&event).parse() {
                    view.send(Event::Choose(id, index));
                }
            }
        >
            {draw}
        </select>
    }
}
