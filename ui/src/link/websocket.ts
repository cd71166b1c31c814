/**
 * The link over one WebSocket, for whoever cannot have WebRTC: messages as text, pictures as H.264 where the page can
 * decode it and as JPEG elsewhere. Owns the socket and the decoder.
 */
import { picture } from "../core/framing";
import type { Doors } from "../core/doors";
import type { Link, LinkListener, Transport, Trouble } from "../core/link";
import { Decoder, decodesUnits } from "./decoder";
import { Painter } from "./painter";

/** Motion is worth nothing when it is late: with so many bytes unsent, it is left out. */
const UNSENT_MAX = 4096;

/** Opens the link. */
export function openWebSocket(doors: Doors, canvas: HTMLCanvasElement, listener: LinkListener): Link {
  return new WebSocketLink(doors, canvas, listener);
}

class WebSocketLink implements Link {
  #listener: LinkListener;
  #painter: Painter;
  #decoder: Decoder;
  #socket: WebSocket | null = null;
  #bytes = 0;
  #isOver = false;

  constructor(doors: Doors, canvas: HTMLCanvasElement, listener: LinkListener) {
    this.#listener = listener;
    this.#painter = new Painter(canvas, listener);
    this.#decoder = new Decoder(this.#painter, () => this.#askForKey());
    void this.#open(doors);
  }

  control(text: string): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  motion(text: string): boolean {
    return (this.#socket?.bufferedAmount ?? 0) <= UNSENT_MAX && this.control(text);
  }

  transport(): Promise<Transport | null> {
    return Promise.resolve({ protocol: "WS", pair: null, bytes: this.#bytes, signs: this.#bytes, lost: 0, roundTripMs: null, decodeMs: null });
  }

  /** Each picture is drawn anew: there is nothing to take back. */
  reattach(): void {}

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket?.close(1000);
    this.#decoder.close();
    this.#painter.close();
  }

  async #open(doors: Doors): Promise<void> {
    const coding = (await decodesUnits()) ? "h264" : "jpeg";
    if (this.#isOver) return;
    const socket = new WebSocket(`${doors.socket}video=${coding}`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    let wasOpen = false;
    socket.addEventListener("open", () => {
      wasOpen = true;
      this.#listener.reached("host");
      this.#listener.reached("allowed");
      this.#listener.reached("control");
    });
    socket.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) => this.#hear(data));
    socket.addEventListener("close", ({ reason }) => {
      // A browser does not say why a socket did not open; HTTP may.
      if (wasOpen) this.#fail({ kind: "closed", detail: reason === "" ? "" : `${reason}.` });
      else void refusal(doors).then((trouble) => this.#fail(trouble));
    });
  }

  #hear(data: string | ArrayBuffer): void {
    if (this.#isOver) return;
    if (typeof data === "string") return this.#listener.received(data);
    this.#bytes += data.byteLength;
    const found = picture(data);
    if (found === null) return;
    const at = performance.now();
    if (found.header.isJpeg) this.#decoder.jpeg(found.header, found.body, at);
    else this.#decoder.unit(found.header, found.body, at);
  }

  /** Pictures that begin again begin with a keyframe. */
  #askForKey(): void {
    for (const action of ["pause", "resume"]) this.control(JSON.stringify({ event_type: "viewRequest", payload: { action } }));
  }

  #fail(trouble: Trouble): void {
    if (!this.#isOver) this.#listener.failed(null, trouble);
  }
}

async function refusal(doors: Doors): Promise<Trouble> {
  try {
    const response = await fetch(doors.ping, { cache: "no-store" });
    return response.ok ? { kind: "no_path", detail: "A WebSocket did not open either." } : { kind: "refused", status: response.status === 404 ? 410 : response.status, detail: "" };
  } catch {
    return { kind: "unreachable", detail: "" };
  }
}
