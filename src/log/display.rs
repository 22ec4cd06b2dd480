//! How the raw bytes of a line are shown: as pieces of safe text that know which bytes they stand for.
//!
//! Log text is hostile. Colour and style escapes become styles; every other escape sequence, control character,
//! bidirectional or invisible character and invalid byte is written out, so that nothing is hidden, moved or turned
//! around. Nothing here knows of HTML: text is text, and whoever draws it must treat it so.

use std::ops::Range;

mod sgr;

use sgr::Style;

pub use sgr::Sgr;

/// A run of a line with one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What is shown. It holds no control character and may be empty: the escape that changes a colour shows nothing.
    pub text: String,
    /// How it looks.
    pub kind: PieceKind,
    /// The bytes of the line that it stands for.
    pub bytes: Range<usize>,
}

/// How a piece looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// As it is.
    Plain,
    /// Written out: what would not be seen, or do something.
    Escape,
    /// In the style that an escape asked for.
    Ansi(Sgr),
}

impl Piece {
    /// Whether the text is the bytes, so that a part of the bytes has its part of the text.
    #[must_use]
    pub fn is_verbatim(&self) -> bool {
        self.kind != PieceKind::Escape && self.text.len() == self.bytes.len()
    }
}

/// The longest escape sequence for colour that is honoured.
const SGR_BYTES_MAX: usize = 64;
/// How far the end of a string sequence (a title, a link) is looked for.
const STRING_BYTES_MAX: usize = 4096;
const TAB_CHARS: usize = 8;

/// Returns the line without its line end: `\n`, and a `\r` before it or, where the `\n` was already taken off, at the end.
#[must_use]
pub fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Returns what to show of `line`, at most `cut_chars` characters; a change of colour counts as one.
///
/// The pieces' ranges follow each other without a hole from 0 on. They end before [`without_line_end`] does exactly when
/// the line was cut.
///
/// # Complexity
/// Bounded by `cut_chars`, however long the line is.
#[must_use]
pub fn pieces(line: &[u8], cut_chars: usize) -> Vec<Piece> {
    let mut writer = Writer {
        line: without_line_end(line),
        at: 0,
        chars: 0,
        columns: 0,
        cut_chars,
        style: Style::default(),
        out: Vec::new(),
    };
    writer.run();
    writer.out
}

/// Returns the whole line as it is shown, without its styles.
#[must_use]
pub fn strip(line: &[u8]) -> String {
    pieces(line, usize::MAX).into_iter().map(|piece| piece.text).collect()
}

/// Splits pieces at the borders of `matches` (ascending, without overlap) and tells for each piece which match it is
/// part of. A piece that cannot be split (a tab, an escape written out) belongs to the first match that touches it.
#[must_use]
pub fn mark(pieces: Vec<Piece>, matches: &[Range<usize>]) -> Vec<(Piece, Option<usize>)> {
    let mut out = Vec::with_capacity(pieces.len() + 2 * matches.len());
    let mut next = 0;
    for mut piece in pieces {
        while matches.get(next).is_some_and(|found| found.end <= piece.bytes.start) {
            next += 1;
        }
        let mut index = next;
        while let Some(found) = matches.get(index).filter(|found| found.start < piece.bytes.end) {
            if !piece.is_verbatim() {
                break;
            }
            if found.start > piece.bytes.start {
                let rest = split_off(&mut piece, found.start);
                out.push((std::mem::replace(&mut piece, rest), None));
            }
            if found.end >= piece.bytes.end {
                break;
            }
            let rest = split_off(&mut piece, found.end);
            out.push((std::mem::replace(&mut piece, rest), Some(index)));
            index += 1;
        }
        let touches = matches.get(index).is_some_and(|found| found.start < piece.bytes.end && !piece.text.is_empty());
        out.push((piece, touches.then_some(index)));
    }
    out.retain(|(piece, _)| !piece.bytes.is_empty());
    out
}

/// Cuts a verbatim piece at the byte `at` of the line and returns the part behind it.
fn split_off(piece: &mut Piece, at: usize) -> Piece {
    let inside = piece.text.floor_char_boundary(at - piece.bytes.start);
    let at = piece.bytes.start + inside;
    let rest = Piece { text: piece.text.split_off(inside), kind: piece.kind, bytes: at..piece.bytes.end };
    piece.bytes.end = at;
    rest
}

/// Whether a character must be written out, because it cannot be seen or changes what stands around it.
#[must_use]
pub const fn is_hidden(char: char) -> bool {
    matches!(char,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'      // controls
        | '\u{ad}' | '\u{61c}'                  // soft hyphen, Arabic letter mark
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers that look like nothing
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'               // zero width, direction marks
        | '\u{2028}'..='\u{202e}'               // line and paragraph separators, embeddings, overrides
        | '\u{2060}'..='\u{206f}'               // word joiner, invisible operators, isolates
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'             // musical controls
        | '\u{e0000}'..='\u{e0fff}'             // tags and further selectors
    )
}

