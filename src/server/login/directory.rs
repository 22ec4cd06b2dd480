//! What the login needs of the sessions: to list them, and to end them with their login.

use std::collections::HashMap;

use crate::app::api::SessionView;

use super::facts::LoginId;

/// The sessions of this server, as the login sees them. The registry implements it.
pub trait SessionDirectory: Send + Sync + 'static {
    /// The sessions of a login, oldest first.
    fn list(&self, login: &LoginId) -> Vec<SessionView>;

    /// The logins that have sessions, and whether one of those has a page at work.
    fn at_work(&self) -> HashMap<LoginId, bool>;

    /// Closes every socket of a login and forgets its sessions. Returns at once.
    fn close_login(&self, login: &LoginId, why: &str);
}

/// A directory of no sessions: for commands and tests that run no sockets.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSessions;

impl SessionDirectory for NoSessions {
    fn list(&self, _: &LoginId) -> Vec<SessionView> {
        Vec::new()
    }

    fn at_work(&self) -> HashMap<LoginId, bool> {
        HashMap::new()
    }

    fn close_login(&self, _: &LoginId, _: &str) {}
}
