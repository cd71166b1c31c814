// Everything that a user can do: each action once, with a name, a key of its own and a reason when it cannot be done.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { action, actions, DEFAULTS, find, ROWS, type ActionId } from "../src/core/actions";
import { CAMERA } from "../src/core/actions/camera";
import { HELP } from "../src/core/actions/help";
import { LOOK } from "../src/core/actions/look";
import { MOVE } from "../src/core/actions/move";
import { PANELS } from "../src/core/actions/panels";
import { GROUPS } from "../src/core/actions/row";
import { SELECTION } from "../src/core/actions/selection";
import { SESSION } from "../src/core/actions/session";
import { STAGE } from "../src/core/actions/stage";
import { EDIT } from "../src/core/actions/edit";
import { TIME } from "../src/core/actions/time";
import { VIEW } from "../src/core/actions/view";
import type { Client } from "../src/core/client";
import { resolve, UNCHANGED } from "../src/core/keymap";
import type { Desk, Page } from "../src/core/page";
import { initial, type State } from "../src/core/state";
import type { Capability } from "../src/protocol";

const KEYS = resolve(UNCHANGED, DEFAULTS);
const CAPABILITIES: Capability[] = ["open_stage", "camera", "control", "own_view", "record", "tree", "select", "settings", "aov"];

