/** Who drives the picture that this client sees, seen from here. Pure: read out of the state. */
import { CONTROL_ANSWER_MS, type ViewerRow } from "../protocol";
import type { State } from "./state";

/** Where this client stands. */
export type Standing =
  /** Nobody else is here. */
  | { name: "alone" }
  /** This client drives; `asking` wants to, and gets it at `until` (page's clock) unless answered. */
  | { name: "driving"; asking: ViewerRow | null; until: number }
  /** Whoever moves the picture next drives. */
  | { name: "free" }
  /** Somebody else drives; `until` is when this client gets control, if it waits and is the first. */
  | { name: "watching"; driver: ViewerRow; isWaiting: boolean; until: number | null }
  /** This client sees a view of its own. */
  | { name: "own" };

/** This client's row. */
export function me(state: State): ViewerRow | null {
  return find(state, state.welcome?.client_id);
}

/** Everybody who is here. */
export const viewers = (state: State): ViewerRow[] => state.control?.viewers ?? [];

/** Where this client stands. */
export function standing(state: State): Standing {
  const { control, welcome } = state;
  if (control === null || welcome === null) return { name: "alone" };
  if (state.view === "own") return { name: "own" };
  if (control.viewers.length < 2) return { name: "alone" };
  const until = state.controlAt + (control.granted_in_ms ?? CONTROL_ANSWER_MS);
  const [first] = control.waiting;
  if (control.controller === welcome.client_id) return { name: "driving", asking: find(state, first), until };
  const driver = find(state, control.controller);
  if (driver === null) return { name: "free" };
  const isWaiting = control.waiting.includes(welcome.client_id);
  return { name: "watching", driver, isWaiting, until: first === welcome.client_id ? until : null };
}

function find(state: State, id: number | undefined): ViewerRow | null {
  return viewers(state).find(({ client_id }) => client_id === id) ?? null;
}
