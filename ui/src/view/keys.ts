/**
 * Keys → actions. Keys without Ctrl act while the picture has the focus, or nothing has (WCAG 2.1.4): never while somebody
 * types, and not in a list or menu that uses keys itself, unless it lends some to actions (`data-lends`).
 */
import { repeats, ROWS, type ActionId } from "../core/actions";
import { nameOf, type Stroke } from "../core/keys";
import type { Model } from "./model.svelte";

/** Whether this machine has a Cmd key. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** A key event as a stroke. */
export const strokeOf = ({ key, code, shiftKey: shift, ctrlKey, metaKey, altKey: alt }: KeyboardEvent): Stroke => ({ key, code, shift, ctrl: ctrlKey || metaKey, alt });

/** Runs the action of a key that went down, if it is one's here. */
export function keydown(model: Model, event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(strokeOf(event));
  const id = name === null ? null : actionOf(model, name);
  if (name === null || id === null) return;
  const actsEverywhere = name.startsWith("Ctrl+") || name === "Esc";
  if (!actsEverywhere && !isPictures(event.target) && !isLent(event.target, id)) return;
  event.preventDefault();
  if (!event.repeat || repeats(id)) model.run(id);
}

function actionOf(model: Model, name: string): ActionId | null {
  for (const [id, names] of model.keys) if (names.includes(name) && id in ROWS) return id as ActionId;
  return null;
}

const isPictures = (target: EventTarget | null): boolean => target === document.body || target === document.documentElement || (target instanceof Element && target.id === "surface");

function isLent(target: EventTarget | null, id: ActionId): boolean {
  if (!(target instanceof Element) || target.matches("input, textarea, select")) return false;
  return target.closest("[data-lends]")?.getAttribute("data-lends")?.split(" ").includes(id) === true;
}
