//! The formats of the sources: found from their first lines, once for all worlds, or forced by the configuration.
//!
//! [`follow`] looks off the asynchronous threads: when a text begins, again when it begins anew, and again as it grows until
//! there are enough lines to tell; from then on it looks for changes of the format in what was added. It says what it found
//! only where that is another answer than before.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::text::{Extent, Text, fill};
use crate::log::format::Format;
use crate::log::lines;
use crate::log::time::Zone;
use crate::server::clock::now_nanos;
use crate::server::engine::{Changes, FormatMap, LINES_MAX, LogBytes, Reading, SAMPLE_BYTES, Sample};
use crate::world::stream::SourceState;

/// How long what is added to a text gathers before changes are looked for in it.
const GATHER: Duration = Duration::from_millis(250);

/// How long nothing must have come for the last lines to be read by themselves.
const QUIET: Duration = Duration::from_secs(1);

/// To look for changes in a longer text takes more than a moment.
const LONG_BYTES: u64 = 16 * 1024 * 1024;

/// How formats are found.
#[derive(Clone, Debug)]
pub struct Formats {
    /// Formats of the user's own; where they fit, they are preferred to those that are built in.
    pub own: Vec<Format>,
    /// What is not to be found but is said; the first that fits a source counts.
    pub forced: Vec<Forced>,
    /// The zone of times that name none.
    pub zone: TimeZone,
}

impl Default for Formats {
    fn default() -> Self {
        Self { own: Vec::new(), forced: Vec::new(), zone: TimeZone::system() }
    }
}

/// A format that sources have because somebody says so.
#[derive(Clone, Debug)]
pub struct Forced {
    /// Which sources: a name, a file's name or a whole path; `*` is any text.
    pub source: String,
    /// Their format.
    pub format: Format,
}

impl Forced {
    /// Whether the source that is called `name` and comes from `origin` is meant.
    #[must_use]
    pub fn is_for(&self, name: &str, origin: &str) -> bool {
        let file = origin.rsplit_once('/').map_or(origin, |(_, file)| file);
        [name, origin, file].into_iter().any(|text| is_like(text, &self.source))
    }
}

/// Whether `text` is `pattern`, in which `*` is any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return text == pattern };
    let Some(rest) = text.strip_prefix(head) else { return false };
    let starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.into_iter().any(|at| is_like(&rest[at..], tail))
}

impl Formats {
    /// How the source that is called `name` and comes from `origin` is to be read.
    #[must_use]
    pub fn reading(&self, name: &str, origin: &str) -> Reading {
        let forced = self.forced.iter().find(|forced| forced.is_for(name, origin));
        Reading {
            format: forced.map(|forced| forced.format.clone()),
            own: self.own.clone(),
            zone: Zone::of(self.zone.clone()),
            now_nanos: now_nanos(),
            chunk_bytes: 0,
            unpacks: true,
        }
    }
}

/// What is known of a source's lines.
#[derive(Clone, Debug)]
pub struct SourceFormat {
    /// The generation of the text that was looked at.
    pub generation: u32,
    /// What its first lines say.
    pub sample: Sample,
    /// Its formats from its beginning on.
    pub formats: FormatMap,
    /// Whether it is read in another format from where it changes to that.
    pub is_followed: bool,
    /// Whether all of it was looked at for that: of a long text, what its first lines say is told before.
    pub is_searched: bool,
}

/// What is known of each source, by its number; nothing before its first look.
pub type FormatList = Vec<Option<Arc<SourceFormat>>>;

impl SourceFormat {
    /// One format from beginning to end.
    #[must_use]
    pub fn of(generation: u32, sample: Sample) -> Self {
        let formats = FormatMap::of(sample.detection.format.clone());
        Self { generation, sample, formats, is_followed: false, is_searched: true }
    }

    /// What the formats are called, each once, in the order in which they come first.
    #[must_use]
    pub fn name(&self) -> String {
        let changes = self.formats.changes().iter().map(|change| change.sample.detection.format.name());
        let mut names = vec![self.formats.first().name()];
        for name in changes {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", then ")
    }

