//! The states of connection and world in plain words, and what the user can do about them.

use super::link::{Connection, Wish, WorldPhase};

/// How urgent a state is: the page shows it by colour and by shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Something is on its way.
    Busy,
    /// Something is wrong and may mend itself.
    Warning,
    /// Something is wrong and stays so.
    Bad,
}

impl Tone {
    /// The class that the stylesheet knows.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "tone-good",
            Self::Busy => "tone-busy",
            Self::Warning => "tone-warning",
            Self::Bad => "tone-bad",
        }
    }
}

/// What the strip over the rows says, and what it offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is the matter.
    pub words: String,
    /// What helps.
    pub remedy: Remedy,
    /// How bad it is.
    pub tone: Tone,
}

/// What helps against a trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A wish behind a button with these words.
    Wish(&'static str, Wish),
    /// Logging in again.
    Login,
    /// Nothing that the page can do.
    None,
}

/// Returns the words for the connection, short enough for the header, with their tone.
#[must_use]
pub fn connection_words(connection: &Connection) -> (&'static str, Tone) {
    match connection {
        Connection::Starting => ("Starting…", Tone::Busy),
        Connection::Unsupported(_) => ("Unsupported browser", Tone::Bad),
        Connection::Connecting => ("Connecting…", Tone::Busy),
        Connection::Active => ("Connected", Tone::Good),
        Connection::Waiting { .. } => ("Disconnected, trying again", Tone::Warning),
        Connection::Closed { login: true, .. } => ("Logged out", Tone::Bad),
        Connection::Closed { .. } => ("Disconnected", Tone::Bad),
    }
}

/// Returns the words for the world, with their tone. Without a connection that is to come back, what it shows is all there is.
#[must_use]
pub fn world_words(phase: &WorldPhase, connection: &Connection) -> (&'static str, Tone) {
    match phase {
        WorldPhase::Suspended if matches!(connection, Connection::Closed { .. }) => ("Cut off", Tone::Bad),
        WorldPhase::Absent => ("Not started yet", Tone::Busy),
        WorldPhase::Pending => ("Asking the server for a world…", Tone::Busy),
        WorldPhase::Forking => ("Fetching its code…", Tone::Busy),
        WorldPhase::Starting => ("Starting in its sandbox…", Tone::Busy),
        WorldPhase::Active => ("Running", Tone::Good),
        WorldPhase::Suspended => ("Waiting for the connection", Tone::Warning),
        WorldPhase::NotResponding => ("Not responding", Tone::Warning),
        WorldPhase::Failed(_) => ("Stopped", Tone::Bad),
    }
}

/// Returns what the strip shows, or nothing when all is well. A lost connection comes first: without it no world starts.
#[must_use]
pub fn trouble(connection: &Connection, phase: &WorldPhase, holds_copy: bool) -> Option<Trouble> {
    connection_trouble(connection).or_else(|| world_trouble(phase)).or_else(|| holds_copy.then(copy_trouble))
}

fn copy_trouble() -> Trouble {
    Trouble {
        words:
            "The lines are here, but too late for the browser: it wants a fresh press to let them into the clipboard."
                .to_owned(),
        remedy: Remedy::Wish("Copy now", Wish::CopyHeld),
        tone: Tone::Warning,
    }
}

fn connection_trouble(connection: &Connection) -> Option<Trouble> {
    match connection {
        Connection::Starting | Connection::Connecting | Connection::Active => None,
        Connection::Unsupported(lack) => Some(Trouble {
            words: format!("This browser cannot run Frereth: {lack}"),
            remedy: Remedy::None,
            tone: Tone::Bad,
        }),
        Connection::Waiting { why, retry_millis } => Some(Trouble {
            words: format!("The connection is lost: {}. {}", sentence(why), retry_words(*retry_millis)),
            remedy: Remedy::Wish("Reconnect now", Wish::Reconnect),
            tone: Tone::Warning,
        }),
        Connection::Closed { why, login: true } => Some(Trouble {
            words: format!("Your login has ended: {}.", sentence(why)),
            remedy: Remedy::Login,
            tone: Tone::Bad,
        }),
        Connection::Closed { why, login: false } => Some(Trouble {
            words: format!("The connection is closed: {}.", sentence(why)),
            remedy: Remedy::Wish("Reconnect", Wish::Reconnect),
            tone: Tone::Bad,
        }),
    }
}

fn world_trouble(phase: &WorldPhase) -> Option<Trouble> {
    match phase {
        WorldPhase::NotResponding => Some(Trouble {
            words: "This world is not responding. It may still be working, or it may hang.".to_owned(),
            remedy: Remedy::Wish("Stop it", Wish::StopWorld),
            tone: Tone::Warning,
        }),
        WorldPhase::Failed(why) => Some(Trouble {
            words: format!("This world has stopped: {}.", sentence(why)),
            remedy: Remedy::Wish("Restart world", Wish::RestartWorld),
            tone: Tone::Bad,
        }),
        _ => None,
    }
}

/// When the next try is, in words that stay true for a while: the page does not count down.
fn retry_words(millis: u64) -> String {
    match millis.div_ceil(1000) {
        0 | 1 => "Trying again.".to_owned(),
        seconds => format!("Trying again within {seconds} seconds."),
    }
}

/// Reasons are fragments; a full stop at their end would double ours.
fn sentence(why: &str) -> &str {
    let why = why.trim().trim_end_matches('.');
    if why.is_empty() { "no reason was given" } else { why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_says_why_and_offers_to_reconnect() {
        let lost = Connection::Waiting { why: "the server is stopping.".to_owned(), retry_millis: 1_400 };
        let trouble = trouble(&lost, &WorldPhase::Suspended, false).expect("a lost connection is a trouble");
        assert_eq!(trouble.words, "The connection is lost: the server is stopping. Trying again within 2 seconds.");
        assert_eq!(trouble.remedy, Remedy::Wish("Reconnect now", Wish::Reconnect));
    }

    #[test]
    fn an_ended_login_offers_the_login_and_not_a_reconnect() {
        let closed = Connection::Closed { why: String::new(), login: true };
        let trouble = trouble(&closed, &WorldPhase::Active, false).expect("an ended login is a trouble");
        assert_eq!(trouble.words, "Your login has ended: no reason was given.");
        assert_eq!(trouble.remedy, Remedy::Login);
    }

    #[test]
    fn a_failed_world_is_told_only_while_connected() {
        let failed = WorldPhase::Failed("its code did not match".to_owned());
        assert!(
            trouble(&Connection::Active, &failed, false).is_some_and(|trouble| trouble.words.contains("did not match"))
        );
        let closed = Connection::Closed { why: "x".to_owned(), login: false };
        assert!(trouble(&closed, &failed, false).is_some_and(|trouble| trouble.words.starts_with("The connection")));
        assert_eq!(trouble(&Connection::Active, &WorldPhase::Active, false), None);
        assert_eq!(trouble(&Connection::Starting, &WorldPhase::Absent, false), None);
    }
}
