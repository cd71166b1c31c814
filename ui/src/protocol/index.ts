// Generated from crate `telestage-protocol` by `cargo xtask codegen`; do not edit.

/** The wrapping of every message; an answer carries the `id` of its request. */
export type Envelope<M> = M & { id?: string };

/** The version that this build speaks. */
export const PROTOCOL_VERSION = 1;

/** The oldest version that this build understands. */
export const MIN_PROTOCOL_VERSION = 1;

/** What one unit of zoom multiplies the distance by. */
export const ZOOM_PER_UNIT = 1.2;

/** A fly velocity ends this long after the last command. */
export const FLY_TIMEOUT_MS = 250;

/** A client has this long for its hello. */
export const HELLO_TIMEOUT_MS = 5000;

/** Time between two heartbeats. */
export const HEARTBEAT_MS = 500;

/** Silence grants a request for control after this. */
export const CONTROL_ANSWER_MS = 10000;

/** A client that was lost is kept for so long. */
export const SESSION_KEPT_MS = 30000;

/** Control that was not used for this long may be taken. */
export const CONTROL_TAKE_MS = 5000;

/** Names of all messages of a client. */
export const CLIENT_EVENTS = ["hello", "openStageRequest", "resetStageRequest", "loadingStateQuery", "listStagesRequest", "getChildrenRequest", "searchPrimsRequest", "selectPrimsRequest", "pickRequest", "marqueeRequest", "makePrimsPickable", "cameraCommandRequest", "setCameraRequest", "adjustCameraRequest", "fitCameraRequest", "resetCameraRequest", "set_camera", "getPropertiesRequest", "listBookmarksRequest", "saveBookmarkRequest", "deleteBookmarkRequest", "setVisibilityRequest", "setActiveRequest", "setPayloadRequest", "getVariantsRequest", "setVariantRequest", "runtimeTransformRequest", "setAttributeRequest", "undoRequest", "redoRequest", "exportSessionRequest", "timelineControlRequest", "getAvailableAOVs", "changeAOVRequest", "getRenderSettingsRequest", "setRenderSettingRequest", "resizeViewport", "controlRequest", "viewRequest", "recordRequest", "getStatsRequest", "ping"] as const;

/** Names of all messages of the server. */
export const SERVER_EVENTS = ["welcome", "viewerError", "loadingStateResponse", "openStageResult", "updateProgressAmount", "updateProgressActivity", "listStagesResult", "getChildrenResult", "searchPrimsResult", "stageSelectionChanged", "pickResult", "cameraStateChanged", "camera_list", "camera_changed", "getPropertiesResponse", "bookmarkList", "setVisibilityResult", "setActiveResult", "setPayloadResult", "getVariantsResponse", "runtimeTransformResult", "setAttributeResult", "undoResult", "redoResult", "exportSessionResult", "stageChanged", "timelineStatus", "renderSettingsChanged", "availableAOVsResult", "activeAOVState", "resizeViewportResult", "controlState", "viewResult", "recordState", "getStatsResult", "heartbeat", "pong", "frameInfo"] as const;

/** `activeAOVState`: which plane is shown. */
export type ActiveAovState = {
  /** What is shown. */
  active: string,
  /** What can be. */
  available: Array<string>,
  /** What became of the request. */
  result?: Outcome,
  /** What was shown before. */
  previous?: string,
  /** What was asked for. */
  requested?: string,
  /** Why that is not shown. */
  reason?: string,
};

/**
 * `adjustCameraRequest`: changes what is named, and keeps the rest. The point of interest stays where it is and as large
 * as it is, unless `fov_y` alone is given: then the eye stays. Leaves a camera of the stage.
 */
