//! The server's side of a worker: starts it, watches it, ends it.
//!
//! Three small threads for each worker: one supervises (and is the child's parent: the child dies with it), one
//! reads answers, one reads the child's standard error. None of them ever touches a stage.

use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::message::{Answer, Question, Reply, Request, Ticket};
use super::verdict::verdict;
use super::verify::{verify, verify_rows};
use super::{OpenError, OpenRequest, wire};
use crate::arena::Arena;
use crate::change::Changes;
use crate::tables::{Scene, Tables};

/// Answers and requests that wait for the supervisor. Full: the reader, and with it the worker, waits.
const INPUTS: usize = 64;
/// Bytes of standard error that are kept for the verdict.
const LAST_WORDS: usize = 4096;
/// A file adds a second to the time limit for each of these bytes.
const BYTES_PER_SECOND: u64 = 32 << 20;
/// How long a worker that hung up may take to end.
const GRACE: Duration = Duration::from_secs(1);
/// How long a worker may leave a request in its socket.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);
/// Stack of the host's threads: they keep little there.
const STACK: usize = 512 << 10;

/// What a worker may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory; also the limit for the scene's arrays.
    pub memory: u64,
    /// Time without any progress while a request is being answered.
    pub stall: Duration,
}

impl Default for Limits {
    /// 4 GiB; 8 s, so that a hopeless file is answered within 10 s.
    fn default() -> Self {
        Self { memory: 4 << 30, stall: Duration::from_secs(8) }
    }
}

/// The program that becomes a worker by calling [`run`](super::run).
#[derive(Clone, Debug)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
}

impl Program {
    /// `telestage scene-worker`, with an empty environment.
    #[must_use]
    pub fn telestage(exe: impl Into<PathBuf>) -> Self {
        Self { path: exe.into(), args: vec!["scene-worker".to_owned()], env: Vec::new() }
    }
}

/// What a worker has to tell.
#[derive(Debug)]
pub enum Event {
    /// Still at it: 0 to 1, and what is being done.
    Progress {
        /// 0 to 1.
        amount: f32,
        /// For users.
        activity: String,
    },
    /// The answer to `open`.
    Loaded(Arc<Scene>),
    /// The answer to `open`: it did not work; the worker lives on.
    Failed(OpenError),
    /// The open stage is shown otherwise from now on.
    Changed {
        /// As it is now.
        scene: Arc<Scene>,
        /// What is different.
        changes: Changes,
    },
    /// The answer to `ask`. What it changed was told before.
    Answered {
        /// The question's.
        ticket: Ticket,
        /// The answer.
        reply: Reply,
    },
    /// The worker has ended, whatever it was doing. The last event.
    Lost(OpenError),
}

/// A running worker. Dropping it kills the process at once, in the middle of whatever it does: that is how a load
/// is cancelled. No event comes after that, save one that is just being delivered.
#[derive(Debug)]
pub struct Host {
    inputs: SyncSender<Input>,
    socket: UnixStream,
    cancelled: Arc<AtomicBool>,
    process: Arc<AtomicU32>,
    supervisor: Option<JoinHandle<()>>,
}

enum Input {
    Request(Request),
    Answer(Box<Answer>, Arena),
    Broken(String),
    Closed,
}

impl Host {
    /// Starts `program`. `on_event` is called on the host's own thread; it should hand on and return, and must not
    /// wait for whoever drops the host. A program that cannot be started is an [`Event::Lost`].
    ///
    /// # Errors
    /// If the system has no socket or thread left.
    pub fn spawn(
        program: &Program,
        limits: Limits,
        on_event: impl FnMut(Event) + Send + 'static,
    ) -> io::Result<Self> {
        let (socket, far) = UnixStream::pair()?;
        socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
        let (inputs, inbox) = sync_channel(INPUTS);
        let cancelled = Arc::new(AtomicBool::new(false));
        let process = Arc::new(AtomicU32::new(0));
        let supervisor = Supervisor {
            socket: socket.try_clone()?,
            limits,
            on_event,
            cancelled: cancelled.clone(),
            process: process.clone(),
            path: String::new(),
            scene: None,
            open_requests: 0,
            deadline: None,
        };
        let program = program.clone();
        let answers = inputs.clone();
        let supervisor = thread("scene-host", move || supervisor.run(&program, far, answers, &inbox))?;
        Ok(Self { inputs, socket, cancelled, process, supervisor: Some(supervisor) })
    }

