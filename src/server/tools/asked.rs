//! What every command is asked: which logs, which entries, how to read them.

use std::io;
use std::num::NonZero;
use std::path::{self, Path, PathBuf};
use std::{error, fmt, fs};

use jiff::tz::{Offset, TimeZone};

use super::rotated::oldest_first;
use crate::log::format::Format;
use crate::log::query::{Known, Query};
use crate::server::clock::now_nanos;
use crate::server::engine::{Input, InputError, Reading, STANDARD_INPUT};
use crate::server::sources::Formats;

/// Logs to read and the question to ask them.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The logs; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// The question; every entry answers the empty one.
    pub query: String,
    /// The name of the format of all logs; found out for each where there is none.
    pub format: Option<String>,
    /// How formats are found where none is asked for, and the zone of times that name none.
    pub formats: Formats,
}

/// Why a command cannot do what it was asked: words for the person who asked.
#[derive(Debug)]
pub enum ToolError {
    /// Logs cannot be read, or not to their end; what could be read was answered.
    Unread(Unread),
    /// The answer cannot be written; a reader that has left is none of these.
    Output(io::Error),
    /// The question makes no sense.
    Asked(String),
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(unread) => unread.fmt(f),
            Self::Output(error) => write!(f, "the answer cannot be written: {error}"),
            Self::Asked(why) => f.write_str(why),
        }
    }
}

impl error::Error for ToolError {}

impl From<io::Error> for ToolError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Logs that cannot be read, or not to their end. The others are read all the same.
#[derive(Debug, Default)]
pub struct Unread(Vec<InputError>);

impl Unread {
    /// What there is, where it could be read; else that is noted.
    pub fn check<T>(&mut self, read: Result<T, InputError>) -> Option<T> {
        read.map_err(|error| self.0.push(error)).ok()
    }

    /// What was found, unless something could not be read.
    ///
    /// # Errors
    /// [`ToolError::Unread`].
    pub fn or<T>(self, found: T) -> Result<T, ToolError> {
        if self.0.is_empty() { Ok(found) } else { Err(ToolError::Unread(self)) }
    }
}

/// A line for each, all but the first begun as a command begins its words.
impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(InputError::to_string).collect();
        f.write_str(&lines.join("\nfrereth: "))
    }
}

/// What is there to answer a question.
pub struct Opened {
    /// The logs of which entries may answer.
    pub inputs: Vec<Input>,
    /// The question.
    pub query: Query,
    /// The logs that are not among them, for they cannot be read.
    pub unread: Unread,
}

/// Bytes that one thread works on at once when there is one log.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// The same when there are many, whose chunks are all held at the same time.
const CHUNK_BYTES_MIN: usize = 256 * 1024;

impl Asked {
    /// Opens the logs of which entries may answer the question. One that the question excludes by its name is there only
    /// where the order of several others `is_wanted_in_order`, and it carries clocks, which decide on that.
    ///
    /// # Errors
    /// [`ToolError`]; that logs cannot be read, excluded ones too, is one where there is no other log, and where there are more
    /// than may be open.
    pub fn open(&self, is_wanted_in_order: bool) -> Result<Opened, ToolError> {
        let query = Query::compile(&self.query, now_nanos(), &self.formats.zone)
            .map_err(|error| ToolError::Asked(mistake(&self.query, &error)))?;
        let format = self.format()?;
        let answer = |path: &PathBuf| query.judge(&Known::of_source(&path.to_string_lossy()));
        let excluded = self.paths.iter().filter(|path| answer(path) == Some(false)).count();
        let has_order = is_wanted_in_order && self.paths.len() - excluded > 1;
        let (mut inputs, mut unread, mut readable) = (Vec::with_capacity(self.paths.len()), Unread::default(), 0);
        for path in oldest_first(&self.paths) {
            let answer = answer(path);
            let is_wanted = answer != Some(false);
            if !is_wanted && !has_order {
                readable += usize::from(unread.check(is_there(path)).is_some());
                continue;
            }
            let opened = Input::open(path, &self.reading(path, format.as_ref(), is_wanted));
            if opened.as_ref().is_err_and(InputError::is_for_all) {
                unread.check(opened);
                return Err(ToolError::Unread(unread));
            }
            let Some(mut input) = unread.check(opened) else { continue };
            readable += 1;
            (input.carries_time, input.answer) = (query.asks_for_time(), answer);
            if is_wanted || input.sample.domain.is_some() {
                inputs.push(input);
            }
        }
        if readable == 0 && !unread.0.is_empty() {
            return Err(ToolError::Unread(unread));
        }
        Ok(Opened { inputs, query, unread })
    }

