//! The command line, as clap reads it. Its help is the manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::config::{Listen, check_log};

/// Opens logs in a browser: files of any size, pipes, a whole system's at once.
///
/// Names the logs to open; `-` is standard input. Without a PATH it opens the system's own logs that it may read.
/// The page is served on http://localhost:3000, a browser is opened on it, and a one-time link that logs in is printed.
#[derive(Debug, Parser)]
#[command(name = "frereth", version, max_term_width = 100, after_long_help = EXAMPLES)]
pub struct Cli {
    /// What to do instead of opening logs.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// What holds for every command.
    #[command(flatten)]
    pub options: Options,

    /// How to begin.
    #[command(flatten)]
    pub opening: Opening,

    /// The logs to open; `-` is standard input. A file called like a command needs `./` before it
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  frereth app.log worker*.log       open these logs
  journalctl -f | frereth -         open what another program prints
  frereth demo                      open a simulated system of five nodes
  frereth link                      print a new one-time link for the server that runs
  frereth user add ann              let somebody in by password

Exit status: 0 after a clean end, 2 when it could not start (standard error says why).";

/// What holds for every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// Where to listen: `localhost:PORT`, `PORT`, or `ADDRESS:PORT`; port 0 picks a free one [default: localhost:3000]
    ///
    /// Other machines are let in only behind a TLS proxy whose origin the configuration names in `public_origins`.
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub listen: Option<Listen>,

    /// Where keys, users and logins are kept [default: $XDG_STATE_HOME/frereth/<listen address>]
    ///
    /// One server at a time holds it. It is readable by its owner only.
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,

    /// How much the server says about itself on standard error: off, error, warn, info, debug or trace [default: info]
    ///
    /// A list like `warn,frereth=debug` sets it per module; `info` is the most that the libraries for files and sockets say,
    /// and that anything says while standard error is one of the logs shown.
    #[arg(long, value_name = "LEVEL", global = true, value_parser = |text: &str| check_log(text).map(|()| text.to_owned()))]
    pub log: Option<String>,

    /// Read settings from this file; the tree's Leptos.toml documents every one
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// How to begin.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Opening {
    /// Do not open a browser
    #[arg(long)]
    pub no_open: bool,

    /// Print the one-time link alone on the first line of standard output, for scripts
    #[arg(long)]
    pub print_link: bool,
}

/// What to do instead of opening logs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the logs named here or in the configuration, without opening a browser: for services
    Serve {
        /// The logs to open; `-` is standard input. Without any, those of the configuration, or else the system's
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// How to begin.
        #[command(flatten)]
        opening: Opening,
    },
    /// Open a simulated system: five nodes with skewed clocks that pass messages
    Demo {
        /// How to begin.
        #[command(flatten)]
        opening: Opening,
    },
    /// Add, change, list or remove the users who log in by password
    User {
        /// What to do with users.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Print a new one-time link: it logs in once, within ten minutes
    Link,
}

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user. The password is asked for, or read from standard input when that is no terminal
    Add {
        /// The user's name
        name: String,
    },
    /// Change a user's password and end their logins
    Passwd {
        /// The user's name
        name: String,
    },
    /// List all users
    List,
    /// Remove a user and end their logins
    Remove {
        /// The user's name
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn paths_options_and_commands_read_as_documented() {
        let cli = Cli::try_parse_from(["frereth", "--no-open", "--listen", "4000", "a.log", "-"]).expect("a good line");
        assert_eq!(cli.paths, [PathBuf::from("a.log"), PathBuf::from("-")]);
        assert_eq!(cli.options.listen, Some(Listen::Localhost { port: 4000 }));
        assert!(cli.opening.no_open);
        let cli = Cli::try_parse_from(["frereth", "link", "--data", "d"]).expect("a good line");
        assert!(matches!(cli.command, Some(Command::Link)));
        assert_eq!(cli.options.data, Some(PathBuf::from("d")));
        let cli = Cli::try_parse_from(["frereth", "./link"]).expect("a good line");
        assert!(cli.command.is_none());
        assert!(Cli::try_parse_from(["frereth", "--log", "loud"]).is_err());
        assert!(Cli::try_parse_from(["frereth", "user", "add"]).is_err());
    }
}
