//! What a timestamp looks like, sign for sign: tells one format's time from another's before it is read.

/// The longest look.
const LOOK_BYTES_MAX: usize = 16;
const ONES: u128 = 0x0101_0101_0101_0101_0101_0101_0101_0101;
const HIGH: u128 = 0x80 * ONES;

/// A look: `9` a digit, `_` a digit or blank, `A` a letter, anything else itself. Sixteen bytes are compared at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    length: usize,
    /// `ff` for each byte that must be a digit.
    digits: u128,
    /// `ff` for each byte that may be a blank instead.
    padded: u128,
    /// `ff` for each byte that must be a letter.
    letters: u128,
    /// `ff` for each byte that must be as in `signs`.
    fixed: u128,
    signs: u128,
}

impl Look {
    /// The look that `text` describes, which fits everything where it is empty. `None` where it is too long.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        let mut look = Self { length: text.len(), ..Self::default() };
        (text.len() <= LOOK_BYTES_MAX).then_some(())?;
        for (at, sign) in text.iter().enumerate() {
            let byte = 0xff << (8 * at);
            match sign {
                b'9' => look.digits |= byte,
                b'_' => (look.digits, look.padded) = (look.digits | byte, look.padded | byte),
                b'A' => look.letters |= byte,
                sign => (look.fixed, look.signs) = (look.fixed | byte, look.signs | u128::from(*sign) << (8 * at)),
            }
        }
        Some(look)
    }

    /// Whether `text` begins so.
    #[inline]
    pub(super) fn fits(&self, text: &[u8]) -> bool {
        if self.length == 0 {
            return true;
        }
        let group = match text.first_chunk() {
            Some(group) => *group,
            None => {
                // What is missing is no digit, letter or sign.
                let mut group = [0; LOOK_BYTES_MAX];
                group[..text.len()].copy_from_slice(text);
                group
            }
        };
        let group = u128::from_le_bytes(group);
        let is_fixed = (group ^ self.signs) & self.fixed == 0;
        // The high bit of a sum says whether the byte was at least `128 - addend`. A blank is 20: with the bit 10 it is a zero.
        let not_blank = group ^ (b' ' as u128 * ONES);
        let blank = !((not_blank & !HIGH).wrapping_add(!HIGH) | not_blank) & HIGH & self.padded;
        let values = ((group | blank >> 3) ^ (b'0' as u128 * ONES)) & self.digits;
        let is_digits = (values.wrapping_add((0x7f - 9) * ONES) | values) & HIGH == 0;
        let low = (group | (0x20 * ONES)) & !HIGH;
        let letter = low.wrapping_add((0x80 - b'a' as u128) * ONES) & !low.wrapping_add((0x7f - b'z' as u128) * ONES);
        is_fixed && is_digits && !(letter & !group) & HIGH & self.letters == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(text: &[u8], look: &[u8]) -> bool {
        text.len() >= look.len()
            && text.iter().zip(look).all(|(byte, sign)| match sign {
                b'9' => byte.is_ascii_digit(),
                b'_' => byte.is_ascii_digit() || *byte == b' ',
                b'A' => byte.is_ascii_alphabetic(),
                sign => byte == sign,
            })
    }

    #[test]
    fn a_look_fits_what_it_fits_byte_by_byte() {
        let looks = ["", "9999-99-99T", "AAA _9 99:", "99/99/99 ", "999999 999999 ", "9999-99-99T99:99"];
        let texts = ["2026-11-23T10:00:00Z", "Nov  3 10:00:00", "17/06/09 20:10:40", "081109 203615 148", "Nov"];
        for look in looks {
            let fast = Look::new(look.as_bytes()).expect("it is short enough");
            for text in texts {
                let mut text = text.as_bytes().to_vec();
                for at in 0..text.len() {
                    let was = text[at];
                    for byte in 0..=255 {
                        text[at] = byte;
                        assert_eq!(fast.fits(&text), naive(&text, look.as_bytes()), "{look:?} {text:?}");
                    }
                    text[at] = was;
                    assert_eq!(fast.fits(&text[..at]), naive(&text[..at], look.as_bytes()), "{look:?} {at}");
                }
            }
        }
        assert_eq!(Look::new(b"9999-99-99 99:99:99"), None);
    }
}
