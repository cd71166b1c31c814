// The Kit dialect: each message of it both ways, and what front ends that speak it take for granted.
import { beforeEach, describe, expect, it } from "vitest";
import { filter, kitPrims } from "../lib/src/kit-rows";
import { KitDialect, MAX_ROWS } from "../lib/src/kit";
import type { AnyMessage } from "../lib/src/messages";
import type { PrimRow } from "../src/protocol";

let said: AnyMessage[];
let heard: AnyMessage[];
let notes: string[];
let kit: KitDialect;
beforeEach(() => {
  said = [];
  heard = [];
  notes = [];
  kit = new KitDialect({ say: (message) => said.push(message), emit: (message) => heard.push(message), note: (text) => notes.push(text) });
});

const ask = (event_type: string, payload: Record<string, unknown> = {}): AnyMessage => {
  kit.said({ event_type, payload });
  return said.at(-1) as AnyMessage;
};
const answer = (event_type: string, payload: Record<string, unknown>, request = said.at(-1)): void => kit.heard({ event_type, payload, ...(request?.id === undefined ? {} : { id: request.id }) });
const tell = (event_type: string, payload: Record<string, unknown> = {}): void => kit.heard({ event_type, payload });
const refuse = (message: string, request = said.at(-1)): void => answer("viewerError", { code: "refused", message }, request);
const opened = (url: string, stage_generation: number, root_prim_path = "/World"): Record<string, unknown> => ({ url, result: "success", stage_generation, root_prim_path, diagnostics: [] });
/** The full state of a server that shows `url`. */
const join = (url: string | null, generation = 1, root = "/World"): void => {
  tell("welcome");
  tell("loadingStateResponse", { url: url ?? "", loading_state: "idle" });
  if (url !== null) tell("openStageResult", opened(url, generation, root));
  tell("stageSelectionChanged", { prims: [], stage_generation: generation });
  tell("camera_list", { cameras: [] });
};
const row = (path: string, over: Partial<PrimRow> = {}): PrimRow => ({ name: path.slice(path.lastIndexOf("/") + 1), path, type: "Mesh", class: "geom", children: false, active: true, visible: true, ...over });
const later = (): Promise<void> => Promise.resolve();

describe("the loading state", () => {
  it("is told when it is asked for, with an empty url where nothing is open, and never unasked", () => {
    join(null);
    expect(heard).toEqual([]);
    expect(ask("loadingStateQuery")).toMatchObject({ event_type: "loadingStateQuery", payload: {} });
    answer("loadingStateResponse", { url: "", loading_state: "idle" });
    expect(heard).toEqual([{ event_type: "loadingStateResponse", payload: { url: "", loading_state: "idle" } }]);
    ask("loadingStateQuery");
    answer("loadingStateResponse", { url: "a.usd", loading_state: "busy" });
    expect(heard[1]?.payload).toEqual({ url: "a.usd", loading_state: "busy" });
  });

  it("brings progress as a status bar has it", () => {
    tell("updateProgressAmount", { amount: 0.25 });
    tell("updateProgressActivity", { activity: "reading textures" });
    expect(heard).toEqual([
      { event_type: "updateProgressAmount", payload: { progress: 0.25 } },
      { event_type: "updateProgressActivity", payload: { text: "reading textures" } },
    ]);
  });
});

describe("opening a stage", () => {
  beforeEach(() => join("a.usd"));

  it("ends with openedStageResult, whose error is empty where there is none", () => {
    expect(ask("openStageRequest", { url: "b.usd" })).toMatchObject({ event_type: "openStageRequest", payload: { url: "b.usd" } });
    answer("openStageResult", opened("b.usd", 2));
    expect(heard).toEqual([{ event_type: "openedStageResult", payload: { url: "b.usd", result: "success", error: "" } }]);
  });

  it("finds below the asset roots what a token of the application's stands before, and answers by the name that was asked", () => {
    expect(ask("openStageRequest", { url: "${app.samples}/data/b.usd" }).payload).toEqual({ url: "data/b.usd" });
    answer("openStageResult", opened("data/b.usd", 2));
    expect(heard[0]?.payload.url).toBe("${app.samples}/data/b.usd");
  });

  it("tells why it failed, whoever refused it", () => {
    ask("openStageRequest", { url: "no.usd" });
    answer("openStageResult", { url: "no.usd", result: "error", error: "there is no no.usd", code: "not_found", stage_generation: 1, diagnostics: [] });
    ask("openStageRequest", { url: "" });
    refuse("url is empty: name a stage");
    expect(heard.map(({ payload }) => payload)).toEqual([
      { url: "no.usd", result: "error", error: "there is no no.usd" },
      { url: "", result: "error", error: "url is empty: name a stage" },
    ]);
  });

  it("without a url is noted and not answered", () => {
    kit.said({ event_type: "openStageRequest", payload: {} });
    expect([said, heard, notes.length]).toEqual([[], [], 1]);
  });

  it("by somebody else is told too, but not what was there when this client came or came back", () => {
    tell("openStageResult", opened("c.usd", 2));
    expect(heard).toEqual([{ event_type: "openedStageResult", payload: { url: "c.usd", result: "success", error: "" } }]);
    kit.lost();
    join("c.usd", 1);
    expect(heard).toHaveLength(1);
    join("d.usd", 2);
    expect(heard).toHaveLength(2);
  });
});

