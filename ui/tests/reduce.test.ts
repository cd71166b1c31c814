import { describe, expect, it } from "vitest";
import type { Envelope, ServerMessage, Welcome } from "../src/protocol";
import { groups, troubles } from "../src/core/diagnostics";
import { listing, opening, reduce } from "../src/core/reduce";
import { screen } from "../src/core/screen";
import { initial, type State } from "../src/core/state";

const after = (messages: Envelope<ServerMessage>[], from: State = initial("http://there")): State => messages.reduce((state, message) => reduce(state, message, 100), from);
const opened: ServerMessage = { event_type: "openStageResult", payload: { url: "a.usda", result: "success", stage_generation: 1, diagnostics: [] } };
const busy: ServerMessage = { event_type: "loadingStateResponse", payload: { url: "b.usda", loading_state: "busy" } };
const failed = (over: object = {}): ServerMessage => ({
  event_type: "openStageResult",
  payload: { url: "x/b.usda", result: "error", code: "not_found", error: "there is no such file", stage_generation: 1, diagnostics: [], ...over },
});

describe("loading", () => {
  it("shows how far it is and what it does, then the stage", () => {
    const loading = after([opened, busy, { event_type: "updateProgressAmount", payload: { amount: 0.5 } }, { event_type: "updateProgressActivity", payload: { activity: "reading" } }]);
    expect(loading.loading).toEqual({ url: "b.usda", since: 100, amount: 0.5, activity: "reading" });
    expect(after([opened], loading)).toMatchObject({ loading: null, stage: { url: "a.usda" } });
  });

  it("keeps the old stage when the new one cannot be opened, and says why", () => {
    const state = after([opened, busy, failed()]);
    expect(state).toMatchObject({ loading: null, stage: { url: "a.usda" }, notice: { title: "Cannot open b.usda", text: "There is no such file.", code: "not_found" } });
  });

  it("knows no stage any more when the server has none", () => {
    expect(after([opened, failed({ stage_generation: 0 })]).stage).toBeNull();
  });

  it("says nothing of an open that a newer one replaced", () => {
    expect(after([opened, failed({ code: "superseded" })]).notice).toBeNull();
  });

  it("keeps progress between 0 and 1", () => {
    expect(after([busy, { event_type: "updateProgressAmount", payload: { amount: 7 } }]).loading?.amount).toBe(1);
  });
});

describe("a new server", () => {
  it("is not taken for the old one", () => {
    const greeted = after([opened, { event_type: "welcome", payload: { protocol: 1, server: "telestage", version: "0", client_id: 1, session: "s", role: "viewer", capabilities: [], size: [2, 2], fps: 60 } }]);
    expect(greeted).toMatchObject({ stage: null, camera: null, loading: null });
  });

  it("may say what this client does not know", () => {
    const state = initial("");
    expect(reduce(state, { event_type: "somethingNew", payload: {} } as unknown as ServerMessage, 0)).toBe(state);
  });
});

describe("a refused request", () => {
  it("of a listing shows in the list", () => {
    const state = reduce(listing(initial(""), "robots", [""]), { event_type: "viewerError", id: "list-4", payload: { code: "outside_roots", message: "not under the roots" } }, 0);
    expect(state.folder).toMatchObject({ path: "robots", isBusy: false, error: "Not under the roots." });
    expect(state.notice).toBeNull();
  });

  it("of an open ends the waiting that was shown at once", () => {
    const state = reduce(opening(initial(""), "b.usda", 5), { event_type: "viewerError", id: "open-4", payload: { code: "unsupported", message: "not here" } }, 6);
    expect(state).toMatchObject({ loading: null, notice: { title: "Cannot open this stage" } });
  });

  it("of anything else is a notice", () => {
    expect(after([{ event_type: "viewerError", payload: { code: "busy", message: "try later" } }]).notice?.text).toBe("Try later.");
  });
});

describe("a recording", () => {
  const told = (payload: object): Envelope<ServerMessage> => ({ event_type: "recordState", payload } as Envelope<ServerMessage>);
  const running = told({ recording: true, path: "/r/walk.mp4", bytes: 1000, elapsed_secs: 12 });

  it("is shown with its age, also to who joins while it runs", () => {
    expect(reduce(initial(""), running, 60_000).recording).toEqual({ since: 48_000, path: "/r/walk.mp4", bytes: 1000 });
  });

  it("that was stopped leaves the name of its file and no notice", () => {
    expect(after([running, told({ recording: false, path: "/r/walk.mp4", bytes: 2000 })])).toMatchObject({ recording: null, recorded: "/r/walk.mp4", notice: null });
  });

  it("that ended by itself says why", () => {
    const full = told({ recording: false, path: "/r/walk.mp4", error: "the disk is full", code: "no_space" });
    expect(after([running, full])).toMatchObject({ recording: null, recorded: "/r/walk.mp4", notice: { title: "The recording has ended", text: "The disk is full.", code: "no_space" } });
    expect(after([told({ recording: false, error: "no folder", code: "internal" })]).notice?.title).toBe("Cannot record");
  });

  it("is not taken for one of the next server", () => {
    const welcome: Welcome = { protocol: 1, server: "telestage", version: "0", client_id: 1, session: "s", role: "viewer", capabilities: [], size: [2, 2], fps: 60 };
    expect(after([running, { event_type: "welcome", payload: welcome }]).recording).toBeNull();
  });
});

