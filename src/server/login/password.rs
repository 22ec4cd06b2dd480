//! Passwords: argon2id, off the asynchronous threads, a few at a time, and the same work for a user who does not exist.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::server::crypto::random;

/// The shortest password that is accepted, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The longest password that is looked at, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// How many hashes are computed at once: each takes 19 MiB and all of one core.
const AT_ONCE: usize = 2;

/// Stands in for the hash of a user who does not exist. It has the parameters of a real one, and no password fits it.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhvbWUhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Makes and checks password hashes.
#[derive(Debug)]
pub struct Passwords {
    turns: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE) }
    }
}

impl Passwords {
    /// Whether `password` is the one behind `hash`; `None` stands for a user who does not exist, takes as long and is never.
    pub async fn is_right(&self, password: String, hash: Option<String>) -> bool {
        let password = Zeroizing::new(password);
        let is_somebody = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let fits = self
            .in_turn(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| hasher().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await;
        is_somebody && fits.unwrap_or(false)
    }

    /// The hash of a new password, in PHC form; `None` only while the server stops.
    pub async fn hash(&self, password: Zeroizing<String>) -> Option<String> {
        self.in_turn(move || hash(&password)).await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _turn = self.turns.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

/// The hash of a new password, in PHC form. Blocks for a while.
#[must_use]
pub fn hash(password: &str) -> String {
    let salt = SaltString::encode_b64(&random::<16>()).expect("sixteen bytes make a salt");
    hasher().hash_password(password.as_bytes(), &salt).expect("the parameters are valid").to_string()
}

/// Why a password is not accepted for a user, in words.
///
/// # Errors
/// The words.
pub fn check_new(password: &str) -> Result<(), String> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(format!("the password is too short, expected at least {PASSWORD_CHARS_MIN} characters"));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(format!("the password is too long, expected at most {PASSWORD_BYTES_MAX} bytes"));
    }
    Ok(())
}

/// argon2id with the parameters that OWASP recommends: 19 MiB, two passes.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).expect("these parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let passwords = Passwords::default();
        let hash = passwords.hash(Zeroizing::new("correct horse".to_owned())).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.is_right("correct horse".to_owned(), Some(hash.clone())).await);
        assert!(!passwords.is_right("correct house".to_owned(), Some(hash)).await);
    }

    #[tokio::test]
    async fn nobody_has_a_hash_that_costs_as_much_and_never_fits() {
        let nobody = PasswordHash::new(NOBODY).expect("a well-formed hash");
        let real = hash("whatever it is");
        let real = PasswordHash::new(&real).expect("a well-formed hash");
        assert_eq!(nobody.params, real.params);
        assert_eq!((nobody.algorithm, nobody.version), (real.algorithm, real.version));
        assert_eq!(nobody.hash.map(|hash| hash.len()), real.hash.map(|hash| hash.len()));
        assert_eq!(nobody.salt.map(|salt| salt.len()), real.salt.map(|salt| salt.len()));
        assert!(!Passwords::default().is_right("whatever".to_owned(), None).await);
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(check_new("1234567").is_err());
        assert!(check_new("12345678").is_ok());
        assert!(check_new(&"x".repeat(PASSWORD_BYTES_MAX + 1)).is_err());
    }
}
