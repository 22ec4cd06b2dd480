//! What the viewer asks of the sources: the list, the texts, and word of changes.
//!
//! The server's [`Sources`] are a catalog; tests bring a text in memory.

use std::sync::Arc;

use tokio::sync::watch;

use crate::server::sources::registry::Sources;
use crate::server::sources::text::Text;
use crate::world::stream::{Source, SourceId};

/// The sources that a viewer shows.
pub trait Catalog: Send + Sync + 'static {
    /// The list as worlds are told of it, as it is now.
    fn message(&self) -> Vec<Source>;

    /// The text of one source, or of all of them interleaved for [`SourceId::ALL`].
    fn text(&self, source: SourceId) -> Option<Arc<dyn Text>>;

    /// Tells when the list of sources or the state of one changes; growth alone is no change.
    fn changes(&self) -> watch::Receiver<Vec<Source>>;
}

impl Catalog for Sources {
    fn message(&self) -> Vec<Source> {
        Self::message(self)
    }

    fn text(&self, source: SourceId) -> Option<Arc<dyn Text>> {
        self.get(source).map(|source| source.text)
    }

    fn changes(&self) -> watch::Receiver<Vec<Source>> {
        Self::changes(self)
    }
}
