//! Packed logs (gzip, Zstandard, bzip2, xz) and those in UTF-16, read as if they were plain.

use std::io::{self, BufReader, Read};

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTANDARD: &[u8] = b"\x28\xb5\x2f\xfd";
const BZIP2: &[u8] = b"BZh";
const XZ: &[u8] = b"\xfd7zXZ\0";
const UTF16_LITTLE: &[u8] = b"\xff\xfe";
const UTF16_BIG: &[u8] = b"\xfe\xff";

const MARKS: [&[u8]; 6] = [GZIP, ZSTANDARD, BZIP2, XZ, UTF16_LITTLE, UTF16_BIG];

/// Bytes of UTF-16 that are decoded at once, at most.
const UTF16_STEP_BYTES: usize = 64 * 1024;

/// Whether what begins so is not plain.
#[must_use]
pub fn is_packed(head: &[u8]) -> bool {
    MARKS.iter().any(|mark| head.starts_with(mark))
}

/// Whether what begins so may still turn out not to be plain, once more of it is there.
#[must_use]
pub fn may_be_packed(head: &[u8]) -> bool {
    MARKS.iter().any(|mark| mark.len() > head.len() && mark.starts_with(head))
}

/// The plain bytes of a stream, whatever it is packed with. Waits for its first bytes, as few as tell what that is.
///
/// # Errors
/// It cannot be read, or its first bytes already are not what they seemed.
pub fn plain(mut reader: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    while may_be_packed(&head) {
        let mut byte = [0];
        match reader.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => head.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let whole = io::Cursor::new(head.clone()).chain(reader);
    if is_packed(&head) { unpack(whole, &head) } else { Ok(Box::new(whole)) }
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
        Box::new(Utf16 { reader, is_big: head.starts_with(UTF16_BIG), rest: Vec::new(), out: Vec::new(), at: 0 })
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

/// UTF-16 as UTF-8, as far as it has come; half a pair, and half a unit at the end, become the replacement character.
struct Utf16<R> {
    reader: R,
    is_big: bool,
    /// What was read and not decoded: half a unit, or half a pair and half of what follows it.
    rest: Vec<u8>,
    out: Vec<u8>,
    at: usize,
}

impl<R: Read> Utf16<R> {
    /// Decodes what is there, at least something until the end.
    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        let mut units = vec![0; UTF16_STEP_BYTES];
        let mut is_end = false;
        while self.out.is_empty() && !is_end {
            let count = match self.reader.read(&mut units) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            is_end = count == 0;
            self.rest.extend_from_slice(&units[..count]);
            self.decode(is_end);
        }
        Ok(())
    }

    /// Decodes what does not wait for bytes to come.
    fn decode(&mut self, is_end: bool) {
        let (pairs, half) = self.rest.as_chunks::<2>();
        let mut units: Vec<u16> = pairs
            .iter()
            .map(|pair| if self.is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) })
            .collect();
        let is_high = |unit: &u16| (0xd800..0xdc00).contains(unit);
        let kept = usize::from(!is_end && units.last().is_some_and(is_high));
        units.truncate(units.len() - kept);
        let decoded = char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER));
        let is_cut = is_end && !half.is_empty();
        for char in decoded.chain(is_cut.then_some(char::REPLACEMENT_CHARACTER)) {
            // The mark of the byte order is no text.
            if char != '\u{feff}' {
                self.out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        let decoded_bytes = if is_end { self.rest.len() } else { 2 * (pairs.len() - kept) };
        self.rest.drain(..decoded_bytes);
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
    use super::{plain as plain_of, *};

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
        assert_eq!(plain(b"\xff\xfea\0b"), "a\u{fffd}", "half a unit at the end");
        assert_eq!(plain(b"\xff\xfe=\xd8a\0"), "\u{fffd}a", "half a pair before something else");
    }

    /// Gives one byte after the other, and says what nobody must ask for: more than there is.
    struct Slow(std::vec::IntoIter<u8>);

    impl Read for Slow {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            bytes[0] = self.0.next().ok_or_else(|| io::Error::other("it would wait"))?;
            Ok(1)
        }
    }

    #[test]
    fn utf_16_that_comes_by_and_by_is_read_as_it_comes() {
        let text = "h\u{e9}\u{1f600}\n";
        let packed: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let mut reader = plain_of(Slow(packed.into_iter())).expect("known");
        let mut read = vec![0; text.len()];
        reader.read_exact(&mut read).expect("all of it is there before more is waited for");
        assert_eq!(read, text.as_bytes());
    }

    #[test]
    fn a_stream_waits_for_no_more_bytes_than_tell_what_it_is() {
        for start in [&b"o"[..], b"\x1fo", b"BZo", b"\xfd7zXo"] {
            let mut reader = plain_of(Slow(start.to_vec().into_iter())).expect("no more is waited for");
            let mut read = vec![0; start.len()];
            reader.read_exact(&mut read).expect("it was read");
            assert_eq!(read, start);
        }
    }

    #[test]
    fn what_is_no_packed_file_is_plain() {
        assert!(!is_packed(b"") && !is_packed(b"2026 plain") && is_packed(GZIP));
    }
}
