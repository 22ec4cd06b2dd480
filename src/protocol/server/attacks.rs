//! The attacks and faults of `protocol.md` that the server's machines answer, one test each.

use crate::protocol::clock::Millis;
use crate::protocol::codec::decode;
use crate::protocol::frame::{FIRST_FRAME_BYTES_MAX, Frame, FrameType};
use crate::protocol::ids::{Epoch, SessionTag, StreamId, WorldId};
use crate::protocol::message::{
    AckForked, AckForking, Activated, Credit, Ended, Forking, Halt, Leave, Refused, Resumed,
};
use crate::protocol::reason::{CloseCode, Refusal};
use crate::protocol::reference_crypto::ReferenceKey;
use crate::protocol::testbed::{BUILD, COMMAND, ORIGIN, Testbed, command, forked, frame, hello, initiate, initiate_as};
use crate::protocol::ticket::{Ticket, TicketKind};

use super::{Arrival, Effect, EndReason, Event, Permission, Phase, Presented, Session};

/// A session with the steps of a fork as single calls.
struct Fork {
    bed: Testbed,
    session: Session,
}

impl Fork {
    fn new() -> Self {
        let mut bed = Testbed::new(11);
        let (session, _) = bed.session();
        Self { bed, session }
    }

    fn event(&mut self, event: Event<'_>) -> Vec<Effect> {
        let now = self.bed.now;
        self.session.handle(now, &mut self.bed.env(), event)
    }

    fn message(&mut self, bytes: &[u8]) -> Vec<Effect> {
        let epoch = self.session.epoch();
        self.event(Event::Message { epoch, bytes })
    }

    fn cookie(&mut self, key: &ReferenceKey) -> Vec<u8> {
        let effects = self.message(&hello(key));
        body::<AckForking>(&effects).expect("a cookie").cookie
    }

    fn initiate(&mut self, body: &[u8]) -> Result<[u8; 16], Refusal> {
        let login = self.bed.login.id;
        let presented = Presented::read(&self.bed.env(), body, login)?;
        self.present(&presented)
    }

    fn present(&mut self, presented: &Presented) -> Result<[u8; 16], Refusal> {
        match self.event(Event::Initiate(presented)).as_slice() {
            [Effect::Serve { fork_nonce, .. }] => Ok(*fork_nonce),
            [Effect::RefuseInitiate { refusal }] => Err(*refusal),
            effects => panic!("an Initiate is answered once: {effects:?}"),
        }
    }

    fn served(&mut self, key: &ReferenceKey) -> [u8; 16] {
        let cookie = self.cookie(key);
        self.initiate(&initiate(key, &cookie)).expect("the code")
    }

    fn active(&mut self, key: &ReferenceKey) -> StreamId {
        let nonce = self.served(key);
        let effects = self.message(&forked(key, &nonce));
        assert!(matches!(effects.as_slice(), [Effect::Construct { .. }]), "{effects:?}");
        let effects = self.event(Event::Constructed { world: id(key), result: Ok(()) });
        body::<AckForked>(&effects).expect("an acknowledgement").stream
    }

    fn resume_ticket(&mut self) -> Vec<u8> {
        let tag = self.session.tag();
        let ticket = Ticket {
            kind: TicketKind::Resume,
            session: tag,
            login: self.bed.login.id,
            id: [3; 16],
            expires: self.bed.login.expires,
            epoch: self.session.epoch(),
            worlds: Vec::new(),
        };
        self.bed.seal(&ticket)
    }

    fn resume(&mut self) -> Vec<Effect> {
        let (ticket, resume) = (self.bed.ticket(), self.resume_ticket());
        let message = self.bed.activate(ticket, Some(resume));
        let arrived = self.bed.arrive(&message).expect("everything is right");
        self.event(Event::Resume(&arrived))
    }
}

fn id(key: &ReferenceKey) -> WorldId {
    WorldId(key.public())
}

fn key(seed: u8) -> ReferenceKey {
    ReferenceKey::numbered(100 + seed)
}

/// The first message of a kind among the effects.
fn body<M: crate::protocol::codec::Message>(effects: &[Effect]) -> Option<M> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send { kind, body, .. } if *kind == M::KIND => Some(decode(body).expect("our own message")),
        _ => None,
    })
}

