/** The last resort: pictures as MJPEG over plain HTTP. Watches only; there is no way back for messages. */
import type { Doors } from "../core/doors";
import type { Link, LinkListener, Transport, Trouble } from "../core/link";
import { Parts } from "../core/multipart";
import { Decoder } from "./decoder";
import { Painter } from "./painter";

/** Opens the link. */
export function openMjpeg(doors: Doors, canvas: HTMLCanvasElement, listener: LinkListener): Link {
  return new MjpegLink(doors, canvas, listener);
}

class MjpegLink implements Link {
  #listener: LinkListener;
  #painter: Painter;
  #decoder: Decoder;
  #abort = new AbortController();
  #bytes = 0;
  #count = 0;

  constructor(doors: Doors, canvas: HTMLCanvasElement, listener: LinkListener) {
    this.#listener = listener;
    this.#painter = new Painter(canvas, listener);
    this.#decoder = new Decoder(this.#painter, () => {});
    void this.#read(doors).catch((error: unknown) => this.#fail({ kind: "closed", detail: String(error) }));
  }

  control(): boolean {
    return false;
  }

  motion(): boolean {
    return false;
  }

  transport(): Promise<Transport | null> {
    return Promise.resolve({ protocol: "MJPEG", pair: null, bytes: this.#bytes, signs: this.#bytes, lost: 0, roundTripMs: null, decodeMs: null });
  }

  /** Each picture is drawn anew: there is nothing to take back. */
  reattach(): void {}

  close(): void {
    this.#abort.abort();
    this.#decoder.close();
    this.#painter.close();
  }

  async #read(doors: Doors): Promise<void> {
    const response = await fetch(doors.mjpeg, { signal: this.#abort.signal, cache: "no-store" }).catch((error: unknown) => {
      if (this.#abort.signal.aborted) return null;
      this.#fail({ kind: "unreachable", detail: String(error) });
      return null;
    });
    if (response === null) return;
    this.#listener.reached("host");
    if (!response.ok || response.body === null) return this.#fail({ kind: "refused", status: response.status, detail: "" });
    // Nobody greets here: what is left of the way is the picture.
    for (const hop of ["allowed", "control", "version"] as const) this.#listener.reached(hop);
    const reader = response.body.getReader();
    const parts = new Parts();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return this.#fail({ kind: "closed", detail: "" });
      this.#bytes += value.length;
      this.#listener.alive();
      const bodies = parts.push(value);
      if (bodies === null) return this.#fail({ kind: "closed", detail: "This is not the server's picture." });
      const newest = bodies.at(-1);
      if (newest === undefined) continue;
      this.#count += 1;
      this.#decoder.jpeg({ isKey: true, isJpeg: true, frame: this.#count, rtpTimestamp: 0, inputSeq: 0 }, newest, performance.now());
    }
  }

  #fail(trouble: Trouble): void {
    if (!this.#abort.signal.aborted) this.#listener.failed(null, trouble);
  }
}
