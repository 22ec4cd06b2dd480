//! How far some work of a world has come.

use leptos::prelude::*;

use crate::app::state::view_tree::ViewNode;
use crate::world::view::Widget;

/// A bar with words beside it.
#[component]
pub fn ProgressWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let widget = node.widget;
    let facts = Memo::new(move |_| match &*widget.read() {
        Widget::Progress(label, permille) => (label.clone(), (*permille).min(1000)),
        _ => (String::new(), 0),
    });
    view! {
        <div class="progress">
            <progress
                class="progress-bar"
                max="1000"
                value=move || facts.read().1.to_string()
                aria-label=move || facts.read().0.clone()
            ></progress>
            <span aria-hidden="true">{move || facts.read().0.clone()}</span>
        </div>
    }
}
