//! The worker's side: answers requests until the host hangs up.

use std::cell::Cell;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::load::{Change, OnReport, OpenStage, Report};
use super::message::{Answer, Refused, Reply, Request};
use super::{OpenError, confine, wire};
use crate::tables::Scene;

/// The USD library recurses over nesting, and rightly nested stages exist: 256 MiB of address space, paid for only
/// as far as it is used.
const STACK: usize = 256 << 20;

/// Progress is for people.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(25);

/// Turns this process into a scene worker. Standard input is the host's socket; returns when the host hangs up.
/// Call it first thing in `main`: it closes every other file.
///
/// # Errors
/// If standard input is not such a socket, or the system refuses the limits.
pub fn run() -> io::Result<()> {
    confine::settle_in()?;
    let host = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let stage = std::thread::Builder::new().name("stage".to_owned()).stack_size(STACK);
    let serving = stage.spawn(move || serve(&host, confine::limit_memory))?;
    serving.join().unwrap_or_else(|_| Err(io::Error::other("the stage thread panicked")))
}

/// Answers requests on the calling thread. `limit_memory` is called once with the limit in bytes.
pub(super) fn serve(host: &UnixStream, limit_memory: impl Fn(u64) -> io::Result<()>) -> io::Result<()> {
    let mut memory = u64::MAX;
    let mut open: Option<OpenStage> = None;
    let report = reporter(host)?;
    while let Some((request, _)) = wire::receive::<Request>(host, 0)? {
        match request {
            Request::Begin { memory: limit } => {
                limit_memory(limit)?;
                memory = limit;
            }
            Request::Open(request) => {
                open = None;
                let opened = catch_unwind(AssertUnwindSafe(|| {
                    let stage = OpenStage::open(&request, memory, report.clone())?;
                    Ok(open.insert(stage).scene(request.time))
                }));
                let path = request.path.display().to_string();
                answer(
                    host,
                    opened.unwrap_or_else(|panic| Err(OpenError::Fault { path, reason: words(&*panic) })),
                )?;
            }
            Request::Ask { ticket, question } => {
                let answered = catch_unwind(AssertUnwindSafe(|| match &mut open {
                    Some(stage) => stage.answer(&question),
                    None => (None, Reply::Refused(Refused::NothingOpen)),
                }));
                let (change, reply) = answered.unwrap_or_else(|panic| {
                    // Nobody knows what it left behind: only a new start is safe.
                    open = None;
                    (None, Reply::Refused(Refused::Fault(words(&*panic))))
                });
                if let Some(change) = change {
                    send_change(host, change)?;
                }
                wire::send(host, &Answer::Answered { ticket, reply }, &[])?;
            }
        }
    }
    Ok(())
}

fn answer(host: &UnixStream, result: Result<Scene, OpenError>) -> io::Result<()> {
    match result {
        Ok(Scene { tables, arena }) => {
            let answer = Answer::Loaded(Box::new(tables));
            match wire::send(host, &answer, arena.bytes()) {
                Ok(()) => Ok(()),
                // Nothing was sent if the memory could not be sealed; otherwise this fails as well.
                Err(e) => {
                    wire::send(host, &Answer::Failed(OpenError::NotSent { reason: e.to_string() }), &[])
                }
            }
        }
        Err(error) => wire::send(host, &Answer::Failed(error), &[]),
    }
}

/// A change that cannot be sent would leave host and worker with different scenes: that ends this worker.
fn send_change(host: &UnixStream, change: Change) -> io::Result<()> {
    match change {
        Change::Rows(delta, arena) => {
            // An arena of no bytes is none.
            wire::send(host, &Answer::Changed(delta), arena.bytes())
        }
        Change::Whole(scene) => {
            let Scene { tables, arena } = *scene;
            wire::send(host, &Answer::Replaced(Box::new(tables)), arena.bytes())
        }
    }
}

/// Sends reports to the host, progress not too often. A host that hung up is noticed at the next receive.
fn reporter(host: &UnixStream) -> io::Result<OnReport> {
    let host = host.try_clone()?;
    let last: Cell<Option<Instant>> = Cell::new(None);
    Ok(Rc::new(move |report: Report<'_>| {
        let answer = match report {
            Report::Reading(bytes) => Answer::Reading { bytes },
            Report::Progress(amount, activity) => {
                let now = Instant::now();
                if last.get().is_some_and(|last| now - last < PROGRESS_INTERVAL) {
                    return;
                }
                last.set(Some(now));
                Answer::Progress { amount, activity: activity.to_owned() }
            }
        };
        let _ = wire::send(&host, &answer, &[]);
    }))
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or(panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words").to_owned()
}
