//! The words that programs name levels with, each found by one look into a table that is built with the program.

use super::Level;
use super::Level::{Debug, Error, Fatal, Info, Trace, Warn};
use Standing::{Anywhere, BeforeColon, Bracketed, Column, Key, Panicked, Short, Unmistaken};

/// Where a known word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// A level's name.
    Anywhere,
    /// A level's name cut short, as some programs do.
    Short,
    /// A level only alone in brackets.
    Bracketed,
    /// A level only in capitals before a colon.
    BeforeColon,
    /// A level only where a format has its level.
    Column,
    /// A level only where a format has its level that nothing else looks like.
    Unmistaken,
    /// What Rust says of a thread that ends.
    Panicked,
    /// Not a level: the key of one.
    Key,
}

/// A known word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) level: Level,
    pub(super) standing: Standing,
    /// Its letters, as [`packed`] has them.
    packed: u128,
}

/// The longest word worth looking up.
pub(super) const WORD_BYTES_MAX: usize = 13;

const fn word(name: &str, level: Level, standing: Standing) -> Word {
    Word { level, standing, packed: packed(name.as_bytes()) }
}

const WORDS: [Word; 66] = [
    word("trace", Trace, Anywhere),
    word("verbose", Trace, Anywhere),
    word("trc", Trace, Short),
    word("trce", Trace, Short),
    word("vrb", Trace, Short),
    word("debug", Debug, Anywhere),
    word("debug1", Debug, Anywhere),
    word("debug2", Debug, Anywhere),
    word("debug3", Debug, Anywhere),
    word("debug4", Debug, Anywhere),
    word("debug5", Debug, Anywhere),
    word("dbg", Debug, Short),
    word("dbug", Debug, Short),
    word("debu", Debug, Short),
    word("info", Info, Anywhere),
    word("information", Info, Anywhere),
    word("informational", Info, Anywhere),
    word("notice", Info, Anywhere),
    word("inf", Info, Short),
    word("warn", Warn, Anywhere),
    word("warning", Warn, Anywhere),
    word("wrn", Warn, Short),
    word("error", Error, Anywhere),
    word("err", Error, Anywhere),
    word("severe", Error, Anywhere),
    word("erro", Error, Short),
    word("eror", Error, Short),
    word("fail", Error, Short),
    word("fatal", Fatal, Anywhere),
    word("critical", Fatal, Anywhere),
    word("panic", Fatal, Anywhere),
    word("emerg", Fatal, Anywhere),
    word("emergency", Fatal, Anywhere),
    word("alert", Fatal, Anywhere),
    word("crit", Fatal, Short),
    word("ftl", Fatal, Short),
    word("fata", Fatal, Short),
    word("pani", Fatal, Short),
    word("pnc", Fatal, Short),
    word("dpanic", Fatal, Short),
    word("note", Info, Bracketed),
    word("failed", Error, Bracketed),
    word("log", Info, BeforeColon),
    word("fine", Debug, BeforeColon),
    word("finer", Trace, BeforeColon),
    word("finest", Trace, BeforeColon),
    word("failure", Error, Column),
    word("config", Info, Column),
    word("success", Info, Column),
    word("trace1", Trace, Column),
    word("trace2", Trace, Column),
    word("trace3", Trace, Column),
    word("trace4", Trace, Column),
    word("trace5", Trace, Column),
    word("trace6", Trace, Column),
    word("trace7", Trace, Column),
    word("trace8", Trace, Column),
    word("system", Info, Unmistaken),
    word("panicked", Fatal, Panicked),
    word("level", Info, Key),
    word("lvl", Info, Key),
    word("loglevel", Info, Key),
    word("levelname", Info, Key),
    word("severity", Info, Key),
    word("priority", Info, Key),
    word("level_name", Info, Key),
];

/// Slots of the table: a power of two, a quarter of them full.
const SLOTS: usize = 256;

