//! What the command line starts: a server, or an order to one.
//!
//! In reading order: the choice between them, what is said on standard error, the start and end of a server,
//! the browser that is opened on it, the orders, the commands for scripts.

mod browser;
mod choose;
mod log;
mod order;
mod start;
mod tool;

pub use choose::{StartError, run};
