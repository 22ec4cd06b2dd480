//! The sources that the server was given: by number, by name, all together, and what each is doing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;

use super::all::{self, AllText};
use super::format::{self, FormatList, Formats, SourceFormat};
use super::text::{Extent, Source, Text};
use crate::log::display;
use crate::world::stream::{self, SourceId, SourceState};

/// The longest name or origin that worlds are told, in characters.
const TEXT_CHARS: usize = 200;

/// Every source. Cheap to clone; the sources are followed until the last clone is gone.
#[derive(Clone)]
pub struct Sources {
    list: Arc<[Source]>,
    all: Source,
    message: Arc<watch::Sender<Vec<stream::Source>>>,
    formats: Arc<watch::Sender<FormatList>>,
}

impl Sources {
    /// Takes the sources in the order of their numbers, which count from 0, and starts to interleave them and to find their
    /// formats.
    ///
    /// # Panics
    /// Outside a tokio runtime, and when the numbers do not count from 0.
    #[must_use]
    pub fn new(list: Vec<Source>, formats: &Formats) -> Self {
        assert!(list.iter().zip(0..).all(|(source, number)| source.id == SourceId(number)), "sources count from 0");
        // Before anything is taken, so that no change falls between.
        let changes: Vec<_> = list.iter().map(|source| source.text.changes()).collect();
        // A single source is all of them: it is not searched for lines to interleave.
        let interleaved = (list.len() != 1).then(|| AllText::new(list.clone()));
        let message = Arc::new(watch::Sender::new(list.iter().map(describe).collect::<Vec<_>>()));
        for (index, mut changes) in changes.into_iter().enumerate() {
            let message = Arc::downgrade(&message);
            let note = move |extent: &Extent| {
                if let Some(message) = message.upgrade() {
                    note_change(&message, index, extent);
                }
            };
            match &interleaved {
                Some(all) => tokio::spawn(all::follow(Arc::downgrade(all), index, changes, note)),
                None => tokio::spawn(async move {
                    while changes.changed().await.is_ok() {
                        let extent = changes.borrow_and_update().clone();
                        note(&extent);
                    }
                }),
            };
        }
        let found = Arc::new(watch::Sender::new(vec![None; list.len()]));
        for (index, source) in list.iter().enumerate() {
            let (message, found) = (Arc::downgrade(&message), Arc::downgrade(&found));
            let note = move |format: SourceFormat| {
                if let (Some(message), Some(found)) = (message.upgrade(), found.upgrade()) {
                    message.send_modify(|message| message[index].format = Some(format.name()));
                    found.send_modify(|found: &mut FormatList| found[index] = Some(Arc::new(format)));
                }
            };
            let reading = formats.reading(&source.name, &source.origin);
            tokio::spawn(format::follow(Arc::downgrade(&source.text), reading, note));
        }
        let text: Arc<dyn Text> = match interleaved {
            Some(all) => {
                tokio::spawn(all::keep_in_order(Arc::downgrade(&all), found.subscribe()));
                tokio::spawn(all::keep_corrected(Arc::downgrade(&all)));
                all
            }
            None => Arc::clone(&list[0].text),
        };
        let all = Source { id: SourceId::ALL, name: "all".into(), origin: "all sources, merged".into(), text };
        Self { list: list.into(), all, message, formats: found }
    }

    /// The sources in the order in which the server was given them.
    #[must_use]
    pub fn list(&self) -> &[Source] {
        &self.list
    }

    /// The source of this number; [`SourceId::ALL`] has one too.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<Source> {
        if id == SourceId::ALL { Some(self.all()) } else { self.list.get(id.0 as usize).cloned() }
    }

    /// All sources, merged.
    #[must_use]
    pub fn all(&self) -> Source {
        self.all.clone()
    }

    /// Tells when a source's format is found, or another.
    #[must_use]
    pub fn formats(&self) -> watch::Receiver<FormatList> {
        self.formats.subscribe()
    }

    /// Tells when a source grows or its state changes; the value is the list as worlds are told of it.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Vec<stream::Source>> {
        self.message.subscribe()
    }
}

fn describe(source: &Source) -> stream::Source {
    let Extent { start, end, state, .. } = source.text.extent();
    stream::Source {
        id: source.id,
        name: source.name.clone(),
        origin: shorten(&source.origin),
        state: told(&state),
        bytes: end - start,
        format: None,
    }
}

fn note_change(message: &watch::Sender<Vec<stream::Source>>, index: usize, extent: &Extent) {
    message.send_modify(|message| {
        message[index].bytes = extent.end - extent.start;
        message[index].state = told(&extent.state);
    });
}

/// A state as worlds are told of it: the reason is no longer than the names.
fn told(state: &SourceState) -> SourceState {
    match state {
        SourceState::Broken(why) => SourceState::Broken(shorten(why)),
        other => other.clone(),
    }
}

