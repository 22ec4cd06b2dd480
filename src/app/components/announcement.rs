//! Words for people who do not see what has changed.

use leptos::prelude::*;

use crate::app::state::view_tree::ViewNode;
use crate::world::view::Widget;

/// Text that screen readers read out when it changes; not drawn.
#[component]
pub fn AnnouncementWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let widget = node.widget;
    let words = Memo::new(move |_| match &*widget.read() {
        Widget::Announcement(words) => words.clone(),
        _ => String::new(),
    });
    view! {
        <p class="visually-hidden" role="status" aria-live="polite">
            {move || words.get()}
        </p>
    }
}
