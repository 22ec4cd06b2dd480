//! A log to be read: a file by offset, or whatever comes as one stream of bytes (a pipe, a packed file).

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::{error, fmt};

use super::changes::Changes;
use super::format_map::FormatMap;
use super::sample::Sample;
use super::stream::{Stream, Waiter};
use crate::log::blocks::{Block, Blocks, Passed, Stretch};
use crate::log::format::Format;
use crate::log::lines;
use crate::log::time::{Clockwork, Zone};
use crate::server::clock::modified_nanos;
use crate::server::packed;
use crate::server::page_buffer::read_at_most;
use crate::server::scratch::{Room, ScratchFile};

/// How logs are to be read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The format of all of them; detected for each where there is none.
    pub format: Option<Format>,
    /// Formats of the user's own, which take part in the detection.
    pub own: Vec<Format>,
    /// The zone of times that name none.
    pub zone: Zone,
    /// The present, nanoseconds since 1970: no line of a stream is younger.
    pub now_nanos: i64,
    /// Bytes that are worked on at once.
    pub chunk_bytes: usize,
    /// Whether a packed log whose times leave out their day is unpacked to reckon it, as it is to be read.
    pub unpacks: bool,
}

/// What can be read from anywhere.
pub trait Bytes: Send + Sync {
    /// Fills `bytes` from `offset` on as far as there are any, and returns how many there were.
    ///
    /// # Errors
    /// They cannot be read.
    fn read_at_most(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;

    /// The file that it is, if it is one.
    fn as_file(&self) -> Option<&File> {
        None
    }
}

impl Bytes for File {
    fn read_at_most(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        read_at_most(self, offset, bytes)
    }

    fn as_file(&self) -> Option<&File> {
        Some(self)
    }
}

impl Bytes for Arc<File> {
    fn read_at_most(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        read_at_most(self, offset, bytes)
    }

    fn as_file(&self) -> Option<&File> {
        Some(self)
    }
}

/// One that nobody can find again, so it is no file to keep an index of.
impl Bytes for ScratchFile {
    fn read_at_most(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        read_at_most(self.as_file(), offset, bytes)
    }
}

/// A log that is being read. Its bytes are handed out once, in chunks of whole entries.
pub struct Input {
    /// Its name, as it was given.
    pub name: String,
    /// What its first lines say of it.
    pub sample: Sample,
    /// How much there is, where that is known.
    pub bytes: Option<u64>,
    /// Whether chunks are to know the time before them, which costs a look at the entry there.
    pub carries_time: bool,
    /// Whether all its entries answer what is asked, or none, where that is known without looking at them.
    pub answer: Option<bool>,
    /// Whether its chunks are handed out from the last to the first.
    pub(super) is_from_end: bool,
    pub(super) changes: Mutex<Changes>,
    pub(super) begins: u64,
    pub(super) chunk_bytes: usize,
    /// Where entries begin, ascending, and when they happened: so near to each other that the days of those between are told by
    /// them. Empty where entries say their days themselves.
    pub(super) references: Vec<(u64, i64)>,
    pub(super) body: Body,
}

pub(super) enum Body {
    /// A file or the like, read from anywhere by anybody.
    File {
        bytes: Box<dyn Bytes>,
        /// The first chunk that nobody has taken.
        next: AtomicU64,
        /// The longest stretch known to hold no line feed.
        blank: Mutex<(u64, u64)>,
        /// The longest stretch known to say no time.
        timeless: Mutex<(u64, u64)>,
        /// What is read of the entries that an index knows.
        listed: Vec<Stretch>,
        /// Behind those; from here on everything is read.
        listed_end: u64,
        /// What was passed over right before that.
        passed: Passed,
    },
    /// A stream, read by one after the other.
    Stream(Mutex<Stream>, Waiter),
}

/// Why a log cannot be read.
#[derive(Debug)]
pub struct InputError {
    name: String,
    error: io::Error,
}

impl InputError {
    /// That the log of this name cannot be read, and why.
    #[must_use]
    pub fn new(name: &str, error: io::Error) -> Self {
        Self { name: name.to_owned(), error }
    }

    /// Whether no further log can be opened either: the system lets no more files be open.
    #[must_use]
    pub fn is_for_all(&self) -> bool {
        let has = |errno: rustix::io::Errno| self.error.raw_os_error() == Some(errno.raw_os_error());
        has(rustix::io::Errno::MFILE) || has(rustix::io::Errno::NFILE)
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.error)
    }
}

