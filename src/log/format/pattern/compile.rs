//! From the text of a pattern to its steps.

use super::look::Look;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(in crate::log::format) struct Pattern {
    pub(super) steps: Vec<Step>,
    /// What it was made of.
    pub(in crate::log::format) text: &'static str,
}

/// What to match next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Literal(&'static [u8]),
    Blanks,
    /// A timestamp of this look; of any where it is empty.
    Time(Look),
    GlogTime,
    BootTime,
    /// Says that there is no time.
    NilTime,
    Level(LevelKind),
    Priority,
    /// Everything up to this literal, which a blank or the end of the line must follow where the flag says so.
    Until(Target, &'static [u8], bool),
    Word(Target),
    Integer(Target),
    Decimal(Target),
    Id(Target),
    Name(Target),
    Path(Target),
    OneOf(Target, &'static str),
    Quoted(Target),
    Request(Target),
    Rest(Target),
    Tag,
    Data,
    Spans,
    MessageHere,
    /// The end of the line; the next one follows. Never in an optional part.
    NextLine,
    /// Nothing, where this does not follow.
    Not(&'static [u8]),
    Maybe(Vec<Step>),
}

/// How a level is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LevelKind {
    Word,
    Upper,
    Short,
    Letter,
    Any,
    Open,
    Redis,
}

/// Where what was matched goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Field(&'static str),
    Message,
    Trace,
}

impl Pattern {
    /// # Errors
    /// The text is no pattern; says where it stops being one.
    pub(in crate::log::format) fn new(text: &'static str) -> Result<Self, String> {
        let mut parser = Parser { text, at: 0 };
        let steps = parser.steps(false)?;
        Ok(Self { steps, text })
    }

    /// Whether every line that it matches carries a time, or says that it has none.
    pub(in crate::log::format) fn has_time(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Time(_) | Step::GlogTime | Step::BootTime | Step::NilTime))
    }

    /// Whether it says where the level stands.
    pub(in crate::log::format) fn has_level(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Level(_) | Step::Priority))
    }
}

struct Parser {
    text: &'static str,
    at: usize,
}

