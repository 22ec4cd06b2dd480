//! Many lines of text to read and select.

use leptos::prelude::*;

use super::Spans;
use crate::app::state::document_parts::document_parts;
use crate::app::state::view_tree::ViewNode;
use crate::world::view::Widget;

/// A document that scrolls by itself, in parts that are laid out as they come into view.
#[component]
pub fn DocumentWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let ViewNode { id, widget, .. } = node;
    let parts = Memo::new(move |_| match &*widget.read() {
        Widget::Document(spans) => document_parts(spans),
        _ => Vec::new(),
    });
    let draw = move || {
        let part = |spans| view! { <span class="document-part"><Spans spans /></span> };
        parts.get().into_iter().map(part).collect_view()
    };
    view! {
        <div class="document" role="region" aria-label="Whole text" tabindex="0" data-node=id.0>
            {draw}
        </div>
    }
}
