//! Formats: what the lines of a source look like, found out from them and read accordingly.
//!
//! A few engines do the work, tables say the rest: [`roles`] which names mean what, [`rows`] how the text formats look,
//! [`registry`] what there is. Reading never fails and copies nothing; an odd line is an entry too.

mod change;
mod colours;
mod continuation;
mod delimited;
mod detect;
mod edn;
mod export;
mod format;
mod held;
mod inside;
mod json;
mod pairs;
mod pattern;
mod plain;
mod prefixed;
mod registry;
mod rest;
mod roles;
mod rows;
mod slow;
mod stray;
mod traces;
mod transit;
mod user;

pub use detect::{Detection, detect};
pub use format::Format;
pub use rest::rest;
pub use user::DefinitionError;
