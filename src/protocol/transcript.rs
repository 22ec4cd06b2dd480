//! What is signed: a domain tag, then each part with its length, so that no two meanings share bytes.

use super::ids::WorldId;

/// The path to which Initiate is posted: part of what a world's key signs.
pub const INITIATE_PATH: &str = "/api/v1/world";

/// The header of the answer that holds the fork nonce, base64url without padding.
pub const FORK_NONCE_HEADER: &str = "frereth-fork-nonce";

/// `tag`, a zero byte, then each part behind its length as a big-endian u32.
fn transcript(tag: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(tag.len() + 1 + parts.iter().map(|part| part.len() + 4).sum::<usize>());
    out.extend_from_slice(tag.as_bytes());
    out.push(0);
    for part in parts {
        let length = u32::try_from(part.len()).expect("a transcript part is far below 4 GiB");
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// What the login key signs to log in: it holds the private half of `key` and means this subject at this origin.
/// `subject` is `link:<secret>` or `password:<user>`; `at_millis` is the page's Unix time.
#[must_use]
pub fn login(origin: &str, key: &[u8; 32], subject: &str, at_millis: u64) -> Vec<u8> {
    transcript("frereth/1 login", &[origin.as_bytes(), key, subject.as_bytes(), &at_millis.to_be_bytes()])
}

/// What the login key signs to be given something over HTTP: `purpose` is the request's path; `token_id` the JWT's jti.
#[must_use]
pub fn request(origin: &str, purpose: &str, token_id: &str, at_millis: u64) -> Vec<u8> {
    transcript(
        "frereth/1 request",
        &[origin.as_bytes(), purpose.as_bytes(), token_id.as_bytes(), &at_millis.to_be_bytes()],
    )
}

/// What the login key signs to activate a session.
#[must_use]
pub fn activate(origin: &str, versions: &[u8], ticket: &[u8], lamport: u64, resume: &[u8], build: &str) -> Vec<u8> {
    transcript(
        "frereth/1 activate",
        &[origin.as_bytes(), versions, ticket, &lamport.to_be_bytes(), resume, build.as_bytes()],
    )
}

/// What a world's key signs to be given its code.
#[must_use]
pub fn initiate(origin: &str, path: &str, cookie: &[u8], world: &WorldId, nonce: &[u8; 16]) -> Vec<u8> {
    transcript("frereth/1 initiate", &[origin.as_bytes(), path.as_bytes(), cookie, &world.0, nonce])
}

/// What a world's key signs once the world runs: the nonce came with its code.
#[must_use]
pub fn forked(origin: &str, world: &WorldId, fork_nonce: &[u8; 16]) -> Vec<u8> {
    transcript("frereth/1 forked", &[origin.as_bytes(), &world.0, fork_nonce])
}
