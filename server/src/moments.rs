//! The stage that is shown, read at other times, for pictures that nobody else sees.
//!
//! A scene worker of its own opens the same file at the first request and reads it at one time after the other; it is
//! kept for a while, since whoever asks for one time often asks for the next. What viewers see, and the worker behind it,
//! are left alone. One request is answered at a time and one waits; more are told to come back.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use telestage_scene::roots::Roots;
use telestage_scene::worker::{Event, Host, Limits, Moment, OpenError, OpenRequest, Program, Question};
use telestage_scene::{Prim, Scene};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Requests at a time, their drawing included: one that is answered, one that waits.
const SEATS: usize = 2;
/// News of the worker that wait to be read; a full queue makes the worker wait, and nobody else.
const EVENTS: usize = 16;
/// How long the worker, and with it the memory of a stage, is kept after its last answer.
const WARM: Duration = Duration::from_secs(20);

/// Why there is no scene of that time.
#[derive(Debug, thiserror::Error)]
pub enum MomentError {
    /// Somebody else's request is under way, and another one waits.
    #[error("another picture of another time is being made; ask again in a second")]
    Busy,
    /// The server stops.
    #[error("the server is stopping")]
    Stopping,
    /// The file cannot be read any more.
    #[error(transparent)]
    Open(#[from] OpenError),
}

struct Ask {
    shown: Arc<Scene>,
    time: f64,
    reply: oneshot::Sender<Result<Arc<Scene>, MomentError>>,
}

/// Where to ask; cheap to clone.
#[derive(Clone)]
pub struct Moments {
    asks: mpsc::Sender<Ask>,
    seats: Arc<Semaphore>,
}

/// The right to one request; let go of it when its picture is there.
pub struct Seat {
    _permit: OwnedSemaphorePermit,
}

impl Moments {
    /// Starts the task that answers; it ends when nobody can ask any more. Call it within a tokio runtime. Files are
    /// opened under `roots`.
    #[must_use]
    pub fn start(program: Program, roots: Roots) -> Self {
        let (asks_in, asks) = mpsc::channel(SEATS);
        tokio::spawn(Answering { program, roots, worker: None }.run(asks));
        Self { asks: asks_in, seats: Arc::new(Semaphore::new(SEATS)) }
    }

    /// `shown` as it is at `time`, and the seat to be kept until that is drawn.
    ///
    /// # Errors
    /// [`MomentError`]; what is shown is untouched.
    pub async fn scene(&self, shown: Arc<Scene>, time: f64) -> Result<(Arc<Scene>, Seat), MomentError> {
        let seat = self.seats.clone().try_acquire_owned().map_err(|_| MomentError::Busy)?;
        let (reply, answer) = oneshot::channel();
        // An asker who hung up has left its seat, but his question may wait here still.
        self.asks.try_send(Ask { shown, time, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => MomentError::Busy,
            mpsc::error::TrySendError::Closed(_) => MomentError::Stopping,
        })?;
        let scene = answer.await.map_err(|_| MomentError::Stopping)??;
        Ok((scene, Seat { _permit: seat }))
    }
}

/// The second worker.
struct Worker {
    host: Host,
    events: mpsc::Receiver<Event>,
    /// Which stage it has open, by its prims: another one that is shown needs another worker.
    shown: Weak<Vec<Prim>>,
    /// What it read last.
    last: Option<(f64, Arc<Scene>)>,
}

struct Answering {
    program: Program,
    roots: Roots,
    worker: Option<Worker>,
}

impl Answering {
    async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        loop {
            let ask = if self.worker.is_some() {
                match tokio::time::timeout(WARM, asks.recv()).await {
                    Ok(ask) => ask,
                    Err(_) => {
                        self.worker = None;
                        continue;
                    }
                }
            } else {
                asks.recv().await
            };
            let Some(Ask { shown, time, reply }) = ask else { return };
            if !reply.is_closed() {
                let answer = self.answer(&shown, time).await;
                // Whoever asked may have hung up meanwhile.
                let _ = reply.send(answer);
            }
        }
    }

    async fn answer(&mut self, shown: &Arc<Scene>, time: f64) -> Result<Arc<Scene>, MomentError> {
        let is_same = |worker: &Worker| std::ptr::eq(worker.shown.as_ptr(), Arc::as_ptr(&shown.tables.prims));
        let mut worker = match self.worker.take().filter(is_same) {
            Some(worker) => {
                if let Some((_, scene)) = worker.last.as_ref().filter(|(last, _)| *last == time) {
                    let scene = scene.clone();
                    self.worker = Some(worker);
                    return Ok(scene);
                }
                worker.host.ask(0, Question::Evaluate { time: Some(time) });
                worker
            }
            None => self.open(shown, time)?,
        };
        worker.last = None;
        let scene = read(&mut worker.events).await?;
        worker.last = Some((time, scene.clone()));
        self.worker = Some(worker);
        Ok(scene)
    }

    fn open(&self, shown: &Arc<Scene>, time: f64) -> Result<Worker, OpenError> {
        let (news, events) = mpsc::channel(EVENTS);
        // Whoever dropped the worker needs no news.
        let host =
            Host::spawn(&self.program, Limits::default(), move |event| drop(news.blocking_send(event)))
                .map_err(|error| OpenError::NotStarted { reason: error.to_string() })?;
        let path = PathBuf::from(&shown.tables.stage.identifier);
        host.open(OpenRequest { path, roots: self.roots.clone(), time: Moment::Code(time) });
        Ok(Worker { host, events, shown: Arc::downgrade(&shown.tables.prims), last: None })
    }
}

/// The worker's answer. One that failed is not asked again.
async fn read(events: &mut mpsc::Receiver<Event>) -> Result<Arc<Scene>, MomentError> {
    while let Some(event) = events.recv().await {
        match event {
            Event::Progress { .. } | Event::Answered { .. } => {}
            Event::Loaded(scene) | Event::Changed { scene, .. } => return Ok(scene),
            Event::Failed(error) | Event::Lost(error) => return Err(error.into()),
        }
    }
    Err(MomentError::Stopping)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker that never answers, or that is none.
    fn moments(path: &str, argument: &str) -> Moments {
        let program = Program { path: path.into(), args: vec![argument.to_owned()], env: Vec::new() };
        Moments::start(program, Roots::unrestricted())
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn more_than_one_who_waits_is_told_to_come_back() {
        let moments = moments("/bin/sleep", "3600");
        let shown = Arc::new(Scene::default());
        let askers: Vec<_> = (0..SEATS)
            .map(|number| {
                let (moments, shown) = (moments.clone(), shown.clone());
                tokio::spawn(async move { moments.scene(shown, number as f64).await.map(drop) })
            })
            .collect();
        while moments.seats.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(moments.scene(shown.clone(), 9.0).await, Err(MomentError::Busy)));
        for asker in askers {
            asker.abort();
            assert!(asker.await.unwrap_err().is_cancelled());
        }
        assert_eq!(moments.seats.available_permits(), SEATS, "who hangs up leaves his seat");
    }

    #[tokio::test]
    async fn a_worker_that_cannot_start_is_an_answer() {
        let moments = moments("/does/not/exist", "");
        for _ in 0..3 {
            let answer = moments.scene(Arc::new(Scene::default()), 1.0).await.map(drop);
            assert!(matches!(answer, Err(MomentError::Open(OpenError::NotStarted { .. }))), "{answer:?}");
        }
    }
}
