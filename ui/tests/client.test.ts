import { beforeEach, describe, expect, it } from "vitest";
import type { CameraState, Capability, ServerMessage } from "../src/protocol";
import { Client } from "../src/core/client";
import { SILENCE_MS } from "../src/core/connection";
import { through } from "../src/core/look";
import { NOWHERE, type Place } from "../src/core/viewlink";
import { report } from "../src/core/report";
import { screen } from "../src/core/screen";
import { PlayedOutside } from "./virtual";

let outside: PlayedOutside;
let client: Client;
const make = (stage: string | null = null, place: Partial<Place> = {}): void => {
  outside = new PlayedOutside();
  client = new Client(outside, { name: "test", version: "0", stage, place: { ...NOWHERE, ...place }, title: null });
  client.start();
};
beforeEach(() => make());

const camera = (over: Partial<CameraState> = {}): ServerMessage => ({
  event_type: "cameraStateChanged",
  payload: { path: null, eye: [1, 2, 3], target: [0, 0, 0], up: [0, 1, 0], fov_y: 40, near: 1, far: 9, projection: "perspective", seq: 0, ...over },
});
const opened = (url: string, generation = 1): ServerMessage => ({ event_type: "openStageResult", payload: { url, result: "success", stage_generation: generation, diagnostics: [] } });
const idle = (url: string): ServerMessage => ({ event_type: "loadingStateResponse", payload: { url, loading_state: "idle" } });
const busy = (url: string): ServerMessage => ({ event_type: "loadingStateResponse", payload: { url, loading_state: "busy" } });
const beat = (t: number, last_frame = 0): ServerMessage => ({ event_type: "heartbeat", payload: { t, status: "streaming", last_frame } });
const welcome = (client_id: number, capabilities: Capability[] = []): ServerMessage => ({
  event_type: "welcome",
  payload: { protocol: 1, server: "telestage", version: "0.1.0", client_id, session: `s${client_id}`, role: "controller", capabilities, size: [1280, 720], fps: 60 },
});
const show = (count: number): void => outside.link.listener.shown({ at: outside.time.now, rtpTimestamp: null, receivedAt: null, decodeMs: null, count, width: 1280, height: 720 });

/** The way in up to the first picture; the server shows `stage` and has run for `uptime`. */
function join(id: number, stage: string | null, uptime = 1000): void {
  const { link } = outside;
  link.listener.reached("host");
  link.listener.reached("allowed");
  link.listener.reached("control");
  // A link that was lost gets a moment to come back before another one greets.
  if (!link.names.includes("hello")) outside.time.pass(700);
  link.say(welcome(id));
  link.say(idle(stage ?? ""));
  if (stage) link.say(opened(stage));
  link.say(camera());
  link.say({ event_type: "camera_list", payload: { cameras: [], activeCamera: null, stage_generation: 1 } });
  link.say(beat(uptime));
  link.listener.reached("video");
  show(1);
}

describe("the way to the server", () => {
  it("is another one where no packet comes through, and the best again when that works", async () => {
    outside.link.listener.reached("host");
    outside.link.listener.reached("allowed");
    outside.link.listener.failed("control", { kind: "no_path", detail: "" });
    outside.time.pass(1000);
    expect(outside.ways).toEqual(["webrtc", "websocket"]);
    join(1, "a.usda");
    const beats = async (ms: number) => {
      for (let at = 0; at < ms; at += 500) {
        outside.link.say(beat(1000 + outside.time.now));
        outside.time.pass(500);
        await Promise.resolve();
        await Promise.resolve();
      }
    };
    await beats(25_000);
    expect(outside.ways.length).toBe(2);
    outside.webRtcWorks = true;
    await beats(25_000);
    expect(outside.ways[2]).toBe("webrtc");
    expect(outside.held).toBe(1);
  });
});

