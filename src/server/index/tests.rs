//! Answers with an index are those without; an index is trusted as long as its file is what it was, and never longer.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;

use super::*;
use crate::log::blocks::{Blocks, Decided};
use crate::log::entry::Entry;
use crate::log::format::Format;
use crate::log::query::Query;
use crate::log::time::Zone;
use crate::server::dice::Dice;
use crate::server::engine::{Chunk, Entries, Input, Reading, work};

/// A log of an hour in which bad times come together; some entries say no time, some have many lines.
fn log(entries: u64) -> Vec<u8> {
    let (mut dice, mut log) = (Dice(9), Vec::new());
    for n in 0..entries {
        let second = n * 3600 / entries;
        let is_bad = (1200..1260).contains(&second);
        let level = if is_bad { ["error", "warn"][dice.roll(2) as usize] } else { "info" };
        let longest = if dice.roll(500) == 0 { 100_000 } else { 150 };
        let message = "x".repeat(dice.roll(longest) as usize);
        log.extend(
            match dice.roll(9) {
                0 => format!("{{\"level\":\"{level}\",\"msg\":\"{message}\"}}\n"),
                1 => "no JSON at all\n".to_owned(),
                _ => format!(
                    "{{\"time\":\"2026-11-23T10:{:02}:{:02}Z\",\"level\":\"{level}\",\"msg\":\"{message}\"}}\n",
                    second / 60,
                    second % 60
                ),
            }
            .into_bytes(),
        );
    }
    log
}

fn reading() -> Reading {
    let format = Format::named("json");
    Reading { format, own: Vec::new(), zone: Zone::utc(), now_nanos: 0, chunk_bytes: 256 * 1024, unpacks: true }
}

fn open(path: &Path) -> Input {
    Input::open(path, &reading()).expect("it is there")
}

/// A folder with a log and a cache.
struct Place {
    folder: tempfile::TempDir,
    cache: Cache,
}

impl Place {
    fn with(log: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache::at(&folder.path().join("cache/index"));
        fs::write(folder.path().join("log"), log).expect("written");
        Self { folder, cache }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Builds the index, or goes on with what is kept, and keeps it.
    fn index(&self) -> Blocks {
        let mut input = open(&self.log());
        let known = self.cache.load(&input);
        let blocks = build(&mut input, known, 2, |_| true).expect("readable").expect("a file");
        self.cache.keep(&input, &blocks).expect("kept");
        blocks
    }

    fn is_known(&self) -> bool {
        self.cache.load(&open(&self.log())).is_some()
    }

    fn kept_file(&self) -> PathBuf {
        let mut files = fs::read_dir(self.folder.path().join("cache/index")).expect("it is there");
        files.next().expect("one index").expect("readable").path()
    }
}

/// Numbers of the entries that match, by reading what is left to read.
fn answers(mut input: Input, query: &Query) -> Vec<u64> {
    input.carries_time = true;
    let step = |_: &Input, mut chunk: Chunk<'_>| {
        let (mut number, mut time, mut found) = (chunk.passed.entries, chunk.time_before, Vec::new());
        let entries = Entries::over(&chunk.formats, chunk.bytes);
        for range in entries.clone() {
            let entry = entries.read(range, &mut chunk.clockwork, Entry::default());
            time = entry.time.map(|time| time.nanos).or(time);
            if query.is_match_at(&entry, "log", time) {
                found.push(number);
            }
            number += 1;
        }
        (number, found)
    };
    work(&[input], 2, step, |results| {
        let (mut before, mut all) = (0, Vec::new());
        while let Some((entries, found)) = results.next(0).expect("readable") {
            all.extend(found.into_iter().map(|number| before + number));
            before += entries;
        }
        all
    })
}

#[test]
fn answers_with_an_index_are_those_without_and_read_less() {
    let place = Place::with(&log(20_000));
    let blocks = place.index();
    assert!(blocks.as_slice().len() > 30);
    for (text, is_narrow) in [
        ("level>=error", true),
        ("level:warn or level:fatal", true),
        ("since:2026-11-23T10:10:30Z until:2026-11-23T10:12Z", true),
        ("-since:2026-11-23T10:01Z", true),
        ("level>=warn since:2026-11-23T10:20:30Z x", true),
        ("-level:*", false),
        ("x", false),
    ] {
        let query = Query::compile(text, 0, &TimeZone::UTC).expect("understood");
        let expected = answers(open(&place.log()), &query);
        let mut narrowed = open(&place.log());
        let known = place.cache.load(&narrowed).expect("kept");
        let decide = |block: &_| -> Decided { block_decided(block, &query) };
        let mut passed = 0;
        narrowed.pass_over(&known, |block| {
            let is_passed = decide(block) == Decided::default();
            passed += usize::from(is_passed);
            is_passed
        });
        assert_eq!(passed > blocks.as_slice().len() / 2, is_narrow, "{text}: {passed} blocks passed over");
        assert!(answers(narrowed, &query) == expected, "{text}");
        let sure: u64 = known.as_slice().iter().map(|block| decide(block).matches).sum();
        let open: u64 = known.as_slice().iter().map(|block| decide(block).open).sum();
        assert!(sure <= expected.len() as u64 && expected.len() as u64 <= sure + open + 2, "{text}");
    }
}

