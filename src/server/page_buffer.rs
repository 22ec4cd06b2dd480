//! Reading files at offsets: room for their bytes that lies in memory as the page cache has them, and the filling of it.
//!
//! The kernel copies page to page: where source and destination are off by some bytes within a page, as every large
//! allocation is by sixteen, that is three to five times slower on the machines where it was tried.

use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::FileExt as _;

/// The alignment of the page cache.
const PAGE_BYTES: usize = 4096;

/// Bytes that stand at some offset in their file. Room that was taken once is used again.
#[derive(Debug, Default)]
pub struct PageBuffer {
    memory: Vec<u8>,
    start: usize,
    length: usize,
}

impl PageBuffer {
    /// Makes room for `length` bytes that stand at `offset` in their file; what it holds until they are read is anything.
    pub fn room(&mut self, offset: u64, length: usize) -> &mut [u8] {
        if self.memory.len() < length + 2 * PAGE_BYTES {
            // Nothing of what it held is copied.
            self.memory = vec![0; length + 2 * PAGE_BYTES];
        }
        let within_page = (offset % PAGE_BYTES as u64) as usize;
        self.start = self.memory.as_ptr().align_offset(PAGE_BYTES) % PAGE_BYTES + within_page;
        self.length = length;
        self
    }

    /// Keeps the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }
}

impl Deref for PageBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[self.start..self.start + self.length]
    }
}

impl DerefMut for PageBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..self.start + self.length]
    }
}

/// Fills `bytes` from `offset` on as far as the file goes, and returns how many there were.
///
/// # Errors
/// The file cannot be read.
pub fn read_at_most(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The same of a file of which only what stands before `end` is to be seen.
///
/// # Errors
/// The file cannot be read.
pub fn read_before(file: &File, end: u64, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
    let length = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX).min(bytes.len());
    read_at_most(file, offset, &mut bytes[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_lie_in_their_page_as_in_their_file() {
        let mut buffer = PageBuffer::default();
        for (offset, length) in [(0, 10), (4095, 5000), (8192, 1), (12_345, 100_000), (1, 0)] {
            let room = buffer.room(offset, length);
            assert_eq!(room.len(), length);
            assert_eq!(room.as_ptr() as usize % PAGE_BYTES, (offset % PAGE_BYTES as u64) as usize);
        }
        buffer.room(7, 100).fill(b'x');
        buffer.truncate(3);
        assert_eq!(&buffer[..], b"xxx");
    }
}
