//! From the command line to what it means: settings overlaid, log switched on, then a server or an order.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::start::{self, What};
use super::{log, order, tool};
use crate::server::cli::{Cli, Command, Opening, Options, ServerCommand, UserCommand};
use crate::server::config::{Config, File};
use crate::server::sources;

/// How long the runtime may take to end its threads; one that reads a terminal may never end.
const THREADS_END: Duration = Duration::from_millis(100);

/// Why nothing was started: one line for the person who tried.
#[derive(Debug)]
pub struct StartError(pub String);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl StartError {
    pub(super) fn of(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Does what the command line says, until it is done or told to stop.
///
/// # Errors
/// [`StartError`]; then nothing has been started and nothing printed.
pub fn run(cli: Cli) -> Result<ExitCode, StartError> {
    let config = settings(&cli.options)?;
    let command = match cli.command {
        Some(Command::Tool(_)) if !cli.paths.is_empty() => return Err(both(&cli.paths)),
        Some(Command::Tool(tool)) => return tool::run(tool, config.reading()),
        Some(Command::Server(command)) => Some(command),
        None => None,
    };
    // Whoever gives an order wants its answer, not the story of the store that was opened for it.
    let deed = choose(command, cli.opening, cli.paths, &config)?;
    let filter = match &deed {
        Deed::Link | Deed::User(_) if cli.options.log.is_none() => "warn",
        _ => &config.log,
    };
    let shown = if let Deed::Serve(What::Logs(paths), _) = &deed { paths.as_slice() } else { &[] };
    log::begin(filter, shown);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::of)?;
    let done = runtime.block_on(async {
        match deed {
            Deed::Serve(what, opening) => start::serve(config, what, opening).await,
            Deed::User(command) => order::user(&config, command).await,
            Deed::Link => order::link(&config).await,
        }
    });
    runtime.shutdown_timeout(THREADS_END);
    done.map(|()| ExitCode::SUCCESS)
}

/// What is to be done.
enum Deed {
    Serve(What, Opening),
    User(UserCommand),
    Link,
}

fn choose(
    command: Option<ServerCommand>,
    opening: Opening,
    paths: Vec<PathBuf>,
    config: &Config,
) -> Result<Deed, StartError> {
    if command.is_some() && !paths.is_empty() {
        return Err(both(&paths));
    }
    let merged = |other: Opening| Opening {
        no_open: opening.no_open || other.no_open,
        print_link: opening.print_link || other.print_link,
    };
    Ok(match command {
        None => Deed::Serve(logs(paths, config), opening),
        Some(ServerCommand::Serve { paths, opening }) => {
            Deed::Serve(logs(paths, config), Opening { no_open: true, ..merged(opening) })
        }
        Some(ServerCommand::Demo { opening }) => Deed::Serve(What::Demo, merged(opening)),
        Some(ServerCommand::User { command }) => Deed::User(command),
        Some(ServerCommand::Link) => Deed::Link,
    })
}

fn both(paths: &[PathBuf]) -> StartError {
    let path = paths[0].display();
    StartError(format!(
        "both a path (`{path}`) and a command were given: a file called like a command needs `./` before it"
    ))
}

/// The logs that were named; without any, those of the configuration, and without those the system's own.
fn logs(named: Vec<PathBuf>, config: &Config) -> What {
    What::Logs(match (named.is_empty(), config.sources.is_empty()) {
        (false, _) => named,
        (true, false) => config.sources.clone(),
        (true, true) => sources::system_logs(),
    })
}

/// The settings: defaults, then the file, then cargo-leptos's environment, then the command line.
fn settings(options: &Options) -> Result<Config, StartError> {
    let mut config = match &options.config {
        Some(path) => File::read(path).map_err(StartError::of)?,
        None => Config::default(),
    };
    config.overlay_environment(|name| std::env::var(name).ok()).map_err(StartError)?;
    if let Some(listen) = options.listen {
        config.listen = listen;
    }
    if let Some(data) = &options.data {
        config.data = Some(data.clone());
    }
    if let Some(log) = &options.log {
        config.log.clone_from(log);
    }
    Ok(config)
}
