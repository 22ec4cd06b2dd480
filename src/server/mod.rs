//! The server: what the command line starts.

pub mod commands;
pub mod sandbox;
pub mod sources;
pub mod viewer;
