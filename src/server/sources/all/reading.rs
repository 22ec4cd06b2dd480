//! Line ends in a source's bytes, read block by block.

use std::io;

use crate::log::index::line_feeds;
use crate::server::sources::text::Text;

/// How many bytes are searched for a line end at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// Reads `start..end` block by block for as long as `visit` says so.
fn for_each_block(
    text: &dyn Text,
    generation: u32,
    start: u64,
    end: u64,
    mut visit: impl FnMut(u64, &[u8]) -> bool,
) -> io::Result<()> {
    let mut block = vec![0; BLOCK_BYTES.min(usize::try_from(end - start).unwrap_or(usize::MAX))];
    let mut at = start;
    while at < end {
        let wanted = block.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
        let read = text.read_at(generation, at, &mut block[..wanted])?;
        if read == 0 {
            return Err(io::ErrorKind::NotFound.into());
        }
        if !visit(at, &block[..read]) {
            break;
        }
        at += read as u64;
    }
    Ok(())
}

/// How many line ends there are in `start..end`.
pub(super) fn count_lines(text: &dyn Text, generation: u32, start: u64, end: u64) -> io::Result<u64> {
    let mut lines = 0;
    for_each_block(text, generation, start, end, |_, block| {
        lines += line_feeds(block);
        true
    })?;
    Ok(lines)
}

/// Behind the first line end in `start..end`.
pub(super) fn first_line_end(text: &dyn Text, generation: u32, start: u64, end: u64) -> io::Result<Option<u64>> {
    let mut found = None;
    for_each_block(text, generation, start, end, |at, block| {
        found = memchr::memchr(b'\n', block).map(|line_end| at + line_end as u64 + 1);
        found.is_none()
    })?;
    Ok(found)
}

/// Behind the last line end in `start..end`, searched from its end.
pub(super) fn last_line_end(text: &dyn Text, generation: u32, start: u64, end: u64) -> io::Result<Option<u64>> {
    let mut block_end = end;
    while block_end > start {
        let block_start = block_end.saturating_sub(BLOCK_BYTES as u64).max(start);
        let mut found = None;
        for_each_block(text, generation, block_start, block_end, |at, block| {
            found = memchr::memrchr(b'\n', block).map(|line_end| at + line_end as u64 + 1).or(found);
            true
        })?;
        if found.is_some() {
            return Ok(found);
        }
        block_end = block_start;
    }
    Ok(None)
}
