//! A regex over bytes, and what can be known of it without running it.
//!
//! Unicode is off: `.` is a byte, classes are ASCII, and no tables weigh on the build. `^` and `$` stand at every line of an
//! entry. A regex without an ASCII capital in it (`\S` is none) matches either case of ASCII letters.

use std::convert::Infallible;
use std::ops::Range;

use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Input, meta};
use regex_syntax::ast::{self, Ast, ClassSetItem, Flag, Flags, FlagsItem, FlagsItemKind, Literal, Visitor};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Dot, ErrorKind, Hir, HirKind, Look, Repetition};

use super::ast::Span;
use super::error::{Mistake, QueryError};
use super::literals::Literals;
use crate::log::lines;
use crate::log::substring::Substring;

/// What a compiled regex may take, and again what each of its two caches of states may take.
const MEMORY_BYTES_MAX: usize = 1 << 20;
/// What a cache of states may take where there can be many: those of texts and globs.
const CACHE_BYTES_MAX: usize = 1 << 17;
/// How deep its groups and classes may be nested.
const NEST_MAX: u32 = 64;
/// A literal of at least so many bytes is worth a search of its own.
const GUARD_BYTES_MIN: usize = 3;

/// A regex, ready to be searched for.
#[derive(Clone, Debug)]
pub(super) struct Regexp {
    regex: meta::Regex,
    literals: Option<Literals>,
    stays_in_line: bool,
    guard: Option<Guard>,
}

/// A text that every match holds and that is looked for first.
#[derive(Clone, Debug)]
struct Guard {
    text: Substring,
    /// Whether every match begins with it.
    begins_it: bool,
}

impl Regexp {
    /// Compiles `pattern`, which stands at `start` in the query's text.
    pub(super) fn new(pattern: &str, start: usize) -> Result<Self, QueryError> {
        let whole = Span::new(start, start + pattern.len());
        let meaning = meaning(pattern, start)?;
        Self::build(&meaning, MEMORY_BYTES_MAX).ok_or_else(|| QueryError::new(whole, Mistake::RegexTooBig))
    }

    /// A regex that finds any of `texts`, each in either case unless it holds a capital.
    pub(super) fn any_of(texts: &[&str]) -> Option<Self> {
        let each = texts.iter().map(|text| literal(text, text.bytes().any(|byte| byte.is_ascii_uppercase())));
        Self::build(&Hir::alternation(each.collect()), CACHE_BYTES_MAX)
    }

    /// A regex that finds `parts` in their order with anything between them, and nothing before or behind.
    pub(super) fn whole(parts: &[&str]) -> Option<Self> {
        let heeds_case = parts.iter().any(|part| part.bytes().any(|byte| byte.is_ascii_uppercase()));
        let anything = Repetition { min: 0, max: None, greedy: false, sub: Box::new(Hir::dot(Dot::AnyByte)) };
        let mut sequence = vec![Hir::look(Look::Start)];
        for (index, part) in parts.iter().enumerate() {
            sequence.extend((index > 0).then(|| Hir::repetition(anything.clone())));
            sequence.push(literal(part, heeds_case));
        }
        sequence.push(Hir::look(Look::End));
        Self::build(&Hir::concat(sequence), CACHE_BYTES_MAX)
    }

    /// `None` where it would take too much memory.
    fn build(meaning: &Hir, cache_bytes: usize) -> Option<Self> {
        let literals = Literals::of(meaning);
        let guard = literals.as_ref().and_then(guard);
        let config = meta::Config::new()
            .utf8_empty(false)
            .which_captures(WhichCaptures::Implicit)
            .nfa_size_limit(Some(MEMORY_BYTES_MAX))
            .onepass_size_limit(Some(cache_bytes))
            .hybrid_cache_capacity(cache_bytes)
            // Without a text to look for it would stop at every digit, which takes longer than reading on.
            .auto_prefilter(guard.is_none() && literals.as_ref().is_some_and(|literals| literals.bytes_min() > 1));
        let regex = meta::Builder::new().configure(config).build_from_hir(meaning).ok()?;
        Some(Self { regex, literals, stays_in_line: stays_in_line(meaning), guard })
    }

    /// Texts of which every match holds at least one, if any are known.
    pub(super) fn needles(&self) -> Option<&[String]> {
        self.literals.as_ref().map(|literals| &*literals.texts)
    }

