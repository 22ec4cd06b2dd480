//! How fast messages find their patterns: messages per second, for streams that are easy and for one that is not.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use frereth::log::pattern::Patterns;

fn main() {
    divan::main();
}

const MESSAGES: u32 = 100_000;
const NAMES: [&str; 9] = ["ada", "bob", "cy", "dee", "eve", "fay", "gus", "hal", "ivy"];

/// What a program says whose messages vary in numbers, addresses and names.
fn ordinary(number: u32) -> String {
    let name = NAMES[number as usize % NAMES.len()];
    match number % 6 {
        0 => format!("PacketResponder {} for block blk_{} terminating", number % 3, u64::from(number) * 7_919_113),
        1 => format!(
            "Failed password for invalid user {name} from 10.0.{}.{} port {number} ssh2",
            number % 7,
            number % 250
        ),
        2 => format!("GET /api/v1/items/{number}?page={} took {} ms", number % 10, number % 90),
        3 => format!("pool: grew to {} connections, {} idle", number % 64, number % 9),
        4 => format!("session of {name} closed after {} requests", number % 400),
        _ => "Interrupted while waiting for message on queue".to_owned(),
    }
}

/// Prose in which nothing repeats: every message begins a pattern and most make one go.
fn hostile(number: u32) -> String {
    let mut text = String::new();
    let mut state = number.wrapping_mul(2_654_435_761) | 1;
    for _ in 0..12 {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        text.extend((0..4).map(|letter| char::from(b'a' + (state >> (letter * 5)) as u8 % 26)));
        text.push(' ');
    }
    text
}

#[divan::bench(args = [false, true], sample_count = 10)]
fn messages(bencher: Bencher, is_hostile: bool) {
    let messages: Vec<String> = (0..MESSAGES).map(if is_hostile { hostile } else { ordinary }).collect();
    let bytes: usize = messages.iter().map(String::len).sum();
    bencher.counter(ItemsCount::new(MESSAGES)).counter(BytesCount::new(bytes)).bench(|| {
        let mut patterns = Patterns::default();
        for message in &messages {
            black_box(patterns.add(message.as_bytes()));
        }
        patterns.len()
    });
}
