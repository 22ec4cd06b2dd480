//! A text: the bytes of one source, addressed by offset, growing at the end.
//!
//! Files, pipes and the interleaving of all sources look alike through it. Everything above (index, filter, rows) reads
//! texts only, and never knows what is behind them.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use tokio::sync::watch;

use crate::world::stream::{Moved, Place, SourceId, SourceState};

/// What a text holds at one moment. Bytes before `start` are gone for good; `end` is behind the last byte there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The text's name, opaque and without order: equal exactly when it is the same text going on, across restarts too.
    /// Offsets of another generation mean nothing in this one.
    pub generation: u32,
    /// The first byte that can still be read.
    pub start: u64,
    /// Behind the last byte.
    pub end: u64,
    /// Whole entries that were before `start` and are gone, so that rows keep their numbers.
    pub rows_gone: u64,
    /// What the source is doing.
    pub state: SourceState,
}

impl Extent {
    /// Whether a place is one of this text: of its generation, and not behind all there is. A text only grows, so what
    /// knows more of it knows another one that is called alike.
    #[must_use]
    pub const fn has(&self, place: Place) -> bool {
        place.generation == self.generation && place.offset <= self.end
    }
}

/// The bytes of one source.
pub trait Text: Send + Sync + 'static {
    /// What there is now.
    fn extent(&self) -> Extent;

    /// Tells of each change of the extent. A receiver that is slow sees the newest only.
    fn changes(&self) -> watch::Receiver<Extent>;

    /// Reads bytes from `offset` on into `buffer`, as many as there are, and returns how many. Blocks: call it off the
    /// asynchronous threads when the text may be on a disk.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when the generation is not the current one or the bytes are gone;
    /// whatever the system says otherwise.
    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Whether the text lets go of its oldest bytes to stay bounded, as a pipe's buffer does.
    fn is_bounded(&self) -> bool {
        false
    }

    /// The stretch of this text around a place that one source wrote without a line of another between: all of it, but for
    /// the interleaving of all.
    fn stretch(&self, _place: Place) -> Range<u64> {
        0..u64::MAX
    }

    /// When something was last written, in nanoseconds since 1970, where somebody knows: no line is younger. Blocks.
    fn modified_nanos(&self) -> Option<i64> {
        None
    }

    /// The file that it is, if it is one and of this generation.
    fn file(&self, _generation: u32) -> Option<Arc<File>> {
        None
    }

    /// Where a place stands now, as far as the text knows it: a text that is put together anew knows its places of before.
    fn translate(&self, place: Place) -> Option<Place> {
        (place.generation == self.extent().generation).then_some(place)
    }

    /// How the lines were put in other orders since the text was called `from`, one after the other up to what is told now;
    /// `None` where more happened to it.
    fn moves(&self, from: u32) -> Option<Vec<Arc<Moved>>> {
        (from == self.extent().generation).then(Vec::new)
    }

    /// Whether all lines of the text as it was called `from` are in it still, wherever they stand now.
    fn keeps_all(&self, from: u32) -> bool {
        self.moves(from).is_some()
    }

    /// Whether what it holds was written long ago and comes piece by piece now.
    fn comes_whole(&self) -> bool {
        false
    }

    /// The source in which the byte at `offset` was written, with its place there: itself, but for the interleaving of all.
    fn origin(&self, place: Place) -> (SourceId, Place);
}

/// Reads into `buffer` from `offset` on as far as there are bytes, and returns how many there were. Blocks.
///
/// # Errors
/// As [`Text::read_at`].
pub fn read_at_most(text: &dyn Text, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match text.read_at(generation, offset + filled as u64, &mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// Fills `buffer` from `offset` on. Blocks.
///
/// # Errors
/// As [`Text::read_at`]; [`io::ErrorKind::NotFound`] too when there are fewer bytes: the text was cut meanwhile.
pub fn fill(text: &dyn Text, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let is_full = read_at_most(text, generation, offset, buffer)? == buffer.len();
    if is_full { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// A source: its number, its names and its text.
#[derive(Clone)]
pub struct Source {
    /// Its number.
    pub id: SourceId,
    /// A short name, unique among the sources.
    pub name: String,
    /// Where it comes from, in full.
    pub origin: String,
    /// Its bytes.
    pub text: Arc<dyn Text>,
}
