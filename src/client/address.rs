//! The page's address: what stands behind its `#/` leads back to what is shown. A world says it, and hears it when the page
//! is opened there or the user goes there.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::window;
use wasm_bindgen::JsValue;

use super::clock::{self, Alarm};

/// Before what a world says. A one-time link's secret has none.
const SIGN: &str = "#/";
/// Browsers allow no more than some changes of the address in a second.
const KEEP_MILLIS: u64 = 400;

/// Keeps the newest of what a world says, a moment later.
pub struct Address {
    newest: Rc<RefCell<Option<String>>>,
    alarm: Alarm,
}

impl Address {
    /// Returns one that has nothing to keep.
    pub fn new() -> Self {
        let newest = Rc::new(RefCell::new(None::<String>));
        let alarm = Alarm::new({
            let newest = Rc::clone(&newest);
            move || {
                if let Some(text) = newest.take() {
                    write(&text);
                }
            }
        });
        Self { newest, alarm }
    }

    /// Has the address lead to this.
    pub fn keep(&self, text: String) {
        if self.newest.replace(Some(text)).is_none() {
            self.alarm.set(Some(clock::now().after(KEEP_MILLIS)));
        }
    }

    /// Returns the whole address, with what was said last.
    pub fn whole(&self) -> String {
        if let Some(text) = self.newest.take() {
            write(&text);
        }
        window().location().href().unwrap_or_default()
    }
}

/// Returns what stands in the address, if that can be a world's.
pub fn read() -> Option<String> {
    let text = window().location().hash().ok()?.strip_prefix(SIGN)?.to_owned();
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then_some(text)
}

fn write(text: &str) {
    let location = window().location();
    let Ok(path) = location.pathname() else { return };
    let url = if text.is_empty() { path } else { [path.as_str(), SIGN, text].concat() };
    // Refused only where it changes too often: the next change is kept.
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}
