//! The journal's export format: a field on each line, `NAME=value`, an empty line behind each entry.
//!
//! A value that holds line feeds, or bytes that are no text, stands behind its length: `NAME`, a line feed, eight bytes, the
//! least first, and the value. An entry begins with its address in the journal, so no empty line in a value ends it.

use crate::log::entry::{Fields, Value};
use crate::log::text::Text;

use super::format::first_line;
use super::pairs::typed;
use super::roles::{Found, of_root};

/// The fields that an entry begins with: its cursor, which journalctl always writes, or its time where that was left out.
const BEGINNINGS: [&[u8]; 2] = [b"__CURSOR=", b"__REALTIME_TIMESTAMP="];
/// The bytes of a length.
const LENGTH_BYTES: usize = 8;

/// Whether a line, behind the line `before`, begins an entry.
pub(super) fn begins(line: &[u8], before: &[u8]) -> bool {
    before.is_empty() && BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

/// Whether a line is a field.
pub(super) fn is_field(line: &[u8]) -> bool {
    split(line).is_some()
}

/// Reads the fields of an entry. `None` where its first line is none.
pub(super) fn fields<'a>(raw: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> Option<()> {
    let mut rest = raw;
    while !rest.is_empty() {
        let line = first_line(rest);
        let behind = rest.get(line.len() + 1..).unwrap_or_default();
        rest = behind;
        let (name, value) = if let Some((name, text)) = split(line.strip_suffix(b"\r").unwrap_or(line)) {
            (name, if name == b"MESSAGE" { Value::Text(Text::plain(text)) } else { typed(text) })
        } else if let Some(text) = counted(behind).filter(|_| is_name(line)) {
            rest = behind.get(LENGTH_BYTES + text.len() + 1..).unwrap_or_default();
            (line, Value::Text(Text::plain(text)))
        } else {
            continue;
        };
        if let Some(role) = of_root(name) {
            found.note(role, &value, fields.len());
        }
        fields.push(Text::plain(name), value);
    }
    (!fields.is_empty()).then_some(())
}

/// A field's name, in capitals, and its value.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let sign = memchr::memchr(b'=', line)?;
    let (name, value) = (&line[..sign], &line[sign + 1..]);
    is_name(name).then_some((name, value))
}

fn is_name(name: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    !name.is_empty() && name.len() <= 64 && name.iter().all(fits)
}

/// The value that stands behind its length, and before a line end.
fn counted(text: &[u8]) -> Option<&[u8]> {
    let (length, rest) = text.split_first_chunk::<LENGTH_BYTES>()?;
    let (value, behind) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    matches!(behind.first(), None | Some(b'\n')).then_some(value)
}
