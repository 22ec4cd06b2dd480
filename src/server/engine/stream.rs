//! A log that comes as one stream of bytes, cut into chunks of whole entries by one thread after the other.
//!
//! A thread of its own reads it, so that what has come is handed out when nothing more comes for a while: who watches a pipe
//! sees each entry soon after it was written. Where that is before the bytes behind it have come by which a change of the
//! format is told ([`Changes`]), it is told by the last lines that have.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::changes::{Changes, LogBytes};
use super::chunk::{CONTINUES_BYTES, Chunk};
use super::entries::{Entries, last_time};
use super::input::Input;
use crate::log::blocks::Passed;
use crate::log::entry::Entry;
use crate::log::lines;
use crate::log::time::Clockwork;
use crate::server::page_buffer::PageBuffer;

/// Bytes read at once, and how often ahead of who takes them.
const PIECE_BYTES: usize = 256 * 1024;
const PIECES_AHEAD: usize = 4;
/// After a silence of this length, entries that are whole are handed out, however few ...
const QUIET: Duration = Duration::from_millis(100);
/// ... and after this, the last one too, to which nobody will add.
const SILENT: Duration = Duration::from_millis(250);
/// Lines that tell a format well enough, and how long is waited for so many.
const SAMPLE_LINES: usize = 8;
const SAMPLE_PATIENCE: Duration = Duration::from_secs(1);
/// The last lines, which tell a change to who does not wait, and how much of what was handed out is kept for that.
const LAST_LINES: usize = 6;
const LAST_BYTES: usize = 64 * 1024;

/// A stream, and what was read of it.
pub(super) struct Stream {
    pieces: Pieces,
    /// Read, but not handed out: the beginning of an entry that may go on.
    carry: Vec<u8>,
    /// Behind the last line feed in that.
    behind_lines: usize,
    /// The last lines that were handed out.
    last: Vec<u8>,
    offset: u64,
    pub(super) index: u64,
    is_over: bool,
    pub(super) clockwork: Clockwork,
    /// The last time said in what was handed out.
    time_before: Option<i64>,
    /// Why no more could be read.
    failed: Option<io::Error>,
}

/// What the reading thread has read.
struct Pieces {
    receiver: Receiver<io::Result<Vec<u8>>>,
    /// Whether nobody wants more.
    is_given_up: Arc<AtomicBool>,
    /// The rest of a piece, where they are read as one stream.
    rest: io::Cursor<Vec<u8>>,
}

impl Stream {
    pub(super) fn of(reader: Box<dyn Read + Send>, clockwork: Clockwork) -> io::Result<(Self, Waiter)> {
        let (pieces, waiter) = Pieces::read(reader)?;
        let stream = Self {
            pieces,
            carry: Vec::new(),
            behind_lines: 0,
            last: Vec::new(),
            offset: 0,
            index: 0,
            is_over: false,
            clockwork,
            time_before: None,
            failed: None,
        };
        Ok((stream, waiter))
    }

    /// What was read and not handed out, once that is all or no longer `tells_too_little`.
    ///
    /// # Errors
    /// There is nothing that could be read. What goes wrong later is said behind what was read before.
    pub(super) fn head(&mut self, tells_too_little: impl Fn(&[u8]) -> bool) -> io::Result<&[u8]> {
        while tells_too_little(&self.carry) && !self.is_over {
            self.take_piece(None);
        }
        self.failed.take_if(|_| self.carry.is_empty()).map_or(Ok(&self.carry), Err)
    }

    /// What tells the format: `bytes`, or as much as comes in a moment, a few lines at least if those come.
    pub(super) fn sample(&mut self, bytes: usize) -> io::Result<&[u8]> {
        let until = Instant::now() + SAMPLE_PATIENCE;
        while self.carry.len() < bytes && !self.is_over && Instant::now() < until {
            let has_lines = memchr::memchr_iter(b'\n', &self.carry).nth(SAMPLE_LINES).is_some();
            let patience = if has_lines { QUIET } else { until.saturating_duration_since(Instant::now()) };
            if !self.take_piece(Some(patience)) && has_lines {
                break;
            }
        }
        self.head(<[u8]>::is_empty)
    }

