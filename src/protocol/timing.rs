//! How long each step may take and how much each peer may have: every number of the handshake that can be configured.
//!
//! The server's numbers are settings; the page learns its own from [`super::message::Limits`] and keeps the rest here.

use super::frame::FRAME_BYTES_MAX;
use super::message::{Credit, Limits};

/// How fast a session may say Hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many at once after a rest.
    pub burst: u32,
    /// How many per second in the long run.
    pub per_second: u32,
    /// Lets everything pass; for measuring what a Hello costs.
    pub is_open: bool,
}

impl Default for Rate {
    fn default() -> Self {
        Self { burst: 20, per_second: 5, is_open: false }
    }
}

/// The server's deadlines and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// From an open socket to its first message.
    pub first_message_millis: u64,
    /// What the page is told: from Hello to the cookie.
    pub hello_millis: u64,
    /// What the page is told: from Initiate to the code.
    pub initiate_millis: u64,
    /// From the code served to a running world; the page is told the same.
    pub served_millis: u64,
    /// From a running world to its constructed command.
    pub forked_millis: u64,
    /// How long a session that lost its socket is kept.
    pub grace_millis: u64,
    /// How long a socket may take nothing before it is closed, resumable. Watched by the shell.
    pub stall_millis: u64,
    /// How long a command instance may take to end.
    pub closing_millis: u64,
    /// How long a dead world's key is remembered. Longer than a cookie lives, so that none outlives its tombstone.
    pub tombstone_millis: u64,
    /// How long the ticket for the next socket lives.
    pub ticket_millis: u64,
    /// How fast Hellos may come.
    pub hello_rate: Rate,
    /// Worlds one session may own.
    pub worlds_max: u32,
    /// The largest frame of an active session.
    pub frame_bytes_max: u32,
    /// The credit with which every stream starts.
    pub credit: Credit,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            first_message_millis: 500,
            hello_millis: 1_000,
            initiate_millis: 5_000,
            served_millis: 10_000,
            forked_millis: 5_000,
            grace_millis: 60_000,
            stall_millis: 10_000,
            closing_millis: 5_000,
            tombstone_millis: 150_000,
            ticket_millis: 60_000,
            hello_rate: Rate::default(),
            worlds_max: 8,
            frame_bytes_max: FRAME_BYTES_MAX as u32,
            credit: Credit { items: 20_000, bytes: 2 * 1024 * 1024 },
        }
    }
}

impl Timing {
    /// What the page is told of these numbers.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits {
            frame_bytes: self.frame_bytes_max,
            worlds: self.worlds_max,
            hello_millis: self.hello_millis,
            initiate_millis: self.initiate_millis,
            start_millis: self.served_millis,
            grace_millis: self.grace_millis,
        }
    }
}

/// The page's deadlines. Those of a world come with [`Limits`] and replace the ones here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageTiming {
    /// For the login key's signature, a ticket, an open socket: each.
    pub connect_millis: u64,
    /// From the first frame to Activated.
    pub activate_millis: u64,
    /// How old a ticket may be when it is used; the server's limit is a little later.
    pub ticket_millis: u64,
    /// The longest first pause between two tries; it doubles from try to try.
    pub pause_millis_min: u64,
    /// The longest pause between two tries.
    pub pause_millis_max: u64,
    /// An active session this old starts its pauses from the shortest again.
    pub steady_millis: u64,
    /// How long a world may take to end on the server.
    pub closing_millis: u64,
    /// How often one fork is tried, each time with a new key.
    pub fork_tries: u32,
}

impl Default for PageTiming {
    fn default() -> Self {
        Self {
            connect_millis: 10_000,
            activate_millis: 5_000,
            ticket_millis: 45_000,
            pause_millis_min: 250,
            pause_millis_max: 30_000,
            steady_millis: 10_000,
            closing_millis: 5_000,
            fork_tries: 3,
        }
    }
}