    /// Whether it finds the same in a line by itself as in the line among others.
    pub(super) const fn stays_in_line(&self) -> bool {
        self.stays_in_line
    }

    /// Whether it matches anywhere in `text`.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.guard.as_ref().is_none_or(|guard| guard.text.is_match(text)) && self.regex.is_match(text)
    }

    /// Where it matches in `text`, from left to right.
    pub(super) fn find_iter<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        self.regex.find_iter(text).map(|found| found.range())
    }

    /// A place in the first line at or behind `from`, which begins a line, that it matches in. It has to stay in its line.
    pub(super) fn find_line(&self, block: &[u8], from: usize) -> Option<usize> {
        // Where the first match ends is enough, and sooner known than where it begins.
        let end_of_first = |within: Range<usize>| {
            let input = Input::new(block).range(within).earliest(true);
            self.regex.search_half(&input).map(|end| end.offset())
        };
        let Some(guard) = &self.guard else { return end_of_first(from..block.len()) };
        let mut from = from;
        loop {
            let hit = guard.text.find(block, from)?;
            let line = lines::around(block, from, hit);
            if let Some(end) = end_of_first(if guard.begins_it { hit } else { line.start }..line.end) {
                return Some(end);
            }
            from = line.end + 1;
        }
    }
}

/// The one text that every match holds, if it is long enough to be rare.
fn guard(literals: &Literals) -> Option<Guard> {
    match &*literals.texts {
        [text] if text.len() >= GUARD_BYTES_MIN => {
            Some(Guard { text: Substring::new(text), begins_it: literals.begin_it })
        }
        _ => None,
    }
}

/// What matches `text` itself.
fn literal(text: &str, heeds_case: bool) -> Hir {
    if heeds_case {
        return Hir::literal(text.as_bytes());
    }
    let either_case = |byte: u8| {
        let cases = [byte.to_ascii_uppercase(), byte.to_ascii_lowercase()].map(|case| ClassBytesRange::new(case, case));
        Hir::class(Class::Bytes(ClassBytes::new(cases)))
    };
    Hir::concat(text.bytes().map(either_case).collect())
}

/// Reads `pattern`, which stands at `start` in the query's text.
fn meaning(pattern: &str, start: usize) -> Result<Hir, QueryError> {
    let broken = |span: &ast::Span, why: String| {
        let span = Span::new(start + span.start.offset, start + span.end.offset);
        QueryError::new(span, Mistake::Regex(why.into()))
    };
    let tree = ast::parse::ParserBuilder::new()
        .nest_limit(NEST_MAX)
        .build()
        .parse(pattern)
        .map_err(|error| broken(error.span(), error.kind().to_string()))?;
    let Ok(letters) = ast::visit(&tree, Letters::default());
    if let Some(flag) = letters.unicode_flag {
        return Err(broken(&flag, "Unicode is off, for good".to_string()));
    }
    TranslatorBuilder::new()
        .utf8(false)
        .unicode(false)
        .multi_line(true)
        .crlf(true)
        .case_insensitive(!letters.holds_capital)
        .build()
        .translate(pattern, &tree)
        .map_err(|error| broken(error.span(), in_words(error.kind())))
}

fn in_words(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::UnicodeNotAllowed => "classes hold ASCII only; write (é|è) for [éè]".to_string(),
        other => other.to_string(),
    }
}

/// What only the regex as written tells.
#[derive(Default)]
struct Letters {
    /// Whether a capital stands for itself anywhere, in a class too.
    holds_capital: bool,
    /// Where Unicode is switched: its tables are in some builds only, and all have to give the same answer.
    unicode_flag: Option<ast::Span>,
}

impl Letters {
    fn see(&mut self, literal: &Literal) {
        self.holds_capital |= literal.c.is_ascii_uppercase();
    }

    fn see_flags(&mut self, flags: &Flags) {
        let is_unicode = |item: &&FlagsItem| item.kind == FlagsItemKind::Flag(Flag::Unicode);
        self.unicode_flag = self.unicode_flag.or(flags.items.iter().find(is_unicode).map(|item| item.span));
    }
}

impl Visitor for Letters {
    type Output = Self;
    type Err = Infallible;

