//! Hosts one world: carries out what its machine wants and tells the machine what comes of it.
//!
//! The machine in [`crate::protocol::client::world`] decides; here are its key, its code's way from the server, its sandbox,
//! the guard over it and the tree that it draws. A world is hostile: nothing it says is believed before [`FromWorld::decode`]
//! and [`Tree`] have let it through. [`super::session`] owns the host and calls it, never from within one of its own calls.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leptos::prelude::{GetUntracked, GetValue, Set, document, window};
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::address::{self, Address};
use super::clock::{self, Pulse};
use super::keys::SigningKey;
use super::memory::Memory;
use super::requests::{self, Answer};
use super::sandbox::{FromSandbox, Sandbox};
use crate::app::state::link::{Link, ViewChange, WorldPhase as Shown};
use crate::protocol::client::{Tell, WorldEffect, WorldEvent, WorldPhase};
use crate::protocol::clock::Millis;
use crate::protocol::frame::FrameType;
use crate::protocol::ids::Lane;
use crate::protocol::reason::Refusal;
use crate::protocol::transcript::FORK_NONCE_HEADER;
use crate::world::batch::Batch;
use crate::world::message::{Event, FromWorld, ToWorld};
use crate::world::tree::{Node, Tree, diff};
use crate::world::view::{Op, Widget};
use crate::world::watch::{Guard, STOP_MILLIS, Verdict};

/// How often the guard looks at a running world.
const LOOK_MILLIS: u64 = 500;
/// How long after a press or a wish to copy a world may fill the clipboard.
const COPY_MILLIS: u64 = 5_000;

/// Something that a world did to others through its sandbox, reported to its machine.
pub type Report = Rc<dyn Fn(WorldEvent)>;

/// One world of this page.
pub struct WorldHost {
    link: Link,
    report: Report,
    /// The key of the newest attempt.
    key: RefCell<Option<SigningKey>>,
    phase: RefCell<WorldPhase>,
    running: RefCell<Option<Running>>,
    address: Address,
    memory: Memory,
}

/// A world in its sandbox.
struct Running {
    attempt: u32,
    sandbox: Rc<Sandbox>,
    guard: Guard,
    verdict: Verdict,
    _look: Pulse,
    /// What was posted and not yet taken; a Batch with what its credit costs.
    posted: VecDeque<Option<Cost>>,
    taken: u64,
    tree: Tree,
    /// View messages drawn so far; the first clears what an older world left.
    drawn: u64,
    /// The applier that has drawn all of them.
    drawn_by: Option<Applier>,
    may_copy_until: Option<Millis>,
}

type Applier = Arc<dyn Fn(ViewChange) + Send + Sync>;

#[derive(Clone, Copy)]
struct Cost {
    lane: Lane,
    items: u64,
    bytes: u64,
}

impl WorldHost {
    /// Returns a host without a running world.
    pub fn new(link: Link, report: Report) -> Rc<Self> {
        Rc::new(Self {
            link,
            report,
            key: RefCell::new(None),
            phase: RefCell::new(WorldPhase::Created),
            running: RefCell::new(None),
            address: Address::new(),
            memory: Memory::of_page(),
        })
    }

    /// Carries out one effect of the machine. `code_url` is where the session's shell has its code.
    pub fn carry_out(self: &Rc<Self>, effect: WorldEffect, code_url: &str) {
        match effect {
            WorldEffect::GenerateKey { attempt } => self.make_key(attempt),
            WorldEffect::Sign { attempt, bytes } => self.sign(attempt, bytes),
            WorldEffect::PostInitiate { attempt, body } => self.initiate(attempt, body, code_url.to_owned()),
            WorldEffect::StartSandbox { attempt, code } => self.start(attempt, code),
            WorldEffect::StopSandbox => drop(self.running.take()),
            WorldEffect::Tell(tell) => self.tell(tell),
            WorldEffect::Deliver { lane, kind, body } => {
                let cost = (kind == FrameType::Batch).then(|| Cost {
                    lane,
                    items: Batch::items_of(&body).unwrap_or_default().into(),
                    bytes: body.len() as u64,
                });
                self.post(&ToWorld::Server { lane, kind, body }, cost);
            }
        }
    }

