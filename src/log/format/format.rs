//! A format: how the lines of a source are read.

use std::ops::Range;
use std::sync::Arc;

use crate::log::entry::{Entry, Fields, Noted};
use crate::log::text::Text;
use crate::log::time::Clockwork;

use super::continuation::{self, Place};
use super::delimited::Columns;
use super::pattern::{Match, Pattern};
use super::prefixed::Layout;
use super::roles::Found;
use super::rows::Message;
use super::user::{ByNames, ByRegex, DefinitionError, check_name};
use super::{colours, edn, export, held, inside, json, pairs, plain, registry, slow, stray, transit};

/// How the lines of a source are read. Cheap to clone.
///
/// Reading never fails: what does not fit is read as plain text with any timestamp at the front.
#[derive(Clone, Debug)]
pub struct Format {
    name: Arc<str>,
    engine: Arc<Engine>,
}

/// What reads a line.
#[derive(Clone, Debug)]
pub(super) enum Engine {
    /// Text; `is_timed` where an entry begins with a time, so that lines without one continue it.
    Plain {
        is_timed: bool,
    },
    /// JSON; `holds_lines` where the message is a line of some other program.
    Json {
        holds_lines: bool,
    },
    Logfmt,
    Edn,
    Transit,
    /// What `journalctl -o export` writes.
    Export,
    Text {
        patterns: Vec<Pattern>,
        message: Message,
    },
    Delimited(Columns),
    /// Lines of several programs, each behind the name of its own.
    Prefixed(Layout),
    /// MySQL's slow log.
    Slow,
    Regex(ByRegex),
    Names(ByNames),
}

impl Format {
    pub(super) fn new(name: &str, engine: Engine) -> Self {
        Self { name: name.into(), engine: Arc::new(engine) }
    }

