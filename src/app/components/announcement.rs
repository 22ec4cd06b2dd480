//! Words for people who do not see what has changed.

use std::time::Duration;

use leptos::prelude::*;

use crate::app::state::view_tree::ViewNode;
use crate::world::view::Widget;

/// Between two announcements: a log that grows must not talk without end.
const PAUSE: Duration = Duration::from_secs(4);

/// Text that screen readers read out when it changes; not drawn. Of what changes within a pause, the last is said.
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
    let said = RwSignal::new(String::new());
    let is_pausing = RwSignal::new(false);
    Effect::new(move |_| {
        if words.get() == said.get_untracked() || is_pausing.get() {
            return;
        }
        said.set(words.get_untracked());
        is_pausing.set(true);
        // A widget that is gone by then has nothing to say.
        set_timeout(
            move || {
                let _ = is_pausing.try_set(false);
            },
            PAUSE,
        );
    });
    view! {
        <p class="visually-hidden" role="status" aria-live="polite">
            {move || said.get()}
        </p>
    }
}
