//! From lines as read to rows as sent: level, origin and line number added.
//!
//! A line that continues an entry has the level that it seems to have by itself.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::reader::{RawLine, ReadError, Reader, Stop};
use super::text_index::TextIndex;
use super::view::{View, row_in};
use crate::log::entry::Entry;
use crate::log::level::{self, Level};
use crate::log::time::Clockwork;
use crate::server::sources::format::{FormatList, SourceFormat};
use crate::world::batch::Row;
use crate::world::stream::{Place, SourceId};

/// Turns lines into rows; remembers line numbers between neighbours, so that most cost no reading.
pub struct Entries<'a> {
    view: &'a View,
    stop: Stop,
    /// Reads for line numbers, so that the lines' own reader keeps its place.
    numbers: Option<Reader>,
    /// The line number at an offset, as counted last, per source.
    known: HashMap<SourceId, (Place, u64)>,
    /// The other sources' indexes and readers, for the interleaving of all.
    others: HashMap<SourceId, Option<(Arc<TextIndex>, Reader)>>,
    /// How lines are read.
    formats: watch::Receiver<FormatList>,
    read_as: HashMap<SourceId, Option<(Arc<SourceFormat>, Clockwork)>>,
}

impl<'a> Entries<'a> {
    /// Makes rows of `view`.
    pub fn new(view: &'a View, stop: &Stop) -> Self {
        Self {
            view,
            stop: stop.clone(),
            numbers: None,
            known: HashMap::new(),
            others: HashMap::new(),
            formats: view.viewer.formats(),
            read_as: HashMap::new(),
        }
    }

    /// The row of `line`, which `reader` read; `row` is its number in the unfiltered text, where the caller knows it.
    pub fn row(&mut self, reader: &Reader, line: RawLine, row: Option<u64>) -> Result<Row, ReadError> {
        let place = Place { generation: reader.extent().generation, offset: line.offset };
        let (source, origin) = self.view.text.origin(place);
        let number = match (source == self.view.source, row) {
            (true, Some(row)) => Some(row),
            (true, None) => self.own_line(reader, place)?,
            (false, _) => self.other_line(source, origin),
        };
        if let (Some(number), false) = (number, line.open) {
            let next = Place { generation: origin.generation, offset: origin.offset + (line.next - line.offset) };
            self.known.insert(source, (next, number + 1));
        }
        Ok(Row {
            place,
            source,
            line: number,
            level: self.level(source, origin, &line.bytes),
            length_bytes: line.length_bytes,
            bytes: line.bytes,
        })
    }

    /// The level of a line as its source's format says it, or as it seems while the format is not known.
    fn level(&mut self, source: SourceId, origin: Place, line: &[u8]) -> Option<Level> {
        let formats = &self.formats;
        let find = || {
            let format = formats.borrow().get(source.0 as usize)?.clone()?;
            let clockwork = format.sample.clockwork.clone();
            Some((format, clockwork))
        };
        match self.read_as.entry(source).or_insert_with(find) {
            Some((known, clockwork)) if known.generation == origin.generation => {
                known.formats.at(origin.offset).0.parse(line, clockwork, Entry::default()).level
            }
            _ => level::detect(line),
        }
    }

    fn own_line(&mut self, reader: &Reader, place: Place) -> Result<Option<u64>, ReadError> {
        let view = self.view;
        let numbers = self.numbers.get_or_insert_with(|| view.reader(reader.extent(), &self.stop));
        if let Some(number) = near(&self.known, view.source, place, numbers)? {
            return Ok(Some(number));
        }
        view.row_of(numbers, place.offset)
    }

    /// The line number in another source; what goes wrong there only leaves the number out.
    fn other_line(&mut self, source: SourceId, place: Place) -> Option<u64> {
        let (view, stop) = (self.view, &self.stop);
        let other = self.others.entry(source).or_insert_with(|| {
            let (text, index) = view.viewer.begun_index(source)?;
            let extent = text.extent();
            Some((index, Reader::new(text, extent, stop.clone())))
        });
        let (index, reader) = other.as_mut()?;
        if reader.extent().generation != place.generation || place.offset > reader.extent().end {
            return None;
        }
        match near(&self.known, source, place, reader) {
            Ok(Some(number)) => Some(number),
            _ => row_in(index, reader, place.offset).ok().flatten(),
        }
    }
}

/// The line number at `place` when one was counted shortly before it.
fn near(
    known: &HashMap<SourceId, (Place, u64)>,
    source: SourceId,
    place: Place,
    reader: &mut Reader,
) -> Result<Option<u64>, ReadError> {
    const NEAR_BYTES: u64 = 32 * 1024;
    let Some((at, number)) = known.get(&source).filter(|(at, _)| at.generation == place.generation) else {
        return Ok(None);
    };
    match place.offset.checked_sub(at.offset) {
        Some(0) => Ok(Some(*number)),
        Some(distance) if distance <= NEAR_BYTES => Ok(Some(number + reader.feeds_between(at.offset, place.offset)?)),
        _ => Ok(None),
    }
}
