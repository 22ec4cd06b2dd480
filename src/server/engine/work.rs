//! Threads that work through chunks, and their results in order.
//!
//! Each input has a few chunks under way or waiting to be taken; taking a result lets the next chunk begin. So memory is
//! bounded however unevenly the inputs are consumed, and nothing stands still while somebody waits.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::chunk::Chunk;
use super::input::{Input, InputError};
use crate::server::page_buffer::PageBuffer;

/// Chunks that are under way or wait to be taken, of all inputs, beside one per thread; where there are fewer, a thread waits
/// for who takes them.
const AHEAD: usize = 6;
/// Of each input at least.
const AHEAD_MIN: usize = 2;

/// What comes of the chunks.
pub struct Results<'a, T> {
    inputs: &'a [Input],
    state: Mutex<State<T>>,
    has_job: Condvar,
    has_result: Condvar,
}

struct State<T> {
    /// Inputs of which a chunk is to be worked on.
    jobs: VecDeque<usize>,
    queues: Vec<Queue<T>>,
    is_over: bool,
    /// What a thread panicked with. It goes on in who takes the results.
    panic: Option<Box<dyn Any + Send>>,
}

struct Queue<T> {
    ready: BTreeMap<u64, T>,
    /// The next chunk to be taken.
    next: u64,
    /// How many chunks there are, once that is known.
    chunks: Option<u64>,
    /// How many are under way.
    running: usize,
    /// Whether one could not be read, and why; those before it are taken all the same.
    has_failed: bool,
    failure: Option<io::Error>,
}

impl<T> Queue<T> {
    const fn new() -> Self {
        Self { ready: BTreeMap::new(), next: 0, chunks: None, running: 0, has_failed: false, failure: None }
    }
}

/// Has `threads` threads make a `T` of every chunk of `inputs`, while `take` takes them. What is not taken when `take`
/// returns is given up.
///
/// # Panics
/// Where `step` does: when the next result is asked for, or at the end; all threads have ended by then.
pub fn work<T: Send, R>(
    inputs: &[Input],
    threads: usize,
    step: impl Fn(&Input, Chunk<'_>) -> T + Sync,
    take: impl FnOnce(&Results<'_, T>) -> R,
) -> R {
    let count = inputs.len().max(1);
    let ahead = (AHEAD / count).max(AHEAD_MIN) + threads.div_ceil(count);
    let jobs = (0..ahead).flat_map(|_| 0..inputs.len()).collect();
    let queues = inputs.iter().map(|_| Queue::new()).collect();
    let results = Results {
        inputs,
        state: Mutex::new(State { jobs, queues, is_over: false, panic: None }),
        has_job: Condvar::new(),
        has_result: Condvar::new(),
    };
    let taken = std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| results.serve(&step));
        }
        let _end = End(&results);
        take(&results)
    });
    results.lock().go_on_panicking();
    taken
}

/// Sends the threads home, also where the taker panics.
struct End<'r, 'a, T>(&'r Results<'a, T>);

impl<T> Drop for End<'_, '_, T> {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.has_job.notify_all();
        self.0.inputs.iter().for_each(Input::give_up);
    }
}

impl<T> State<T> {
    fn go_on_panicking(&mut self) {
        if let Some(panic) = self.panic.take() {
            resume_unwind(panic);
        }
    }
}

impl<T> Results<'_, T> {
    /// What came of the next chunk of the input with this number, `None` behind the last. Waits for it.
    ///
    /// # Errors
    /// The input cannot be read any further; that is said once.
    ///
    /// # Panics
    /// A thread has.
    pub fn next(&self, input: usize) -> Result<Option<T>, InputError> {
        let mut state = self.lock();
        loop {
            state.go_on_panicking();
            let queue = &mut state.queues[input];
            if let Some(ready) = queue.ready.remove(&queue.next) {
                queue.next += 1;
                state.jobs.push_back(input);
                self.has_job.notify_one();
                return Ok(Some(ready));
            }
            if queue.has_failed && queue.running == 0 {
                let said = queue.failure.take().map(|error| InputError::new(&self.inputs[input].name, error));
                return said.map_or(Ok(None), Err);
            }
            if !queue.has_failed && queue.chunks.is_some_and(|chunks| queue.next >= chunks) {
                return Ok(None);
            }
            state = self.has_result.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn serve(&self, step: &impl Fn(&Input, Chunk<'_>) -> T) {
        let mut buffer = PageBuffer::default();
        while let Some(number) = self.job() {
            let input = &self.inputs[number];
            let done =
                || input.next_chunk(&mut buffer).map(|chunk| chunk.map(|chunk| (chunk.index, step(input, chunk))));
            // Nothing that it leaves behind half done is looked at again.
            let done = catch_unwind(AssertUnwindSafe(done));
            let mut state = self.lock();
            let queue = &mut state.queues[number];
            queue.running -= 1;
            match done {
                Ok(Ok(Some((index, ready)))) => drop(queue.ready.insert(index, ready)),
                Ok(Ok(None)) => queue.chunks = Some(input.chunks()),
                Ok(Err(_)) if queue.has_failed => {}
                Ok(Err(error)) => (queue.has_failed, queue.failure) = (true, Some(error)),
                Err(panic) => {
                    state.is_over = true;
                    state.panic.get_or_insert(panic);
                    self.has_job.notify_all();
                }
            }
            drop(state);
            self.has_result.notify_all();
        }
    }

    fn job(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.is_over {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                state.queues[job].running += 1;
                return Some(job);
            }
            state = self.has_job.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