describe("its owner's own messages", () => {
  it("go out once a server has greeted on this link, and what comes is told", () => {
    const heard: string[] = [];
    const stop = client.listen(({ event_type, id }) => heard.push(`${event_type} ${id ?? ""}`.trim()));
    const say = () => client.say({ event_type: "ping", payload: { t: 1 }, id: "mine" });
    outside.link.listener.reached("control");
    expect(say()).toBe(false);
    join(1, "a.usda");
    expect(say()).toBe(true);
    expect(outside.link.sent.at(-1)).toEqual({ event_type: "ping", payload: { t: 1 }, id: "mine" });
    outside.link.listener.received(JSON.stringify({ event_type: "pong", payload: { t: 1 }, id: "mine" }));
    expect(heard).toContain("welcome");
    expect(heard.at(-1)).toBe("pong mine");

    outside.link.listener.failed(null, { kind: "closed", detail: "" });
    expect(say()).toBe(false);
    outside.time.pass(1000);
    outside.link.listener.reached("control");
    expect(say()).toBe(false);
    const count = heard.length;
    stop();
    join(2, "a.usda");
    expect(heard).toHaveLength(count);
  });

  it("are all that is asked where no tree is shown", () => {
    const tree: ServerMessage = { event_type: "openStageResult", payload: { url: "a.usda", result: "success", root_prim_path: "/World", stage_generation: 1, diagnostics: [] } };
    for (const showsTree of [true, false]) {
      outside = new PlayedOutside();
      client = new Client(outside, { name: "test", version: "0", stage: null, place: NOWHERE, title: null, showsTree });
      client.start();
      outside.link.listener.reached("control");
      outside.link.say(welcome(1, ["tree"]));
      outside.link.say(tree);
      expect(outside.link.names.includes("getChildrenRequest")).toBe(showsTree);
    }
  });
});

describe("a client that is stopped", () => {
  it("closes its link, tries nothing more, and can start again", () => {
    join(1, "a.usda");
    const { link } = outside;
    client.stop();
    expect([link.isClosed, client.store.value.connection.phase.name]).toEqual([true, "off"]);
    link.say(beat(2000));
    outside.time.pass(60_000);
    expect([outside.links.length, outside.time.waiting]).toEqual([1, 0]);
    client.start();
    expect(outside.links.length).toBe(2);
    join(2, "a.usda");
    expect(client.store.value.connection.phase.name).toBe("live");
  });

  it("lets go of a link that went silent too", () => {
    join(1, "a.usda");
    outside.time.pass(SILENCE_MS + 100);
    expect(client.store.value.connection.phase.name).toBe("waiting");
    client.stop();
    expect(outside.links.every(({ isClosed }) => isClosed)).toBe(true);
    outside.time.pass(60_000);
    expect([outside.links.length, outside.time.waiting]).toEqual([1, 0]);
  });
});

describe("a connection that was lost", () => {
  it("is taken up again with the server's own token", () => {
    join(1, "a.usda");
    const hello = () => outside.link.sent.find(({ event_type }) => event_type === "hello")?.payload;
    expect(hello()).not.toHaveProperty("session");
    outside.link.listener.failed(null, { kind: "closed", detail: "" });
    outside.time.pass(10_000);
    outside.link.listener.reached("control");
    expect(hello()).toMatchObject({ session: "s1" });
  });
});

describe("a page that nobody sees", () => {
  const views = (): unknown[] => outside.link.sent.filter(({ event_type }) => event_type === "viewRequest").map(({ payload }) => payload);

  it("wants no pictures until it is seen again", () => {
    join(1, "a.usda");
    outside.link.say(welcome(1, ["pause_view"]));
    outside.isVisible = false;
    client.visibilityChanged();
    outside.isVisible = true;
    client.visibilityChanged();
    expect(views()).toEqual([{ action: "pause" }, { action: "resume" }]);
  });

  it("says so at once when it connects in the background", () => {
    outside.isVisible = false;
    join(1, "a.usda");
    expect(views()).toEqual([]);
    outside.link.say(welcome(1, ["pause_view"]));
    expect(views()).toEqual([{ action: "pause" }]);
  });

  it("asks no server for what it does not have", () => {
    join(1, "a.usda");
    client.visibilityChanged();
    expect(views()).toEqual([]);
  });
});

