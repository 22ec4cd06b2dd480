//! `frereth index`: reads logs once, so that questions for times and levels need not read them again.

use std::io::{self, Write};
use std::time::Instant;

use super::asked::{Asked, ToolError, Unread, threads};
use super::progress::Progress;
use crate::server::engine::{Input, InputError};
use crate::server::index::{self, Cache};

/// Builds the indexes of logs, or appends to those that are kept, writes a line for each, and returns how many of them have
/// one now. A log that can have none is no error: its line says why.
///
/// # Errors
/// [`ToolError`]: that logs cannot be read, once all others are done; that there is no place to keep indexes.
pub fn index(asked: &Asked, out: &mut dyn Write) -> Result<u64, ToolError> {
    let cache = Cache::of_user().ok_or_else(|| {
        ToolError::Asked("there is no place for an index: neither XDG_CACHE_HOME nor HOME is set".into())
    })?;
    let (mut made, mut unread) = (0, Unread::default());
    for opened in asked.open_plain()? {
        let Some((has_index, line)) = unread.check(opened.and_then(|input| index_one(input, &cache))) else { continue };
        writeln!(out, "{line}")?;
        made += u64::from(has_index);
    }
    unread.or(made)
}

/// Indexes a log; returns whether it has an index now, and a line about it.
fn index_one(mut input: Input, cache: &Cache) -> Result<(bool, String), InputError> {
    let begun = Instant::now();
    let known = cache.load(&input);
    let (mut progress, mut read_bytes) = (Progress::of(std::slice::from_ref(&input)), 0);
    let goes_on = |bytes| {
        read_bytes += bytes;
        progress.add(bytes);
        true
    };
    let Some(blocks) = index::build(&mut input, known, threads(), goes_on)? else {
        return Ok((false, format!("{}: no index, for only a plain file can have one", input.name)));
    };
    drop(progress);
    let place = cache.keep(&input, &blocks).map_err(|error| {
        InputError::new(&input.name, io::Error::other(format!("its index cannot be kept: {error}")))
    })?;
    let (name, entries, blocks, place) =
        (&input.name, blocks.entries(), blocks.as_slice().len(), place.unwrap_or_default());
    let (read_mb, seconds) = (read_bytes / 1_000_000, begun.elapsed().as_secs_f64());
    let place = place.display();
    let line = format!(
        "{name}: {entries} entries in {blocks} blocks, and what is behind them; read {read_mb} MB in {seconds:.3} s; {place}"
    );
    Ok((true, line))
}
