//! The pump: bytes in, bytes out. Each call of the sandbox's `receive` is one turn of it.
//!
//! The sequence of messages:
//! ```text
//! world -> page   Ready                            from `abi`, the first call into the module
//! page  -> world  Active                           the server constructed the world
//! page  -> world  Server(lane 0, Sources)          which sources there are
//! world -> page   Server(lane, Open)               the shown result
//! page  -> world  Server(lane, Total)              how large it is
//! world -> page   Server(lane, Rows) ... View      what is on the screen, as it comes
//! page  -> world  Event | Server(Batch | Gap | Window | ...) | Suspended | Resumed
//! ```
//! Every message is worked off completely, then the view is drawn once; nothing happens between messages.

use super::model::Model;
use super::view::Drawn;
use crate::protocol::reason::ProtocolError;
use crate::world::message::{FromWorld, ToWorld};

/// The world, from its bytes' point of view.
#[derive(Debug, Default)]
pub struct Pump {
    model: Model,
    drawn: Drawn,
}

impl Pump {
    /// Returns a world that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one message and returns those that answer it, the view's changes last.
    ///
    /// # Errors
    /// [`ProtocolError`] when the bytes are no message to a world; nothing has changed then.
    pub fn receive(&mut self, message: &[u8]) -> Result<Vec<Vec<u8>>, ProtocolError> {
        let message = ToWorld::decode(message)?;
        Ok(self.turn(message).iter().map(FromWorld::encode).collect())
    }

    /// Takes one message and returns those that answer it.
    pub fn turn(&mut self, message: ToWorld) -> Vec<FromWorld> {
        self.model.receive(message);
        let mut out = self.model.take_out();
        let ops = self.drawn.draw(&mut self.model);
        if !ops.is_empty() {
            out.push(FromWorld::View(ops));
        }
        out
    }

    /// Returns what the world knows, for tests.
    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.model
    }
}

#[cfg(test)]
mod tests;
