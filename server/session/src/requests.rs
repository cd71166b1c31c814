//! What each request of a client does. A refusal changes nothing.

use std::time::Duration;

use glam::DVec3;
use telestage_protocol::{
    Capability, ClientMessage, ErrorCode, FitCameraRequest, Hello, ListStagesResult, MIN_PROTOCOL_VERSION,
    Outcome, PROTOCOL_VERSION, ProgressActivity, ProgressAmount, ResizeViewport, ResizeViewportResult, Role,
    ServerMessage, SetCamera, SetCameraRequest, StageEntry, VersionDetail, ViewAction, ViewKind, ViewResult,
    ViewerError, Welcome,
};

use crate::bounded::{PATH_BYTES, count_fitting, json_bytes};
use crate::camera::framing::fit;
use crate::camera::{Camera, Lens, Pose};
use crate::config::fitting_size;
use crate::input::ClientId;
use crate::output::Output;
use crate::session::Session;
use crate::stages::Asker;

impl Session {
    pub(crate) fn join(&mut self, client: ClientId) {
        self.clients.join(client, self.now);
        if self.clients.len() > self.config.max_clients || self.is_draining {
            let message = if self.is_draining {
                "the server is shutting down".to_owned()
            } else {
                format!("{} clients are connected already: try again later", self.config.max_clients)
            };
            self.refuse(client, None, ViewerError::new(ErrorCode::Busy, message));
            self.clients.leave(client);
            self.out.push(Output::Close { client });
        }
    }

    /// Does what a welcomed client (or one that says hello) asks for.
    pub(crate) fn obey(
        &mut self,
        client: ClientId,
        id: Option<String>,
        message: ClientMessage,
    ) -> Result<(), ViewerError> {
        match message {
            ClientMessage::Hello(hello) => self.greet(client, id, &hello),
            ClientMessage::OpenStage(request) => {
                if request.url.trim().is_empty() {
                    return Err(ViewerError::bad_request("url is empty: name a stage"));
                }
                if request.url.len() > PATH_BYTES {
                    let message = format!("url is longer than {PATH_BYTES} bytes");
                    return Err(ViewerError::new(ErrorCode::TooLarge, message));
                }
                self.check_running()?;
                self.open(&request.url, Some(Asker { client, id }), false);
                Ok(())
            }
            ClientMessage::ResetStage(_) => self.reset(client, id),
            ClientMessage::LoadingStateQuery(_) => {
                self.tell(client, id, ServerMessage::LoadingState(self.stages.loading_state()));
                Ok(())
            }
            ClientMessage::ListStages(request) => {
                if !self.clients.begin_listing(client) {
                    return Err(ViewerError::new(
                        ErrorCode::Busy,
                        "too many listings at once: wait for an answer",
                    ));
                }
                self.out.push(Output::ListStages { client, id, path: request.path });
                Ok(())
            }
            ClientMessage::CameraCommand(request) => {
                self.view.command(self.now, client, &request);
                Ok(())
            }
            ClientMessage::SetCameraPose(request) => self.set_pose(&request),
            ClientMessage::FitCamera(request) => self.fit(&request),
            ClientMessage::SetCamera(request) => self.set_camera(&request),
            ClientMessage::ResizeViewport(request) => self.resize(client, id, request),
            ClientMessage::View(request) => {
                self.choose_view(client, id, request.action);
                Ok(())
            }
            ClientMessage::Record(request) => self.record(client, id, &request),
            ClientMessage::GetStats(_) => {
                let stats = self.frames.stats(self.now, self.clients.welcomed_count());
                self.tell(client, id, ServerMessage::Stats(stats));
                Ok(())
            }
            ClientMessage::Ping(ping) => {
                self.tell(client, id, ServerMessage::Pong(ping));
                Ok(())
            }
        }
    }

