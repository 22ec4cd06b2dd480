//! From the command line to what it means: settings overlaid, log switched on, then a server or an order.

use std::fmt;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::order;
use super::start::{self, What};
use crate::server::cli::{Cli, Command, Opening, Options};
use crate::server::config::{Config, File};

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
pub fn run(cli: Cli) -> Result<(), StartError> {
    let config = settings(&cli.options)?;
    // Whoever gives an order wants its answer, not the story of the store that was opened for it.
    let log = match &cli.command {
        Some(Command::Link | Command::User { .. }) if cli.options.log.is_none() => "warn",
        _ => &config.log,
    };
    begin_log(log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::of)?;
    let done = runtime.block_on(choose(cli.command, cli.opening, cli.paths, config));
    runtime.shutdown_timeout(THREADS_END);
    done
}

async fn choose(
    command: Option<Command>,
    opening: Opening,
    paths: Vec<PathBuf>,
    config: Config,
) -> Result<(), StartError> {
    if command.is_some() && !paths.is_empty() {
        return Err(StartError(format!(
            "both a path (`{}`) and a command were given: a file called like a command needs `./` before it",
            paths[0].display()
        )));
    }
    let both = |other: Opening| Opening {
        no_open: opening.no_open || other.no_open,
        print_link: opening.print_link || other.print_link,
    };
    match command {
        None => start::serve(config, What::Logs(paths), opening).await,
        Some(Command::Serve { paths, opening }) => {
            start::serve(config, What::Logs(paths), Opening { no_open: true, ..both(opening) }).await
        }
        Some(Command::Demo { opening }) => start::serve(config, What::Demo, both(opening)).await,
        Some(Command::User { command }) => order::user(&config, command).await,
        Some(Command::Link) => order::link(&config).await,
    }
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

fn begin_log(filter: &str) {
    let targets: Targets = filter.parse().expect("the filter was checked when it was read");
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_terminal).with_target(false);
    // Fails only where somebody has a log already, as a test may.
    let _ = tracing_subscriber::registry().with(lines).with(targets).try_init();
}
