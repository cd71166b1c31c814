// Drags by other programs' habits, and orbits around what is under the cursor.
import { beforeEach, describe, expect, it } from "vitest";
import { Hands, type Press } from "../src/core/gestures";
import { mouse } from "../src/core/handbook";
import { handOf, PRESET_IDS, presetOf, PRESETS, type Hand, type PresetId } from "../src/core/presets";
import { focalOf, fovOf, frameOf, short } from "../src/core/lens";
import type { CameraCommandRequest } from "../src/protocol";
import { VirtualTime } from "./virtual";

/** `Alt+Shift+left` as a press. */
function press(name: string): { button: number; alt: boolean; shift: boolean; ctrl: boolean } {
  const words = name.split("+");
  return { button: ["left", "middle", "right"].indexOf(words.at(-1) ?? ""), alt: words.includes("Alt"), shift: words.includes("Shift"), ctrl: words.includes("Ctrl") };
}

describe("a drag", () => {
  const TABLE: [PresetId, Record<string, Hand | null>][] = [
    ["default", { left: "orbit", "Alt+left": "orbit", "Shift+left": "marquee", "Alt+Shift+left": "orbit", "Ctrl+left": "orbit", middle: "pan", "Shift+middle": "pan", right: "look", "Shift+right": "look", "Alt+right": "zoom" }],
    ["kit", { left: "marquee", "Ctrl+left": "marquee", "Alt+left": "orbit", middle: "pan", "Alt+middle": "pan", right: "look", "Alt+right": "zoom" }],
    ["usdview", { left: "marquee", "Alt+left": "orbit", "Ctrl+Alt+left": "pan", "Alt+middle": "pan", "Alt+right": "zoom" }],
    ["blender", { left: "marquee", middle: "orbit", "Shift+middle": "pan", "Ctrl+middle": "zoom", "Alt+left": "orbit", "Alt+Shift+left": "pan", "Alt+Ctrl+left": "zoom", right: "look" }],
    ["cad", { left: "marquee", middle: "orbit", "Ctrl+middle": "pan", "Shift+middle": "zoom", right: "pan" }],
  ];
  it.each(TABLE)("does what its preset says: %s", (id, expected) => {
    for (const [name, hand] of Object.entries(expected)) expect(handOf(PRESETS[id], press(name)), name).toBe(hand);
  });

  it("can orbit, pan, zoom and select in every preset, and the handbook says how", () => {
    for (const id of PRESET_IDS) {
      const words = mouse(PRESETS[id]).map(([, what]) => what);
      for (const what of ["Orbit", "Pan", "Zoom to the cursor"]) expect(words, id).toContain(what);
      expect(new Set(mouse(PRESETS[id]).map(([hand]) => hand)).size, id).toBe(words.length);
    }
    expect(mouse(PRESETS.default)[0]).toEqual(["Left drag, Alt + left drag", "Orbit"]);
    expect(mouse(PRESETS.cad).some(([hand]) => hand.includes("W A S D"))).toBe(false);
  });

  it("is by the default preset whatever else was kept", () => {
    expect([presetOf(null), presetOf("maya"), presetOf("toString"), presetOf("cad")]).toEqual(["default", "default", "default", "cad"]);
  });
});