    /// Opens each log by itself, those that are packed to look at their beginnings only.
    ///
    /// # Errors
    /// There is no such format; for each log, why it cannot be read.
    pub fn open_plain(&self) -> Result<impl Iterator<Item = Result<Input, InputError>>, ToolError> {
        let format = self.format()?;
        Ok(self.paths.iter().map(move |path| Input::open(path, &self.reading(path, format.as_ref(), false))))
    }

    /// The format of all logs, where one is asked for.
    fn format(&self) -> Result<Option<Format>, ToolError> {
        let find = |name| Format::find(name, &self.formats.own).map_err(ToolError::Asked);
        self.format.as_deref().map(find).transpose()
    }

    fn reading(&self, path: &Path, format: Option<&Format>, unpacks: bool) -> Reading {
        let chunk_bytes = (CHUNK_BYTES / self.paths.len().max(1)).max(CHUNK_BYTES_MIN);
        let found = self.formats.reading(&path.to_string_lossy(), &origin(path));
        Reading { format: format.cloned().or(found.format), chunk_bytes, unpacks, ..found }
    }
}

/// That there is a log which is not going to be read.
fn is_there(path: &Path) -> Result<(), InputError> {
    let found = if path.as_os_str() == STANDARD_INPUT { Ok(()) } else { fs::metadata(path).map(drop) };
    found.map_err(|error| InputError::new(&path.to_string_lossy(), error))
}

/// Where a log comes from, in full: what a format may be forced by.
fn origin(path: &Path) -> String {
    path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

/// The words for a query that is wrong, with a line that points to where.
fn mistake(query: &str, error: &crate::log::query::QueryError) -> String {
    let (before, at) = (error.span.start.min(query.len()), error.span.end.min(query.len()));
    let chars = |bytes: &str| bytes.chars().count();
    let (blanks, marks) = (chars(&query[..before]), chars(&query[before..at]).max(1));
    format!("the query is not understood: {error}\n  {query}\n  {}{}", " ".repeat(blanks), "^".repeat(marks))
}

/// A zone by its name: `UTC`, `local`, `+02:00`, or a place such as `Europe/Berlin`.
///
/// # Errors
/// There is no such zone.
pub fn zone_named(name: &str) -> Result<TimeZone, String> {
    if name.eq_ignore_ascii_case("local") {
        return Ok(TimeZone::system());
    }
    if let Some(seconds) = offset_seconds(name) {
        return Offset::from_seconds(seconds).map(TimeZone::fixed).map_err(|error| error.to_string());
    }
    let place = fs::read(format!("/usr/share/zoneinfo/{name}")).ok().filter(|_| !name.contains(".."));
    match place {
        Some(bytes) => TimeZone::tzif(name, &bytes).map_err(|error| error.to_string()),
        None => TimeZone::get(name)
            .map_err(|_| format!("there is no zone `{name}`: UTC, local, +02:00 or a place such as Europe/Berlin")),
    }
}

/// `Z`, `+2`, `-03:30`, `+0530`.
fn offset_seconds(name: &str) -> Option<i32> {
    if name == "Z" {
        return Some(0);
    }
    let (sign, digits) = match name.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(both) => both,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=23).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 3600 + minutes * 60))
}

/// How many threads work.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_as_people_write_them() {
        for (name, seconds) in [("Z", 0), ("+2", 7200), ("-03:30", -12_600), ("+0530", 19_800)] {
            assert_eq!(offset_seconds(name), Some(seconds), "{name}");
        }
        for name in ["", "2", "+", "+25", "+2:70", "UTC"] {
            assert_eq!(offset_seconds(name), None, "{name}");
        }
    }

    #[test]
    fn a_mistake_is_pointed_at() {
        let asked = Asked {
            paths: Vec::new(),
            query: "level>=".into(),
            format: None,
            formats: Formats { zone: TimeZone::UTC, ..Formats::default() },
        };
        let words = asked.open(false).err().expect("it is unfinished").to_string();
        assert!(words.ends_with('^') && words.contains("\n  level>=\n"), "{words}");
    }
}
