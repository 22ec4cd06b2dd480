//! Files without a name: room for what is too much for memory, gone when it is closed, however the process ends.
//!
//! Whoever writes into one takes from a [`Room`]: what shares a room is bounded together, and the disk is never filled. What a
//! file took is given back when it is closed.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::crypto::random;

/// Where what is large is put for a while; `/tmp` is memory on many machines.
const FOR_LARGE: &str = "/var/tmp";
/// So much of a disk is left to others.
const FREE_BYTES_MIN: u64 = 1 << 30;

/// What some files may take together.
#[derive(Debug)]
pub struct Room {
    bytes_max: u64,
    free_bytes_min: u64,
    taken: AtomicU64,
}

impl Room {
    /// Room for so many bytes.
    #[must_use]
    pub fn new(bytes_max: u64) -> Arc<Self> {
        Self::leaving(bytes_max, FREE_BYTES_MIN)
    }

    /// Room for as much as the disk has.
    #[must_use]
    pub fn of_disk() -> Arc<Self> {
        Self::new(u64::MAX)
    }

    /// Room for so many bytes as long as so many are free on the disk.
    #[must_use]
    pub fn leaving(bytes_max: u64, free_bytes_min: u64) -> Arc<Self> {
        Arc::new(Self { bytes_max, free_bytes_min, taken: AtomicU64::new(0) })
    }

    /// Takes `bytes` on the disk that `file` is on.
    fn take(&self, bytes: u64, file: &File) -> io::Result<()> {
        let free_bytes =
            rustix::fs::fstatvfs(file).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        if free_bytes.saturating_sub(bytes) < self.free_bytes_min {
            return Err(full(format!("less than {} would be free on the disk", in_words(self.free_bytes_min))));
        }
        let fits = |taken: u64| taken.checked_add(bytes).filter(|taken| *taken <= self.bytes_max);
        match self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => Ok(()),
            Err(_) => Err(full(format!("it would be more than {} together", in_words(self.bytes_max)))),
        }
    }
}

fn full(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, why)
}

/// A number of bytes, rounded down to what people count in.
fn in_words(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(|| format!("{bytes} bytes"), |(unit, name)| format!("{} {name}", bytes / unit))
}

/// A file without a name, written from its beginning to its end.
#[derive(Debug)]
pub struct ScratchFile {
    file: File,
    room: Arc<Room>,
    taken: AtomicU64,
}

impl ScratchFile {
    /// An empty one in `TMPDIR`, or else where there is room for large ones.
    ///
    /// # Errors
    /// It cannot be made; the error names the folder.
    pub fn new(room: &Arc<Room>) -> io::Result<Self> {
        let folder = match std::env::var_os("TMPDIR") {
            None if Path::new(FOR_LARGE).is_dir() => PathBuf::from(FOR_LARGE),
            _ => std::env::temp_dir(),
        };
        let file = never_named(&folder)
            .or_else(|_| unnamed(&folder))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
        Ok(Self { file, room: Arc::clone(room), taken: AtomicU64::new(0) })
    }

    /// Writes `bytes` behind what is there: all of them, or none where there is no room for all.
    ///
    /// # Errors
    /// There is no room, or whatever the system says.
    pub fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let count = bytes.len() as u64;
        self.room.take(count, &self.file)?;
        self.taken.fetch_add(count, Ordering::Relaxed);
        (&self.file).write_all(bytes)
    }

    /// The file, to be read.
    #[must_use]
    pub const fn as_file(&self) -> &File {
        &self.file
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(*self.taken.get_mut(), Ordering::Relaxed);
    }
}

impl Write for ScratchFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn options() -> OpenOptions {
    let mut options = File::options();
    options.read(true).write(true).mode(0o600);
    options
}

/// A file that never had a name; not every file system has such.
#[cfg(target_os = "linux")]
fn never_named(folder: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::TMPFILE | rustix::fs::OFlags::EXCL;
    options().custom_flags(flags.bits().cast_signed()).open(folder)
}

/// No other system has such.
#[cfg(not(target_os = "linux"))]
fn never_named(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A file whose name is gone at once; one that is left where the process ends right between is empty.
fn unnamed(folder: &Path) -> io::Result<File> {
    let path = folder.join(format!("frereth-{:016x}", u64::from_ne_bytes(random())));
    let file = options().create_new(true).open(&path)?;
    std::fs::remove_file(&path).map(|()| file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;
    use crate::server::page_buffer::read_at_most;

    #[test]
    fn neither_kind_of_file_has_a_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut files = vec![unnamed(folder.path()).expect("made")];
        // Where the file system has no such files, there is only the other kind.
        files.extend(never_named(folder.path()).ok());
        for mut file in files {
            file.write_all(b"text").expect("written");
            let mut read = [0; 8];
            assert_eq!(read_at_most(&file, 0, &mut read).expect("readable"), 4);
            let facts = file.metadata().expect("it is there");
            assert_eq!((facts.nlink(), facts.mode() & 0o777), (0, 0o600));
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
    }

    #[test]
    fn files_that_share_a_room_are_bounded_together_and_give_back_what_they_took() {
        let room = Room::leaving(10 << 10, 0);
        let file = || ScratchFile::new(&room).expect("made");
        let (one, other) = (file(), file());
        one.append(&[1; 6 << 10]).expect("there is room");
        let error = other.append(&[1; 6 << 10]).expect_err("there is none");
        assert_eq!(error.to_string(), "it would be more than 10 KiB together");
        assert_eq!(other.as_file().metadata().expect("it is there").len(), 0);
        drop(one);
        other.append(&[1; 6 << 10]).expect("there is room again");
    }

    #[test]
    fn a_disk_is_not_filled() {
        let file = ScratchFile::new(&Room::leaving(u64::MAX, u64::MAX - (1 << 62))).expect("made");
        let error = file.append(b"text").expect_err("no disk is so large");
        assert!(error.to_string().ends_with(" GiB would be free on the disk"), "{error}");
    }
}
