//! The cryptography and chance that tests run the protocol with: the field's own crates, and randomness that repeats.
//!
//! Compiled into tests only. `tests/vectors.rs` includes this file too, so it names its neighbours through `super`.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::crypto::{Crypto, Random};

/// [`Crypto`] over ed25519-dalek and chacha20poly1305.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReferenceCrypto;

impl Crypto for ReferenceCrypto {
    fn verify_strict(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        self.is_acceptable_key(key)
            && VerifyingKey::from_bytes(key)
                .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
    }

    fn is_acceptable_key(&self, key: &[u8; 32]) -> bool {
        VerifyingKey::from_bytes(key)
            .is_ok_and(|point| !point.is_weak() && point.to_edwards().compress().to_bytes() == *key)
    }

    fn seal(&self, key: &[u8; 32], nonce: &[u8; 24], associated: &[u8], plain: &[u8]) -> Vec<u8> {
        XChaCha20Poly1305::new(&Key::from(*key))
            .encrypt(&XNonce::from(*nonce), Payload { msg: plain, aad: associated })
            .expect("a short plaintext can always be sealed")
    }

    fn open(&self, key: &[u8; 32], nonce: &[u8; 24], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        XChaCha20Poly1305::new(&Key::from(*key))
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: associated })
            .ok()
    }
}

/// A signing key that is the same in every run.
pub struct ReferenceKey(SigningKey);

impl ReferenceKey {
    /// The key whose secret half is `seed` thirty-two times.
    #[must_use]
    pub fn numbered(seed: u8) -> Self {
        Self::from_secret(&[seed; 32])
    }

    /// The key with this secret half.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// [`Random`] that repeats for the same seed and never gives the same bytes twice (SplitMix64).
#[derive(Clone, Copy, Debug, Default)]
pub struct SeededRandom(pub u64);

impl Random for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// [`Random`] that counts: each byte is one more than the one before, so that vectors can be written down.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingRandom(pub u8);

impl Random for CountingRandom {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}
