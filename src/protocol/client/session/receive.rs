//! What the server says: the frames of the socket.

use crate::protocol::codec::decode;
use crate::protocol::ids::{LANES, Lane, WorldId};
use crate::protocol::message::{AckForked, AckForking, Activated, Ended, Refused, ResumedWorld};
use crate::protocol::reason::Refusal;

use super::connect::VERSIONS;
use super::*;

impl Session {
    pub(super) fn message(&mut self, now: Millis, env: &mut Env<'_>, bytes: &[u8], out: &mut Vec<Effect>) {
        if let Err(error) = self.frame(now, env, bytes, out) {
            self.breaks(now, env, &error, out);
        }
    }

    fn frame(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        bytes: &[u8],
        out: &mut Vec<Effect>,
    ) -> Result<(), ProtocolError> {
        let waits_for = match &self.state {
            State::AwaitingActivated { .. } => "Activated is awaited",
            State::AwaitingResumed { .. } => "Resumed is awaited",
            State::Active { .. } => "the session is active",
            _ => return Ok(()),
        };
        let frame = Frame::decode(bytes, self.limits.frame_bytes as usize)?;
        self.lamport.receive(frame.lamport)?;
        match (&self.state, frame.kind) {
            (_, FrameType::Halt) => self.halted = Some(decode(frame.body)?),
            (State::AwaitingActivated { until, resumes }, FrameType::Activated) => {
                let (until, resumes) = (*until, *resumes);
                self.activated(now, env, decode(frame.body)?, until, resumes, out)?;
            }
            (State::AwaitingResumed { .. }, FrameType::Resumed) => {
                let resumed: Resumed = decode(frame.body)?;
                self.becomes_active(now, env, &resumed.worlds, out);
            }
            (State::Active { .. }, kind) if kind.is_to_world() => self.stream_frame(now, env, &frame, out)?,
            (State::Active { .. }, FrameType::Tickets) => self.has_tickets(now, decode(frame.body)?),
            (State::Active { .. }, FrameType::AckForking) => {
                let ack: AckForking = decode(frame.body)?;
                self.world_named(now, env, &ack.world, Heard::Cookie(&ack), out);
            }
            (State::Active { .. }, FrameType::Refused) => {
                let refused: Refused = decode(frame.body)?;
                let refusal = Refusal::from_number(refused.refusal)
                    .ok_or(ProtocolError::Body { what: "there is no such refusal" })?;
                self.world_named(now, env, &refused.world, Heard::Refused(refusal), out);
            }
            (State::Active { .. }, FrameType::AckForked) => {
                let ack: AckForked = decode(frame.body)?;
                self.has_tickets(now, ack.tickets.clone());
                self.knows_streams(ack.stream);
                self.world_named(now, env, &ack.world, Heard::Acknowledged(&ack), out);
            }
            (State::Active { .. }, FrameType::Ended) => {
                let ended: Ended = decode(frame.body)?;
                self.world_named(now, env, &ended.world, Heard::Ended { why: &ended.why }, out);
            }
            (_, kind) => return Err(ProtocolError::Unexpected { got: kind as u8, state: waits_for }),
        }
        Ok(())
    }

    fn activated(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        activated: Activated,
        until: Millis,
        resumes: bool,
        out: &mut Vec<Effect>,
    ) -> Result<(), ProtocolError> {
        if !VERSIONS.contains(&activated.version) {
            return Err(ProtocolError::Version { got: activated.version });
        }
        self.epoch = Some(activated.epoch);
        self.limits = activated.limits;
        self.shell = Some(activated.shell);
        self.has_tickets(now, activated.tickets);
        if resumes {
            self.state = State::AwaitingResumed { until };
        } else {
            self.becomes_active(now, env, &[], out);
        }
        Ok(())
    }

    /// Worlds learn what became of them; those that wait for a session say Hello.
    fn becomes_active(&mut self, now: Millis, env: &mut Env<'_>, kept: &[ResumedWorld], out: &mut Vec<Effect>) {
        self.state = State::Active { since: now };
        for world in kept {
            self.knows_streams(world.stream);
            match self.number_of(&world.world) {
                Some(number) => {
                    let heard = Heard::Kept { stream: world.stream, credit: world.credit };
                    self.world_hears(now, env, number, heard, out);
                }
                // The page gave it up while the server could not be told.
                None => self.send_control(&Leave { world: world.world }, out),
            }
        }
        let numbers: Vec<WorldNumber> = self.worlds.iter().map(|(number, _)| *number).collect();
        for number in numbers {
            let still_waits = self.worlds.iter().any(|(held, world)| *held == number && world.is_suspended());
            let heard = if still_waits { Heard::Gone } else { Heard::SessionActive { req: self.req() } };
            self.world_hears(now, env, number, heard, out);
        }
    }

    /// Streams up to here are or were a world's, whether it still wants them or not.
    fn knows_streams(&mut self, first: StreamId) {
        self.streams_end = self.streams_end.max(first.0.saturating_add(u32::from(LANES)));
    }

    fn has_tickets(&mut self, now: Millis, tickets: Tickets) {
        self.ticket = Some(Held { ticket: tickets.next, since: now });
        self.resume = Some(tickets.resume);
    }

    fn stream_frame(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        frame: &Frame<'_>,
        out: &mut Vec<Effect>,
    ) -> Result<(), ProtocolError> {
        let owner = self.worlds.iter().find_map(|(number, world)| {
            let lane = frame.stream.0.checked_sub(world.stream()?.0).filter(|lane| *lane < u32::from(LANES))?;
            Some((*number, Lane(lane as u8)))
        });
        match owner {
            Some((number, lane)) => {
                let heard = Heard::Server { lane, kind: frame.kind, body: frame.body };
                self.world_hears(now, env, number, heard, out);
                Ok(())
            }
            // It was on its way when the world ended.
            None if frame.stream.0 < self.streams_end => Ok(()),
            None => Err(ProtocolError::UnknownStream { got: frame.stream.0 }),
        }
    }

    /// Lets the world with this key hear something; one that has another key by now, or none, does not listen.
    fn world_named(&mut self, now: Millis, env: &mut Env<'_>, id: &WorldId, heard: Heard<'_>, out: &mut Vec<Effect>) {
        if let Some(number) = self.number_of(id) {
            self.world_hears(now, env, number, heard, out);
        }
    }

    fn number_of(&self, id: &WorldId) -> Option<WorldNumber> {
        self.worlds.iter().find(|(_, world)| world.id().as_ref() == Some(id)).map(|(number, _)| *number)
    }
}
