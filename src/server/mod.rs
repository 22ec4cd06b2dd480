//! The server: what the command line starts.

pub mod commands;
pub mod sources;
