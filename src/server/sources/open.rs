//! From paths to sources: all of them, or one clear line for each that cannot be had and nothing started.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::file::{self, FileText};
use super::format::Formats;
use super::packed::{PackedText, UNPACKED_BYTES};
use super::registry::{Sources, short_names};
use super::ring::{RING_BYTES, RingText};
use super::text::{Source, Text};
use super::{follower, stdin};
use crate::log::display;
use crate::server::engine::STANDARD_INPUT;
use crate::server::scratch::Room;
use crate::world::stream::SourceId;

/// Where a system keeps its logs.
const SYSTEM_LOGS: &str = "/var/log";
/// How many of the system's logs are opened at most.
const SYSTEM_LOGS_MAX: usize = 50;
/// How many bytes tell text from other files.
const SAMPLE_BYTES: u64 = 4096;

/// Why paths could not be opened: a line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    /// The lines, each with its path first.
    pub lines: Vec<String>,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl std::error::Error for OpenError {}

/// Something that will be a source once everything else could be opened too.
enum Opened {
    File(Arc<FileText>),
    Packed(Arc<PackedText>, PathBuf),
    Pipe(Arc<RingText>, PathBuf),
    StandardInput(Arc<RingText>),
}

/// How much is kept of what cannot be read in place.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Of each pipe, in memory: its last bytes.
    pub ring_bytes: usize,
    /// Of all packed logs together, unpacked on the disk.
    pub unpacked_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { ring_bytes: RING_BYTES, unpacked_bytes: UNPACKED_BYTES }
    }
}

/// Opens every path and starts to follow them; `-` is standard input. A file named twice is opened once. `formats` says how
/// their lines are read.
///
/// # Errors
/// A line for each path that cannot be opened. Nothing has been started then.
///
/// # Panics
/// Outside a tokio runtime.
pub fn open_paths(paths: &[PathBuf], bounds: Bounds, formats: &Formats) -> Result<Sources, OpenError> {
    let room = Room::new(bounds.unpacked_bytes);
    let mut lines = Vec::new();
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    let mut opened = Vec::new();
    for path in paths {
        if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
            continue;
        }
        let id = SourceId(u32::try_from(opened.len()).expect("a command line holds fewer paths"));
        match open(id, path, bounds.ring_bytes, &room) {
            Ok(source) => {
                opened.push(source);
                kept.push(path.clone());
            }
            Err(error) => lines.push(format!("{}: {}", shown(path), file::in_words(&error))),
        }
    }
    if !lines.is_empty() {
        return Err(OpenError { lines });
    }
    start(&opened).map_err(|error| OpenError { lines: vec![format!("cannot follow: {error}")] })?;
    let names = short_names(&kept);
    let list = opened.into_iter().zip(names).zip(0..).map(|((opened, name), number)| opened.into_source(number, name));
    Ok(Sources::new(list.collect(), formats))
}

fn shown(path: &Path) -> String {
    display::strip(path.as_os_str().as_encoded_bytes())
}

fn open(id: SourceId, path: &Path, ring_bytes: usize, room: &Arc<Room>) -> io::Result<Opened> {
    let ring = || Arc::new(RingText::new(id, ring_bytes));
    if path.as_os_str() == STANDARD_INPUT {
        return Ok(Opened::StandardInput(ring()));
    }
    let path = std::path::absolute(path)?;
    let kind = fs::metadata(&path)?.file_type();
    if kind.is_fifo() || kind.is_char_device() {
        return Ok(Opened::Pipe(ring(), path));
    }
    let text = FileText::open(id, &path)?;
    Ok(match PackedText::open(id, &path, room)? {
        Some(packed) => Opened::Packed(packed, path),
        None => Opened::File(Arc::new(text)),
    })
}

fn start(opened: &[Opened]) -> io::Result<()> {
    let mut files = Vec::new();
    for source in opened {
        match source {
            Opened::File(text) => files.push(Arc::clone(text)),
            Opened::Packed(..) => {}
            Opened::Pipe(ring, path) => stdin::read_pipe(ring, path.clone())?,
            Opened::StandardInput(ring) => stdin::read_standard_input(ring)?,
        }
    }
    follower::follow(&files)
}

impl Opened {
    fn into_source(self, number: u32, name: String) -> Source {
        let id = SourceId(number);
        match self {
            Self::File(text) => Source { id, name, origin: shown(text.path()), text },
            Self::Packed(text, path) => Source { id, name, origin: format!("{}, unpacked", shown(&path)), text },
            Self::Pipe(text, path) => Source { id, name, origin: shown(&path), text: text as Arc<dyn Text> },
            Self::StandardInput(text) => {
                Source { id, name: "standard input".into(), origin: "standard input".into(), text }
            }
        }
    }
}

/// Returns the machine's own logs that may be read: text files, the newest first, at most 50.
#[must_use]
pub fn system_logs() -> Vec<PathBuf> {
    logs_under(Path::new(SYSTEM_LOGS))
}

