//! What a search backward need not read: entries of a large file of which its index knows that none matches.

use std::sync::Arc;

use super::scan::{Scan, Search};
use crate::log::blocks::{Block, Decided};
use crate::log::index::BLOCK_BYTES;
use crate::log::query::Query;
use crate::server::viewer::keeper::Kept;
use crate::world::stream::Place;

/// What is known of the entries of the text that is searched.
pub(super) struct Passing<'a> {
    kept: Arc<Kept>,
    query: &'a Query,
    /// The source's name, as worlds are told of it.
    name: &'a str,
}

impl<'a> Search<'a> {
    /// What is known, where it is of use: the query asks for it, and lines are read as they were then. Where times leave out
    /// their days, these are reckoned from entry to entry, and none can be passed over when times matter.
    pub(super) fn known(&self, scan: &Scan, kept: Arc<Kept>) -> Option<Passing<'a>> {
        let (query, place) = (self.query, Place { generation: scan.generation, offset: scan.low });
        let source = self.text.origin(place).0;
        let format = scan.format(source).ok()?;
        let is_of_use = query.asks_what_blocks_know()
            && format.formats.first().is_same(kept.format.formats.first())
            && !(self.needs_times() && format.lacks_days());
        let name = &self.sources.get(source.0 as usize)?.name;
        is_of_use.then_some(Passing { kept, query, name })
    }
}

impl Passing<'_> {
    /// The beginning of the first of the entries right before the one at `low` that cannot match.
    pub(super) fn passed_to(&self, low: u64) -> u64 {
        self.kept.blocks.back_while(low, |block| self.is_out(block))
    }

    /// The beginning of the first of the entries right before the one at `low` that have to be asked, or an earlier place if
    /// those are more than `most` bytes.
    pub(super) fn open_to(&self, low: u64, most: u64) -> u64 {
        let mut blocks = most.div_ceil(BLOCK_BYTES);
        let is_counted = |block: &Block| {
            blocks = blocks.saturating_sub(1);
            blocks > 0 && !self.is_out(block)
        };
        let begin = self.kept.blocks.back_while(low, is_counted);
        let is_whole = blocks > 0 && begin < low;
        if is_whole { begin } else { 0 }
    }

    fn is_out(&self, block: &Block) -> bool {
        let knows_times = !self.kept.format.lacks_days();
        block.decide(self.name, knows_times, |known| self.query.judge(known)) == Decided::default()
    }
}
