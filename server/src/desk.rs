//! The desk at which stages are opened: one scene worker for the stage that is shown, one for the stage on its way.
//!
//! Workers report from threads of their own into one bounded queue; the hub reads it. Dropping a worker cancels it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use telestage_protocol::{ErrorCode, ListStagesResult, StageEntry, StageEntryKind, ViewerError};
use telestage_scene::listing::{EntryKind, Listing};
use telestage_scene::roots::{Refusal, Roots};
use telestage_scene::worker::{
    Event, Host, Limits, Moment, OpenCode, OpenError, OpenRequest, Program, Question, Ticket,
};
use telestage_scene::{Changes, Tree};
use tokio::sync::mpsc;

/// Reports that wait for the hub; a full queue makes the worker wait, and nobody else.
pub const REPORTS: usize = 64;

/// News of one worker.
pub struct Report {
    /// Which attempt.
    pub generation: u32,
    /// What happened.
    pub event: Event,
    /// Of what was loaded or has changed, made here: it takes time that the hub has not.
    pub tree: Arc<Tree>,
}

struct Worker {
    generation: u32,
    host: Host,
}

/// All workers.
pub struct Desk {
    program: Program,
    roots: Roots,
    reports: mpsc::Sender<Report>,
    loading: Option<Worker>,
    shown: Option<Worker>,
}

impl Desk {
    /// A desk without workers. Reports go to `reports`.
    #[must_use]
    pub fn new(program: Program, roots: Roots, reports: mpsc::Sender<Report>) -> Self {
        Self { program, roots, reports, loading: None, shown: None }
    }

    /// Starts to open `url` in place of whatever is being opened. The outcome is a report.
    ///
    /// # Errors
    /// If `url` leads to no file that may be read, or the system starts no worker.
    pub fn open(&mut self, generation: u32, url: &str) -> Result<(), OpenError> {
        self.loading = None;
        let path = self.roots.locate(url)?;
        let reports = self.reports.clone();
        let mut tree = Arc::<Tree>::default();
        let on_event = move |event| {
            match &event {
                Event::Loaded(scene) | Event::Changed { scene, changes: Changes::All } => {
                    tree = Arc::new(Tree::new(&scene.tables.prims, &scene.tables.dormant));
                }
                Event::Changed { changes: Changes::Rows(_), .. }
                | Event::Progress { .. }
                | Event::Answered { .. }
                | Event::Failed(_)
                | Event::Lost(_) => {}
            }
            drop(reports.blocking_send(Report { generation, event, tree: tree.clone() }));
        };
        let host = Host::spawn(&self.program, Limits::default(), on_event)
            .map_err(|error| OpenError::NotStarted { reason: error.to_string() })?;
        host.open(OpenRequest { path, roots: self.roots.clone(), time: Moment::Start });
        self.loading = Some(Worker { generation, host });
        Ok(())
    }

    /// Asks the worker of the stage that is shown. False if it is not that stage any more.
    pub fn ask(&self, generation: u32, ticket: Ticket, question: Question) -> bool {
        let worker = self.shown.as_ref().filter(|worker| worker.generation == generation);
        worker.inspect(|worker| worker.host.ask(ticket, question)).is_some()
    }

    /// Kills the worker of that attempt, unless it is the one whose stage is shown.
    pub fn cancel(&mut self, generation: u32) {
        self.loading.take_if(|worker| worker.generation == generation);
    }

    /// The stage of that attempt is shown now: its worker replaces the last one. False if nobody waits for it.
    pub fn shown(&mut self, generation: u32) -> bool {
        let arrived = self.loading.take_if(|worker| worker.generation == generation);
        let has_arrived = arrived.is_some();
        if has_arrived {
            self.shown = arrived;
        }
        has_arrived
    }

    /// Whether that attempt's stage is shown.
    #[must_use]
    pub fn is_shown(&self, generation: u32) -> bool {
        self.shown.as_ref().is_some_and(|worker| worker.generation == generation)
    }

    /// Whether that attempt is still under way.
    #[must_use]
    pub fn is_loading(&self, generation: u32) -> bool {
        self.loading.as_ref().is_some_and(|worker| worker.generation == generation)
    }

    /// What can be opened under the roots, for another thread to list.
    #[must_use]
    pub fn roots(&self) -> Roots {
        self.roots.clone()
    }
}

/// The roots of a server: the first stage's folder and those that the user named.
///
/// # Errors
/// If one of them is no folder.
pub fn roots(stage: Option<&str>, folders: &[PathBuf]) -> Result<Roots, crate::exit::Failure> {
    let stage = stage.map(|stage| PathBuf::from(stage.strip_prefix("file://").unwrap_or(stage)));
    Roots::around(stage.as_deref(), folders).map_err(|error| {
        crate::exit::Failure::new(crate::exit::Exit::Usage, error, "give --asset-root folders that exist")
    })
}

/// The folder's content, in the protocol's words.
///
/// # Errors
/// If `path` is no folder under the roots.
pub fn list(roots: &Roots, path: Option<&str>) -> Result<ListStagesResult, ViewerError> {
    let Listing { path, entries, truncated } = roots
        .list(path)
        .map_err(|refusal| ViewerError::new(code_of_refusal(&refusal), refusal.to_string()))?;
    let entries = entries.into_iter().map(|entry| StageEntry {
        name: entry.name,
        path: entry.path,
        kind: match entry.kind {
            EntryKind::Folder => StageEntryKind::Folder,
            EntryKind::Stage => StageEntryKind::Stage,
        },
        size: entry.size.map(|bytes| bytes as f64),
        modified: entry
            .modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map(|since| since.as_millis() as f64),
    });
    Ok(ListStagesResult { path, entries: entries.collect(), truncated: truncated.then_some(true) })
}

fn code_of_refusal(refusal: &Refusal) -> ErrorCode {
    code_of(&OpenError::Refused(refusal.clone()))
}

/// The wire's code for a failed open.
#[must_use]
pub fn code_of(error: &OpenError) -> ErrorCode {
    match error.code() {
        OpenCode::NotFound => ErrorCode::NotFound,
        OpenCode::OutsideRoots => ErrorCode::OutsideRoots,
        OpenCode::InvalidStage => ErrorCode::InvalidStage,
        OpenCode::TooLarge => ErrorCode::TooLarge,
        OpenCode::TimedOut => ErrorCode::TimedOut,
        OpenCode::WorkerLost => ErrorCode::WorkerLost,
        OpenCode::Internal => ErrorCode::Internal,
    }
}
