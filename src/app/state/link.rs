//! The link between components and the machinery below them: statuses to draw, wishes to pass on.
//!
//! The client provides a [`Link`] by context before hydration; the server provides [`Link::idle`].

use std::sync::Arc;

use leptos::prelude::*;

use crate::world::message::Event;
use crate::world::view::Op;

/// What the connection is doing; each state has words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The page has just been opened.
    Starting,
    /// The browser lacks something; it is named.
    Unsupported(String),
    /// A socket is being opened and activated.
    Connecting,
    /// The session is active.
    Active,
    /// The socket is lost; the next try is at this many milliseconds from when it was set.
    Waiting {
        /// Why the socket was lost.
        why: String,
        /// Until the next try.
        retry_millis: u64,
    },
    /// The session is over and nothing is tried by itself.
    Closed {
        /// Why.
        why: String,
        /// Whether logging in again is what helps.
        login: bool,
    },
}

/// What the shell world is doing; each state has words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldPhase {
    /// There is none yet.
    Absent,
    /// Hello is sent.
    Pending,
    /// Initiate is sent.
    Forking,
    /// The code is starting in the sandbox.
    Starting,
    /// It runs.
    Active,
    /// It waits for the socket.
    Suspended,
    /// It has not answered for a while.
    NotResponding,
    /// It failed or was stopped, with the reason.
    Failed(String),
}

/// A wish of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Try to connect now.
    Reconnect,
    /// Fork the shell anew.
    RestartWorld,
    /// Stop the world.
    StopWorld,
    /// Put [`Link::held_copy`] into the clipboard.
    CopyHeld,
    /// Put the address of what is shown into the clipboard.
    CopyAddress,
    /// The user went to another address of the same page.
    GoToAddress,
    /// Something happened in the world's view.
    World(Event),
}

/// The operations of one view message, numbered so that each is applied once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewChange {
    /// Counts messages; 0 clears the view before it applies.
    pub number: u64,
    /// The changes, already checked against the limits.
    pub ops: Vec<Op>,
}

/// Applies view changes to what is drawn.
pub type Draw = Arc<dyn Fn(ViewChange) + Send + Sync>;

/// What the components share with the client.
#[derive(Clone)]
pub struct Link {
    /// The connection.
    pub connection: RwSignal<Connection>,
    /// The shell world.
    pub world: RwSignal<WorldPhase>,
    /// A text that came too late for the clipboard: browsers want the press that asked for it to be fresh.
    pub held_copy: RwSignal<Option<String>>,
    /// Where the client puts the applier of view changes that the view component registers.
    pub draw: StoredValue<Option<Draw>>,
    /// Where a wish goes.
    pub wish: Arc<dyn Fn(Wish) + Send + Sync>,
}

impl Link {
    /// A link to nothing, for rendering on the server.
    #[must_use]
    pub fn idle() -> Self {
        Self {
            connection: RwSignal::new(Connection::Starting),
            world: RwSignal::new(WorldPhase::Absent),
            held_copy: RwSignal::new(None),
            draw: StoredValue::new(None),
            wish: Arc::new(|_| {}),
        }
    }
}
