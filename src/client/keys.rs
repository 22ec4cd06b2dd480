//! Keys that the browser makes and never lets out: one for a login, one for each world.
//!
//! A login key outlives the page: it is kept in IndexedDB, as a handle that signs and cannot be read, under the id of its
//! login's token. It is made before that id exists, so it waits under [`NEXT`] until a page with a token claims it; two
//! tabs that log in at once share the waiting key, so that either login finds it; once claimed it serves no new login.
//! World keys are never kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use js_sys::{Array, Object, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::clock;
use super::store::{Record, Store};
use crate::app::state::keys::LoginProof;
use crate::protocol::transcript;

/// Where a login key waits for its login.
const NEXT: &str = "next";
/// What the names of claimed login keys begin with.
const CLAIMED: &str = "login ";
/// How long a waiting key is used for further attempts to log in.
const NEXT_MILLIS_MAX: u64 = 10 * 60 * 1_000;

const ALGORITHM: &str = "Ed25519";

/// An Ed25519 key whose private half stays in the browser's keeping.
#[derive(Clone)]
pub struct SigningKey {
    pair: JsValue,
    private: CryptoKey,
    public: [u8; 32],
}

impl SigningKey {
    /// Makes a key that nothing can read out.
    ///
    /// # Errors
    /// Words for the user when the browser cannot.
    pub async fn generate() -> Result<Self, String> {
        let made = async {
            let algorithm = Object::new();
            Reflect::set(&algorithm, &"name".into(), &ALGORITHM.into())?;
            let usages = Array::of2(&"sign".into(), &"verify".into());
            let pair = JsFuture::from(subtle()?.generate_key_with_object(&algorithm, false, &usages)?).await?;
            Self::from_pair(pair).await
        };
        made.await.map_err(|_: JsValue| "this browser cannot make Ed25519 keys".to_owned())
    }

    async fn from_pair(pair: JsValue) -> Result<Self, JsValue> {
        let private: CryptoKey = Reflect::get(&pair, &"privateKey".into())?.dyn_into()?;
        let public: CryptoKey = Reflect::get(&pair, &"publicKey".into())?.dyn_into()?;
        let raw = JsFuture::from(subtle()?.export_key("raw", &public)?).await?;
        let public = Uint8Array::new(&raw).to_vec().try_into().map_err(|_| JsValue::NULL)?;
        Ok(Self { pair, private, public })
    }

    /// Returns the public half.
    pub const fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Signs a transcript.
    ///
    /// # Errors
    /// Words for the user when the browser refuses.
    pub async fn sign(&self, transcript: &[u8]) -> Result<[u8; 64], String> {
        let signed = async {
            let promise = subtle()?.sign_with_str_and_u8_array(ALGORITHM, &self.private, transcript)?;
            let signature = JsFuture::from(promise).await?;
            Uint8Array::new(&signature).to_vec().try_into().map_err(|_| JsValue::NULL)
        };
        signed.await.map_err(|_: JsValue| "this browser did not sign with its key".to_owned())
    }
}

/// Makes a login key, or takes the one that waits, and signs `subject` with it.
///
/// # Errors
/// Words for the user when the browser cannot make, keep or use a key.
pub async fn prove(subject: String) -> Result<LoginProof, String> {
    let store = Store::open().await?;
    let key = waiting_key(&store).await?;
    let at_millis = clock::unix_millis();
    let public = key.public();
    let signature = key.sign(&transcript::login(&origin()?, &public, &subject, at_millis)).await?;
    Ok(LoginProof { key: URL_SAFE_NO_PAD.encode(public), signature: URL_SAFE_NO_PAD.encode(signature), at_millis })
}

async fn waiting_key(store: &Store) -> Result<SigningKey, String> {
    if let Some(record) = store.load(NEXT).await?
        && !record.is_claimed
        && is_fresh(&record)
        && let Ok(key) = SigningKey::from_pair(record.pair).await
    {
        return Ok(key);
    }
    let key = SigningKey::generate().await?;
    let record = Record { pair: key.pair.clone(), at_millis: clock::unix_millis(), is_claimed: false };
    store.save(NEXT, &record).await?;
    Ok(key)
}

/// Returns the key of the login with this token, and lets go of the keys of logins before it.
///
/// # Errors
/// Words for the user when this browser does not hold it: the login is of no use here then.
pub async fn claim(token_id: &str) -> Result<SigningKey, String> {
    const LOST: &str = "this browser no longer holds the key of your login";
    let store = Store::open().await?;
    let name = format!("{CLAIMED}{token_id}");
    let record = match store.load(&name).await? {
        Some(record) => record,
        None => {
            let claimed = Record { is_claimed: true, ..store.load(NEXT).await?.ok_or(LOST)? };
            store.save(&name, &claimed).await?;
            // It stays for a tab whose login is under way with the same key.
            store.save(NEXT, &claimed).await?;
            claimed
        }
    };
    let key = SigningKey::from_pair(record.pair).await.map_err(|_| LOST)?;
    for other in store.names().await? {
        let is_waiting = other == NEXT && store.load(NEXT).await?.is_some_and(|record| is_fresh(&record));
        if other != name && !is_waiting {
            store.remove(&other).await?;
        }
    }
    Ok(key)
}

/// Lets go of the keys of all logins: the page was rendered for nobody, so there is no login any more.
///
/// # Errors
/// Words for the user when the store cannot be written.
pub async fn forget() -> Result<(), String> {
    let store = Store::open().await?;
    for name in store.names().await? {
        // A key that no login has claimed may belong to one that is under way in another tab.
        let is_waiting = store.load(&name).await?.is_some_and(|record| !record.is_claimed && is_fresh(&record));
        if !is_waiting {
            store.remove(&name).await?;
        }
    }
    Ok(())
}

fn is_fresh(record: &Record) -> bool {
    clock::unix_millis().saturating_sub(record.at_millis) < NEXT_MILLIS_MAX
}

/// Returns this page's origin as the server knows it.
///
/// # Errors
/// Words when the page has none.
pub fn origin() -> Result<String, String> {
    window().location().origin().map_err(|_| "the page has no origin".to_owned())
}

/// Fills `out` with the browser's randomness, fit for keys.
pub fn random(out: &mut [u8]) {
    window()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(out))
        .expect("a browser that has signed has randomness, and 65,536 bytes are never asked for");
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    Ok(window().crypto()?.subtle())
}
