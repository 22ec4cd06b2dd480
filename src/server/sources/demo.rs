//! A simulated system for newcomers: five nodes with skewed wall clocks pass messages and write entries.
//!
//! Its wall clocks disagree by seconds and its Lamport clocks are right, so sorting by time shows answers before their
//! questions. [`Simulation`] is pure: seed and time are arguments. [`start`] drives it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, MissedTickBehavior};

use super::format::Formats;
use super::registry::Sources;
use super::ring::RingText;
use super::text::{Source, Text};
use crate::log::level::Level;
use crate::world::stream::SourceId;

/// How many nodes there are.
pub const NODES: usize = 5;
/// How far each node's wall clock is from the true time.
const SKEW_MILLIS: [i64; NODES] = [0, 1_837, -942, 5_210, -3_304];
/// How much of the past is there at the start.
const HISTORY_MILLIS: u64 = 60_000;
/// How often the nodes are given time.
const TICK: Duration = Duration::from_millis(50);
/// How many bytes of entries each node keeps.
const NODE_BYTES: usize = 16 * 1024 * 1024;

/// Starts the simulated system, with a minute of past.
///
/// # Panics
/// Outside a tokio runtime.
#[must_use]
pub fn start() -> Sources {
    let rings: Vec<_> = (0..NODES as u32).map(|id| Arc::new(RingText::new(SourceId(id), NODE_BYTES))).collect();
    let now_millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let mut simulation = Simulation::new(now_millis, now_millis.saturating_sub(HISTORY_MILLIS));
    let held: Vec<Weak<RingText>> = rings.iter().map(Arc::downgrade).collect();
    write(&held, simulation.advance_to(now_millis));
    let list = rings.into_iter().zip(0..).map(|(ring, number)| Source {
        id: SourceId(number),
        name: node_name(number as usize),
        origin: "demo".into(),
        text: ring as Arc<dyn Text>,
    });
    let sources = Sources::new(list.collect(), &Formats::default());
    tokio::spawn(run(simulation, held, now_millis));
    sources
}

/// Gives the nodes time until nobody holds their entries any more.
async fn run(mut simulation: Simulation, rings: Vec<Weak<RingText>>, start_millis: u64) {
    let start = Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let written = simulation.advance_to(start_millis + start.elapsed().as_millis() as u64);
        if !write(&rings, written) {
            return;
        }
    }
}

/// Pushes each entry into its node's ring; `false` once the rings are gone.
fn write(rings: &[Weak<RingText>], entries: Vec<Written>) -> bool {
    for entry in entries {
        match rings[entry.node].upgrade() {
            Some(ring) => ring.push(format!("{}\n", entry.line()).as_bytes()),
            None => return false,
        }
    }
    rings.iter().any(|ring| ring.strong_count() > 0)
}

fn node_name(node: usize) -> String {
    format!("node-{}", node + 1)
}

/// An entry that a node wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The node, from 0.
    pub node: usize,
    /// The node's wall clock, in milliseconds of Unix time: not the true time.
    pub wall_millis: i64,
    /// The node's Lamport clock.
    pub lamport: u64,
    /// How serious it is.
    pub level: Level,
    /// What the node did.
    pub deed: Deed,
    /// What it says about it.
    pub text: String,
}

/// What a node did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Something of its own.
    Worked,
    /// It sent the message of this number.
    Sent(u64),
    /// It received the message of this number.
    Received(u64),
}

impl Written {
    /// The entry as a line of text, without its line end.
    #[must_use]
    pub fn line(&self) -> String {
        let time = jiff::Timestamp::from_millisecond(self.wall_millis).unwrap_or_default();
        let time = time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
        let level = self.level.word().to_ascii_uppercase();
        format!("{time} {level:<5} {} lamport={} {}", node_name(self.node), self.lamport, self.text)
    }
}

/// The simulated system.
pub struct Simulation {
    now_millis: u64,
    random: Random,
    lamport: [u64; NODES],
    messages: u64,
    /// What will happen, soonest first; the number breaks ties.
    agenda: BinaryHeap<Reverse<(u64, u64, Happening)>>,
    planned: u64,
}

