//! placeholder
use leptos::prelude::*;
use crate::app::state::view_tree::ViewNode;
/// rows
#[component]
pub fn RowsWidget(
    /// node
    node: ViewNode) -> impl IntoView { let _ = node; }
