import { describe, expect, it } from "vitest";
import { codec, picture } from "../src/core/framing";
import { Parts } from "../src/core/multipart";
import { Ways } from "../src/core/ways";

describe("the way to the server", () => {
  it("goes from WebRTC to WebSocket to MJPEG and round again", () => {
    const ways = new Ways();
    const seen = [];
    for (let i = 0; i < 4; i += 1) {
      seen.push(ways.current);
      ways.failed("control", { kind: "no_path", detail: "" });
    }
    expect(seen).toEqual(["webrtc", "websocket", "mjpeg", "webrtc"]);
  });

  it("is no worse for a server that is away, busy, or was lost after it had worked", () => {
    const ways = new Ways();
    ways.failed("host", { kind: "unreachable", detail: "" });
    ways.failed("host", { kind: "timeout" });
    ways.failed("allowed", { kind: "refused", status: 503, detail: "" });
    ways.failed(null, { kind: "closed", detail: "" });
    ways.failed(null, { kind: "silent" });
    expect([ways.current, ways.hasBetter]).toEqual(["webrtc", false]);
  });

  it("leaves WebRTC where the browser has none, and comes back to it where it works again", () => {
    const ways = new Ways();
    ways.failed("host", { kind: "missing", what: "webrtc" });
    expect([ways.current, ways.hasBetter]).toEqual(["websocket", true]);
    ways.better();
    expect(ways.current).toBe("webrtc");
  });
});

describe("a picture on the WebSocket", () => {
  const message = (bytes: number[]): ArrayBuffer => new Uint8Array(bytes).buffer;

  it("is read from its sixteen bytes", () => {
    const found = picture(message([1, 3, 0, 0, 4, 3, 2, 1, 5, 0, 0, 0, 0, 255, 0, 0, 42, 43]));
    expect(found?.header).toEqual({ isKey: true, isJpeg: true, frame: 0x01020304, rtpTimestamp: 5, inputSeq: 0xff00 });
    expect([...(found?.body ?? [])]).toEqual([42, 43]);
  });

  it("is nothing where it is too short or of another version", () => {
    expect(picture(message([1, 0, 0, 0]))).toBeNull();
    expect(picture(message(Array.from({ length: 16 }, () => 1)))).toBeNull();
    expect(picture(message(Array.from({ length: 20 }, () => 2)))).toBeNull();
  });

  it("names its codec by its parameter set", () => {
    const unit = (type: number) => new Uint8Array([0, 0, 0, 1, 9, 16, 0, 0, 0, 1, type, 0x42, 0xc0, 0x1f, 1, 2]);
    expect(codec(unit(0x67))).toBe("avc1.42c01f");
    expect(codec(unit(0x65))).toBeNull();
  });
});

describe("MJPEG", () => {
  const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = bytes("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\none\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nthree\r\n");

  it("comes out in parts however it was cut", () => {
    for (const size of [1, 7, 1000]) {
      const parts = new Parts();
      const bodies: string[] = [];
      for (let at = 0; at < stream.length; at += size) {
        for (const body of parts.push(stream.slice(at, at + size)) ?? []) bodies.push(String.fromCharCode(...body));
      }
      expect(bodies).toEqual(["one", "three"]);
    }
  });

  it("is told from something else", () => {
    expect(new Parts().push(bytes("HTTP nonsense\r\n\r\nmore"))).toBeNull();
    expect(new Parts().push(new Uint8Array(5000))).toBeNull();
  });
});
