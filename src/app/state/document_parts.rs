//! A long document cut into parts that the browser lays out only when they come into view.

use crate::world::view::Span;

/// A part ends at the first line end behind this many bytes ...
const PART_BYTES: usize = 16 * 1024;
/// ... and at the latest here, for text without line ends.
const PART_BYTES_MAX: usize = 64 * 1024;

/// Cuts spans into parts whose texts, joined, are the document byte for byte.
#[must_use]
pub fn document_parts(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut parts = Vec::new();
    let mut part: Vec<Span> = Vec::new();
    let mut part_bytes = 0;
    for span in spans {
        let mut rest = span.text.as_str();
        while !rest.is_empty() {
            let (taken, is_end) = take(rest, part_bytes);
            let (text, left) = rest.split_at(taken);
            part.push(Span { text: text.to_owned(), token: span.token });
            part_bytes += taken;
            rest = left;
            if is_end {
                parts.push(std::mem::take(&mut part));
                part_bytes = 0;
            }
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// How many bytes of `text` still belong to a part that holds `held` bytes, and whether they complete it.
fn take(text: &str, held: usize) -> (usize, bool) {
    let earliest = PART_BYTES.saturating_sub(held);
    let latest = PART_BYTES_MAX.saturating_sub(held);
    let from = earliest.min(text.len());
    if let Some(at) = text.as_bytes()[from..].iter().position(|&byte| byte == b'\n')
        && from + at < latest
    {
        return (from + at + 1, true);
    }
    if text.len() < latest {
        return (text.len(), false);
    }
    let mut cut = latest;
    while cut > 0 && !text.is_char_boundary(cut) {
        cut -= 1;
    }
    if cut == 0 {
        // The part is full to within one character: that character still goes in, so that each step takes something.
        cut = text.chars().next().map_or(0, char::len_utf8);
    }
    (cut, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::view::Token;

    fn joined(parts: &[Vec<Span>]) -> String {
        parts.iter().flatten().map(|span| span.text.as_str()).collect()
    }

    fn plain(text: String) -> Span {
        Span { text, token: Token::Plain }
    }

    #[test]
    fn the_parts_joined_are_the_document() {
        let text = "größe\n".repeat(20_000) + &"ü".repeat(200_000) + "\nend";
        let parts = document_parts(&[plain(text.clone()), plain("tail".to_owned())]);
        assert!(parts.len() > 5);
        assert_eq!(joined(&parts), text + "tail");
    }

    #[test]
    fn no_part_is_larger_than_the_limit_and_lines_end_parts_where_there_are_any() {
        let parts = document_parts(&[plain("0123456789\n".repeat(10_000))]);
        for part in &parts[..parts.len() - 1] {
            let bytes: usize = part.iter().map(|span| span.text.len()).sum();
            assert!(bytes <= PART_BYTES_MAX);
            assert!(part.last().is_some_and(|span| span.text.ends_with('\n')));
        }
        let parts = document_parts(&[plain("é".repeat(100_000))]);
        assert!(parts.iter().all(|part| part.iter().map(|span| span.text.len()).sum::<usize>() <= PART_BYTES_MAX + 2));
    }

    #[test]
    fn an_empty_document_has_no_parts() {
        assert!(document_parts(&[]).is_empty());
        assert!(document_parts(&[plain(String::new())]).is_empty());
    }
}
