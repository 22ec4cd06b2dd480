//! A number that is asked for, and whether another is the same however many zeros either is written with.
//!
//! A number of a log that has an exponent is the same only as it is written, so that the raw bytes of whatever matches hold
//! one of a few texts.

/// A number in a query.
#[derive(Clone, Debug)]
pub(super) struct Numeral {
    written: Box<str>,
    /// The same without an exponent, unless that takes too many zeros.
    plain: Option<Box<str>>,
}

/// What a number without an exponent says, but for zeros that say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digits<'a> {
    is_negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
}

/// By more places the point is not moved.
const PLACES_MAX: usize = 40;

impl Numeral {
    /// The number that `text` is.
    pub(super) fn read(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let is_number = unsigned.starts_with(|char: char| char.is_ascii_digit()) && text.parse::<f64>().is_ok();
        is_number.then(|| Self { written: text.into(), plain: without_exponent(text) })
    }

    /// Whether a number that is written so is the same.
    pub(super) fn is(&self, digits: &[u8]) -> bool {
        let own = || self.plain.as_ref().and_then(|plain| Digits::read(plain.as_bytes()));
        self.is_written(digits) || Digits::read(digits.trim_ascii()).is_some_and(|digits| own() == Some(digits))
    }

    /// Whether it is written just so.
    pub(super) fn is_written(&self, text: &[u8]) -> bool {
        text.trim_ascii().eq_ignore_ascii_case(self.written.as_bytes())
    }

    /// Texts of which every way to write it holds one, as every text that holds it as it is written does.
    pub(super) fn needles(&self) -> Vec<String> {
        let plain = self.plain.as_ref().and_then(|plain| Digits::read(plain.as_bytes()).map(Digits::significant));
        let is_enough = plain.as_ref().is_some_and(|plain| self.written.contains(plain.as_str()));
        let written = (!is_enough).then(|| self.written.to_ascii_lowercase());
        plain.into_iter().chain(written).collect()
    }
}

impl<'a> Digits<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let (is_negative, unsigned) = match text {
            [b'-', unsigned @ ..] => (true, unsigned),
            [b'+', unsigned @ ..] => (false, unsigned),
            unsigned => (false, unsigned),
        };
        let point = unsigned.iter().position(|byte| *byte == b'.').unwrap_or(unsigned.len());
        let (whole, fraction) = (&unsigned[..point], unsigned.get(point + 1..).unwrap_or_default());
        let are_digits = whole.iter().chain(fraction).all(u8::is_ascii_digit) && whole.len() + fraction.len() > 0;
        let zeros = whole.iter().take_while(|byte| **byte == b'0').count();
        let end = fraction.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
        let (whole, fraction) = (&whole[zeros..], &fraction[..end]);
        let is_zero = whole.is_empty() && fraction.is_empty();
        are_digits.then_some(Self { is_negative: is_negative && !is_zero, whole, fraction })
    }

    /// What stands side by side in every way to write it without an exponent.
    fn significant(self) -> String {
        let (whole, fraction) = (String::from_utf8_lossy(self.whole), String::from_utf8_lossy(self.fraction));
        match (&*whole, &*fraction) {
            ("", "") => "0".into(),
            (whole, "") => whole.into(),
            (whole, fraction) => format!("{whole}.{fraction}"),
        }
    }
}

/// `1.5e3` as `1500`.
fn without_exponent(text: &str) -> Option<Box<str>> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return Some(text.into()) };
    let places: isize = exponent.parse().ok()?;
    if places.unsigned_abs() > PLACES_MAX {
        return None;
    }
    let unsigned = mantissa.trim_start_matches(['-', '+']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let zeros = "0".repeat(PLACES_MAX);
    let digits = [&zeros, whole, fraction, &zeros].concat();
    let (whole, fraction) = digits.split_at_checked((zeros.len() + whole.len()).checked_add_signed(places)?)?;
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    Some([sign, whole, ".", fraction].concat().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(asked: &str, digits: &str) -> bool {
        let asked = Numeral::read(asked).expect("it is a number");
        let is_same = asked.is(digits.as_bytes());
        let holds = |needle: &String| digits.to_ascii_lowercase().contains(needle.as_str());
        assert!(!is_same || asked.needles().iter().any(holds), "{asked:?} {digits}");
        is_same
    }

    #[test]
    fn the_same_number_is_found_however_many_zeros_it_has() {
        let same = [
            ("12", "12.0"),
            ("12.0", "12"),
            ("+012", "12."),
            ("1.50", "1.5"),
            ("0.5", ".50"),
            ("-0", "0.0"),
            ("-1.50", "-01.5"),
            ("1e3", "1000.0"),
            ("1e3", "1E3"),
            ("-1.25E+1", "-12.5"),
            ("125e-2", "1.25"),
            ("1e-3", "0.001"),
            ("1e300", "1e300"),
            ("9007199254740993", "9007199254740993.0"),
        ];
        for (asked, digits) in same {
            assert!(is(asked, digits), "{asked} {digits}");
        }
    }

    #[test]
    fn another_number_is_another_however_near() {
        let others = [
            ("12", "120"),
            ("12", "1.2"),
            ("12", "-12"),
            ("9007199254740993", "9007199254740992"),
            ("1000", "1e3"),
            ("1e300", "10e299"),
            ("16", "0x10"),
            ("0", "."),
            ("0", ""),
            ("1", "1.0.0"),
        ];
        for (asked, digits) in others {
            assert!(!is(asked, digits), "{asked} {digits}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "e3", "1_000", "0x10", "nan", "inf", "12ms"] {
            assert!(Numeral::read(text).is_none(), "{text}");
        }
    }
}
