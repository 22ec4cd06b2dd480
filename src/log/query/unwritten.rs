//! The texts that raw bytes say in another way than letter by letter, so that a search for a needle does not find them: a
//! printable ASCII character is written by its number, a text as the list of its bytes, or a line is cut into parts.
//!
//! Each way is looked for by itself. A search looks no further than to the place that it finds (blanks behind it apart), so
//! that whoever remembers each place until it is passed has looked at every byte once for each way, however many places
//! there are.

use crate::log::text::{find_cri_part, find_docker_part, find_list};

/// A way to say a text that then stands nowhere in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unwritten {
    /// `\u0041`, `\U00000041`, `\x41`, `\101`.
    ByNumber,
    /// A part of a line, as the container runtime interface writes it.
    CriPart,
    /// The same, as Docker's json-file has it.
    DockerPart,
    /// `"MESSAGE":[104,105]`.
    List,
}

impl Unwritten {
    pub(super) const ALL: [Self; 4] = [Self::ByNumber, Self::CriPart, Self::DockerPart, Self::List];

    /// Where, at or behind `from`, the first text may be that is said this way.
    pub(super) fn find(self, bytes: &[u8], from: usize) -> Option<usize> {
        match self {
            Self::ByNumber => find_escape_by_number(bytes, from),
            Self::CriPart => find_cri_part(bytes, from),
            Self::DockerPart => find_docker_part(bytes, from),
            Self::List => find_list(bytes, from),
        }
    }

    /// Whether a text may be said in any of these ways.
    pub(super) fn is_in(bytes: &[u8]) -> bool {
        Self::ALL.iter().any(|way| way.find(bytes, 0).is_some())
    }
}

fn find_escape_by_number(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr_iter(b'\\', &bytes[from..]).map(|at| from + at).find(|at| {
        matches!(
            bytes[at + 1..],
            [b'u', b'0', b'0', b'2'..=b'7', ..]
                | [b'U', b'0', b'0', b'0', b'0', b'0', b'0', b'2'..=b'7', ..]
                | [b'x', b'2'..=b'7', ..]
                | [b'0', b'4'..=b'7', ..]
                | [b'1', b'0'..=b'7', ..]
        )
    })
}
