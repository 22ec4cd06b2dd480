//! The names of generations: opaque, without order, and equal exactly when a text is the same one going on.
//!
//! A file is named after what it is, so that a restarted server names it as before and a page goes on where it was. What
//! cannot be recognised after a restart gets a name that nobody had: then it is begun anew rather than taken for another.

use sha2::{Digest, Sha256};

use crate::server::crypto::random;

/// How many bytes at the beginning tell a file from another that was given its inode.
pub const HEAD_BYTES: usize = 256;

/// A name that nobody had before: of what lives no longer than this process, and of what is too short to be recognised.
#[must_use]
pub fn fresh() -> u32 {
    u32::from_le_bytes(random())
}

/// The name of a file by its identity and its first bytes, of which there are [`HEAD_BYTES`] or the name is a fresh one.
#[must_use]
pub fn of_file(device: u64, inode: u64, head: &[u8]) -> u32 {
    match head.get(..HEAD_BYTES) {
        Some(head) => name(&[b"file", &device.to_be_bytes(), &inode.to_be_bytes(), head]),
        None => fresh(),
    }
}

/// The name of a file that was written anew in place: another than before, though its beginning may be the same.
#[must_use]
pub fn of_rewritten(previous: u32, found: u32) -> u32 {
    let name = name(&[b"rewritten", &previous.to_be_bytes(), &found.to_be_bytes()]);
    if name == previous { next(name) } else { name }
}

/// The name that follows, of a text that names itself and begins anew.
#[must_use]
pub const fn next(generation: u32) -> u32 {
    generation.wrapping_add(1)
}

/// The first four bytes of the parts' hash; only the last part may be of any length.
fn name(parts: &[&[u8]]) -> u32 {
    let hash: [u8; 32] = Sha256::digest(parts.concat()).into();
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_identity_and_its_beginning_alone() {
        let head = [b'x'; HEAD_BYTES];
        let longer = [b'x'; HEAD_BYTES + 1];
        assert_eq!(of_file(1, 2, &head), of_file(1, 2, &longer));
        let other = [b'y'; HEAD_BYTES];
        let names = [of_file(1, 2, &head), of_file(2, 1, &head), of_file(1, 3, &head), of_file(1, 2, &other)];
        assert!((1..4).all(|at| !names[..at].contains(&names[at])), "{names:?}");
    }

    #[test]
    fn what_is_too_short_to_be_recognised_is_never_named_alike() {
        assert_ne!(of_file(1, 2, b"short"), of_file(1, 2, b"short"));
    }

    #[test]
    fn a_rewritten_file_never_keeps_its_name_nor_gets_back_an_older_one() {
        let names: Vec<u32> =
            std::iter::successors(Some(7), |previous| Some(of_rewritten(*previous, 7))).take(9).collect();
        assert!((1..9).all(|at| !names[..at].contains(&names[at])), "{names:?}");
        assert_eq!(next(u32::MAX), 0);
    }
}
