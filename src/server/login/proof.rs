//! Proof of possession: what a login request carries to show that its sender holds the login key.

use crate::app::api::LoginError;
use crate::protocol::clock::Millis;
use crate::protocol::crypto::Crypto as _;
use crate::protocol::transcript;
use crate::server::crypto::{NativeCrypto, from_base64url};

/// How far the browser's clock may be from ours.
pub const SKEW_MILLIS: u64 = 5 * 60_000;

/// A public key and a signature that only its holder can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The public half of the login key.
    pub key: [u8; 32],
    /// The signature over the login transcript.
    pub signature: [u8; 64],
    /// The browser's Unix time when it signed.
    pub at_millis: u64,
}

impl Proof {
    /// Reads a proof as forms send it; `None` when there is none, as from a browser without JavaScript.
    ///
    /// # Errors
    /// [`LoginError::BadProof`] when there is one and it is malformed.
    pub fn read(key: &str, signature: &str, at_millis: u64) -> Result<Option<Self>, LoginError> {
        if key.is_empty() {
            return Ok(None);
        }
        let key = from_base64url(key).filter(|key| NativeCrypto.is_acceptable_key(key)).ok_or(LoginError::BadProof)?;
        let signature = from_base64url(signature).ok_or(LoginError::BadProof)?;
        Ok(Some(Self { key, signature, at_millis }))
    }

    /// Checks that the holder of the key meant this subject at this origin, about now (`wall` is Unix time).
    ///
    /// # Errors
    /// [`LoginError::BadProof`].
    pub fn check(&self, origin: &str, subject: &str, wall: Millis) -> Result<(), LoginError> {
        let message = transcript::login(origin, &self.key, subject, self.at_millis);
        let is_good =
            is_about_now(self.at_millis, wall) && NativeCrypto.verify_strict(&self.key, &message, &self.signature);
        if is_good { Ok(()) } else { Err(LoginError::BadProof) }
    }
}

/// Whether a browser that says it is `at_millis` may be taken at its word at `wall` (both Unix time).
#[must_use]
pub fn is_about_now(at_millis: u64, wall: Millis) -> bool {
    at_millis.abs_diff(wall.0) <= SKEW_MILLIS
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;
    use crate::server::crypto::base64url;

    const NOW: Millis = Millis(1_800_000_000_000);

    fn signed(origin: &str, subject: &str, at_millis: u64) -> Proof {
        let signing = SigningKey::from_bytes(&[9; 32]);
        let key = signing.verifying_key().to_bytes();
        let signature = signing.sign(&transcript::login(origin, &key, subject, at_millis)).to_bytes();
        Proof { key, signature, at_millis }
    }

    #[test]
    fn a_proof_holds_for_its_origin_subject_and_time_only() {
        let proof = signed("http://localhost:3000", "password:ann", NOW.0);
        let check = |origin, subject, at| proof.check(origin, subject, at);
        assert_eq!(check("http://localhost:3000", "password:ann", NOW), Ok(()));
        assert_eq!(check("http://localhost:3001", "password:ann", NOW), Err(LoginError::BadProof));
        assert_eq!(check("http://localhost:3000", "password:bob", NOW), Err(LoginError::BadProof));
        assert_eq!(check("http://localhost:3000", "password:ann", NOW.after(SKEW_MILLIS)), Ok(()));
        assert_eq!(
            check("http://localhost:3000", "password:ann", NOW.after(SKEW_MILLIS + 1)),
            Err(LoginError::BadProof)
        );
    }

    #[test]
    fn a_proof_from_the_future_is_refused() {
        let proof = signed("http://localhost:3000", "link:x", NOW.0 + SKEW_MILLIS + 1);
        assert_eq!(proof.check("http://localhost:3000", "link:x", NOW), Err(LoginError::BadProof));
    }

    #[test]
    fn malformed_and_weak_keys_are_no_proof() {
        let good = signed("o", "s", 0);
        let signature = base64url(&good.signature);
        assert_eq!(Proof::read("", "", 0), Ok(None));
        assert_eq!(Proof::read(&base64url(&good.key), &signature, 0), Ok(Some(good.clone())));
        assert_eq!(Proof::read("not a key", &signature, 0), Err(LoginError::BadProof));
        assert_eq!(Proof::read(&base64url(&[0; 32]), &signature, 0), Err(LoginError::BadProof));
        assert_eq!(Proof::read(&base64url(&good.key), "short", 0), Err(LoginError::BadProof));
    }
}
