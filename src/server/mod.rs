//! The server: what the command line starts.

pub mod sandbox;
pub mod sources;
