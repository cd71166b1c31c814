//! Opens a stage and reads it into tables: the same code in the worker process and in tests.

use std::cell::Cell;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use openusd::usd::Stage;

use super::message::{Moment, Question, Refused, Reply};
use super::{OpenError, OpenRequest};
use crate::arena::Arena;
use crate::change::Delta;
use crate::composition;
use crate::edit::{EditRefused, Editor, Made, is_prim_path};
use crate::extract::variants;
use crate::extract::{COMPOSED, COMPOSING_ENDS, Live, Outgrown, check, extract};
use crate::properties::{self, Wish};
use crate::resolver::{AccessLog, SESSION_LAYER, StageResolver};
use crate::roots::{Refusal, Roots};
use crate::tables::{PrimId, Scene};
use crate::texture::StageTextures;

/// One file may take this share of the memory limit: what is decoded from it needs room too.
const FILE_SHARE: u64 = 2;

/// How far a load is when the root layer is open and reading begins.
const OPENED: f32 = 0.1;

/// A prim that a file spells out takes at least so many bytes. A stage that composes far more prims than its files
/// can spell out (references that fan out without end) is no longer reported as alive: it has to be through within
/// the host's patience.
const BYTES_PER_PRIM: u64 = 8;

/// Something that the watcher of a load wants to know.
#[derive(Clone, Copy, Debug)]
pub enum Report<'a> {
    /// How far it is (0 to 1) and what is being done.
    Progress(f32, &'a str),
    /// A file of this size is about to be read.
    Reading(u64),
}

