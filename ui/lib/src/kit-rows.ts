/** Rows of a tree as the Kit dialect has them: which pass its filters, and how one says that it can be opened. */
import type { PrimRow } from "../../src/protocol";

/** A row. `children` is there if the prim can be opened, and never a list: front ends ask for more only where it is none. */
export interface KitPrim {
  name: string;
  path: string;
  children?: Record<string, never>;
}

type Filter = (row: PrimRow) => boolean;

/**
 * Filters by name. Kit shows meshes alone under `USDGeom`; here it is what UsdGeom calls its own, so that a stage whose
 * meshes lie in groups has a tree at all.
 */
const FILTERS: Record<string, Filter> = {
  usdgeom: ({ type, class: kind, children }) => kind === "geom" || kind === "xform" || kind === "scope" || (type === "" && children),
  mesh: ({ type }) => type === "Mesh",
  xform: ({ type }) => type === "Xform",
  scope: ({ type }) => type === "Scope",
};

/** A filter by several names; those that mean nothing are ignored, and without one that does, everything passes. */
export function filter(names: readonly unknown[]): Filter {
  const known = names.flatMap((name) => (typeof name === "string" ? (FILTERS[name.toLowerCase()] ?? []) : []));
  return (row) => known.length === 0 || known.some((passes) => passes(row));
}

/** The rows that a Kit application would list. */
export function kitPrims(rows: readonly PrimRow[], passes: Filter): KitPrim[] {
  return rows.filter((row) => !isHidden(row) && passes(row)).map(({ name, path, children }) => (children ? { name, path, children: {} } : { name, path }));
}

/** A Kit application's own cameras and settings are not the user's. */
const isHidden = ({ name, path }: PrimRow): boolean => name.startsWith("OmniverseKit_") || path === "/Render";
