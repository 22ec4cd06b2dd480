//! A world whose lanes are open, and every way in which a world ends.

use super::*;

impl World {
    /// Its lanes start anew.
    pub(super) fn opens(self, id: WorldId, stream: StreamId, credit: Credit, tell: Tell) -> (Self, Wants) {
        let takers = Box::new([Taker::new(credit); LANES as usize]);
        let world = Self { state: State::Active { id, stream, takers }, failed_tries: 0, ..self };
        (world, vec![Want::Shell(WorldEffect::Tell(tell))])
    }

    /// The world has a message for the server. While the socket is lost it is dropped: the world knows, and asks again.
    pub(super) fn speaks(self, pace: Pace<'_>, lane: Lane, kind: FrameType, body: Vec<u8>) -> (Self, Wants) {
        if !self.has_sandbox() {
            return (self, Vec::new());
        }
        let room = (pace.limits.frame_bytes as usize).saturating_sub(HEADER_BYTES);
        if !kind.is_from_world() || lane.0 >= LANES || body.len() > room {
            return self.fails("it sent a message that a world may not send".into());
        }
        match self.state {
            State::Active { stream, .. } => (self, vec![Want::Send { kind, stream: stream.lane(lane), body }]),
            State::Suspended { .. } => (self, Vec::new()),
            _ => self.fails("it spoke before it was active".into()),
        }
    }

    /// Grants again what the world has taken.
    pub(super) fn takes(mut self, lane: Lane, items: u64, bytes: u64) -> (Self, Wants) {
        let State::Active { stream, takers, .. } = &mut self.state else { return (self, Vec::new()) };
        let grant = takers.get_mut(usize::from(lane.0)).and_then(|taker| taker.taken(items, bytes));
        let wants = grant
            .map(|credit| Want::Send { kind: FrameType::Credit, stream: stream.lane(lane), body: encode(&credit) })
            .into_iter()
            .collect();
        (self, wants)
    }

    /// The server has something for the world.
    pub(super) fn receives(mut self, env: &Env<'_>, lane: Lane, kind: FrameType, body: &[u8]) -> (Self, Wants) {
        let State::Active { takers, .. } = &mut self.state else { return (self, Vec::new()) };
        let Some(taker) = takers.get_mut(usize::from(lane.0)) else { return (self, Vec::new()) };
        if kind == FrameType::Batch {
            let Some(items) = (env.batch_items)(body) else {
                let what = "a batch cannot be read";
                return (self, vec![Want::Broken(ProtocolError::Body { what })]);
            };
            if let Err(error) = taker.received(items, body.len() as u64) {
                return (self, vec![Want::Broken(error)]);
            }
        }
        (self, vec![Want::Shell(WorldEffect::Deliver { lane, kind, body: body.to_vec() })])
    }

    /// What was only asked for is asked again with a new key; what may live on waits.
    pub(super) fn loses_socket(self) -> (Self, Wants) {
        match self.state {
            State::AwaitingCookie { .. }
            | State::AwaitingProof { .. }
            | State::AwaitingCode { .. }
            | State::AwaitingReady { .. }
            | State::AwaitingVoucher { .. } => self.starts_over(),
            State::AwaitingAck { id, .. } => {
                (Self { state: State::Suspended { id, was_active: false }, ..self }, Vec::new())
            }
            State::Active { id, .. } => {
                let state = State::Suspended { id, was_active: true };
                (Self { state, ..self }, vec![Want::Shell(WorldEffect::Tell(Tell::Suspended))])
            }
            // Should the server still have it, the session sends Leave again.
            State::Closing { .. } => (Self { state: State::Closed, ..self }, Vec::new()),
            State::AwaitingKey
            | State::AwaitingSession { .. }
            | State::Suspended { .. }
            | State::Closed
            | State::Failed { .. } => (self, Vec::new()),
        }
    }

    /// The user stops it.
    pub(super) fn stops(self, now: Millis, pace: Pace<'_>) -> (Self, Wants) {
        let stop = self.has_sandbox().then_some(Want::Shell(WorldEffect::StopSandbox));
        match self.state {
            State::Closing { .. } | State::Closed | State::Failed { .. } => (self, Vec::new()),
            State::AwaitingKey
            | State::AwaitingSession { .. }
            | State::AwaitingCookie { .. }
            | State::Suspended { .. } => (Self { state: State::Closed, ..self }, stop.into_iter().collect()),
            State::AwaitingProof { id, .. }
            | State::AwaitingCode { id, .. }
            | State::AwaitingReady { id, .. }
            | State::AwaitingVoucher { id, .. }
            | State::AwaitingAck { id, .. }
            | State::Active { id, .. } => {
                let state = State::Closing { id, until: now.after(pace.timing.closing_millis) };
                let wants = stop.into_iter().chain([control(&Leave { world: id })]).collect();
                (Self { state, ..self }, wants)
            }
        }
    }

    /// It fails by this side's judgement: the server is told that nobody looks any more.
    pub(super) fn fails(self, why: String) -> (Self, Wants) {
        let leave = match self.state {
            State::AwaitingReady { id, .. }
            | State::AwaitingVoucher { id, .. }
            | State::AwaitingAck { id, .. }
            | State::Active { id, .. } => Some(control(&Leave { world: id })),
            _ => None,
        };
        let (world, mut wants) = self.dies(why);
        wants.extend(leave);
        (world, wants)
    }

    /// It is over: the server knows, or has nothing to know.
    pub(super) fn dies(self, why: String) -> (Self, Wants) {
        let stop = self.has_sandbox().then_some(Want::Shell(WorldEffect::StopSandbox));
        (Self { state: State::Failed { why }, ..self }, stop.into_iter().collect())
    }

    /// Whether a sandbox was started for this attempt.
    pub(super) const fn has_sandbox(&self) -> bool {
        matches!(
            self.state,
            State::AwaitingReady { .. }
                | State::AwaitingVoucher { .. }
                | State::AwaitingAck { .. }
                | State::Active { .. }
                | State::Suspended { .. }
        )
    }
}

/// A control message to send.
pub(super) fn control<M: Message>(message: &M) -> Want {
    Want::Send { kind: M::KIND, stream: StreamId::CONTROL, body: encode(message) }
}