    /// Passes over the first bytes, which are there.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.carry.drain(..bytes);
        self.behind_lines = self.behind_lines.saturating_sub(bytes);
        self.offset += bytes as u64;
    }

    /// The whole stream again, nothing of which was handed out.
    pub(super) fn into_reader(self) -> impl Read + Send {
        let Self { carry, pieces, is_over, failed, .. } = self;
        // Behind the end, or a failure, nothing more comes.
        let rest = (!is_over).then_some(pieces);
        io::Cursor::new(carry).chain(Rest { rest, failed })
    }

    /// Takes what was read next; waits for it so long at most, and returns whether anything came.
    fn take_piece(&mut self, patience: Option<Duration>) -> bool {
        match self.pieces.next(patience) {
            Ok(Some(piece)) if piece.is_empty() => self.is_over = true,
            Ok(Some(piece)) => {
                if let Some(feed) = memchr::memrchr(b'\n', &piece) {
                    self.behind_lines = self.carry.len() + feed + 1;
                }
                self.carry.extend_from_slice(&piece);
            }
            Ok(None) => return false,
            // What was read before counts, and comes first.
            Err(error) => (self.is_over, self.failed) = (true, Some(error)),
        }
        true
    }

    /// Takes the next chunk; `None` behind the last.
    pub(super) fn next_chunk<'b>(
        &mut self,
        input: &Input,
        buffer: &'b mut PageBuffer,
    ) -> io::Result<Option<Chunk<'b>>> {
        let mut changes = input.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = self.wait_for_entries(input, &mut changes)?;
        if self.carry.is_empty() {
            return self.failed.take().map_or(Ok(None), Err);
        }
        let formats = changes.formats().between(self.offset..self.offset + whole as u64).into_owned();
        drop(changes);
        buffer.room(0, whole).copy_from_slice(&self.carry[..whole]);
        let offset = self.offset;
        self.skip(whole);
        self.index += 1;
        self.keep_last(buffer);
        let bytes = &buffer[..];
        let (clockwork, time_before) = (self.clockwork.clone(), self.time_before);
        if input.carries_time {
            self.time_before = last_time(Entries::over(&formats, bytes), true, &clockwork).ok().or(time_before);
        }
        if input.sample.lacks_days() || formats.lacks_days {
            // The day of the next chunk's times follows from this one's.
            let entries = Entries::over(&formats, bytes);
            for range in entries.clone() {
                let _ = entries.read(range, &mut self.clockwork, Entry::default());
            }
        }
        let (index, passed) = (self.index - 1, Passed::default());
        Ok(Some(Chunk { index, offset, bytes, formats, clockwork, time_before, passed }))
    }

    /// Reads until there are entries enough, or some and nothing more comes, and returns how many bytes they have.
    fn wait_for_entries(&mut self, input: &Input, changes: &mut Changes) -> io::Result<usize> {
        let mut patience = Some(QUIET);
        loop {
            changes.find(self.end(), self)?;
            if self.is_over {
                return Ok(self.carry.len());
            }
            if self.carry.len() >= input.chunk_bytes / 4
                && let whole @ 1.. = self.whole_bytes(changes, changes.known_to())
            {
                return Ok(whole);
            }
            if self.take_piece(patience) {
                patience = Some(QUIET);
                continue;
            }
            let (last, at) = self.last_lines();
            changes.find_by_last(&last, at, self)?;
            if let whole @ 1.. = self.whole_bytes(changes, self.end()) {
                return Ok(whole);
            }
            // What is left is one entry: its lines may still be coming.
            patience = match patience {
                Some(QUIET) if self.behind_lines > 0 => Some(SILENT),
                Some(_) if self.behind_lines > 0 => return Ok(self.behind_lines),
                _ => None,
            };
        }
    }

    /// How much of what was read belongs to entries that are whole, for the next one has begun, at `until` at the latest.
    fn whole_bytes(&self, changes: &Changes, until: u64) -> usize {
        // Of the last line more may come, and what the one before it is may depend on it.
        if self.behind_lines == 0 {
            return 0;
        }
        let last = lines::before(&self.carry, self.behind_lines).start;
        let until = usize::try_from(until.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let mut start = lines::around(&self.carry, 0, last.saturating_sub(1).min(until)).start;
        while start > 0 {
            let (format, is_first) = changes.formats().at(self.offset + start as u64);
            let goes_on = !is_first && format.continues(&self.carry, lines::from(&self.carry, start));
            if !goes_on || (self.carry.len() - start) as u64 > CONTINUES_BYTES {
                return start;
            }
            start = lines::before(&self.carry, start).start;
        }
        0
    }

    /// Keeps the last whole lines of what is handed out.
    fn keep_last(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(&bytes[bytes.len().saturating_sub(LAST_BYTES)..]);
        let cut = self.last.len().saturating_sub(LAST_BYTES);
        let begin = if cut == 0 { 0 } else { lines::from(&self.last, cut).end };
        self.last.drain(..begin);
    }

    /// The last whole lines that have come, handed out or not, and where the first begins that was not.
    fn last_lines(&self) -> (Vec<&[u8]>, u64) {
        let mut newest_first: Vec<_> = lines::backward(&self.carry[..self.behind_lines]).take(LAST_LINES).collect();
        let at = newest_first.last().map_or(self.behind_lines, |line| line.offset);
        newest_first.extend(lines::backward(&self.last).take(LAST_LINES - newest_first.len()));
        (newest_first.iter().rev().map(|line| line.text).collect(), self.offset + at as u64)
    }
}