    /// Whether the day of some time depends on the entries around it.
    #[must_use]
    pub fn lacks_days(&self) -> bool {
        self.sample.lacks_days() || self.formats.changes().iter().any(|change| change.sample.lacks_days())
    }

    /// Whether lines are read as `other` says too.
    #[must_use]
    pub fn reads_alike(&self, other: &Self) -> bool {
        self.formats.is_same(&other.formats)
            && self.sample.lacks_days() == other.sample.lacks_days()
            && self.sample.domain == other.sample.domain
    }
}

/// How much was looked at.
#[derive(Clone, Copy, Default)]
struct Looked {
    generation: u32,
    bytes: u64,
    /// Whether more would tell no more.
    is_enough: bool,
}

impl Looked {
    /// Whether it is time to look again: of a short text, each time there is twice as much.
    fn wants(self, extent: &Extent) -> bool {
        let bytes = extent.end - extent.start;
        self.generation != extent.generation || !self.is_enough && bytes > self.bytes && bytes / 2 >= self.bytes
    }
}

/// What was found by looking, and what goes on from there.
struct Found {
    looked: Looked,
    sample: Sample,
    /// As far as no growth changes them any more.
    changes: Changes,
}

/// Finds the formats of `text` until it is gone and notes every other answer.
pub async fn follow(text: Weak<dyn Text>, reading: Reading, note: impl Fn(SourceFormat)) {
    let Some(mut changes) = text.upgrade().map(|text| text.changes()) else { return };
    let mut found = None::<Found>;
    let mut known = None::<Arc<SourceFormat>>;
    // What is there when it is looked at first may be all there is.
    let mut is_quiet = true;
    loop {
        let mut extent = changes.borrow_and_update().clone();
        if found.as_ref().is_some_and(|found| !found.looked.wants(&extent)) {
            sleep(GATHER).await;
            extent = changes.borrow_and_update().clone();
        }
        let (text, reading, told) = (text.clone(), reading.clone(), known.clone());
        let looking = spawn_blocking(move || {
            let last = if is_quiet { Last::IsOver } else { Last::As(told) };
            Some(look(&*text.upgrade()?, &extent, &reading, found, last))
        });
        let Ok(Some((now_found, format))) = looking.await else { return };
        found = Some(now_found);
        let is_known = |known: &Arc<SourceFormat>| {
            known.generation == format.generation
                && known.is_searched == format.is_searched
                && known.reads_alike(&format)
        };
        let is_searched = format.is_searched;
        if !known.as_ref().is_some_and(is_known) {
            note(format.clone());
            known = Some(Arc::new(format));
        }
        if !is_searched {
            continue;
        }
        is_quiet = match timeout(QUIET, changes.changed()).await {
            Ok(Ok(())) => false,
            Err(_) if !is_quiet => true,
            Err(_) if changes.changed().await.is_ok() => false,
            Ok(Err(_)) | Err(_) => return,
        };
    }
}

/// How the last lines of a text are read, which are too few to be sure of them.
enum Last {
    /// As if nothing followed them.
    IsOver,
    /// As was told of them before: what comes may tell something else, and whoever has read them would have to begin anew.
    As(Option<Arc<SourceFormat>>),
}