it("a listing shows what was asked for, whatever the server calls it", () => {
  const answer: Envelope<ServerMessage> = { event_type: "listStagesResult", id: "list-1", payload: { path: "/srv/stages", entries: [{ name: "a.usda", path: "a.usda", kind: "stage" }] } };
  const state = reduce(listing(initial(""), "", []), answer, 0);
  expect(state.folder).toMatchObject({ path: "", name: "/srv/stages", trail: [], isBusy: false });
  expect(reduce(state, { ...answer, payload: { path: "late", entries: [] } }, 0)).toBe(state);
});

it("diagnostics are grouped by kind, and the viewer's own light is a note and no trouble", () => {
  const rows = [
    { code: "no_lights", message: "n" },
    { code: "missing_texture", message: "a" },
    { code: "missing_texture", message: "b" },
    { code: "of_tomorrow", message: "c" },
  ] as Parameters<typeof groups>[0];
  expect(groups(rows).map(({ code, rows: { length }, isNote }) => [code, length, isNote])).toEqual([
    ["missing_texture", 2, false],
    ["no_lights", 1, true],
    ["of_tomorrow", 1, false],
  ]);
  expect(troubles({ url: "", generation: 1, diagnostics: rows, root: null, diagnosticsTotal: 12 })).toBe(11);
});

it("a server without a stage shows the empty face, once it said so", () => {
  const connection = { ...initial("").connection, phase: { name: "live", since: 0 } as const };
  const welcome: Welcome = { protocol: 1, server: "telestage", version: "0", client_id: 1, session: "s", role: "viewer", capabilities: ["open_stage"], size: [2, 2], fps: 60 };
  const state = { ...initial(""), connection, welcome };
  expect(screen(state).name).toBe("picture");
  expect(screen({ ...state, status: "idle" }).name).toBe("empty");
  expect(screen({ ...state, status: "error" }).name).toBe("empty");
  expect(screen({ ...state, status: "idle", welcome: { ...welcome, capabilities: [] } }).name).toBe("picture");
  expect(screen(after([busy], { ...state, status: "loading" })).name).toBe("loading");
});

describe("a selection", () => {
  const changed = (prims: string[]): ServerMessage => ({ event_type: "stageSelectionChanged", payload: { prims, stage_generation: 1 } });
  it("that was shown at once is taken back when it is refused", () => {
    const told = after([changed(["/A"])]);
    const wished = { ...told, selection: ["/B"] };
    const refused = reduce(wished, { event_type: "viewerError", id: "select-3", payload: { code: "not_controller", message: "Ada drives" } }, 0);
    expect(refused).toMatchObject({ selection: ["/A"], refusals: told.refusals + 1, notice: null });
    expect(reduce(wished, { event_type: "viewerError", id: "select-3", payload: { code: "not_found", message: "no prim" } }, 0)).toMatchObject({ selection: ["/A"], notice: { code: "not_found" } });
  });
});

describe("the tree", () => {
  const welcome: ServerMessage = { event_type: "welcome", payload: { protocol: 1, server: "telestage", version: "0", client_id: 1, session: "s", role: "viewer", capabilities: ["tree"], size: [2, 2], fps: 60 } };
  const another: ServerMessage = { event_type: "openStageResult", payload: { url: "b.usda", result: "success", stage_generation: 2, diagnostics: [] } };
  it("is of the stage that is shown, and stays open when that is read again or the connection was lost", () => {
    const unfolded = after([opened]);
    const state = { ...unfolded, tree: { ...unfolded.tree, open: new Set(["/World"]) } };
    expect(state.tree.generation).toBe(1);
    expect(after([welcome, opened], state).tree).toEqual({ generation: 1, branches: new Map(), open: new Set(["/World"]) });
    expect(after([another], state).tree).toEqual({ generation: 2, branches: new Map(), open: new Set() });
    const gone = reduce(state, { event_type: "viewerError", id: "tree-9", payload: { code: "not_found", message: "no prim" } }, 0);
    expect(gone.notice).toBeNull();
  });
});

describe("a search", () => {
  const row = (path: string) => ({ name: path.slice(1), path, type: "Mesh", class: "geom" as const, children: false, active: true, visible: true });
  const found = (query: string, paths: string[], done: boolean): ServerMessage => ({ event_type: "searchPrimsResult", payload: { query, prims: paths.map(row), truncated: false, done, stage_generation: 1 } });
  const asking = (query: string): State => ({ ...after([opened]), search: { query, prims: [], isBusy: true, isTruncated: false, error: null } });
  it("adds up what comes in parts, and takes nothing of an older one", () => {
    const state = after([found("bolt", ["/a"], false), found("nut", ["/x"], true), found("bolt", ["/b"], true)], asking("bolt"));
    expect(state.search).toMatchObject({ isBusy: false, prims: [{ path: "/a" }, { path: "/b" }] });
    expect(after([found("bolt", ["/a"], true)]).search).toBeNull();
  });

  it("that was refused says so in its place", () => {
    const state = reduce(asking("has:wings"), { event_type: "viewerError", id: "search-2", payload: { code: "bad_request", message: "has:wings means nothing" } }, 0);
    expect(state).toMatchObject({ notice: null, search: { isBusy: false, error: "Has:wings means nothing." } });
  });
});
