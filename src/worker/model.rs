//! What the viewer shows and what it is waiting for. Messages come in through [`Model::receive`], questions and clipboard
//! texts go out through [`Model::take_out`]; [`super::view`] draws the rest.
//!
//! Two lanes are used at a time: one on the source as it is ([`WHOLE`]), one on what matches the filter ([`FILTERED`]). One of
//! them is *shown*; rows are held of that one only, and only that one is pushed to. A new result takes the next even or odd
//! lane of theirs, so that what was under way for the old one cannot be taken for the new; [`find`] has the last two. Invariant: at most one question for rows of the list is open at
//! a time, and none while the socket is lost.

mod act;
mod address;
mod ask;
mod columns;
mod copy;
mod details;
mod find;
mod hear;
mod marks;
mod memory;
mod moved;
mod pick;
mod seek;
mod summary;

use std::collections::BTreeMap;

use super::island::{Held, Island};
use crate::log::query::Query;
use crate::protocol::codec::{self, Message};
use crate::protocol::ids::Lane;
use crate::world::batch::Row;
use crate::world::message::{FromWorld, ToWorld};
use crate::world::stream::{Open, Place, Shut, Source, SourceId, Total};
use crate::world::view::{NodeId, RevealPlace, RowRange};

pub use columns::{Cell, Column, TimeForm, read};
pub use details::Details;
pub use marks::Mark;
pub use memory::{Memory, SavedQuery};
pub use summary::{Overview, level_term};

use ask::Ask;
use columns::Columns;
use copy::Copying;
use find::Finder;
use seek::Seek;

/// Index of the lane on the source as it is; that lane is an even one.
pub const WHOLE: usize = 0;
/// Index of the lane on what matches the filter; that lane is an odd one.
pub const FILTERED: usize = 1;

/// How many rows a list is thought to show before it has said so.
const HEIGHT_ROWS: u64 = 60;
/// How many rows it is thought to show at least, whatever it said while it was short.
const HEIGHT_ROWS_MIN: u64 = 24;

/// What the socket is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The server has not said yet that the world is active.
    Starting,
    /// Questions are answered.
    Active,
    /// The socket is lost.
    Suspended,
}

/// The filter that is applied.
#[derive(Clone, Debug)]
pub struct Filter {
    /// As the server is told.
    pub text: String,
    /// The same, understood. What is sent is what the world understands; the server compiles it again, with its clock.
    pub query: Query,
}

/// What is wrong with what stands in the filter's field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterMistake {
    /// What was expected, and where.
    pub words: String,
    /// Whether more typing may make it right.
    pub is_unfinished: bool,
}

/// The list of rows: what it shows and where the user is.
#[derive(Debug)]
pub struct List {
    /// Its node: a new one for each result, so that nothing of another result's scroll is left.
    pub node: NodeId,
    /// The rows held.
    pub island: Island,
    /// The rows that the page draws.
    pub view: RowRange,
    /// Those of them that the user sees, as far as the page has told.
    seen: RowRange,
    /// Whether that is what the world thinks it has the page show, and the page has not told.
    is_seen_guessed: bool,
    /// Where it is to be brought.
    seek: Option<Seek>,
    /// How many rows the page draws at a time.
    height: u64,
    /// The chosen rows.
    pub selection: Option<RowRange>,
    /// Where a range began that Shift extends.
    pub anchor: Option<u64>,
    /// The row the user is at.
    pub current: Option<u64>,
    /// A row to bring on the screen with the next drawing.
    pub reveal: Option<(u64, RevealPlace)>,
    /// How many times the page was told to bring a row on screen or to renumber, since it has this list.
    pub orders: u32,
    /// By how many rows the run has moved since the last drawing, and a row as it was numbered then.
    pub moved: i64,
    /// Entries that arrived while the list did not follow.
    pub news: u64,
    /// Those among them that turned out to belong above what is on the screen.
    pub above: u64,
    /// The entry that the list was brought to when it was shown anew.
    located: Option<Place>,
    /// Entries that will be pushed though they are no news: what a text held when it began anew.
    known_rows: u64,
    /// The last entry that was pushed.
    pushed_to: Option<Place>,
    /// Entries before this are no news, for they stood elsewhere before.
    known_to: Option<Place>,
    /// Entries that were pushed while the end of the result was on its way.
    pending: Vec<Row>,
    /// The last entry pushed before those.
    pending_after: Option<Place>,
    /// Behind the last gap that was told while the end of the result was not held.
    gap_to: Option<Place>,
    /// Such a gap came after the open question was asked: its answer may lack the gap's entries.
    is_overtaken: bool,
    /// A question failed: nothing is asked by itself until the user moves.
    is_blocked: bool,
    /// Exact numbers were asked for.
    is_numbering: bool,
    /// The run's last entry may have grown while the socket was lost.
    is_stale: bool,
}

