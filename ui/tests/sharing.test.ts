import { describe, expect, it } from "vitest";
import { reduce } from "../src/core/reduce";
import { standing } from "../src/core/sharing";
import { initial, type State } from "../src/core/state";
import type { ControlState, ServerMessage, ViewerRow } from "../src/protocol";

const row = (client_id: number, view: "shared" | "own" = "shared"): ViewerRow => ({ client_id, name: `Viewer ${client_id}`, role: "viewer", view });
const welcome: ServerMessage = {
  event_type: "welcome",
  payload: { protocol: 1, server: "telestage", version: "0", client_id: 2, session: "s", role: "viewer", capabilities: [], size: [2, 2], fps: 60 },
};
/** Client 2's state when it hears of `control` at 1000. */
function heard(control: ControlState): State {
  const greeted = reduce(initial("there"), welcome, 0);
  return reduce(greeted, { event_type: "controlState", payload: control }, 1000);
}

describe("where one stands", () => {
  it("is alone, free, watching, driving or on its own", () => {
    expect(standing(initial("there"))).toEqual({ name: "alone" });
    expect(standing(heard({ waiting: [], controller: 2, viewers: [row(2)] }))).toEqual({ name: "alone" });
    expect(standing(heard({ waiting: [], viewers: [row(1), row(2)] }))).toEqual({ name: "free" });
    expect(standing(heard({ waiting: [], controller: 1, viewers: [row(1), row(2)] }))).toEqual({ name: "watching", driver: row(1), isWaiting: false, until: null });
    expect(standing(heard({ waiting: [], controller: 2, viewers: [row(1), row(2)] }))).toMatchObject({ name: "driving", asking: null });
    expect(standing(heard({ waiting: [], controller: 1, viewers: [row(1), row(2, "own")] }))).toEqual({ name: "own" });
  });

  it("says when control comes, to who asks first and to who is asked", () => {
    const asked = { waiting: [2, 3], granted_in_ms: 7000, controller: 1, viewers: [row(1), row(2), row(3)] };
    expect(standing(heard(asked))).toEqual({ name: "watching", driver: row(1), isWaiting: true, until: 8000 });
    expect(standing(heard({ ...asked, waiting: [3, 2] }))).toMatchObject({ isWaiting: true, until: null });
    expect(standing(heard({ ...asked, controller: 2, waiting: [3] }))).toEqual({ name: "driving", asking: row(3), until: 8000 });
  });
});

describe("a refusal", () => {
  const error: ServerMessage = { event_type: "viewerError", payload: { code: "not_controller", message: "Viewer 1 drives this view" } };

  it("of a hand is counted and not written over the picture", () => {
    const state = reduce(heard({ waiting: [], viewers: [] }), error, 0);
    expect([state.refusals, state.notice]).toEqual([1, null]);
  });

  it("of a request is told", () => {
    const state = reduce(heard({ waiting: [], viewers: [] }), { ...error, id: "open-1" }, 0);
    expect(state.notice?.text).toBe("Viewer 1 drives this view.");
  });

  it("of a view of one's own is told", () => {
    const result: ServerMessage = { event_type: "viewResult", payload: { view: "shared", result: "error", code: "busy", error: "2 own views are open" } };
    const state = reduce(heard({ waiting: [], viewers: [] }), result, 0);
    expect([state.view, state.notice?.text]).toEqual(["shared", "2 own views are open."]);
  });
});
