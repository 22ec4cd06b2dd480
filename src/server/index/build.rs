//! Building an index, or appending to one.

use std::io;

use super::identity::ends_of;
use crate::log::blocks::Blocks;
use crate::log::entry::Entry;
use crate::log::lines;
use crate::server::engine::{Chunk, Entries, Input, InputError, work};

/// Of the end of a file so much may be read in another format when more has come.
const CHANGING_BYTES: u64 = 512 * 1024;

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
    let Some(ends) = input.as_file().map(|file| ends_of(file, input.bytes.unwrap_or(0))) else { return Ok(None) };
    input.carries_time = true;
    if let Some(known) = &known {
        input.pass_over(known, |_| true);
    }
    let step = |input: &Input, chunk: Chunk<'_>| {
        let first_bytes = first_bytes(input, &chunk);
        let has_changed = first_bytes < chunk.bytes.len();
        (chunk.bytes.len() as u64, blocks_of(input, Chunk { bytes: &chunk.bytes[..first_bytes], ..chunk }), has_changed)
    };
    let made = work(std::slice::from_ref(input), threads, step, |results| {
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
    })?;
    let ends_now = input.as_file().map(|file| ends_of(file, input.bytes.unwrap_or(0)));
    match (ends, ends_now) {
        (Ok(before), Some(Ok(now))) if before == now => Ok(made),
        _ => Err(InputError::new(&input.name, io::Error::other("it was written anew while it was read"))),
    }
}

/// How much of a chunk is of the log's first format, if all before it is.
fn first_bytes(input: &Input, chunk: &Chunk<'_>) -> usize {
    let is_first = chunk.formats.first.is_same(input.format());
    let changes_at = chunk.formats.later.first().map_or(chunk.bytes.len(), |(at, _)| *at);
    if is_first { changes_at } else { 0 }
}

/// How much of a chunk lines to come will not change: neither its entries, nor the format in which they are read.
fn settled_bytes(input: &Input, chunk: &Chunk<'_>) -> usize {
    let (format, length) = (input.format(), input.bytes.unwrap_or(0));
    let is_last = length == chunk.offset + chunk.bytes.len() as u64;
    let settled = if is_last { Entries::of(format, chunk.bytes).unsettled() } else { chunk.bytes.len() };
    let open_bytes = if input.follows_changes() { CHANGING_BYTES } else { 0 };
    let closed = usize::try_from(length.saturating_sub(open_bytes).saturating_sub(chunk.offset)).unwrap_or(usize::MAX);
    if settled <= closed {
        return settled;
    }
    let line = if closed == 0 { 0 } else { lines::around(chunk.bytes, 0, closed).start };
    Entries::of(format, chunk.bytes).around(line).start
}

/// What a chunk adds to the index.
fn blocks_of(input: &Input, mut chunk: Chunk<'_>) -> Blocks {
    let format = input.format();
    let bytes = &chunk.bytes[..settled_bytes(input, &chunk)];
    let (mut time, mut room) = (chunk.time_before, Entry::default());
    let entries = Entries::of(format, bytes).map(|range| {
        let start = range.start;
        let noted = format.note(&bytes[range], &mut chunk.clockwork, &mut room);
        time = noted.time.map(|time| time.nanos).or(time);
        (start, noted.level, time)
    });
    Blocks::of(chunk.offset, bytes, entries)
}