fn block_decided(block: &crate::log::blocks::Block, query: &Query) -> Decided {
    block.decide("log", true, |known| query.judge(known))
}

#[test]
fn an_index_ends_where_the_format_changes_and_what_is_behind_is_read() {
    let mut whole = log(4_000);
    let changes_at = whole.len() as u64;
    for n in 0..14_000 {
        whole.extend(format!("2026-11-23 11:{:02}:00,000 ERROR [main] com.example.App - {n}\n", n / 300).into_bytes());
    }
    let place = Place::with(&whole);
    let open = || Input::open(&place.log(), &Reading { format: None, ..reading() }).expect("it is there");
    assert_eq!(build(&mut open(), None, 2, |_| true).expect("readable").expect("a file").end(), changes_at);
    let blocks = build(&mut open(), None, 2, |_| true).expect("readable");
    assert_eq!(build(&mut open(), blocks.clone(), 2, |_| true).expect("readable"), blocks, "and again");
    let query = Query::compile("level>=error", 0, &TimeZone::UTC).expect("understood");
    let expected = answers(open(), &query);
    let mut narrowed = open();
    narrowed.pass_over(&blocks.expect("a file"), |block| block_decided(block, &query) == Decided::default());
    assert!(expected.len() > 4_000 && answers(narrowed, &query) == expected);
}

#[test]
fn an_index_grows_with_its_file_and_is_the_one_that_would_be_built() {
    let whole = log(8_000);
    let place = Place::with(&whole[..whole.len() / 3]);
    let first = place.index();
    assert!(first.end() <= whole.len() as u64 / 3);
    for part in [whole.len() / 3 + 1, whole.len() / 2, whole.len()] {
        let from = fs::metadata(place.log()).expect("it is there").len() as usize;
        let mut file = File::options().append(true).open(place.log()).expect("opens");
        file.write_all(&whole[from..part]).expect("written");
        assert!(place.is_known(), "a file that grew is the same");
        let grown = place.index();
        let anew = build(&mut open(&place.log()), None, 2, |_| true).expect("readable").expect("a file");
        assert!(grown == anew, "at {part}");
    }
}

#[test]
fn what_is_not_the_same_file_read_in_the_same_way_has_no_index() {
    let log = log(4_000);
    let place = Place::with(&log);
    place.index();
    assert!(place.is_known());
    let other = Reading { format: Format::named("logfmt"), ..reading() };
    assert!(place.cache.load(&Input::open(&place.log(), &other).expect("opens")).is_none(), "another format");
    let other = Reading { zone: Zone::fixed(3600), ..reading() };
    assert!(place.cache.load(&Input::open(&place.log(), &other).expect("opens")).is_none(), "another zone");

    let rewrite = |bytes: &[u8]| {
        let mut file = File::options().write(true).truncate(true).open(place.log()).expect("opens");
        file.write_all(bytes).expect("written");
        // Clocks of file systems are coarse.
        file.set_modified(SystemTime::now() + Duration::from_secs(1)).expect("settable");
    };
    rewrite(&log);
    assert!(!place.is_known(), "written anew, with the same size");
    place.index();
    rewrite(&log[..log.len() / 2]);
    assert!(!place.is_known(), "cut");
    rewrite(&log);
    place.index();
    let mut longer = log.clone();
    longer.splice(1_000..1_000, *b"{}\n");
    rewrite(&longer);
    assert!(!place.is_known(), "something was put in");
    fs::remove_file(place.log()).expect("removed");
    fs::write(place.log(), &log).expect("written");
    place.index();
    let mut foreign = log.clone();
    foreign[100] ^= 1;
    foreign.extend_from_slice(b"{}\n");
    rewrite(&foreign);
    assert!(!place.is_known(), "its beginning is another");
}

#[test]
fn a_damaged_index_and_one_that_others_can_write_are_none() {
    let place = Place::with(&log(4_000));
    place.index();
    let kept = place.kept_file();
    let sound = fs::read(&kept).expect("readable");
    for at in [0, 20, 100, sound.len() / 2, sound.len() - 1] {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        fs::write(&kept, damaged).expect("written");
        assert!(!place.is_known(), "byte {at}");
    }
    fs::write(&kept, b"").expect("written");
    assert!(!place.is_known(), "empty");
    place.index();
    assert!(place.is_known(), "it is built anew");
    let folder = kept.parent().expect("it has one").to_owned();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("ours to change");
    assert!(!place.is_known());
    let input = open(&place.log());
    assert!(place.cache.keep(&input, &Blocks::new(0)).is_err());
}

#[test]
fn what_is_no_file_has_no_index() {
    let stream = Input::open(Path::new("/dev/null"), &reading()).expect("opens");
    assert!(Cache::at(Path::new("/nowhere")).load(&stream).is_none());
    let mut stream = stream;
    assert!(build(&mut stream, None, 1, |_| true).expect("readable").is_none());
    let place = Place::with(b"");
    assert_eq!(place.index().entries(), 0);
    let place = Place::with(b"{\"level\":\"info\"}\n{\"level\":\"warn\"}\n{}\n");
    assert_eq!(place.index().entries(), 1, "the last may go on, and the one before it with it");
}
