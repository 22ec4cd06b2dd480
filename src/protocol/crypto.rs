//! What the protocol needs of cryptography and chance, as small traits that the shells implement.

/// Ed25519 verification and XChaCha20-Poly1305.
pub trait Crypto {
    /// Whether `signature` over `message` verifies strictly (no weak keys, canonical encodings) under `key`.
    fn verify_strict(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool;

    /// Whether `key` is the canonical encoding of a point that is not of small order.
    fn is_acceptable_key(&self, key: &[u8; 32]) -> bool;

    /// Seals `plain` and returns ciphertext with its 16-byte tag behind it.
    fn seal(&self, key: &[u8; 32], nonce: &[u8; 24], associated: &[u8], plain: &[u8]) -> Vec<u8>;

    /// Opens what [`Crypto::seal`] made; `None` for anything else.
    fn open(&self, key: &[u8; 32], nonce: &[u8; 24], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>>;
}

/// A source of random bytes fit for keys.
pub trait Random {
    /// Fills `out`.
    fn fill(&mut self, out: &mut [u8]);

    /// `N` random bytes.
    fn array<const N: usize>(&mut self) -> [u8; N]
    where
        Self: Sized,
    {
        random_array(self)
    }
}

/// `N` random bytes, for callers that hold a trait object.
pub fn random_array<const N: usize>(random: &mut dyn Random) -> [u8; N] {
    let mut out = [0; N];
    random.fill(&mut out);
    out
}
