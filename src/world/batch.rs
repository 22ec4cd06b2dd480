//! The binary bodies of `Batch` and `Window` frames: runs of rows, small and quick to read. The server writes them, the
//! world reads them; the page reads no further than [`Batch::items_of`].
//!
//! ```text
//! body    = items u16 big-endian | packing u8 | payload
//! packing = 0: payload as it is | 1: payload is `decoded length varint | LZ4 block`
//! batch   = sequence varint | run
//! window  = req varint | ends u8 (1 reaches the start, 2 reaches the end) | run
//! run     = flags u8 (1 first row known, 2 exact) | first row varint, if known | `items` rows
//! row     = head u8 | source varint, if bit 3 | generation varint, if bit 4 | offset zigzag varint
//!         | line varint, if bit 6 | whole length varint, if bit 7 | length varint | bytes
//! head    = bits 0-2: 0 no level, 1-6 Trace to Fatal | bit 3: source is not the row's before | bit 4: generation, likewise
//!         | bit 5: the line is the one before plus one | bit 6: the line is given | bit 7: the bytes are not the whole entry
//! varint  = LEB128, at most ten bytes; zigzag: (n << 1) ^ (n >> 63)
//! ```
//!
//! Before the first row stand source 0, generation 0, offset 0 and no line. The offset is the difference to the row before,
//! modulo 2^64. Reading never panics, and never holds more than [`DECODED_BYTES_MAX`] of payload.

use super::stream::{Place, SourceId};
use crate::log::level::Level;
use crate::log::varint::write as write_varint;
use crate::protocol::reason::ProtocolError;

/// The largest payload, decompressed.
pub const DECODED_BYTES_MAX: usize = 1024 * 1024;
/// Payloads of this size and more are compressed where it pays.
pub const COMPRESS_BYTES_MIN: usize = 4 * 1024;
/// The most rows in one body.
pub const ITEMS_MAX: usize = u16::MAX as usize;

/// One entry of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its identity in the result.
    pub place: Place,
    /// The source in which it was written.
    pub source: SourceId,
    /// Its line number in that source, from 0, where the index has reached it.
    pub line: Option<u64>,
    /// Its level, where one was found.
    pub level: Option<Level>,
    /// Bytes of the whole entry, without its line end.
    pub length_bytes: u64,
    /// The entry's first bytes: all of them unless `length_bytes` is larger.
    pub bytes: Vec<u8>,
}

impl Row {
    /// Whether `bytes` is only the beginning of the entry.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.length_bytes > self.bytes.len() as u64
    }

    /// Returns how many bytes the row adds to a body at most, for packing bodies below a frame's limit.
    #[must_use]
    pub const fn encoded_bytes_max(&self) -> usize {
        1 + 5 + 5 + 10 + 10 + 10 + 10 + self.bytes.len()
    }
}

/// Consecutive rows of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The first one's row, where known or estimated.
    pub first_row: Option<u64>,
    /// Whether `first_row` is exact.
    pub exact: bool,
    /// The rows, in the order of the result.
    pub rows: Vec<Row>,
}

/// Entries pushed to a following lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Entries pushed on this stream before this batch.
    pub sequence: u64,
    /// The entries.
    pub run: Run,
}

/// The answer to `Rows`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The question.
    pub req: u32,
    /// Whether the first row here is the first of the result.
    pub reaches_start: bool,
    /// Whether the last row here is the last of the result now.
    pub reaches_end: bool,
    /// The rows.
    pub run: Run,
}

/// Bytes that a body needs beside its rows, at most.
pub const BODY_OVERHEAD_BYTES: usize = 2 + 1 + 10 + 10 + 1 + 1 + 10;

impl Batch {
    /// Returns the number of entries in an encoded batch without reading further; `None` when there is no such body.
    #[must_use]
    pub fn items_of(body: &[u8]) -> Option<u16> {
        body.first_chunk::<2>().map(|items| u16::from_be_bytes(*items))
    }

    /// Returns the body of the frame.
    ///
    /// # Panics
    /// When there are more than [`ITEMS_MAX`] rows.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(payload_bytes(&self.run));
        write_varint(&mut payload, self.sequence);
        write_run(&mut payload, &self.run);
        pack(&self.run, payload)
    }

    /// Reads the body of a `Batch` frame.
    ///
    /// # Errors
    /// [`ProtocolError::Body`] when the bytes are not such a body.
    pub fn decode(body: &[u8]) -> Result<Self, ProtocolError> {
        unpack(body, |reader, items| Ok(Self { sequence: reader.varint()?, run: reader.run(items)? }))
    }
}

