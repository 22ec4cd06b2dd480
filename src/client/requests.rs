//! What the page asks over HTTP besides server functions: a ticket, a renewed login, a world's code.
//!
//! All are POSTs to this origin with the login cookie; none is ever stored by the browser.

use js_sys::Uint8Array;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestCache, RequestInit, RequestMode, Response};

/// An answer, whatever its status.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
    headers: Headers,
}

impl Answer {
    /// What a header says that is there once.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }
}

/// Posts `body` as CBOR to a path of this origin.
///
/// # Errors
/// Words for the user when no answer came.
pub async fn post(path: &str, body: &[u8]) -> Result<Answer, String> {
    fetch(path, body).await.map_err(|_| "the server could not be reached".to_owned())
}

async fn fetch(path: &str, body: &[u8]) -> Result<Answer, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/cbor")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_mode(RequestMode::SameOrigin);
    init.set_cache(RequestCache::NoStore);
    init.set_headers(&headers);
    init.set_body(&Uint8Array::from(body));
    let request = Request::new_with_str_and_init(path, &init)?;
    let response: Response = JsFuture::from(window().fetch_with_request(&request)).await?.dyn_into()?;
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    Ok(Answer { status: response.status(), body: Uint8Array::new(&buffer).to_vec(), headers: response.headers() })
}
