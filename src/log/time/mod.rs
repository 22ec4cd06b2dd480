//! Times as programs write them: read from bytes without allocation, completed where a line leaves something out.
//!
//! [`read`] turns bytes into a [`Stamp`], which says only what stands there. A [`Clockwork`] turns stamps into
//! [`Time`](super::entry::Time)s: it knows a zone, a reference date and the times before, and says what it supplied.

mod clockwork;
pub mod read;
mod stamp;
mod zone;

pub use clockwork::Clockwork;
pub use stamp::{Civil, Day, Stamp};
pub use zone::{Zone, ZoneError};
