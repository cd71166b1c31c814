/** Where the picture is seen from. */
import type { Action } from "../actions";
import { NUDGES, type Nudge } from "../nudges";
import type { Desk } from "../page";
import { group, offline, stageless, unless, type Row } from "./row";

const pictureless = unless(offline, stageless);

export const CAMERA = group("Camera", {
  frame: {
    title: "Frame selected",
    also: "fit focus zoom to selection",
    keys: ["F"],
    why: pictureless,
    run: ({ client }) => client.prims.frameSelected(),
  },
  all: {
    title: "Frame all",
    also: "fit everything zoom extents home reset view",
    keys: ["A"],
    why: pictureless,
    run: ({ client }) => client.frameAll(),
  },
  leaveCamera: {
    title: "Leave the camera",
    also: "free view perspective",
    why: unless(pictureless, ({ state }) => (state.activeCamera === null ? "The view is free" : null)),
    run: ({ client }) => client.lookThrough(null),
  },
  ...steps(),
});

/** Looks through each camera of the stage. */
export const throughCameras = (desk: Desk): Action[] =>
  desk.state.cameras.map(({ path }) => ({
    id: `camera:${path}`,
    title: `Look through ${path}`,
    group: "Camera",
    also: "",
    keys: [],
    isOn: path === desk.state.activeCamera,
    why: pictureless(desk),
    run: () => desk.client.lookThrough(path),
  }));

/** The small steps: also for hands that cannot drag (WCAG 2.5.7). */
function steps(): Record<keyof typeof NUDGES, Row> {
  const rows = Object.entries<Nudge>(NUDGES).map(([id, { title, keys, command, x, y }]): [string, Row] => [
    id,
    { title, keys, repeats: true, why: pictureless, run: ({ client, page }) => client.hands.nudge(command, x, y, page.now()) },
  ]);
  return Object.fromEntries(rows) as Record<keyof typeof NUDGES, Row>;
}
