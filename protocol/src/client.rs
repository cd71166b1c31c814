//! Everything that a client may say.

use crate::bookmarks::{DeleteBookmarkRequest, SaveBookmarkRequest};
use crate::camera::{
    AdjustCameraRequest, CameraCommandRequest, FitCameraRequest, ResetCameraRequest, SetCamera,
    SetCameraRequest,
};
use crate::control::{ControlRequest, ViewRequest};
use crate::edit::{
    GetVariantsRequest, RuntimeTransformRequest, SetActiveRequest, SetAttributeRequest, SetPayloadRequest,
    SetVariantRequest, SetVisibilityRequest,
};
use crate::link::{Empty, Hello, Ping, RecordRequest, ResizeViewport};
use crate::message::messages;
use crate::prims::{
    GetChildrenRequest, MakePrimsPickable, MarqueeRequest, PickRequest, SearchPrimsRequest,
    SelectPrimsRequest,
};
use crate::properties::GetPropertiesRequest;
use crate::setting::{ChangeAovRequest, SetRenderSettingRequest};
use crate::stage::{ListStagesRequest, OpenStageRequest};
use crate::time::TimelineControlRequest;

messages! {
    /// A message from a client. `cameraCommandRequest` travels on `motion`, its last one of a gesture and everything else
    /// on `control`.
    pub enum ClientMessage {
        /// First message, within 5 s.
        "hello" => Hello(Hello),
        /// Open a stage; answered by `openStageResult`.
        "openStageRequest" => OpenStage(OpenStageRequest),
        /// Load the current stage again from its files; answered by `openStageResult`.
        "resetStageRequest" | "resetStage" => ResetStage(Empty),
        /// Answered by `loadingStateResponse`.
        "loadingStateQuery" => LoadingStateQuery(Empty),
        /// Answered by `listStagesResult`.
        "listStagesRequest" => ListStages(ListStagesRequest),
        /// Answered by `getChildrenResult`.
        "getChildrenRequest" => GetChildren(GetChildrenRequest),
        /// Look for prims; answered by `searchPrimsResult`, once or more.
        "searchPrimsRequest" => SearchPrims(SearchPrimsRequest),
        /// Select prims; answered by `stageSelectionChanged`, to all.
        "selectPrimsRequest" => SelectPrims(SelectPrimsRequest),
        /// What is at a place of the picture; answered by `pickResult`, then by the selection.
        "pickRequest" => Pick(PickRequest),
        /// Select every prim of which at least one pixel within a rectangle is seen; answered by `stageSelectionChanged`,
        /// to all.
        "marqueeRequest" => Marquee(MarqueeRequest),
        /// Let this client pick certain prims only. No answer but a refusal.
        "makePrimsPickable" | "makePrimsSelectable" => MakePrimsPickable(MakePrimsPickable),
        /// Move the camera by hand.
        "cameraCommandRequest" => CameraCommand(CameraCommandRequest),
        /// Put the camera somewhere.
        "setCameraRequest" => SetCameraPose(SetCameraRequest),
        /// Look from a side of the stage, in parallel or in perspective, through another lens.
        "adjustCameraRequest" => AdjustCamera(AdjustCameraRequest),
        /// Frame a prim or everything.
        "fitCameraRequest" => FitCamera(FitCameraRequest),
        /// Back to the camera that the stage opened with.
        "resetCameraRequest" => ResetCamera(ResetCameraRequest),
        /// Look through a camera of the stage, or leave it.
        "set_camera" => SetCamera(SetCamera),
        /// What the stage says of a prim; answered by `getPropertiesResponse`.
        "getPropertiesRequest" => GetProperties(GetPropertiesRequest),
        /// Views of the stage that have a name; answered by `bookmarkList`.
        "listBookmarksRequest" => ListBookmarks(Empty),
        /// Keep what this client sees under a name; answered by `bookmarkList`, to all.
        "saveBookmarkRequest" => SaveBookmark(SaveBookmarkRequest),
        /// Forget one; answered by `bookmarkList`, to all.
        "deleteBookmarkRequest" => DeleteBookmark(DeleteBookmarkRequest),
        /// Show or hide prims; answered by `setVisibilityResult`.
        "setVisibilityRequest" => SetVisibility(SetVisibilityRequest),
        /// Compose prims or leave them out; answered by `setActiveResult`.
        "setActiveRequest" => SetActive(SetActiveRequest),
        /// Load or unload payloads; answered by `setPayloadResult`.
        "setPayloadRequest" => SetPayload(SetPayloadRequest),
        /// Which variants a prim has; answered by `getVariantsResponse`.
        "getVariantsRequest" => GetVariants(GetVariantsRequest),
        /// Select a variant; answered by `getVariantsResponse`.
        "setVariantRequest" => SetVariant(SetVariantRequest),
        /// Move prims; answered by `runtimeTransformResult`.
        "runtimeTransformRequest" => RuntimeTransform(RuntimeTransformRequest),
        /// Change a value; answered by `setAttributeResult`.
        "setAttributeRequest" => SetAttribute(SetAttributeRequest),
        /// Take back this client's last edit; answered by `undoResult`.
        "undoRequest" => Undo(Empty),
        /// Do again what this client took back; answered by `redoResult`.
        "redoRequest" => Redo(Empty),
        /// All edits as a layer; answered by `exportSessionResult`.
        "exportSessionRequest" => ExportSession(Empty),
        /// Play, pause, seek; answered by `timelineStatus`, to all.
        "timelineControlRequest" => TimelineControl(TimelineControlRequest),
        /// Answered by `availableAOVsResult`.
        "getAvailableAOVs" => GetAvailableAovs(Empty),
        /// Show another plane; answered by `activeAOVState`.
        "changeAOVRequest" => ChangeAov(ChangeAovRequest),
        /// Answered by `renderSettingsChanged`.
        "getRenderSettingsRequest" => GetRenderSettings(Empty),
        /// Change how pictures look; answered by `renderSettingsChanged`, to all.
        "setRenderSettingRequest" => SetRenderSetting(SetRenderSettingRequest),
        /// Ask for another picture size; answered by `resizeViewportResult`.
        "resizeViewport" => ResizeViewport(ResizeViewport),
        /// Who drives the shared view; answered by `controlState`.
        "controlRequest" => Control(ControlRequest),
        /// Which picture this client wants; answered by `viewResult`.
        "viewRequest" => View(ViewRequest),
        /// Begin or end a recording; answered by `recordState`.
        "recordRequest" => Record(RecordRequest),
        /// Answered by `getStatsResult`.
        "getStatsRequest" => GetStats(Empty),
        /// Answered by `pong` with the same `t`.
        "ping" => Ping(Ping),
    }
}