    /// Welcomes a client and gives it the full state before any change (I4). A second hello gets it again.
    fn greet(&mut self, client: ClientId, id: Option<String>, hello: &Hello) -> Result<(), ViewerError> {
        if !(MIN_PROTOCOL_VERSION..=PROTOCOL_VERSION).contains(&hello.protocol) {
            return Err(version_mismatch(hello.protocol));
        }
        if self.clients.welcomed_count() == 0 {
            self.start_heartbeat();
        }
        self.clients.welcome(client);
        let welcome = Welcome {
            protocol: PROTOCOL_VERSION,
            server: "telestage".to_owned(),
            version: self.config.version.clone(),
            client_id: client,
            role: Role::Controller,
            capabilities: self.config.capabilities.clone(),
            size: self.view.size(),
            fps: self.config.fps,
        };
        self.tell(client, id, ServerMessage::Welcome(welcome));
        self.tell(client, None, ServerMessage::LoadingState(self.stages.loading_state()));
        if let Some(loading) = &self.stages.loading {
            let amount = ProgressAmount { amount: loading.amount };
            let activity = ProgressActivity { activity: loading.activity.clone() };
            self.tell(client, None, ServerMessage::ProgressAmount(amount));
            self.tell(client, None, ServerMessage::ProgressActivity(activity));
        }
        if let Some(result) = self.stages.result() {
            self.tell(client, None, ServerMessage::OpenStageResult(result));
        }
        self.tell(client, None, self.camera_state(client));
        let list = self.stages.camera_list(self.view.camera().path.clone());
        self.tell(client, None, ServerMessage::CameraList(list));
        self.tell_recording(client);
        Ok(())
    }

    pub(crate) fn check_running(&self) -> Result<(), ViewerError> {
        if self.is_draining {
            return Err(ViewerError::new(ErrorCode::Refused, "the server is shutting down"));
        }
        Ok(())
    }

    fn reset(&mut self, client: ClientId, id: Option<String>) -> Result<(), ViewerError> {
        self.check_running()?;
        let loading = self.stages.loading.as_ref().map(|loading| loading.url.clone());
        let url = loading.or_else(|| self.stages.current.as_ref().map(|current| current.asked_url.clone()));
        let Some(url) = url else {
            return Err(ViewerError::new(ErrorCode::NotFound, "no stage is open: open one first"));
        };
        self.open(&url, Some(Asker { client, id }), true);
        Ok(())
    }

    fn set_pose(&mut self, request: &SetCameraRequest) -> Result<(), ViewerError> {
        let [eye, target, up] = [request.eye, request.target, request.up].map(DVec3::from_array);
        let Some(pose) = Pose::look_at(eye, target, up) else {
            return Err(ViewerError::bad_request(
                "eye and target must be two points, and up must have a direction",
            ));
        };
        let shift = [0.0; 2];
        let lens = match (request.ortho_height, request.fov_y, self.view.camera().lens) {
            (Some(height), _, _) | (None, None, Lens::Orthographic { height, .. }) => {
                Lens::Orthographic { height, shift }
            }
            (None, Some(fov_y_deg), _) | (None, None, Lens::Perspective { fov_y_deg, .. }) => {
                Lens::Perspective { fov_y_deg, shift }
            }
        };
        let camera = Camera { path: None, pose, lens, authored_clip: None };
        self.go(camera, request.transition_ms)
    }

    fn fit(&mut self, request: &FitCameraRequest) -> Result<(), ViewerError> {
        self.stages.check_generation(request.stage_generation)?;
        let bounds = match &request.prim_path {
            None => self.view.surroundings().bounds,
            Some(path) => {
                let found = self.stages.current.as_ref().and_then(|current| current.summary.prims.find(path));
                let prim = found.ok_or_else(|| {
                    ViewerError::new(ErrorCode::NotFound, format!("there is no prim at {path} on this stage"))
                })?;
                prim.bounds.and_then(crate::camera::Bounds::sane).ok_or_else(|| {
                    ViewerError::new(
                        ErrorCode::NotFound,
                        format!("{path} draws nothing that could be framed"),
                    )
                })?
            }
        };
        let camera = fit(self.view.camera(), &bounds, self.view.surroundings(), self.view.aspect());
        self.go(camera, request.transition_ms)
    }

    fn set_camera(&mut self, request: &SetCamera) -> Result<(), ViewerError> {
        self.stages.check_generation(request.stage_generation)?;
        let Some(path) = &request.path else {
            self.view.let_go(self.now);
            return Ok(());
        };
        let cameras = self.stages.current.as_ref().map(|current| &current.summary.cameras);
        let found = cameras.and_then(|cameras| cameras.iter().find(|camera| camera.path == *path));
        let camera = found.ok_or_else(|| {
            ViewerError::new(ErrorCode::NotFound, format!("there is no camera at {path} on this stage"))
        })?;
        let camera = camera.look_through(self.view.surroundings(), self.view.aspect()).ok_or_else(|| {
            ViewerError::new(
                ErrorCode::InvalidStage,
                format!("the camera at {path} has a transform or lens that makes no sense"),
            )
        })?;
        self.go(camera, request.transition_ms)
    }

