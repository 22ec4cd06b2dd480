//! Lines of programs in containers, as the container's log holds them: one to a line, long ones cut into parts.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{string_end, unescape};

/// A line that another line holds, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held<'a> {
    /// Its text, without its line end; escaped where the holder escapes.
    pub(crate) text: &'a [u8],
    /// Whether the program ended it here; else the next line carries it on.
    pub(crate) is_whole: bool,
    /// Which of its streams the program wrote it to, `stdout` or `stderr`; empty where that is not said.
    pub(crate) stream: &'a [u8],
}

/// What a line of Docker's json-file begins with, and a line end as a string of JSON has it.
const DOCKER_BEGIN: &[u8] = b"{\"log\":\"";
const DOCKER_LINE_END: &[u8] = b"\\n";
/// What a terminal has before it.
const DOCKER_RETURN: &[u8] = b"\\r";
/// What stands behind the string there, before the name of the stream, and how those names begin.
const DOCKER_STREAM: &[u8] = b"\",\"stream\":\"";
const DOCKER_STANDARD: &[u8] = b"\",\"stream\":\"std";
/// What a part has behind its stream where the container runtime interface writes it.
const CRI_PART: &[u8] = b" P ";

/// What a line of Docker's json-file holds, whose first member it is: `{"log":"...\n","stream":"stdout","time":"..."}`.
pub(crate) fn docker(line: &[u8]) -> Option<Held<'_>> {
    let inside = line.strip_prefix(DOCKER_BEGIN)?;
    let (end, _) = string_end(inside)?;
    let stream = inside[end..].strip_prefix(DOCKER_STREAM).unwrap_or_default();
    let stream = &stream[..memchr::memchr(b'"', stream).unwrap_or(0)];
    Some(Held { stream, ..docker_string(&inside[..end]) })
}

/// The same of the string alone, which does not say its stream.
pub(crate) fn docker_string(text: &[u8]) -> Held<'_> {
    let Some(whole) = without_escape(text, DOCKER_LINE_END) else { return Held { is_whole: false, ..bare(text) } };
    bare(without_escape(whole, DOCKER_RETURN).unwrap_or(whole))
}

/// A text without the escape that it ends with; `None` where it ends otherwise, be it in a backslash and that letter.
fn without_escape<'a>(text: &'a [u8], escape: &[u8]) -> Option<&'a [u8]> {
    let before = text.strip_suffix(escape)?;
    let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
    backslashes.is_multiple_of(2).then_some(before)
}

/// Several lines of Docker's, of which the first begins behind its opening quote; `None` of one.
pub(crate) fn docker_lines(lines: &[u8]) -> Option<&[u8]> {
    lines.strip_prefix(DOCKER_BEGIN).filter(|inside| memchr::memchr(b'\n', inside).is_some())
}

/// What a line of the container runtime interface holds: `<time> stdout F ...`, with `P` for a part of a line.
pub(crate) fn cri(line: &[u8]) -> Option<Held<'_>> {
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let (_time, stream, flag, text) = (words.next()?, words.next()?, words.next()?, words.next().unwrap_or_default());
    Some(Held { text, is_whole: flag != b"P", stream })
}

/// The lines that lines of Docker's hold; the string of the first has begun already.
pub(super) fn decode_docker(bytes: &[u8]) -> Vec<u8> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let first = docker_string(&first[..string_end(first).map_or(first.len(), |(end, _)| end)]);
    join(first, lines.map(|line| docker(line).unwrap_or(bare(line))), |text, out| {
        out.extend(unescape(text));
    })
}

/// The lines that lines of the container runtime interface hold; of the first only that is left.
pub(super) fn decode_cri(bytes: &[u8], is_whole: bool) -> Vec<u8> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let first = Held { is_whole, ..bare(lines.next().unwrap_or_default()) };
    join(first, lines.map(|line| cri(line).unwrap_or(bare(line))), write_without_return)
}