impl List {
    fn new(serial: u32) -> Self {
        Self {
            node: NodeId(super::view::FIRST_LIST + serial),
            island: Island::default(),
            view: RowRange { first: 0, last: HEIGHT_ROWS - 1 },
            seen: RowRange { first: 0, last: HEIGHT_ROWS - 1 },
            is_seen_guessed: true,
            seek: None,
            height: HEIGHT_ROWS,
            selection: None,
            anchor: None,
            current: None,
            reveal: None,
            orders: 0,
            moved: 0,
            news: 0,
            above: 0,
            located: None,
            known_rows: 0,
            pushed_to: None,
            known_to: None,
            pending: Vec::new(),
            pending_after: None,
            gap_to: None,
            is_overtaken: false,
            is_blocked: false,
            is_numbering: false,
            is_stale: false,
        }
    }

    /// These rows are on the screen as far as the world decides it.
    const fn show(&mut self, rows: RowRange) {
        self.view = rows;
        self.seen = rows;
        self.is_seen_guessed = true;
    }
}

/// The viewer.
#[derive(Debug)]
pub struct Model {
    /// What the socket is doing.
    pub phase: Phase,
    /// The sources there are; none until the server has told them.
    pub sources: Option<Vec<Source>>,
    /// The parts of a list that is still being told.
    pub parts: Vec<Source>,
    /// What the names of the sources listed hold: a text, or a pattern with `*` and `?`.
    pub source_pattern: String,
    /// The source that is shown.
    pub source: SourceId,
    /// The filter that is applied: the last one that was right.
    pub filter: Option<Filter>,
    /// What stands in the filter's field.
    pub typed: String,
    /// Why that is not applied.
    pub mistake: Option<FilterMistake>,
    /// Whether only matching entries are shown.
    pub only_matches: bool,
    /// Whether long lines wrap.
    pub wrap: bool,
    /// How times are written in their column.
    pub time_form: TimeForm,
    /// Whether columns are being chosen.
    pub is_editing_columns: bool,
    /// How lines are drawn, and how those of the sources that were shown before.
    columns: Columns,
    kept_columns: BTreeMap<SourceId, Columns>,
    /// Whether the list sticks to its end.
    pub follow: bool,
    /// The list.
    pub list: List,
    /// The details of one entry.
    pub details: Option<Details>,
    /// What the result is as a whole, while that is shown.
    pub overview: Option<Overview>,
    /// What the user had kept: queries and marks.
    pub memory: Memory,
    /// Whether that is shown.
    pub is_memory_shown: bool,
    /// Where the user reads, while she does not follow, or wants to: kept when the list is shown anew under another filter.
    reading: Option<Seek>,
    /// Something the user should know, until she closes it.
    pub notice: Option<String>,
    totals: [Option<Total>; 2],
    lanes: [Lane; 2],
    /// Whether each lane is open, and pushed to.
    open: [Option<bool>; 2],
    /// The text that everything held is of; none before the first is told.
    generation: Option<u32>,
    asks: Vec<Ask>,
    next_req: u32,
    next_list: u32,
    copying: Option<Copying>,
    finder: Finder,
    /// What the page was opened with, until the sources are known.
    awaited_address: Option<String>,
    /// The address that the page was given last.
    told_address: String,
    out: Vec<FromWorld>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            phase: Phase::Starting,
            sources: None,
            parts: Vec::new(),
            source_pattern: String::new(),
            source: SourceId::ALL,
            filter: None,
            typed: String::new(),
            mistake: None,
            only_matches: true,
            wrap: false,
            time_form: TimeForm::default(),
            is_editing_columns: false,
            columns: Columns::of(SourceId::ALL),
            kept_columns: BTreeMap::new(),
            follow: true,
            list: List::new(0),
            details: None,
            overview: None,
            memory: Memory::default(),
            is_memory_shown: false,
            reading: None,
            notice: None,
            totals: [None; 2],
            lanes: [Lane(0), Lane(1)],
            open: [None; 2],
            generation: None,
            asks: Vec::new(),
            next_req: 1,
            next_list: 1,
            copying: None,
            finder: Finder::default(),
            awaited_address: None,
            told_address: String::new(),
            out: Vec::new(),
        }
    }
}

impl Model {
    /// Takes one message. Bodies that cannot be read are ignored: the server is not the world's to judge.
    pub fn receive(&mut self, message: ToWorld) {
        match message {
            ToWorld::Active => self.handle_active(),
            ToWorld::Server { lane, kind, body } => self.handle_server(lane, kind, &body),
            ToWorld::Event(event) => self.handle_event(event),
            ToWorld::Suspended => self.handle_suspended(),
            ToWorld::Resumed => self.handle_resumed(),
            ToWorld::Address(address) => self.go_to_address(address),
            ToWorld::Memory(memory) => self.recall(&memory),
        }
        self.settle();
        self.tell_address();
    }

    /// Returns what is to be said, and forgets it.
    pub fn take_out(&mut self) -> Vec<FromWorld> {
        std::mem::take(&mut self.out)
    }

