//! The page's machinery: what a browser needs so that components have a connection and a world to draw.
//!
//! Imperative shell of `hydrate` builds. The decisions are made by the pure machines of [`crate::protocol::client`] and
//! [`crate::world`]; the files here only carry their effects out. In the order in which the parts start: the boot, the
//! clock, the keys, requests, the socket, the session over it, the sandbox of a world and what hosts it. It never reads a
//! log line.

mod address;
mod boot;
mod clock;
mod features;
mod installed;
mod keys;
mod memory;
mod reload;
mod requests;
mod sandbox;
mod session;
mod socket;
mod store;
mod world_host;