fn refusal(effects: &[Effect]) -> Option<Refusal> {
    body::<Refused>(effects).and_then(|refused| Refusal::from_number(refused.refusal))
}

fn rejected(bed: &mut Testbed, message: &[u8]) -> CloseCode {
    bed.arrive(message).expect_err("it must not pass").code
}

// The first message.

#[test]
fn a_right_first_message_names_a_new_session_and_one_ticket_to_spend() {
    let mut bed = Testbed::new(1);
    let (first, second) = (bed.ticket(), bed.ticket());
    let one = bed.activate(first, None);
    let two = bed.activate(second, None);
    let (one, two) = (bed.arrive(&one).expect("right"), bed.arrive(&two).expect("right"));
    assert_ne!(one.session(), two.session());
    assert_ne!(one.spend(), two.spend());
}

#[test]
fn a_replayed_activate_names_the_same_ticket_so_the_store_lets_one_pass() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let message = bed.activate(ticket, None);
    let (one, two) = (bed.arrive(&message).expect("right"), bed.arrive(&message).expect("right"));
    assert_eq!(one.spend(), two.spend(), "two racing sockets want the same id");
}

#[test]
fn silence_is_ended_at_its_exact_millisecond() {
    let bed = Testbed::new(1);
    let mut arrival = Arrival::opened(Millis(1_000), &bed.timing);
    assert_eq!(arrival.deadline(), Some(Millis(1_500)));
    assert_eq!(arrival.expired(Millis(1_499)), None);
    assert_eq!(arrival.expired(Millis(1_500)).map(|rejection| rejection.code), Some(CloseCode::TimedOut));
    assert_eq!(arrival.deadline(), None);
}

#[test]
fn a_late_first_message_is_late_however_right_it_is() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let message = bed.activate(ticket, None);
    let login = bed.login;
    for (at, expected) in [(499, None), (500, Some(CloseCode::TimedOut))] {
        let mut arrival = Arrival::opened(Millis(0), &bed.timing);
        let judged = arrival.handle(Millis(at), &bed.env(), &message, &login);
        assert_eq!(judged.err().map(|rejection| rejection.code), expected, "at {at} ms");
    }
}

#[test]
fn a_second_message_before_activation_is_turned_away() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let message = bed.activate(ticket, None);
    let login = bed.login;
    let mut arrival = Arrival::opened(Millis(0), &bed.timing);
    arrival.handle(Millis(1), &bed.env(), &message, &login).expect("the first is right");
    for at in 2..4 {
        let judged = arrival.handle(Millis(at), &bed.env(), &message, &login);
        assert_eq!(judged.map_err(|rejection| rejection.code), Err(CloseCode::Protocol));
    }
}

#[test]
fn every_other_first_frame_is_a_protocol_error() {
    let mut bed = Testbed::new(1);
    for kind in FrameType::ALL.into_iter().filter(|kind| *kind != FrameType::Activate) {
        let stream = StreamId(u32::from(!kind.is_control()));
        let message = Frame { kind, stream, lamport: 1, body: &[0xa0] }.encode();
        assert_eq!(rejected(&mut bed, &message), CloseCode::Protocol, "{kind:?}");
    }
    for message in [&b""[..], &b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 16][..], &[0xff; 64][..]] {
        assert_eq!(rejected(&mut bed, message), CloseCode::Protocol);
    }
}

#[test]
fn a_first_frame_over_four_kibibytes_is_too_large() {
    let mut bed = Testbed::new(1);
    assert_eq!(rejected(&mut bed, &vec![1; FIRST_FRAME_BYTES_MAX + 1]), CloseCode::TooLarge);
}

