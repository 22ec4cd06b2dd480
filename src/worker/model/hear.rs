//! What the server says: sources, totals, pushed entries, gaps, answers.

use super::ask::What;
use super::{FILTERED, Model, Phase};
use crate::protocol::codec;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::Lane;
use crate::world::batch::{Batch, Window};
use crate::world::stream::{Failed, Fetched, Gap, Moved, SourceId, Sources, Total};
use crate::world::summary::Summarized;
use crate::world::view::{RevealPlace, RowRange};

/// Pushed entries that are kept while the end of the result is on its way.
const PENDING_MAX: usize = 20_000;

impl Model {
    pub(super) fn handle_server(&mut self, lane: Lane, kind: FrameType, body: &[u8]) {
        let is_open = self.lanes.contains(&lane);
        match kind {
            FrameType::Sources => {
                if let Ok(sources) = codec::decode::<Sources>(body) {
                    self.handle_sources(sources);
                }
            }
            FrameType::Total if is_open => {
                if let Ok(total) = codec::decode::<Total>(body) {
                    self.handle_total(lane, total);
                }
            }
            FrameType::Batch if lane == self.shown() => {
                if let Ok(batch) = Batch::decode(body) {
                    self.handle_batch(batch);
                }
            }
            FrameType::Gap if lane == self.shown() => {
                if let Ok(gap) = codec::decode::<Gap>(body) {
                    self.handle_gap(gap);
                }
            }
            FrameType::Moved if lane == self.shown() => {
                if let Ok(moved) = codec::decode::<Moved>(body) {
                    self.handle_moved(&moved);
                }
            }
            FrameType::Window => {
                if let Ok(window) = Window::decode(body) {
                    self.handle_window(window);
                }
            }
            FrameType::Fetched => {
                if let Ok(fetched) = codec::decode::<Fetched>(body) {
                    self.handle_fetched(fetched);
                }
            }
            FrameType::Summarized => {
                if let Ok(told) = codec::decode::<Summarized>(body) {
                    self.take_summary(told);
                }
            }
            FrameType::Failed => {
                if let Ok(failed) = codec::decode::<Failed>(body) {
                    self.handle_failed(failed);
                }
            }
            _ => {}
        }
    }

    fn handle_sources(&mut self, told: Sources) {
        if told.first == 0 {
            self.parts.clear();
        }
        if told.first as usize != self.parts.len() {
            // A part of a list whose beginning was not told.
            return;
        }
        self.parts.extend(told.sources);
        if self.parts.len() < told.total as usize {
            return;
        }
        let list = std::mem::take(&mut self.parts);
        let is_first = self.sources.is_none();
        let is_known = self.source == SourceId::ALL || list.iter().any(|source| source.id == self.source);
        let only = match &list[..] {
            [only] => Some(only.id),
            _ => None,
        };
        self.sources = Some(list);
        if is_first {
            self.set_source(only.unwrap_or(SourceId::ALL));
            if let Some(address) = self.awaited_address.take() {
                self.go_to_address(address);
            }
            if self.phase == Phase::Active {
                self.open_lanes();
            }
        } else if !is_known {
            self.set_source(only.unwrap_or(SourceId::ALL));
            self.notice = Some("The source that was shown is no longer served.".to_owned());
            self.show_anew(true);
        }
    }

    fn handle_total(&mut self, lane: Lane, total: Total) {
        let index = usize::from(lane.0) % 2;
        let before = self.totals[index].replace(total);
        if lane != self.shown() {
            return;
        }
        if self.keep_to(total.generation) {
            self.list.known_rows = total.rows;
        }
        let has_counted = total.exact && before.is_some_and(|before| !before.exact);
        let island = &mut self.list.island;
        if has_counted {
            self.list.is_numbering = false;
        }
        if island.exact && total.exact && !has_counted {
            return;
        }
        // While rows are still being found, they appear before those held: the newest are found first.
        let grows_before = index == FILTERED || !total.exact || has_counted;
        if grows_before && island.reaches_start && island.reaches_end && total.rows > island.rows() {
            island.reaches_start = false;
            island.reaches_end &= !island.is_empty();
        }
        if island.reaches_end && !island.is_empty() && !island.exact {
            let base = total.rows.saturating_sub(island.rows()).max(total.first_row);
            self.shift_run_to(base);
        }
    }