/// Something that will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    /// A node has time.
    Turn { node: usize },
    /// A message arrives.
    Arrival { message: Message },
    /// The node that was asked answers.
    Answer { question: Message },
    /// The node that asked gives up: its message was lost on the way.
    GivingUp { question: Message },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    number: u64,
    from: usize,
    to: usize,
    lamport: u64,
    /// The number of the question that this answers.
    answers: Option<u64>,
}

impl Simulation {
    /// A system whose nodes start at `start_millis` of Unix time. The same seed and times give the same entries.
    #[must_use]
    pub fn new(seed: u64, start_millis: u64) -> Self {
        let mut simulation = Self {
            now_millis: start_millis,
            random: Random(seed | 1),
            lamport: [0; NODES],
            messages: 0,
            agenda: BinaryHeap::new(),
            planned: 0,
        };
        for node in 0..NODES {
            let pause = simulation.random.between(0, 1_000);
            simulation.plan(pause, Happening::Turn { node });
        }
        simulation
    }

    /// Lets time pass and returns what the nodes wrote meanwhile, in true order.
    pub fn advance_to(&mut self, now_millis: u64) -> Vec<Written> {
        let mut written = Vec::new();
        while let Some(&Reverse((at_millis, _, happening))) = self.agenda.peek().filter(|next| next.0.0 <= now_millis) {
            self.agenda.pop();
            self.now_millis = at_millis;
            written.push(match happening {
                Happening::Turn { node } => self.turn(node),
                Happening::Arrival { message } => self.arrival(message),
                Happening::Answer { question } => self.send(question.to, question.from, Some(question.number), "ack"),
                Happening::GivingUp { question } => self.give_up(question),
            });
        }
        self.now_millis = self.now_millis.max(now_millis);
        written
    }

    fn turn(&mut self, node: usize) -> Written {
        let pause = self.random.between(400, 2_200);
        self.plan(pause, Happening::Turn { node });
        if self.random.between(0, 100) < 45 {
            let to = (node + 1 + self.random.between(0, NODES as u64 - 1) as usize) % NODES;
            let subject = self.random.one_of(&["lease", "append", "heartbeat", "snapshot", "vote"]);
            return self.send(node, to, None, subject);
        }
        let size_bytes = self.random.between(80, 64_000);
        let took_millis = self.random.between(1, 900);
        let (level, text) = match self.random.between(0, 100) {
            0..25 => (Level::Debug, format!("compacted segment bytes={size_bytes}")),
            25..35 => (Level::Trace, format!("tick queue={}", took_millis % 7)),
            35..88 => (Level::Info, format!("applied entry bytes={size_bytes} took={took_millis}ms")),
            88..97 => (Level::Warn, format!("slow disk: flush took {}ms", took_millis + 900)),
            _ => (Level::Error, format!("flush failed: device busy, will retry in {took_millis}ms")),
        };
        self.write(node, level, Deed::Worked, text)
    }

    fn send(&mut self, from: usize, to: usize, answers: Option<u64>, subject: &str) -> Written {
        self.messages += 1;
        let number = self.messages;
        let about = answers.map_or_else(String::new, |question| format!(" re={question}"));
        let text = format!("send to={} msg={number}{about} {subject}", node_name(to));
        let entry = self.write(from, Level::Info, Deed::Sent(number), text);
        let message = Message { number, from, to, lamport: entry.lamport, answers };
        let is_lost = answers.is_none() && self.random.between(0, 100) < 4;
        if is_lost {
            self.plan(2_000, Happening::GivingUp { question: message });
        } else {
            let travel_millis = self.random.between(2, 250);
            self.plan(travel_millis, Happening::Arrival { message });
        }
        entry
    }

    fn arrival(&mut self, message: Message) -> Written {
        let Message { number, from, to, lamport, answers } = message;
        self.lamport[to] = self.lamport[to].max(lamport);
        let about = answers.map_or_else(String::new, |question| format!(" re={question}"));
        let text = format!("recv from={} msg={number}{about} sent={lamport}", node_name(from));
        let entry = self.write(to, Level::Info, Deed::Received(number), text);
        if answers.is_none() {
            let thinking_millis = self.random.between(1, 80);
            self.plan(thinking_millis, Happening::Answer { question: message });
        }
        entry
    }

