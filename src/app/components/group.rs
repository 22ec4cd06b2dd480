//! A group: what it is for decides how its children are laid out.

use leptos::prelude::*;

use super::WidgetView;
use crate::app::state::view_tree::ViewNode;
use crate::world::view::{Layout, Widget};

/// Holds children. A sidebar or a fold goes behind a button where the screen is narrow.
#[component]
pub fn GroupWidget(
    /// The node.
    node: ViewNode,
) -> impl IntoView {
    let ViewNode { id, widget, children, .. } = node;
    let layout = {
        let widget = widget.clone();
        Memo::new(move |_| match &*widget.read() {
            Widget::Group(layout, _) => *layout,
            _ => Layout::Column,
        })
    };
    let label = Memo::new(move |_| match &*widget.read() {
        Widget::Group(_, label) => label.clone(),
        _ => String::new(),
    });
    let is_open = RwSignal::new(false);
    let has_sheet = move || matches!(layout.get(), Layout::Sidebar | Layout::Fold);
    // A role wants a name: an unnamed group is only an arrangement.
    let role = move || if label.read().is_empty() { None } else { role(layout.get()) };
    let name = move || Some(label.get()).filter(|label| !label.is_empty() && role().is_some());
    view! {
        <div
            class=move || layout_class(layout.get())
            class:is-open=move || is_open.get()
            role=role
            aria-label=name
            data-node=id.0
            tabindex="-1"
        >
            <Show when=has_sheet>
                <button
                    class="button sheet-handle"
                    type="button"
                    aria-expanded=move || is_open.get().to_string()
                    on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
                >
                    {move || label.get()}
                </button>
            </Show>
            <For each=move || children.get() key=|child| child.serial let:child>
                <WidgetView node=child />
            </For>
        </div>
    }
}

const fn layout_class(layout: Layout) -> &'static str {
    match layout {
        Layout::Column => "column",
        Layout::Row => "row-group",
        Layout::Toolbar => "toolbar",
        Layout::Sidebar => "sidebar",
        Layout::Main => "main-part",
        Layout::Status => "status-line",
        Layout::Details => "details-part",
        Layout::Split => "split",
        Layout::Notice => "notice",
        Layout::Strip => "strip",
        Layout::Float => "float",
        Layout::Bar => "bar",
        Layout::Fold => "fold",
        Layout::Summary => "summary",
        Layout::Chart => "chart",
    }
}

const fn role(layout: Layout) -> Option<&'static str> {
    match layout {
        Layout::Toolbar | Layout::Row | Layout::Status | Layout::Strip | Layout::Bar | Layout::Fold => Some("group"),
        Layout::Chart => Some("img"),
        Layout::Sidebar => Some("navigation"),
        Layout::Details => Some("region"),
        Layout::Column | Layout::Main | Layout::Split | Layout::Notice | Layout::Float | Layout::Summary => None,
    }
}
