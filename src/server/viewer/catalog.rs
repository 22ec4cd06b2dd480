//! What the viewer asks of the sources: the list, the texts, and word of changes.
//!
//! The server's [`Sources`] are a catalog; tests bring a text in memory.

use std::sync::Arc;

use tokio::sync::watch;

use crate::server::sources::format::FormatList;
use crate::server::sources::registry::Sources;
use crate::server::sources::text::Text;
use crate::world::stream::{Source, SourceId};

/// The sources that a viewer shows.
pub trait Catalog: Send + Sync + 'static {
    /// The text of one source, or of all of them interleaved for [`SourceId::ALL`].
    fn text(&self, source: SourceId) -> Option<Arc<dyn Text>>;

    /// The list as worlds are told of it; tells when a source grows or its state changes.
    fn sources(&self) -> watch::Receiver<Vec<Source>>;

    /// The formats of the sources, by their numbers; tells when one is found, or another.
    fn formats(&self) -> watch::Receiver<FormatList>;
}

impl Catalog for Sources {
    fn text(&self, source: SourceId) -> Option<Arc<dyn Text>> {
        self.get(source).map(|source| source.text)
    }

    fn sources(&self) -> watch::Receiver<Vec<Source>> {
        Self::changes(self)
    }

    fn formats(&self) -> watch::Receiver<FormatList> {
        Self::formats(self)
    }
}
