//! The server's half of the handshake: pure machines that the socket and the HTTP route drive.
//!
//! In the order in which a page meets them: [`env`] is what every step is given, [`arrival`] judges a socket's first
//! message, [`session`] lives from there on and owns its worlds, [`fork`] answers Hello and reads Initiate, [`worlds`] is
//! what a session keeps of its worlds, [`world`] is the life of one. Mirrored by [`super::client`].

pub mod arrival;
pub mod env;
pub mod fork;
pub mod session;
pub mod world;
pub mod worlds;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod session_table;
#[cfg(test)]
mod world_table;

pub use arrival::{Arrival, Arrived, Rejection};
pub use env::{Command, Commands, Env, LoginFacts, Permission};
pub use fork::{INITIATE_BYTES_MAX, Presented};
pub use session::{Effect, EndReason, Event, Phase, Session};
