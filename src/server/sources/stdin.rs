//! Pipes: standard input, named pipes and what a shell substitutes for a process, read into a ring until they end; what is
//! packed, or in UTF-16, as if it were plain.
//!
//! Each is read by a thread of its own: a blocked read must hold up neither the runtime nor the end of the program.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::thread;

use super::ring::RingText;
use crate::server::packed;
use crate::world::stream::SourceState;

const READ_BYTES: usize = 64 * 1024;

/// Starts to read standard input into `ring`.
///
/// # Errors
/// Whatever the system says when no thread can be started.
pub fn read_standard_input(ring: &Arc<RingText>) -> io::Result<()> {
    start(Arc::downgrade(ring), || Ok(io::stdin()))
}

/// Opens the pipe at `path` and reads it into `ring`. Opening waits for the pipe's writer, so it happens on the thread too.
///
/// # Errors
/// Whatever the system says when no thread can be started. What goes wrong later is told as the ring's state.
pub fn read_pipe(ring: &Arc<RingText>, path: PathBuf) -> io::Result<()> {
    start(Arc::downgrade(ring), move || File::open(path))
}

fn start<R: Read + Send + 'static>(
    ring: Weak<RingText>,
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> io::Result<()> {
    thread::Builder::new()
        .name("frereth-pipe".into())
        .spawn(move || {
            let state = match open().and_then(packed::plain).and_then(|pipe| read_to_end(pipe, &ring)) {
                Ok(()) => SourceState::Ended,
                Err(error) => SourceState::Broken(error.to_string()),
            };
            if let Some(ring) = ring.upgrade() {
                ring.tell(state);
            }
        })
        .map(drop)
}

/// Reads until the pipe ends or nobody holds the ring any more.
fn read_to_end(mut pipe: impl Read, ring: &Weak<RingText>) -> io::Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => match ring.upgrade() {
                Some(ring) => ring.push(&buffer[..length]),
                None => return Ok(()),
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::sources::text::Text;
    use crate::world::stream::SourceId;

    struct Failing;

    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable is out"))
        }
    }

    #[tokio::test]
    async fn a_pipe_is_read_to_its_end() {
        let ring = Arc::new(RingText::new(SourceId(0), 1 << 20));
        let mut changes = ring.changes();
        let (reader, mut writer) = io::pipe().unwrap();
        start(Arc::downgrade(&ring), || Ok(reader)).unwrap();
        io::Write::write_all(&mut writer, b"one\n").unwrap();
        changes.wait_for(|extent| extent.end == 4).await.unwrap();
        io::Write::write_all(&mut writer, b"two").unwrap();
        drop(writer);
        changes.wait_for(|extent| extent.end == 7 && extent.state == SourceState::Ended).await.unwrap();
    }

    #[tokio::test]
    async fn a_pipe_in_utf_16_is_read_as_it_comes() {
        let ring = Arc::new(RingText::new(SourceId(0), 1 << 20));
        let mut changes = ring.changes();
        let (reader, mut writer) = io::pipe().unwrap();
        start(Arc::downgrade(&ring), || Ok(reader)).unwrap();
        io::Write::write_all(&mut writer, b"\xff\xfeo\0n\0e\0\n\0t").unwrap();
        changes.wait_for(|extent| extent.end == 4).await.unwrap();
        io::Write::write_all(&mut writer, b"\0w\0o\0").unwrap();
        changes.wait_for(|extent| extent.end == 7).await.unwrap();
        let mut bytes = [0; 7];
        ring.read_at(ring.extent().generation, 0, &mut bytes).unwrap();
        assert_eq!(&bytes, b"one\ntwo");
    }

    #[tokio::test]
    async fn a_pipe_that_fails_says_why() {
        let ring = Arc::new(RingText::new(SourceId(0), 1 << 20));
        let mut changes = ring.changes();
        start(Arc::downgrade(&ring), || Ok(Failing)).unwrap();
        let extent = changes.wait_for(|extent| extent.state != SourceState::Live).await.unwrap();
        assert_eq!(extent.state, SourceState::Broken("the cable is out".into()));
    }
}
