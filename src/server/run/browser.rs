//! The browser that is opened on a fresh server.
//!
//! The link's secret must not stand in anybody's argument list, which every user of the machine can read. So the browser is
//! given the name of a private file, and that file leads on.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The file that leads on. Dropping it removes it.
#[derive(Debug)]
pub struct OpenedPage(PathBuf);

impl Drop for OpenedPage {
    fn drop(&mut self) {
        // Left over, its link is used or too old.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Opens a browser on `link` where there is a screen to open it on. What goes wrong is no reason not to serve: the link is
/// printed too.
pub fn open(directory: &Path, link: &str) -> Option<OpenedPage> {
    let has_screen = cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !has_screen || is_root {
        tracing::debug!(has_screen, is_root, "no browser is opened");
        return None;
    }
    let path = directory.join("open.html");
    if let Err(error) = write(&path, link) {
        tracing::debug!(%error, "no browser is opened");
        return None;
    }
    if let Err(error) = open::that_detached(&path) {
        tracing::debug!(%error, "no browser could be opened");
    }
    Some(OpenedPage(path))
}

fn write(path: &Path, link: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // The link holds nothing that HTML would read differently: an origin of ours and base64url.
    writeln!(
        file,
        "<!DOCTYPE html><meta charset=\"utf-8\"><title>Frereth</title>\
         <meta http-equiv=\"refresh\" content=\"0;url={link}\"><a href=\"{link}\">Open Frereth</a>"
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_page_is_private_and_goes_away() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("open.html");
        write(&path, "http://localhost:3000/login#secret").expect("a writable folder");
        assert!(std::fs::read_to_string(&path).expect("a file").contains("url=http://localhost:3000/login#secret"));
        assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        drop(OpenedPage(path.clone()));
        assert!(!path.exists());
    }
}
