//! Marks: entries that the user wants to find again, each with a note. A mark is of a line of a source, and of the text that
//! stood there, so that it is none where another text has taken its place.

use super::Model;
use super::seek::Seek;
use crate::log::display;
use crate::worker::words::{cut, join};
use crate::world::batch::Row;
use crate::world::stream::SourceId;

/// A marked entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The source's name.
    pub source: String,
    /// The line in it, from 0.
    pub line: u64,
    /// What the user wrote of it.
    pub note: String,
    /// How the line that stood there begins.
    pub beginning: String,
}

/// Characters of a line that are kept.
const BEGINNING_CHARS: usize = 80;
/// The longest note, in characters.
const NOTE_CHARS: usize = 400;
/// The most marks.
const MARKS_MAX: usize = 100;

impl Model {
    /// The mark of a row.
    #[must_use]
    pub fn mark_of(&self, row: &Row) -> Option<&Mark> {
        let line = row.line?;
        // Most rows are looked at where there are no marks at all.
        let mut marks = self.memory.marks.iter().filter(|mark| mark.line == line).peekable();
        marks.peek()?;
        let (name, beginning) = (self.name_of(row.source)?, beginning(row));
        marks.find(|mark| mark.beginning == beginning && mark.source == name)
    }

    /// Marks the current row, or the first that is seen, or takes its mark away.
    pub(super) fn toggle_mark(&mut self) {
        let at = self.list.current.unwrap_or(self.list.seen.first);
        let Some(row) = self.list.island.entry(at).cloned() else { return };
        if let Some(mark) = self.mark_of(&row).cloned() {
            self.change_memory(|memory| memory.marks.retain(|other| *other != mark));
            return;
        }
        let (Some(line), Some(source)) = (row.line, self.name_of(row.source)) else {
            self.notice = Some("This line can be marked once its number is known.".to_owned());
            return;
        };
        if self.memory.marks.len() >= MARKS_MAX {
            self.notice = Some("There are as many marks as there can be: remove some first.".to_owned());
            return;
        }
        let mark = Mark { source: source.to_owned(), line, note: String::new(), beginning: beginning(&row) };
        self.list.current = Some(at);
        self.change_memory(|memory| memory.marks.push(mark));
    }

    pub(super) fn remove_mark(&mut self, place: usize) {
        self.change_memory(|memory| {
            if place < memory.marks.len() {
                memory.marks.remove(place);
            }
        });
    }

    /// Writes a note to a mark.
    pub(super) fn note_mark(&mut self, place: usize, text: &str) {
        let note: String = text.trim().chars().take(NOTE_CHARS).collect();
        self.change_memory(|memory| {
            if let Some(mark) = memory.marks.get_mut(place) {
                mark.note = note;
            }
        });
    }

    /// Goes to a mark: in its own source, for there its line has a number.
    pub(super) fn go_to_mark(&mut self, place: usize) {
        let Some(mark) = self.memory.marks.get(place).cloned() else { return };
        let source = self.sources.iter().flatten().find(|source| source.name == mark.source).map(|source| source.id);
        let Some(source) = source else {
            self.notice = Some(join(&["The source “", &cut(&mark.source), "” of this mark is not here."]));
            return;
        };
        if self.source != source {
            self.choose_source(source);
        }
        self.list.seek = Some(Seek::Line(mark.line));
    }

    /// Goes to the next mark of the source that is shown, or the one before.
    pub(super) fn next_mark(&mut self, forward: bool) {
        let from = self.list.current.and_then(|row| self.list.island.entry(row)).and_then(|row| row.line);
        let name = self.shown_source().map(|source| source.name.clone());
        let mut places: Vec<(u64, usize)> = (0..)
            .zip(&self.memory.marks)
            .filter(|(_, mark)| name.as_ref().is_none_or(|name| mark.source == *name))
            .map(|(place, mark)| (mark.line, place))
            .collect();
        places.sort_unstable();
        let is_next = |line: &u64| match from {
            Some(from) if forward => *line > from,
            Some(from) => *line < from,
            None => true,
        };
        let mut next = places.iter().filter(|(line, _)| self.source == SourceId::ALL || is_next(line));
        match if forward { next.next() } else { next.next_back() } {
            Some((_, place)) => self.go_to_mark(*place),
            None => {
                self.notice =
                    Some(if forward { "There is no further mark." } else { "There is no earlier mark." }.to_owned())
            }
        }
    }
}

fn beginning(row: &Row) -> String {
    let text = display::strip(&row.bytes[..row.bytes.len().min(4 * BEGINNING_CHARS)]);
    text.chars().take(BEGINNING_CHARS).collect()
}