#[test]
fn every_single_bit_flip_of_the_first_message_is_turned_away() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let message = bed.activate(ticket, None);
    for bit in 0..message.len() * 8 {
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(bed.arrive(&flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn another_build_learns_to_reload() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let message = bed.activate_as(&bed.login_key, ORIGIN, &[1], ticket, None, "build 0");
    assert_eq!(rejected(&mut bed, &message), CloseCode::Version);
}

#[test]
fn the_highest_common_version_is_chosen_and_nothing_lower() {
    let mut bed = Testbed::new(1);
    for (versions, expected) in [
        (&[1][..], Ok(1)),
        (&[1, 2, 9][..], Ok(1)),
        (&[2][..], Err(CloseCode::Version)),
        (&[][..], Err(CloseCode::Protocol)),
        (&[2, 1][..], Err(CloseCode::Protocol)),
        (&[1, 1][..], Err(CloseCode::Protocol)),
    ] {
        let ticket = bed.ticket();
        let message = bed.activate_as(&bed.login_key, ORIGIN, versions, ticket, None, BUILD);
        let judged = bed.arrive(&message).map(|arrived| arrived.version).map_err(|rejection| rejection.code);
        assert_eq!(judged, expected, "{versions:?}");
    }
}

#[test]
fn a_list_of_versions_shortened_on_the_way_breaks_the_signature() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let honest = bed.activate_as(&bed.login_key, ORIGIN, &[1, 2], ticket, None, BUILD);
    let frame_read = Frame::decode(&honest, FIRST_FRAME_BYTES_MAX).expect("a frame");
    let mut activate: crate::protocol::message::Activate = decode(frame_read.body).expect("an Activate");
    activate.versions = vec![1];
    assert_eq!(rejected(&mut bed, &frame(&activate, 7)), CloseCode::Authentication);
}

#[test]
fn a_stolen_ticket_is_worth_nothing_without_the_login_key() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let message = bed.activate_as(&ReferenceKey::numbered(2), ORIGIN, &[1], ticket, None, BUILD);
    assert_eq!(rejected(&mut bed, &message), CloseCode::Authentication);
}

#[test]
fn a_first_message_signed_for_another_origin_is_turned_away() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let message = bed.activate_as(&bed.login_key, "http://localhost:3001", &[1], ticket, None, BUILD);
    assert_eq!(rejected(&mut bed, &message), CloseCode::Authentication);
}

#[test]
fn a_ticket_of_another_login_is_foreign() {
    let mut bed = Testbed::new(1);
    let honest = bed.login;
    bed.login.id = [2; 16];
    let ticket = bed.ticket();
    bed.login = honest;
    let message = bed.activate(ticket, None);
    assert_eq!(rejected(&mut bed, &message), CloseCode::Authentication);
}

#[test]
fn a_ticket_dies_at_sixty_seconds() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let message = bed.activate(ticket, None);
    bed.pass(59_999);
    assert!(bed.arrive(&message).is_ok());
    bed.pass(1);
    assert_eq!(rejected(&mut bed, &message), CloseCode::Authentication);
}

#[test]
fn no_kind_of_ticket_and_no_cookie_passes_for_another() {
    let mut fork = Fork::new();
    let (page, resume, cookie) = (fork.bed.ticket(), fork.resume_ticket(), fork.cookie(&key(1)));
    for (ticket, resumed) in [
        (resume.clone(), None),
        (cookie.clone(), None),
        (page.clone(), Some(page.clone())),
        (page.clone(), Some(cookie)),
        (resume, Some(page)),
    ] {
        let message = fork.bed.activate(ticket, resumed);
        assert_eq!(rejected(&mut fork.bed, &message), CloseCode::Authentication);
    }
    let page = fork.bed.ticket();
    assert_eq!(fork.initiate(&initiate(&key(1), &page)), Err(Refusal::BadCookie));
}

#[test]
fn a_clock_that_runs_away_is_turned_away_at_the_door() {
    let mut bed = Testbed::new(1);
    let ticket = bed.ticket();
    let mut message = bed.activate(ticket, None);
    message[8..16].copy_from_slice(&u64::MAX.to_be_bytes());
    assert_eq!(rejected(&mut bed, &message), CloseCode::Protocol);
}

#[test]
fn a_ticket_that_came_over_the_socket_never_names_the_session_it_came_to() {
    let mut bed = Testbed::new(1);
    let (session, effects) = bed.session();
    let next = body::<Activated>(&effects).expect("Activated comes first").tickets.next;
    let message = bed.activate(next, None);
    assert_ne!(bed.arrive(&message).expect("a good ticket").session(), session.tag());
}

// Hello and Initiate.

