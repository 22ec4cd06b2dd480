//! The page's half of the handshake: pure machines that the socket, the keys and the sandboxes drive.
//!
//! [`session`] opens, activates and gets back the socket and owns the worlds; [`world`] is the life of one. [`env`] is
//! what every step is given. Mirrored by [`super::server`]; what is asynchronous in a browser (keys, signatures, tickets,
//! code) is an effect, and its answer an event.

pub mod env;
pub mod session;
pub mod world;

#[cfg(test)]
mod session_table;
#[cfg(test)]
mod world_table;

pub use env::Env;
pub use session::{Effect, Event, Phase, Session, TicketRefusal, WorldNumber};
pub use world::{Tell, WorldEffect, WorldEvent, WorldPhase};
