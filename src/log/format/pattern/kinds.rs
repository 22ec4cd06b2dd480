//! Kinds of bytes, by table, for they are asked of most bytes of a line.

/// A kind of byte.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Kind {
    /// May stand in `{name:name}`.
    Name = 1,
    /// May stand in `{name:path}`.
    Path = 2,
    /// A letter, a digit or `_`.
    Letter = 4,
    /// Neither a blank nor the beginning of a colour.
    Dark = 8,
    /// A digit.
    Digit = 16,
}

impl Kind {
    /// Whether `byte` is of this kind.
    #[inline]
    pub(super) const fn holds(self, byte: u8) -> bool {
        KINDS[byte as usize] & self as u8 != 0
    }
}

/// The kinds of each byte, one bit each.
const KINDS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = kinds_of(byte as u8);
        byte += 1;
    }
    table
};

const fn kinds_of(byte: u8) -> u8 {
    let is_letter = byte.is_ascii_alphanumeric() || byte == b'_';
    let is_path = is_letter || matches!(byte, b'.' | b'$' | b'/' | b'@' | b'-' | b'#');
    let kinds = [
        (Kind::Name, is_path || byte == b':'),
        (Kind::Path, is_path),
        (Kind::Letter, is_letter),
        (Kind::Dark, !is_blank(byte) && byte != 0x1b),
        (Kind::Digit, byte.is_ascii_digit()),
    ];
    let mut bits = 0;
    let mut at = 0;
    while at < kinds.len() {
        bits |= if kinds[at].1 { kinds[at].0 as u8 } else { 0 };
        at += 1;
    }
    bits
}

/// Whether a byte parts words: the carriage return of a line end too.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}
