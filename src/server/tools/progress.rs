//! How far a command is, on a terminal, when it takes more than a moment.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

/// Silence before the first word.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time between two words.
const EVERY: Duration = Duration::from_millis(200);

/// A line on standard error that is written over again and again.
pub struct Progress {
    total_bytes: Option<u64>,
    begun: Instant,
    said: Option<Instant>,
    is_wanted: bool,
}

impl Progress {
    /// Of reading so many bytes, where that is known.
    pub fn new(total_bytes: Option<u64>) -> Self {
        Self { total_bytes, begun: Instant::now(), said: None, is_wanted: stderr().is_terminal() }
    }

    /// So many bytes have been read.
    pub fn tell(&mut self, bytes: u64) {
        let now = Instant::now();
        if !self.is_wanted || now - self.begun < PATIENCE || self.said.is_some_and(|said| now - said < EVERY) {
            return;
        }
        self.said = Some(now);
        let read_mb = bytes / 1_000_000;
        let line = match self.total_bytes.filter(|total| *total > 0) {
            Some(total) => format!("{read_mb} of {} MB, {} %", total / 1_000_000, bytes.min(total) * 100 / total),
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
