//! The settings themselves, with their defaults. The same names stand in `Leptos.toml`, documented there.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use super::listen::Listen;
use crate::log::format::Format;
use crate::protocol::timing::{Rate, Timing};
use crate::server::sources::packed::UNPACKED_BYTES;
use crate::server::sources::{Forced, Formats};

/// Everything the server is told, complete: defaults where nobody said otherwise.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// The origins under which browsers may reach the server; empty means http on the loopback names with our port.
    pub public_origins: Vec<String>,
    /// The data directory; `None` means the one of the listen address under the XDG state folder.
    pub data: Option<PathBuf>,
    /// The logs to open when the command line names none.
    pub sources: Vec<PathBuf>,
    /// How many bytes of a source that cannot be read again (a pipe) are kept.
    pub ring_bytes: u64,
    /// How many bytes all packed logs may take together, unpacked on the disk.
    pub unpacked_bytes: u64,
    /// What the server writes about itself: a level, or a filter in tracing's notation.
    pub log: String,
    /// Deadlines of the handshake and the session.
    pub timings: Timings,
    /// How much anybody may ask for.
    pub limits: Limits,
    /// How long a login lives.
    pub login: LoginTimes,
    /// Formats of the user's own; where they fit, they are preferred to those that are built in.
    pub formats: Vec<Format>,
    /// The formats that sources have whatever their lines look like; the first that fits a source counts.
    pub source_formats: Vec<Forced>,
    /// What Leptos needs to know about the page.
    pub site: Site,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen::default(),
            public_origins: Vec::new(),
            data: None,
            sources: Vec::new(),
            ring_bytes: 64 << 20,
            unpacked_bytes: UNPACKED_BYTES,
            log: "info".to_owned(),
            timings: Timings::default(),
            limits: Limits::default(),
            login: LoginTimes::default(),
            formats: Vec::new(),
            source_formats: Vec::new(),
            site: Site::default(),
        }
    }
}

impl Config {
    /// Takes over what cargo-leptos says in the environment of a server that it runs.
    ///
    /// # Errors
    /// Which variable is wrong, and what was expected.
    pub fn overlay_environment(&mut self, lookup: impl Fn(&str) -> Option<String>) -> Result<(), String> {
        if let Some(name) = lookup("LEPTOS_OUTPUT_NAME") {
            self.site.output_name = name;
        }
        if let Some(root) = lookup("LEPTOS_SITE_ROOT") {
            self.site.site_root = root;
        }
        if let Some(folder) = lookup("LEPTOS_SITE_PKG_DIR") {
            self.site.site_pkg_dir = folder;
        }
        if let Some(port) = lookup("LEPTOS_RELOAD_PORT") {
            self.site.reload_port =
                port.parse().map_err(|_| format!("LEPTOS_RELOAD_PORT is `{port}`, expected a port number"))?;
        }
        if let Some(address) = lookup("LEPTOS_SITE_ADDR") {
            let listen: Listen = address.parse().map_err(|error| format!("LEPTOS_SITE_ADDR: {error}"))?;
            // cargo-leptos passes its own default on; at the same port our default, both loopback addresses, is more.
            let says_more = listen.port() != self.listen.port() || !listen.is_loopback();
            if says_more {
                self.listen = listen;
            }
        }
        Ok(())
    }
}

impl Config {
    /// How logs are read.
    #[must_use]
    pub fn reading(&self) -> Formats {
        Formats { own: self.formats.clone(), forced: self.source_formats.clone(), ..Formats::default() }
    }

    /// The deadlines and limits as the protocol's machines take them.
    #[must_use]
    pub fn timing(&self) -> Timing {
        let Timings { first_message_millis, hello_millis, served_millis, forked_millis, grace_millis, stall_millis } =
            self.timings;
        let hello_rate =
            Rate { burst: self.limits.fork_burst, per_second: self.limits.forks_per_second, is_open: false };
        Timing {
            first_message_millis,
            hello_millis,
            initiate_millis: forked_millis,
            served_millis,
            forked_millis,
            grace_millis,
            stall_millis,
            hello_rate,
            worlds_max: self.limits.worlds_per_session,
            ..Timing::default()
        }
    }
}

/// Deadlines, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timings {
    /// From an opened socket to its first message.
    #[serde(deserialize_with = "between::<_, 1, 600_000>")]
    pub first_message_millis: u64,
    /// From Hello to its answer, as the page counts.
    #[serde(deserialize_with = "between::<_, 1, 600_000>")]
    pub hello_millis: u64,
    /// From the world's code to Forked.
    #[serde(deserialize_with = "between::<_, 1, 600_000>")]
    pub served_millis: u64,
    /// From Initiate to its answer, and from Forked to a running world.
    #[serde(deserialize_with = "between::<_, 1, 600_000>")]
    pub forked_millis: u64,
    /// How long a session that lost its socket is kept.
    #[serde(deserialize_with = "between::<_, 0, 86_400_000>")]
    pub grace_millis: u64,
    /// How long a socket may take nothing before it is closed, to be resumed.
    #[serde(deserialize_with = "between::<_, 100, 600_000>")]
    pub stall_millis: u64,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            first_message_millis: 500,
            hello_millis: 1_000,
            served_millis: 10_000,
            forked_millis: 5_000,
            grace_millis: 60_000,
            stall_millis: 10_000,
        }
    }
}