#[test]
fn ten_thousand_hellos_leave_the_session_as_it_was() {
    let mut fork = Fork::new();
    fork.bed.timing.hello_rate.is_open = true;
    let (before, size) = (fork.session.memory(), std::mem::size_of_val(&fork.session));
    for seed in 0..10_000_u32 {
        let mut secret = [7; 32];
        secret[..4].copy_from_slice(&seed.to_be_bytes());
        // Keys are made cheaply: any canonical point will do for Hello, so few real ones are reused.
        let world = id(&ReferenceKey::numbered((seed % 200) as u8));
        let effects = fork.message(&frame(&Forking { req: seed, world, command: COMMAND.into() }, 8));
        assert!(body::<AckForking>(&effects).is_some(), "Hello {seed} is answered");
    }
    assert_eq!((fork.session.memory(), std::mem::size_of_val(&fork.session)), (before, size));
}

#[test]
fn a_session_that_says_hello_too_fast_is_throttled_and_recovers() {
    let mut fork = Fork::new();
    for _ in 0..20 {
        fork.cookie(&key(1));
    }
    assert_eq!(refusal(&fork.message(&hello(&key(1)))), Some(Refusal::Throttled));
    fork.bed.pass(199);
    assert_eq!(refusal(&fork.message(&hello(&key(1)))), Some(Refusal::Throttled));
    fork.bed.pass(1);
    fork.cookie(&key(1));
}

#[test]
fn an_unknown_command_is_not_found_and_a_denied_one_forbidden() {
    let mut fork = Fork::new();
    for (command, expected) in [("no such", Refusal::NotFound), ("listed but denied", Refusal::Forbidden)] {
        let effects = fork.message(&frame(&Forking { req: 1, world: id(&key(1)), command: command.into() }, 8));
        assert_eq!(refusal(&effects), Some(expected));
    }
}

#[test]
fn weak_and_non_canonical_world_keys_are_refused() {
    let mut fork = Fork::new();
    let mut small_order = [0; 32];
    small_order[0] = 1;
    let non_canonical = {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed, 0x7f);
        bytes
    };
    for world in [[0; 32], small_order, non_canonical, [0xff; 32]] {
        let effects = fork.message(&frame(&Forking { req: 1, world: WorldId(world), command: COMMAND.into() }, 8));
        assert_eq!(refusal(&effects), Some(Refusal::BadKey), "{world:02x?}");
    }
}

#[test]
fn an_initiate_is_worth_something_once_and_never_again() {
    let mut fork = Fork::new();
    let one = key(1);
    let cookie = fork.cookie(&one);
    let post = initiate(&one, &cookie);
    let nonce = fork.initiate(&post).expect("the first buys the code");
    assert_eq!(fork.initiate(&post), Err(Refusal::Duplicate), "at once");
    fork.message(&forked(&one, &nonce));
    assert_eq!(fork.initiate(&post), Err(Refusal::Duplicate), "after fork");
    fork.event(Event::Constructed { world: id(&one), result: Ok(()) });
    assert_eq!(fork.initiate(&post), Err(Refusal::Duplicate), "while active");
    fork.message(&frame(&Leave { world: id(&one) }, 20));
    assert_eq!(fork.initiate(&post), Err(Refusal::Duplicate), "while closing");
    fork.event(Event::WorldEnded { world: id(&one), why: "it ended".into() });
    assert_eq!(fork.initiate(&post), Err(Refusal::Duplicate), "after close");
    fork.bed.pass(119_000);
    assert!(fork.initiate(&post).is_err(), "as long as a cookie can live");
    fork.resume();
    assert_eq!(fork.initiate(&post), Err(Refusal::BadCookie), "after resume");
}

#[test]
fn a_second_cookie_for_the_same_world_buys_nothing() {
    let mut fork = Fork::new();
    let one = key(1);
    let (first, second) = (fork.cookie(&one), fork.cookie(&one));
    fork.initiate(&initiate(&one, &first)).expect("the first buys the code");
    assert_eq!(fork.initiate(&initiate(&one, &second)), Err(Refusal::Duplicate));
    assert_eq!(refusal(&fork.message(&hello(&one))), Some(Refusal::Duplicate), "nor does another Hello");
}