    fn finish(self) -> Result<Self, Infallible> {
        Ok(self)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Infallible> {
        match ast {
            Ast::Literal(literal) => self.see(literal),
            Ast::Flags(set) => self.see_flags(&set.flags),
            Ast::Group(group) => group.flags().into_iter().for_each(|flags| self.see_flags(flags)),
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Infallible> {
        match item {
            ClassSetItem::Literal(literal) => self.see(literal),
            ClassSetItem::Range(range) => {
                self.see(&range.start);
                self.see(&range.end);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether it finds the same in a line by itself as in the line among others: no match holds a line end, none begins or
/// ends where only the whole text has its end, and none stands in the middle of `\r\n`, where no line is.
fn stays_in_line(meaning: &Hir) -> bool {
    let is_same_in_line = |look| {
        matches!(look, Look::StartCRLF | Look::EndCRLF | Look::WordAscii | Look::WordStartAscii | Look::WordEndAscii)
    };
    meaning.properties().look_set().iter().all(is_same_in_line) && !holds_line_end(meaning)
}

/// Whether a match can hold `\n` or `\r`.
fn holds_line_end(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.iter().any(|byte| matches!(byte, b'\r' | b'\n')),
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().any(|range| b"\r\n".iter().any(|end| (range.start()..=range.end()).contains(end)))
        }
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().any(|range| ['\r', '\n'].iter().any(|end| (range.start()..=range.end()).contains(end)))
        }
        HirKind::Repetition(repetition) => holds_line_end(&repetition.sub),
        HirKind::Capture(capture) => holds_line_end(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(holds_line_end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn knows(pattern: &str, needles: &[&str], stays_in_line: bool) {
        let regexp = Regexp::new(pattern, 0).expect("the pattern is a regex");
        let found = regexp.needles().unwrap_or_default();
        assert_eq!(
            (found.iter().map(String::as_str).collect::<Vec<_>>(), regexp.stays_in_line()),
            (needles.to_vec(), stays_in_line)
        );
    }

    #[test]
    fn the_longest_text_that_cannot_be_missing_is_known() {
        knows(r"took \d+ms", &["took "], true);
        knows(r"a(bc|de)+f.*gh", &["bc", "de"], true);
        knows(r"\bpanicked\b at 'x'", &["panicked at 'x'"], true);
        knows(r"Error: [a-z]+ timeout", &[" timeout"], true);
        knows(r"(?i)é?ERR-4", &["err-4"], true);
        knows(r"Foo(?i)bar", &["foobar"], true);
        knows(r"\d+|x", &[], true);
        knows(r"(x)?y*", &[], true);
        knows("größe", &["größe"], true);
    }

    #[test]
    fn a_regex_that_can_reach_over_a_line_end_is_known() {
        knows(r"a\sb", &["a"], false);
        knows(r"[^x]y", &["y"], false);
        knows(r"\Aab", &["ab"], false);
        knows(r"(?s)ab.", &["ab"], false);
        knows(r"^ab$", &["ab"], true);
        knows(r"abc\ndefg", &["defg"], false);
        knows(r"\bab\b{end}", &["ab"], true);
        knows(r"\B", &[], false);
        knows(r"(?-m)ab$", &["ab"], false);
    }

    #[test]
    fn only_capitals_that_stand_for_themselves_count() {
        let is_match =
            |pattern, text: &str| Regexp::new(pattern, 0).is_ok_and(|regexp| regexp.is_match(text.as_bytes()));
        assert!(is_match(r"\Sa\W", "xA!"));
        assert!(!is_match(r"\SA\W", "xa!"));
        assert!(!is_match(r"[A-C]a", "ba"));
        assert!(is_match(r"é{2}", "éé"));
    }

    #[test]
    fn mistakes_are_pointed_at() {
        let span = |pattern| Regexp::new(pattern, 10).map_err(|error| (error.span.start, error.span.end)).err();
        assert_eq!(span("a(b"), Some((11, 12)));
        assert_eq!(span("a**["), Some((13, 14)));
        assert_eq!(span("[é]"), Some((11, 13)));
        assert_eq!(span(r"x\pL"), Some((11, 14)));
        assert_eq!(span(r"a(?iu:b)"), Some((14, 15)));
        assert_eq!(span(r"(?-u)b"), Some((13, 14)));
        assert_eq!(span("((a{1000}){1000}){1000}"), Some((10, 33)));
        assert_eq!(span(&"(".repeat(1000)).map(|span| span.0 >= 10), Some(true));
    }
}
