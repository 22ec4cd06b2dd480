//! Lines of several programs in one stream, each behind the name of the program that wrote it: what shows the logs of many
//! containers at once writes them so.
//!
//! ```text
//! api-1  | 2026-11-23T10:00:00.123456789Z {"level":"info"}     docker compose logs, with -t a time before the line
//! 10:00:00 web.1  | text                                       foreman, honcho
//! 0|api  | text                                                pm2
//! [pod/api-7d9f8b6c5-x2x4z/app] text                           kubectl logs --prefix, with --timestamps a time too
//! api-7d9f8b6c5-x2x4z app text                                 stern
//! build<TAB>Run tests<TAB>2026-11-23T10:00:00.1234567Z text    gh run view --log
//! ```
//!
//! The prefixes of a program are as long in all lines of an entry, so that its message is told by that length.

use crate::log::entry::Fields;
use crate::log::level::Level;
use crate::log::lines;
use crate::log::time::read;

use super::roles::Found;
use super::{colours, pairs, plain};

/// What stands in front of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Compose,
    Pm2,
    Kubectl,
    Stern,
    Gh,
}

/// A line behind the name of its program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefixed<'a> {
    /// What [`Layout::names`] are the names of.
    pub(super) names: [&'a [u8]; 2],
    /// The part of the prefix that is the same for all lines of the program.
    pub(super) stream: &'a [u8],
    /// The time that the prefix has; empty where it has none.
    pub(super) time: &'a [u8],
    /// How many bytes stand in front of the text.
    pub(super) bytes: u16,
    /// What the program wrote.
    pub(super) text: &'a [u8],
}

/// The longest name.
const NAME_BYTES_MAX: usize = 256;
/// How many digits a second has in the times that containers and runners write in front of lines; programs write others.
const FRACTION_DIGITS: [usize; 2] = [7, 9];
/// How a time of day looks in a prefix.
const CLOCK: &[u8] = b"99:99:99 ";
/// What ends colours, but not of the line's own.
const RESETS: [&[u8]; 5] = [b"\x1b[0m", b"\x1b[m", b"\x1b[39m", b"\x1b[22m", b"\x1b[0;0m"];

impl Layout {
    /// The particular before the general.
    pub(super) const ALL: [Self; 5] = [Self::Kubectl, Self::Gh, Self::Pm2, Self::Compose, Self::Stern];

    /// The name of the format.
    pub(super) const fn format(self) -> &'static str {
        match self {
            Self::Compose => "compose",
            Self::Pm2 => "pm2",
            Self::Kubectl => "kubectl",
            Self::Stern => "stern",
            Self::Gh => "gh",
        }
    }

    /// The fields that the prefix fills.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Compose => &["container"],
            Self::Pm2 => &["id", "app"],
            Self::Kubectl | Self::Stern => &["pod", "container"],
            Self::Gh => &["job", "step"],
        }
    }

    /// Takes a line apart; `None` where no such name stands in front.
    pub(super) fn read(self, line: &[u8]) -> Option<Prefixed<'_>> {
        let mut cursor = Cursor { line, at: lines::mark_bytes(line) };
        match self {
            Self::Compose => cursor.compose(),
            Self::Pm2 => cursor.pm2(),
            Self::Kubectl => cursor.kubectl(),
            Self::Stern => cursor.stern(),
            Self::Gh => cursor.gh(),
        }
    }

    /// Whether the lines of a source are of this kind: all of them begin so, but for what the tool says itself, and they are no
    /// table and no prose that happens to.
    pub(super) fn is_of(self, lines: &[&[u8]]) -> bool {
        let mut held = Vec::new();
        for line in lines.iter().filter(|line| !line.is_empty()) {
            match self.read(line) {
                Some(line) => held.push(line),
                None if is_notice(line) => {}
                None => return false,
            }
        }
        let has_numbers = || held.iter().all(|line| is_numbered(line.names[0]));
        match self {
            _ if held.is_empty() => false,
            Self::Kubectl | Self::Gh => true,
            Self::Pm2 => !are_cells(&held),
            Self::Compose if has_numbers() => !are_cells(&held),
            Self::Compose => are_logged(&held) && (names(&held) * 2 <= held.len() || !are_cells(&held)),
            Self::Stern => are_logged(&held) || held.iter().all(|line| is_generated(line.names[0])),
        }
    }
}