#[test]
fn a_dead_worlds_key_is_remembered_longer_than_its_cookies_live() {
    let mut fork = Fork::new();
    let one = key(1);
    fork.served(&one);
    fork.message(&frame(&Leave { world: id(&one) }, 20));
    fork.bed.pass(149_999);
    assert_eq!(refusal(&fork.message(&hello(&one))), Some(Refusal::Duplicate));
    fork.bed.pass(1);
    fork.cookie(&one);
}

#[test]
fn an_initiate_by_another_key_or_for_another_origin_is_refused() {
    let mut fork = Fork::new();
    let (one, two) = (key(1), key(2));
    let cookie = fork.cookie(&one);
    assert_eq!(fork.initiate(&initiate_as(&one, &two, ORIGIN, &cookie)), Err(Refusal::BadSignature));
    assert_eq!(fork.initiate(&initiate_as(&two, &two, ORIGIN, &cookie)), Err(Refusal::BadCookie));
    assert_eq!(fork.initiate(&initiate_as(&one, &one, "http://evil.example", &cookie)), Err(Refusal::BadSignature));
    fork.initiate(&initiate(&one, &cookie)).expect("none of these has spent the cookie");
}

#[test]
fn an_initiate_of_another_login_or_session_is_refused() {
    let mut fork = Fork::new();
    let one = key(1);
    let cookie = fork.cookie(&one);
    let post = initiate(&one, &cookie);
    let foreign = Presented::read(&fork.bed.env(), &post, [2; 16]).expect("the cookie is ours");
    assert_eq!(fork.present(&foreign), Err(Refusal::BadCookie));
    let (mut other, _) = fork.bed.session();
    std::mem::swap(&mut fork.session, &mut other);
    assert_eq!(fork.initiate(&post), Err(Refusal::BadCookie));
}

#[test]
fn a_body_that_is_no_initiate_is_refused() {
    let fork = &mut Fork::new();
    let cookie = fork.cookie(&key(1));
    let mut long = initiate(&key(1), &cookie);
    long.push(0);
    for body in [Vec::new(), vec![0; 5_000], b"{}".to_vec(), long] {
        assert_eq!(fork.initiate(&body), Err(Refusal::OutOfOrder));
    }
}

#[test]
fn a_permission_taken_away_between_hello_and_initiate_counts() {
    for (permission, expected) in
        [(Permission::Forbidden, Refusal::Forbidden), (Permission::NotFound, Refusal::NotFound)]
    {
        let mut fork = Fork::new();
        let cookie = fork.cookie(&key(1));
        fork.bed.commands.permission = permission;
        assert_eq!(fork.initiate(&initiate(&key(1), &cookie)), Err(expected));
    }
}

#[test]
fn a_command_replaced_between_hello_and_initiate_needs_a_new_cookie() {
    let mut fork = Fork::new();
    let cookie = fork.cookie(&key(1));
    fork.bed.commands.permission = Permission::Granted(command(b"another module"));
    assert_eq!(fork.initiate(&initiate(&key(1), &cookie)), Err(Refusal::BadCookie));
}

#[test]
fn a_session_owns_no_more_worlds_than_its_quota() {
    let mut fork = Fork::new();
    for seed in 0..8 {
        fork.served(&key(seed));
    }
    let cookie = fork.cookie(&key(9));
    assert_eq!(fork.initiate(&initiate(&key(9), &cookie)), Err(Refusal::Quota));
}

#[test]
fn a_suspended_session_serves_nothing() {
    let mut fork = Fork::new();
    let cookie = fork.cookie(&key(1));
    let epoch = fork.session.epoch();
    fork.event(Event::SocketLost { epoch });
    assert_eq!(fork.initiate(&initiate(&key(1), &cookie)), Err(Refusal::BadCookie));
}

// Forked and beyond.

#[test]
fn forked_without_the_code_starts_nothing() {
    let mut fork = Fork::new();
    let one = key(1);
    assert_eq!(refusal(&fork.message(&forked(&one, &[0; 16]))), Some(Refusal::OutOfOrder), "never asked for");
    fork.cookie(&one);
    assert_eq!(refusal(&fork.message(&forked(&one, &[0; 16]))), Some(Refusal::OutOfOrder), "never fetched");
    fork.served(&one);
    let effects = fork.message(&forked(&one, &[0; 16]));
    assert_eq!(refusal(&effects), Some(Refusal::BadSignature), "fetched, and the nonce not known");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Construct { .. })));
}

