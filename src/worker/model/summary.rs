//! What the shown result is as a whole: asked for while its panel is open, and asked again as more is known.

use jiff::tz::TimeZone;

use super::ask::What;
use super::{FILTERED, Model, Phase, WHOLE};
use crate::log::display;
use crate::log::level::Level;
use crate::log::query::Query;
use crate::protocol::ids::Lane;
use crate::worker::words::join;
use crate::world::summary::{FieldSummary, PatternSummary, Summarize, Summarized, TEMPLATE_BYTES_MAX, ValueSummary};

/// What stands for what varies in a pattern.
const HOLE: &str = "<*>";
/// A shorter text between two holes would find anything.
const LITERAL_BYTES_MIN: usize = 4;

/// The panel.
#[derive(Debug, Default)]
pub struct Overview {
    /// What the server said last; of the result before while nothing has come of this one.
    pub told: Option<Summarized>,
    /// The terms by which the filter narrows down to each value told, by field; to the sources first, where they are told.
    pub values: Vec<Vec<Option<String>>>,
    /// Likewise to each pattern.
    pub patterns: Vec<Option<String>>,
    /// Whether what was told is of this result.
    pub is_fresh: bool,
    /// Why there is nothing.
    pub failure: Option<String>,
    /// The lane that was asked.
    asked: Option<Lane>,
}

impl Model {
    pub(super) fn toggle_summary(&mut self, on: bool) {
        self.cancel_summary();
        self.overview = on.then(Overview::default);
        self.ask_summary();
    }

    /// Asks the lane whose result is meant, if it has not been asked.
    pub(super) fn ask_summary(&mut self) {
        let lane = self.lanes[if self.filter.is_some() { FILTERED } else { WHOLE }];
        let Some(overview) = self.overview.as_ref().filter(|_| self.phase == Phase::Active) else { return };
        let is_waiting = self.asks.iter().any(|ask| ask.what == What::Summary && ask.lane == lane);
        if is_waiting || overview.failure.is_some() && overview.asked == Some(lane) {
            return;
        }
        let is_same = overview.asked == Some(lane) && overview.is_fresh;
        let seen = overview.told.as_ref().filter(|_| is_same).map_or(0, |told| told.version);
        self.cancel_summary();
        let req = self.note(lane, What::Summary);
        if let Some(overview) = &mut self.overview {
            overview.asked = Some(lane);
            overview.is_fresh &= is_same;
            overview.failure = None;
        }
        self.send(lane, &Summarize { req, seen });
    }

    /// The lanes are opened anew: versions begin anew with them.
    pub(super) fn forget_summary(&mut self) {
        if let Some(overview) = &mut self.overview {
            overview.asked = None;
            overview.is_fresh = false;
        }
    }

    fn cancel_summary(&mut self) {
        self.cancel_where(|ask| ask.what == What::Summary);
    }

    pub(super) fn take_summary(&mut self, told: Summarized) {
        if self.answered(told.req).is_none_or(|ask| ask.what != What::Summary) {
            return;
        }
        if let Some(overview) = &mut self.overview {
            let sources = told.sources.iter().map(|sources| sources.values.iter().map(source_term).collect());
            let values_of = |field: &FieldSummary| field.values.iter().map(|value| value_term(field, value)).collect();
            overview.values = sources.chain(told.fields.iter().map(values_of)).collect();
            overview.patterns = told.patterns.iter().map(pattern_term).collect();
            overview.told = Some(told);
            overview.is_fresh = true;
        }
        self.ask_summary();
    }

    pub(super) fn fail_summary(&mut self, why: String) {
        if let Some(overview) = &mut self.overview {
            overview.told = None;
            overview.failure = Some(why);
        }
    }

    /// Narrows the filter down by a term.
    pub(super) fn narrow(&mut self, term: &str) {
        let before = self.filter.as_ref().map_or("", |filter| filter.text.trim());
        let text = match before {
            "" => term.to_owned(),
            before if words(before).any(|word| word.eq_ignore_ascii_case("or")) => join(&["(", before, ") ", term]),
            before => join(&[before, " ", term]),
        };
        self.set_filter(text, true);
    }
}

/// What stands between blanks and parentheses.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| char.is_whitespace() || matches!(char, '(' | ')'))
}

/// The term that finds the entries of a level.
#[must_use]
pub fn level_term(level: Level) -> String {
    join(&["level:", level.word()])
}

