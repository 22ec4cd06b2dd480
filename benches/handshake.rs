//! What the state machines cost beside the cryptography they cannot do without.
//!
//! One fork from Hello to active through both machines, against the same signatures, verifications, seals and hashes done
//! bare, interleaved in the same run so that both see the same machine. The ratio is the claim: at most 1.2.

use std::hint::black_box;
use std::time::{Duration, Instant};

use frereth::protocol::client::{self, WorldEffect, WorldEvent, WorldPhase};
use frereth::protocol::crypto::Crypto;
use frereth::protocol::frame::Frame;
use frereth::protocol::ids::{StreamId, WorldId};
use frereth::protocol::server::{self, Effect, Event, Presented};
use frereth::protocol::timing::PageTiming;
use frereth::protocol::{clock, codec, crypto, frame, ids, message, minute, ticket, timing, transcript};

#[path = "../src/protocol/reference_crypto.rs"]
#[allow(dead_code)]
mod reference_crypto;
#[path = "../src/protocol/testbed.rs"]
#[allow(dead_code)]
mod testbed;

use reference_crypto::{ReferenceCrypto, ReferenceKey, SeededRandom};
use testbed::{BUILD, COMMAND, ORIGIN, Testbed};

/// Forks timed one by one for the ratio.
const FORKS: usize = 2_000;

fn main() {
    print_ratio();
    divan::main();
}

/// Both ends of an active session; each [`Ends::fork`] takes a world from its key to active and away again.
struct Ends {
    bed: Testbed,
    server: server::Session,
    page: client::Session,
    chance: SeededRandom,
    keys: u64,
}

impl Ends {
    fn new() -> Self {
        let mut bed = Testbed::new(1);
        bed.timing.hello_rate.is_open = true;
        bed.timing.tombstone_millis = 0;
        let mut chance = SeededRandom(2);
        let mut page = client::Session::new(PageTiming::default(), false);
        let ticket = bed.ticket();
        let mut env = page_env(&mut chance);
        let effects = page.handle(bed.now, &mut env, client::Event::Start { ticket: Some(ticket) });
        let [client::Effect::SignActivate { attempt, bytes }] = &effects[..] else { panic!("{effects:?}") };
        let (attempt, signature) = (*attempt, Ok(bed.login_key.sign(bytes)));
        let _ = page.handle(bed.now, &mut env, client::Event::Signed { attempt, signature });
        let first = page.handle(bed.now, &mut env, client::Event::Opened { attempt });
        let [client::Effect::Send(first)] = &first[..] else { panic!("{first:?}") };
        let arrived = bed.arrive(first).expect("an honest page");
        let now = bed.now;
        let (mut server, effects) = server::Session::activate(now, &mut bed.env(), &arrived);
        for effect in effects {
            let bytes = stamped(&mut server, effect);
            let _ = page.handle(now, &mut env, client::Event::Message { attempt, bytes: &bytes });
        }
        assert_eq!(page.phase(), client::Phase::Active);
        Self { bed, server, page, chance, keys: 0 }
    }

    fn key(&mut self) -> ReferenceKey {
        self.keys += 1;
        let mut secret = [3; 32];
        secret[..8].copy_from_slice(&self.keys.to_be_bytes());
        ReferenceKey::from_secret(&secret)
    }

    fn page(&mut self, event: client::Event<'_>) -> Vec<client::Effect> {
        self.page.handle(self.bed.now, &mut page_env(&mut self.chance), event)
    }

    fn serve(&mut self, event: Event<'_>) -> Vec<Effect> {
        let now = self.bed.now;
        self.server.handle(now, &mut self.bed.env(), event)
    }

    /// From a key to active on both sides; the signatures are made where the page would make them.
    fn fork(&mut self, key: &ReferenceKey) {
        let login = self.bed.login.id;
        let (world, effects) = self.page.fork(COMMAND);
        let mut todo: Vec<client::Effect> = effects;
        while let Some(effect) = todo.pop() {
            let next = match effect {
                client::Effect::Send(bytes) => {
                    let epoch = self.server.epoch();
                    let effects = self.serve(Event::Message { epoch, bytes: &bytes });
                    self.deliver(effects)
                }
                client::Effect::World { effect: WorldEffect::GenerateKey { attempt }, .. } => {
                    let event = WorldEvent::KeyMade { attempt, key: Ok(key.public()) };
                    self.page(client::Event::World { world, event })
                }
                client::Effect::World { effect: WorldEffect::Sign { attempt, bytes }, .. } => {
                    let event = WorldEvent::Signed { attempt, signature: Ok(key.sign(&bytes)) };
                    self.page(client::Event::World { world, event })
                }
                client::Effect::World { effect: WorldEffect::PostInitiate { attempt, body }, .. } => {
                    let presented = Presented::read(&self.bed.env(), &body, login).expect("an honest page");
                    let effects = self.serve(Event::Initiate(&presented));
                    let [Effect::Serve { fork_nonce, .. }] = effects[..] else { panic!("{effects:?}") };
                    let event = WorldEvent::Code { attempt, code: self.bed.commands.code.clone(), fork_nonce };
                    self.page(client::Event::World { world, event })
                }
                client::Effect::World { effect: WorldEffect::StartSandbox { attempt, .. }, .. } => {
                    self.page(client::Event::World { world, event: WorldEvent::Ready { attempt } })
                }
                client::Effect::World { effect: WorldEffect::Tell(_), .. } => Vec::new(),
                other => panic!("{other:?}"),
            };
            todo.extend(next);
        }
        assert_eq!(self.page.world_phase(world), Some(WorldPhase::Active));
    }

