//! From a camera, as the session thinks of it, to a view, as the renderer wants it, and back from what was picked there;
//! and views without a session.

use glam::{DMat4, DVec3};
use serde_json::Value;
use telestage_protocol::{CameraState, ErrorCode, ProjectionKind, ViewerError};
use telestage_render::style::{Background, Lighting, Purposes, Shading, Tone};
use telestage_render::{Aov, Outcome, Projection, RenderError, Style, View};
use telestage_scene::{PrimId, Scene};
use telestage_session::appearance::{self, Appearance};
use telestage_session::camera::{Camera, Lens, Pose};
use telestage_session::{PickHit, ViewPose};
use tokio::sync::oneshot;

use crate::exit::{Exit, Failure};
use crate::size::Size;
use crate::summary::{cameras, surroundings};

/// A view and how clients would be told of it.
pub struct Look {
    /// For the renderer; one sample.
    pub view: View,
    /// A `cameraStateChanged` payload.
    pub camera: Value,
    /// Where it stands, if no camera of the stage is looked through.
    pub free: Option<Camera>,
}

/// The session's pose as a view.
#[must_use]
pub fn of_pose(pose: &ViewPose) -> View {
    let view = view(pose.world_from_view, pose.lens, pose.clip, pose.size, pose.version, pose.samples);
    let aov = match pose.appearance.aov {
        appearance::Aov::Color => Aov::Color,
        appearance::Aov::Depth => Aov::Depth,
        appearance::Aov::Normal => Aov::Normal,
        appearance::Aov::Id => Aov::Id,
    };
    View { aov, style: style(&pose.appearance), ..view }
}

/// The session's words as the renderer's.
fn style(appearance: &Appearance) -> Style {
    Style {
        shading: match appearance.shading {
            appearance::Shading::Shaded => Shading::Shaded,
            appearance::Shading::Wireframe => Shading::Wireframe,
            appearance::Shading::ShadedWireframe => Shading::ShadedWireframe,
            appearance::Shading::Points => Shading::Points,
        },
        purposes: Purposes {
            render: appearance.purpose_render,
            proxy: appearance.purpose_proxy,
            guide: appearance.purpose_guide,
        },
        lighting: match appearance.lights {
            appearance::Lights::Authored => Lighting::Authored,
            appearance::Lights::Viewer => Lighting::Viewer,
            appearance::Lights::Off => Lighting::Off,
        },
        exposure: appearance.exposure as f32,
        tone: match appearance.tone_mapping {
            appearance::ToneMapping::Neutral => Tone::Neutral,
            appearance::ToneMapping::Filmic => Tone::Filmic,
            appearance::ToneMapping::Linear => Tone::Linear,
        },
        backdrop: match appearance.background {
            appearance::Background::Stage => Background::Stage,
            appearance::Background::Gradient => Background::Gradient,
            appearance::Background::Dark => Background::Dark,
            appearance::Background::Light => Background::Light,
            appearance::Background::White => Background::White,
            appearance::Background::Black => Background::Black,
        },
        grid: appearance.grid,
    }
}

/// What the renderer says to a question.
///
/// # Errors
/// If it cannot answer such, or has gone; in the session's words.
pub fn answered(
    answer: Result<Result<Outcome, RenderError>, oneshot::error::RecvError>,
) -> Result<Outcome, ViewerError> {
    let gone = |_| ViewerError::new(ErrorCode::Refused, "the server is shutting down");
    answer.map_err(gone)?.map_err(|error| {
        let is_unable = matches!(error, RenderError::Unsupported(..));
        let code = if is_unable { ErrorCode::Unsupported } else { ErrorCode::Refused };
        ViewerError::new(code, error.to_string())
    })
}

/// Its answer to a pick, in the session's words.
///
/// # Errors
/// If it is none.
pub fn picked(answer: Outcome) -> Result<Option<PickHit>, ViewerError> {
    match answer {
        Outcome::Picked(hit) => Ok(hit.map(|hit| PickHit {
            prim: hit.prim,
            instance_index: hit.instance_index,
            position: hit.position,
            normal: hit.normal.map(f64::from),
        })),
        Outcome::Within(_) | Outcome::Done => Err(no_answer()),
    }
}

/// Its answer to what is seen within a rectangle.
///
/// # Errors
/// If it is none.
pub fn within(answer: Outcome) -> Result<Vec<PrimId>, ViewerError> {
    match answer {
        Outcome::Within(prims) => Ok(prims),
        Outcome::Picked(_) | Outcome::Done => Err(no_answer()),
    }
}

fn no_answer() -> ViewerError {
    ViewerError::new(ErrorCode::Internal, "the renderer gave no answer")
}

