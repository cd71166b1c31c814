//! What moves a view: hands, cameras of the stage, framing, the size of the picture.

use std::time::Duration;

use glam::DVec3;
use telestage_protocol::{
    AdjustCameraRequest, CameraCommandRequest, Capability, ErrorCode, FitCameraRequest, Outcome,
    ProjectionKind, ResetCameraRequest, ResizeViewport, ResizeViewportResult, ServerMessage, SetCamera,
    SetCameraRequest, ViewerError,
};

use crate::camera::framing::fit;
use crate::camera::{Bounds, Camera, Lens, Pose, projection};
use crate::config::fitting_size;
use crate::input::ClientId;
use crate::session::Session;
use crate::stages;
use crate::view::View;
use crate::views::ViewId;

impl Session {
    /// A hand moves the camera. Of a gesture that is refused, the first message gets the answer.
    pub(crate) fn command(
        &mut self,
        client: ClientId,
        request: &CameraCommandRequest,
    ) -> Result<(), ViewerError> {
        match self.movable(client) {
            Ok(view) => {
                self.views.get_mut(view).view.command(self.now, client, request);
                Ok(())
            }
            Err(error) => {
                let gesture = Some(request.gesture);
                let known = self.clients.get_mut(client);
                let last =
                    known.map_or(gesture, |known| std::mem::replace(&mut known.refused_gesture, gesture));
                if last == gesture { Ok(()) } else { Err(error) }
            }
        }
    }

    pub(crate) fn set_pose(
        &mut self,
        client: ClientId,
        request: &SetCameraRequest,
    ) -> Result<(), ViewerError> {
        let [eye, target, up] = [request.eye, request.target, request.up].map(DVec3::from_array);
        let Some(pose) = Pose::look_at(eye, target, up) else {
            return Err(ViewerError::bad_request(
                "eye and target must be two points, and up must have a direction",
            ));
        };
        let shift = request.shift.unwrap_or_default();
        let lens = match (request.ortho_height, request.fov_y, self.seen_by(client).camera().lens) {
            (Some(height), _, _) | (None, None, Lens::Orthographic { height, .. }) => {
                Lens::Orthographic { height, shift }
            }
            (None, Some(fov_y_deg), _) | (None, None, Lens::Perspective { fov_y_deg, .. }) => {
                Lens::Perspective { fov_y_deg, shift }
            }
        };
        self.go(client, Camera { path: None, pose, lens, authored_clip: None }, request.transition_ms)
    }

    /// Changes what is named. The projection comes last: a parallel view stands outside of the scene.
    pub(crate) fn adjust_camera(
        &mut self,
        client: ClientId,
        request: &AdjustCameraRequest,
    ) -> Result<(), ViewerError> {
        self.stages.check_generation(request.stage_generation)?;
        let view = self.seen_by(client);
        let mut camera = view.camera().clone();
        camera.set_free();
        let fov_y_deg = request.fov_y.unwrap_or(view.free_fov_deg());
        if let (Some(_), Lens::Perspective { shift, .. }) = (request.fov_y, camera.lens) {
            camera.lens = Lens::Perspective { fov_y_deg, shift };
        }
        if let Some(side) = request.side {
            camera = projection::from_side(&camera, side, view.surroundings());
        }
        let is_parallel = matches!(camera.lens, Lens::Orthographic { .. });
        camera = match request.projection {
            Some(ProjectionKind::Perspective) if is_parallel => projection::perspective(&camera, fov_y_deg),
            Some(ProjectionKind::Orthographic) => projection::orthographic(&camera, view.surroundings()),
            None if is_parallel => projection::orthographic(&camera, view.surroundings()),
            Some(ProjectionKind::Perspective) | None => camera,
        };
        self.go(client, camera, request.transition_ms)?;
        if let Some(fov_y) = request.fov_y {
            let view = self.view_of(client);
            self.views.get_mut(view).view.remember_fov(fov_y);
        }
        Ok(())
    }

