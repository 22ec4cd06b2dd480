//! Tells a world which sources there are: at once, when a state changes, and now and then when they have grown; in as many
//! frames as it takes.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::viewer::Viewer;
use super::world::Outgoing;
use crate::protocol::codec::{self, Message};
use crate::protocol::ids::Lane;
use crate::world::stream::{Source, SourceState, Sources};

/// The largest body, well below what a frame holds.
const BODY_BYTES: usize = 48 * 1024;
/// What a source takes at most beside its texts, and a body beside its sources.
const SOURCE_BYTES: usize = 64;
/// Sizes are told at most so often, for each part of the list: a log that grows all the time is no reason to repeat it all
/// the time.
const SIZES_EVERY: Duration = Duration::from_secs(1);

/// Sends the sources on lane 0 at once and when they change.
pub fn announcer(viewer: &Viewer, output: &mpsc::Sender<Box<Outgoing>>) -> AbortHandle {
    let (viewer, output) = (viewer.clone(), output.clone());
    tokio::spawn(async move {
        let mut sources = viewer.sources();
        loop {
            let told = sources.borrow_and_update().clone();
            let parts = parts(&told);
            let sizes_from = Instant::now() + SIZES_EVERY * u32::try_from(parts.len()).unwrap_or(u32::MAX);
            for part in parts {
                let outgoing = Box::new(Outgoing { lane: Lane(0), kind: Sources::KIND, body: codec::encode(&part) });
                if output.send(outgoing).await.is_err() {
                    return;
                }
            }
            if changed(&mut sources, &told, sizes_from).await.is_err() {
                return;
            }
        }
    })
    .abort_handle()
}

/// Waits until the list is another than `told`: another state or format counts at once, another size from then on.
async fn changed(
    sources: &mut watch::Receiver<Vec<Source>>,
    told: &[Source],
    sizes_from: Instant,
) -> Result<(), watch::error::RecvError> {
    let is_same = |(now, before): (&Source, &Source)| now.state == before.state && now.format == before.format;
    let is_other = |list: &Vec<Source>| !list.iter().zip(told).all(is_same);
    tokio::select! {
        result = sources.wait_for(is_other) => return result.map(drop),
        () = sleep_until(sizes_from) => {}
    }
    sources.wait_for(|list| list != told).await.map(drop)
}

/// The list in parts that each fit into a body; an empty list is one empty part.
fn parts(list: &[Source]) -> Vec<Sources> {
    let total = count(list.len());
    let mut parts = vec![Sources { sources: Vec::new(), first: 0, total }];
    let mut room = BODY_BYTES - SOURCE_BYTES;
    for (number, source) in list.iter().enumerate() {
        let bytes = bytes_max(source);
        if bytes > room {
            parts.push(Sources { sources: Vec::new(), first: count(number), total });
            room = BODY_BYTES - SOURCE_BYTES;
        }
        room = room.saturating_sub(bytes);
        parts.last_mut().expect("there is a part from the start").sources.push(source.clone());
    }
    parts
}

fn bytes_max(source: &Source) -> usize {
    let reason = if let SourceState::Broken(why) = &source.state { why.len() } else { 0 };
    let format = source.format.as_ref().map_or(0, String::len);
    SOURCE_BYTES + source.name.len() + source.origin.len() + reason + format
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
        let (state, long_format) = (SourceState::Broken(long.clone()), long.clone());
        Source {
            id: SourceId(number),
            name: format!("{number} {long}"),
            origin: long,
            state,
            bytes: u64::MAX,
            format: Some(long_format),
        }
    }

    #[test]
    fn many_sources_with_long_names_are_told_in_parts_that_fit() {
        let list: Vec<_> = (0..300).map(source).collect();
        let parts = parts(&list);
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
        assert_eq!(parts(&[]), [Sources { sources: Vec::new(), first: 0, total: 0 }]);
    }
}
