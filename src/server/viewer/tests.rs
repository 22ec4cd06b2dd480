//! A world before texts in memory: rows against a naive split, filters against a naive search, pushes, gaps, resumes.

mod filter;
mod following;
mod moved;
mod odd;
mod pulled;
mod query;
mod summary;
pub(super) mod text;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use self::text::MemoryText;
use super::{Catalog, Outgoing, Viewer, ViewerWorld};
use crate::protocol::codec::{self, Message};
use crate::protocol::frame::FrameType;
use crate::protocol::ids::Lane;
use crate::protocol::message::Credit;
use crate::server::dice::Dice;
use crate::server::sources::format::{self, FormatList, Formats};
use crate::server::sources::text::Text;
use crate::world::batch::{Batch, Window};
use crate::world::stream::{
    Anchor, Failed, Fetch, Fetched, Gap, Moved, Open, Place, Rows, Source, SourceId, SourceState, Sources, Total,
};
use crate::world::summary::{Summarize, Summarized};

const LANE: Lane = Lane(1);
const SOURCE: SourceId = SourceId(0);
const PLENTY: Credit = Credit { items: 1 << 40, bytes: 1 << 50 };

/// One source, the memory text.
struct One {
    text: Arc<dyn Text>,
    list: watch::Sender<Vec<Source>>,
    formats: watch::Receiver<FormatList>,
}

impl One {
    fn new(text: Arc<dyn Text>) -> Self {
        let source = Source {
            id: SOURCE,
            name: "memory".into(),
            origin: "test".into(),
            state: SourceState::Live,
            bytes: 0,
            format: None,
        };
        let (found, formats) = watch::channel(vec![None]);
        let note = move |format| found.send_modify(|found: &mut FormatList| found[0] = Some(Arc::new(format)));
        let reading = Formats::default().reading("memory", "test");
        tokio::spawn(format::follow(Arc::downgrade(&text), reading, note));
        Self { text, list: watch::Sender::new(vec![source]), formats }
    }
}

impl Catalog for One {
    fn text(&self, source: SourceId) -> Option<Arc<dyn Text>> {
        (source == SOURCE).then(|| self.text.clone())
    }

    fn sources(&self) -> watch::Receiver<Vec<Source>> {
        self.list.subscribe()
    }

    fn formats(&self) -> watch::Receiver<FormatList> {
        self.formats.clone()
    }
}

/// What the server said.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Total(Total),
    Window(Window),
    Batch(Batch),
    Gap(Gap),
    Fetched(Fetched),
    Failed(Failed),
    Sources(Sources),
    Summarized(Summarized),
    Moved(Moved),
}

impl Said {
    fn read(outgoing: &Outgoing) -> Self {
        let body = &outgoing.body;
        assert!(body.len() < 60 * 1024, "a body of {} bytes", body.len());
        match outgoing.kind {
            FrameType::Total => Self::Total(codec::decode(body).unwrap()),
            FrameType::Window => Self::Window(Window::decode(body).unwrap()),
            FrameType::Batch => Self::Batch(Batch::decode(body).unwrap()),
            FrameType::Gap => Self::Gap(codec::decode(body).unwrap()),
            FrameType::Fetched => Self::Fetched(codec::decode(body).unwrap()),
            FrameType::Failed => Self::Failed(codec::decode(body).unwrap()),
            FrameType::Sources => Self::Sources(codec::decode(body).unwrap()),
            FrameType::Summarized => Self::Summarized(codec::decode(body).unwrap()),
            FrameType::Moved => Self::Moved(codec::decode(body).unwrap()),
            other => panic!("{other:?} is not for worlds"),
        }
    }
}

/// A world as its page sees it.
struct Page {
    world: ViewerWorld,
    inbox: mpsc::Receiver<Box<Outgoing>>,
    req: u32,
    total: Total,
}

impl Page {
    fn start(text: &Arc<MemoryText>, credit: Credit) -> Self {
        Self::join(&Viewer::new(One::new(text.clone())), credit, 64)
    }

    fn join(viewer: &Viewer, credit: Credit, queue: usize) -> Self {
        let (output, inbox) = mpsc::channel(queue);
        let world = ViewerWorld::start(viewer, output, credit);
        Self { world, inbox, req: 0, total: Total::default() }
    }

    fn resume(&mut self, credit: Credit) {
        let (output, inbox) = mpsc::channel(64);
        self.world.resume(output, credit);
        self.inbox = inbox;
    }

    fn send<M: Message>(&self, message: &M) {
        self.world.receive(LANE, M::KIND, &codec::encode(message)).unwrap();
    }

    fn open(&self, filter: Option<&str>, follow: bool, after: Option<Place>) {
        self.send(&Open { source: SOURCE, filter: filter.map(Into::into), follow, after });
    }

    /// The next thing said; a minute of silence is a failure.
    async fn hear(&mut self) -> Said {
        let heard = tokio::time::timeout(Duration::from_secs(60), self.inbox.recv()).await;
        let said = Said::read(&heard.expect("the server is silent").expect("the world lives"));
        if let Said::Total(total) = &said {
            self.total = *total;
        }
        said
    }

    /// What is said within a while of (perhaps paused) time.
    async fn hear_for(&mut self, millis: u64) -> Vec<Said> {
        let until = tokio::time::Instant::now() + Duration::from_millis(millis);
        let mut said = Vec::new();
        while let Ok(Some(outgoing)) = tokio::time::timeout_at(until, self.inbox.recv()).await {
            said.push(Said::read(&outgoing));
            if let Some(Said::Total(total)) = said.last() {
                self.total = *total;
            }
        }
        said
    }

    async fn ask(&mut self, anchor: Anchor, count: i32) -> Result<Window, String> {
        self.req += 1;
        self.send(&Rows { req: self.req, anchor, count });
        loop {
            match self.hear().await {
                Said::Window(window) if window.req == self.req => return Ok(window),
                Said::Failed(failed) if failed.req == self.req => return Err(failed.why),
                _ => {}
            }
        }
    }

    /// Waits until the total is exact and has this many rows.
    async fn settled(&mut self, rows: u64) {
        while !(self.total.exact && self.total.rows == rows) {
            self.hear().await;
        }
    }
}

/// The offset and text of every line, found naively.
fn lines(text: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut offset = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let shown = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.push((offset, shown.to_vec()));
        offset += line.len() as u64;
    }
    lines
}

impl Dice {
    /// Fewer than `most` such lines.
    fn some_log(&mut self, most: u64) -> Vec<u8> {
        let count = self.roll(most);
        self.log(count)
    }

    /// Lines of many lengths and levels, some empty, some with CR LF, some longer than what is shown.
    fn log(&mut self, count: u64) -> Vec<u8> {
        let mut log = Vec::new();
        for n in 0..count {
            let level = ["INFO", "WARN", "ERROR", "x"][self.roll(4) as usize];
            match self.roll(40) {
                0 => {}
                1 => log.extend(format!("{n} {level} {}", "long ".repeat(1_500)).into_bytes()),
                _ => log.extend(format!("{n} {level} {}", "y".repeat(self.roll(90) as usize)).into_bytes()),
            }
            log.extend(if self.roll(3) == 0 { &b"\r\n"[..] } else { b"\n" });
        }
        log
    }
}
