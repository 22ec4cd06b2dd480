//! `Leptos.toml`: read strictly. What is wrong is said with file, line and what was expected.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::formats::{self, Definition, Force};
use super::listen::Listen;
use super::settings::{Config, Limits, LoginTimes, Site, Timings, between};
use crate::server::origin::Origin;

/// Why a configuration does not start a server.
#[derive(Debug)]
pub struct ConfigError {
    /// The file and, where one is to blame, its line.
    pub place: Option<(PathBuf, Option<usize>)>,
    /// What is wrong and what was expected.
    pub what: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some((path, Some(line))) => write!(f, "{}:{line}: {}", path.display(), self.what),
            Some((path, None)) => write!(f, "{}: {}", path.display(), self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The file as it is written. Only the tables `[package.metadata.leptos]` and `[frereth]` may stand in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    #[serde(default)]
    package: Package,
    #[serde(default)]
    frereth: Frereth,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    #[serde(default)]
    leptos: Site,
}

/// The server's own table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Frereth {
    listen: Option<Spanned<Listen>>,
    public_origins: Vec<Spanned<String>>,
    data: Option<PathBuf>,
    sources: Vec<PathBuf>,
    #[serde(deserialize_with = "between::<_, 65_536, 17_179_869_184>")]
    ring_bytes: u64,
    #[serde(deserialize_with = "between::<_, 1_048_576, 1_125_899_906_842_624>")]
    unpacked_bytes: u64,
    log: Spanned<String>,
    timings: Timings,
    limits: Limits,
    login: Spanned<LoginTimes>,
    formats: Vec<Definition>,
    source_formats: Vec<Force>,
}

impl Default for Frereth {
    fn default() -> Self {
        let config = Config::default();
        Self {
            listen: None,
            public_origins: Vec::new(),
            data: config.data,
            sources: config.sources,
            ring_bytes: config.ring_bytes,
            unpacked_bytes: config.unpacked_bytes,
            log: Spanned::new(0..0, config.log),
            timings: config.timings,
            limits: config.limits,
            login: Spanned::new(0..0, config.login),
            formats: Vec::new(),
            source_formats: Vec::new(),
        }
    }
}

impl File {
    /// Reads the settings in the file at `path`; what it leaves out has its default.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read, or holds an unknown key, a wrong type or an impossible value.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let fault = |line, what| ConfigError { place: Some((path.to_owned(), line)), what };
        let bytes = std::fs::read(path).map_err(|error| fault(None, format!("cannot be read: {error}")))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            fault(Some(line_of(&bytes, error.valid_up_to())), "there is a byte that is no UTF-8".to_owned())
        })?;
        Self::parse(path, text)
    }

    /// Reads the settings in `text`, which came from `path`.
    ///
    /// # Errors
    /// As [`File::read`].
    pub fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
        let fault = |offset: Option<usize>, what: String| ConfigError {
            place: Some((path.to_owned(), offset.map(|offset| line_of(text.as_bytes(), offset)))),
            what,
        };
        let file: Self = toml::from_str(text).map_err(|error| {
            let what = error.message().trim_end().replace('\n', ", ");
            fault(error.span().map(|span| span.start), what)
        })?;
        let Frereth {
            listen,
            public_origins,
            data,
            sources,
            ring_bytes,
            unpacked_bytes,
            log,
            timings,
            limits,
            login,
            formats,
            source_formats,
        } = file.frereth;
        for origin in &public_origins {
            origin.get_ref().parse::<Origin>().map_err(|error| fault(Some(origin.span().start), error.to_string()))?;
        }
        check_log(log.get_ref()).map_err(|what| fault(Some(log.span().start), what))?;
        if login.get_ref().idle_minutes > login.get_ref().absolute_minutes {
            let what = "idle_minutes is longer than absolute_minutes, expected at most that".to_owned();
            return Err(fault(Some(login.span().start), what));
        }
        let at_fault = |(span, what): formats::Fault| fault(Some(span.start), what);
        let formats = formats::formats(&formats).map_err(at_fault)?;
        // Relative paths mean the same wherever the server is started from.
        let beside = |given: PathBuf| path.parent().map_or_else(|| given.clone(), |parent| parent.join(&given));
        let source_formats = formats::forced(&source_formats, &formats, beside).map_err(at_fault)?;
        Ok(Config {
            listen: listen.map(Spanned::into_inner).or(file.package.metadata.leptos.site_addr).unwrap_or_default(),
            public_origins: public_origins.into_iter().map(Spanned::into_inner).collect(),
            data: data.map(beside),
            sources: sources.into_iter().map(beside).collect(),
            ring_bytes,
            unpacked_bytes,
            log: log.into_inner(),
            timings,
            limits,
            login: login.into_inner(),
            formats,
            source_formats,
            site: file.package.metadata.leptos,
        })
    }
}

/// Checks that `filter` is one that the log understands.
///
/// # Errors
/// What was expected.
pub fn check_log(filter: &str) -> Result<(), String> {
    // The parser takes a bare word that is no level for a module's name, and a misspelt level would silence everything.
    let are_levels = filter.split(',').all(|part| {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        level.trim().parse::<tracing_subscriber::filter::LevelFilter>().is_ok()
    });
    if are_levels && filter.parse::<tracing_subscriber::filter::Targets>().is_ok() {
        return Ok(());
    }
    Err(format!(
        "`{filter}` is no log level, expected one of off, error, warn, info, debug, trace, or a list like \
         `warn,frereth=debug`"
    ))
}

/// The number of the line in which the byte at `offset` stands.
fn line_of(text: &[u8], offset: usize) -> usize {
    1 + text.iter().take(offset).filter(|byte| **byte == b'\n').count()
}
