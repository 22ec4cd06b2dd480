//! Formats of the user's own: `[[frereth.formats]]`, by a regular expression with named groups or by the names of JSON fields.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::log::format::{DefinitionError, Format};

/// A format as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    name: Spanned<String>,
    regex: Option<Spanned<String>>,
    json: Option<Spanned<BTreeMap<String, String>>>,
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
