//! Matches a pattern's steps against a line.

use crate::log::entry::{Entry, Value};
use crate::log::level::Level;
use crate::log::lines;
use crate::log::text::{Escape, Text, string_end};
use crate::log::time::{Civil, Stamp, read};

use super::super::colours;
use super::super::pairs::typed;
use super::compile::{LevelKind, Pattern, Step, Target};
use super::kinds::{Kind, is_blank};

/// The shortest number of a trace or span.
const ID_BYTES_MIN: usize = 16;

/// A pattern on its way through a line.
pub(in crate::log::format) struct Match<'a, 'e> {
    pub(super) text: &'a [u8],
    /// It as far as the line goes that is read, mostly the first: only what takes the rest goes on behind it.
    line: &'a [u8],
    first_line: &'a [u8],
    /// Where the text begins: behind a byte order mark.
    start: usize,
    pub(super) at: usize,
    has_colours: bool,
    message_at: Option<usize>,
    stamp: Option<Stamp>,
    pub(super) entry: &'e mut Entry<'a>,
}

impl<'a, 'e> Match<'a, 'e> {
    /// Begins at the front of `entry`'s bytes.
    pub(in crate::log::format) fn new(entry: &'e mut Entry<'a>) -> Self {
        let text = entry.raw;
        let (line_end, has_colours) = match memchr::memchr2(b'\n', 0x1b, text) {
            None => (text.len(), false),
            Some(at) if text[at] == b'\n' => (at, false),
            Some(at) => (memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end), true),
        };
        let start = lines::mark_bytes(text);
        let line = &text[..line_end];
        Self { text, line, first_line: line, start, at: start, has_colours, message_at: None, stamp: None, entry }
    }

    /// Fills the entry and returns whether the line matches as a whole; where it does not, the entry is but its text.
    pub(in crate::log::format) fn run(&mut self, pattern: &Pattern) -> bool {
        (self.at, self.line) = (self.start, self.first_line);
        (self.message_at, self.stamp) = (None, None);
        if self.steps(&pattern.steps).is_none() || !self.is_done() {
            self.entry.fields.truncate(0);
            self.entry.message = Text::plain(self.text);
            (self.entry.level, self.entry.level_text, self.entry.trace) = (None, Text::default(), Text::default());
            return false;
        }
        if let Some(at) = self.message_at {
            self.entry.message = Text::plain(&self.text[at..]);
        }
        true
    }

    /// The time that the line matched last states.
    pub(in crate::log::format) const fn stamp(&self) -> Option<Stamp> {
        self.stamp
    }

    /// Whether nothing is left but blanks and lines that continue the entry.
    fn is_done(&mut self) -> bool {
        self.skip_colours();
        self.rest().trim_ascii().is_empty()
    }

    fn steps(&mut self, steps: &[Step]) -> Option<()> {
        steps.iter().try_for_each(|step| match step {
            // Half of the steps are these, and they seldom need more than a look at two bytes.
            Step::Blanks if self.takes_one_blank() => Some(()),
            Step::Literal(literal) if self.takes(literal) => Some(()),
            step => self.step(step),
        })
    }

    /// Takes the blank that stands here, where it is the only one and no colour can follow.
    #[inline]
    fn takes_one_blank(&mut self) -> bool {
        let is_one = matches!(self.rest(), [b' ' | b'\t', next, ..] if !is_blank(*next)) && !self.has_colours;
        self.at += usize::from(is_one);
        is_one
    }

    /// Takes a literal of one byte that stands right here.
    #[inline]
    fn takes(&mut self, literal: &[u8]) -> bool {
        let is_here = literal.len() == 1 && self.rest().first() == literal.first();
        self.at += usize::from(is_here);
        is_here
    }

    fn step(&mut self, step: &Step) -> Option<()> {
        self.skip_colours();
        match step {
            Step::Literal(literal) => self.literal(literal)?,
            Step::Blanks => self.blanks()?,
            Step::Time(look) => look.fits(self.rest()).then(|| self.time(read::leading))??,
            Step::Level(kind) => self.level(*kind)?,
            Step::Until(target, stop, is_blank_after) => {
                let end = self.find(stop, *is_blank_after)?;
                let value = colours::trim_end(&self.text[self.at..end]).trim_ascii();
                self.at = end;
                self.put(*target, value, typed(value));
            }
            Step::Word(target) => {
                let value = self.take_kind(Kind::Dark)?;
                self.put(*target, value, typed(value));
            }
            Step::Name(target) => {
                let value = self.take_kind(Kind::Name)?;
                let name = value.strip_suffix(b":").unwrap_or(value);
                self.at -= value.len() - name.len();
                self.put(*target, name, Value::Text(Text::plain(name)));
                (!name.is_empty()).then_some(())?;
            }
            Step::Integer(target) => {
                self.skip_blanks();
                let value = self.take_kind(Kind::Digit)?;
                self.put(*target, value, Value::Number(value));
            }
            Step::Rest(target) => {
                let value = without_empty_lines(&self.text[self.at..]);
                self.at = self.text.len();
                self.put_text(*target, Text::plain(value));
            }
            step => self.rare_step(step)?,
        }
        Some(())
    }

    // Apart, so that the frame of the common steps stays small.
    #[inline(never)]
    fn rare_step(&mut self, step: &Step) -> Option<()> {
        match step {
            Step::GlogTime => self.time(read::glog)?,
            Step::BootTime => self.time(read::since_boot)?,
            Step::NilTime => self.literal(b"-")?,
            Step::Priority => self.priority()?,
            Step::Path(target) => {
                let value = self.take_kind(Kind::Path)?;
                self.put(*target, value, Value::Text(Text::plain(value)));
            }
            Step::OneOf(target, words) => self.one_of(*target, words)?,
            Step::Id(target) => {
                let value =
                    self.take_while(|byte| byte.is_ascii_hexdigit()).filter(|value| value.len() >= ID_BYTES_MIN)?;
                self.put(*target, value, Value::Text(Text::plain(value)));
            }
            Step::Decimal(target) => self.decimal(*target)?,
            Step::Quoted(target) => {
                let text = self.quoted()?;
                self.put_text(*target, text);
            }
            Step::Request(target) => self.request(*target)?,
            Step::Tag => self.tag(),
            Step::Data => self.structured_data()?,
            Step::Spans => self.spans()?,
            Step::Not(literal) => (!self.rest().starts_with(literal)).then_some(())?,
            Step::NextLine => self.next_line()?,
            Step::MessageHere => self.message_at = Some(self.at),
            Step::Maybe(steps) => self.maybe(steps),
            step => self.step(step)?,
        }
        Some(())
    }

    /// Goes on to the next line, where there is one and nothing is left of this.
    fn next_line(&mut self) -> Option<()> {
        self.skip_blanks();
        let is_whole = self.at >= self.line.len();
        let next = self.text.get(self.line.len() + 1..).filter(|_| is_whole)?;
        self.at = self.line.len() + 1;
        self.line = &self.text[..self.at + memchr::memchr(b'\n', next).unwrap_or(next.len())];
        self.has_colours |= memchr::memchr(0x1b, next).is_some();
        Some(())
    }

    /// Matches the steps, or nothing.
    fn maybe(&mut self, steps: &[Step]) {
        let (at, stamp, message_at) = (self.at, self.stamp, self.message_at);
        let (fields, level, level_text) = (self.entry.fields.len(), self.entry.level, self.entry.level_text);
        let (message, trace) = (self.entry.message, self.entry.trace);
        if self.steps(steps).is_none() {
            (self.at, self.stamp, self.message_at) = (at, stamp, message_at);
            self.entry.fields.truncate(fields);
            (self.entry.level, self.entry.level_text) = (level, level_text);
            (self.entry.message, self.entry.trace) = (message, trace);
        }
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn skip_colours(&mut self) {
        if self.has_colours {
            self.at += colours::run_length(self.rest());
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| is_blank(**byte)).count();
        self.skip_colours();
    }

    /// One or more blanks, colours among them.
    pub(super) fn blanks(&mut self) -> Option<()> {
        if self.at >= self.line.len() {
            // Programs end lines with a blank, and people strip it.
            return Some(());
        }
        let from = self.at;
        self.skip_blanks();
        let mut end = self.at;
        (end > from).then_some(())?;
        while self.has_colours && is_blank(*self.rest().first().unwrap_or(&b'.')) {
            self.skip_blanks();
            if self.at == end {
                break;
            }
            end = self.at;
        }
        Some(())
    }

    pub(super) fn literal(&mut self, literal: &[u8]) -> Option<()> {
        if !self.rest().starts_with(literal) {
            self.skip_blanks();
        }
        self.at = self.literal_end(self.at, literal)?;
        Some(())
    }

    /// Where the literal ends that begins at `at`, colours between its bytes passed over.
    fn literal_end(&self, mut at: usize, literal: &[u8]) -> Option<usize> {
        if self.line.get(at..)?.starts_with(literal) {
            return Some(at + literal.len());
        }
        if !self.has_colours {
            return None;
        }
        for byte in literal {
            at += colours::run_length(&self.line[at..]);
            (self.line.get(at)? == byte).then(|| at += 1)?;
        }
        Some(at)
    }

    /// Where the literal stands next.
    fn find(&self, literal: &[u8], is_blank_after: bool) -> Option<usize> {
        let first = *literal.first()?;
        let mut from = self.at;
        loop {
            let at = from + memchr::memchr(first, self.line.get(from..)?)?;
            let is_colour = first == b'[' && at > 0 && self.line[at - 1] == 0x1b;
            if !is_colour && let Some(end) = self.literal_end(at, literal) {
                let behind = end + if self.has_colours { colours::run_length(&self.line[end..]) } else { 0 };
                if !is_blank_after || self.line.get(behind).is_none_or(|byte| is_blank(*byte)) {
                    return Some(at);
                }
            }
            from = at + 1;
        }
    }

    #[inline]
    pub(super) fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> Option<&'a [u8]> {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then(|| &rest[..length])
    }

    /// Takes the bytes of a kind that stand here, at least one.
    #[inline]
    pub(super) fn take_kind(&mut self, kind: Kind) -> Option<&'a [u8]> {
        self.take_while(|byte| kind.holds(byte))
    }

    pub(super) fn put(&mut self, target: Target, bytes: &'a [u8], value: Value<'a>) {
        match target {
            Target::Field(name) => self.entry.fields.push(Text::plain(name.as_bytes()), value),
            Target::Message => self.entry.message = Text::plain(bytes),
            Target::Trace => self.entry.trace = if bytes == b"-" { Text::default() } else { Text::plain(bytes) },
        }
    }

    fn put_text(&mut self, target: Target, text: Text<'a>) {
        match target {
            Target::Field(name) if text.bytes() == b"-" => {
                self.entry.fields.push(Text::plain(name.as_bytes()), Value::Null)
            }
            Target::Field(name) => self.entry.fields.push(Text::plain(name.as_bytes()), Value::Text(text)),
            Target::Message => self.entry.message = text,
            Target::Trace => self.entry.trace = text,
        }
    }

    fn one_of(&mut self, target: Target, words: &str) -> Option<()> {
        let rest = self.rest();
        let is_whole = |word: &&str| !rest.get(word.len()).is_some_and(u8::is_ascii_alphanumeric);
        let word = words.split('|').find(|word| rest.starts_with(word.as_bytes()) && is_whole(word))?;
        self.at += word.len();
        self.put_text(target, Text::plain(&rest[..word.len()]));
        Some(())
    }

    /// A number with a point in it, maybe padded.
    fn decimal(&mut self, target: Target) -> Option<()> {
        self.skip_blanks();
        let from = self.at;
        self.take_kind(Kind::Digit)?;
        self.takes(b".").then_some(())?;
        self.take_kind(Kind::Digit)?;
        let value = &self.text[from..self.at];
        self.put(target, value, Value::Number(value));
        Some(())
    }

    fn time(&mut self, read: fn(&[u8]) -> Option<(Stamp, usize)>) -> Option<()> {
        let (stamp, length) = read(self.rest())?;
        self.at += length;
        let before = self.stamp.replace(stamp);
        if let (Some(Stamp::Instant(instant)), Stamp::Civil(civil)) = (before, stamp) {
            self.stamp = Some(with_offset_of(instant, civil));
        }
        Some(())
    }

    fn level(&mut self, kind: LevelKind) -> Option<()> {
        self.skip_blanks();
        if kind == LevelKind::Redis {
            let sign = self.take_while(|byte| matches!(byte, b'.' | b'-' | b'*' | b'#'))?;
            let level = match sign {
                b"." => Level::Debug,
                b"-" | b"*" => Level::Info,
                b"#" => Level::Warn,
                _ => return None,
            };
            (self.entry.level, self.entry.level_text) = (Some(level), Text::plain(sign));
            return Some(());
        }
        let word = match kind {
            LevelKind::Letter => {
                let letter = self.rest().get(..1).filter(|letter| letter[0].is_ascii_uppercase())?;
                self.at += 1;
                letter
            }
            _ => self.take_kind(Kind::Letter)?,
        };
        let level = if kind == LevelKind::Open { Level::from_sure_column(word) } else { Level::from_column(word) };
        let is_upper = || !word.iter().any(u8::is_ascii_lowercase);
        let fits = match kind {
            LevelKind::Open => true,
            LevelKind::Any => is_upper() && word[0].is_ascii_uppercase(),
            LevelKind::Upper => level.is_some() && is_upper(),
            LevelKind::Short => level.is_some() && is_upper() && word.len() == 3,
            _ => level.is_some(),
        };
        fits.then(|| (self.entry.level, self.entry.level_text) = (level, Text::plain(word)))
    }

    fn priority(&mut self) -> Option<()> {
        self.literal(b"<")?;
        let digits = self.take_kind(Kind::Digit)?;
        self.literal(b">")?;
        let number: u8 = std::str::from_utf8(digits).ok()?.parse().ok().filter(|number| *number <= 191)?;
        self.entry.level = Level::from_severity(number & 7);
        self.entry.level_text = Text::plain(digits);
        self.entry.fields.push(Text::plain(b"priority"), Value::Number(digits));
        Some(())
    }

    /// A quoted text with backslashes, at its opening quote.
    pub(super) fn quoted(&mut self) -> Option<Text<'a>> {
        let inside = self.rest().strip_prefix(b"\"")?;
        let (end, has_escape) = string_end(inside)?;
        self.at += end + 2;
        let bytes = &inside[..end];
        Some(if has_escape { Text::with_escapes(bytes, Escape::Backslash) } else { Text::plain(bytes) })
    }

    fn request(&mut self, target: Target) -> Option<()> {
        let request = self.quoted()?;
        self.put_text(target, request);
        let mut words = request.bytes().split(|byte| *byte == b' ');
        if let (Some(method), Some(path), Some(protocol)) = (words.next(), words.next(), words.next()) {
            for (name, bytes) in [("method", method), ("path", path), ("protocol", protocol)] {
                let text = Text::escaped(bytes, Escape::Backslash);
                self.entry.fields.push(Text::plain(name.as_bytes()), Value::Text(text));
            }
        }
        Some(())
    }
}

/// A text of several lines without the empty ones that it ends with.
fn without_empty_lines(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_suffix(b"\n") {
        text = rest.strip_suffix(b"\r").unwrap_or(rest);
    }
    text
}

/// A line that names a moment and, without zone, what the wall showed then says its zone too: quarters of an hour apart.
fn with_offset_of(instant: i64, civil: Civil) -> Stamp {
    const SECOND: i64 = 1_000_000_000;
    let crate::log::time::Day::Full(days) = civil.day else { return Stamp::Civil(civil) };
    if civil.offset_seconds.is_some() {
        return Stamp::Civil(civil);
    }
    let local_seconds = i64::from(days) * 86_400 + civil.nanos / SECOND;
    let apart = local_seconds - instant.div_euclid(SECOND);
    let quarters = (apart as f64 / 900.0).round() as i64;
    if (apart - quarters * 900).abs() > 2 || quarters.abs() > 60 {
        return Stamp::Civil(civil);
    }
    Stamp::Civil(Civil { offset_seconds: Some((quarters * 900) as i32), ..civil })
}
