// How pictures look: what is wanted shows at once, what the server says holds.
import { describe, expect, it } from "vitest";
import { groupsOf, isChanged, LooksControl, setting, shown, words } from "../src/core/looks";
import { reduce } from "../src/core/reduce";
import { initial, type State } from "../src/core/state";
import { Store } from "../src/core/store";
import type { ClientMessage, Envelope, RenderSetting, ServerMessage } from "../src/protocol";

const shading: RenderSetting = { key: "shading", label: "Shading", group: "Surfaces", type: "enum", value: "shaded", default: "shaded", options: ["shaded", "wireframe"] };
const exposure: RenderSetting = { key: "exposure", label: "Exposure", group: "Light", type: "float", value: 0, default: 0, min: -10, max: 10, step: 0.25 };
const grid: RenderSetting = { key: "grid", label: "Grid", group: "Backdrop", type: "bool", value: false, default: false };
const told = (settings: RenderSetting[]): Envelope<ServerMessage> => ({ event_type: "renderSettingsChanged", payload: { settings, result: "success", applied: true, applies_at: "immediate", requires_reload: false } });
const plane = (active: string): Envelope<ServerMessage> => ({ event_type: "activeAOVState", payload: { active, available: ["color", "depth"] } });

function desk() {
  const store = new Store<State>(reduce(reduce(initial("http://there"), told([shading, exposure, grid]), 0), plane("color"), 0));
  const sent: ClientMessage[] = [];
  const looks = new LooksControl(store, (message) => void sent.push(message));
  const value = (key: string) => setting(store.value, key)?.value;
  return { store, sent, looks, value };
}

describe("a setting", () => {
  it("shows at once, and is taken back when it is refused", () => {
    const { store, sent, looks, value } = desk();
    looks.set("shading", "wireframe");
    expect(value("shading")).toBe("wireframe");
    expect(sent).toEqual([{ event_type: "setRenderSettingRequest", payload: { key: "shading", value: "wireframe" } }]);
    store.set(reduce(store.value, { event_type: "viewerError", id: "look-1", payload: { code: "not_controller", message: "Bob drives" } }, 0));
    expect(value("shading")).toBe("shaded");
    expect(store.value).toMatchObject({ refusals: 1, notice: null });
  });

  it("stays where the hand is until its last request is answered", () => {
    const { store, looks, value } = desk();
    const answer = (exposureNow: number) => store.set(reduce(store.value, { ...told([shading, { ...exposure, value: exposureNow }, grid]), id: "look-1" }, 0));
    for (const by of [0.25, 0.25, 0.25]) looks.step("exposure", by);
    answer(0.25);
    expect(value("exposure")).toBe(0.75);
    answer(0.5);
    answer(0.75);
    expect(value("exposure")).toBe(0.75);
    store.set(reduce(store.value, told([{ ...exposure, value: 3 }]), 0));
    expect(value("exposure"), "somebody else's").toBe(3);
  });

  it("that the server does not have is not asked for", () => {
    const { sent, looks } = desk();
    looks.set("shaders", "none");
    expect(sent).toEqual([]);
  });

  it("moves by steps within its range, and turns over", () => {
    const { looks, value } = desk();
    looks.step("exposure", 0.5);
    expect(value("exposure")).toBe(0.5);
    looks.step("exposure", 99);
    expect(value("exposure")).toBe(10);
    looks.toggle("grid");
    expect(value("grid")).toBe(true);
  });

  it("goes back to what it was made with, where it is another", () => {
    const { sent, looks, store } = desk();
    looks.toggle("grid");
    looks.reset();
    expect(store.value.looks.settings.some(isChanged)).toBe(false);
    expect(sent).toHaveLength(2);
  });
});

describe("a plane", () => {
  it("is asked for once, and shading goes back to the colours", () => {
    const { store, sent, looks } = desk();
    looks.showPlane("color");
    expect(sent).toEqual([]);
    looks.showPlane("depth");
    store.set(reduce(store.value, plane("depth"), 0));
    looks.shade("wireframe");
    expect(sent.map(({ event_type }) => event_type)).toEqual(["changeAOVRequest", "changeAOVRequest", "setRenderSettingRequest"]);
    expect(store.value.looks.aov?.active).toBe("depth");
  });
});

it("names are for people", () => {
  expect(words("shaded_wireframe")).toBe("Shaded wireframe");
  expect(shown(exposure, -0.5)).toBe("−0.50");
  expect(groupsOf([shading, exposure, grid, { ...grid, key: "other" }]).map(({ name, rows }) => [name, rows.length])).toEqual([["Surfaces", 1], ["Light", 1], ["Backdrop", 2]]);
});