    /// The built-in format that is called so. CSV and its kin learn their columns with [`Format::learn`].
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        registry::find(name).cloned()
    }

    /// The format that is called so, the user's `own` or a built-in one.
    ///
    /// # Errors
    /// There is none, with the names of those that there are.
    pub fn find(name: &str, own: &[Self]) -> Result<Self, String> {
        if let Some(format) = own.iter().find(|format| format.name() == name).cloned().or_else(|| Self::named(name)) {
            return Ok(format);
        }
        let names: Vec<&str> = own.iter().map(Self::name).chain(registry::all().iter().map(Self::name)).collect();
        Err(format!("there is no format `{name}`; there are {}", names.join(", ")))
    }

    /// The names of all built-in formats.
    pub fn names() -> impl Iterator<Item = &'static str> {
        registry::all().iter().map(|format| &*format.name)
    }

    /// The format of text without any.
    #[must_use]
    pub fn plain() -> Self {
        Self::new("plain", Engine::Plain { is_timed: false })
    }

    /// A format by a regular expression. Its named groups become fields; those called `time`, `level`, `message`, `trace`,
    /// `lamport` and the like fill the entry.
    ///
    /// # Errors
    /// The name is taken or no name, the expression does not compile, is too big or has no named group.
    pub fn from_regex(name: &str, pattern: &str) -> Result<Self, DefinitionError> {
        check_name(name)?;
        Self::check_free(name)?;
        Ok(Self::new(name, Engine::Regex(ByRegex::new(pattern)?)))
    }

    /// A format of JSON lines by the fields that fill an entry: pairs of a role (`time`, `level`, `message`, `trace`, `lamport`,
    /// `vclock`) and a dotted path.
    ///
    /// # Errors
    /// The name is taken or no name, a role is unknown, or none is given.
    pub fn from_json_names(name: &str, names: &[(&str, &str)]) -> Result<Self, DefinitionError> {
        check_name(name)?;
        Self::check_free(name)?;
        Ok(Self::new(name, Engine::Names(ByNames::new(names)?)))
    }

    fn check_free(name: &str) -> Result<(), DefinitionError> {
        match registry::find(name) {
            Some(_) => Err(DefinitionError::NameTaken { given: name.to_string() }),
            None => Ok(()),
        }
    }

    /// The name by which it is shown and forced.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether `other` reads every line as this one does, as far as that is known without trying.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let has_same_engine = match (&*self.engine, &*other.engine) {
            (Engine::Delimited(columns), Engine::Delimited(others)) => columns == others,
            _ => Arc::ptr_eq(&self.engine, &other.engine),
        };
        has_same_engine && self.name == other.name
    }

    /// What a line begins with that says how to read those that follow it, if this format has such lines:
    /// [`Format::learn`] heeds them.
    #[must_use]
    pub fn directive(&self) -> Option<&'static [u8]> {
        match &*self.engine {
            Engine::Delimited(columns) => columns.directive(),
            _ => None,
        }
    }

    /// Whether its lines are written for programs, so that people read them more easily when they are taken apart.
    #[must_use]
    pub fn is_for_programs(&self) -> bool {
        use Engine::{Edn, Json, Logfmt, Names, Transit};
        matches!(&*self.engine, Json { .. } | Logfmt | Edn | Transit | Names(_))
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Learns from the first lines of a source what a line alone does not say: the names of columns. Formats without
    /// columns stay as they are.
    #[must_use]
    pub fn learn(&self, lines: &[&[u8]]) -> Self {
        let Engine::Delimited(columns) = &*self.engine else { return self.clone() };
        if columns.are_fixed() {
            return self.clone();
        }
        let learned = if columns.directive().is_some() {
            lines.iter().find_map(|line| Columns::from_directive(line))
        } else {
            lines.first().and_then(|line| Columns::from_header(line, columns.separator()))
        };
        learned.map_or_else(|| self.clone(), |columns| Self::new(&self.name, Engine::Delimited(columns)))
    }

    /// Reads an entry: a line, with the lines that continue it, without the last line end.
    ///
    /// The clockwork completes its time; entries come in the order of the source. `room` is an entry that is no longer
    /// needed, whose list of fields is used again.
    ///
    /// # Complexity
    /// Linear in the entry's bytes. Nothing is copied; nothing is allocated but the list of fields where it must grow.
    #[must_use]
    pub fn parse<'a>(&'a self, raw: &'a [u8], clockwork: &mut Clockwork, room: Entry<'_>) -> Entry<'a> {
        let mut entry = room.recycle(raw);
        if self.read(&mut entry, clockwork).is_none() {
            entry.fields.truncate(0);
            if read_stray(&mut entry, clockwork).is_none() {
                plain::parse(&mut entry, clockwork);
                colours::trim_message(&mut entry);
            }
        }
        entry
    }

    /// Notes an entry: what [`Format::parse`] finds of its time, its level and its clock, for less where they can be told
    /// without the rest. `room` is an entry that is no longer needed, whose list of fields is used again from call to call.
    #[must_use]
    pub fn note<'a>(&'a self, raw: &'a [u8], clockwork: &mut Clockwork, room: &mut Entry<'a>) -> Noted {
        self.skim(raw, clockwork).unwrap_or_else(|| {
            *room = self.parse(raw, clockwork, std::mem::take(room));
            room.noted()
        })
    }

    /// Notes an entry without its fields; `None` where that cannot be, and nothing has happened then.
    fn skim(&self, raw: &[u8], clockwork: &mut Clockwork) -> Option<Noted> {
        match *self.engine {
            // Of those that hold lines, these are read.
            Engine::Json { holds_lines: false } => {}
            // Of prose nothing more is read where it can hold nothing beside.
            Engine::Plain { .. } if !inside::may_hold_more(raw) => {
                let mut entry = Entry { raw, ..Entry::default() };
                plain::parse(&mut entry, clockwork);
                let is_known = entry.time.is_some() || stray::format(first_line(colours::bare(raw))).is_none();
                return is_known.then(|| entry.noted());
            }
            _ => return None,
        }
        let text = colours::bare(raw);
        let mut found = Found::default();
        whole(text, json::skim(text, &mut found)?)?;
        found.needs_no_fields().then(|| {
            let mut entry = Entry::default();
            found.apply(&mut entry, clockwork);
            entry.noted()
        })
    }

    /// Fills the entry, or returns `None` where it does not fit.
    fn read<'a>(&'a self, entry: &mut Entry<'a>, clockwork: &mut Clockwork) -> Option<()> {
        let raw = colours::bare(entry.raw);
        let mut found = Found::default();
        match &*self.engine {
            Engine::Plain { .. } => {
                plain::parse(entry, clockwork);
                if entry.time.is_none() && read_stray(entry, clockwork).is_some() {
                    return Some(());
                }
                colours::trim_message(entry);
                inside::read(entry);
                return Some(());
            }
            Engine::Json { holds_lines } => {
                whole(raw, json::object(raw, &mut entry.fields, &mut found)?)?;
                found.apply(entry, clockwork);
                if *holds_lines {
                    inside::read_held_line(entry);
                }
                return Some(());
            }
            Engine::Names(names) => {
                whole(raw, json::object(raw, &mut entry.fields, &mut found)?)?;
                found.apply(entry, clockwork);
                names.note(&entry.fields).apply(entry, clockwork);
                return Some(());
            }
            Engine::Logfmt => {
                // Lines that continue the entry are no pairs.
                pairs::line(first_line(raw), &mut entry.fields, &mut found)?;
            }
            Engine::Edn => whole(raw, edn::map(raw, &mut entry.fields, &mut found)?)?,
            Engine::Transit => whole(raw, transit::map(raw, &mut entry.fields, &mut found)?)?,
            Engine::Export => export::fields(raw, &mut entry.fields, &mut found)?,
            Engine::Text { patterns, message } => return read_text(patterns, *message, entry, clockwork),
            Engine::Delimited(columns) => {
                (!columns.is_header(raw)).then_some(())?;
                let stamp = columns.parse(raw, &mut entry.fields, &mut found);
                entry.time = stamp.and_then(|stamp| clockwork.complete(stamp));
            }
            Engine::Prefixed(layout) => return inside::read_prefixed(*layout, entry, clockwork),
            Engine::Slow => return slow::parse(raw, entry, clockwork),
            Engine::Regex(regex) => {
                regex.parse(entry, clockwork)?;
                colours::trim_message(entry);
                return Some(());
            }
        }
        found.apply(entry, clockwork);
        Some(())
    }

    /// Whether the line at `line` of `block`, without its line feed, belongs to the entry of the line before it. The first line
    /// of a source begins one, whatever this says.
    ///
    /// Looked at are two lines before it and one behind it at most; the block has them, as far as the source does.
    #[must_use]
    pub fn continues(&self, block: &[u8], line: Range<usize>) -> bool {
        let place = Place::of(block, line);
        let is_timed = match &*self.engine {
            Engine::Plain { is_timed } => *is_timed,
            Engine::Text { message: Message::Held, .. } => return continuation::continues_held(&place, held::cri),
            Engine::Text { patterns, .. } => patterns.iter().all(Pattern::has_time),
            Engine::Regex(regex) if regex.has_time() => {
                let line = bare(place.line());
                return !regex.is_match(line) && !continuation::begins_crash(&place) && stray::format(line).is_none();
            }
            Engine::Export => return !export::begins(place.line(), place.before()),
            Engine::Slow => return !slow::begins(bare(place.line()), bare(place.before())),
            Engine::Delimited(columns) if columns.directive().is_none() => return columns.continues(&place),
            Engine::Prefixed(layout) => {
                return continuation::continues_held(&place, |line| held::prefixed(*layout, line));
            }
            Engine::Json { holds_lines: true } => return continuation::continues_held(&place, held::docker),
            Engine::Json { .. } | Engine::Names(_) => {
                return continuation::is_inside_json(place.line(), || place.before())
                    || continuation::continues_by_look(&place);
            }
            _ => false,
        };
        let text = bare(place.line());
        if is_timed
            && (plain::has_leading_time(text) || continuation::is_mark(text) || continuation::begins_crash(&place))
        {
            return false;
        }
        if is_timed || continuation::continues_by_look(&place) {
            return !(self.begins(text) || is_timed && stray::format(text).is_some());
        }
        false
    }

    /// Whether a line that begins an entry has all that the format says of it.
    pub(super) fn fits(&self, line: &[u8]) -> bool {
        let (mut fields, mut found) = (Fields::default(), Found::default());
        match &*self.engine {
            Engine::Json { .. } => json::fits(line, &mut fields),
            Engine::Names(names) => json::fits(line, &mut fields) && names.are_in(&fields),
            Engine::Logfmt => {
                pairs::line(line, &mut fields, &mut found).is_some_and(|counted| counted.is_logfmt(&found))
            }
            Engine::Edn => edn::map(line, &mut fields, &mut found).is_some(),
            Engine::Transit => transit::map(line, &mut fields, &mut found).is_some(),
            Engine::Export => export::is_field(line),
            Engine::Delimited(columns) => columns.fits(line),
            Engine::Prefixed(layout) => layout.read(line).is_some(),
            Engine::Slow => slow::fits(line),
            Engine::Plain { .. } | Engine::Text { .. } | Engine::Regex(_) => self.begins(line),
        }
    }

    /// Whether a line by itself fits the format.
    pub(super) fn begins(&self, line: &[u8]) -> bool {
        match &*self.engine {
            Engine::Plain { is_timed } => *is_timed && plain::has_leading_time(line),
            Engine::Text { patterns, .. } => {
                let mut entry = Entry { raw: line, message: Text::plain(line), ..Entry::default() };
                let mut matching = Match::new(&mut entry);
                patterns.iter().any(|pattern| matching.run(pattern))
            }
            Engine::Regex(regex) => regex.is_match(line),
            _ => false,
        }
    }
}

