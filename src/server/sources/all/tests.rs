//! The interleaving against texts that are made up and against rings.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;
use crate::server::dice::Dice;
use crate::server::engine::Sample;
use crate::server::sources::format::{Formats, SourceFormat};
use crate::server::sources::ring::RingText;

/// A text whose content and generation a test sets.
pub(super) struct Played {
    id: SourceId,
    content: Mutex<Vec<u8>>,
    bytes_read: AtomicU64,
    /// Whether the next read fails as if the text had moved on.
    fails_once: AtomicBool,
    extent: watch::Sender<Extent>,
}

impl Played {
    pub(super) fn new(number: u32, content: &str) -> Arc<Self> {
        let end = content.len() as u64;
        let extent = Extent { generation: 0, start: 0, end, rows_gone: 0, state: SourceState::Live };
        Arc::new(Self {
            id: SourceId(number),
            content: Mutex::new(content.into()),
            bytes_read: AtomicU64::new(0),
            fails_once: AtomicBool::new(false),
            extent: watch::Sender::new(extent),
        })
    }

    fn append(&self, text: &str) {
        let mut content = self.content.lock().unwrap();
        content.extend_from_slice(text.as_bytes());
        self.extent.send_modify(|extent| extent.end = content.len() as u64);
    }

    fn lose_before(&self, start: u64) {
        self.extent.send_modify(|extent| extent.start = start);
    }

    fn rotate(&self, text: &str) {
        *self.content.lock().unwrap() = text.into();
        self.extent.send_modify(|extent| {
            extent.generation += 1;
            extent.end = text.len() as u64;
        });
    }

    fn end(&self) {
        self.extent.send_modify(|extent| extent.state = SourceState::Ended);
    }
}

impl Text for Played {
    fn extent(&self) -> Extent {
        self.extent.borrow().clone()
    }

    fn changes(&self) -> watch::Receiver<Extent> {
        self.extent.subscribe()
    }

