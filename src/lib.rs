//! Frereth: a log viewer whose every view is a World behind a handshake.
//!
//! One crate, compiled three ways. The modules stand in layer order: a module may use those above it and never those below.
//! This file, `main.rs` and `app/platform` hold the only feature gates of the tree.

#![forbid(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]
#![recursion_limit = "256"]

#[cfg(any(
    all(feature = "ssr", feature = "hydrate"),
    all(feature = "ssr", feature = "worker"),
    all(feature = "hydrate", feature = "worker"),
))]
compile_error!(
    "frereth is compiled as one of three programs: choose exactly one of the features `ssr`, `hydrate` and `worker`"
);

// The pure core: no I/O, no clock, no randomness. Present in every build.
pub mod log;
pub mod protocol;
pub mod world;

// The user interface: rendered by the server, brought to life by the page.
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod app;

// The imperative shells, one per build. They never import each other.
#[cfg(feature = "hydrate")]
pub mod client;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "worker")]
pub mod worker;
