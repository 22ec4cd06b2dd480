//! Hashes of short texts, the same on every machine, and maps by them.
//!
//! They are quick and no secret: whoever writes a log can make two texts with one hash. Who keeps something by its hash
//! compares the text too, or can bear a mistake.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map whose keys are hashes.
pub(super) type Map<T> = HashMap<u64, T, BuildHasherDefault<Mixed>>;

/// Mixes the bits so well that any of them may choose a place.
pub(super) const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    bits = (bits ^ (bits >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    bits ^ (bits >> 32)
}

/// The hash of some bytes.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let (groups, rest) = bytes.as_chunks::<8>();
    let state = groups.iter().fold(bytes.len() as u64, |state, group| mix(state ^ u64::from_le_bytes(*group)));
    mix(state ^ rest.iter().fold(0, |group, byte| group << 8 | u64::from(*byte)))
}

/// Hashes are mixed well before they are keys.
#[derive(Clone, Default)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = bits;
    }
}
