//! The list of commands: fixed when the server starts.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::module::{ModuleError, check_module};

/// The name of the shell, the first world that a session forks.
pub const LOG_VIEWER: &str = "log-viewer";

/// One command.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its number in cookies and tickets.
    pub number: u16,
    /// Its version, counted up whenever what it says to the server changes.
    pub version: u16,
    /// The module.
    pub code: Bytes,
    /// The same, compressed with gzip, where the build has done that.
    pub gzipped: Option<Bytes>,
    /// SHA-256 of the module.
    pub code_sha256: [u8; 32],
}

/// Every command of this server.
#[derive(Debug, Clone)]
pub struct CommandList {
    commands: Vec<Command>,
}

impl CommandList {
    /// The commands that are built in: the log viewer.
    ///
    /// # Errors
    /// When the embedded module breaks a rule, as the stub of a lint build does.
    pub fn built_in() -> Result<Self, ModuleError> {
        let mut list = Self { commands: Vec::new() };
        let code = Bytes::from_static(include_bytes!(concat!(env!("OUT_DIR"), "/world.wasm")));
        let gzipped = Bytes::from_static(include_bytes!(concat!(env!("OUT_DIR"), "/world.wasm.gz")));
        list.register(LOG_VIEWER, 1, code, Some(gzipped))?;
        Ok(list)
    }

    /// Checks a module and adds it. `gzipped` is the same in fewer bytes.
    ///
    /// # Errors
    /// The first rule that the module breaks.
    pub fn register(
        &mut self,
        name: &'static str,
        version: u16,
        code: Bytes,
        gzipped: Option<Bytes>,
    ) -> Result<(), ModuleError> {
        check_module(&code)?;
        let number = u16::try_from(self.commands.len() + 1).expect("commands are few");
        let code_sha256 = Sha256::digest(&code).into();
        self.commands.push(Command { name, number, version, code, gzipped, code_sha256 });
        Ok(())
    }

    /// Finds a command by its name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Command> {
        self.commands.iter().find(|command| command.name == name)
    }

    /// Finds a command by its number.
    #[must_use]
    pub fn by_number(&self, number: u16) -> Option<&Command> {
        self.commands.iter().find(|command| command.number == number)
    }
}
