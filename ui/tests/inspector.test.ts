import { describe, expect, it } from "vitest";
import type { ClientMessage, GetPropertiesResponse, PropertyRow } from "../src/protocol";
import { Edits, outdated, parentOf } from "../src/core/edits";
import { canType, groups, Inspector, oneLine, typed, usd, usdText } from "../src/core/inspector";
import { reduce } from "../src/core/reduce";
import { initial, type State } from "../src/core/state";
import { Store } from "../src/core/store";
import { fresh, heard } from "../src/core/tree";

const row = (over: Partial<PropertyRow>): PropertyRow => ({ name: "size", type: "double", value: 2, time_sampled: false, custom: false, authored: true, uniform: false, metadata: [], ...over });
const sheet = (properties: PropertyRow[]): GetPropertiesResponse => ({ prim_path: "/World/Box", prim: { type: "Cube", specifier: "def", api_schemas: [], metadata: [], stack: [] }, properties, stage_generation: 1 });
const welcome = { protocol: 1, server: "telestage", version: "1", client_id: 1, session: "s", role: "controller" as const, capabilities: ["properties" as const, "edit" as const], size: [1280, 720] as [number, number], fps: 60 };
const open: State = { ...initial("here"), welcome, stage: { url: "a.usda", generation: 1, root: "/World", diagnostics: [], diagnosticsTotal: 0 }, tree: fresh(1) };

describe("values", () => {
  it("are one line, and USD text", () => {
    expect(oneLine({ length: 9, preview: [[0, 1], [2, 3]], truncated: true })).toBe("9 × (0, 1), (2, 3), …");
    expect(oneLine(0.1 + 0.2)).toBe("0.3");
    expect(usd({ length: 2, preview: ["a", "b"], truncated: false })).toBe('["a", "b"]');
    expect(usd([1, 0, 0.5])).toBe("(1, 0, 0.5)");
  });

  it("are typed as their kind asks", () => {
    expect(typed(2, " 3.5 ")).toBe(3.5);
    expect(typed([1, 2, 3], "(4, 5 6)")).toEqual([4, 5, 6]);
    expect(typed([1, 2, 3], "4, 5")).toBeNull();
    expect(typed(2, "much")).toBeNull();
    expect(typed(true, "0")).toBe(false);
    expect(typed("inherited", "invisible")).toBe("invisible");
    expect([canType(row({})), canType(row({ value: null })), canType(row({ type: "rel" })), canType(row({ value: { length: 1, preview: [1], truncated: false } }))]).toEqual([true, false, false, false]);
  });

  it("are grouped by namespace and filtered", () => {
    const rows = [row({}), row({ name: "xformOp:translate" }), row({ name: "xformOpOrder" }), row({ name: "primvars:st" })];
    expect(groups(rows, "").map(([space, list]) => [space, list.length])).toEqual([["", 2], ["xformOp", 1], ["primvars", 1]]);
    expect(groups(rows, "ST").map(([space]) => space)).toEqual(["primvars"]);
  });

  it("make USD text of a prim", () => {
    const told = sheet([row({}), row({ name: "look", type: "rel", value: null, targets: ["/Red"] }), row({ name: "unsaid", authored: false })]);
    expect(usdText({ path: "/World/Box", told, variants: {}, isBusy: false, error: null })).toBe('def Cube "Box"\n{\n    double size = 2\n    rel look = [</Red>]\n}\n');
  });
});

describe("the inspector", () => {
  it("asks once at a time, and again if something changed meanwhile", () => {
    const sent: ClientMessage[] = [];
    const store = new Store<State>(open);
    const inspector = new Inspector(store, (message) => sent.push(message));
    const asked = () => sent.filter(({ event_type }) => event_type === "getPropertiesRequest").length;
    inspector.look("/World/Box");
    inspector.refresh();
    inspector.refresh();
    expect(asked()).toBe(1);
    store.set(reduce(store.value, { event_type: "getPropertiesResponse", id: "sheet-1", payload: sheet([row({})]) }, 0));
    expect(store.value.sheet?.told?.properties).toHaveLength(1);
    inspector.answered();
    expect(asked()).toBe(2);
    inspector.look(null);
    expect(store.value.sheet).toBeNull();
  });

  it("takes a page of one array into what it shows", () => {
    const array = { length: 200, preview: [0], truncated: true };
    const before: State = { ...open, sheet: { path: "/World/Box", told: sheet([row({}), row({ name: "points", value: array })]), variants: {}, isBusy: false, error: null } };
    const page = sheet([row({ name: "points", value: { ...array, offset: 100, preview: [100] } })]);
    const after = reduce(before, { event_type: "getPropertiesResponse", id: "page-2", payload: page }, 0);
    expect(after.sheet?.told?.properties.map(({ value }) => value)).toEqual([2, { length: 200, offset: 100, preview: [100], truncated: true }]);
  });
});

describe("edits", () => {
  it("are sent for the stage that is seen, where the server can", () => {
    const sent: ClientMessage[] = [];
    const store = new Store<State>(open);
    const edits = new Edits(store, (message) => sent.push(message));
    edits.setVisible(["/World/Box"], false);
    expect(sent).toEqual([{ event_type: "setVisibilityRequest", payload: { paths: ["/World/Box"], visible: false, stage_generation: 1 } }]);
    store.set({ ...open, welcome: { ...welcome, capabilities: [] } });
    edits.undo();
    expect(sent).toHaveLength(1);
  });

  it("that are refused are told, and those of who does not drive are only said louder", () => {
    const result = (over: object) => ({ event_type: "setVisibilityResult" as const, id: "edit-1", payload: { result: "error" as const, error: "it is part of an instance", code: "refused" as const, can_undo: false, can_redo: false, ...over } });
    expect(reduce(open, result({}), 0).notice?.text).toBe("It is part of an instance.");
    expect(reduce(open, result({ code: "not_controller" }), 0)).toMatchObject({ notice: null, refusals: 1 });
    expect(reduce(open, result({ result: "success", can_undo: true }), 0)).toMatchObject({ canUndo: true, canRedo: false });
  });

  it("outdate what the tree knows of them, and nothing else", () => {
    const known = (prim_path: string, ...names: string[]) => ({ prim_path, offset: 0, total: names.length, stage_generation: 1, children: names.map((name) => ({ name, path: `${prim_path === "/" ? "" : prim_path}/${name}`, type: "Xform", class: "xform" as const, children: true, active: true, visible: true })) });
    const tree = [known("/", "World"), known("/World", "Box", "Ball"), known("/World/Box", "Lid"), known("/World/Ball", "Skin")].reduce(heard, fresh(1));
    const change = { resynced: [], changed: ["/World/Box"], stage_generation: 1 };
    expect(outdated(tree, change).map(({ path }) => path)).toEqual(["/World", "/World/Box"]);
    expect(outdated(tree, { ...change, stage_generation: 2 })).toEqual([]);
    expect(outdated(tree, { ...change, changed: [], truncated: true })).toHaveLength(4);
    expect([parentOf("/World/Box"), parentOf("/World")]).toEqual(["/World", "/"]);
  });
});
