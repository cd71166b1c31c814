//! Who may do what, and what is true now: the pure middle of Telestage.
//!
//! A [`Session`] takes one [`Input`] at a time, with the time at which it happened, and answers with [`Output`]s. It
//! performs no I/O, reads no clock, starts no thread and waits for nothing (I2): the hub owns it and does what it says.
//! The same inputs at the same times give the same outputs, which is how its tests work.
//!
//! # What it holds
//!
//! | state | changed by | told as |
//! |---|---|---|
//! | clients: connected → welcomed → gone | `Joined`, `hello`, `Left`, 5 s without hello | `welcome` and the full state, to that client, before any change (I4) |
//! | stage: none, loading, shown, failed ([`stages`]) | `openStageRequest`, `resetStageRequest`, `Stage` events | `loadingStateResponse`, progress, `openStageResult`, `camera_list` |
//! | views: camera, size, version ([`view`]) | camera messages, time (flights, transitions), a new stage | [`Output::View`], `cameraStateChanged`, `camera_changed` |
//! | control: who drives the shared view ([`control`]) | `controlRequest`, input, time | `controlState` |
//! | frames: the last one, the rate | `Frame` | `frameInfo`, `heartbeat`, `getStatsResult` |
//! | selection: which prims, of the stage that is shown | `selectPrimsRequest`, `pickRequest`, a new stage | [`Output::Select`], `stageSelectionChanged` |
//! | edits: in the stage's own process, one layer for all | `setVisibilityRequest` and its like | [`Output::Ask`], `stageChanged` |
//! | time: which one is shown, whether it plays ([`time`]) | `timelineControlRequest`, the clock, a new stage | [`Output::Evaluate`], `timelineStatus` |
//! | settings: how pictures look, what they cost, which plane they show ([`settings`]) | `setRenderSettingRequest`, `changeAOVRequest` | [`Output::View`], [`Output::Effort`], `renderSettingsChanged`, `activeAOVState` |
//! | recording: off, starting, on, stopping | `recordRequest`, `Recording` events | [`Output::Record`], `recordState` |
//!
//! # Status
//!
//! | status | when |
//! |---|---|
//! | `starting` | no frame was drawn yet |
//! | `idle` | no stage, none asked for |
//! | `loading` | a stage is being opened, whether or not another one is still shown |
//! | `streaming` | a stage is shown |
//! | `error` | the last open failed and no stage is shown |
//! | `stopping` | the server drains; opens are refused |
//!
//! # Who drives
//!
//! All clients share one [`view::View`] until they ask for one of their own. One of them drives the shared view
//! ([`control`]); whoever else moves it, or wants another stage, is refused with a reason (I5). A client that was lost is
//! kept for 30 s: with the token of its `welcome` a new connection takes its place, its view and its control.
//!
//! # Pacing
//!
//! [`Output::View`] comes once for each input that changes the picture, and once more 100 ms after the last change, with
//! the same version and more samples. [`Session::next_wake`] is `None` when nothing moves and nobody is there.

pub mod appearance;
mod bookmarks;
mod bounded;
mod browse;
pub mod camera;
mod clients;
pub mod config;
pub mod control;
mod editing;
mod frames;
mod greeting;
mod history;
pub mod input;
mod looks;
mod marquee;
mod moving;
mod opening;
pub mod output;
mod pickable;
mod recording;
mod requests;
pub mod search;
mod seen;
mod selection;
pub mod session;
pub mod settings;
mod sharing;
pub mod stages;
pub mod time;
pub mod view;
pub mod views;

pub use appearance::Appearance;
pub use config::Config;
pub use editing::{AskOrder, Asked};
pub use input::{
    BookmarkNews, ClientId, FrameSent, Input, PickHit, PrimId, Prims, RecordingEvent, RecordingFailure,
    StageEvent, StageSummary,
};
pub use output::{BookmarkOrder, Channel, MarqueeOrder, Output, PickOrder, RecordOrder, ViewPose};
pub use search::{Found, SearchOrder};
pub use session::{Health, Phase, Session};
pub use settings::{Effort, Values};
pub use views::ViewId;
