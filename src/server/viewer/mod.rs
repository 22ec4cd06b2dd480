//! The log viewer command's server half: it answers what a log viewer world asks about sources, and pushes what arrives.
//!
//! One [`Viewer`] per server shares the expensive things between all worlds: an index per source and a result per filter.
//! One [`ViewerWorld`] per world holds its open lanes. Nothing here logs per entry, so that a server that shows its own
//! log does not feed on itself; no lock is held while waiting, so that a slow world slows nobody else.
//!
//! In reading order: what is asked of the sources; how lines are read; the index and the filtered result that all worlds
//! share; what a lane looks at, how it answers and pushes; one lane, one world, all of them.

mod catalog;

mod reader;

mod keeper;
mod result;
mod text_index;

mod entries;
mod push;
mod question;
mod summary;
mod view;

mod announcer;
mod lane;
mod viewer;
mod world;

#[cfg(test)]
mod tests;

pub use catalog::Catalog;
pub use viewer::Viewer;
pub use world::{Outgoing, ViewerWorld};
