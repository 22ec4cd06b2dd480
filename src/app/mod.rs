//! The user interface: compiled into the server, which renders it, and the page, which brings it to life.
//!
//! It knows neither socket nor worker: what it needs of the browser arrives by context as [`state::link::Link`].

pub mod api;
pub mod state;
