//! A bounded text in memory, for what cannot be read twice: pipes and the demo.
//!
//! Whoever owns the pipe pushes bytes; the oldest are let go of in chunks of whole lines, and each line that goes is
//! counted, so that rows keep their numbers. Only a line that fills a chunk by itself is ever let go of in parts.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::generation;
use super::text::{Extent, Text};
use crate::world::stream::{Place, SourceId, SourceState};

/// How many bytes a ring holds when nobody says otherwise.
pub const RING_BYTES: usize = 64 * 1024 * 1024;
/// A chunk is full at this size, or at an eighth of a small ring.
const CHUNK_BYTES: usize = 256 * 1024;

/// A text that keeps the newest bytes pushed into it.
pub struct RingText {
    id: SourceId,
    /// Nothing of a ring outlives the process, and its name neither.
    generation: u32,
    bytes_max: usize,
    chunks: Mutex<VecDeque<Chunk>>,
    /// Held while bytes are pushed and told of: two pushes cannot tell in the wrong order, and nobody who looks at what
    /// was told is waited for with the chunks locked.
    pushing: Mutex<()>,
    extent: watch::Sender<Extent>,
}

/// Some whole lines; the last chunk may end within one.
struct Chunk {
    /// Where in the text its first byte stands.
    start: u64,
    bytes: Vec<u8>,
}

impl Chunk {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl RingText {
    /// Makes an empty ring of at most about `bytes_max` bytes.
    #[must_use]
    pub fn new(id: SourceId, bytes_max: usize) -> Self {
        let generation = generation::fresh();
        let extent = Extent { generation, start: 0, end: 0, rows_gone: 0, state: SourceState::Live };
        let extent = watch::Sender::new(extent);
        Self { id, generation, bytes_max, chunks: Mutex::default(), pushing: Mutex::default(), extent }
    }

    /// Appends bytes, lets go of the oldest where there are too many, and tells.
    pub fn push(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let _pushing = self.pushing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut chunks = self.lock();
        let chunk_bytes = CHUNK_BYTES.min(self.bytes_max / 8).max(1);
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = append(&mut chunks, rest, chunk_bytes);
        }
        let mut held: usize = chunks.iter().map(|chunk| chunk.bytes.len()).sum();
        let mut rows_gone = 0;
        while held > self.bytes_max && chunks.len() > 1 {
            let gone = chunks.pop_front().expect("there is more than one chunk");
            held -= gone.bytes.len();
            rows_gone += memchr::memchr_iter(b'\n', &gone.bytes).count() as u64;
        }
        let start = chunks.front().map_or(0, |chunk| chunk.start);
        let end = chunks.back().map_or(0, Chunk::end);
        drop(chunks);
        self.extent.send_modify(|extent| {
            extent.start = start;
            extent.end = end;
            extent.rows_gone += rows_gone;
        });
    }

    /// Tells what the source is doing now.
    pub fn tell(&self, state: SourceState) {
        self.extent.send_if_modified(|extent| {
            let is_new = extent.state != state;
            extent.state = state;
            is_new
        });
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Chunk>> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Appends what of `bytes` belongs to the last chunk, beginning a new one where it is full, and returns the rest.
fn append<'a>(chunks: &mut VecDeque<Chunk>, bytes: &'a [u8], chunk_bytes: usize) -> &'a [u8] {
    let full = chunks.back().is_none_or(|last| {
        let ends_a_line = last.bytes.last() == Some(&b'\n');
        last.bytes.len() >= chunk_bytes && (ends_a_line || last.bytes.len() >= 4 * chunk_bytes)
    });
    if full {
        let start = chunks.back().map_or(0, Chunk::end);
        chunks.push_back(Chunk { start, bytes: Vec::new() });
    }
    let last = chunks.back_mut().expect("a chunk was just made");
    // Up to the line end at which the chunk is full; a line without an end fills up to four chunks.
    let room = chunk_bytes.saturating_sub(last.bytes.len());
    let most = (4 * chunk_bytes).saturating_sub(last.bytes.len()).min(bytes.len());
    let take = match bytes.get(room.saturating_sub(1)..most) {
        Some(behind) => memchr::memchr(b'\n', behind).map_or(most, |at| room.saturating_sub(1) + at + 1),
        None => most,
    };
    last.bytes.extend_from_slice(&bytes[..take]);
    &bytes[take..]
}

impl Text for RingText {
    fn extent(&self) -> Extent {
        self.extent.borrow().clone()
    }