    fn deliver(&mut self, effects: Vec<Effect>) -> Vec<client::Effect> {
        let mut out = Vec::new();
        for effect in effects {
            match effect {
                Effect::Construct { world, .. } => {
                    let effects = self.serve(Event::Constructed { world, result: Ok(()) });
                    out.extend(self.deliver(effects));
                }
                effect @ Effect::Send { .. } => {
                    let bytes = stamped(&mut self.server, effect);
                    out.extend(self.page(client::Event::Message { attempt: 1, bytes: &bytes }));
                }
                other => panic!("{other:?}"),
            }
        }
        out
    }

    /// Ends the world that was forked last, so that each fork starts from the same place. Not timed.
    fn clear(&mut self, key: &ReferenceKey) {
        let world = WorldId(key.public());
        let effects = self.serve(Event::WorldEnded { world, why: "measured".into() });
        let _ = self.deliver(effects);
        for number in 0..=u32::try_from(self.keys).expect("few forks") {
            self.page.forget(client::WorldNumber(number));
        }
        self.bed.pass(1);
    }
}

fn page_env(chance: &mut SeededRandom) -> client::Env<'_> {
    client::Env { random: chance, origin: ORIGIN, build: BUILD, batch_items: |_| Some(1) }
}

fn stamped(server: &mut server::Session, effect: Effect) -> Vec<u8> {
    let Effect::Send { kind, stream, body } = effect else { panic!("{effect:?}") };
    Frame { kind, stream, lamport: server.stamp(), body: &body }.encode()
}

/// The cryptography that one fork cannot do without, and nothing else: the public half of the key, its check, the cookie
/// sealed and opened, Initiate and Forked signed and verified, the code hashed, two tickets sealed.
fn bare(key: &ReferenceKey, code: &[u8]) {
    use sha2::Digest;
    let (crypto, sealing, nonce) = (ReferenceCrypto, [9; 32], [4; 24]);
    let world = WorldId(key.public());
    black_box(crypto.is_acceptable_key(&world.0));
    let cookie = crypto.seal(&sealing, &nonce, &[0; 64], &[1; 128]);
    black_box(crypto.open(&sealing, &nonce, &[0; 64], &cookie));
    let initiate = transcript::initiate(ORIGIN, transcript::INITIATE_PATH, &cookie, &world, &[5; 16]);
    black_box(crypto.verify_strict(&world.0, &initiate, &key.sign(&initiate)));
    let forked = transcript::forked(ORIGIN, &world, &[5; 16]);
    black_box(crypto.verify_strict(&world.0, &forked, &key.sign(&forked)));
    black_box(sha2::Sha256::digest(code));
    black_box(crypto.seal(&sealing, &nonce, &[0; 64], &[1; 100]));
    black_box(crypto.seal(&sealing, &nonce, &[0; 64], &[1; 140]));
    black_box(StreamId::CONTROL);
}

fn print_ratio() {
    let mut ends = Ends::new();
    let code = ends.bed.commands.code.clone();
    let (mut machines, mut crypto) = (Vec::with_capacity(FORKS), Vec::with_capacity(FORKS));
    for _ in 0..FORKS {
        let key = ends.key();
        crypto.push(timed(|| bare(&key, &code)));
        machines.push(timed(|| ends.fork(&key)));
        ends.clear(&key);
    }
    let (machines, crypto) = (median(&mut machines), median(&mut crypto));
    println!(
        "handshake, Hello to active, both ends: {:.1} us; bare cryptography: {:.1} us; ratio {:.3} (target 1.2)",
        micros(machines),
        micros(crypto),
        micros(machines) / micros(crypto),
    );
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[divan::bench]
fn both_machines_from_hello_to_active(bencher: divan::Bencher<'_, '_>) {
    let mut ends = Ends::new();
    bencher.bench_local(|| {
        let key = ends.key();
        ends.fork(&key);
        ends.clear(&key);
    });
}

#[divan::bench]
fn bare_cryptography_of_one_fork(bencher: divan::Bencher<'_, '_>) {
    let key = ReferenceKey::numbered(5);
    bencher.bench_local(|| bare(&key, b"a module"));
}

#[divan::bench]
fn hello_to_cookie(bencher: divan::Bencher<'_, '_>) {
    let mut ends = Ends::new();
    let hello = testbed::hello(&ReferenceKey::numbered(6));
    let epoch = ends.server.epoch();
    bencher.bench_local(|| ends.serve(Event::Message { epoch, bytes: &hello }));
}
