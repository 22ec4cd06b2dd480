//! What a result is as a whole, computed while it is searched: how many entries, when, of which levels, what their fields
//! hold, which messages they have.
//!
//! In reading order: the most frequent of many things in bounded memory (`frequent`), entries over time ([`histogram`]),
//! fields and their values ([`facets`]), and all that together with the patterns of messages ([`summary`]).
//!
//! Parts of a log are noted each on its own, by whichever thread, newest or oldest first, and merged. All that is exact is the
//! same however the parts were cut and in whatever order they came; what is not says by how much it may be wrong. Patterns
//! alone depend on the order, as they grow with what they have seen: the same parts merged in the same order are the same.

pub mod facets;
mod frequent;
pub mod histogram;
pub mod summary;

pub use facets::{Facet, Facets, Kind, ValueCount};
pub use histogram::{Bucket, Histogram};
pub use summary::{Snapshot, Summary};

#[cfg(test)]
mod tests;
