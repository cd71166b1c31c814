import { beforeEach, describe, expect, it } from "vitest";
import { ZOOM_PER_UNIT, type CameraCommandRequest } from "../src/protocol";
import { Hands, type Press } from "../src/core/gestures";
import { VirtualTime } from "./virtual";

let sent: { command: CameraCommandRequest; at: number | null }[];
let time: VirtualTime;
let hands: Hands;

beforeEach(() => {
  sent = [];
  time = new VirtualTime();
  hands = new Hands((command, at) => sent.push({ command, at }), time.after);
  hands.layOut({ left: 0, top: 0, width: 1280, height: 720 });
});

const press = (over: Partial<Press> = {}): boolean => hands.press({ id: 1, isTouch: false, button: 0, x: 640, y: 360, alt: false, shift: false, ctrl: false, canEnclose: true, at: 0, ...over });
const last = () => sent.at(-1)?.command;

describe("Shift and a left drag", () => {
  beforeEach(() => press({ shift: true }));

  it("draws a rectangle beyond the threshold, either way and beyond the picture, and moves no camera", () => {
    hands.move(1, 641, 361, 1);
    expect(hands.marquee.value).toBeNull();
    hands.move(1, 700, 300, 2);
    hands.move(1, -20, 900, 3);
    expect(hands.marquee.value).toEqual({ x0: 640, y0: 360, x1: -20, y1: 900 });
    expect(hands.release(1, 4)).toBe("marquee");
    expect([hands.marquee.value, sent]).toEqual([null, []]);
  });

  it("is a click if the hand stands", () => {
    expect(hands.release(1, 4)).toBe("click");
  });

  it("comes to nothing if it is left, by a key or because the pointer is taken away", () => {
    hands.move(1, 700, 300, 2);
    expect(hands.cancelMarquee()).toBe(true);
    expect(hands.cancelMarquee()).toBe(false);
    hands.move(1, 720, 300, 3);
    expect([hands.marquee.value, hands.release(1, 4)]).toEqual([null, "drag"]);
    press({ shift: true });
    hands.move(1, 700, 300, 5);
    expect(hands.release(1, 6, true)).toBe("drag");
    expect([hands.marquee.value, sent]).toEqual([null, []]);
  });
});

describe("what Shift does not mean", () => {
  it.each([{ alt: true }, { isTouch: true }, { button: 1 }, { button: 2 }])("draws nothing with %o", (over) => {
    press({ shift: true, ...over });
    hands.move(1, 760, 300, 2);
    expect(hands.marquee.value).toBeNull();
    expect(sent).toHaveLength(1);
  });
});

describe("a left drag", () => {
  it("orbits by totals since the press, in picture heights", () => {
    press();
    hands.move(1, 640 + 72, 360, 1);
    hands.move(1, 640 + 144, 360 - 36, 2);
    expect(sent.map(({ command: { command, x, y } }) => [command, x, y])).toEqual([
      ["orbit", 0.1, 0],
      ["orbit", 0.2, -0.05],
    ]);
  });

  it("is one gesture, and its commands count up", () => {
    press();
    for (const x of [650, 660, 670]) hands.move(1, x, 360, x);
    hands.release(1, 700);
    expect(new Set(sent.map(({ command }) => command.gesture)).size).toBe(1);
    expect(sent.map(({ command }) => command.seq)).toEqual([1, 2, 3, 4]);
  });

  it("repeats its last totals without loss when it ends, and that shows nothing new", () => {
    press();
    hands.move(1, 712, 396, 5);
    expect(hands.release(1, 9)).toBe("drag");
    expect(last()).toMatchObject({ x: 0.1, y: 0.05, final: true });
    expect(sent.at(-1)?.at).toBeNull();
  });

  it("says nothing for a pointer that stands", () => {
    press();
    hands.move(1, 700, 360, 1);
    hands.move(1, 700, 360, 2);
    expect(sent).toHaveLength(1);
  });

  it("begins a new gesture at each press", () => {
    press();
    hands.move(1, 700, 360, 1);
    hands.release(1, 2);
    const first = last()?.gesture;
    press();
    hands.move(1, 700, 360, 3);
    expect(last()?.gesture).not.toBe(first);
  });

  it("goes on as a new gesture from where the hand is when the server is new", () => {
    press();
    hands.move(1, 700, 360, 1);
    hands.startOver();
    hands.move(1, 736, 360, 2);
    expect(last()).toMatchObject({ command: "orbit", x: 0.05 });
    expect(last()?.gesture).not.toBe(sent[0]?.command.gesture);
  });
});

describe("a click", () => {
  it("is a press that does not move beyond the threshold", () => {
    press();
    hands.move(1, 641, 361, 1);
    expect(hands.release(1, 100)).toBe("click");
    expect(sent).toEqual([]);
  });

  it("is double when the next comes soon and close", () => {
    press();
    hands.release(1, 100);
    press();
    expect(hands.release(1, 300)).toBe("double");
    press();
    expect(hands.release(1, 400)).toBe("click");
  });

  it("is single when the next comes late", () => {
    press();
    hands.release(1, 100);
    press();
    expect(hands.release(1, 900)).toBe("click");
  });
});

