//! Packed logs (gzip, Zstandard, bzip2, xz) and those in UTF-16, read as if they were plain.

use std::io::{self, BufReader, Read};

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTANDARD: &[u8] = b"\x28\xb5\x2f\xfd";
const BZIP2: &[u8] = b"BZh";
const XZ: &[u8] = b"\xfd7zXZ\0";
const UTF16_LITTLE: &[u8] = b"\xff\xfe";
const UTF16_BIG: &[u8] = b"\xfe\xff";

const MARKS: [&[u8]; 6] = [GZIP, ZSTANDARD, BZIP2, XZ, UTF16_LITTLE, UTF16_BIG];

/// As many bytes tell what something is packed with: the longest mark.
pub const MARK_BYTES: usize = XZ.len();

/// Whether what begins so is not plain.
#[must_use]
pub fn is_packed(head: &[u8]) -> bool {
    MARKS.iter().any(|mark| head.starts_with(mark))
}

/// The plain bytes of what begins with `head` and is read from its beginning by `reader`.
///
/// # Errors
/// The first bytes already are not what they seemed.
pub fn unpack(reader: impl Read + Send + 'static, head: &[u8]) -> io::Result<Box<dyn Read + Send>> {
    let reader = BufReader::with_capacity(256 * 1024, reader);
    Ok(if head.starts_with(GZIP) {
        Box::new(flate2::bufread::MultiGzDecoder::new(reader))
    } else if head.starts_with(ZSTANDARD) {
        Box::new(Frames { reader: Some(reader), frame: None })
    } else if head.starts_with(BZIP2) {
        Box::new(bzip2::bufread::MultiBzDecoder::new(reader))
    } else if head.starts_with(XZ) {
        Box::new(lzma_rust2::XzReader::new(reader, true))
    } else {
        Box::new(Utf16 { reader, is_big: head.starts_with(UTF16_BIG), high: None, out: Vec::new(), at: 0 })
    })
}

/// The frames of a Zstandard file, one after the other.
struct Frames<R: Read> {
    reader: Option<R>,
    frame: Option<ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: io::BufRead> Read for Frames<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(bytes)?;
                if count > 0 || bytes.is_empty() {
                    return Ok(count);
                }
            }
            if let Some(frame) = self.frame.take() {
                self.reader = Some(frame.into_inner());
            }
            let Some(mut reader) = self.reader.take() else { return Ok(0) };
            if reader.fill_buf()?.is_empty() {
                return Ok(0);
            }
            let frame = ruzstd::decoding::StreamingDecoder::new(reader);
            self.frame = Some(frame.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?);
        }
    }
}

/// UTF-16 as UTF-8; half a pair becomes the replacement character.
struct Utf16<R> {
    reader: R,
    is_big: bool,
    /// The first half of a pair.
    high: Option<u16>,
    out: Vec<u8>,
    at: usize,
}

impl<R: Read> Utf16<R> {
    fn fill(&mut self) -> io::Result<()> {
        let mut units = Vec::with_capacity(64 * 1024);
        let read = (&mut self.reader).take(64 * 1024).read_to_end(&mut units)?;
        let whole = units.chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if self.is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        });
        let mut whole: Vec<u16> = self.high.take().into_iter().chain(whole).collect();
        let is_end = read < 64 * 1024;
        if !is_end && whole.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            self.high = whole.pop();
        }
        self.out.clear();
        self.at = 0;
        for char in char::decode_utf16(whole) {
            let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
            // The mark of the byte order is no text.
            if char != '\u{feff}' {
                self.out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.at == self.out.len() {
            self.fill()?;
        }
        let count = bytes.len().min(self.out.len() - self.at);
        bytes[..count].copy_from_slice(&self.out[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(packed: &'static [u8]) -> String {
        let mut text = String::new();
        unpack(packed, packed).expect("known").read_to_string(&mut text).expect("sound");
        text
    }

    #[test]
    fn utf_16_is_read_whatever_its_byte_order() {
        assert_eq!(plain(b"\xff\xfeh\0\xe9\0=\xd8\x00\xde\n\0"), "h\u{e9}\u{1f600}\n");
        assert_eq!(plain(b"\xfe\xff\0h\0\xe9\xd8=\xde\0\0\n"), "h\u{e9}\u{1f600}\n");
        assert_eq!(plain(b"\xff\xfe=\xd8"), "\u{fffd}", "half a pair at the end");
    }

    #[test]
    fn what_is_no_packed_file_is_plain() {
        assert!(!is_packed(b"") && !is_packed(b"2026 plain") && is_packed(GZIP));
    }
}
