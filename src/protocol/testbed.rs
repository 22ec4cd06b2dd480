//! A server's surroundings for tests and benches: one login, one command, keys and chance that repeat.
//!
//! `benches/handshake.rs` includes this file too, so it names its neighbours through `super`.

use super::clock::Millis;
use super::codec::{Message, encode};
use super::frame::Frame;
use super::ids::{Epoch, SessionTag, StreamId, WorldId};
use super::message::{Activate, Forked, Forking, Initiate, Shell};
use super::minute::MinuteKeys;
use super::reference_crypto::{ReferenceCrypto, ReferenceKey, SeededRandom};
use super::server::{Arrival, Arrived, Command, Commands, Effect, Env, LoginFacts, Permission, Rejection, Session};
use super::ticket::{Ticket, TicketKind};
use super::timing::Timing;
use super::transcript;

/// The origin of server and page.
pub const ORIGIN: &str = "http://localhost:3000";
/// The build of server and page.
pub const BUILD: &str = "build 1";
/// The command that may be forked.
pub const COMMAND: &str = "log-viewer";
/// Unix time at the monotonic clock's zero.
pub const EPOCH_WALL: u64 = 1_700_000_000_000;

/// What one login may fork.
#[derive(Clone, Debug)]
pub struct Registry {
    /// What is said of [`COMMAND`].
    pub permission: Permission,
    /// Its code.
    pub code: Vec<u8>,
}

impl Commands for Registry {
    fn by_name(&self, name: &str) -> Permission {
        match name {
            COMMAND => self.permission,
            "listed but denied" => Permission::Forbidden,
            _ => Permission::NotFound,
        }
    }

    fn by_number(&self, number: u16) -> Permission {
        if number == 1 { self.permission } else { Permission::NotFound }
    }

    fn shell(&self) -> Shell {
        let Command { code_sha256, code_bytes, .. } = command(&self.code);
        Shell { command: COMMAND.into(), code_url: transcript::INITIATE_PATH.into(), code_sha256, code_bytes }
    }
}

/// The command that a module is.
pub fn command(code: &[u8]) -> Command {
    use sha2::Digest;
    Command {
        number: 1,
        version: 1,
        code_sha256: sha2::Sha256::digest(code).into(),
        code_bytes: u32::try_from(code.len()).expect("a small module"),
    }
}

/// The surroundings.
pub struct Testbed {
    /// Signatures and sealing.
    pub crypto: ReferenceCrypto,
    /// Chance.
    pub random: SeededRandom,
    /// Minute keys.
    pub minute_keys: MinuteKeys,
    /// The ticket key.
    pub ticket_key: [u8; 32],
    /// Deadlines and limits.
    pub timing: Timing,
    /// What may be forked.
    pub commands: Registry,
    /// The login's key.
    pub login_key: ReferenceKey,
    /// The login.
    pub login: LoginFacts,
    /// The monotonic clock.
    pub now: Millis,
}

impl Testbed {
    /// A server and a login, the same for the same seed.
    pub fn new(seed: u64) -> Self {
        let mut random = SeededRandom(seed);
        let minute_keys = MinuteKeys::new(Millis(EPOCH_WALL), &mut random);
        let login_key = ReferenceKey::numbered(1);
        let code = b"a module".to_vec();
        Self {
            crypto: ReferenceCrypto,
            random,
            minute_keys,
            ticket_key: [9; 32],
            timing: Timing::default(),
            commands: Registry { permission: Permission::Granted(command(&code)), code },
            login: LoginFacts {
                id: [1; 16],
                key: login_key.public(),
                expires: Millis(EPOCH_WALL).after(12 * 3_600_000),
            },
            login_key,
            now: Millis(0),
        }
    }

    /// Unix time now.
    pub fn wall(&self) -> Millis {
        Millis(EPOCH_WALL).after(self.now.0)
    }

    /// Lets time pass; minute keys rotate.
    pub fn pass(&mut self, millis: u64) {
        self.now = self.now.after(millis);
        let wall = self.wall();
        self.minute_keys.rotate(wall, &mut self.random);
    }

