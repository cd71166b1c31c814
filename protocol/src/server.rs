//! Everything that the server may say.

use crate::bookmarks::BookmarkList;
use crate::camera::{CameraChanged, CameraList, CameraState};
use crate::control::{ControlState, ViewResult};
use crate::edit::{EditResult, ExportSessionResult, GetVariantsResponse, StageChanged};
use crate::error::ViewerError;
use crate::link::{FrameInfo, Heartbeat, Ping, RecordState, ResizeViewportResult, Stats, Welcome};
use crate::message::messages;
use crate::prims::{GetChildrenResult, PickResult, SearchPrimsResult, SelectionChanged};
use crate::properties::GetPropertiesResponse;
use crate::setting::{ActiveAovState, AvailableAovsResult, RenderSettingsChanged};
use crate::stage::{
    ListStagesResult, LoadingStateResponse, OpenStageResult, ProgressActivity, ProgressAmount,
};
use crate::time::TimelineStatus;

messages! {
    /// A message from the server. `frameInfo` travels on `motion`, everything else on `control`.
    pub enum ServerMessage {
        /// Answer to `hello`; the full state follows, then changes.
        "welcome" => Welcome(Welcome),
        /// A request was refused, or something failed that the user should know.
        "viewerError" => ViewerError(ViewerError),
        /// What is being loaded; unasked when loading begins and ends.
        "loadingStateResponse" => LoadingState(LoadingStateResponse),
        /// The end of an open, to all.
        "openStageResult" => OpenStageResult(OpenStageResult),
        /// How far loading is.
        "updateProgressAmount" => ProgressAmount(ProgressAmount),
        /// What loading does now.
        "updateProgressActivity" => ProgressActivity(ProgressActivity),
        /// Answer to `listStagesRequest`.
        "listStagesResult" => ListStagesResult(ListStagesResult),
        /// Answer to `getChildrenRequest`.
        "getChildrenResult" => GetChildrenResult(GetChildrenResult),
        /// Answer to `searchPrimsRequest`, or a part of it.
        "searchPrimsResult" => SearchPrimsResult(SearchPrimsResult),
        /// What is selected, to all.
        "stageSelectionChanged" => SelectionChanged(SelectionChanged),
        /// Answer to `pickRequest`.
        "pickResult" => PickResult(PickResult),
        /// Where the camera is: at most ten a second while it moves, and always once at rest.
        "cameraStateChanged" => CameraState(CameraState),
        /// The cameras of the stage.
        "camera_list" => CameraList(CameraList),
        /// Another camera is looked through.
        "camera_changed" => CameraChanged(CameraChanged),
        /// Answer to `getPropertiesRequest`.
        "getPropertiesResponse" => GetPropertiesResponse(GetPropertiesResponse),
        /// The views of the stage that have a name: after every change, to all.
        "bookmarkList" => BookmarkList(BookmarkList),
        /// Answer to `setVisibilityRequest`.
        "setVisibilityResult" => SetVisibilityResult(EditResult),
        /// Answer to `setActiveRequest`.
        "setActiveResult" => SetActiveResult(EditResult),
        /// Answer to `setPayloadRequest`.
        "setPayloadResult" => SetPayloadResult(EditResult),
        /// Answer to `getVariantsRequest` and `setVariantRequest`.
        "getVariantsResponse" => GetVariantsResponse(GetVariantsResponse),
        /// Answer to `runtimeTransformRequest`.
        "runtimeTransformResult" => RuntimeTransformResult(EditResult),
        /// Answer to `setAttributeRequest`.
        "setAttributeResult" => SetAttributeResult(EditResult),
        /// Answer to `undoRequest`.
        "undoResult" => UndoResult(EditResult),
        /// Answer to `redoRequest`.
        "redoResult" => RedoResult(EditResult),
        /// Answer to `exportSessionRequest`.
        "exportSessionResult" => ExportSessionResult(ExportSessionResult),
        /// The stage was edited, to all.
        "stageChanged" => StageChanged(StageChanged),
        /// Which time is shown, to all.
        "timelineStatus" => TimelineStatus(TimelineStatus),
        /// How pictures look, to all.
        "renderSettingsChanged" => RenderSettings(RenderSettingsChanged),
        /// Answer to `getAvailableAOVs`.
        "availableAOVsResult" => AvailableAovs(AvailableAovsResult),
        /// Which plane is shown, to all.
        "activeAOVState" => ActiveAov(ActiveAovState),
        /// Answer to `resizeViewport`, to all.
        "resizeViewportResult" => ResizeViewportResult(ResizeViewportResult),
        /// Who drives, who waits, who is there: after every change, to all.
        "controlState" => ControlState(ControlState),
        /// Answer to `viewRequest`.
        "viewResult" => ViewResult(ViewResult),
        /// Whether a recording runs, to all.
        "recordState" => RecordState(RecordState),
        /// Answer to `getStatsRequest`.
        "getStatsResult" => Stats(Stats),
        /// Twice a second.
        "heartbeat" => Heartbeat(Heartbeat),
        /// Answer to `ping`.
        "pong" => Pong(Ping),
        /// About one frame, as it is sent.
        "frameInfo" => FrameInfo(FrameInfo),
    }
}
