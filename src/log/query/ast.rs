//! A query as a tree. Everything in it knows where it stands in the text; equality does not look at that.
//!
//! Its `Display` is the query's canonical text: it parses to the same tree, and two queries with the same tree have the
//! same one, so it can stand for the query where results are shared.

use std::fmt;

/// A range of bytes of a query's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
}

/// A part of a query and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// Where it stands.
    pub span: Span,
    /// What stands there.
    pub what: T,
}

/// An expression in its place.
pub type Node = At<Expression>;

/// What an entry is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Nothing: every entry matches. Written `*`, or as no text at all.
    Everything,
    /// All of these; never fewer than two, none of them an `And`.
    And(Vec<Node>),
    /// At least one of these; never fewer than two, none of them an `Or`.
    Or(Vec<Node>),
    /// Not this.
    Not(Box<Node>),
    /// Whether its raw bytes hold this.
    Text(Pattern),
    /// Whether something that was read from it is so.
    Field(Condition),
}

/// A question about something that was read from an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is asked about.
    pub subject: At<Subject>,
    /// How it is compared.
    pub operator: At<Operator>,
    /// With what.
    pub value: At<Pattern>,
}

/// What a condition is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The decoded message.
    Message,
    /// The level.
    Level,
    /// The source that the entry stands in.
    Source,
    /// The time, at the earliest.
    Since,
    /// The time, at the latest.
    Until,
    /// The logical clock.
    Lamport,
    /// The trace's id.
    Trace,
    /// A field, by its dotted path.
    Field(Box<str>),
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `:`
    Has,
    /// `=`
    Is,
    /// `!=`
    IsNot,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// `*` alone: anything.
    Any,
    /// A word or a phrase: these bytes.
    Literal(Box<str>),
    /// A word with `*` in it, each for any bytes.
    Glob(Box<str>),
    /// A regex, without its slashes.
    Regex(Box<str>),
}

/// The subjects that have a name of their own, each with what it is: for help and completion.
pub const SUBJECTS: [(&str, Subject, &str); 7] = [
    ("message", Subject::Message, "what the entry says"),
    ("level", Subject::Level, "how serious it is"),
    ("source", Subject::Source, "where it comes from"),
    ("since", Subject::Since, "not older than"),
    ("until", Subject::Until, "not newer than"),
    ("lamport", Subject::Lamport, "its logical clock"),
    ("trace", Subject::Trace, "the trace it belongs to"),
];

/// The operators as written, the longer before those they begin with.
pub(super) const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::IsNot),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (":", Operator::Has),
    ("=", Operator::Is),
    (">", Operator::More),
    ("<", Operator::Less),
];

/// The words that join terms, which only quotes make texts.
pub(super) const KEYWORDS: [&str; 6] = ["and", "or", "not", "AND", "OR", "NOT"];

impl Span {
    pub(super) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the beginning of this one to the end of another.
    pub(super) const fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }

    /// The bytes of `text` that it names.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

impl<T> At<T> {
    pub(super) const fn new(span: Span, what: T) -> Self {
        Self { span, what }
    }
}

/// Wherever they stand.
impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what
    }
}

impl Subject {
    /// The subject that an unquoted name names.
    pub(super) fn named(name: &str) -> Self {
        let own = SUBJECTS.iter().find(|(own, ..)| *own == name);
        own.map_or_else(|| Self::Field(name.into()), |(_, subject, _)| subject.clone())
    }
}

/// `text` in quotes, as a phrase or a field's name.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether `text` means itself without quotes, wherever it stands. It is not asked for every text that does.
fn is_bare(text: &str) -> bool {
    text.starts_with(|char: char| char.is_alphanumeric() || char == '_')
        && text.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '.'))
        && !KEYWORDS.contains(&text)
}

impl<T: fmt::Display> fmt::Display for At<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::And(parts) => join(f, parts, " ", |part| matches!(part, Self::Or(_))),
            Self::Or(parts) => join(f, parts, " or ", |_| false),
            Self::Not(inner) => match inner.what {
                Self::And(_) | Self::Or(_) | Self::Not(_) => write!(f, "-({inner})"),
                _ => write!(f, "-{inner}"),
            },
            Self::Text(pattern) => pattern.fmt(f),
            Self::Field(condition) => condition.fmt(f),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Node], by: &str, wraps: fn(&Expression) -> bool) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        f.write_str(if index > 0 { by } else { "" })?;
        if wraps(&part.what) { write!(f, "({part})") } else { write!(f, "{part}") }?;
    }
    Ok(())
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.subject, self.operator, self.value)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Field(name) = self {
            let is_plain = is_bare(name) && !name.starts_with(|char: char| char.is_numeric());
            let is_own = Self::named(name) == *self;
            return if is_plain && is_own { f.write_str(name) } else { f.write_str(&quote(name)) };
        }
        let own = SUBJECTS.iter().find(|(_, subject, _)| subject == self);
        f.write_str(own.map_or("", |(name, ..)| name))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = OPERATORS.iter().find(|(_, operator)| operator == self);
        f.write_str(own.map_or("", |(sign, _)| sign))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Literal(text) if is_bare(text) => f.write_str(text),
            Self::Literal(text) => f.write_str(&quote(text)),
            Self::Glob(text) => f.write_str(text),
            Self::Regex(text) => write!(f, "/{text}/"),
        }
    }
}
