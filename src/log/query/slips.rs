//! Signs that other languages have and this one does not, told apart from texts that hold them.
//!
//! Taken for texts they would find nothing, and nobody would say why. So what is hardly ever a text is refused with what to
//! write in its place; in quotes it is one. A single `|` or `&`, signs at the end of a word (`abc==`, `no!`) and apostrophes
//! (`don't`, `'main'`) are texts.

use super::error::A_COLON;

/// What was meant, by the bytes that a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slip {
    /// How many bytes are wrong.
    pub(super) bytes: usize,
    /// What has to stand there.
    pub(super) expected: &'static str,
}

/// What tells by a name and by what stands behind a sign whether that is meant to compare them.
type IsMeant = fn(&str, &str) -> bool;

/// Signs behind a name, the longer before those they begin with.
const BEHIND_NAMES: [(&str, &str, IsMeant); 5] = [
    ("!==", "!= here", |_, behind| begins_value(behind)),
    ("==", "a single = here", |_, behind| begins_value(behind)),
    ("=>", ">= here", |_, behind| begins_number(behind)),
    ("=<", "<= here", |_, behind| begins_number(behind)),
    ("~", A_COLON, is_likened),
];

/// Words that join terms elsewhere.
const WORDS: [(&str, &str); 2] = [("||", "the word or here"), ("&&", "the word and here")];

/// The slip that `rest`, which stands directly behind `name`, begins with.
pub(super) fn behind_name(name: &str, rest: &str) -> Option<Slip> {
    let is_slip = |(sign, _, is_meant): &&(&str, &str, IsMeant)| {
        rest.strip_prefix(sign).is_some_and(|behind| is_meant(name, behind))
    };
    BEHIND_NAMES.iter().find(is_slip).map(|(sign, expected, _)| Slip { bytes: sign.len(), expected })
}

/// The slip that `rest` begins with, of which `word` is the first.
pub(super) fn of_word(word: &str, rest: &str) -> Option<Slip> {
    if let Some((sign, expected)) = WORDS.iter().find(|(sign, _)| *sign == word) {
        return Some(Slip { bytes: sign.len(), expected });
    }
    let begins_term = |char: char| char.is_alphanumeric() || "_@$\"(/".contains(char);
    let is_negated = rest.strip_prefix('!').is_some_and(|negated| negated.starts_with(begins_term));
    is_negated.then_some(Slip { bytes: 1, expected: "- or the word not here" })
}

/// The phrase of several words in single quotes that `rest` begins with.
pub(super) fn single_quoted(rest: &str) -> Option<Slip> {
    let inner = rest.strip_prefix('\'')?;
    let first = &inner[..inner.find(char::is_whitespace)?];
    if first.contains('\'') {
        return None;
    }
    let ends =
        |rest: &str| rest.is_empty() || rest.starts_with(|char: char| char.is_whitespace() || "()".contains(char));
    let (end, _) = inner.match_indices('\'').find(|(at, _)| ends(&inner[at + 1..]))?;
    Some(Slip { bytes: end + 2, expected: "double quotes around a phrase" })
}

/// `===` means what `==` does.
fn begins_value(behind: &str) -> bool {
    behind.trim_start_matches('=').starts_with(|char: char| char.is_alphanumeric() || "\"-/*".contains(char))
}

fn begins_number(behind: &str) -> bool {
    behind.trim_start_matches(['-', '+']).starts_with(|char: char| char.is_ascii_digit())
}

/// `user~ann`, but neither `HEAD~1` nor `v1.2~rc`.
fn is_likened(name: &str, behind: &str) -> bool {
    let begins_text = behind.starts_with(|char: char| char.is_alphabetic() || "\"/*".contains(char));
    begins_text && !name.contains(|char: char| char.is_ascii_digit())
}
