/** What a stage's diagnostics mean to people: their headings, their order, and which are mere notes. */
import type { Diagnostic, DiagnosticCode } from "../protocol";
import type { Stage } from "./state";

/** Diagnostics of one kind. */
export interface Group {
  code: DiagnosticCode;
  title: string;
  isNote: boolean;
  rows: Diagnostic[];
}

const TITLES: Record<DiagnosticCode, string> = {
  outside_roots: "Outside the asset roots",
  missing_layer: "Missing layers",
  missing_texture: "Missing textures",
  missing_target: "Broken references",
  invalid_data: "Invalid data",
  limit: "Limits reached",
  nothing_visible: "Nothing to see",
  unsupported: "Not drawn yet",
  no_lights: "Viewer’s own light",
};

const isNote = (code: DiagnosticCode): boolean => code === "no_lights";

/** By kind, the worst first; the order within a kind stays. */
export function groups(diagnostics: Diagnostic[]): Group[] {
  const order = Object.keys(TITLES) as DiagnosticCode[];
  const known = order.map((code) => ({ code, title: TITLES[code], isNote: isNote(code), rows: diagnostics.filter((row) => row.code === code) }));
  const others = diagnostics.filter((row) => !(row.code in TITLES));
  const unknown = [...new Set(others.map((row) => row.code))].map((code) => ({ code, title: code, isNote: false, rows: others.filter((row) => row.code === code) }));
  return [...known, ...unknown].filter((group) => group.rows.length > 0);
}

/** How many of a stage's diagnostics are troubles and not mere notes. */
export const troubles = (stage: Stage): number => stage.diagnosticsTotal - stage.diagnostics.filter((row) => isNote(row.code)).length;
