//! Which of many sources are listed, and shown together: those whose names are as asked.

use jiff::tz::TimeZone;

use super::Model;
use crate::log::entry::Entry;
use crate::log::query::Query;
use crate::worker::words::join;
use crate::world::stream::{Source, SourceId};

impl Model {
    /// The sources that are listed: those whose names answer what was typed, as `source:` does in a filter.
    #[must_use]
    pub fn listed_sources(&self) -> Vec<&Source> {
        let query = self.source_term().and_then(|term| Query::compile(&term, 0, &TimeZone::UTC).ok());
        let is_listed =
            |source: &&Source| query.as_ref().is_none_or(|query| query.is_match(&Entry::default(), &source.name));
        self.sources.iter().flatten().filter(is_listed).collect()
    }

    /// The term that finds entries of those sources; none while nothing is typed.
    #[must_use]
    pub fn source_term(&self) -> Option<String> {
        let pattern = self.source_pattern.trim();
        let is_bare = pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-*/".contains(&byte));
        let text = if is_bare { pattern.to_owned() } else { join(&["\"", &pattern.replace('"', ""), "\""]) };
        (!pattern.is_empty()).then(|| join(&["source:", &text]))
    }

    /// Shows those sources together, and no others.
    pub(super) fn show_found_sources(&mut self) {
        if let Some(term) = self.source_term() {
            self.choose_source(SourceId::ALL);
            self.narrow(&term);
        }
    }
}
