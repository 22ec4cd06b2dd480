//! The commands a session may fork: each a checked WebAssembly module with the server half that feeds it.

mod module;
mod registry;

pub use module::{ModuleError, check_module};
pub use registry::{Command, CommandList, LOG_VIEWER};
