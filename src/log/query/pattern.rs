//! What a text is compared with: a word, a regex, a glob, a whole value.
//!
//! All of them match either case of ASCII letters unless they hold an ASCII capital.

use std::ops::Range;

use super::numeral::Numeral;
use super::regexp::Regexp;
use crate::log::substring::Substring;

/// Longer words are searched for as regexes, whose time does not grow with them.
const WORD_BYTES_MAX: usize = 64;

/// A search for a part of a text.
#[derive(Clone, Debug)]
pub(super) enum Search {
    /// A word or a phrase, short and without a line end.
    Word(Box<str>, Substring),
    /// A regex, or another phrase.
    Regexp(Box<Regexp>),
}

/// What a decoded value is compared with.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// It holds this. A number is compared whole with a number.
    Has { search: Search, number: Option<Numeral> },
    /// It is this.
    Is { text: Box<str>, number: Option<Numeral> },
    /// It is like this.
    Glob(Glob),
}

/// A text with gaps.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    regexp: Box<Regexp>,
    longest: Box<str>,
}

impl Search {
    /// A search for `text` itself.
    pub(super) fn literal(text: &str) -> Self {
        // The search for substrings never reaches over a line end, and takes the product of both lengths at worst.
        if (text.contains('\n') || text.len() > WORD_BYTES_MAX)
            && let Some(regexp) = Regexp::any_of(&[text])
        {
            return Self::Regexp(Box::new(regexp));
        }
        Self::Word(text.into(), Substring::new(text))
    }

    /// Whether `text` holds it.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        match self {
            Self::Word(_, search) => search.is_match(text),
            Self::Regexp(regexp) => regexp.is_match(text),
        }
    }

    /// Adds the first `most` places where it stands in `text`; what is empty stands nowhere.
    pub(super) fn find_all(&self, text: &[u8], most: usize, found: &mut Vec<Range<usize>>) {
        match self {
            Self::Word(_, search) => found.extend(search.find_iter(text).take(most)),
            Self::Regexp(regexp) => found.extend(regexp.find_iter(text).filter(|at| !at.is_empty()).take(most)),
        }
    }

    /// Texts of which whatever matches holds at least one, if any are known.
    pub(super) fn needles(&self) -> Option<Vec<String>> {
        match self {
            Self::Word(text, _) => (!text.is_empty()).then(|| vec![text.to_string()]),
            Self::Regexp(regexp) => regexp.needles().map(<[String]>::to_vec),
        }
    }
}

impl Matcher {
    /// Compares with a part, or with a whole where both are numbers.
    pub(super) fn has(search: Search) -> Self {
        let number = match &search {
            Search::Word(text, _) => Numeral::read(text),
            Search::Regexp(_) => None,
        };
        Self::Has { search, number }
    }

    /// Compares with the whole.
    pub(super) fn is(text: &str) -> Self {
        Self::Is { text: text.into(), number: Numeral::read(text) }
    }

    /// Whether it asks for what is null too, which reads `null`.
    pub(super) fn is_null(&self) -> bool {
        match self {
            Self::Has { search: Search::Word(text, _), .. } | Self::Is { text, .. } => &**text == "null",
            Self::Has { .. } | Self::Glob(_) => false,
        }
    }

    /// Whether `text` is as asked.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        match self {
            Self::Has { search, .. } => search.is_match(text),
            Self::Is { text: whole, .. } => is(whole, text),
            Self::Glob(glob) => glob.is_match(text),
        }
    }

    /// Whether a number is as asked.
    pub(super) fn is_match_of_number(&self, digits: &[u8]) -> bool {
        match self {
            Self::Has { number: Some(number), .. } | Self::Is { number: Some(number), .. } => number.is(digits),
            _ => self.is_match(digits),
        }
    }

    /// The number that it asks for, alone or within a text.
    pub(super) const fn number_within(&self) -> Option<&Numeral> {
        if let Self::Has { number, .. } = self { number.as_ref() } else { None }
    }

    /// Texts of which the raw bytes of an entry hold at least one if the decoded value matches, unless a character is
    /// written there by its number, the value as a list of numbers, or it is cut into parts.
    pub(super) fn needles(&self) -> Option<Vec<String>> {
        let needles = match self {
            Self::Has { number: Some(number), .. } | Self::Is { number: Some(number), .. } => number.needles(),
            Self::Has { search, .. } => search.needles()?,
            Self::Is { text, .. } => vec![text.to_string()],
            Self::Glob(glob) => vec![glob.longest.to_string()],
        };
        needles.iter().map(|needle| unescaped_part(needle)).collect()
    }
}

impl Glob {
    /// A glob from a text with `*` in it.
    pub(super) fn new(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('*').collect();
        let longest = parts.iter().copied().max_by_key(|part| part.len()).unwrap_or("");
        Some(Self { regexp: Box::new(Regexp::whole(&parts)?), longest: longest.into() })
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.regexp.is_match(text)
    }
}

/// Whether `text` is `whole`, in either case unless that holds a capital.
fn is(whole: &str, text: &[u8]) -> bool {
    if whole.bytes().any(|byte| byte.is_ascii_uppercase()) {
        whole.as_bytes() == text
    } else {
        whole.as_bytes().eq_ignore_ascii_case(text)
    }
}

/// The longest part that every format writes as it is, but for characters written by their number: JSON, Go, EDN, CSV
/// and syslog have other ways to write quotes, slashes, closing brackets, control characters and what is beyond ASCII.
fn unescaped_part(text: &str) -> Option<String> {
    let is_safe = |char: char| matches!(char, ' '..='~') && !matches!(char, '"' | '\'' | '\\' | '/' | ']');
    text.split(|char| !is_safe(char)).max_by_key(|part| part.len()).filter(|part| !part.is_empty()).map(str::to_string)
}
