//! `frereth index`: reads logs once, so that questions for times and levels need not read them again.

use std::io::Write;
use std::time::Instant;

use super::asked::{Asked, ToolError, threads};
use super::progress::Progress;
use crate::server::index::{self, Cache};

/// Builds the indexes of logs, or appends to those that are kept, writes a line for each, and returns how many entries they know.
///
/// # Errors
/// [`ToolError`]; also where there is no place to keep them.
pub fn index(asked: &Asked, out: &mut dyn Write) -> Result<u64, ToolError> {
    let cache = Cache::of_user().ok_or_else(|| {
        ToolError::Asked("there is no place for an index: neither XDG_CACHE_HOME nor HOME is set".into())
    })?;
    let (inputs, _) = asked.open()?;
    let mut total = 0;
    for mut input in inputs {
        let begun = Instant::now();
        let known = cache.load(&input);
        let (mut progress, mut read_bytes) = (Progress::of(std::slice::from_ref(&input)), 0);
        let goes_on = |bytes| {
            read_bytes += bytes;
            progress.add(bytes);
            true
        };
        let blocks = index::build(&mut input, known, threads(), goes_on)?
            .ok_or_else(|| ToolError::Asked(format!("{}: only a plain file can have an index", input.name)))?;
        drop(progress);
        let place = cache
            .keep(&input, &blocks)
            .map_err(|error| ToolError::Asked(format!("the index of {} cannot be kept: {error}", input.name)))?;
        let (name, entries, blocks, place) =
            (&input.name, blocks.entries(), blocks.as_slice().len(), place.unwrap_or_default());
        let (read_mb, seconds) = (read_bytes / 1_000_000, begun.elapsed().as_secs_f64());
        let place = place.display();
        writeln!(
            out,
            "{name}: {entries} entries in {blocks} blocks, and what is behind them; read {read_mb} MB in {seconds:.3} s; {place}"
        )?;
        total += entries;
    }
    Ok(total)
}
