/** What a client asks of its camera besides moving it by hand: sides, projections, lenses, and what an orbit turns around. */
import type { AdjustCameraRequest, Bookmark, ClientMessage, Envelope, PickResult, ProjectionKind, Side } from "../protocol";
import type { Hands } from "./gestures";
import type { Prims } from "./prims";
import { lookOf } from "./look";
import { REQUESTS } from "./reduce";
import type { State } from "./state";
import { animated } from "./timeline";

/** How long the way to another view takes. */
const WAY_MS = 200;

/** The camera of one client. */
export class CameraControl {
  /** Whether an orbit turns around what is under the cursor; else around the point of interest. */
  orbitsAroundCursor = true;
  #send: (message: ClientMessage, request?: string) => void;
  #hands: Hands;

  constructor(send: (message: ClientMessage, request?: string) => void, hands: Hands, prims: Prims) {
    this.#send = send;
    this.#hands = hands;
    // The orbit begins at once; what it turns around is told a moment later, and goes on from there without a jump.
    hands.orbitBegins = (gesture, across, down) => {
      if (this.orbitsAroundCursor) prims.pick(across, down, "none", `${REQUESTS.pivot}-${gesture}`);
    };
  }

  /** Looks from a side of the stage, in parallel. */
  lookFrom(side: Side): void {
    this.#adjust({ side, projection: "orthographic", transition_ms: WAY_MS });
  }

  /** The same view in perspective or in parallel. */
  project(projection: ProjectionKind): void {
    this.#adjust({ projection, transition_ms: WAY_MS });
  }

  /** Another vertical field of view, in degrees. */
  setFov(fov_y: number): void {
    this.#adjust({ fov_y });
  }

  /** Keeps what is seen under a name, for all. */
  keep(name: string, withSelection: boolean): void {
    this.#send({ event_type: "saveBookmarkRequest", payload: withSelection ? { name, with_selection: true } : { name } }, REQUESTS.bookmark);
  }

  /** Forgets a bookmark, for all. */
  forget(name: string): void {
    this.#send({ event_type: "deleteBookmarkRequest", payload: { name } }, REQUESTS.bookmark);
  }

  /** Goes to where a bookmark is of, at its time, with what it selects. */
  goTo(bookmark: Bookmark, state: State): void {
    this.#send(wayTo(bookmark));
    if (bookmark.time !== undefined && animated(state)) {
      this.#send({ event_type: "timelineControlRequest", payload: { action: "pause" } }, REQUESTS.time);
      this.#send({ event_type: "timelineControlRequest", payload: { action: "seek", time: bookmark.time } }, REQUESTS.time);
    }
    if (bookmark.prims) this.#send({ event_type: "selectPrimsRequest", payload: { paths: bookmark.prims } }, REQUESTS.select);
  }

  /** An answer came; if it says what an orbit is around, that is taken. */
  picked({ id }: Envelope<object>, { position }: PickResult): void {
    const gesture = new RegExp(`^${REQUESTS.pivot}-(\\d+)-`).exec(id ?? "")?.[1];
    if (gesture !== undefined && position !== undefined) this.#hands.turnAround(Number(gesture), position);
  }

  #adjust(payload: AdjustCameraRequest): void {
    this.#send({ event_type: "adjustCameraRequest", payload });
  }
}

/** The first of `View 1`, `View 2`… that is no bookmark's name yet. */
export function freeName(bookmarks: readonly Bookmark[]): string {
  let number = 1;
  while (bookmarks.some(({ name }) => name === `View ${number}`)) number += 1;
  return `View ${number}`;
}

function wayTo({ path, eye, target, up, fov_y = 45, ortho_height, shift }: Bookmark): ClientMessage {
  const projection = ortho_height === undefined ? "perspective" : "orthographic";
  const look = lookOf({ path: path ?? null, eye, target, up, fov_y, near: 0, far: 0, projection, seq: 0, ...(ortho_height !== undefined && { ortho_height }), ...(shift && { shift }) });
  return { ...look, payload: { ...look.payload, transition_ms: WAY_MS } } as ClientMessage;
}
