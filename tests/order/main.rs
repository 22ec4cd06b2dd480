//! The order of entries against a naive oracle: what happened before what is found by brute force from file order and clocks.

mod follow;
mod merge;
mod oracle;
mod seek;
