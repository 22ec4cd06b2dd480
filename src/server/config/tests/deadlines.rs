//! Every deadline that a file names reaches the machine that keeps it, to the millisecond, under a clock that stands still.

use super::parsed;
use crate::protocol::client;
use crate::protocol::clock::Millis;
use crate::protocol::codec::decode;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::WorldId;
use crate::protocol::message::{AckForking, Activated};
use crate::protocol::reason::CloseCode;
use crate::protocol::reference_crypto::{ReferenceKey, SeededRandom};
use crate::protocol::server::{Arrival, Effect, EndReason, Event, Presented, Session};
use crate::protocol::testbed::{BUILD, COMMAND, ORIGIN, Testbed, forked, frame, hello, initiate};
use crate::protocol::timing::PageTiming;

/// A server under a file whose `[frereth.timings]` say this.
fn configured(timings: &str) -> Testbed {
    let config = parsed(&format!("[frereth.timings]\n{timings}\n")).expect("a good file");
    let mut bed = Testbed::new(3);
    bed.timing = config.timing();
    bed
}

fn handle(bed: &mut Testbed, session: &mut Session, event: Event<'_>) -> Vec<Effect> {
    let now = bed.now;
    session.handle(now, &mut bed.env(), event)
}

/// A session whose world was given its code, and the nonce of that.
fn served(bed: &mut Testbed, world: &ReferenceKey) -> (Session, [u8; 16]) {
    let (mut session, _) = bed.session();
    let epoch = session.epoch();
    let answer = handle(bed, &mut session, Event::Message { epoch, bytes: &hello(world) });
    let [Effect::Send { kind: FrameType::AckForking, body, .. }] = &answer[..] else { panic!("{answer:?}") };
    let cookie = decode::<AckForking>(body).expect("our own").cookie;
    let login = bed.login.id;
    let presented = Presented::read(&bed.env(), &initiate(world, &cookie), login).expect("right");
    let answer = handle(bed, &mut session, Event::Initiate(&presented));
    let [Effect::Serve { fork_nonce, .. }] = answer[..] else { panic!("{answer:?}") };
    (session, fork_nonce)
}

/// Sees that nothing is due until `millis` have passed, and returns what is due then.
fn due(bed: &mut Testbed, session: &mut Session, millis: u64) -> Vec<Effect> {
    assert_eq!(session.deadline(), Some(bed.now.after(millis)));
    bed.pass(millis - 1);
    assert_eq!(handle(bed, session, Event::Deadline), [], "one millisecond too early");
    bed.pass(1);
    handle(bed, session, Event::Deadline)
}

#[test]
fn the_first_message() {
    let bed = configured("first_message_millis = 123");
    let mut arrival = Arrival::opened(Millis(1_000), &bed.timing);
    assert!(arrival.expired(Millis(1_122)).is_none());
    let late = arrival.expired(Millis(1_123)).expect("too late");
    assert_eq!(late.code, CloseCode::TimedOut);
}

#[test]
fn the_cookie_as_the_page_counts() {
    let mut bed = configured("hello_millis = 777");
    let (_, born) = bed.session();
    let told = born.iter().find_map(|effect| match effect {
        Effect::Send { kind: FrameType::Activated, body, .. } => decode::<Activated>(body).ok(),
        _ => None,
    });
    let told = frame(&told.expect("the page is told"), 5);

    let mut page = client::Session::new(PageTiming::default(), false);
    let (world, _) = page.fork(COMMAND);
    let now = bed.now;
    let mut random = SeededRandom(1);
    let mut hear = |event| {
        let mut env = client::Env { random: &mut random, origin: ORIGIN, build: BUILD, batch_items: |_| Some(1) };
        page.handle(now, &mut env, event)
    };
    let started = hear(client::Event::Start { ticket: Some(vec![1; 90]) });
    let [client::Effect::SignActivate { attempt, .. }] = started[..] else { panic!("{started:?}") };
    hear(client::Event::Signed { attempt, signature: Ok([1; 64]) });
    hear(client::Event::Opened { attempt });
    hear(client::Event::Message { attempt, bytes: &told });
    let key = client::WorldEvent::KeyMade { attempt: 1, key: Ok(ReferenceKey::numbered(7).public()) };
    let sent = hear(client::Event::World { world, event: key });
    assert!(matches!(sent[..], [client::Effect::Send(_)]), "the Hello: {sent:?}");
    assert_eq!(page.deadline(), Some(now.after(777)));
}

#[test]
fn from_code_to_forked() {
    let mut bed = configured("served_millis = 4321");
    let (mut session, _) = served(&mut bed, &ReferenceKey::numbered(7));
    let effects = due(&mut bed, &mut session, 4_321);
    assert!(matches!(effects[..], [Effect::Send { kind: FrameType::Refused, .. }]), "{effects:?}");
}

#[test]
fn from_forked_to_running() {
    let mut bed = configured("forked_millis = 2345");
    let key = ReferenceKey::numbered(7);
    let (mut session, nonce) = served(&mut bed, &key);
    let epoch = session.epoch();
    let effects = handle(&mut bed, &mut session, Event::Message { epoch, bytes: &forked(&key, &nonce) });
    assert!(matches!(effects[..], [Effect::Construct { .. }]), "{effects:?}");
    let effects = due(&mut bed, &mut session, 2_345);
    assert!(effects.contains(&Effect::Destroy { world: WorldId(key.public()) }), "{effects:?}");
}

#[test]
fn the_grace() {
    let mut bed = configured("grace_millis = 5678");
    let (mut session, _) = bed.session();
    let epoch = session.epoch();
    handle(&mut bed, &mut session, Event::SocketLost { epoch });
    assert_eq!(due(&mut bed, &mut session, 5_678), [Effect::Forget]);
    assert_eq!(session.end_reason(), Some(EndReason::Grace));
}
