/**
 * Everything that a user can do, in one place: keys, palette, menu, help and tool tips all read it here. A new action is
 * one row in the file of its group under `actions/`; a group of actions that depends on what is there (a camera each) is
 * a family. An action never reaches the page itself: it is given a {@link Desk}.
 */
import { CAMERA, presets, throughCameras, toBookmarks } from "./actions/camera";
import { EDIT } from "./actions/edit";
import { HELP } from "./actions/help";
import { LOOK, showPlane } from "./actions/look";
import { MOVE } from "./actions/move";
import { PANELS } from "./actions/panels";
import { GROUPS, type Entry, type Group } from "./actions/row";
import { SELECTION } from "./actions/selection";
import { giveControl, SESSION } from "./actions/session";
import { STAGE } from "./actions/stage";
import { TIME } from "./actions/time";
import { VIEW } from "./actions/view";
import { rank } from "./fuzzy";
import type { Defaults } from "./keymap";
import type { Desk } from "./page";

/** The rows, by the names of the actions. */
export const ROWS = { ...VIEW, ...LOOK, ...CAMERA, ...SELECTION, ...EDIT, ...TIME, ...STAGE, ...PANELS, ...SESSION, ...MOVE, ...HELP };
/** More actions, for what is there now. */
export const FAMILIES: readonly ((desk: Desk) => Action[])[] = [throughCameras, toBookmarks, presets, showPlane, giveControl];

/** An action that has its row. */
export type ActionId = keyof typeof ROWS;

/** An action as it is now. */
export interface Action {
  id: string;
  title: string;
  group: Group;
  also: string;
  /** As they are now. */
  keys: readonly string[];
  /** `null` for what is neither on nor off. */
  isOn: boolean | null;
  /** Why it cannot be done; `null` if it can. */
  why: string | null;
  run: () => void;
}

/** An action that was found. */
export interface Found {
  action: Action;
  /** Places of the letters of its title that fitted. */
  marks: number[];
}

const entries = Object.entries<Entry>(ROWS);

/** All keys, as they were made. */
export const DEFAULTS: Defaults = Object.fromEntries(entries.map(([id, { keys }]) => [id, keys ?? []]));

/** Whether a held key does it again. */
export const repeats = (id: string): boolean => id in ROWS && (ROWS as Record<string, Entry>)[id]?.repeats === true;

/** One action as it is now. */
export function action(id: ActionId, desk: Desk, keys: ReadonlyMap<string, readonly string[]>): Action {
  return made(id, ROWS[id], desk, keys);
}

/** All actions as they are now, group by group. */
export function actions(desk: Desk, keys: ReadonlyMap<string, readonly string[]>): Action[] {
  const all = [...entries.map(([id, entry]) => made(id, entry, desk, keys)), ...FAMILIES.flatMap((family) => family(desk))];
  return GROUPS.flatMap((group) => all.filter((one) => one.group === group));
}

/** Those that fit the query, the best first; of those that fit alike, the ones that can be done first. */
export function find(query: string, all: readonly Action[]): Found[] {
  if (query.trim() === "") return all.map((action) => ({ action, marks: [] }));
  const found = all.flatMap((action) => {
    const fit = rank(query, action.title, action.group, action.also);
    return fit === null ? [] : [{ action, marks: fit.marks, score: fit.score - (action.why === null ? 0 : NOT_NOW) }];
  });
  return found.sort((a, b) => b.score - a.score).map(({ action, marks }) => ({ action, marks }));
}

/** What cannot be done now comes after what fits a little less well. */
const NOT_NOW = 4;

function made(id: string, { title, group, also = "", why, isOn, run }: Entry, desk: Desk, keys: ReadonlyMap<string, readonly string[]>): Action {
  return {
    id,
    title: typeof title === "string" ? title : title(desk),
    group,
    also,
    keys: keys.get(id) ?? [],
    isOn: isOn?.(desk) ?? null,
    why: why?.(desk) ?? null,
    run: () => run(desk),
  };
}
