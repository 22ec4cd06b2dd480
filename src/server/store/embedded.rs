//! The embedded store: one redb file. Every call runs off the asynchronous threads and is on disk when it returns.

use std::path::Path;
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::directory::private_file;
use super::records::{
    Answer, Keys, Links, LoginRecord, LoginRecords, LoginSecrets, Memories, StoreError, UserRecord, Users,
};
use crate::protocol::clock::Millis;
use crate::server::crypto::random;

/// Secrets by name.
const KEYS: TableDefinition<&str, &[u8]> = TableDefinition::new("keys");
/// Users by name, as JSON.
const USERS: TableDefinition<&str, &[u8]> = TableDefinition::new("users");
/// Logins by number, as JSON.
const LOGINS: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("logins");
/// What users' views remember, by the user's name.
const MEMORIES: TableDefinition<&str, &str> = TableDefinition::new("memories");
/// When a one-time link is over, by the hash of its secret.
const LINKS: TableDefinition<&[u8; 32], u64> = TableDefinition::new("links");
/// When a spent ticket is over, by its number.
const SPENT: TableDefinition<&[u8; 16], u64> = TableDefinition::new("spent");

/// The redb file. Cheap to clone.
#[derive(Clone)]
pub struct Embedded {
    database: Arc<Database>,
}

impl Embedded {
    /// Opens the store at `path`, for its owner only, making it when it is not there. Blocks.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened or is none of ours.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = private_file().open(path).map_err(|error| StoreError(format!("{}: {error}", path.display())))?;
        // The store is small: a few pages of cache do, redb's own default is a gigabyte.
        let database = Database::builder()
            .set_cache_size(4 << 20)
            .create_with_backend(FileBackend::new(file).map_err(failed)?)
            .map_err(|error| StoreError(format!("{}: {}", path.display(), failed(error))))?;
        let writing = database.begin_write().map_err(failed)?;
        // Tables exist from here on, so that reading an empty store is no error.
        writing.open_table(KEYS).map_err(failed)?;
        writing.open_table(USERS).map_err(failed)?;
        writing.open_table(LOGINS).map_err(failed)?;
        writing.open_table(MEMORIES).map_err(failed)?;
        writing.open_table(LINKS).map_err(failed)?;
        writing.open_table(SPENT).map_err(failed)?;
        writing.commit().map_err(failed)?;
        Ok(Self { database: Arc::new(database) })
    }

    /// The spent tickets that are not over at `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn spent_tickets(&self, now: Millis) -> Result<Vec<([u8; 16], Millis)>, StoreError> {
        self.run(move |database| {
            let reading = database.begin_read().map_err(failed)?;
            let mut spent = Vec::new();
            for row in reading.open_table(SPENT).map_err(failed)?.iter().map_err(failed)? {
                let (id, expires) = row.map_err(failed)?;
                if expires.value() > now.0 {
                    spent.push((*id.value(), Millis(expires.value())));
                }
            }
            Ok(spent)
        })
        .await
    }

    /// Remembers spent tickets, and forgets those that are over at `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remember_spent(&self, group: Vec<([u8; 16], Millis)>, now: Millis) -> Result<(), StoreError> {
        self.run(move |database| {
            let writing = database.begin_write().map_err(failed)?;
            {
                let mut table = writing.open_table(SPENT).map_err(failed)?;
                table.retain(|_, expires| expires > now.0).map_err(failed)?;
                for (id, expires) in group {
                    table.insert(&id, expires.0).map_err(failed)?;
                }
            }
            writing.commit().map_err(failed)
        })
        .await
    }

    /// Runs `work` where it may block.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        tokio::task::spawn_blocking(move || work(&database)).await.map_err(|error| StoreError(error.to_string()))?
    }
}

impl LoginSecrets for Embedded {
    fn keys(&self) -> Answer<'_, Keys> {
        Box::pin(self.run(|database| {
            let writing = database.begin_write().map_err(failed)?;
            let keys = {
                let mut table = writing.open_table(KEYS).map_err(failed)?;
                Keys {
                    signing_seed: Zeroizing::new(secret(&mut table, "signing")?),
                    ticket_key: Zeroizing::new(secret(&mut table, "ticket")?),
                    installation: secret(&mut table, "installation")?,
                }
            };
            writing.commit().map_err(failed)?;
            Ok(keys)
        }))
    }
}

/// The secret of this name, drawn when there is none.
fn secret<const N: usize>(table: &mut redb::Table<'_, &str, &[u8]>, name: &str) -> Result<[u8; N], StoreError> {
    let kept = table.get(name).map_err(failed)?.map(|bytes| <[u8; N]>::try_from(bytes.value()));
    match kept {
        Some(kept) => kept.map_err(|_| StoreError(format!("the key `{name}` has a strange length"))),
        None => {
            let drawn = random::<N>();
            table.insert(name, &drawn[..]).map_err(failed)?;
            Ok(drawn)
        }
    }
}

impl Users for Embedded {
    fn find<'a>(&'a self, name: &'a str) -> Answer<'a, Option<UserRecord>> {
        let name = name.to_owned();
        Box::pin(self.run(move |database| {
            let reading = database.begin_read().map_err(failed)?;
            let table = reading.open_table(USERS).map_err(failed)?;
            table.get(name.as_str()).map_err(failed)?.map(|bytes| from_json(bytes.value())).transpose()
        }))
    }

