//! The journal's export format: a field on each line, `NAME=value`, an empty line behind each entry.
//!
//! A value that holds line feeds is written as bytes behind its length; such a field is passed over, line by line.

use crate::log::entry::{Fields, Value};
use crate::log::text::Text;

use super::pairs::typed;
use super::roles::{Found, of_root};

/// Whether a line is a field.
pub(super) fn is_field(line: &[u8]) -> bool {
    split(line).is_some()
}

/// Reads the fields of an entry. `None` where its first line is none.
pub(super) fn fields<'a>(raw: &'a [u8], fields: &mut Fields<'a>, found: &mut Found<'a>) -> Option<()> {
    for line in raw.split(|byte| *byte == b'\n') {
        let Some((name, text)) = split(line.strip_suffix(b"\r").unwrap_or(line)) else { continue };
        let role = of_root(name);
        let value = if name == b"MESSAGE" { Value::Text(Text::plain(text)) } else { typed(text) };
        if let Some(role) = role {
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
    let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    (!name.is_empty() && name.len() <= 64 && name.iter().all(fits)).then_some((name, value))
}
