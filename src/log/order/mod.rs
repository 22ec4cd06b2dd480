//! One order for all entries of all sources: total, stable, and never an effect before its cause.
//!
//! docs/ORDER.md has the rule and the proofs. `merge` orders sources that are complete, `follow` those that still grow; both
//! give the same order to the same entries. `key` says what is compared, `reach` what a clock domain passes on, and
//! `tournament` finds the least of many. Nothing here sees text: an entry is its [`Mark`].

pub mod follow;
pub mod key;
pub mod merge;
mod reach;
mod tournament;

pub use follow::{Change, Follow};
pub use key::{Domain, Key, Mark, SourceRank};
pub use merge::{Merge, Source};