/// Walks over a line once and writes its pieces.
struct Writer<'a> {
    line: &'a [u8],
    at: usize,
    /// Characters counted against the cut.
    chars: usize,
    /// Characters shown, for tabs.
    columns: usize,
    cut_chars: usize,
    style: Style,
    out: Vec<Piece>,
}

impl Writer<'_> {
    fn run(&mut self) {
        while self.at < self.line.len() && self.chars < self.cut_chars {
            match self.line[self.at] {
                b' '..=b'~' => self.write_plain_run(),
                b'\t' => {
                    let spaces = TAB_CHARS - self.columns % TAB_CHARS;
                    let spaces = spaces.min(self.cut_chars - self.chars);
                    self.put(&" ".repeat(spaces), 1, self.style.kind(), false);
                }
                0x1b => self.write_escape_sequence(),
                _ => self.write_char(self.style.kind()),
            }
        }
    }

    /// Printable ASCII, as long as it goes.
    fn write_plain_run(&mut self) {
        let rest = &self.line[self.at..];
        let room = self.cut_chars - self.chars;
        let length =
            rest.iter().take(room).position(|byte| !matches!(byte, b' '..=b'~')).unwrap_or(rest.len().min(room));
        let text = String::from_utf8_lossy(&rest[..length]);
        self.put(&text, length, self.style.kind(), true);
    }

    /// One character or invalid byte at the place reached: as it is in the given look, or written out.
    fn write_char(&mut self, look: PieceKind) {
        let rest = &self.line[self.at..];
        match first_char(rest) {
            Some(char) if !is_hidden(char) => {
                let mut buffer = [0; 4];
                self.put(char.encode_utf8(&mut buffer), char.len_utf8(), look, true);
            }
            Some(char) if char.is_ascii() => self.put(&format!("\\x{:02x}", char as u32), 1, PieceKind::Escape, true),
            Some(char) => self.put(&format!("<U+{:04X}>", char as u32), char.len_utf8(), PieceKind::Escape, true),
            None => self.put(&format!("\\x{:02x}", rest[0]), 1, PieceKind::Escape, true),
        }
    }

    fn write_escape_sequence(&mut self) {
        let rest = &self.line[self.at..];
        if let Some(length) = sgr_length(rest) {
            self.style.apply(&rest[2..length - 1]);
            self.chars += 1;
            self.put("", length, self.style.kind(), false);
            return;
        }
        // The bytes of the sequence are written out one by one, all of them as escapes.
        let end = self.at + sequence_length(rest);
        while self.at < end && self.chars < self.cut_chars {
            self.write_char(PieceKind::Escape);
        }
    }

    /// Shows `text` for the next `length` bytes; joins it to the piece before where both look the same and may be joined.
    fn put(&mut self, text: &str, length: usize, kind: PieceKind, may_join: bool) {
        let bytes = self.at..self.at + length;
        self.at = bytes.end;
        let chars = text.chars().count();
        self.chars += chars;
        self.columns += chars;
        match self.out.last_mut() {
            // A tab stands for itself even where it is one column wide: its text is not its byte.
            Some(last)
                if may_join
                    && last.kind == kind
                    && (kind == PieceKind::Escape || last.is_verbatim() && self.line[last.bytes.start] != b'\t') =>
            {
                last.text.push_str(text);
                last.bytes.end = bytes.end;
            }
            _ => self.out.push(Piece { text: text.into(), kind, bytes }),
        }
    }
}

/// The character that valid UTF-8 begins with.
fn first_char(bytes: &[u8]) -> Option<char> {
    let width = match bytes.first()? {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    std::str::from_utf8(bytes.get(..width)?).ok()?.chars().next()
}

/// The length of the style escape that `bytes` begin with, or `None` if it is another one.
fn sgr_length(bytes: &[u8]) -> Option<usize> {
    let body = bytes.strip_prefix(b"\x1b[")?;
    let end = body.iter().take(SGR_BYTES_MAX - 3).position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    (body[end] == b'm').then_some(end + 3)
}

/// The length of any other escape sequence; of one that is not finished, of its first bytes only.
fn sequence_length(bytes: &[u8]) -> usize {
    match bytes.get(1) {
        Some(b'[') => {
            let body = &bytes[2..];
            let end = body.iter().take(SGR_BYTES_MAX).position(|byte| !matches!(byte, b' '..=b'?'));
            end.filter(|&end| matches!(body[end], b'@'..=b'~')).map_or(2, |end| end + 3)
        }
        // Strings (titles, links, device controls) run to a bell or a string terminator.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            let body = &bytes[2..bytes.len().min(STRING_BYTES_MAX)];
            match memchr::memchr2(0x07, 0x1b, body) {
                Some(end) if body[end] == 0x07 => end + 3,
                Some(end) if body.get(end + 1) == Some(&b'\\') => end + 4,
                _ => 2,
            }
        }
        Some(b' '..=b'/') => 2 + usize::from(matches!(bytes.get(2), Some(b'0'..=b'~'))),
        Some(b'0'..=b'~') => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