    fn list(&self) -> Answer<'_, Vec<UserRecord>> {
        Box::pin(self.run(|database| {
            let reading = database.begin_read().map_err(failed)?;
            let table = reading.open_table(USERS).map_err(failed)?;
            table.iter().map_err(failed)?.map(|row| from_json(row.map_err(failed)?.1.value())).collect()
        }))
    }

    fn put(&self, user: UserRecord) -> Answer<'_, bool> {
        Box::pin(self.run(move |database| {
            let writing = database.begin_write().map_err(failed)?;
            let is_new = {
                let mut table = writing.open_table(USERS).map_err(failed)?;
                table.insert(user.name.as_str(), to_json(&user).as_slice()).map_err(failed)?.is_none()
            };
            writing.commit().map_err(failed)?;
            Ok(is_new)
        }))
    }

    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, bool> {
        let name = name.to_owned();
        Box::pin(self.run(move |database| {
            let writing = database.begin_write().map_err(failed)?;
            let was_there = writing.open_table(USERS).map_err(failed)?.remove(name.as_str()).map_err(failed)?.is_some();
            writing.open_table(MEMORIES).map_err(failed)?.remove(name.as_str()).map_err(failed)?;
            writing.commit().map_err(failed)?;
            Ok(was_there)
        }))
    }
}

impl Memories for Embedded {
    fn recall<'a>(&'a self, user: &'a str) -> Answer<'a, Option<String>> {
        let user = user.to_owned();
        Box::pin(self.run(move |database| {
            let reading = database.begin_read().map_err(failed)?;
            let table = reading.open_table(MEMORIES).map_err(failed)?;
            Ok(table.get(user.as_str()).map_err(failed)?.map(|memory| memory.value().to_owned()))
        }))
    }

    fn remember<'a>(&'a self, user: &'a str, memory: String) -> Answer<'a, ()> {
        let user = user.to_owned();
        Box::pin(self.run(move |database| {
            let writing = database.begin_write().map_err(failed)?;
            writing.open_table(MEMORIES).map_err(failed)?.insert(user.as_str(), memory.as_str()).map_err(failed)?;
            writing.commit().map_err(failed)
        }))
    }
}

impl LoginRecords for Embedded {
    fn list(&self) -> Answer<'_, Vec<LoginRecord>> {
        Box::pin(self.run(|database| {
            let reading = database.begin_read().map_err(failed)?;
            let table = reading.open_table(LOGINS).map_err(failed)?;
            table.iter().map_err(failed)?.map(|row| from_json(row.map_err(failed)?.1.value())).collect()
        }))
    }

    fn put(&self, logins: Vec<LoginRecord>) -> Answer<'_, ()> {
        Box::pin(self.run(move |database| {
            let writing = database.begin_write().map_err(failed)?;
            {
                let mut table = writing.open_table(LOGINS).map_err(failed)?;
                for login in &logins {
                    table.insert(&login.id, to_json(login).as_slice()).map_err(failed)?;
                }
            }
            writing.commit().map_err(failed)
        }))
    }

    fn remove(&self, ids: Vec<[u8; 16]>) -> Answer<'_, ()> {
        Box::pin(self.run(move |database| {
            let writing = database.begin_write().map_err(failed)?;
            {
                let mut table = writing.open_table(LOGINS).map_err(failed)?;
                for id in &ids {
                    table.remove(id).map_err(failed)?;
                }
            }
            writing.commit().map_err(failed)
        }))
    }
}

impl Links for Embedded {
    fn put(&self, hash: [u8; 32], expires: Millis, now: Millis) -> Answer<'_, ()> {
        Box::pin(self.run(move |database| {
            let writing = database.begin_write().map_err(failed)?;
            {
                let mut table = writing.open_table(LINKS).map_err(failed)?;
                table.retain(|_, expires| expires > now.0).map_err(failed)?;
                table.insert(&hash, expires.0).map_err(failed)?;
            }
            writing.commit().map_err(failed)
        }))
    }

    fn peek(&self, hash: [u8; 32], now: Millis) -> Answer<'_, bool> {
        Box::pin(self.run(move |database| {
            let reading = database.begin_read().map_err(failed)?;
            let table = reading.open_table(LINKS).map_err(failed)?;
            Ok(table.get(&hash).map_err(failed)?.is_some_and(|expires| expires.value() > now.0))
        }))
    }

    fn take(&self, hash: [u8; 32], now: Millis) -> Answer<'_, bool> {
        Box::pin(self.run(move |database| {
            // redb has one writer at a time: whoever removes the row is alone with it.
            let writing = database.begin_write().map_err(failed)?;
            let expires = {
                let mut table = writing.open_table(LINKS).map_err(failed)?;
                table.remove(&hash).map_err(failed)?.map(|expires| expires.value())
            };
            writing.commit().map_err(failed)?;
            Ok(expires.is_some_and(|expires| expires > now.0))
        }))
    }
}

fn failed(error: impl Into<redb::Error>) -> StoreError {
    StoreError(error.into().to_string())
}

fn to_json(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("records are plain data")
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError(format!("a record cannot be read: {error}")))
}
