//! The user interface: compiled into the server, which renders it, and the page, which brings it to life.
//!
//! It knows neither socket nor worker: what it needs of the browser arrives by context as [`state::link::Link`] and
//! [`state::keys::Keys`], what it needs of the server as [`state::facts::PageFacts`] and through [`api`].

pub mod api;
mod app;
pub mod components;
pub mod pages;
pub mod platform;
mod shell;
pub mod state;

pub use app::App;
pub use shell::shell;
