//! Which format a source has, from some of its lines.

use crate::log::entry::{Entry, Fields};
use crate::log::lines;
use crate::log::text::Text;

use super::continuation::Place;
use super::delimited::Columns;
use super::format::{Engine, Format};
use super::pattern::Match;
use super::prefixed::Layout;
use super::registry::{self, DIALECTS};
use super::rows::ROWS;
use super::{colours, continuation, json, plain, slow};

/// What was found, and why.
#[derive(Clone, Debug)]
pub struct Detection {
    /// The format, its columns learned.
    pub format: Format,
    /// The share of the lines that fit it, 0 to 1, of those that begin an entry.
    pub score: f32,
    /// The reason, for people: how many lines fit what.
    pub why: String,
}

/// The most lines that are looked at.
const LINES_MAX: usize = 200;
/// The longest beginning of a line that is looked at.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// The share of lines that a format must fit.
const SCORE_MIN: f32 = 0.4;
/// How much of the best score a more particular format must reach to be preferred.
const PREFERENCE: f32 = 0.8;

/// The formats that indent the lines that begin an entry.
const INDENTED: [&str; 2] = ["tracing-pretty", "strace"];

/// Detects the format of a source from lines that follow each other, best the first ones: once when it is opened, again when
/// its content was replaced.
///
/// The user's `own` formats stand before the built-in ones: they are taken where they fit nearly as many lines.
#[must_use]
pub fn detect(lines: &[&[u8]], own: &[Format]) -> Detection {
    let sample = Sample::of(lines);
    if sample.heads.is_empty() {
        let why = if lines.is_empty() { "there are no lines yet" } else { "no line begins an entry" };
        return Detection { format: Format::plain(), score: 0.0, why: why.into() };
    }
    let own = own.iter().map(|format| sample.own(format)).reduce(better);
    let candidates = [
        own,
        sample.prefixed(),
        sample.opened(),
        sample.slow(),
        sample.json(),
        sample.delimited(),
        sample.other("edn"),
        sample.other("transit"),
        sample.other("journald-export"),
        sample.text(),
        sample.other("logfmt"),
    ];
    let best = candidates.into_iter().flatten().reduce(better);
    match best {
        Some(best) if best.score >= SCORE_MIN => best,
        nearest => sample.plain(nearest),
    }
}

/// The better of two, of which the first is the more particular.
fn better(best: Detection, next: Detection) -> Detection {
    let is_better = next.score * PREFERENCE > best.score || best.score < SCORE_MIN && next.score > best.score;
    if is_better { next } else { best }
}

/// Whether an indented line begins an entry of one of the formats that indent those.
fn begins_indented(line: &[u8]) -> bool {
    line.trim_ascii_start().first().is_some_and(|byte| byte.is_ascii_digit() || *byte == 0x1b)
        && INDENTED.iter().filter_map(|name| registry::find(name)).any(|format| format.begins(line))
}

/// Some lines of a source, as detection sees them.
pub(super) struct Sample<'a> {
    lines: Vec<&'a [u8]>,
    /// The lines that may begin an entry: neither empty nor parts of a trace, and indented only where a format has its
    /// entries so.
    heads: Vec<&'a [u8]>,
}

impl<'a> Sample<'a> {
    pub(super) fn of(lines: &[&'a [u8]]) -> Self {
        let cut = |line: &&'a [u8]| {
            let line = &line[..line.len().min(LINE_BYTES_MAX)];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            colours::bare(line)
        };
        let lines: Vec<_> = lines.iter().take(LINES_MAX).map(cut).collect();
        let begins = |index: &usize| match lines[*index].first() {
            None | Some(b'\t') => false,
            Some(b' ') => begins_indented(lines[*index]),
            Some(_) => !continuation::continues_by_look_among(&lines, *index),
        };
        let heads = (0..lines.len()).filter(begins).map(|index| lines[index]).collect();
        Self { lines, heads }
    }