describe("hands with a preset", () => {
  let sent: CameraCommandRequest[];
  let hands: Hands;
  let begun: [number, number, number][];
  const down = (over: Partial<Press> = {}): boolean => hands.press({ id: 1, isTouch: false, button: 0, x: 320, y: 180, alt: false, shift: false, ctrl: false, canEnclose: true, at: 0, ...over });
  beforeEach(() => {
    sent = [];
    begun = [];
    hands = new Hands((command) => sent.push(command), new VirtualTime().after);
    hands.layOut({ left: 0, top: 0, width: 1280, height: 720 });
    hands.orbitBegins = (...told) => begun.push(told);
  });

  it("draw a rectangle with the left button, and orbit where nothing can be selected", () => {
    hands.preset = PRESETS.kit;
    down();
    hands.move(1, 400, 200, 1);
    expect([hands.marquee.value !== null, sent]).toEqual([true, []]);
    hands.release(1, 2);
    down({ canEnclose: false });
    hands.move(1, 400, 200, 3);
    expect(sent.map(({ command }) => command)).toEqual(["orbit"]);
  });

  it("fly only while a drag looks around", () => {
    hands.preset = PRESETS.cad;
    down({ button: 2 });
    expect(hands.keyDown("KeyW", false, 1)).toBe(false);
    hands.release(1, 2);
    hands.preset = PRESETS.blender;
    down({ button: 2 });
    expect(hands.keyDown("KeyW", false, 3)).toBe(true);
  });

  it("orbit with one finger whatever the preset", () => {
    hands.preset = PRESETS.cad;
    down({ isTouch: true });
    hands.move(1, 400, 200, 1);
    expect(sent[0]?.command).toBe("orbit");
  });

  it("ask where an orbit begins, go on meanwhile, and turn around what they are told from then on", () => {
    down();
    hands.move(1, 400, 180, 1);
    expect(begun).toEqual([[sent[0]?.gesture, 0.25, 0.25]]);
    expect(sent[0]?.pivot).toBeUndefined();
    hands.turnAround(begun[0]![0], [1, 2, 3]);
    hands.move(1, 420, 180, 2);
    hands.release(1, 3);
    const from = [80 / 720, 0];
    expect(sent.slice(1).map(({ pivot, pivot_from, final }) => [pivot, pivot_from, final])).toEqual([[[1, 2, 3], from, undefined], [[1, 2, 3], from, true]]);
    // What comes too late is of another gesture.
    down();
    hands.move(1, 400, 180, 4);
    hands.turnAround(begun[0]![0], [9, 9, 9]);
    hands.move(1, 420, 180, 5);
    expect(sent.at(-1)?.pivot).toBeUndefined();
  });

  it("keep what they turn around when the other side is new", () => {
    down();
    hands.move(1, 400, 180, 1);
    hands.turnAround(begun[0]![0], [1, 2, 3]);
    hands.startOver();
    hands.move(1, 420, 180, 2);
    expect(sent.at(-1)).toMatchObject({ pivot: [1, 2, 3], pivot_from: [0, 0], x: 20 / 720 });
  });

  it("do not ask for drags that pan, zoom or look, nor for what lies beside the picture", () => {
    for (const over of [{ button: 1 }, { button: 2 }, { button: 2, alt: true }, { x: -5 }]) {
      down(over);
      hands.move(1, 400, 200, 1);
      hands.release(1, 2);
    }
    expect(begun).toEqual([]);
  });
});

describe("a lens", () => {
  it("of 50 mm sees 27 degrees, both ways", () => {
    expect(fovOf(50)).toBeCloseTo(26.9915, 4);
    for (const focal of [10, 24, 50, 135, 300]) expect(focalOf(fovOf(focal))).toBeCloseTo(focal, 9);
    expect([fovOf(0), fovOf(1e9)]).toEqual([179, 0.01]);
    expect([short(26.99146), short(100.26), short(7)]).toEqual(["27", "100.3", "7"]);
  });

  it("of a stage's camera frames a part of a picture that has another shape", () => {
    const camera = { path: "/Cam" } as never;
    const rows = [{ path: "/Cam", name: "Cam", focalLength: 50, aspect: 1.5 }];
    expect(frameOf(camera, rows, [1800, 1000])).toEqual([1.5 / 1.8, 1]);
    expect(frameOf(camera, rows, [1000, 1000])).toEqual([1, 1 / 1.5]);
    expect(frameOf(camera, rows, [1502, 1000])).toBeNull();
    expect([frameOf(null, rows, [1800, 1000]), frameOf(camera, [], [1800, 1000]), frameOf(camera, rows, [1, 0])]).toEqual([null, null, null]);
  });
});
