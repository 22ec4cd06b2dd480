//! The built-in formats, by name.

use std::sync::LazyLock;

use super::delimited::Columns;
use super::format::{Engine, Format};
use super::pattern::Pattern;
use super::prefixed::Layout;
use super::rows::ROWS;

/// A dialect of JSON lines: all are read alike, what differs is their name and the fields that tell them.
pub(super) struct Dialect {
    pub(super) name: &'static str,
    /// The fields that all its lines have.
    pub(super) fields: &'static [&'static str],
    holds_lines: bool,
}

const fn dialect(name: &'static str, fields: &'static [&'static str]) -> Dialect {
    Dialect { name, fields, holds_lines: false }
}

/// The particular before the general; the last one is all JSON.
pub(super) const DIALECTS: [Dialect; 15] = [
    Dialect { name: "docker", fields: &["log", "stream", "time"], holds_lines: true },
    dialect("bunyan", &["name", "hostname", "pid", "level", "msg", "time", "v"]),
    dialect("pino", &["level", "time", "pid", "hostname"]),
    dialect("ecs", &["@timestamp", "ecs.version"]),
    dialect("gelf", &["version", "host", "short_message"]),
    dialect("journald", &["__REALTIME_TIMESTAMP", "MESSAGE"]),
    dialect("serilog", &["@t"]),
    dialect("logstash", &["@timestamp", "@version", "message"]),
    dialect("caddy", &["level", "ts", "logger", "msg", "request"]),
    dialect("mongodb", &["t.$date", "s", "c", "msg"]),
    dialect("tracing-json", &["timestamp", "level", "fields", "target"]),
    dialect("zap", &["level", "ts", "msg"]),
    dialect("slog", &["time", "level", "msg"]),
    dialect("weald-json", &["lamport", "level", "message"]),
    dialect("json", &[]),
];

/// Other names of the formats that no row of [`ROWS`] describes.
const ALIASES: [(&str, &str); 8] = [
    ("jsonl", "json"),
    ("ndjson", "json"),
    ("key-value", "logfmt"),
    ("slog-text", "logfmt"),
    ("iis", "w3c"),
    ("weald", "edn"),
    ("docker-compose", "compose"),
    ("github-actions", "gh"),
];

static FORMATS: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let mut formats = Vec::new();
    for dialect in &DIALECTS {
        formats.push(Format::new(dialect.name, Engine::Json { holds_lines: dialect.holds_lines }));
    }
    for row in ROWS {
        let patterns: Result<Vec<_>, _> = row.patterns.iter().map(|text| Pattern::new(text)).collect();
        // A test compiles them all.
        let patterns = patterns.expect("the built-in patterns compile");
        formats.push(Format::new(row.name, Engine::Text { patterns, message: row.message }));
    }
    let others = [
        ("logfmt", Engine::Logfmt),
        ("edn", Engine::Edn),
        ("transit", Engine::Transit),
        ("journald-export", Engine::Export),
        ("w3c", Engine::Delimited(Columns::unnamed(b' ', true))),
        ("cloudfront", Engine::Delimited(Columns::unnamed(b'\t', true))),
        ("csv", Engine::Delimited(Columns::unnamed(b',', false))),
        ("tsv", Engine::Delimited(Columns::unnamed(b'\t', false))),
        ("postgresql-csv", Engine::Delimited(Columns::csvlog())),
        ("mysql-slow", Engine::Slow),
        ("compose", Engine::Prefixed(Layout::Compose)),
        ("pm2", Engine::Prefixed(Layout::Pm2)),
        ("kubectl", Engine::Prefixed(Layout::Kubectl)),
        ("stern", Engine::Prefixed(Layout::Stern)),
        ("gh", Engine::Prefixed(Layout::Gh)),
        ("text", Engine::Plain { is_timed: true }),
        ("plain", Engine::Plain { is_timed: false }),
    ];
    formats.extend(others.into_iter().map(|(name, engine)| Format::new(name, engine)));
    formats
});

/// All of them, in the order in which they are detected.
pub(super) fn all() -> &'static [Format] {
    &FORMATS
}

/// The one with this name or alias.
pub(super) fn find(name: &str) -> Option<&'static Format> {
    let alias = ROWS.iter().find(|row| row.aliases.contains(&name)).map(|row| row.name);
    let alias = alias.or_else(|| ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, name)| *name));
    let name = alias.unwrap_or(name);
    all().iter().find(|format| format.name() == name)
}
