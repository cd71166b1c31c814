/** What is true now, as far as this client was told: one plain value, replaced and never changed. */
import type { Bookmark, CameraRow, CameraState, Capability, ControlState, Diagnostic, ErrorCode, LimitedBy, PrimRow, StageEntry, Status, ViewKind, Welcome } from "../protocol";
import { offline, type Connection } from "./connection";
import type { Latency } from "./latency";
import type { Transport } from "./link";
import type { Sheet } from "./inspector";
import { UNHEARD, type Looks } from "./looks";
import type { Timeline } from "./timeline";
import { EMPTY, type Tree } from "./tree";

/** The stage that is shown. */
export interface Stage {
  url: string;
  generation: number;
  diagnostics: Diagnostic[];
  /** How many there are in all; more than are listed if the stage is in a bad way. */
  diagnosticsTotal: number;
  /** Where a tree of it starts. */
  root: string | null;
}

/** A stage on its way. */
export interface Loading {
  url: string;
  /** When it began, on the page's clock. */
  since: number;
  /** 0 to 1; `null` before the first word about it. */
  amount: number | null;
  activity: string;
}

/** A folder under the asset roots, as far as it is known. */
export interface Folder {
  /** As it was asked for; empty for the roots. */
  path: string;
  /** As the server calls it. */
  name: string;
  /** The folders on the way here, as they were asked for. */
  trail: string[];
  entries: StageEntry[];
  isTruncated: boolean;
  isBusy: boolean;
  error: string | null;
}

/** A search for prims. */
export interface Search {
  query: string;
  /** What was found so far. */
  prims: PrimRow[];
  isBusy: boolean;
  /** There are more than are listed. */
  isTruncated: boolean;
  error: string | null;
}

/** Something that went wrong and stays until it is put away. */
export interface Notice {
  title: string;
  text: string;
  code: ErrorCode;
}

/** A recording that runs on the server. */
export interface Recording {
  /** When it began, on the page's clock. */
  since: number;
  /** The file on the server. */
  path: string;
  bytes: number;
}

/** What is measured, at most twice a second. */
export interface Figures {
  /** Pictures shown within the last second; 0 at rest. */
  fps: number;
  /** Bits a second received; 0 at rest. */
  bitrate: number;
  width: number;
  height: number;
  latency: Latency | null;
  transport: Transport | null;
  limitedBy: LimitedBy | null;
  samples: number;
}

/** Everything. */
export interface State {
  connection: Connection;
  welcome: Welcome | null;
  status: Status | null;
  stage: Stage | null;
  loading: Loading | null;
  camera: CameraState | null;
  cameras: CameraRow[];
  activeCamera: string | null;
  /** Views of the stage that have a name. */
  bookmarks: Bookmark[];
  /** Who drives the shared view, and who is there; `null` until the server has said so. */
  control: ControlState | null;
  /** When that was heard, on the page's clock. */
  controlAt: number;
  /** Which view this client sees. */
  view: ViewKind;
  /** How often this client's hand was refused because somebody else drives. */
  refusals: number;
  folder: Folder;
  tree: Tree;
  /** What is looked for; `null`: nothing. */
  search: Search | null;
  /** Paths of the prims that are selected, as far as this client wants it. */
  selection: string[];
  /** As the server said last. */
  toldSelection: string[];
  /** What the inspector shows; `null`: nobody looks. */
  sheet: Sheet | null;
  /** This client has made edits that it can take back, or do again. */
  canUndo: boolean;
  canRedo: boolean;
  /** `null`: the server has not said anything about time. */
  timeline: Timeline | null;
  looks: Looks;
  notice: Notice | null;
  recording: Recording | null;
  /** The file of the last recording that ended. */
  recorded: string | null;
  /** The first frame that the server sent on this link, and how long after the beginning it said so; `null` for both: not yet, or not known. */
  firstFrame: { frame: number; heardMs: number | null } | null;
  figures: Figures;
}

/** Whether this server says that it can do this. */
export const can = (state: State, what: Capability): boolean => state.welcome?.capabilities.includes(what) === true;

/** Before anything was heard. */
export const initial = (address: string): State => ({
  connection: offline(address),
  welcome: null,
  status: null,
  stage: null,
  loading: null,
  camera: null,
  cameras: [],
  activeCamera: null,
  bookmarks: [],
  control: null,
  controlAt: 0,
  view: "shared",
  refusals: 0,
  folder: { path: "", name: "", trail: [], entries: [], isTruncated: false, isBusy: false, error: null },
  tree: EMPTY,
  search: null,
  selection: [],
  toldSelection: [],
  sheet: null,
  canUndo: false,
  canRedo: false,
  timeline: null,
  looks: UNHEARD,
  notice: null,
  recording: null,
  recorded: null,
  firstFrame: null,
  figures: { fps: 0, bitrate: 0, width: 0, height: 0, latency: null, transport: null, limitedBy: null, samples: 0 },
});
