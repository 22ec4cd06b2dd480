//! The machines without sockets: their testbed and the reference cryptography, which name their neighbours through `super`.

use frereth::protocol::{clock, codec, crypto, frame, ids, message, minute, server, ticket, timing, transcript};

#[path = "../../src/protocol/reference_crypto.rs"]
#[allow(dead_code)]
pub mod reference_crypto;
#[path = "../../src/protocol/testbed.rs"]
#[allow(dead_code)]
pub mod testbed;
