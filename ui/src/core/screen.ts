/** Which face the client shows: at most one card over the picture, chosen from the state alone. */
import type { Connection } from "./connection";
import type { Failure } from "./failure";
import { can, type State } from "./state";

/** What lies over the picture. */
export type Screen =
  /** The picture alone. */
  | { name: "picture" }
  /** The way in, hop by hop. */
  | { name: "connecting" }
  /** There was a picture; it comes back by itself. `until` is when the next attempt begins, `null` while one runs. */
  | { name: "lost"; until: number | null; failure: Failure | null }
  /** There is no picture; `until` is when the next attempt begins, `null` if only the user can help. */
  | { name: "failed"; until: number | null; failure: Failure }
  /** A stage is on its way. */
  | { name: "loading" }
  /** The server waits for a stage. */
  | { name: "empty" };

/** The face for `state`. */
export function screen(state: State): Screen {
  const { connection } = state;
  const { phase } = connection;
  switch (phase.name) {
    case "off":
    case "connecting":
      return onTheWay(connection);
    case "waiting":
      if (connection.hadPicture) return { name: "lost", until: phase.until, failure: phase.failure };
      return { name: "failed", until: phase.until, failure: phase.failure };
    case "failed":
      return { name: "failed", until: null, failure: phase.failure };
    case "live":
      if (state.loading) return { name: "loading" };
      // A source without a stage (a test card) streams all the same.
      if (state.stage || !can(state, "open_stage")) return { name: "picture" };
      return state.status === "idle" || state.status === "error" ? { name: "empty" } : { name: "picture" };
  }
}

/** A retry without a picture keeps the card of the failure: faces do not flicker. */
function onTheWay(connection: Connection): Screen {
  if (connection.hadPicture) return { name: "lost", until: null, failure: connection.lastFailure };
  if (connection.lastFailure && connection.attempt > 1) return { name: "failed", until: 0, failure: connection.lastFailure };
  return { name: "connecting" };
}
