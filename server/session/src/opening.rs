//! Opening stages: requests, progress, ends.

use telestage_protocol::{
    ErrorCode, OpenStageResult, Outcome, ProgressActivity, ProgressAmount, ServerMessage, ViewerError,
};

use crate::camera::{Camera, Surroundings};
use crate::input::{StageEvent, StageSummary};
use crate::output::{Channel, Output};
use crate::session::Session;
use crate::stages::{Asker, Current, Loading, Opening};
use crate::time::Timeline;

impl Session {
    /// Opens a stage for `asker`, or for the server itself.
    pub(crate) fn open(&mut self, url: &str, asker: Option<Asker>, anew: bool) {
        let (opening, superseded) = self.stages.open(self.now, url, asker.clone(), anew);
        let was_loading = superseded.is_some();
        if let Some(loading) = superseded {
            self.supersede(loading, ErrorCode::Superseded, "a newer open took the place of this one");
        }
        match opening {
            Opening::IsOpen => {
                if was_loading {
                    self.tell_all(ServerMessage::LoadingState(self.stages.loading_state()));
                }
                if let (Some(Asker { client, id }), Some(result)) = (asker, self.stages.result()) {
                    self.tell(client, id, ServerMessage::OpenStageResult(result));
                }
            }
            Opening::Joined => {}
            Opening::Begun { generation } => {
                self.out.push(Output::Open { generation, url: url.to_owned() });
                self.tell_all(ServerMessage::LoadingState(self.stages.loading_state()));
            }
            Opening::Refused => {
                if let Some(Asker { client, id }) = asker {
                    let message = "too many wait for this stage already: wait for openStageResult";
                    self.refuse(client, id, ViewerError::new(ErrorCode::Busy, message));
                }
            }
        }
    }

    /// Ends an attempt that nobody wants any more.
    pub(crate) fn supersede(&mut self, loading: Loading, code: ErrorCode, message: &str) {
        self.out.push(Output::CancelOpen { generation: loading.generation });
        let result = ServerMessage::OpenStageResult(self.stages.error(&loading.url, code, message, &[]));
        for Asker { client, id } in loading.askers {
            if self.clients.contains(client) {
                self.tell(client, id, result.clone());
            }
        }
    }

    pub(crate) fn stage_event(&mut self, generation: u32, event: StageEvent) {
        match event {
            StageEvent::Progress { amount, activity } => {
                if self.stages.progress(generation, amount, &activity) {
                    self.tell_progress();
                }
            }
            StageEvent::Opened { url, summary } => self.opened(generation, url, summary),
            StageEvent::Failed { code, message, diagnostics } => {
                if let Some(loading) = self.stages.take_loading(generation) {
                    let result = self.stages.error(&loading.url, code, &message, &diagnostics);
                    self.failed(&loading, &result);
                }
            }
            StageEvent::Changed { summary, is_restructured } => {
                self.changed(generation, summary, is_restructured);
            }
            StageEvent::Evaluated => self.evaluated(generation),
            StageEvent::WorkerLost => self.worker_lost(generation),
        }
    }

    fn tell_progress(&mut self) {
        if let Some(loading) = &self.stages.loading {
            let (amount, activity) = (loading.amount, loading.activity.clone());
            self.tell_all(ServerMessage::ProgressAmount(ProgressAmount { amount }));
            self.tell_all(ServerMessage::ProgressActivity(ProgressActivity { activity }));
        }
    }

    fn opened(&mut self, generation: u32, url: String, summary: StageSummary) {
        let Some(loading) = self.stages.take_loading(generation) else { return };
        let surroundings = Surroundings::new(summary.up_axis, summary.bounds);
        for (_, sight) in self.views.iter_mut() {
            let default = summary.default_camera.as_deref();
            let camera = Camera::opening(&summary.cameras, default, &surroundings, sight.view.aspect());
            sight.view.enter(self.now, generation, surroundings, camera);
        }
        let is_same_stage = self.stages.current.as_ref().is_some_and(|before| before.url == url);
        self.timeline = Timeline::new(summary.span, summary.time);
        self.stages.current = Some(Current { generation, asked_url: loading.url.clone(), url, summary });
        self.stages.failure = None;
        self.tell_all(ServerMessage::LoadingState(self.stages.loading_state()));
        if let Some(result) = self.stages.result() {
            self.end_open(&loading.askers, &result);
        }
        if let Some(children) = self.root_children() {
            self.tell_all(children);
        }
        self.reselect(is_same_stage);
        self.tell_all(self.timeline_message());
        self.change_bookmarks();
        let lists: Vec<_> = self
            .views
            .iter()
            .map(|(id, sight)| (id, self.stages.camera_list(sight.view.camera().path.clone())))
            .collect();
        for (view, list) in lists {
            self.tell_watching(view, ServerMessage::CameraList(list));
        }
    }

    /// The stage that is shown looks otherwise now. Who looks through one of its cameras goes with it.
    fn changed(&mut self, generation: u32, summary: StageSummary, is_restructured: bool) {
        let Some(current) = self.stages.current.as_mut().filter(|current| current.generation == generation)
        else {
            return;
        };
        let surroundings = Surroundings::new(summary.up_axis, summary.bounds);
        for (_, sight) in self.views.iter_mut() {
            let view = &mut sight.view;
            let path = view.camera().path.clone();
            let seen = path.and_then(|path| summary.cameras.iter().find(|camera| camera.path == path));
            let camera = seen.and_then(|camera| camera.look_through(&surroundings, view.aspect()));
            view.follow(self.now, surroundings, camera);
        }
        let (time, span) = (summary.time, summary.span);
        current.summary = summary;
        self.shows_time(time);
        if is_restructured {
            self.respan(span);
            self.reselect(true);
        }
    }

    fn failed(&mut self, loading: &Loading, result: &OpenStageResult) {
        debug_assert_eq!(result.result, Outcome::Error);
        if self.stages.current.is_none() {
            self.stages.failure = Some(result.clone());
        }
        self.tell_all(ServerMessage::LoadingState(self.stages.loading_state()));
        self.end_open(&loading.askers, result);
    }

    /// A stage that was being opened has failed; one that is shown stays, and its viewers are told what no longer works.
    fn worker_lost(&mut self, generation: u32) {
        if let Some(loading) = self.stages.take_loading(generation) {
            let message =
                "the process that reads the stage ended unexpectedly: the file may be broken or too large";
            let result = self.stages.error(&loading.url, ErrorCode::WorkerLost, message, &[]);
            self.failed(&loading, &result);
        } else if generation == self.stages.generation() && generation != 0 {
            let message =
                "the process that read the stage ended unexpectedly: the picture stays; open the stage again";
            self.tell_all(ServerMessage::ViewerError(ViewerError::new(ErrorCode::WorkerLost, message)));
            self.stop_time();
        }
    }

    /// The end of an open: to each that asked with its `id`, to all others without.
    fn end_open(&mut self, askers: &[Asker], result: &OpenStageResult) {
        let message = ServerMessage::OpenStageResult(result.clone());
        let mut others = self.clients.welcomed();
        others.retain(|client| askers.iter().all(|asker| asker.client != *client));
        for Asker { client, id } in askers {
            if self.clients.contains(*client) {
                self.tell(*client, id.clone(), message.clone());
            }
        }
        if !others.is_empty() {
            self.out.push(Output::TellAll { clients: others, channel: Channel::Control, message });
        }
    }
}
