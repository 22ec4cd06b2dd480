//! What outlives the process: keys, users, logins, one-time links and spent tickets.
//!
//! The rest of the server sees small asynchronous traits, so that another store can stand behind them one day; the embedded
//! one keeps everything in one redb file in the data directory. In reading order: the records and traits, the data
//! directory with its lock, the file, the spent tickets.

mod directory;
mod embedded;
mod records;
mod tickets;

pub use directory::{DataDir, DirectoryError};
pub use embedded::Embedded;
pub use records::{
    Answer, Keys, Links, LoginRecord, LoginRecords, LoginSecrets, Memories, StoreError, Tickets, UserRecord, Users,
};
pub use tickets::SpentTickets;
