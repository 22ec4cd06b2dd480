//! Where a quoted string ends that escapes with backslashes.

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
