//! What a log is: bytes in lines, levels, places; how to index, search and show them. Pure: bytes come in as arguments.

pub mod blocks;
pub mod display;
pub mod entry;
pub mod format;
mod hash;
pub mod index;
pub mod level;
pub mod lines;
pub mod order;
pub mod pattern;
pub mod positions;
pub mod query;
pub mod substring;
pub mod summary;
pub mod text;
pub mod time;
pub mod varint;
