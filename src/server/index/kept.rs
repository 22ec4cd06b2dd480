//! An index as bytes: a head, 64 bytes for each block, and a hash over all. Numbers are little-endian.
//!
//! What does not hash, does not fit its own counts or comes from another program is none.

use super::identity::{Hash, hash};
use crate::log::blocks::{Block, Blocks, KINDS};
use crate::log::query::Times;

const MAGIC: &[u8; 16] = b"frereth index 1\n";
const HASH_BYTES: usize = size_of::<Hash>();
const HEAD_BYTES: usize = MAGIC.len() + 2 * HASH_BYTES + 5 * size_of::<u64>();
const BLOCK_BYTES: usize = 64;

const HAS_SPAN: u32 = 1;
const HAS_UNTIMED: u32 = 2;
const HAS_SAID: u32 = 4;

/// An index, and what it is of.
pub(super) struct Kept {
    /// How the file was read.
    pub reading: Hash,
    /// The bytes at its ends.
    pub ends: Hash,
    /// How large it was.
    pub bytes: u64,
    /// When it was last written then, nanoseconds since 1970.
    pub modified_nanos: i64,
    /// The index.
    pub blocks: Blocks,
}

impl Kept {
    pub fn encode(&self) -> Vec<u8> {
        let blocks = self.blocks.as_slice();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + blocks.len() * BLOCK_BYTES + HASH_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.reading);
        bytes.extend_from_slice(&self.ends);
        bytes.extend_from_slice(&self.bytes.to_le_bytes());
        bytes.extend_from_slice(&self.modified_nanos.to_le_bytes());
        for number in [self.blocks.begins(), self.blocks.end(), blocks.len() as u64] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        blocks.iter().for_each(|block| encode(block, &mut bytes));
        let sum = hash(&[&bytes]);
        bytes.extend_from_slice(&sum);
        bytes
    }

    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<HASH_BYTES>()?;
        if hash(&[body]) != *sum {
            return None;
        }
        let mut rest = Bytes(body);
        if rest.take::<16>()? != *MAGIC {
            return None;
        }
        let (reading, ends) = (rest.take()?, rest.take()?);
        let (bytes, modified_nanos) = (rest.u64()?, i64::from_le_bytes(rest.take()?));
        let (begins, end, count) = (rest.u64()?, rest.u64()?, rest.u64()?);
        if rest.0.len() as u64 != count.checked_mul(BLOCK_BYTES as u64)? {
            return None;
        }
        let blocks = std::iter::from_fn(|| rest.block()).collect();
        Some(Self { reading, ends, bytes, modified_nanos, blocks: Blocks::kept(begins, end, blocks)? })
    }
}

fn encode(block: &Block, bytes: &mut Vec<u8>) {
    let Times { span, has_untimed } = block.times;
    let is = |is_so: bool, flag: u32| if is_so { flag } else { 0 };
    let flags = is(span.is_some(), HAS_SPAN) | is(has_untimed, HAS_UNTIMED) | is(block.said.is_some(), HAS_SAID);
    let numbers = [block.first, block.feeds].into_iter().chain(block.counts).chain([flags]);
    numbers.for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    let (first, last) = span.unwrap_or_default();
    for nanos in [first, last, block.said.unwrap_or_default()] {
        bytes.extend_from_slice(&nanos.to_le_bytes());
    }
}

/// Bytes that are still to be read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn block(&mut self) -> Option<Block> {
        let (first, feeds) = (self.u32()?, self.u32()?);
        let mut counts = [0; KINDS];
        for count in &mut counts {
            *count = self.u32()?;
        }
        let flags = self.u32()?;
        let mut nanos = || self.take().map(i64::from_le_bytes);
        let (from, until, said) = (nanos()?, nanos()?, nanos()?);
        let times =
            Times { span: (flags & HAS_SPAN != 0).then_some((from, until)), has_untimed: flags & HAS_UNTIMED != 0 };
        Some(Block { first, feeds, counts, times, said: (flags & HAS_SAID != 0).then_some(said) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::level::Level;

    fn kept() -> Kept {
        let entries = (0..200_usize).map(|number| {
            let time = (number > 20).then_some(number as i64 * 1_000_000_007 - 5);
            (number * 1_300, Level::from_severity((number % 9) as u8), time)
        });
        let blocks = Blocks::of(3, &vec![b'\n'; 260_000], entries);
        Kept { reading: [1; 32], ends: [2; 32], bytes: 5_000_000, modified_nanos: -7, blocks }
    }

    #[test]
    fn what_was_written_down_is_read_again() {
        let kept = kept();
        let bytes = kept.encode();
        assert_eq!(bytes.len(), HEAD_BYTES + kept.blocks.as_slice().len() * BLOCK_BYTES + HASH_BYTES);
        let again = Kept::decode(&bytes).expect("sound");
        assert_eq!(again.blocks, kept.blocks);
        assert_eq!((again.reading, again.ends), (kept.reading, kept.ends));
        assert_eq!((again.bytes, again.modified_nanos), (kept.bytes, kept.modified_nanos));
    }

    #[test]
    fn any_damage_makes_it_none() {
        let bytes = kept().encode();
        for at in (0..bytes.len()).step_by(11) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert!(Kept::decode(&damaged).is_none(), "byte {at}");
            assert!(Kept::decode(&bytes[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn what_hashes_but_does_not_fit_is_none() {
        let mut bytes = kept().encode();
        bytes.truncate(bytes.len() - HASH_BYTES - BLOCK_BYTES);
        let sum = hash(&[&bytes]);
        bytes.extend_from_slice(&sum);
        assert!(Kept::decode(&bytes).is_none(), "a block fewer than it says");
    }
}
