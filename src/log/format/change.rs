//! Whether a source has changed its format somewhere behind its beginning: asked of lines from there.
//!
//! Most of the time it has not, and one line that still fits says so.

use super::detect::{Detection, Sample};
use super::format::{Engine, Format, bare};
use super::registry;

/// Lines that begin an entry; one of them that fits is enough.
const GLANCE_HEADS: usize = 8;
/// Of a source of no format, so many that all fit another are enough to guess that it has got one.
const GUESS_HEADS: usize = 3;
/// Fewer lines that begin an entry say nothing.
const HEADS_MIN: usize = 5;
/// The share of the lines that the new format must fit.
const SCORE_MIN: f32 = 0.8;
/// The share that the former one must not reach.
const FORMER_SCORE_MAX: f32 = 0.2;

impl Format {
    /// Whether a closer look is worth its time: none of these few lines, which follow each other, is as the format says.
    #[must_use]
    pub fn may_have_changed(&self, lines: &[&[u8]], own: &[Self]) -> bool {
        let sample = Sample::of(lines);
        let heads = sample.heads();
        if matches!(self.engine(), Engine::Plain { is_timed: false }) {
            let guessed = &heads[..heads.len().min(GUESS_HEADS)];
            let has_guessed = |format: &Self| guessed.iter().all(|line| format.fits(line));
            return own.iter().chain(registry::all()).any(has_guessed);
        }
        !heads.iter().take(GLANCE_HEADS).any(|line| self.fits(line))
    }

    /// Whether `found`, detected in these lines, is what they have now instead of this format. Never a format whose columns
    /// are named by its first line, for that is not here, and never none at all: what fits nothing is read as plain anyway.
    #[must_use]
    pub fn gives_way_to(&self, found: &Detection, lines: &[&[u8]]) -> bool {
        let sample = Sample::of(lines);
        let heads = sample.heads().len();
        let is_named_above = matches!(found.format.name(), "csv" | "tsv");
        heads >= HEADS_MIN
            && found.score >= SCORE_MIN
            && found.format.name() != self.name()
            && !is_named_above
            && (sample.fitting(self) as f32) < FORMER_SCORE_MAX * heads as f32
    }

    /// Whether a line by itself is as the format says.
    #[must_use]
    pub fn fits_line(&self, line: &[u8]) -> bool {
        self.fits(bare(line))
    }
}

#[cfg(test)]
mod tests {
    use super::super::detect::detect;
    use super::*;

    fn format(name: &str) -> Format {
        Format::named(name).expect("built in")
    }

    const JSON: [&[u8]; 5] = [b"{\"level\":\"info\",\"msg\":\"on\"}"; 5];
    const TEXT: [&[u8]; 5] = [b"2026-11-23 10:00:00 INFO on"; 5];
    const WORDS: [&[u8]; 5] = [b"on and on"; 5];

    #[test]
    fn one_line_that_fits_is_enough_to_stay() {
        let mut lines = TEXT;
        assert!(format("json").may_have_changed(&lines, &[]));
        lines[3] = JSON[0];
        assert!(!format("json").may_have_changed(&lines, &[]));
    }

    #[test]
    fn what_has_no_format_gets_one_when_its_lines_have() {
        let plain = Format::plain();
        assert!(plain.may_have_changed(&JSON, &[]) && plain.may_have_changed(&TEXT, &[]));
        assert!(!plain.may_have_changed(&WORDS, &[]));
    }

    #[test]
    fn a_format_gives_way_to_another_that_the_lines_have_and_never_to_none() {
        let found = |lines: &[&[u8]]| detect(lines, &[]);
        assert!(format("text").gives_way_to(&found(&JSON), &JSON));
        assert!(!format("text").gives_way_to(&found(&WORDS), &WORDS));
        assert!(!format("json").gives_way_to(&found(&JSON), &JSON));
        assert!(!format("text").gives_way_to(&found(&JSON[..4]), &JSON[..4]), "too few say nothing");
        let columns: [&[u8]; 5] = [b"a,b,c"; 5];
        assert!(!format("text").gives_way_to(&found(&columns), &columns));
    }
}
