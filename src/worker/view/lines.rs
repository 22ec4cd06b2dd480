//! The lines on the screen: each row's text in pieces, with the filter's matches marked.

use std::collections::BTreeMap;

use super::parts::{cell, text};
use crate::log::display::{self, Piece, PieceKind};
use crate::log::entry::{Entry, Time};
use crate::log::format::Format;
use crate::log::level::Level;
use crate::log::query::Query;
use crate::worker::island::{Held, gap_rows};
use crate::worker::model::{Cell, Column, Model, read};
use crate::worker::words::{counted, join};
use crate::world::batch::Row;
use crate::world::stream::{Gap, SourceId};
use crate::world::view::{AnsiStyle, Line, LineKind, RowRange, Span, Token};

/// Characters of a line that are drawn; the details show all.
pub(super) const LINE_CHARS: usize = 2_000;

/// Keys of rows that are no entries; entries have the highest bit clear.
const KEY_WAITING: u64 = 1 << 63;
const KEY_GAP: u64 = KEY_WAITING | 1 << 62;

/// Returns the lines of the rows that the page draws.
pub(super) fn lines(model: &Model) -> Vec<Line> {
    let rows = model.rows();
    let RowRange { first, last } = model.list.view;
    let first = first.max(model.first_row());
    let mut drawing = Drawing::of(model);
    (first..rows.min(last.saturating_add(1)))
        .map(|row| match model.list.island.get(row) {
            Some(Held::Entry(entry)) => drawing.line(row, entry),
            Some(Held::Gap(gap, is_first)) => gap_line(row, gap, is_first || row == first),
            None => blank(row, KEY_WAITING | row, LineKind::Waiting),
        })
        .collect()
}

fn blank(row: u64, key: u64, kind: LineKind) -> Line {
    Line { row, key, number: String::new(), level: None, kind, spans: Vec::new(), cells: Vec::new(), is_marked: false }
}

/// What the lines of one drawing have in common.
struct Drawing<'m> {
    model: &'m Model,
    query: Option<&'m Query>,
    is_raw: bool,
    columns: Vec<&'m Column>,
    /// How the lines of each source are read.
    formats: BTreeMap<SourceId, Option<Format>>,
    /// When the line above happened.
    before: Option<Time>,
}

impl<'m> Drawing<'m> {
    fn of(model: &'m Model) -> Self {
        let columns: Vec<&Column> = model.shown_columns().collect();
        let query = model.filter.as_ref().map(|filter| &filter.query);
        Self { model, query, is_raw: model.is_raw(), columns, formats: BTreeMap::new(), before: None }
    }

    fn line(&mut self, row: u64, held: &Row) -> Line {
        let key = self.model.list.island.key(row).unwrap_or(KEY_WAITING | row);
        // What is cut cannot be taken apart.
        let is_read = !held.is_cut() && (!self.is_raw || self.columns.iter().any(|column| column.cell != Cell::Source));
        let format = self.formats.entry(held.source).or_insert_with(|| self.model.format_of(held.source));
        let format = format.as_ref().filter(|_| is_read);
        let entry =
            format.map_or_else(|| Entry { raw: &held.bytes, ..Entry::default() }, |format| read(format, &held.bytes));
        let source = self.model.name_of(held.source).unwrap_or("?");
        let cells =
            self.columns.iter().map(|column| cell(&column.cell, &entry, source, self.model.time_form, self.before));
        let cells = cells.collect();
        self.before = entry.time.or(self.before);
        let (mut spans, is_whole) = match format.filter(|_| !self.is_raw) {
            Some(_) => text(&entry, &self.columns, self.query),
            None => marked(&held.bytes, self.query, LINE_CHARS),
        };
        if self.model.list.current == Some(row) {
            for span in spans.iter_mut().filter(|span| span.token == Token::Match) {
                span.token = Token::CurrentMatch;
            }
        }
        Line {
            row,
            key,
            number: held.line.map_or_else(String::new, |line| (line + 1).to_string()),
            level: entry.level.or(held.level).map(Into::into),
            kind: if held.is_cut() || !is_whole { LineKind::Cut } else { LineKind::Entry },
            spans,
            cells,
            is_marked: self.model.mark_of(held).is_some(),
        }
    }
}

/// The first characters of a text with the query's matches in it marked, and whether that is all of it.
pub(super) fn marked(text: &[u8], query: Option<&Query>, chars: usize) -> (Vec<Span>, bool) {
    let pieces = display::pieces(text, chars);
    let shown = pieces.last().map_or(0, |piece| piece.bytes.end);
    let mut matches = query.map(|query| query.highlights(text)).unwrap_or_default();
    matches.retain(|found| found.start < shown);
    let spans = spans_of(display::mark(pieces, &matches).into_iter().map(|(piece, found)| (piece, found.is_some())));
    (spans, shown >= display::without_line_end(text).len())
}

/// Returns pieces as spans; `true` marks a match.
pub fn spans_of(pieces: impl Iterator<Item = (Piece, bool)>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (piece, is_match) in pieces {
        if piece.text.is_empty() {
            continue;
        }
        let token = match piece.kind {
            _ if is_match => Token::Match,
            PieceKind::Plain => Token::Plain,
            PieceKind::Escape => Token::Escape,
            PieceKind::Ansi(style) => Token::Ansi(AnsiStyle {
                foreground: style.foreground,
                background: style.background,
                bold: style.bold,
                dim: style.dim,
                italic: style.italic,
                underline: style.underline,
            }),
        };
        match spans.last_mut() {
            Some(last) if last.token == token => last.text.push_str(&piece.text),
            _ => spans.push(Span { text: piece.text, token }),
        }
    }
    spans
}

fn gap_line(row: u64, gap: &Gap, has_words: bool) -> Line {
    let text = if has_words { gap_words(gap) } else { "skipped".to_owned() };
    Line { spans: vec![Span { text, token: Token::Dim }], ..blank(row, KEY_GAP | row, LineKind::Gap) }
}

/// Returns what is said of a gap: `12,345 lines skipped (3 error, 10 warn) — press to load`.
pub(super) fn gap_words(gap: &Gap) -> String {
    let mut text = join(&[&counted(gap_rows(gap), "line", "lines"), " skipped"]);
    let mut separator = " (";
    for level in [Level::Fatal, Level::Error, Level::Warn] {
        let count = gap.counts[level as usize];
        if count > 0 {
            text.push_str(&join(&[separator, &crate::worker::words::thousands(count), " ", level.word()]));
            separator = ", ";
        }
    }
    if separator == ", " {
        text.push(')');
    }
    text.push_str(if gap.loadable { " — press to load" } else { " — they are gone for good" });
    text
}