    /// Asks for a stage. The answer is an event.
    pub fn open(&self, request: OpenRequest) {
        self.request(Request::Open(request));
    }

    /// Asks something about the open stage. The answer is an event with the same `ticket`.
    pub fn ask(&self, ticket: Ticket, question: Question) {
        self.request(Request::Ask { ticket, question });
    }

    /// The worker's process id, for figures; `None` before it started and after it ended.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        match self.process.load(Ordering::Relaxed) {
            0 => None,
            id => Some(id),
        }
    }

    /// Ends the worker and waits until the system has taken it away.
    pub fn kill(mut self) {
        self.cancel();
        if let Some(supervisor) = self.supervisor.take() {
            // A panic of `on_event` ended it earlier: nothing is left to wait for.
            let _ = supervisor.join();
        }
    }

    fn request(&self, request: Request) {
        // A supervisor that is gone has told so by `Event::Lost`.
        let _ = self.inputs.send(Input::Request(request));
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        // Wakes the reader, which tells the supervisor, which kills.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.cancel();
    }
}

struct Supervisor<F> {
    socket: UnixStream,
    limits: Limits,
    on_event: F,
    cancelled: Arc<AtomicBool>,
    process: Arc<AtomicU32>,
    path: String,
    /// What the worker shows, if anything.
    scene: Option<Arc<Scene>>,
    /// Requests without their last answer.
    open_requests: usize,
    deadline: Option<Instant>,
}

impl<F: FnMut(Event)> Supervisor<F> {
    fn run(
        mut self,
        program: &Program,
        far: UnixStream,
        answers: SyncSender<Input>,
        inbox: &Receiver<Input>,
    ) {
        let lost = match self.start(program, far, answers) {
            Ok((mut child, words)) => {
                let cause = self.watch(inbox);
                let status = end(&mut child, cause.is_some() || self.is_cancelled());
                self.process.store(0, Ordering::Relaxed);
                // A process that the worker left behind may hold the pipe: do not wait for that.
                let words = words.recv_timeout(GRACE).unwrap_or_default();
                match (cause, status) {
                    (Some(cause), _) => cause,
                    (None, Ok(status)) => verdict(status, &words, &self.path, self.limits.memory),
                    (None, Err(e)) => self.broken(e.to_string()),
                }
            }
            Err(e) => OpenError::NotStarted { reason: format!("{e}: {}", program.path.display()) },
        };
        self.tell(Event::Lost(lost));
    }

    fn start(
        &self,
        program: &Program,
        far: UnixStream,
        answers: SyncSender<Input>,
    ) -> io::Result<(Child, Receiver<String>)> {
        let mut child = Command::new(&program.path)
            .args(&program.args)
            .env_clear()
            .envs(program.env.iter().map(|(k, v)| (k, v)))
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(far)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        self.process.store(child.id(), Ordering::Relaxed);
        let begun = || {
            let (sender, words) = sync_channel(1);
            if let Some(stderr) = child.stderr.take() {
                thread("scene-log", move || drop(sender.send(last_words(stderr))))?;
            }
            let socket = self.socket.try_clone()?;
            let limit = self.limits.memory;
            thread("scene-answers", move || read_answers(&socket, limit, &answers))?;
            // A worker that is gone already tells why by its exit status.
            let _ = wire::send(&self.socket, &Request::Begin { memory: self.limits.memory }, &[]);
            Ok(words)
        };
        match { begun }() {
            Ok(words) => Ok((child, words)),
            Err(e) => {
                let _ = end(&mut child, true);
                Err(e)
            }
        }
    }