    /// Passes on what the user did, if there is a world to hear it.
    pub fn event(&self, event: Event) {
        if !matches!(*self.phase.borrow(), WorldPhase::Active | WorldPhase::Suspended) {
            return;
        }
        if let Some(running) = self.running.borrow_mut().as_mut()
            && matches!(event, Event::Press(_) | Event::PressRow(..) | Event::Copy(..))
        {
            running.may_copy_until = Some(clock::now().after(COPY_MILLIS));
        }
        self.post(&ToWorld::Event(event), None);
    }

    /// Has the world show what the page's address says.
    pub fn go_to_address(&self) {
        let is_there = matches!(*self.phase.borrow(), WorldPhase::Active | WorldPhase::Suspended);
        if let Some(address) = address::read().filter(|_| is_there) {
            self.post(&ToWorld::Address(address), None);
        }
    }

    /// Puts the page's address into the clipboard.
    pub fn copy_address(&self) {
        copy(&self.link, self.address.whole());
    }

    /// Shows the machine's state of this world to the user.
    pub fn show(&self, phase: WorldPhase) {
        self.phase.replace(phase);
        self.watch();
        self.draw_anew();
    }

    /// Counts visible, unsuspended time only, and shows what the guard thinks.
    pub fn watch(&self) {
        let phase = self.phase.borrow().clone();
        let mut verdict = Verdict::Well;
        if let Some(running) = self.running.borrow_mut().as_mut() {
            let now = clock::now();
            running.guard.pause(document().hidden() || phase == WorldPhase::Suspended, now);
            running.verdict = running.guard.tick(now);
            verdict = running.verdict;
        }
        let shown = shown(phase, verdict);
        if self.link.world.get_untracked() != shown {
            self.link.world.set(shown);
        }
        self.act_on(verdict);
    }

    /// Gives a view component that appeared since the last message all that the world has drawn.
    pub fn draw_anew(&self) {
        let Some(applier) = self.link.draw.get_value() else { return };
        let mut running = self.running.borrow_mut();
        let Some(running) = running.as_mut().filter(|running| running.drawn > 0) else { return };
        if running.drawn_by.as_ref().is_some_and(|by| Arc::ptr_eq(by, &applier)) {
            return;
        }
        running.drawn_by = Some(Arc::clone(&applier));
        let ops = whole(&running.tree);
        applier(ViewChange { number: 0, ops });
    }

    /// Stops the world: it asked more than the connection carries.
    pub fn overload(self: &Rc<Self>) {
        if let Some(running) = self.running.take() {
            let why = "it asked for more than the connection carries".to_owned();
            (self.report)(WorldEvent::SandboxFailed { attempt: running.attempt, why });
        }
    }

    fn make_key(self: &Rc<Self>, attempt: u32) {
        let host = Rc::clone(self);
        self.key.take();
        spawn_local(async move {
            let key = SigningKey::generate().await.map(|key| {
                let public = key.public();
                host.key.replace(Some(key));
                public
            });
            (host.report)(WorldEvent::KeyMade { attempt, key });
        });
    }

    fn sign(self: &Rc<Self>, attempt: u32, bytes: Vec<u8>) {
        let host = Rc::clone(self);
        let key = self.key.borrow().clone();
        spawn_local(async move {
            let signature = match key {
                Some(key) => key.sign(&bytes).await,
                None => Err("it is gone".to_owned()),
            };
            (host.report)(WorldEvent::Signed { attempt, signature });
        });
    }