export type AdjustCameraRequest = {
  /** From where to look, along an axis of the stage. */
  side?: Side,
  /** Perspective or parallel. */
  projection?: ProjectionKind,
  /** Vertical field of view in degrees; that of the next perspective view while the view is parallel. */
  fov_y?: number,
  /** How long the way there takes; absent or 0: none. */
  transition_ms?: number,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** When a change holds. */
export type AppliesAt = "immediate" | "reload_required" | "next_scene_load" | "unsupported";

/** `availableAOVsResult`: what can be shown. */
export type AvailableAovsResult = {
  /** Names of planes. */
  aovs: Array<string>,
  /** The same again, for old clients. */
  available: Array<string>,
};

/** A view with a name. Who wants it back sends `set_camera` or `setCameraRequest`, and seeks and selects what it names. */
export type Bookmark = {
  /** What it is called. */
  name: string,
  /** The stage's camera that was looked through; absent: the view was free. */
  path?: string,
  /** Where the camera was, in stage units. */
  eye: [number, number, number],
  /** The point of interest. */
  target: [number, number, number],
  /** Up in the picture. */
  up: [number, number, number],
  /** Vertical field of view in degrees, of a view in perspective. */
  fov_y?: number,
  /** Height of the picture in stage units, of a parallel view. */
  ortho_height?: number,
  /** How far the picture's middle lay off the view axis, in picture heights, right and up. */
  shift?: [number, number],
  /** Which time was shown, in time codes; absent where nothing is animated. */
  time?: number,
  /** What was selected; absent: it does not matter. */
  prims?: Array<string>,
};

/** `bookmarkList`: all bookmarks of the stage that is shown, in the order in which they were made. */
export type BookmarkList = {
  /** At most 100. */
  bookmarks: Array<Bookmark>,
  /** The stage that it is about; 0 for none. */
  stage_generation: number,
};

/** `camera_changed`. */
export type CameraChanged = {
  /** The one that is looked through. */
  activeCamera: string | null,
  /** The stage that it is about; 0 for none. */
  stage_generation: number,
};

/** What the hand does. */
export type CameraCommand = "orbit" | "pan" | "zoom" | "look" | "fly";

/** `cameraCommandRequest`: by totals, so that a lost message costs nothing. */
export type CameraCommandRequest = {
  /** What the hand does. */
  command: CameraCommand,
  /** Names one drag (or one turn of the wheel at one place of the cursor). */
  gesture: number,
  /** Counts this client's commands, from 1. An older one than the last seen of its gesture is ignored. */
  seq: number,
  /** Total since the gesture began, in picture heights, right positive. `fly`: scene radii a second, right. */
  x: number,
  /**
   * Total since the gesture began, in picture heights (`zoom`: or wheel notches), down positive.
   * `fly`: scene radii a second, up.
   */
  y: number,
  /** `fly`: scene radii a second, backward (view space looks along -z). Otherwise unused. */
  z?: number,
  /** `zoom`: the cursor from the left, 0 to 1; the middle if absent. Keep it for the whole gesture. */
  cx?: number,
  /** `zoom`: the cursor from the top, 0 to 1; the middle if absent. Keep it for the whole gesture. */
  cy?: number,
  /**
   * `orbit`: the point in stage space to turn around; absent: the point of interest. It may come in the middle of a
   * gesture: say it in each command that follows.
   */
  pivot?: [number, number, number],
  /**
   * `orbit`: the totals from which on the gesture turns around `pivot`, and not around the point of interest; absent:
   * from its beginning. So it does not matter which commands are lost. Say it with each `pivot`.
   */
  pivot_from?: [number, number],
  /** The gesture's last command, repeated on `control`; `fly` stops with it. */
  final?: boolean,
};

/** `camera_list`. */
export type CameraList = {
  /** The cameras of the stage, at most 500. */
  cameras: Array<CameraRow>,
  /** The one that is looked through. */
  activeCamera: string | null,
  /** The stage that it is about; 0 for none. */
  stage_generation: number,
};

/** One row of `camera_list`. */
export type CameraRow = {
  /** The camera's prim. */
  path: string,
  /** The last part of the path. */
  name: string,
  /** In tenths of a stage unit. */
  focalLength: number,
  /** Width over height of what it frames; absent if its apertures make no sense. */
  aspect?: number,
};

/** `cameraStateChanged`. */
export type CameraState = {
  /** The stage's camera that is looked through; `null`: none, the view is free. */
  path: string | null,
  /** Where the camera is, in stage units. */
  eye: [number, number, number],
  /** The point of interest. */
  target: [number, number, number],
  /** Up in the picture: unit length, square to the view. */
  up: [number, number, number],
  /** Vertical field of view in degrees, of the picture as it is now. */
  fov_y: number,
  /** Nearest visible distance along the view axis. */
  near: number,
  /** Farthest visible distance along the view axis. */
  far: number,
  /** Perspective or parallel. */
  projection: ProjectionKind,
  /** Height of the picture in stage units, if parallel. */
  ortho_height?: number,
  /**
   * How far the picture's middle lies off the view axis (USD's aperture offsets), in picture heights, right and up;
   * absent: not at all.
   */
  shift?: [number, number],
  /** The highest `seq` of this client that is contained. */
  seq: number,
};

/** Names in `welcome.capabilities`: only what works is listed. */
export type Capability = "open_stage" | "list_stages" | "camera" | "resize" | "stats" | "pause_view" | "control" | "own_view" | "record" | "tree" | "select" | "timeline" | "properties" | "edit" | "settings" | "aov" | "bookmarks";

/** `changeAOVRequest`: answered by `activeAOVState`, to all if it changed. */
export type ChangeAovRequest = {
  /** One of `activeAOVState.available`. */
  aov: string,
};

/**
 * A message from a client. `cameraCommandRequest` travels on `motion`, its last one of a gesture and everything else
 * on `control`.
 */
export type ClientMessage =
  | { "event_type": "hello", "payload": Hello }
  | { "event_type": "openStageRequest", "payload": OpenStageRequest }
  | { "event_type": "resetStageRequest", "payload": Empty }
  | { "event_type": "loadingStateQuery", "payload": Empty }
  | { "event_type": "listStagesRequest", "payload": ListStagesRequest }
  | { "event_type": "getChildrenRequest", "payload": GetChildrenRequest }
  | { "event_type": "searchPrimsRequest", "payload": SearchPrimsRequest }
  | { "event_type": "selectPrimsRequest", "payload": SelectPrimsRequest }
  | { "event_type": "pickRequest", "payload": PickRequest }
  | { "event_type": "marqueeRequest", "payload": MarqueeRequest }
  | { "event_type": "makePrimsPickable", "payload": MakePrimsPickable }
  | { "event_type": "cameraCommandRequest", "payload": CameraCommandRequest }
  | { "event_type": "setCameraRequest", "payload": SetCameraRequest }
  | { "event_type": "adjustCameraRequest", "payload": AdjustCameraRequest }
  | { "event_type": "fitCameraRequest", "payload": FitCameraRequest }
  | { "event_type": "resetCameraRequest", "payload": ResetCameraRequest }
  | { "event_type": "set_camera", "payload": SetCamera }
  | { "event_type": "getPropertiesRequest", "payload": GetPropertiesRequest }
  | { "event_type": "listBookmarksRequest", "payload": Empty }
  | { "event_type": "saveBookmarkRequest", "payload": SaveBookmarkRequest }
  | { "event_type": "deleteBookmarkRequest", "payload": DeleteBookmarkRequest }
  | { "event_type": "setVisibilityRequest", "payload": SetVisibilityRequest }
  | { "event_type": "setActiveRequest", "payload": SetActiveRequest }
  | { "event_type": "setPayloadRequest", "payload": SetPayloadRequest }
  | { "event_type": "getVariantsRequest", "payload": GetVariantsRequest }
  | { "event_type": "setVariantRequest", "payload": SetVariantRequest }
  | { "event_type": "runtimeTransformRequest", "payload": RuntimeTransformRequest }
  | { "event_type": "setAttributeRequest", "payload": SetAttributeRequest }
  | { "event_type": "undoRequest", "payload": Empty }
  | { "event_type": "redoRequest", "payload": Empty }
  | { "event_type": "exportSessionRequest", "payload": Empty }
  | { "event_type": "timelineControlRequest", "payload": TimelineControlRequest }
  | { "event_type": "getAvailableAOVs", "payload": Empty }
  | { "event_type": "changeAOVRequest", "payload": ChangeAovRequest }
  | { "event_type": "getRenderSettingsRequest", "payload": Empty }
  | { "event_type": "setRenderSettingRequest", "payload": SetRenderSettingRequest }
  | { "event_type": "resizeViewport", "payload": ResizeViewport }
  | { "event_type": "controlRequest", "payload": ControlRequest }
  | { "event_type": "viewRequest", "payload": ViewRequest }
  | { "event_type": "recordRequest", "payload": RecordRequest }
  | { "event_type": "getStatsRequest", "payload": Empty }
  | { "event_type": "ping", "payload": Ping };

/** `action` of a `controlRequest`. */
export type ControlAction = "request" | "release" | "grant" | "take";

/** `controlRequest`: about who drives the shared view. Answered by `controlState`, or refused. */
export type ControlRequest = {
  /** What to do. */
  action: ControlAction,
  /** To whom a `grant` gives control; without it, to the one who has waited longest. */
  client_id?: number,
};

/** `controlState`, to all: who drives, who waits, who is there. */
export type ControlState = {
  /** Who drives the shared view; absent: whoever moves it next. */
  controller?: number,
  /** Who asked for control, the longest wait first. */
  waiting: Array<number>,
  /** In how many milliseconds the first of them gets it, if the controller says nothing. */
  granted_in_ms?: number,
  /** Everybody who said hello, in order of arrival. */
  viewers: Array<ViewerRow>,
};

/** `deleteBookmarkRequest`. */
export type DeleteBookmarkRequest = {
  /** What it is called. */
  name: string,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** Something that the user should know about the stage. */
export type Diagnostic = {
  /** What kind of trouble. */
  code: DiagnosticCode,
  /** The prim it concerns. */
  prim_path?: string,
  /** The file it concerns. */
  path?: string,
  /** One sentence: the cause and the remedy. */
  message: string,
};

/** Codes of diagnostics. */
export type DiagnosticCode = "outside_roots" | "missing_layer" | "missing_texture" | "missing_target" | "invalid_data" | "unsupported" | "limit" | "no_lights" | "nothing_visible";

/** Answer to an edit, to whoever asked. */
export type EditResult = {
  /** Whether it was made. */
  result: Outcome,
  /** Why not: the cause and the remedy. */
  error?: string,
  /** What kind of trouble. */
  code?: ErrorCode,
  /** This client has something that it can take back. */
  can_undo: boolean,
  /** This client has taken something back that it can do again. */
  can_redo: boolean,
};

/** A payload without fields. */
export type Empty = Record<string, never>;

/** Codes of `viewerError` and of a failed `openStageResult`. */
export type ErrorCode = "version_mismatch" | "hello_required" | "unsupported" | "bad_request" | "not_found" | "stage_changed" | "superseded" | "outside_roots" | "invalid_stage" | "timed_out" | "refused" | "not_controller" | "busy" | "too_large" | "no_space" | "worker_lost" | "internal";

/** `exportSessionResult`: answer to `exportSessionRequest`. */
export type ExportSessionResult = {
  /** Whether there is one. */
  result: Outcome,
  /** The session layer as USD text: laid over the stage (as its first sublayer), it makes the same edits. */
  usda?: string,
  /** Why not. */
  error?: string,
  /** What kind of trouble. */
  code?: ErrorCode,
};

/** `fitCameraRequest`: frames a prim or the whole stage, without turning the camera. */
export type FitCameraRequest = {
  /** The prim; absent: everything. */
  prim_path?: string,
  /** How long the way there takes; absent or 0: none. */
  transition_ms?: number,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `frameInfo`: about one frame as it is sent. */
export type FrameInfo = {
  /** Counts up from 1. */
  frame: number,
  /** What `requestVideoFrameCallback` reports as `rtpTimestamp`. */
  rtp_timestamp: number,
  /** The highest `seq` of this client that the frame shows; 0 for none. */
  input_seq: number,
  /** Drawing, in milliseconds. */
  render_ms: number,
  /** Colour conversion, in milliseconds. */
  convert_ms: number,
  /** Encoding, in milliseconds. */
  encode_ms: number,
  /** Waiting between stages, in milliseconds. */
  queue_ms: number,
  /** Columns. */
  width: number,
  /** Rows. */
  height: number,
  /** The stream's bit rate now, in bits a second. */
  bitrate_bps: number,
  /** What keeps the frame rate below the wanted one; `null`: nothing. */
  limited_by: LimitedBy | null,
  /** Samples for each pixel so far. */
  samples: number,
  /** More samples follow while the picture stands still. */
  refining: boolean,
};

/** `getChildrenRequest`. */
export type GetChildrenRequest = {
  /** Whose children; `/` has the root prims. */
  prim_path: string,
  /** Only prims of these classes or types, such as `geom` or `Mesh`; names that mean nothing are ignored. */
  filters?: Array<string>,
  /** How many rows to leave out; 0 without it. */
  offset?: number,
  /** Most rows; the server may send fewer than there are in any case. */
  limit?: number,
  /** The stage that is meant; refused with `stage_changed` if it is no longer the current one. */
  stage_generation?: number,
};

/** `getChildrenResult`: some of the rows, in the stage's order. */
export type GetChildrenResult = {
  /** Whose children. */
  prim_path: string,
  /** How many rows come before these. */
  offset: number,
  /** The rows. */
  children: Array<PrimRow>,
  /** How many there are in all. */
  total: number,
  /** The stage that they are of. */
  stage_generation: number,
};

/** `getPropertiesRequest`: answered by `getPropertiesResponse`. */
export type GetPropertiesRequest = {
  /** Of which prim. */
  prim_path: string,
  /** Bytes that the properties may take together, about; 256 KiB at most, and without it 48 KiB. */
  max_bytes?: number,
  /** Values at this time code; without it, as the picture shows the stage. */
  time?: number,
  /** Only this property. */
  name?: string,
  /** Elements of arrays to leave out; 0 without it. */
  offset?: number,
  /** Most elements of each array; 8 without it. */
  limit?: number,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `getPropertiesResponse`. */
export type GetPropertiesResponse = {
  /** Of which prim. */
  prim_path: string,
  /** The prim itself. */
  prim: PrimSheet,
  /** In the stage's order. */
  properties: Array<PropertyRow>,
  /** Some are left out. */
  truncated?: boolean,
  /** How many. */
  omitted_count?: number,
  /** Of the stage. */
  stage_generation: number,
};

/** `getVariantsRequest`: answered by `getVariantsResponse`. */
export type GetVariantsRequest = {
  /** Which prim. */
  prim_path: string,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `getVariantsResponse`: answer to `getVariantsRequest` and to `setVariantRequest`. */
export type GetVariantsResponse = {
  /** Whose. */
  prim_path: string,
  /** Its sets, by name. */
  variants: { [key in string]: VariantChoice },
  /** Of the stage. */
  stage_generation: number,
};

/** `heartbeat`: twice a second. */
export type Heartbeat = {
  /** Milliseconds since the server started. */
  t: number,
  /** What the server does. */
  status: Status,
  /** The newest frame that was sent, 0 before the first: a still picture shows this one, a lost one an older one. */
  last_frame: number,
};

/** `hello`: the first message on `control`, within 5 s. */
export type Hello = {
  /** The protocol version that the client speaks. */
  protocol: number,
  /** What the client is, e.g. `telestage-web`. */
  client: string,
  /** The client's own version. */
  version: string,
  /** What others see this client called, at most 64 characters. */
  name?: string,
  /** `welcome.session` of a connection that was lost: this one takes its place, with its view and its control. */
  session?: string,
};

/** What keeps the frame rate down. */
export type LimitedBy = "render" | "encode" | "network";

/** `listStagesRequest`. */
export type ListStagesRequest = {
  /** A folder under the asset roots; absent: the roots themselves. */
  path?: string,
};

/** `listStagesResult`. */
export type ListStagesResult = {
  /** The folder; empty for the roots. */
  path: string,
  /** Folders first, then stages, each by name. */
  entries: Array<StageEntry>,
  /** True if there are more than are listed. */
  truncated?: boolean,
};

/** Whether something is being loaded. */
export type LoadingState = "idle" | "busy";

/** `loadingStateResponse`. */
export type LoadingStateResponse = {
  /** What is being loaded, else what is open; empty for nothing. */
  url: string,
  /** Whether something is being loaded. */
  loading_state: LoadingState,
};

/**
 * `makePrimsPickable`: from now on, picks and marquees of this client find these prims only, besides those that it listed
 * before. What lies below one of them counts as the nearest that was listed; anything else is a miss, and still hides
 * what is behind it. An empty list makes everything pickable again, and so do another stage and a new connection.
 * `selectPrimsRequest` is not bound by it.
 */
export type MakePrimsPickable = {
  /** One that does not exist makes the whole request `not_found`. */
  paths: Array<string>,
  /** The stage that is meant; refused with `stage_changed` if it is no longer the current one. */
  stage_generation?: number,
};

/** `marqueeRequest`: a rectangle of the picture, its corners in any order. What lies outside the picture does not count. */
export type MarqueeRequest = {
  /** One corner: to the right, in units of the view's size. */
  x0: number,
  /** Down. */
  y0: number,
  /** The opposite corner: to the right. */
  x1: number,
  /** Down. */
  y1: number,
  /** The frame that the user saw; without it, what is shown now. */
  frame?: number,
  /** What becomes of the selection; `none` is a bad request, because nothing else tells what was found. */
  mode: PickMode,
  /** The stage that is meant; refused with `stage_changed` if it is no longer the current one. */
  stage_generation?: number,
};

/** Metadata of a prim or a property. */
export type MetadataRow = {
  /** Its name. */
  name: string,
  /** Its value, as property values are told. */
  value: unknown,
};

/** `openStageRequest`. */
export type OpenStageRequest = {
  /** Relative to an asset root, absolute, or `file:`. */
  url: string,
};

/** `openStageResult`: to the client that asked (with its `id`) and to all others. */
export type OpenStageResult = {
  /** As it was asked for. */
  url: string,
  /** `error` leaves the stage that was open before. */
  result: Outcome,
  /** One sentence: the cause and the remedy. */
  error?: string,
  /** What kind of trouble. */
  code?: ErrorCode,
  /** Where a tree of the stage starts. */
  root_prim_path?: string,
  /** The generation of the stage that is current now; 0 without one. */
  stage_generation: number,
  /** What is missing, refused or not understood in the stage; at most 100 entries. */
  diagnostics: Array<Diagnostic>,
  /** How many there are in all, if more than are listed. */
  diagnostics_total?: number,
};

/** A spec that contributes. */
export type OpinionRow = {
  /** Its layer; `session` for the edits of this session. */
  layer: string,
  /** Its path in that layer. */
  path: string,
  /** The composition arc that brings it in: `root`, `inherit`, `variant`, `relocate`, `reference`, `payload`, `specialize`. */
  arc: string,
};

/** `result` in answers. */
export type Outcome = "success" | "error";

/** What a pick or a marquee does to the selection. */
export type PickMode = "none" | "replace" | "toggle" | "add";

/** `pickRequest`. */
export type PickRequest = {
  /** To the right, in units of the view's size. */
  x: number,
  /** Down. */
  y: number,
  /** The frame that the user saw; without it, what is shown now. */
  frame?: number,
  /** What becomes of the selection. */
  mode: PickMode,
  /** The stage that is meant; refused with `stage_changed` if it is no longer the current one. */
  stage_generation?: number,
};

/** `pickResult`. Nothing was hit if there is no `path`. */
export type PickResult = {
  /** The prim. */
  path?: string,
  /** Which instance of a point instancer. */
  instance_index?: number,
  /** Where, in stage space. */
  position?: [number, number, number],
  /** Of the surface there, unit length, towards the eye. */
  normal?: [number, number, number],
  /** The stage. */
  stage_generation: number,
};

/** `ping` and `pong`. */
export type Ping = {
  /** Any number; comes back unchanged. */
  t: number,
};

/** Kinds of prims, for icons and filters. */
export type PrimClass = "xform" | "scope" | "geom" | "light" | "camera" | "material" | "other";

/** One prim in a tree or a list. */
export type PrimRow = {
  /** Last part of its path. */
  name: string,
  /** Absolute path. */
  path: string,
  /** USD's type name; empty for a typeless prim. */
  type: string,
  /** What kind of thing that is. */
  class: PrimClass,
  /** It has children. */
  children: boolean,
  /** It is active. */
  active: boolean,
  /** It and all above it are visible. */
  visible: boolean,
  /** It is an instance: what is below it is shared with others. */
  instance?: boolean,
  /** It has a payload. */
  payload?: boolean,
  /** `false`: its payload is not loaded, so nobody knows what is in it. */
  loaded?: boolean,
  /** It has variant sets. */
  variants?: boolean,
};

/** The prim in a `getPropertiesResponse`. */
export type PrimSheet = {
  /** USD's type name; empty for a typeless prim. */
  type: string,
  /** `def`, `over` or `class`. */
  specifier: string,
  /** `kind`, if it has one. */
  kind?: string,
  /** Applied API schemas, built-in ones included. */
  api_schemas: Array<string>,
  /** Metadata that has no field here. */
  metadata: Array<MetadataRow>,
  /** Specs that contribute to it, strongest first. */
  stack: Array<OpinionRow>,
  /** Path of the material that is bound for all purposes. */
  material?: string,
  /** World bounds of what it and its descendants draw: smallest and largest corner. */
  bounds?: [[number, number, number], [number, number, number]],
  /** Points of a mesh. */
  points?: number,
  /** Faces of a mesh. */
  faces?: number,
};

/** `updateProgressActivity`. */
export type ProgressActivity = {
  /** A few words, e.g. `reading textures`. */
  activity: string,
};

/** `updateProgressAmount`. */
export type ProgressAmount = {
  /** From 0 to 1. */
  amount: number,
};

/** Perspective or parallel. */
export type ProjectionKind = "perspective" | "orthographic";

/** A property. */
export type PropertyRow = {
  /** With its namespaces. */
  name: string,
  /** USD's name of the value type; `rel` for a relationship. */
  type: string,
  /**
   * The value at the time; `null` if it has none. Arrays are `{length, offset?, preview, truncated}`; NaN, infinities
   * and 64-bit integers are texts.
   */
  value: unknown,
  /** It has time samples. */
  time_sampled: boolean,
  /** How many. */
  time_samples?: number,
  /** No schema knows it. */
  custom: boolean,
  /** Some layer says something about it; otherwise the value is its schema's fallback. */
  authored: boolean,
  /** It may not change over time. */
  uniform: boolean,
  /** Of a primvar. */
  interpolation?: string,
  /** Targets of a relationship, or what an attribute is connected to. */
  targets?: Array<string>,
  /** Specs that contribute to it, strongest first. */
  stack?: Array<OpinionRow>,
  /** What else is authored on it. */
  metadata: Array<MetadataRow>,
};

/** `action` of a `recordRequest`. */
export type RecordAction = "start" | "stop";

/** `recordRequest`: begin or end a recording of what is streamed. */
export type RecordRequest = {
  /** What to do. */
  action: RecordAction,
  /** The file's name without its ending, for `start`; without one it is named for the stage and the date. */
  name?: string,
};

/** `recordState`, to all: when a recording begins and ends, and about once a second between. */
export type RecordState = {
  /** Whether pictures go into a file now. */
  recording: boolean,
  /** The file on the server; after the end, the one that was written last. */
  path?: string,
  /** Bytes of this recording so far. */
  bytes?: number,
  /** For how long it has run, in seconds. */
  elapsed_secs?: number,
  /** Why it ended, or did not begin, if nobody asked for that. The file plays up to there. */
  error?: string,
  /** `no_space`: the disk is full. `too_large`: the recording has reached its limit. */
  code?: ErrorCode,
};

/** One setting, as it is. */
export type RenderSetting = {
  /** Names it in requests. */
  key: string,
  /** Names it for people. */
  label: string,
  /** What it belongs to, for people. */
  group: string,
  /** What its values are. */
  type: SettingType,
  /** What holds. */
  value: SettingValue,
  /** What holds unless somebody changed it. */
  default: SettingValue,
  /** All values there are. */
  options?: Array<string>,
  /** Least number. */
  min?: number,
  /** Largest number. */
  max?: number,
  /** A handy step; numbers between steps are fine. */
  step?: number,
};

/** `renderSettingsChanged`: all settings of this server, as they are now. */
export type RenderSettingsChanged = {
  /** What this server can do, and nothing else. */
  settings: Array<RenderSetting>,
  /** What became of the request. */
  result: Outcome,
  /** Something is another than before. */
  applied: boolean,
  /** When it holds. */
  applies_at: AppliesAt,
  /** The stage has to be loaded again first. */
  requires_reload: boolean,
  /** What else there is to say. */
  message?: string,
};

/** `resetCameraRequest`: back to the camera that the stage was shown with first. */
export type ResetCameraRequest = {
  /** How long the way there takes; absent or 0: none. */
  transition_ms?: number,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `resizeViewport`. */
export type ResizeViewport = {
  /** Columns. */
  width: number,
  /** Rows. */
  height: number,
};

/** `resizeViewportResult`, with what is in force now: even numbers within the server's limits. */
export type ResizeViewportResult = {
  /** Columns. */
  width: number,
  /** Rows. */
  height: number,
  /** Whether the size was changed as far as the limits allow. */
  result: Outcome,
};

/** `detail` of a refused `take`. */
export type RetryDetail = {
  /** In how many milliseconds it may work. */
  retry_in_ms: number,
};

/** What a client may do. */
export type Role = "viewer" | "controller";

/** `runtimeTransformRequest`: answered by `runtimeTransformResult`. Either `matrix`, or some of the others. */
export type RuntimeTransformRequest = {
  /** Which prims. */
  paths: Array<string>,
  /** Where each goes: row-major, row vectors. */
  matrix?: [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number],
  /** By so much from where it is, in units of the space. */
  translate?: [number, number, number],
  /** By so many degrees about its own origin: about the space's X, then Y, then Z. */
  rotate?: [number, number, number],
  /** By these factors along its own axes. */
  scale?: [number, number, number],
  /** Whose axes are meant. */
  space: TransformSpace,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `saveBookmarkRequest`: keeps what this client sees now, in place of a bookmark with the same name. */
export type SaveBookmarkRequest = {
  /** What it is called: 1 to 64 characters. */
  name: string,
  /** What is selected belongs to it. */
  with_selection?: boolean,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `searchPrimsRequest`. A newer one of the same client ends an older one. */
export type SearchPrimsRequest = {
  /**
   * Words that all must fit, in any case: a part of the name, with a `/` in it a part of the path, `type:mesh`,
   * `class:light`, `has:payload`, `has:variants`, `has:instance`.
   */
  query: string,
  /** Only prims of these classes or types. */
  types?: Array<string>,
  /** Most rows. */
  limit?: number,
  /** The stage that is meant; refused with `stage_changed` if it is no longer the current one. */
  stage_generation?: number,
};

/** `searchPrimsResult`: some of what was found, in the stage's order; several come while it is looked. */
export type SearchPrimsResult = {
  /** As it was asked for. */
  query: string,
  /** What was found since the last one. */
  prims: Array<PrimRow>,
  /** There are more than are told. */
  truncated: boolean,
  /** The last one. */
  done: boolean,
  /** The stage that they are of. */
  stage_generation: number,
};

/** `selectPrimsRequest`. */
export type SelectPrimsRequest = {
  /** These, and no others; empty clears the selection. */
  paths: Array<string>,
  /** The stage that is meant; refused with `stage_changed` if it is no longer the current one. */
  stage_generation?: number,
};

/** `stageSelectionChanged`: what is selected, after every request that could change it. */
export type SelectionChanged = {
  /** In the order in which they were selected. */
  prims: Array<string>,
  /** The stage that they are of. */
  stage_generation: number,
};

/** A message from the server. `frameInfo` travels on `motion`, everything else on `control`. */
export type ServerMessage =
  | { "event_type": "welcome", "payload": Welcome }
  | { "event_type": "viewerError", "payload": ViewerError }
  | { "event_type": "loadingStateResponse", "payload": LoadingStateResponse }
  | { "event_type": "openStageResult", "payload": OpenStageResult }
  | { "event_type": "updateProgressAmount", "payload": ProgressAmount }
  | { "event_type": "updateProgressActivity", "payload": ProgressActivity }
  | { "event_type": "listStagesResult", "payload": ListStagesResult }
  | { "event_type": "getChildrenResult", "payload": GetChildrenResult }
  | { "event_type": "searchPrimsResult", "payload": SearchPrimsResult }
  | { "event_type": "stageSelectionChanged", "payload": SelectionChanged }
  | { "event_type": "pickResult", "payload": PickResult }
  | { "event_type": "cameraStateChanged", "payload": CameraState }
  | { "event_type": "camera_list", "payload": CameraList }
  | { "event_type": "camera_changed", "payload": CameraChanged }
  | { "event_type": "getPropertiesResponse", "payload": GetPropertiesResponse }
  | { "event_type": "bookmarkList", "payload": BookmarkList }
  | { "event_type": "setVisibilityResult", "payload": EditResult }
  | { "event_type": "setActiveResult", "payload": EditResult }
  | { "event_type": "setPayloadResult", "payload": EditResult }
  | { "event_type": "getVariantsResponse", "payload": GetVariantsResponse }
  | { "event_type": "runtimeTransformResult", "payload": EditResult }
  | { "event_type": "setAttributeResult", "payload": EditResult }
  | { "event_type": "undoResult", "payload": EditResult }
  | { "event_type": "redoResult", "payload": EditResult }
  | { "event_type": "exportSessionResult", "payload": ExportSessionResult }
  | { "event_type": "stageChanged", "payload": StageChanged }
  | { "event_type": "timelineStatus", "payload": TimelineStatus }
  | { "event_type": "renderSettingsChanged", "payload": RenderSettingsChanged }
  | { "event_type": "availableAOVsResult", "payload": AvailableAovsResult }
  | { "event_type": "activeAOVState", "payload": ActiveAovState }
  | { "event_type": "resizeViewportResult", "payload": ResizeViewportResult }
  | { "event_type": "controlState", "payload": ControlState }
  | { "event_type": "viewResult", "payload": ViewResult }
  | { "event_type": "recordState", "payload": RecordState }
  | { "event_type": "getStatsResult", "payload": Stats }
  | { "event_type": "heartbeat", "payload": Heartbeat }
  | { "event_type": "pong", "payload": Ping }
  | { "event_type": "frameInfo", "payload": FrameInfo };

/** `setActiveRequest`: answered by `setActiveResult`. */
export type SetActiveRequest = {
  /** Which prims. */
  paths: Array<string>,
  /** False: the stage is as if they and what is below them were not there. */
  active: boolean,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `setAttributeRequest`: answered by `setAttributeResult`. */
export type SetAttributeRequest = {
  /** Which prim. */
  prim_path: string,
  /** Which of its attributes. */
  name: string,
  /** Its default value from now on: a boolean, a number, a text, or a list of numbers, as its type asks. */
  value: boolean | number | string | number[],
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `set_camera`: looks through a camera of the stage. */
export type SetCamera = {
  /** The camera's prim; `null` leaves it and stays where it is. */
  path: string | null,
  /** How long the way there takes; absent or 0: none. */
  transition_ms?: number,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `setCameraRequest`. */
export type SetCameraRequest = {
  /** Where the camera is, in stage units. */
  eye: [number, number, number],
  /** The point of interest: the middle of the picture, and what orbits turn around. */
  target: [number, number, number],
  /** Up in the picture; need be neither of unit length nor square to the view. */
  up: [number, number, number],
  /** Vertical field of view in degrees; absent: as it is. */
  fov_y?: number,
  /** Makes the projection parallel, with this height of the picture in stage units; `fov_y` is then ignored. */
  ortho_height?: number,
  /** How far the picture's middle lies off the view axis, in picture heights, right and up; absent: not at all. */
  shift?: [number, number],
  /** How long the way there takes; absent or 0: none. */
  transition_ms?: number,
};

/** `setPayloadRequest`: answered by `setPayloadResult`. */
export type SetPayloadRequest = {
  /** Which prims; each has a payload. */
  paths: Array<string>,
  /** With all payloads below. */
  loaded: boolean,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `setRenderSettingRequest`: answered by `renderSettingsChanged`, to all. */
export type SetRenderSettingRequest = {
  /** One of `renderSettingsChanged.settings`. */
  key: string,
  /** Of the setting's type, one of its options, within its range. */
  value: SettingValue,
};

/** `setVariantRequest`: answered by `getVariantsResponse`. */
export type SetVariantRequest = {
  /** Which prim. */
  prim_path: string,
  /** Which of its sets. */
  variant_set: string,
  /** What to select; empty: as the stage says. */
  variant_selection: string,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** `setVisibilityRequest`: answered by `setVisibilityResult`. */
export type SetVisibilityRequest = {
  /** Which prims. */
  paths: Array<string>,
  /** False: invisible with all that is below them. True: as visible as what they are in. */
  visible: boolean,
  /** The stage that is meant. */
  stage_generation?: number,
};

/** What a setting's values are. */
export type SettingType = "bool" | "enum" | "float" | "int";

/** A setting's value. */
export type SettingValue = boolean | number | string;

/** A side of the stage, from which one looks at it. The front is +Z of a stage with +Y up, and -Y of one with +Z up. */
export type Side = "front" | "back" | "left" | "right" | "top" | "bottom";

/** `stageChanged`, to all: an edit was made. */
export type StageChanged = {
  /** Prims below which others may have come or gone: what is known of them is to be asked for again. */
  resynced: Array<string>,
  /**
   * Prims that have other values, such as their place or their visibility. Empty with `resynced` for more than a
   * message holds.
   */
  changed: Array<string>,
  /** There are more than are listed: anything may be different. */
  truncated?: boolean,
  /** Of the stage. */
  stage_generation: number,
};

/** One row of `listStagesResult`. */
export type StageEntry = {
  /** The last part of the path. */
  name: string,
  /** What `openStageRequest.url` or `listStagesRequest.path` takes. */
  path: string,
  /** What it is. */
  kind: StageEntryKind,
  /** Bytes. */
  size?: number,
  /** Milliseconds since 1970, UTC. */
  modified?: number,
};

/** What a row of `listStagesResult` is. */
export type StageEntryKind = "folder" | "stage";

/** `getStatsResult`. */
export type Stats = {
  /** Frames sent within the last second. */
  fps: number,
  /** From the newest input to the encoded frame, for the last frame, in milliseconds. */
  latency_ms: number,
  /** Frames sent since the start. */
  frames: number,
  /** The stream's bit rate now, in bits a second. */
  bitrate_bps: number,
  /** Clients that said hello. */
  viewers: number,
};

/** What the server does, as in `GET /health`. */
export type Status = "starting" | "idle" | "loading" | "streaming" | "error" | "stopping";

/** `action` of a `timelineControlRequest`. */
export type TimelineAction = "play" | "pause" | "stop" | "seek" | "step";

/** `timelineControlRequest`: answered by `timelineStatus`, to all, or refused. */
export type TimelineControlRequest = {
  /** What to do. */
  action: TimelineAction,
  /** `seek`: to this time code; `step`: by so many time codes (1 without it, below 0 goes back). */
  time?: number,
  /** With any action: begin again at the end of the range, or stay there. */
  loop?: boolean,
  /** With any action: so many times as fast as authored, 0.01 to 100. */
  rate?: number,
};

/** `timelineStatus`, to all: after every change, and a few times a second while it plays. */
export type TimelineStatus = {
  /** Time goes on by itself. */
  playing: boolean,
  /** Now, in time codes. */
  time: number,
  /** First time code of the stage's range. */
  start: number,
  /** Last time code of the stage's range; `start` if nothing on the stage is animated. */
  end: number,
  /** Time codes a second. */
  fps: number,
  /** Begins again at the end. */
  loop: boolean,
  /** So many times as fast as authored. */
  rate: number,
  /** Of the stage. */
  stage_generation: number,
};

/** `space` of a `runtimeTransformRequest`. */
export type TransformSpace = "local" | "world";

/** A variant set in `getVariantsResponse`. */
export type VariantChoice = {
  /** All variants, sorted. */
  options: Array<string>,
  /** The one that is selected; empty if none is. */
  selection: string,
};

/** `detail` of a `version_mismatch`. */
export type VersionDetail = {
  /** What the client speaks. */
  client: number,
  /** What the server speaks. */
  server: number,
  /** Oldest version that the server understands. */
  min: number,
  /** Newest version that the server understands. */
  max: number,
};

/** `action` of a `viewRequest`. */
export type ViewAction = "own" | "shared" | "pause" | "resume";

/** Whose picture a client gets. */
export type ViewKind = "shared" | "own";

/** `viewRequest`: which picture this client wants. */
export type ViewRequest = {
  /** What to do. */
  action: ViewAction,
};

/** `viewResult`: what this client gets now. */
export type ViewResult = {
  /** Whose picture. */
  view: ViewKind,
  /** Whether the request was done. */
  result: Outcome,
  /** Why not, for programs. */
  code?: ErrorCode,
  /** Why not, for people: the cause and the remedy. */
  error?: string,
};

/** `viewerError`. With the `id` of a request: it was refused and changed nothing. */
export type ViewerError = {
  /** What kind of trouble, for programs. */
  code: ErrorCode,
  /** One sentence for people: the cause and the remedy. */
  message: string,
  /** Facts for programs; `version_mismatch` has `{client, server, min, max}`. */
  detail?: unknown,
};

/** One client in `controlState`. */
export type ViewerRow = {
  /** As in `welcome`. */
  client_id: number,
  /** As it calls itself, or a number. */
  name: string,
  /** What it may do. */
  role: Role,
  /** Which picture it gets. */
  view: ViewKind,
};

/** `welcome`: the handshake worked; the full state follows. */
export type Welcome = {
  /** The protocol version that the server speaks. */
  protocol: number,
  /** What the server is: `telestage`. */
  server: string,
  /** The server's own version. */
  version: string,
  /** This client's number; never used twice while the server runs. */
  client_id: number,
  /** A secret of this client's: with it in `hello`, a new connection goes on where this one was lost, for 30 s. */
  session: string,
  /** What this client may do now; `controlState` tells of changes. */
  role: Role,
  /** What works on this server; ignore names that you do not know. */
  capabilities: Array<Capability>,
  /** Width and height of the view: the unit of all picture coordinates. */
  size: [number, number],
  /** Highest frame rate, in frames a second. */
  fps: number,
};
