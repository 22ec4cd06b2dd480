//! What is wrong with a query, where, and what was expected there.

use std::fmt;

use super::ast::{Operator, Span, Subject};

/// A query that cannot be understood. Its words are for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The bytes of the text that are wrong; empty where something is missing.
    pub span: Span,
    /// What is wrong with them.
    pub mistake: Mistake,
    /// What else could have been meant, and how that is written.
    pub instead: Option<Instead>,
}

/// What could have been meant by a text that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Its bytes themselves, which are written so.
    Text(Box<str>),
    /// A value with a `*` for any text, which is written so.
    Glob(Box<str>),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Something else has to stand here.
    Expected(&'static str),
    /// The regex is broken: its own words for it.
    Regex(Box<str>),
    /// The regex would need more memory than a query may take.
    RegexTooBig,
    /// The text is longer than this many bytes.
    TooLong(usize),
    /// Parentheses or negations are nested deeper than this.
    TooDeep(usize),
    /// There are more terms than this.
    TooManyTerms(usize),
    /// There are more regexes than this.
    TooManyRegexes(usize),
}

pub(super) const A_LEVEL: &str = "a level: trace, debug, info, warn, error or fatal";
pub(super) const A_NUMBER: &str = "a number";
pub(super) const A_COLON: &str = "a : here";
pub(super) const A_CLOCK: &str = "a whole number";
pub(super) const A_TEXT: &str = "a word or a \"phrase\"";
pub(super) const A_TIME: &str = "a time (2026-11-23T10:00, 10:00) or how long ago (15m, 1d12h)";
pub(super) const A_VALUE: &str = "a value: a word, a \"phrase\" or a /regex/";

/// What has to stand behind this subject and operator.
pub(super) const fn value_of(subject: &Subject, operator: Operator) -> &'static str {
    match (subject, operator) {
        (Subject::Level, _) => A_LEVEL,
        (Subject::Lamport, _) => A_CLOCK,
        (Subject::Since | Subject::Until, _) => A_TIME,
        (_, Operator::Is | Operator::IsNot) => A_TEXT,
        (Subject::Field(_), Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast) => A_NUMBER,
        (Subject::Message | Subject::Source | Subject::Trace | Subject::Field(_), _) => A_VALUE,
    }
}

impl QueryError {
    pub(super) fn new(span: Span, mistake: Mistake) -> Self {
        Self { span, mistake, instead: None }
    }

    pub(super) fn expected(span: Span, what: &'static str) -> Self {
        Self::new(span, Mistake::Expected(what))
    }

    pub(super) fn or_quoted(self, text: &str) -> Self {
        Self { instead: Some(Instead::Text(super::ast::quote(text).into())), ..self }
    }

    /// The same where `text` could have been meant, in which stars stand for any text.
    pub(super) fn or_glob(self, text: String) -> Self {
        Self { instead: Some(Instead::Glob(text.into())), ..self }
    }

    /// What is wrong and where in `text`, which the error is about: `expected a number at “fast”`.
    #[must_use]
    pub fn explain(&self, text: &str) -> String {
        let instead = self.instead.as_ref().map(Instead::to_string).unwrap_or_default();
        format!("{} {}{instead}", self.mistake, place(text, self.span))
    }

    /// Whether `text`, which the error is about, may become right as more is typed: the mistake touches its end. A page
    /// keeps showing the last good answer then, and does not complain yet.
    #[must_use]
    pub fn is_unfinished(&self, text: &str) -> bool {
        self.span.end >= text.trim_end().len()
    }
}

/// The most characters of a text that are said back.
const SAID_CHARS: usize = 40;

/// Where a span stands, in words.
fn place(text: &str, span: Span) -> String {
    let is_at_end = span.start >= text.trim_end().len();
    let wrong = text.get(span.start..span.end.min(text.len())).unwrap_or_default();
    let before = text.get(..span.start).unwrap_or_default().trim_end();
    if !wrong.trim().is_empty() {
        let is_short = wrong.chars().count() <= SAID_CHARS;
        let said: String = wrong.chars().take(SAID_CHARS).collect();
        format!("at “{said}{}”", if is_short { "" } else { "…" })
    } else if is_at_end {
        "at the end".into()
    } else if before.is_empty() {
        "at the beginning".into()
    } else {
        let skipped = before.chars().count().saturating_sub(SAID_CHARS);
        let said: String = before.chars().skip(skipped).collect();
        format!("behind “{}{said}”", if skipped > 0 { "…" } else { "" })
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.mistake)?;
        self.instead.as_ref().map_or(Ok(()), |instead| instead.fmt(f))
    }
}

/// What follows the words for the mistake.
impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(quoted) => write!(f, "; to search for the text itself, write {quoted}"),
            Self::Glob(term) => write!(f, "; where * stands for any text, write {term}"),
        }
    }
}

impl std::error::Error for QueryError {}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::Regex(why) => write!(f, "broken regex: {why}"),
            Self::RegexTooBig => f.write_str("expected a smaller regex: its repetitions multiply"),
            Self::TooLong(most) => write!(f, "expected at most {most} bytes"),
            Self::TooDeep(most) => write!(f, "expected at most {most} levels of parentheses"),
            Self::TooManyRegexes(most) => write!(f, "expected at most {most} regexes"),
            Self::TooManyTerms(most) => write!(f, "expected at most {most} terms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::Query;

    #[test]
    fn what_was_expected_is_said_with_its_place() {
        let explained = |text: &str| match Query::compile(text, 0, &TimeZone::UTC) {
            Ok(_) => panic!("{text} is right"),
            Err(error) => error.explain(text),
        };
        let cases = [
            ("took>fast x", "expected a number at “fast”"),
            ("a or ", "expected a word, a \"phrase\", a /regex/ or field:value at the end"),
            ("a)", "expected no ), for none is open at “)”"),
            ("path:/x* y", "expected a / that ends the regex at “/x* y”; where * stands for any text, write path=/x*"),
            ("a && b", "expected the word and here at “&&”; to search for the text itself, write \"&&\""),
            (
                "error: x",
                "expected a value: a word, a \"phrase\" or a /regex/ behind “error:”; to search for the text itself, write \"error:\"",
            ),
        ];
        for (text, words) in cases {
            assert_eq!(explained(text), words);
        }
        let long = format!("x \"{}", "y".repeat(300));
        assert!(explained(&long).ends_with("yyy…”"), "{}", explained(&long));
        assert!(explained("é \u{3000}and").contains("at"));
    }
}
