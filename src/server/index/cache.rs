//! Where indexes are kept: one folder of the user's cache directory, his alone, bounded, and safe to delete at any time.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::identity::{Identity, ends_of};
use super::kept::Kept;
use crate::log::blocks::Blocks;
use crate::server::crypto::random;
use crate::server::engine::Input;

/// What all indexes may take together; the ones that were used last stay.
const ALL_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Permissions of others: none may write into what is trusted.
const OTHERS_WRITE: u32 = 0o022;

/// The folder.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The folder under `XDG_CACHE_HOME`, or else `HOME`; `None` where neither is set.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let caches = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
        Some(Self::at(&caches.join("frereth/index")))
    }

    /// This folder, which need not exist.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The index of a file as far as it is known. `None` where there is none that can be trusted.
    #[must_use]
    pub fn load(&self, input: &Input) -> Option<Blocks> {
        let file = input.as_file()?;
        let identity = Identity::of(input, file).ok()?;
        let mut kept_file = File::open(self.folder.join(identity.name())).ok()?;
        if !is_ours(&fs::symlink_metadata(&self.folder).ok()?) || !is_ours(&kept_file.metadata().ok()?) {
            return None;
        }
        let mut bytes = Vec::new();
        kept_file.read_to_end(&mut bytes).ok()?;
        let kept = Kept::decode(&bytes)?;
        let is_untouched = kept.bytes == identity.bytes && kept.modified_nanos == identity.modified_nanos;
        let is_grown = kept.bytes < identity.bytes;
        let is_same = kept.reading == identity.reading
            && kept.blocks.end() <= kept.bytes
            && (is_untouched || is_grown)
            && ends_of(file, kept.blocks.end()).ok()? == kept.ends;
        if !is_same {
            return None;
        }
        // So that it is known when it was last of use.
        let _ = kept_file.set_modified(SystemTime::now());
        Some(kept.blocks)
    }

    /// Keeps an index of a file that was opened as `input` and may have grown since. Returns where; `None` for what is no file.
    ///
    /// # Errors
    /// It cannot be written, or the folder is not the user's alone.
    pub fn keep(&self, input: &Input, blocks: &Blocks) -> io::Result<Option<PathBuf>> {
        let Some(file) = input.as_file() else { return Ok(None) };
        let identity = Identity::of(input, file)?;
        let kept = Kept {
            reading: identity.reading,
            ends: ends_of(file, blocks.end())?,
            bytes: identity.bytes,
            modified_nanos: identity.modified_nanos,
            blocks: blocks.clone(),
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        if !is_ours(&fs::symlink_metadata(&self.folder)?) {
            let why = format!("{} can be written by others", self.folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        let path = self.folder.join(identity.name());
        // Whoever reads meanwhile has the one before, whole.
        let fresh = self.folder.join(format!("{}.{:08x}", identity.name(), u32::from_le_bytes(random())));
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh);
        let written = written.and_then(|mut file| file.write_all(&kept.encode()));
        if let Err(error) = written.and_then(|()| fs::rename(&fresh, &path)) {
            let _ = fs::remove_file(&fresh);
            return Err(error);
        }
        self.let_go();
        Ok(Some(path))
    }

    /// Removes what was used the longest time ago, until the rest is small enough.
    fn let_go(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| entry.metadata().ok().map(|facts| (facts.modified().ok(), facts.len(), entry.path())))
            .collect();
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, file_bytes, path) in files {
            if bytes <= ALL_BYTES_MAX {
                break;
            }
            if fs::remove_file(path).is_ok() {
                bytes -= file_bytes;
            }
        }
    }
}

/// Whether nobody else can have written there: a cache that others prepared must not decide what is shown.
fn is_ours(facts: &Metadata) -> bool {
    let process = fs::metadata("/proc/self");
    process.is_ok_and(|process| process.uid() == facts.uid()) && facts.mode() & OTHERS_WRITE == 0
}