/// A place in a line, of which the prefix is taken part by part.
struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// `api-1  | text`
    fn compose(&mut self) -> Option<Prefixed<'a>> {
        self.skip_colours();
        let time = self.clock();
        let from = self.at;
        let name = self.name(is_name_byte)?;
        (name.iter().any(u8::is_ascii_alphabetic) && Level::from_column(name).is_none()).then_some(())?;
        self.bar()?;
        self.behind(Prefixed { names: [name, b""], stream: &self.line[from..self.at], time, ..Prefixed::default() })
    }

    /// `0|api  | text`
    fn pm2(&mut self) -> Option<Prefixed<'a>> {
        self.skip_colours();
        let from = self.at;
        let id = self.name(|byte| byte.is_ascii_digit())?;
        self.literal(b"|")?;
        let name = self.name(is_name_byte)?;
        self.bar()?;
        self.behind(Prefixed { names: [id, name], stream: &self.line[from..self.at], ..Prefixed::default() })
    }

    /// `[pod/name/container] text`
    fn kubectl(&mut self) -> Option<Prefixed<'a>> {
        self.skip_colours();
        let from = self.at;
        self.literal(b"[pod/")?;
        let pod = self.name(is_name_byte)?;
        self.literal(b"/")?;
        let container = self.name(is_name_byte)?;
        self.literal(b"]")?;
        self.behind(Prefixed { names: [pod, container], stream: &self.line[from..self.at], ..Prefixed::default() })
    }

    /// `pod container text`
    fn stern(&mut self) -> Option<Prefixed<'a>> {
        self.skip_colours();
        let from = self.at;
        let pod = self.name(is_label_byte)?;
        // What Kubernetes makes of a name has a number or a hash behind it.
        pod.split(|byte| *byte == b'-').skip(1).any(|part| part.iter().any(u8::is_ascii_digit)).then_some(())?;
        self.skip_colours();
        self.literal(b" ")?;
        self.skip_colours();
        let container = self.name(is_label_byte)?;
        (container[0].is_ascii_lowercase() && Level::from_word_bytes(container).is_none()).then_some(())?;
        self.behind(Prefixed { names: [pod, container], stream: &self.line[from..self.at], ..Prefixed::default() })
    }

    /// `job<TAB>step<TAB>time text`
    fn gh(&mut self) -> Option<Prefixed<'a>> {
        self.skip_colours();
        let from = self.at;
        let job = self.name(|byte| byte != b'\t')?;
        self.literal(b"\t")?;
        let step = self.name(|byte| byte != b'\t')?;
        self.literal(b"\t")?;
        let stream = &self.line[from..self.at];
        self.at += lines::mark_bytes(self.rest());
        self.timed(Prefixed { names: [job, step], stream, ..Prefixed::default() }).filter(|line| !line.time.is_empty())
    }

    /// Takes what stands between the prefix and the text, and the text. A last blank may have been stripped.
    fn behind(&mut self, prefix: Prefixed<'a>) -> Option<Prefixed<'a>> {
        self.skip_resets();
        if matches!(self.rest(), b"" | b"\r") {
            let bytes = u16::try_from(self.at + 1).ok()?;
            return Some(Prefixed { bytes, text: self.rest(), ..prefix });
        }
        self.literal(b" ")?;
        self.skip_resets();
        self.timed(prefix)
    }

    /// Takes the time that stands in front of the text, where there is one and the prefix has none yet, and the text.
    fn timed(&mut self, mut prefix: Prefixed<'a>) -> Option<Prefixed<'a>> {
        if prefix.time.is_empty()
            && let Some(length) = collected_length(self.rest())
        {
            prefix.time = &self.rest()[..length];
            self.at = self.line.len().min(self.at + length + 1);
        }
        Some(Prefixed { bytes: u16::try_from(self.at).ok()?, text: self.rest(), ..prefix })
    }

    fn rest(&self) -> &'a [u8] {
        &self.line[self.at..]
    }

    fn literal(&mut self, literal: &[u8]) -> Option<()> {
        self.rest().starts_with(literal).then(|| self.at += literal.len())
    }

    fn name(&mut self, belongs: impl Fn(u8) -> bool) -> Option<&'a [u8]> {
        let rest = self.rest();
        let length = rest.iter().take(NAME_BYTES_MAX + 1).take_while(|byte| belongs(**byte)).count();
        self.at += length;
        (1..=NAME_BYTES_MAX).contains(&length).then(|| &rest[..length])
    }

    /// The bar, which blanks part from the name.
    fn bar(&mut self) -> Option<()> {
        self.skip_colours();
        let blanks = self.rest().iter().take_while(|byte| **byte == b' ').count();
        self.at += blanks;
        self.skip_colours();
        (blanks > 0).then_some(())?;
        self.literal(b"|")
    }

    /// The time of day that stands here, and the blank behind it.
    fn clock(&mut self) -> &'a [u8] {
        let fits = |(byte, sign): (&u8, &u8)| if *sign == b'9' { byte.is_ascii_digit() } else { byte == sign };
        let Some(time) = self.rest().get(..CLOCK.len()).filter(|time| time.iter().zip(CLOCK).all(fits)) else {
            return b"";
        };
        self.at += CLOCK.len();
        &time[..CLOCK.len() - 1]
    }

    fn skip_colours(&mut self) {
        self.at += colours::run_length(self.rest());
    }

    fn skip_resets(&mut self) {
        while let Some(reset) = RESETS.iter().find(|reset| self.rest().starts_with(reset)) {
            self.at += reset.len();
        }
    }
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

