//! Values in columns: CSV and TSV under a line of names, W3C extended logs and CloudFront's under a `#Fields:` line.

use crate::log::entry::{Fields, Value};
use crate::log::text::{Escape, Text};
use crate::log::time::{Civil, Stamp, read};

use super::continuation::Place;
use super::pairs::typed;
use super::roles::{Found, Ranked, Role, of_root, stamp_of, text_of};

/// The columns of PostgreSQL's csvlog, which no line names; the last ones came with its later versions.
const CSVLOG: [&str; 26] = [
    "log_time",
    "user_name",
    "database_name",
    "process_id",
    "connection_from",
    "session_id",
    "session_line_num",
    "command_tag",
    "session_start_time",
    "virtual_transaction_id",
    "transaction_id",
    "error_severity",
    "sql_state_code",
    "message",
    "detail",
    "hint",
    "internal_query",
    "internal_query_pos",
    "context",
    "query",
    "query_pos",
    "location",
    "application_name",
    "backend_type",
    "leader_pid",
    "query_id",
];
/// How many of them the oldest version that is still met writes.
const CSVLOG_CELLS_MIN: usize = 23;

/// What a line begins with that names columns.
const FIELDS: &[u8] = b"#Fields:";

/// The names of a source's columns and what stands between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    separator: u8,
    /// Whether lines that begin with `#` say how to read the others.
    has_directives: bool,
    columns: Vec<Column>,
    /// How many cells a line has at least.
    cells_min: usize,
    /// The columns of a date and of the time of day on it, in Greenwich.
    date_and_time: Option<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: Vec<u8>,
    role: Option<Ranked>,
}

impl Columns {
    /// Columns whose names are not known.
    pub(super) const fn unnamed(separator: u8, has_directives: bool) -> Self {
        Self { separator, has_directives, columns: Vec::new(), cells_min: 0, date_and_time: None }
    }

