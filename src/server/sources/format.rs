//! The formats of the sources: found from their first lines, once for all worlds, or forced by the configuration.
//!
//! [`follow`] looks off the asynchronous threads: when a text begins, again when it begins anew, and again as it grows until
//! there are enough lines to tell. It says what it found only where that is another answer than before.

use std::sync::{Arc, Weak};

use jiff::tz::TimeZone;
use tokio::task::spawn_blocking;

use super::text::{Extent, Text, fill};
use crate::log::format::Format;
use crate::log::lines;
use crate::log::time::Zone;
use crate::server::clock::now_nanos;
use crate::server::engine::{LINES_MAX, Reading, SAMPLE_BYTES, Sample};
use crate::world::stream::SourceState;

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
}

/// What is known of each source, by its number; nothing before its first look.
pub type FormatList = Vec<Option<Arc<SourceFormat>>>;

impl SourceFormat {
    /// How lines are read.
    #[must_use]
    pub const fn format(&self) -> &Format {
        &self.sample.detection.format
    }

    /// Whether lines are read as `other` says too.
    #[must_use]
    pub fn reads_alike(&self, other: &Self) -> bool {
        self.format().is_same(other.format())
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

/// Finds the format of `text` until it is gone and notes every other answer.
pub async fn follow(text: Weak<dyn Text>, reading: Reading, note: impl Fn(SourceFormat)) {
    let Some(mut changes) = text.upgrade().map(|text| text.changes()) else { return };
    let mut looked = None::<Looked>;
    let mut known = None::<SourceFormat>;
    loop {
        let extent = changes.borrow_and_update().clone();
        if looked.is_none_or(|looked| looked.wants(&extent)) {
            let (text, reading) = (text.clone(), reading.clone());
            let looking = spawn_blocking(move || Some(look(&*text.upgrade()?, &extent, &reading)));
            let Ok(Some((now_looked, found))) = looking.await else { return };
            looked = Some(now_looked);
            if known.as_ref().is_none_or(|known| known.generation != found.generation || !known.reads_alike(&found)) {
                note(found.clone());
                known = Some(found);
            }
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Looks at the first whole lines. What cannot be read has no lines: another extent follows where it was replaced.
fn look(text: &dyn Text, extent: &Extent, reading: &Reading) -> (Looked, SourceFormat) {
    let bytes = (extent.end - extent.start).min(SAMPLE_BYTES as u64);
    let mut head = vec![0; usize::try_from(bytes).unwrap_or(SAMPLE_BYTES)];
    if fill(text, extent.generation, extent.start, &mut head).is_err() {
        head.clear();
    }
    let feed = memchr::memrchr(b'\n', &head).filter(|_| extent.state != SourceState::Ended);
    let whole = &head[..feed.map_or(head.len(), |feed| feed + 1)];
    let whole = &whole[lines::mark_bytes(whole)..];
    let reference_nanos = text.modified_nanos().unwrap_or_else(now_nanos);
    let sample = Sample::of(whole, reference_nanos, reading);
    let is_enough = head.len() == SAMPLE_BYTES || lines::forward(whole).nth(LINES_MAX).is_some();
    let looked = Looked { generation: extent.generation, bytes: head.len() as u64, is_enough };
    (looked, SourceFormat { generation: extent.generation, sample })
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
        let note = move |found: SourceFormat| told.send_modify(|list| list.push(found.format().name().to_owned()));
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
    async fn a_forced_format_is_not_looked_for() {
        let ring = Arc::new(RingText::new(SourceId(0), 1 << 20));
        ring.push(b"no object at all\n");
        let (told, mut list) = watch::channel(Vec::new());
        let text = Arc::downgrade(&ring) as Weak<dyn Text>;
        let note = move |found: SourceFormat| told.send_modify(|list| list.push(found.format().name().to_owned()));
        let formats = Formats { forced: vec![forced("ri*")], ..Formats::default() };
        tokio::spawn(follow(text, formats.reading("ring", "test"), note));
        assert_eq!(name_after(&mut list, 1).await, "json");
    }
}
