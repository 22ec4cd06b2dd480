//! The commands for scripts: from the command line to the work, and from its end to an exit status as grep's.

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use super::choose::StartError;
use crate::server::cli::{self, Form, Logs, Tool};
use crate::server::sources::Formats;
use crate::server::tools::{
    Asked, Cat, Hist, PatternsAsked, SummaryAsked, ToolError, cat, formats, hist, index, patterns, summary,
};

/// Bytes that are written at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Does what was asked. Status 0 where entries were found, 1 where none were.
///
/// # Errors
/// [`StartError`]: a log cannot be read, the question makes no sense, the answer cannot be written.
pub fn run(tool: Tool, found: Formats) -> Result<ExitCode, StartError> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    let done = match tool {
        Tool::Cat { asked, limit, reverse, count, output } => {
            cat(&from_line(asked, found), Cat { output, limit, reverse, count }, &mut out)
        }
        Tool::Formats { logs, paths } => formats(&reading(paths, String::new(), logs, found), &mut out).map(|()| 1),
        Tool::Index { logs, paths } => index(&reading(paths, String::new(), logs, found), &mut out),
        Tool::Patterns { asked, assign, output } => {
            let wanted = PatternsAsked { is_json: output == Form::Jsonl, assign };
            patterns(&from_line(asked, found), wanted, &mut out)
        }
        Tool::Hist { asked, buckets, output } => {
            let wanted = Hist { buckets: buckets as usize, is_json: output == Form::Jsonl };
            hist(&from_line(asked, found), wanted, &mut out)
        }
        Tool::Summary { asked, top, buckets, output } => {
            let (buckets, top) = (buckets as usize, top as usize);
            summary(&from_line(asked, found), SummaryAsked { buckets, top, is_json: output == Form::Jsonl }, &mut out)
        }
    };
    match done.and_then(|found| Ok(out.flush().map(|()| found)?)) {
        Ok(0) => Ok(ExitCode::from(1)),
        Ok(_) => Ok(ExitCode::SUCCESS),
        // Whoever read the answer has seen enough.
        Err(ToolError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(StartError::of(error)),
    }
}

fn from_line(asked: cli::Asked, found: Formats) -> Asked {
    reading(asked.paths, asked.query, asked.logs, found)
}

fn reading(paths: Vec<PathBuf>, query: String, logs: Logs, found: Formats) -> Asked {
    Asked { paths, query, format: logs.format, formats: Formats { zone: logs.tz.unwrap_or(found.zone), ..found } }
}
