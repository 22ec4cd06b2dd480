//! The components, one per file. Each is a thin drawing of a plain type in [`super::state`] or [`crate::world`].
//!
//! Those of the page around the worlds come first, then the host widgets that a world may ask for.

mod page_header;
mod palette;
mod theme_switch;
mod trouble_strip;
mod user_menu;
mod world_frame;

mod announcement;
mod button;
mod document;
mod group;
mod input;
mod progress;
mod row;
mod rows;
mod select;
mod spans;
mod toggle;
mod widget;

pub use page_header::PageHeader;
pub use palette::Palette;
pub use theme_switch::ThemeSwitch;
pub use trouble_strip::TroubleStrip;
pub use user_menu::UserMenu;
pub use world_frame::WorldFrame;

pub use announcement::AnnouncementWidget;
pub use button::ButtonWidget;
pub use document::DocumentWidget;
pub use group::GroupWidget;
pub use input::InputWidget;
pub use progress::ProgressWidget;
pub use row::{RowMarks, RowView};
pub use rows::RowsWidget;
pub use select::SelectWidget;
pub use spans::Spans;
pub use toggle::ToggleWidget;
pub use widget::WidgetView;
