//! A running world: what it says to the page and the server, what it may draw, how its rows scroll.
//!
//! In reading order: the messages over a world's port, the bodies it exchanges with the server, the rows in them, how these
//! move, what a result is as a whole, the view operations and their limits, the tree that they build, the geometry of its
//! list of rows, the guard over a world.
//! Nothing here does I/O or reads a clock; page, server and world all use it.

pub mod batch;
pub mod bounds;
pub mod geometry;
pub mod message;
pub mod moved;
pub mod stream;
pub mod summary;
pub mod tree;
pub mod view;
pub mod watch;
