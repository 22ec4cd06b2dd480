//! What could be typed next: for texts that are not finished, or not right.

use super::ast::{At, Operator, Pattern, Span, Subject};
use super::lexer::{Lexer, Token};

/// What stands at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// What may stand there.
    pub wanted: Wanted,
    /// What of it is typed already, up to the cursor, without quotes.
    pub typed: Box<str>,
    /// What a choice would replace: from its first byte, a quote included, to its last, behind the cursor too.
    pub span: Span,
}

/// What may stand at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// A term: a word to search for, a field's name, `not`; and behind a finished term `and` or `or`.
    Term,
    /// A value of this subject, behind this operator.
    Value(Subject, Operator),
    /// A phrase in quotes, or a regex: nothing that could be known.
    Text,
}

/// Tells what may stand at `cursor`, a byte of `text` at the boundary of a character, else the one before is meant. Mistakes
/// before the cursor do not matter.
#[must_use]
pub fn complete(text: &str, cursor: usize) -> Completion {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let head = &text[..cursor];
    let mut lexer = Lexer::new(head);
    loop {
        let start = lexer.at();
        match lexer.next() {
            Ok(None) => return term(text, cursor, cursor),
            Ok(Some(At { what: Token::Name(subject, operator), .. })) => {
                let start = lexer.at();
                let value = lexer.value(operator.what);
                if lexer.at() == cursor {
                    let typed = match value {
                        Ok(At { what: Pattern::Regex(_), .. }) => return unknown(text, start, cursor),
                        Ok(At { what: Pattern::Literal(text) | Pattern::Glob(text), .. }) => text,
                        Ok(At { what: Pattern::Any, .. }) => "*".into(),
                        Err(_) if head[start..].starts_with('/') => return unknown(text, start, cursor),
                        Err(_) => head[start..].trim_start_matches('"').into(),
                    };
                    let wanted = Wanted::Value(subject.what, operator.what);
                    return Completion { wanted, typed, span: Span::new(start, end_of(text, start, cursor)) };
                }
            }
            Ok(Some(token)) if lexer.at() == cursor => {
                let start = token.span.start;
                return match &head[start..cursor] {
                    "(" | ")" | "-" => term(text, cursor, cursor),
                    typed if typed.starts_with(['"', '/']) => unknown(text, start, cursor),
                    _ => term(text, start, cursor),
                };
            }
            Ok(Some(_)) => {}
            Err(_) if lexer.at() < cursor => {}
            Err(error) if head[error.span.start..].starts_with('-') => return term(text, cursor, cursor),
            Err(_) => {
                let start = start + head[start..].len() - head[start..].trim_start().len();
                return unknown(text, start, cursor);
            }
        }
    }
}

fn term(text: &str, start: usize, cursor: usize) -> Completion {
    let span = Span::new(start, end_of(text, start, cursor));
    Completion { wanted: Wanted::Term, typed: text[start..cursor].into(), span }
}

fn unknown(text: &str, start: usize, cursor: usize) -> Completion {
    let typed = text[start..cursor].trim_start_matches(['"', '/']).into();
    Completion { wanted: Wanted::Text, typed, span: Span::new(start, end_of(text, start, cursor)) }
}

/// Where what begins at `start` ends, behind the cursor: at a space or a parenthesis, or at the closing quote.
fn end_of(text: &str, start: usize, cursor: usize) -> usize {
    let tail = &text[cursor..];
    let is_quoted = text[start..].starts_with('"');
    if is_quoted {
        let is_closed = cursor > start + 1 && text[..cursor].ends_with('"');
        let closing = tail.find('"').map_or(text.len(), |at| cursor + at + 1);
        return if is_closed { cursor } else { closing };
    }
    if start == cursor {
        return cursor;
    }
    tail.find(|char: char| char.is_whitespace() || matches!(char, '(' | ')' | '"')).map_or(text.len(), |at| cursor + at)
}
