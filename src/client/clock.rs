//! The page's clocks, and the alarm that wakes the machines at their deadlines.
//!
//! [`now`] is monotonic and belongs to this page alone; [`unix_millis`] is what is signed. Called by every part of the client.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::window;
use wasm_bindgen::prelude::*;

use crate::protocol::clock::Millis;

/// The longest time a browser's timer takes; beyond it the number would wrap to "at once".
const TIMER_MILLIS_MAX: u64 = i32::MAX as u64;

/// Returns the time since the page began, which never runs backwards.
pub fn now() -> Millis {
    let millis = window().performance().map_or_else(js_sys::Date::now, |performance| performance.now());
    Millis(millis as u64)
}

/// Returns the Unix time of this computer's clock.
pub fn unix_millis() -> u64 {
    js_sys::Date::now() as u64
}

/// One timer that calls the same function each time it is due. Dropping it stops it.
pub struct Alarm {
    ring: Closure<dyn FnMut()>,
    timer: Rc<Cell<Option<i32>>>,
}

impl Alarm {
    /// Returns an alarm that is not set.
    pub fn new(due: impl Fn() + 'static) -> Self {
        let timer = Rc::new(Cell::new(None));
        let ring = Closure::new({
            let timer = Rc::clone(&timer);
            move || {
                timer.set(None);
                due();
            }
        });
        Self { ring, timer }
    }

    /// Sets the alarm to `deadline`, or off; an earlier setting is forgotten.
    pub fn set(&self, deadline: Option<Millis>) {
        let window = window();
        if let Some(timer) = self.timer.take() {
            window.clear_timeout_with_handle(timer);
        }
        let Some(deadline) = deadline else { return };
        // One more than is left: a timer may ring within the millisecond before its time, and now() rounds down.
        let millis = deadline.since(now()).saturating_add(1).min(TIMER_MILLIS_MAX) as i32;
        let ring = self.ring.as_ref().unchecked_ref();
        self.timer.set(window.set_timeout_with_callback_and_timeout_and_arguments_0(ring, millis).ok());
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.set(None);
    }
}

/// A function that is called again and again until this is dropped.
pub struct Pulse {
    _beat: Closure<dyn FnMut()>,
    timer: Option<i32>,
}

impl Pulse {
    /// Calls `beat` every `millis` milliseconds; a hidden page's browser may take longer.
    pub fn every(millis: u64, beat: impl Fn() + 'static) -> Self {
        let beat = Closure::<dyn FnMut()>::new(beat);
        let millis = millis.min(TIMER_MILLIS_MAX) as i32;
        let function = beat.as_ref().unchecked_ref();
        let timer = window().set_interval_with_callback_and_timeout_and_arguments_0(function, millis).ok();
        Self { _beat: beat, timer }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            window().clear_interval_with_handle(timer);
        }
    }
}
