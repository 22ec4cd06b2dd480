//! Where a quoted string ends that escapes with backslashes, also one that another such string holds.

/// Where a string ends that begins behind its opening quote, and whether it holds a backslash.
#[inline]
pub(crate) fn string_end(text: &[u8]) -> Option<(usize, bool)> {
    let mut at = quote_or_backslash(text)?;
    if text[at] == b'"' {
        return Some((at, false));
    }
    loop {
        at += 2;
        at += quote_or_backslash(text.get(at..)?)?;
        if text[at] == b'"' {
            return Some((at, true));
        }
    }
}

/// The same of a string that another one holds: its quotes stand as `\"`, its backslashes as `\\`.
pub(crate) fn held_string_end(text: &[u8]) -> Option<(usize, bool)> {
    let mut at = 0;
    let mut has_escape = false;
    loop {
        at += memchr::memchr(b'\\', text.get(at..)?)?;
        match text.get(at + 1)? {
            b'"' => return Some((at, has_escape)),
            // A backslash to the string inside: what it escapes is a sign, which may be escaped in its turn.
            b'\\' => at += if text.get(at + 2)? == &b'\\' { 4 } else { 3 },
            _ => at += 2,
        }
        has_escape = true;
    }
}

/// The first quote or backslash. Most strings are short: eight bytes at a time first, then wider.
#[inline]
fn quote_or_backslash(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const fn zeros(group: u64) -> u64 {
        group.wrapping_sub(ONES) & !group & (0x80 * ONES)
    }
    let mut at = 0;
    while at < 32
        && let Some(group) = text.get(at..).and_then(<[u8]>::first_chunk)
    {
        let group = u64::from_le_bytes(*group);
        // The lowest mark is exact; those above it may not be.
        let marks = zeros(group ^ (b'"' as u64 * ONES)) | zeros(group ^ (b'\\' as u64 * ONES));
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr::memchr2(b'"', b'\\', text.get(at..)?).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_that_another_holds_ends_at_its_own_quote() {
        for (text, end) in [
            (r#"plain\",\"b"#, Some((5, false))),
            (r#"say \\\"hi\\\" \\n\",1"#, Some((18, true))),
            (r#"ends in one \\\\\""#, Some((16, true))),
            (r#"\\u0022\u003c\""#, Some((13, true))),
            (r#"open \\\""#, None),
            (r"open \\", None),
            (r"open \", None),
            ("", None),
        ] {
            assert_eq!(held_string_end(text.as_bytes()), end, "{text}");
        }
    }
}
