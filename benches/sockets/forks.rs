//! Processor time per fork over real sockets, from Hello to AckForked, beside the bare cryptography of the server's half.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use frereth::protocol::crypto::Crypto as _;
use frereth::protocol::transcript;

use crate::client::{Client, Fork};
use crate::process::cpu_micros;
use crate::pure::reference_crypto::{ReferenceCrypto, ReferenceKey};
use crate::pure::testbed::ORIGIN;
use crate::server::Server;
use crate::{LIFTED, report};

/// Sessions that fork side by side: enough to keep a core busy.
const SESSIONS: u16 = 8;
/// Forks before anything is measured, on sessions of their own.
const WARM_UP: u16 = 256;
/// Forks that are measured.
const FORKS: u16 = 4_096;
/// Worlds that one session may own.
const WORLDS: u16 = 64;
/// The server's half of a fork's cryptography is timed this often.
const BARE: u32 = 2_000;

/// Prints processor time per fork and forks per second and core.
pub async fn measure() {
    let server = Server::start_with("one line\n", LIFTED);
    let client = Arc::new(Client::log_in(&server).await);
    fork(&client, 0, WARM_UP / WORLDS).await;
    let (begin, before) = (Instant::now(), cpu_micros(server.process.id()));
    fork(&client, WARM_UP / WORLDS, FORKS / WORLDS).await;
    let (elapsed, used) = (begin.elapsed(), cpu_micros(server.process.id()) - before);
    let (per_fork, bare) = (used / f64::from(FORKS), bare_micros());
    let rate = f64::from(FORKS) / elapsed.as_secs_f64();
    let said = format!("{FORKS} forks in {SESSIONS} sessions at a time, {rate:.0}/s with the load on the same machine");
    report("fork over sockets: server's processor time", per_fork, "us", Some(1e6 / 1500.0), said);
    let whole = "two verifications, a key's check, a cookie sealed and opened, two tickets sealed";
    report("fork: bare cryptography of the server's half", bare, "us", None, whole);
    report(
        "fork over sockets, by its bare cryptography",
        per_fork / bare,
        "",
        None,
        "sockets, HTTP and the module's bytes",
    );
    // More is better here: the target is a floor.
    report(
        "forks per second and core (at least)",
        1e6 / per_fork,
        "1/s",
        Some(1500.0),
        "one core's whole time / time per fork",
    );
}

/// Opens `sessions` sessions, each of which forks as many worlds as it may own.
async fn fork(client: &Arc<Client>, first: u16, sessions: u16) {
    let mut tasks = tokio::task::JoinSet::new();
    for session in first..first + sessions {
        if tasks.len() >= usize::from(SESSIONS) {
            tasks.join_next().await.expect("there are some").expect("no session fails");
        }
        let client = Arc::clone(client);
        tasks.spawn(async move {
            let (mut socket, _) = client.session().await;
            for world in 0..WORLDS {
                let _ = numbered(u32::from(session) << 16 | u32::from(world)).run(&client, &mut socket).await;
            }
            // Kept open until all have forked: a close is not what is measured.
            socket
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no session fails");
    }
}

/// A world with a key of its own.
pub fn numbered(number: u32) -> Fork {
    let mut secret = [11; 32];
    secret[..4].copy_from_slice(&number.to_be_bytes());
    let key = ed25519_dalek::SigningKey::from_bytes(&secret);
    let world = frereth::protocol::ids::WorldId(key.verifying_key().to_bytes());
    Fork { key, world }
}

/// Microseconds of the cryptography that the server cannot do without in one fork.
fn bare_micros() -> f64 {
    let (crypto, key, sealing, nonce) = (ReferenceCrypto, ReferenceKey::numbered(5), [9; 32], [4; 24]);
    let world = frereth::protocol::ids::WorldId(key.public());
    let cookie = crypto.seal(&sealing, &nonce, &[0; 64], &[1; 128]);
    let initiate = transcript::initiate(ORIGIN, transcript::INITIATE_PATH, &cookie, &world, &[5; 16]);
    let forked = transcript::forked(ORIGIN, &world, &[5; 16]);
    let (of_initiate, of_forked) = (key.sign(&initiate), key.sign(&forked));
    let begin = Instant::now();
    for _ in 0..BARE {
        black_box(crypto.is_acceptable_key(&world.0));
        black_box(crypto.seal(&sealing, &nonce, &[0; 64], &[1; 128]));
        black_box(crypto.open(&sealing, &nonce, &[0; 64], &cookie));
        black_box(crypto.verify_strict(&world.0, &initiate, &of_initiate));
        black_box(crypto.verify_strict(&world.0, &forked, &of_forked));
        black_box(crypto.seal(&sealing, &nonce, &[0; 64], &[1; 100]));
        black_box(crypto.seal(&sealing, &nonce, &[0; 64], &[1; 140]));
    }
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(BARE)
}
