//! One log viewer world: its lanes, its questions, its credit.

use tokio::sync::mpsc;

use super::viewer::Viewer;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::Lane;
use crate::protocol::message::Credit;
use crate::protocol::reason::ProtocolError;

/// A frame body on its way to a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The lane it goes out on.
    pub lane: Lane,
    /// Its frame type.
    pub kind: FrameType,
    /// The body.
    pub body: Vec<u8>,
}

/// One running log viewer world. Dropping it ends everything that it started.
pub struct ViewerWorld {
    _output: mpsc::Sender<Outgoing>,
}

impl ViewerWorld {
    /// Starts a world that sends through `output` and whose lanes each begin with `credit`. Sends the sources at once.
    #[must_use]
    pub fn start(viewer: &Viewer, output: mpsc::Sender<Outgoing>, credit: Credit) -> Self {
        let _ = (viewer, credit);
        Self { _output: output }
    }

    /// Takes a body that the world sent.
    ///
    /// # Errors
    /// [`ProtocolError`] for a lane, a frame type or a body that no honest page forwards.
    pub fn receive(&self, lane: Lane, kind: FrameType, body: &[u8]) -> Result<(), ProtocolError> {
        let _ = (lane, kind, body);
        Ok(())
    }

    /// Raises the credit of a lane.
    ///
    /// # Errors
    /// [`ProtocolError::Credit`] when it shrinks, [`ProtocolError::UnknownStream`] when there is no such lane.
    pub fn grant(&self, lane: Lane, credit: Credit) -> Result<(), ProtocolError> {
        let _ = (lane, credit);
        Ok(())
    }

    /// The socket is lost: lanes close, questions are dropped. The world opens its lanes again after [`ViewerWorld::resume`].
    pub fn suspend(&self) {}

    /// The socket is back: sends through `output` from now on, each lane with fresh `credit`. Sends the sources at once.
    pub fn resume(&self, output: mpsc::Sender<Outgoing>, credit: Credit) {
        let _ = (output, credit);
    }
}
