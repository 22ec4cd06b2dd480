//! Sessions at work: the sockets, the registry that the machines of `protocol::server` live in, the fetch of a world's code.
//!
//! Everything that is decided is decided in `protocol::server`; here bytes are moved. In reading order: [`hub`] holds every
//! session and what they share; [`cell`] is one session with its worlds; [`socket`] is one WebSocket from upgrade to close;
//! [`outlet`] gathers what its worlds send; [`initiate`] is the route that hands out code; [`caps`] counts open sockets.

mod caps;
mod cell;
mod hub;
mod initiate;
mod outlet;
mod socket;

pub use caps::Caps;
pub use hub::{Hub, Shared};
pub use initiate::initiate;
pub use socket::upgrade;
