/** Where the picture is seen from. */
import type { Side } from "../../protocol";
import type { Action } from "../actions";
import type { Desk } from "../page";
import { PRESET_IDS, PRESETS } from "../presets";
import { linkTo } from "../viewlink";
import { group, offline, stageless, unable, unless, type Row } from "./row";

const pictureless = unless(offline, stageless);

/** Looks from a side; the keys are those of a number block. */
const from = (side: Side, key?: string): Row => ({
  title: `${side.charAt(0).toUpperCase()}${side.slice(1)} view`,
  also: "orthographic parallel side axis plan elevation",
  ...(key !== undefined && { keys: [key] }),
  why: pictureless,
  run: ({ client }) => client.camera.lookFrom(side),
});

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
  front: from("front", "1"),
  back: from("back"),
  left: from("left"),
  right: from("right", "3"),
  top: from("top", "7"),
  bottom: from("bottom"),
  orthographic: {
    title: "Orthographic projection",
    also: "perspective parallel toggle lens",
    keys: ["5"],
    isOn: ({ state }) => state.camera?.projection === "orthographic",
    why: pictureless,
    run: ({ state, client }) => client.camera.project(state.camera?.projection === "orthographic" ? "perspective" : "orthographic"),
  },
  orbitCursor: {
    title: "Orbit around what is under the cursor",
    also: "pivot center point of interest navigation",
    isOn: ({ page }) => page.orbitsAroundCursor,
    run: ({ page }) => page.orbitAroundCursor(!page.orbitsAroundCursor),
  },
  gate: {
    title: "Show the frame of the stage's camera",
    also: "aperture gate film crop",
    isOn: ({ page }) => page.hasGate,
    run: ({ page }) => page.showGate(!page.hasGate),
  },
  bookmark: {
    title: "Bookmark this view",
    also: "save keep name remember",
    keys: ["Shift+B"],
    why: unless(pictureless, unable("bookmarks")),
    run: ({ page }) => page.nameBookmark(),
  },
  copyLink: {
    title: "Copy the link to this view",
    also: "share url address clipboard send",
    keys: ["Shift+L"],
    why: unless(stageless, ({ state }) => (state.camera === null ? "This connection only watches" : null)),
    run: ({ state, page }) => {
      const { href, left } = linkTo(page.address, state, page.now());
      page.copy(href, left === 0 ? "the link to this view" : `the link to this view, without ${left} of the ${state.selection.length} selected prims`);
    },
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

/** Drags as in other programs. */
export const presets = ({ page }: Desk): Action[] =>
  PRESET_IDS.map((id) => ({
    id: `preset:${id}`,
    title: `Navigate as in ${PRESETS[id].name}`,
    group: "Camera",
    also: "mouse buttons preset hands",
    keys: [],
    isOn: id === page.preset,
    why: null,
    run: () => page.usePreset(id),
  }));

/** Goes to each bookmark. */
export const toBookmarks = (desk: Desk): Action[] =>
  desk.state.bookmarks.map((bookmark) => ({
    id: `bookmark:${bookmark.name}`,
    title: `Go to bookmark ${bookmark.name}`,
    group: "Camera",
    also: "saved view",
    keys: [],
    isOn: null,
    why: pictureless(desk),
    run: () => desk.client.camera.goTo(bookmark, desk.state),
  }));
