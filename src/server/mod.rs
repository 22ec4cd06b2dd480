//! The server: what the command line starts.
//!
//! In reading order: what it is told, what it keeps, who somebody is, how requests come in, what they reach.

pub mod assets;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod control;
pub mod crypto;
#[cfg(test)]
mod dice;
pub mod encoding;
pub mod engine;
pub mod index;
pub mod listener;
pub mod login;
pub mod middleware;
pub mod origin;
pub mod packed;
pub mod page_buffer;
pub mod pages;
pub mod router;
pub mod run;
pub mod sandbox;
pub mod scratch;
pub mod sessions;
pub mod signed;
pub mod sources;
pub mod state;
pub mod store;
pub mod tools;
pub mod viewer;
