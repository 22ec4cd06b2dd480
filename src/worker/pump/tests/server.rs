//! A server of a vector of lines: answers every question from what is there, with a switch for each trouble.

use crate::log::format::Format;
use crate::log::level;
use crate::log::query::Query;
use crate::protocol::codec;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::Lane;
use crate::worker::model::read;
use crate::world::batch::{Batch, Row, Run, Window};
use crate::world::stream::{
    Anchor, Cancel, Fetch, Fetched, Gap, Moved, Open, Place, Rows, Shut, Source, SourceId, SourceState, Sources,
    Stretch, Total,
};
use crate::world::summary::{Bar, FieldSummary, PatternSummary, Summarize, Summarized, ValueSummary};

/// Bytes of a line that an answer carries.
const CUT_BYTES: usize = 4_096;
const PIECE_BYTES: usize = 40_000;

type Body = (Lane, FrameType, Vec<u8>);

pub(super) struct Server {
    pub(super) lines: Vec<Vec<u8>>,
    pub(super) generation: u32,
    /// The source counts so many rows and knows no exact numbers.
    pub(super) estimate: Option<u64>,
    pub(super) loadable: bool,
    /// Filters have not come to their end.
    pub(super) is_searching: bool,
    pub(super) names: Vec<(&'static str, SourceState)>,
    /// How the lines of the first source are read.
    pub(super) format: &'static str,
    pub(super) is_held: bool,
    /// Questions that wait for their answer.
    pub(super) held: Vec<(Lane, Rows)>,
    pub(super) asked: usize,
    pub(super) cancelled: usize,
    /// The filters whose results were to be summed up.
    pub(super) summarized: Vec<Option<String>>,
    pub(super) open: [Option<Open>; 8],
    opened_at: [usize; 8],
    pub(super) out: Vec<Body>,
    moves: Vec<Moved>,
}

impl Server {
    pub(super) fn new(lines: Vec<Vec<u8>>) -> Self {
        Self {
            lines,
            generation: 0,
            estimate: None,
            loadable: true,
            is_searching: false,
            names: vec![("a.log", SourceState::Live)],
            format: "text",
            is_held: false,
            held: Vec::new(),
            asked: 0,
            cancelled: 0,
            summarized: Vec::new(),
            open: Default::default(),
            opened_at: [0; 8],
            out: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// The last `count` lines go up past the `up` lines before them; where `is_said`, worlds are told which.
    pub(super) fn move_up(&mut self, count: usize, up: usize, is_said: bool) {
        let all = self.lines.len();
        let count = count.min(all);
        let kept = all - count - up.min(all - count);
        let offset = |index| self.place(index).offset;
        let stretch =
            |from, to| Stretch { at: offset(from), bytes: offset(to) - offset(from), rows: (to - from) as u64 };
        let stretches = vec![stretch(all - count, all), stretch(kept, all - count)];
        let (from, to) = (self.generation, self.generation + 1);
        let moved = Moved { from, to, kept: offset(kept), end: offset(all), stretches };
        let told = Moved { stretches: if is_said { moved.stretches.clone() } else { Vec::new() }, ..moved };
        self.lines[kept..].rotate_right(count);
        self.generation = to;
        for lane in (0..8).filter(|lane| self.open[usize::from(*lane)].is_some()) {
            self.out.push((Lane(lane), FrameType::Moved, codec::encode(&told)));
        }
        self.moves.push(moved);
    }

    /// Where a place of any generation is now.
    fn now(&self, place: Place) -> Place {
        self.moves.iter().fold(place, |place, moved| moved.place_now(place).unwrap_or(place))
    }

    pub(super) fn sources(&mut self) {
        let source = |(index, (name, state)): (usize, &(&str, SourceState))| Source {
            id: SourceId(index as u32),
            name: (*name).to_owned(),
            origin: "here".into(),
            state: state.clone(),
            bytes: 77,
            format: (index == 0).then(|| self.format.into()),
        };
        let total = self.names.len() as u32;
        // Each in a part of its own.
        for (first, source) in (0..).zip(self.names.iter().enumerate().map(source)) {
            let part = Sources { sources: vec![source], first, total };
            self.out.push((Lane(0), FrameType::Sources, codec::encode(&part)));
        }
    }

    pub(super) fn total(&mut self) {
        for index in 0..8 {
            let lane = Lane(index);
            let Some(open) = self.open[usize::from(index)].clone() else { continue };
            let count = self.result(&open).len() as u64;
            let estimate = self.estimate.filter(|_| open.filter.is_none());
            let total = Total {
                rows: estimate.unwrap_or(count),
                exact: estimate.is_none() && !(self.is_searching && open.filter.is_some()),
                scanned_bytes: 1,
                bytes: 2,
                first_row: 0,
                generation: self.generation,
                of: self.estimate.unwrap_or(self.lines.len() as u64),
            };
            self.out.push((lane, FrameType::Total, codec::encode(&total)));
        }
    }

    /// Takes a body from the world.
    pub(super) fn hear(&mut self, lane: Lane, kind: FrameType, body: &[u8]) {
        match kind {
            FrameType::Open => {
                let open: Open = codec::decode(body).unwrap();
                self.opened_at[usize::from(lane.0)] = self.lines.len();
                let after = open.after.filter(|_| open.follow);
                self.open[usize::from(lane.0)] = Some(open);
                self.total();
                if let Some(after) = after {
                    // Of another text nothing was told yet.
                    let from = if after.generation == self.generation { self.index_of(after) + 1 } else { 0 };
                    self.push(lane, from);
                }
            }
            FrameType::Rows => {
                self.asked += 1;
                self.held.push((lane, codec::decode(body).unwrap()));
            }
            FrameType::Cancel => {
                let cancel: Cancel = codec::decode(body).unwrap();
                self.cancelled += 1;
                self.held.retain(|(_, rows)| rows.req != cancel.req);
            }
            FrameType::Fetch => self.fetch(lane, &codec::decode(body).unwrap()),
            FrameType::Summarize => self.summarize(lane, &codec::decode(body).unwrap()),
            FrameType::Shut => {
                codec::decode::<Shut>(body).unwrap();
                self.open[usize::from(lane.0)] = None;
            }
            other => panic!("a world sent {other:?}"),
        }
        if !self.is_held {
            self.answer();
        }
    }

    /// Counts the lines of the result as entries of no level, with the last digit of each as a field; once.
    fn summarize(&mut self, lane: Lane, asked: &Summarize) {
        let open = self.open[usize::from(lane.0)].clone().expect("an open lane is asked");
        self.summarized.push(open.filter.clone());
        if asked.seen > 0 {
            return;
        }
        let result = self.result(&open);
        let ending = |digit: char| {
            let count = result.iter().filter(|index| self.lines[**index].ends_with(&[digit as u8])).count() as u64;
            ValueSummary { text: digit.into(), is_cut: false, is_text: true, count, max_error: 0 }
        };
        let name =
            |name: &str| ValueSummary { text: name.into(), is_cut: false, is_text: true, count: 4, max_error: 0 };
        let told = Summarized {
            req: asked.req,
            version: 1,
            read_bytes: 1,
            bytes: 2,
            counts: [0, 0, 0, 0, 2, 0, result.len() as u64],
            untimed: 0,
            bars: vec![Bar { from_nanos: 0, counts: [1; 7] }, Bar { from_nanos: 60_000_000_000, counts: [0; 7] }],
            bars_end_nanos: 120_000_000_000,
            fields: vec![FieldSummary {
                path: "digit".into(),
                entries: 9,
                distinct: None,
                values: "123".chars().map(ending).collect(),
            }],
            patterns: vec![PatternSummary { template: "line <*> of the log".into(), count: 7 }],
            patterns_held: 1,
            sources: Some(FieldSummary {
                path: "source".into(),
                entries: 9,
                distinct: Some(2),
                values: vec![name("web.log"), name("db.log")],
            }),
        };
        self.out.push((lane, FrameType::Summarized, codec::encode(&told)));
    }

    pub(super) fn answer(&mut self) {
        for (lane, rows) in std::mem::take(&mut self.held) {
            self.rows(lane, &rows);
        }
    }

    pub(super) fn push_all(&mut self, from: usize) {
        for index in 0..8 {
            if self.open[usize::from(index)].as_ref().is_some_and(|open| open.follow) {
                self.push(Lane(index), from);
            }
        }
    }

    fn push(&mut self, lane: Lane, from: usize) {
        let Some(open) = self.open[usize::from(lane.0)].clone() else { return };
        let result = self.result(&open);
        let start = result.partition_point(|index| *index < from);
        for chunk in result[start..].chunks(320) {
            let row = result.partition_point(|index| *index < chunk[0]) as u64;
            let rows = chunk.iter().map(|index| self.row(*index)).collect();
            let exact = self.estimate.is_none();
            let batch = Batch { sequence: 0, run: Run { first_row: exact.then_some(row), exact, rows } };
            self.out.push((lane, FrameType::Batch, batch.encode()));
        }
    }

    /// Tells of lines that are there and were not pushed.
    pub(super) fn gap(&mut self, from: usize, to: usize) {
        for index in 0..8 {
            let Some(open) = self.open[usize::from(index)].clone().filter(|open| open.follow) else { continue };
            let left: Vec<usize> = self.result(&open).into_iter().filter(|line| (from..to).contains(line)).collect();
            if left.is_empty() {
                continue;
            }
            let mut counts = [0; level::Level::COUNT + 1];
            counts[level::Level::COUNT] = left.len() as u64;
            if left.len() > 3 {
                counts[level::Level::Error as usize] = 3;
                counts[level::Level::COUNT] -= 3;
            }
            let (from, to) = (self.place(left[0]), self.place(left[left.len() - 1] + 1));
            let gap = Gap { from, to, first_row: None, counts, loadable: self.loadable };
            self.out.push((Lane(index), FrameType::Gap, codec::encode(&gap)));
        }
    }

    /// Indices of the lines of a result.
    pub(super) fn result(&self, open: &Open) -> Vec<usize> {
        match &open.filter {
            None => (0..self.lines.len()).collect(),
            Some(filter) => {
                let query = Query::compile(filter, 0, &jiff::tz::TimeZone::UTC).expect("a world sends what is right");
                let format = Format::named(self.format).expect("a format that there is");
                let is_match = |index: &usize| query.is_match(&read(&format, &self.lines[*index]), "a.log");
                (0..self.lines.len()).filter(is_match).collect()
            }
        }
    }

    /// Lines stand at round numbers, so that a place tells its line; a million bytes each are room for all of them.
    fn place(&self, index: usize) -> Place {
        Place { generation: self.generation, offset: index as u64 * 10_000_000 }
    }

    fn index_of(&self, place: Place) -> usize {
        (self.now(place).offset / 10_000_000) as usize
    }

    fn row(&self, index: usize) -> Row {
        let line = &self.lines[index];
        Row {
            place: self.place(index),
            source: SourceId(0),
            line: self.estimate.is_none().then_some(index as u64),
            level: level::detect(line),
            length_bytes: line.len() as u64,
            bytes: line[..line.len().min(CUT_BYTES)].to_vec(),
        }
    }

    fn rows(&mut self, lane: Lane, rows: &Rows) {
        let Some(open) = self.open[usize::from(lane.0)].clone() else { return };
        let result = self.result(&open);
        let estimate = self.estimate.filter(|_| open.filter.is_none());
        let count = result.len();
        // An estimated row stands where its share of the whole stands.
        let from_row = |row: u64| match estimate {
            Some(rows) => (row as u128 * count as u128 / u128::from(rows.max(1))) as usize,
            None => row as usize,
        };
        let behind = |place: Place| {
            // A place inside a line is its line.
            result.partition_point(|index| *index < self.index_of(place))
        };
        let at = match rows.anchor {
            Anchor::Start => 0,
            Anchor::End => count,
            Anchor::At(place) => behind(place),
            Anchor::Row(row) => from_row(row),
            Anchor::Line(line) => result.partition_point(|index| (*index as u64) < line),
        }
        .min(count);
        let length = (rows.count.unsigned_abs() as usize).min(1000);
        let (first, last) =
            if rows.count < 0 { (at.saturating_sub(length), at) } else { (at, (at + length).min(count)) };
        let first_row = match estimate {
            Some(rows) => (first as u128 * u128::from(rows) / count.max(1) as u128) as u64,
            None => first as u64,
        };
        let window = Window {
            req: rows.req,
            reaches_start: first == 0,
            reaches_end: last == count,
            run: Run {
                first_row: Some(first_row),
                exact: estimate.is_none(),
                rows: result[first..last].iter().map(|index| self.row(*index)).collect(),
            },
        };
        self.out.push((lane, FrameType::Window, window.encode()));
    }

    fn fetch(&mut self, lane: Lane, fetch: &Fetch) {
        let open = self.open[usize::from(lane.0)].clone().unwrap();
        let ends = (self.index_of(fetch.from), self.index_of(fetch.to));
        let wanted = ends.0.min(ends.1)..=ends.0.max(ends.1);
        let mut bytes = Vec::new();
        let end = fetch.skip as usize + PIECE_BYTES;
        let mut last = true;
        for index in self.result(&open).into_iter().filter(|index| wanted.contains(index)) {
            bytes.extend_from_slice(&self.lines[index]);
            bytes.push(b'\n');
            if bytes.len() > end {
                last = false;
                break;
            }
        }
        let bytes = bytes[(fetch.skip as usize).min(bytes.len())..end.min(bytes.len())].to_vec();
        let fetched = Fetched { req: fetch.req, bytes, whole_bytes: None, last };
        self.out.push((lane, FrameType::Fetched, codec::encode(&fetched)));
    }
}
