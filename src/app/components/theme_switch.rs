//! The choice of theme.

use leptos::prelude::*;

use crate::app::platform::{remember_theme, remembered_theme};
use crate::app::state::theme::Theme;

/// Chooses the theme and remembers it in this browser.
///
/// # Server-side rendering
/// Shows the system's theme: what this browser remembers is known only there, and is shown after hydration.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::System);
    Effect::new(move |_| theme.set(remembered_theme()));
    let option = move |choice: Theme| {
        view! {
            <option value=choice.name() prop:selected=move || theme.get() == choice>
                {choice.words()}
            </option>
        }
    };
    view! {
        <select
            class="select theme-switch"
            aria-label="Theme"
            on:change=move |event| {
                let choice = Theme::from_name(&event_target_value(&event));
                theme.set(choice);
                remember_theme(choice);
            }
        >
            {Theme::ALL.map(option)}
        </select>
    }
}
