//! Memory for the hits of all results, and for what is summed up: bounded together, whoever asks.
//!
//! A hit takes one to three bytes, a summary a megabyte or two. A result that finds more than there is room for keeps its newest
//! hits and says so, a summary is of the newest entries that there is room for; one that holds little may always grow, so that
//! nobody's large result leaves others without an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What all results may take together, about: some 200 million hits.
const BYTES_MAX: usize = 256 << 20;
/// What each may take in any case: about a million.
const OWN_BYTES: usize = 1 << 20;

/// What is said where there is no room for older hits.
pub(in crate::server::viewer) const FULL: &str =
    "This finds more than can be kept: only the newest hits are shown. A narrower filter shows all of its own.";

/// The memory of all results.
#[derive(Debug)]
pub struct HitRoom {
    bytes_max: usize,
    own_bytes: usize,
    taken: AtomicUsize,
}

impl Default for HitRoom {
    fn default() -> Self {
        Self::of(BYTES_MAX, OWN_BYTES)
    }
}

impl HitRoom {
    /// So much for all together, and so much for each in any case.
    pub(in crate::server::viewer) const fn of(bytes_max: usize, own_bytes: usize) -> Self {
        Self { bytes_max, own_bytes, taken: AtomicUsize::new(0) }
    }
}

/// What one result takes of it; given back when that is dropped.
#[derive(Debug)]
pub(super) struct Share {
    room: Arc<HitRoom>,
    bytes: usize,
}

impl Share {
    /// Nothing yet.
    pub(super) const fn of(room: Arc<HitRoom>) -> Self {
        Self { room, bytes: 0 }
    }

    /// Takes so many bytes instead of those before; returns whether that is too much.
    pub(super) fn is_too_much(&mut self, bytes: usize) -> bool {
        let before = std::mem::replace(&mut self.bytes, bytes);
        self.room.taken.fetch_sub(before, Ordering::Relaxed);
        let taken = self.room.taken.fetch_add(bytes, Ordering::Relaxed) + bytes;
        taken > self.room.bytes_max && bytes > self.room.own_bytes
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
