/** How pictures look: for all viewers, so the server has the last word. */
import type { Action } from "../actions";
import { isChanged, planeName, setting, words } from "../looks";
import type { Desk } from "../page";
import { group, offline, unable, unless } from "./row";

const why = unless(offline, unable("settings"));
const lacks = (key: string) => unless(why, ({ state }) => (setting(state, key) === undefined ? "This server cannot do this" : null));
const isShaded = (shading: string) => ({ state }: Desk) => setting(state, "shading")?.value === shading && (state.looks.aov?.active ?? "color") === "color";
const shading = (name: string, title: string, key: string) => ({ title, also: "shading display mode", keys: [key], why: lacks("shading"), isOn: isShaded(name), run: ({ client }: Desk) => client.looks.shade(name) });
const lights = (name: string, title: string) => ({ title, also: "lights lighting headlight", why: lacks("lights"), isOn: ({ state }: Desk) => setting(state, "lights")?.value === name, run: ({ client }: Desk) => client.looks.set("lights", name) });
const exposure = (by: number, title: string, key: string) => ({ title, also: "exposure stops bright dark", keys: [key], repeats: true, why: lacks("exposure"), run: ({ client }: Desk) => client.looks.step("exposure", by) });
const purpose = (name: string) => ({ title: `Show ${name} purpose`, also: "purpose display", why: lacks(`purpose_${name}`), isOn: ({ state }: Desk) => setting(state, `purpose_${name}`)?.value === true, run: ({ client }: Desk) => client.looks.toggle(`purpose_${name}`) });

export const LOOK = group("Look", {
  shaded: shading("shaded", "Shaded", "6"),
  wireframe: shading("wireframe", "Wireframe", "4"),
  shadedWireframe: shading("shaded_wireframe", "Shaded wireframe", "8"),
  points: shading("points", "Points", "9"),
  grid: {
    title: "Grid",
    also: "ground floor lines axes",
    keys: ["G"],
    why: lacks("grid"),
    isOn: ({ state }) => setting(state, "grid")?.value === true,
    run: ({ client }) => client.looks.toggle("grid"),
  },
  authoredLights: lights("authored", "Lights of the stage"),
  viewerLights: lights("viewer", "The viewer's own light"),
  noLights: lights("off", "Lights off"),
  brighter: exposure(0.5, "Brighter by half a stop", "]"),
  darker: exposure(-0.5, "Darker by half a stop", "["),
  purposeRender: purpose("render"),
  purposeProxy: purpose("proxy"),
  purposeGuide: purpose("guide"),
  resetLook: {
    title: "Reset how it looks",
    also: "settings defaults",
    why: unless(why, ({ state }) => (state.looks.settings.some(isChanged) ? null : "Everything is as it was made")),
    run: ({ client }) => client.looks.reset(),
  },
});

/** Shows each plane that there is. */
export const showPlane = (desk: Desk): Action[] =>
  (desk.state.looks.aov?.available ?? []).map((aov) => ({
    id: `plane:${aov}`,
    title: `AOV: ${planeName(aov)}`,
    group: "Look",
    also: `aov plane ${words(aov)}`,
    keys: [],
    isOn: desk.state.looks.aov?.active === aov,
    why: offline(desk),
    run: () => desk.client.looks.showPlane(aov),
  }));
