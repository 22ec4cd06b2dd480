//! What the command line starts: a server, or an order to one.
//!
//! In reading order: the choice between them, what is said on standard error, the start and end of a server,
//! the browser that is opened on it, the orders.

mod browser;
mod choose;
mod log;
mod order;
mod start;

pub use choose::{StartError, run};
