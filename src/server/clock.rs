//! The server's clocks: what time it is for the protocol (monotonic) and for logins (wall).
//!
//! Everything below takes time as an argument or asks a [`Clock`]; nothing else in the server reads the system's time.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::protocol::clock::Millis;

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// Unix time. It may jump; tokens, links and tickets live by it because they outlive the process.
    fn wall(&self) -> Millis;

    /// Time since some fixed moment of this process. It never jumps; deadlines and buckets live by it.
    fn steady(&self) -> Millis;
}

/// Unix time in nanoseconds, as logs count it.
#[must_use]
pub fn now_nanos() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_nanos()).unwrap_or(i64::MAX)
}

/// When a file was last written, as Unix time in nanoseconds.
#[must_use]
pub fn modified_nanos(facts: &Metadata) -> Option<i64> {
    facts.mtime().checked_mul(1_000_000_000)?.checked_add(facts.mtime_nsec())
}

/// The system's clocks. Steady time is tokio's, so that a paused runtime pauses it too.
#[derive(Debug)]
pub struct SystemClock {
    started: tokio::time::Instant,
}

impl SystemClock {
    /// A clock whose steady time starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { started: tokio::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn steady(&self) -> Millis {
        Millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

/// A clock that stands still until it is moved: for tests, and for whoever simulates.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: std::sync::atomic::AtomicU64,
}

impl ManualClock {
    /// A clock at this Unix time; its steady time is the same number.
    #[must_use]
    pub fn at(now: Millis) -> Self {
        Self { now: now.0.into() }
    }

    /// Moves both times on.
    pub fn advance(&self, millis: u64) {
        self.now.fetch_add(millis, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Millis {
        Millis(self.now.load(std::sync::atomic::Ordering::SeqCst))
    }

    fn steady(&self) -> Millis {
        self.wall()
    }
}
