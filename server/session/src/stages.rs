//! Which stage is shown, which is being opened, and who waits for it.
//!
//! | state | `loading` | `current` | `failure` |
//! |---|---|---|---|
//! | nothing | – | – | – |
//! | opening the first | yes | – | maybe of an earlier one |
//! | showing | – | yes | – |
//! | showing one, opening another | yes | yes | – |
//! | could not open any | – | – | yes |
//!
//! An attempt takes a new generation when it starts; it becomes current only if it succeeds. News that carry another
//! generation than the attempt's are of the past and change nothing.

use std::time::Duration;

use telestage_protocol::{
    CameraList, CameraRow, Diagnostic, ErrorCode, LoadingState, LoadingStateResponse, OpenStageResult,
    Outcome, ViewerError,
};

use crate::bounded::{SENTENCE_BYTES, count_fitting, cut, json_bytes};
use crate::input::{ClientId, PrimId, Prims, StageSummary};

/// Diagnostics in one `openStageResult`.
pub const MAX_DIAGNOSTICS: usize = 100;
/// Rows in one `camera_list`.
pub const MAX_CAMERAS: usize = 500;
/// Clients that wait for one open; more are refused.
const MAX_ASKERS: usize = 64;

/// A request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Who.
    pub client: ClientId,
    /// The request's `id`.
    pub id: Option<String>,
}

/// The stage that is shown.
#[derive(Debug)]
pub struct Current {
    /// Its generation.
    pub generation: u32,
    /// As it was asked for.
    pub asked_url: String,
    /// The root layer as opened.
    pub url: String,
    /// What is known of it.
    pub summary: StageSummary,
}

/// The stage that is being opened.
#[derive(Debug)]
pub struct Loading {
    /// Its generation, if it succeeds.
    pub generation: u32,
    /// As it was asked for.
    pub url: String,
    /// Who waits.
    pub askers: Vec<Asker>,
    /// When it began.
    pub since: Duration,
    /// From 0 to 1.
    pub amount: f64,
    /// A few words.
    pub activity: String,
}

/// What an open request comes to.
#[derive(Debug, PartialEq)]
pub enum Opening {
    /// It is open already.
    IsOpen,
    /// It is being opened already; the answer comes with that one's.
    Joined,
    /// It begins, in place of `superseded`.
    Begun {
        /// Its generation.
        generation: u32,
    },
    /// Too many wait for it.
    Refused,
}

/// The stages of a session.
#[derive(Debug, Default)]
pub struct Stages {
    attempts: u32,
    /// Shown.
    pub current: Option<Current>,
    /// Being opened.
    pub loading: Option<Loading>,
    /// Why nothing is shown.
    pub failure: Option<OpenStageResult>,
}

impl Stages {
    /// Asks for a stage; `anew` loads it even if it is open. The attempt that it takes the place of, if any, comes back
    /// with it.
    pub fn open(
        &mut self,
        now: Duration,
        url: &str,
        asker: Option<Asker>,
        anew: bool,
    ) -> (Opening, Option<Loading>) {
        if let Some(loading) = self.loading.as_mut().filter(|loading| loading.url == url && !anew) {
            if loading.askers.len() >= MAX_ASKERS {
                return (Opening::Refused, None);
            }
            loading.askers.extend(asker);
            return (Opening::Joined, None);
        }
        let superseded = self.loading.take();
        if !anew && self.current.as_ref().is_some_and(|c| c.asked_url == url || c.url == url) {
            return (Opening::IsOpen, superseded);
        }
        self.attempts += 1;
        let generation = self.attempts;
        self.loading = Some(Loading {
            generation,
            url: url.to_owned(),
            askers: asker.into_iter().collect(),
            since: now,
            amount: 0.0,
            activity: String::new(),
        });
        (Opening::Begun { generation }, superseded)
    }

    /// True if this is what is shown or being opened, so that asking for it changes nothing.
    #[must_use]
    pub fn shows(&self, url: &str) -> bool {
        match &self.loading {
            Some(loading) => loading.url == url,
            None => self.current.as_ref().is_some_and(|c| c.asked_url == url || c.url == url),
        }
    }

    /// Notes how far loading is. False if it is news of the past or nothing new.
    pub fn progress(&mut self, generation: u32, amount: f64, activity: &str) -> bool {
        let Some(loading) = self.loading.as_mut().filter(|l| l.generation == generation) else {
            return false;
        };
        // Progress never goes back, and is a number whatever the worker says.
        let amount = if amount.is_finite() { amount.clamp(loading.amount, 1.0) } else { loading.amount };
        let is_new = amount - loading.amount >= 0.005 || activity != loading.activity;
        if is_new {
            loading.amount = amount;
            loading.activity = cut(activity, SENTENCE_BYTES);
        }
        is_new
    }

