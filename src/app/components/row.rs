//! One row of the virtual list.

use std::sync::Arc;

use leptos::prelude::*;

use super::Spans;
use crate::app::state::token_class::level_name;
use crate::world::view::{Line, LineKind, RowList};

/// Draws a line: its number, its level by colour, shape and word, its source and its text.
#[component]
pub fn RowView(
    /// The line as it is now.
    line: ArcRwSignal<Arc<Line>>,
    /// The facts of its list.
    list: Memo<RowList>,
) -> impl IntoView {
    let text = {
        let line = line.clone();
        // The number of a row may change while its text stays: the text is not drawn anew then, so a selection survives.
        Memo::new(move |_| {
            let line = line.read();
            (line.level, line.spans.clone(), line.source.clone())
        })
    };
    let class = {
        let line = line.clone();
        move || {
            let line = line.read();
            let list = list.read();
            row_class(&line, &list)
        }
    };
    let (index, name, row, number, chosen) = (line.clone(), line.clone(), line.clone(), line.clone(), line);
    view! {
        <div
            class=class
            role="row"
            aria-rowindex=move || index.read().row.saturating_add(1).to_string()
            aria-selected=move || is_chosen(&chosen.read(), &list.read()).then_some("true")
            id=move || format!("row-{}", name.read().row)
            data-row=move || row.read().row.to_string()
        >
            <span class="row-number" role="gridcell">{move || number.read().number.clone()}</span>
            {move || {
                let (level, spans, source) = text.get();
                view! {
                    <span class="row-level" role="gridcell">
                        {level.map(|level| view! { <span class="visually-hidden">{level_name(level)}</span> })}
                    </span>
                    {source.map(|source| view! { <span class="row-source" role="gridcell">{source}</span> })}
                    <span class="row-text" role="gridcell">
                        <Spans spans />
                    </span>
                }
            }}
        </div>
    }
}

fn is_chosen(line: &Line, list: &RowList) -> bool {
    list.selection.is_some_and(|range| (range.first..=range.last).contains(&line.row))
}

/// The classes of a row. An absent range is none; a row may be current and chosen at once.
fn row_class(line: &Line, list: &RowList) -> String {
    let mut class = String::from(match line.kind {
        LineKind::Entry => "row",
        LineKind::Cut => "row row-cut",
        LineKind::Waiting => "row row-waiting",
        LineKind::Gap => "row row-gap",
    });
    if let Some(level) = line.level {
        class.push_str(" level-");
        class.push_str(level_name(level));
    }
    if is_chosen(line, list) {
        class.push_str(" is-chosen");
    }
    if list.current == Some(line.row) {
        class.push_str(" is-current");
    }
    class
}