/// The text itself, or its beginning and its end where it is longer than [`TEXT_CHARS`].
fn shorten(text: &str) -> String {
    let chars = text.chars().count();
    if chars <= TEXT_CHARS {
        return text.to_owned();
    }
    let head = TEXT_CHARS / 2;
    let tail = TEXT_CHARS - head - 1;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(chars - tail)).collect()
}

/// A short name for each path: its file name, with as many folders before it as it takes to be the only one.
#[must_use]
pub fn short_names(paths: &[PathBuf]) -> Vec<String> {
    let mut depths = vec![1; paths.len()];
    loop {
        let names: Vec<String> = paths.iter().zip(&depths).map(|(path, &depth)| last_parts(path, depth)).collect();
        let mut has_grown = false;
        for (index, depth) in depths.iter_mut().enumerate() {
            let is_double = names.iter().enumerate().any(|(other, name)| other != index && *name == names[index]);
            if is_double && *depth < paths[index].components().count() {
                *depth += 1;
                has_grown = true;
            }
        }
        if !has_grown {
            return number_doubles(names.iter().map(|name| shorten(name)).collect());
        }
    }
}

/// The last `depth` parts of a path, with everything written out that could not be seen.
fn last_parts(path: &Path, depth: usize) -> String {
    let parts: Vec<_> = path.components().collect();
    let part: PathBuf = parts[parts.len().saturating_sub(depth)..].iter().collect();
    display::strip(part.as_os_str().as_encoded_bytes())
}

/// Numbers what is still equal: two paths may be written differently, or differ where they are cut, and be shown alike.
fn number_doubles(names: Vec<String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|candidate| !unique.contains(candidate));
        unique.extend(free);
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::sources::ring::RingText;

    fn names(paths: &[&str]) -> Vec<String> {
        short_names(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_short_name_is_as_long_as_it_takes_to_be_unique() {
        assert_eq!(names(&["/a/x.log", "/b/y.log"]), ["x.log", "y.log"]);
        assert_eq!(names(&["/a/one/x.log", "/a/two/x.log", "/y.log"]), ["one/x.log", "two/x.log", "y.log"]);
        assert_eq!(names(&["/a/q/x.log", "/b/q/x.log"]), ["a/q/x.log", "b/q/x.log"]);
        assert_eq!(names(&["x.log", "/x.log"]), ["x.log", "/x.log"]);
        assert_eq!(names(&["x.log", "x.log"]), ["x.log", "x.log (2)"]);
        assert_eq!(names(&["/a/\u{202e}gol.x"]), ["<U+202E>gol.x"]);
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_end_and_stays_unique() {
        let path = |middle: &str| format!("/{}{middle}{}.log", "ä".repeat(150), "b".repeat(150));
        let [first, second] = <[String; 2]>::try_from(names(&[&path("1"), &path("2")])).unwrap();
        assert_eq!(first.chars().count(), 200);
        assert!(first.starts_with("ää") && first.contains("ä…b") && first.ends_with("bb.log"));
        assert_eq!(second, format!("{first} (2)"));
    }

    fn ring_source(number: u32) -> (Arc<RingText>, Source) {
        let ring = Arc::new(RingText::new(SourceId(number), 1 << 20));
        let source = Source {
            id: SourceId(number),
            name: format!("ring {number}"),
            origin: "test".into(),
            text: Arc::clone(&ring) as Arc<dyn Text>,
        };
        (ring, source)
    }

    #[tokio::test]
    async fn sources_are_found_by_number_and_all_together() {
        let (left, left_source) = ring_source(0);
        let (_right, right_source) = ring_source(1);
        let sources = Sources::new(vec![left_source, right_source], &Formats::default());
        assert_eq!(sources.list().len(), 2);
        assert_eq!(sources.get(SourceId(1)).unwrap().name, "ring 1");
        assert!(sources.get(SourceId(2)).is_none());
        let mut all = sources.get(SourceId::ALL).unwrap().text.changes();
        left.push(b"arrived\n");
        all.wait_for(|extent| extent.end == 8).await.unwrap();
    }

    #[tokio::test]
    async fn a_single_source_is_all_of_them() {
        let (_ring, source) = ring_source(0);
        let sources = Sources::new(vec![source.clone()], &Formats::default());
        assert!(Arc::ptr_eq(&sources.all().text, &source.text));
        assert_eq!(Sources::new(Vec::new(), &Formats::default()).all().text.extent().end, 0);
    }

    #[tokio::test]
    async fn sizes_formats_and_states_are_told() {
        let (ring, source) = ring_source(0);
        let sources = Sources::new(vec![source], &Formats::default());
        let mut told = sources.changes();
        ring.push(b"arrived\n");
        told.wait_for(|list| list[0].bytes == 8).await.unwrap();
        told.wait_for(|list| list[0].format.as_deref() == Some("plain")).await.unwrap();
        ring.tell(SourceState::Ended);
        told.wait_for(|list| list[0].state == SourceState::Ended).await.unwrap();
    }
}
