//! What says that an index is still that of a file: which file it is, the bytes at its two ends, and how it is read.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use sha2::{Digest as _, Sha256};

use crate::server::engine::Input;
use crate::server::page_buffer::read_at_most;

/// Bytes at the beginning of a file, and before the end of what was indexed, that are compared.
const COMPARED_BYTES: u64 = 4096;

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// A file as it was when it was opened.
pub(super) struct Identity {
    device: u64,
    inode: u64,
    /// How large it was.
    pub bytes: u64,
    /// When it had been written last, nanoseconds since 1970.
    pub modified_nanos: i64,
    /// The program, the format and zone by which it reads the file, and whether it does so from end to end.
    pub reading: Hash,
}

impl Identity {
    pub fn of(input: &Input, file: &File) -> io::Result<Self> {
        let facts = file.metadata()?;
        let (format, zone, follows) = (input.format(), &input.sample.zone, input.follows_changes());
        let reading = format!("{}\n{format:?}\n{zone:?}\n{follows}", env!("FRERETH_BUILD"));
        Ok(Self {
            device: facts.dev(),
            inode: facts.ino(),
            bytes: input.bytes.unwrap_or(0),
            modified_nanos: input.sample.reference_nanos,
            reading: hash(&[reading.as_bytes()]),
        })
    }

    /// What its index is called: the same for the same file read in the same way, whatever stands in it.
    pub fn name(&self) -> String {
        let hash = hash(&[&self.device.to_be_bytes(), &self.inode.to_be_bytes(), &self.reading]);
        hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The bytes by which a file is known again that was indexed up to `end`: at its beginning and right before there.
pub(super) fn ends_of(file: &File, end: u64) -> io::Result<Hash> {
    let length = end.min(COMPARED_BYTES);
    let (mut head, mut tail) = (vec![0; length as usize], vec![0; length as usize]);
    let read = read_at_most(file, 0, &mut head)? + read_at_most(file, end - length, &mut tail)?;
    Ok(hash(&[&(read as u64).to_be_bytes(), &head, &tail]))
}

/// The hash of all parts; only the last may be of any length.
pub(super) fn hash(parts: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}
