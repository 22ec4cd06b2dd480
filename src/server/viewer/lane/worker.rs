//! The task of an open lane: the only one that sends on it.
//!
//! It looks at its view at most once per tick, tells totals, pushes what arrived while it has credit, and leaves out, counted,
//! what it may not send in time.

mod moves;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use super::{Answered, Context, Pace, Reply, changed, lock};
use crate::log::level::Level;
use crate::protocol::codec::{self, Message};
use crate::protocol::frame::FrameType;
use crate::protocol::ids::Lane;
use crate::protocol::message::Credit;
use crate::server::sources::text::Extent;
use crate::server::viewer::push::{self, BACKLOG_BYTES, BACKLOG_ROWS, Cursor, Hole};
use crate::server::viewer::question::{Answer, Outcome};
use crate::server::viewer::reader::ReadError;
use crate::server::viewer::result::{FULL, HitProgress};
use crate::server::viewer::text_index::IndexProgress;
use crate::server::viewer::view::{Counted, Snapshot};
use crate::server::viewer::world::Outgoing;
use crate::world::batch::{Batch, Run};
use crate::world::stream::{Failed, Gap, Moved, Place, Total};

/// Between two looks at what changed: pushes are gathered meanwhile.
const TICK: Duration = Duration::from_millis(16);
/// Between two totals.
const TOTAL_EVERY: Duration = Duration::from_millis(100);
/// Until the next try when bytes went away and the new extent is not known yet.
const RETRY: Duration = Duration::from_millis(50);
/// An open lane at work.
pub(super) struct Worker {
    lane: Lane,
    context: Arc<Context>,
    output: mpsc::Sender<Box<Outgoing>>,
    /// What goes out next; nothing new is made while it holds anything.
    outbox: VecDeque<Box<Outgoing>>,
    answers: mpsc::Receiver<Reply>,
    pace: Arc<Pace>,
    credit: watch::Receiver<Credit>,
    told: Option<Total>,
    told_at: Option<Instant>,
    counted: Counted,
    /// How the text was when the lane was opened, before anybody could ask it anything.
    opened: Extent,
    generation: u32,
    hits: Option<HitProgress>,
    follow: Option<Cursor>,
    hole: Option<Hole>,
    /// Whether entries are being left out, down to what is kept.
    skipping: bool,
    /// The end of the text at which there was nothing to leave out.
    nothing_to_skip_at: Option<u64>,
    sequence: u64,
    /// Whether the last batch left something behind that may be sent at once.
    more: bool,
    /// Whether the next entry exceeds what credit is left.
    starved: bool,
    /// Whether the world was told that its query is wrong.
    has_refused: bool,
    /// Whether it was told that older hits have no room.
    has_told_full: bool,
}

/// What a lane does next by itself.
enum Next {
    /// Go on at once.
    Now,
    /// Go on at this moment, unless something changes.
    At(Instant),
    /// Wait for a change.
    Wait,
}

impl Next {
    fn sooner(self, other: Self) -> Self {
        match (self, other) {
            (Self::Now, _) | (_, Self::Now) => Self::Now,
            (Self::At(one), Self::At(other)) => Self::At(one.min(other)),
            (Self::At(at), Self::Wait) | (Self::Wait, Self::At(at)) => Self::At(at),
            (Self::Wait, Self::Wait) => Self::Wait,
        }
    }
}

impl Worker {
    /// A lane that has told nothing yet.
    pub(super) fn new(
        lane: Lane,
        context: Arc<Context>,
        output: mpsc::Sender<Box<Outgoing>>,
        answers: mpsc::Receiver<Reply>,
        pace: Arc<Pace>,
    ) -> Self {
        let opened = context.view.text.extent();
        Self {
            lane,
            output,
            outbox: VecDeque::new(),
            answers,
            credit: pace.credit.subscribe(),
            pace,
            told: None,
            told_at: None,
            counted: Counted::default(),
            generation: opened.generation,
            opened,
            context,
            hits: None,
            follow: None,
            hole: None,
            skipping: false,
            nothing_to_skip_at: None,
            sequence: 0,
            more: false,
            starved: false,
            has_refused: false,
            has_told_full: false,
        }
    }

