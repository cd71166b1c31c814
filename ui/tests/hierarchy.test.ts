import { beforeEach, describe, expect, it } from "vitest";
import type { ClientMessage, PrimRow } from "../src/protocol";
import { DEFAULTS } from "../src/core/actions";
import { nameOf } from "../src/core/keys";
import { Prims } from "../src/core/prims";
import { initial, type State } from "../src/core/state";
import { Store } from "../src/core/store";
import { fresh, heard } from "../src/core/tree";

let store: Store<State>;
let sent: ClientMessage[];
let prims: Prims;

const welcome = { protocol: 1, server: "telestage", version: "1", client_id: 1, session: "s", role: "controller" as const, capabilities: ["select" as const, "tree" as const], size: [1280, 720] as [number, number], fps: 60 };

beforeEach(() => {
  const stage = { url: "a.usda", generation: 1, root: "/World", diagnostics: [], diagnosticsTotal: 0 };
  store = new Store<State>({ ...initial("here"), welcome, stage, tree: fresh(1) });
  sent = [];
  prims = new Prims(
    store,
    (message) => sent.push(message),
    () => 7,
  );
});

const selection = () => store.value.selection;
const select = (...paths: string[]): void => store.set({ ...store.value, selection: paths });
const told = (prim_path: string, ...names: string[]): void => {
  const children = names.map((name) => ({ name, path: `${prim_path}/${name}`, type: "Xform", class: "xform", children: false, active: true, visible: true }) as PrimRow);
  store.set({ ...store.value, tree: heard(store.value.tree, { prim_path, children, offset: 0, total: names.length, stage_generation: 1 }) });
  prims.heardChildren();
};

describe("up and down the hierarchy", () => {
  it("goes up to the root prim and the same way back down", () => {
    select("/X", "/World/Robot/Arm");
    prims.up();
    prims.up();
    prims.up();
    expect(selection()).toEqual(["/World"]);
    prims.down();
    expect(selection()).toEqual(["/World/Robot"]);
    prims.down();
    expect(selection()).toEqual(["/World/Robot/Arm"]);
    expect(sent.map(({ event_type }) => event_type)).toEqual(Array(4).fill("selectPrimsRequest"));
  });

  it("goes down to the first child, and asks for it if it is not known", () => {
    select("/World");
    prims.down();
    expect(sent).toMatchObject([{ event_type: "getChildrenRequest", payload: { prim_path: "/World" } }]);
    prims.down();
    expect(sent).toHaveLength(1);
    told("/World", "Floor", "Robot");
    expect(selection()).toEqual(["/World/Floor"]);
    select("/World");
    prims.down();
    expect(selection()).toEqual(["/World/Floor"]);
  });

  it("forgets the way back when something else was selected", () => {
    select("/World/Robot/Arm");
    prims.up();
    select("/Other");
    told("/Other", "First");
    prims.down();
    expect(selection()).toEqual(["/Other/First"]);
    select("/Other/Second/Deep");
    prims.up();
    prims.up();
    prims.down();
    prims.down();
    expect(selection()).toEqual(["/Other/Second/Deep"]);
  });

  it("stays where nothing is below, and selects nothing that came too late", () => {
    select("/World/Leaf");
    prims.down();
    told("/World/Leaf");
    expect(selection()).toEqual(["/World/Leaf"]);
    select("/World/Late");
    prims.down();
    select("/World/Leaf");
    told("/World/Late", "Child");
    expect(selection()).toEqual(["/World/Leaf"]);
  });

  it("begins where the tree does", () => {
    prims.up();
    expect(sent).toEqual([]);
    prims.down();
    expect(selection()).toEqual(["/World"]);
  });

  it("has keys of its own: arrows alone are the camera's", () => {
    expect(DEFAULTS.parent).toEqual([nameOf({ key: "ArrowUp", alt: true })]);
    expect(DEFAULTS.child).toEqual([nameOf({ key: "ArrowDown", alt: true })]);
    expect(nameOf({ key: "ArrowUp" })).not.toBe(nameOf({ key: "ArrowUp", alt: true }));
    expect(nameOf({ key: "f", alt: true })).toBeNull();
  });
});

describe("a marquee", () => {
  it("is sent in units of the view with the frame that was seen", () => {
    prims.marquee([0.5, 1.25], [0.25, 0.5], "toggle");
    expect(sent).toEqual([{ event_type: "marqueeRequest", payload: { x0: 640, y0: 900, x1: 320, y1: 360, mode: "toggle", stage_generation: 1, frame: 7 } }]);
  });
});
