/**
 * Hands → camera commands: what a drag does is for the preset to say, the wheel zooms, WASD/QE fly while a drag looks around;
 * one finger orbits, two pan and pinch. A drag that draws a rectangle to select by sends nothing.
 * Every command carries the totals since its gesture began, so a lost one costs nothing; the last one of a gesture is
 * sent again without loss. Pure: positions and times come in, commands go out; no events, no elements.
 */
import { handOf, PRESETS, type Hand, type Preset } from "./presets";
import { Store } from "./store";
import { ZOOM_PER_UNIT, type CameraCommand, type CameraCommandRequest } from "../protocol";

/**
 * Takes a command at once. `at`: when the hand moved, on the page's clock; `null` for the last one of a gesture, which
 * repeats what was sent and goes on the channel without loss.
 */
export type Send = (command: CameraCommandRequest, at: number | null) => void;

/** Where the picture lies on the page, in CSS pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A rectangle from where a hand began to where it is, in CSS pixels of the page; it may reach beyond the picture. */
export interface Area {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** A pointer that went down. Positions are CSS pixels of the page. */
export interface Press {
  id: number;
  isTouch: boolean;
  /** 0 left, 1 middle, 2 right. */
  button: number;
  x: number;
  y: number;
  alt: boolean;
  shift: boolean;
  /** Ctrl is held. */
  ctrl: boolean;
  /** There is something to select. */
  canEnclose: boolean;
  at: number;
}

/** What a released pointer was. */
export type Release = "none" | "drag" | "click" | "double" | "marquee";

/** A drag begins beyond so many CSS pixels; before that it may be a click. */
export const MOUSE_THRESHOLD_PX = 3;
/** Fingers tremble more. */
export const TOUCH_THRESHOLD_PX = 8;
const DOUBLE_MS = 400;
const DOUBLE_PX = 12;
/** A turn of the wheel, or a run of key strokes, ends after so long without another. */
const PAUSE_MS = 200;
/** The server forgets a velocity after 250 ms. */
const FLY_EVERY_MS = 50;
/** Zoom units for a drag over the picture's height: about a factor of nine. */
const DRAG_ZOOM_UNITS = 12;
/** Scene radii a second. */
const FLY_SPEED = 0.5;

const FLY_KEYS: Record<string, readonly [number, number, number]> = {
  KeyW: [0, 0, -1],
  KeyS: [0, 0, 1],
  KeyA: [-1, 0, 0],
  KeyD: [1, 0, 0],
  KeyE: [0, 1, 0],
  KeyQ: [0, -1, 0],
};

interface Pointer {
  press: Press;
  x: number;
  y: number;
  moved: boolean;
}

/** A gesture on its way: its latest totals. */
interface Gesture {
  id: number;
  command: CameraCommand;
  x: number;
  y: number;
  cx: number | undefined;
  cy: number | undefined;
  /** What it turns around, and the totals from which on it does. */
  pivot: { point: [number, number, number]; from: [number, number] } | undefined;
  sent: boolean;
}

/** All hands of one client. */
export class Hands {
  /** The rectangle that is being drawn. */
  readonly marquee = new Store<Area | null>(null);
  /** Where the picture lies. */
  readonly place = new Store<Box>({ left: 0, top: 0, width: 1, height: 1 });
  /** What drags do. */
  preset: Preset = PRESETS.default;
  /** Told when a drag begins to orbit: which gesture it is, and where it began, as shares of the picture. */
  orbitBegins: ((gesture: number, across: number, down: number) => void) | null = null;
  #send: Send;
  #after: (ms: number, call: () => void) => () => void;
  #pointers = new Map<number, Pointer>();
  #drag: { gesture: Gesture; fromX: number; fromY: number } | null = null;
  #pinch: { pan: Gesture; zoom: Gesture; x: number; y: number; spread: number } | null = null;
  #run: { gesture: Gesture; x: number; y: number; end: () => void } | null = null;
  #fly: { gesture: Gesture; keys: Set<string>; fast: boolean; stop: () => void } | null = null;
  #flySpeed = FLY_SPEED;
  #lastClick: { x: number; y: number; at: number } | null = null;
  #gestures = 0;
  #seq = 0;