    fn go(&mut self, camera: Camera, transition_ms: Option<f64>) -> Result<(), ViewerError> {
        let lasts = Duration::from_secs_f64(transition_ms.unwrap_or(0.0).max(0.0) * 1e-3);
        if self.view.go(self.now, camera, lasts) {
            return Ok(());
        }
        Err(ViewerError::bad_request(
            "that place is a million scene radii away: the camera stays where it is",
        ))
    }

    fn resize(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: ResizeViewport,
    ) -> Result<(), ViewerError> {
        if !self.config.capabilities.contains(&Capability::Resize) {
            return Err(ViewerError::new(ErrorCode::Unsupported, "this server's picture size is fixed"));
        }
        if request.width == 0 || request.height == 0 {
            return Err(ViewerError::bad_request("width and height must be above 0"));
        }
        let size = fitting_size([request.width, request.height], self.config.max_size);
        if size != self.view.size() {
            self.view.resize(self.now, size, self.conformed(size));
        }
        let [width, height] = size;
        let result = ResizeViewportResult { width, height, result: Outcome::Success };
        self.answer_and_tell_all(client, id, &ServerMessage::ResizeViewportResult(result));
        Ok(())
    }

    fn choose_view(&mut self, client: ClientId, id: Option<String>, action: ViewAction) {
        let flows = match action {
            ViewAction::Pause => Some(false),
            ViewAction::Resume => Some(true),
            ViewAction::Shared | ViewAction::Own => None,
        };
        if let Some(flows) = flows {
            self.out.push(Output::Video { client, flows });
        }
        let (result, code) = match action {
            ViewAction::Own => (Outcome::Error, Some(ErrorCode::Unsupported)),
            ViewAction::Shared | ViewAction::Pause | ViewAction::Resume => (Outcome::Success, None),
        };
        self.tell(client, id, ServerMessage::ViewResult(ViewResult { view: ViewKind::Shared, result, code }));
    }

    /// The present camera for a picture of another size: an authored one shows its whole frame again.
    fn conformed(&self, size: [u32; 2]) -> Camera {
        let camera = self.view.camera();
        let cameras = self.stages.current.iter().flat_map(|current| &current.summary.cameras);
        let authored = cameras.into_iter().find(|authored| Some(&authored.path) == camera.path.as_ref());
        let lens = authored.and_then(|authored| authored.lens(f64::from(size[0]) / f64::from(size[1])));
        Camera { lens: lens.unwrap_or(camera.lens), ..camera.clone() }
    }

    /// The answer to one client, with its `id`, and the same to all others.
    pub(crate) fn answer_and_tell_all(
        &mut self,
        client: ClientId,
        id: Option<String>,
        message: &ServerMessage,
    ) {
        let mut others = self.clients.welcomed();
        others.retain(|&other| other != client);
        self.tell(client, id, message.clone());
        if !others.is_empty() {
            self.out.push(Output::TellAll {
                clients: others,
                channel: crate::output::Channel::Control,
                message: message.clone(),
            });
        }
    }

    pub(crate) fn listed(
        &mut self,
        client: ClientId,
        id: Option<String>,
        result: Result<ListStagesResult, ViewerError>,
    ) {
        self.clients.end_listing(client);
        match result {
            Ok(mut result) if self.clients.contains(client) => {
                let bytes = |entry: &StageEntry| json_bytes(&entry.name) + json_bytes(&entry.path) + 120;
                let fitting = count_fitting(&result.entries, usize::MAX, bytes);
                if fitting < result.entries.len() {
                    result.entries.truncate(fitting);
                    result.truncated = Some(true);
                }
                self.tell(client, id, ServerMessage::ListStagesResult(result));
            }
            Ok(_) => {}
            Err(error) => self.refuse(client, id, error),
        }
    }
}

fn version_mismatch(client: u32) -> ViewerError {
    let detail =
        VersionDetail { client, server: PROTOCOL_VERSION, min: MIN_PROTOCOL_VERSION, max: PROTOCOL_VERSION };
    let remedy = if client > PROTOCOL_VERSION {
        "update the server"
    } else {
        "update the client, or load its page again"
    };
    ViewerError {
        code: ErrorCode::VersionMismatch,
        message: format!("this server speaks protocol {PROTOCOL_VERSION}, the client {client}: {remedy}"),
        detail: Some(detail.into()),
    }
}
