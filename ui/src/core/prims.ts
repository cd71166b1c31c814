/** What a client asks about the prims of the stage, and what it does to them: the tree, the selection. */
import type { ClientMessage, MarqueeRequest, PickMode, PickRequest } from "../protocol";
import type { Click } from "./click";
import { REQUESTS } from "./reduce";
import { can, type State } from "./state";
import type { Store } from "./store";
import { above, asked, PAGE, toggled, towards, wish, type Wish } from "./tree";

const parentOf = (path: string | undefined): string | undefined => (path === undefined ? undefined : above(path).at(-1));

/** The prims of one client's stage. */
export class Prims {
  #store: Store<State>;
  #send: (message: ClientMessage, request?: string) => void;
  #frame: () => number | null;
  /** Prims that one came up from, the last one first to go back to. */
  #way: string[] = [];
  /** The prim whose first child is wanted as soon as it is known. */
  #goesInto: string | null = null;

  /** `frame` names the picture that the user sees. */
  constructor(store: Store<State>, send: (message: ClientMessage, request?: string) => void, frame: () => number | null) {
    this.#store = store;
    this.#send = send;
    this.#frame = frame;
  }

  /** Frames what was selected last; everything if nothing is. */
  frameSelected(): void {
    const prim_path = this.#store.value.selection.at(-1);
    this.#send({ event_type: "fitCameraRequest", payload: prim_path === undefined ? { transition_ms: 200 } : { prim_path, transition_ms: 200 } });
  }

  /** Shows or hides the children of a prim. */
  unfold(path: string, isOpen: boolean): void {
    const state = this.#store.value;
    this.#store.set({ ...state, tree: toggled(state.tree, path, isOpen) });
    if (isOpen) this.askForRow(path);
  }

  /** Asks for the children of a prim, those around `place` first; once. */
  askForRow(path: string, place = 0): void {
    this.#askFor(wish(this.#store.value.tree, path, place));
  }

  /** What is known may be so no more: asked for again, and shown as it was until the answer comes. */
  outdated(wishes: readonly Wish[]): void {
    const { tree } = this.#store.value;
    for (const { path, offset } of wishes) this.#send({ event_type: "getChildrenRequest", payload: { prim_path: path, offset, limit: PAGE, stage_generation: tree.generation } }, REQUESTS.tree);
  }

  /** Brings a prim among the lines of the tree, as far as the server has told; true if nothing more is to come. */
  reveal(path: string): boolean {
    const state = this.#store.value;
    const tree = above(path).reduce((open, parent) => toggled(open, parent, true), state.tree);
    if (tree !== state.tree) this.#store.set({ ...state, tree });
    const next = towards(tree, path);
    if (next !== "wait") this.#askFor(next);
    return next === null;
  }

  /** Looks for prims; an empty query for none. */
  search(query: string): void {
    const state = this.#store.value;
    const text = query.trim();
    if (text === (state.search?.query ?? "")) return;
    this.#store.set({ ...state, search: text === "" ? null : { query: text, prims: [], isBusy: true, isTruncated: false, error: null } });
    if (text !== "") this.#send({ event_type: "searchPrimsRequest", payload: { query: text, stage_generation: state.tree.generation } }, REQUESTS.search);
  }

  /** Selects these prims and no others: shown at once, corrected by what the server says. */
  select(paths: string[]): void {
    if (!can(this.#store.value, "select")) return;
    this.#store.set({ ...this.#store.value, selection: paths });
    this.#send({ event_type: "selectPrimsRequest", payload: { paths, stage_generation: this.#store.value.tree.generation } }, REQUESTS.select);
  }

  /** Selects what lies at a place of the picture, as shares of its width and height; `request` begins the answer's `id`. */
  pick(across: number, down: number, mode: PickMode, request: string = REQUESTS.select): void {
    const { welcome, stage } = this.#store.value;
    if (welcome === null || stage === null || !can(this.#store.value, "select")) return;
    const [width, height] = welcome.size;
    const payload: PickRequest = { x: across * width, y: down * height, mode, stage_generation: stage.generation };
    const frame = this.#frame();
    if (frame !== null) payload.frame = frame;
    this.#send({ event_type: "pickRequest", payload }, request);
  }

  /** A click in the picture: selects what is there, takes it in or out; the second of two frames it. */
  clicked({ across, down, isToggle, isDouble }: Click): void {
    if (isDouble && !isToggle) return this.frameSelected();
    if (across >= 0 && across < 1 && down >= 0 && down < 1) this.pick(across, down, isToggle ? "toggle" : "replace");
  }

  /** Selects all that is seen within a rectangle; its corners as shares of the picture's width and height. */
  marquee([x0, y0]: [number, number], [x1, y1]: [number, number], mode: PickMode): void {
    const { welcome, stage } = this.#store.value;
    if (welcome === null || stage === null || !can(this.#store.value, "select")) return;
    const [width, height] = welcome.size;
    const payload: MarqueeRequest = { x0: x0 * width, y0: y0 * height, x1: x1 * width, y1: y1 * height, mode, stage_generation: stage.generation };
    const frame = this.#frame();
    if (frame !== null) payload.frame = frame;
    this.#send({ event_type: "marqueeRequest", payload }, REQUESTS.select);
  }

  /** Selects what the prim that was selected last is in. */
  up(): void {
    const path = this.#store.value.selection.at(-1);
    const parent = parentOf(path);
    if (path === undefined || parent === undefined) return;
    // The way back goes on only from where it has led.
    this.#way = parentOf(this.#way.at(-1)) === path ? [...this.#way, path] : [path];
    this.select([parent]);
  }

  /** Selects what one came up from, else the first child; where the tree starts if nothing is selected. */
  down(): void {
    const { selection, stage } = this.#store.value;
    const path = selection.at(-1);
    if (path === undefined) {
      if (stage?.root) this.select([stage.root]);
      return;
    }
    const back = this.#way.at(-1);
    if (back !== undefined && parentOf(back) === path) {
      this.#way = this.#way.slice(0, -1);
      return this.select([back]);
    }
    this.#goesInto = path;
    this.askForRow(path);
    this.heardChildren();
  }

  /** Children were told: goes on to the first of them if that is wanted, and nothing else was selected meanwhile. */
  heardChildren(): void {
    const path = this.#goesInto;
    const branch = path === null ? undefined : this.#store.value.tree.branches.get(path);
    if (path === null || branch === undefined || (branch.rows.length === 0 && branch.asked.size > 0)) return;
    this.#goesInto = null;
    const first = branch.rows[0];
    if (first && this.#store.value.selection.at(-1) === path) this.select([first.path]);
  }

  /** A stage is there: what was open, else where its tree starts, is asked for. */
  stageOpened(): void {
    const { stage, tree } = this.#store.value;
    if (stage === null || tree.branches.size > 0) return;
    if (tree.open.size === 0 && stage.root !== null) return this.unfold(stage.root, true);
    for (const path of tree.open) this.askForRow(path);
  }

  #askFor(next: Wish | null): void {
    const state = this.#store.value;
    if (next === null || state.tree.generation === 0 || !can(state, "tree")) return;
    this.#store.set({ ...state, tree: asked(state.tree, next) });
    const payload = { prim_path: next.path, offset: next.offset, limit: PAGE, stage_generation: state.tree.generation };
    this.#send({ event_type: "getChildrenRequest", payload }, REQUESTS.tree);
  }
}
