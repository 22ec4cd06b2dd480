//! What the user's view remembers: told by the server with the page, kept there again a moment after the world says anew.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::logging::warn;
use leptos::task::spawn_local;

use super::clock::{self, Alarm};
use crate::app::api::remember;
use crate::app::platform::page_facts;

/// How long to wait for more of it.
const KEEP_MILLIS: u64 = 1_000;

/// What is remembered.
pub struct Memory {
    newest: Rc<RefCell<String>>,
    alarm: Alarm,
}

impl Memory {
    /// What the server told with the page.
    pub fn of_page() -> Self {
        let newest = Rc::new(RefCell::new(page_facts().memory.unwrap_or_default()));
        let alarm = Alarm::new({
            let newest = Rc::clone(&newest);
            move || {
                let memory = newest.borrow().clone();
                spawn_local(async move {
                    if let Err(error) = remember(memory).await {
                        warn!("what the view remembers was not kept: {error}");
                    }
                });
            }
        });
        Self { newest, alarm }
    }

    /// The newest.
    pub fn recall(&self) -> String {
        self.newest.borrow().clone()
    }

    /// Keeps this instead, for this page at once and for the user's next one soon.
    pub fn keep(&self, memory: String) {
        self.newest.replace(memory);
        self.alarm.set(Some(clock::now().after(KEEP_MILLIS)));
    }
}
