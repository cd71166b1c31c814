import { describe, expect, it } from "vitest";
import type { FrameInfo } from "../src/protocol";
import { bitrate, bytes, duration, elapsed, elide, stageFolder, stageName, statusParts } from "../src/core/format";
import { LatencyMeter } from "../src/core/latency";
import { contain } from "../src/core/picture";
import { doors } from "../src/core/doors";
import { wishes } from "../src/core/query";
import { initial } from "../src/core/state";
import { Decoder } from "../src/core/wire";

const info = (rtp: number, seq: number): FrameInfo => ({
  frame: rtp, rtp_timestamp: rtp, input_seq: seq, render_ms: 5, convert_ms: 1, encode_ms: 4, queue_ms: 2,
  width: 1280, height: 720, bitrate_bps: 1, limited_by: null, samples: 1, refining: false,
});
const shown = (rtp: number, at: number) => ({ at, rtpTimestamp: rtp, receivedAt: at - 5, decodeMs: 2, count: 1, width: 1280, height: 720 });

describe("latency", () => {
  it("runs from the hand to the first picture that contains it, split by stage", () => {
    const meter = new LatencyMeter();
    meter.sent(7, 100);
    meter.described(info(1, 7));
    meter.shown(shown(1, 120));
    expect(meter.latency()).toEqual({ total: 20, queue: 2, render: 5, convert: 1, encode: 4, decode: 2, display: 3, network: 3 });
  });

  it("does not mind which comes first, the picture or the word about it", () => {
    const meter = new LatencyMeter();
    meter.sent(7, 100);
    meter.shown(shown(1, 120));
    meter.described(info(1, 7));
    expect(meter.latency()?.total).toBe(20);
  });

  it("counts an input once, however often it is drawn", () => {
    const meter = new LatencyMeter();
    meter.sent(7, 100);
    for (const [rtp, at] of [[1, 120], [2, 500], [3, 900]] as const) {
      meter.described(info(rtp, 7));
      meter.shown(shown(rtp, at));
    }
    expect(meter.latency()?.total).toBe(20);
  });

  it("knows nothing of inputs that were never sent", () => {
    const meter = new LatencyMeter();
    meter.described(info(1, 9));
    meter.shown(shown(1, 120));
    expect(meter.latency()).toBeNull();
  });
});

describe("answers in parts", () => {
  const whole = { path: "", entries: [{ name: "ü", path: "ü", kind: "stage" }] };
  const text = JSON.stringify(whole);
  const part = (n: number, of: number, payload: string) => JSON.stringify({ event_type: "listStagesResult", id: "list-1", part: n, numParts: of, payload });

  it("are put together in any order", () => {
    const decoder = new Decoder();
    expect(decoder.decode(part(2, 2, text.slice(10)))).toBeNull();
    expect(decoder.decode(part(1, 2, text.slice(0, 10)))?.payload).toEqual(whole);
  });

  it("that make no sense are nothing", () => {
    const decoder = new Decoder();
    for (const bad of ["", "7", "null", "{", '{"event_type":1}', '{"event_type":"pong"}', part(0, 2, "x"), part(3, 2, "x"), part(1, 1e9, "x")]) expect(decoder.decode(bad)).toBeNull();
  });

  it("are forgotten when there are too many", () => {
    const decoder = new Decoder();
    const big = "x".repeat(6 * 1024 * 1024);
    for (const id of ["a", "b", "c"]) decoder.decode(JSON.stringify({ event_type: "pong", id, part: 1, numParts: 2, payload: id === "a" ? '{"t":1' : big }));
    expect(decoder.decode(JSON.stringify({ event_type: "pong", id: "c", part: 2, numParts: 2, payload: "" }))).toBeNull();
    for (const id of ["d", "e"]) decoder.decode(JSON.stringify({ event_type: "pong", id, part: 1, numParts: 2, payload: big }));
    expect(decoder.decode(JSON.stringify({ event_type: "pong", id: "a", part: 2, numParts: 2, payload: "}" }))).toBeNull();
  });
});