describe("recording", () => {
  const actions = (): unknown[] => outside.link.sent.filter(({ event_type }) => event_type === "recordRequest").map(({ payload }) => payload);

  it("begins, and ends what runs, where the server records", () => {
    join(1, "a.usda");
    client.toggleRecording();
    expect(actions()).toEqual([]);
    outside.link.say(welcome(1, ["record"]));
    client.toggleRecording();
    outside.link.say({ event_type: "recordState", payload: { recording: true, path: "/r/a.mp4", bytes: 0, elapsed_secs: 0 } });
    client.toggleRecording();
    expect(actions()).toEqual([{ action: "start" }, { action: "stop" }]);
  });
});

/** Silence until the client gives up, then its next attempt. */
function lose(): void {
  const links = outside.links.length;
  outside.time.pass(2100);
  outside.time.pass(400);
  expect(outside.links.length).toBe(links + 1);
}

describe("the way in", () => {
  it("greets first, and is live with the first picture", () => {
    join(1, "a.usda");
    expect(outside.link.sent[0]).toEqual({ event_type: "hello", payload: { protocol: 1, client: "test", version: "0" } });
    expect(screen(client.store.value)).toEqual({ name: "picture" });
  });

  it("sends nothing but the greeting before the welcome", () => {
    outside.link.listener.reached("control");
    client.frameAll();
    client.openStage("a.usda");
    expect(outside.link.names).toEqual(["hello"]);
  });

  it("shows both versions when they do not fit", () => {
    outside.link.listener.reached("control");
    outside.link.say({ event_type: "viewerError", payload: { code: "version_mismatch", message: "", detail: { client: 1, server: 7, min: 7, max: 7 } } });
    const face = screen(client.store.value);
    expect(face.name).toBe("failed");
    expect(JSON.stringify(face)).toMatch(/protocol 1, the server speaks 7/);
    outside.time.pass(60_000);
    expect(outside.links).toHaveLength(1);
  });

  it("opens what the page's address asks for, then looks through its camera", () => {
    make("b.usda", { look: through("/World/Cam") });
    join(1, "a.usda");
    expect(outside.link.sent.at(-1)).toMatchObject({ event_type: "openStageRequest", payload: { url: "b.usda" } });
    outside.link.say(busy("b.usda"));
    outside.link.say(opened("b.usda", 2));
    outside.link.say(camera());
    expect(outside.link.sent.at(-1)).toMatchObject({ event_type: "set_camera", payload: { path: "/World/Cam" } });
  });

  it("asks for nothing when the stage is there already", () => {
    make("a.usda");
    join(1, "a.usda");
    expect(outside.link.names).toEqual(["hello"]);
  });
});

