/** How an action is written down. */
import type { Desk } from "../page";
import { can } from "../state";
import type { Capability } from "../../protocol";

/** Groups in the order in which they are listed. */
export const GROUPS = ["View", "Look", "Camera", "Selection", "Edit", "Time", "Stage", "Panels", "Session", "Move", "Help"] as const;
export type Group = (typeof GROUPS)[number];

/** One action. */
export interface Row {
  /** What it does, for people. */
  title: string | ((desk: Desk) => string);
  /** Keys as they are made, see `keys.ts`; those of one character can be remapped. */
  keys?: readonly string[];
  /** Other words that somebody may look for it by. */
  also?: string;
  /** Why it cannot be done now; `null` if it can. */
  why?: (desk: Desk) => string | null;
  /** For what is on or off: whether it is on. */
  isOn?: (desk: Desk) => boolean;
  /** A key that is held does it again and again. */
  repeats?: boolean;
  run(desk: Desk): void;
}

/** A row in its group. */
export type Entry = Row & { group: Group };

/** Puts rows into a group; their names are the actions' ids. */
export function group<Id extends string>(name: Group, rows: Record<Id, Row>): Record<Id, Entry> {
  const entries = Object.entries<Row>(rows).map(([id, row]) => [id, { ...row, group: name }]);
  return Object.fromEntries(entries) as Record<Id, Entry>;
}

/** Reasons are asked one after the other: the first that holds is told. */
export const unless =
  (...reasons: ((desk: Desk) => string | null)[]) =>
  (desk: Desk): string | null => {
    for (const reason of reasons) {
      const why = reason(desk);
      if (why !== null) return why;
    }
    return null;
  };

/**
 * Nothing can be asked of the server. That somebody else drives is no such reason: who drives may have changed a moment
 * ago, so the server is asked and its refusal shown.
 */
export const offline = ({ state }: Desk): string | null => {
  if (state.connection.phase.name !== "live") return "Not connected";
  return state.welcome === null ? "This connection only watches" : null;
};

/** There is no stage. */
export const stageless = ({ state }: Desk): string | null => (state.stage === null ? "No stage is open" : null);

/** This server cannot. */
export const unable =
  (what: Capability) =>
  ({ state }: Desk): string | null =>
    can(state, what) ? null : "This server cannot do this";
