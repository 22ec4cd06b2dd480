//! Any bytes as a kept index that hashes: what is read stays what it is when it is written again, and the stretches that it
//! names lie one behind the other within what it is an index of.
#![no_main]

use frereth::log;
use frereth::log::blocks::Decided;
use frereth::log::query::Query;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

#[path = "../../src/server/index/kept.rs"]
#[allow(dead_code)]
mod kept;

use kept::Kept;

/// What the server takes from where an index knows its file by; the reader needs the hash alone.
mod identity {
    use sha2::{Digest, Sha256};

    pub type Hash = [u8; 32];

    pub fn hash(parts: &[&[u8]]) -> Hash {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize().into()
    }
}

/// Before the blocks: where their number stands, and the first of them.
const COUNT_AT: usize = 16 + 2 * 32 + 4 * 8;
const BLOCKS_AT: usize = COUNT_AT + 8;
const BLOCK_BYTES: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    assert!(Kept::decode(bytes).is_none(), "who finds a hash has more than a bug");
    look(bytes);
    let mut body = [&b"frereth index 1\n"[..], bytes].concat();
    look(&body);
    if let Some(blocks) = body.len().checked_sub(BLOCKS_AT) {
        body.truncate(BLOCKS_AT + blocks / BLOCK_BYTES * BLOCK_BYTES);
        body[COUNT_AT..BLOCKS_AT].copy_from_slice(&((blocks / BLOCK_BYTES) as u64).to_le_bytes());
        look(&body);
    }
});

fn look(body: &[u8]) {
    let Some(kept) = Kept::decode(&[body, &identity::hash(&[body])].concat()) else { return };
    let again = Kept::decode(&kept.encode()).expect("it was written by the program itself");
    assert_eq!(again.blocks, kept.blocks);
    let query = Query::compile("level>=warn since:2026-11-23T10:00Z", 0, &TimeZone::UTC).expect("it is right");
    let (stretches, passed) = kept.blocks.stretches(1 << 20, |block| {
        block.decide("a.log", true, |known| query.judge(known)) == Decided::default()
    });
    let mut at = kept.blocks.begins();
    let mut entries = passed.entries;
    for stretch in stretches {
        assert!(at <= stretch.start && stretch.start <= stretch.end, "{stretch:?} behind {at}");
        at = stretch.end;
        entries += stretch.passed.entries;
    }
    assert!(at <= kept.blocks.end() && entries <= kept.blocks.entries());
}
