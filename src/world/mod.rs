//! A running world: what it says to the page and the server, what it may draw, how its rows scroll.

pub mod message;
pub mod stream;
pub mod view;