    /// What a call is given.
    pub fn env(&mut self) -> Env<'_> {
        Env {
            wall: self.wall(),
            crypto: &self.crypto,
            random: &mut self.random,
            minute_keys: &self.minute_keys,
            ticket_key: &self.ticket_key,
            origin: ORIGIN,
            build: BUILD,
            commands: &self.commands,
            timing: &self.timing,
        }
    }

    /// A ticket of this login that names a new session.
    pub fn ticket(&mut self) -> Vec<u8> {
        let (session, id) = {
            let env = self.env();
            (super::crypto::random_array(env.random), super::crypto::random_array(env.random))
        };
        let expires = self.wall().after(self.timing.ticket_millis);
        self.seal(&Ticket {
            kind: TicketKind::Page,
            session: SessionTag(session),
            login: self.login.id,
            id,
            expires,
            epoch: Epoch(0),
            worlds: Vec::new(),
        })
    }

    /// Seals any ticket.
    pub fn seal(&mut self, ticket: &Ticket) -> Vec<u8> {
        ticket.seal(&self.ticket_key, &self.crypto, &mut self.random, ORIGIN)
    }

    /// The first message, rightly signed.
    pub fn activate(&self, ticket: Vec<u8>, resume: Option<Vec<u8>>) -> Vec<u8> {
        self.activate_as(&self.login_key, ORIGIN, &[1], ticket, resume, BUILD)
    }

    /// The first message in every variation.
    pub fn activate_as(
        &self,
        key: &ReferenceKey,
        origin: &str,
        versions: &[u8],
        ticket: Vec<u8>,
        resume: Option<Vec<u8>>,
        build: &str,
    ) -> Vec<u8> {
        let signed = transcript::activate(origin, versions, &ticket, 7, resume.as_deref().unwrap_or_default(), build);
        frame(
            &Activate {
                versions: versions.to_vec(),
                ticket,
                lamport: 7,
                resume,
                build: build.into(),
                signature: key.sign(&signed),
            },
            7,
        )
    }

    /// What a fresh socket makes of a message.
    pub fn arrive(&mut self, message: &[u8]) -> Result<Arrived, Rejection> {
        let (now, login) = (self.now, self.login);
        Arrival::opened(now, &self.timing.clone()).handle(now, &self.env(), message, &login)
    }

    /// An active session and the effects of its birth.
    pub fn session(&mut self) -> (Session, Vec<Effect>) {
        let ticket = self.ticket();
        let message = self.activate(ticket, None);
        let arrived = self.arrive(&message).expect("everything is right");
        let now = self.now;
        Session::activate(now, &mut self.env(), &arrived)
    }
}

/// A control message as a frame.
pub fn frame<M: Message>(message: &M, lamport: u64) -> Vec<u8> {
    Frame { kind: M::KIND, stream: StreamId::CONTROL, lamport, body: &encode(message) }.encode()
}

/// A Hello.
pub fn hello(key: &ReferenceKey) -> Vec<u8> {
    frame(&Forking { req: 1, world: WorldId(key.public()), command: COMMAND.into() }, 8)
}

/// An Initiate's body, rightly signed.
pub fn initiate(key: &ReferenceKey, cookie: &[u8]) -> Vec<u8> {
    initiate_as(key, key, ORIGIN, cookie)
}

/// An Initiate's body for `world`, signed by `signer` at `origin`.
pub fn initiate_as(world: &ReferenceKey, signer: &ReferenceKey, origin: &str, cookie: &[u8]) -> Vec<u8> {
    let (world, nonce) = (WorldId(world.public()), [5; 16]);
    let signed = transcript::initiate(origin, transcript::INITIATE_PATH, cookie, &world, &nonce);
    encode(&Initiate { cookie: cookie.to_vec(), world, nonce, signature: signer.sign(&signed) })
}

/// Forked, rightly signed.
pub fn forked(key: &ReferenceKey, fork_nonce: &[u8; 16]) -> Vec<u8> {
    let world = WorldId(key.public());
    frame(&Forked { world, signature: key.sign(&transcript::forked(ORIGIN, &world, fork_nonce)) }, 9)
}