    /// Runs until the lane is dropped or nobody listens.
    pub(super) async fn run(mut self, follow: bool, after: Option<Place>) {
        let mut extent = Some(self.context.view.text.changes());
        let mut index: Option<watch::Receiver<IndexProgress>> = Some(self.context.view.index.progress());
        let mut hits = self.context.view.result.as_ref().map(|result| result.progress());
        let moved = after.and_then(|place| self.catch_up(place));
        self.tell(true);
        if follow {
            self.begin(after, moved).await;
        }
        let output = self.output.clone();
        let mut changed_since = true;
        let mut looked_at: Option<Instant> = None;
        loop {
            let mut next = Next::Wait;
            let due = looked_at.map_or_else(Instant::now, |at| at + TICK);
            let is_due = changed_since && due <= Instant::now();
            if is_due {
                changed_since = false;
                looked_at = Some(Instant::now());
            }
            if is_due || self.more || self.skipping || !changed_since && self.outbox.is_empty() {
                next = self.look().await;
            }
            if changed_since {
                next = next.sooner(Next::At(due));
            }
            let waits = self.outbox.is_empty();
            let wake = match next {
                Next::At(at) => at,
                Next::Now | Next::Wait => Instant::now(),
            };
            tokio::select! {
                biased;
                permit = output.reserve(), if !waits => match (permit, self.outbox.pop_front()) {
                    (Ok(permit), Some(outgoing)) => permit.send(outgoing),
                    _ => return,
                },
                Some(reply) = self.answers.recv(), if waits => self.accept(*reply),
                () = seen(&mut extent), if !changed_since && extent.is_some() => changed_since = true,
                () = seen(&mut index), if !changed_since && index.is_some() => changed_since = true,
                () = seen(&mut hits), if !changed_since && hits.is_some() => changed_since = true,
                Ok(()) = self.credit.changed() => self.starved = false,
                () = sleep_until(wake), if matches!(next, Next::At(_)) => {}
                () = tokio::task::yield_now(), if matches!(next, Next::Now) => {}
                else => return,
            }
        }
    }

    /// Finds where pushing begins: never behind what a question that was asked since may have found at the end.
    async fn begin(&mut self, after: Option<Place>, moved: Option<(Place, u64)>) {
        let source = self.context.view.source;
        let pushed = lock(&self.pace.pushed).filter(|(pushed, _)| *pushed == source).map(|(_, cursor)| cursor);
        let (context, opened) = (Arc::clone(&self.context), self.opened.clone());
        let found = spawn_blocking(move || {
            let Context { view, stop, .. } = &*context;
            let (found, before) = match (after, moved) {
                (_, Some((place, rest))) => {
                    let first = Place { offset: place.offset.min(rest), ..place };
                    (Cursor::behind_moved(view, place, rest, stop), first)
                }
                (Some(place), None) => (Cursor::behind(view, place, pushed, stop), place),
                (None, None) => {
                    let end = Place { generation: opened.generation, offset: opened.end };
                    (Cursor::at_end(view, &opened, stop), end)
                }
            };
            // Lines that moved while looking are found where they are now. Other bytes that went away belong to a generation that
            // is over: all of the new one is new.
            let moved = || Cursor::before_moves(view, before);
            found.ok().or_else(moved).unwrap_or_else(|| Cursor::at_start(&view.text.extent()))
        })
        .await;
        if let Ok(cursor) = found {
            // Behind an entry of another text is at the start of this one.
            let after = moved.map(|(place, _)| place).or(after);
            if after.is_some_and(|place| place.generation != cursor.generation || place.offset > cursor.offset) {
                self.tell(true);
            }
            self.generation = cursor.generation;
            self.follow = Some(cursor);
        }
    }