/// How much anybody may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Open sockets per client address.
    #[serde(deserialize_with = "count::<_, 1, 1_000_000>")]
    pub sockets_per_address: u32,
    /// Open sockets per user.
    #[serde(deserialize_with = "count::<_, 1, 1_000_000>")]
    pub sockets_per_user: u32,
    /// Forks that a session may ask for at once.
    #[serde(deserialize_with = "count::<_, 1, 1_000_000_000>")]
    pub fork_burst: u32,
    /// Forks per second that a session may ask for on end.
    #[serde(deserialize_with = "count::<_, 1, 1_000_000_000>")]
    pub forks_per_second: u32,
    /// Worlds that a session may own.
    #[serde(deserialize_with = "count::<_, 1, 64>")]
    pub worlds_per_session: u32,
    /// Login attempts per minute and client address.
    #[serde(deserialize_with = "count::<_, 1, 1_000_000>")]
    pub logins_per_minute_and_address: u32,
    /// Login attempts per minute and user name.
    #[serde(deserialize_with = "count::<_, 1, 1_000_000>")]
    pub logins_per_minute_and_user: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sockets_per_address: 64,
            sockets_per_user: 64,
            fork_burst: 10,
            forks_per_second: 2,
            worlds_per_session: 16,
            logins_per_minute_and_address: 30,
            logins_per_minute_and_user: 10,
        }
    }
}

/// How long a login lives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoginTimes {
    /// Minutes without use after which a login ends.
    #[serde(deserialize_with = "between::<_, 1, 525_600>")]
    pub idle_minutes: u64,
    /// Minutes after which a login ends in any case.
    #[serde(deserialize_with = "between::<_, 1, 525_600>")]
    pub absolute_minutes: u64,
    /// Minutes in which a one-time link can be used.
    #[serde(deserialize_with = "between::<_, 1, 1_440>")]
    pub link_minutes: u64,
}

impl LoginTimes {
    /// [`LoginTimes::idle_minutes`] in milliseconds.
    #[must_use]
    pub const fn idle_millis(&self) -> u64 {
        self.idle_minutes * 60_000
    }

    /// [`LoginTimes::absolute_minutes`] in milliseconds.
    #[must_use]
    pub const fn absolute_millis(&self) -> u64 {
        self.absolute_minutes * 60_000
    }

    /// [`LoginTimes::link_minutes`] in milliseconds.
    #[must_use]
    pub const fn link_millis(&self) -> u64 {
        self.link_minutes * 60_000
    }
}

impl Default for LoginTimes {
    fn default() -> Self {
        Self { idle_minutes: 30, absolute_minutes: 12 * 60, link_minutes: 10 }
    }
}

/// The part of Leptos's own table that the running server reads. `Cargo.toml` holds the same values for the build.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Site {
    /// The name of the page's WebAssembly, script and style sheet.
    pub output_name: String,
    /// The folder that the build filled; read only by a server that `cargo leptos watch` started.
    pub site_root: String,
    /// The folder of the page's WebAssembly below it, and its path in URLs.
    pub site_pkg_dir: String,
    /// Where `cargo leptos watch` expects the server; it counts unless `[frereth] listen` is given.
    pub site_addr: Option<Listen>,
    /// The port of the watcher that reloads the page.
    #[serde(deserialize_with = "count::<_, 1, 65_535>")]
    pub reload_port: u32,
    /// `DEV` or `PROD`: whether the page carries the reload script.
    pub env: Environment,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            output_name: "frereth".to_owned(),
            site_root: "target/site".to_owned(),
            site_pkg_dir: "pkg".to_owned(),
            site_addr: None,
            reload_port: 3001,
            env: Environment::Prod,
        }
    }
}

/// Whether somebody is working on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Environment {
    /// At work on it.
    #[serde(rename = "DEV")]
    Dev,
    /// Using it.
    #[serde(rename = "PROD")]
    Prod,
}

/// Reads an integer of `MIN..=MAX`.
pub(super) fn between<'de, D: Deserializer<'de>, const MIN: u64, const MAX: u64>(from: D) -> Result<u64, D::Error> {
    // Read as a signed number, so that -1 is called out of range and not a strange type.
    let got = i64::deserialize(from)?;
    u64::try_from(got).ok().filter(|value| (MIN..=MAX).contains(value)).ok_or_else(|| {
        serde::de::Error::custom(format_args!("{got} is out of range, expected a number from {MIN} to {MAX}"))
    })
}

/// Reads a count of `MIN..=MAX`.
fn count<'de, D: Deserializer<'de>, const MIN: u64, const MAX: u64>(from: D) -> Result<u32, D::Error> {
    between::<D, MIN, MAX>(from).map(|value| u32::try_from(value).expect("every MAX above fits 32 bits"))
}
