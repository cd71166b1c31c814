/** Turns what was shown and counted into the figures of the status line; says nothing new while the picture is still. */
import type { FrameInfo, LimitedBy } from "../protocol";
import type { LatencyMeter } from "./latency";
import type { Shown, Transport } from "./link";
import type { Figures } from "./state";

/** Pictures further apart than this are single ones, not a rate. */
const STILL_MS = 1000;

/** Counts for one client. */
export class Meter {
  #latency: LatencyMeter;
  #shown = 0;
  #size: [number, number] = [0, 0];
  #shownAt: number[] = [];
  #info: FrameInfo | null = null;
  #transport: { value: Transport; at: number } | null = null;
  #bitrate = 0;

  constructor(latency: LatencyMeter) {
    this.#latency = latency;
  }

  /** Pictures shown on this link. */
  get shownInAll(): number {
    return this.#shown;
  }

  /** A picture was shown. */
  shown(picture: Shown): void {
    this.#latency.shown(picture);
    this.#shown = picture.count;
    if (picture.width !== this.#size[0] || picture.height !== this.#size[1]) this.#size = [picture.width, picture.height];
    this.#shownAt.push(picture.at);
    if (this.#shownAt.length > 256) this.#shownAt.shift();
  }

  /** The server describes a frame. */
  described(info: FrameInfo): void {
    this.#info = info;
    this.#latency.described(info);
  }

  /** The link counted. */
  transported(value: Transport, at: number): void {
    const last = this.#transport;
    if (last && at > last.at) this.#bitrate = Math.max(0, ((value.bytes - last.value.bytes) * 8000) / (at - last.at));
    this.#transport = { value, at };
  }

  /** Whether another count is worth its price: while pictures come, and once at the start. */
  wantsTransport(figures: Figures): boolean {
    return figures.fps > 0 || this.#transport === null;
  }

  /** The figures at `now`; `before` itself if none changed. */
  figures(before: Figures, now: number): Figures {
    while (this.#shownAt.length > 0 && now - (this.#shownAt[0] ?? now) > STILL_MS) this.#shownAt.shift();
    const fps = this.#shownAt.length > 2 ? this.#shownAt.length : 0;
    const next: Figures = {
      fps,
      bitrate: fps > 0 ? this.#bitrate : 0,
      width: this.#size[0],
      height: this.#size[1],
      latency: this.#latency.latency(),
      transport: this.#transport?.value ?? null,
      limitedBy: this.#limit(fps),
      samples: this.#info?.samples ?? 0,
    };
    return fps === 0 && same(before, next) ? before : next;
  }

  /** Another link. */
  startOver(): void {
    this.#info = null;
    this.#transport = null;
    this.#bitrate = 0;
  }

  #limit(fps: number): LimitedBy | null {
    return fps > 0 ? (this.#info?.limited_by ?? null) : null;
  }
}

function same(a: Figures, b: Figures): boolean {
  const isLatencyEqual = a.latency?.total === b.latency?.total;
  return isLatencyEqual && a.fps === b.fps && a.width === b.width && a.height === b.height && a.transport === b.transport && a.limitedBy === b.limitedBy && a.samples === b.samples;
}
