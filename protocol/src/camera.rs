//! Moving the camera and hearing where it is.

use serde::{Deserialize, Serialize};

/// `cameraCommandRequest`: by totals, so that a lost message costs nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct CameraCommandRequest {
    /// What the hand does.
    pub command: CameraCommand,
    /// Names one drag (or one turn of the wheel at one place of the cursor).
    pub gesture: u32,
    /// Counts this client's commands, from 1. An older one than the last seen of its gesture is ignored.
    pub seq: u32,
    /// Total since the gesture began, in picture heights, right positive. `fly`: scene radii a second, right.
    pub x: f64,
    /// Total since the gesture began, in picture heights (`zoom`: or wheel notches), down positive.
    /// `fly`: scene radii a second, up.
    pub y: f64,
    /// `fly`: scene radii a second, backward (view space looks along -z). Otherwise unused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// `zoom`: the cursor from the left, 0 to 1; the middle if absent. Keep it for the whole gesture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cx: Option<f64>,
    /// `zoom`: the cursor from the top, 0 to 1; the middle if absent. Keep it for the whole gesture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cy: Option<f64>,
    /// `orbit`: the point in stage space to turn around; absent: the point of interest. It may come in the middle of a
    /// gesture: say it in each command that follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot: Option<[f64; 3]>,
    /// `orbit`: the totals from which on the gesture turns around `pivot`, and not around the point of interest; absent:
    /// from its beginning. So it does not matter which commands are lost. Say it with each `pivot`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot_from: Option<[f64; 2]>,
    /// The gesture's last command, repeated on `control`; `fly` stops with it.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "final")]
    pub is_final: Option<bool>,
}

/// What the hand does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CameraCommand {
    /// Turns around the point of interest; 1.0 is 180°. The scene follows the hand.
    Orbit,
    /// Moves along the picture; 1.0 moves the point of interest by the picture's height. The scene follows the hand.
    Pan,
    /// Moves closer (negative) or away (positive), toward the cursor.
    Zoom,
    /// Turns around the eye; 1.0 is 180°. The view follows the hand.
    Look,
    /// Moves at a velocity until 250 ms after the last command.
    Fly,
}

/// `setCameraRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SetCameraRequest {
    /// Where the camera is, in stage units.
    pub eye: [f64; 3],
    /// The point of interest: the middle of the picture, and what orbits turn around.
    pub target: [f64; 3],
    /// Up in the picture; need be neither of unit length nor square to the view.
    pub up: [f64; 3],
    /// Vertical field of view in degrees; absent: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fov_y: Option<f64>,
    /// Makes the projection parallel, with this height of the picture in stage units; `fov_y` is then ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ortho_height: Option<f64>,
    /// How far the picture's middle lies off the view axis, in picture heights, right and up; absent: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift: Option<[f64; 2]>,
    /// How long the way there takes; absent or 0: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_ms: Option<f64>,
}

/// `adjustCameraRequest`: changes what is named, and keeps the rest. The point of interest stays where it is and as large
/// as it is, unless `fov_y` alone is given: then the eye stays. Leaves a camera of the stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct AdjustCameraRequest {
    /// From where to look, along an axis of the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Perspective or parallel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<ProjectionKind>,
    /// Vertical field of view in degrees; that of the next perspective view while the view is parallel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fov_y: Option<f64>,
    /// How long the way there takes; absent or 0: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_ms: Option<f64>,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// A side of the stage, from which one looks at it. The front is +Z of a stage with +Y up, and -Y of one with +Z up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// From in front.
    Front,
    /// From behind.
    Back,
    /// From the left of who stands in front.
    Left,
    /// From the right of who stands in front.
    Right,
    /// From above; the front is at the bottom of the picture.
    Top,
    /// From below; the front is at the top of the picture.
    Bottom,
}

/// `fitCameraRequest`: frames a prim or the whole stage, without turning the camera.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct FitCameraRequest {
    /// The prim; absent: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prim_path: Option<String>,
    /// How long the way there takes; absent or 0: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_ms: Option<f64>,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `resetCameraRequest`: back to the camera that the stage was shown with first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ResetCameraRequest {
    /// How long the way there takes; absent or 0: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_ms: Option<f64>,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `set_camera`: looks through a camera of the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SetCamera {
    /// The camera's prim; `null` leaves it and stays where it is.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub path: Option<String>,
    /// How long the way there takes; absent or 0: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_ms: Option<f64>,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `cameraStateChanged`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct CameraState {
    /// The stage's camera that is looked through; `null`: none, the view is free.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub path: Option<String>,
    /// Where the camera is, in stage units.
    pub eye: [f64; 3],
    /// The point of interest.
    pub target: [f64; 3],
    /// Up in the picture: unit length, square to the view.
    pub up: [f64; 3],
    /// Vertical field of view in degrees, of the picture as it is now.
    pub fov_y: f64,
    /// Nearest visible distance along the view axis.
    pub near: f64,
    /// Farthest visible distance along the view axis.
    pub far: f64,
    /// Perspective or parallel.
    pub projection: ProjectionKind,
    /// Height of the picture in stage units, if parallel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ortho_height: Option<f64>,
    /// How far the picture's middle lies off the view axis (USD's aperture offsets), in picture heights, right and up;
    /// absent: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift: Option<[f64; 2]>,
    /// The highest `seq` of this client that is contained.
    pub seq: u32,
}

/// Perspective or parallel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ProjectionKind {
    /// Far things are smaller.
    Perspective,
    /// Far things are as large.
    Orthographic,
}

/// `camera_list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CameraList {
    /// The cameras of the stage, at most 500.
    pub cameras: Vec<CameraRow>,
    /// The one that is looked through.
    #[serde(rename = "activeCamera")]
    pub active_camera: Option<String>,
    /// The stage that it is about; 0 for none.
    pub stage_generation: u32,
}

/// One row of `camera_list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct CameraRow {
    /// The camera's prim.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// In tenths of a stage unit.
    #[serde(rename = "focalLength")]
    pub focal_length: f64,
    /// Width over height of what it frames; absent if its apertures make no sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<f64>,
}

/// `camera_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CameraChanged {
    /// The one that is looked through.
    #[serde(rename = "activeCamera")]
    pub active_camera: Option<String>,
    /// The stage that it is about; 0 for none.
    pub stage_generation: u32,
}
