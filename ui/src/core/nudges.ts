/** Small steps of the camera, for keys and for hands that cannot drag. */
import type { Stroke } from "./keys";
import { nameOf } from "./keys";

/** A step: `orbit` and `pan` in picture heights, `zoom` in notches. */
export interface Nudge {
  title: string;
  keys: readonly string[];
  command: "orbit" | "pan" | "zoom";
  x: number;
  y: number;
}

const STEP = 1 / 24;
const turn = (title: string, key: string, command: "orbit" | "pan", x: number, y: number): Nudge => ({ title, keys: [key], command, x: x * STEP, y: y * STEP });

/** All of them. */
export const NUDGES = {
  zoomIn: { title: "Zoom in", keys: ["+", "="], command: "zoom", x: 0, y: -1 },
  zoomOut: { title: "Zoom out", keys: ["-", "_"], command: "zoom", x: 0, y: 1 },
  orbitLeft: turn("Orbit left", "ArrowLeft", "orbit", -1, 0),
  orbitRight: turn("Orbit right", "ArrowRight", "orbit", 1, 0),
  orbitUp: turn("Orbit up", "ArrowUp", "orbit", 0, -1),
  orbitDown: turn("Orbit down", "ArrowDown", "orbit", 0, 1),
  panLeft: turn("Pan left", "Shift+ArrowLeft", "pan", -1, 0),
  panRight: turn("Pan right", "Shift+ArrowRight", "pan", 1, 0),
  panUp: turn("Pan up", "Shift+ArrowUp", "pan", 0, -1),
  panDown: turn("Pan down", "Shift+ArrowDown", "pan", 0, 1),
} satisfies Record<string, Nudge>;

/** The step that a key makes where keys are as they were made. */
export function nudgeFor(stroke: Stroke): Nudge | null {
  const name = nameOf(stroke);
  return Object.values(NUDGES).find(({ keys }: Nudge) => name !== null && keys.includes(name)) ?? null;
}