/// The term that finds the entries of a source, where that can be said.
fn source_term(name: &ValueSummary) -> Option<String> {
    let term = join(&["source=", &quoted(&name.text)]);
    (!name.is_cut && is_shown_as_is(&name.text) && is_query(&term)).then_some(term)
}

/// The term that finds the entries whose field has this value, where that can be said.
fn value_term(field: &FieldSummary, value: &ValueSummary) -> Option<String> {
    let is_name = |char: char| char.is_alphanumeric() || "_.-@$".contains(char);
    // What these mean as they stand is not the field.
    let is_own = ["message", "level", "source", "since", "until", "lamport", "trace"].contains(&&*field.path);
    let path = if is_own || !field.path.chars().all(is_name) { quoted(&field.path) } else { field.path.clone() };
    let text = match &*value.text {
        text if value.is_text => join(&["=", &quoted(text)]),
        // Behind a colon, texts that hold the word would be found too.
        "null" => "=null".to_owned(),
        text => join(&[":", text]),
    };
    let term = join(&[&path, &text]);
    let is_said = is_shown_as_is(&value.text) && is_shown_as_is(&field.path);
    (!value.is_cut && is_said && is_query(&term)).then_some(term)
}

/// The term that finds messages by the longest text that all of a pattern have. A blank in it stands for any white space.
fn pattern_term(pattern: &PatternSummary) -> Option<String> {
    let mut literals: Vec<&str> = pattern.template.split(HOLE).map(str::trim).collect();
    if pattern.template.len() + HOLE.len() > TEMPLATE_BYTES_MAX {
        // It was cut somewhere in the last.
        literals.pop();
    }
    let literal = literals.into_iter().max_by_key(|literal| literal.len())?;
    let words: Vec<String> = literal.split_whitespace().map(escaped).collect();
    let term = match words.len() {
        1 => join(&["message:", &quoted(literal)]),
        _ => join(&["message:/", &words.join(r"\s+"), "/"]),
    };
    (literal.len() >= LITERAL_BYTES_MIN && is_shown_as_is(literal) && is_query(&term)).then_some(term)
}

/// A text for a regex that finds it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii_punctuation() && !"<>_".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

/// Whether nothing in it has to be written out, or was lost.
fn is_shown_as_is(text: &str) -> bool {
    !text.contains(char::REPLACEMENT_CHARACTER) && display::strip(text.as_bytes()) == text
}

fn quoted(text: &str) -> String {
    join(&["\"", &text.replace('\\', "\\\\").replace('"', "\\\""), "\""])
}

fn is_query(text: &str) -> bool {
    Query::compile(text, 0, &TimeZone::UTC).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(path: &str, text: &str, is_text: bool) -> Option<String> {
        let field = FieldSummary { path: path.into(), entries: 1, distinct: None, values: Vec::new() };
        let value = ValueSummary { text: text.into(), is_cut: false, is_text, count: 1, max_error: 0 };
        value_term(&field, &value)
    }

    #[test]
    fn a_value_becomes_a_term_that_asks_for_it() {
        for (path, text, is_text, expected) in [
            ("user", "ann", true, r#"user="ann""#),
            ("http.status", "500", false, "http.status:500"),
            ("user name", r#"say "hi" \ all"#, true, r#""user name"="say \"hi\" \\ all""#),
            ("level", "warn", true, r#""level"="warn""#),
            ("ok", "true", false, "ok:true"),
            ("user", "null", false, "user=null"),
        ] {
            assert_eq!(term(path, text, is_text).as_deref(), Some(expected));
        }
        assert_eq!(term("user", "\u{202e}nna", true), None, "what has to be written out cannot be typed");
    }

    #[test]
    fn a_pattern_becomes_the_longest_text_that_does_not_vary() {
        let term = |template: &str| pattern_term(&PatternSummary { template: template.into(), count: 1 });
        assert_eq!(term("took <*> ms for \"all\" of <*>").as_deref(), Some(r#"message:/ms\s+for\s+\"all\"\s+of/"#));
        assert_eq!(term("GET /a/<*> <b>").as_deref(), Some(r"message:/GET\s+\/a\//"));
        assert_eq!(term("user=<*>").as_deref(), Some(r#"message:"user=""#));
        assert_eq!(term("<*> a <*>"), None);
        assert_eq!(term("lost\u{fffd} it <*>"), None);
        let long = ["begin it ", &"x".repeat(TEMPLATE_BYTES_MAX)].concat();
        assert_eq!(
            term(&["begin it <*> ", &long[..TEMPLATE_BYTES_MAX - 13]].concat()).as_deref(),
            Some(r"message:/begin\s+it/")
        );
    }
}