impl LogBytes for Stream {
    fn bytes(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
        let place = |at: u64| usize::try_from(at.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        Ok(Cow::Borrowed(&self.carry[place(range.start)..place(range.end)]))
    }

    fn begin(&self) -> u64 {
        self.offset
    }

    fn end(&self) -> u64 {
        self.offset + self.carry.len() as u64
    }

    fn is_over(&self) -> bool {
        self.is_over
    }
}

/// Ends the waiting for a stream that may never say anything any more.
pub(super) struct Waiter {
    is_given_up: Arc<AtomicBool>,
    sender: SyncSender<io::Result<Vec<u8>>>,
}

impl Waiter {
    /// Whoever waits, or will, is told that the stream is over.
    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::SeqCst);
        // Where there is no room, nobody waits.
        let _ = self.sender.try_send(Ok(Vec::new()));
    }
}

impl Pieces {
    /// Starts to read.
    fn read(reader: Box<dyn Read + Send>) -> io::Result<(Self, Waiter)> {
        let (sender, receiver) = sync_channel(PIECES_AHEAD);
        let is_given_up = Arc::new(AtomicBool::new(false));
        let waiter = Waiter { is_given_up: Arc::clone(&is_given_up), sender: sender.clone() };
        std::thread::Builder::new().name("frereth-stream".into()).spawn(move || read_pieces(reader, &sender))?;
        Ok((Self { receiver, is_given_up, rest: io::Cursor::default() }, waiter))
    }

    /// The next piece, empty at the end, behind which none may be asked for; `None` where it did not come in time.
    fn next(&self, patience: Option<Duration>) -> io::Result<Option<Vec<u8>>> {
        if self.is_given_up.load(Ordering::SeqCst) {
            return Ok(Some(Vec::new()));
        }
        let piece = match patience {
            Some(patience) => self.receiver.recv_timeout(patience),
            None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match piece {
            Ok(piece) => piece.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Ok(Some(Vec::new())),
        }
    }
}

fn read_pieces(mut reader: Box<dyn Read + Send>, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        // Damaged bytes must not end the thread without a word: whoever waits would wait for ever.
        let read = catch_unwind(AssertUnwindSafe(|| reader.read(&mut buffer)));
        let piece = match read.unwrap_or_else(|_| Err(io::Error::other("its bytes could not be unpacked"))) {
            Ok(0) => Ok(Vec::new()),
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = piece.as_ref().map_or(true, Vec::is_empty);
        if sender.send(piece).is_err() || is_last {
            return;
        }
    }
}

/// What was not read of a stream, and why no more of it can be.
struct Rest {
    rest: Option<Pieces>,
    failed: Option<io::Error>,
}

impl Read for Rest {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match (&mut self.rest, self.failed.take()) {
            (Some(rest), _) => rest.read(bytes),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(0),
        }
    }
}

/// The pieces one behind the other.
impl Read for Pieces {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.rest.position() as usize == self.rest.get_ref().len() {
            self.rest = io::Cursor::new(self.next(None)?.unwrap_or_default());
        }
        self.rest.read(bytes)
    }
}
