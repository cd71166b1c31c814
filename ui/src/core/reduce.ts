/** What a message changes. Pure: the state before and the message make the state after. */
import type { EditResult, Envelope, LoadingStateResponse, OpenStageResult, RecordState, SearchPrimsResult, ServerMessage, ViewerError, VariantChoice, ViewResult } from "../protocol";
import { edited } from "./edits";
import { sentence, stageName } from "./format";
import { told } from "./inspector";
import { heardLooks, UNHEARD } from "./looks";
import type { Notice, State } from "./state";
import { fresh, heard } from "./tree";

/** Requests carry ids that begin with these, so that an answer tells what it answers. */
export const REQUESTS = { open: "open", list: "list", control: "control", record: "record", tree: "tree", select: "select", search: "search", time: "time", edit: "edit", sheet: "sheet", page: "page", look: "look", plane: "plane", restore: "restore", pivot: "pivot", bookmark: "bookmark" } as const;

/** The state after `message`, heard at `now` on the page's clock. The same state if nothing changed. */
export function reduce(state: State, message: Envelope<ServerMessage>, now: number): State {
  switch (message.event_type) {
    case "welcome":
      // The full state follows: nothing of an earlier server may be taken for it.
      return {
        ...state,
        ...{ welcome: message.payload, stage: null, loading: null, notice: null, recording: null, recorded: null },
        ...{ camera: null, cameras: [], activeCamera: null, bookmarks: [], control: null, view: "shared" },
        ...{ tree: fresh(0, state.tree.open), selection: [], toldSelection: [], timeline: null, looks: UNHEARD, sheet: null, canUndo: false, canRedo: false },
      };
    case "loadingStateResponse":
      return loadingState(state, message.payload, now);
    case "updateProgressAmount":
      return state.loading ? { ...state, loading: { ...state.loading, amount: clamp(message.payload.amount) } } : state;
    case "updateProgressActivity":
      return state.loading ? { ...state, loading: { ...state.loading, activity: message.payload.activity } } : state;
    case "openStageResult":
      return openResult(state, message.payload);
    case "listStagesResult": {
      // An answer to another question, or to none of ours, is not what this list shows.
      if (!state.folder.isBusy || message.id === undefined) return state;
      const { path: name, entries, truncated } = message.payload;
      return { ...state, folder: { ...state.folder, name, entries, isTruncated: truncated === true, isBusy: false, error: null } };
    }
    case "getChildrenResult":
      return { ...state, tree: heard(state.tree, message.payload) };
    case "searchPrimsResult":
      return searchResult(state, message.payload);
    case "stageSelectionChanged":
      return { ...state, selection: message.payload.prims, toldSelection: message.payload.prims };
    case "setVisibilityResult":
    case "setActiveResult":
    case "setPayloadResult":
    case "runtimeTransformResult":
    case "setAttributeResult":
    case "undoResult":
    case "redoResult":
      return editResult(state, message.payload);
    case "getPropertiesResponse":
      return told(state, message.payload, message.id);
    case "getVariantsResponse": {
      const { prim_path, variants } = message.payload;
      // The answer to a variant that this client has set: an edit like others.
      const after = message.id?.startsWith(REQUESTS.edit) ? { ...state, canUndo: true, canRedo: false } : state;
      return after.sheet?.path === prim_path ? { ...after, sheet: { ...after.sheet, variants: variants as Record<string, VariantChoice> } } : after;
    }
    case "stageChanged":
    case "exportSessionResult":
      return state;
    case "timelineStatus":
      return { ...state, timeline: { status: message.payload, at: now } };
    case "renderSettingsChanged": {
      const isAnswer = message.id?.startsWith(REQUESTS.look) === true;
      return { ...state, looks: heardLooks(state.looks, message.payload.settings, isAnswer) };
    }
    case "activeAOVState": {
      const { active, available } = message.payload;
      return { ...state, looks: { ...state.looks, aov: { active, available } } };
    }
    case "cameraStateChanged":
      return { ...state, camera: message.payload };
    case "camera_list":
      return { ...state, cameras: message.payload.cameras, activeCamera: message.payload.activeCamera };
    case "camera_changed":
      return { ...state, activeCamera: message.payload.activeCamera };
    case "bookmarkList":
      return { ...state, bookmarks: message.payload.bookmarks };
    case "heartbeat":
      return state.status === message.payload.status ? state : { ...state, status: message.payload.status };
    case "recordState":
      return recordState(state, message.payload, now);
    case "viewerError":
      return viewerError(state, message.payload, message.id);
    case "controlState": {
      const own = message.payload.viewers.find(({ client_id }) => client_id === state.welcome?.client_id);
      return { ...state, control: message.payload, controlAt: now, view: own?.view ?? state.view };
    }
    case "viewResult":
      return viewResult(state, message.payload);
    case "resizeViewportResult":
      return state.welcome ? { ...state, welcome: { ...state.welcome, size: [message.payload.width, message.payload.height] } } : state;
    case "getStatsResult":
    case "pong":
    case "pickResult":
    case "frameInfo":
      return state;
    default:
      // A newer server may say more than this client knows.
      return state;
  }
}

/** A request for the content of `path` was sent; `trail` are the folders on the way there. */
export const listing = (state: State, path: string, trail: string[]): State => ({
  ...state,
  folder: path === state.folder.path ? { ...state.folder, trail, isBusy: true, error: null } : { path, name: path, trail, entries: [], isTruncated: false, isBusy: true, error: null },
});

