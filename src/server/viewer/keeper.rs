//! The indexes of large files, kept from one start of the server to the next: found when a file is opened, made when all else
//! is done, and appended to as the file grows.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;

use super::reader::Stop;
use crate::log::blocks::Blocks;
use crate::server::engine::Input;
use crate::server::index::{Cache, build};
use crate::server::sources::format::{FormatList, SourceFormat};
use crate::server::sources::text::Text;
use crate::world::stream::Place;

/// A smaller file is read sooner than an index of it pays.
const FILE_BYTES_MIN: u64 = 8 * 1024 * 1024;
/// What a file has grown by when more of it is indexed, at least, and by which share of it.
const GROWN_BYTES_MIN: u64 = 64 * 1024 * 1024;
const GROWN_SHARE: u64 = 8;
/// Bytes that are worked on at once.
const CHUNK_BYTES: usize = 1024 * 1024;

/// What is known of a file's entries, as far as they are of its first format.
pub struct Kept {
    /// Their facts.
    pub blocks: Blocks,
    /// How they were read.
    pub format: Arc<SourceFormat>,
}

/// What all indexes of one viewer share.
pub(super) struct Keeper {
    cache: Cache,
    formats: watch::Receiver<FormatList>,
    /// One is made at a time, by one thread.
    turn: Semaphore,
}

impl Keeper {
    pub(super) fn new(cache: Cache, formats: watch::Receiver<FormatList>) -> Self {
        Self { cache, formats, turn: Semaphore::new(1) }
    }

    /// The kept index of a text as it is now; waits until its format is known.
    pub(super) async fn load(&self, text: &Arc<dyn Text>, generation: u32) -> Option<Kept> {
        let (input, format) = self.input(text, generation, false).await?;
        let cache = self.cache.clone();
        spawn_blocking(move || Some(Kept { blocks: cache.load(&input)?, format })).await.ok()?
    }

    /// Makes the index of a text as it is now, going on with what is kept and still right, and keeps it.
    pub(super) async fn keep(&self, text: &Arc<dyn Text>, generation: u32, stop: Stop) -> Option<Kept> {
        let _turn = self.turn.acquire().await.ok()?;
        let (mut input, format) = self.input(text, generation, true).await?;
        let cache = self.cache.clone();
        let made = spawn_blocking(move || {
            let known = cache.load(&input);
            let blocks = build(&mut input, known, 1, |_| !stop.is_set()).ok()??;
            if let Err(error) = cache.keep(&input, &blocks) {
                tracing::debug!("an index cannot be kept: {error}");
            }
            Some(Kept { blocks, format })
        });
        made.await.ok()?
    }

    /// Whether an index that reaches to `known_end` is worth making, or going on with.
    pub(super) fn is_worth(end: u64, known_end: Option<u64>) -> bool {
        match known_end {
            None => end >= FILE_BYTES_MIN,
            Some(known) => end.saturating_sub(known) >= GROWN_BYTES_MIN.max(known / GROWN_SHARE),
        }
    }

    /// The file of a large text, to be read in the formats of its source: those of all of it, if it is read to its end.
    async fn input(&self, text: &Arc<dyn Text>, generation: u32, is_read: bool) -> Option<(Input, Arc<SourceFormat>)> {
        let file = text.file(generation).filter(|_| text.extent().end >= FILE_BYTES_MIN)?;
        let (source, _) = text.origin(Place { generation, offset: 0 });
        let number = usize::try_from(source.0).ok()?;
        let mut formats = self.formats.clone();
        let is_enough =
            |format: &Arc<SourceFormat>| format.generation == generation && (format.is_searched || !is_read);
        let is_known =
            |formats: &FormatList| formats.get(number).is_none_or(|format| format.as_ref().is_some_and(is_enough));
        let format = formats.wait_for(is_known).await.ok()?.get(number)?.clone()?;
        let known = Arc::clone(&format);
        let open = move || {
            let (sample, formats) = (known.sample.clone(), known.formats.clone());
            Input::of_file("", file, sample, formats, known.is_followed, CHUNK_BYTES).ok()
        };
        spawn_blocking(open).await.ok()?.map(|input| (input, format))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write as _;

    use super::*;
    use crate::server::sources::file::FileText;
    use crate::server::sources::format::{Formats, SourceFormat};
    use crate::server::viewer::tests::text::Counted;
    use crate::server::viewer::text_index::TextIndex;
    use crate::world::stream::SourceId;

    fn line(number: usize) -> String {
        format!("2026-11-23T10:{:02}:00Z INFO line {number} {}\n", number / 3000, "x".repeat(number % 120))
    }

    #[tokio::test]
    async fn a_large_file_that_is_opened_again_is_counted_without_reading_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large.log");
        fs::write(&path, (0..100_000).map(line).collect::<String>()).expect("written");
        let open = || {
            let text = FileText::open(SourceId(0), &path).expect("it is there");
            Arc::new(Counted::new(text))
        };
        let text = open();
        let generation = text.extent().generation;
        let reading = Formats::default().reading("large.log", "large.log");
        let sample = crate::server::engine::Sample::of(line(1).as_bytes(), 0, &reading);
        let formats = vec![Some(Arc::new(SourceFormat::of(generation, sample)))];
        let (_told, formats) = watch::channel(formats);
        let keeper = Arc::new(Keeper::new(Cache::at(&folder.path().join("cache")), formats));

        let as_text = Arc::clone(&text) as Arc<dyn Text>;
        assert!(keeper.load(&as_text, generation).await.is_none());
        let made = keeper.keep(&as_text, generation, Stop::default()).await.expect("it is large");
        assert_eq!(keeper.load(&as_text, generation).await.map(|kept| kept.blocks), Some(made.blocks));

        File::options().append(true).open(&path).expect("opens").write_all(b"one more\n").expect("written");
        let text = open();
        let turns = Arc::new(Semaphore::new(1));
        let index = TextIndex::start(Arc::clone(&text) as Arc<dyn Text>, turns, Some(keeper));
        let end = text.extent().end;
        let mut progress = index.progress();
        let reached = *progress.wait_for(|progress| progress.end == end).await.expect("it is counted");
        assert_eq!(reached.rows, 100_001);
        assert!(text.read_bytes() < end / 50, "{} bytes read", text.read_bytes());
    }
}
