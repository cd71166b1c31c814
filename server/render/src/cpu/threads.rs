//! A team of named threads that wait for the next job: no spawning and no allocation while frames are drawn.
//!
//! Owns its threads and joins them on drop. It knows nothing about pictures; one job runs at a time. `unsafe` is here
//! because a job borrows the frame that it draws, while threads outlive every frame: [`Team::run`] returns only after
//! the last of them has let go.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

type Work = dyn Fn(usize) + Sync;

#[derive(Clone, Copy)]
struct Job(*const Work);
// SAFETY: the pointee is `Sync`, and `Team::run` keeps it alive until every thread is done with it.
unsafe impl Send for Job {}

#[derive(Default)]
struct State {
    job: Option<Job>,
    epoch: u64,
    running: usize,
    panic: Option<Box<dyn Any + Send>>,
    stop: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    start: Condvar,
    done: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads, the caller's among them.
pub struct Team {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Team {
    /// A team of `count` (at least one; the caller is the first). Fewer if the system gives no more threads.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let threads = (1..count)
            .map_while(|index| {
                let shared = shared.clone();
                let thread = std::thread::Builder::new().name(format!("raster-{index}"));
                thread.spawn(move || serve(&shared, index)).ok()
            })
            .collect();
        Self { shared, threads }
    }

    /// Members, the caller included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.threads.len() + 1
    }

    /// Calls `work` once on every member with its number, and returns when all are done. A panic in any of them goes
    /// on in the caller.
    pub fn run(&mut self, work: &(dyn Fn(usize) + Sync)) {
        if !self.threads.is_empty() {
            // SAFETY: only the lifetime changes; this function does not return before `running` is 0 again.
            let job = Job(unsafe { std::mem::transmute::<*const (dyn Fn(usize) + Sync), *const Work>(work) });
            let mut state = self.shared.lock();
            state.job = Some(job);
            state.epoch += 1;
            state.running = self.threads.len();
            drop(state);
            self.shared.start.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(|| work(0)));
        let mut state = self.shared.lock();
        while state.running > 0 {
            state = self.shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.job = None;
        let other = state.panic.take();
        drop(state);
        if let Some(panic) = own.err().or(other) {
            resume_unwind(panic);
        }
    }
}

impl Team {
    /// The values of `make` for 0 to `count`, made by whoever is free.
    pub fn map<T: Send>(&mut self, count: usize, make: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
        let next = AtomicUsize::new(0);
        let made = Mutex::new(Vec::with_capacity(count));
        self.run(&|_| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return;
                }
                let value = make(index);
                made.lock().unwrap_or_else(PoisonError::into_inner).push((index, value));
            }
        });
        let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        made.sort_unstable_by_key(|(index, _)| *index);
        made.into_iter().map(|(_, value)| value).collect()
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.start.notify_all();
        for thread in self.threads.drain(..) {
            // Threads catch every panic of a job: there is nothing to learn here.
            let _ = thread.join();
        }
    }
}

fn serve(shared: &Shared, index: usize) {
    let mut seen = 0;
    loop {
        let mut state = shared.lock();
        while state.epoch == seen && !state.stop {
            state = shared.start.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stop {
            return;
        }
        seen = state.epoch;
        let job = state.job;
        drop(state);
        let result = catch_unwind(AssertUnwindSafe(|| {
            if let Some(Job(work)) = job {
                // SAFETY: `run` waits for this thread before it lets go of `work`.
                unsafe { (*work)(index) }
            }
        }));
        let mut state = shared.lock();
        if let Err(panic) = result {
            state.panic = Some(panic);
        }
        state.running -= 1;
        let last = state.running == 0;
        drop(state);
        if last {
            shared.done.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_runs_every_job_once() {
        let mut team = Team::new(4);
        let calls: Vec<AtomicUsize> = (0..team.len()).map(|_| AtomicUsize::new(0)).collect();
        for _ in 0..100 {
            team.run(&|member| {
                calls[member].fetch_add(1, Ordering::Relaxed);
            });
        }
        assert!(calls.iter().all(|c| c.load(Ordering::Relaxed) == 100));
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let mut team = Team::new(2);
        let caught = catch_unwind(AssertUnwindSafe(|| team.run(&|member| assert_ne!(member, 1))));
        assert!(caught.is_err());
        let done = AtomicUsize::new(0);
        team.run(&|_| {
            done.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }
}
