//! The lines on the screen: each row's text in pieces, with the filter's matches marked.

use crate::log::display::{self, Piece, PieceKind};
use crate::log::level::Level;
use crate::log::query::Query;
use crate::worker::island::{Held, gap_rows};
use crate::worker::model::Model;
use crate::worker::words::{counted, join};
use crate::world::batch::Row;
use crate::world::stream::{Gap, SourceId};
use crate::world::view::{AnsiStyle, Line, LineKind, RowRange, Span, Token};

/// Characters of a line that are drawn; the details show all.
const CUT_CHARS: usize = 2_000;

/// Keys of rows that are no entries; entries have the highest bit clear.
const KEY_WAITING: u64 = 1 << 63;
const KEY_GAP: u64 = KEY_WAITING | 1 << 62;

/// Returns the lines of the rows that the page draws.
pub(super) fn lines(model: &Model) -> Vec<Line> {
    let rows = model.rows();
    let RowRange { first, last } = model.list.view;
    let first = first.max(model.first_row());
    let is_mixed = model.source == SourceId::ALL;
    (first..rows.min(last.saturating_add(1)))
        .map(|row| match model.list.island.get(row) {
            Some(Held::Entry(entry)) => {
                let query = model.filter.as_ref().map(|filter| &filter.query);
                let name = is_mixed.then(|| model.name_of(entry.source).unwrap_or("?").to_owned());
                let key = model.list.island.key(row).unwrap_or(KEY_WAITING | row);
                entry_line((row, key), entry, query, model.list.current == Some(row), name)
            }
            Some(Held::Gap(gap, is_first)) => gap_line(row, gap, is_first || row == first),
            None => blank(row, KEY_WAITING | row, LineKind::Waiting),
        })
        .collect()
}

fn blank(row: u64, key: u64, kind: LineKind) -> Line {
    Line { row, key, number: String::new(), level: None, kind, source: None, spans: Vec::new() }
}

fn entry_line(
    (row, key): (u64, u64),
    entry: &Row,
    query: Option<&Query>,
    is_current: bool,
    source: Option<String>,
) -> Line {
    let pieces = display::pieces(&entry.bytes, CUT_CHARS);
    let shown = pieces.last().map_or(0, |piece| piece.bytes.end);
    let is_cut = entry.is_cut() || shown < display::without_line_end(&entry.bytes).len();
    let mut matches = query.map(|query| query.highlights(&entry.bytes)).unwrap_or_default();
    matches.retain(|found| found.start < shown);
    let mut spans =
        spans_of(display::mark(pieces, &matches).into_iter().map(|(piece, found)| (piece, found.is_some())));
    if is_current {
        for span in spans.iter_mut().filter(|span| span.token == Token::Match) {
            span.token = Token::CurrentMatch;
        }
    }
    Line {
        row,
        key,
        number: entry.line.map_or_else(String::new, |line| (line + 1).to_string()),
        level: entry.level.map(Into::into),
        kind: if is_cut { LineKind::Cut } else { LineKind::Entry },
        source,
        spans,
    }
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
