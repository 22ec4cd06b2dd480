//! The words and signs of a query, one after the other.
//!
//! What a byte means depends on where it stands: the lexer is asked for the [`Lexer::next`] token of a term, and behind a
//! name and its operator for the [`Lexer::value`]. It always moves on, behind a mistake too, so that half-typed texts can
//! be read to their end.

use std::borrow::Cow;

use super::ast::{At, KEYWORDS, OPERATORS, Operator, Pattern, Span, Subject};
use super::error::{A_VALUE, QueryError};
use super::slips::{self, Slip};

pub(super) const A_TERM: &str = "a word, a \"phrase\", a /regex/ or field:value";

/// A word or a sign at the beginning of a term or between terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `and`
    And,
    /// `or`
    Or,
    /// `not`, or `-` before a term.
    Not,
    /// Something to look for in the raw bytes.
    Text(Pattern),
    /// A field's name and how it is compared; the value follows.
    Name(At<Subject>, At<Operator>),
}

/// Reads a query's text from left to right.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Where it will read on.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The bytes that `span` names.
    pub(super) fn text_at(&self, span: Span) -> &'a str {
        span.of(self.text)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The next token, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<At<Token>>, QueryError> {
        self.at = self.text.len() - self.rest().trim_start().len();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let token = match first {
            '(' => self.sign(Token::Open),
            ')' => self.sign(Token::Close),
            '-' if !self.rest().starts_with("--") => {
                self.at += 1;
                if ends_term(self.rest()) {
                    return Err(QueryError::expected(self.span_from(start), "a term behind the - that leaves it out"));
                }
                Token::Not
            }
            '"' => {
                let name = self.phrase()?;
                if let Some(slip) = slips::behind_name("", self.rest()) {
                    return Err(self.refuse(slip, start));
                }
                match self.operator("") {
                    Some(operator) => Token::Name(At::new(name.span, Subject::Field(name.what.into())), operator),
                    None => Token::Text(Pattern::Literal(name.what.into())),
                }
            }
            '/' => Token::Text(self.regex_or_path(false)?),
            _ => match self.name()? {
                Some(name) => name,
                None => self.word()?,
            },
        };
        Ok(Some(At::new(self.span_from(start), token)))
    }

    fn sign(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    /// The value behind an operator. Only behind a colon does a slash begin a regex.
    pub(super) fn value(&mut self, operator: Operator) -> Result<At<Pattern>, QueryError> {
        let start = self.at;
        let pattern = match self.rest().chars().next() {
            Some('"') => Pattern::Literal(self.phrase()?.what.into()),
            Some('/') if operator == Operator::Has => self.regex_or_path(true)?,
            Some(first) if !first.is_whitespace() && first != '(' && first != ')' => {
                self.refuse_single_quotes()?;
                pattern_of(self.run())
            }
            _ => return Err(QueryError::expected(Span::new(start, start), A_VALUE)),
        };
        Ok(At::new(self.span_from(start), pattern))
    }

    /// A name that is directly followed by an operator.
    fn name(&mut self) -> Result<Option<Token>, QueryError> {
        let rest = self.rest();
        let is_first = |char: char| char.is_alphabetic() || matches!(char, '_' | '@' | '$');
        let is_further = |char: char| char.is_alphanumeric() || matches!(char, '_' | '@' | '$' | '.' | '-');
        if !rest.starts_with(is_first) {
            return Ok(None);
        }
        let name = &rest[..rest.find(|char| !is_further(char)).unwrap_or(rest.len())];
        let start = self.at;
        self.at += name.len();
        let span = self.span_from(start);
        if let Some(slip) = slips::behind_name(name, self.rest()) {
            return Err(self.refuse(slip, start));
        }
        let Some(operator) = self.operator(name) else {
            self.at = start;
            return Ok(None);
        };
        Ok(Some(Token::Name(At::new(span, Subject::named(name)), operator)))
    }

    /// The operator that stands here behind `name`. `app::net`, `http://`, `a->b`, `a=>b` and `a==` hold none.
    fn operator(&mut self, name: &str) -> Option<At<Operator>> {
        let rest = self.rest();
        let is_other = ["::", "://", "==", "=>"].iter().any(|sign| rest.starts_with(sign));
        if is_other || (name.ends_with('-') && rest.starts_with('>')) {
            return None;
        }
        let (sign, operator) = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign))?;
        let start = self.at;
        self.at += sign.len();
        Some(At::new(self.span_from(start), *operator))
    }

    fn word(&mut self) -> Result<Token, QueryError> {
        self.refuse_single_quotes()?;
        let (start, rest) = (self.at, self.rest());
        let word = self.run();
        if let Some(slip) = slips::of_word(word, rest) {
            self.at = start;
            return Err(self.refuse(slip, start));
        }
        Ok(match word {
            "and" | "AND" => Token::And,
            "or" | "OR" => Token::Or,
            "not" | "NOT" => Token::Not,
            "*" => Token::Text(Pattern::Any),
            _ => Token::Text(Pattern::Literal(word.into())),
        })
    }

    fn refuse_single_quotes(&mut self) -> Result<(), QueryError> {
        let Some(slip) = slips::single_quoted(self.rest()) else { return Ok(()) };
        let start = self.at;
        self.at += slip.bytes;
        let span = self.span_from(start);
        Err(QueryError::expected(span, slip.expected).or_quoted(self.text_at(span)))
    }

    /// The mistake that is a slip here, in a term that begins at `start`; behind that term it goes on.
    fn refuse(&mut self, slip: Slip, start: usize) -> QueryError {
        let span = Span::new(self.at, self.at + slip.bytes);
        self.at = span.end;
        let _ = self.run();
        let error = QueryError::expected(span, slip.expected);
        let term = self.text_at(self.span_from(start));
        let is_word = !term.contains('"') && !self.rest().starts_with('(');
        if is_word { error.or_quoted(term) } else { error }
    }

    /// Everything up to the next space or a parenthesis that does not belong to the word: `connect()` is one word, and in
    /// `(a or f(x))` the last parenthesis closes the group.
    fn run(&mut self) -> &'a str {
        let rest = self.rest();
        let mut open = Vec::new();
        let mut end = rest.len();
        for (at, char) in rest.char_indices() {
            let is_end = match char {
                '(' if KEYWORDS.contains(&&rest[..at]) => true,
                '(' => {
                    open.push(at);
                    false
                }
                ')' => open.pop().is_none(),
                char => char.is_whitespace(),
            };
            if is_end {
                end = at;
                break;
            }
        }
        let run = &rest[..open.first().copied().unwrap_or(end)];
        self.at += run.len();
        run
    }

    /// A text in quotes, in which `\"` and `\\` stand for the second of the two.
    fn phrase(&mut self) -> Result<At<Cow<'a, str>>, QueryError> {
        let start = self.at;
        let inner = &self.rest()[1..];
        let mut decoded = String::new();
        let mut from = 0;
        let mut chars = inner.char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.at += at + 2;
                    let tail = &inner[from..at];
                    let text = if from == 0 { Cow::Borrowed(tail) } else { Cow::Owned(decoded + tail) };
                    return Ok(At::new(self.span_from(start), text));
                }
                '\\' if inner[at + 1..].starts_with(['"', '\\']) => {
                    decoded.push_str(&inner[from..at]);
                    from = at + 1;
                    let _ = chars.next();
                }
                _ => {}
            }
        }
        self.at = self.text.len();
        Err(QueryError::expected(self.span_from(start), "a closing \""))
    }

    /// A regex between slashes. Where its second slash does not end a term and nothing in it looks like a regex, it is a
    /// path: `/var/log/syslog`.
    fn regex_or_path(&mut self, is_value: bool) -> Result<Pattern, QueryError> {
        let start = self.at;
        let inner = &self.rest()[1..];
        let Some(end) = closing_slash(inner) else {
            let run = self.run();
            self.at = self.text.len();
            let error = QueryError::expected(self.span_from(start), "a / that ends the regex");
            return Err(error.or_quoted(run));
        };
        if ends_term(&inner[end + 1..]) {
            self.at += end + 2;
            if end == 0 {
                return Err(QueryError::expected(self.span_from(start), "a regex between the slashes").or_quoted("//"));
            }
            return Ok(Pattern::Regex(inner[..end].into()));
        }
        let run = self.run();
        if is_path(run) {
            return Ok(if is_value { pattern_of(run) } else { Pattern::Literal(run.into()) });
        }
        let behind = start + 1 + end + 1;
        self.at = self.at.max(behind);
        let error = QueryError::expected(self.span_from(behind), "a space behind the regex, whose own slashes are \\/");
        Err(error.or_quoted(run))
    }
}

/// Whether nothing in `word`, which begins with a slash, looks like a regex.
pub(super) fn is_path(word: &str) -> bool {
    word.starts_with('/') && !word.contains(|char| "\\()[]{}+?^$|".contains(char))
}

/// Whether an unquoted value would be a regex behind a colon.
pub(super) fn is_regex(word: &str) -> bool {
    let Some(inner) = word.strip_prefix('/') else { return false };
    closing_slash(inner).is_some_and(|end| end > 0 && end + 1 == inner.len())
}

fn closing_slash(inner: &str) -> Option<usize> {
    let mut is_escaped = false;
    inner.bytes().position(|byte| {
        let is_end = byte == b'/' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

fn ends_term(rest: &str) -> bool {
    rest.chars().next().is_none_or(|char| char.is_whitespace() || char == ')')
}

fn pattern_of(word: &str) -> Pattern {
    match word {
        "*" => Pattern::Any,
        _ if word.contains('*') => Pattern::Glob(word.into()),
        _ => Pattern::Literal(word.into()),
    }
}