impl Parser {
    fn rest(&self) -> &'static str {
        &self.text[self.at..]
    }

    fn take(&mut self, sign: &str) -> bool {
        let is_there = self.rest().starts_with(sign);
        self.at += if is_there { sign.len() } else { 0 };
        is_there
    }

    fn steps(&mut self, is_inside: bool) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            if self.rest().is_empty() {
                return if is_inside {
                    Err(format!("{}: an optional part is not closed", self.text))
                } else {
                    Ok(steps)
                };
            }
            if self.take("?}") {
                return if is_inside { Ok(steps) } else { Err(format!("{}: `?}}` without `{{?`", self.text)) };
            }
            let step = if self.take("{?") {
                Step::Maybe(self.steps(true)?)
            } else if self.rest().starts_with('{') && !self.rest().starts_with("{{") {
                self.field()?
            } else if self.take(" ") {
                while self.take(" ") {}
                Step::Blanks
            } else {
                Step::Literal(self.literal())
            };
            steps.push(step);
        }
    }

    /// Takes the literal that stands here: up to a blank or a brace; a doubled brace is one of its own.
    fn literal(&mut self) -> &'static [u8] {
        if self.take("{{") {
            return b"{";
        }
        if self.take("}}") {
            return b"}";
        }
        let rest = self.rest();
        let end = rest.find([' ', '{', '}']).unwrap_or(rest.len());
        let end = if rest[end..].starts_with("}") && !rest[end..].starts_with("}}") { end + 1 } else { end };
        // `?}` closes an optional part.
        let end = rest.find("?}").map_or(end, |close| end.min(close));
        self.at += end;
        &rest.as_bytes()[..end]
    }

    /// The literal that follows, without taking it, and whether a blank follows that.
    fn next_literal(&mut self) -> (&'static [u8], bool) {
        let at = self.at;
        // An optional part may be absent: what stops the field is its first literal or the one behind, so it must have none.
        let is_field = self.rest().starts_with('{') && !self.rest().starts_with("{{");
        let literal: &[u8] = if is_field
            || self.rest().starts_with([' ', '\t'])
            || self.rest().starts_with("?}")
            || self.rest().is_empty()
        {
            b""
        } else {
            self.literal()
        };
        let is_blank = !literal.is_empty() && self.rest().starts_with(' ');
        self.at = at;
        (literal, is_blank)
    }

    fn field(&mut self) -> Result<Step, String> {
        let rest = self.rest();
        let end = rest.find('}').ok_or_else(|| format!("{}: a brace is not closed", self.text))?;
        let inside = &rest[1..end];
        self.at += end + 1;
        if inside == " " {
            return Ok(Step::Literal(b" "));
        }
        if let Some(literal) = inside.strip_prefix('!') {
            return Ok(Step::Not(literal.as_bytes()));
        }
        if let Some((name, words)) = inside.split_once('=') {
            return Ok(Step::OneOf(Target::Field(name), words));
        }
        let (name, kind) = inside.split_once(':').unwrap_or((inside, ""));
        let target = match name {
            "message" => Target::Message,
            "trace" => Target::Trace,
            name => Target::Field(name),
        };
        Ok(match (name, kind) {
            ("time", "glog") => Step::GlogTime,
            ("time", "boot") => Step::BootTime,
            ("time", "nil") => Step::NilTime,
            ("time", look) => {
                Step::Time(Look::new(look.as_bytes()).ok_or_else(|| format!("{}: {look} is too long", self.text))?)
            }
            ("level", "") => Step::Level(LevelKind::Word),
            ("level", "upper") => Step::Level(LevelKind::Upper),
            ("level", "short") => Step::Level(LevelKind::Short),
            ("level", "letter") => Step::Level(LevelKind::Letter),
            ("level", "any") => Step::Level(LevelKind::Any),
            ("level", "open") => Step::Level(LevelKind::Open),
            ("level", "redis") => Step::Level(LevelKind::Redis),
            ("pri", "") => Step::Priority,
            ("tag", "") => Step::Tag,
            ("data", "") => Step::Data,
            ("spans", "") => Step::Spans,
            ("line", "") => Step::NextLine,
            ("@message", "") => Step::MessageHere,
            ("message", "") => Step::Rest(target),
            (_, "" | "until") => {
                let (literal, is_blank_after) = self.next_literal();
                match literal {
                    b"" if kind.is_empty() && self.rest().starts_with([' ', '{', '?']) => Step::Word(target),
                    b"" => Step::Rest(target),
                    literal => Step::Until(target, literal, is_blank_after),
                }
            }
            (_, "word") => Step::Word(target),
            (_, "int") => Step::Integer(target),
            (_, "id") => Step::Id(target),
            (_, "decimal") => Step::Decimal(target),
            (_, "name") => Step::Name(target),
            (_, "path") => Step::Path(target),
            (_, "quoted") => Step::Quoted(target),
            (_, "request") => Step::Request(target),
            (_, "rest") => Step::Rest(target),
            (_, kind) => return Err(format!("{}: {kind} is no kind of field", self.text)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_ends_where_what_follows_begins() {
        let pattern = Pattern::new("{time} [{thread}] {logger}: {?{x:int} ?}{message}").expect("it is a pattern");
        let expected = [
            Step::Time(Look::default()),
            Step::Blanks,
            Step::Literal(b"["),
            Step::Until(Target::Field("thread"), b"]", true),
            Step::Literal(b"]"),
            Step::Blanks,
            Step::Until(Target::Field("logger"), b":", true),
            Step::Literal(b":"),
            Step::Blanks,
            Step::Maybe(vec![Step::Integer(Target::Field("x")), Step::Blanks]),
            Step::Rest(Target::Message),
        ];
        assert_eq!(pattern.steps, expected);
    }

    #[test]
    fn a_mistake_is_named() {
        for (text, reason) in
            [("{x:foo}", "foo is no kind"), ("{?x", "not closed"), ("x?}", "without"), ("{x", "brace")]
        {
            let error = Pattern::new(text).expect_err("it is no pattern");
            assert!(error.contains(reason), "{error}");
        }
    }
}
