//! How far a command is, on a terminal, when it takes more than a moment.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

use crate::server::engine::Input;

/// Silence before the first word.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time between two words.
const EVERY: Duration = Duration::from_millis(200);

/// A line on standard error that is written over again and again.
pub struct Progress {
    total_bytes: Option<u64>,
    read_bytes: u64,
    begun: Instant,
    said: Option<Instant>,
    is_wanted: bool,
}

impl Progress {
    /// Of reading these logs.
    pub fn of(inputs: &[Input]) -> Self {
        let total_bytes = inputs.iter().map(|input| input.bytes).sum();
        Self { total_bytes, read_bytes: 0, begun: Instant::now(), said: None, is_wanted: stderr().is_terminal() }
    }

    /// So many more bytes have been read.
    pub fn add(&mut self, bytes: u64) {
        self.read_bytes += bytes;
        let now = Instant::now();
        if !self.is_wanted || now - self.begun < PATIENCE || self.said.is_some_and(|said| now - said < EVERY) {
            return;
        }
        self.said = Some(now);
        let (read, read_mb) = (self.read_bytes, self.read_bytes / 1_000_000);
        let line = match self.total_bytes.filter(|total| *total > 0) {
            Some(total) => format!("{read_mb} of {} MB, {} %", total / 1_000_000, read.min(total) * 100 / total),
            None => format!("{read_mb} MB"),
        };
        let _ = write!(stderr(), "\r\x1b[K{line}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.said.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
