// Names of strokes, and the map of keys: defaults, what the user changes, what is kept.
import { describe, expect, it } from "vitest";
import { assign, ownerOf, parse, print, resolve, UNCHANGED } from "../src/core/keymap";
import { isSingle, nameOf, printed, spoken } from "../src/core/keys";
import { nudgeFor } from "../src/core/nudges";

describe("a stroke has a name", () => {
  it("whatever the caps lock says", () => {
    expect(nameOf({ key: "a" })).toBe("A");
    expect(nameOf({ key: "A" })).toBe("A");
    expect(nameOf({ key: "R", shift: true })).toBe("Shift+R");
    expect(nameOf({ key: "r", shift: true })).toBe("Shift+R");
  });

  it("whatever Shift does to signs", () => {
    expect(nameOf({ key: "?", shift: true })).toBe("?");
    expect(nameOf({ key: "/", shift: true })).toBe("/");
    expect(nameOf({ key: "+", shift: true })).toBe("+");
    expect(nameOf({ key: "ArrowLeft", shift: true })).toBe("Shift+ArrowLeft");
  });

  it("whatever script is typed", () => {
    expect(nameOf({ key: "а", code: "KeyF" })).toBe("F");
    expect(nameOf({ key: "Ф", code: "KeyA", shift: true })).toBe("Shift+A");
    expect(nameOf({ key: "q", code: "KeyA" })).toBe("Q");
    expect(nameOf({ key: "ö", code: "Semicolon" })).toBe("Ö");
  });

  it("unless it says nothing by itself", () => {
    for (const key of ["Shift", "Control", "Dead", "Unidentified"]) expect(nameOf({ key })).toBeNull();
    expect(nameOf({ key: "f", alt: true })).toBeNull();
  });

  it("with Ctrl and Cmd alike", () => {
    expect(nameOf({ key: "k", ctrl: true })).toBe("Ctrl+K");
    expect(nameOf({ key: "Escape" })).toBe("Esc");
    expect(nameOf({ key: " " })).toBe("Space");
  });

  it("and is a single one or not", () => {
    for (const name of ["A", "Shift+A", "?", "+", "7", "Ö"]) expect(isSingle(name), name).toBe(true);
    for (const name of ["Esc", "Ctrl+K", "Space", "ArrowLeft", "Shift+ArrowLeft", "F1", "", " ", "Shift+"]) expect(isSingle(name), name).toBe(false);
  });

  it("that is printed as the machine prints it, and told as assistive technology reads it", () => {
    expect(["Ctrl+K", "Shift+R", "+", "-", "Shift+ArrowUp"].map((name) => printed(name, false))).toEqual(["Ctrl+K", "Shift+R", "+", "−", "Shift+↑"]);
    expect(["Ctrl+K", "Ctrl+Shift+P"].map((name) => printed(name, true))).toEqual(["⌘K", "⌘Shift+P"]);
    expect(["Ctrl+K", "Esc", "+", "?"].map((name) => spoken(name, false))).toEqual(["Control+K", "Escape", "Plus", "?"]);
    expect(spoken("Ctrl+K", true)).toBe("Meta+K");
  });

  it("and moves the camera, if it is one of those", () => {
    expect(nudgeFor({ key: "ArrowRight" })).toMatchObject({ command: "orbit", x: 1 / 24, y: 0 });
    expect(nudgeFor({ key: "ArrowUp", shift: true })).toMatchObject({ command: "pan", y: -1 / 24 });
    expect(nudgeFor({ key: "=" })).toMatchObject({ command: "zoom", y: -1 });
    expect(nudgeFor({ key: "+", ctrl: true })).toBeNull();
  });
});

describe("the map of keys", () => {
  const defaults = { frame: ["F"], all: ["A"], help: ["?", "H"], palette: ["Ctrl+K"], idle: [] };
  const keys = (map = UNCHANGED, of = defaults): Record<string, readonly string[]> => Object.fromEntries(resolve(map, of));

  it("is the defaults at first", () => {
    expect(keys()).toEqual(defaults);
    expect(ownerOf(UNCHANGED, "H", defaults)).toBe("help");
    expect(ownerOf(UNCHANGED, "G", defaults)).toBeNull();
  });

  it("gives a free key, and the old one is free", () => {
    const map = assign(UNCHANGED, "frame", "G", defaults);
    expect(keys(map)["frame"]).toEqual(["G"]);
    expect(ownerOf(map, "F", defaults)).toBeNull();
    expect(keys(assign(map, "idle", "F", defaults))).toMatchObject({ idle: ["F"], frame: ["G"] });
  });

  it("knows whose a key is, and takes it from there and from nowhere else", () => {
    expect(ownerOf(UNCHANGED, "A", defaults)).toBe("all");
    const map = assign(UNCHANGED, "frame", "H", defaults);
    expect(keys(map)).toMatchObject({ frame: ["H"], all: ["A"], help: ["?"] });
    expect(assign(UNCHANGED, "frame", "A", defaults).own).toEqual({ frame: ["A"], all: [] });
  });

  it("takes a key away, and keys with Ctrl stay", () => {
    expect(keys(assign(UNCHANGED, "frame", null, defaults))["frame"]).toEqual([]);
    expect(keys(assign(UNCHANGED, "palette", "P", defaults))["palette"]).toEqual(["P", "Ctrl+K"]);
  });

  it("keeps nothing that is as it was made", () => {
    const map = assign(assign(UNCHANGED, "frame", "G", defaults), "frame", "F", defaults);
    expect(map.own).toEqual({});
  });

  it("switches all single keys off and no other", () => {
    expect(keys({ hasSingles: false, own: { all: ["X"] } })).toEqual({ frame: [], all: [], help: [], palette: ["Ctrl+K"], idle: [] });
    // They still have their owners.
    expect(ownerOf({ hasSingles: false, own: {} }, "F", defaults)).toBe("frame");
  });

  it("prefers what the user chose to a default that came later", () => {
    const map = assign(UNCHANGED, "frame", "G", defaults);
    expect(keys(map, { ...defaults, idle: ["G"] } as unknown as typeof defaults)).toMatchObject({ frame: ["G"], idle: [] });
  });

  it("gives one key one action, whatever a text says", () => {
    expect(keys({ hasSingles: true, own: { frame: ["X"], all: ["X", "Y"] } })).toMatchObject({ frame: ["X"], all: ["Y"] });
  });

  it("is kept as a text and read back", () => {
    const map = { ...assign(UNCHANGED, "frame", "G", defaults), hasSingles: false };
    expect(print(map)).toBe('{"version":1,"singles":false,"keys":{"frame":["G"]}}');
    expect(parse(print(map))).toEqual(map);
    expect(parse(print(UNCHANGED))).toEqual(UNCHANGED);
  });

  it("forgets what is no map, and keeps what another client may know", () => {
    for (const text of [null, "", "no", "7", "null", "[]", '{"keys":{"frame":["G"]}}', '{"version":2,"keys":{"frame":["G"]}}']) expect(parse(text), String(text)).toEqual(UNCHANGED);
    expect(parse('{"version":1,"keys":[]}')).toEqual(UNCHANGED);
    expect(parse('{"version":1,"keys":{"frame":["Ctrl+W",7,"G"],"all":"A","play":["P"]}}')).toEqual({ hasSingles: true, own: { frame: ["G"], play: ["P"] } });
    expect(keys(parse('{"version":1,"keys":{"play":["A"]}}'))["all"]).toEqual(["A"]);
  });
});
