//! What the viewer knows of its user from one time to the next: a line for each thing, its parts escaped and with blanks
//! between them. Lines that are not understood are left as they are, for a later viewer may have written them.

use super::Model;
use super::address::{escaped, unescaped};
use super::marks::Mark;
use crate::worker::words::join;
use crate::world::message::FromWorld;
use crate::world::view::limits;

/// A query with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedQuery {
    /// What the user calls it.
    pub name: String,
    /// The query.
    pub text: String,
}

/// The longest name of a query, in characters.
const NAME_CHARS: usize = 100;
/// The most queries.
pub const SAVED_MAX: usize = 50;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Queries that were named, by name.
    pub saved: Vec<SavedQuery>,
    /// Entries that were marked, in the order in which they were.
    pub marks: Vec<Mark>,
    /// Lines of other viewers.
    others: Vec<String>,
}

impl Memory {
    /// Reads what [`Memory::written`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut memory = Self::default();
        for line in text.lines() {
            let parts: Vec<String> = line.split(' ').map(unescaped).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            match parts[..] {
                ["query", name, text] => memory.save(SavedQuery { name: name.to_owned(), text: text.to_owned() }),
                ["mark", source, line, note, beginning] => {
                    let Ok(line) = line.parse() else { continue };
                    let [source, note, beginning] = [source, note, beginning].map(str::to_owned);
                    memory.marks.push(Mark { source, line, note, beginning });
                }
                _ => memory.others.push(line.to_owned()),
            }
        }
        memory
    }

    /// Everything, as text.
    #[must_use]
    pub fn written(&self) -> String {
        let saved = self.saved.iter().map(|query| line(&["query", &query.name, &query.text]));
        let marks = self
            .marks
            .iter()
            .map(|mark| line(&["mark", &mark.source, &mark.line.to_string(), &mark.note, &mark.beginning]));
        let others = self.others.iter().map(|other| join(&[other, "\n"]));
        saved.chain(marks).chain(others).collect()
    }

    /// Keeps a query under its name, instead of the one that was called so.
    pub fn save(&mut self, query: SavedQuery) {
        self.saved.retain(|saved| saved.name != query.name);
        if self.saved.len() >= SAVED_MAX {
            return;
        }
        let place = self.saved.partition_point(|saved| saved.name < query.name);
        self.saved.insert(place, query);
    }
}

fn line(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| escaped(part)).collect();
    join(&[&parts.join(" "), "\n"])
}

impl Model {
    pub(super) fn recall(&mut self, text: &str) {
        self.memory = Memory::read(text);
    }

    /// Keeps the filter under a name.
    pub(super) fn save_query(&mut self, name: &str) {
        let name: String = name.trim().chars().take(NAME_CHARS).collect();
        let Some(filter) = self.filter.as_ref().filter(|_| !name.is_empty()) else { return };
        let text = filter.text.trim().to_owned();
        let is_new = self.memory.saved.iter().all(|saved| saved.name != name);
        if is_new && self.memory.saved.len() >= SAVED_MAX {
            self.notice = Some("There are as many saved queries as there can be: remove some first.".to_owned());
            return;
        }
        self.change_memory(|memory| memory.save(SavedQuery { name, text }));
    }

    /// Filters by a query that was saved.
    pub(super) fn apply_saved(&mut self, place: usize) {
        if let Some(text) = self.memory.saved.get(place).map(|saved| saved.text.clone()) {
            self.set_filter(text, true);
        }
    }

    pub(super) fn remove_saved(&mut self, place: usize) {
        self.change_memory(|memory| {
            if place < memory.saved.len() {
                memory.saved.remove(place);
            }
        });
    }

    /// Changes what is remembered, if there is room for it.
    pub(super) fn change_memory(&mut self, change: impl FnOnce(&mut Memory)) {
        let mut memory = self.memory.clone();
        change(&mut memory);
        let written = memory.written();
        if written.len() > limits::MEMORY_BYTES {
            self.notice = Some("There is no room to remember more: remove marks or saved queries first.".to_owned());
            return;
        }
        if memory != self.memory {
            self.memory = memory;
            self.out.push(FromWorld::Memory(written));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_remembered_is_known_again() {
        let mut memory = Memory::default();
        for name in ["späte “Fehler”", "a b\nc", "späte “Fehler”"] {
            memory.save(SavedQuery { name: name.to_owned(), text: "level>=warn or \"100 %\"".to_owned() });
        }
        let [source, note, beginning] = ["a b.log", "", "GET / \u{202e}"].map(str::to_owned);
        memory.marks.push(Mark { source, line: 7, note, beginning });
        assert_eq!(memory.saved.len(), 2);
        assert_eq!(Memory::read(&memory.written()), memory);
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let text = "later thing%20of another viewer\n";
        assert_eq!(Memory::read(text).written(), text);
        assert_eq!(Memory::read("mark a x y z\n").marks, []);
    }
}