impl error::Error for InputError {}

/// Bytes that are unpacked at once.
const UNPACKED_BYTES: usize = 256 * 1024;

/// Bytes at the beginning of a log by which its format is detected.
pub const SAMPLE_BYTES: usize = 256 * 1024;

/// The path that stands for standard input.
pub const STANDARD_INPUT: &str = "-";

impl Input {
    /// Opens a log; `-` is standard input.
    ///
    /// # Errors
    /// It is no file, or cannot be read.
    pub fn open(path: &Path, reading: &Reading) -> Result<Self, InputError> {
        let name = path.to_string_lossy().into_owned();
        let opened = if name == STANDARD_INPUT {
            Self::stream(&name, Box::new(io::stdin()), reading.now_nanos, reading)
        } else {
            Self::file(&name, path, reading)
        };
        opened.map_err(|error| InputError::new(&name, error))
    }

    fn file(name: &str, path: &Path, reading: &Reading) -> io::Result<Self> {
        let file = File::open(path)?;
        let facts = file.metadata()?;
        if facts.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let reference_nanos = modified_nanos(&facts).unwrap_or(reading.now_nanos);
        if !facts.is_file() {
            return Self::stream(name, Box::new(file), reading.now_nanos, reading);
        }
        let mut head = vec![0; SAMPLE_BYTES];
        let length = read_at_most(&file, 0, &mut head)?;
        head.truncate(length);
        if facts.len() == 0 && length > 0 {
            // Made while it is read, as the kernel's own are.
            return Self::stream(name, Box::new(file), reading.now_nanos, reading);
        }
        if packed::is_packed(&head) {
            let stream = |file| Self::stream(name, packed::unpack(file, &head)?, reference_nanos, reading);
            let packed = stream(file)?;
            if !packed.sample.lacks_days() || !reading.unpacks {
                return Ok(packed);
            }
            // Which day it is, is reckoned from the end. What is damaged on the way is read as far as it goes all the same.
            return packed.unpacked().or_else(|_| stream(File::open(path)?));
        }
        let begins = lines::mark_bytes(&head);
        let sample = Sample::of(&head[begins..], reference_nanos, reading);
        let changes = Changes::of(&sample, begins as u64, reading);
        let range = begins as u64..facts.len();
        Self::of_changing(name, Box::new(file), range, sample, changes, reading.chunk_bytes)
    }

    /// A stream that ends as a file without a name: all of it.
    fn unpacked(self) -> io::Result<Self> {
        let Body::Stream(stream, _) = self.body else { unreachable!("only streams are unpacked") };
        let mut reader = stream.into_inner().unwrap_or_else(PoisonError::into_inner).into_reader();
        let mut file = io::BufWriter::with_capacity(UNPACKED_BYTES, ScratchFile::new(&Room::of_disk())?);
        let bytes = io::copy(&mut reader, &mut file)?;
        let file = file.into_inner()?;
        let changes = self.changes.into_inner().unwrap_or_else(PoisonError::into_inner);
        Self::of_changing(&self.name, Box::new(file), 0..bytes, self.sample, changes, self.chunk_bytes)
    }