    /// The columns that a first line of CSV or TSV names. `None` where its cells are not names.
    pub(super) fn from_header(line: &[u8], separator: u8) -> Option<Self> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let names: Vec<_> = Cells::new(line, separator).map(|cell| cell.decode().trim_ascii().to_vec()).collect();
        let is_name = |name: &Vec<u8>| {
            let begins = name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'@'));
            let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-@./: ()#".contains(byte) || *byte >= 0x80;
            begins && name.len() <= 64 && name.iter().all(fits)
        };
        (names.len() >= 2 && names.iter().all(is_name)).then(|| Self::of(names, separator, false))
    }

    /// The columns that a `#Fields:` line names.
    pub(super) fn from_directive(line: &[u8]) -> Option<Self> {
        let names = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).strip_prefix(FIELDS)?.trim_ascii();
        let names: Vec<_> =
            names.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect();
        // CloudFront parts its values by tabs, names by blanks.
        let is_cloudfront = names.iter().any(|name| name.starts_with(b"x-edge-"));
        Some(Self::of(names, if is_cloudfront { b'\t' } else { b' ' }, true))
    }

    /// The columns of PostgreSQL's csvlog.
    pub(super) fn csvlog() -> Self {
        let names = CSVLOG.iter().map(|name| name.as_bytes().to_vec()).collect();
        Self { cells_min: CSVLOG_CELLS_MIN, ..Self::of(names, b',', false) }
    }

    /// Whether the format itself names them.
    pub(super) const fn are_fixed(&self) -> bool {
        self.cells_min < self.columns.len()
    }

    /// Whether a line begins an entry of PostgreSQL's csvlog. The line may end inside a quoted cell.
    pub(super) fn begins_csvlog(line: &[u8]) -> bool {
        let mut cells = Cells::new(line, b',').map(|cell| cell.bytes());
        let mut has = |skipped: usize, fits: fn(&[u8]) -> bool| cells.nth(skipped).is_some_and(fits);
        has(0, |time| read::whole(time).is_some())
            && has(2, |pid| !pid.is_empty() && pid.iter().all(u8::is_ascii_digit))
            && has(7, |severity| severity.first().is_some_and(u8::is_ascii_uppercase) && is_word(severity))
            && has(0, |code| code.len() == 5 && is_word(code))
    }

    fn of(names: Vec<Vec<u8>>, separator: u8, has_directives: bool) -> Self {
        let place = |wanted: &[u8]| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let date_and_time = place(b"date").zip(place(b"time"));
        let column = |name: Vec<u8>| {
            let role = match &*name.to_ascii_lowercase() {
                b"content" => Some((Role::Message, 1)),
                lower => of_root(&name).or_else(|| of_root(lower)),
            };
            // The two columns are read together.
            let role = role.filter(|(role, _)| *role != Role::Time || date_and_time.is_none());
            Column { name, role }
        };
        let columns: Vec<_> = names.into_iter().map(column).collect();
        Self { separator, has_directives, cells_min: columns.len(), columns, date_and_time }
    }

    /// What a line begins with that names the columns of those that follow it, where there are such lines.
    pub(super) fn directive(&self) -> Option<&'static [u8]> {
        self.has_directives.then_some(FIELDS)
    }

    /// Whether a line stands in a quoted cell that began above. A line without quotes is told by those around it; where these
    /// have none either, it begins an entry.
    pub(super) fn continues(&self, place: &Place<'_>) -> bool {
        let [before, line, behind] = [place.before(), place.line(), place.behind()].map(|line| self.quotes(line));
        let above = || self.quotes(place.above()).map(|quotes| quotes.are_open_behind);
        let is_open_before = before.map(|quotes| quotes.are_open_behind).or_else(above);
        match line {
            Some(quotes) => quotes.are_open_before && is_open_before != Some(false),
            None => is_open_before.or(behind.map(|quotes| quotes.are_open_before)).unwrap_or(false),
        }
    }

    /// What the quotes of a line say of those around it; `None` where there are none that tell. A lone one that ends a cell
    /// which did not begin with it is taken for the end of one that began above: `12",` may be either.
    fn quotes(&self, line: &[u8]) -> Option<Quotes> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let parts = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == self.separator);
        let mut quotes: Option<Quotes> = None;
        let mut at = 0;
        while let Some(found) = memchr::memchr(b'"', &line[at..]) {
            at += found;
            let (before, behind) = (at.checked_sub(1).and_then(|before| line.get(before)), line.get(at + 1));
            let (may_open, may_close) = (parts(before), parts(behind));
            let is_doubled = behind == Some(&b'"');
            at += 1;
            match &mut quotes {
                None if may_close && (!may_open || at == 1) => {
                    quotes = Some(Quotes { are_open_before: true, are_open_behind: false })
                }
                None if may_open => quotes = Some(Quotes { are_open_before: false, are_open_behind: true }),
                Some(quotes) if !quotes.are_open_behind => quotes.are_open_behind = may_open,
                None | Some(_) if is_doubled => at += 1,
                Some(quotes) => quotes.are_open_behind = !may_close,
                // In a quoted cell it would be doubled.
                None => quotes = Some(Quotes { are_open_before: false, are_open_behind: false }),
            }
        }
        quotes
    }

    /// Whether one of the columns says when, how serious or what.
    pub(super) fn has_role(&self) -> bool {
        self.date_and_time.is_some() || self.columns.iter().any(|column| column.role.is_some())
    }

    pub(super) const fn len(&self) -> usize {
        self.columns.len()
    }

    pub(super) const fn separator(&self) -> u8 {
        self.separator
    }

    /// Whether a line tells how to read others.
    pub(super) fn is_header(&self, line: &[u8]) -> bool {
        if self.has_directives {
            return line.starts_with(b"#");
        }
        let mut names = self.columns.iter();
        !self.columns.is_empty()
            && Cells::new(line, self.separator).all(|cell| names.next().is_some_and(|column| cell.is(&column.name)))
    }

    /// Whether a line has as many cells as there are names, or tells how to read others.
    pub(super) fn fits(&self, line: &[u8]) -> bool {
        self.has_directives && line.starts_with(b"#")
            || (self.cells_min..=self.columns.len()).contains(&Cells::new(line, self.separator).count())
    }

    /// Adds a line's cells and returns the time of its date and time columns. Cells without a name have none.
    pub(super) fn parse<'a>(&'a self, line: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> Option<Stamp> {
        for (index, cell) in Cells::new(line, self.separator).enumerate() {
            let column = self.columns.get(index);
            let name = column.map_or(Text::default(), |column| Text::plain(&column.name));
            let value = if cell.is_plain() { typed(cell.bytes()) } else { Value::Text(cell) };
            if let Some(role) = column.and_then(|column| column.role) {
                found.note(role, &value, fields.len());
            }
            fields.push(name, value);
        }
        let (date, time) = self.date_and_time?;
        let cell = |index: usize| fields.as_slice().get(index).map(|field| field.value);
        let Stamp::Civil(date) = stamp_of(cell(date)?)? else { return None };
        let (Stamp::Civil(time), _) = read::leading(text_of(cell(time)?).bytes())? else { return None };
        let offset_seconds = if self.has_directives { Some(0) } else { time.offset_seconds };
        Some(Stamp::Civil(Civil { day: date.day, nanos: time.nanos, offset_seconds }))
    }
}

/// Capitals and digits.
fn is_word(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether quotes are open before a line, and behind it.
#[derive(Clone, Copy)]
struct Quotes {
    are_open_before: bool,
    are_open_behind: bool,
}

/// The cells of a line; quoted ones may hold the separator and, doubled, quotes.
pub(super) struct Cells<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Cells<'a> {
    pub(super) const fn new(line: &'a [u8], separator: u8) -> Self {
        Self { rest: Some(line), separator }
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        let rest = self.rest?;
        if let Some(inside) = rest.strip_prefix(b"\"")
            && let Some(end) = closing_quote(inside)
            && inside.get(end + 1).is_none_or(|byte| *byte == self.separator)
        {
            self.rest = inside.get(end + 2..);
            return Some(Text::escaped(&inside[..end], Escape::Doubled));
        }
        let end = memchr::memchr(self.separator, rest);
        self.rest = end.map(|end| &rest[end + 1..]);
        Some(Text::plain(&rest[..end.unwrap_or(rest.len())]))
    }
}

fn closing_quote(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr(b'"', &inside[at..])?;
        if inside.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