describe("the tree", () => {
  beforeEach(() => join("a.usd"));

  it("says of a prim that can be opened that its children are no list, and of a leaf nothing", () => {
    expect(ask("getChildrenRequest", { prim_path: "/World", filters: ["USDGeom"] })).toMatchObject({ event_type: "getChildrenRequest", payload: { prim_path: "/World", offset: 0 } });
    answer("getChildrenResult", { prim_path: "/World", offset: 0, total: 2, stage_generation: 1, children: [row("/World/Box"), row("/World/Arm", { type: "Xform", class: "xform", children: true })] });
    expect(heard).toEqual([{ event_type: "getChildrenResponse", payload: { prim_path: "/World", children: [{ name: "Box", path: "/World/Box" }, { name: "Arm", path: "/World/Arm", children: {} }] } }]);
    const [box, arm] = heard[0]?.payload.children as { children?: unknown }[];
    expect("children" in (box as object)).toBe(false);
    expect(Array.isArray(arm?.children)).toBe(false);
  });

  it("begins at all roots where a stage has no /World, and the answer is about what was asked", () => {
    join("b.usd", 2, "/robot");
    expect(ask("getChildrenRequest", { prim_path: "/World", filters: [] }).payload).toEqual({ prim_path: "/", offset: 0 });
    answer("getChildrenResult", { prim_path: "/", offset: 0, total: 1, stage_generation: 2, children: [row("/robot", { children: true })] });
    expect(heard.at(-1)?.payload).toEqual({ prim_path: "/World", children: [{ name: "robot", path: "/robot", children: {} }] });
    expect(ask("getChildrenRequest", { prim_path: "/robot" }).payload).toEqual({ prim_path: "/robot", offset: 0 });
  });

  it("comes all at once, in however many pages the server tells it", () => {
    ask("getChildrenRequest", { prim_path: "/World", filters: [] });
    const page = (offset: number, count: number, total: number): void =>
      answer("getChildrenResult", { prim_path: "/World", offset, total, stage_generation: 1, children: Array.from({ length: count }, (_, at) => row(`/World/P${offset + at}`)) });
    page(0, 500, 700);
    expect(said.at(-1)?.payload).toEqual({ prim_path: "/World", offset: 500 });
    expect(heard).toEqual([]);
    page(500, 200, 700);
    expect(heard[0]?.payload.children).toHaveLength(700);

    ask("getChildrenRequest", { prim_path: "/World", filters: [] });
    for (let offset = 0; heard.length === 1; offset += 500) page(offset, 500, 1_000_000);
    expect(heard[1]?.payload.children).toHaveLength(MAX_ROWS);
    expect(notes.at(-1)).toMatch(/1000000/);
  });

  it("is empty below a prim that is not there", () => {
    ask("getChildrenRequest", { prim_path: "/Gone", filters: [] });
    refuse("there is no prim at /Gone");
    expect(heard).toEqual([{ event_type: "getChildrenResponse", payload: { prim_path: "/Gone", children: [] } }]);
  });

  it("is filtered by the names that Kit applications know; others mean nothing", () => {
    const rows = [
      row("/Mesh"),
      row("/Ball", { type: "Sphere" }),
      row("/Group", { type: "Xform", class: "xform", children: true }),
      row("/Looks", { type: "Scope", class: "scope" }),
      row("/Plain", { type: "", class: "other", children: true }),
      row("/Sun", { type: "DistantLight", class: "light" }),
      row("/OmniverseKit_Persp", { type: "Camera", class: "camera" }),
      row("/Render", { type: "Scope", class: "scope" }),
    ];
    const names = (...filters: unknown[]): string[] => kitPrims(rows, filter(filters)).map(({ name }) => name);
    expect(names("USDGeom")).toEqual(["Mesh", "Ball", "Group", "Looks", "Plain"]);
    expect(names("mesh")).toEqual(["Mesh"]);
    expect(names("xform", "scope")).toEqual(["Group", "Looks"]);
    expect(names("mesh", "nonsense")).toEqual(["Mesh"]);
    expect(names()).toEqual(["Mesh", "Ball", "Group", "Looks", "Plain", "Sun"]);
    expect(names("nonsense", 7)).toEqual(names());
  });
});

