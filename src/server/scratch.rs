//! Files without a name: room for what is too much for memory, gone when it is closed, however the process ends.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::crypto::random;

/// Where what is large is put for a while; `/tmp` is memory on many machines.
const FOR_LARGE: &str = "/var/tmp";

/// A new file without a name, in `TMPDIR`, or else where there is room for large ones.
///
/// # Errors
/// It cannot be made; the error names the folder.
pub fn file() -> io::Result<File> {
    let folder = match std::env::var_os("TMPDIR") {
        None if Path::new(FOR_LARGE).is_dir() => PathBuf::from(FOR_LARGE),
        _ => std::env::temp_dir(),
    };
    let path = folder.join(format!("frereth-{:016x}", u64::from_ne_bytes(random())));
    let made = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path);
    let unnamed = made.and_then(|file| std::fs::remove_file(&path).map(|()| file));
    unnamed.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))
}
