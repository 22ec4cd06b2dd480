//! A substring, searched for in raw bytes as fast as the machine reads them.
//!
//! A needle without an ASCII capital matches either case of ASCII letters; one with a capital matches exactly. Bytes
//! beyond ASCII always match exactly. Queries search for their words with it.

use std::ops::Range;

use memchr::memmem;

use super::lines;

/// A needle, ready to be searched for.
#[derive(Clone, Debug)]
pub struct Substring {
    needle: Box<[u8]>,
    search: Search,
}

/// How the needle is found.
#[derive(Clone, Debug)]
enum Search {
    /// The empty needle: every line matches, and there is nothing to point at.
    Everything,
    /// A needle that holds a line end: no line matches.
    Nothing,
    /// Byte for byte.
    Exact(Box<memmem::Finder<'static>>),
    /// Either case: look for the rarest byte in both its cases, then compare around it.
    EitherCase {
        /// Where in the needle the rarest byte stands.
        rare_at: usize,
        /// The rarest byte.
        lower: u8,
        /// Its other case, or the same.
        upper: u8,
    },
}

impl Substring {
    /// Prepares a needle.
    #[must_use]
    pub fn new(needle: &str) -> Self {
        let bytes = needle.as_bytes();
        let search = if bytes.is_empty() {
            Search::Everything
        } else if bytes.contains(&b'\n') {
            Search::Nothing
        } else if bytes.iter().any(u8::is_ascii_uppercase) || !bytes.iter().any(u8::is_ascii_lowercase) {
            Search::Exact(Box::new(memmem::Finder::new(bytes).into_owned()))
        } else {
            let rare_at = (0..bytes.len()).min_by_key(|&at| commonness(bytes[at])).expect("the needle is not empty");
            let lower = bytes[rare_at];
            Search::EitherCase { rare_at, lower, upper: lower.to_ascii_uppercase() }
        };
        Self { needle: bytes.into(), search }
    }

    /// Whether `line`, given without its line end, holds the needle. Every line holds the empty needle.
    #[must_use]
    pub fn is_match(&self, line: &[u8]) -> bool {
        matches!(self.search, Search::Everything) || self.find(line, 0).is_some()
    }

    /// Returns where the needle stands in `hay`, from left to right and without overlap. The empty needle stands nowhere.
    pub fn find_iter<'a>(&'a self, hay: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let start = self.find(hay, from)?;
            from = start + self.needle.len();
            Some(start..from)
        })
    }

    /// Returns the range of each line of `block` that holds the needle, without its `\n`: ascending, each line once.
    /// `block` begins at the beginning of a line; its last line may lack its end.
    pub fn matching_lines<'a>(&'a self, block: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let hit = match self.search {
                Search::Everything => (from < block.len()).then_some(from)?,
                _ => self.find(block, from)?,
            };
            let line = lines::around(block, from, hit);
            from = block.len().min(line.end + 1);
            Some(line)
        })
    }

    /// Where the needle first stands at or behind `from`. The empty needle stands nowhere.
    #[must_use]
    pub fn find(&self, hay: &[u8], from: usize) -> Option<usize> {
        match &self.search {
            Search::Everything | Search::Nothing => None,
            Search::Exact(finder) => finder.find(hay.get(from..)?).map(|at| from + at),
            &Search::EitherCase { rare_at, lower, upper } => {
                let behind_rare = self.needle.len() - rare_at;
                // The rare byte can stand no further left than this, and no further right than the needle's rest allows.
                let mut at = from + rare_at;
                let last = (hay.len() + 1).checked_sub(behind_rare)?;
                loop {
                    let rest = hay.get(at..last)?;
                    let found =
                        if lower == upper { memchr::memchr(lower, rest) } else { memchr::memchr2(lower, upper, rest) };
                    let start = at + found? - rare_at;
                    if self.needle.eq_ignore_ascii_case(&hay[start..start + self.needle.len()]) {
                        return Some(start);
                    }
                    at = start + rare_at + 1;
                }
            }
        }
    }
}

/// A rank of how often a byte stands in logs: lower is rarer. Both cases of a letter count together.
const fn commonness(byte: u8) -> u8 {
    // From the rarest to the commonest, by judgement: it decides speed, never the answer.
    const ORDER: &[u8] = b"~`^\\!;&@$%+*?|{}<>#'qz,()jxkwvyhgfu\"[]pb_mc=ld/rnosi-tae9876543.:210 ";
    let mut at = 0;
    while at < ORDER.len() {
        if ORDER[at] == byte {
            return 1 + at as u8;
        }
        at += 1;
    }
    // Beyond ASCII: rare in most logs, but the lead bytes of one script repeat.
    if byte >= 0xc0 { 40 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(needle: &str, hay: &str) -> Vec<Range<usize>> {
        Substring::new(needle).find_iter(hay.as_bytes()).collect()
    }

    #[test]
    fn a_needle_without_capitals_finds_either_case() {
        assert_eq!(found("error", "ERROR error ErRoR"), [0..5, 6..11, 12..17]);
        assert_eq!(found("é1", "é1 É1"), Vec::from([Range { start: 0, end: 3 }]));
    }

    #[test]
    fn a_needle_with_a_capital_finds_exactly_itself() {
        assert_eq!(found("Error", "ERROR Error error"), Vec::from([Range { start: 6, end: 11 }]));
    }

    #[test]
    fn finds_do_not_overlap() {
        assert_eq!(found("aa", "aaaaa"), [0..2, 2..4]);
        assert_eq!(found("--", "-----"), [0..2, 2..4]);
    }

    #[test]
    fn the_empty_needle_matches_every_line_and_stands_nowhere() {
        let needle = Substring::new("");
        assert!(needle.is_match(b""));
        assert_eq!(needle.find_iter(b"abc").count(), 0);
        assert_eq!(needle.matching_lines(b"a\n\nb").collect::<Vec<_>>(), [0..1, 2..2, 3..4]);
        assert_eq!(needle.matching_lines(b"a\n").collect::<Vec<_>>(), Vec::from([Range { start: 0, end: 1 }]));
        assert_eq!(needle.matching_lines(b"").count(), 0);
    }

    #[test]
    fn a_needle_never_reaches_over_a_line_end() {
        assert_eq!(Substring::new("a\nb").matching_lines(b"a\nb\n").count(), 0);
        assert!(!Substring::new("a\nb").is_match(b"a"));
    }

    #[test]
    fn each_matching_line_comes_once() {
        let block = b"one two two\nthree\ntwo\n\ntwo";
        assert_eq!(Substring::new("two").matching_lines(block).collect::<Vec<_>>(), [0..11, 18..21, 23..26]);
    }

    #[test]
    fn a_needle_longer_than_the_hay_is_not_found() {
        assert!(!Substring::new("abcdef").is_match(b"abc"));
        assert!(!Substring::new("abcdef").is_match(b""));
    }
}