    /// Does what is due now.
    async fn look(&mut self) -> Next {
        if let Some(why) = self.context.view.refusal().map(str::to_owned) {
            if !std::mem::replace(&mut self.has_refused, true) {
                self.send(&Failed { req: 0, why });
            }
            return Next::Wait;
        }
        let extent = self.context.view.text.extent();
        if self.keep_to(&extent) {
            return Next::Now;
        }
        let mut next = Next::Wait;
        if self.outbox.is_empty() {
            let due = self.told_at.map_or_else(Instant::now, |at| at + TOTAL_EVERY);
            if due <= Instant::now() {
                self.tell(false);
            } else if self.is_news() {
                next = Next::At(due);
            }
        }
        if self.hits.is_some_and(|hits| hits.is_full) && !std::mem::replace(&mut self.has_told_full, true) {
            self.send(&Failed { req: 0, why: FULL.into() });
        }
        let Some(cursor) = self.follow else { return next };
        next.sooner(self.advance(cursor, &extent).await)
    }

    /// Pushes a batch, or leaves out a slice of what cannot be pushed.
    async fn advance(&mut self, cursor: Cursor, extent: &Extent) -> Next {
        self.more = false;
        let is_lost = cursor.offset < extent.start;
        let backlog = cursor.backlog_bytes(extent);
        // What is there is not pushed; which hits that are is known once they are numbered.
        let is_numbered = self.context.view.result.is_none() || cursor.serial.is_some();
        if backlog == 0 && !is_lost && self.hole.is_none() && is_numbered {
            self.skipping = false;
            return Next::Wait;
        }
        let left = self.pace.left();
        let held = !self.outbox.is_empty() || self.starved || left.items == 0 || left.bytes == 0;
        let is_over = backlog > BACKLOG_BYTES || self.backlog_rows(&cursor) > BACKLOG_ROWS;
        if is_lost || held && is_over && self.nothing_to_skip_at != Some(extent.end) {
            self.skipping = true;
        }
        if self.skipping {
            return self.leave_out(cursor, extent).await;
        }
        if held {
            return Next::Wait;
        }
        if let Some(hole) = self.hole.take() {
            self.tell_gap(hole, extent);
            return Next::Now;
        }
        let context = Arc::clone(&self.context);
        let loaded = spawn_blocking(move || push::load(&context.view, cursor, left, &context.stop)).await;
        let load = match loaded {
            Ok(Ok(load)) => load,
            Ok(Err(error)) => return self.stumble(error),
            Err(_) => return Next::Wait,
        };
        self.follow = Some(load.cursor);
        if let Some(counted) = load.counted {
            self.count(counted);
        }
        if load.rows.is_empty() {
            self.starved = load.more;
            return Next::Wait;
        }
        let first_row = match self.told_hits() {
            Some(told) if self.context.view.result.is_some() => {
                load.first_row.and_then(|row| (row + told.prepended).checked_sub(load.prepended))
            }
            _ => load.first_row,
        };
        let exact = match self.context.view.result {
            Some(_) => self.told.is_some_and(|told| told.exact),
            None => first_row.is_some(),
        };
        let items = load.rows.len() as u64;
        let batch = Batch { sequence: self.sequence, run: Run { first_row, exact, rows: load.rows } };
        let body = batch.encode();
        self.sequence += items;
        self.pace.spend(items, body.len() as u64);
        *lock(&self.pace.pushed) = Some((self.context.view.source, load.cursor));
        self.more = load.more;
        self.outbox.push_back(Box::new(Outgoing { lane: self.lane, kind: FrameType::Batch, body }));
        Next::Wait
    }

    async fn leave_out(&mut self, cursor: Cursor, extent: &Extent) -> Next {
        let context = Arc::clone(&self.context);
        let hole = self.hole.clone();
        let skipped = spawn_blocking(move || push::skip(&context.view, cursor, hole, &context.stop)).await;
        match skipped {
            Ok(Ok(Some((cursor, hole)))) => {
                self.follow = Some(cursor);
                self.hole = Some(hole);
                *lock(&self.pace.pushed) = Some((self.context.view.source, cursor));
                Next::Now
            }
            Ok(Ok(None)) => {
                self.skipping = false;
                self.nothing_to_skip_at = Some(extent.end);
                Next::Now
            }
            Ok(Err(error)) => self.stumble(error),
            Err(_) => Next::Wait,
        }
    }

