//! The server: what the command line starts.

pub mod sources;
