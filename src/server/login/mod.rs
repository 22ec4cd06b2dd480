//! Who somebody is: tokens, one-time links, passwords, and the logins behind them.
//!
//! A login is made only for a browser (or client) that proves a login key; its token is a JWT bound to that key. In reading
//! order: what others learn of a login, the service, what it is made of, and the door through which server functions call.

mod cookie;
mod directory;
pub mod door;
mod facts;
mod jwt;
mod link;
mod password;
mod proof;
mod service;
mod throttle;
pub mod users;

pub use cookie::bearer;
pub use directory::{NoSessions, SessionDirectory};
pub use facts::{AuthError, LoginFacts, LoginId};
pub use jwt::{Claims, Tokens};
pub use password::Passwords;
pub use proof::{Proof, is_about_now};
pub use service::{Attempt, Issued, LoginStore, Logins, OWNER};
pub use throttle::{Bucket, Throttle};