impl Window {
    /// Returns the body of the frame.
    ///
    /// # Panics
    /// When there are more than [`ITEMS_MAX`] rows.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(payload_bytes(&self.run));
        write_varint(&mut payload, u64::from(self.req));
        payload.push(u8::from(self.reaches_start) | u8::from(self.reaches_end) << 1);
        write_run(&mut payload, &self.run);
        pack(&self.run, payload)
    }

    /// Reads the body of a `Window` frame.
    ///
    /// # Errors
    /// [`ProtocolError::Body`] when the bytes are not such a body.
    pub fn decode(body: &[u8]) -> Result<Self, ProtocolError> {
        unpack(body, |reader, items| {
            let req = reader.varint_u32()?;
            let ends = reader.byte()?;
            if ends > 3 {
                return Err(malformed("undefined bits of a window"));
            }
            Ok(Self { req, reaches_start: ends & 1 != 0, reaches_end: ends & 2 != 0, run: reader.run(items)? })
        })
    }
}

const PLAIN: u8 = 0;
const LZ4: u8 = 1;

const HEAD_LEVEL: u8 = 0b111;
const HEAD_SOURCE: u8 = 1 << 3;
const HEAD_GENERATION: u8 = 1 << 4;
const HEAD_NEXT_LINE: u8 = 1 << 5;
const HEAD_LINE: u8 = 1 << 6;
const HEAD_CUT: u8 = 1 << 7;

const RUN_FIRST_ROW: u8 = 1;
const RUN_EXACT: u8 = 2;

const fn malformed(what: &'static str) -> ProtocolError {
    ProtocolError::Body { what }
}

fn payload_bytes(run: &Run) -> usize {
    BODY_OVERHEAD_BYTES + run.rows.iter().map(|row| row.bytes.len() + 8).sum::<usize>()
}

fn pack(run: &Run, payload: Vec<u8>) -> Vec<u8> {
    let items = u16::try_from(run.rows.len()).expect("a body holds at most ITEMS_MAX rows");
    let mut body = items.to_be_bytes().to_vec();
    if payload.len() >= COMPRESS_BYTES_MIN {
        let block = lz4_flex::block::compress(&payload);
        // An eighth saved is worth the reader's time; less is not.
        if block.len() < payload.len() - payload.len() / 8 {
            body.push(LZ4);
            write_varint(&mut body, payload.len() as u64);
            body.extend_from_slice(&block);
            return body;
        }
    }
    body.push(PLAIN);
    body.extend_from_slice(&payload);
    body
}

