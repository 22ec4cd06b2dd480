//! What the viewer asks of the sources: the list, the texts, and word of changes.
//!
//! `server::sources` implements it for the real ones; tests bring their own.

use std::sync::Arc;

use tokio::sync::watch;

use crate::server::sources::text::{Source, Text};
use crate::world::stream::SourceId;

/// The sources that a viewer shows.
pub trait Catalog: Send + Sync + 'static {
    /// Every source, in the order in which the server was given them; [`SourceId::ALL`] is not among them.
    fn sources(&self) -> Vec<Source>;

    /// The text of one source, or of all of them interleaved for [`SourceId::ALL`].
    fn text(&self, source: SourceId) -> Option<Arc<dyn Text>>;

    /// Tells when the list of sources changes; `None` when it never does.
    fn changes(&self) -> Option<watch::Receiver<u64>>;
}
