//! `frereth link` and `frereth user`: orders to the server that runs, or to the store when none does.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use super::choose::StartError;
use super::start::{data_path, open_logins, open_store};
use crate::server::cli::UserCommand;
use crate::server::clock::{Clock, SystemClock};
use crate::server::config::Config;
use crate::server::control::{self, Order, Reply, Secret, Steward};
use crate::server::login::NoSessions;
use crate::server::store::{DataDir, LoginSecrets as _};

/// Prints a new one-time link.
///
/// # Errors
/// [`StartError`].
pub async fn link(config: &Config) -> Result<(), StartError> {
    give(config, Order::Link).await
}

/// Does something to users.
///
/// # Errors
/// [`StartError`].
pub async fn user(config: &Config, command: UserCommand) -> Result<(), StartError> {
    let order = match command {
        UserCommand::Add { name } => Order::UserAdd { password: read_password(&name)?, name },
        UserCommand::Passwd { name } => Order::UserPasswd { password: read_password(&name)?, name },
        UserCommand::List => Order::UserList,
        UserCommand::Remove { name } => Order::UserRemove { name },
    };
    give(config, order).await
}

async fn give(config: &Config, order: Order) -> Result<(), StartError> {
    let socket = DataDir::control_path(&data_path(config)?);
    let asked = control::ask(&socket, &order)
        .await
        .map_err(|error| StartError(format!("the server behind {} does not answer: {error}", socket.display())))?;
    let reply = match asked {
        Some(reply) => reply,
        None => by_ourselves(config, order).await?,
    };
    match reply {
        Reply::Done(lines) => {
            let mut out = std::io::stdout().lock();
            // Whoever closed the other end has read enough.
            lines.iter().take_while(|line| writeln!(out, "{line}").is_ok()).for_each(drop);
            Ok(())
        }
        Reply::Refused(why) => Err(StartError(why)),
    }
}

/// No server runs: we hold the store for the moment that the order takes.
async fn by_ourselves(config: &Config, order: Order) -> Result<Reply, StartError> {
    let (directory, store, origins) = open_store(config)?;
    if matches!(order, Order::Link) {
        eprintln!(
            "No server runs on {}: the link is for one that is started there within {} minutes and listens on {}.",
            directory.path().display(),
            config.login.link_minutes,
            origins.first()
        );
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let keys = store.keys().await.map_err(StartError::of)?;
    let logins = open_logins(config, &store, &keys, &origins, &clock).await?;
    let steward = Steward { logins, users: store, sessions: Arc::new(NoSessions), clock };
    Ok(steward.carry_out(order).await)
}

/// A new password: asked for twice at a terminal, one line of standard input otherwise. Never an argument.
fn read_password(name: &str) -> Result<Secret, StartError> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(StartError::of)?;
        let length = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(length);
        return Ok(Secret(line));
    }
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map(Secret).map_err(StartError::of);
    let first = ask(&format!("New password for {name}: "))?;
    let again = ask("The same again: ")?;
    if first.0 == again.0 { Ok(first) } else { Err(StartError("the two passwords differ".to_owned())) }
}
