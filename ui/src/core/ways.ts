/** Which way to the server is tried next. Pure: told what failed and what worked. */
import type { Hop, Trouble } from "./link";

/** The ways, the best first: WebRTC over UDP or TCP; a WebSocket; MJPEG, which only watches. */
export const WAYS = ["webrtc", "websocket", "mjpeg"] as const;
/** One of {@link WAYS}. */
export type Way = (typeof WAYS)[number];

/** Chooses among the ways. */
export class Ways {
  #current: Way = "webrtc";

  /** The way to try now. */
  get current(): Way {
    return this.#current;
  }

  /** True if a better way than the current one may open again. */
  get hasBetter(): boolean {
    return this.#current !== "webrtc";
  }

  /** The current way failed at `hop` (`null`: it had worked). A server that does not answer at all is no reason for another way. */
  failed(hop: Hop | null, trouble: Trouble): void {
    if (hop !== null && isAboutTheWay(hop, trouble)) this.#current = WAYS[(WAYS.indexOf(this.#current) + 1) % WAYS.length] ?? "webrtc";
  }

  /** WebRTC was tried beside the current way, and works. */
  better(): void {
    this.#current = "webrtc";
  }
}

function isAboutTheWay(hop: Hop, trouble: Trouble): boolean {
  switch (trouble.kind) {
    case "no_path":
    case "missing":
      return true;
    case "timeout":
    case "closed":
      return hop !== "host" && hop !== "version";
    case "unreachable":
    case "refused":
    case "silent":
    case "stopping":
    case "better":
    case "frozen":
    case "version":
      return false;
  }
}
