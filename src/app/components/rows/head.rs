//! The names over the columns of a row list, and the edges by which columns are made wider.

use leptos::ev::PointerEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlElement;

use crate::app::platform::{grab_edge, place_style};
use crate::app::state::world_view::WorldView;
use crate::world::message::Event;
use crate::world::view::{Column, NodeId, RowList, limits};

/// A column that is being pulled wider or narrower.
#[derive(Clone, Copy, Debug)]
struct Pull {
    column: u16,
    from_x: f64,
    from_width: u16,
    /// How wide a character is.
    char_px: f64,
}

impl Pull {
    /// The width for a pointer that is there now.
    fn width(self, x: f64) -> u16 {
        let wider = (x - self.from_x) / self.char_px.max(1.0);
        (f64::from(self.from_width) + wider).round().clamp(2.0, f64::from(limits::COLUMN_CHARS)) as u16
    }
}

/// Draws the head; nothing while the list has no columns.
#[component]
pub(super) fn RowsHead(
    /// The list's node.
    id: NodeId,
    /// The list.
    list: Memo<RowList>,
    /// The head's element, which the list moves to the side with its rows.
    head: NodeRef<html::Div>,
) -> impl IntoView {
    let view = StoredValue::new(expect_context::<WorldView>());
    let send = move |event| view.with_value(|view| view.send(event));
    let pull = StoredValue::new(None::<Pull>);
    let columns = Memo::new(move |_| list.read().columns.clone());
    let names = Memo::new(move |_| {
        columns.read().iter().map(|column| (column.name.clone(), column.current)).collect::<Vec<_>>()
    });
    Effect::new(move |_| {
        if let Some(head) = head.get() {
            place_columns(&head, &columns.read());
        }
    });
    let grabbed = move |place: u16, event: &PointerEvent| {
        let Some(from_width) = columns.read_untracked().get(usize::from(place)).map(|column| column.width) else {
            return;
        };
        if let Some(cell_px) = event.is_trusted().then(|| grab_edge(event)).flatten() {
            event.prevent_default();
            let char_px = cell_px / f64::from(from_width.max(1));
            pull.set_value(Some(Pull { column: place, from_x: f64::from(event.client_x()), from_width, char_px }));
        }
    };
    let pulled = move |event: &PointerEvent| {
        let Some(pull) = pull.get_value() else { return };
        let width = pull.width(f64::from(event.client_x()));
        let before = columns.read_untracked().get(usize::from(pull.column)).map(|column| column.width);
        if before != Some(width) {
            send(Event::ResizeColumn(id, pull.column, width));
        }
    };
    let name = move |place: u16, (name, current): (String, bool)| {
        let title = format!("{name}: move, size or remove this column");
        view! {
            <span class=format!("row-cell cell-{place}") role="columnheader">
                <button
                    class="rows-name"
                    type="button"
                    title=title
                    aria-pressed=current.to_string()
                    on:click=move |event| {
                        if event.is_trusted() {
                            send(Event::PressColumn(id, place));
                        }
                    }
                >
                    {name}
                </button>
                <span
                    class="rows-edge"
                    aria-hidden="true"
                    on:pointerdown=move |event| grabbed(place, &event)
                    on:pointermove=move |event| pulled(&event)
                    on:pointerup=move |_| pull.set_value(None)
                    on:pointercancel=move |_| pull.set_value(None)
                ></span>
            </span>
        }
    };
    let number_class = move || format!("rows-head-row number-width-{}", list.read().number_width.clamp(1, 16));
    view! {
        <div class="rows-head" class:is-absent=move || columns.read().is_empty() role="presentation">
            <div class=number_class id=head_id(id) role="row" node_ref=head>
                <span class="row-number" role="presentation"></span>
                <span class="row-level" role="presentation"></span>
                {move || (0..).zip(names.get()).map(|(place, one)| name(place, one)).collect_view()}
            </div>
        </div>
    }
}

/// The name by which the list owns its head.
pub(super) fn head_id(id: NodeId) -> String {
    format!("rows-head-{}", id.0)
}

/// Gives an element the widths of the columns, for the cells inside it.
pub(super) fn place_columns(element: &HtmlElement, columns: &[Column]) {
    for (place, column) in columns.iter().enumerate() {
        place_style(element, &format!("--column-{place}"), &format!("{}ch", column.width));
    }
}
