//! The WebSocket: one frame per binary message, out of a page that does not fill the browser's buffer without bound.
//!
//! [`super::session`] opens it once everything that the first frame needs is in hand, and drops it to be rid of it: a
//! dropped socket reports nothing more.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::clock::{self, Alarm};

/// Bytes in the browser's buffer above which a world's questions wait here.
const BUFFERED_BYTES_MAX: u32 = 64 * 1024;
/// Bytes that may wait here before the world that asks so much is told to stop.
const WAITING_BYTES_MAX: usize = 256 * 1024;
/// The browser does not say when its buffer empties, so it is looked at this often while something waits.
const LOOK_MILLIS: u64 = 20;

/// What a socket reports.
pub enum SocketEvent {
    /// The upgrade succeeded.
    Opened,
    /// A frame, as it came.
    Frame(Vec<u8>),
    /// A text message, which this protocol does not have.
    Text,
    /// It is gone.
    Closed {
        /// The close code; 1006 when the connection broke or the upgrade was refused.
        code: u16,
        /// What the server said, if it said anything.
        reason: String,
    },
}

/// A socket to our own server.
pub struct Socket(Rc<Line>);

struct Line {
    socket: WebSocket,
    waiting: RefCell<VecDeque<Vec<u8>>>,
    look: Alarm,
    _handlers: Handlers,
}

/// The functions that the browser calls; they live as long as the socket.
struct Handlers {
    _open: Closure<dyn FnMut(Event)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens a socket to `/ws` of this origin; `report` is called for everything that happens to it.
    ///
    /// # Errors
    /// Words for the user when the browser refuses to try.
    pub fn open(report: impl Fn(SocketEvent) + 'static) -> Result<Self, String> {
        let address = address().ok_or("the page has no address to connect to")?;
        let socket = WebSocket::new(&address).map_err(|_| "the browser does not open a socket here")?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let handlers = Handlers::attach(&socket, Rc::new(report));
        Ok(Self(Rc::new_cyclic(|line: &Weak<Line>| {
            let line = line.clone();
            let look = Alarm::new(move || {
                if let Some(line) = line.upgrade() {
                    line.pass_on();
                }
            });
            Line { socket, waiting: RefCell::default(), look, _handlers: handlers }
        })))
    }

    /// Sends a control frame at once: control is never paced.
    pub fn send(&self, frame: &[u8]) {
        // Fails only before the upgrade, when the machines send nothing; a closing socket drops what it is given.
        let _ = self.0.socket.send_with_u8_array(frame);
    }

    /// Sends a world's frame behind those that wait. Returns whether there was room for it.
    pub fn send_paced(&self, frame: Vec<u8>) -> bool {
        let mut waiting = self.0.waiting.borrow_mut();
        let waiting_bytes: usize = waiting.iter().map(Vec::len).sum();
        if waiting_bytes + frame.len() > WAITING_BYTES_MAX {
            return false;
        }
        waiting.push_back(frame);
        drop(waiting);
        self.0.pass_on();
        true
    }
}

impl Line {
    fn pass_on(&self) {
        let mut waiting = self.waiting.borrow_mut();
        while self.socket.buffered_amount() <= BUFFERED_BYTES_MAX {
            let Some(frame) = waiting.pop_front() else { break };
            let _ = self.socket.send_with_u8_array(&frame);
        }
        let next = (!waiting.is_empty()).then(|| clock::now().after(LOOK_MILLIS));
        self.look.set(next);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // The handlers go before the socket does: nothing may call a function that is gone.
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

impl Handlers {
    fn attach(socket: &WebSocket, report: Rc<dyn Fn(SocketEvent)>) -> Self {
        let open = Closure::<dyn FnMut(Event)>::new({
            let report = Rc::clone(&report);
            move |_| report(SocketEvent::Opened)
        });
        let message = Closure::<dyn FnMut(MessageEvent)>::new({
            let report = Rc::clone(&report);
            move |event: MessageEvent| match event.data().dyn_into::<ArrayBuffer>() {
                Ok(buffer) => report(SocketEvent::Frame(Uint8Array::new(&buffer).to_vec())),
                Err(_) => report(SocketEvent::Text),
            }
        });
        let close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            report(SocketEvent::Closed { code: event.code(), reason: event.reason() });
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Self { _open: open, _message: message, _close: close }
    }
}

fn address() -> Option<String> {
    let location = window().location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host().ok()?))
}
