//! The timeline: one time for all viewers.

use serde::{Deserialize, Serialize};

/// `timelineControlRequest`: answered by `timelineStatus`, to all, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct TimelineControlRequest {
    /// What to do.
    pub action: TimelineAction,
    /// `seek`: to this time code; `step`: by so many time codes (1 without it, below 0 goes back).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// With any action: begin again at the end of the range, or stay there.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(rename = "loop"))]
    pub is_loop: Option<bool>,
    /// With any action: so many times as fast as authored, 0.01 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
}

/// `action` of a `timelineControlRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TimelineAction {
    /// Goes on; from the start if it stands at the end.
    Play,
    /// Stays where it is.
    Pause,
    /// Goes back to the start and stays there.
    Stop,
    /// Goes to a time; playing goes on from there.
    Seek,
    /// Goes a little on or back, and stays there.
    Step,
}

/// `timelineStatus`, to all: after every change, and a few times a second while it plays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TimelineStatus {
    /// Time goes on by itself.
    pub playing: bool,
    /// Now, in time codes.
    pub time: f64,
    /// First time code of the stage's range.
    pub start: f64,
    /// Last time code of the stage's range; `start` if nothing on the stage is animated.
    pub end: f64,
    /// Time codes a second.
    pub fps: f64,
    /// Begins again at the end.
    #[serde(rename = "loop")]
    #[cfg_attr(feature = "typescript", ts(rename = "loop"))]
    pub is_loop: bool,
    /// So many times as fast as authored.
    pub rate: f64,
    /// Of the stage.
    pub stage_generation: u32,
}
