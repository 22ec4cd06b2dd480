//! The details of one entry: its whole text, loaded in pieces where it was cut, shown in parts where it is too large.

use super::ask::What;
use super::{Model, Phase, WHOLE};
use crate::log::display::{self, without_line_end};
use crate::worker::view::spans_of;
use crate::world::batch::Row;
use crate::world::stream::{Fetch, Fetched};
use crate::world::view::{Span, limits};

/// The raw bytes of one part: plain text of that length is just a whole document.
const PART_BYTES: usize = limits::DOCUMENT_BYTES;

/// One entry, looked at closely.
#[derive(Debug)]
pub struct Details {
    /// The entry.
    pub row: Row,
    /// The text of the part that is shown.
    pub spans: Vec<Span>,
    /// Counts changes of `spans`.
    pub version: u32,
    /// Bytes of the entry before the part that is shown.
    pub part_start: u64,
    /// Bytes of the entry up to the end of that part.
    pub part_end: u64,
    /// Why the rest did not come.
    pub failure: Option<String>,
    /// Whether more is on its way.
    pub is_loading: bool,
    bytes: Vec<u8>,
    loading: Vec<u8>,
    loading_start: u64,
    req: u32,
}

impl Details {
    /// Returns whether there is more of the entry behind the part that is shown.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.part_end < self.row.length_bytes
    }

    /// Returns how many bytes of the next part have come.
    #[must_use]
    pub fn loaded_bytes(&self) -> u64 {
        self.loading.len() as u64
    }

    fn draw(&mut self) {
        let text = without_line_end(&self.bytes);
        let mut pieces = display::pieces(text, limits::DOCUMENT_BYTES);
        if pieces.iter().map(|piece| piece.text.len()).sum::<usize>() > limits::DOCUMENT_BYTES {
            // Written out, bytes may grow: as many characters as fit at four bytes each.
            pieces = display::pieces(text, limits::DOCUMENT_BYTES / 4);
        }
        let mut shown_bytes = 0;
        let mut text_bytes = 0;
        let mut whole = Vec::new();
        for piece in pieces {
            text_bytes += piece.text.len();
            if whole.len() >= limits::DOCUMENT_SPANS - 1 || text_bytes > limits::DOCUMENT_BYTES {
                break;
            }
            shown_bytes = piece.bytes.end;
            whole.push(piece);
        }
        let is_all = shown_bytes == text.len();
        let shown_bytes = if is_all { self.bytes.len() } else { shown_bytes };
        self.spans = spans_of(whole.into_iter().map(|piece| (piece, false)));
        self.part_end = (self.part_start + shown_bytes as u64).min(self.row.length_bytes);
        self.version = self.version.wrapping_add(1);
    }
}

impl Model {
    pub(super) fn show_details(&mut self, row: Row) {
        self.close_details();
        let is_cut = row.is_cut();
        let mut details = Details {
            spans: Vec::new(),
            version: 0,
            part_start: 0,
            part_end: 0,
            failure: None,
            is_loading: false,
            bytes: row.bytes.clone(),
            loading: Vec::new(),
            loading_start: 0,
            req: 0,
            row,
        };
        details.draw();
        self.details = Some(details);
        if is_cut {
            self.load_details(0);
        }
    }

    /// An entry that was not at its end when it was shown may have grown.
    pub(super) fn grow_details(&mut self, pushed: &[Row]) {
        let Some(details) = &mut self.details else { return };
        let Some(grown) = pushed.iter().find(|row| row.place == details.row.place && **row != details.row) else {
            return;
        };
        details.row = grown.clone();
        if !grown.is_cut() && !details.is_loading {
            details.bytes.clone_from(&grown.bytes);
            details.draw();
        }
    }

    pub(super) fn more_details(&mut self) {
        let Some(from) = self.details.as_ref().filter(|details| details.has_more() && !details.is_loading) else {
            return;
        };
        self.load_details(from.part_end);
    }

    pub(super) fn close_details(&mut self) {
        if let Some(details) = self.details.take() {
            self.cancel(details.req);
        }
    }

    pub(super) fn copy_details(&mut self) {
        let Some(details) = &self.details else { return };
        let is_all = details.part_start == 0 && details.bytes.len() as u64 >= details.row.length_bytes;
        if is_all {
            let bytes = without_line_end(&details.bytes).to_vec();
            self.copy_bytes(&bytes);
        } else {
            let place = details.row.place;
            self.copy_places(place, place);
        }
    }

    /// Asks for the part that begins at `skip`; what is shown stays until it has come.
    fn load_details(&mut self, skip: u64) {
        if self.phase != Phase::Active {
            return;
        }
        if let Some(open) = self.details.as_ref().map(|details| details.req) {
            self.cancel(open);
        }
        let Some(details) = &mut self.details else { return };
        details.is_loading = true;
        details.failure = None;
        details.loading = Vec::new();
        details.loading_start = skip;
        self.fetch_details();
    }

    fn fetch_details(&mut self) {
        // The lane on all lines holds every entry, whatever the filter.
        let lane = self.lanes[WHOLE];
        let req = self.note(lane, What::Details);
        let Some(details) = &mut self.details else { return };
        details.req = req;
        let place = details.row.place;
        let skip = details.loading_start + details.loading.len() as u64;
        self.send(lane, &Fetch { req, from: place, to: place, skip });
    }

    /// Goes on loading after the socket was lost or the lane was opened anew.
    pub(super) fn resume_details(&mut self) {
        if let Some(skip) =
            self.details.as_ref().filter(|details| details.is_loading).map(|details| details.loading_start)
        {
            self.load_details(skip);
        }
    }

    pub(super) fn take_details(&mut self, fetched: Fetched) {
        let Some(details) = self.details.as_mut().filter(|details| details.req == fetched.req) else { return };
        details.loading.extend_from_slice(&fetched.bytes);
        let is_full = details.loading.len() >= PART_BYTES;
        if fetched.last || fetched.bytes.is_empty() || is_full {
            details.is_loading = false;
            details.bytes = std::mem::take(&mut details.loading);
            details.bytes.truncate(PART_BYTES);
            details.part_start = details.loading_start;
            details.draw();
        } else {
            self.fetch_details();
        }
    }

    pub(super) fn fail_details(&mut self, why: String) {
        if let Some(details) = &mut self.details {
            details.is_loading = false;
            details.failure = Some(why);
        }
    }
}
