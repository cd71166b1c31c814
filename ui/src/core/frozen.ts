/** Is the video dead though the server lives? Pictures that were sent and that nobody saw, for too many heartbeats. */
import { HEARTBEAT_MS } from "../protocol";

/** Pictures that the server sent and nobody saw for so many heartbeats: the video is lost. */
const FROZEN_BEATS = 5;

/** Watches the heartbeats of one link. */
export class Frozen {
  #frame = 0;
  #shown = 0;
  #silent = 0;
  #since = 0;

  /** A heartbeat at `now` named the newest frame; `shown` pictures were seen so far. True if the video is lost. */
  beat(frame: number, shown: number, isVisible: boolean, now: number): boolean {
    const isFine = frame === this.#frame || shown !== this.#shown || !isVisible;
    if (isFine || this.#silent === 0) this.#since = now;
    this.#silent = isFine ? 0 : this.#silent + 1;
    this.#frame = frame;
    this.#shown = shown;
    // After an outage many heartbeats come at once: they say nothing about pictures yet.
    return this.#silent >= FROZEN_BEATS && now - this.#since >= (FROZEN_BEATS - 1) * HEARTBEAT_MS;
  }

  /** What was missed so far does not count. */
  forgive(): void {
    this.#silent = 0;
  }
}