describe("the selection", () => {
  beforeEach(() => join("a.usd"));

  it("that the front end made is not echoed; what somebody else makes of it is told", () => {
    expect(ask("selectPrimsRequest", { paths: ["/World/Box"] })).toMatchObject({ event_type: "selectPrimsRequest", payload: { paths: ["/World/Box"] } });
    answer("stageSelectionChanged", { prims: ["/World/Box"], stage_generation: 1 });
    expect(heard).toEqual([]);
    tell("stageSelectionChanged", { prims: ["/World/Ball"], stage_generation: 1 });
    tell("stageSelectionChanged", { prims: ["/World/Ball"], stage_generation: 1 });
    expect(heard).toEqual([{ event_type: "stageSelectionChanged", payload: { prims: ["/World/Ball"] } }]);
    ask("selectPrimsRequest", { paths: [] });
    answer("stageSelectionChanged", { prims: [], stage_generation: 1 });
    expect(heard).toHaveLength(1);
  });

  it("that was refused is taken back", () => {
    ask("selectPrimsRequest", { paths: ["/World/Box"] });
    answer("stageSelectionChanged", { prims: ["/World/Box"], stage_generation: 1 });
    ask("selectPrimsRequest", { paths: ["/World/Gone"] });
    refuse("there is no prim at /World/Gone");
    expect(heard).toEqual([{ event_type: "stageSelectionChanged", payload: { prims: ["/World/Box"] } }]);
    expect(notes).toHaveLength(1);
  });

  it("by a click takes what was made pickable, or what is nearest above it", async () => {
    kit.said({ event_type: "makePrimsPickable", payload: { paths: ["/World/Arm", "/World/Box"] } });
    expect(heard).toEqual([]);
    await later();
    expect(heard).toEqual([{ event_type: "makePrimsPickableResponse", payload: { result: "success", error: "" } }]);
    kit.hit("/World/Arm/Hand/Finger", false);
    expect(said.at(-1)).toMatchObject({ event_type: "selectPrimsRequest", payload: { paths: ["/World/Arm"] } });
    answer("stageSelectionChanged", { prims: ["/World/Arm"], stage_generation: 1 });
    expect(heard.at(-1)).toEqual({ event_type: "stageSelectionChanged", payload: { prims: ["/World/Arm"] } });

    kit.hit("/World/Box", true);
    expect(said.at(-1)?.payload).toEqual({ paths: ["/World/Arm", "/World/Box"] });
    answer("stageSelectionChanged", { prims: ["/World/Arm", "/World/Box"], stage_generation: 1 });
    kit.hit("/World/Arm", true);
    expect(said.at(-1)?.payload).toEqual({ paths: ["/World/Box"] });

    kit.hit("/World/Armchair", false);
    expect(said.at(-1)?.payload).toEqual({ paths: [] });
    const count = said.length;
    kit.hit(undefined, true);
    expect(said).toHaveLength(count);
  });

  it("lists what may be picked anew for another stage; a list that is none is refused", async () => {
    kit.said({ event_type: "makePrimsPickable", payload: { paths: ["/World/Arm"] } });
    expect(kit.pickable.isListed).toBe(true);
    tell("openStageResult", opened("b.usd", 2));
    expect(kit.pickable.isListed).toBe(false);
    kit.said({ event_type: "makePrimsPickable", payload: {} });
    await later();
    expect(heard.at(-1)).toEqual({ event_type: "makePrimsPickableResponse", payload: { result: "error", error: "paths is missing" } });
  });
});

