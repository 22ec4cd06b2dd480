//! The data directory: private to its owner, and held by one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::server::config::Listen;

/// Why a data directory cannot be used, as one line for the person who started us.
#[derive(Debug)]
pub enum DirectoryError {
    /// Another process holds it.
    Held(PathBuf),
    /// There is no place for it: neither `XDG_STATE_HOME` nor `HOME` is set.
    Homeless,
    /// The system refuses.
    Io(PathBuf, io::Error),
}

impl std::fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Held(path) => write!(f, "another frereth already runs on the data directory {}", path.display()),
            Self::Homeless => {
                f.write_str("neither XDG_STATE_HOME nor HOME is set: say where to keep data with --data DIR")
            }
            Self::Io(path, error) => write!(f, "the data directory {} cannot be used: {error}", path.display()),
        }
    }
}

impl std::error::Error for DirectoryError {}

/// A data directory that this process holds. Dropping it lets go.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Where the data of a server at `listen` is kept unless somebody says otherwise.
    ///
    /// # Errors
    /// [`DirectoryError::Homeless`].
    pub fn default_path(listen: Listen) -> Result<PathBuf, DirectoryError> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
            .ok_or(DirectoryError::Homeless)?;
        Ok(state.join("frereth").join(listen.directory_name()))
    }

    /// Makes the directory when it is not there, closes it to everybody else and takes its lock.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing is left half done that a later try would trip over.
    pub fn take(path: &Path) -> Result<Self, DirectoryError> {
        let failed = |error| DirectoryError::Io(path.to_owned(), error);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        // A directory that was there before may be open to others; what we put in it is not theirs.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
        let lock = private_file().open(path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DirectoryError::Held(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the store.
    #[must_use]
    pub fn store_path(&self) -> PathBuf {
        self.path.join("frereth.redb")
    }

    /// The control socket of a server that runs on the directory at `path`.
    #[must_use]
    pub fn control_path(path: &Path) -> PathBuf {
        path.join("control.sock")
    }
}

/// How files in the directory are opened: made when missing, for their owner only.
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let parent = tempfile::tempdir().expect("a temporary directory");
        let path = parent.path().join("state/frereth");
        let first = DataDir::take(&path).expect("a free directory");
        assert!(matches!(DataDir::take(&path), Err(DirectoryError::Held(_))));
        drop(first);
        assert!(DataDir::take(&path).is_ok());
    }

    #[test]
    fn only_the_owner_may_look_inside() {
        let parent = tempfile::tempdir().expect("a temporary directory");
        let path = parent.path().join("data");
        std::fs::create_dir(&path).expect("a directory open to others");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("ours to change");
        let held = DataDir::take(&path).expect("a free directory");
        let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(held.path()), 0o700);
        assert_eq!(mode(&path.join("lock")), 0o600);
    }
}
