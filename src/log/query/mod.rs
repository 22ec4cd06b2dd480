//! The query language: what a person types to find entries, and how it is answered fast.
//!
//! docs/QUERY.md is the language as its users see it. A text becomes a tree ([`ast`], by [`parser`] on [`lexer`]), the tree
//! a [`Query`], which is asked in the order of rising cost: [`Query::judge`] says which blocks need no look, [`RawScanner`] which
//! lines of a block, [`Query::verdict`] what the raw bytes of an entry decide alone, [`Query::is_match`] the rest, parsed.
//! Each step may let through what does not match, never the reverse. [`complete`] reads texts that are not finished.
//!
//! The clock and the zone are arguments; no text, however odd, makes anything here panic or run out of stack or memory.

pub mod ast;
mod compile;
pub mod complete;
mod condition;
pub mod error;
mod known;
mod lexer;
mod literals;
mod moment;
mod numeral;
mod parser;
mod pattern;
mod plan;
mod regexp;
mod scan;
mod slips;
mod unwritten;

pub use complete::{Completion, Wanted, complete};
pub use error::{Mistake, QueryError};
pub use known::{Known, LevelSet, Times};
pub use parser::parse;
pub use plan::Query;
pub use scan::RawScanner;