#[test]
fn a_world_that_misbehaves_fails_alone() {
    let mut fork = Fork::new();
    let (one, two) = (key(1), key(2));
    fork.active(&one);
    let stream = fork.active(&two);
    let effects = fork.message(&forked(&one, &[0; 16]));
    assert_eq!(body::<Ended>(&effects).map(|ended| ended.world), Some(id(&one)));
    assert!(effects.contains(&Effect::Destroy { world: id(&one) }));
    assert_eq!(fork.session.phase(), Phase::Active);
    let open = Frame { kind: FrameType::Open, stream, lamport: 30, body: &[0xa0] }.encode();
    assert!(matches!(fork.message(&open).as_slice(), [Effect::ToWorld { .. }]), "the other still works");
}

#[test]
fn frames_of_a_dead_world_are_dropped_and_of_an_unknown_stream_an_error() {
    let mut fork = Fork::new();
    let stream = fork.active(&key(1));
    fork.event(Event::WorldEnded { world: id(&key(1)), why: "it ended".into() });
    let dead = Frame { kind: FrameType::Open, stream, lamport: 30, body: &[0xa0] }.encode();
    assert_eq!(fork.message(&dead), []);
    let nobody = Frame { kind: FrameType::Open, stream: StreamId(stream.0 + 8), lamport: 31, body: &[0xa0] }.encode();
    let effects = fork.message(&nobody);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Close { code: CloseCode::Protocol, .. })));
    assert_eq!(fork.session.end_reason(), Some(EndReason::Broken));
}

#[test]
fn credit_that_shrinks_closes_the_socket() {
    let mut fork = Fork::new();
    let stream = fork.active(&key(1));
    let grant = |items, lamport| {
        let body = crate::protocol::codec::encode(&Credit { items, bytes: 1 << 30 });
        Frame { kind: FrameType::Credit, stream, lamport, body: &body }.encode()
    };
    let effects = fork.message(&grant(50_000, 30));
    assert!(matches!(effects.as_slice(), [Effect::Credit { credit: Credit { items: 50_000, .. }, .. }]));
    let effects = fork.message(&grant(49_999, 31));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Close { code: CloseCode::Protocol, .. })));
}

#[test]
fn a_protocol_error_on_control_ends_the_session_and_its_worlds() {
    let mut fork = Fork::new();
    fork.active(&key(1));
    for kind in FrameType::ALL.into_iter().filter(|kind| {
        kind.is_control()
            && !matches!(kind, FrameType::Forking | FrameType::Forked | FrameType::Leave | FrameType::Halt)
    }) {
        let mut fork = Fork::new();
        fork.active(&key(1));
        let effects = fork.message(&Frame { kind, stream: StreamId::CONTROL, lamport: 30, body: &[0xa0] }.encode());
        assert!(
            effects.iter().any(|effect| matches!(effect, Effect::Close { code: CloseCode::Protocol, .. })),
            "{kind:?}: {effects:?}"
        );
        assert!(effects.contains(&Effect::Destroy { world: id(&key(1)) }), "{kind:?}");
        assert_eq!(fork.session.phase(), Phase::Closing, "{kind:?}");
    }
}

// Resume.

#[test]
fn resumed_follows_activated_and_nothing_stands_before_it() {
    let mut fork = Fork::new();
    fork.active(&key(1));
    let effects = fork.resume();
    let sent: Vec<FrameType> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send { kind, .. } => Some(*kind),
            _ => None,
        })
        .collect();
    assert_eq!(sent, [FrameType::Activated, FrameType::Resumed]);
    assert_eq!(effects[0], Effect::Fence { epoch: Epoch(1) });
    assert_eq!(body::<Resumed>(&effects).map(|resumed| resumed.worlds.len()), Some(1));
    assert_eq!(body::<Activated>(&effects).map(|activated| activated.epoch), Some(Epoch(2)));
}

