//! One open lane: a task that sends on it, and the questions that are asked of it.
//!
//! Questions are answered by tasks of their own and come back to the lane's, so that every window is numbered as the total
//! sent before it.

mod worker;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::future::select_all;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{Instant, sleep};

use self::worker::Worker;
use super::push::Cursor;
use super::question::{self, FetchMark, Outcome};
use super::reader::{Stop, StopGuard};
use super::result::{FilterResult, HitProgress};
use super::summary;
use super::view::View;
use super::world::Outgoing;
use crate::protocol::ids::Lane;
use crate::protocol::message::Credit;
use crate::world::stream::{Fetch, Open, Rows, SourceId};
use crate::world::summary::Summarize;

/// Answers that wait for the lane.
const ANSWERS: usize = 4;
/// How long whoever has seen a summary waits for the next, however much there is to tell.
const SUMMARY_EVERY: Duration = Duration::from_millis(250);
/// And so many times as long as it took to put it together: of many sources that is most of the work.
const SUMMARY_PAUSES: u32 = 10;

/// What a lane keeps while it is closed and opened again: the stream's credit, and how far it had pushed.
pub struct Pace {
    /// The watermark that the page granted.
    pub credit: watch::Sender<Credit>,
    spent: Mutex<Credit>,
    pushed: Mutex<Option<(SourceId, Cursor)>>,
}

impl Pace {
    /// A stream that begins with `credit`.
    pub fn new(credit: Credit) -> Self {
        Self { credit: watch::Sender::new(credit), spent: Mutex::default(), pushed: Mutex::default() }
    }

    /// The stream begins anew with `credit`, as after a resume.
    pub fn restart(&self, credit: Credit) {
        *lock(&self.spent) = Credit::default();
        self.credit.send_replace(credit);
    }

    fn left(&self) -> Credit {
        let (granted, spent) = (*self.credit.borrow(), *lock(&self.spent));
        Credit { items: granted.items.saturating_sub(spent.items), bytes: granted.bytes.saturating_sub(spent.bytes) }
    }

    fn spend(&self, items: u64, bytes: u64) {
        let mut spent = lock(&self.spent);
        spent.items += items;
        spent.bytes += bytes;
    }
}

/// A question to a lane.
pub enum Ask {
    /// For rows.
    Rows(Rows),
    /// For raw bytes.
    Fetch(Fetch),
    /// For what the result is as a whole.
    Summarize(Summarize),
}

/// An answer on its way to the lane. Boxed, because a channel keeps room for 32 of whatever it carries.
type Reply = Box<Answered>;

/// The answer to a question.
struct Answered {
    req: u32,
    outcome: Outcome,
    /// Has the question asked again: the lines moved since.
    again: oneshot::Sender<()>,
}

/// An open lane; dropping it ends its task and its questions.
pub struct OpenLane {
    context: Arc<Context>,
    task: AbortHandle,
    answers: mpsc::Sender<Reply>,
    questions: Arc<Mutex<HashMap<u32, AbortHandle>>>,
    _stop: StopGuard,
}

struct Context {
    view: View,
    stop: Stop,
    /// The filter's progress that the world was told last.
    shown: Mutex<Option<HitProgress>>,
    mark: Mutex<Option<FetchMark>>,
    /// The result, summed up for whoever has asked.
    summed: OnceLock<Arc<[Arc<FilterResult>]>>,
    /// How long it took to put together what was told of it last.
    summing: Mutex<Duration>,
}

impl OpenLane {
    /// Opens `lane` on `view`.
    pub fn open(lane: Lane, view: View, open: &Open, pace: Arc<Pace>, output: mpsc::Sender<Box<Outgoing>>) -> Self {
        let stop = Stop::default();
        let guard = stop.guard();
        let context = Arc::new(Context {
            view,
            stop,
            shown: Mutex::default(),
            mark: Mutex::default(),
            summed: OnceLock::new(),
            summing: Mutex::default(),
        });
        let (answers, answered) = mpsc::channel(ANSWERS);
        let worker = Worker::new(lane, Arc::clone(&context), output, answered, pace);
        let task = tokio::spawn(worker.run(open.follow, open.after)).abort_handle();
        Self { context, task, answers, questions: Arc::default(), _stop: guard }
    }

