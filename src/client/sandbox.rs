//! One world's sandbox: a hidden frame of an opaque origin, a worker in it, and the private port to that worker.
//!
//! What arrives on the port is hostile: `public/sandbox/worker.js` says what an honest worker posts. Dropping the sandbox
//! removes the frame, and with it the worker, whatever that is doing. Called by [`super::world_host`].

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::document;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, MessageChannel, MessageEvent, MessagePort};

use crate::world::view::limits;

/// Where the frame's document is served; the page's policy lets no frame show anything else.
const FRAME_PATH: &str = "/sandbox/frame";

/// What comes out of a sandbox.
pub enum FromSandbox {
    /// A message of the world.
    Message(Vec<u8>),
    /// How many messages the world says that it has taken in all.
    Taken(u64),
    /// A line for the page's console.
    Log(String),
    /// The world ended by itself, with the reason.
    Ended(String),
    /// Something that no worker of ours posts.
    Foreign,
}

/// A running sandbox.
pub struct Sandbox {
    frame: HtmlIFrameElement,
    port: RefCell<Option<MessagePort>>,
    _hear: Closure<dyn FnMut(MessageEvent)>,
}

impl Sandbox {
    /// Adds the frame to the page. Nothing runs in it until [`Sandbox::start`].
    ///
    /// # Errors
    /// Words for the user when the page cannot hold a frame.
    pub fn prepare(report: impl Fn(FromSandbox) + 'static) -> Result<(Rc<Self>, Loaded), String> {
        Self::build(report).map_err(|_| "the sandbox could not be built".to_owned())
    }

    fn build(report: impl Fn(FromSandbox) + 'static) -> Result<(Rc<Self>, Loaded), JsValue> {
        let document = document();
        let frame: HtmlIFrameElement = document.create_element("iframe")?.unchecked_into();
        frame.set_attribute("sandbox", "allow-scripts")?;
        frame.set_attribute("aria-hidden", "true")?;
        frame.set_hidden(true);
        frame.set_src(FRAME_PATH);
        let loaded = Promise::new(&mut |resolve, _| frame.set_onload(Some(&resolve)));
        document.body().ok_or(JsValue::NULL)?.append_child(&frame)?;
        let hear = Closure::new(move |event: MessageEvent| report(read(&event.data())));
        let sandbox = Self { frame, port: RefCell::new(None), _hear: hear };
        Ok((Rc::new(sandbox), Loaded(JsFuture::from(loaded))))
    }

    /// Hands the module to the frame, once.
    ///
    /// # Errors
    /// Words for the user when the frame is gone.
    pub fn start(&self, module: &[u8]) -> Result<(), String> {
        self.hand_over(module).map_err(|_| "the sandbox could not be started".to_owned())
    }

    fn hand_over(&self, module: &[u8]) -> Result<(), JsValue> {
        let channel = MessageChannel::new()?;
        let (ours, theirs) = (channel.port1(), channel.port2());
        ours.set_onmessage(Some(self._hear.as_ref().unchecked_ref()));
        let module = Uint8Array::from(module).buffer();
        let hand_over = Object::new();
        Reflect::set(&hand_over, &"port".into(), &theirs)?;
        Reflect::set(&hand_over, &"module".into(), &module)?;
        let inside = self.frame.content_window().ok_or(JsValue::NULL)?;
        // The frame's origin is opaque, so no target origin but "*" can name it. That is safe: the message goes to this one
        // frame, which can show only what our own policy's frame-src allows, and it holds no secret: code that anybody who
        // is logged in may fetch, and the port of a world that is not trusted anyway.
        inside.post_message_with_transfer(&hand_over, "*", &Array::of2(&theirs, &module))?;
        self.port.replace(Some(ours));
        Ok(())
    }

    /// Posts one message to the world.
    pub fn send(&self, message: &[u8]) {
        let buffer = Uint8Array::from(message).buffer();
        if let Some(port) = self.port.borrow().as_ref() {
            // Fails only for a buffer that is not ours to give away; this one was made a line ago.
            let _ = port.post_message_with_transferable(&buffer, &Array::of1(&buffer));
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(port) = self.port.take() {
            port.set_onmessage(None);
            port.close();
        }
        self.frame.set_onload(None);
        self.frame.remove();
    }
}

/// Waits until the frame has its document.
pub struct Loaded(JsFuture);

impl Loaded {
    /// Returns when the frame is there; never, if it was removed before.
    pub async fn wait(self) {
        let _ = self.0.await;
    }
}

fn read(data: &JsValue) -> FromSandbox {
    if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
        // Looked at before it is copied: a bomb stays in the memory of the one who built it.
        if buffer.byte_length() as usize > limits::MESSAGE_BYTES {
            return FromSandbox::Foreign;
        }
        return FromSandbox::Message(Uint8Array::new(buffer).to_vec());
    }
    if let Some(count) = data.as_f64() {
        let is_count = count >= 1.0 && count.fract() == 0.0 && count <= js_sys::Number::MAX_SAFE_INTEGER;
        return if is_count { FromSandbox::Taken(count as u64) } else { FromSandbox::Foreign };
    }
    let Some(text) = data.dyn_ref::<js_sys::JsString>() else { return FromSandbox::Foreign };
    let text = String::from(text.slice(0, TEXT_UNITS_MAX));
    if let Some(line) = text.strip_prefix("log ") {
        FromSandbox::Log(line.to_owned())
    } else if let Some(why) = text.strip_prefix("end ") {
        FromSandbox::Ended(why.to_owned())
    } else {
        FromSandbox::Foreign
    }
}

/// UTF-16 units of a worker's words that are read at all.
const TEXT_UNITS_MAX: u32 = 4_200;
