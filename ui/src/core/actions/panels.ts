/** What lies over the picture. */
import type { Desk } from "../page";
import { group, offline, stageless, unable, unless } from "./row";

const unopened = ({ page }: Desk): string | null => (page.panel === null ? "Nothing is open" : null);

export const PANELS = group("Panels", {
  tree: {
    title: "Stage browser",
    also: "tree outliner prims hierarchy",
    keys: ["B"],
    isOn: ({ page }) => page.isTreeOpen,
    why: unless(unable("tree"), stageless),
    run: ({ page }) => page.toggleTree(),
  },
  inspector: {
    title: "Properties",
    also: "inspector attributes values metadata",
    keys: ["N"],
    isOn: ({ page }) => page.isInspectorOpen,
    why: unless(unable("properties"), stageless),
    run: ({ page }) => page.toggleInspector(),
  },
  cameras: {
    title: "Cameras and views",
    also: "lens focal length projection navigation bookmarks",
    keys: ["C"],
    isOn: ({ page }) => page.panel === "cameras",
    why: unless(offline, stageless),
    run: ({ page }) => page.toggle("cameras"),
  },
  shading: {
    title: "Shading and AOV",
    also: "display mode wireframe planes",
    keys: ["Shift+A"],
    isOn: ({ page }) => page.panel === "shading",
    why: unless(offline, stageless, unable("settings")),
    run: ({ page }) => page.toggle("shading"),
  },
  settings: {
    title: "Settings",
    also: "render options preferences quality exposure background",
    keys: ["P"],
    isOn: ({ page }) => page.panel === "settings",
    why: unless(offline, unable("settings")),
    run: ({ page }) => page.toggle("settings"),
  },
  viewers: {
    title: "Who is here, and who drives",
    also: "viewers people sharing control",
    keys: ["V"],
    isOn: ({ page }) => page.panel === "viewers",
    why: unless(offline, unable("control")),
    run: ({ page }) => page.toggle("viewers"),
  },
  diagnostics: {
    title: "Diagnostics",
    also: "problems errors warnings",
    keys: ["I"],
    isOn: ({ page }) => page.panel === "diagnostics",
    run: ({ page }) => page.toggle("diagnostics"),
  },
  report: {
    title: "Connection and latency",
    also: "report statistics network",
    keys: ["L"],
    isOn: ({ page }) => page.panel === "report",
    run: ({ page }) => page.toggle("report"),
  },
  close: {
    title: "Close the panel",
    keys: ["Esc"],
    why: unopened,
    run: ({ page }) => page.close(),
  },
});
