/** What a client changes on the stage: in a session layer that all see, never in its files. */
import type { ClientMessage, EditResult, StageChanged } from "../protocol";
import { REQUESTS } from "./reduce";
import { can, type State } from "./state";
import type { Store } from "./store";
import { ROOT, type Tree, type Wish } from "./tree";

export type { ExportSessionResult } from "../protocol";

/** Values that a user types. */
export type Given = boolean | number | string | number[];

/** What a client asks of the stage's session layer. */
export class Edits {
  #store: Store<State>;
  #send: (message: ClientMessage, request: string) => void;

  constructor(store: Store<State>, send: (message: ClientMessage, request: string) => void) {
    this.#store = store;
    this.#send = send;
  }

  /** Shows or hides prims with all that is below them. */
  setVisible(paths: string[], visible: boolean): void {
    this.#edit({ event_type: "setVisibilityRequest", payload: { paths, visible, ...this.#meant() } });
  }

  /** Leaves prims out of the stage, or takes them in again. */
  setActive(paths: string[], active: boolean): void {
    this.#edit({ event_type: "setActiveRequest", payload: { paths, active, ...this.#meant() } });
  }

  /** Loads or unloads payloads. */
  setLoaded(paths: string[], loaded: boolean): void {
    this.#edit({ event_type: "setPayloadRequest", payload: { paths, loaded, ...this.#meant() } });
  }

  /** Selects a variant. */
  setVariant(prim_path: string, variant_set: string, variant_selection: string): void {
    this.#edit({ event_type: "setVariantRequest", payload: { prim_path, variant_set, variant_selection, ...this.#meant() } });
  }

  /** Changes an attribute's value. */
  setAttribute(prim_path: string, name: string, value: Given): void {
    this.#edit({ event_type: "setAttributeRequest", payload: { prim_path, name, value, ...this.#meant() } });
  }

  /** Moves prims along the stage's axes. */
  moveBy(paths: string[], translate: [number, number, number]): void {
    this.#edit({ event_type: "runtimeTransformRequest", payload: { paths, translate, space: "world", ...this.#meant() } });
  }

  /** Takes back this client's last edit. */
  undo(): void {
    this.#edit({ event_type: "undoRequest", payload: {} });
  }

  /** Does again what was taken back. */
  redo(): void {
    this.#edit({ event_type: "redoRequest", payload: {} });
  }

  /** Asks for all edits as a layer; the answer is heard by whoever listens. */
  exportLayer(): void {
    this.#edit({ event_type: "exportSessionRequest", payload: {} });
  }

  #meant(): { stage_generation: number } {
    return { stage_generation: this.#store.value.tree.generation };
  }

  #edit(message: ClientMessage): void {
    if (can(this.#store.value, "edit")) this.#send(message, REQUESTS.edit);
  }
}

/** The state after the answer to an edit. */
export function edited(state: State, result: EditResult): State {
  if (result.result === "success") return { ...state, canUndo: result.can_undo, canRedo: result.can_redo };
  if (result.code === "not_controller") return { ...state, refusals: state.refusals + 1 };
  return state;
}

/** What is to be asked for again, so that the tree shows the stage as it is now. */
export function outdated(tree: Tree, { resynced, changed, truncated, stage_generation }: StageChanged): Wish[] {
  if (stage_generation !== tree.generation) return [];
  const paths = [...resynced, ...changed];
  const concerns = (branch: string): boolean => truncated === true || paths.some((path) => parentOf(path) === branch || path === branch || branch.startsWith(`${path}/`));
  const wishes: Wish[] = [];
  for (const [path, { rows }] of tree.branches) {
    if (!concerns(path)) continue;
    // The first row of each run that is known: an answer may be shorter than a page.
    let last = -Infinity;
    rows.forEach((row, at) => {
      if (!row || at < last + STEP) return;
      last = at;
      wishes.push({ path, offset: at });
    });
    if (rows.length === 0) wishes.push({ path, offset: 0 });
  }
  return wishes;
}

/** Rows that an answer surely has. */
const STEP = 100;

/** What a prim is in. */
export const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf("/"))) || ROOT;
