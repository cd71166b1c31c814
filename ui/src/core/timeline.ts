/** The stage's time: what the server said last, reckoned on, and what this client wants of it. */
import type { ClientMessage, TimelineControlRequest, TimelineStatus } from "../protocol";
import { REQUESTS } from "./reduce";
import { can, type State } from "./state";
import type { Store } from "./store";

/** The timeline as it was told, and when. */
export interface Timeline {
  status: TimelineStatus;
  /** On the page's clock. */
  at: number;
}

/** The rates on offer, in times of what is authored. */
export const RATES = [0.1, 0.25, 0.5, 1, 2, 4] as const;

/** The timeline, if something on the stage is animated. */
export const animated = ({ timeline }: State): Timeline | null => (timeline && timeline.status.end > timeline.status.start ? timeline : null);

/** Which time code is shown at `now` on the page's clock. */
export function timeAt({ status, at }: Timeline, now: number): number {
  const { playing, time, start, end, fps, rate } = status;
  if (!playing) return time;
  const on = time + ((now - at) / 1000) * fps * rate;
  if (on <= end) return on;
  return status.loop ? start + ((on - start) % (end - start)) : end;
}

/** A time code for people: whole ones as such, others with so many digits as a frame needs. */
export const timeCode = (time: number): string => (Number.isInteger(time) ? String(time) : time.toFixed(time >= 1000 ? 1 : 2));

/** What this client asks of time. */
export class TimelineControl {
  #store: Store<State>;
  #send: (message: ClientMessage, request: string) => void;
  #now: () => number;

  constructor(store: Store<State>, send: (message: ClientMessage, request: string) => void, now: () => number) {
    this.#store = store;
    this.#send = send;
    this.#now = now;
  }

  /** Plays, or pauses. */
  toggle(): void {
    const known = animated(this.#store.value);
    if (known) this.#control({ action: known.status.playing ? "pause" : "play" });
  }

  /** Back to the start. */
  stop(): void {
    this.#control({ action: "stop" });
  }

  /** Goes to a time; it is shown at once. */
  seek(time: number): void {
    this.#control({ action: "seek", time });
  }

  /** So many frames on, or back. */
  step(by: number): void {
    this.#control({ action: "step", time: by });
  }

  /** Begins again at the end, or stays there. */
  setLoop(loop: boolean): void {
    this.#keepOn({ loop });
  }

  /** So many times as fast as authored. */
  setRate(rate: number): void {
    this.#keepOn({ rate });
  }

  #keepOn(change: Pick<TimelineControlRequest, "loop" | "rate">): void {
    const known = animated(this.#store.value);
    if (known) this.#control({ action: known.status.playing ? "play" : "pause", ...change });
  }

  #control(payload: TimelineControlRequest): void {
    const known = animated(this.#store.value);
    if (!known || !can(this.#store.value, "timeline")) return;
    this.#expect(known, payload);
    this.#send({ event_type: "timelineControlRequest", payload }, REQUESTS.time);
  }

  /** The handle stays under the hand; the server's word corrects it. */
  #expect(known: Timeline, { action, time }: TimelineControlRequest): void {
    if (action !== "seek" || time === undefined) return;
    const now = this.#now();
    this.#store.set({ ...this.#store.value, timeline: { status: { ...known.status, time }, at: now } });
  }
}