/** A request to open `url` was sent: shown at once, corrected by what the server says. */
export const opening = (state: State, url: string, now: number): State => ({ ...state, loading: { url, since: now, amount: null, activity: "" }, notice: null });

/** The link is gone: what was only true with it. */
export const unlinked = (state: State): State => ({ ...state, loading: null, status: null, recording: null, folder: { ...state.folder, isBusy: false } });

function loadingState(state: State, { url, loading_state }: LoadingStateResponse, now: number): State {
  switch (loading_state) {
    case "busy":
      if (state.loading?.url === url) return state;
      return { ...state, loading: { url, since: now, amount: null, activity: "" }, notice: null };
    case "idle":
      return state.loading ? { ...state, loading: null } : state;
  }
}

function openResult(state: State, result: OpenStageResult): State {
  switch (result.result) {
    case "success": {
      const { url, stage_generation: generation, diagnostics, diagnostics_total, root_prim_path: root = null } = result;
      const stage = { url, generation, diagnostics, diagnosticsTotal: diagnostics_total ?? diagnostics.length, root };
      // What is open stays so when the same stage is read again, and after a loss.
      const isSame = state.stage === null || state.stage.url === url;
      const tree = generation === state.tree.generation ? state.tree : fresh(generation, isSame ? state.tree.open : undefined);
      const fits = tree === state.tree;
      const own = fits ? {} : { search: null, sheet: null, canUndo: false, canRedo: false };
      const bookmarks = state.stage?.generation === generation ? state.bookmarks : [];
      return { ...state, stage, bookmarks, tree, ...own, loading: null, notice: null };
    }
    case "error": {
      if (result.code === "superseded") return state;
      const stage = result.stage_generation === 0 ? null : state.stage;
      const notice: Notice = { title: `Cannot open ${stageName(result.url)}`, text: sentence(result.error ?? "The server does not say why"), code: result.code ?? "internal" };
      return { ...state, stage, loading: null, notice };
    }
  }
}

function searchResult(state: State, { query, prims, truncated, done, stage_generation }: SearchPrimsResult): State {
  const { search } = state;
  if (search === null || search.query !== query || stage_generation !== state.tree.generation) return state;
  return { ...state, search: { ...search, prims: [...search.prims, ...prims], isBusy: !done, isTruncated: truncated, error: null } };
}

function viewResult(state: State, { view, result, error, code }: ViewResult): State {
  if (result === "success") return { ...state, view };
  const notice = { title: "No view of your own", text: sentence(error ?? "The server does not say why"), code: code ?? ("internal" as const) };
  return { ...state, view, notice };
}

function recordState(state: State, { recording, path = "", bytes = 0, elapsed_secs = 0, error, code }: RecordState, now: number): State {
  if (recording) return { ...state, recording: { since: now - 1000 * elapsed_secs, path, bytes } };
  const ended = { ...state, recording: null, recorded: path || state.recorded };
  if (error === undefined) return ended;
  return { ...ended, notice: { title: path ? "The recording has ended" : "Cannot record", text: sentence(error), code: code ?? "internal" } };
}

function viewerError(before: State, error: ViewerError, id: string | undefined): State {
  const isSelection = id?.startsWith(REQUESTS.select) === true;
  const isLook = id?.startsWith(REQUESTS.look) === true;
  // What was shown at once is taken back.
  const looks = isLook ? heardLooks(before.looks, before.looks.told, true) : before.looks;
  const state = isSelection ? { ...before, selection: before.toldSelection } : { ...before, looks };
  if (error.code === "superseded") return state;
  // A hand on a picture that somebody else drives: where that is said already, it is said louder.
  if (error.code === "not_controller" && (id === undefined || isSelection || isLook || id.startsWith(REQUESTS.plane) || id.startsWith(REQUESTS.time) || id.startsWith(REQUESTS.edit))) return { ...state, refusals: state.refusals + 1 };
  if (id?.startsWith(REQUESTS.search)) return state.search ? { ...state, search: { ...state.search, isBusy: false, error: sentence(error.message) } } : state;
  if (id?.startsWith(REQUESTS.sheet) || id?.startsWith(REQUESTS.page)) return state.sheet ? { ...state, sheet: { ...state.sheet, isBusy: false, error: sentence(error.message) } } : state;
  // What an orbit turns around is a nicety.
  if (id?.startsWith(REQUESTS.pivot)) return state;
  // Prims that were open and are no more.
  if (id?.startsWith(REQUESTS.tree)) return state;
  if (id?.startsWith(REQUESTS.list)) return { ...state, folder: { ...state.folder, isBusy: false, error: sentence(error.message) } };
  if (id?.startsWith(REQUESTS.restore)) return { ...state, notice: { title: "This view could not be restored as a whole", text: sentence(error.message), code: error.code } };
  const isOpen = id?.startsWith(REQUESTS.open) === true;
  const title = isOpen ? "Cannot open this stage" : id?.startsWith(REQUESTS.record) ? "Cannot record" : id?.startsWith(REQUESTS.bookmark) ? "Cannot change the bookmarks" : "The server could not do this";
  const notice = { title, text: sentence(error.message), code: error.code };
  return { ...state, notice, loading: isOpen ? null : state.loading };
}

function editResult(state: State, result: EditResult): State {
  const after = edited(state, result);
  if (after !== state || result.result === "success") return after;
  return { ...state, notice: { title: "This edit was not made", text: sentence(result.error ?? "The server does not say why"), code: result.code ?? "internal" } };
}

const clamp = (amount: number): number => Math.min(1, Math.max(0, amount));