    fn initiate(self: &Rc<Self>, attempt: u32, body: Vec<u8>, code_url: String) {
        let host = Rc::clone(self);
        spawn_local(async move {
            let failed = |refusal| WorldEvent::InitiateFailed { attempt, refusal };
            (host.report)(match requests::post(&code_url, &body).await {
                Ok(answer) if answer.status == 200 => match fork_nonce(&answer) {
                    Some(fork_nonce) => WorldEvent::Code { attempt, code: answer.body, fork_nonce },
                    None => failed(None),
                },
                Ok(answer) => failed(refusal(&answer)),
                Err(_) => failed(None),
            });
        });
    }

    fn start(self: &Rc<Self>, attempt: u32, code: Vec<u8>) {
        self.running.take();
        let host = Rc::downgrade(self);
        let prepared = Sandbox::prepare({
            let host = Weak::clone(&host);
            move |message| {
                if let Some(host) = host.upgrade() {
                    host.hear(attempt, message);
                }
            }
        });
        let (sandbox, loaded) = match prepared {
            Ok(prepared) => prepared,
            Err(why) => return (self.report)(WorldEvent::SandboxFailed { attempt, why }),
        };
        self.running.replace(Some(Running::new(attempt, Rc::clone(&sandbox), look(host.clone()))));
        // Weak, so that a sandbox that was stopped meanwhile is gone and not started.
        let sandbox = Rc::downgrade(&sandbox);
        spawn_local(async move {
            loaded.wait().await;
            let Some(sandbox) = sandbox.upgrade() else { return };
            if let Err(why) = sandbox.start(&code)
                && let Some(host) = host.upgrade()
            {
                (host.report)(WorldEvent::SandboxFailed { attempt, why });
            }
        });
    }

    fn tell(&self, tell: Tell) {
        if let Some(running) = self.running.borrow_mut().as_mut() {
            // Lanes start anew with the next socket, and owe nothing for what came over the last one.
            running.posted.iter_mut().for_each(|cost| *cost = None);
        }
        if matches!(tell, Tell::Active) {
            let memory = Some(self.memory.recall()).filter(|memory| !memory.is_empty());
            let known = [memory.map(ToWorld::Memory), address::read().map(ToWorld::Address)];
            known.iter().flatten().for_each(|message| self.post(message, None));
        }
        let message = match tell {
            Tell::Active => ToWorld::Active,
            Tell::Suspended => ToWorld::Suspended,
            Tell::Resumed => ToWorld::Resumed,
        };
        self.post(&message, None);
    }

    fn post(&self, message: &ToWorld, cost: Option<Cost>) {
        let mut running = self.running.borrow_mut();
        let Some(running) = running.as_mut() else { return };
        running.guard.sent(clock::now());
        running.posted.push_back(cost);
        running.sandbox.send(&message.encode());
    }

    fn hear(&self, attempt: u32, message: FromSandbox) {
        let (events, verdict) = {
            let mut running = self.running.borrow_mut();
            let Some(running) = running.as_mut().filter(|running| running.attempt == attempt) else { return };
            (running.hear(message), running.verdict)
        };
        match events {
            Ok(Heard::Events(events)) => events.into_iter().for_each(|event| (self.report)(event)),
            Ok(Heard::View(ops)) => self.draw(ops),
            Ok(Heard::Copy(text, true)) => copy(&self.link, text),
            Ok(Heard::Address(text)) => self.address.keep(text),
            Ok(Heard::Memory(text)) => self.memory.keep(text),
            Ok(Heard::Copy(text, false)) => self.link.held_copy.set(Some(text)),
            Err(why) => (self.report)(WorldEvent::SandboxFailed { attempt, why }),
        }
        self.act_on(verdict);
    }

