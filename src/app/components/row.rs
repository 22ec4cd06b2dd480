//! One row of the virtual list.

use std::sync::Arc;

use leptos::prelude::*;

use super::Spans;
use crate::app::state::token_class::level_name;
use crate::world::view::{Line, LineKind, RowList, RowRange, Span};

/// Which rows of a list are marked. What else changes in the list redraws no row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowMarks {
    chosen: Option<RowRange>,
    current: Option<u64>,
}

impl RowMarks {
    /// Those of `list`.
    #[must_use]
    pub const fn of(list: &RowList) -> Self {
        Self { chosen: list.selection, current: list.current }
    }

    fn is_chosen(self, row: u64) -> bool {
        self.chosen.is_some_and(|range| (range.first..=range.last).contains(&row))
    }
}

/// Draws a line: its number, its level by colour, shape and word, its cells and its text.
#[component]
pub fn RowView(
    /// The line as it is now.
    line: ArcRwSignal<Arc<Line>>,
    /// The marks of its list.
    marks: Memo<RowMarks>,
) -> impl IntoView {
    let text = {
        let line = line.clone();
        // The number of a row may change while its text stays: the text is not drawn anew then, so a selection survives.
        Memo::new(move |_| {
            let line = line.read();
            (line.level, line.spans.clone(), line.cells.clone())
        })
    };
    let class = {
        let line = line.clone();
        move || row_class(&line.read(), marks.get())
    };
    let (index, name, row, number, chosen) = (line.clone(), line.clone(), line.clone(), line.clone(), line);
    view! {
        <div
            class=class
            role="row"
            aria-rowindex=move || index.read().row.saturating_add(1).to_string()
            aria-selected=move || marks.get().is_chosen(chosen.read().row).then_some("true")
            id=move || format!("row-{}", name.read().row)
            data-row=move || row.read().row.to_string()
        >
            <span class="row-number" role="gridcell">
                {move || {
                    let line = number.read();
                    let mark = line.is_marked.then(|| view! { <span class="visually-hidden">"marked "</span> });
                    (mark, line.number.clone())
                }}
            </span>
            {move || {
                let (level, spans, cells) = text.get();
                view! {
                    <span class="row-level" role="gridcell">
                        {level.map(|level| view! { <span class="visually-hidden">{level_name(level)}</span> })}
                    </span>
                    {cells.into_iter().enumerate().map(cell).collect_view()}
                    <span class="row-text" role="gridcell">
                        <Spans spans />
                    </span>
                }
            }}
        </div>
    }
}

/// A cell, as wide as its column.
fn cell((place, spans): (usize, Vec<Span>)) -> impl IntoView {
    view! {
        <span class=format!("row-cell cell-{place}") role="gridcell">
            <Spans spans />
        </span>
    }
}

/// The classes of a row. An absent range is none; a row may be current and chosen at once.
fn row_class(line: &Line, marks: RowMarks) -> String {
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
    if line.is_marked {
        class.push_str(" is-marked");
    }
    if marks.is_chosen(line.row) {
        class.push_str(" is-chosen");
    }
    if marks.current == Some(line.row) {
        class.push_str(" is-current");
    }
    class
}
