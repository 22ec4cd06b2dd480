//! Spent tickets: refused at once from memory, remembered on disk a moment later.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::embedded::Embedded;
use super::records::{Answer, StoreError, Tickets};
use crate::protocol::clock::Millis;
use crate::server::clock::Clock;

/// How long spends gather before they are written together.
const GATHER: Duration = Duration::from_millis(50);

/// Every ticket that was spent and is not over yet.
///
/// The set in memory decides, so within one process nothing is ever forgotten and of two racers exactly one wins. The file
/// follows in groups: one disk flush per spend would cost a thousand times the spend. What a crash can lose is the last
/// [`GATHER`] of spends, whose tickets are worth nothing without a fresh signature of the login key over an `Activate`
/// that names them, and that live for a minute.
pub struct SpentTickets {
    spent: Mutex<Spent>,
    clock: Arc<dyn Clock>,
    write: mpsc::UnboundedSender<Write>,
}

struct Spent {
    expires_by_id: HashMap<[u8; 16], Millis>,
    prune_at: Millis,
}

enum Write {
    Spent([u8; 16], Millis),
    Flush(oneshot::Sender<()>),
}

impl SpentTickets {
    /// Reads what is remembered and starts the task that remembers more. Needs a runtime.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn open(store: Arc<Embedded>, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let now = clock.wall();
        let expires_by_id = store.spent_tickets(now).await?.into_iter().collect();
        let (write, writes) = mpsc::unbounded_channel();
        tokio::spawn(remember(store, clock.clone(), writes));
        Ok(Self { spent: Mutex::new(Spent { expires_by_id, prune_at: now.after(PRUNE_MILLIS) }), clock, write })
    }

    /// Waits until everything spent so far is on disk.
    pub async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.write.send(Write::Flush(done)).is_ok() {
            // An error means that the task is gone, and with it whatever could be waited for.
            let _ = flushed.await;
        }
    }

    fn spend_now(&self, id: [u8; 16], expires: Millis) -> bool {
        let now = self.clock.wall();
        if expires <= now {
            return false;
        }
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= spent.prune_at {
            spent.expires_by_id.retain(|_, expires| *expires > now);
            spent.prune_at = now.after(PRUNE_MILLIS);
        }
        let is_first = spent.expires_by_id.insert(id, expires).is_none();
        drop(spent);
        if is_first {
            // Fails only while the runtime goes down: then nobody can come back with the ticket either.
            let _ = self.write.send(Write::Spent(id, expires));
        }
        is_first
    }
}

/// How often tickets that are over are forgotten.
const PRUNE_MILLIS: u64 = 60_000;

impl Tickets for SpentTickets {
    fn spend(&self, id: [u8; 16], expires: Millis) -> Answer<'_, bool> {
        let is_first = self.spend_now(id, expires);
        Box::pin(std::future::ready(Ok(is_first)))
    }
}

/// Writes what was spent, in groups, until nobody can spend any more.
async fn remember(store: Arc<Embedded>, clock: Arc<dyn Clock>, mut writes: mpsc::UnboundedReceiver<Write>) {
    while let Some(first) = writes.recv().await {
        let mut group = Vec::new();
        let mut waiting = Vec::new();
        let mut next = Some(first);
        loop {
            match next {
                Some(Write::Spent(id, expires)) => group.push((id, expires)),
                Some(Write::Flush(done)) => waiting.push(done),
                None => break,
            }
            next = match writes.try_recv() {
                Ok(write) => Some(write),
                Err(_) if waiting.is_empty() => tokio::time::timeout(GATHER, writes.recv()).await.ok().flatten(),
                Err(_) => None,
            };
        }
        if !group.is_empty()
            && let Err(error) = store.remember_spent(group, clock.wall()).await
        {
            tracing::error!(%error, "spent tickets are not remembered on disk");
        }
        for done in waiting {
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::clock::ManualClock;

    fn opened() -> (tempfile::TempDir, Arc<Embedded>, Arc<ManualClock>) {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let store = Arc::new(Embedded::open(&folder.path().join("s.redb")).expect("a fresh store"));
        (folder, store, Arc::new(ManualClock::at(Millis(1_000))))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_racers_exactly_one_spends_a_ticket() {
        let (_folder, store, clock) = opened();
        let tickets = Arc::new(SpentTickets::open(store, clock).await.expect("an open store"));
        for round in 0..50_u8 {
            let racers: Vec<_> = (0..8)
                .map(|_| {
                    let tickets = tickets.clone();
                    tokio::spawn(async move { tickets.spend([round; 16], Millis(61_000)).await.expect("spending") })
                })
                .collect();
            let mut winners = 0;
            for racer in racers {
                winners += u32::from(racer.await.expect("no panic"));
            }
            assert_eq!(winners, 1);
        }
    }

    #[tokio::test]
    async fn a_ticket_that_is_over_cannot_be_spent() {
        let (_folder, store, clock) = opened();
        let tickets = SpentTickets::open(store, clock.clone()).await.expect("an open store");
        assert!(!tickets.spend_now([1; 16], Millis(1_000)));
        assert!(tickets.spend_now([1; 16], Millis(1_001)));
    }

    #[tokio::test]
    async fn a_restart_remembers_what_was_spent_until_it_is_over() {
        let (_folder, store, clock) = opened();
        let tickets = SpentTickets::open(store.clone(), clock.clone()).await.expect("an open store");
        assert!(tickets.spend_now([1; 16], Millis(61_000)));
        assert!(tickets.spend_now([2; 16], Millis(500_000)));
        tickets.flush().await;
        let again = SpentTickets::open(store.clone(), clock.clone()).await.expect("an open store");
        assert!(!again.spend_now([1; 16], Millis(61_000)));
        clock.advance(61_000);
        let later = SpentTickets::open(store, clock).await.expect("an open store");
        assert_eq!(later.spent.lock().expect("no panic before").expires_by_id.len(), 1, "the short one is forgotten");
        assert!(!later.spend_now([2; 16], Millis(500_000)));
    }
}