/** A desk on which everything is recorded. */
function desk(change: Partial<State> = {}, page: Partial<Page> = {}): Desk & { done: string[] } {
  const done: string[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void =>
      void done.push([name, ...args.map((arg) => JSON.stringify(arg))].join(" "));
  const recording = (fixed: object): never =>
    new Proxy(fixed, { get: (target, name) => (name in target ? Reflect.get(target, name) : note(String(name))) }) as never;
  const client: Client = recording({ prims: recording({}), hands: recording({}), camera: recording({}), looks: recording({}) });
  const shown: Page = recording({ panel: null, isTreeOpen: false, theme: "dark", keyMap: UNCHANGED, hasHints: true, now: () => 7, ...page });
  return { state: { ...initial("http://host:1"), ...change }, client, page: shown, done };
}

const base = initial("http://host:1");
const live: Partial<State> = {
  connection: { ...base.connection, phase: { name: "live", since: 0 } as never },
  welcome: { protocol: 1, server: "telestage", version: "0", client_id: 1, session: "s", role: "viewer", capabilities: CAPABILITIES, size: [2, 2], fps: 60 },
  stage: { url: "a/b.usda", generation: 1, diagnostics: [], diagnosticsTotal: 0, root: "/World" },
  looks: { settings: [], told: [], awaited: 0, aov: { active: "color", available: ["color", "depth"] } },
  cameras: [
    { path: "/World/Cam", name: "Cam", focalLength: 50 },
    { path: "/World/Other", name: "Other", focalLength: 35 },
  ],
};
const viewer = (client_id: number, name: string) => ({ client_id, name, role: "viewer" as const, view: "shared" as const });
const control = (controller: number | undefined, waiting: number[] = []): Partial<State> => ({ ...live, control: { ...(controller !== undefined && { controller }), waiting, viewers: [viewer(1, "Me"), viewer(2, "Bob")] } });
const why = (id: ActionId, on: Desk): string | null => action(id, on, KEYS).why;

describe("the registry", () => {
  it("has each id once", () => {
    const parts = [VIEW, LOOK, CAMERA, SELECTION, EDIT, TIME, STAGE, PANELS, SESSION, MOVE, HELP];
    expect(parts.flatMap(Object.keys)).toHaveLength(Object.keys(ROWS).length);
  });

  it("gives each key to one action", () => {
    const all = Object.values(DEFAULTS).flat();
    expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([]);
  });

  it("calls no two actions the same, on or off, and none without a name", () => {
    for (const on of [desk(), desk(live), desk(control(1, [2]))]) {
      const titles = actions(on, KEYS).map(({ title }) => title);
      expect(titles.filter((title, at) => title.trim() === "" || titles.indexOf(title) !== at)).toEqual([]);
    }
  });

  it("lists them group by group", () => {
    const groups = actions(desk(live), KEYS).map(({ group }) => group);
    expect([...new Set(groups)]).toEqual([...GROUPS]);
    expect(groups).toEqual([...groups].sort((a, b) => GROUPS.indexOf(a) - GROUPS.indexOf(b)));
  });

  it("says why before it fails: whatever the state, what is there can be run, and what cannot has a reason", () => {
    for (const on of [desk(), desk(live), desk(control(2)), desk(control(1, [2])), desk({ ...live, view: "own" })]) {
      for (const { id, why, run } of actions(on, KEYS)) {
        if (why !== null) expect(why, id).toMatch(/^\p{Lu}/u);
        else expect(run, id).not.toThrow();
      }
    }
  });

  it("runs nothing twice: each action that can be done does one thing", () => {
    for (const { id, why } of actions(desk(live), KEYS)) {
      if (why !== null) continue;
      const on = desk(live);
      actions(on, KEYS).find((one) => one.id === id)?.run();
      expect(on.done, id).toHaveLength(1);
    }
  });
});

describe("an action is there when it can be done", () => {
  let on: Desk & { done: string[] };
  beforeEach(() => (on = desk(live)));

  it("not without a connection, a stage, a server that can", () => {
    expect(why("all", desk())).toBe("Not connected");
    expect(why("all", desk({ ...live, welcome: null }))).toBe("This connection only watches");
    expect(why("all", desk({ ...live, stage: null }))).toBe("No stage is open");
    expect(why("all", on)).toBeNull();
    const simple = desk({ ...live, welcome: live.welcome ? { ...live.welcome, capabilities: [] } : null });
    expect(why("record", simple)).toBe("This server cannot do this");
    expect(why("tree", simple)).toBe("This server cannot do this");
  });

  it("each camera has its own", () => {
    const through = actions(on, KEYS).filter(({ id }) => id.startsWith("camera:"));
    expect(through.map(({ title }) => title)).toEqual(["Look through /World/Cam", "Look through /World/Other"]);
    through[1]?.run();
    expect(on.done).toEqual(['lookThrough "/World/Other"']);
    expect(why("leaveCamera", on)).toBe("The view is free");
    const looking = desk({ ...live, activeCamera: "/World/Cam" });
    expect(why("leaveCamera", looking)).toBeNull();
    expect(actions(looking, KEYS).filter(({ isOn }) => isOn).map(({ id }) => id)).toContain("camera:/World/Cam");
  });

  it("views along the axes, projections and other programs' hands have their own", () => {
    action("top", on, KEYS).run();
    action("orthographic", on, KEYS).run();
    actions(on, KEYS).find(({ title }) => title === "Navigate as in Blender")?.run();
    expect(on.done).toEqual(['lookFrom "top"', 'project "orthographic"', 'usePreset "blender"']);
    const parallel = desk({ ...live, camera: { projection: "orthographic" } as never }, { preset: "kit" });
    expect(action("orthographic", parallel, KEYS).isOn).toBe(true);
    action("orthographic", parallel, KEYS).run();
    expect(parallel.done).toEqual(['project "perspective"']);
    expect(actions(parallel, KEYS).filter(({ id, isOn }) => id.startsWith("preset:") && isOn).map(({ id }) => id)).toEqual(["preset:kit"]);
  });

  it("a link to the view is copied where there is one", () => {
    expect(why("copyLink", on)).toBe("This connection only watches");
    const seen = desk({ ...live, camera: { path: "/World/Cam" } as never, selection: ["/A"] }, { address: "http://h:1/?name=x" });
    action("copyLink", seen, KEYS).run();
    expect(seen.done).toEqual(['copy "http://h:1/?stage=a/b.usda&camera=/World/Cam&select=/A" "the link to this view"']);
  });

  it("what is selected can be cleared and copied", () => {
    expect([why("clearSelection", on), why("copyPath", on)]).toEqual(["Nothing is selected", "Nothing is selected"]);
    const two = desk({ ...live, selection: ["/A", "/B"] });
    action("copyPath", two, KEYS).run();
    action("clearSelection", two, KEYS).run();
    expect(two.done).toEqual(['copy "/A\\n/B" "2 paths"', "select []"]);
  });

  it("control is asked for, given and kept by whom it concerns", () => {
    expect(why("askForControl", on)).toBe("Nobody else is here");
    const watching = desk(control(2));
    expect([why("askForControl", watching), why("takeControl", watching), why("releaseControl", watching), why("keepControl", watching)]).toEqual([null, null, "You neither drive nor ask to", "Nobody asks you for control"]);
    expect(why("askForControl", desk(control(2, [1])))).toBe("You have asked");
    expect(action("releaseControl", desk(control(2, [1])), KEYS)).toMatchObject({ title: "Stop asking for control", why: null });
    const driving = desk(control(1, [2]));
    expect([why("askForControl", driving), why("keepControl", driving), why("releaseControl", driving)]).toEqual(["You drive", null, null]);
    actions(driving, KEYS).find(({ title }) => title === "Give control to Bob")?.run();
    expect(driving.done).toEqual(["grantControl 2"]);
    expect(actions(watching, KEYS).filter(({ id }) => id.startsWith("give:"))).toEqual([]);
  });

  it("that somebody else drives is for the server to say", () => {
    expect(why("all", desk(control(2)))).toBeNull();
  });

  it("views, recordings and pictures say what they will do", () => {
    expect([why("ownView", on), why("sharedView", on)]).toEqual([null, "You see the shared view"]);
    const own = desk({ ...live, view: "own" });
    expect([why("ownView", own), why("sharedView", own)]).toEqual(["You see a view of your own", null]);
    expect(action("snapshot", own, KEYS).title).toBe("Save a picture of the shared view");
    action("snapshot", on, KEYS).run();
    expect(on.done).toEqual(['save "http://host:1/snapshot.png" "b.usda.png"']);
    expect(action("record", desk({ ...live, recording: { since: 0, path: "a.mp4", bytes: 0 } }), KEYS)).toMatchObject({ title: "Stop recording", isOn: true });
  });

  it("small steps of the camera are actions too", () => {
    action("orbitLeft", on, KEYS).run();
    expect(on.done).toEqual([`nudge "orbit" ${-1 / 24} 0 7`]);
  });

  it("keys can be put back once they were changed", () => {
    expect(why("resetKeys", on)).toBe("They are as they were made");
    expect(why("resetKeys", desk(live, { keyMap: { hasSingles: true, own: { all: ["X"] } } }))).toBeNull();
  });
});

describe("an action is found", () => {
  const all = actions(desk(live), KEYS);
  const first = (query: string): string | undefined => find(query, all)[0]?.action.id;

  it("by title, initials, group and by other words for it", () => {
    expect([first("frame sel"), first("fs"), first("zoom ext"), first("cam wor oth"), first("screenshot"), first("help"), first("outliner")]).toEqual(["frame", "frame", "all", "camera:/World/Other", "snapshot", "help", "tree"]);
    expect(find("session", all).map(({ action }) => action.group)).toContain("Session");
  });

  it("all of them, in order, while nothing is typed", () => {
    expect(find(" ", all).map(({ action }) => action)).toEqual(all);
  });

  it("that can be done before one that cannot", () => {
    const [view, shared] = [vi.fn(), vi.fn()];
    const alike = { ...all[0]!, title: "View one", also: "" };
    const found = find("view", [
      { ...alike, id: "off", why: "Not now", run: view },
      { ...alike, id: "on", why: null, run: shared },
    ]);
    expect(found.map(({ action }) => action.id)).toEqual(["on", "off"]);
  });
});
