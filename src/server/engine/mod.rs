//! Reading logs in bulk: whole files on all cores, in order, without holding them.
//!
//! In reading order: what is read ([`Input`], plain or packed), how it is cut into [`Chunk`]s of whole entries, where its
//! format changes, how entries stand in a chunk, the threads that work through the chunks while the results are taken in
//! order ([`work`]), and in that of all logs ([`in_order()`]).
//! Knows no query and no output; `server/tools` brings those. The viewer reads its texts with the same samples and entries.

mod changes;
mod chunk;
mod entries;
mod format_map;
mod in_order;
mod input;
mod sample;
mod stream;
mod work;

pub use changes::{Changes, LogBytes};
pub use chunk::Chunk;
pub use entries::{Entries, last_time, reckon_back};
pub use format_map::{Change, FormatMap, Formats};
pub use in_order::{Batch, Marked, News, Turn, in_order};
pub use input::{Bytes, Input, InputError, Reading, SAMPLE_BYTES, STANDARD_INPUT};
pub use sample::{LINES_MAX, Sample};
pub use work::{Results, work};

#[cfg(test)]
mod tests;
