/** What is selected. */
import { group, offline, stageless, unable, unless } from "./row";
import type { Desk } from "../page";

const empty = ({ state }: Desk): string | null => (state.selection.length === 0 ? "Nothing is selected" : null);

export const SELECTION = group("Selection", {
  clearSelection: {
    title: "Clear the selection",
    also: "deselect none",
    why: unless(offline, stageless, unable("select"), empty),
    run: ({ client }) => client.prims.select([]),
  },
  parent: {
    title: "Select what it is in",
    also: "parent up hierarchy",
    keys: ["Alt+ArrowUp"],
    why: unless(offline, stageless, unable("select"), empty),
    run: ({ client }) => client.prims.up(),
  },
  child: {
    title: "Select what is in it",
    also: "child down hierarchy back",
    keys: ["Alt+ArrowDown"],
    why: unless(offline, stageless, unable("select")),
    run: ({ client }) => client.prims.down(),
  },
  copyPath: {
    title: "Copy the path",
    also: "clipboard prim",
    keys: ["Shift+C"],
    why: empty,
    run: ({ state, page }) => page.copy(state.selection.join("\n"), state.selection.length === 1 ? (state.selection[0] ?? "") : `${state.selection.length} paths`),
  },
});
