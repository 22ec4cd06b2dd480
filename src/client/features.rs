//! What a browser must be able to do, each thing with words for the user whose browser cannot.
//!
//! Asked once by [`super::boot`], before anything is started.

use js_sys::{Reflect, Uint8Array, WebAssembly};
use leptos::prelude::window;
use wasm_bindgen::JsValue;

use super::keys::SigningKey;

/// A module whose one function uses a vector instruction.
const SIMD_MODULE: [u8; 31] =
    [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

/// Looks for everything that the viewer needs.
///
/// # Errors
/// Words that name what is missing and what helps.
pub async fn check() -> Result<(), String> {
    let missing = missing().await;
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "This browser lacks {}. Chromium and Chrome from 137 on, Edge from 137 on and Firefox from 129 on can show this page.",
        missing.join(" and "),
    ))
}

async fn missing() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !window().is_secure_context() {
        // Without it there is no key of any kind, and the rest of the list would only mislead.
        return vec!["a secure connection to this server (https, or http on this computer itself)"];
    }
    if SigningKey::generate().await.is_err() {
        missing.push("Ed25519 keys");
    }
    if !has("indexedDB") {
        missing.push("IndexedDB");
    }
    if !WebAssembly::validate(&Uint8Array::from(SIMD_MODULE.as_slice())).unwrap_or(false) {
        missing.push("WebAssembly with SIMD");
    }
    if !has("MessageChannel") || !has("Worker") {
        missing.push("web workers");
    }
    missing
}

fn has(name: &str) -> bool {
    // Reading indexedDB may throw where site data is blocked.
    Reflect::get(&window(), &JsValue::from_str(name)).is_ok_and(|value| !value.is_undefined() && !value.is_null())
}