    /// What to do when bytes could not be read: look again when they went away, stop following when the system refuses.
    fn stumble(&mut self, error: ReadError) -> Next {
        match error {
            ReadError::Gone => Next::At(Instant::now() + RETRY),
            ReadError::Stopped => Next::Wait,
            ReadError::Io(error) => {
                self.follow = None;
                self.send(&Failed { req: 0, why: format!("the source cannot be read: {error}") });
                Next::Wait
            }
        }
    }

    /// Goes on in `extent` where that is another text than before; returns whether it is.
    fn keep_to(&mut self, extent: &Extent) -> bool {
        if extent.generation == self.generation {
            return false;
        }
        match self.context.view.text.moves(self.generation) {
            Some(moves) => self.move_on(&moves, extent),
            None => self.renew(extent),
        }
        true
    }

    /// The text begins anew: what was not pushed of the old one is gone, and that is said first; or all of it is there still,
    /// in another order.
    fn renew(&mut self, extent: &Extent) {
        if self.context.view.text.keeps_all(self.generation) {
            // Too much moved to say what: the world asks for what it shows.
            let (from, to) = (self.generation, extent.generation);
            self.send(&Moved { from, to, kept: 0, end: extent.end, stretches: Vec::new() });
            self.hole = None;
            self.follow = self.follow.map(|_| Cursor::behind_all(extent));
        } else if let Some(cursor) = self.follow {
            let hole = self.hole.take();
            let waiting = if self.context.view.result.is_some() {
                self.backlog_rows(&cursor)
            } else {
                self.backlog_rows(&cursor).saturating_sub(u64::from(cursor.open.is_some()))
            };
            let from = Place { generation: cursor.generation, offset: cursor.offset };
            let mut hole = hole.unwrap_or(Hole {
                gap: Gap { from, to: from, first_row: cursor.row, counts: [0; Level::COUNT + 1], loadable: false },
                lost: true,
            });
            hole.lost = true;
            hole.gap.counts[Level::COUNT] += waiting;
            if self.counted.generation == cursor.generation {
                hole.gap.to.offset = hole.gap.to.offset.max(self.counted.end);
            }
            if hole.gap.counts.iter().any(|count| *count > 0) {
                self.tell_gap(hole, extent);
            }
            self.follow = Some(Cursor::at_start(extent));
        }
        self.generation = extent.generation;
        self.hits = None;
        self.has_told_full = false;
        *lock(&self.context.shown) = None;
        self.skipping = false;
        self.nothing_to_skip_at = None;
        self.starved = false;
        self.tell(true);
    }

    fn tell_gap(&mut self, hole: Hole, extent: &Extent) {
        let mut gap = hole.gap;
        let is_there = self.context.view.text.moves(gap.from.generation).is_some();
        gap.loadable = !hole.lost && is_there && gap.from.offset >= extent.start;
        self.send(&gap);
    }

    /// Entries that wait to be pushed, as far as they are counted.
    fn backlog_rows(&self, cursor: &Cursor) -> u64 {
        match (&self.context.view.result, self.hits, cursor.serial) {
            (Some(_), Some(hits), Some(serial)) if hits.generation == cursor.generation => {
                hits.serial(hits.rows()).saturating_sub(serial).max(0).unsigned_abs()
            }
            (Some(_), _, _) => 0,
            (None, _, _) if self.counted.generation == cursor.generation => {
                cursor.row.map_or(0, |row| self.counted.rows.saturating_sub(row))
            }
            (None, _, _) => 0,
        }
    }

    fn count(&mut self, counted: Counted) {
        let is_ahead = counted.end >= self.counted.end || self.counted.generation != self.generation;
        if counted.generation == self.generation && is_ahead {
            self.counted = counted;
        }
    }

    fn total(&mut self) -> (Snapshot, Total) {
        let snapshot = self.context.view.snapshot();
        let total = snapshot.total(&mut self.counted);
        if let Some(hits) = snapshot.hits {
            self.hits = Some(hits);
        }
        (snapshot, total)
    }