    pub(super) fn heads(&self) -> &[&'a [u8]] {
        &self.heads
    }

    /// How many of the lines that may begin an entry fit a format.
    pub(super) fn fitting(&self, format: &Format) -> usize {
        self.heads.iter().filter(|line| format.fits(line)).count()
    }

    fn found(&self, format: &Format, fitting: usize, what: &str) -> Detection {
        Self::found_among(self.heads.len(), format, fitting, what)
    }

    fn found_among(all: usize, format: &Format, fitting: usize, what: &str) -> Detection {
        let score = fitting as f32 / all.max(1) as f32;
        Detection { format: format.clone(), score, why: format!("{fitting} of {all} lines {what}") }
    }

    /// A format that the user defined.
    fn own(&self, format: &Format) -> Detection {
        self.found(format, self.fitting(format), "fit your definition")
    }

    /// A format that the first line alone tells.
    fn opened(&self) -> Option<Detection> {
        let first = *self.lines.first()?;
        let row = ROWS.iter().find(|row| !row.opening.is_empty() && first.starts_with(row.opening.as_bytes()))?;
        let why = format!("the first line begins with `{}`", row.opening);
        Some(Detection { format: Format::named(row.name)?, score: 1.0, why })
    }

    /// Lines behind the names of the programs that wrote them.
    fn prefixed(&self) -> Option<Detection> {
        let layout = Layout::ALL.into_iter().find(|layout| layout.is_of(&self.lines))?;
        let format = Format::named(layout.format())?;
        let why = format!("all lines begin with the {} that wrote them", layout.names().join(" and "));
        Some(Detection { format, score: 1.0, why })
    }

    /// MySQL's slow log, of which most lines are SQL. None of them has a time at its front.
    fn slow(&self) -> Option<Detection> {
        slow::are_in(&self.lines).then_some(())?;
        let timed = self.lines.iter().filter(|line| plain::has_leading_time(line)).count();
        let what = "are queries of a slow log and what is said of them";
        let all = self.lines.len();
        Some(Self::found_among(all, &Format::named("mysql-slow")?, all - timed, what))
    }

    /// JSON, whole on its line or spread over several, and its dialect.
    fn json(&self) -> Option<Detection> {
        let (mut objects, mut parts, mut is_opened) = (0_usize, 0_usize, false);
        let mut told = [0_usize; DIALECTS.len()];
        let mut fields = Fields::default();
        let mut before: &[u8] = b"";
        for line in &self.lines {
            fields.truncate(0);
            if json::fits(line, &mut fields) || line.first() == Some(&b'{') && line.len() >= LINE_BYTES_MAX {
                objects += 1;
                for (count, dialect) in told.iter_mut().zip(&DIALECTS) {
                    *count += usize::from(dialect.fields.iter().all(|name| fields.get(name).is_some()));
                }
            } else if continuation::is_part_of_json(line, before) {
                parts += 1;
                is_opened |= line.first() == Some(&b'{');
            }
            before = line;
        }
        if is_opened && parts > objects {
            return Some(self.found(&Format::named("json")?, objects + parts, "are objects of JSON or parts of one"));
        }
        (objects > 0).then_some(())?;
        let (_, dialect) = told.iter().zip(&DIALECTS).find(|(count, _)| **count * 5 >= objects * 3)?;
        let format = Format::named(dialect.name)?;
        let with = dialect.fields.join(", ");
        let what = if with.is_empty() {
            "are objects of JSON".into()
        } else {
            format!("are objects of JSON, most with {with}")
        };
        Some(self.found(&format, objects + parts, &what))
    }

