//! Entries put aside to be written in the opposite order: in a file without a name, so that memory does not grow with them.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt as _;

use crate::server::scratch::{Room, ScratchFile};

/// Bytes that are held before they go to the file.
const BUFFER_BYTES: usize = 1024 * 1024;

/// Pieces of bytes; of many, the last `limit`.
pub struct Spool {
    file: BufWriter<ScratchFile>,
    end: u64,
    pieces: VecDeque<(u64, u32)>,
    limit: usize,
}

impl Spool {
    /// An empty spool.
    ///
    /// # Errors
    /// The temporary file cannot be made.
    pub fn new(limit: Option<u64>) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, ScratchFile::new(&Room::of_disk())?);
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        Ok(Self { file, end: 0, pieces: VecDeque::new(), limit })
    }

    /// Puts a piece aside.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.pieces.len() == self.limit {
            self.pieces.pop_front();
        }
        self.file.write_all(bytes)?;
        let length = u32::try_from(bytes.len()).map_err(|_| io::Error::other("an entry is longer than 4 GB"))?;
        self.pieces.push_back((self.end, length));
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Writes the pieces, the last first, and returns how many.
    ///
    /// # Errors
    /// They cannot be read or written.
    pub fn write_reversed(mut self, out: &mut dyn Write) -> io::Result<u64> {
        self.file.flush()?;
        let file = self.file.get_ref().as_file();
        let mut bytes = Vec::new();
        for &(at, length) in self.pieces.iter().rev() {
            bytes.resize(length as usize, 0);
            file.read_exact_at(&mut bytes, at)?;
            out.write_all(&bytes)?;
        }
        out.flush()?;
        Ok(self.pieces.len() as u64)
    }
}
