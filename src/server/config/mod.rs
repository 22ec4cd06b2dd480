//! What the server is told: built-in defaults, overlaid by `Leptos.toml`, overlaid by the command line.
//!
//! Every option has a default that serves. In reading order: the settings, the file they are read from, the addresses.

mod file;
mod formats;
mod listen;
mod settings;

pub use file::{ConfigError, File, check_log};
pub use listen::Listen;
pub use settings::{Config, Environment, Limits, LoginTimes, Site, Timings};

#[cfg(test)]
mod tests;