fn unpack<T>(
    body: &[u8],
    read: impl FnOnce(&mut Reader<'_>, u16) -> Result<T, ProtocolError>,
) -> Result<T, ProtocolError> {
    let items = Batch::items_of(body).ok_or(malformed("a run without a count"))?;
    let mut outer = Reader { bytes: &body[2..] };
    let decompressed;
    let payload = match outer.byte()? {
        PLAIN => outer.bytes,
        LZ4 => {
            let length = usize::try_from(outer.varint()?).unwrap_or(usize::MAX);
            if length > DECODED_BYTES_MAX {
                return Err(malformed("a run is larger than allowed"));
            }
            decompressed =
                lz4_flex::block::decompress(outer.bytes, length).map_err(|_| malformed("a block that is not LZ4"))?;
            if decompressed.len() != length {
                return Err(malformed("a block of another length than announced"));
            }
            &decompressed[..]
        }
        _ => return Err(malformed("an unknown packing")),
    };
    if payload.len() > DECODED_BYTES_MAX {
        return Err(malformed("a run is larger than allowed"));
    }
    let mut reader = Reader { bytes: payload };
    let value = read(&mut reader, items)?;
    if reader.bytes.is_empty() { Ok(value) } else { Err(malformed("bytes behind the last row")) }
}

fn write_run(out: &mut Vec<u8>, run: &Run) {
    out.push(if run.first_row.is_some() { RUN_FIRST_ROW } else { 0 } | if run.exact { RUN_EXACT } else { 0 });
    if let Some(first_row) = run.first_row {
        write_varint(out, first_row);
    }
    let mut before = Before::default();
    for row in &run.rows {
        let mut head = row.level.map_or(0, |level| level as u8 + 1);
        let follows = row.line.is_some() && row.line == before.line.and_then(|line| line.checked_add(1));
        let cut = row.length_bytes != row.bytes.len() as u64;
        for (bit, set) in [
            (HEAD_SOURCE, row.source.0 != before.source),
            (HEAD_GENERATION, row.place.generation != before.generation),
            (HEAD_NEXT_LINE, follows),
            (HEAD_LINE, row.line.is_some() && !follows),
            (HEAD_CUT, cut),
        ] {
            if set {
                head |= bit;
            }
        }
        out.push(head);
        if head & HEAD_SOURCE != 0 {
            write_varint(out, u64::from(row.source.0));
        }
        if head & HEAD_GENERATION != 0 {
            write_varint(out, u64::from(row.place.generation));
        }
        let delta = row.place.offset.wrapping_sub(before.offset) as i64;
        write_varint(out, ((delta << 1) ^ (delta >> 63)) as u64);
        if let (true, Some(line)) = (head & HEAD_LINE != 0, row.line) {
            write_varint(out, line);
        }
        if cut {
            write_varint(out, row.length_bytes);
        }
        write_varint(out, row.bytes.len() as u64);
        out.extend_from_slice(&row.bytes);
        before = Before::from(row);
    }
}

/// What a row leaves out when it is as in the row before.
#[derive(Default)]
struct Before {
    source: u32,
    generation: u32,
    offset: u64,
    line: Option<u64>,
}

impl From<&Row> for Before {
    fn from(row: &Row) -> Self {
        Self { source: row.source.0, generation: row.place.generation, offset: row.place.offset, line: row.line }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, ProtocolError> {
        let (first, rest) = self.bytes.split_first().ok_or(malformed("a run is cut short"))?;
        self.bytes = rest;
        Ok(*first)
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], ProtocolError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(malformed("a row is cut short"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, ProtocolError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(malformed("a number is too large"));
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(malformed("a number is too long"))
    }

    fn varint_u32(&mut self) -> Result<u32, ProtocolError> {
        u32::try_from(self.varint()?).map_err(|_| malformed("a number is too large"))
    }

    fn run(&mut self, items: u16) -> Result<Run, ProtocolError> {
        let flags = self.byte()?;
        if flags & !(RUN_FIRST_ROW | RUN_EXACT) != 0 {
            return Err(malformed("undefined bits of a run"));
        }
        let first_row = if flags & RUN_FIRST_ROW != 0 { Some(self.varint()?) } else { None };
        // A row takes three bytes at least: what is announced beyond that is not there.
        let mut rows = Vec::with_capacity(usize::from(items).min(self.bytes.len() / 3));
        let mut before = Before::default();
        for _ in 0..items {
            let row = self.row(&before)?;
            before = Before::from(&row);
            rows.push(row);
        }
        Ok(Run { first_row, exact: flags & RUN_EXACT != 0, rows })
    }

    fn row(&mut self, before: &Before) -> Result<Row, ProtocolError> {
        let head = self.byte()?;
        let level = match head & HEAD_LEVEL {
            0 => None,
            number => Some(*Level::ALL.get(usize::from(number) - 1).ok_or(malformed("an unknown level"))?),
        };
        let source = if head & HEAD_SOURCE != 0 { self.varint_u32()? } else { before.source };
        let generation = if head & HEAD_GENERATION != 0 { self.varint_u32()? } else { before.generation };
        let zigzag = self.varint()?;
        let offset = before.offset.wrapping_add((zigzag >> 1) ^ (zigzag & 1).wrapping_neg());
        let line = match (head & HEAD_NEXT_LINE != 0, head & HEAD_LINE != 0) {
            (false, false) => None,
            (false, true) => Some(self.varint()?),
            (true, false) => {
                Some(before.line.and_then(|line| line.checked_add(1)).ok_or(malformed("a line behind none"))?)
            }
            (true, true) => return Err(malformed("a line is given twice")),
        };
        let whole = if head & HEAD_CUT != 0 { Some(self.varint()?) } else { None };
        let length = self.varint()?;
        let bytes = self.take(length)?.to_vec();
        let length_bytes = whole.unwrap_or(length);
        Ok(Row { place: Place { generation, offset }, source: SourceId(source), line, level, length_bytes, bytes })
    }
}
