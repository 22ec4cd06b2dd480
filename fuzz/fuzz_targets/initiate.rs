//! Any bytes as the body of Initiate: what is read is written again, and to the byte where nothing was ignored.
#![no_main]

use frereth::protocol::codec;
use frereth::protocol::message::Initiate;
use libfuzzer_sys::fuzz_target;

const KEYS: u64 = 4;

fuzz_target!(|bytes: &[u8]| {
    let Ok(initiate) = codec::decode_checked::<Initiate>(bytes, KEYS) else { return };
    let written = codec::encode(&initiate);
    assert!(written.len() <= bytes.len());
    if written.len() == bytes.len() {
        assert_eq!(written, bytes);
    }
    assert_eq!(codec::decode_checked::<Initiate>(&written, KEYS), Ok(initiate));
});