    fn draw(&self, ops: Vec<Op>) {
        let applier = self.link.draw.get_value();
        let change = {
            let mut running = self.running.borrow_mut();
            let Some(running) = running.as_mut() else { return };
            let is_known = match (&running.drawn_by, &applier) {
                (Some(by), Some(applier)) => Arc::ptr_eq(by, applier),
                _ => false,
            };
            let is_first = running.drawn == 0;
            let number = if is_known { running.drawn } else { 0 };
            running.drawn += 1;
            running.drawn_by = applier.clone();
            ViewChange { number, ops: if is_known || is_first { ops } else { whole(&running.tree) } }
        };
        if let Some(applier) = applier {
            applier(change);
        }
    }

    fn act_on(&self, verdict: Verdict) {
        let why = match verdict {
            Verdict::Well | Verdict::NotResponding => return,
            Verdict::Stop => format!("it did not answer for {} seconds and was stopped", STOP_MILLIS / 1_000),
            Verdict::Flood => "it sent more messages than the page can bear and was stopped".to_owned(),
        };
        // The port closes at once: the machine is told, and must not be kept from it by what is still on its way.
        let running = self.running.take();
        if let Some(running) = running {
            (self.report)(WorldEvent::SandboxFailed { attempt: running.attempt, why });
        }
    }
}

/// What a message of the sandbox comes to.
enum Heard {
    Events(Vec<WorldEvent>),
    View(Vec<Op>),
    /// A text for the clipboard that a press asked for, and whether that is fresh enough for the browser.
    Copy(String, bool),
    /// What leads back to what it shows.
    Address(String),
    /// What it wants to know next time.
    Memory(String),
}

impl Running {
    fn new(attempt: u32, sandbox: Rc<Sandbox>, look: Pulse) -> Self {
        let guard = Guard::new(clock::now());
        Self {
            attempt,
            sandbox,
            guard,
            verdict: Verdict::Well,
            _look: look,
            posted: VecDeque::new(),
            taken: 0,
            tree: Tree::new(),
            drawn: 0,
            drawn_by: None,
            may_copy_until: None,
        }
    }

    /// # Errors
    /// Words for the user when an honest world would not have said that.
    fn hear(&mut self, message: FromSandbox) -> Result<Heard, String> {
        let now = clock::now();
        let attempt = self.attempt;
        let nothing = Heard::Events(Vec::new());
        if let FromSandbox::Taken(taken) = message {
            // One note for each message that was posted is in order, and bounded by them; more is not.
            return self.takes(taken, now).map(Heard::Events);
        }
        let bytes = match &message {
            FromSandbox::Message(bytes) => bytes.len(),
            FromSandbox::Log(words) | FromSandbox::Ended(words) => words.len(),
            FromSandbox::Taken(_) | FromSandbox::Foreign => 0,
        };
        self.verdict = self.guard.heard(bytes, now);
        if self.verdict == Verdict::Flood {
            // It is stopped in a moment; what it said costs nobody any more time.
            return Ok(nothing);
        }
        match message {
            FromSandbox::Message(bytes) => match FromWorld::decode(&bytes) {
                Ok(FromWorld::Ready) => Ok(Heard::Events(vec![WorldEvent::Ready { attempt }])),
                Ok(FromWorld::Server { lane, kind, body }) => {
                    Ok(Heard::Events(vec![WorldEvent::FromWorld { lane, kind, body }]))
                }
                Ok(FromWorld::View(ops)) => {
                    self.tree.apply_all(ops.clone()).map_err(|fault| format!("it drew what it may not: {fault}"))?;
                    Ok(Heard::View(ops))
                }
                Ok(FromWorld::Copy(text)) => {
                    // Without a press before it nobody asked for it.
                    Ok(self.may_copy_until.take().map_or(nothing, |until| Heard::Copy(text, now <= until)))
                }
                Ok(FromWorld::Address(text)) => Ok(Heard::Address(text)),
                Ok(FromWorld::Memory(text)) => Ok(Heard::Memory(text)),
                Err(error) => Err(format!("it sent what no world may send: {error}")),
            },
            FromSandbox::Log(line) => {
                log(&line);
                Ok(nothing)
            }
            FromSandbox::Ended(why) => Err(why),
            FromSandbox::Taken(_) | FromSandbox::Foreign => Err("it sent what no world may send".to_owned()),
        }
    }

