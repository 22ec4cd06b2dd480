//! Where entries come from: files, packed ones too, standard input, the demo; each is a [`text::Text`].
//!
//! In reading order: how generations are named, what a text is, the kinds of texts, the interleaving of all of
//! them, how their formats are found, the list of sources that the rest of the server is given, and how that list is made
//! from paths.

pub mod generation;
pub mod text;

pub mod file;
pub mod follower;
pub mod packed;
pub mod ring;
pub mod stdin;

pub mod all;

pub mod format;

pub mod demo;
pub mod open;
pub mod registry;

pub use format::{Forced, Formats};
pub use open::{Bounds, OpenError, open_paths, system_logs};
pub use registry::{Sources, short_names};
