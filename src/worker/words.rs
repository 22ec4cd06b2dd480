//! Numbers and sizes as people read them. By hand, because the formatting machinery would be a large part of the module.

/// Returns a number with its thousands apart: `1,234,567`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a count with its noun: `1 line`, `2,000 lines`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    join(&[&thousands(number), " ", if number == 1 { one } else { many }])
}

/// Returns a size: `512 B`, `1.4 kB`, `10.0 GB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return join(&[&bytes.to_string(), " B"]);
    }
    let mut unit = 0;
    let mut tenths = bytes / 100;
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths /= 1000;
        unit += 1;
    }
    join(&[&thousands(tenths / 10), ".", &(tenths % 10).to_string(), " ", units[unit]])
}

/// Returns `part` of `whole` in thousandths; all of nothing is all.
#[must_use]
pub fn permille(part: u64, whole: u64) -> u16 {
    if whole == 0 {
        return 1000;
    }
    let share = u128::from(part.min(whole)) * 1000 / u128::from(whole);
    u16::try_from(share).unwrap_or(1000)
}

/// Returns the beginning of what somebody typed, short enough to be said back.
#[must_use]
pub fn cut(text: &str) -> String {
    const CHARS: usize = 24;
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => join(&[&text[..end], "…"]),
        None => text.to_owned(),
    }
}

/// Returns the parts as one text.
#[must_use]
pub fn join(parts: &[&str]) -> String {
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 12_345, 10_000_000].map(thousands), ["0", "999", "1,000", "12,345", "10,000,000"]);
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let cases = [(999, "999 B"), (1_400, "1.4 kB"), (10_000_000_000, "10.0 GB"), (999_999, "999.9 kB")];
        for (bytes, words) in cases {
            assert_eq!(size(bytes), words);
        }
    }

    #[test]
    fn shares_never_pass_the_whole() {
        assert_eq!(
            [permille(1, 2), permille(5, 0), permille(9, 3), permille(u64::MAX, u64::MAX)],
            [500, 1000, 1000, 1000]
        );
    }
}