    fn takes(&mut self, taken: u64, now: Millis) -> Result<Vec<WorldEvent>, String> {
        let count = taken.checked_sub(self.taken).filter(|count| (1..=self.posted.len() as u64).contains(count));
        let count = count.ok_or("it counted messages that it was not sent")?;
        self.taken = taken;
        self.guard.answered(now);
        let costs = self.posted.drain(..count as usize).flatten();
        let events =
            costs.map(|Cost { lane, items, bytes }| WorldEvent::Taken { lane, items, bytes }).collect::<Vec<_>>();
        if !self.posted.is_empty() {
            // It answers, and has more to answer: the wait counts anew.
            self.guard.sent(now);
        }
        Ok(events)
    }
}

/// Looks at the world every [`LOOK_MILLIS`] for as long as it is kept.
fn look(host: Weak<WorldHost>) -> Pulse {
    Pulse::every(LOOK_MILLIS, move || {
        if let Some(host) = host.upgrade() {
            host.watch();
            host.draw_anew();
        }
    })
}

fn shown(phase: WorldPhase, verdict: Verdict) -> Shown {
    match phase {
        WorldPhase::Created | WorldPhase::Pending => Shown::Pending,
        WorldPhase::Forking => Shown::Forking,
        WorldPhase::Starting | WorldPhase::Forked => Shown::Starting,
        WorldPhase::Active if verdict == Verdict::Well => Shown::Active,
        WorldPhase::Active => Shown::NotResponding,
        WorldPhase::Suspended => Shown::Suspended,
        WorldPhase::Closing | WorldPhase::Closed => Shown::Failed("you stopped it".to_owned()),
        WorldPhase::Failed(why) => Shown::Failed(why),
    }
}

/// All of a tree, as the operations that build it from nothing.
fn whole(tree: &Tree) -> Vec<Op> {
    let declared = tree.declaration();
    let mut ops = diff(&Node::empty(), &declared);
    let mut nodes = vec![&declared];
    while let Some(node) = nodes.pop() {
        nodes.extend(&node.children);
        if let (Widget::Rows(_), Some(held)) = (&node.widget, tree.node(node.key)) {
            ops.push(Op::Lines { node: node.key, lines: held.lines.clone() });
        }
    }
    ops
}

/// The nonce that came with the code.
fn fork_nonce(answer: &Answer) -> Option<[u8; 16]> {
    URL_SAFE_NO_PAD.decode(answer.header(FORK_NONCE_HEADER)?).ok()?.try_into().ok()
}

/// What the server said to an Initiate that it did not accept: one byte, the refusal's number. What stood before the route
/// (the gate, a limit, a proxy) says no such thing, and would say the same again; only a server's failure is worth a try.
fn refusal(answer: &Answer) -> Option<Refusal> {
    match (answer.body.as_slice(), answer.status) {
        ([number], 400..500) => Refusal::from_number(*number).or(Some(Refusal::OutOfOrder)),
        (_, 401 | 403) => Some(Refusal::Forbidden),
        (_, 408) => None,
        (_, 400..500) => Some(Refusal::OutOfOrder),
        _ => None,
    }
}

/// Puts a text into the clipboard; where the browser does not let it in, it is held for the next press.
pub fn copy(link: &Link, text: String) {
    let held = link.held_copy;
    spawn_local(async move {
        if JsFuture::from(window().navigator().clipboard().write_text(&text)).await.is_err() {
            held.set(Some(text));
        }
    });
}

/// A world's line goes to the page's console and nowhere else: log text must never come back as a log.
fn log(line: &str) {
    leptos::logging::log!("world: {line}");
}
