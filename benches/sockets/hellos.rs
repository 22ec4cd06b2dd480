//! A million Hellos leave nothing behind: with the bucket open all get a cookie, with the default bucket nearly all a refusal.

use std::sync::Arc;
use std::time::Duration;

use frereth::protocol::codec;
use frereth::protocol::frame::FrameType;
use frereth::protocol::ids::StreamId;
use frereth::protocol::message::Forking;

use crate::client::{Client, Socket};
use crate::forks::numbered;
use crate::heap::held_bytes;
use crate::process::{cpu_micros, resident_bytes};
use crate::pure::reference_crypto::ReferenceKey;
use crate::pure::testbed::{self, Testbed};
use crate::server::Server;
use crate::{LIFTED, report};
use frereth::protocol::server::{Effect, Event};

/// Hellos before the first look.
const WARM_UP: u32 = 100_000;
/// Hellos that are measured.
const HELLOS: u32 = 1_000_000;
/// The most that memory may grow by.
const GROWTH_MIB: f64 = 1.0;
/// Sockets over which they come; a socket may send 2,000 messages per second.
const SOCKETS: u32 = 32;
/// Hellos that a socket sends before it reads their answers, and how often it does so: 1,600 per second.
const AT_ONCE: u32 = 80;
const EVERY: Duration = Duration::from_millis(50);

const MIB: f64 = 1024.0 * 1024.0;

/// Prints what the server's machine keeps of them, in this process, under the counting allocator.
pub fn in_process() {
    for is_open in [true, false] {
        let mut bed = Testbed::new(1);
        bed.timing.hello_rate.is_open = is_open;
        let (mut session, effects) = bed.session();
        drop(effects);
        let hello = testbed::hello(&ReferenceKey::numbered(6));
        let epoch = session.epoch();
        let mut cookies = 0_u32;
        let mut say = |count: u32| {
            for number in 0..count {
                // Time goes on, so that minute keys rotate and the default bucket fills.
                if number % 100 == 0 {
                    bed.pass(1);
                }
                let now = bed.now;
                let effects = session.handle(now, &mut bed.env(), Event::Message { epoch, bytes: &hello });
                let is_cookie = |effect: &Effect| matches!(effect, Effect::Send { kind: FrameType::AckForking, .. });
                cookies += u32::from(effects.iter().any(is_cookie));
            }
        };
        say(WARM_UP);
        let (heap, resident) = (held_bytes(), resident_bytes(std::process::id()));
        say(HELLOS);
        let said = format!("{}, {cookies} cookies", words(is_open));
        let grown = (held_bytes() - heap) as f64 / MIB;
        report("1,000,000 Hellos, machine: heap grown", grown, "MiB", Some(GROWTH_MIB), &said);
        let grown = (resident_bytes(std::process::id()) - resident) / MIB;
        report("1,000,000 Hellos, machine: resident memory grown", grown, "MiB", Some(GROWTH_MIB), &said);
    }
}

/// Prints what a whole server keeps of them.
pub async fn over_sockets() {
    let default = "log = \"error\"\n[frereth.limits]\nsockets_per_address = 1000\nsockets_per_user = 1000\n";
    for (is_open, settings) in [(true, LIFTED), (false, default)] {
        let server = Server::start_with("one line\n", settings);
        let client = Arc::new(Client::log_in(&server).await);
        let mut sockets = Vec::new();
        for _ in 0..SOCKETS {
            sockets.push(client.session().await.0);
        }
        let (sockets, _) = say(sockets, WARM_UP / SOCKETS).await;
        let (resident, used) = (resident_bytes(server.process.id()), cpu_micros(server.process.id()));
        let (_sockets, cookies) = say(sockets, HELLOS / SOCKETS).await;
        let grown = (resident_bytes(server.process.id()) - resident) / MIB;
        let each = (cpu_micros(server.process.id()) - used) / f64::from(HELLOS);
        let said = format!("{}, {cookies} cookies, {each:.1} us of processor time each", words(is_open));
        report("1,000,000 Hellos, sockets: server's resident memory grown", grown, "MiB", Some(GROWTH_MIB), said);
    }
}

/// Says Hello `each` times on every socket; returns the sockets and how many cookies came.
async fn say(sockets: Vec<Socket>, each: u32) -> (Vec<Socket>, u32) {
    let mut tasks = tokio::task::JoinSet::new();
    for (number, mut socket) in (0..).zip(sockets) {
        tasks.spawn(async move {
            let hello = Forking { req: 1, world: numbered(number).world, command: "log-viewer".to_owned() };
            let body = codec::encode(&hello);
            let mut ticks = tokio::time::interval(EVERY);
            let (mut left, mut cookies) = (each, 0);
            while left > 0 {
                ticks.tick().await;
                let now = left.min(AT_ONCE);
                for _ in 0..now {
                    socket.frame(FrameType::Forking, StreamId::CONTROL, &body).await;
                }
                let mut answers = 0;
                while answers < now {
                    let (kind, _, _) = socket.next().await.expect("the socket stays open");
                    cookies += u32::from(kind == FrameType::AckForking);
                    answers += u32::from(matches!(kind, FrameType::AckForking | FrameType::Refused));
                }
                left -= now;
            }
            (socket, cookies)
        });
    }
    let (mut held, mut cookies) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        let (socket, some) = done.expect("no socket fails");
        held.push(socket);
        cookies += some;
    }
    (held, cookies)
}

fn words(is_open: bool) -> &'static str {
    if is_open { "bucket open" } else { "default bucket" }
}
