//! From a text to a tree, by recursive descent: `or` binds weakest, then `and`, then `not`.

use super::ast::{At, Condition, Expression, Node, Operator, Pattern, Span, Subject};
use super::error::{Mistake, QueryError, value_of};
use super::lexer::{A_TERM, Lexer, Token, is_path, is_regex};

const NO_REGEX: &str = "a word or a \"phrase\", for regexes stand behind : only";

/// The longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 8192;
/// How deep parentheses and negations may be nested.
pub const DEPTH_MAX: usize = 64;
/// How many terms a query may have.
pub const TERMS_MAX: usize = 256;
/// How many of them may be regexes, each of which may take a megabyte and more.
pub const REGEXES_MAX: usize = 16;

/// Reads a query. Regexes, times, numbers and levels in it are not looked at yet: [`super::Query::compile`] does that.
///
/// # Errors
/// The first thing that is not as docs/QUERY.md says.
pub fn parse(text: &str) -> Result<Node, QueryError> {
    if text.len() > TEXT_BYTES_MAX {
        let span = Span::new(TEXT_BYTES_MAX, text.len());
        return Err(QueryError::new(span, Mistake::TooLong(TEXT_BYTES_MAX)));
    }
    let mut parser = Parser { lexer: Lexer::new(text), peeked: None, depth: 0, terms: 0, regexes: 0 };
    if parser.peek()?.is_none() {
        return Ok(At::new(Span::default(), Expression::Everything));
    }
    let node = parser.any_of()?;
    match parser.take()? {
        None => Ok(node),
        Some(token) => Err(QueryError::expected(token.span, "no ), for none is open")),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    peeked: Option<At<Token>>,
    depth: usize,
    terms: usize,
    regexes: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Result<Option<&Token>, QueryError> {
        if self.peeked.is_none() {
            self.peeked = self.lexer.next()?;
        }
        Ok(self.peeked.as_ref().map(|token| &token.what))
    }

    fn take(&mut self) -> Result<Option<At<Token>>, QueryError> {
        let _ = self.peek()?;
        Ok(self.peeked.take())
    }

    /// `a b or c`
    fn any_of(&mut self) -> Result<Node, QueryError> {
        let mut parts = vec![self.all_of()?];
        while self.peek()? == Some(&Token::Or) {
            let _ = self.take()?;
            parts.push(self.all_of()?);
        }
        Ok(joined(parts, Expression::Or, |part| match part {
            Expression::Or(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    /// `a b and c`
    fn all_of(&mut self) -> Result<Node, QueryError> {
        let mut parts = vec![self.term()?];
        loop {
            match self.peek()? {
                None | Some(Token::Or | Token::Close) => break,
                Some(Token::And) => {
                    let _ = self.take()?;
                }
                Some(_) => {}
            }
            parts.push(self.term()?);
        }
        Ok(joined(parts, Expression::And, |part| match part {
            Expression::And(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    fn term(&mut self) -> Result<Node, QueryError> {
        let Some(token) = self.take()? else {
            let end = self.lexer.at();
            return Err(QueryError::expected(Span::new(end, end), A_TERM));
        };
        self.terms += 1;
        self.depth += 1;
        if self.terms > TERMS_MAX {
            return Err(QueryError::new(token.span, Mistake::TooManyTerms(TERMS_MAX)));
        }
        // The term itself is within all its parentheses.
        if self.depth > DEPTH_MAX + 1 {
            return Err(QueryError::new(token.span, Mistake::TooDeep(DEPTH_MAX)));
        }
        let node = match token.what {
            Token::Not => {
                self.terms -= 1;
                let inner = self.term()?;
                At::new(token.span.to(inner.span), Expression::Not(Box::new(inner)))
            }
            Token::Open => self.group(token.span)?,
            Token::Text(Pattern::Any) => At::new(token.span, Expression::Everything),
            Token::Text(pattern) => {
                self.count_regex(&pattern, token.span)?;
                At::new(token.span, Expression::Text(pattern))
            }
            Token::Name(subject, operator) => self.condition(token.span, subject, operator)?,
            Token::Close | Token::And | Token::Or => return Err(QueryError::expected(token.span, A_TERM)),
        };
        self.depth -= 1;
        Ok(node)
    }

    /// `name` is where subject and operator stand; the value follows.
    fn condition(&mut self, name: Span, subject: At<Subject>, operator: At<Operator>) -> Result<Node, QueryError> {
        let is_text = matches!(subject.what, Subject::Message | Subject::Source | Subject::Trace | Subject::Field(_));
        let value = self.lexer.value(operator.what).map_err(|error| {
            let wrong = self.lexer.text_at(error.span);
            if wrong.is_empty() {
                // A name whose value is missing may be a text that ends in a sign: `error:`.
                let missing = QueryError::expected(error.span, value_of(&subject.what, operator.what));
                return missing.or_quoted(self.lexer.text_at(name));
            }
            match open_glob(wrong).filter(|_| is_text) {
                Some(glob) => error.or_glob(format!("{subject}={glob}")),
                None => error,
            }
        })?;
        let written = self.lexer.text_at(value.span);
        if is_text && matches!(operator.what, Operator::Is | Operator::IsNot) && is_regex(written) {
            return Err(QueryError::expected(value.span, NO_REGEX).or_quoted(written));
        }
        self.count_regex(&value.what, value.span)?;
        Ok(At::new(name.to(value.span), Expression::Field(Condition { subject, operator, value })))
    }

    fn count_regex(&mut self, pattern: &Pattern, span: Span) -> Result<(), QueryError> {
        self.regexes += usize::from(matches!(pattern, Pattern::Regex(_)));
        if self.regexes > REGEXES_MAX {
            Err(QueryError::new(span, Mistake::TooManyRegexes(REGEXES_MAX)))
        } else {
            Ok(())
        }
    }

    fn group(&mut self, open: Span) -> Result<Node, QueryError> {
        self.terms -= 1;
        let inner = self.any_of()?;
        match self.take()? {
            Some(At { what: Token::Close, .. }) => Ok(inner),
            _ => Err(QueryError::expected(Span::new(open.start, self.lexer.at()), "a ) that closes the group")),
        }
    }
}

/// The path with stars, such as `/api*`, that begins a text in which the slash that ends a regex is missing.
fn open_glob(text: &str) -> Option<&str> {
    let word = text.split_whitespace().next()?;
    (is_path(word) && word.contains('*') && !word[1..].contains('/')).then_some(word)
}

/// One part as it is; several as one expression, into which parts of its own kind dissolve.
fn joined(
    mut parts: Vec<Node>,
    join: fn(Vec<Node>) -> Expression,
    dissolve: fn(Expression) -> Result<Vec<Node>, Expression>,
) -> Node {
    if let [_] = parts[..]
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let span = parts.first().zip(parts.last()).map_or(Span::default(), |(first, last)| first.span.to(last.span));
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match dissolve(part.what) {
            Ok(inner) => flat.extend(inner),
            Err(other) => flat.push(At::new(part.span, other)),
        }
    }
    At::new(span, join(flat))
}
