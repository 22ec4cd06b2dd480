//! Rows for the clipboard: all of a chosen range, whether or not they are held.

use super::ask::What;
use super::{Model, Phase, WHOLE};
use crate::protocol::ids::Lane;
use crate::world::message::FromWorld;
use crate::world::stream::{Anchor, Fetch, Fetched, Place};
use crate::world::view::{RowRange, limits};

/// A text on its way to the clipboard.
#[derive(Debug)]
pub(super) struct Copying {
    first: Option<Place>,
    last: Option<Place>,
    /// The lane that is asked.
    lane: Lane,
    bytes: Vec<u8>,
}

const TOO_MUCH: &str = "The chosen lines are more than 16 MiB, which is too much for the clipboard. Choose fewer.";

impl Model {
    pub(super) fn copy_rows(&mut self, range: RowRange) {
        if range.first > range.last || self.copying.is_some() {
            return;
        }
        if let Some(bytes) = self.held_text(range) {
            self.copy_bytes(&bytes);
            return;
        }
        if !self.may_fetch() {
            return;
        }
        let place = |row| self.list.island.entry(row).map(|row| row.place);
        let (first, last) = (place(range.first), place(range.last));
        let lane = self.shown();
        self.copying = Some(Copying { first, last, lane, bytes: Vec::new() });
        for (is_first, row, held) in [(true, range.first, first), (false, range.last, last)] {
            if held.is_none() {
                self.ask(lane, What::CopyEnd(is_first), Anchor::Row(row), 1);
            }
        }
        self.fetch_copy();
    }

    /// Copies the whole of the entries from one place to another, of all lines.
    pub(super) fn copy_places(&mut self, first: Place, last: Place) {
        if self.copying.is_none() && self.may_fetch() {
            let lane = self.lanes[WHOLE];
            self.copying = Some(Copying { first: Some(first), last: Some(last), lane, bytes: Vec::new() });
            self.fetch_copy();
        }
    }

    /// The lines stand in another order: what has come of the text is of the one before.
    pub(super) fn give_up_copy(&mut self) {
        if self.copying.take().is_some() {
            self.cancel_where(|ask| matches!(ask.what, What::Copy | What::CopyEnd(_)));
            self.notice = Some("Lines changed places while they were copied. Copy them again.".to_owned());
        }
    }

    fn may_fetch(&mut self) -> bool {
        let may = self.phase == Phase::Active;
        if !may {
            self.notice = Some("This cannot be copied while the connection is lost.".to_owned());
        }
        may
    }

    /// The text of rows that are all held and whole, each with its line end but the last.
    fn held_text(&self, range: RowRange) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for row in range.first..=range.last {
            let entry = self.list.island.entry(row).filter(|entry| !entry.is_cut())?;
            if row > range.first {
                bytes.push(b'\n');
            }
            bytes.extend_from_slice(&entry.bytes);
        }
        Some(bytes)
    }

    pub(super) fn copy_bytes(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if text.len() > limits::DOCUMENT_BYTES {
            self.notice = Some(TOO_MUCH.to_owned());
        } else {
            self.out.push(FromWorld::Copy(text.into_owned()));
        }
    }

    pub(super) fn take_copy_end(&mut self, is_first: bool, place: Option<Place>) {
        let Some(copying) = &mut self.copying else { return };
        let Some(place) = place else {
            self.copying = None;
            self.notice = Some("These lines are gone.".to_owned());
            return;
        };
        *(if is_first { &mut copying.first } else { &mut copying.last }) = Some(place);
        self.fetch_copy();
    }

    /// Asks for the next piece once both ends are known.
    fn fetch_copy(&mut self) {
        let Some(Copying { first: Some(from), last: Some(to), lane, bytes }) = &self.copying else { return };
        let (from, to, lane, skip) = (*from, *to, *lane, bytes.len() as u64);
        let req = self.note(lane, What::Copy);
        self.send(lane, &Fetch { req, from, to, skip });
    }

    pub(super) fn handle_fetched(&mut self, fetched: Fetched) {
        let Some(what) = self.answered(fetched.req).map(|ask| ask.what) else { return };
        match what {
            What::Copy => self.take_copy(fetched),
            What::Details => self.take_details(fetched),
            _ => {}
        }
    }

    fn take_copy(&mut self, fetched: Fetched) {
        let Some(copying) = &mut self.copying else { return };
        copying.bytes.extend_from_slice(&fetched.bytes);
        let whole = fetched.whole_bytes.unwrap_or(0).max(copying.bytes.len() as u64);
        if whole > limits::DOCUMENT_BYTES as u64 {
            self.copying = None;
            self.notice = Some(TOO_MUCH.to_owned());
        } else if fetched.last {
            let mut bytes = std::mem::take(&mut copying.bytes);
            self.copying = None;
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            self.copy_bytes(&bytes);
        } else if fetched.bytes.is_empty() {
            self.copying = None;
            self.notice = Some("The rest of these lines did not come.".to_owned());
        } else {
            self.fetch_copy();
        }
    }
}
