//! The command line, as clap reads it. Its help is the manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::tz::TimeZone;

use super::config::{Listen, check_log};
use super::tools::{self, Output};

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
  frereth cat -q 'level>=warn' *.log   what matters, merged, on standard output

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
    /// What needs a server, or the store of one.
    #[command(flatten)]
    Server(ServerCommand),
    /// What answers on standard output, without a server.
    #[command(flatten)]
    Tool(Tool),
}

/// What needs a server, or the store of one.
#[derive(Debug, Subcommand)]
pub enum ServerCommand {
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

/// What answers on standard output, without a server.
#[derive(Debug, Subcommand)]
pub enum Tool {
    /// Write the entries of logs to standard output: merged in causal order, filtered
    ///
    /// Exit status: 0 when there were entries, 1 when there were none, 2 when something went wrong: what
    /// can be read is answered all the same.
    Cat {
        /// The question and the logs.
        #[command(flatten)]
        asked: Asked,
        /// Write at most so many entries
        #[arg(short = 'n', long, value_name = "LIMIT")]
        limit: Option<u64>,
        /// Write the last entry first
        #[arg(long)]
        reverse: bool,
        /// Write only how many entries there are
        #[arg(long)]
        count: bool,
        /// The form of the entries
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Say which format each log has, why, how its first entry is read, and where another begins; without a PATH, list the
    /// formats, those of the configuration last
    Formats {
        /// How to read the logs.
        #[command(flatten)]
        logs: Logs,
        /// The logs; `-` is standard input
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Read logs once, so that questions for times and levels need not read all of them again
    ///
    /// An index is kept in $XDG_CACHE_HOME/frereth/index and used as long as the log only grows. The server makes its own.
    /// A packed log, a pipe and standard input can have none; which those are is said.
    ///
    /// Exit status: 0 when a log has an index now, 1 when none can have one, 2 when something went wrong; the
    /// other logs have theirs then all the same.
    Index {
        /// How to read the logs.
        #[command(flatten)]
        logs: Logs,
        /// The logs, plain files
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
    /// Group entries by the template of their message, the most frequent first
    ///
    /// Exit status: 0 when there were entries, 1 when there were none, 2 when something went wrong; what could be read is
    /// answered all the same.
    Patterns {
        /// The question and the logs.
        #[command(flatten)]
        asked: Asked,
        /// Write instead one JSON object per entry: source, seq and the id of its pattern
        #[arg(long)]
        assign: bool,
        /// The form of the answer
        #[arg(long, value_enum, default_value_t)]
        output: Form,
    },
    /// Count entries over time, by level
    ///
    /// Exit status: 0 when there were entries, 1 when there were none, 2 when something went wrong; what could be read is
    /// answered all the same.
    Hist {
        /// The question and the logs.
        #[command(flatten)]
        asked: Asked,
        /// Into how many equal stretches to cut the time from the first to the last entry
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        buckets: u32,
        /// The form of the answer
        #[arg(long, value_enum, default_value_t)]
        output: Form,
    },
    /// Sum entries up: levels, times, what each field holds, which messages there are
    ///
    /// Counts of what is different too often say by how much they may be too small. Exit status: 0 when there were entries,
    /// 1 when there were none, 2 when something went wrong.
    Summary {
        /// The question and the logs.
        #[command(flatten)]
        asked: Asked,
        /// How many values of each field, and how many patterns, to write
        #[arg(long, value_name = "N", default_value_t = 10)]
        top: u32,
        /// Into how many stretches of time to count at most; they begin at whole minutes, hours and the like
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        buckets: u32,
        /// The form of the answer
        #[arg(long, value_enum, default_value_t)]
        output: Form,
    },
}

/// Which entries of which logs.
#[derive(Clone, Debug, Args)]
pub struct Asked {
    /// The logs; `-` is standard input. Packed ones (gzip, Zstandard, bzip2, xz) are read as if they were plain
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Only entries that answer this query; docs/QUERY.md is its language
    #[arg(
        short = 'q',
        long,
        value_name = "QUERY",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub query: String,
    /// How to read the logs.
    #[command(flatten)]
    pub logs: Logs,
}

/// How to read logs.
#[derive(Clone, Debug, Args)]
pub struct Logs {
    /// The format of all the logs, by its name; found out for each otherwise
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,
    /// The zone of times that name none: UTC, local, +02:00 or a place such as Europe/Berlin [default: local]
    #[arg(long, value_name = "ZONE", value_parser = tools::zone_named, allow_hyphen_values = true)]
    pub tz: Option<TimeZone>,
}

/// The form of an answer that is no entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people
    #[default]
    Pretty,
    /// One JSON object per line
    Jsonl,
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
        assert!(matches!(cli.command, Some(Command::Server(ServerCommand::Link))));
        assert_eq!(cli.options.data, Some(PathBuf::from("d")));
        let cli = Cli::try_parse_from(["frereth", "./link"]).expect("a good line");
        assert!(cli.command.is_none());
        assert!(Cli::try_parse_from(["frereth", "--log", "loud"]).is_err());
        assert!(Cli::try_parse_from(["frereth", "user", "add"]).is_err());
    }
}
