//! How components ask the browser for proof that it holds a login key.
//!
//! The client provides [`Keys::new`] by context before hydration; the server renders with [`Keys::idle`].

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;

/// What a login request carries so that the token can be bound to the login key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginProof {
    /// The login key's public half, base64url without padding.
    pub key: String,
    /// The login key's signature over [`crate::protocol::transcript::login`], base64url without padding.
    pub signature: String,
    /// The page's Unix time that was signed.
    pub at_millis: u64,
}

/// A proof on its way; the error is in words that the user can read.
pub type Proving = Pin<Box<dyn Future<Output = Result<LoginProof, String>>>>;

/// Makes a login key, when there is none, and signs a subject with it.
pub type Prove = Rc<dyn Fn(String) -> Proving>;

/// The browser's login key, as far as components may use it.
#[derive(Clone, Copy)]
pub struct Keys {
    prove: Option<StoredValue<Prove, LocalStorage>>,
}

impl Keys {
    /// No keys: for rendering on the server.
    #[must_use]
    pub const fn idle() -> Self {
        Self { prove: None }
    }

    /// Keys behind `prove`, which is given the subject of the login transcript: `link:<secret>` or `password:<user>`.
    #[must_use]
    pub fn new(prove: Prove) -> Self {
        Self { prove: Some(StoredValue::new_local(prove)) }
    }

    /// Asks for a proof for `subject`.
    ///
    /// # Errors
    /// Words for the user when the browser cannot make a key or sign.
    ///
    /// # Server-side rendering
    /// Always an error: there is no key on the server.
    pub async fn prove(self, subject: String) -> Result<LoginProof, String> {
        let Some(prove) = self.prove.and_then(|prove| prove.try_get_value()) else {
            return Err("The page has not finished starting.".to_owned());
        };
        prove(subject).await
    }
}