    /// Asks; the answer goes out on the lane. `turn` is given back when it is known.
    pub fn ask(&self, req: u32, ask: Ask, turn: OwnedSemaphorePermit) {
        let mut open = lock(&self.questions);
        let (context, answers, questions) =
            (Arc::clone(&self.context), self.answers.clone(), Arc::clone(&self.questions));
        let task = tokio::spawn(async move {
            let ask = Arc::new(ask);
            loop {
                let outcome = Arc::clone(&context).answer(Arc::clone(&ask)).await;
                let (again, asks_again) = oneshot::channel();
                // A lane that closed meanwhile has no use for the answer.
                let is_heard = answers.send(Box::new(Answered { req, outcome, again })).await.is_ok();
                if !is_heard || asks_again.await.is_err() {
                    break;
                }
            }
            lock(&questions).remove(&req);
            drop(turn);
        });
        if let Some(replaced) = open.insert(req, task.abort_handle()) {
            replaced.abort();
        }
    }

    /// Withdraws a question; one that is answered already is no error.
    pub fn cancel(&self, req: u32) {
        if let Some(task) = lock(&self.questions).remove(&req) {
            task.abort();
        }
    }
}

impl Drop for OpenLane {
    fn drop(&mut self) {
        self.task.abort();
        lock(&self.questions).drain().for_each(|(_, task)| task.abort());
    }
}

impl Context {
    /// Tries until index and filter have come far enough.
    async fn answer(self: Arc<Self>, ask: Arc<Ask>) -> Outcome {
        if let Ask::Summarize(summarize) = &*ask {
            return self.summarize(summarize).await;
        }
        let stop = Stop::default();
        let _guard = stop.guard();
        let mut index = self.view.index.progress();
        let mut hits = self.view.result.as_ref().map(|result| result.progress());
        let mut extent = self.view.text.changes();
        loop {
            index.borrow_and_update();
            extent.borrow_and_update();
            if let Some(hits) = &mut hits {
                hits.borrow_and_update();
            }
            let (context, question, stop) = (Arc::clone(&self), Arc::clone(&ask), stop.clone());
            let tried = spawn_blocking(move || context.attempt(&question, &stop)).await;
            match tried {
                Ok(Outcome::NotYet) => {}
                Ok(outcome) => return outcome,
                Err(_) => return Outcome::Failed("the answer could not be computed".into()),
            }
            tokio::select! {
                Ok(()) = index.changed() => {}
                Ok(()) = extent.changed() => {}
                Ok(()) = changed(&mut hits) => {}
                else => return Outcome::Failed("the source ended".into()),
            }
        }
    }

    /// Waits for more than was seen.
    async fn summarize(&self, asked: &Summarize) -> Outcome {
        let results = Arc::clone(self.summed.get_or_init(|| self.view.viewer.summed(&self.view).into()));
        let mut progress: Vec<_> = results.iter().map(|result| result.progress()).collect();
        if asked.seen != 0 {
            let pause = *lock(&self.summing) * SUMMARY_PAUSES;
            sleep(pause.max(SUMMARY_EVERY)).await;
        }
        loop {
            progress.iter_mut().for_each(|progress| drop(progress.borrow_and_update()));
            if let Some(why) = results.iter().find_map(|result| result.refusal()) {
                return Outcome::Failed(why.to_owned());
            }
            let (summed, asked) = (Arc::clone(&results), asked.clone());
            let began = Instant::now();
            let told = spawn_blocking(move || summary::told(&summed, &asked)).await;
            *lock(&self.summing) = began.elapsed();
            match told {
                Ok(Some(summarized)) => return Outcome::Summarized(summarized),
                Ok(None) => {}
                Err(_) => return Outcome::Failed("the summary could not be computed".into()),
            }
            if progress.is_empty() {
                return Outcome::Failed("there are no sources".into());
            }
            let changes = progress.iter_mut().map(|progress| Box::pin(progress.changed()));
            if select_all(changes).await.0.is_err() {
                return Outcome::Failed("the source ended".into());
            }
        }
    }

    fn attempt(&self, ask: &Ask, stop: &Stop) -> Outcome {
        if let Some(why) = self.view.refusal() {
            return Outcome::Failed(why.to_owned());
        }
        match ask {
            Ask::Rows(rows) => question::rows(&self.view, rows, *lock(&self.shown), stop),
            Ask::Summarize(_) => Outcome::NotYet,
            Ask::Fetch(fetch) => {
                let mut mark = *lock(&self.mark);
                let outcome = question::fetch(&self.view, fetch, &mut mark, stop);
                *lock(&self.mark) = mark;
                outcome
            }
        }
    }
}

async fn changed<T>(watch: &mut Option<watch::Receiver<T>>) -> Result<(), watch::error::RecvError> {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
