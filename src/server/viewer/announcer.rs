//! Tells a world which sources there are: at once, and when the list or a state changes; in as many frames as it takes.

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::viewer::Viewer;
use super::world::Outgoing;
use crate::protocol::codec::{self, Message};
use crate::protocol::ids::Lane;
use crate::world::stream::{Source, SourceState, Sources};

/// The largest body, well below what a frame holds.
const BODY_BYTES: usize = 48 * 1024;
/// What a source takes at most beside its texts, and a body beside its sources.
const SOURCE_BYTES: usize = 64;

/// Sends the sources on lane 0 at once and when they change.
pub fn announcer(viewer: &Viewer, output: &mpsc::Sender<Box<Outgoing>>) -> AbortHandle {
    let (viewer, output) = (viewer.clone(), output.clone());
    tokio::spawn(async move {
        let mut news = viewer.news();
        loop {
            news.borrow_and_update();
            for part in parts(viewer.sources()) {
                let outgoing = Box::new(Outgoing { lane: Lane(0), kind: Sources::KIND, body: codec::encode(&part) });
                if output.send(outgoing).await.is_err() {
                    return;
                }
            }
            if news.changed().await.is_err() {
                return;
            }
        }
    })
    .abort_handle()
}

/// The list in parts that each fit into a body; an empty list is one empty part.
fn parts(list: Vec<Source>) -> Vec<Sources> {
    let total = count(list.len());
    let mut parts = vec![Sources { sources: Vec::new(), first: 0, total }];
    let mut room = BODY_BYTES - SOURCE_BYTES;
    for (number, source) in list.into_iter().enumerate() {
        let bytes = bytes_max(&source);
        if bytes > room {
            parts.push(Sources { sources: Vec::new(), first: count(number), total });
            room = BODY_BYTES - SOURCE_BYTES;
        }
        room = room.saturating_sub(bytes);
        parts.last_mut().expect("there is a part from the start").sources.push(source);
    }
    parts
}

fn bytes_max(source: &Source) -> usize {
    let reason = if let SourceState::Broken(why) = &source.state { why.len() } else { 0 };
    SOURCE_BYTES + source.name.len() + source.origin.len() + reason
}

fn count(sources: usize) -> u32 {
    u32::try_from(sources).expect("sources are numbered by u32")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::stream::SourceId;

    fn source(number: u32) -> Source {
        let long = "ä".repeat(200);
        let state = SourceState::Broken(long.clone());
        Source { id: SourceId(number), name: format!("{number} {long}"), origin: long, state, bytes: u64::MAX }
    }

    #[test]
    fn many_sources_with_long_names_are_told_in_parts_that_fit() {
        let list: Vec<_> = (0..300).map(source).collect();
        let parts = parts(list.clone());
        assert!(parts.len() > 1);
        let mut told = Vec::new();
        for part in parts {
            assert!(codec::encode(&part).len() <= BODY_BYTES);
            assert_eq!((part.first as usize, part.total), (told.len(), 300));
            told.extend(part.sources);
        }
        assert_eq!(told, list);
    }

    #[test]
    fn no_sources_are_one_part() {
        assert_eq!(parts(Vec::new()), [Sources { sources: Vec::new(), first: 0, total: 0 }]);
    }
}