/// A line without its carriage return and without colours around it.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    colours::bare(line.strip_suffix(b"\r").unwrap_or(line))
}

/// Whether nothing but blanks follows `end` on its line; lines that continue the entry may follow.
pub(super) fn whole(text: &[u8], end: usize) -> Option<()> {
    first_line(text.get(end..)?).trim_ascii().is_empty().then_some(())
}

/// What stands before the first line feed.
pub(super) fn first_line(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())]
}

/// Reads an entry of another program, which begins with a line that says so.
fn read_stray(entry: &mut Entry<'_>, clockwork: &mut Clockwork) -> Option<()> {
    let format = stray::format(first_line(bare(entry.raw)))?;
    let before = (entry.level.take(), std::mem::take(&mut entry.level_text));
    let read = format.read(entry, clockwork);
    if read.is_none() {
        entry.fields.truncate(0);
        (entry.level, entry.level_text) = before;
    }
    read
}

/// Fills the entry by the first pattern that fits it.
fn read_text(patterns: &[Pattern], message: Message, entry: &mut Entry<'_>, clockwork: &mut Clockwork) -> Option<()> {
    let mut matching = Match::new(entry);
    let pattern = patterns.iter().find(|pattern| matching.run(pattern))?;
    if let Some(stamp) = matching.stamp() {
        entry.time = clockwork.complete(stamp);
    }
    colours::trim_message(entry);
    // A part that may be absent can have said it too.
    if message != Message::Parsed && !pattern.has_level() && entry.level_text.is_empty() {
        plain::state_level(entry, entry.message.bytes());
    }
    match message {
        Message::Parsed => {}
        Message::Prose => inside::read(entry),
        Message::Listing => {
            inside::read(entry);
            pairs::listed(entry.message.bytes(), &mut entry.fields);
        }
        Message::Held => inside::read_held(entry),
    }
    Some(())
}
