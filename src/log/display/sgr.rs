//! Colour and style escapes (SGR): what they ask for, mapped to sixteen colours. Used by the walk over a line only.

use super::PieceKind;

/// The style that escapes asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sgr {
    /// Foreground: 0 to 7 normal, 8 to 15 bright; richer palettes are mapped to the nearest of these.
    pub foreground: Option<u8>,
    /// Background, likewise.
    pub background: Option<u8>,
    /// Bold.
    pub bold: bool,
    /// Faint.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
}

/// The style in force at some place of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    sgr: Sgr,
    is_reversed: bool,
}

impl Style {
    /// How text in this style looks.
    pub(super) fn kind(self) -> PieceKind {
        let mut sgr = self.sgr;
        if self.is_reversed {
            sgr.foreground = Some(self.sgr.background.unwrap_or(0));
            sgr.background = Some(self.sgr.foreground.unwrap_or(7));
        }
        // Text in the colour of its background would be hidden.
        if sgr.foreground == sgr.background {
            sgr.background = None;
        }
        if sgr == Sgr::default() { PieceKind::Plain } else { PieceKind::Ansi(sgr) }
    }

    /// Takes the parameters of one escape: what stands between `ESC [` and `m`.
    pub(super) fn apply(&mut self, parameters: &[u8]) {
        let mut groups = parameters.split(|&byte| byte == b';');
        while let Some(group) = groups.next() {
            let mut parts = group.split(|&byte| byte == b':').map(number);
            let code = parts.next().unwrap_or(0);
            let is_grouped = group.contains(&b':');
            match code {
                0 => *self = Self::default(),
                1 => self.sgr.bold = true,
                2 => self.sgr.dim = true,
                3 => self.sgr.italic = true,
                4 => self.sgr.underline = parts.next() != Some(0),
                7 => self.is_reversed = true,
                21 => self.sgr.underline = true,
                22 => (self.sgr.bold, self.sgr.dim) = (false, false),
                23 => self.sgr.italic = false,
                24 => self.sgr.underline = false,
                27 => self.is_reversed = false,
                30..=37 => self.sgr.foreground = Some((code - 30) as u8),
                39 => self.sgr.foreground = None,
                40..=47 => self.sgr.background = Some((code - 40) as u8),
                49 => self.sgr.background = None,
                90..=97 => self.sgr.foreground = Some((code - 90) as u8 + 8),
                100..=107 => self.sgr.background = Some((code - 100) as u8 + 8),
                38 | 48 | 58 => {
                    let colour =
                        if is_grouped { grouped_colour(parts) } else { colour(&mut groups.by_ref().map(number)) };
                    match code {
                        38 => self.sgr.foreground = colour.or(self.sgr.foreground),
                        48 => self.sgr.background = colour.or(self.sgr.background),
                        // The colour of the underline alone is not drawn.
                        _ => {}
                    }
                }
                // Blinking and concealing are not honoured: log text stays still and visible.
                _ => {}
            }
        }
    }
}

/// A parameter; an empty one is 0, one that is too large is nothing known.
fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0_u32, |sum, digit| sum.saturating_mul(10).saturating_add(u32::from(digit.wrapping_sub(b'0'))))
}

/// `5;n` or `2;r;g;b`.
fn colour(parts: &mut dyn Iterator<Item = u32>) -> Option<u8> {
    match parts.next()? {
        5 => from_palette(parts.next()?),
        2 => nearest([parts.next()?, parts.next()?, parts.next()?]),
        _ => None,
    }
}

/// `5:n`, `2:r:g:b` or `2:space:r:g:b`.
fn grouped_colour(parts: impl Iterator<Item = u32>) -> Option<u8> {
    let parts: Vec<u32> = parts.collect();
    match *parts {
        [5, index, ..] => from_palette(index),
        [2, red, green, blue] | [2, _, red, green, blue, ..] => nearest([red, green, blue]),
        _ => None,
    }
}

/// A colour of the palette of 256: sixteen named ones, a cube of 6 x 6 x 6, 24 greys.
fn from_palette(index: u32) -> Option<u8> {
    match index {
        0..=15 => Some(index as u8),
        16..=231 => {
            let index = index - 16;
            nearest([index / 36, index / 6 % 6, index % 6].map(|step| if step == 0 { 0 } else { 55 + 40 * step }))
        }
        232..=255 => nearest([8 + 10 * (index - 232); 3]),
        _ => None,
    }
}

/// The sixteen colours as xterm draws them.
const SIXTEEN: [[u32; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The nearest of the sixteen, by distance in the colour cube.
fn nearest(colour: [u32; 3]) -> Option<u8> {
    if colour.iter().any(|&part| part > 255) {
        return None;
    }
    let distance = |other: &[u32; 3]| (0..3).map(|at| colour[at].abs_diff(other[at]).pow(2)).sum::<u32>();
    (0..16_u8).min_by_key(|&index| distance(&SIXTEEN[usize::from(index)]))
}