  constructor(send: Send, after: (ms: number, call: () => void) => () => void) {
    this.#send = send;
    this.#after = after;
  }

  /** Where the picture lies. */
  get box(): Box {
    return this.place.value;
  }

  /** The picture was laid out anew. */
  layOut(box: Box): void {
    if (box.width > 0 && box.height > 0) this.place.set(box);
  }

  /** A pointer went down. True if it is ours: capture it. */
  press(press: Press): boolean {
    if (press.isTouch ? this.#pointers.size >= 2 : press.button > 2) return false;
    if (!press.isTouch && this.#pointers.size > 0) return false;
    this.#endRun();
    this.#pointers.set(press.id, { press, x: press.x, y: press.y, moved: false });
    if (press.isTouch && this.#pointers.size === 2) this.#beginPinch();
    return true;
  }

  /** A pointer moved. */
  move(id: number, x: number, y: number, at: number): void {
    const pointer = this.#pointers.get(id);
    if (!pointer || (x === pointer.x && y === pointer.y)) return;
    pointer.x = x;
    pointer.y = y;
    if (this.#pinch) return this.#movePinch(at);
    if (!pointer.moved) {
      const threshold = pointer.press.isTouch ? TOUCH_THRESHOLD_PX : MOUSE_THRESHOLD_PX;
      if (Math.hypot(x - pointer.press.x, y - pointer.press.y) < threshold) return;
      pointer.moved = true;
      this.#beginDrag(pointer);
    }
    if (this.marquee.value) return this.marquee.set({ ...this.marquee.value, x1: x, y1: y });
    const drag = this.#drag;
    if (!drag) return;
    const dx = (x - drag.fromX) / this.box.height;
    const dy = (y - drag.fromY) / this.box.height;
    if (drag.gesture.command === "zoom") this.#emit(drag.gesture, 0, (dy - dx) * DRAG_ZOOM_UNITS, at);
    else this.#emit(drag.gesture, dx, dy, at);
  }

  /** A pointer went up, or was taken away (`cancelled`). */
  release(id: number, at: number, cancelled = false): Release {
    const pointer = this.#pointers.get(id);
    if (!pointer) return "none";
    this.#pointers.delete(id);
    this.#endFly();
    if (this.#pinch) {
      this.#endPinch();
      return "drag";
    }
    if (pointer.moved) {
      if (this.marquee.value) {
        this.marquee.set(null);
        return cancelled ? "drag" : "marquee";
      }
      if (this.#drag) this.#finish(this.#drag.gesture);
      this.#drag = null;
      return "drag";
    }
    if (cancelled || pointer.press.button !== 0) return "none";
    const { x, y } = pointer;
    const last = this.#lastClick;
    if (last && at - last.at < DOUBLE_MS && Math.hypot(x - last.x, y - last.y) < DOUBLE_PX) {
      this.#lastClick = null;
      return "double";
    }
    this.#lastClick = { x, y, at };
    return "click";
  }

  /** The rectangle is not wanted after all; true if there was one. */
  cancelMarquee(): boolean {
    const was = this.marquee.value !== null;
    this.marquee.set(null);
    return was;
  }

  /** The wheel turned by `notches` (away positive) with the cursor at `x`, `y`. */
  wheel(notches: number, x: number, y: number, at: number): void {
    if (this.#fly) {
      this.#flySpeed = Math.min(20, Math.max(0.01, this.#flySpeed * ZOOM_PER_UNIT ** -notches));
      return;
    }
    const run = this.#run;
    const goesOn = run && run.gesture.command === "zoom" && Math.hypot(x - run.x, y - run.y) < 2;
    const gesture = goesOn ? run.gesture : this.#begin("zoom", (x - this.box.left) / this.box.width, (y - this.box.top) / this.box.height);
    this.#continueRun(gesture, x, y, 0, notches, at);
  }

  /** A key moved the camera by `x`, `y` picture heights (`zoom`: notches). */
  nudge(command: "orbit" | "pan" | "zoom", x: number, y: number, at: number): void {
    const run = this.#run;
    const goesOn = run && run.gesture.command === command && run.x < 0;
    this.#continueRun(goesOn ? run.gesture : this.#begin(command), -1, -1, x, y, at);
  }

  /** A key went down. True if it flies: it does while the right button is held. */
  keyDown(code: string, shift: boolean, at: number): boolean {
    if (!(code in FLY_KEYS) || !this.#isLooking()) return false;
    if (!this.#fly) this.#fly = { gesture: this.#begin("fly"), keys: new Set(), fast: shift, stop: () => {} };
    this.#fly.fast = shift;
    if (this.#fly.keys.has(code)) return true;
    this.#fly.keys.add(code);
    this.#pulse(at);
    return true;
  }

  /** A key went up. */
  keyUp(code: string, at: number): void {
    if (!this.#fly?.keys.delete(code)) return;
    if (this.#fly.keys.size === 0) this.#endFly();
    else this.#pulse(at);
  }

  /** Keys and pointers are gone (the window lost them): ends everything. */
  letGo(at: number): void {
    for (const id of [...this.#pointers.keys()]) this.release(id, at, true);
    this.#endRun();
    this.#endFly();
  }

  /** Lets an orbit that is under way turn around this point of the stage from now on. */
  turnAround(gesture: number, point: [number, number, number]): void {
    const orbit = this.#drag?.gesture;
    if (orbit?.id === gesture) orbit.pivot = { point, from: [orbit.x, orbit.y] };
  }

  /** The other side is new and has seen nothing: what goes on starts over from where the hands are. */
  startOver(): void {
    if (this.#drag) {
      const pointer = [...this.#pointers.values()][0];
      const { command, cx, cy, pivot } = this.#drag.gesture;
      this.#drag = pointer ? { gesture: { ...this.#begin(command, cx, cy), pivot: pivot && { ...pivot, from: [0, 0] } }, fromX: pointer.x, fromY: pointer.y } : null;
    }
    if (this.#pinch) this.#placePinch();
    this.#run?.end();
    this.#run = null;
  }

  #isLooking(): boolean {
    for (const pointer of this.#pointers.values()) if (this.#handOf(pointer.press) === "look") return true;
    return false;
  }

  #handOf(press: Press): Hand | null {
    if (press.isTouch) return "orbit";
    const hand = handOf(this.preset, press);
    return hand === "marquee" && !press.canEnclose ? "orbit" : hand;
  }

  #begin(command: CameraCommand, cx?: number, cy?: number): Gesture {
    this.#gestures = (this.#gestures + 1) >>> 0;
    return { id: this.#gestures, command, x: 0, y: 0, cx, cy, pivot: undefined, sent: false };
  }

  #beginDrag(pointer: Pointer): void {
    const { x, y } = pointer.press;
    const { left, top, width, height } = this.box;
    const [across, down] = [(x - left) / width, (y - top) / height];
    const hand = this.#handOf(pointer.press);
    if (hand === null) return;
    if (hand === "marquee") return this.marquee.set({ x0: x, y0: y, x1: x, y1: y });
    const gesture = hand === "zoom" ? this.#begin(hand, across, down) : this.#begin(hand);
    this.#drag = { gesture, fromX: x, fromY: y };
    if (hand === "orbit" && across >= 0 && across < 1 && down >= 0 && down < 1) this.orbitBegins?.(gesture.id, across, down);
  }

  #fingers(): { x: number; y: number; spread: number } {
    const [a, b] = [...this.#pointers.values()] as [Pointer, Pointer];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  }

  #beginPinch(): void {
    if (this.#drag) this.#finish(this.#drag.gesture);
    this.#drag = null;
    this.#placePinch();
  }

  #placePinch(): void {
    const { x, y, spread } = this.#fingers();
    const { left, top, width, height } = this.box;
    this.#pinch = { pan: this.#begin("pan"), zoom: this.#begin("zoom", (x - left) / width, (y - top) / height), x, y, spread };
  }

  #movePinch(at: number): void {
    const pinch = this.#pinch;
    if (!pinch || this.#pointers.size < 2) return;
    const { x, y, spread } = this.#fingers();
    this.#emit(pinch.pan, (x - pinch.x) / this.box.height, (y - pinch.y) / this.box.height, at);
    this.#emit(pinch.zoom, 0, -Math.log(spread / pinch.spread) / Math.log(ZOOM_PER_UNIT), at);
  }

  #endPinch(): void {
    if (!this.#pinch) return;
    this.#finish(this.#pinch.pan);
    this.#finish(this.#pinch.zoom);
    this.#pinch = null;
    // The finger that stays orbits on from here.
    for (const pointer of this.#pointers.values()) {
      pointer.press = { ...pointer.press, x: pointer.x, y: pointer.y };
      pointer.moved = false;
    }
  }

  #continueRun(gesture: Gesture, x: number, y: number, dx: number, dy: number, at: number): void {
    if (this.#run && this.#run.gesture !== gesture) this.#endRun();
    this.#run?.end();
    const total = [gesture.x + dx, gesture.y + dy] as const;
    this.#run = { gesture, x, y, end: this.#after(PAUSE_MS, () => this.#endRun()) };
    this.#emit(gesture, total[0], total[1], at);
  }

  #endRun(): void {
    const run = this.#run;
    if (!run) return;
    this.#run = null;
    run.end();
    this.#finish(run.gesture);
  }

  #pulse(at: number): void {
    const fly = this.#fly;
    if (!fly) return;
    fly.stop();
    fly.stop = this.#after(FLY_EVERY_MS, () => this.#pulse(at + FLY_EVERY_MS));
    const v = [0, 0, 0] as [number, number, number];
    for (const key of fly.keys) (FLY_KEYS[key] ?? []).forEach((part, axis) => (v[axis as 0 | 1 | 2] += part));
    const speed = this.#flySpeed * (fly.fast ? 4 : 1);
    fly.gesture.sent = true;
    this.#send({ command: "fly", gesture: fly.gesture.id, seq: this.#nextSeq(), x: v[0] * speed, y: v[1] * speed, z: v[2] * speed }, at);
  }

  #endFly(): void {
    const fly = this.#fly;
    if (!fly) return;
    this.#fly = null;
    fly.stop();
    this.#send({ command: "fly", gesture: fly.gesture.id, seq: this.#nextSeq(), x: 0, y: 0, z: 0, final: true }, null);
  }

  #emit(gesture: Gesture, x: number, y: number, at: number): void {
    if (gesture.x === x && gesture.y === y) return;
    gesture.x = x;
    gesture.y = y;
    gesture.sent = true;
    this.#send(this.#command(gesture), at);
  }

  #finish(gesture: Gesture): void {
    if (!gesture.sent) return;
    const command = this.#command(gesture);
    command.final = true;
    this.#send(command, null);
  }

  #command(gesture: Gesture): CameraCommandRequest {
    const { id, command, x, y, cx, cy, pivot } = gesture;
    const request: CameraCommandRequest = { command, gesture: id, seq: this.#nextSeq(), x, y };
    if (cx !== undefined && cy !== undefined) {
      request.cx = cx;
      request.cy = cy;
    }
    if (pivot !== undefined) {
      request.pivot = pivot.point;
      request.pivot_from = pivot.from;
    }
    return request;
  }

  #nextSeq(): number {
    this.#seq = (this.#seq + 1) >>> 0;
    return this.#seq;
  }
}
