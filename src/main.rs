//! The command line: parse, then call.

use std::process::ExitCode;

use clap::Parser as _;
use frereth::server::cli::Cli;

fn main() -> ExitCode {
    match frereth::server::run::run(Cli::parse()) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("frereth: {error}");
            ExitCode::from(2)
        }
    }
}