    fn give_up(&mut self, question: Message) -> Written {
        let text = format!("no answer to msg={} from {} within 2s", question.number, node_name(question.to));
        self.write(question.from, Level::Warn, Deed::Worked, text)
    }

    /// Every entry is an event of its node: its Lamport clock moves on by one.
    fn write(&mut self, node: usize, level: Level, deed: Deed, text: String) -> Written {
        self.lamport[node] += 1;
        let wall_millis = self.now_millis.cast_signed() + SKEW_MILLIS[node];
        Written { node, wall_millis, lamport: self.lamport[node], level, deed, text }
    }

    fn plan(&mut self, in_millis: u64, happening: Happening) {
        self.planned += 1;
        self.agenda.push(Reverse((self.now_millis + in_millis, self.planned, happening)));
    }
}

/// xorshift64*: enough chance for a play.
struct Random(u64);

impl Random {
    fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        low + (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % (high - low)
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.between(0, choices.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::log::level::detect;

    const START: u64 = 1_790_000_000_000;

    fn ten_minutes(seed: u64) -> Vec<Written> {
        Simulation::new(seed, START).advance_to(START + 600_000)
    }

    #[test]
    fn a_message_is_received_later_than_it_was_sent_by_lamport_and_not_always_by_wall_clock() {
        let mut sent = HashMap::new();
        let mut received = 0;
        let mut backwards = 0;
        for entry in ten_minutes(1) {
            match entry.deed {
                Deed::Sent(number) => assert!(sent.insert(number, entry).is_none(), "a number is used once"),
                Deed::Received(number) => {
                    let question = &sent[&number];
                    assert!(entry.lamport > question.lamport);
                    assert_ne!(entry.node, question.node);
                    received += 1;
                    backwards += usize::from(entry.wall_millis < question.wall_millis);
                }
                Deed::Worked => {}
            }
        }
        assert!(received > 500);
        assert!(backwards > received / 10, "the wall clocks mislead");
        assert!(received < sent.len(), "some messages are lost");
    }

    #[test]
    fn a_nodes_clock_only_grows() {
        let mut last = [0; NODES];
        for entry in ten_minutes(2) {
            assert!(entry.lamport > last[entry.node]);
            last[entry.node] = entry.lamport;
        }
        assert!(last.iter().all(|&lamport| lamport > 100), "every node lives");
    }

    #[test]
    fn several_entries_are_written_each_second_of_every_level_but_the_last() {
        let entries = ten_minutes(3);
        assert!((600 * 3..600 * 30).contains(&entries.len()), "{}", entries.len());
        for level in [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error] {
            assert!(entries.iter().any(|entry| entry.level == level), "{level:?}");
        }
    }

    #[test]
    fn time_in_steps_gives_what_time_at_once_gives() {
        let mut simulation = Simulation::new(4, START);
        let steps: Vec<_> = (0..=6000).flat_map(|step| simulation.advance_to(START + step * 100)).collect();
        assert_eq!(steps, ten_minutes(4));
        assert_ne!(steps, ten_minutes(6));
    }

    #[test]
    fn a_line_reads_as_it_should() {
        let entry = Written {
            node: 2,
            wall_millis: 1_795_428_000_123,
            lamport: 42,
            level: Level::Info,
            deed: Deed::Sent(7),
            text: "send to=node-1 msg=7 vote".into(),
        };
        assert_eq!(entry.line(), "2026-11-23T10:00:00.123Z INFO  node-3 lamport=42 send to=node-1 msg=7 vote");
        for entry in ten_minutes(5) {
            assert_eq!(detect(entry.line().as_bytes()), Some(entry.level), "{}", entry.line());
        }
    }

    #[tokio::test]
    async fn the_demo_has_a_past_and_goes_on() {
        let sources = start();
        for source in sources.list() {
            assert!(source.text.extent().end > 0, "{} has written", source.name);
        }
        let mut all = sources.all().text.changes();
        let past = all.borrow_and_update().end;
        all.wait_for(|extent| extent.end > past).await.unwrap();
    }
}
