//! Named users: what a name may be, and what the command line does to them, whoever holds the store.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::password;
use super::service::OWNER;
use crate::protocol::clock::Millis;
use crate::server::store::{StoreError, UserRecord, Users};

/// The longest user name, in characters.
const NAME_CHARS_MAX: usize = 64;

/// Checks that a text can be a user's name.
///
/// # Errors
/// What was expected.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |char: char| char.is_alphanumeric() || matches!(char, '.' | '_' | '-' | '@');
    if name == OWNER {
        return Err(format!("`{OWNER}` is whom one-time links log in, choose another name"));
    }
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(is_plain) {
        return Err(format!(
            "`{}` is no user name, expected 1 to {NAME_CHARS_MAX} letters, digits, dots, dashes, underscores or @",
            name.escape_debug()
        ));
    }
    Ok(())
}

/// Why a user could not be changed, in words for the command line.
#[derive(Debug)]
pub enum UserError {
    /// The words.
    Refused(String),
    /// The store failed.
    Store(StoreError),
}

impl std::fmt::Display for UserError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(what) => f.write_str(what),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for UserError {}

impl From<StoreError> for UserError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Adds a user.
///
/// # Errors
/// [`UserError`] for a bad name, a bad password, and a user who is there already.
pub async fn add(
    users: &Arc<dyn Users>,
    name: &str,
    password: Zeroizing<String>,
    wall: Millis,
) -> Result<(), UserError> {
    check_name(name).map_err(UserError::Refused)?;
    if users.find(name).await?.is_some() {
        return Err(UserError::Refused(format!("there is a user `{name}` already")));
    }
    write(users, name, password, wall).await
}

/// Changes a user's password. The caller ends the user's logins.
///
/// # Errors
/// [`UserError`] for an unknown user and a bad password.
pub async fn passwd(users: &Arc<dyn Users>, name: &str, password: Zeroizing<String>) -> Result<(), UserError> {
    let user = users.find(name).await?.ok_or_else(|| UserError::Refused(format!("there is no user `{name}`")))?;
    write(users, name, password, Millis(user.created_millis)).await
}

/// Removes a user. The caller ends the user's logins.
///
/// # Errors
/// [`UserError`] for an unknown user.
pub async fn remove(users: &Arc<dyn Users>, name: &str) -> Result<(), UserError> {
    if users.remove(name).await? { Ok(()) } else { Err(UserError::Refused(format!("there is no user `{name}`"))) }
}

async fn write(
    users: &Arc<dyn Users>,
    name: &str,
    password: Zeroizing<String>,
    created: Millis,
) -> Result<(), UserError> {
    password::check_new(&password).map_err(UserError::Refused)?;
    let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
    let password_hash = hashed.map_err(|error| UserError::Store(StoreError(error.to_string())))?;
    users.put(UserRecord { name: name.to_owned(), password_hash, created_millis: created.0 }).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_and_not_the_owners() {
        for good in ["ann", "Ann.B", "ann@example.org", "björk", "a"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "owner", "two words", "a\nb", "a/b", "\u{202e}nna", &"x".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }
}
