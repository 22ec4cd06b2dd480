//! Runs of text, each with the look of its token.

use leptos::prelude::*;

use crate::app::state::token_class::token_class;
use crate::world::view::Span;

/// Draws spans as text: whatever they hold, it is never markup.
#[component]
pub fn Spans(
    /// The spans.
    spans: Vec<Span>,
) -> impl IntoView {
    spans.into_iter().map(|span| view! { <span class=token_class(span.token)>{span.text}</span> }).collect_view()
}