describe("other buttons", () => {
  it("middle pans", () => {
    press({ button: 1 });
    hands.move(1, 712, 360, 1);
    expect(last()).toMatchObject({ command: "pan", x: 0.1 });
  });

  it("right looks", () => {
    press({ button: 2 });
    hands.move(1, 712, 360, 1);
    expect(last()).toMatchObject({ command: "look", x: 0.1 });
  });

  it("Alt+right zooms to where it began: down is away", () => {
    press({ button: 2, alt: true, x: 320, y: 180 });
    hands.move(1, 320, 252, 1);
    expect(last()).toMatchObject({ command: "zoom", x: 0, cx: 0.25, cy: 0.25 });
    expect(last()?.y).toBeGreaterThan(0);
  });

  it("Alt+left orbits too", () => {
    press({ alt: true });
    hands.move(1, 712, 360, 1);
    expect(last()?.command).toBe("orbit");
  });

  it("Shift+left is left for the marquee", () => {
    press({ shift: true });
    hands.move(1, 712, 360, 1);
    expect(sent).toEqual([]);
  });
});

describe("the wheel", () => {
  it("is one gesture while it turns at one place, and ends by itself", () => {
    hands.wheel(1, 320, 540, 0);
    hands.wheel(1, 320, 540, 50);
    expect(last()).toMatchObject({ command: "zoom", y: 2, cx: 0.25, cy: 0.75 });
    time.pass(300);
    expect(last()).toMatchObject({ y: 2, final: true });
    hands.wheel(-1, 320, 540, 400);
    expect(last()?.y).toBe(-1);
  });

  it("is another gesture at another place", () => {
    hands.wheel(1, 320, 540, 0);
    hands.wheel(1, 900, 100, 10);
    expect(sent.map(({ command }) => command.final === true)).toEqual([false, true, false]);
    expect(last()?.y).toBe(1);
  });
});

describe("flying", () => {
  it("takes WASD only while the right button is held", () => {
    expect(hands.keyDown("KeyW", false, 0)).toBe(false);
    press({ button: 2 });
    expect(hands.keyDown("KeyW", false, 1)).toBe(true);
    expect(last()).toMatchObject({ command: "fly", x: 0, y: 0 });
    expect(last()?.z).toBeLessThan(0);
  });

  it("repeats its velocity at least ten times a second, and stops with the key", () => {
    press({ button: 2 });
    hands.keyDown("KeyD", false, 0);
    time.pass(1000);
    expect(sent.length).toBeGreaterThanOrEqual(10);
    hands.keyUp("KeyD", 1000);
    expect(last()).toMatchObject({ command: "fly", x: 0, y: 0, z: 0, final: true });
    const count = sent.length;
    time.pass(1000);
    expect(sent).toHaveLength(count);
  });

  it("ends when the window loses the keys", () => {
    press({ button: 2 });
    hands.keyDown("KeyE", false, 0);
    hands.letGo(10);
    expect(last()).toMatchObject({ command: "fly", final: true });
  });
});

describe("fingers", () => {
  const finger = (id: number, x: number, y: number) => press({ id, isTouch: true, x, y });

  it("one orbits", () => {
    finger(1, 100, 100);
    hands.move(1, 172, 100, 1);
    expect(last()).toMatchObject({ command: "orbit", x: 0.1 });
  });

  it("two pan by their middle and zoom by their distance", () => {
    finger(1, 600, 360);
    finger(2, 680, 360);
    hands.move(1, 560, 360, 1);
    hands.move(2, 720, 360, 2);
    const zoom = sent.filter(({ command }) => command.command === "zoom").at(-1)?.command;
    const pan = sent.filter(({ command }) => command.command === "pan").at(-1)?.command;
    expect(ZOOM_PER_UNIT ** (zoom?.y ?? 0)).toBeCloseTo(0.5);
    expect(zoom).toMatchObject({ cx: 0.5, cy: 0.5 });
    expect(pan?.x).toBeCloseTo(0);
  });

  it("the second ends the first one's orbit; the one that stays begins another", () => {
    finger(1, 600, 360);
    hands.move(1, 640, 360, 1);
    finger(2, 700, 360);
    expect(last()).toMatchObject({ command: "orbit", final: true });
    hands.move(2, 720, 360, 2);
    hands.release(2, 3);
    hands.move(1, 676, 360, 4);
    expect(last()).toMatchObject({ command: "orbit", x: 0.05 });
    expect(last()?.gesture).not.toBe(sent[0]?.command.gesture);
  });
});

it("arrow keys nudge in one gesture that ends by itself", () => {
  hands.nudge("orbit", 0.1, 0, 0);
  hands.nudge("orbit", 0.1, 0, 10);
  expect(last()).toMatchObject({ command: "orbit", x: 0.2 });
  time.pass(300);
  expect(last()?.final).toBe(true);
});