/// Looks in `root` and in the folders directly in it.
fn logs_under(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(SystemTime, PathBuf)> = Vec::new();
    for path in entries_of(root) {
        if path.is_dir() {
            found.extend(entries_of(&path).into_iter().filter_map(dated_log));
        } else {
            found.extend(dated_log(path));
        }
    }
    found.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    found.truncate(SYSTEM_LOGS_MAX);
    found.into_iter().map(|(_, path)| path).collect()
}

/// What is in a folder; nothing where it may not be read.
fn entries_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    // Links are left out: what they point to is either here too or not a log of this place.
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink())).map(|entry| entry.path()).collect()
}

/// The path with the time of its last change, if it is a log with some text in it that may be read.
fn dated_log(path: PathBuf) -> Option<(SystemTime, PathBuf)> {
    let metadata = fs::metadata(&path).ok()?;
    if !metadata.is_file() || metadata.len() == 0 || !has_name_of_log(&path) {
        return None;
    }
    let mut sample = Vec::new();
    File::open(&path).ok()?.take(SAMPLE_BYTES).read_to_end(&mut sample).ok()?;
    let is_text = !sample.contains(&0);
    is_text.then_some((metadata.modified().ok()?, path))
}

/// Whether it is called like a log in use: `*.log`, or a bare name such as `syslog`. Rotated and compressed ones are not.
fn has_name_of_log(path: &Path) -> bool {
    match path.extension() {
        Some(extension) => extension == "log",
        None => path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
            !matches!(name, "README" | "lastlog" | "wtmp" | "btmp" | "faillog" | "tallylog")
                && !name.starts_with('.')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tempfile::TempDir;

    use super::*;
    use crate::world::stream::SourceState;

    /// What went wrong; [`Sources`] itself cannot be shown.
    fn refused(paths: &[PathBuf]) -> Vec<String> {
        open_paths(paths, Bounds::default(), &Formats::default()).err().map(|error| error.lines).expect("it is refused")
    }

    #[tokio::test]
    async fn files_become_sources_in_order() {
        let folder = TempDir::new().unwrap();
        let paths = ["b.log", "a.log"].map(|name| folder.path().join(name));
        for path in &paths {
            fs::write(path, "x\n").unwrap();
        }
        let again = folder.path().join(".").join("a.log");
        let sources =
            open_paths(&[paths[0].clone(), paths[1].clone(), again], Bounds::default(), &Formats::default()).unwrap();
        let names: Vec<_> = sources.list().iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["b.log", "a.log"], "the one named twice is there once");
        assert_eq!(sources.list()[1].origin, paths[1].to_str().unwrap());
        fs::OpenOptions::new().append(true).open(&paths[1]).unwrap().write_all(b"y\n").unwrap();
        sources.list()[1].text.changes().wait_for(|extent| extent.end == 4).await.unwrap();
        sources.all().text.changes().wait_for(|extent| extent.end == 6).await.unwrap();
    }

    #[tokio::test]
    async fn every_path_that_fails_is_named_and_nothing_is_opened() {
        let folder = TempDir::new().unwrap();
        let good = folder.path().join("good.log");
        fs::write(&good, "x\n").unwrap();
        let missing = folder.path().join("missing.log");
        let lines = refused(&[good, missing.clone(), folder.path().to_owned()]);
        assert_eq!(
            lines,
            [
                format!("{}: no such file", missing.display()),
                format!("{}: is a directory; name the files in it", folder.path().display()),
            ]
        );
    }

    #[tokio::test]
    async fn a_named_pipe_is_read_to_its_end() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let sources = open_paths(std::slice::from_ref(&path), Bounds::default(), &Formats::default()).unwrap();
        let text = sources.list()[0].text.clone();
        tokio::task::spawn_blocking(move || fs::write(path, "through the pipe\n")).await.unwrap().unwrap();
        let mut changes = text.changes();
        changes.wait_for(|extent| extent.end == 17 && extent.state == SourceState::Ended).await.unwrap();
    }

    #[test]
    fn the_systems_logs_are_text_in_use_and_the_newest_come_first() {
        let root = TempDir::new().unwrap();
        let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        for (name, content, is_old) in [
            ("syslog", &b"x\n"[..], true),
            ("dpkg.log", b"x\n", false),
            ("dpkg.log.1", b"x\n", false),
            ("dpkg.log.2.gz", b"x\n", false),
            ("wtmp", b"x\n", false),
            ("empty.log", b"", false),
            ("binary.log", b"\x7fELF\0", false),
        ] {
            let path = root.path().join(name);
            fs::write(&path, content).unwrap();
            if is_old {
                File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
            }
        }
        fs::create_dir(root.path().join("apt")).unwrap();
        let nested = root.path().join("apt/history.log");
        fs::write(&nested, "x\n").unwrap();
        File::options()
            .write(true)
            .open(&nested)
            .unwrap()
            .set_modified(old + std::time::Duration::from_secs(1))
            .unwrap();
        let found = logs_under(root.path());
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["dpkg.log", "apt/history.log", "syslog"]);
    }
}
