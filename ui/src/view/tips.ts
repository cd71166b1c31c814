/** What a button says of its action: its name, its keys, and why it cannot be pressed. */
import type { Action, ActionId } from "../core/actions";
import { printed, spoken } from "../core/keys";
import { isMac } from "./keys";
import type { Model } from "./model.svelte";

/** Keys as people read them. */
export const keysOf = ({ keys }: Action): string => keys.map((key) => printed(key, isMac)).join(" or ");

/** The key that comes first, as people read it. */
export const firstKey = ({ keys }: Action): string => (keys[0] === undefined ? "" : printed(keys[0], isMac));

/** Keys as assistive technology reads them. */
export const spokenKeys = ({ keys }: Action): string | undefined => keys.map((key) => spoken(key, isMac)).join(" ") || undefined;

/** All that a button of this action has; `more` stands in its tip under the name. */
export function asButton(model: Model, id: ActionId, more = "") {
  const action = model.action(id);
  const { title, keys, isOn, why } = action;
  const first = keys.length > 0 ? `${title} (${keysOf(action)})` : title;
  return {
    title: [first, why === null ? "" : `${why}.`, more].filter((line) => line !== "").join("\n"),
    "aria-label": title,
    "aria-keyshortcuts": spokenKeys(action),
    "aria-expanded": isOn ?? undefined,
    disabled: why !== null,
    onclick: model.press(id),
  };
}
