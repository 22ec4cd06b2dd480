//! The browser's own store for keys: one IndexedDB object store of handles, each under a name.
//!
//! Called by [`super::keys`] only. A handle is stored as the browser clones it; no key's bytes ever pass through here.

use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransactionMode};

const DATABASE: &str = "frereth";
const STORE: &str = "login keys";

/// A key as it is kept.
pub struct Record {
    /// The handles of both halves.
    pub pair: JsValue,
    /// When it was made (Unix time).
    pub at_millis: u64,
    /// Whether a login was found for it.
    pub is_claimed: bool,
}

/// The open store.
pub struct Store(IdbDatabase);

impl Store {
    /// Opens the store, making it when it is not there.
    ///
    /// # Errors
    /// Words for the user when the browser has none to give.
    pub async fn open() -> Result<Self, String> {
        words(open().await.map(Self))
    }

    /// Returns what is kept under `name`.
    ///
    /// # Errors
    /// Words for the user when the store cannot be read.
    pub async fn load(&self, name: &str) -> Result<Option<Record>, String> {
        words(self.read(name).await)
    }

    async fn read(&self, name: &str) -> Result<Option<Record>, JsValue> {
        let value = done(&self.objects(IdbTransactionMode::Readonly)?.get(&name.into())?).await?;
        if value.is_undefined() {
            return Ok(None);
        }
        let pair = Reflect::get(&value, &"pair".into())?;
        let at_millis = Reflect::get(&value, &"at".into())?.as_f64().unwrap_or_default() as u64;
        let is_claimed = Reflect::get(&value, &"claimed".into())?.is_truthy();
        Ok(Some(Record { pair, at_millis, is_claimed }))
    }

    /// Keeps a key under `name`, in the place of what was there.
    ///
    /// # Errors
    /// Words for the user when the store cannot be written.
    pub async fn save(&self, name: &str, record: &Record) -> Result<(), String> {
        words(self.write(name, record).await)
    }

    async fn write(&self, name: &str, record: &Record) -> Result<(), JsValue> {
        let value = Object::new();
        Reflect::set(&value, &"pair".into(), &record.pair)?;
        Reflect::set(&value, &"at".into(), &(record.at_millis as f64).into())?;
        Reflect::set(&value, &"claimed".into(), &record.is_claimed.into())?;
        done(&self.objects(IdbTransactionMode::Readwrite)?.put_with_key(&value, &name.into())?).await.map(drop)
    }

    /// Lets go of what is kept under `name`.
    ///
    /// # Errors
    /// Words for the user when the store cannot be written.
    pub async fn remove(&self, name: &str) -> Result<(), String> {
        let removed = async { done(&self.objects(IdbTransactionMode::Readwrite)?.delete(&name.into())?).await };
        words(removed.await.map(drop))
    }

    /// Returns the names under which something is kept.
    ///
    /// # Errors
    /// Words for the user when the store cannot be read.
    pub async fn names(&self) -> Result<Vec<String>, String> {
        let names = async { done(&self.objects(IdbTransactionMode::Readonly)?.get_all_keys()?).await };
        words(names.await).map(|names| Array::from(&names).iter().filter_map(|name| name.as_string()).collect())
    }

    fn objects(&self, mode: IdbTransactionMode) -> Result<IdbObjectStore, JsValue> {
        self.0.transaction_with_str_and_mode(STORE, mode)?.object_store(STORE)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn open() -> Result<IdbDatabase, JsValue> {
    let factory = window().indexed_db()?.ok_or(JsValue::NULL)?;
    let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, 1)?;
    let upgrade = Closure::once({
        let request = request.clone();
        move || {
            // Fails only when the store is there already, which a first version cannot have.
            let _ = request
                .result()
                .map(|database| database.unchecked_into::<IdbDatabase>().create_object_store(STORE).map(drop));
        }
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    let database = done(&request).await?;
    request.set_onupgradeneeded(None);
    Ok(database.unchecked_into())
}

/// Waits for a request's result.
async fn done(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(settled).await?;
    request.result()
}

fn words<T>(result: Result<T, JsValue>) -> Result<T, String> {
    result.map_err(|_| "this browser does not let the page keep a key (is site data blocked?)".to_owned())
}
