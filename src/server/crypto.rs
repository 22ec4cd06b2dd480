//! The protocol's cryptography and chance, natively: ed25519-dalek, chacha20poly1305 and the system's random source.
//!
//! Called by the login, the socket and the sandbox's code door; the protocol sees only its own traits.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::protocol::crypto::{Crypto, Random};

/// Strict Ed25519 and XChaCha20-Poly1305.
#[derive(Clone, Copy, Debug, Default)]
pub struct NativeCrypto;

impl Crypto for NativeCrypto {
    fn verify_strict(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        verifying_key(key).is_some_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
    }

    fn is_acceptable_key(&self, key: &[u8; 32]) -> bool {
        verifying_key(key).is_some()
    }

    fn seal(&self, key: &[u8; 32], nonce: &[u8; 24], associated: &[u8], plain: &[u8]) -> Vec<u8> {
        XChaCha20Poly1305::new(key.into())
            .encrypt(&XNonce::from(*nonce), Payload { msg: plain, aad: associated })
            .expect("a sealed message is far below the cipher's limit")
    }

    fn open(&self, key: &[u8; 32], nonce: &[u8; 24], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: associated }).ok()
    }
}

/// The key behind the bytes, if they are the canonical encoding of a point that is not of small order.
fn verifying_key(bytes: &[u8; 32]) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(bytes).ok()?;
    // Decompression accepts y >= p; only the canonical encoding survives a round trip through the point.
    let canonical = key.to_edwards().compress().to_bytes() == *bytes;
    (canonical && !key.is_weak()).then_some(key)
}

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) {
        getrandom::fill(out).expect("the operating system hands out random bytes");
    }
}

/// `N` bytes of the operating system's random source.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    SystemRandom.array()
}

/// `bytes` as unpadded base64url, the one text form of keys, signatures, tickets and secrets.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The `N` bytes behind an unpadded base64url text.
#[must_use]
pub fn from_base64url<const N: usize>(text: &str) -> Option<[u8; N]> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    #[test]
    fn a_signature_verifies_under_its_key_and_no_other() {
        let signing = SigningKey::from_bytes(&[7; 32]);
        let key = signing.verifying_key().to_bytes();
        let signature = signing.sign(b"message").to_bytes();
        assert!(NativeCrypto.verify_strict(&key, b"message", &signature));
        assert!(!NativeCrypto.verify_strict(&key, b"massage", &signature));
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
        assert!(!NativeCrypto.verify_strict(&other, b"message", &signature));
    }

    #[test]
    fn weak_and_non_canonical_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(!NativeCrypto.is_acceptable_key(&identity), "order 1");
        assert!(!NativeCrypto.is_acceptable_key(&[0; 32]), "order 4");
        // y = p + 3, whose point has y = 3: decompresses, but 3 encodes differently.
        let mut shifted = [0xff; 32];
        shifted[0] = 0xf0;
        shifted[31] = 0x7f;
        assert!(!NativeCrypto.is_acceptable_key(&shifted), "not canonical");
        assert!(NativeCrypto.is_acceptable_key(&SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes()));
    }

    #[test]
    fn what_was_sealed_opens_only_with_the_same_key_nonce_and_associated_data() {
        let sealed = NativeCrypto.seal(&[1; 32], &[2; 24], b"about", b"plain");
        assert_eq!(sealed.len(), 5 + 16);
        assert_eq!(NativeCrypto.open(&[1; 32], &[2; 24], b"about", &sealed).as_deref(), Some(&b"plain"[..]));
        assert_eq!(NativeCrypto.open(&[3; 32], &[2; 24], b"about", &sealed), None);
        assert_eq!(NativeCrypto.open(&[1; 32], &[3; 24], b"about", &sealed), None);
        assert_eq!(NativeCrypto.open(&[1; 32], &[2; 24], b"above", &sealed), None);
    }

    #[test]
    fn base64url_reads_only_the_length_asked_for() {
        assert_eq!(from_base64url::<3>(&base64url(&[1, 2, 255])), Some([1, 2, 255]));
        assert_eq!(from_base64url::<4>(&base64url(&[1, 2, 255])), None);
        assert_eq!(from_base64url::<1>("AR"), None, "stray bits");
    }
}
