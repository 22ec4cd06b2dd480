//! The one thread that follows every file: it wakes on the system's notices and, in case one is missed, now and then.
//!
//! It only looks; what a look means is the file's own business. It ends when nobody holds any of its files.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::file::FileText;

/// How often every file is looked at where the system gives notice of changes.
const POLL_WATCHED: Duration = Duration::from_secs(1);
/// How often where it does not.
const POLL_UNWATCHED: Duration = Duration::from_millis(250);
/// How soon a file that asked for it is looked at again.
const SOON: Duration = Duration::from_millis(50);
/// The least time between two looks for notices: a file written 20,000 times a second is looked at 500 times.
const PACE: Duration = Duration::from_millis(2);

/// Starts to follow `files`.
///
/// # Errors
/// Whatever the system says when no thread can be started.
pub fn follow(files: &[Arc<FileText>]) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let mut follower = Follower::new(files);
    thread::Builder::new().name("frereth-files".into()).spawn(move || follower.run()).map(drop)
}

/// What a notice says.
enum Notice {
    /// Something happened to these paths.
    Changed(Vec<PathBuf>),
    /// Notices were lost, or are not about a path.
    Anything,
}

struct Follower {
    files: Vec<Weak<FileText>>,
    /// Which files a path is about: as it was named, and as it is called once links are followed.
    by_path: HashMap<PathBuf, Vec<usize>>,
    folders: HashSet<PathBuf>,
    watched: HashSet<PathBuf>,
    watcher: Option<RecommendedWatcher>,
    notices: Receiver<Notice>,
    /// Keeps the channel open where there is no watcher.
    _sender: Sender<Notice>,
}

impl Follower {
    fn new(files: &[Arc<FileText>]) -> Self {
        let (sender, notices) = mpsc::channel();
        let into = sender.clone();
        let watcher = notify::recommended_watcher(move |event| {
            if let Some(notice) = notice_of(event) {
                // The thread may have ended: then nobody cares.
                let _ = into.send(notice);
            }
        });
        let mut follower = Self {
            files: files.iter().map(Arc::downgrade).collect(),
            by_path: HashMap::new(),
            folders: HashSet::new(),
            watched: HashSet::new(),
            watcher: watcher.ok(),
            notices,
            _sender: sender,
        };
        for (index, file) in files.iter().enumerate() {
            for path in names_of(file.path()) {
                follower.folders.extend(path.parent().map(Path::to_owned));
                follower.by_path.entry(path).or_default().push(index);
            }
        }
        follower
    }

    fn run(&mut self) {
        let mut next_poll = Instant::now();
        let mut soon: HashSet<usize> = HashSet::new();
        loop {
            let now = Instant::now();
            let mut wanted = std::mem::take(&mut soon);
            if now >= next_poll {
                self.watch_folders();
                wanted.extend(0..self.files.len());
                let is_watched = self.watched.len() == self.folders.len();
                next_poll = now + if is_watched { POLL_WATCHED } else { POLL_UNWATCHED };
            }
            self.take_notices(&mut wanted);
            for &index in &wanted {
                if self.files[index].upgrade().is_some_and(|file| file.look(now)) {
                    soon.insert(index);
                }
            }
            if self.files.iter().all(|file| file.strong_count() == 0) {
                return;
            }
            #[expect(clippy::disallowed_methods, reason = "this thread is the pace: notices gather while it rests")]
            thread::sleep(PACE);
            let until_poll = next_poll.saturating_duration_since(Instant::now());
            let patience = if soon.is_empty() { until_poll } else { until_poll.min(SOON) };
            if let Ok(notice) = self.notices.recv_timeout(patience) {
                self.take(notice, &mut soon);
            }
        }
    }

    /// Takes the notices that wait, each file once however many there are.
    fn take_notices(&mut self, wanted: &mut HashSet<usize>) {
        while let Ok(notice) = self.notices.try_recv() {
            self.take(notice, wanted);
        }
    }

    fn take(&mut self, notice: Notice, wanted: &mut HashSet<usize>) {
        match notice {
            Notice::Changed(paths) => {
                for path in paths {
                    wanted.extend(self.by_path.get(&path).into_iter().flatten());
                    if self.watched.contains(&path) && !path.is_dir() {
                        // The folder itself went, and the watch with it.
                        self.watched.remove(&path);
                    }
                }
            }
            Notice::Anything => wanted.extend(0..self.files.len()),
        }
    }

    /// Watches the folders that are not watched yet: new ones, and those that came back.
    fn watch_folders(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        for folder in &self.folders {
            if !self.watched.contains(folder) && watcher.watch(folder, RecursiveMode::NonRecursive).is_ok() {
                self.watched.insert(folder.clone());
            }
        }
    }
}

/// The paths under which notices about a file can come.
fn names_of(path: &Path) -> HashSet<PathBuf> {
    let mut names = HashSet::new();
    // The folder is followed through links and the name is not: the link itself may come to point elsewhere.
    if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        names.extend(folder.canonicalize().map(|folder| folder.join(name)));
    }
    names.extend(path.canonicalize());
    names
}

/// What is worth knowing of a notice; reading a file is not.
fn notice_of(event: notify::Result<notify::Event>) -> Option<Notice> {
    match event {
        Ok(event) if event.need_rescan() || event.paths.is_empty() => Some(Notice::Anything),
        Ok(event) => match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Notice::Changed(event.paths)),
            EventKind::Access(_) => None,
            _ => Some(Notice::Changed(event.paths)),
        },
        Err(_) => Some(Notice::Anything),
    }
}