    fn handle_batch(&mut self, batch: Batch) {
        let run = batch.run;
        let (Some(first), Some(last)) = (run.rows.first(), run.rows.last()) else { return };
        let (first_place, last_place) = (first.place, last.place);
        self.keep_to(first_place.generation);
        self.grow_details(&run.rows);
        let pushed_before = self.list.pushed_to;
        self.list.pushed_to = pushed_before.max(Some(last_place));
        if !self.list.island.reaches_end {
            let known = pushed_before.max(self.list.known_to);
            let news = run.rows.iter().filter(|row| known.is_none_or(|to| row.place > to)).count() as u64;
            self.count_news(news);
            if self.list.pending.is_empty() {
                self.list.pending_after = known.max(self.list.gap_to);
            } else if self.list.pending.len() + run.rows.len() > PENDING_MAX {
                self.list.pending.clear();
                self.list.pending_after = pushed_before;
            }
            self.list.pending.retain(|row| row.place < first_place);
            self.list.pending.extend(run.rows);
            return;
        }
        let exact = run.first_row.filter(|_| run.exact);
        let probe = run.rows.first().cloned();
        let inserted = self.list.island.insert_missing(&run.rows);
        let above = inserted.iter().filter(|row| **row <= self.list.seen.first).count() as u64;
        if above > 0 && !self.follow {
            self.list.above += above;
            self.renumber(above as i64);
        }
        let added = self.list.island.append(run.rows);
        self.count_news(added);
        if let (Some(exact), Some(probe), false) = (exact, probe, self.list.island.exact) {
            self.learn(&probe, exact);
        }
    }

    fn handle_gap(&mut self, gap: Gap) {
        self.keep_to(gap.from.generation);
        self.count_news(super::super::island::gap_rows(&gap));
        if self.list.island.reaches_end {
            self.list.island.append_gap(gap);
        } else {
            // Not part of the run yet: its rows are asked for when the user gets there.
            self.list.pending.clear();
            self.list.gap_to = Some(gap.to);
            self.list.is_overtaken = self.has_run_ask();
        }
    }

    /// Counts what came in below where the user reads. An entry that is pushed again at its place, because its line grew, is
    /// no news, nor is what a text held when it began anew.
    fn count_news(&mut self, rows: u64) {
        let known = rows.min(self.list.known_rows);
        self.list.known_rows -= known;
        if !self.follow {
            self.list.news += rows - known;
        }
    }

    fn handle_failed(&mut self, failed: Failed) {
        if failed.req == 0 {
            // Words about the lane; what it cannot answer any more, it says to each question.
            self.notice = Some(failed.why);
            return;
        }
        let Some(ask) = self.answered(failed.req) else { return };
        match ask.what {
            What::Details => self.fail_details(failed.why),
            What::Summary => self.fail_summary(failed.why),
            What::Copy | What::CopyEnd(_) => {
                self.copying = None;
                self.notice = Some(failed.why);
            }
            What::Match(..) | What::Find(..) => self.notice = Some(failed.why),
            What::Seek(seek) => self.fail_sought(seek, failed.why),
            _ => {
                self.list.is_blocked = true;
                self.list.is_stale = false;
                self.notice = Some(failed.why);
            }
        }
    }

    /// Begins anew where the shown lane tells of another text than the one held: it was truncated, rotated, or the server
    /// holds another after a restart. Nothing that is held means anything any more.
    /// Returns whether it did.
    fn keep_to(&mut self, generation: u32) -> bool {
        let before = self.generation.replace(generation);
        if before.is_none_or(|before| before == generation) {
            return false;
        }
        // Of all sources together the others go on: their entries have places in the new order too.
        let reading = match self.source {
            SourceId::ALL => {
                self.note_reading();
                self.reading
            }
            _ => None,
        };
        self.notice = Some("The log began anew: what it holds now is shown.".to_owned());
        self.reading = reading;
        for slot in &mut self.totals {
            *slot = slot.filter(|total| total.generation == generation);
        }
        self.details = None;
        self.begin_list_anew();
        true
    }

    /// Forgets what is held of the list, which goes back to where the user reads.
    pub(super) fn begin_list_anew(&mut self) {
        let (node, orders) = (self.list.node, self.list.orders);
        self.cancel_asks();
        self.list = super::List::new(0);
        self.list.node = node;
        self.list.orders = orders;
        if !self.follow {
            self.list.show(RowRange { first: 0, last: self.list.height - 1 });
            self.list.reveal = Some((0, RevealPlace::Top));
            self.go_on_reading();
        }
    }
}