    /// CSV, TSV and W3C, by a line of names and lines with as many cells.
    fn delimited(&self) -> Option<Detection> {
        if let Some(columns) = self.lines.iter().find_map(|line| Columns::from_directive(line)) {
            let name = if columns.separator() == b'\t' { "cloudfront" } else { "w3c" };
            let format = Format::new(name, Engine::Delimited(columns));
            let fitting = self.fitting(&format);
            return Some(self.found(&format, fitting, "have the columns that #Fields names"));
        }
        let header = self.lines.first()?;
        if Columns::begins_csvlog(header) {
            return self.in_columns("postgresql-csv", Columns::csvlog(), "have the cells of PostgreSQL's csvlog");
        }
        [(b',', "csv"), (b'\t', "tsv")].into_iter().find_map(|(separator, name)| {
            let columns = Columns::from_header(header, separator)?;
            (self.lines.len() > 1 && (columns.len() > 2 || columns.has_role())).then_some(())?;
            self.in_columns(name, columns, "have as many cells as the first one names")
        })
    }

    /// Columns that most lines have.
    fn in_columns(&self, name: &str, columns: Columns, what: &str) -> Option<Detection> {
        // What a quoted cell has in further lines is no row.
        let block = self.lines.join(&b'\n');
        let lines = lines::forward(&block).map(|line| line.offset..line.offset + line.text.len());
        let heads = lines.filter(|line| !line.is_empty() && !columns.continues(&Place::of(&block, line.clone())));
        let starts: Vec<_> = heads.map(|line| line.start).collect();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([block.len()]);
        let fitting = starts.iter().zip(ends).filter(|(start, end)| columns.fits(&block[**start..*end])).count();
        (fitting * 10 >= starts.len() * 8).then_some(())?;
        Some(Self::found_among(starts.len(), &Format::new(name, Engine::Delimited(columns)), fitting, what))
    }

    /// The text formats, by their patterns.
    fn text(&self) -> Option<Detection> {
        let mut best: Option<Detection> = None;
        for format in registry::all() {
            let Engine::Text { patterns, .. } = format.engine() else { continue };
            let mut fitting = 0;
            let mut by_pattern = vec![0_usize; patterns.len()];
            for line in &self.heads {
                let mut entry = Entry { raw: line, message: Text::plain(line), ..Entry::default() };
                let mut matching = Match::new(&mut entry);
                if let Some(index) = patterns.iter().position(|pattern| matching.run(pattern)) {
                    fitting += 1;
                    by_pattern[index] += 1;
                }
            }
            let most = by_pattern.iter().zip(patterns).max_by_key(|(count, _)| **count)?.1;
            let found = self.found(format, fitting, &format!("look like `{}`", most.text));
            if best.as_ref().is_none_or(|best| found.score * PREFERENCE > best.score) {
                best = Some(found);
            }
        }
        // Where plainly more lines begin with a time than fit, the fit is chance.
        let timed = self.text_with_times().map_or(0.0, |text| text.score);
        best.filter(|best| best.score >= timed * PREFERENCE)
    }

    fn other(&self, name: &str) -> Option<Detection> {
        let format = Format::named(name)?;
        // A list of environment variables looks like the journal's export, but for these.
        let is_export = matches!(format.engine(), Engine::Export);
        (!is_export || self.lines.iter().any(|line| line.starts_with(b"__REALTIME_TIMESTAMP="))).then_some(())?;
        let fitting = self.fitting(&format);
        Some(self.found(&format, fitting, &format!("read as {name}")))
    }

    fn plain(&self, nearest: Option<Detection>) -> Detection {
        if let Some(text) = self.text_with_times().filter(|text| text.score >= SCORE_MIN) {
            return text;
        }
        let nearest = nearest.filter(|nearest| nearest.score > 0.0);
        let nearest = nearest.map(|nearest| format!("; the nearest is {}: {}", nearest.format.name(), nearest.why));
        let why = format!("no format fits enough of the lines{}", nearest.unwrap_or_default());
        Detection { format: Format::plain(), score: 0.0, why }
    }

    /// Text of no known columns, with a time at the front of its lines.
    fn text_with_times(&self) -> Option<Detection> {
        let timed = self.heads.iter().filter(|line| plain::leading_time(line).is_some()).count();
        Some(self.found(&Format::named("text")?, timed, "begin with a time"))
    }
}