    fn read_at(&self, generation: u32, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let content = self.content.lock().unwrap();
        if generation != self.extent.borrow().generation || self.fails_once.swap(false, Ordering::Relaxed) {
            return Err(io::ErrorKind::NotFound.into());
        }
        // Fewer bytes than asked for, as a text may.
        let rest = &content[(offset as usize).min(content.len())..];
        let length = rest.len().min(buffer.len()).min(if buffer.len() > 1024 { 1001 } else { 7 });
        self.bytes_read.fetch_add(length as u64, Ordering::Relaxed);
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn origin(&self, place: Place) -> (SourceId, Place) {
        (self.id, place)
    }
}

fn source(number: u32, text: Arc<dyn Text>) -> Source {
    Source { id: SourceId(number), name: number.to_string(), origin: "test".into(), text }
}

fn played(contents: [&str; 2]) -> (Arc<Played>, Arc<Played>, Arc<AllText>) {
    let [left, right] = [(0, contents[0]), (1, contents[1])].map(|(number, content)| Played::new(number, content));
    let all = AllText::new(vec![source(0, left.clone()), source(1, right.clone())]);
    (left, right, all)
}

fn ring(number: u32, bytes_max: usize) -> (Arc<RingText>, Source) {
    let ring = Arc::new(RingText::new(SourceId(number), bytes_max));
    (Arc::clone(&ring), source(number, ring))
}

fn read_all(all: &AllText) -> String {
    let extent = all.extent();
    let mut bytes = vec![0; (extent.end - extent.start) as usize + 10];
    let mut read = 0;
    loop {
        match all.read_at(extent.generation, extent.start + read as u64, &mut bytes[read..]).unwrap() {
            0 => break,
            length => read += length,
        }
    }
    assert_eq!(read as u64, extent.end - extent.start);
    bytes.truncate(read);
    String::from_utf8(bytes).unwrap()
}

fn place(all: &AllText, offset: u64) -> Place {
    Place { generation: all.extent().generation, offset }
}

#[test]
fn first_comes_what_was_there_and_then_what_arrives() {
    let (left, right, all) = played(["a1\na2\n", "b1\n"]);
    assert_eq!(read_all(&all), "a1\na2\nb1\n");
    right.append("b2\n");
    all.take(1);
    left.append("a3\n");
    all.take(0);
    assert_eq!(read_all(&all), "a1\na2\nb1\nb2\na3\n");
    assert_eq!(all.lock().runs.len(), 3, "what goes on is one run");
}

#[test]
fn the_interleaving_of_another_server_is_another_text() {
    let (.., one) = played(["a1\n", ""]);
    let (.., other) = played(["a1\n", ""]);
    assert_ne!(one.extent().generation, other.extent().generation);
}

#[test]
fn only_whole_lines_are_taken() {
    let (left, right, all) = played(["a1\na", "b"]);
    assert_eq!(read_all(&all), "a1\n");
    right.append("1\n");
    all.take(1);
    left.append("nd more");
    all.take(0);
    assert_eq!(read_all(&all), "a1\nb1\n");
    left.append("\n");
    all.take(0);
    assert_eq!(read_all(&all), "a1\nb1\nand more\n");
}

#[test]
fn the_last_line_of_a_source_that_ended_gets_an_end() {
    let (left, right, all) = played(["a1\na2", "b1\n"]);
    left.end();
    all.take(0);
    right.append("b2\n");
    all.take(1);
    assert_eq!(read_all(&all), "a1\nb1\na2\nb2\n");
    left.end();
    all.take(0);
    assert_eq!(read_all(&all), "a1\nb1\na2\nb2\n", "only once");
    assert_eq!(all.extent().state, SourceState::Live);
    right.end();
    all.take(1);
    assert_eq!(all.extent().state, SourceState::Ended);
}

#[test]
fn each_byte_knows_where_it_was_written() {
    let (left, right, all) = played(["a1\n", "b1\n"]);
    right.append("b2\n");
    all.take(1);
    left.append("a2\n");
    all.take(0);
    let origin = |offset| {
        let (source, place) = all.origin(place(&all, offset));
        (source.0, place.generation, place.offset)
    };
    assert_eq!(origin(0), (0, 0, 0));
    assert_eq!(origin(4), (1, 0, 1));
    assert_eq!(origin(6), (1, 0, 3));
    assert_eq!(origin(9), (0, 0, 3));
    assert_eq!(all.origin(place(&all, 99)).0, SourceId::ALL);
}

#[test]
fn a_new_generation_of_a_source_takes_the_old_one_out_and_nothing_else() {
    let (left, right, all) = played(["a1\n", "b1\n"]);
    right.append("b2\n");
    all.take(1);
    let first = all.extent().generation;
    left.rotate("new\n");
    all.take(0);
    let extent = all.extent();
    assert_ne!(extent.generation, first);
    assert_eq!(extent.start, 0);
    assert_eq!(read_all(&all), "b1\nb2\nnew\n");
    assert_eq!(all.read_at(first, 0, &mut [0; 4]).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(all.origin(place(&all, 6)), (SourceId(0), Place { generation: 1, offset: 0 }));
}

#[test]
fn what_moves_on_while_it_is_let_go_of_takes_nothing_with_it() {
    let (left, right, all) = played(["a1\na2\na3\na4\n", "b1\n"]);
    left.lose_before(3);
    left.fails_once.store(true, Ordering::Relaxed);
    let mut runs = all.lock();
    let before: Vec<Run> = runs.runs.iter().collect();
    assert!(all.let_go(&mut runs, None, 0, &left.extent()).is_err());
    assert_eq!(runs.runs.iter().collect::<Vec<_>>(), before);
    drop(runs);
    left.fails_once.store(true, Ordering::Relaxed);
    right.append("b2\n");
    all.take(1);
    all.take(0);
    assert_eq!(read_all(&all), "a4\nb1\nb2\n");
}

#[test]
fn at_the_start_a_line_end_is_looked_for_nearby_and_further_back_when_it_is_followed() {
    let long = format!("a1\n{}", "x".repeat(3 << 20));
    let (left, right, all) = played([&long, "b1\n"]);
    assert!(left.bytes_read.load(Ordering::Relaxed) <= FIRST_LOOK_BYTES);
    assert_eq!(read_all(&all), "b1\n");
    all.take(0);
    assert_eq!(read_all(&all), "b1\na1\n");
    left.append("\n");
    left.end();
    all.take(0);
    right.end();
    assert_eq!(all.extent().end, 3 + long.len() as u64 + 1);
}

#[test]
fn a_place_is_known_after_another_source_began_anew() {
    let (left, right, all) = played(["a1\n", "b1\n"]);
    right.append("b2\n");
    all.take(1);
    left.append("a2\n");
    all.take(0);
    right.append("b3\n");
    all.take(1);
    assert_eq!(read_all(&all), "a1\nb1\nb2\na2\nb3\n");
    let at = |offset| place(&all, offset);
    let before: Vec<Place> = [0, 3, 7, 9, 12, 15].map(at).into();
    left.rotate("new\n");
    all.take(0);
    assert_eq!(read_all(&all), "b1\nb2\nb3\nnew\n");
    let now: Vec<_> = before.iter().map(|place| all.translate(*place)).collect();
    // What is gone stands where the next that is left does; behind the end is the end.
    assert_eq!(now, [0, 0, 4, 6, 6, 13].map(|offset| Some(place(&all, offset))));
    assert_eq!(all.translate(place(&all, 4)), Some(place(&all, 4)));
    left.rotate("newer\n");
    all.take(0);
    assert_eq!(all.translate(before[1]), None, "only the generation before is remembered");
}

#[test]
fn places_are_known_after_runs_were_put_in_order() {
    let (left, right, all) = played(["", ""]);
    for number in 0..4 {
        left.append(&format!("a{number}\n"));
        all.take(0);
        right.append(&format!("b{number}\n"));
        all.take(1);
    }
    let text = read_all(&all);
    let before: Vec<Place> = (0..text.len() as u64).map(|offset| place(&all, offset)).collect();
    let mut runs = all.lock();
    let ordered = older_half_by_source(&runs.runs);
    runs.begin_anew(ordered, true);
    drop(runs);
    all.tell();
    let ordered = read_all(&all);
    assert_ne!(ordered, text);
    for (old, byte) in before.into_iter().zip(text.chars()) {
        let now = all.translate(old).unwrap().offset as usize;
        assert_eq!(ordered[now..].chars().next(), Some(byte));
        let line = |text: &str, at: usize| text[at - at % 3..][..2].to_owned();
        assert_eq!(line(&ordered, now), line(&text, old.offset as usize));
    }
}

#[test]
fn what_rings_let_go_of_moves_the_beginning_and_is_counted() {
    let ((left, left_source), (right, right_source)) = (ring(0, 800), ring(1, 800));
    let all = AllText::new(vec![left_source, right_source]);
    let first = all.extent().generation;
    let mut arrived = Vec::new();
    for number in 0..2000 {
        let (ring, index) = if number % 3 == 0 { (&left, 0) } else { (&right, 1) };
        let line = format!("{index} {number}\n");
        ring.push(line.as_bytes());
        all.take(index);
        arrived.push(line);
        let extent = all.extent();
        assert_eq!(extent.generation, first);
        assert_eq!(read_all(&all), arrived[extent.rows_gone as usize..].concat());
        assert!(extent.end - extent.start <= 2000);
    }
    assert!(all.extent().rows_gone > 1000);
}

#[test]
fn what_a_ring_let_go_of_before_it_was_taken_is_counted() {
    let (ring, ring_source) = ring(0, 800);
    let all = AllText::new(vec![ring_source, source(1, Played::new(1, ""))]);
    for number in 0..1000_u64 {
        ring.push(format!("{number}\n").as_bytes());
        if number % 300 == 0 {
            all.take(0);
        }
    }
    all.take(0);
    let lines = read_all(&all).lines().count() as u64;
    assert_eq!(all.extent().rows_gone + lines, 1000);
    assert!(lines < 300);
}

#[test]
fn a_file_does_not_go_with_a_rings_beginning() {
    let file = Played::new(0, "file 1\nfile 2\n");
    let (ring, ring_source) = ring(1, 800);
    let all = AllText::new(vec![source(0, file.clone()), ring_source]);
    let first = all.extent().generation;
    for number in 0..1000 {
        ring.push(format!("ring {number}\n").as_bytes());
        all.take(1);
        let text = read_all(&all);
        assert!(text.starts_with("file 1\nfile 2\n"));
        assert!(text.ends_with(&format!("ring {number}\n")));
        assert!(text.lines().skip(2).all(|line| line.starts_with("ring ")), "whole lines only");
    }
    let begun = all.extent().generation.wrapping_sub(first);
    assert!((1..60).contains(&begun), "it begins anew now and then, not with every chunk: {begun}");
}

#[test]
fn many_runs_are_put_in_order_and_none_is_lost() {
    let mut runs = RunList::default();
    for number in 0..8 {
        let (start, source) = (number / 2 * 10, number as usize % 2);
        runs.push(Run { at: 0, source, start, end: start + 10, is_completed: false, rows: None });
    }
    assert_eq!(runs.len(), 8);
    let ordered = older_half_by_source(&runs);
    let order: Vec<_> = ordered.iter().map(|run| run.place()).collect();
    assert_eq!(order, [(0, 0, 20), (1, 0, 20), (0, 20, 30), (1, 20, 30), (0, 30, 40), (1, 30, 40)]);
    assert_eq!(ordered.end(), Some(80));
}

/// The formats of texts as they are now.
fn formats<const N: usize>(texts: [&Arc<Played>; N]) -> FormatList {
    let reading = Formats::default().reading("test", "test");
    let format = |text: &Arc<Played>| {
        let sample = Sample::of(&text.content.lock().unwrap(), 0, &reading);
        Some(Arc::new(SourceFormat::of(text.extent().generation, sample)))
    };
    texts.map(format).to_vec()
}

fn at(second: u32, words: &str) -> String {
    format!("2026-01-01T00:{:02}:{:02}Z INFO {words}\n", second / 60, second % 60)
}

#[tokio::test(start_paused = true)]
async fn a_last_line_without_an_end_is_there_after_a_moment_and_nothing_of_it_is_lost_when_it_goes_on() {
    let (left, right, all) = played([&at(1, "a"), &at(2, "b")]);
    tokio::spawn(follow(Arc::downgrade(&all), 0, left.changes(), |_| {}));
    tokio::spawn(follow(Arc::downgrade(&all), 1, right.changes(), |_| {}));
    let mut changes = all.changes();
    let mut is_there = async |text: &str| {
        while !read_all(&all).ends_with(text) {
            changes.changed().await.unwrap();
        }
    };
    left.append("crash: no e");
    is_there(&(at(2, "b") + "crash: no e\n")).await;
    right.append(&at(3, "c"));
    is_there(&at(3, "c")).await;
    left.append("nd\n");
    is_there("nd\n").await;
    all.put_in_order(&formats([&left, &right]), None).unwrap();
    assert_eq!(read_all(&all), at(1, "a") + "crash: no end\n" + &at(2, "b") + &at(3, "c"));
}

#[test]
fn a_pipe_that_lets_go_of_lines_meanwhile_keeps_nothing_from_being_put_in_order() {
    let (ring, ring_source) = ring(0, 800);
    let file = Played::new(1, &(at(3, "c") + &at(1, "a") + &at(4, "d")));
    let other = Played::new(2, &at(2, "b"));
    let all = AllText::new(vec![ring_source, source(1, file.clone()), source(2, other.clone())]);
    let push = |seconds: std::ops::Range<u32>| seconds.for_each(|second| ring.push(at(second, "piped").as_bytes()));
    push(10..20);
    all.take(0);
    push(20..40);
    // The pipe's format is that of the file.
    let known = formats([&file, &file, &other]);
    all.put_in_order(&known, None).expect("what is gone is no error");
    all.take(0);
    let text = read_all(&all);
    assert!(text.starts_with(&(at(2, "b") + &at(3, "c") + &at(1, "a") + &at(4, "d"))), "{text}");
    let piped: Vec<_> = text.lines().skip(4).collect();
    let expected: String = (40 - piped.len() as u32..40).map(|second| at(second, "piped")).collect();
    assert!(piped.len() > 10 && text.ends_with(&expected), "{text}");
}

#[test]
fn what_was_there_is_put_in_order_and_readers_keep_their_places() {
    let (left, right, all) = played([&(at(1, "a") + &at(5, "b") + "  more\n"), &(at(2, "c") + &at(9, "d"))]);
    let formats = formats([&left, &right]);
    let before = read_all(&all);
    right.append(&at(3, "late"));
    all.take(1);
    let place_of_c = place(&all, before.find(&at(2, "c")).unwrap() as u64);
    all.put_in_order(&formats, None).unwrap();
    let now = read_all(&all);
    assert_eq!(now, at(1, "a") + &at(2, "c") + &at(5, "b") + "  more\n" + &at(9, "d") + &at(3, "late"));
    let translated = all.translate(place_of_c).expect("it is known");
    assert!(now[translated.offset as usize..].starts_with(&at(2, "c")));
    let generation = all.extent().generation;
    all.put_in_order(&formats, None).unwrap();
    assert_eq!((all.extent().generation, read_all(&all)), (generation, now), "nothing moves when all is in order");
}

#[test]
fn what_became_another_meanwhile_is_not_put_in_order() {
    let (left, right, all) = played([&at(5, "a"), &at(2, "b")]);
    let formats = formats([&left, &right]);
    left.rotate(&at(7, "anew"));
    assert!(all.put_in_order(&formats, None).is_err());
    all.take(0);
    let read = read_all(&all);
    // Of what is known nothing is of this generation.
    all.put_in_order(&formats, None).unwrap();
    assert_eq!(read_all(&all), read);
}

#[test]
fn what_arrives_late_is_put_in_its_place_and_what_moved_is_said() {
    let (left, right, all) = played([&(at(1, "a") + &at(5, "b")), &at(2, "c")]);
    all.put_in_order(&formats([&left, &right]), None).unwrap();
    let before = all.extent();
    left.append(&at(9, "d"));
    all.take(0);
    assert!(!all.differs.load(Ordering::Relaxed), "what comes in order stays where it is");
    right.append(&at(6, "late"));
    all.take(1);
    assert_eq!(read_all(&all), at(1, "a") + &at(2, "c") + &at(5, "b") + &at(9, "d") + &at(6, "late"));
    assert_eq!(all.extent().generation, before.generation);
    all.correct();
    assert_eq!(read_all(&all), at(1, "a") + &at(2, "c") + &at(5, "b") + &at(6, "late") + &at(9, "d"));
    let moves = all.moves(before.generation).expect("it is known");
    let [moved] = &moves[..] else { panic!("{moves:?}") };
    assert_eq!((moved.from, moved.to), (before.generation, all.extent().generation));
    assert_eq!((moved.kept, moved.end), (before.end, all.extent().end));
    assert_eq!(moved.stretches.iter().map(|stretch| stretch.rows).collect::<Vec<_>>(), [1, 1]);
    all.correct();
    assert_eq!(all.extent().generation, moved.to, "nothing is left to be moved");
}

#[test]
fn lines_that_continue_an_entry_come_to_stand_behind_it() {
    let (left, right, all) = played([&at(1, "a"), &at(2, "c")]);
    all.put_in_order(&formats([&left, &right]), None).unwrap();
    left.append(&at(3, "failed"));
    all.take(0);
    right.append(&at(4, "d"));
    all.take(1);
    let before = all.extent();
    for line in ["  at one\n", "  at two\n"] {
        left.append(line);
        all.take(0);
    }
    all.correct();
    let entries = at(3, "failed") + "  at one\n  at two\n" + &at(4, "d");
    assert_eq!(read_all(&all), at(1, "a") + &at(2, "c") + &entries);
    let kept = all.moves(before.generation).expect("it is known")[0].kept;
    assert_eq!(kept, (at(1, "a") + &at(2, "c")).len() as u64, "the entry is another one from its beginning");
}

#[test]
fn a_source_that_never_says_a_time_stands_where_it_arrives() {
    let (left, right, all) = played([&at(1, "a"), ""]);
    all.put_in_order(&formats([&left, &right]), None).unwrap();
    for second in 2..5 {
        left.append(&at(second, "b"));
        all.take(0);
        right.append("no time\n");
        all.take(1);
    }
    assert!(!all.differs.load(Ordering::Relaxed));
    assert!(read_all(&all).ends_with(&(at(4, "b") + "no time\n")));
}

/// Sources whose entries arrive in any order, some with lines that follow later.
#[test]
fn in_whatever_order_entries_arrive_they_end_as_if_all_had_been_there() {
    for seed in 1..60 {
        let mut dice = Dice(seed);
        let texts = [0, 1, 2].map(|number| Played::new(number, &at(0, "first")));
        let list = || texts.iter().zip(0..).map(|(text, number)| source(number, text.clone())).collect::<Vec<_>>();
        let all = AllText::new(list());
        let formats = formats(texts.each_ref());
        all.put_in_order(&formats, None).unwrap();
        let mut seconds = [0; 3];
        let mut seen: Vec<(Place, String)> = Vec::new();
        for step in 0..150 {
            let number = dice.roll(3) as usize;
            for _ in 0..dice.roll(4) {
                seconds[number] += dice.roll(3) as u32;
                let lines = match dice.roll(4) {
                    0 => format!("  of {number} {step} {}\n", dice.roll(1000)),
                    _ => at(seconds[number], &format!("{number} {step} {}", dice.roll(1000))),
                };
                texts[number].append(&lines);
            }
            all.take(number);
            if dice.roll(5) == 0 {
                all.correct();
            }
            let text = read_all(&all);
            let mut offset = 0;
            if dice.roll(10) == 0 {
                seen.clear();
                for line in text.split_inclusive('\n') {
                    seen.push((place(&all, offset), line.to_owned()));
                    offset += line.len() as u64;
                }
            }
            for (place, line) in &seen {
                let now = all.translate(*place).expect("it is remembered").offset as usize;
                assert!(text[now..].starts_with(line.as_str()), "seed {seed}: {line}");
            }
            for (number, own) in texts.iter().enumerate() {
                let own = String::from_utf8(own.content.lock().unwrap().clone()).unwrap();
                let of_source =
                    |line: &&str| line.contains(&format!("O {number} ")) || line.contains(&format!("f {number} "));
                let written: Vec<&str> = own.lines().filter(of_source).collect();
                assert_eq!(text.lines().filter(of_source).collect::<Vec<_>>(), written, "seed {seed}");
            }
        }
        all.correct();
        let whole = AllText::new(list());
        whole.put_in_order(&formats, None).unwrap();
        assert_eq!(read_all(&all), read_all(&whole), "seed {seed}");
    }
}

#[test]
fn what_is_later_than_the_window_stands_behind_what_is_settled() {
    let (left, right, all) = played([&at(0, "a"), &at(0, "b")]);
    all.put_in_order(&formats([&left, &right]), None).unwrap();
    for second in 9..159 {
        left.append(&at(second, "c").repeat(1_000));
        all.take(0);
    }
    let before = all.extent();
    right.append(&at(1, "late"));
    all.take(1);
    all.correct();
    let moved = &all.moves(before.generation).expect("it moved")[0];
    let line_bytes = at(9, "c").len() as u64;
    let entries = (moved.end - moved.kept) / line_bytes;
    assert!((30_000..=arrivals::WINDOW as u64 + 1).contains(&entries), "{entries}");
    assert_eq!(lock(&all.arrivals).as_ref().map(Arrivals::late), Some(1));
    assert_eq!(all.extent().end, before.end + at(1, "late").len() as u64);
}

#[test]
fn what_a_ring_lets_go_of_is_let_go_of_among_ordered_entries_too() {
    let ((left, left_source), (right, right_source)) = (ring(0, 4_000), ring(1, 4_000));
    let all = AllText::new(vec![left_source, right_source]);
    let reading = Formats::default().reading("test", "test");
    let format = || {
        let sample = Sample::of(at(1, "a").as_bytes(), 0, &reading);
        Some(Arc::new(SourceFormat::of(0, sample)))
    };
    let formats = vec![format(), format()];
    all.put_in_order(&formats, None).unwrap();
    let mut dice = Dice(11);
    for number in 0..3_000_u32 {
        let index = dice.roll(2) as usize;
        let second = (number / 60).saturating_sub(2 * index as u32);
        [&left, &right][index].push(at(second, &format!("{index} {number}")).as_bytes());
        all.take(index);
        if dice.roll(7) == 0 {
            all.correct();
        }
        let text = read_all(&all);
        assert!(text.split_inclusive('\n').all(|line| line.starts_with("2026") && line.ends_with('\n')), "{text}");
        let extent = all.extent();
        let lines = text.lines().count() as u64;
        assert_eq!(extent.rows_gone + lines, u64::from(number) + 1, "each line is there or counted");
    }
    assert!(all.extent().rows_gone > 2_000);
}

#[tokio::test]
async fn a_source_that_comes_piece_by_piece_is_put_in_order_when_it_is_whole() {
    let (left, right, all) = played([&(at(3, "a") + &at(4, "b")), &at(1, "c")]);
    let (_sender, receiver) = watch::channel(formats([&left, &right]));
    let mut changes = all.changes();
    tokio::spawn(keep_in_order(Arc::downgrade(&all), receiver));
    let before = changes.borrow_and_update().generation;
    changes.wait_for(|extent| extent.generation != before).await.unwrap();
    assert_eq!(read_all(&all), at(1, "c") + &at(3, "a") + &at(4, "b"));
    right.append(&(at(2, "d") + at(8, "e").trim_end()));
    right.end();
    all.take(1);
    let before = changes.borrow_and_update().generation;
    changes.wait_for(|extent| extent.generation != before).await.unwrap();
    assert_eq!(read_all(&all), at(1, "c") + &at(2, "d") + &at(3, "a") + &at(4, "b") + &at(8, "e"));
}

#[tokio::test]
async fn clocks_that_are_found_later_order_what_arrived_before() {
    let said = |second: u32, clock: &str| format!("{{\"time\":\"2026-01-01T00:00:{second:02}Z\"{clock}}}\n");
    let (cause, effect) = (said(9, ",\"lamport\":5"), said(4, ",\"lamport\":6"));
    let (left, right, all) = played([&said(1, ""), &said(2, "")]);
    let (sender, receiver) = watch::channel(formats([&left, &right]));
    let mut changes = all.changes();
    tokio::spawn(keep_in_order(Arc::downgrade(&all), receiver));
    while all.arrivals.lock().unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    left.append(&cause);
    all.take(0);
    right.append(&effect);
    all.take(1);
    all.correct();
    assert!(read_all(&all).ends_with(&(effect.clone() + &cause)), "nobody knows of clocks");
    let before = changes.borrow_and_update().generation;
    sender.send_replace(formats([&left, &right]));
    changes.wait_for(|extent| extent.generation != before).await.unwrap();
    assert_eq!(read_all(&all), said(1, "") + &said(2, "") + &cause + &effect);
}

#[test]
fn a_stretch_is_what_one_source_wrote_without_another_between() {
    let (left, _, all) = played(["a\nb\n", "c\n"]);
    left.append("d\n");
    all.take(0);
    let generation = all.extent().generation;
    let stretch = |offset| all.stretch(Place { generation, offset });
    assert_eq!([0, 3, 4, 5, 6].map(stretch), [0..4, 0..4, 4..6, 4..6, 6..8]);
    assert!(stretch(8).is_empty());
    assert!(all.stretch(Place { generation: generation.wrapping_add(1), offset: 0 }).is_empty());
}
