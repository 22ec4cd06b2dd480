//! What the server says about itself on standard error, and the two guards that keep it from feeding on its own words.
//!
//! A server may show the file that its standard error goes into. Libraries that tell of every event of a file or a socket
//! would then write for ever: they never say more than `info`. And what we say ourselves stays at `info` while it is shown.

use std::fs::{File, Metadata};
use std::io::IsTerminal as _;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Libraries that tell of every event of a file or a socket.
const TALKERS: [&str; 7] = ["notify", "inotify", "mio", "tungstenite", "tokio_tungstenite", "hyper", "hyper_util"];

/// Switches the log on. `shown` are the logs that will be opened.
pub fn begin(filter: &str, shown: &[PathBuf]) {
    let mut targets = targets(filter);
    if let Some(path) = own_log(shown) {
        let quiet = capped(&targets);
        if quiet != targets {
            eprintln!(
                "Standard error goes into {}, which is one of the logs shown: what Frereth says about itself stays at \
                 `info`, or showing it would make more of it.",
                path.display()
            );
        }
        targets = quiet;
    }
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_terminal).with_target(false);
    // Fails only where somebody has a log already, as a test may.
    let _ = tracing_subscriber::registry().with(lines).with(targets).try_init();
}

/// What a filter lets through: a bare level is Frereth's own, with warnings of everybody else; a list is what it says. The
/// talkers stay at `info` in either case.
fn targets(filter: &str) -> Targets {
    let named = match filter.trim().parse::<LevelFilter>() {
        Ok(level) => Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("frereth", level),
        Err(_) => filter.parse().expect("the filter was checked when it was read"),
    };
    let default = named.default_level().unwrap_or(LevelFilter::OFF);
    let talkers = Targets::new().with_targets(TALKERS.map(|talker| (talker, default.min(LevelFilter::INFO))));
    let limited = named.iter().map(|(target, level)| {
        let is_talker = TALKERS.iter().any(|talker| target.starts_with(talker));
        (target.to_owned(), if is_talker { level.min(LevelFilter::INFO) } else { level })
    });
    talkers.with_default(default).with_targets(limited)
}

/// The same with nothing more than `info` from anybody.
fn capped(targets: &Targets) -> Targets {
    let least = |level: LevelFilter| level.min(LevelFilter::INFO);
    let named = targets.iter().map(|(target, level)| (target.to_owned(), least(level)));
    Targets::new().with_targets(named).with_default(least(targets.default_level().unwrap_or(LevelFilter::OFF)))
}

/// The one of these logs that standard error goes into.
fn own_log(shown: &[PathBuf]) -> Option<&Path> {
    let error = File::from(std::io::stderr().as_fd().try_clone_to_owned().ok()?).metadata().ok()?;
    same_file(&error, shown)
}

/// The path that leads to this file, if it is a regular one.
fn same_file<'a>(file: &Metadata, paths: &'a [PathBuf]) -> Option<&'a Path> {
    let is_it = |path: &&PathBuf| {
        std::fs::metadata(path).is_ok_and(|other| (other.dev(), other.ino()) == (file.dev(), file.ino()))
    };
    paths.iter().find(|path| file.is_file() && is_it(path)).map(PathBuf::as_path)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_bare_level_is_ours_and_others_only_warn() {
        for level in ["trace", "debug", " info"] {
            let targets = targets(level);
            assert!(targets.would_enable("frereth::server", &level.trim().parse().expect("a level")), "{level}");
            assert!(targets.would_enable("redb", &Level::WARN) && !targets.would_enable("redb", &Level::INFO));
            assert!(!targets.would_enable("mio::poll", &Level::INFO));
        }
        assert!(!targets("error").would_enable("redb", &Level::WARN));
        assert!(!targets("off").would_enable("frereth", &Level::ERROR));
    }

    #[test]
    fn no_list_makes_the_talkers_talk() {
        for list in
            ["trace,frereth=info", "mio=trace,notify::inotify=debug,hyper_util=trace,tungstenite=trace", "h=trace"]
        {
            let targets = targets(list);
            for talker in TALKERS {
                assert!(!targets.would_enable(talker, &Level::DEBUG), "{talker} in {list}");
                assert!(!targets.would_enable(&format!("{talker}::inotify"), &Level::DEBUG), "{talker} in {list}");
            }
        }
        let targets = targets("warn,frereth=debug,redb=trace,mio=error");
        assert!(targets.would_enable("frereth", &Level::DEBUG) && targets.would_enable("redb", &Level::TRACE));
        assert!(!targets.would_enable("mio", &Level::WARN) && !targets.would_enable("tower", &Level::INFO));
    }

    #[test]
    fn a_server_that_shows_its_own_log_says_no_more_than_info() {
        let quiet = capped(&targets("trace"));
        assert!(quiet.would_enable("frereth", &Level::INFO) && !quiet.would_enable("frereth", &Level::DEBUG));
        assert_eq!(capped(&targets("info")), targets("info"));
        assert!(!capped(&targets("off")).would_enable("frereth", &Level::ERROR));
    }

    #[test]
    fn a_file_is_known_by_whatever_path_leads_to_it() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let [file, link, other] = ["server.log", "link.log", "other.log"].map(|name| folder.path().join(name));
        std::fs::write(&file, "x\n").expect("a writable folder");
        std::fs::write(&other, "x\n").expect("a writable folder");
        std::os::unix::fs::symlink(&file, &link).expect("a writable folder");
        let metadata = std::fs::metadata(&file).expect("a file");
        assert_eq!(same_file(&metadata, &[PathBuf::from("-"), other.clone(), link.clone()]), Some(link.as_path()));
        assert_eq!(same_file(&metadata, &[other]), None);
        let device = std::fs::metadata("/dev/null").expect("a device");
        assert_eq!(same_file(&device, &[PathBuf::from("/dev/null")]), None, "only a regular file grows");
    }
}
