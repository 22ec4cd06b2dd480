//! The control socket: how `frereth link` and `frereth user` reach the server that holds the data directory.
//!
//! One line of JSON each way. Who may connect is decided by the file system: the socket is its owner's only. When no server
//! runs, the same orders are carried out on the store itself.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use zeroize::Zeroizing;

use super::clock::Clock;
use super::login::{Logins, SessionDirectory, users};
use super::store::Users;

/// The longest line either way, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// How long the other end may take for its line.
const LINE: Duration = Duration::from_secs(10);

/// What the command line asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Order {
    /// A new one-time link.
    Link,
    /// A new user.
    UserAdd {
        /// The name.
        name: String,
        /// The password.
        password: Secret,
    },
    /// A new password for a user.
    UserPasswd {
        /// The name.
        name: String,
        /// The password.
        password: Secret,
    },
    /// All users.
    UserList,
    /// One user less.
    UserRemove {
        /// The name.
        name: String,
    },
}

/// A text that is wiped when it is done with, and never shown.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl Secret {
    fn into_inner(mut self) -> Zeroizing<String> {
        Zeroizing::new(std::mem::take(&mut self.0))
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// Lines to print.
    Done(Vec<String>),
    /// Why not.
    Refused(String),
}

/// Who carries orders out.
#[derive(Clone)]
pub struct Steward {
    /// The logins.
    pub logins: Arc<Logins>,
    /// The users.
    pub users: Arc<dyn Users>,
    /// The sessions that end with a login.
    pub sessions: Arc<dyn SessionDirectory>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Steward {
    /// Carries an order out.
    pub async fn carry_out(&self, order: Order) -> Reply {
        self.try_carry_out(order).await.map_or_else(|error| Reply::Refused(error.to_string()), Reply::Done)
    }

    async fn try_carry_out(&self, order: Order) -> Result<Vec<String>, users::UserError> {
        Ok(match order {
            Order::Link => vec![self.logins.new_link().await?],
            Order::UserAdd { name, password } => {
                users::add(&self.users, &name, password.into_inner(), self.clock.wall()).await?;
                vec![format!("added {name}")]
            }
            Order::UserPasswd { name, password } => {
                users::passwd(&self.users, &name, password.into_inner()).await?;
                self.end_logins(&name, "the password was changed").await?;
                vec![format!("changed the password of {name} and ended their logins")]
            }
            Order::UserList => self.users.list().await?.into_iter().map(|user| user.name).collect(),
            Order::UserRemove { name } => {
                users::remove(&self.users, &name).await?;
                self.end_logins(&name, "the user was removed").await?;
                vec![format!("removed {name} and ended their logins")]
            }
        })
    }

    async fn end_logins(&self, user: &str, why: &str) -> Result<(), users::UserError> {
        let ids: Vec<_> = self.logins.of_user(user).iter().map(|record| record.id).collect();
        let ended = self.logins.revoke_user(user).await;
        ids.iter().for_each(|id| self.sessions.close_login(id, why));
        ended?;
        Ok(())
    }
}

/// A control socket that is being listened at; dropping it removes its file.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Listens at `path`. The caller holds the data directory, so whatever lies there is left over.
    ///
    /// # Errors
    /// Whatever the system says; a path of more than about a hundred bytes is too long for a socket.
    pub fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path: path.to_owned() })
    }

    /// Carries out the orders that come in, for ever.
    pub async fn serve(self, steward: Steward) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let steward = steward.clone();
                    tokio::spawn(async move {
                        if let Err(error) = answer(stream, &steward).await {
                            tracing::debug!(%error, "a control connection ended early");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket failed");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Left over, it would only be refused: nobody listens behind it.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn answer(mut stream: UnixStream, steward: &Steward) -> io::Result<()> {
    let line = read_line(&mut stream).await?;
    let reply = match serde_json::from_slice(&line) {
        Ok(order) => steward.carry_out(order).await,
        Err(_) => Reply::Refused("the server does not know this order: is it of another version?".to_owned()),
    };
    write_line(&mut stream, &reply).await
}

/// Asks the server behind the socket at `path`; `None` when no server listens there.
///
/// # Errors
/// When the server does not answer as it should.
pub async fn ask(path: &Path, order: &Order) -> io::Result<Option<Reply>> {
    let mut stream = match UnixStream::connect(path).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    write_line(&mut stream, order).await?;
    let line = read_line(&mut stream).await?;
    serde_json::from_slice(&line).map(Some).map_err(io::Error::from)
}

async fn write_line(stream: &mut UnixStream, what: &impl Serialize) -> io::Result<()> {
    let mut line = Zeroizing::new(serde_json::to_vec(what)?);
    line.push(b'\n');
    stream.write_all(&line).await
}

async fn read_line(stream: &mut UnixStream) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::new());
    let mut reader = BufReader::new(stream.take(LINE_BYTES_MAX));
    tokio::time::timeout(LINE, reader.read_until(b'\n', &mut line))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    if line.last() == Some(&b'\n') { Ok(line) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
