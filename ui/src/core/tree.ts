/**
 * The stage's tree as far as it was opened and heard of. Plain values, replaced and never changed; what costs in
 * proportion to the stage stays on the server.
 */
import type { GetChildrenResult, PrimRow } from "../protocol";

export type { PrimClass } from "../protocol";

/** Rows that are asked for at once. */
export const PAGE = 200;
/** The path above all root prims. */
export const ROOT = "/";

/** The children of one prim. */
export interface Branch {
  total: number;
  /** Those that were heard of, in their places. */
  rows: readonly (PrimRow | undefined)[];
  /** Places from where rows were asked for. */
  asked: ReadonlySet<number>;
}

/** The tree of one stage. */
export interface Tree {
  /** The stage that it is of; 0 for none. */
  generation: number;
  branches: ReadonlyMap<string, Branch>;
  /** Paths of prims whose children show. */
  open: ReadonlySet<string>;
}

/** A line of the list that the tree is on the screen. */
export type Line = { kind: "prim"; row: PrimRow; depth: number; isOpen: boolean; place: number; of: number } | { kind: "gap"; parent: string; depth: number; place: number };

/** What to ask the server for. */
export interface Wish {
  path: string;
  offset: number;
}

/** No stage, nothing open. */
export const EMPTY: Tree = { generation: 0, branches: new Map(), open: new Set() };

/** The tree of another stage, of which nothing is known; `open` are the paths that are open if they are there. */
export const fresh = (generation: number, open: ReadonlySet<string> = new Set()): Tree => ({ generation, branches: new Map(), open });

/** With the rows that the server told. Those of another stage are none of ours. */
export function heard(tree: Tree, result: GetChildrenResult): Tree {
  if (result.stage_generation !== tree.generation) return tree;
  const before = tree.branches.get(result.prim_path);
  const rows = before?.total === result.total ? before.rows.slice() : new Array<PrimRow | undefined>(result.total);
  result.children.forEach((row, at) => (rows[result.offset + at] = row));
  const asked = new Set(before?.asked);
  asked.delete(result.offset);
  return { ...tree, branches: new Map(tree.branches).set(result.prim_path, { total: result.total, rows, asked }) };
}

/** Shows or hides the children of a prim. */
export function toggled(tree: Tree, path: string, isOpen: boolean): Tree {
  if (tree.open.has(path) === isOpen) return tree;
  const open = new Set(tree.open);
  if (isOpen) open.add(path);
  else open.delete(path);
  return { ...tree, open };
}

/** Notes that something was asked for. */
export function asked(tree: Tree, { path, offset }: Wish): Tree {
  const branch = tree.branches.get(path) ?? { total: 0, rows: [], asked: new Set() };
  return { ...tree, branches: new Map(tree.branches).set(path, { ...branch, asked: new Set(branch.asked).add(offset) }) };
}

/** What to ask for so that the line at `place` below `path` can be shown; `null` if that is under way or known. */
export function wish(tree: Tree, path: string, place = 0): Wish | null {
  const branch = tree.branches.get(path);
  if (!branch) return { path, offset: 0 };
  if (branch.rows[place] || (branch.rows.length > 0 && place >= branch.total)) return null;
  // From the page's start, or from where an answer that was cut ended.
  let offset = place - (place % PAGE);
  while (offset < place && branch.rows[offset]) offset += 1;
  return branch.asked.has(offset) || (branch.total === 0 && branch.asked.size === 0) ? null : { path, offset };
}

/** The lines on the screen, from top to bottom. */
export function lines(tree: Tree): Line[] {
  const all: Line[] = [];
  const add = (path: string, depth: number): void => {
    const branch = tree.branches.get(path);
    if (!branch) return;
    for (let place = 0; place < branch.total; place += 1) {
      const row = branch.rows[place];
      if (!row) {
        all.push({ kind: "gap", parent: path, depth, place });
        continue;
      }
      const isOpen = row.children && tree.open.has(row.path);
      all.push({ kind: "prim", row, depth, isOpen, place, of: branch.total });
      if (isOpen) add(row.path, depth + 1);
    }
  };
  add(ROOT, 0);
  return all;
}

/** The row of a prim, if it is known. */
export function rowOf(tree: Tree, path: string): PrimRow | undefined {
  const parent = path.slice(0, path.lastIndexOf("/")) || ROOT;
  return tree.branches.get(parent)?.rows.find((row) => row?.path === path);
}

/** The paths above `path`, from the top; without the root. */
export function above(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
}

/** What to ask for next until `path` is among the lines; its ancestors are open then. `"wait"`: that is under way; `null`: nothing more. */
export function towards(tree: Tree, path: string): Wish | "wait" | null {
  for (const parent of [ROOT, ...above(path)]) {
    const branch = tree.branches.get(parent);
    if (!branch) return { path: parent, offset: 0 };
    const child = [...above(path), path].find((step) => step.lastIndexOf("/") === (parent === ROOT ? 0 : parent.length));
    if (branch.rows.some((row) => row?.path === child)) continue;
    const hole = branch.rows.findIndex((row) => !row);
    if (hole < 0 && (branch.rows.length > 0 || branch.asked.size === 0)) return null;
    return wish(tree, parent, Math.max(0, hole)) ?? "wait";
  }
  return null;
}

/** The selection after a click on `path`: alone, in or out, or all between the last one and it. */
export function clicked(all: readonly Line[], selection: readonly string[], path: string, how: "replace" | "toggle" | "range"): string[] {
  if (how === "toggle") return selection.includes(path) ? selection.filter((other) => other !== path) : [...selection, path];
  const from = how === "range" ? all.findIndex((line) => line.kind === "prim" && line.row.path === selection.at(-1)) : -1;
  const to = all.findIndex((line) => line.kind === "prim" && line.row.path === path);
  if (from < 0 || to < 0) return [path];
  const between = all.slice(Math.min(from, to), Math.max(from, to) + 1).flatMap((line) => (line.kind === "prim" ? [line.row.path] : []));
  // The one that it began with stays the last: the next range begins there too.
  const anchor = selection.at(-1) as string;
  return [...between.filter((other) => other !== anchor), anchor];
}
