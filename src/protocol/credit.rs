//! Credit: how the end that takes paces the end that sends, in absolute counts that only grow.
//!
//! The sender of a stream owns a [`Window`], its receiver a [`Taker`]. What a world has taken is granted again; what only
//! lies in a queue is not. So a slow world slows its own streams and nothing else.
//!
//! A grant goes out when half of a window is due, so whatever is sent at once must fit into half a window.

use super::message::Credit;
use super::reason::ProtocolError;

/// The sender's side of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    granted: Credit,
    sent: Credit,
}

impl Window {
    /// Returns a window in which nothing was sent yet.
    #[must_use]
    pub const fn new(granted: Credit) -> Self {
        Self { granted, sent: Credit { items: 0, bytes: 0 } }
    }

    /// Whether `items` entries in `bytes` bytes may be sent now.
    #[must_use]
    pub const fn may_send(&self, items: u64, bytes: u64) -> bool {
        let room = self.room();
        items <= room.items && bytes <= room.bytes
    }

    /// How much may be sent now.
    #[must_use]
    pub const fn room(&self) -> Credit {
        Credit {
            items: self.granted.items.saturating_sub(self.sent.items),
            bytes: self.granted.bytes.saturating_sub(self.sent.bytes),
        }
    }

    /// Counts what is sent. The caller has asked [`Window::may_send`]; what goes beyond is counted all the same, so that
    /// nothing more passes until it is paid back.
    pub const fn sent(&mut self, items: u64, bytes: u64) {
        self.sent.items = self.sent.items.saturating_add(items);
        self.sent.bytes = self.sent.bytes.saturating_add(bytes);
    }

    /// Takes a grant from the peer.
    ///
    /// # Errors
    /// [`ProtocolError::Credit`] when either count shrinks; the window is unchanged then.
    pub const fn grant(&mut self, credit: Credit) -> Result<(), ProtocolError> {
        if credit.items < self.granted.items || credit.bytes < self.granted.bytes {
            return Err(ProtocolError::Credit);
        }
        self.granted = credit;
        Ok(())
    }

    /// What was granted in all.
    #[must_use]
    pub const fn granted(&self) -> Credit {
        self.granted
    }
}

/// The receiver's side of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    window: Credit,
    granted: Credit,
    received: Credit,
    taken: Credit,
}

impl Taker {
    /// Returns a receiver whose stream starts with `window` and keeps that much open ahead of what is taken.
    #[must_use]
    pub const fn new(window: Credit) -> Self {
        Self { window, granted: window, received: Credit { items: 0, bytes: 0 }, taken: Credit { items: 0, bytes: 0 } }
    }

    /// Counts what arrived.
    ///
    /// # Errors
    /// [`ProtocolError::Credit`] when the sender went beyond what was granted.
    pub const fn received(&mut self, items: u64, bytes: u64) -> Result<(), ProtocolError> {
        let received = Credit {
            items: self.received.items.saturating_add(items),
            bytes: self.received.bytes.saturating_add(bytes),
        };
        if received.items > self.granted.items || received.bytes > self.granted.bytes {
            return Err(ProtocolError::Credit);
        }
        self.received = received;
        Ok(())
    }

    /// Counts what the world has taken and returns the grant to send, once half of the window is due again.
    /// The world cannot take more than arrived: what it claims beyond is not believed.
    pub fn taken(&mut self, items: u64, bytes: u64) -> Option<Credit> {
        self.taken.items = self.taken.items.saturating_add(items).min(self.received.items);
        self.taken.bytes = self.taken.bytes.saturating_add(bytes).min(self.received.bytes);
        let grant = Credit {
            items: self.taken.items.saturating_add(self.window.items).max(self.granted.items),
            bytes: self.taken.bytes.saturating_add(self.window.bytes).max(self.granted.bytes),
        };
        let is_due = (grant.items - self.granted.items) * 2 >= self.window.items.max(1)
            || (grant.bytes - self.granted.bytes) * 2 >= self.window.bytes.max(1);
        is_due.then(|| {
            self.granted = grant;
            grant
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Credit = Credit { items: 10, bytes: 1_000 };

    #[test]
    fn a_window_sends_up_to_its_watermark_and_not_one_beyond() {
        let mut window = Window::new(WINDOW);
        assert!(window.may_send(10, 1_000));
        assert!(!window.may_send(11, 1));
        assert!(!window.may_send(1, 1_001));
        window.sent(10, 400);
        assert!(!window.may_send(1, 1), "items are used up though bytes are not");
        assert_eq!(window.room(), Credit { items: 0, bytes: 600 });
    }

    #[test]
    fn a_grant_is_absolute_and_the_same_one_twice_changes_nothing() {
        let mut window = Window::new(WINDOW);
        window.sent(10, 1_000);
        let more = Credit { items: 15, bytes: 1_500 };
        window.grant(more).expect("it grows");
        window.grant(more).expect("it stays");
        assert_eq!(window.room(), Credit { items: 5, bytes: 500 });
    }

    #[test]
    fn a_grant_that_shrinks_is_refused_and_changes_nothing() {
        let mut window = Window::new(WINDOW);
        for less in [Credit { items: 9, bytes: 2_000 }, Credit { items: 20, bytes: 999 }] {
            assert_eq!(window.grant(less), Err(ProtocolError::Credit));
            assert_eq!(window.granted(), WINDOW);
        }
    }

    #[test]
    fn an_overdrawn_window_stays_shut_until_it_is_paid_back() {
        let mut window = Window::new(WINDOW);
        window.sent(12, 0);
        window.grant(Credit { items: 12, bytes: 1_000 }).expect("it grows");
        assert!(!window.may_send(1, 0));
        window.grant(Credit { items: 13, bytes: 1_000 }).expect("it grows");
        assert!(window.may_send(1, 0));
    }

    #[test]
    fn a_receiver_refuses_what_it_did_not_grant() {
        let mut taker = Taker::new(WINDOW);
        taker.received(10, 900).expect("it was granted");
        assert_eq!(taker.received(1, 1), Err(ProtocolError::Credit));
        assert_eq!(Taker::new(WINDOW).received(1, 1_001), Err(ProtocolError::Credit));
    }

    #[test]
    fn only_what_the_world_took_is_granted_again_and_in_portions() {
        let mut taker = Taker::new(WINDOW);
        taker.received(10, 100).expect("it was granted");
        assert_eq!(taker.taken(4, 40), None, "less than half a window");
        assert_eq!(taker.taken(1, 10), Some(Credit { items: 15, bytes: 1_050 }));
        assert_eq!(taker.taken(50, 5_000), Some(Credit { items: 20, bytes: 1_100 }), "it took no more than arrived");
    }

    #[test]
    fn a_sender_and_a_receiver_never_deadlock_and_never_break_credit() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut draw = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let (mut window, mut taker) = (Window::new(WINDOW), Taker::new(WINDOW));
        let (mut queue, mut passed) = (std::collections::VecDeque::new(), 0_u64);
        for _ in 0..10_000 {
            let batch = (1 + draw(5), 1 + draw(300));
            if window.may_send(batch.0, batch.1) {
                window.sent(batch.0, batch.1);
                taker.received(batch.0, batch.1).expect("the window asked first");
                queue.push_back(batch);
            } else {
                let (items, bytes) = queue.pop_front().expect("a shut window means that something lies in the queue");
                passed += items;
                if let Some(credit) = taker.taken(items, bytes) {
                    window.grant(credit).expect("a grant never shrinks");
                }
            }
        }
        assert!(passed > 5_000, "{passed} entries passed");
    }
}
