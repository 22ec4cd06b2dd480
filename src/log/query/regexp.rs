//! A regex over bytes, and what can be known of it without running it.
//!
//! Unicode is off: `.` is a byte, classes are ASCII, and no tables weigh on the build. `^` and `$` stand at every line of an
//! entry. A regex without an ASCII capital in it (`\S` is none) matches either case of ASCII letters.

use std::convert::Infallible;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ast::{self, Ast, ClassSetItem, Flag, Flags, FlagsItem, FlagsItemKind, Literal, Visitor};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, ErrorKind, Hir, HirKind};

use super::ast::Span;
use super::error::{Mistake, QueryError};

/// What a compiled regex may take, and again what its cache of states may take.
const MEMORY_BYTES_MAX: usize = 1 << 20;
/// How deep its groups and classes may be nested.
const NEST_MAX: u32 = 64;
/// More alternatives than this are no help in a search.
const NEEDLES_MAX: usize = 64;

/// A regex, ready to be searched for.
#[derive(Clone, Debug)]
pub(super) struct Regexp {
    /// The search itself.
    pub(super) regex: Regex,
    /// Texts of which every match holds at least one, if any are known.
    pub(super) needles: Option<Vec<String>>,
    /// Whether it finds the same in a line by itself as in the line among others.
    pub(super) stays_in_line: bool,
}

impl Regexp {
    /// Compiles `pattern`, which stands at `start` in the query's text.
    pub(super) fn new(pattern: &str, start: usize) -> Result<Self, QueryError> {
        let whole = Span::new(start, start + pattern.len());
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
        let ignores_case = !letters.holds_capital;
        let meaning = TranslatorBuilder::new()
            .utf8(false)
            .unicode(false)
            .multi_line(true)
            .crlf(true)
            .case_insensitive(ignores_case)
            .build()
            .translate(pattern, &tree)
            .map_err(|error| broken(error.span(), in_words(error.kind())))?;
        let regex = Self::builder(pattern)
            .case_insensitive(ignores_case)
            .build()
            .map_err(|_| QueryError::new(whole, Mistake::RegexTooBig))?;
        let looks = meaning.properties().look_set();
        let stays_in_line =
            !looks.contains_anchor_haystack() && !looks.contains_anchor_lf() && !holds_line_end(&meaning);
        Ok(Self { regex, needles: needles(&meaning), stays_in_line })
    }

    /// A regex that finds any of `texts`, each in either case unless it holds a capital.
    pub(super) fn any_of(texts: &[&str]) -> Option<Self> {
        let flag = |text: &str| if text.bytes().any(|byte| byte.is_ascii_uppercase()) { "-i" } else { "i" };
        let parts: Vec<_> = texts.iter().map(|text| format!("(?{}:{})", flag(text), regex::escape(text))).collect();
        let regex = Self::builder(&parts.join("|")).build().ok()?;
        let stays_in_line = !texts.iter().any(|text| text.contains(['\r', '\n']));
        let needles = Some(texts.iter().map(|text| (*text).to_string()).collect());
        Some(Self { regex, needles, stays_in_line })
    }

    /// A regex that finds `parts` in their order with anything between them, and nothing before or behind.
    pub(super) fn whole(parts: &[&str]) -> Option<Self> {
        let parts: Vec<_> = parts.iter().map(|part| regex::escape(part)).collect();
        let pattern = parts.join("(?s:.*)");
        let ignores_case = !pattern.bytes().any(|byte| byte.is_ascii_uppercase());
        let regex = Self::builder(&format!(r"\A(?:{pattern})\z")).case_insensitive(ignores_case).build().ok()?;
        Some(Self { regex, needles: None, stays_in_line: false })
    }

    fn builder(pattern: &str) -> RegexBuilder {
        let mut builder = RegexBuilder::new(pattern);
        builder.unicode(false).multi_line(true).crlf(true).nest_limit(NEST_MAX);
        builder.size_limit(MEMORY_BYTES_MAX).dfa_size_limit(MEMORY_BYTES_MAX);
        builder
    }
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

/// Texts of which every match holds at least one.
fn needles(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Literal(_) | HirKind::Class(_) => {
            let mut run = Run::default();
            run.add(hir).then(|| run.needle().map(|needle| vec![needle]))?
        }
        HirKind::Repetition(repetition) => (repetition.min > 0).then(|| needles(&repetition.sub))?,
        HirKind::Capture(capture) => needles(&capture.sub),
        HirKind::Alternation(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(needles).collect();
            each.map(|each| each.concat()).filter(|all| all.len() <= NEEDLES_MAX)
        }
        HirKind::Concat(parts) => {
            let mut best = None;
            let mut run = Run::default();
            for part in parts {
                if !run.add(part) {
                    best = better(best, std::mem::take(&mut run).needle().map(|needle| vec![needle]));
                    best = better(best, needles(part));
                }
            }
            better(best, run.needle().map(|needle| vec![needle]))
        }
    }
}

/// The longer of two sets by their shortest member.
fn better(one: Option<Vec<String>>, other: Option<Vec<String>>) -> Option<Vec<String>> {
    let shortest =
        |set: &Option<Vec<String>>| set.as_ref().map_or(0, |set| set.iter().map(String::len).min().unwrap_or(0));
    if shortest(&other) > shortest(&one) { other } else { one }
}

/// Literal bytes side by side.
#[derive(Default)]
struct Run {
    bytes: Vec<u8>,
    /// Whether some of them stand for both cases.
    is_folded: bool,
}

impl Run {
    /// Takes what matches one text only, but for the case of letters; looking around takes no bytes.
    fn add(&mut self, hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => {
                self.bytes.extend_from_slice(&literal.0);
                true
            }
            HirKind::Class(Class::Bytes(class)) => {
                let [upper, lower] = class.ranges() else { return false };
                let is_letter = upper.start() == upper.end()
                    && lower.start() == lower.end()
                    && upper.start().is_ascii_uppercase()
                    && upper.start().to_ascii_lowercase() == lower.start();
                if is_letter {
                    self.bytes.push(lower.start());
                    self.is_folded = true;
                }
                is_letter
            }
            _ => false,
        }
    }

    /// Its longest text without a line end; lower case means either case.
    fn needle(mut self) -> Option<String> {
        if self.is_folded {
            self.bytes.make_ascii_lowercase();
        }
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let longest = self.bytes.split(is_end).max_by_key(|part| part.len()).filter(|part| !part.is_empty())?;
        match std::str::from_utf8(longest) {
            Ok(text) => Some(text.to_string()),
            Err(error) => std::str::from_utf8(&longest[..error.valid_up_to()])
                .ok()
                .filter(|text| !text.is_empty())
                .map(str::to_string),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn knows(pattern: &str, needles: &[&str], stays_in_line: bool) {
        let regexp = Regexp::new(pattern, 0).expect("the pattern is a regex");
        let found = regexp.needles.unwrap_or_default();
        assert_eq!(
            (found.iter().map(String::as_str).collect::<Vec<_>>(), regexp.stays_in_line),
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
    }

    #[test]
    fn only_capitals_that_stand_for_themselves_count() {
        let is_match =
            |pattern, text: &str| Regexp::new(pattern, 0).is_ok_and(|regexp| regexp.regex.is_match(text.as_bytes()));
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
