//! The frame that the page draws around a world: its name, its state, what the user can do with it. A world draws only
//! inside, so none can pass for the page.

use std::sync::Arc;

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

use super::{Palette, TroubleStrip, WidgetView};
use crate::app::platform::{focus_node, is_typing};
use crate::app::state::link::{Connection, Link, Wish, WorldPhase};
use crate::app::state::phrases::world_words;
use crate::app::state::world_view::WorldView;
use crate::world::message::Event;

/// The shell world in its frame.
#[component]
pub fn WorldFrame() -> impl IntoView {
    let link = expect_context::<Link>();
    let view = WorldView::new(&link);
    let tree = view.tree.clone();
    link.draw.set_value(Some(Arc::new(move |change| tree.apply(change))));
    provide_context(view.clone());

    let phase = link.world;
    let connection = link.connection;
    let state = Memo::new(move |_| world_words(&phase.read(), &connection.read()));
    let can_stop = Memo::new(move |_| !matches!(&*phase.read(), WorldPhase::Absent | WorldPhase::Failed(_)));
    let can_restart = Memo::new(move |_| {
        *connection.read() == Connection::Active
            && !matches!(&*phase.read(), WorldPhase::Absent | WorldPhase::Suspended)
    });
    let palette = RwSignal::new(false);
    let (stop, restart, copy_link) = (Arc::clone(&link.wish), Arc::clone(&link.wish), Arc::clone(&link.wish));

    Effect::new({
        let (view, go) = (view.clone(), Arc::clone(&link.wish));
        move |_| {
            let view = view.clone();
            let go = Arc::clone(&go);
            let keys = window_event_listener(ev::keydown, move |event| act_on_key(&view, palette, &event));
            let address = window_event_listener(ev::hashchange, move |_| go(Wish::GoToAddress));
            on_cleanup(move || {
                keys.remove();
                address.remove();
            });
        }
    });
    Effect::new({
        let focus = view.tree.focus.clone();
        move |_| {
            if let Some((node, _)) = focus.get() {
                focus_node(node);
            }
        }
    });

    let root = view.tree.root.clone();
    let is_empty = {
        let root = root.clone();
        move || root.read().children.read().is_empty()
    };
    view! {
        <section class="world" aria-label="Log viewer">
            <div class="world-header">
                <h2 class="world-name">"Log viewer"</h2>
                <p class=move || format!("state {}", state.get().1.class()) role="status" data-testid="world">
                    <span class="state-sign" aria-hidden="true"></span>
                    <span class="state-words">{move || state.get().0}</span>
                </p>
                <span class="page-header-space"></span>
                <button
                    class="button button-quiet"
                    type="button"
                    aria-haspopup="dialog"
                    aria-keyshortcuts="? Control+K"
                    on:click=move |_| palette.set(true)
                >
                    "Commands"
                </button>
                <button
                    class="button button-quiet"
                    type="button"
                    title="Copy a link that shows what is shown here"
                    disabled=move || !can_stop.get()
                    on:click=move |_| copy_link(Wish::CopyAddress)
                >
                    "Copy link"
                </button>
                <button
                    class="button button-quiet"
                    type="button"
                    disabled=move || !can_restart.get()
                    on:click=move |_| restart(Wish::RestartWorld)
                >
                    "Restart world"
                </button>
                <button
                    class="button button-quiet"
                    type="button"
                    disabled=move || !can_stop.get()
                    on:click=move |_| stop(Wish::StopWorld)
                >
                    "Stop"
                </button>
            </div>
            <TroubleStrip />
            <div class="world-view" data-world-view="">
                <p class="world-empty" class:is-absent=move || !is_empty()>
                    {move || state.get().0}
                </p>
                {move || {
                    let node = root.get();
                    view! { <WidgetView node /> }
                }}
            </div>
            <Palette is_open=palette />
        </section>
    }
}

/// Does what a key means in the world, unless somebody is typing or a modifier makes it the browser's.
fn act_on_key(view: &WorldView, palette: RwSignal<bool>, event: &KeyboardEvent) {
    if !event.is_trusted() || event.default_prevented() || event.alt_key() || palette.get_untracked() {
        return;
    }
    let key = event.key();
    let is_command = event.ctrl_key() || event.meta_key();
    if is_command && key == "k" || key == "?" && !is_command && !is_typing(event) {
        event.prevent_default();
        palette.set(true);
        return;
    }
    if is_command || is_typing(event) {
        return;
    }
    if key == "Escape" {
        view.send(Event::Escape);
        return;
    }
    let Some(action) = view.tree.key_action(&key) else { return };
    event.prevent_default();
    view.act(action);
}
