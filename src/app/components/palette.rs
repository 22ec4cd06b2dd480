//! The list of everything that can be done, to search and to read the keys from.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::app::state::commands::{Command, ROW_KEYS, commands, matching};
use crate::app::state::world_view::WorldView;

/// Opens over everything when `is_open` is set, and closes with Escape, a press beside it, or what was chosen.
#[component]
pub fn Palette(
    /// Whether it is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let view = StoredValue::new(expect_context::<WorldView>());
    let dialog = NodeRef::<html::Dialog>::new();
    let field = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let all = RwSignal::new(Vec::<Command>::new());
    let found = Memo::new(move |_| matching(&all.read(), &typed.read()));
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        is_open.set(false);
    };
    Effect::new(move |_| {
        let Some(dialog) = dialog.get().filter(|_| is_open.get()) else { return };
        all.set(view.with_value(|view| commands(&view.tree)));
        typed.set(String::new());
        chosen.set(0);
        if !dialog.open() {
            let _ = dialog.show_modal();
        }
        if let Some(field) = field.get_untracked() {
            field.set_value("");
            let _ = field.focus();
        }
    });
    let act = move |command: &Command| {
        close();
        view.with_value(|view| view.act(command.action));
    };
    let pressed = move |event: KeyboardEvent| {
        if !event.is_trusted() || event.is_composing() {
            return;
        }
        let last = found.read_untracked().len().saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|chosen| *chosen = if *chosen >= last { 0 } else { *chosen + 1 }),
            "ArrowUp" => chosen.update(|chosen| *chosen = chosen.checked_sub(1).unwrap_or(last)),
            "Enter" => {
                let command = found.read_untracked().get(chosen.get_untracked()).cloned();
                if let Some(command) = command {
                    act(&command);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let option = move |(place, command): (usize, Command)| {
        let Command { words, hint, key, .. } = command.clone();
        view! {
            <li
                class="palette-option"
                class:is-chosen=move || chosen.get() == place
                id=format!("palette-{place}")
                role="option"
                aria-selected=move || (chosen.get() == place).to_string()
                on:click=move |event| {
                    if event.is_trusted() {
                        act(&command);
                    }
                }
            >
                <span class="palette-words">{words}</span>
                <span class="palette-hint">{hint}</span>
                {key.map(|key| view! { <kbd class="key">{key}</kbd> })}
            </li>
        }
    };
    let keys = ROW_KEYS.map(|(keys, what)| {
        view! {
            <div class="palette-key">
                <dt><kbd class="key">{keys}</kbd></dt>
                <dd>{what}</dd>
            </div>
        }
    });
    view! {
        <dialog
            class="palette"
            aria-label="Commands"
            node_ref=dialog
            on:close=move |_| is_open.set(false)
            on:click=move |_| close()
        >
            <div class="palette-panel" on:click=move |event| event.stop_propagation()>
                <input
                    class="text-field palette-field"
                    type="text"
                    placeholder="What do you want to do?"
                    aria-label="Search the commands"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-activedescendant=move || format!("palette-{}", chosen.get())
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    node_ref=field
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        chosen.set(0);
                    }
                    on:keydown=pressed
                />
                <ul class="palette-list" id="palette-list" role="listbox" aria-label="Commands">
                    {move || found.get().into_iter().enumerate().map(option).collect_view()}
                </ul>
                <p class="palette-nothing" class:is-absent=move || !found.read().is_empty()>
                    "Nothing here is called so."
                </p>
                <dl class="palette-keys" aria-label="Keys in the list of lines">{keys.collect_view()}</dl>
            </div>
        </dialog>
    }
}
