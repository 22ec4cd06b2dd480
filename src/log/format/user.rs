//! Formats that a user defines: a regular expression with named groups, or the names of JSON fields.

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};

use crate::log::entry::{Entry, Fields, Value};
use crate::log::text::Text;
use crate::log::time::Clockwork;

use super::colours;
use super::format::first_line;
use super::pairs::typed;
use super::roles::{Found, Ranked, Role, Scale, of_root};

/// Why a definition is no format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionError {
    /// The name is empty, or holds something else than letters, digits, `-`, `_` and `.`.
    BadName {
        /// The name.
        given: String,
    },
    /// A format with this name is built in.
    NameTaken {
        /// The name.
        given: String,
    },
    /// The regular expression does not compile, or is too big.
    BadPattern {
        /// What is wrong, and where.
        reason: String,
    },
    /// The regular expression has no named group.
    NoGroups,
    /// A role that no entry has.
    UnknownRole {
        /// What was given for one.
        given: String,
    },
    /// No role was given a field.
    NoRoles,
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName { given } => {
                write!(f, "{given:?} is no name for a format: use letters, digits, `-`, `_` and `.`")
            }
            Self::NameTaken { given } => write!(f, "a format called {given} is built in"),
            Self::BadPattern { reason } => write!(f, "the regular expression does not compile: {reason}"),
            Self::NoGroups => f.write_str("the regular expression has no named group, such as (?<message>.*)"),
            Self::UnknownRole { given } => {
                write!(f, "{given:?} is no role: expected one of {}", ROLES.map(|(name, _)| name).join(", "))
            }
            Self::NoRoles => {
                f.write_str("no field is named: say at least which one is the time, the level or the message")
            }
        }
    }
}

impl std::error::Error for DefinitionError {}

/// The roles that a definition can give a JSON field.
const ROLES: [(&str, Role); 6] = [
    ("time", Role::Time),
    ("level", Role::Level(Scale::Any)),
    ("message", Role::Message),
    ("trace", Role::Trace),
    ("lamport", Role::Lamport),
    ("vclock", Role::Vector),
];

/// The most memory that a compiled regular expression may take.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// A format by a regular expression.
#[derive(Clone, Debug)]
pub(super) struct ByRegex {
    regex: Regex,
    /// The name and role of each named group, by its number.
    groups: Vec<(usize, String, Option<Ranked>)>,
}

impl ByRegex {
    pub(super) fn new(pattern: &str) -> Result<Self, DefinitionError> {
        let mut builder = RegexBuilder::new(pattern);
        // Bytes are matched, not characters: logs hold both, and Unicode's tables are big.
        builder.unicode(false).size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX);
        let regex = builder.build().map_err(|error| DefinitionError::BadPattern { reason: error.to_string() })?;
        let names = regex.capture_names().enumerate();
        let groups: Vec<_> = names
            .filter_map(|(number, name)| name.map(|name| (number, name.to_string(), of_root(name.as_bytes()))))
            .collect();
        if groups.is_empty() { Err(DefinitionError::NoGroups) } else { Ok(Self { regex, groups }) }
    }

    pub(super) const fn has_time(&self) -> bool {
        let mut at = 0;
        while at < self.groups.len() {
            if let Some((Role::Time, _)) = self.groups.as_slice()[at].2 {
                return true;
            }
            at += 1;
        }
        false
    }

    pub(super) fn is_match(&self, line: &[u8]) -> bool {
        self.regex.is_match(line)
    }

    /// Adds the groups that took part.
    pub(super) fn parse<'a>(&'a self, entry: &mut Entry<'a>, clockwork: &mut Clockwork) -> Option<()> {
        // The expression speaks of one line; a message that goes on to its end goes on over the lines that continue it.
        let raw = colours::bare(entry.raw);
        let line = first_line(raw);
        let mut places = self.regex.capture_locations();
        self.regex.captures_read(&mut places, line)?;
        let mut found = Found::default();
        for (number, name, role) in &self.groups {
            let Some((start, end)) = places.get(*number) else { continue };
            let value = match role {
                Some((Role::Message, _)) => {
                    let end = if end == line.len() { raw.len() } else { end };
                    Value::Text(Text::plain(&raw[start..end]))
                }
                _ => typed(&raw[start..end]),
            };
            let index = entry.fields.len();
            entry.fields.push(Text::plain(name.as_bytes()), value);
            if let Some(role) = role {
                found.note(*role, &value, index);
            }
        }
        found.apply(entry, clockwork);
        Some(())
    }
}

/// A format by the names of JSON fields.
#[derive(Clone, Debug)]
pub(super) struct ByNames {
    roles: Vec<(Role, String)>,
}

impl ByNames {
    pub(super) fn new(names: &[(&str, &str)]) -> Result<Self, DefinitionError> {
        let role = |(role, path): &(&str, &str)| {
            let known = ROLES.iter().find(|(name, _)| name == role);
            known
                .map(|(_, role)| (*role, (*path).to_string()))
                .ok_or_else(|| DefinitionError::UnknownRole { given: (*role).to_string() })
        };
        let roles = names.iter().map(role).collect::<Result<Vec<_>, _>>()?;
        if roles.is_empty() { Err(DefinitionError::NoRoles) } else { Ok(Self { roles }) }
    }

    /// Whether all the fields that the definition names are there.
    pub(super) fn are_in(&self, fields: &Fields<'_>) -> bool {
        self.roles.iter().all(|(_, path)| fields.get(path).is_some())
    }

    /// Notes the fields at the paths that were given, before what any other name would say.
    pub(super) fn note<'a>(&self, fields: &Fields<'a>) -> Found<'a> {
        let mut found = Found::default();
        for (role, path) in &self.roles {
            if let Some(field) = fields.get(path) {
                let index = fields.as_slice().iter().position(|other| std::ptr::eq(other, field)).unwrap_or_default();
                found.note((*role, 0), &field.value, index as u32);
            }
        }
        found
    }
}

/// Whether a format may be called so.
pub(super) fn check_name(name: &str) -> Result<(), DefinitionError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(fits) {
        return Err(DefinitionError::BadName { given: name.to_string() });
    }
    Ok(())
}
