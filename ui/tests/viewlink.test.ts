// A view as an address: what is written is read again, to the last digit; what makes no sense is not asked for.
import { beforeEach, describe, expect, it } from "vitest";
import { Client } from "../src/core/client";
import { wishes } from "../src/core/query";
import { initial, type State } from "../src/core/state";
import { linkTo, NOWHERE, type Place } from "../src/core/viewlink";
import type { CameraState, Capability, ServerMessage } from "../src/protocol";
import { PlayedOutside } from "./virtual";

const camera: CameraState = { path: null, eye: [0.1 + 0.2, -1e-17, 3e21], target: [1 / 3, 0, 0], up: [0, 1, 0], fov_y: 37.123456789012345, near: 1, far: 9, projection: "perspective", seq: 4 };
const stage = { url: "/data/a b/größe & mehr.usda", generation: 3, diagnostics: [], diagnosticsTotal: 0, root: "/World" };
const state = (over: Partial<State> = {}): State => ({ ...initial("http://h:1"), stage, camera, ...over });
const status = { playing: false, time: 12.5, start: 1, end: 48, fps: 24, loop: true, rate: 1, stage_generation: 3 };
const again = (on: State, href = "http://h:1/"): ReturnType<typeof wishes> => wishes(linkTo(href, on, 0).href);