describe("a server that dies", () => {
  it("is noticed within two seconds; the picture is held and the next attempt begins", () => {
    join(1, "a.usda");
    outside.link.say(beat(1500));
    lose();
    expect(outside.held).toBe(1);
    expect(screen(client.store.value).name).toBe("lost");
    expect(outside.links[0]?.isClosed).toBe(false);
    join(1, "a.usda", 100);
    expect(outside.links[0]?.isClosed).toBe(true);
  });

  it("and one that was only out of reach goes on by the same link at its first sign of life", async () => {
    join(1, "a.usda");
    const old = outside.link;
    old.figures = { protocol: "UDP", pair: null, bytes: 0, signs: 7, lost: 0, roundTripMs: null, decodeMs: null };
    lose();
    const tried = outside.link;
    expect(tried).not.toBe(old);
    for (let tick = 0; tick < 3; tick += 1) {
      outside.time.pass(500);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(screen(client.store.value).name).toBe("lost");
    old.figures = { ...old.figures, signs: 8 };
    for (let tick = 0; tick < 2; tick += 1) {
      outside.time.pass(500);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(screen(client.store.value).name).toBe("picture");
    expect([old.isClosed, old.reattached, tried.isClosed]).toEqual([false, 1, true]);
    old.say(opened("b.usda", 2));
    expect(client.store.value.stage?.url).toBe("b.usda");
  });

  it("comes back restarted: the camera is put back where it was", () => {
    join(5, "a.usda", 9000);
    outside.link.say(camera({ eye: [7, 7, 7], seq: 3 }));
    lose();
    join(1, "a.usda", 100);
    expect(outside.link.names).toEqual(["hello", "setCameraRequest"]);
    expect(outside.link.sent.at(-1)?.payload).toEqual({ eye: [7, 7, 7], target: [0, 0, 0], up: [0, 1, 0], fov_y: 40 });
    expect(screen(client.store.value).name).toBe("picture");
  });

  it("comes back restarted with another stage: ours is opened, then the camera put back", () => {
    join(5, "a.usda", 9000);
    outside.link.say(opened("b.usda", 2));
    outside.link.say(camera({ path: "/World/Cam" }));
    lose();
    join(1, "a.usda", 100);
    expect(outside.link.names).toEqual(["hello", "openStageRequest"]);
    outside.link.say(busy("b.usda"));
    outside.link.say(opened("b.usda", 2));
    outside.link.say(camera());
    expect(outside.link.sent.at(-1)).toMatchObject({ event_type: "set_camera", payload: { path: "/World/Cam" } });
  });

  it("gives its stage up when the restarted server cannot open it", () => {
    join(5, "b.usda", 9000);
    lose();
    join(1, "a.usda", 100);
    outside.link.say({ event_type: "openStageResult", payload: { url: "b.usda", result: "error", code: "not_found", error: "gone", stage_generation: 1, diagnostics: [] } });
    outside.link.say(beat(600));
    expect(outside.link.names).toEqual(["hello", "openStageRequest"]);
    expect(client.store.value.notice).toMatchObject({ code: "not_found" });
  });

  it("that only was out of reach keeps its own camera: others may have moved it", () => {
    join(5, "a.usda", 1000);
    lose();
    join(6, "a.usda", 4000);
    expect(outside.link.names).toEqual(["hello"]);
  });

  it("is missed when it has been silent for too long, whenever the clock was looked at last", () => {
    join(1, "a.usda");
    outside.time.pass(300);
    outside.link.say(beat(1300));
    outside.time.pass(SILENCE_MS - 1);
    expect(client.store.value.connection.phase.name).toBe("live");
    outside.time.pass(1);
    expect(client.store.value.connection.phase.name).toBe("waiting");
  });

  it("is tried again and again without a reload", () => {
    join(1, "a.usda");
    lose();
    for (let attempt = 2; attempt < 6; attempt += 1) {
      outside.link.listener.failed("host", { kind: "unreachable", detail: "" });
      outside.time.pass(7100);
      expect(outside.links).toHaveLength(attempt + 1);
    }
    expect(outside.held).toBe(1);
    join(1, "a.usda", 100);
    expect(screen(client.store.value).name).toBe("picture");
  });

  it("a link that was given up has nothing to say any more", () => {
    join(1, "a.usda");
    const old = outside.link;
    old.listener.failed(null, { kind: "closed", detail: "" });
    outside.time.pass(400);
    old.say(opened("ghost.usda"));
    old.listener.failed(null, { kind: "closed", detail: "" });
    expect(client.store.value.stage?.url).toBe("a.usda");
    expect(client.store.value.connection.phase.name).toBe("connecting");
  });
});

describe("a dead video behind a living server", () => {
  const beats = (count: number, moves: boolean) => {
    for (let i = 1; i <= count; i += 1) {
      outside.time.pass(500);
      outside.link.say(beat(1000 + i * 500, moves ? i : 1));
    }
  };

  it("is lost when pictures are sent and none is shown", () => {
    join(1, "a.usda");
    beats(6, true);
    expect(outside.links[0]?.isClosed).toBe(true);
    expect(client.store.value.connection.lastFailure?.title).toBe("The picture stopped");
  });

  it("is not lost when the picture is still", () => {
    join(1, "a.usda");
    beats(60, false);
    expect(outside.links).toHaveLength(1);
    expect(client.store.value.connection.phase.name).toBe("live");
  });

  it("is not looked for where nobody looks", () => {
    join(1, "a.usda");
    outside.visible = () => false;
    beats(20, true);
    expect(outside.links).toHaveLength(1);
  });
});

describe("what is told of the way", () => {
  const info = (frame: number): ServerMessage => ({
    event_type: "frameInfo",
    payload: { frame, rtp_timestamp: 0, input_seq: 0, render_ms: 1, convert_ms: 1, encode_ms: 1, queue_ms: 1, width: 2, height: 2, bitrate_bps: 1, limited_by: null, samples: 1, refining: false } as never,
  });

  it("names the pair that carries media, and the first frame that was sent", () => {
    outside.time.pass(50);
    outside.link.listener.reached("host");
    outside.link.say(info(41));
    outside.link.say(info(42));
    expect(client.store.value.firstFrame).toEqual({ frame: 41, heardMs: 50 });
    const transport = { protocol: "TCP", pair: { local: "10.0.0.2:5 (host)", remote: "10.0.0.1:49100 (host)" }, signs: 0, bytes: 1, lost: 0, roundTripMs: 2, decodeMs: 1 };
    const state = client.store.value;
    const text = report({ ...state, figures: { ...state.figures, transport } }, "0", "test", "now");
    expect(text).toContain("First frame sent: number 41, heard of after 50 ms");
    expect(text).toContain("ICE pair: 10.0.0.2:5 (host) to 10.0.0.1:49100 (host), TCP");
    expect(text).toContain("UDP: not used, media goes over TCP");
  });

  it("forgets the first frame of an earlier link", () => {
    join(1, null);
    outside.link.say(info(41));
    expect(client.store.value.firstFrame).toEqual({ frame: 41, heardMs: null });
    outside.link.listener.failed(null, { kind: "closed", detail: "" });
    outside.time.pass(1000);
    expect(client.store.value.firstFrame).toBeNull();
  });

  it("a server that said that it stops is not a connection that broke", () => {
    join(1, null);
    outside.link.say({ event_type: "heartbeat", payload: { t: 2000, status: "stopping", last_frame: 0 } });
    outside.link.listener.failed(null, { kind: "closed", detail: "" });
    expect(client.store.value.connection.lastFailure?.title).toBe("The server was stopped");
    outside.time.pass(1000);
    outside.link.listener.failed("host", { kind: "unreachable", detail: "" });
    expect(client.store.value.connection.lastFailure?.title).toBe("The server was stopped");
    expect(screen(client.store.value).name).toBe("lost");
  });

  it("a session that is over is not tried again", () => {
    outside.link.listener.failed(null, { kind: "refused", status: 410, detail: "" });
    expect(screen(client.store.value)).toMatchObject({ name: "failed", until: null, failure: { title: "This session is over" } });
    expect(outside.time.waiting).toBe(0);
  });
});

describe("at rest", () => {
  it("watchers hear nothing while heartbeats come", async () => {
    join(1, "a.usda");
    outside.time.pass(500);
    outside.link.say(beat(1500));
    await Promise.resolve();
    let told = -1;
    client.store.subscribe(() => (told += 1));
    for (let i = 0; i < 20; i += 1) {
      outside.time.pass(500);
      outside.link.say(beat(2000 + i * 500));
      await Promise.resolve();
    }
    expect(told).toBe(0);
  });

  it("no timer runs once nothing can happen by itself", () => {
    outside.link.listener.failed("allowed", { kind: "refused", status: 403, detail: "" });
    expect(outside.time.waiting).toBe(0);
  });
});
