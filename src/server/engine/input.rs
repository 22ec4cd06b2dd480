//! A log to be read: a file by offset, or whatever comes as one stream of bytes (a pipe, a packed file).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::UNIX_EPOCH;
use std::{error, fmt};

use super::changes::Changes;
use super::packed;
use super::sample::Sample;
use super::stream::Stream;
use crate::log::format::Format;
use crate::log::time::{Clockwork, Zone};
use crate::server::page_buffer::read_at_most;

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
    pub(super) changes: Mutex<Changes>,
    pub(super) begins: u64,
    pub(super) chunk_bytes: usize,
    /// For each chunk, a time before which its entries are; empty where they say their days themselves.
    pub(super) references: Vec<i64>,
    pub(super) body: Body,
}

pub(super) enum Body {
    /// A file, read from anywhere by anybody: `next` is the first chunk that nobody has taken; `blank` and `timeless` the
    /// longest stretches known to hold no line feed, and no time.
    File { file: File, next: AtomicU64, blank: Mutex<(u64, u64)>, timeless: Mutex<(u64, u64)> },
    /// A stream, read by one after the other.
    Stream(Mutex<Stream>),
}

/// Why a log cannot be read.
#[derive(Debug)]
pub struct InputError {
    name: String,
    error: io::Error,
}

impl InputError {
    /// Of the log with this name.
    #[must_use]
    pub fn new(name: &str, error: io::Error) -> Self {
        Self { name: name.to_owned(), error }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.error)
    }
}

impl error::Error for InputError {}

/// Bytes at the beginning of a log by which its format is detected.
const SAMPLE_BYTES: usize = 256 * 1024;
/// A mark that says UTF-8 and is no text.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

impl Input {
    /// Opens a log; `-` is standard input.
    ///
    /// # Errors
    /// It is no file, or cannot be read.
    pub fn open(path: &Path, reading: &Reading) -> Result<Self, InputError> {
        let name = path.to_string_lossy().into_owned();
        let opened = if name == "-" {
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
        let since_1970 = facts.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified_nanos = since_1970.and_then(|time| i64::try_from(time.as_nanos()).ok());
        let reference_nanos = modified_nanos.unwrap_or(reading.now_nanos);
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
            return Self::stream(name, packed::unpack(file, &head)?, reference_nanos, reading);
        }
        let begins = if head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        let sample = Sample::of(&head[begins..], reference_nanos, reading);
        let mut input = Self {
            name: name.to_owned(),
            changes: Mutex::new(Changes::of(&sample, begins as u64, reading)),
            sample,
            bytes: Some(facts.len()),
            begins: begins as u64,
            carries_time: false,
            chunk_bytes: reading.chunk_bytes,
            references: Vec::new(),
            body: Body::File { file, next: AtomicU64::new(0), blank: Mutex::default(), timeless: Mutex::default() },
        };
        input.reckon_days().map(|()| input)
    }

    pub(super) fn stream(
        name: &str,
        reader: Box<dyn Read + Send>,
        reference_nanos: i64,
        reading: &Reading,
    ) -> io::Result<Self> {
        let mut stream = Stream::of(reader, Clockwork::new(reference_nanos, reading.zone.clone()));
        // What it is packed with, or how its text is written, stands in its first bytes.
        let head = stream.read_at_least(packed::MARK_BYTES, reading.chunk_bytes)?;
        if packed::is_packed(head) {
            let (head, reader) = stream.into_parts();
            let unpacked = packed::unpack(io::Cursor::new(head.clone()).chain(reader), &head)?;
            return Self::stream(name, unpacked, reference_nanos, reading);
        }
        let begins = if head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        stream.skip(begins);
        // As much as of a file: what comes in the first piece depends on who was faster.
        let head = stream.read_at_least(SAMPLE_BYTES, SAMPLE_BYTES)?;
        let sample = Sample::of(&head[..head.len().min(SAMPLE_BYTES)], reference_nanos, reading);
        stream.clockwork = sample.clockwork_before(reference_nanos);
        Ok(Self {
            name: name.to_owned(),
            changes: Mutex::new(Changes::of(&sample, begins as u64, reading)),
            sample,
            bytes: None,
            begins: begins as u64,
            carries_time: false,
            chunk_bytes: reading.chunk_bytes,
            references: Vec::new(),
            body: Body::Stream(Mutex::new(stream)),
        })
    }

    /// How its first entries are read; each chunk knows the formats of its own.
    #[must_use]
    pub fn format(&self) -> &Format {
        &self.sample.detection.format
    }
}