/// The lines that stand behind prefixes of so many bytes; of the first only that is left. A prefix whose last blank was
/// stripped is shorter, and nothing stands behind it.
pub(super) fn decode_prefixed(bytes: &[u8], prefix_bytes: usize) -> Vec<u8> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let first = bare(lines.next().unwrap_or_default());
    join(first, lines.map(|line| bare(line.get(prefix_bytes..).unwrap_or_default())), write_without_return)
}

fn write_without_return(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
}

/// A line that no other holds.
const fn bare(line: &[u8]) -> Held<'_> {
    Held { text: line, is_whole: true, stream: b"" }
}

fn join<'a>(first: Held<'a>, others: impl Iterator<Item = Held<'a>>, write: impl Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(first.text, &mut out);
    let mut is_whole = first.is_whole;
    for held in others {
        if is_whole {
            out.push(b'\n');
        }
        write(held.text, &mut out);
        is_whole = held.is_whole;
    }
    out
}

/// Where, at or behind `from`, a part of a line is held that the next line carries on, as the container runtime interface
/// writes it: a text of both stands in neither.
pub(crate) fn find_cri_part(bytes: &[u8], from: usize) -> Option<usize> {
    // Many a short entry is asked: what to look for is made ready once.
    static PART: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(CRI_PART));
    let is_part = |at: &usize| bytes[..*at].ends_with(b"stdout") || bytes[..*at].ends_with(b"stderr");
    PART.find_iter(&bytes[from..]).map(|at| from + at).find(is_part)
}

/// The same as Docker's json-file has it.
pub(crate) fn find_docker_part(bytes: &[u8], from: usize) -> Option<usize> {
    static STANDARD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(DOCKER_STANDARD));
    let is_part = |at: &usize| without_escape(&bytes[..*at], DOCKER_LINE_END).is_none();
    STANDARD.find_iter(&bytes[from..]).map(|at| from + at).find(is_part)
}

#[cfg(test)]
mod tests {
    use super::super::{Escape, Text};
    use super::*;

    #[test]
    fn parts_are_joined_and_lines_stay_apart() {
        let text = Text::with_escapes(
            b"a \n2026-11-23T10:00:00Z stdout P b \r\n2026-11-23T10:00:00Z stdout F c\nodd",
            Escape::Cri { is_whole: false },
        );
        assert_eq!(&*text.decode(), b"a b c\nodd");
        let text = Text::with_escapes(b"a\n2026-11-23T10:00:00Z stderr F  at b", Escape::Cri { is_whole: true });
        assert_eq!(&*text.decode(), b"a\n at b");
        let text = Text::with_escapes(
            b"a \\\"\",\"stream\":\"stdout\"}\n{\"log\":\"b\\n\",\"stream\":\"stdout\"}\n{\"log\":\"\\tc\\n\"}",
            Escape::Docker,
        );
        assert_eq!(&*text.decode(), b"a \"b\n\tc");
        let lines = concat!(r#"C:\\n"}"#, "\n", r#"{"log":"ew\r\n"}"#, "\n", r#"{"log":"\\r\n"}"#);
        let text = Text::with_escapes(lines.as_bytes(), Escape::Docker);
        assert_eq!(&*text.decode(), b"C:\\new\n\\r");
    }

    #[test]
    fn lines_behind_prefixes_are_joined_without_them() {
        let text = Text::with_escapes(b"boom\r\nweb | \tat a\nweb |\nweb | b", Escape::Prefixed { bytes: 6 });
        assert_eq!(&*text.decode(), b"boom\n\tat a\n\nb");
    }

    #[test]
    fn a_part_is_found_and_a_whole_line_is_none() {
        for (bytes, cri, docker) in [
            ("2026-11-23T10:00:00Z stdout P a", Some(27), None),
            ("2026-11-23T10:00:00Z stdout F a P b", None, None),
            (r#"{"log":"a\n","stream":"stdout"}"#, None, None),
            (r#"{"log":"a","stream":"stdout"}"#, None, Some(9)),
            (r#"{"log":"a\\n","stream":"stdout"}"#, None, Some(12)),
        ] {
            let found = (find_cri_part(bytes.as_bytes(), 0), find_docker_part(bytes.as_bytes(), 0));
            assert_eq!(found, (cri, docker), "{bytes}");
        }
    }
}
