/** Where the picture is seen from. */
import type { Action } from "../actions";
import type { Desk } from "../page";
import { group, offline, stageless, unless } from "./row";

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
