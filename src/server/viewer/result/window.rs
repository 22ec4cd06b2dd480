//! Bytes of a text around a place, and where entries begin in them.
//!
//! An entry begins where a line does not continue the one before it, and where another source's lines begin. The question is
//! asked of a few lines at a time, so that any place can be asked. An entry that goes on for [`ENTRY_BYTES`] is cut at a line.

use std::borrow::Cow;
use std::ops::Range;

use crate::log::lines;
use crate::server::engine::Formats;
use crate::server::page_buffer::PageBuffer;
use crate::server::sources::format::{FormatList, SourceFormat};
use crate::server::sources::text::Text;
use crate::server::viewer::reader::{ReadError, Reader};
use crate::world::stream::{Place, SourceId};

/// How much of a line is looked at to tell whether it continues an entry, and how much is read before a place for that.
pub(super) const LOOK_BYTES: u64 = 16 * 1024;
/// Entries of several lines that are longer than this are cut.
pub(super) const ENTRY_BYTES: u64 = 4 * 1024 * 1024;

/// Some bytes of a text that were read.
pub(super) struct Window<'a> {
    text: &'a dyn Text,
    formats: &'a FormatList,
    generation: u32,
    /// Where the text begins now.
    start: u64,
    base: u64,
    bytes: PageBuffer,
}

/// What one source wrote, one byte behind the other.
pub(super) struct Stretch<'a> {
    /// The source.
    pub(super) source: SourceId,
    /// How its lines are read.
    pub(super) format: &'a SourceFormat,
    /// Where it stands in the text ...
    pub(super) range: Range<u64>,
    /// ... and where its first byte does in the source.
    pub(super) in_source: u64,
}

impl Stretch<'_> {
    /// Where in the source the byte at `offset` stands.
    fn in_source(&self, offset: u64) -> u64 {
        self.in_source + (offset - self.range.start)
    }

    /// The formats of its bytes from the one at `offset` on.
    pub(super) fn formats_from(&self, offset: u64) -> Cow<'_, Formats> {
        self.format.formats.between(self.in_source(offset)..self.in_source(self.range.end))
    }
}

impl<'a> Window<'a> {
    /// Reads `from..to` of what `reader` sees, and as much before it as a look at the line there takes.
    pub(super) fn read(
        text: &'a dyn Text,
        formats: &'a FormatList,
        reader: &Reader,
        from: u64,
        to: u64,
    ) -> Result<Self, ReadError> {
        let (start, generation) = (reader.extent().start, reader.extent().generation);
        let base = from.saturating_sub(LOOK_BYTES).max(start);
        Ok(Self { text, formats, generation, start, base, bytes: reader.read(base, to)? })
    }

    /// Behind the last byte.
    pub(super) fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// These bytes.
    pub(super) fn bytes(&self, range: Range<u64>) -> &[u8] {
        &self.bytes[self.index(range.start)..self.index(range.end)]
    }

    /// The first beginning of an entry in `from..to`. Where there is none, and the entry that holds these lines is too long
    /// up to `end`, the first beginning of a line.
    pub(super) fn first_border(&self, from: u64, to: u64, end: u64) -> Result<Option<u64>, ReadError> {
        if from <= self.start {
            return Ok(Some(self.start));
        }
        let mut first_line = None;
        let mut line = self.line_from(from);
        while let Some(at) = line.filter(|at| *at < to) {
            if self.begins_entry(at)? {
                return Ok(Some(at));
            }
            first_line = first_line.or(line);
            line = self.line_from(at + 1);
        }
        Ok(first_line.filter(|first| end - first > ENTRY_BYTES))
    }