#[test]
fn a_fenced_socket_is_neither_heard_nor_can_it_suspend_the_newer_one() {
    let mut fork = Fork::new();
    fork.resume();
    let older = Epoch(1);
    assert_eq!(fork.event(Event::Message { epoch: older, bytes: &hello(&key(1)) }), []);
    assert_eq!(fork.event(Event::Message { epoch: older, bytes: b"garbage" }), []);
    assert_eq!(fork.event(Event::SocketLost { epoch: older }), []);
    assert_eq!(fork.event(Event::Stalled { epoch: older }), []);
    assert_eq!(fork.session.phase(), Phase::Active);
}

#[test]
fn a_cookie_of_an_older_epoch_buys_nothing() {
    let mut fork = Fork::new();
    let cookie = fork.cookie(&key(1));
    fork.resume();
    assert_eq!(fork.initiate(&initiate(&key(1), &cookie)), Err(Refusal::BadCookie));
}

#[test]
fn a_fork_in_flight_dies_with_its_socket_and_an_active_world_waits() {
    let mut fork = Fork::new();
    fork.active(&key(1));
    fork.served(&key(2));
    let epoch = fork.session.epoch();
    let effects = fork.event(Event::SocketLost { epoch });
    assert_eq!(effects, [Effect::Suspend { world: id(&key(1)) }]);
    let effects = fork.resume();
    let kept: Vec<WorldId> =
        body::<Resumed>(&effects).expect("Resumed").worlds.into_iter().map(|world| world.world).collect();
    assert_eq!(kept, [id(&key(1))]);
}

#[test]
fn a_session_of_another_login_cannot_be_resumed() {
    let mut fork = Fork::new();
    let (ticket, resume) = (fork.bed.ticket(), fork.resume_ticket());
    let message = fork.bed.activate(ticket, Some(resume));
    let mut arrived = fork.bed.arrive(&message).expect("right");
    arrived.login.id = [2; 16];
    let effects = fork.event(Event::Resume(&arrived));
    assert!(matches!(effects.as_slice(), [Effect::TurnAway { code: CloseCode::Authentication, .. }]));
    assert_eq!(fork.session.epoch(), Epoch(1));
}

#[test]
fn a_rebuilt_session_keeps_worlds_that_are_still_permitted_and_streams_of_none_twice() {
    let mut fork = Fork::new();
    let stream = fork.active(&key(1));
    let tag = fork.session.tag();
    let ticket = fork.bed.ticket();
    let resume = {
        let mut ticket = Ticket {
            kind: TicketKind::Resume,
            session: tag,
            login: fork.bed.login.id,
            id: [3; 16],
            expires: fork.bed.login.expires,
            epoch: Epoch(4),
            worlds: Vec::new(),
        };
        for (seed, number) in [(1, 1), (2, 77)] {
            let stream = StreamId(stream.0 + 8 * u32::from(seed - 1));
            ticket.worlds.push(crate::protocol::ticket::TicketWorld { world: id(&key(seed)), command: number, stream });
        }
        fork.bed.seal(&ticket)
    };
    let message = fork.bed.activate(ticket, Some(resume));
    let arrived = fork.bed.arrive(&message).expect("right");
    let now = fork.bed.now;
    let (session, effects) = Session::rebuild(now, &mut fork.bed.env(), &arrived);
    assert_eq!((session.tag(), session.epoch()), (tag, Epoch(5)));
    assert_eq!(body::<Resumed>(&effects).expect("Resumed").worlds.len(), 1, "command 77 is not there any more");
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Construct { .. })).count(), 1);
    fork.session = session;
    let next = fork.active(&key(3));
    assert_eq!(next, StreamId(stream.0 + 16), "behind every stream the page may know");
}

#[test]
fn revoking_and_stopping_tell_the_page_and_close() {
    for (event, code, reason) in [
        (Event::Revoked { why: "logged out" }, CloseCode::Authentication, EndReason::Revoked),
        (Event::Stopping { why: "maintenance" }, CloseCode::ServerStopping, EndReason::Stopping),
    ] {
        let mut fork = Fork::new();
        let effects = fork.event(event);
        assert_eq!(body::<Halt>(&effects).map(|halt| halt.code), Some(code.number()));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Close { code: closed, .. } if *closed == code)));
        assert_eq!(effects.last(), Some(&Effect::Forget), "it owned no worlds");
        assert_eq!(fork.session.end_reason(), Some(reason));
        let effects = fork.resume();
        assert!(matches!(effects.as_slice(), [Effect::TurnAway { .. }]), "{effects:?}");
    }
}