    fn is_news(&mut self) -> bool {
        let (snapshot, total) = self.total();
        self.is_whole(&snapshot) && self.told != Some(total)
    }

    /// Whether the world can be told of it: it is of the text that it knows, and nothing is being found again.
    fn is_whole(&self, snapshot: &Snapshot) -> bool {
        snapshot.extent.generation == self.generation && !snapshot.hits.is_some_and(|hits| hits.is_behind())
    }

    /// Tells the total when it changed, or in any case.
    fn tell(&mut self, always: bool) {
        let (snapshot, total) = self.total();
        if !self.is_whole(&snapshot) && !always {
            return;
        }
        if always || self.told != Some(total) {
            self.told = Some(total);
            self.told_at = Some(Instant::now());
            *lock(&self.context.shown) = snapshot.hits;
            self.send(&total);
        }
    }

    fn told_hits(&self) -> Option<HitProgress> {
        *lock(&self.context.shown)
    }

    fn accept(&mut self, reply: Answered) {
        let Answered { req, outcome, again } = reply;
        match outcome {
            Outcome::Rows(answer) => {
                let extent = self.context.view.text.extent();
                if answer.generation == extent.generation {
                    self.keep_to(&extent);
                }
                let is_other = answer.generation != self.generation;
                if is_other && self.context.view.text.moves(answer.generation).is_some() {
                    // Nobody waits any more where that is no news.
                    let _ = again.send(());
                } else {
                    self.show(req, answer);
                }
            }
            Outcome::Fetched(fetched) => self.send(&fetched),
            Outcome::Summarized(summarized) => self.send(&summarized),
            Outcome::Failed(why) => self.send(&Failed { req, why }),
            Outcome::NotYet => self.send(&Failed { req, why: "the question was given up".into() }),
        }
    }

    /// Sends a window, numbered as the total that the world knows; tells a newer total first when the old one is too small for it.
    fn show(&mut self, req: u32, mut answer: Answer) {
        if answer.generation != self.generation {
            return self.send(&Failed { req, why: "the source was cut or replaced meanwhile".into() });
        }
        if let Some(counted) = answer.counted {
            self.count(counted);
        }
        let count = answer.window.run.rows.len() as u64;
        let first = answer.window.run.first_row.unwrap_or(0);
        match answer.hits {
            None => {
                let is_short = |told: Total| {
                    first + count > told.rows || answer.window.run.exact && answer.window.reaches_end && !told.exact
                };
                if self.told.is_none_or(is_short) {
                    self.tell(false);
                }
                let rows = self.told.map_or(0, |told| told.rows);
                if !answer.window.run.exact && answer.window.reaches_end {
                    answer.window.run.first_row = Some(rows.saturating_sub(count));
                }
            }
            Some(hits) => {
                let shifted = |told: Option<HitProgress>| {
                    told.and_then(|told| (first + told.prepended).checked_sub(hits.prepended))
                };
                let behind = |row: u64| row + count;
                let fits = shifted(self.told_hits())
                    .is_some_and(|row| self.told.is_some_and(|told| row >= told.first_row && behind(row) <= told.rows));
                if !fits {
                    self.tell(false);
                }
                answer.window.run.first_row = shifted(self.told_hits());
                answer.window.run.exact = self.told.is_some_and(|told| told.exact);
                answer.window.reaches_start &= answer.window.run.exact;
            }
        }
        let body = answer.window.encode();
        self.outbox.push_back(Box::new(Outgoing { lane: self.lane, kind: FrameType::Window, body }));
    }

    fn send<M: Message>(&mut self, message: &M) {
        self.outbox.push_back(Box::new(Outgoing { lane: self.lane, kind: M::KIND, body: codec::encode(message) }));
    }
}

/// Waits for a change; a watch that ended is put away.
async fn seen<T>(watch: &mut Option<watch::Receiver<T>>) {
    if changed(watch).await.is_err() {
        *watch = None;
    }
}