    /// Where the entry begins, at `from` or behind it, that holds the line which ends at `end`; `None` where its beginning
    /// is not in the window. One that is too long is cut.
    pub(super) fn last_border(&self, from: u64, end: u64) -> Result<Option<u64>, ReadError> {
        let mut at = end;
        loop {
            let Some(line) = self.line_before(at, from) else { return Ok((from == at).then_some(from)) };
            if line <= from || self.begins_entry(line)? || end - line > ENTRY_BYTES {
                return Ok(Some(line));
            }
            at = line;
        }
    }

    /// Behind the last whole line in `from..to` that is not blank. Whether a blank one belongs to the entry before it shows
    /// in the line behind it.
    pub(super) fn behind_last_text(&self, from: u64, to: u64) -> Option<u64> {
        let mut end = self.behind_last_feed(from, to)?;
        while let Some(line) = self.line_before(end, from).filter(|line| self.is_blank(*line..end)) {
            end = line;
        }
        Some(end)
    }

    fn is_blank(&self, range: Range<u64>) -> bool {
        self.bytes(range).trim_ascii().is_empty()
    }

    /// Behind the last line feed in `from..to`.
    pub(super) fn behind_last_feed(&self, from: u64, to: u64) -> Option<u64> {
        memchr::memrchr(b'\n', self.bytes(from..to)).map(|feed| from + feed as u64 + 1)
    }

    /// The stretches of `range` that one source each wrote.
    pub(super) fn stretches(&self, range: Range<u64>) -> Result<Vec<Stretch<'a>>, ReadError> {
        let mut stretches = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let around = self.stretch(at)?;
            let end = around.range.end.min(range.end);
            stretches.push(Stretch { in_source: around.in_source(at), range: at..end, ..around });
            at = end;
        }
        Ok(stretches)
    }

    /// The source that wrote the byte at `offset`, and all that it wrote around it.
    pub(super) fn stretch(&self, offset: u64) -> Result<Stretch<'a>, ReadError> {
        let place = Place { generation: self.generation, offset };
        let ((source, origin), range) = (self.text.origin(place), self.text.stretch(place));
        let format = self.formats.get(source.0 as usize).and_then(Option::as_deref);
        // What is of no source, or of none that is known, went away since.
        let format = format.filter(|_| range.contains(&offset)).ok_or(ReadError::Gone)?;
        Ok(Stretch { source, format, in_source: origin.offset.saturating_sub(offset - range.start), range })
    }

    fn begins_entry(&self, line: u64) -> Result<bool, ReadError> {
        let stretch = self.stretch(line)?;
        let (format, is_first) = stretch.format.formats.at(stretch.in_source(line));
        let range = stretch.range;
        if is_first || line <= range.start.max(self.start) {
            return Ok(true);
        }
        // What the source wrote around it, with a line behind it if that is not too far.
        let from = range.start.max(self.base);
        let to = range.end.min(self.end()).min(line + 2 * LOOK_BYTES);
        let block = self.bytes(from..to);
        let at = usize::try_from(line - from).unwrap_or(usize::MAX);
        Ok(!format.continues(block, lines::from(block, at)))
    }

    /// The first beginning of a line at `from` or behind it; the text goes on before `from`.
    fn line_from(&self, from: u64) -> Option<u64> {
        let rest = &self.bytes[self.index(from - 1)..];
        memchr::memchr(b'\n', rest).map(|feed| from + feed as u64)
    }

    /// Where the line that ends at `end` begins, if that is at `from` or behind it.
    fn line_before(&self, end: u64, from: u64) -> Option<u64> {
        let text = self.bytes(from..end.checked_sub(1)?.max(from));
        let feed = memchr::memrchr(b'\n', text).map(|feed| from + feed as u64 + 1);
        feed.or_else(|| (end > from && self.is_line_start(from)).then_some(from))
    }

    fn is_line_start(&self, at: u64) -> bool {
        at == self.start || at > self.base && self.bytes[self.index(at) - 1] == b'\n'
    }

    fn index(&self, offset: u64) -> usize {
        usize::try_from(offset - self.base).unwrap_or(usize::MAX)
    }
}