/// Takes reports while a stage loads.
pub type OnReport = Rc<dyn Fn(Report<'_>)>;

/// A stage that stays open. Not `Send`: its thread owns it.
pub struct OpenStage {
    stage: Stage,
    log: AccessLog,
    /// Reads textures as the stage's own resolver reads layers.
    files: StageResolver,
    /// Bytes of all files so far.
    read: Rc<Cell<u64>>,
    report: OnReport,
    /// What was sent last, to say later what is different.
    live: Option<Live>,
    time: Option<f64>,
    editor: Editor,
}

/// What a question did to the scene.
pub enum Change {
    /// New rows, and their arrays.
    Rows(Box<Delta>, Arena),
    /// All of it.
    Whole(Box<Scene>),
}

impl OpenStage {
    /// Opens the root layer; the rest is read when [`scene`](Self::scene) asks for it. `memory` is the limit in
    /// bytes that the process lives under.
    ///
    /// # Errors
    /// If the root layer is refused, missing, or not USD.
    pub fn open(request: &OpenRequest, memory: u64, report: OnReport) -> Result<Self, OpenError> {
        let path = root_layer(&request.path, &request.roots)?;
        let shown = path.display().to_string();
        let name = path.file_name().map_or_else(|| shown.clone(), |n| n.to_string_lossy().into_owned());
        report(Report::Progress(0.0, &format!("opening {name}")));
        let read = Rc::new(Cell::new(0));
        let on_open = {
            let (report, read) = (report.clone(), read.clone());
            Rc::new(move |_: &Path, bytes| {
                read.set(read.get() + bytes);
                report(Report::Reading(bytes));
            })
        };
        let files = StageResolver::new(request.roots.clone(), memory / FILE_SHARE, on_open.clone());
        let resolver = StageResolver::new(request.roots.clone(), memory / FILE_SHARE, on_open);
        let log = resolver.log();
        let stage = Stage::builder()
            .schema_registry(openusd_schemas::schema_registry())
            .resolver(resolver)
            .session_layer(SESSION_LAYER)
            .open(&shown)
            .map_err(|e| match log.tell(&shown) {
                Some(refusal) => OpenError::Refused(refusal),
                None => OpenError::Invalid { path: shown.clone(), reason: chain(&e) },
            })?;
        let session = stage.edit_target_session();
        if let Some(Err(error)) = session.map(|session| stage.set_edit_target(session)) {
            return Err(OpenError::Invalid { path: shown, reason: error.to_string() });
        }
        check(&stage).map_err(|reason| OpenError::Invalid { path: shown, reason })?;
        Ok(Self { stage, log, files, read, report, live: None, time: None, editor: Editor::default() })
    }

    /// Reads the whole stage at `time`. Bad data becomes diagnostics.
    pub fn scene(&mut self, time: Moment) -> Scene {
        let time = match time {
            Moment::Default => None,
            Moment::Start if self.stage.has_authored_time_code_range() => Some(self.stage.start_time_code()),
            Moment::Start => None,
            Moment::Code(time) => Some(time),
        };
        self.time = time;
        self.whole()
    }

    /// What is different at `time`.
    pub fn evaluate(&mut self, time: Option<f64>) -> Change {
        self.time = time;
        self.change(&[])
    }

    /// What comes of a question: perhaps another scene, and the answer.
    pub(super) fn answer(&mut self, question: &Question) -> (Option<Change>, Reply) {
        match question {
            Question::Evaluate { time } => (Some(self.evaluate(*time)), Reply::Done),
            Question::Edit { author, edit } => {
                let live = self.live.as_ref();
                let placed = |path: &str| live.and_then(|live| live.placed(live.row_of(path)?));
                let edited = self.editor.edit(&self.stage, *author, edit, &placed);
                self.edited(edited)
            }
            Question::Undo { author } => {
                let edited = self.editor.undo(&self.stage, *author);
                self.edited(edited)
            }
            Question::Redo { author } => {
                let edited = self.editor.redo(&self.stage, *author);
                self.edited(edited)
            }
            Question::Properties { wish, time } => (None, self.properties(wish, *time)),
            Question::Variants { path } => (None, self.variants(path)),
            Question::Export => (None, self.session_text()),
        }
    }

    /// The scene after an edit: as little of it anew as the edit allows.
    fn edited(&mut self, made: Result<Made, EditRefused>) -> (Option<Change>, Reply) {
        let Made { edited, valued } = match made {
            Ok(made) => made,
            Err(refused) => return (None, Reply::Refused(refused.into())),
        };
        let live = self.live.as_ref();
        let row = |path: &String| live.and_then(|live| live.row_of(path));
        let rows: Option<Vec<_>> = edited.changed.iter().map(row).collect();
        let is_reread = |path: &String| live.zip(row(path)).is_some_and(|(live, row)| live.rereads(row));
        let is_small = edited.resynced.is_empty() && valued.iter().all(is_reread);
        let change = match rows.filter(|_| is_small) {
            Some(rows) if rows.is_empty() => None,
            Some(rows) => Some(self.change(&rows)),
            None => Some(Change::Whole(Box::new(self.whole()))),
        };
        (change, Reply::Edited(edited))
    }

    fn properties(&self, wish: &Wish, time: Option<f64>) -> Reply {
        match properties::read(&self.stage, wish, time.or(self.time)) {
            Some(sheet) => Reply::Properties(Box::new(sheet)),
            None => Reply::Refused(EditRefused::NoPrim(wish.path.clone()).into()),
        }
    }

    fn variants(&self, path: &str) -> Reply {
        let known = Some(path).filter(|path| is_prim_path(path)).and_then(|path| self.stage.prim(path).ok());
        match known.filter(|prim| prim.is_valid().unwrap_or(false)) {
            Some(prim) => Reply::Variants(variants::read(&self.stage, &prim)),
            None => Reply::Refused(EditRefused::NoPrim(path.to_owned()).into()),
        }
    }

    fn session_text(&self) -> Reply {
        let layer = self.stage.session_layer();
        match layer.map(|layer| layer.export_to_string()) {
            Some(Ok(text)) => Reply::Layer(text),
            Some(Err(error)) => Reply::Refused(Refused::Fault(error.to_string())),
            None => Reply::Refused(Refused::NothingOpen),
        }
    }

    fn change(&mut self, edited: &[PrimId]) -> Change {
        let live = self.live.as_mut().map(|live| live.change(&self.stage, self.time, edited));
        match live {
            Some(Ok((delta, arena))) => Change::Rows(Box::new(delta), arena),
            Some(Err(Outgrown)) | None => Change::Whole(Box::new(self.whole())),
        }
    }

    fn whole(&mut self) -> Scene {
        let time = self.time;
        let mut textures = StageTextures::new(&self.files, self.log.clone());
        let mut composed = 0;
        let mut progress = |amount: f32, activity: &str| {
            if amount < COMPOSING_ENDS {
                composed += COMPOSED as u64;
                if composed > self.read.get() / BYTES_PER_PRIM {
                    return;
                }
            }
            (self.report)(Report::Progress(OPENED + amount * (1.0 - OPENED), activity));
        };
        let (mut scene, live) = extract(&self.stage, time, &mut textures, &mut progress);
        self.live = Some(live);
        scene.tables.diagnostics.extend(composition::diagnose(&self.stage, &self.log));
        scene
    }
}

/// The real path of a root layer that may be read and could be USD.
fn root_layer(path: &Path, roots: &Roots) -> Result<PathBuf, OpenError> {
    let real = roots.admit(path)?;
    let shown = real.display().to_string();
    if !real.is_file() {
        return Err(Refusal::NotAFile { path: shown }.into());
    }
    if !crate::listing::is_stage_name(&real) {
        return Err(OpenError::NotUsd { path: shown });
    }
    if real.to_str().is_none() {
        let reason = "its name is not UTF-8".to_owned();
        return Err(OpenError::Invalid { path: shown, reason });
    }
    Ok(real)
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
