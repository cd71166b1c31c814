/**
 * From the hand to the picture: which shown frame contains which command, and where the time between them went.
 * Fed by what was sent, what `frameInfo` says and what the browser showed; bounded, and silent until asked.
 */
import type { FrameInfo } from "../protocol";
import type { Shown } from "./link";

/** Mean times of the latest frames that showed something new, in milliseconds. */
export interface Latency {
  total: number;
  /** Waiting in the server. */
  queue: number;
  render: number;
  convert: number;
  encode: number;
  /** Both ways, and whatever nobody measured. */
  network: number;
  decode: number;
  /** From the decoded picture to the page. */
  display: number;
}

const MEMORY = 256;
const FRAMES = 64;
const MEAN_OF = 30;

/** The clock between hand and picture. */
export class LatencyMeter {
  #sent = new Float64Array(MEMORY);
  #seqs = new Uint32Array(MEMORY);
  #infos = new Map<number, FrameInfo>();
  #shown = new Map<number, Shown>();
  #seen = 0;
  #frame: number | null = null;
  #samples: Latency[] = [];

  /** Command `seq` left the hand at `at`. */
  sent(seq: number, at: number): void {
    const slot = seq % MEMORY;
    this.#sent[slot] = at;
    this.#seqs[slot] = seq;
  }

  /** The server says what a frame contains. */
  described(info: FrameInfo): void {
    const shown = this.#shown.get(info.rtp_timestamp);
    if (shown) this.#match(info, shown);
    else remember(this.#infos, info.rtp_timestamp, info);
  }

  /** The browser showed a frame. */
  shown(picture: Shown): void {
    if (picture.rtpTimestamp === null) return;
    const info = this.#infos.get(picture.rtpTimestamp);
    if (info) this.#match(info, picture);
    else remember(this.#shown, picture.rtpTimestamp, picture);
  }

  /** The last frame that was shown and described; `null` before the first. */
  get frame(): number | null {
    return this.#frame;
  }

  /** The mean of the latest, or `null` before the first. */
  latency(): Latency | null {
    const n = this.#samples.length;
    if (n === 0) return null;
    const mean = (part: keyof Latency) => this.#samples.reduce((sum, sample) => sum + sample[part], 0) / n;
    return {
      total: mean("total"),
      queue: mean("queue"),
      render: mean("render"),
      convert: mean("convert"),
      encode: mean("encode"),
      network: mean("network"),
      decode: mean("decode"),
      display: mean("display"),
    };
  }

  /** The other side is new: frames and commands of the old one say nothing. */
  startOver(): void {
    this.#seqs.fill(0);
    this.#infos.clear();
    this.#shown.clear();
    this.#seen = 0;
    this.#frame = null;
  }

  #match(info: FrameInfo, shown: Shown): void {
    this.#infos.delete(info.rtp_timestamp);
    this.#shown.delete(info.rtp_timestamp);
    this.#frame = info.frame;
    const seq = info.input_seq;
    if (seq <= this.#seen) return;
    this.#seen = seq;
    const slot = seq % MEMORY;
    if (this.#seqs[slot] !== seq) return;
    const total = shown.at - (this.#sent[slot] ?? 0);
    if (!(total >= 0 && total < 10_000)) return;
    const server = info.queue_ms + info.render_ms + info.convert_ms + info.encode_ms;
    const decode = Math.max(0, shown.decodeMs ?? 0);
    const display = shown.receivedAt === null ? 0 : Math.max(0, shown.at - shown.receivedAt - decode);
    const network = Math.max(0, total - server - decode - display);
    const { queue_ms: queue, render_ms: render, convert_ms: convert, encode_ms: encode } = info;
    this.#samples.push({ total, queue, render, convert, encode, network, decode, display });
    if (this.#samples.length > MEAN_OF) this.#samples.shift();
  }
}

function remember<V>(map: Map<number, V>, key: number, value: V): void {
  map.set(key, value);
  if (map.size <= FRAMES) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
