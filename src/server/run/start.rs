//! The start and the end of a server. Everything that can fail is tried before anything is printed or served.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use leptos::config::{Env, LeptosOptions};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::browser;
use super::choose::StartError;
use crate::server::assets::Assets;
use crate::server::cli::Opening;
use crate::server::clock::{Clock, SystemClock};
use crate::server::commands::CommandList;
use crate::server::config::{Config, Environment, Listen, Site};
use crate::server::control::{Control, Steward};
use crate::server::index::Cache;
use crate::server::listener;
use crate::server::login::{LoginStore, Logins, SessionDirectory};
use crate::server::origin::Origins;
use crate::server::router::router;
use crate::server::sessions::{Caps, Hub, Shared};
use crate::server::sources::{self, Bounds, Sources};
use crate::server::state::{BUILD, State};
use crate::server::store::{DataDir, Embedded, LoginSecrets as _, SpentTickets};
use crate::server::viewer::Viewer;

/// How often logins are noted as used, written back and pruned.
const TEND: Duration = Duration::from_secs(20);
/// What the pages are told when the server ends.
const STOPPED: &str = "the server was stopped";

/// What a server shows.
#[derive(Debug)]
pub enum What {
    /// These logs.
    Logs(Vec<PathBuf>),
    /// The simulated system.
    Demo,
}

/// Serves until a signal says to stop.
///
/// # Errors
/// [`StartError`]; then nothing has been printed and nothing is left running.
pub async fn serve(config: Config, what: What, opening: Opening) -> Result<(), StartError> {
    // The signals first: whoever stops us while we start is heard too.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::of)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::of)?;
    // Whether others may reach us at all does not depend on the port, so it is known before one is taken.
    Origins::of(config.listen, &config.public_origins).map_err(StartError::of)?;
    let (listeners, listen) = listener::bind(config.listen)
        .await
        .map_err(|error| StartError(format!("cannot listen at {}: {}", config.listen, in_words(&error))))?;
    let sources = open(&config, what)?;
    let house = House::take(config, listen).await?;
    let control = Control::bind(&DataDir::control_path(house.directory.path())).map_err(|error| {
        StartError(format!("the control socket in {} failed: {error}", house.directory.path().display()))
    })?;

    let state = Arc::new(house.state(sources)?);
    let control = tokio::spawn(control.serve(house.steward(&state)));
    let tending = tokio::spawn(tend(house.logins.clone(), state.sessions.clone()));
    let serving = tokio::spawn(listener::serve(listeners, router(state.clone()), state.stopping()));

    let link = house.logins.new_link().await.map_err(StartError::of)?;
    announce(&state, &link, opening);
    let page = if opening.no_open { None } else { browser::open(house.directory.path(), &link) };

    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    state.stop.send_replace(Some(STOPPED.to_owned()));
    state.hub.stop(STOPPED).await;
    // Ends by itself, in time: what is still open then is cut off.
    let _ = serving.await;
    control.abort();
    tending.abort();
    house.tickets.flush().await;
    if let Err(error) = house.logins.tend().await {
        tracing::error!(%error, "when logins were last used is not written");
    }
    drop(page);
    // The task owns the socket's file; it is removed once the task is gone.
    let _ = control.await;
    Ok(())
}

/// What a server is made of besides its sources and sockets.
struct House {
    config: Arc<Config>,
    origins: Origins,
    directory: DataDir,
    clock: Arc<dyn Clock>,
    store: Arc<Embedded>,
    logins: Arc<Logins>,
    tickets: Arc<SpentTickets>,
    ticket_key: zeroize::Zeroizing<[u8; 32]>,
}

impl House {
    async fn take(config: Config, listen: Listen) -> Result<Self, StartError> {
        let config = Config { listen, ..config };
        let (directory, store, origins) = open_store(&config)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let keys = store.keys().await.map_err(StartError::of)?;
        let logins = open_logins(&config, &store, &keys, &origins, &clock).await?;
        let tickets = SpentTickets::open(store.clone(), clock.clone()).await.map_err(StartError::of)?;
        Ok(Self {
            config: Arc::new(config),
            origins,
            directory,
            clock,
            store,
            logins,
            tickets: Arc::new(tickets),
            ticket_key: keys.ticket_key,
        })
    }

    fn state(&self, sources: Sources) -> Result<State, StartError> {
        let commands = CommandList::built_in()
            .map_err(|error| StartError(format!("the log viewer's module is not acceptable: {error}")))?;
        let viewer = match Cache::of_user() {
            Some(cache) => Viewer::keeping_indexes(sources.clone(), cache),
            None => Viewer::new(sources.clone()),
        };
        viewer.index_all();
        let limits = &self.config.limits;
        let hub = Hub::new(Shared {
            clock: self.clock.clone(),
            tickets: self.tickets.clone(),
            ticket_key: *self.ticket_key,
            build: BUILD,
            timing: self.config.timing(),
            commands,
            viewer,
            caps: Caps::new(limits.sockets_per_address, limits.sockets_per_user),
        });
        Ok(State {
            config: self.config.clone(),
            leptos: leptos_options(&self.config.site),
            origins: self.origins.clone(),
            clock: self.clock.clone(),
            logins: self.logins.clone(),
            memories: self.store.clone(),
            tickets: self.tickets.clone(),
            ticket_key: self.ticket_key.clone(),
            assets: Assets::choose(std::env::var_os("LEPTOS_SITE_ROOT")),
            sources,
            sessions: hub.clone(),
            hub,
            stop: watch::Sender::new(None),
        })
    }