const fn is_label_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
}

/// The length of the time that what collects lines wrote in front of one; `None` where the time is the line's own.
fn collected_length(text: &[u8]) -> Option<usize> {
    (text.get(10) == Some(&b'T') && text.get(19) == Some(&b'.')).then_some(())?;
    let digits = text[20..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let length = FRACTION_DIGITS.contains(&digits).then(|| read::leading(text))??.1;
    let behind = &text[length..];
    // A column of its own, padded, stands behind a time that is the line's own too.
    let column = behind.trim_ascii_start();
    let column = &column[..column.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()];
    let is_own = behind.starts_with(b"  ") && Level::from_word_bytes(column).is_some();
    (matches!(behind.first(), None | Some(b' ')) && !is_own).then_some(length)
}

/// Whether a line is what the tool says of itself: who is attached, and who has ended.
fn is_notice(line: &[u8]) -> bool {
    let ends_in_code = || {
        memchr::memmem::find(line, b" exited with code ").is_some_and(|at| line[..at].iter().all(|byte| *byte > b' '))
    };
    let is_of_stern = || memchr::memmem::find(line, " \u{203a} ".as_bytes()).is_some();
    line.starts_with(b"Attaching to ") || matches!(line.first(), Some(b'+' | b'-')) && is_of_stern() || ends_in_code()
}

/// Whether a name ends in a number of its own, as the second of several alike has it.
fn is_numbered(name: &[u8]) -> bool {
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && matches!(name[..name.len() - digits].last(), Some(b'-' | b'_' | b'.'))
}

/// Whether a pod's name ends as Kubernetes makes them: five signs, among them no vowel.
fn is_generated(name: &[u8]) -> bool {
    const SIGNS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let hash = memchr::memrchr(b'-', name).map_or(&b""[..], |at| &name[at + 1..]);
    hash.len() == 5 && hash.iter().all(|byte| SIGNS.contains(byte))
}

/// Whether all texts have as many cells more, of which none begins with a time: a table.
fn are_cells(held: &[Prefixed<'_>]) -> bool {
    let bars = |line: &Prefixed<'_>| memchr::memmem::find_iter(line.text, b" | ").count();
    let all = held.first().map_or(0, bars);
    all > 0 && held.iter().all(|line| bars(line) == all && !plain::has_leading_time(line.text))
}

/// Whether half of the lines are what a log has, by themselves.
fn are_logged(held: &[Prefixed<'_>]) -> bool {
    held.iter().filter(|line| is_logged(line)).count() * 2 >= held.len()
}

fn is_logged(line: &Prefixed<'_>) -> bool {
    let text = colours::bare(line.text);
    let mut found = Found::default();
    !line.time.is_empty()
        || text.starts_with(b"{\"")
        || plain::has_leading_time_or_level(text)
        || pairs::line(text, &mut Fields::default(), &mut found).is_some_and(|counted| counted.is_logfmt(&found))
}

/// How many programs wrote the lines.
fn names(held: &[Prefixed<'_>]) -> usize {
    let mut names: Vec<_> = held.iter().map(|line| line.names).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_program_s_own_text_begins() {
        use Layout::{Compose, Gh, Kubectl, Pm2, Stern};
        for (layout, line, time, text) in [
            (Compose, "api-1  | a", "", "a"),
            (Compose, "api-1  |   a", "", "  a"),
            (Compose, "api-1  |", "", ""),
            (Compose, "\x1b[36mapi_1  |\x1b[0m a", "", "a"),
            (Compose, "\x1b[36mapi-1  | \x1b[0m\x1b[31ma", "", "\x1b[31ma"),
            (Compose, "api-1  | 2026-11-23T10:00:00.123456789Z   a", "2026-11-23T10:00:00.123456789Z", "  a"),
            (Compose, "api-1  | 2026-11-23T10:00:00.123456Z  INFO a", "", "2026-11-23T10:00:00.123456Z  INFO a"),
            (Compose, "api-1  | 2026-11-23T10:00:00.123456789Z  INFO a", "", "2026-11-23T10:00:00.123456789Z  INFO a"),
            (Compose, "10:00:00 web.1  | a", "10:00:00", "a"),
            (Pm2, "\x1b[34m0|api  | \x1b[39m\x1b[22ma", "", "a"),
            (Kubectl, "[pod/api-0/app] a", "", "a"),
            (Stern, "\x1b[35mapi-7d9f8-x2x4z\x1b[0m \x1b[32mapp\x1b[0m a", "", "a"),
            (Gh, "build\tSet up job\t\u{feff}2026-11-23T10:00:00.1234567Z a", "2026-11-23T10:00:00.1234567Z", "a"),
        ] {
            let found = layout.read(line.as_bytes()).unwrap_or_else(|| panic!("{line:?} has a prefix"));
            assert_eq!((found.time, found.text), (time.as_bytes(), text.as_bytes()), "{line:?}");
        }
    }

    #[test]
    fn what_has_no_such_name_in_front_is_none() {
        for (layout, line) in [
            (Layout::Compose, "2026-11-23 10:00:00.123 | INFO     | app:main:1 - a"),
            (Layout::Compose, "2026-11-23 | a"),
            (Layout::Compose, "INFO | a"),
            (Layout::Compose, "10:00:00 WARN  | a"),
            (Layout::Compose, "a|b|c"),
            (Layout::Compose, "| a | b |"),
            (Layout::Pm2, "0|api|text"),
            (Layout::Kubectl, "[pod/api] a"),
            (Layout::Stern, "the quick brown fox"),
            (Layout::Stern, "web-1 error on"),
            (Layout::Gh, "a\tb\tc"),
        ] {
            assert_eq!(layout.read(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn tables_and_prose_are_no_lines_of_containers() {
        let is_of = |layout: Layout, lines: &[&str]| {
            layout.is_of(&lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>())
        };
        assert!(is_of(Layout::Compose, &["api-1  | on", "db-1   | off"]));
        assert!(is_of(Layout::Compose, &["Attaching to api-1, db-1", "api-1  | on", "api-1 exited with code 0"]));
        assert!(is_of(Layout::Compose, &["db  | 2026-11-23 10:00:00 UTC [1] LOG:  on"]));
        assert!(!is_of(Layout::Compose, &["api-1  | on", "something else"]));
        assert!(!is_of(Layout::Compose, &["name | age", "bob  | 5"]));
        assert!(!is_of(Layout::Compose, &["node-1 | up | 5", "node-2 | down | 6"]));
        assert!(!is_of(Layout::Compose, &["Attaching to api-1"]));
        assert!(is_of(Layout::Stern, &["api-7d9f8b6c5-x2x4z app on", "+ api-7d9f8b6c5-x2x4z \u{203a} app"]));
        assert!(!is_of(Layout::Stern, &["covid-19 cases rose again", "mp-3 players did not"]));
    }
}