    /// Takes the attempt with this generation out, if it is still under way.
    pub fn take_loading(&mut self, generation: u32) -> Option<Loading> {
        self.loading.take_if(|loading| loading.generation == generation)
    }

    /// The generation of the stage that is shown; 0 without one.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.current.as_ref().map_or(0, |c| c.generation)
    }

    /// The stage that is shown.
    ///
    /// # Errors
    /// `not_found` without a stage.
    pub fn shown(&self) -> Result<&Current, ViewerError> {
        let none = || ViewerError::new(ErrorCode::NotFound, "no stage is open: open one first");
        self.current.as_ref().ok_or_else(none)
    }

    /// The prims of the stage that is shown.
    ///
    /// # Errors
    /// `not_found` without a stage.
    pub fn prims(&self) -> Result<&dyn Prims, ViewerError> {
        self.shown().map(|current| &*current.summary.prims)
    }

    /// Checks a generation that a request carries.
    ///
    /// # Errors
    /// `stage_changed` if it is not the current one.
    pub fn check_generation(&self, meant: Option<u32>) -> Result<(), ViewerError> {
        let current = self.generation();
        match meant {
            Some(meant) if meant != current => Err(ViewerError::new(
                ErrorCode::StageChanged,
                format!("the stage has changed: generation {current} is shown, the request is about {meant}"),
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// `loadingStateResponse`.
    #[must_use]
    pub fn loading_state(&self) -> LoadingStateResponse {
        match (&self.loading, &self.current) {
            (Some(loading), _) => {
                LoadingStateResponse { url: loading.url.clone(), loading_state: LoadingState::Busy }
            }
            (None, current) => LoadingStateResponse {
                url: current.as_ref().map(|c| c.asked_url.clone()).unwrap_or_default(),
                loading_state: LoadingState::Idle,
            },
        }
    }

    /// `openStageResult` of what is shown, or of why nothing is; `None` if nothing was ever asked for.
    #[must_use]
    pub fn result(&self) -> Option<OpenStageResult> {
        match &self.current {
            Some(current) => Some(OpenStageResult {
                url: current.asked_url.clone(),
                result: Outcome::Success,
                error: None,
                code: None,
                root_prim_path: current.summary.root_prim_path.clone(),
                stage_generation: current.generation,
                ..listed(&current.summary.diagnostics)
            }),
            None => self.failure.clone(),
        }
    }

    /// `openStageResult` of an attempt that came to nothing.
    #[must_use]
    pub fn error(
        &self,
        url: &str,
        code: ErrorCode,
        message: &str,
        diagnostics: &[Diagnostic],
    ) -> OpenStageResult {
        OpenStageResult {
            url: url.to_owned(),
            result: Outcome::Error,
            error: Some(cut(message, SENTENCE_BYTES)),
            code: Some(code),
            stage_generation: self.generation(),
            ..listed(diagnostics)
        }
    }

    /// `camera_list`.
    #[must_use]
    pub fn camera_list(&self, active_camera: Option<String>) -> CameraList {
        let cameras = self.current.as_ref().map_or(&[][..], |c| &c.summary.cameras);
        let fitting = count_fitting(cameras, MAX_CAMERAS, |camera| 2 * json_bytes(&camera.path) + 96);
        CameraList {
            cameras: cameras[..fitting]
                .iter()
                .map(|camera| CameraRow {
                    path: camera.path.clone(),
                    name: camera.name().to_owned(),
                    focal_length: camera.focal_length,
                    aspect: camera.aspect(),
                })
                .collect(),
            active_camera,
            stage_generation: self.generation(),
        }
    }
}

/// The prim at `path`.
///
/// # Errors
/// `not_found`.
pub fn find(prims: &dyn Prims, path: &str) -> Result<PrimId, ViewerError> {
    prims.find(path).ok_or_else(|| {
        let message = format!("there is no prim at {} on this stage", cut(path, 200));
        ViewerError::new(ErrorCode::NotFound, message)
    })
}

/// A result that holds nothing but the diagnostics, as many as fit into one message.
fn listed(diagnostics: &[Diagnostic]) -> OpenStageResult {
    let total = diagnostics.len();
    let fitting = count_fitting(diagnostics, MAX_DIAGNOSTICS, |diagnostic| {
        let optional = |text: &Option<String>| text.as_deref().map_or(0, json_bytes);
        json_bytes(&diagnostic.message) + optional(&diagnostic.prim_path) + optional(&diagnostic.path) + 80
    });
    OpenStageResult {
        url: String::new(),
        result: Outcome::Success,
        error: None,
        code: None,
        root_prim_path: None,
        stage_generation: 0,
        diagnostics: diagnostics[..fitting].to_vec(),
        diagnostics_total: (total > fitting).then(|| u32::try_from(total).unwrap_or(u32::MAX)),
    }
}
