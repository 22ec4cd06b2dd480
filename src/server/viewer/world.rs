//! One log viewer world: its lanes, its questions, its credit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;

use super::announcer::announcer;
use super::lane::{Ask, OpenLane, Pace};
use super::viewer::Viewer;
use crate::protocol::codec::{self, Message};
use crate::protocol::frame::FrameType;
use crate::protocol::ids::{LANES, Lane};
use crate::protocol::message::Credit;
use crate::protocol::reason::ProtocolError;
use crate::world::stream::{Cancel, Failed, Fetch, Open, Rows, Shut};
use crate::world::summary::Summarize;

/// Questions of one world that are answered at once.
const QUESTIONS: usize = 64;
/// Refusals of one world that wait to be sent; more is a flood.
const REFUSALS: usize = 64;

/// A frame body on its way to a world; boxed, because a channel keeps room for 32 of whatever it carries.
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
///
/// `output` may be small: a lane that cannot send waits, and leaves out entries with a counted gap, without holding up
/// anybody else. When its receiver is gone, the lanes end by themselves.
pub struct ViewerWorld {
    viewer: Viewer,
    state: Mutex<State>,
    questions: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
}

struct State {
    /// Where frames go; nowhere while suspended.
    output: Option<mpsc::Sender<Box<Outgoing>>>,
    /// The credit with which each stream began.
    credit: Credit,
    slots: Vec<(Lane, Slot)>,
    announcer: Option<AbortHandle>,
}

/// A lane that was used at least once.
struct Slot {
    pace: Arc<Pace>,
    open: Option<OpenLane>,
}

impl ViewerWorld {
    /// Starts a world that sends through `output` and whose lanes each begin with `credit`. Sends the sources at once, and
    /// again when the list or a state changes. Call it inside the runtime.
    #[must_use]
    pub fn start(viewer: &Viewer, output: mpsc::Sender<Box<Outgoing>>, credit: Credit) -> Self {
        let announcer = announcer(viewer, &output);
        Self {
            viewer: viewer.clone(),
            state: Mutex::new(State { output: Some(output), credit, slots: Vec::new(), announcer: Some(announcer) }),
            questions: Arc::new(Semaphore::new(QUESTIONS)),
            refusals: Arc::new(Semaphore::new(REFUSALS)),
        }
    }

    /// Takes a body that the world sent. What is wrong with the question itself is answered with `Failed`.
    ///
    /// # Errors
    /// [`ProtocolError`] for a lane, a frame type or a body that no honest page forwards, and for a flood of questions.
    pub fn receive(&self, lane: Lane, kind: FrameType, body: &[u8]) -> Result<(), ProtocolError> {
        check_lane(lane)?;
        match kind {
            FrameType::Open => self.open(lane, &codec::decode(body)?),
            FrameType::Rows => {
                let rows: Rows = codec::decode(body)?;
                self.ask(lane, rows.req, Ask::Rows(rows))
            }
            FrameType::Fetch => {
                let fetch: Fetch = codec::decode(body)?;
                self.ask(lane, fetch.req, Ask::Fetch(fetch))
            }
            FrameType::Summarize => {
                let summarize: Summarize = codec::decode(body)?;
                self.ask(lane, summarize.req, Ask::Summarize(summarize))
            }
            FrameType::Cancel => {
                let cancel: Cancel = codec::decode(body)?;
                if let Some(open) = self.lock().slot(lane).and_then(|slot| slot.open.as_ref()) {
                    open.cancel(cancel.req);
                }
                Ok(())
            }
            FrameType::Shut => {
                codec::decode::<Shut>(body)?;
                if let Some(slot) = self.lock().slot(lane) {
                    slot.open = None;
                }
                tracing::debug!(lane = lane.0, "lane shut");
                Ok(())
            }
            other => Err(ProtocolError::FrameType { got: other as u8 }),
        }
    }