/// Looks at the first whole lines, where that may tell more than what was `found`, and for changes behind them.
fn look(
    text: &dyn Text,
    extent: &Extent,
    reading: &Reading,
    found: Option<Found>,
    last: Last,
) -> (Found, SourceFormat) {
    let mut found = match found {
        Some(found) if !found.looked.wants(extent) => found,
        _ => {
            let found = look_at_head(text, extent, reading);
            if extent.end - extent.start > LONG_BYTES && !found.looked.wants(extent) {
                let format = SourceFormat::of(extent.generation, found.sample.clone());
                let is_followed = found.changes.are_followed();
                return (found, SourceFormat { is_followed, is_searched: false, ..format });
            }
            found
        }
    };
    let mut log = LogText { text, extent, is_over: extent.state == SourceState::Ended };
    // What cannot be read went away: another extent follows.
    let _ = found.changes.find(extent.end, &log);
    let mut now = found.changes.clone();
    let mut formats = now.formats().clone();
    match last {
        Last::As(told) if !log.is_over => {
            let told = told.filter(|told| told.generation == extent.generation);
            let changes = told.iter().flat_map(|told| told.formats.changes());
            changes.filter(|change| change.at >= now.known_to()).for_each(|change| formats.push(change.clone()));
        }
        Last::IsOver | Last::As(_) => {
            log.is_over = true;
            let _ = now.find(u64::MAX, &log);
            formats = now.formats().clone();
        }
    }
    let (sample, is_followed) = (found.sample.clone(), now.are_followed());
    (found, SourceFormat { generation: extent.generation, sample, formats, is_followed, is_searched: true })
}

/// Looks at the first whole lines. What cannot be read has no lines: another extent follows where it was replaced.
fn look_at_head(text: &dyn Text, extent: &Extent, reading: &Reading) -> Found {
    let bytes = (extent.end - extent.start).min(SAMPLE_BYTES as u64);
    let mut head = vec![0; usize::try_from(bytes).unwrap_or(SAMPLE_BYTES)];
    if fill(text, extent.generation, extent.start, &mut head).is_err() {
        head.clear();
    }
    let feed = memchr::memrchr(b'\n', &head).filter(|_| extent.state != SourceState::Ended);
    let whole = &head[..feed.map_or(head.len(), |feed| feed + 1)];
    let mark = lines::mark_bytes(whole);
    let reference_nanos = text.modified_nanos().unwrap_or_else(now_nanos);
    let sample = Sample::of(&whole[mark..], reference_nanos, reading);
    let is_enough = head.len() == SAMPLE_BYTES || lines::forward(whole).nth(LINES_MAX).is_some();
    let looked = Looked { generation: extent.generation, bytes: head.len() as u64, is_enough };
    let changes = Changes::of(&sample, extent.start + mark as u64, reading);
    Found { looked, sample, changes }
}

/// A text where the changes of its format are looked for.
struct LogText<'a> {
    text: &'a dyn Text,
    extent: &'a Extent,
    is_over: bool,
}

