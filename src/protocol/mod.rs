//! frereth/1: how the two ends agree. It knows bytes, not logs.
//!
//! Nothing here does I/O, reads a clock or draws randomness: time arrives as [`clock::Millis`], random bytes and
//! cryptography as arguments. In reading order: the frame around everything, the encoding of control messages, the
//! messages, what seals them, the state machines of the two ends, the credit that paces a stream.

pub mod bucket;
pub mod client;
pub mod clock;
pub mod codec;
pub mod cookie;
pub mod credit;
pub mod crypto;
pub mod frame;
pub mod ids;
pub mod lamport;
pub mod message;
pub mod minute;
pub mod reason;
pub mod server;
pub mod ticket;
pub mod timing;
pub mod transcript;

#[cfg(test)]
mod pair;
#[cfg(test)]
pub(crate) mod reference_crypto;
#[cfg(test)]
mod table;
#[cfg(test)]
pub(crate) mod testbed;