/// For each hash the place of a word in [`WORDS`], plus one; 0 where there is none. A word whose slot was taken stands in
/// the next free one.
const TABLE: [u8; SLOTS] = {
    let mut table = [0; SLOTS];
    let mut at = 0;
    while at < WORDS.len() {
        let mut slot = hash(WORDS[at].packed);
        while table[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        at += 1;
        table[slot] = at as u8;
    }
    table
};

/// The first two letters of every word that may stand anywhere in a line, as bits: few words of a line pass.
pub(super) const OPENINGS: [u32; 32] = {
    let mut table = [0; 32];
    let mut at = 0;
    while at < WORDS.len() {
        let [first, second, ..] = WORDS[at].packed.to_le_bytes();
        if !matches!(WORDS[at].standing, Column | Unmistaken) {
            table[(first & 31) as usize] |= 1 << (second & 31);
        }
        at += 1;
    }
    table
};

/// The letters of a word in lower case, the first one lowest, and its length behind them.
const fn packed(word: &[u8]) -> u128 {
    let mut at = word.len();
    let mut packed = at as u128;
    while at > 0 {
        at -= 1;
        packed = packed << 8 | word[at].to_ascii_lowercase() as u128;
    }
    packed
}

/// [`packed`], without a loop for the lengths of most words: how it runs does not hang on which word it is.
#[inline]
fn packed_at_once(word: &[u8]) -> u128 {
    let (4..=8, Some(first), Some(last)) = (word.len(), word.first_chunk(), word.last_chunk()) else {
        return packed(word);
    };
    // The two groups of four overlap, with the same letters.
    let shift = 8 * (word.len() - 4);
    let letters = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift;
    u128::from(to_lower(letters)) | (word.len() as u128) << (8 * word.len())
}

/// Eight letters in lower case; the high bit of a sum says whether the byte was at least `128 - addend`.
const fn to_lower(letters: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let low = letters & !HIGH;
    let capital = (low + (0x80 - b'A' as u64) * ONES) & !(low + (0x80 - b'[' as u64) * ONES) & !letters & HIGH;
    letters | capital >> 2
}

const fn hash(packed: u128) -> usize {
    let folded = packed as u64 ^ ((packed >> 64) as u64).rotate_left(29);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize
}

impl Word {
    /// The known word that `word` is, in any case.
    #[inline]
    pub(super) fn of(word: &[u8]) -> Option<&'static Self> {
        static KNOWN: [Word; WORDS.len()] = WORDS;
        (word.len() <= WORD_BYTES_MAX).then_some(())?;
        let packed = packed_at_once(word);
        let mut slot = hash(packed);
        loop {
            let known = &KNOWN[usize::from(TABLE[slot]).checked_sub(1)?];
            if known.packed == packed {
                return Some(known);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_packed_at_once_as_one_by_one() {
        for length in 0..=WORD_BYTES_MAX {
            for byte in 0..=255 {
                let mut word = *b"AbCdZ_9{@[`mN";
                word[length / 2] = byte;
                assert_eq!(packed_at_once(&word[..length]), packed(&word[..length]), "{byte} of {length}");
            }
        }
    }

    #[test]
    fn every_word_is_found_in_any_case_and_nothing_else_is() {
        for known in &WORDS {
            let bytes = known.packed.to_le_bytes();
            let length = bytes.iter().rposition(|byte| *byte != 0).expect("a word has letters");
            let name = &bytes[..length];
            assert!(name.len() <= WORD_BYTES_MAX);
            for spelled in [name.to_vec(), name.to_ascii_uppercase()] {
                let found = Word::of(&spelled).expect("it is known");
                assert_eq!((found.level, found.standing), (known.level, known.standing), "{name:?}");
            }
            for other in [[name, b"\0"].concat(), [b"x", name].concat(), name[..1].to_vec()] {
                assert!(Word::of(&other).is_none(), "{other:?}");
            }
        }
        assert!(Word::of(b"").is_none() && Word::of(&[b'e'; 40]).is_none());
    }
}
