/** What is changed on the stage. */
import type { PrimRow } from "../../protocol";
import type { Desk } from "../page";
import { rowOf } from "../tree";
import { group, offline, stageless, unable, unless } from "./row";

const able = unless(offline, stageless, unable("edit"));
const empty = ({ state }: Desk): string | null => (state.selection.length === 0 ? "Nothing is selected" : null);
/** The rows of what is selected, as far as the tree knows them. */
const rows = ({ state }: Desk): PrimRow[] => state.selection.flatMap((path) => rowOf(state.tree, path) ?? []);
const someVisible = (desk: Desk): boolean => rows(desk).length === 0 || rows(desk).some((row) => row.visible);
const unloaded = (desk: Desk): boolean => rows(desk).some((row) => row.loaded === false);
const inactive = (desk: Desk): boolean => rows(desk).some((row) => !row.active);

export const EDIT = group("Edit", {
  undo: {
    title: "Undo",
    also: "take back edit",
    keys: ["Ctrl+Z"],
    why: unless(able, ({ state }) => (state.canUndo ? null : "You have changed nothing")),
    run: ({ client }) => client.edits.undo(),
  },
  redo: {
    title: "Redo",
    also: "do again edit",
    keys: ["Ctrl+Shift+Z"],
    why: unless(able, ({ state }) => (state.canRedo ? null : "You have taken nothing back")),
    run: ({ client }) => client.edits.redo(),
  },
  toggleVisible: {
    title: (desk) => (someVisible(desk) ? "Hide" : "Show"),
    also: "visibility invisible eye",
    keys: ["Shift+H"],
    why: unless(able, empty),
    run: (desk) => desk.client.edits.setVisible([...desk.state.selection], !someVisible(desk)),
  },
  toggleActive: {
    title: (desk) => (inactive(desk) ? "Activate" : "Deactivate"),
    also: "active prune remove",
    why: unless(able, empty),
    run: (desk) => desk.client.edits.setActive([...desk.state.selection], inactive(desk)),
  },
  toggleLoaded: {
    title: (desk) => (unloaded(desk) ? "Load the payload" : "Unload the payload"),
    also: "payload load unload",
    why: unless(able, empty, (desk) => (rows(desk).some((row) => row.payload === true) ? null : "It has no payload")),
    run: (desk) =>
      desk.client.edits.setLoaded(
        rows(desk).flatMap((row) => (row.payload ? [row.path] : [])),
        unloaded(desk),
      ),
  },
  exportEdits: {
    title: "Save the edits as a layer",
    also: "export session usda download",
    why: able,
    run: ({ client }) => client.edits.exportLayer(),
  },
});