    /// A file that is open already, as it is now, whose first lines say `sample` and which has these formats; `is_followed` says
    /// whether they were found by following its changes.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_file(
        name: &str,
        file: Arc<File>,
        sample: Sample,
        formats: FormatMap,
        is_followed: bool,
        chunk_bytes: usize,
    ) -> io::Result<Self> {
        let facts = file.metadata()?;
        let reference_nanos = modified_nanos(&facts).unwrap_or(sample.reference_nanos);
        let mut head = [0; lines::BYTE_ORDER_MARK.len()];
        let length = read_at_most(&file, 0, &mut head)?;
        let begins = lines::mark_bytes(&head[..length]) as u64;
        let sample = Sample { reference_nanos, ..sample };
        let changes = Changes::known(formats, is_followed);
        Self::of_changing(name, Box::new(file), begins..facts.len(), sample, changes, chunk_bytes)
    }

    /// A log whose entries stand in this range of `bytes`, an entry at its beginning; `sample` is of what the log begins with,
    /// and all is read in these formats.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn of_bytes(
        name: &str,
        bytes: Box<dyn Bytes>,
        range: Range<u64>,
        sample: Sample,
        formats: FormatMap,
        chunk_bytes: usize,
    ) -> io::Result<Self> {
        let changes = Changes::known(formats, false);
        Self::of_changing(name, bytes, range, sample, changes, chunk_bytes)
    }

    fn of_changing(
        name: &str,
        bytes: Box<dyn Bytes>,
        range: Range<u64>,
        sample: Sample,
        changes: Changes,
        chunk_bytes: usize,
    ) -> io::Result<Self> {
        let body = Body::File {
            bytes,
            next: AtomicU64::new(0),
            blank: Mutex::default(),
            timeless: Mutex::default(),
            listed: Vec::new(),
            listed_end: range.start,
            passed: Passed::default(),
        };
        let mut input = Self {
            name: name.to_owned(),
            changes: Mutex::new(changes),
            sample,
            bytes: Some(range.end),
            begins: range.start,
            carries_time: false,
            answer: None,
            is_from_end: false,
            chunk_bytes,
            references: Vec::new(),
            body,
        };
        input.reckon_days().map(|()| input)
    }

    pub(super) fn stream(
        name: &str,
        reader: Box<dyn Read + Send>,
        reference_nanos: i64,
        reading: &Reading,
    ) -> io::Result<Self> {
        let (mut stream, waiter) = Stream::of(reader, Clockwork::new(reference_nanos, reading.zone.clone()))?;
        // What it is packed with, or how its text is written, stands in its first bytes.
        let head = stream.head(packed::may_be_packed)?.to_vec();
        if packed::is_packed(&head) {
            drop(waiter);
            return Self::stream(name, packed::unpack(stream.into_reader(), &head)?, reference_nanos, reading);
        }
        let begins = lines::mark_bytes(&head);
        stream.skip(begins);
        let head = stream.sample(SAMPLE_BYTES)?;
        let sample = Sample::of(&head[..head.len().min(SAMPLE_BYTES)], reference_nanos, reading);
        stream.clockwork = sample.clockwork_before(reference_nanos);
        Ok(Self {
            name: name.to_owned(),
            changes: Mutex::new(Changes::of(&sample, begins as u64, reading)),
            sample,
            bytes: None,
            begins: begins as u64,
            carries_time: false,
            answer: None,
            is_from_end: false,
            chunk_bytes: reading.chunk_bytes,
            references: Vec::new(),
            body: Body::Stream(Mutex::new(stream), waiter),
        })
    }

    /// The file, where it is one that can be read anywhere: neither a stream nor packed.
    #[must_use]
    pub fn as_file(&self) -> Option<&File> {
        match &self.body {
            Body::File { bytes, .. } => bytes.as_file(),
            Body::Stream(..) => None,
        }
    }

    /// Leaves out the blocks of a file that `is_answered`; they are all of its first format. What stands behind them is read.
    pub fn pass_over(&mut self, blocks: &Blocks, is_answered: impl FnMut(&Block) -> bool) {
        let chunk_bytes = self.chunk_bytes as u64;
        let Body::File { listed, listed_end, passed, .. } = &mut self.body else { return };
        (*listed, *passed) = blocks.stretches(chunk_bytes, is_answered);
        *listed_end = blocks.end();
        self.changes.get_mut().unwrap_or_else(PoisonError::into_inner).trust(blocks.end());
    }

    /// Has the chunks of a file handed out anew, from the last to the first: each holds the same entries as the other way
    /// round. Returns whether that can be; a stream comes as it comes.
    pub fn from_end(&mut self) -> bool {
        let Body::File { next, .. } = &mut self.body else { return false };
        *next.get_mut() = 0;
        self.is_from_end = true;
        true
    }

    /// Nobody wants more of it: whoever waits for a stream to say something is let go.
    pub(super) fn give_up(&self) {
        if let Body::Stream(_, waiter) = &self.body {
            waiter.give_up();
        }
    }

    /// Whether it is read in another format from where it changes to that.
    #[must_use]
    pub fn follows_changes(&self) -> bool {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).are_followed()
    }

    /// How its first entries are read; each chunk knows the formats of its own.
    #[must_use]
    pub fn format(&self) -> &Format {
        &self.sample.detection.format
    }
}
