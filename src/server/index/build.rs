//! Building an index, or appending to one.

use crate::log::blocks::Blocks;
use crate::log::entry::Entry;
use crate::server::engine::{Chunk, Entries, Input, InputError, work};

/// The index of a file, begun with what is `known` of it. The last entries are left to the next time, for they may go
/// on; it ends where the file's first format does. `None` of what is no file. Takes the chunks that nobody has taken.
///
/// `goes_on` is told of the bytes that were read, as they are, and says whether to go on; where not, there is no index.
///
/// # Errors
/// The file cannot be read.
pub fn build(
    input: &mut Input,
    known: Option<Blocks>,
    threads: usize,
    mut goes_on: impl FnMut(u64) -> bool,
) -> Result<Option<Blocks>, InputError> {
    if input.as_file().is_none() {
        return Ok(None);
    }
    input.carries_time = true;
    if let Some(known) = &known {
        input.pass_over(known, |_| true);
    }
    let step = |input: &Input, chunk: Chunk<'_>| {
        let first_bytes = first_bytes(input, &chunk);
        let has_changed = first_bytes < chunk.bytes.len();
        (chunk.bytes.len() as u64, blocks_of(input, Chunk { bytes: &chunk.bytes[..first_bytes], ..chunk }), has_changed)
    };
    work(std::slice::from_ref(input), threads, step, |results| {
        let mut blocks = known;
        while let Some((bytes, part, has_changed)) = results.next(0)? {
            match &mut blocks {
                Some(blocks) => blocks.join(&part),
                None => blocks = Some(part),
            }
            if !goes_on(bytes) {
                return Ok(None);
            }
            if has_changed {
                break;
            }
        }
        Ok(Some(blocks.unwrap_or(Blocks::new(0))))
    })
}

/// How much of a chunk is of the log's first format, if all before it is.
fn first_bytes(input: &Input, chunk: &Chunk<'_>) -> usize {
    let is_first = chunk.formats.first.name() == input.format().name();
    let changes_at = chunk.formats.later.first().map_or(chunk.bytes.len(), |(at, _)| *at);
    if is_first { changes_at } else { 0 }
}

/// What a chunk adds to the index.
fn blocks_of(input: &Input, mut chunk: Chunk<'_>) -> Blocks {
    let format = input.format();
    let is_last = input.bytes == Some(chunk.offset + chunk.bytes.len() as u64);
    let bytes = if is_last { &chunk.bytes[..Entries::of(format, chunk.bytes).unsettled()] } else { chunk.bytes };
    let (mut time, mut room) = (chunk.time_before, Entry::default());
    let entries = Entries::of(format, bytes).map(|range| {
        let start = range.start;
        let entry = format.parse(&bytes[range], &mut chunk.clockwork, std::mem::take(&mut room));
        time = entry.time.map(|time| time.nanos).or(time);
        let level = entry.level;
        room = entry.recycle(&[]);
        (start, level, time)
    });
    Blocks::of(chunk.offset, bytes, entries)
}
