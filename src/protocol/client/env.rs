//! What every step of the page's machines is given.

use crate::protocol::crypto::Random;

/// The surroundings of one call; nothing of it is kept.
pub struct Env<'a> {
    /// Random bytes fit for keys.
    pub random: &'a mut dyn Random,
    /// The page's origin, part of everything that is signed.
    pub origin: &'a str,
    /// The page's build.
    pub build: &'a str,
    /// How many entries a Batch body holds; `None` when it is malformed. Bodies mean nothing to the protocol.
    pub batch_items: fn(&[u8]) -> Option<u64>,
}