describe("the camera's reset", () => {
  it("is no reload, and is answered once what follows it was", () => {
    kit.said({ event_type: "resetStage", payload: {} });
    const [reset, fence] = said;
    expect([reset?.event_type, fence?.event_type]).toEqual(["resetCameraRequest", "ping"]);
    expect(heard).toEqual([]);
    answer("pong", { t: 0 }, fence);
    expect(heard).toEqual([{ event_type: "resetStageResponse", payload: { result: "success", error: "" } }]);
  });

  it("says who prevented it, once", () => {
    kit.said({ event_type: "resetStage", payload: {} });
    const [reset, fence] = said;
    refuse("Ada drives the view", reset);
    answer("pong", { t: 0 }, fence);
    expect(heard).toEqual([{ event_type: "resetStageResponse", payload: { result: "error", error: "Ada drives the view" } }]);
  });
});

describe("more of the family", () => {
  it("the resolution is what is in force, in both ways of saying it", () => {
    expect(ask("changeResolutionRequest", { width: 961, height: 540 })).toMatchObject({ event_type: "resizeViewport", payload: { width: 961, height: 540 } });
    answer("resizeViewportResult", { width: 960, height: 540, result: "success" });
    expect(heard).toEqual([{ event_type: "changeResolutionConfirmation", payload: { result: "success", width: 960, height: 540, resolution: "960x540" } }]);
    ask("changeResolutionRequest", { width: 1, height: 1 });
    refuse("Ada drives the view");
    expect(heard[1]?.payload).toEqual({ result: "error", error: "Ada drives the view" });
  });

  it("the timeline plays, and says so in modes and seconds", async () => {
    const status = (playing: boolean, time: number): Record<string, unknown> => ({ playing, time, start: 24, end: 72, fps: 24, loop: true, rate: 1 });
    kit.said({ event_type: "getTimelineStatus", payload: {} });
    await later();
    expect([heard, notes.length]).toEqual([[], 1]);
    tell("welcome");
    tell("timelineStatus", status(false, 24));
    tell("camera_list");
    expect(heard).toEqual([]);
    kit.said({ event_type: "getTimelineStatus", payload: {} });
    await later();
    const rest = { mode: "stopped", is_playing: false, is_stopped: true, scripted_mode_active: false, current_time: 1, start_time: 1, end_time: 3 };
    expect(heard).toEqual([{ event_type: "timelineStatusResponse", payload: rest }]);
    expect(ask("timelineControl", { action: "play" })).toMatchObject({ event_type: "timelineControlRequest", payload: { action: "play" } });
    answer("timelineStatus", status(true, 36));
    expect(heard.at(-1)?.payload).toMatchObject({ mode: "playing", is_playing: true, is_stopped: false, current_time: 1.5 });
    tell("timelineStatus", status(true, 40));
    expect(heard).toHaveLength(2);
    tell("timelineStatus", status(false, 48));
    expect(heard.at(-1)?.payload).toMatchObject({ mode: "paused", is_stopped: false, current_time: 2 });
  });

  it("a server without a timeline is a note, not a word to the front end", () => {
    ask("timelineControl", { action: "play" });
    refuse("timelineControlRequest is not available in this version of the server");
    expect([heard, notes]).toEqual([[], ["timelineControlRequest is not available in this version of the server"]]);
  });

  it("what only Telestage knows goes through as it is, answers too; what nobody knows is noted", () => {
    kit.said({ event_type: "searchPrimsRequest", payload: { query: "arm" }, id: "mine" });
    expect(said[0]).toMatchObject({ event_type: "searchPrimsRequest", payload: { query: "arm" } });
    for (const done of [false, true]) answer("searchPrimsResult", { query: "arm", prims: [], done });
    expect(heard).toEqual([false, true].map((done) => ({ event_type: "searchPrimsResult", id: "mine", payload: { query: "arm", prims: [], done } })));
    for (const event_type of ["setPackage", "hello"]) kit.said({ event_type, payload: {} });
    expect([said.length, notes.length]).toEqual([1, 2]);
  });

  it("what was asked on a connection that was lost is not answered by the next one", () => {
    const request = ask("loadingStateQuery");
    kit.lost();
    answer("loadingStateResponse", { url: "a.usd", loading_state: "idle" }, request);
    expect(heard).toEqual([]);
  });
});
