//! The log viewer as a world: a WebAssembly module with three imports, and the shell that every session forks.
//!
//! It knows neither the DOM nor the network: messages come in, messages go out. In reading order: the door through which
//! they come (WebAssembly only), the pump that turns bytes into events and changes into operations, the model of what is
//! shown, the run of rows that it holds, and the view that it draws. Everything but the door is pure and tested natively.

#[cfg(target_arch = "wasm32")]
pub mod entry;
pub mod island;
pub mod model;
pub mod pump;
pub mod view;
pub mod words;