    fn changes(&self) -> watch::Receiver<Extent> {
        self.extent.subscribe()
    }

    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let chunks = self.lock();
        if generation != self.generation || chunks.front().is_some_and(|first| offset < first.start) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let first = chunks.partition_point(|chunk| chunk.end() <= offset);
        let mut read = 0;
        for chunk in chunks.range(first..) {
            let from = (offset + read as u64 - chunk.start) as usize;
            let part = &chunk.bytes[from..];
            let length = part.len().min(buffer.len() - read);
            buffer[read..read + length].copy_from_slice(&part[..length]);
            read += length;
            if read == buffer.len() {
                break;
            }
        }
        Ok(read)
    }

    fn is_bounded(&self) -> bool {
        true
    }

    fn origin(&self, place: Place) -> (SourceId, Place) {
        (self.id, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(ring: &RingText, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; length];
        let read = ring.read_at(ring.extent().generation, offset, &mut buffer)?;
        buffer.truncate(read);
        Ok(buffer)
    }

    #[test]
    fn what_was_pushed_is_read_back_wherever_one_starts() {
        let ring = RingText::new(SourceId(3), 1 << 20);
        let mut all = Vec::new();
        for number in 0..20_000 {
            let line = format!("line {number}\n");
            ring.push(line.as_bytes());
            all.extend_from_slice(line.as_bytes());
        }
        assert_eq!(ring.extent().end, all.len() as u64);
        for offset in [0, 1, 131_071, 131_072, 200_000, all.len() - 1] {
            let wanted = &all[offset..all.len().min(offset + 50_000)];
            assert_eq!(read(&ring, offset as u64, 50_000).unwrap(), wanted);
        }
        assert_eq!(read(&ring, all.len() as u64, 10).unwrap(), b"");
        assert_eq!(ring.origin(Place { generation: 0, offset: 5 }).0, SourceId(3));
    }

    #[test]
    fn the_oldest_lines_go_and_each_is_counted() {
        let ring = RingText::new(SourceId(0), 1000);
        let mut all = Vec::new();
        for number in 0..5000 {
            let line = format!("{number}\n");
            // Pushed in pieces that do not respect lines.
            let (left, right) = line.split_at(line.len() / 2);
            ring.push(left.as_bytes());
            ring.push(right.as_bytes());
            all.extend_from_slice(line.as_bytes());
            let extent = ring.extent();
            assert!(extent.end - extent.start <= 1200, "it stays bounded");
            let start = extent.start as usize;
            assert!(start == 0 || all[start - 1] == b'\n', "it begins with a whole line");
            assert_eq!(extent.rows_gone, all[..start].iter().filter(|&&byte| byte == b'\n').count() as u64);
        }
        let extent = ring.extent();
        assert!(extent.start > 0);
        assert_eq!(read(&ring, extent.start, 5000).unwrap(), &all[extent.start as usize..]);
        assert_eq!(read(&ring, extent.start - 1, 1).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(
            ring.read_at(extent.generation ^ 1, extent.start, &mut [0]).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    #[test]
    fn one_big_push_is_cut_into_chunks_at_line_ends() {
        let ring = RingText::new(SourceId(0), 800);
        let text = "0123456789\n".repeat(1000);
        ring.push(text.as_bytes());
        let extent = ring.extent();
        assert_eq!(extent.start % 11, 0);
        assert_eq!(extent.rows_gone, extent.start / 11);
        assert!(extent.end - extent.start <= 800);
    }

    #[test]
    fn a_line_without_an_end_stays_bounded() {
        let ring = RingText::new(SourceId(0), 800);
        for _ in 0..1000 {
            ring.push(&[b'x'; 100]);
        }
        let extent = ring.extent();
        assert!(extent.end - extent.start <= 1200);
        assert_eq!(extent.rows_gone, 0, "its end is still there");
    }

    #[tokio::test]
    async fn a_push_and_the_end_are_told() {
        let ring = RingText::new(SourceId(0), 800);
        let mut changes = ring.changes();
        ring.push(b"a\n");
        changes.changed().await.unwrap();
        assert_eq!(changes.borrow_and_update().end, 2);
        ring.tell(SourceState::Ended);
        changes.changed().await.unwrap();
        assert_eq!(changes.borrow_and_update().state, SourceState::Ended);
        ring.tell(SourceState::Ended);
        assert!(!changes.has_changed().unwrap());
    }
}
