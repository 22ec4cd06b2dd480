//! What messages have in common: templates such as `session <*> opened for user <*>`, found while the messages stream by.
//!
//! `token` cuts a message into words, signs and holes, a hole being what is seen to vary from its look alone: a number, an
//! address, a path. `rules` has the tables behind that. `patterns` keeps one pattern for each sequence of tokens and learns
//! further holes: where messages are equal but for one word, and that word has been more than a few different ones. Nothing
//! is trained, and no rule knows a program by name.
//!
//! Memory is bounded whatever the messages are: by the number of patterns, and for each by the 1024 bytes, 128 tokens and 32
//! words that may vary which are looked at. Text can be given to several stores in parts, which are joined afterwards.

mod known;
pub mod patterns;
mod rules;
mod token;

pub use patterns::{PATTERNS_MAX, Pattern, PatternId, Patterns};