impl LogBytes for LogText<'_> {
    fn bytes(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
        let mut bytes = vec![0; usize::try_from(range.end - range.start).map_err(io::Error::other)?];
        fill(self.text, self.extent.generation, range.start, &mut bytes)?;
        Ok(bytes.into())
    }

    fn begin(&self) -> u64 {
        self.extent.start
    }

    fn end(&self) -> u64 {
        self.extent.end
    }

    fn is_over(&self) -> bool {
        self.is_over
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::super::ring::RingText;
    use super::*;
    use crate::world::stream::SourceId;

    fn forced(source: &str) -> Forced {
        Forced { source: source.into(), format: Format::named("json").expect("built in") }
    }

    #[test]
    fn a_source_is_meant_by_its_name_its_file_or_its_whole_path_with_stars() {
        let is_for = |pattern: &str| forced(pattern).is_for("one/worker-1.log", "/var/log/one/worker-1.log");
        for pattern in ["one/worker-1.log", "worker-1.log", "/var/log/one/worker-1.log", "worker*.log", "/var/*", "*"] {
            assert!(is_for(pattern), "{pattern}");
        }
        for pattern in ["worker", "worker*.txt", "/var", "one", "", "*2*"] {
            assert!(!is_for(pattern), "{pattern}");
        }
    }

    /// The names that are noted one after the other.
    async fn name_after(list: &mut watch::Receiver<Vec<String>>, count: usize) -> String {
        let list = list.wait_for(|list| list.len() >= count).await.expect("it is followed");
        list[count - 1].clone()
    }

    #[tokio::test]
    async fn a_format_is_found_again_as_a_short_text_grows_and_told_only_when_it_is_another() {
        let ring = Arc::new(RingText::new(SourceId(0), 1 << 20));
        let (told, mut list) = watch::channel(Vec::new());
        let text = Arc::downgrade(&ring) as Weak<dyn Text>;
        let note = move |found: SourceFormat| told.send_modify(|list| list.push(found.name()));
        tokio::spawn(follow(text, Formats::default().reading("ring", "test"), note));
        assert_eq!(name_after(&mut list, 1).await, "plain");
        ring.push(b"{\"level\":\"info\",\"msg\":\"one\"}\n");
        let json = name_after(&mut list, 2).await;
        assert!(json != "plain", "{json}");
        for _ in 0..200 {
            ring.push(b"{\"level\":\"info\",\"msg\":\"another\"}\n");
            tokio::task::yield_now().await;
        }
        drop(ring);
        while list.changed().await.is_ok() {}
        assert_eq!(list.borrow().len(), 2, "{:?}", list.borrow());
    }

    #[tokio::test]
    async fn a_format_that_changes_is_told_while_the_text_grows() {
        let ring = Arc::new(RingText::new(SourceId(0), 1 << 20));
        (0..500).for_each(|n| ring.push(format!("2026-11-23T10:00:00Z INFO words and words {n}\n").as_bytes()));
        let (told, mut list) = watch::channel(Vec::new());
        let text = Arc::downgrade(&ring) as Weak<dyn Text>;
        let note = move |found: SourceFormat| told.send_modify(|list| list.push(found.name()));
        tokio::spawn(follow(text, Formats::default().reading("ring", "test"), note));
        assert_eq!(name_after(&mut list, 1).await, "text");
        let behind = ring.extent().end;
        let json = b"{\"time\":\"2026-11-23T10:00:01Z\",\"level\":\"info\",\"msg\":\"another\"}\n";
        (0..40).for_each(|_| ring.push(json));
        assert_eq!(name_after(&mut list, 2).await, "text, then slog");
        let found = look(&*ring, &ring.extent(), &Formats::default().reading("ring", "test"), None, Last::IsOver).1;
        assert!(found.formats.at(behind).1, "it changes at the first line of another format");
        assert_eq!(found.formats.at(behind - 1).0.name(), "text");
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_lines_of_another_format_at_the_end_of_what_grows_are_no_change_that_is_taken_back() {
        let ring = Arc::new(RingText::new(SourceId(0), 1 << 20));
        let words = |from: u32| (from..from + 500).map(|n| format!("2026-11-23T10:00:00Z INFO words and words {n}\n"));
        words(0).for_each(|line| ring.push(line.as_bytes()));
        let (told, mut list) = watch::channel(Vec::new());
        let text = Arc::downgrade(&ring) as Weak<dyn Text>;
        let note = move |found: SourceFormat| told.send_modify(|list| list.push(found.name()));
        tokio::spawn(follow(text, Formats::default().reading("ring", "test"), note));
        assert_eq!(name_after(&mut list, 1).await, "text");
        let json = b"{\"time\":\"2026-11-23T10:00:01Z\",\"level\":\"info\",\"msg\":\"another\"}\n";
        (0..40).for_each(|_| ring.push(json));
        sleep(2 * GATHER).await;
        words(500).for_each(|line| ring.push(line.as_bytes()));
        sleep(10 * QUIET).await;
        drop(ring);
        while list.changed().await.is_ok() {}
        assert_eq!(*list.borrow(), ["text"]);
    }

    #[tokio::test]
    async fn a_forced_format_is_not_looked_for() {
        let ring = Arc::new(RingText::new(SourceId(0), 1 << 20));
        ring.push(b"no object at all\n");
        let (told, mut list) = watch::channel(Vec::new());
        let text = Arc::downgrade(&ring) as Weak<dyn Text>;
        let note = move |found: SourceFormat| told.send_modify(|list| list.push(found.name()));
        let formats = Formats { forced: vec![forced("ri*")], ..Formats::default() };
        tokio::spawn(follow(text, formats.reading("ring", "test"), note));
        assert_eq!(name_after(&mut list, 1).await, "json");
    }
}
