//! What is shown, as text for the page's address, and back: whoever opens the address sees the same. Whatever stands in an
//! address is a stranger's: it can choose what is shown and nothing else, and what is not understood is left out.

use super::Model;
use super::columns::{Cell, TimeForm};
use crate::worker::words::{cut, join};
use crate::world::message::FromWorld;
use crate::world::stream::{Place, SourceId};
use crate::world::view::limits;

/// The name of all sources together: no source can be called so, for a source's name is a file's.
const ALL: &str = "/";

impl Model {
    /// The address of what is shown; empty where that is what is shown by itself.
    pub(super) fn address(&self) -> String {
        let mut parts: Vec<(&str, String)> = Vec::new();
        let Some(sources) = &self.sources else { return String::new() };
        if sources.len() > 1
            && let Some(source) = self.shown_source()
        {
            parts.push(("source", source.name.clone()));
        }
        if let Some(filter) = &self.filter {
            parts.push(("q", filter.text.trim().to_owned()));
            if !self.only_matches {
                parts.push(("all", "1".to_owned()));
            }
        }
        if let Some(is_raw) = self.chosen_raw() {
            parts.push(("raw", if is_raw { "1" } else { "0" }.to_owned()));
        }
        if let Some(columns) = self.chosen_columns() {
            let columns: Vec<String> =
                columns.iter().map(|column| join(&[&column.width.to_string(), ":", column.cell.name()])).collect();
            parts.push(("columns", columns.join(",")));
        }
        if self.time_form != TimeForm::default() {
            let place = TimeForm::ALL.iter().position(|form| *form == self.time_form).unwrap_or(0);
            parts.push(("time", place.to_string()));
        }
        for (name, is_on) in [("wrap", self.wrap), ("summary", self.overview.is_some())] {
            if is_on {
                parts.push((name, "1".to_owned()));
            }
        }
        let current = self.list.current.and_then(|row| self.list.island.entry(row));
        if let Some(Place { generation, offset }) = current.map(|row| row.place) {
            parts.push(("at", join(&[&generation.to_string(), ".", &offset.to_string()])));
        }
        let written: Vec<String> = parts.iter().map(|(name, value)| join(&[name, "=", &escaped(value)])).collect();
        written.join("&")
    }

    /// Has the page keep the address of what is shown now.
    pub(super) fn tell_address(&mut self) {
        let address = self.address();
        // One that is too long would lead elsewhere if it were cut.
        if address != self.told_address && address.len() <= limits::ADDRESS_BYTES && self.awaited_address.is_none() {
            self.told_address.clone_from(&address);
            self.out.push(FromWorld::Address(address));
        }
    }

    /// Shows what an address says, once the sources are known.
    pub(super) fn go_to_address(&mut self, address: String) {
        if self.sources.is_none() {
            self.awaited_address = Some(address);
            return;
        }
        let parts: Vec<(&str, String)> = address
            .split('&')
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name, unescaped(value)))
            .collect();
        let value = |wanted: &str| parts.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str());
        self.go_to_source(value("source").unwrap_or(ALL));
        self.set_only_matches(value("all") != Some("1"));
        self.wrap = value("wrap") == Some("1");
        let form = value("time").and_then(|place| TimeForm::ALL.get(place.parse::<usize>().ok()?));
        self.time_form = form.copied().unwrap_or_default();
        self.restore_columns(value("raw").map(|raw| raw == "1"), value("columns").map(columns_in));
        if (value("summary") == Some("1")) != self.overview.is_some() {
            self.toggle_summary(self.overview.is_none());
        }
        self.set_filter(value("q").unwrap_or_default().to_owned(), true);
        if let Some(place) = value("at").and_then(place_in) {
            self.go_to_entry(place);
        }
    }

    fn go_to_source(&mut self, name: &str) {
        let sources = self.sources.as_deref().unwrap_or_default();
        let only = match sources {
            [only] => only.id,
            _ => SourceId::ALL,
        };
        let named = sources.iter().find(|source| source.name == name).map(|source| source.id);
        if named.is_none() && name != ALL {
            self.notice = Some(join(&["The source “", &cut(name), "” that the link names is not here."]));
        }
        self.choose_source(named.unwrap_or(only));
    }
}

/// `16:user,23:time`
fn columns_in(text: &str) -> Vec<(Cell, u16)> {
    let column = |part: &str| {
        let (width, name) = part.split_once(':')?;
        Some((Cell::named(name), width.parse().ok()?))
    };
    text.split(',').filter_map(column).collect()
}

/// `7.1234`
fn place_in(text: &str) -> Option<Place> {
    let (generation, offset) = text.split_once('.')?;
    Some(Place { generation: generation.parse().ok()?, offset: offset.parse().ok()? })
}

/// Whether a character may stand in an address as it is.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b':' | b'/' | b',' | b'*' | b'!')
}

pub(super) fn escaped(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match is_plain(byte) {
            true => out.push(byte.into()),
            false => out.extend(['%', DIGITS[usize::from(byte >> 4)].into(), DIGITS[usize::from(byte & 15)].into()]),
        }
    }
    out
}

/// A broken escape stands for itself.
pub(super) fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| {
        bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok())
    };
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_written_into_an_address_is_read_from_it() {
        for text in ["", "plain", "a b&c=d", "100 %", "%zz", "ä “ö”", "source:api* or /x+/", "\n\u{202e}"] {
            let written = escaped(text);
            assert!(written.bytes().all(|byte| is_plain(byte) || byte == b'%'), "{written}");
            assert_eq!(unescaped(&written), text);
        }
        assert_eq!(unescaped("%4g%4"), "%4g%4");
    }

    #[test]
    fn a_place_that_is_none_is_left_out() {
        assert_eq!(place_in("7.12"), Some(Place { generation: 7, offset: 12 }));
        for text in ["", "7", "7.", ".7", "-1.2", "7.x", "99999999999.1"] {
            assert_eq!(place_in(text), None, "{text}");
        }
    }
}
