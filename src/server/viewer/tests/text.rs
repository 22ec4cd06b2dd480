//! A text in memory that grows, loses its beginning as a ring does, and is replaced as a file is.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use tokio::sync::watch;

use crate::log::index::line_feeds;
use crate::server::sources::file::FileText;
use crate::server::sources::text::{Extent, Text};
use crate::world::stream::{Place, SourceId, SourceState};

pub struct MemoryText {
    source: SourceId,
    held: Mutex<Held>,
    extent: watch::Sender<Extent>,
    /// Whether reads of a megabyte and more, as the index makes them, wait.
    slow: Mutex<bool>,
    quick: Condvar,
}

struct Held {
    generation: u32,
    bytes: Vec<u8>,
    start: u64,
}

impl MemoryText {
    pub fn new(bytes: impl Into<Vec<u8>>) -> Arc<Self> {
        Self::of(super::SOURCE, bytes)
    }

    pub fn of(source: SourceId, bytes: impl Into<Vec<u8>>) -> Arc<Self> {
        let held = Held { generation: 0, bytes: bytes.into(), start: 0 };
        let extent = watch::Sender::new(held.extent());
        Arc::new(Self { source, held: Mutex::new(held), extent, slow: Mutex::default(), quick: Condvar::new() })
    }

    /// Makes large reads wait, or lets them go on.
    pub fn hold_large_reads(&self, hold: bool) {
        *self.slow.lock().unwrap() = hold;
        self.quick.notify_all();
    }

    pub fn append(&self, bytes: &[u8]) {
        self.change(|held| held.bytes.extend_from_slice(bytes));
    }

    /// Lets go of whole lines before `offset`.
    pub fn lose_before(&self, offset: u64) {
        self.change(|held| {
            let feed = held.bytes[..offset as usize].iter().rposition(|byte| *byte == b'\n');
            held.start = held.start.max(feed.map_or(0, |feed| feed as u64 + 1));
        });
    }

    pub fn replace(&self, bytes: &[u8]) {
        self.change(|held| *held = Held { generation: held.generation + 1, bytes: bytes.to_vec(), start: 0 });
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.held.lock().unwrap().bytes.clone()
    }

    fn change(&self, change: impl FnOnce(&mut Held)) {
        let mut held = self.held.lock().unwrap();
        change(&mut held);
        self.extent.send_replace(held.extent());
    }
}

impl Held {
    fn extent(&self) -> Extent {
        Extent {
            generation: self.generation,
            start: self.start,
            end: self.bytes.len() as u64,
            rows_gone: line_feeds(&self.bytes[..self.start as usize]),
            state: SourceState::Live,
        }
    }
}

impl Text for MemoryText {
    fn extent(&self) -> Extent {
        self.extent.borrow().clone()
    }

    fn changes(&self) -> watch::Receiver<Extent> {
        self.extent.subscribe()
    }

    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.len() >= 1024 * 1024 {
            drop(self.quick.wait_while(self.slow.lock().unwrap(), |slow| *slow).unwrap());
        }
        let held = self.held.lock().unwrap();
        if generation != held.generation || offset < held.start {
            return Err(io::ErrorKind::NotFound.into());
        }
        let from = held.bytes.len().min(offset as usize);
        // At most a few bytes short of what was asked, as files may do.
        let count = buffer.len().min(held.bytes.len() - from).min(300_007);
        buffer[..count].copy_from_slice(&held.bytes[from..from + count]);
        Ok(count)
    }

    fn origin(&self, place: Place) -> (SourceId, Place) {
        (self.source, place)
    }
}

/// A file, and how many of its bytes were read.
pub struct Counted(FileText, AtomicU64);

impl Counted {
    pub fn new(file: FileText) -> Self {
        Self(file, AtomicU64::new(0))
    }

    pub fn read_bytes(&self) -> u64 {
        self.1.load(Ordering::Relaxed)
    }
}

impl Text for Counted {
    fn extent(&self) -> Extent {
        self.0.extent()
    }

    fn changes(&self) -> watch::Receiver<Extent> {
        self.0.changes()
    }

    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.1.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        self.0.read_at(generation, offset, buffer)
    }

    fn file(&self, generation: u32) -> Option<Arc<File>> {
        self.0.file(generation)
    }

    fn origin(&self, place: Place) -> (SourceId, Place) {
        self.0.origin(place)
    }
}
