//! What the page says to an active session: the frames of its socket, and Initiate over HTTP.

use crate::protocol::clock::Millis;
use crate::protocol::codec::decode;
use crate::protocol::frame::{Frame, FrameType};
use crate::protocol::ids::WorldId;
use crate::protocol::message::{Credit, Forked, Forking, Halt, Leave, Refused};
use crate::protocol::reason::{ProtocolError, Refusal};
use crate::protocol::server::env::Env;
use crate::protocol::server::fork::{Presented, hello};
use crate::protocol::server::world::{World, WorldEvent};
use crate::protocol::server::worlds::Owner;

use super::{Effect, EndReason, Session, State, control_frame};

impl Session {
    /// Takes one message; a broken protocol ends the session.
    pub(super) fn message(&mut self, now: Millis, env: &mut Env<'_>, bytes: &[u8], effects: &mut Vec<Effect>) {
        if let Err(error) = self.frame(now, env, bytes, effects) {
            self.end(now, env, EndReason::Broken, &error.to_string(), effects);
        }
    }

    fn frame(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        bytes: &[u8],
        effects: &mut Vec<Effect>,
    ) -> Result<(), ProtocolError> {
        let frame = Frame::decode(bytes, env.timing.frame_bytes_max as usize)?;
        self.lamport.receive(frame.lamport)?;
        match frame.kind {
            FrameType::Forking => {
                let forking: Forking = decode(frame.body)?;
                effects.push(self.forking(now, env, &forking));
            }
            FrameType::Forked => {
                let forked: Forked = decode(frame.body)?;
                self.forked(now, env, &forked, effects);
            }
            FrameType::Leave => {
                let leave: Leave = decode(frame.body)?;
                self.step(now, env, &leave.world, WorldEvent::Leave, effects);
            }
            FrameType::Halt => {
                let _: Halt = decode(frame.body)?;
                self.end(now, env, EndReason::Left, "the page left", effects);
            }
            FrameType::Credit => {
                let credit: Credit = decode(frame.body)?;
                if let Owner::Living(world, lane) = self.owner(&frame)? {
                    let broken = self.step(now, env, &world, WorldEvent::Credit { lane, credit }, effects);
                    return broken.map_or(Ok(()), Err);
                }
            }
            kind if kind.is_from_world() => {
                if let Owner::Living(world, lane) = self.owner(&frame)? {
                    self.step(now, env, &world, WorldEvent::Stream { lane, kind, body: frame.body }, effects);
                }
            }
            kind => return Err(ProtocolError::Unexpected { got: kind as u8, state: "the session is active" }),
        }
        Ok(())
    }

    /// Whose stream a frame is on: what still comes for a dead world is dropped, what nobody opened is an error.
    fn owner(&self, frame: &Frame<'_>) -> Result<Owner, ProtocolError> {
        match self.worlds.owner(frame.stream) {
            Owner::Nobody => Err(ProtocolError::UnknownStream { got: frame.stream.0 }),
            owner => Ok(owner),
        }
    }

    /// Hello. Whatever the answer, nothing is kept but the bucket's two numbers.
    fn forking(&mut self, now: Millis, env: &mut Env<'_>, forking: &Forking) -> Effect {
        let answer = if self.bucket.take(now, &env.timing.hello_rate) {
            self.worlds.admits(now, &forking.world).and_then(|()| hello(env, self.tag, self.epoch, forking))
        } else {
            Err(Refusal::Throttled)
        };
        match answer {
            Ok(cookie) => control_frame(&cookie),
            Err(refusal) => control_frame(&Refused { world: forking.world, refusal: refusal.number() }),
        }
    }

    /// The world says that it runs. One that was never served cannot.
    fn forked(&mut self, now: Millis, env: &mut Env<'_>, forked: &Forked, effects: &mut Vec<Effect>) {
        let Forked { world, signature } = forked;
        if self.worlds.contains(world) {
            self.step(now, env, world, WorldEvent::Forked { signature }, effects);
        } else {
            let refusal = Refusal::OutOfOrder.number();
            effects.push(control_frame(&Refused { world: *world, refusal }));
        }
    }

    /// Initiate: the cookie buys the world's first state, once.
    pub(super) fn initiate(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        presented: &Presented,
    ) -> Result<Effect, Refusal> {
        if self.state != State::Active {
            return Err(Refusal::BadCookie);
        }
        let world: WorldId = presented.cookie().world;
        presented.belongs_to(self.tag, self.epoch, self.login.id)?;
        presented.is_signed(env)?;
        self.worlds.admits(now, &world)?;
        let command = presented.command(env)?;
        self.worlds.has_room(env.timing)?;
        let fork_nonce = env.random16();
        let stream = self.worlds.take_streams();
        let until = now.after(env.timing.served_millis);
        self.worlds.insert(World::served(world, command.number, stream, until, fork_nonce));
        Ok(Effect::Serve { world, command, fork_nonce })
    }
}
