//! One order for all entries of all sources: total, stable, and never an effect before its cause.
//!
//! docs/ORDER.md has the rule and the proofs. `merge` orders sources that are complete, `follow` those that still grow; both
//! give the same order to the same entries. `key` says what is compared, `track` what is kept of a source up to some place in
//! it, and `seek` from which of such places to merge for a time or a rank. `reach` is what a clock domain passes on, and
//! `tournament` finds the least of many. Nothing here sees text: an entry is its [`Mark`].

pub mod follow;
pub mod key;
pub mod merge;
mod reach;
pub mod seek;
mod tournament;
pub mod track;

pub use follow::{Change, Follow};
pub use key::{Domain, Key, Mark, SourceRank};
pub use merge::{Merge, Source};
pub use seek::Indexed;
pub use track::Track;
