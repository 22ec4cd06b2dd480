//! Formats of the user's own: `[[frereth.formats]]`, by a regular expression with named groups or by the names of JSON fields;
//! and which sources have which format: `[[frereth.source_formats]]`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use crate::log::format::{DefinitionError, Format};
use crate::server::sources::Forced;

/// A format as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    name: Spanned<String>,
    regex: Option<Spanned<String>>,
    json: Option<Spanned<BTreeMap<String, String>>>,
}

/// A source's format as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Force {
    source: Spanned<String>,
    format: Spanned<String>,
}

/// What is wrong, and where in the file.
pub(super) type Fault = (Range<usize>, String);

/// The formats that are defined, in their order.
///
/// # Errors
/// The first fault.
pub(super) fn formats(definitions: &[Definition]) -> Result<Vec<Format>, Fault> {
    let mut formats: Vec<Format> = Vec::with_capacity(definitions.len());
    for definition in definitions {
        let format = definition.format()?;
        if formats.iter().any(|before| before.name() == format.name()) {
            let what = format!("there are two formats called {}, expected one of each name", format.name());
            return Err((definition.name.span(), what));
        }
        formats.push(format);
    }
    Ok(formats)
}

/// Which sources have which format, in the order in which they are asked; relative paths are made whole by `beside`.
///
/// # Errors
/// The first fault.
pub(super) fn forced(
    forces: &[Force],
    own: &[Format],
    beside: impl Fn(PathBuf) -> PathBuf,
) -> Result<Vec<Forced>, Fault> {
    let each = forces.iter().map(|force| {
        let found = Format::find(force.format.get_ref(), own);
        let format = found.map_err(|what| (force.format.span(), what))?;
        let source = force.source.get_ref();
        if source.is_empty() {
            return Err((force.source.span(), "expected a source: its name, its path or a part of them with *".into()));
        }
        // A name stays one; what has a folder in it is a path.
        let is_path = source.contains('/') && !source.starts_with('*');
        let source = if is_path { beside(source.into()).to_string_lossy().into_owned() } else { source.clone() };
        Ok(Forced { source, format })
    });
    each.collect()
}

impl Definition {
    fn format(&self) -> Result<Format, Fault> {
        let name = self.name.get_ref();
        let (made, span) = match (&self.regex, &self.json) {
            (Some(regex), None) => (Format::from_regex(name, regex.get_ref()), regex.span()),
            (None, Some(json)) => {
                let names: Vec<_> = json.get_ref().iter().map(|(role, path)| (role.as_str(), path.as_str())).collect();
                (Format::from_json_names(name, &names), json.span())
            }
            _ => {
                let what = format!("the format {name} has to say either `regex` or `json`, and not both");
                return Err((self.name.span(), what));
            }
        };
        made.map_err(|error| match error {
            DefinitionError::BadName { .. } | DefinitionError::NameTaken { .. } => {
                (self.name.span(), error.to_string())
            }
            // The parser draws the place over several lines; the last one says what is wrong.
            DefinitionError::BadPattern { reason } => {
                let last = reason.lines().last().unwrap_or_default();
                let reason = last.strip_prefix("error: ").unwrap_or(last).to_owned();
                (span, DefinitionError::BadPattern { reason }.to_string())
            }
            other => (span, other.to_string()),
        })
    }
}