    fn steward(&self, state: &State) -> Steward {
        Steward {
            logins: self.logins.clone(),
            users: self.store.clone(),
            sessions: state.sessions.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// Takes the data directory and opens its store.
///
/// # Errors
/// [`StartError`].
pub(super) fn open_store(config: &Config) -> Result<(DataDir, Arc<Embedded>, Origins), StartError> {
    let origins = Origins::of(config.listen, &config.public_origins).map_err(StartError::of)?;
    let directory = DataDir::take(&data_path(config)?).map_err(StartError::of)?;
    let store = Embedded::open(&directory.store_path()).map_err(StartError::of)?;
    Ok((directory, Arc::new(store), origins))
}

/// Where the data of a server with these settings is.
///
/// # Errors
/// [`StartError`].
pub(super) fn data_path(config: &Config) -> Result<PathBuf, StartError> {
    match &config.data {
        Some(path) => Ok(path.clone()),
        None => DataDir::default_path(config.listen).map_err(StartError::of),
    }
}

/// The logins in a store.
///
/// # Errors
/// [`StartError`].
pub(super) async fn open_logins(
    config: &Config,
    store: &Arc<Embedded>,
    keys: &crate::server::store::Keys,
    origins: &Origins,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<Logins>, StartError> {
    let kept = LoginStore { users: store.clone(), logins: store.clone(), links: store.clone() };
    Logins::open(keys, config.login.clone(), &config.limits, origins.clone(), clock.clone(), kept)
        .await
        .map(Arc::new)
        .map_err(StartError::of)
}

fn open(config: &Config, what: What) -> Result<Sources, StartError> {
    let paths = match what {
        What::Demo => return Ok(sources::demo::start()),
        What::Logs(paths) => paths,
    };
    if paths.is_empty() {
        return Err(StartError(
            "there is no system log that may be read here: name the logs to open, or try `frereth demo`".to_owned(),
        ));
    }
    let ring_bytes = usize::try_from(config.ring_bytes).unwrap_or(usize::MAX);
    let bounds = Bounds { ring_bytes, unpacked_bytes: config.unpacked_bytes };
    sources::open_paths(&paths, bounds, &config.reading())
        .map_err(|error| StartError(error.to_string().replace('\n', "; ")))
}

fn announce(state: &State, link: &str, opening: Opening) {
    if opening.print_link {
        // Whoever closed the other end did not want it.
        let _ = writeln!(std::io::stdout(), "{link}").and_then(|()| std::io::stdout().flush());
    }
    let minutes = state.config.login.link_minutes;
    eprintln!("Frereth listens on {}", state.origins.first());
    eprintln!("Log in once, within {minutes} minutes: {link}");
    eprintln!("Ctrl-C stops it; `{}` prints a new link.", link_command(&state.config));
}

/// The command that reaches the store of a server with these settings.
fn link_command(config: &Config) -> String {
    match &config.data {
        Some(data) => {
            let data = std::path::absolute(data).unwrap_or_else(|_| data.clone());
            format!("frereth link --data {}", quoted(&data.to_string_lossy()))
        }
        None if config.listen.directory_name() == Listen::default().directory_name() => "frereth link".to_owned(),
        None => format!("frereth link --listen {}", quoted(&config.listen.to_string())),
    }
}

/// A word as a shell reads it: in quotes where it would read it differently.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

async fn tend(logins: Arc<Logins>, sessions: Arc<dyn SessionDirectory>) {
    let mut ticks = tokio::time::interval(TEND);
    loop {
        ticks.tick().await;
        logins.keep(&*sessions);
        if let Err(error) = logins.tend().await {
            tracing::error!(%error, "logins could not be written back");
        }
    }
}

fn leptos_options(site: &Site) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name(site.output_name.as_str())
        .site_root(site.site_root.as_str())
        .site_pkg_dir(site.site_pkg_dir.as_str())
        .reload_port(site.reload_port)
        .env(match site.env {
            Environment::Dev => Env::DEV,
            Environment::Prod => Env::PROD,
        })
        .build()
}

/// The system's words for the two failures that everybody meets.
fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "the port is in use, choose another with --listen".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this port needs more rights, choose one above 1023".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_is_named_reaches_the_store_of_this_server() {
        let named = |listen: &str, data: Option<&str>| {
            let listen = listen.parse().expect("an address");
            link_command(&Config { listen, data: data.map(PathBuf::from), ..Config::default() })
        };
        assert_eq!(named("3000", None), "frereth link");
        assert_eq!(named("127.0.0.1:3000", None), "frereth link");
        assert_eq!(named("7031", None), "frereth link --listen localhost:7031");
        assert_eq!(named("[::1]:80", None), "frereth link --listen '[::1]:80'");
        assert_eq!(named("7031", Some("/var/lib/frereth")), "frereth link --data /var/lib/frereth");
        assert_eq!(named("3000", Some("/home/ann's logs")), r"frereth link --data '/home/ann'\''s logs'");
        let here = std::env::current_dir().expect("a folder").join("state");
        assert_eq!(named("3000", Some("state")), format!("frereth link --data {}", quoted(&here.to_string_lossy())));
    }
}