    pub(crate) fn fit(&mut self, client: ClientId, request: &FitCameraRequest) -> Result<(), ViewerError> {
        self.stages.check_generation(request.stage_generation)?;
        let view = self.seen_by(client);
        let bounds = match &request.prim_path {
            None => view.surroundings().bounds,
            Some(path) => {
                let prims = self.stages.prims()?;
                prims.bounds(stages::find(prims, path)?).and_then(Bounds::sane).ok_or_else(|| {
                    ViewerError::new(
                        ErrorCode::NotFound,
                        format!("{path} draws nothing that could be framed"),
                    )
                })?
            }
        };
        let camera = fit(view.camera(), &bounds, view.surroundings(), view.aspect());
        self.go(client, camera, request.transition_ms)
    }

    /// Chosen anew rather than remembered: the picture may have another shape by now.
    pub(crate) fn reset_camera(
        &mut self,
        client: ClientId,
        request: &ResetCameraRequest,
    ) -> Result<(), ViewerError> {
        self.stages.check_generation(request.stage_generation)?;
        let current = self.stages.shown()?;
        let view = self.seen_by(client);
        let default = current.summary.default_camera.as_deref();
        let camera = Camera::opening(&current.summary.cameras, default, view.surroundings(), view.aspect());
        self.go(client, camera, request.transition_ms)
    }

    pub(crate) fn set_camera(&mut self, client: ClientId, request: &SetCamera) -> Result<(), ViewerError> {
        self.stages.check_generation(request.stage_generation)?;
        let Some(path) = &request.path else {
            let view = self.movable(client)?;
            self.views.get_mut(view).view.let_go(self.now);
            return Ok(());
        };
        let cameras = self.stages.current.as_ref().map(|current| &current.summary.cameras);
        let found = cameras.and_then(|cameras| cameras.iter().find(|camera| camera.path == *path));
        let camera = found.ok_or_else(|| {
            ViewerError::new(ErrorCode::NotFound, format!("there is no camera at {path} on this stage"))
        })?;
        let view = self.seen_by(client);
        let camera = camera.look_through(view.surroundings(), view.aspect()).ok_or_else(|| {
            ViewerError::new(
                ErrorCode::InvalidStage,
                format!("the camera at {path} has a transform or lens that makes no sense"),
            )
        })?;
        self.go(client, camera, request.transition_ms)
    }

    fn go(
        &mut self,
        client: ClientId,
        camera: Camera,
        transition_ms: Option<f64>,
    ) -> Result<(), ViewerError> {
        let lasts = Duration::from_secs_f64(transition_ms.unwrap_or(0.0).max(0.0) * 1e-3);
        let view = self.movable(client)?;
        if self.views.get_mut(view).view.go(self.now, camera, lasts) {
            return Ok(());
        }
        Err(ViewerError::bad_request(
            "that place is a million scene radii away: the camera stays where it is",
        ))
    }

    pub(crate) fn resize(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: ResizeViewport,
    ) -> Result<(), ViewerError> {
        self.check_able(Capability::Resize, "this server's picture size is fixed")?;
        if request.width == 0 || request.height == 0 {
            return Err(ViewerError::bad_request("width and height must be above 0"));
        }
        let view = self.movable(client)?;
        let size = fitting_size([request.width, request.height], self.config.max_size);
        let camera = self.conformed(view, size);
        let seen = &mut self.views.get_mut(view).view;
        if size != seen.size() {
            seen.resize(self.now, size, camera);
        }
        let [width, height] = size;
        let result = ResizeViewportResult { width, height, result: Outcome::Success };
        let watching = self.clients.watching(view);
        self.answer_and_tell(client, id, &ServerMessage::ResizeViewportResult(result), watching);
        Ok(())
    }

    /// The present camera for a picture of another size: an authored one shows its whole frame again.
    fn conformed(&self, view: ViewId, size: [u32; 2]) -> Camera {
        let camera = self.views.get(view).view.camera();
        let cameras = self.stages.current.iter().flat_map(|current| &current.summary.cameras);
        let authored = cameras.into_iter().find(|authored| Some(&authored.path) == camera.path.as_ref());
        let lens = authored.and_then(|authored| authored.lens(f64::from(size[0]) / f64::from(size[1])));
        Camera { lens: lens.unwrap_or(camera.lens), ..camera.clone() }
    }

    fn seen_by(&self, client: ClientId) -> &View {
        &self.views.get(self.view_of(client)).view
    }
}
