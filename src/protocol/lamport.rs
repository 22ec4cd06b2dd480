//! The logical clock that each socket end keeps: one up on every send, past the peer's on every receive.

use super::reason::ProtocolError;

/// The largest value a clock may show: what a JavaScript number still counts exactly.
pub const LAMPORT_MAX: u64 = (1 << 53) - 1;

/// The farthest a peer's clock may run ahead of ours in one message.
pub const LAMPORT_JUMP_MAX: u64 = 1 << 32;

/// A Lamport clock.
///
/// # Source
/// Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978, rules IR1 and IR2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lamport(u64);

impl Lamport {
    /// A clock that already shows `value`.
    #[must_use]
    pub const fn at(value: u64) -> Self {
        Self(value)
    }

    /// What the clock shows now.
    #[must_use]
    pub const fn now(self) -> u64 {
        self.0
    }

    /// Ticks for a message that is about to be sent and returns the value it carries.
    pub fn send(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    /// Moves past the value that a received message carries.
    ///
    /// # Errors
    /// When the value jumps more than [`LAMPORT_JUMP_MAX`] ahead or exceeds [`LAMPORT_MAX`]; the clock is unchanged then.
    pub fn receive(&mut self, theirs: u64) -> Result<(), ProtocolError> {
        if theirs >= LAMPORT_MAX || theirs.saturating_sub(self.0) > LAMPORT_JUMP_MAX {
            return Err(ProtocolError::LamportJump { ours: self.0, theirs });
        }
        self.0 = self.0.max(theirs) + 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receive_moves_past_both_clocks() {
        let mut clock = Lamport::at(4);
        assert_eq!(clock.send(), 5);
        clock.receive(9).expect("a small step is fine");
        assert_eq!(clock.now(), 10);
        clock.receive(3).expect("an older value is fine");
        assert_eq!(clock.now(), 11);
    }

    #[test]
    fn a_jump_is_refused_and_leaves_the_clock_alone() {
        let mut clock = Lamport::at(1);
        for theirs in [LAMPORT_JUMP_MAX + 2, LAMPORT_MAX, u64::MAX] {
            assert_eq!(clock.receive(theirs), Err(ProtocolError::LamportJump { ours: 1, theirs }));
        }
        assert_eq!(clock.now(), 1);
    }
}