    /// Until the worker hangs up (`None`: its exit status says why) or must be killed.
    fn watch(&mut self, inbox: &Receiver<Input>) -> Option<OpenError> {
        loop {
            let input = match self.deadline {
                Some(deadline) => inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())),
                None => inbox.recv().map_err(RecvTimeoutError::from),
            };
            match input {
                Ok(Input::Request(request)) => {
                    if let Request::Open(request) = &request {
                        self.path = request.path.display().to_string();
                    }
                    self.open_requests += 1;
                    self.extend(Duration::ZERO);
                    if wire::send(&self.socket, &request, &[]).is_err() {
                        return None;
                    }
                }
                Ok(Input::Answer(answer, arena)) => {
                    if let Err(table) = self.answered(*answer, arena) {
                        return Some(self.broken(format!("its {table} contradict themselves")));
                    }
                }
                Ok(Input::Broken(reason)) => return Some(self.broken(reason)),
                Ok(Input::Closed) | Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    let secs = self.limits.stall.as_secs();
                    return Some(OpenError::OutOfTime { path: self.path.clone(), secs });
                }
            }
        }
    }

    fn answered(&mut self, answer: Answer, arena: Arena) -> Result<(), &'static str> {
        match answer {
            Answer::Progress { amount, activity } => {
                self.extend(Duration::ZERO);
                self.tell(Event::Progress { amount, activity });
            }
            Answer::Reading { bytes } => self.extend(Duration::from_secs(bytes / BYTES_PER_SECOND)),
            Answer::Loaded(tables) => {
                self.settled();
                let scene = self.take_over(*tables, arena)?;
                self.tell(Event::Loaded(scene));
            }
            Answer::Failed(error) => {
                self.settled();
                self.scene = None;
                self.tell(Event::Failed(error));
            }
            Answer::Replaced(tables) => {
                self.extend(Duration::ZERO);
                let scene = self.take_over(*tables, arena)?;
                self.tell(Event::Changed { scene, changes: Changes::All });
            }
            Answer::Changed(delta) => {
                self.extend(Duration::ZERO);
                let mut scene = self.scene.as_deref().ok_or("changes")?.clone();
                let rows = scene.apply(*delta, &arena);
                verify_rows(&scene, &rows)?;
                let scene = Arc::new(scene);
                self.scene = Some(scene.clone());
                self.tell(Event::Changed { scene, changes: Changes::Rows(rows) });
            }
            Answer::Answered { ticket, reply } => {
                self.settled();
                self.tell(Event::Answered { ticket, reply });
            }
        }
        Ok(())
    }

    fn take_over(&mut self, tables: Tables, arena: Arena) -> Result<Arc<Scene>, &'static str> {
        let scene = Scene { tables, arena };
        verify(&scene)?;
        let scene = Arc::new(scene);
        self.scene = Some(scene.clone());
        Ok(scene)
    }

    /// A request has its last answer.
    fn settled(&mut self) {
        self.open_requests = self.open_requests.saturating_sub(1);
        self.deadline = None;
        if self.open_requests > 0 {
            self.extend(Duration::ZERO);
        }
    }

    fn broken(&self, reason: String) -> OpenError {
        OpenError::Protocol { path: self.path.clone(), reason }
    }

    /// A sign of life; never shortens what a big file was given.
    fn extend(&mut self, extra: Duration) {
        let deadline = Instant::now() + self.limits.stall + extra;
        self.deadline = Some(self.deadline.map_or(deadline, |d| d.max(deadline)));
    }

    fn tell(&mut self, event: Event) {
        if !self.is_cancelled() {
            (self.on_event)(event);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(body)
}

fn read_answers(socket: &UnixStream, arena_limit: u64, answers: &SyncSender<Input>) {
    loop {
        let (input, last) = match wire::receive::<Answer>(socket, arena_limit) {
            Ok(Some((answer, arena))) => (Input::Answer(Box::new(answer), arena), false),
            Ok(None) => (Input::Closed, true),
            // What a dying worker leaves behind is no broken protocol.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => (Input::Closed, true),
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => (Input::Closed, true),
            Err(e) => (Input::Broken(e.to_string()), true),
        };
        if answers.send(input).is_err() || last {
            return;
        }
    }
}

/// Hands the worker's words to the log and keeps the last ones.
fn last_words(stderr: ChildStderr) -> String {
    let mut reader = BufReader::new(stderr);
    let mut kept = String::new();
    let mut line = Vec::new();
    // A line without end is cut, not collected.
    while reader.by_ref().take(LAST_WORDS as u64).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        tracing::debug!(target: "scene_worker", "{}", text.trim_end());
        kept.push_str(&text);
        line.clear();
        if kept.len() > 2 * LAST_WORDS {
            let cut = (kept.len() - LAST_WORDS..kept.len()).find(|&at| kept.is_char_boundary(at));
            kept.drain(..cut.unwrap_or_default());
        }
    }
    kept
}

/// Waits for the end of `child`, killing it at once or if it takes too long.
fn end(child: &mut Child, at_once: bool) -> io::Result<ExitStatus> {
    let deadline = Instant::now() + if at_once { Duration::ZERO } else { GRACE };
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill()?;
    child.wait()
}
