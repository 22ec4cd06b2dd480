//! Indexes of files: built once, kept in the cache directory, appended to as the file grows.
//!
//! An index is a log's [`Blocks`](crate::log::blocks::Blocks). In reading order: how one is built ([`build`]), what says that a
//! kept one is still of the same bytes read in the same way (`identity`), how it is written down (`kept`), where ([`Cache`]).
//! A kept index that is damaged, of another program, or of other bytes is as good as none; it never decides anything.

mod build;
mod cache;
mod identity;
mod kept;

pub use build::build;
pub use cache::Cache;

#[cfg(test)]
mod tests;
