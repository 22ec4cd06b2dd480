//! What every part of the running server shares.

use std::sync::Arc;

use leptos::config::LeptosOptions;
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::assets::Assets;
use super::clock::Clock;
use super::config::Config;
use super::crypto::{NativeCrypto, SystemRandom, random};
use super::login::{LoginFacts, Logins, SessionDirectory};
use super::origin::Origins;
use super::sessions::Hub;
use super::sources::Sources;
use super::store::{Memories, Tickets};
use crate::protocol::ids::{Epoch, SessionTag};
use crate::protocol::ticket::{Ticket, TicketKind};

/// How long a page ticket is good, in milliseconds.
pub const PAGE_TICKET_MILLIS: u64 = 60_000;

/// The build of this server; a page of another build reloads.
pub const BUILD: &str = env!("FRERETH_BUILD");

/// What every part of the running server shares.
pub struct State {
    /// The settings.
    pub config: Arc<Config>,
    /// What Leptos needs to know about the page.
    pub leptos: LeptosOptions,
    /// The origins of this server.
    pub origins: Origins,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The logins.
    pub logins: Arc<Logins>,
    /// What users' views remember.
    pub memories: Arc<dyn Memories>,
    /// The spent tickets.
    pub tickets: Arc<dyn Tickets>,
    /// Seals tickets; it outlives the process.
    pub ticket_key: Zeroizing<[u8; 32]>,
    /// Where the page's files come from.
    pub assets: Assets,
    /// The sessions at work.
    pub hub: Arc<Hub>,
    /// The logs.
    pub sources: Sources,
    /// The sessions, as the login sees them.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Why the server stops, once it does.
    pub stop: watch::Sender<Option<String>>,
}

impl State {
    /// Tells when the server begins to stop, and why: what the pages are told.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<Option<String>> {
        self.stop.subscribe()
    }

    /// A fresh page ticket, sealed: a new pending session of this login.
    #[must_use]
    pub fn page_ticket(&self, login: &LoginFacts) -> Vec<u8> {
        let wall = self.clock.wall();
        let ticket = Ticket {
            kind: TicketKind::Page,
            session: SessionTag(random()),
            login: login.id,
            id: random(),
            expires: wall.after(PAGE_TICKET_MILLIS).min(login.absolute_end),
            epoch: Epoch(0),
            worlds: Vec::new(),
        };
        ticket.seal(&self.ticket_key, &NativeCrypto, &mut SystemRandom, &login.origin)
    }
}