    /// Returns the lane whose rows are shown.
    #[must_use]
    pub fn shown(&self) -> Lane {
        self.lanes[self.shown_index()]
    }

    fn shown_index(&self) -> usize {
        if self.filter.is_some() && self.only_matches { FILTERED } else { WHOLE }
    }

    /// Returns the newest total of a lane.
    #[must_use]
    pub fn total(&self, lane: Lane) -> Option<&Total> {
        self.totals[usize::from(lane.0) % 2].as_ref().filter(|_| self.lanes.contains(&lane))
    }

    /// Returns the newest total of the source as it is.
    #[must_use]
    pub fn whole_total(&self) -> Option<&Total> {
        self.totals[WHOLE].as_ref()
    }

    /// Returns the newest total of the filtered lane.
    #[must_use]
    pub fn filtered_total(&self) -> Option<&Total> {
        self.totals[FILTERED].as_ref()
    }

    /// Returns how many rows the list has, as well as it is known.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let island = &self.list.island;
        if island.reaches_end {
            return island.end();
        }
        let least = if island.is_empty() { 0 } else { island.end() + 1 };
        self.total(self.shown()).map_or(least, |total| total.rows.max(least))
    }

    /// Returns whether [`Self::rows`] is exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.total(self.shown()).is_some_and(|total| total.exact)
            && (self.list.island.exact || self.list.island.is_empty())
    }

    /// Returns the first row that exists.
    #[must_use]
    pub fn first_row(&self) -> u64 {
        let island = &self.list.island;
        let told = self.total(self.shown()).map_or(0, |total| total.first_row);
        let told = if island.reaches_start { told.max(island.base()) } else { told };
        if island.is_empty() { told } else { told.min(island.base()) }
    }

    /// Returns the source that is shown, unless it is all of them.
    #[must_use]
    pub fn shown_source(&self) -> Option<&Source> {
        self.sources.as_ref()?.iter().find(|source| source.id == self.source)
    }

    /// Returns a source's name.
    #[must_use]
    pub fn name_of(&self, id: SourceId) -> Option<&str> {
        self.sources.as_ref()?.iter().find(|source| source.id == id).map(|source| source.name.as_str())
    }

    /// Returns what the user waits for, in words, where that takes a while.
    #[must_use]
    pub fn waiting_for(&self) -> Option<String> {
        if self.copying.is_some() {
            return Some("Copying …".to_owned());
        }
        self.sought()
    }

    fn handle_active(&mut self) {
        self.phase = Phase::Active;
        self.open_lanes();
    }

    fn handle_suspended(&mut self) {
        self.phase = Phase::Suspended;
        self.open = [None; 2];
        self.asks.clear();
        self.forget_summary();
        self.copying = None;
        self.finder = Finder::default();
        self.list.pending.clear();
    }

    fn handle_resumed(&mut self) {
        self.phase = Phase::Active;
        self.list.is_blocked = false;
        self.list.is_stale = !self.list.island.is_empty() && self.list.island.reaches_end;
        self.open_lanes();
        self.resume_details();
    }

    /// Shows another result from nothing: of another source, or of another filter.
    fn show_anew(&mut self, is_other_source: bool) {
        self.cancel_asks();
        self.list = List::new(self.next_list);
        self.next_list = (self.next_list + 1) % super::view::LISTS;
        self.totals[FILTERED] = None;
        self.shut(FILTERED);
        if is_other_source {
            self.totals[WHOLE] = None;
            self.generation = None;
            self.reading = None;
            self.shut(WHOLE);
            self.shut_finder();
        }
        if self.phase == Phase::Active {
            self.open_lanes();
            self.resume_details();
        }
    }

    /// Closes a lane and takes the next of its kind.
    fn shut(&mut self, index: usize) {
        if self.open[index].take().is_some() && self.phase == Phase::Active {
            self.send(self.lanes[index], &Shut {});
        }
        self.lanes[index] = Lane((self.lanes[index].0 + 2) % find::FIRST_LANE);
    }

    /// Opens the shown lane with pushes behind the last place held, and the other for its total alone.
    fn open_lanes(&mut self) {
        if self.sources.is_none() {
            return;
        }
        let island = &self.list.island;
        let after = if island.reaches_end { island.covers_to().or(self.list.pushed_to) } else { self.list.pushed_to };
        let filter = self.filter.as_ref().map(|filter| filter.text.clone());
        for (index, filter) in [None, filter].into_iter().enumerate() {
            let follow = index == self.shown_index();
            let is_wanted = index == WHOLE || filter.is_some();
            if is_wanted && self.open[index] != Some(follow) {
                self.open[index] = Some(follow);
                let after = after.filter(|_| follow);
                self.send(self.lanes[index], &Open { source: self.source, filter, follow, after });
            }
        }
        self.ask_summary();
    }

    fn send<M: Message>(&mut self, lane: Lane, message: &M) {
        self.out.push(FromWorld::Server { lane, kind: M::KIND, body: codec::encode(message) });
    }
}