/// What `shot` shows: the camera at that path, the one described by a `cameraStateChanged` payload, or, without a
/// wish, the one that a viewer would see first.
///
/// # Errors
/// Exit 2 for a camera that does not exist, with those that do.
pub fn choose(scene: &Scene, wish: Option<&str>, size: Size) -> Result<Look, Failure> {
    let camera = match wish {
        None => {
            let default = scene.tables.stage.default_camera.as_deref();
            Camera::opening(&cameras(scene), default, &surroundings(scene), aspect(size))
        }
        Some(json) if json.starts_with('{') => of_state(json)?,
        Some(path) => at_path(scene, path, size).ok_or_else(|| {
            let known: Vec<String> = cameras(scene).into_iter().map(|camera| camera.path).collect();
            let remedy = if known.is_empty() {
                "the stage has no cameras; leave it out".into()
            } else {
                format!("there are {}", known.join(", "))
            };
            Failure::new(Exit::Usage, format_args!("no camera at {path} can be looked through"), remedy)
        })?,
    };
    seen(scene, camera, size)
}

/// The scene from where `camera` stands.
///
/// # Errors
/// None that is known: a camera that cannot be written as JSON.
pub fn seen(scene: &Scene, camera: Camera, size: Size) -> Result<Look, Failure> {
    let state = camera.state(&surroundings(scene), 0);
    let json = serde_json::to_value(&state).map_err(anyhow::Error::from)?;
    let view = of_camera(scene, &camera, size);
    Ok(Look { view, camera: json, free: camera.path.is_none().then_some(camera) })
}

/// Through the stage's camera at `path`; `None` if there is no usable one.
#[must_use]
pub fn through(scene: &Scene, path: &str, size: Size) -> Option<View> {
    Some(of_camera(scene, &at_path(scene, path, size)?, size))
}

/// Everything framed, with the camera turned around the up axis.
#[must_use]
pub fn around(scene: &Scene, size: Size, turn_deg: f64) -> View {
    let surroundings = surroundings(scene);
    let camera = telestage_session::camera::framed(&surroundings, aspect(size));
    let turn = DMat4::from_translation(surroundings.center)
        * DMat4::from_axis_angle(surroundings.up_axis.up(), turn_deg.to_radians())
        * DMat4::from_translation(-surroundings.center);
    let view = of_camera(scene, &camera, size);
    View { world_from_view: turn * view.world_from_view, ..view }
}

fn aspect(size: Size) -> f64 {
    f64::from(size.width) / f64::from(size.height)
}

fn at_path(scene: &Scene, path: &str, size: Size) -> Option<Camera> {
    let camera = cameras(scene).into_iter().find(|camera| camera.path == path)?;
    camera.look_through(&surroundings(scene), aspect(size))
}

fn of_state(json: &str) -> Result<Camera, Failure> {
    let wrong = |why: String| {
        Failure::new(Exit::Usage, format!("--camera: {why}"), "give a path or a cameraStateChanged payload")
    };
    let state: CameraState = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
    let [eye, target, up] = [state.eye, state.target, state.up].map(DVec3::from_array);
    let pose =
        Pose::look_at(eye, target, up).ok_or_else(|| wrong("eye, target and up span no view".into()))?;
    let shift = state.shift.unwrap_or_default();
    let lens = match (state.projection, state.ortho_height) {
        (ProjectionKind::Perspective, _) => Lens::Perspective { fov_y_deg: state.fov_y, shift },
        (ProjectionKind::Orthographic, Some(height)) => Lens::Orthographic { height, shift },
        (ProjectionKind::Orthographic, None) => return Err(wrong("ortho_height is missing".into())),
    };
    let has_depth = state.near > 0.0 && state.far > state.near && state.far.is_finite();
    if lens.is_finite() && has_depth {
        Ok(Camera { path: state.path, pose, lens, authored_clip: Some([state.near, state.far]) })
    } else {
        Err(wrong("fov_y, ortho_height, near or far make no picture".into()))
    }
}

fn of_camera(scene: &Scene, camera: &Camera, size: Size) -> View {
    view(camera.world_from_view(), camera.lens, camera.clip(&surroundings(scene)), size.array(), 0, 1)
}

fn view(
    world_from_view: DMat4,
    lens: Lens,
    clip: [f64; 2],
    size: [u32; 2],
    version: u64,
    samples: u32,
) -> View {
    let (world_from_view, projection) = match lens {
        Lens::Perspective { fov_y_deg, shift } => {
            (world_from_view, Projection::Perspective { fov_y_deg, shift })
        }
        // A parallel projection whose window is shifted is one whose eye is.
        Lens::Orthographic { height, shift: [x, y] } => {
            let aside = DMat4::from_translation(DVec3::new(x * height, y * height, 0.0));
            (world_from_view * aside, Projection::Orthographic { height })
        }
    };
    View {
        version,
        size,
        world_from_view,
        projection,
        clip,
        aov: Aov::Color,
        style: Style::default(),
        samples,
    }
}
