//! What all worlds share: the sources, an index per source, a result per filter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{Semaphore, watch};

use super::catalog::Catalog;
use super::keeper::Keeper;
use super::result::{AskedSource, FilterResult, HitRoom, Question, Turns};
use super::text_index::TextIndex;
use super::view::View;
use crate::server::index::Cache;
use crate::server::sources::format::FormatList;
use crate::server::sources::text::Text;
use crate::world::stream::{Source, SourceId};

/// Indexes that read at once.
const INDEXING: usize = 1;
/// Filters that search at once.
const SEARCHING: usize = 2;

/// The log viewer of one server; clones are the same viewer.
#[derive(Clone)]
pub struct Viewer {
    shared: Arc<Shared>,
}

struct Shared {
    catalog: Box<dyn Catalog>,
    indexes: Mutex<HashMap<SourceId, Arc<TextIndex>>>,
    results: Mutex<HashMap<(SourceId, String, bool), Weak<FilterResult>>>,
    indexing: Arc<Semaphore>,
    searching: Arc<Turns>,
    hit_room: Arc<HitRoom>,
    keeper: Option<Arc<Keeper>>,
}

impl Viewer {
    /// A viewer of these sources.
    #[must_use]
    pub fn new(catalog: impl Catalog) -> Self {
        Self::with(catalog, None, HitRoom::default())
    }

    /// A viewer of these sources with so much room for hits.
    #[cfg(test)]
    pub(super) fn holding(catalog: impl Catalog, hit_room: HitRoom) -> Self {
        Self::with(catalog, None, hit_room)
    }

    /// A viewer of these sources that keeps the indexes of large files.
    #[must_use]
    pub fn keeping_indexes(catalog: impl Catalog, cache: Cache) -> Self {
        let keeper = Keeper::new(cache, catalog.formats());
        Self::with(catalog, Some(Arc::new(keeper)), HitRoom::default())
    }

    fn with(catalog: impl Catalog, keeper: Option<Arc<Keeper>>, hit_room: HitRoom) -> Self {
        Self {
            shared: Arc::new(Shared {
                keeper,
                hit_room: Arc::new(hit_room),
                catalog: Box::new(catalog),
                indexes: Mutex::default(),
                results: Mutex::default(),
                indexing: Arc::new(Semaphore::new(INDEXING)),
                searching: Arc::new(Turns::new(SEARCHING)),
            }),
        }
    }

    /// Begins to index every source in the background, inside the runtime; without it an index is begun when a lane opens the source.
    pub fn index_all(&self) {
        for source in self.sources().borrow().iter() {
            if let Some(text) = self.shared.catalog.text(source.id) {
                self.index(source.id, &text);
            }
        }
    }

    /// The sources as a world is told of them.
    pub(super) fn sources(&self) -> watch::Receiver<Vec<Source>> {
        self.shared.catalog.sources()
    }

    /// The formats of the sources, by their numbers.
    pub(super) fn formats(&self) -> watch::Receiver<FormatList> {
        self.shared.catalog.formats()
    }

    /// A view of `source`, filtered by a query or whole; `None` when there is no such source.
    pub(super) fn view(&self, source: SourceId, filter: Option<&str>) -> Option<View> {
        let text = self.shared.catalog.text(source)?;
        let index = self.index(source, &text);
        let result =
            filter.filter(|filter| !filter.is_empty()).map(|filter| self.result(source, &text, &index, filter, false));
        Some(View { viewer: self.clone(), source, text, index, result })
    }

    /// The index of a source and its text, when some lane has had it begun.
    pub(super) fn begun_index(&self, source: SourceId) -> Option<(Arc<dyn Text>, Arc<TextIndex>)> {
        let index = Arc::clone(lock(&self.shared.indexes).get(&source)?);
        Some((self.shared.catalog.text(source)?, index))
    }

    fn index(&self, source: SourceId, text: &Arc<dyn Text>) -> Arc<TextIndex> {
        let mut indexes = lock(&self.shared.indexes);
        let Shared { indexing, keeper, .. } = &*self.shared;
        let begin = || Arc::new(TextIndex::start(Arc::clone(text), Arc::clone(indexing), keeper.clone()));
        Arc::clone(indexes.entry(source).or_insert_with(begin))
    }

    fn asked_sources(&self) -> Vec<AskedSource> {
        let list = self.sources().borrow().clone();
        let asked =
            |source: Source| Some(AskedSource { text: self.shared.catalog.text(source.id)?, name: source.name });
        list.into_iter().filter_map(asked).collect()
    }

    /// The result of a view, or all there is of one that is not filtered, summed up: of all sources, each by itself, for their
    /// order tells nothing.
    pub(super) fn summed(&self, view: &View) -> Vec<Arc<FilterResult>> {
        let query = view.result.as_ref().map_or("", |result| result.query());
        let summed = |source, text, index| self.result(source, &text, &index, query, true);
        if view.source != SourceId::ALL {
            return vec![summed(view.source, Arc::clone(&view.text), Arc::clone(&view.index))];
        }
        let sources = self.sources().borrow().iter().map(|source| source.id).collect::<Vec<_>>();
        let of_source = |source| {
            let text = self.shared.catalog.text(source)?;
            let index = self.index(source, &text);
            Some(summed(source, text, index))
        };
        sources.into_iter().filter_map(of_source).collect()
    }

    fn result(
        &self,
        source: SourceId,
        text: &Arc<dyn Text>,
        index: &Arc<TextIndex>,
        filter: &str,
        is_summed: bool,
    ) -> Arc<FilterResult> {
        let mut results = lock(&self.shared.results);
        results.retain(|_, result| result.strong_count() > 0);
        let key = (source, filter.to_owned(), is_summed);
        if let Some(result) = results.get(&key).and_then(Weak::upgrade).filter(|result| result.is_current()) {
            return result;
        }
        let question = Question {
            query: filter.to_owned(),
            source,
            text: Arc::clone(text),
            index: Arc::clone(index),
            sources: self.asked_sources(),
            formats: self.formats(),
            is_summed,
        };
        let Shared { searching, hit_room, .. } = &*self.shared;
        let result = Arc::new(FilterResult::start(question, Arc::clone(searching), Arc::clone(hit_room)));
        results.insert(key, Arc::downgrade(&result));
        result
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
