/** Access units and JPEGs in, pictures out. Uses WebCodecs where the page has it. */
import { codec, type PictureHeader } from "../core/framing";
import type { Painter } from "./painter";

/** Access units that may wait in the decoder; more, and it starts over at the next keyframe. */
const BACKLOG = 8;
/** Times of units on their way through the decoder. */
const REMEMBERED = 32;

/** Whether H.264 can be decoded here; else JPEGs must come. */
export async function decodesUnits(): Promise<boolean> {
  if (!("VideoDecoder" in globalThis)) return false;
  const support = await VideoDecoder.isConfigSupported({ codec: "avc1.42c01f", optimizeForLatency: true }).catch(() => null);
  return support?.supported === true;
}

/** Decodes for one painter. */
export class Decoder {
  #painter: Painter;
  #onBroken: () => void;
  #video: VideoDecoder | null = null;
  #received = new Map<number, number>();
  /** The newest JPEG that waits while another is decoded. */
  #jpeg: { body: Blob; header: PictureHeader; at: number } | null = null;
  #isBusy = false;
  #isClosed = false;

  /** `onBroken` is called when only a keyframe can help. */
  constructor(painter: Painter, onBroken: () => void) {
    this.#painter = painter;
    this.#onBroken = onBroken;
  }

  /** Takes an access unit that came at `at`. */
  unit(header: PictureHeader, body: Uint8Array<ArrayBuffer>, at: number): void {
    if (header.isKey && (this.#video === null || this.#video.state === "closed")) this.#open(body);
    const video = this.#video;
    if (video === null || video.state !== "configured") return;
    if (video.decodeQueueSize > BACKLOG) return this.#break();
    this.#received.set(header.rtpTimestamp, at);
    if (this.#received.size > REMEMBERED) this.#received.delete(this.#received.keys().next().value ?? 0);
    // The timestamp only names the unit; nothing is shown by it.
    video.decode(new EncodedVideoChunk({ type: header.isKey ? "key" : "delta", timestamp: header.rtpTimestamp, data: body }));
  }

  /** Takes a JPEG that came at `at`. */
  jpeg(header: PictureHeader, body: Uint8Array<ArrayBuffer>, at: number): void {
    this.#jpeg = { body: new Blob([body], { type: "image/jpeg" }), header, at };
    if (!this.#isBusy) void this.#decodeJpegs();
  }

  /** Ends it. */
  close(): void {
    this.#isClosed = true;
    if (this.#video?.state !== "closed") this.#video?.close();
    this.#video = null;
    this.#jpeg = null;
  }

  #open(key: Uint8Array): void {
    const name = codec(key);
    if (name === null) return;
    const video = new VideoDecoder({
      output: (frame) => {
        const at = this.#received.get(frame.timestamp) ?? performance.now();
        this.#painter.show(frame, { rtpTimestamp: frame.timestamp, receivedAt: at, decodeMs: performance.now() - at });
      },
      error: () => this.#break(),
    });
    video.configure({ codec: name, optimizeForLatency: true });
    this.#video = video;
  }

  #break(): void {
    if (this.#isClosed) return;
    if (this.#video?.state !== "closed") this.#video?.close();
    this.#video = null;
    this.#onBroken();
  }

  async #decodeJpegs(): Promise<void> {
    this.#isBusy = true;
    while (this.#jpeg !== null && !this.#isClosed) {
      const { body, header, at } = this.#jpeg;
      this.#jpeg = null;
      const picture = await createImageBitmap(body).catch(() => null);
      if (picture === null) continue;
      if (this.#isClosed) picture.close();
      else this.#painter.show(picture, { rtpTimestamp: header.rtpTimestamp, receivedAt: at, decodeMs: performance.now() - at });
    }
    this.#isBusy = false;
  }
}
