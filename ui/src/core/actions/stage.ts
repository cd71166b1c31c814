/** What is open. */
import { group, offline, stageless, unable, unless } from "./row";

export const STAGE = group("Stage", {
  stages: {
    title: "Open a stage",
    also: "file load stages",
    keys: ["O"],
    isOn: ({ page }) => page.panel === "stages",
    why: unless(offline, unable("open_stage")),
    run: ({ page }) => page.toggle("stages"),
  },
  searchPrims: {
    title: "Search the prims",
    also: "find stage browser",
    keys: ["/"],
    why: unless(offline, unable("tree"), stageless),
    run: ({ page }) => page.searchPrims(),
  },
  reload: {
    title: "Load the stage again",
    also: "reload reset refresh",
    keys: ["Shift+R"],
    why: unless(offline, unable("open_stage"), stageless),
    run: ({ client }) => client.resetStage(),
  },
});