describe("a link", () => {
  it("brings a free view back exactly, with stage, time and selection", () => {
    const { stage: url, place } = again(state({ timeline: { status, at: 0 }, selection: ["/World/A", "/World/Ä"] }));
    expect(url).toBe(stage.url);
    const { eye, target, up, fov_y } = camera;
    expect(place).toEqual({ look: { event_type: "setCameraRequest", payload: { eye, target, up, fov_y } }, time: 12.5, select: ["/World/A", "/World/Ä"] });
  });

  it("brings back a parallel view, and a picture whose middle lies off the axis", () => {
    const { look } = again(state({ camera: { ...camera, projection: "orthographic", ortho_height: 0.7, shift: [0.1, -0.2] } })).place;
    expect(look?.payload).toEqual({ eye: camera.eye, target: camera.target, up: camera.up, ortho_height: 0.7, shift: [0.1, -0.2] });
  });

  it("names a camera of the stage rather than its place", () => {
    const { href } = linkTo("http://h:1/", state({ camera: { ...camera, path: "/World/Cam" } }), 0);
    expect(href).toMatch(/&camera=\/World\/Cam$/);
    expect(wishes(href).place.look).toEqual({ event_type: "set_camera", payload: { path: "/World/Cam" } });
  });

  it("says which time is shown while it plays, and none where nothing moves", () => {
    const playing = { ...status, playing: true };
    expect(wishes(linkTo("http://h:1/", state({ timeline: { status: playing, at: 1000 } }), 1500).href).place.time).toBe(24.5);
    expect(again(state({ timeline: { status: { ...status, end: 1 }, at: 0 } })).place.time).toBeNull();
  });

  it("leads to the same page and server, and to nothing else that was asked for here", () => {
    const { href } = linkTo("https://h/proxied/?server=10.0.0.7&signalingport=5&stage=old.usda&name=Ann#x", state(), 0);
    expect(href.startsWith("https://h/proxied/?server=10.0.0.7&signalingport=5&stage=/data/a%20b/")).toBe(true);
    expect(href).not.toMatch(/old|Ann|#/);
    expect(wishes(href)).toMatchObject({ server: "https://10.0.0.7:5/", stage: stage.url });
  });

  it("leaves out of a huge selection what was selected first, and says how much", () => {
    const selection = Array.from({ length: 500 }, (_, n) => `/World/Crowd/Prim${n}`);
    const { href, left } = linkTo("http://h:1/", state({ selection }), 0);
    expect(href.length).toBeLessThan(2000);
    expect(left).toBeGreaterThan(0);
    expect(wishes(href).place.select).toEqual(selection.slice(left));
  });

  it("asks for nothing that makes no sense", () => {
    for (const query of ["eye=1,2,3&target=0,0,0", "eye=1,2&target=0,0,0&up=0,1,0", "eye=1,2,x&target=0,0,0&up=0,1,0", "eye=1,2,1e999&target=0,0,0&up=0,1,0", "eye=,,&target=,,&up=,,", "time=now", "time=", "select=,"])
      expect(wishes(`http://h/?${query}`).place, query).toEqual(NOWHERE);
  });
});

describe("whoever follows a link", () => {
  let outside: PlayedOutside;
  const place: Place = { look: { event_type: "setCameraRequest", payload: { eye: [1, 2, 3], target: [0, 0, 0], up: [0, 1, 0], fov_y: 30 } }, time: 12.5, select: ["/World/A"] };
  const ALL: Capability[] = ["control", "own_view", "select", "timeline", "open_stage"];
  const says = (message: ServerMessage, id?: string): void => outside.link.listener.received(JSON.stringify(id === undefined ? message : { ...message, id }));
  const opened = (url: string, stage_generation: number): ServerMessage => ({ event_type: "openStageResult", payload: { url, result: "success", stage_generation, diagnostics: [] } });
  const tells = (generation: number, time = 1, prims: string[] = [], playing = false): void => {
    says({ event_type: "stageSelectionChanged", payload: { prims, stage_generation: generation } });
    says({ event_type: "timelineStatus", payload: { ...status, time, playing, stage_generation: generation } });
  };
  const controlled = (controller?: number): void =>
    says({ event_type: "controlState", payload: { ...(controller !== undefined && { controller }), waiting: [], viewers: [1, 2].map((client_id) => ({ client_id, name: "x", role: "viewer" as const, view: "shared" as const })) } });
  /** What was sent after the greeting: names, with what tells them apart. */
  const asked = (): unknown[] => outside.link.sent.slice(1).map(({ event_type, payload }) => [event_type, ...["url", "action", "time", "paths"].flatMap((name) => (name in payload ? [(payload as unknown as Record<string, unknown>)[name]] : []))]);

  beforeEach(() => {
    outside = new PlayedOutside();
    new Client(outside, { name: "test", version: "0", stage: "b.usda", place, title: null, showsTree: false }).start();
    for (const hop of ["host", "allowed", "control"] as const) outside.link.listener.reached(hop);
    says({ event_type: "welcome", payload: { protocol: 1, server: "telestage", version: "0", client_id: 2, session: "s", role: "viewer", capabilities: ALL, size: [2, 2], fps: 60 } });
  });

  it("opens its stage, and then sees all of it", () => {
    says(opened("a.usda", 1));
    tells(1);
    says({ event_type: "cameraStateChanged", payload: camera });
    expect(asked(), "who drives is not told yet").toEqual([]);
    controlled();
    expect(asked()).toEqual([["openStageRequest", "b.usda"]]);
    // The server calls it by another name, and tells the end of the old time after the new stage.
    says(opened("/root/b.usda", 2), "restore-1");
    expect(asked()).toHaveLength(1);
    tells(2);
    says({ event_type: "cameraStateChanged", payload: camera });
    expect(asked().slice(1)).toEqual([["setCameraRequest"], ["timelineControlRequest", "seek", 12.5], ["selectPrimsRequest", ["/World/A"]]]);
    says({ event_type: "heartbeat", payload: { t: 1, status: "streaming", last_frame: 1 } });
    expect(asked(), "once").toHaveLength(4);
  });

  it("looks from there in a view of its own where somebody else drives, and hears that time is not its own", () => {
    says(opened("b.usda", 1));
    tells(1, 3);
    says({ event_type: "cameraStateChanged", payload: camera });
    controlled(1);
    expect(asked()).toEqual([["viewRequest", "own"], ["setCameraRequest"], ["timelineControlRequest", "seek", 12.5], ["selectPrimsRequest", ["/World/A"]]]);
  });

  it("stops what plays, and asks for nothing that is so already", () => {
    says(opened("b.usda", 1));
    tells(1, 12.5, ["/World/A"], true);
    controlled(2);
    expect(asked()).toEqual([["setCameraRequest"], ["timelineControlRequest", "pause"], ["timelineControlRequest", "seek", 12.5]]);
  });

  it("gives the whole of it up where its stage may not be opened", () => {
    says(opened("a.usda", 1));
    controlled(1);
    says({ event_type: "viewerError", payload: { code: "not_controller", message: "Ada drives" } }, "restore-1");
    says(opened("b.usda", 2));
    tells(2);
    says({ event_type: "cameraStateChanged", payload: camera });
    expect(asked()).toEqual([["openStageRequest", "b.usda"]]);
  });
});
