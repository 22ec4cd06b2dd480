//! Commands for scripts: entries, formats, patterns, counts over time and summaries on standard output, without a server.
//!
//! In reading order: what they have in common ([`asked`]), how matching entries are found in a chunk ([`search`]), how they
//! are written ([`render`]), and the commands.

mod asked;
mod cat;
mod formats;
mod hist;
mod index;
mod patterns;
mod progress;
mod render;
mod rotated;
mod search;
mod spool;
mod summary;

pub use asked::{Asked, ToolError, zone_named};
pub use cat::{Cat, cat};
pub use formats::formats;
pub use hist::{Hist, hist};
pub use index::index;
pub use patterns::{PatternsAsked, patterns};
pub use render::Output;
pub use summary::{SummaryAsked, summary};