#[test]
fn a_runaway_clock_ends_the_session() {
    let mut fork = Fork::new();
    let mut message = hello(&key(1));
    message[8..16].copy_from_slice(&(1_u64 << 40).to_be_bytes());
    fork.message(&message);
    assert_eq!(fork.session.end_reason(), Some(EndReason::Broken));
    assert_eq!(fork.session.tag(), SessionTag(fork.session.tag().0));
}

// Deadlines, each at its exact millisecond.

/// Passes `millis - 1`, sees that nothing happens, passes one more and returns what happens.
fn due(fork: &mut Fork, millis: u64) -> Vec<Effect> {
    let when = fork.bed.now.after(millis);
    assert_eq!(fork.session.deadline(), Some(when));
    fork.bed.pass(millis - 1);
    assert_eq!(fork.event(Event::Deadline), [], "one millisecond too early");
    fork.bed.pass(1);
    fork.event(Event::Deadline)
}

#[test]
fn a_served_world_has_ten_seconds() {
    let mut fork = Fork::new();
    fork.served(&key(1));
    assert_eq!(refusal(&due(&mut fork, 10_000)), Some(Refusal::TooLate));
}

#[test]
fn a_forked_world_has_five_seconds() {
    let mut fork = Fork::new();
    let nonce = fork.served(&key(1));
    fork.message(&forked(&key(1), &nonce));
    let effects = due(&mut fork, 5_000);
    assert_eq!(refusal(&effects), Some(Refusal::TooLate));
    assert!(effects.contains(&Effect::Destroy { world: id(&key(1)) }));
    let late = fork.event(Event::Constructed { world: id(&key(1)), result: Ok(()) });
    assert_eq!(late, [], "a late constructor wakes nothing");
}

#[test]
fn a_closing_world_has_five_seconds() {
    let mut fork = Fork::new();
    fork.active(&key(1));
    fork.message(&frame(&Leave { world: id(&key(1)) }, 20));
    assert!(body::<Ended>(&due(&mut fork, 5_000)).is_some());
}

#[test]
fn a_suspended_session_has_its_grace() {
    let mut fork = Fork::new();
    let epoch = fork.session.epoch();
    fork.event(Event::SocketLost { epoch });
    assert_eq!(due(&mut fork, 60_000), [Effect::Forget]);
    assert_eq!(fork.session.end_reason(), Some(EndReason::Grace));
    assert_eq!(fork.session.deadline(), None);
}

#[test]
fn a_session_whose_worlds_do_not_end_is_given_up() {
    let mut fork = Fork::new();
    fork.active(&key(1));
    fork.event(Event::Revoked { why: "logged out" });
    assert_eq!(due(&mut fork, 5_000), [Effect::Forget]);
}

#[test]
fn a_login_ends_its_session_at_its_absolute_end() {
    let mut fork = Fork::new();
    let effects = due(&mut fork, 12 * 3_600_000);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Close { code: CloseCode::Authentication, .. })));
    assert_eq!(fork.session.end_reason(), Some(EndReason::Expired));
}

#[test]
fn a_renewed_login_moves_the_end() {
    let mut fork = Fork::new();
    let (now, wall) = (fork.bed.now, fork.bed.wall());
    fork.session.renewed(now, wall, wall.after(1_000));
    let effects = due(&mut fork, 1_000);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Close { .. })));
}

#[test]
fn a_stalled_socket_is_closed_and_may_come_back() {
    let mut fork = Fork::new();
    fork.active(&key(1));
    let epoch = fork.session.epoch();
    let effects = fork.event(Event::Stalled { epoch });
    assert!(matches!(effects[0], Effect::Close { code: CloseCode::TimedOut, .. }));
    assert!(CloseCode::TimedOut.is_resumable());
    assert_eq!(fork.session.phase(), Phase::Suspended);
    assert_eq!(body::<Resumed>(&fork.resume()).map(|resumed| resumed.worlds.len()), Some(1));
}