describe("the page's address", () => {
  it("is the server's own by default, wherever the client lies", () => {
    expect(wishes("http://host:49100/").server).toBe("http://host:49100/");
    expect(wishes("http://host:49100/streaming/webrtc-client/?stage=a").server).toBe("http://host:49100/");
    expect(wishes("https://host/proxied/telestage/index.html").server).toBe("https://host/proxied/telestage/");
  });

  it("may name another", () => {
    expect(wishes("http://host:1/?server=10.0.0.7&signalingport=49200").server).toBe("http://10.0.0.7:49200/");
    expect(wishes("http://host:1/?server=render.local").server).toBe("http://render.local:49100/");
    expect(wishes("http://host:1/?signalingport=5").server).toBe("http://host:5/");
    expect(wishes("http://[::1]:1/?server=fe80::1&signalingport=8").server).toBe("http://[fe80::1]:8/");
  });

  it("may be that of a session within another page", () => {
    expect(wishes("http://h:1/stream/stream_17_0af/embed")).toMatchObject({ server: "http://h:1/", session: "stream_17_0af" });
    expect(wishes("https://h/view/stream/stream_17_0af/embed?name=Ann#x")).toMatchObject({ server: "https://h/view/", session: "stream_17_0af", name: "Ann" });
    for (const other of ["http://h/", "http://h/stream/other/embed", "http://h/stream/stream_1_a/embed/x", "http://h/?session=stream_1_a"]) expect(wishes(other).session).toBeNull();
  });

  it("leads to the server's doors, or to a session's", () => {
    expect(doors("https://h/view/")).toMatchObject({ whep: "https://h/view/whep", socket: "wss://h/view/ws?", mjpeg: "https://h/view/stream?hud=0", ping: "https://h/view/ping" });
    const { whep, socket, mjpeg, ping } = doors("http://h:1/", "stream_1_a");
    expect([whep, socket, mjpeg, ping]).toEqual(["http://h:1/whep?session=stream_1_a", "ws://h:1/stream/stream_1_a?binary=1&", "http://h:1/stream/stream_1_a/mjpeg", "http://h:1/session/stream_1_a"]);
  });

  it("names a stage and a camera", () => {
    expect(wishes("http://h/?stage=a%20b%2Fc.usda&camera=%2FWorld%2FCam#x")).toMatchObject({ stage: "a b/c.usda", place: { look: { payload: { path: "/World/Cam" } } } });
    expect(wishes("http://h/?stage=&camera=%zz")).toMatchObject({ stage: null, place: { look: { payload: { path: "%zz" } } } });
  });
});

describe("words", () => {
  it("names and folders of stages", () => {
    expect([stageName("robots/cell.usda"), stageFolder("robots/cell.usda")]).toEqual(["cell.usda", "robots"]);
    expect([stageName("file:///a/b/工場.usda"), stageFolder("file:///a/b/工場.usda")]).toEqual(["工場.usda", "/a/b"]);
    expect([stageName("C:\\x\\y.usd"), stageFolder("y.usd")]).toEqual(["y.usd", ""]);
  });

  it("figures", () => {
    expect([elapsed(-5), elapsed(7400), elapsed(760_000), elapsed(3_723_000)]).toEqual(["0:00", "0:07", "12:40", "1:02:03"]);
    expect([duration(0.43), duration(18.4), duration(1240), duration(75_000)]).toEqual(["0.4 ms", "18 ms", "1.2 s", "1 min 15 s"]);
    expect([bitrate(640_000), bitrate(6_240_000)]).toEqual(["640 kbps", "6.2 Mbps"]);
    expect([bytes(512), bytes(20_480), bytes(1.4e6)]).toEqual(["512 B", "20 KB", "1.4 MB"]);
    expect(elide("abcdefghij", 5)).toBe("ab…ij");
  });

  it("a still picture says so instead of zeros", () => {
    const state = initial("");
    expect(statusParts(state)).toEqual(["Still"]);
    const transport = { protocol: "UDP", pair: null, bytes: 0, signs: 0, lost: 0, roundTripMs: null, decodeMs: null };
    const welcome = { protocol: 1, server: "telestage", version: "0", client_id: 1, session: "s", role: "viewer" as const, capabilities: [], size: [2, 2] as [number, number], fps: 60 };
    const moving = { ...state, figures: { ...state.figures, fps: 59.6, bitrate: 6.2e6, transport } };
    expect(statusParts({ ...moving, welcome })).toEqual(["60 fps", "6.2 Mbps", "UDP"]);
    expect(statusParts(moving).at(-1)).toBe("UDP, watching only");
  });
});

it("a picture lies in the middle of its area and keeps its shape", () => {
  expect(contain({ left: 0, top: 0, width: 390, height: 844 }, 1280, 720)).toEqual({ left: 0, top: (844 - 219.375) / 2, width: 390, height: 219.375 });
  expect(contain({ left: 0, top: 0, width: 1280, height: 720 }, 0, 0)).toEqual({ left: 0, top: 0, width: 1280, height: 720 });
});
