//! One node of a world's view, drawn by its kind.

use leptos::prelude::*;

use super::{
    AnnouncementWidget, ButtonWidget, DocumentWidget, GroupWidget, InputWidget, ProgressWidget, RowsWidget,
    SelectWidget, Spans, ToggleWidget,
};
use crate::app::state::view_tree::ViewNode;
use crate::world::view::{Span, Widget};

/// Draws a node and, for a group, everything under it. The kind of a node never changes, its content does.
#[component]
pub fn WidgetView(
    /// The node.
    node: ViewNode,
) -> AnyView {
    let kind = node.widget.get_untracked();
    match kind {
        Widget::Group(..) => view! { <GroupWidget node /> }.into_any(),
        Widget::Text(_) => view! { <TextWidget node /> }.into_any(),
        Widget::Input(_) => view! { <InputWidget node /> }.into_any(),
        Widget::Button(_) => view! { <ButtonWidget node /> }.into_any(),
        Widget::Toggle(_) => view! { <ToggleWidget node /> }.into_any(),
        Widget::Select(_) => view! { <SelectWidget node /> }.into_any(),
        Widget::Rows(_) => view! { <RowsWidget node /> }.into_any(),
        Widget::Progress(..) => view! { <ProgressWidget node /> }.into_any(),
        Widget::Announcement(_) => view! { <AnnouncementWidget node /> }.into_any(),
        Widget::Document(_) => view! { <DocumentWidget node /> }.into_any(),
    }
}

/// A line of text.
#[component]
fn TextWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let widget = node.widget;
    let spans = move || match &*widget.read() {
        Widget::Text(spans) => spans.clone(),
        _ => Vec::<Span>::new(),
    };
    view! { <p class="text">{move || view! { <Spans spans=spans() /> }}</p> }
}
