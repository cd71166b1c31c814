// Bookmarks: told by the server, gone to by messages that anybody may send.
import { describe, expect, it } from "vitest";
import { CameraControl, freeName } from "../src/core/cameras";
import { reduce } from "../src/core/reduce";
import { initial, type State } from "../src/core/state";
import type { Bookmark, ClientMessage } from "../src/protocol";

const bookmark = (over: Partial<Bookmark> = {}): Bookmark => ({ name: "A", eye: [1, 2, 3], target: [0, 0, 0], up: [0, 1, 0], fov_y: 30, ...over });
const moving: Partial<State> = { timeline: { status: { playing: true, time: 1, start: 1, end: 9, fps: 24, loop: true, rate: 1, stage_generation: 1 }, at: 0 } };

function gone(to: Bookmark, state: Partial<State> = {}): [string, unknown][] {
  const sent: ClientMessage[] = [];
  const control = new CameraControl((message) => sent.push(message), {} as never, {} as never);
  control.goTo(to, { ...initial("http://h:1"), ...state });
  return sent.map(({ event_type, payload }) => [event_type, payload]);
}

describe("a bookmark", () => {
  it("leads to its view, in perspective or in parallel, and through a camera of the stage", () => {
    const { eye, target, up } = bookmark();
    expect(gone(bookmark())).toEqual([["setCameraRequest", { eye, target, up, fov_y: 30, transition_ms: 200 }]]);
    const { fov_y: _, ...parallel } = bookmark({ ortho_height: 4, shift: [0.1, 0] });
    expect(gone(parallel)).toEqual([["setCameraRequest", { eye, target, up, ortho_height: 4, shift: [0.1, 0], transition_ms: 200 }]]);
    expect(gone(bookmark({ path: "/World/Cam" }))).toEqual([["set_camera", { path: "/World/Cam", transition_ms: 200 }]]);
  });

  it("brings its time and its selection, if it has any", () => {
    expect(gone(bookmark({ time: 4.5, prims: [] }), moving).slice(1)).toEqual([
      ["timelineControlRequest", { action: "pause" }],
      ["timelineControlRequest", { action: "seek", time: 4.5 }],
      ["selectPrimsRequest", { paths: [] }],
    ]);
    expect(gone(bookmark({ time: 4.5 })), "nothing moves here any more").toHaveLength(1);
  });

  it("is told by the server, is another server's after a new greeting, and gets a name that is free", () => {
    const told = reduce(initial("http://h:1"), { event_type: "bookmarkList", payload: { bookmarks: [bookmark({ name: "View 1" }), bookmark({ name: "View 3" })], stage_generation: 1 } }, 0);
    expect(told.bookmarks.map(({ name }) => name)).toEqual(["View 1", "View 3"]);
    expect([freeName(told.bookmarks), freeName([])]).toEqual(["View 2", "View 1"]);
    const refused = reduce(told, { event_type: "viewerError", payload: { code: "internal", message: "the disk is full" }, id: "bookmark-4" }, 0);
    expect(refused.notice).toMatchObject({ title: "Cannot change the bookmarks", text: "The disk is full." });
    expect(refused.bookmarks).toHaveLength(2);
  });
});