    /// Raises the credit of a lane.
    ///
    /// # Errors
    /// [`ProtocolError::Credit`] when it shrinks, [`ProtocolError::UnknownStream`] when there is no such lane.
    pub fn grant(&self, lane: Lane, credit: Credit) -> Result<(), ProtocolError> {
        check_lane(lane)?;
        let mut state = self.lock();
        let granted = &state.used(lane).pace.credit;
        let before = *granted.borrow();
        if credit.items < before.items || credit.bytes < before.bytes {
            return Err(ProtocolError::Credit);
        }
        granted.send_replace(credit);
        Ok(())
    }

    /// The socket is lost: lanes close, questions are dropped. The world opens its lanes again after [`ViewerWorld::resume`].
    pub fn suspend(&self) {
        let mut state = self.lock();
        state.output = None;
        state.slots.iter_mut().for_each(|(_, slot)| slot.open = None);
        if let Some(announcer) = state.announcer.take() {
            announcer.abort();
        }
    }

    /// The socket is back: sends through `output` from now on, each lane's stream beginning anew with `credit`. Sends the
    /// sources at once.
    pub fn resume(&self, output: mpsc::Sender<Box<Outgoing>>, credit: Credit) {
        self.suspend();
        let announcer = announcer(&self.viewer, &output);
        let mut state = self.lock();
        state.announcer = Some(announcer);
        state.output = Some(output);
        state.credit = credit;
        state.slots.iter().for_each(|(_, slot)| slot.pace.restart(credit));
    }

    fn open(&self, lane: Lane, open: &Open) -> Result<(), ProtocolError> {
        let Some(output) = self.lock().output.clone() else { return Ok(()) };
        let Some(view) = self.viewer.view(open.source, open.filter.as_deref()) else {
            if let Some(slot) = self.lock().slot(lane) {
                slot.open = None;
            }
            return self.refuse(lane, 0, "there is no such source");
        };
        tracing::debug!(lane = lane.0, source = open.source.0, follow = open.follow, "lane opened");
        let mut state = self.lock();
        let slot = state.used(lane);
        // The old task must not send behind the new one's first total.
        slot.open = None;
        slot.open = Some(OpenLane::open(lane, view, open, Arc::clone(&slot.pace), output));
        Ok(())
    }

    fn ask(&self, lane: Lane, req: u32, ask: Ask) -> Result<(), ProtocolError> {
        let Ok(turn) = Arc::clone(&self.questions).try_acquire_owned() else {
            return self.refuse(lane, req, "too many questions at once");
        };
        if let Some(open) = self.lock().slot(lane).and_then(|slot| slot.open.as_ref()) {
            open.ask(req, ask, turn);
            return Ok(());
        }
        self.refuse(lane, req, "this lane is not open")
    }

    fn refuse(&self, lane: Lane, req: u32, why: &str) -> Result<(), ProtocolError> {
        let Some(output) = self.lock().output.clone() else { return Ok(()) };
        let Ok(turn) = Arc::clone(&self.refusals).try_acquire_owned() else {
            return Err(ProtocolError::Unexpected { got: FrameType::Rows as u8, state: "too many questions wait" });
        };
        let body = codec::encode(&Failed { req, why: why.into() });
        let refusal = Box::new(Outgoing { lane, kind: Failed::KIND, body });
        tokio::spawn(async move {
            // When nobody listens any more, nobody misses it.
            let _ = output.send(refusal).await;
            drop(turn);
        });
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ViewerWorld {
    fn drop(&mut self) {
        self.suspend();
    }
}

impl State {
    fn slot(&mut self, lane: Lane) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|(number, _)| *number == lane).map(|(_, slot)| slot)
    }

    fn used(&mut self, lane: Lane) -> &mut Slot {
        let at = self.slots.iter().position(|(number, _)| *number == lane).unwrap_or_else(|| {
            let pace = Arc::new(Pace::new(self.credit));
            self.slots.push((lane, Slot { pace, open: None }));
            self.slots.len() - 1
        });
        &mut self.slots[at].1
    }
}

fn check_lane(lane: Lane) -> Result<(), ProtocolError> {
    if lane.0 < LANES { Ok(()) } else { Err(ProtocolError::UnknownStream { got: u32::from(lane.0) }) }
}
