//! One-time links: a secret behind the `#` of a link, which browsers never send anywhere.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::server::crypto::{base64url, from_base64url, random};
use crate::server::origin::Origin;

/// A fresh link's secret. Only its hash is ever kept.
pub struct LinkSecret(Zeroizing<[u8; 32]>);

impl LinkSecret {
    /// Draws one.
    #[must_use]
    pub fn draw() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// The secret in a link as it came back.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        from_base64url(text).map(|secret| Self(Zeroizing::new(secret)))
    }

    /// What the store keeps of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"frereth/1 link\0").chain_update(&self.0[..]).finalize().into()
    }

    /// The link to open in a browser.
    #[must_use]
    pub fn url(&self, origin: &Origin) -> String {
        format!("{origin}/login#{}", base64url(&self.0[..]))
    }
}
