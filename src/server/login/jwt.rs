//! Login tokens: JWTs signed with Ed25519 and nothing else, bound to the login key by its thumbprint.
//!
//! The crate around them gets its cryptography from here, so that no other algorithm is even present. Time is checked here
//! too, by the server's own clock.

use std::fmt;
use std::sync::Once;

use ed25519_dalek::{Signer as _, SigningKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::facts::AuthError;
use crate::protocol::clock::Millis;
use crate::protocol::crypto::Crypto as _;
use crate::server::crypto::{NativeCrypto, base64url};

/// What a login token says. All times in seconds, as JWTs have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: this installation.
    pub iss: String,
    /// The origin it was made at.
    pub aud: String,
    /// The user.
    pub sub: String,
    /// The login's number, base64url.
    pub jti: String,
    /// When it was made.
    pub iat: u64,
    /// When it ends.
    pub exp: u64,
    /// What it is bound to.
    pub cnf: Confirmation,
}

/// The key whose holder alone may use the token (RFC 7800).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The RFC 7638 thumbprint of the login key.
    pub jkt: String,
}

/// Makes and reads login tokens.
pub struct Tokens {
    issuer: String,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Tokens of the installation `issuer`, signed with the key behind `seed`.
    #[must_use]
    pub fn new(issuer: String, seed: &[u8; 32]) -> Self {
        static INSTALLED: Once = Once::new();
        // Fails only when somebody was here before, and in this process that is us.
        INSTALLED.call_once(|| {
            let _ = PROVIDER.install_default();
        });
        let public = SigningKey::from_bytes(seed).verifying_key().to_bytes();
        Self { issuer, signing: EncodingKey::from_ed_der(seed), verifying: DecodingKey::from_ed_der(&public) }
    }

    /// Who issues them.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Signs a token.
    #[must_use]
    pub fn sign(&self, claims: &Claims) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), claims, &self.signing)
            .expect("claims are plain data and the key is ours")
    }

    /// Reads a token that [`Tokens::sign`] made for `audience` and that is alive at `wall` (Unix time).
    ///
    /// # Errors
    /// [`AuthError::Expired`] for a token of ours whose time is over, [`AuthError::Foreign`] for everything else.
    pub fn read(&self, token: &str, audience: &str, wall: Millis) -> Result<Claims, AuthError> {
        let claims = self.read_at_any_time(token, audience)?;
        if wall.0 / 1000 >= claims.exp { Err(AuthError::Expired) } else { Ok(claims) }
    }

    /// Reads a token of ours whether or not its time is over: for a renewal, which proves the login key anew.
    ///
    /// # Errors
    /// [`AuthError::Foreign`].
    pub fn read_at_any_time(&self, token: &str, audience: &str) -> Result<Claims, AuthError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[audience]);
        // The crate would ask the system's clock, with a minute of leeway; ours is the one that counts.
        validation.validate_exp = false;
        jsonwebtoken::decode::<Claims>(token, &self.verifying, &validation)
            .map(|data| data.claims)
            .map_err(|_| AuthError::Foreign)
    }
}

/// The RFC 7638 thumbprint of an Ed25519 public key: SHA-256 over its canonical JWK.
#[must_use]
pub fn thumbprint(key: &[u8; 32]) -> String {
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url(key));
    base64url(&Sha256::digest(jwk.as_bytes()))
}

/// Ed25519 and nothing else.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        let seed = <[u8; 32]>::try_from(key.as_bytes()).map_err(|_| ErrorKind::InvalidEddsaKey)?;
        only_eddsa(*algorithm)?;
        Ok(Box::new(TokenSigner(Zeroizing::new(seed))))
    },
    verifier_factory: |algorithm, key| {
        let public = <[u8; 32]>::try_from(key.try_get_as_bytes()?).map_err(|_| ErrorKind::InvalidEddsaKey)?;
        only_eddsa(*algorithm)?;
        Ok(Box::new(TokenVerifier(public)))
    },
    // Thumbprints are made above: nothing here asks the crate about JWKs.
    key_utils: KeyUtils::new_unimplemented(),
};

fn only_eddsa(algorithm: Algorithm) -> jsonwebtoken::errors::Result<()> {
    if algorithm == Algorithm::EdDSA { Ok(()) } else { Err(ErrorKind::InvalidAlgorithm.into()) }
}

struct TokenSigner(Zeroizing<[u8; 32]>);

impl Signer<Vec<u8>> for TokenSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(SigningKey::from_bytes(&self.0).sign(message).to_bytes().to_vec())
    }
}

impl JwtSigner for TokenSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct TokenVerifier([u8; 32]);

impl Verifier<Vec<u8>> for TokenVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let signature = <[u8; 64]>::try_from(signature.as_slice()).map_err(|_| signature::Error::new())?;
        if NativeCrypto.verify_strict(&self.0, message, &signature) { Ok(()) } else { Err(signature::Error::new()) }
    }
}

impl JwtVerifier for TokenVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests;
